#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# rebtf relocate --on-mismatch local: it localizes types that do not fit, and the module stays usable.

load common

setup_file() {
	unpack_data
	export EXPECTING=$BATS_FILE_TMPDIR/expecting
	"$REBTF" distill --quiet --expects --base "$OLD" --out-dir "$EXPECTING" "$SPLIT"
	export LATER=$DATA/distilled/6.12.117+deb12-amd64
	export KEPT=$BATS_FILE_TMPDIR/kept KEPT_EXPECTING=$BATS_FILE_TMPDIR/kept_expecting
	"$REBTF" relocate --quiet --on-mismatch local --base "$NEW" --out-dir "$KEPT" "$DISTILLED"
	"$REBTF" relocate --quiet --on-mismatch local --base "$NEW" --out-dir "$KEPT_EXPECTING" "$EXPECTING"
}

setup() {
	enter_work
}

# definition KIND NAME: prints its members, from a dump on standard input.
definition() {
	awk -v start="] $1 '$2' " 'index($0, start) { inside = 1; print $3, $4, $5; next }
		/^\[/ { inside = 0 }
		inside { sub(/type_id=[0-9]+ /, ""); print }'
}

@test "every module is kept, where without it a third would not be" {
	rebtf relocate --base "$NEW" --out-dir out "$EXPECTING"
	exits 1
	says '50 modules: 31 relocated, 19 do not fit'
	for modules in "$DISTILLED" "$EXPECTING"; do
		rebtf relocate --on-mismatch local --base "$NEW" --out-dir out "$modules"
		exits 0
		says '50 modules: 31 relocated, 19 kept by localizing 19 types ('
		rebtf check --on-mismatch local --base "$NEW" "$modules"
		exits 0
		says '50 modules: 31 fit, 19 would be kept by localizing 19 types ('
	done
}

@test "what is kept reads over the new kernel, in bpftool as well" {
	for tree in "$KEPT" "$KEPT_EXPECTING"; do
		[ "$(find "$tree" -type f | wc -l)" -eq 50 ]
		while IFS= read -r module; do
			bpftool btf dump -B "$NEW" file "$module" format raw > theirs
			"$REBTF" dump --base "$NEW" "$module" > ours
			cmp theirs ours
		done < <(find "$tree" -type f)
	done
}

@test "what fits comes out as it would by itself" {
	rebtf relocate --base "$NEW" --out-dir out "$EXPECTING"
	(cd out && find . -type f) | while IFS= read -r module; do
		cmp "out/$module" "$KEPT/$module"
		cmp "out/$module" "$KEPT_EXPECTING/$module"
	done
}

@test "with expectations, a type that was localized has the members that it had" {
	"$REBTF" dump "$OLD" | definition STRUCT device > before
	"$REBTF" dump --base "$NEW" "$KEPT_EXPECTING/$MISFIT" | definition STRUCT device > after
	[ "$(head -n 1 after)" = "'device' size=744 vlen=44" ]
	diff before after
}

@test "the old kernel does as well as expectations" {
	rebtf relocate --on-mismatch local --old-base "$OLD" --base "$NEW" --out-dir out "$SPLIT"
	exits 0
	same out "$KEPT_EXPECTING"
	rebtf relocate --on-mismatch local --old-base "$OLD" --base "$NEW" --out-dir distilled "$DISTILLED"
	exits 0
	same distilled "$KEPT_EXPECTING"
}

@test "without either, it has its size and no members" {
	"$REBTF" dump --base "$NEW" "$KEPT/$MISFIT" | grep "^\[[0-9]*\] STRUCT 'device' size=744 vlen=0$"
}

@test "what the module itself has is what it was, and in the same order" {
	outline() {
		"$REBTF" dump --base "$1" "$2" | sed -nE '/^\[/{s/^\[[0-9]+\] //;s/type_id=[0-9]+//g;p}'
	}
	outline "$OLD" "$SPLIT/$MISFIT" > before
	outline "$NEW" "$KEPT_EXPECTING/$MISFIT" | head -n "$(wc -l < before)" > after
	diff before after
}

@test "what is gone and only pointed to becomes a forward declaration" {
	rebtf relocate --on-mismatch local --base "$NEW" --out-dir out "$LATER"
	exits 0
	says '6 modules: 2 relocated, 4 kept by localizing 7 types ('
	"$REBTF" dump --base "$NEW" out/bfs.btf > dump
	grep "^\[[0-9]*\] FWD 'mnt_idmap' fwd_kind=struct$" dump
	grep "^\[[0-9]*\] STRUCT 'inode' size=624 vlen=0$" dump
	# In 6.1 char is signed.
	grep "^\[[0-9]*\] INT 'char' size=1 bits_offset=0 nr_bits=8 encoding=(none)$" dump
}

@test "a trusted type is never localized" {
	take "$EXPECTING/$MISFIT" x.btf
	remember .
	rebtf relocate --on-mismatch local --trust device --base "$NEW" x.btf
	exits 1
	says 'x.btf: does not fit'
	says 'struct device: 744 bytes then, 752 now'
	unchanged .
}

@test "JSON says what was localized, and what share of references that was" {
	rebtf relocate --on-mismatch local --json --base "$NEW" --out-dir out "$EXPECTING"
	exits 0
	jq 'select(.file // "" | endswith("wmi-bmof.btf")) | .outcome == "relocated" and .localized == 1 and
		.misfits[0].name == "device" and .misfits[0].localized and
		.refs_localized >= 1 and .refs > .refs_localized' <<< "$output" | grep -x true
	jq 'select(.summary) | .summary | .relocated == 50 and .kept == 19 and .localized == 19 and
		.refs_localized > 0 and .refs_localized * 50 < .refs' <<< "$output" | grep -x true
}
