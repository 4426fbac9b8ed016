#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# rebtf dump: its text, and failures to write it.

load common

setup_file() {
	unpack_data
}

setup() {
	enter_work
}

@test "dump of a kernel is bpftool's, byte for byte" {
	for kernel in "$OLD" "$NEW"; do
		"$REBTF" dump "$kernel" > ours
		bpftool btf dump file "$kernel" format raw > theirs
		[ -s theirs ]
		cmp ours theirs
	done
}

@test "dump of split BTF is bpftool's, byte for byte" {
	find "$SPLIT" -name '*.btf' > modules
	[ -s modules ]
	while IFS= read -r module; do
		"$REBTF" dump --base "$OLD" "$module" > ours
		bpftool --base-btf "$OLD" btf dump file "$module" format raw > theirs
		cmp ours theirs || { echo "$module"; return 1; }
	done < <(shuf -n 8 --random-source="$OLD" modules; echo "$SPLIT/$MISFIT")
}

@test "dump of a distilled base is bpftool's, byte for byte" {
	"$REBTF" dump "$DISTILLED/$MISFIT.base" > ours
	bpftool btf dump file "$DISTILLED/$MISFIT.base" format raw > theirs
	cmp ours theirs
}

@test "distilled BTF is read over its distilled base" {
	"$REBTF" dump "$DISTILLED/$MISFIT" > dump
	local types
	types=$("$REBTF" dump "$DISTILLED/$MISFIT.base" | grep -c '^\[')
	[[ $(head -n 1 dump) == "[$((types + 1))] "* ]]
}

@test "no base is read for BTF that needs none" {
	make_empty_btf empty.btf
	for file in empty.btf "$DISTILLED/$FITTING"; do
		rebtf dump --base /nonexistent $file
		exits 0
	done
	make_standalone_btf x.btf
	rebtf dump x.btf
	exits 0
	[ "${lines[0]}" = "[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED" ]
}

@test "split BTF over a wrong base is an error and no text" {
	rebtf dump --base "$NEW" "$SPLIT/$FITTING"
	exits 2
	[ -z "$output" ]
	complains "$FITTING" base
}

@test "who names no base hears that split BTF was read over the running kernel" {
	[ -e /sys/kernel/btf/vmlinux ] || skip "the running kernel has no BTF"
	"$REBTF" dump /sys/kernel/btf/vmlinux > /dev/null || skip "the running kernel's BTF cannot be read"
	# A pointer to the kernel's third type, and a FWD whose name is the first string after the kernel's.
	raw_btf x.btf own/ 0 0x2000000 3 "$(od -An -tu4 -j 20 -N 4 /sys/kernel/btf/vmlinux | tr -d ' ')" 0x7000000 0
	rebtf dump x.btf
	exits 0
	says "FWD 'own' fwd_kind=struct"
	[[ $stderr == 'rebtf: x.btf: split BTF, read over the running kernel; name another base with --base' ]]
	rebtf dump --base /sys/kernel/btf/vmlinux x.btf
	exits 0
	[ -z "$stderr" ]
}

@test "a full disk is an error" {
	run -2 --separate-stderr bash -c '"$REBTF" dump "$OLD" > /dev/full'
	complains 'standard output' 'No space left'
}

@test "who stops reading hears no complaint" {
	bash -c '"$REBTF" dump "$OLD" 2> errors; echo $? > status' | head -n 1 > first
	[[ $(cat first) == '[1] '* ]]
	[ "$(cat status)" -eq 141 ]
	[ ! -s errors ]
}

@test "closed standard output is an error" {
	make_standalone_btf x.btf
	run -2 --separate-stderr bash -c '"$REBTF" dump x.btf >&-'
	complains 'standard output'
}
