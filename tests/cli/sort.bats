#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# The order of types: by name, for kernels that search names by bisection.

load common

setup_file() {
	unpack_data
}

setup() {
	enter_work
	# The same kernels, but newer: the path tells the release.
	export OLD7=$PWD/lib/modules/7.0.1-47-amd64/vmlinux.btf NEW7=$PWD/lib/modules/7.0.1-56-amd64/vmlinux.btf
	mkdir -p "${OLD7%/*}" "${NEW7%/*}"
	ln "$OLD" "$OLD7" || cp "$OLD" "$OLD7"
	ln "$NEW" "$NEW7" || cp "$NEW" "$NEW7"
}

# names BASE FILE: prints the names of the types in their order; an empty line for a type without a name.
names() {
	"$REBTF" dump --base "$1" "$2" | sed -nE "s/^\[[0-9]+\] [A-Z_0-9]+ '([^']*)'.*/\1/p" | sed 's/^(anon)$//'
}

sorted() {
	names "$1" "$2" > names
	[ "$(sort -u names | wc -l)" -gt 9 ] && LC_ALL=C sort -c names
}

unsorted() {
	! sorted "$1" "$2" 2> /dev/null
}

@test "distill sorts for Linux 7.0 and later, or if that is asked for, but never the base" {
	rebtf distill --base "$OLD7" --out-dir auto "$SPLIT/$FITTING"
	exits 0
	rebtf distill --base "$OLD" --sort --out-dir asked "$SPLIT/$FITTING"
	exits 0
	rebtf distill --base "$OLD7" --no-sort --out-dir never "$SPLIT/$FITTING"
	exits 0
	same auto asked
	cmp never/sch_fq.btf "$DISTILLED/$FITTING"
	sorted auto/sch_fq.btf.base auto/sch_fq.btf
	unsorted never/sch_fq.btf.base never/sch_fq.btf
	cmp auto/sch_fq.btf.base never/sch_fq.btf.base
	# The same types, apart from their ids.
	diff <(names never/sch_fq.btf.base never/sch_fq.btf | LC_ALL=C sort) <(names auto/sch_fq.btf.base auto/sch_fq.btf)
}

@test "relocate, standalone and renumber sort likewise" {
	rebtf relocate --base "$NEW7" --out-dir auto "$DISTILLED/$FITTING"
	exits 0
	sorted "$NEW" auto/sch_fq.btf
	rebtf relocate --base "$NEW7" --no-sort --out-dir never "$DISTILLED/$FITTING"
	exits 0
	rebtf relocate --base "$NEW" --out-dir old "$DISTILLED/$FITTING"
	exits 0
	cmp never/sch_fq.btf old/sch_fq.btf
	unsorted "$NEW" old/sch_fq.btf
	rebtf standalone --base "$OLD7" --out-dir alone "$SPLIT/$FITTING"
	exits 0
	sorted "$OLD" alone/sch_fq.btf
	rebtf standalone --base "$OLD" --out-dir plain "$SPLIT/$FITTING"
	exits 0
	unsorted "$OLD" plain/sch_fq.btf
	rebtf renumber --base "$OLD7" --out-dir shown plain/sch_fq.btf
	exits 0
	sorted "$OLD" shown/sch_fq.btf
}

@test "the base tells the kernel, and if it does not, a module's version magic does" {
	# The paths of $OLD and $NEW do not tell a release, unlike this one.
	local new6=$PWD/lib/modules/6.1.0-56-amd64/vmlinux.btf
	mkdir "${new6%/*}"
	ln "$NEW" "$new6" || cp "$NEW" "$new6"
	# made_for RELEASE FILE: makes a module whose version magic has this release.
	made_for() {
		sed "s/vermagic=6\.1\.0-47-amd64 /vermagic=$1 /" "$DATA/ko/tcp_bbr.ko" > "$2"
		grep -aqF "vermagic=$1 " "$2"
	}
	made_for 6.1.0-47-amd64 old.ko
	made_for 7.0.1-47-amd64 new.ko
	for module in old new; do
		rebtf verify --json --base "$OLD" $module.ko
		exits 0
		jq -r 'select(.file).name_search' <<< "$output" > $module
		rebtf distill --base "$OLD" --out-dir distilled $module.ko
		exits 0
	done
	[ "$(cat old new)" = $'any order\nlinear' ]
	unsorted "$OLD" distilled/old.ko
	sorted "$OLD" distilled/new.ko
	# Relocation takes a module to another kernel than the one in its version magic.
	rebtf relocate --base "$NEW7" --out-dir moved distilled/old.ko
	exits 0
	sorted "$NEW" moved/old.ko
	rebtf verify --json --base "$NEW7" moved/old.ko
	exits 0
	[ "$(jq -r 'select(.file).name_search' <<< "$output")" = bisection ]
	rebtf distill --base "$OLD" --no-sort --out-dir unsorted new.ko
	exits 0
	rebtf relocate --base "$new6" --out-dir moved unsorted/new.ko
	exits 0
	unsorted "$NEW" moved/new.ko
	rebtf verify --json --base "$new6" moved/new.ko
	exits 0
	[ "$(jq -r 'select(.file).name_search' <<< "$output")" = 'any order' ]
}

