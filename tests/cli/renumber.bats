#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# rebtf renumber: standalone BTF, renumbered over another kernel than its own.

load common

setup_file() {
	unpack_data
	export ALONE=$BATS_FILE_TMPDIR/alone SHOWN=$BATS_FILE_TMPDIR/shown
	"$REBTF" standalone --quiet --base "$OLD" --out-dir "$ALONE" "$SPLIT"
	"$REBTF" renumber --quiet --base "$NEW" --out-dir "$SHOWN" "$ALONE"
}

setup() {
	enter_work
}

# types_of FILE: prints the number of types of a kernel's BTF.
types_of() {
	"$REBTF" info --json "$1" | jq .types
}

# moved COUNT: prints the dump on standard input with all ids except void increased by COUNT.
moved() {
	python3 -c '
import re, sys
count = int(sys.argv[1])
for line in sys.stdin:
    print(re.sub(r"(^\[|type_id=)([1-9]\d*)", lambda m: m[1] + str(int(m[2]) + count), line), end="")
' "$1"
}

@test "bpftool reads each over the kernel, and finds what it finds in it alone" {
	local module types
	types=$(types_of "$NEW")
	for module in $(cd "$ALONE" && find . -name '*.btf'); do
		bpftool btf dump file "$ALONE/$module" | moved "$types" > alone
		bpftool -B "$NEW" btf dump file "$SHOWN/$module" | cmp alone -
	done
}

@test "rebtf reads each over the kernel, and finds what it finds in it alone" {
	local module types
	types=$(types_of "$NEW")
	[ "$(find "$ALONE" -name '*.btf' | wc -l)" -eq 50 ]
	for module in $(cd "$ALONE" && find . -name '*.btf'); do
		"$REBTF" dump "$ALONE/$module" | moved "$types" > alone
		"$REBTF" dump --base "$NEW" "$SHOWN/$module" | cmp alone -
	done
}

@test "functions have the numbers that relocation gives them" {
	"$REBTF" relocate --quiet --base "$NEW" --out-dir out "$DISTILLED/$FITTING"
	"$REBTF" dump --base "$NEW" out/*.btf | grep -oE "^\[[0-9]+\] FUNC '[^']*'" > relocated
	[ -s relocated ]
	"$REBTF" dump --base "$NEW" "$SHOWN/$FITTING" | grep -oE "^\[[0-9]+\] FUNC '[^']*'" | diff relocated -
}

@test "renumbered over one kernel, it can be made standalone again" {
	rebtf standalone --base "$NEW" --out-dir again "$SHOWN"
	exits 0
	says '50 modules: 50 made standalone'
	for module in $(cd "$ALONE" && find . -name '*.btf'); do
		"$REBTF" dump "$ALONE/$module" > then
		"$REBTF" dump "again/$module" | cmp then -
	done
}

@test "in place gives what --out-dir gives, and a line of what was done" {
	cp "$ALONE/$FITTING" x.btf
	rebtf renumber --verbose --base "$NEW" x.btf
	exits 0
	[[ ${lines[0]} =~ ^'x.btf: renumbered, '[0-9,]+' types from ['$(($(types_of "$NEW") + 1))'] on'$ ]]
	[ "${lines[1]}" = "Base: $NEW" ]
	[ "${lines[2]}" = '1 module: 1 renumbered' ]
	cmp x.btf "$SHOWN/$FITTING"
}

@test "split BTF is refused, and so is what was renumbered already" {
	cp "$SPLIT/$FITTING" split.btf
	cp "$SHOWN/$FITTING" shown.btf
	local module
	remember .
	for module in split shown; do
		rebtf renumber --base "$NEW" $module.btf
		exits 2
		complains $module.btf 'cannot renumber split BTF'
	done
	unchanged .
}

@test "distilled BTF is refused with what to do instead" {
	take "$DISTILLED/$FITTING" x.btf
	rebtf renumber --base "$NEW" x.btf
	exits 2
	complains x.btf 'relocate it instead'
}

@test "what is empty is left alone in place, and copied below --out-dir" {
	mkdir in
	make_empty_btf in/empty.btf
	rebtf renumber --base "$NEW" in
	exits 0
	says '1 module: 1 left alone (1 empty)'
	rebtf renumber --base "$NEW" --out-dir out in
	exits 0
	same in out
}

@test "a kernel of another byte order is refused" {
	cp "$ALONE/$FITTING" x.btf
	rebtf renumber --base "$DATA/vmlinux/6.12.107+deb13-s390x.btf" x.btf
	exits 2
	complains x.btf endian
}

@test "a whole module, renumbered, is read over that kernel" {
	cp "$DATA/ko/tcp_dctcp.ko.zst" x.ko.zst
	rebtf standalone --base "$OLD" x.ko.zst
	exits 0
	rebtf renumber --base "$NEW" x.ko.zst
	exits 0
	rebtf dump --base "$NEW" x.ko.zst
	exits 0
	says "FUNC 'dctcp_register'"
	says "INT 'int'"
}

@test "without libcrypto a renumbered module is refused, because its note cannot be checked" {
	cp "$DATA/ko/tcp_bbr.ko" x.ko
	"$REBTF" standalone --quiet --base "$OLD" x.ko
	"$REBTF" renumber --quiet --base "$NEW" x.ko
	rebtf renumber --base "$NEW" x.ko
	exits 0
	says '1 module: 1 left alone (1 split)'
	mkdir lib
	touch lib/libcrypto.so.3 lib/libcrypto.so
	remember .
	LD_LIBRARY_PATH=$PWD/lib rebtf renumber --base "$NEW" x.ko
	exits 2
	complains x.ko 'cannot renumber split BTF'
	unchanged .
}

@test "JSON says where each module went, and where its ids start" {
	cp "$ALONE/$FITTING" x.btf
	rebtf renumber --json --base "$NEW" --out-dir out x.btf
	exits 0
	[ "$(jq -c '[.file, .outcome, .output, .first_id]' <<< "${lines[0]}")" = \
		"[\"x.btf\",\"renumbered\",\"out/x.btf\",$(($(types_of "$NEW") + 1))]" ]
	[ "$(jq .types <<< "${lines[0]}")" -eq "$("$REBTF" dump x.btf | grep -c '^\[')" ]
	[ "$(jq -c '.summary | [.verb, .modules, .renumbered]' <<< "${lines[1]}")" = '["renumber",1,1]' ]
}

@test "to renumber a module twice is no failure" {
	"$REBTF" standalone --quiet --base "$OLD" --out-dir alone "$DATA/ko/crc-itu-t.ko"
	"$REBTF" renumber --quiet --base "$NEW" alone/crc-itu-t.ko
	cp alone/crc-itu-t.ko renumbered.ko
	rebtf renumber --base "$NEW" alone
	exits 0
	[ "$output" = '1 module: 1 left alone (1 split)' ]
	cmp alone/crc-itu-t.ko renumbered.ko
	rebtf renumber --base "$OLD" alone
	exits 2
	complains 'cannot renumber split BTF'
}
