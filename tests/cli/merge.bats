#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# rebtf merge: a kernel and its modules become one BTF.

load common

setup_file() {
	unpack_data
}

setup() {
	enter_work
}

types() {
	"$REBTF" info --json "$1" | jq .types
}

matches_schema() {
	! python3 -c 'import jsonschema' 2> /dev/null ||
		python3 "$BATS_TEST_DIRNAME/schema.py" "$BATS_TEST_DIRNAME/../../docs/rebtf.schema.json" <<< "$output"
}

# module NAME BIT: makes a module over base.btf with a struct S, whose member x is at this bit.
module() {
	raw_btf base.btf '/int/' 1 0x01000000 4 0x01000020
	raw_btf "$1.btf" 'S/x/' 5 0x04000001 24 7 1 "$2"
}

@test "all modules and their kernel become one flat BTF, sorted by name, which kernels accept" {
	rebtf merge --base "$OLD" -o all.btf "$SPLIT"
	exits 0
	says ' modules merged into '
	[ "$(types all.btf)" -gt "$(types "$OLD")" ]
	rebtf verify --quiet --kernel-btf all.btf
	exits 0
	"$REBTF" dump all.btf | sed -nE "s/^\[[0-9]+\] [A-Z_0-9]+ '([^']*)'.*/\1/p" | sed 's/^(anon)$//' > names
	LC_ALL=C sort -c names
}

@test "distilled modules give the same as split ones" {
	"$REBTF" merge --quiet --base "$OLD" -o split.btf "$SPLIT/$FITTING" "$SPLIT/$MISFIT"
	"$REBTF" merge --quiet --base "$OLD" -o distilled.btf "$DISTILLED/$FITTING" "$DISTILLED/$MISFIT"
	cmp split.btf distilled.btf
}

@test "with --split, the result is over the kernel, and merging it again changes no type" {
	rebtf merge --base "$OLD" --split -o modules.btf "$SPLIT"
	exits 0
	says " types over the kernel's"
	rebtf verify --quiet --kernel-btf --base "$OLD" modules.btf
	exits 0
	rebtf merge --quiet --base "$OLD" --split -o again.btf modules.btf
	exits 0
	cmp <("$REBTF" dump --base "$OLD" modules.btf) <("$REBTF" dump --base "$OLD" again.btf)
}

@test "the result does not depend on the number of threads" {
	"$REBTF" merge --quiet -j 1 --base "$OLD" -o one.btf "$SPLIT"
	"$REBTF" merge --quiet -j 4 --base "$OLD" -o four.btf "$SPLIT"
	cmp one.btf four.btf
}

@test "bpftool reads the result" {
	bpftool=$(PATH=$PATH:/usr/sbin:/sbin command -v bpftool) || skip 'needs bpftool'
	"$REBTF" merge --quiet --base "$OLD" -o all.btf "$SPLIT"
	"$bpftool" btf dump file all.btf | cmp - <("$REBTF" dump all.btf)
}

@test "a module that is damaged or of another kernel is left out" {
	echo 'no BTF' > damaged.ko
	cp "$SPLIT/$MISFIT" other.btf
	cp "$SPLIT/$FITTING" good.btf
	rebtf merge --base "$NEW" -o none.btf damaged.ko other.btf
	exits 1
	[[ $stderr == *damaged.ko* && $stderr == *other.btf* ]]
	rebtf merge --json --base "$OLD" -o all.btf damaged.ko good.btf
	exits 1
	[ "$(jq '.modules, (.left_out | length)' <<< "$output" | xargs)" = '1 1' ]
	[ "$(jq -r '.left_out[0].module' <<< "$output")" = damaged ]
	matches_schema
}

@test "structs of one name that differ are in the result, with their modules and the first difference" {
	module M 96
	module N 160
	rebtf merge --base base.btf -o all.btf M.btf N.btf
	exits 0
	says '2 modules merged into 3 types'
	says $'\n1 type differs from another of the same name\n'
	says "struct S: M [1] and N [2] differ: 'x' at bit 96: int, 'x' at bit 160: int"
	[ "$("$REBTF" dump all.btf | grep -c "STRUCT 'S'")" -eq 2 ]
	rebtf merge --json --base base.btf -o all.btf M.btf N.btf
	[ "$(jq .types <<< "$output")" -eq 3 ]
	[ "$(jq -r '.versions[0] | .first_module, .module, .first_member.offset, .member.offset' <<< "$output" | xargs)" = 'M N 96 160' ]
	matches_schema
}

@test "structs that only refer to structs that differ are counted apart" {
	module M 0
	# struct T { struct S *p; }
	t="0 0x02000000 2 9 0x04000001 8 11 3 0"
	# shellcheck disable=SC2086 # each is a word
	raw_btf M.btf 'S/x/T/p/' 5 0x04000001 24 7 1 0 $t
	# shellcheck disable=SC2086
	raw_btf N.btf 'S/x/T/p/' 5 0x04000001 24 7 1 64 $t
	rebtf merge --base base.btf -o all.btf M.btf N.btf
	exits 0
	says $'\n1 type differs from another of the same name, and 1 more because it refers to such types\n'
}

@test "--origins names the module of each type" {
	module M 96
	cp M.btf N.btf
	rebtf merge --origins --base base.btf -o all.btf M.btf N.btf
	exits 0
	says "[1] STRUCT 'S': M and 1 more"
	says "[2] INT 'int': vmlinux"
	rebtf merge --origins --json --base base.btf -o all.btf M.btf N.btf
	[ "$(jq -r 'select(.outcome == "origin") | .module, .modules' <<< "$output" | xargs)" = 'M 2 vmlinux 1' ]
	matches_schema
}

@test "the output can be standard output, and is not written with --dry-run" {
	"$REBTF" merge --base "$OLD" -o - "$SPLIT/$FITTING" > piped.btf
	rebtf merge --base "$OLD" -o file.btf "$SPLIT/$FITTING"
	cmp piped.btf file.btf
	rebtf merge --dry-run --base "$OLD" -o dry.btf "$SPLIT/$FITTING"
	exits 0
	says ' would be merged into '
	[ ! -e dry.btf ]
	rebtf merge --base "$OLD" "$SPLIT/$FITTING"
	exits 2
	complains 'merge needs --output'
	rebtf merge --origins --base "$OLD" -o - "$SPLIT/$FITTING"
	exits 2
	complains 'cannot write both BTF and origins'
}
