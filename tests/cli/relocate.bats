#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# rebtf relocate, from an early update of a kernel to a late one.

load common

setup_file() {
	unpack_data
}

setup() {
	enter_work
}

# functions BASE FILE: prints the functions of split BTF by name.
functions() {
	"$REBTF" dump --base "$1" "$2" | sed -nE "s/^\[[0-9]+\] FUNC '([^']*)'.*/\1/p"
}

@test "a relocated module reads over the new kernel, with the types it had" {
	take "$DISTILLED/$FITTING" x.btf
	rebtf relocate --base "$NEW" x.btf
	exits 0
	says '1 module: 1 relocated'
	rebtf info --base "$NEW" x.btf
	exits 0
	says 'form        split'
	functions "$OLD" "$SPLIT/$FITTING" > before
	[ -s before ]
	diff before <(functions "$NEW" x.btf)
}

# outline BASE FILE: prints the first line of each type without the ids that it refers to, which may be those of a copy.
outline() {
	"$REBTF" dump --base "$1" "$2" | sed -nE '/^\[/s/type_id=[0-9]+//gp'
}

@test "distilled and relocated to its own kernel, a module has the types it had, by the same ids" {
	for module in "$FITTING" "$MISFIT"; do
		take "$DISTILLED/$module" x.btf
		rebtf relocate --base "$OLD" x.btf
		exits 0
		outline "$OLD" "$SPLIT/$module" > before
		[ -s before ]
		diff before <(outline "$OLD" x.btf | head -n "$(wc -l < before)")
	done
}

@test "in place, the distilled base is gone afterwards" {
	take "$DISTILLED/$FITTING" x.btf
	rebtf relocate --base "$NEW" x.btf
	exits 0
	[ "$(ls -A)" = x.btf ]
}

@test "below --out-dir goes what fits, and the originals stay" {
	remember "$DISTILLED"
	rebtf relocate --base "$NEW" --out-dir out "$DISTILLED"
	exits 1
	unchanged "$DISTILLED"
	"$REBTF" check --json --base "$NEW" "$DISTILLED" |
		jq -r 'select(.outcome == "fits").file' | sed "s,^$DISTILLED/,," | sort > fitting
	[ -s fitting ]
	diff fitting <(cd out && find . -type f | sed 's,^\./,,' | sort)
}

@test "a module that does not fit is named with its reasons, and stays as it is" {
	take "$DISTILLED/$MISFIT" x.btf
	remember .
	rebtf relocate --base "$NEW" x.btf
	exits 1
	[ "${lines[0]}" = 'x.btf: does not fit' ]
	says '    struct device: 744 bytes then, 752 now (embedded)'
	says '1 module: 1 does not fit'
	[ -z "$stderr" ]
	unchanged .
	rebtf relocate --base "$NEW" --out-dir out x.btf
	exits 1
	[ ! -e out/x.btf ]
}

@test "a misfit keeps nothing else from being relocated" {
	take "$DISTILLED/$MISFIT" a.btf
	take "$DISTILLED/$FITTING" b.btf
	rebtf relocate --base "$NEW" a.btf b.btf
	exits 1
	says '2 modules: 1 relocated, 1 does not fit'
	[ ! -e b.btf.base ]
	[ -e a.btf.base ]
}

@test "plain split BTF is refused with what to do about it" {
	cp "$SPLIT/$FITTING" x.btf
	remember .
	rebtf relocate --base "$NEW" x.btf
	exits 2
	complains x.btf 'distill the module first'
	unchanged .
}

@test "standalone and empty BTF is left alone in place, and copied below --out-dir" {
	mkdir in
	make_standalone_btf in/standalone.btf
	make_empty_btf in/empty.btf
	remember in
	rebtf relocate --base "$NEW" in
	exits 0
	says '2 modules: 2 left alone (1 standalone, 1 empty)'
	unchanged in
	rebtf relocate --base "$NEW" --out-dir out in
	exits 0
	same in out
}

@test "an asterisk that names the bases as well is the same as the files alone" {
	mkdir in
	for name in x y z; do
		take "$DISTILLED/$FITTING" "in/$name.btf"
	done
	rebtf relocate --base "$NEW" --out-dir out in/*
	exits 0
	says '3 modules: 3 relocated'
	[ "$(ls out)" = $'x.btf\ny.btf\nz.btf' ]
	rebtf relocate --base "$NEW" in/*
	exits 0
	same in out
}

@test "a distilled base that is left over below --out-dir goes" {
	take "$DISTILLED/$FITTING" x.btf
	mkdir out
	cp x.btf.base out/
	rebtf relocate --base "$NEW" --out-dir out x.btf
	exits 0
	[ "$(ls out)" = x.btf ]
}

@test "a distilled base of another module is noticed" {
	take "$DISTILLED/$FITTING" x.btf
	make_empty_btf x.btf.base
	remember .
	rebtf relocate --base "$NEW" x.btf
	exits 2
	complains x.btf
	unchanged .
}

@test "JSON says where each module went, and why not" {
	take "$DISTILLED/$FITTING" fitting.btf
	take "$DISTILLED/$MISFIT" misfit.btf
	rebtf relocate --json --base "$NEW" --out-dir out fitting.btf misfit.btf
	exits 1
	[ "$(jq -c '[.file, .outcome, .output, .misfits]' <<< "${lines[0]}")" = \
		'["fitting.btf","relocated","out/fitting.btf",[]]' ]
	[ "$(jq -c '[.file, .outcome, .output, .misfits[0].name]' <<< "${lines[1]}")" = \
		'["misfit.btf","misfit",null,"device"]' ]
	[ "$(jq -c '.summary | [.verb, .modules, .relocated, .misfit]' <<< "${lines[2]}")" = \
		'["relocate",2,1,1]' ]
}

@test "the result does not depend on the number of threads" {
	for jobs in 1 2 8; do
		rebtf relocate --verbose --jobs $jobs --base "$NEW" --out-dir out "$DISTILLED"
		exits 1
		mv out out.$jobs
		echo "$output" > text.$jobs
	done
	same out.1 out.2
	same out.1 out.8
	cmp text.1 text.2
	cmp text.1 text.8
}
