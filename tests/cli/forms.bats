#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# The form of BTF without a note: proof, ambiguity, and --as.

load common

setup_file() {
	unpack_data
}

setup() {
	enter_work
}

# form FILE [OPTION...]: prints the form that info detects.
form() {
	"$REBTF" info --json "$@" | jq -r .form
}

@test "standalone BTF made of real modules is seen to be so, over any kernel and none" {
	"$REBTF" standalone --quiet --base "$OLD" --out-dir alone "$SPLIT"
	for options in '' "--base $OLD" "--base $NEW"; do
		# shellcheck disable=SC2086 # several words, or none
		rebtf info --json $options alone
		exits 0
		[ "$(jq -r .form <<< "$output" | sort | uniq -c | xargs)" = '50 standalone' ]
	done
}

@test "split BTF of real modules is seen to be so, over any kernel and none" {
	for options in '' "--base $OLD" "--base $NEW"; do
		# shellcheck disable=SC2086
		rebtf info --json $options "$SPLIT"
		[ "$(jq -r .form <<< "$output" | sort | uniq -c | xargs)" = '50 split' ]
	done
}

@test "a kernel is standalone, also over itself" {
	[ "$(form "$OLD")" = standalone ]
	[ "$(form --base "$OLD" "$OLD")" = standalone ]
	[ "$(form --base "$NEW" "$OLD")" = standalone ]
}

@test "a distilled base by itself is standalone" {
	cp "$DISTILLED/$FITTING.base" x.btf
	[ "$(form x.btf)" = standalone ]
}

@test "what can be read in two ways is refused by every verb, and nothing is written" {
	make_ambiguous_btf x.btf
	remember .
	for verb in distill relocate info dump; do
		rebtf $verb --base "$OLD" x.btf
		exits 2
		complains 'x.btf: ' 'as standalone and as split' '--as'
	done
	for bases in "--base $NEW --old-base $OLD" "--base $OLD"; do
		rebtf check $bases x.btf
		exits 2
		complains 'x.btf: ' 'as standalone and as split' '--as'
	done
	unchanged .
}

@test "JSON says that it is ambiguous" {
	make_ambiguous_btf x.btf
	rebtf info --json --base "$OLD" x.btf
	[ "$(jq -r '[.outcome, .error.code] | join(" ")' <<< "$output")" = 'failed ambiguous' ]
}

@test "--as settles it" {
	local types
	make_ambiguous_btf x.btf
	types=$("$REBTF" dump "$OLD" | grep -c '^\[')
	[ "$(form --base "$OLD" --as standalone x.btf)" = standalone ]
	[ "$(form --base "$OLD" --as split x.btf)" = split ]
	rebtf dump --base "$OLD" --as standalone x.btf
	exits 0
	says "[1] INT 'int' size=4"
	rebtf dump --base "$OLD" --as split x.btf
	exits 0
	says "[$((types + 1))] INT 'verify_cpu' size=4"
	rebtf distill --base "$OLD" --as standalone --out-dir left x.btf
	exits 0
	says '1 left alone (1 standalone)'
	rebtf distill --base "$OLD" --as split --out-dir made x.btf
	exits 0
	says '1 module: 1 distilled'
}

@test "where only one reading is possible, --as asks for the other in vain" {
	make_standalone_btf x.btf
	rebtf dump --base "$OLD" --as split x.btf
	exits 2
	complains 'x.btf: type ' 'inside another string of the base'
	cp "$SPLIT/$FITTING" y.btf
	rebtf dump --as standalone y.btf
	exits 2
	complains 'y.btf: '
	take "$DISTILLED/$FITTING" z.btf
	for as in split standalone; do
		rebtf dump --base "$OLD" --as $as z.btf
		exits 2
		complains "z.btf: cannot read distilled BTF as $as (it has a distilled base)"
	done
}

@test "one file that can be read in two ways stops no other" {
	mkdir in
	make_ambiguous_btf in/a.btf
	cp "$SPLIT/$FITTING" in/b.btf
	rebtf distill --base "$OLD" in
	exits 1
	complains 'in/a.btf: ' '--as'
	says '2 modules: 1 distilled, 1 failed'
}

@test "the running kernel does not decide how BTF is read that could be split or standalone" {
	[ -e /sys/kernel/btf/vmlinux ] || skip "the running kernel has no BTF"
	python3 - <<-'END'
		import struct
		# A pointer to itself, without a name.
		types = struct.pack("<3I", 0, 2 << 24, 1)
		open("x.btf", "wb").write(struct.pack("<HBBIIIII", 0xEB9F, 1, 0, 24, 0, len(types), len(types), 1) + types + b"\0")
	END
	for command in check "distill -o out" "standalone -o out" "relocate -o out" info; do
		# shellcheck disable=SC2086
		rebtf $command x.btf
		exits 2
		complains 'x.btf: ' '--as'
		[ ! -e out/x.btf ]
	done
}

@test "--as knows two forms" {
	make_standalone_btf x.btf
	for as in distilled empty '' Split; do
		rebtf info --as "$as" x.btf
		exits 2
		[[ $stderr == *"invalid --as '$as' (expected 'split' or 'standalone')"* ]]
	done
}

@test "x.btf.base and x.btf.expects are not taken for files of their own when all three are named" {
	"$REBTF" distill --quiet --expects --base "$OLD" --out-dir . "$SPLIT/$FITTING"
	[ "$(ls | xargs)" = 'sch_fq.btf sch_fq.btf.base sch_fq.btf.expects' ]
	rebtf check --base "$NEW" ./*
	exits 0
	says '1 module: 1 fits'
}
