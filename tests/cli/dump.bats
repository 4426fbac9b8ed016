#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
# bats file_tags=hostile_input
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

# bpftool extends the sign of 32-bit values that have none.
json_types() {
	jq -c '.types[] | if .kind == "ENUM" then .values |= map(select(.val < 2147483648)) else . end' "$1"
}

@test "JSON of a kernel and of a module is bpftool's, with the module's name" {
	"$REBTF" dump --json "$OLD" > ours
	[ "$(wc -l < ours)" = 1 ]
	bpftool -j btf dump file "$OLD" > theirs
	json_types ours > ours.types
	json_types theirs > theirs.types
	[ "$(wc -l < ours.types)" -gt 100000 ]
	cmp ours.types theirs.types
	[ "$(jq -c '[.outcome, .module, .schema]' ours)" = '["dumped",null,1]' ]
	"$REBTF" dump --json --base "$OLD" "$SPLIT/$MISFIT" > ours
	bpftool -j -B "$OLD" btf dump file "$SPLIT/$MISFIT" > theirs
	cmp <(json_types ours) <(json_types theirs)
	[ "$(jq -r .module ours)" = idxd_bus ]
	python3 "$BATS_TEST_DIRNAME/schema.py" "$BATS_TEST_DIRNAME/../../docs/rebtf.schema.json" < ours
}

@test "JSON has the kind_flag of tags, and escapes names" {
	# An INT, an attribute, and a struct with a quote, a control character and a byte that is not UTF-8.
	raw_btf x.btf "/int/attr/q\"$(printf '\001')Q/" 1 0x1000000 4 0x1000020 \
		5 0x92000000 1 10 0x4000000 0
	LC_ALL=C sed -i 's/Q/\xff/' x.btf
	rebtf dump --as standalone --json x.btf
	exits 0
	[ "$(jq -c '.types[1]' <<< "$output")" = '{"id":2,"kind":"TYPE_TAG","name":"attr","type_id":1,"kind_flag":true}' ]
	[ "$(jq -r '.types[2].name' <<< "$output" | od -An -tx1 | tr -d ' ')" = 712201efbfbd0a ]
}

@test "JSON of a compressed module is that of its BTF" {
	"$REBTF" extract -o nls.btf "$DATA/ko/nls_utf8.ko.xz"
	rebtf dump --json --base "$OLD" nls.btf
	types=$(jq -c .types <<< "$output")
	rebtf dump --json --base "$OLD" "$DATA/ko/nls_utf8.ko.xz"
	[ "$(jq -c .types <<< "$output")" = "$types" ]
	[ "$(jq -r .module <<< "$output")" = nls_utf8 ]
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
