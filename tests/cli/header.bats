#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# rebtf header: its text, and failures. tests/peers/header compares whole kernels with the newest bpftool.

load common

setup_file() {
	unpack_data
}

setup() {
	enter_work
}

@test "header of a kernel in the order of its ids is bpftool's, byte for byte" {
	"$REBTF" header --like-bpftool --unsorted "$OLD" > ours
	bpftool btf dump file "$OLD" format c > theirs
	# bpftool before 7.5 has no kfuncs and no macros for them.
	sed '1,/^typedef/d; /BPF kfuncs/,$d' ours | sed '$d' > ours.types
	sed '1,/^typedef/d' theirs | sed '/^#ifndef BPF_NO_PRESERVE_ACCESS_INDEX/,$d' > theirs.types
	[ "$(wc -l < ours.types)" -gt 100000 ]
	diff ours.types theirs.types
}

@test "header of split BTF has the types of its base and its own" {
	"$REBTF" header --base "$OLD" "$SPLIT/$MISFIT" > module.h
	grep -q '^struct task_struct {' module.h
	grep -q '^struct idxd_dev {' module.h
}

@test "header of a type has what it needs and no more" {
	id=$("$REBTF" dump "$OLD" | sed -nE "s/^\[([0-9]+)\] STRUCT 'list_head' .*/\1/p" | head -n 1)
	rebtf header --root-id "$id" "$OLD"
	exits 0
	says $'struct list_head {\n\tstruct list_head *next;\n\tstruct list_head *prev;\n};'
	[ "$(grep -c '^};' <<< "$output")" = 1 ]
	rebtf header --root-id 4000000000 "$OLD"
	exits 2
	rebtf header --root-id 400000000 "$OLD"
	exits 2
	complains 'type [400000000] does not exist'
	[ -z "$output" ]
}

@test "type that C cannot express is an error that names it, and nothing is printed" {
	# A pointer to itself.
	raw_btf x.btf '' 0 0x2000000 1
	rebtf header --as standalone x.btf
	exits 2
	complains 'type [1] PTR' 'contains itself'
	[ -z "$output" ]
}

@test "a full disk is an error" {
	run -2 --separate-stderr bash -c '"$REBTF" header "$OLD" > /dev/full'
	complains 'standard output' 'No space left'
}
