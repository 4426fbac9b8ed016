#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# Type ids in .BTF_ids of real modules, as read by btf_ids.py.

load common

setup_file() {
	unpack_data
	export S390X=$DATA/vmlinux/6.12.107+deb13-s390x.btf
}

setup() {
	enter_work
}

# ids BASE MODULE: describes the ids by their types, not by their numbers.
ids() {
	"$BATS_TEST_DIRNAME/btf_ids.py" --base "$1" "$2"
}

# words MODULE FILE: writes the bytes of .BTF_ids into a file.
words() {
	xz -dc "$1" > elf
	objcopy -O binary --only-section=.BTF_ids elf "$2"
	rm elf
}

@test "lists, sets and flags say the same after distill and relocate" {
	cp "$DATA/ko/tcp_bbr.ko" .
	zstd -qdc "$DATA/ko/tcp_dctcp.ko.zst" > tcp_dctcp.ko
	cp "$DATA/ko/nf_conntrack.ko.xz" .
	for module in tcp_bbr.ko tcp_dctcp.ko nf_conntrack.ko.xz; do
		ids "$OLD" $module > before
		grep -q "^SET .* FUNC '.*' flags" before
		rebtf distill --base "$OLD" --out-dir distilled $module
		exits 0
		ids "$NEW" distilled/$module | diff before -
		for base in "$OLD" "$NEW"; do
			rebtf relocate --base "$base" --out-dir relocated distilled/$module
			exits 0
			ids "$base" relocated/$module | diff before -
		done
		# In one step, so that the old ids are known only from the old base.
		rebtf relocate --old-base "$OLD" --base "$NEW" --out-dir at-once $module
		exits 0
		ids "$NEW" at-once/$module | diff before -
	done
	# Makes sure that the module has interesting ids: different flags, a kernel type and an own type.
	[ "$(grep -o 'flags .*' before | sort -u | wc -l)" -eq 4 ]
	grep -qx "LIST STRUCT 'nf_conn'" before
	grep -qx "LIST STRUCT 'nf_conn___init'" before
}

@test "a big-endian module's functions, sorted by name, keep their flags" {
	for module in tcp_bbr-s390x.ko.xz nf_conntrack-s390x.ko.xz; do
		ids "$S390X" "$DATA/ko/$module" > before
		rebtf distill --base "$S390X" --out-dir distilled "$DATA/ko/$module"
		exits 0
		ids "$S390X" distilled/$module | diff before -
		rebtf relocate --base "$S390X" --out-dir relocated distilled/$module
		exits 0
		ids "$S390X" relocated/$module | diff before -
	done
	grep -qx "SET 'nf_ct_kfunc_set' 0x1 FUNC 'bpf_ct_release' flags 0x2" before
}

@test "relocated to the kernel that it came from, a module has the ids that it came with" {
	words "$DATA/ko/nf_conntrack.ko.xz" before
	rebtf distill --base "$OLD" --out-dir . "$DATA/ko/nf_conntrack.ko.xz"
	exits 0
	words nf_conntrack.ko.xz distilled
	run ! cmp before distilled
	rebtf relocate --base "$OLD" nf_conntrack.ko.xz
	exits 0
	words nf_conntrack.ko.xz after
	cmp before after
}