@test "sorted types stay sorted, whatever the kernel" {
	rebtf distill --base "$OLD" --sort --out-dir sorted "$SPLIT/$FITTING"
	exits 0
	rebtf relocate --base "$NEW" --out-dir moved sorted/sch_fq.btf
	exits 0
	sorted "$NEW" moved/sch_fq.btf
	# A localized type would come last.
	rebtf relocate --base "$NEW" --on-mismatch local --out-dir local --sort "$DISTILLED/$MISFIT"
	exits 0
	sorted "$NEW" local/idxd_bus.btf
}

@test "a report names the ids of sorted types" {
	rebtf relocate --base "$NEW" --on-mismatch local --out-dir local --sort --json "$DISTILLED/$MISFIT"
	exits 0
	id=$(jq -r 'select(.misfits) | .misfits[] | select(.name == "device") | .local_id // empty' <<< "$output" | head -n 1)
	[ -z "$id" ] || "$REBTF" dump --base "$NEW" local/idxd_bus.btf | grep "^\[$id\] STRUCT 'device'"
}

@test "ids follow, also when the saved original has another order" {
	local ids=$BATS_TEST_DIRNAME/ids_module.py
	"$ids" make "$OLD" m.ko
	for sort in --sort --no-sort; do
		rebtf distill --base "$OLD" $sort --out-dir distilled m.ko
		exits 0
		for again in --sort --no-sort; do
			cp distilled/m.ko .
			rebtf relocate --base "$NEW" $again --keep m.ko
			exits 0
			"$ids" check "$NEW" m.ko
			rebtf relocate --base "$OLD" --keep m.ko
			exits 0
			"$ids" check "$OLD" m.ko
			rebtf relocate --base "$NEW" $sort --keep m.ko
			exits 0
			"$ids" check "$NEW" m.ko
		done
		"$ids" make "$OLD" m.ko
	done
}

@test "verify has a note on the order, if the kernel is known and searches by bisection" {
	rebtf verify --json --base "$OLD7" "$SPLIT/$FITTING"
	exits 0
	[ "$(jq -r 'select(.file).name_search' <<< "$output")" = linear ]
	rebtf verify --verbose --base "$OLD7" "$SPLIT/$FITTING"
	exits 0
	says 'note: types are not sorted by name, so Linux 7.0 and later search them one after the other'
	rebtf verify --base "$OLD7" "$SPLIT/$FITTING"
	exits 0
	[[ $output != *note* ]]
	rebtf distill --base "$OLD7" --out-dir distilled "$SPLIT/$FITTING"
	exits 0
	rebtf verify --json --rules 7.2 distilled/sch_fq.btf
	exits 0
	[ "$(jq -r 'select(.file).name_search' <<< "$output")" = bisection ]
	rebtf verify --json --base "$OLD" --rules 6.12 "$SPLIT/$FITTING"
	exits 0
	[ "$(jq -r 'select(.file).name_search' <<< "$output")" = 'any order' ]
	rebtf verify --json distilled/sch_fq.btf
	exits 0
	[ "$(jq -r 'select(.file) | has("name_search")' <<< "$output")" = false ]
	# A kernel that misses its own types is worth a line in any case.
	gzip -nc "$OLD" > packed
	"$BATS_TEST_DIRNAME/make_image.py" bzimage "${OLD7%/*}/vmlinuz" packed
	rebtf verify "${OLD7%/*}/vmlinuz"
	exits 0
	says 'note: types are not sorted by name, but Linux 7.0 and later search a kernel'
}
