#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# rebtf verify: real kernels and modules, in every form that rebtf writes, and what is broken in them.

load common

setup_file() {
	unpack_data
}

setup() {
	enter_work
}

# put FILE OFFSET BYTES: overwrites some, as printf has them.
put() {
	printf "$3" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

@test "kernels and their modules are accepted by the rules of their version, and in full" {
	rebtf verify --kernel 6.1 "$OLD" "$NEW"
	exits 0
	says '2 modules: 2 accepted'
	rebtf verify --kernel 6.1 --base "$OLD" "$SPLIT"
	exits 0
	[[ $output =~ ^[0-9]+\ modules:\ [0-9]+\ accepted$ ]]
}

@test "what every verb writes is accepted, by the rules of all versions" {
	"$REBTF" relocate --quiet --on-mismatch local --base "$NEW" --out-dir moved "$DISTILLED" || [ $? = 1 ]
	"$REBTF" standalone --quiet --base "$OLD" --out-dir alone "$SPLIT"
	"$REBTF" present --quiet --base "$NEW" --out-dir shown alone
	for kernel in 6.1 6.12 6.18 7.2; do
		rebtf verify --kernel $kernel "$DISTILLED"
		exits 0
		rebtf verify --kernel $kernel --base "$NEW" moved
		exits 0
		rebtf verify --kernel $kernel --as standalone alone
		exits 0
		rebtf verify --kernel $kernel --base "$NEW" --as split shown
		exits 0
	done
}

@test "split BTF over another base than its own is refused, or as good as another's" {
	rebtf verify --base "$NEW" --as split "$SPLIT/$MISFIT"
	exits 1
	says "$SPLIT/$MISFIT: refused"
	says '    .BTF: type ['
	says '1 module: 1 refused'
}

@test "what no other verb opens gets a verdict, with the type at fault" {
	make_standalone_btf x.btf
	rebtf verify x.btf
	exits 0
	put x.btf 24 '\xff\xff'
	rebtf dump --as standalone x.btf
	exits 2
	rebtf verify --as standalone x.btf
	exits 1
	says '    .BTF: type [1] '
	says 'no string is'
}

@test "--all finds more than the first" {
	cp "$OLD" x.btf
	# The names of the first types: each has its 12 bytes, or 16.
	for at in 24 104 204; do
		put x.btf $at '\xff\xff\xff\x7f'
	done
	rebtf verify x.btf
	exits 1
	[ "$(grep -c '^    ' <<< "$output")" = 1 ]
	rebtf verify --all x.btf
	exits 1
	[ "$(grep -c '^    ' <<< "$output")" -gt 1 ]
}

@test "the JSON of verdicts says what the text says" {
	make_standalone_btf x.btf
	rebtf verify --format json x.btf
	exits 0
	[ "$(head -n 1 <<< "$output" | jq -c '[.outcome, .violations]')" = '["accepted",[]]' ]
	put x.btf 24 '\xff\xff'
	rebtf verify --format json --as standalone x.btf
	exits 1
	[ "$(head -n 1 <<< "$output" | jq -c '[.outcome, .violations[0].code, .violations[0].type_id, .violations[0].section]')" = \
		'["refused","format",1,".BTF"]' ]
	[ "$(tail -n 1 <<< "$output" | jq -c '.summary | [.verb, .accepted, .misfit]')" = '["verify",0,1]' ]
}

@test "a distilled base that is broken is named" {
	cp "$DISTILLED/$FITTING" x.btf
	cp "$DISTILLED/$FITTING.base" x.btf.base
	rebtf verify x.btf
	exits 0
	put x.btf.base 24 '\xff\xff\xff\x7f'
	rebtf verify x.btf
	exits 1
	says '    .BTF.base: type [1] '
}
