#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# rebtf info: its facts about real modules, checked against their bytes and their dumps.

load common

setup_file() {
	unpack_data
}

setup() {
	enter_work
}

# u32 FILE OFFSET: prints a little-endian number of four bytes.
u32() {
	od -An -tu4 --endian=little -j "$2" -N 4 "$1" | tr -d ' '
}

@test "info tells the four forms apart" {
	make_empty_btf empty.btf
	make_standalone_btf standalone.btf
	for file in "$SPLIT/$FITTING:split" "$DISTILLED/$FITTING:distilled" standalone.btf:standalone \
		empty.btf:empty "$OLD:standalone"; do
		rebtf info --json "${file%:*}"
		exits 0
		[ "$(jq -r .form <<< "$output")" = "${file##*:}" ] || { echo "$file: $output"; return 1; }
		rebtf info "${file%:*}"
		exits 0
		says "  form        ${file##*:}: "
	done
}

@test "a header without even a string section is empty BTF" {
	printf '\x9f\xeb\x01\0\x18\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0' > x.btf
	rebtf info --json x.btf
	exits 0
	[ "$(jq -c '[.form, .types, .byte_order]' <<< "$output")" = '["empty",0,"little-endian"]' ]
}

@test "big-endian BTF is read as such" {
	printf '\xeb\x9f\x01\0\0\0\0\x18\0\0\0\0\0\0\0\x10\0\0\0\x10\0\0\0\x05' > x.btf
	printf '\0\0\0\x01\x01\0\0\0\0\0\0\x04\x01\0\0\x20\0int\0' >> x.btf
	rebtf info x.btf
	exits 0
	says '  byte order  big-endian'
	says '  types       1: INT 1'
	rebtf dump x.btf
	exits 0
	[ "$output" = "[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED" ]
}

@test "sizes of sections are those of the files" {
	local file=$DISTILLED/$MISFIT
	rebtf info --json "$file"
	exits 0
	[ "$(jq -c '.sections[".BTF"] | [.size, .header, .types, .strings, .layout]' <<< "$output")" = \
		"[$(stat -c %s "$file"),$(u32 "$file" 4),$(u32 "$file" 12),$(u32 "$file" 20),0]" ]
	[ "$(jq -c '.sections[".BTF.base"] | [.size, .header, .types, .strings]' <<< "$output")" = \
		"[$(stat -c %s "$file.base"),$(u32 "$file.base" 4),$(u32 "$file.base" 12),$(u32 "$file.base" 20)]" ]
}

@test "counts of kinds are those of the dump" {
	rebtf info --json --base "$OLD" "$SPLIT/$MISFIT"
	exits 0
	"$REBTF" dump --base "$OLD" "$SPLIT/$MISFIT" | sed -nE 's/^\[[0-9]+\] ([A-Z0-9_]+) .*/\1/p' > kinds
	diff <(jq -r '.kinds | to_entries[] | "\(.key) \(.value)"' <<< "$output" | sort) \
		<(sort kinds | uniq -c | awk '{ print $2, $1 }' | sort)
	[ "$(jq .types <<< "$output")" -eq "$(wc -l < kinds)" ]
}

@test "base types that split BTF refers to are counted once each" {
	"$REBTF" dump --base "$OLD" "$SPLIT/$MISFIT" > dump
	local first
	first=$(sed -nE '1s/^\[([0-9]+)\].*/\1/p' dump)
	local expected
	expected=$(grep -oE 'type_id=[0-9]+' dump | cut -d= -f2 | awk -v first="$first" '$1 && $1 < first' | sort -u | wc -l)
	[ "$expected" -gt 0 ]
	rebtf info --json --base "$OLD" "$SPLIT/$MISFIT"
	exits 0
	[ "$(jq .base_refs <<< "$output")" -eq "$expected" ]
	rebtf info --base "$OLD" "$SPLIT/$MISFIT"
	says "refers to $expected types of it"
}

@test "of split BTF, the base that fits is the one it was built for" {
	rebtf info --base "$OLD" "$SPLIT/$FITTING"
	exits 0
	says "  fits        yes, $OLD can be the kernel it was built for"
	rebtf info --base "$NEW" "$SPLIT/$FITTING"
	exits 1
	says "  fits        no, $NEW is not the kernel it was built for: "
	rebtf info --json --base "$NEW" "$SPLIT/$FITTING"
	exits 1
	[ "$(jq -c '[.outcome, .fit.reading, .fit.fits, .base_refs]' <<< "$output")" = \
		'["described","split_from",false,null]' ]
	jq -e '.fit.error.message' <<< "$output"
}

@test "of a distilled module, the bases that fit are those it relocates to" {
	rebtf info --base "$NEW" "$DISTILLED/$FITTING"
	exits 0
	says "  fits        yes, it relocates to $NEW"
	rebtf info --base "$NEW" "$DISTILLED/$MISFIT"
	exits 1
	says "  fits        no, it does not relocate to $NEW:"
	says '    struct device: 744 bytes then, 752 now (embedded)'
	rebtf info --json --base "$NEW" "$DISTILLED/$MISFIT"
	exits 1
	[ "$(jq -c '[.fit.reading, .fit.fits, .fit.misfits[0].name]' <<< "$output")" = \
		'["relocate_to",false,"device"]' ]
}

@test "without a base, the rest is said all the same" {
	rebtf info "$SPLIT/$FITTING"
	exits 0
	says '  types       '
	says '  fits        '
	rebtf info "$DISTILLED/$FITTING"
	exits 0
	says '  fits        unknown: --base would tell'
	make_standalone_btf x.btf
	rebtf info x.btf
	exits 0
	says '  base        none needed'
}

@test "broken BTF is not described as split from the running kernel" {
	raw_btf id.btf /int/ 1 0x1000000 4 32 0 0x4000001 8 0 99 0
	raw_btf name.btf /int/ 1 0x1000000 4 32 999999 0x2000000 1
	for verb in info dump; do
		rebtf $verb id.btf
		exits 2
		complains 'id.btf: type [2] STRUCT: read as standalone BTF: invalid type id 99'
		rebtf $verb name.btf
		exits 2
		complains 'name.btf: type [2] PTR: read as standalone BTF: invalid string offset 999999'
		rebtf $verb --base "$OLD" id.btf
		exits 2
		complains 'read as standalone BTF: invalid type id 99'
	done
}

@test "many files are described in their order, and one bad one is one error" {
	echo broken > bad.ko
	rebtf info "$DISTILLED" bad.ko
	exits 1
	complains bad.ko
	diff <(grep -v '^ ' <<< "$output") <(find "$DISTILLED" -name '*.btf' | LC_ALL=C sort)
}