# offset FILE SECTION: prints the file offset of a section.
offset() {
	local place
	place=$(readelf -SW "$1" | sed -nE "s/^ *\[ *[0-9]+\] \\$2 +[^ ]+ +[0-9a-f]+ +([0-9a-f]+) .*/\1/p")
	echo $((16#$place))
}

# symbol FILE NAME: prints the file offset of the first symbol whose name starts with NAME. An entry has 24 bytes.
symbol() {
	local number
	number=$(readelf -sW "$1" | awk -v name="$2" 'index($8, name) == 1 { print $1 + 0; exit }')
	echo $(($(offset "$1" .symtab) + 24 * number))
}

# put FILE OFFSET BYTES: overwrites bytes, given in printf's notation.
put() {
	# shellcheck disable=SC2059
	printf "$3" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

# refused TEXT...: checks that x.ko is refused with exactly one line that contains each TEXT, and stays unchanged.
refused() {
	remember x.ko
	rebtf distill --base "$OLD" x.ko
	exits 2
	complains "x.ko: .BTF_ids: " "$@"
	rebtf distill --base "$OLD" --out-dir out x.ko
	exits 2
	complains ".BTF_ids: " "$@"
	[ -z "$(find out -type f 2> /dev/null)" ]
	unchanged x.ko
}

# fresh: creates x.ko, a valid module.
fresh() {
	xz -dc "$DATA/ko/nf_conntrack.ko.xz" > x.ko
}

@test "symbols that point outside the section are refused" {
	fresh
	put x.ko $(($(symbol x.ko __BTF_ID__struct__nf_conn__) + 8)) '\x60'
	refused __BTF_ID__struct__nf_conn__ 'is not a word within the section'
	fresh
	put x.ko $(($(symbol x.ko __BTF_ID__func__bpf_ct_release__) + 8)) '\xff\xff\xff\xff\xff\xff\xff\xff'
	refused __BTF_ID__func__bpf_ct_release__ 'is not a word within the section'
	fresh
	put x.ko $(($(symbol x.ko __BTF_ID__set8__) + 16)) '\xf8\xff\xff\xff\xff\xff\xff\xff'
	refused __BTF_ID__set8__nf_ct_kfunc_set 'is not a set within the section'
}

@test "sets whose count or size lies are refused" {
	for count in '\x09' '\x0b' '\0' '\xff\xff\xff\xff'; do
		fresh
		put x.ko $(($(offset x.ko .BTF_ids) + 8)) "$count"
		refused 'invalid id count of set __BTF_ID__set8__nf_ct_kfunc_set' 'expected 10)'
	done
	fresh
	put x.ko $(($(symbol x.ko __BTF_ID__set8__) + 16)) '\0'
	refused __BTF_ID__set8__nf_ct_kfunc_set 'is not a set within the section'
}

@test "symbols that claim the same words, or words that are no ids, are refused" {
	fresh
	put x.ko $(($(symbol x.ko __BTF_ID__func__bpf_ct_release__) + 8)) '\x30'
	refused __BTF_ID__func__bpf_ct_release__ __BTF_ID__func__bpf_ct_insert_entry__ overlap
	fresh
	put x.ko $(($(symbol x.ko __BTF_ID__func__bpf_ct_release__) + 8)) '\x3c'
	refused __BTF_ID__func__bpf_ct_release__ 'is not at an id of set'
}

@test "ids that no symbol names are refused" {
	fresh
	objcopy --strip-symbol=__BTF_ID__struct__nf_conn__750189 x.ko
	refused 'no symbol names the type of the id at offset 0'
	fresh
	objcopy --strip-all x.ko
	refused stripped
	# A module without ids needs no symbols.
	fresh
	objcopy --strip-all --remove-section=.BTF_ids x.ko
	rebtf distill --base "$OLD" x.ko
	exits 0
}

@test "a misfit is reported even if nothing names the ids" {
	sed 's/\x00sk_buff\x00/\x00sk_bufF\x00/' "$NEW" > other.btf
	fresh
	rebtf distill --base "$OLD" x.ko
	objcopy --strip-all x.ko
	rebtf check --base other.btf x.ko
	exits 1
	says 'struct sk_buff: no such type now'
	[ -z "$stderr" ]
}

@test "ids that were never found are found, and flags are their functions'" {
	fresh
	ids "$OLD" x.ko > want
	# The compiler's output: no ids, no count, and flags in the order of symbols, which differs from the order of
	# ids.
	local at
	at=$(offset x.ko .BTF_ids)
	put x.ko "$at" '\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0'
	at=$((at + 16))
	for flags in 5 5 5 5 7 2 20 20 20 20; do
		put x.ko $at "\\0\\0\\0\\0\\$flags\\0\\0\\0"
		at=$((at + 8))
	done
	rebtf distill --base "$OLD" x.ko
	exits 0
	ids "$OLD" x.ko | diff want -
}
