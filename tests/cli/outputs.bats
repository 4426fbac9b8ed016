#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# Conflicts between the files of one run. If the output of a file, or a file beside it, would overwrite another file's
# output or a file that is still to be read, rebtf writes nothing.

load common

setup_file() {
	unpack_data
}

setup() {
	enter_work
	mkdir a b
	cp "$SPLIT/$FITTING" a/x.btf
}

# refused VERB...: checks that no file is written, and that the error contains each of $expected.
refused() {
	find . ! -name remembered -printf '%P %T@ %s %i\n' | sort > "$BATS_TEST_TMPDIR/before"
	rebtf "$@"
	exits 2
	complains "${expected[@]}"
	find . ! -name remembered -printf '%P %T@ %s %i\n' | sort | diff "$BATS_TEST_TMPDIR/before" -
}

@test "two files of one name" {
	cp "$SPLIT/$MISFIT" b/x.btf
	expected=('a/x.btf and b/x.btf both have the output out/x.btf')
	refused distill --base "$OLD" --out-dir out a/x.btf b/x.btf
	refused distill --base "$OLD" --out-dir out a b
	# The sanitizer reports an error that is not freed. No other message but the conflict is due.
	refused distill --base "$OLD" --out-dir out none a b
}

@test "a file that is called as the base or the expectations of another" {
	for ending in base expects; do
		cp "$SPLIT/$MISFIT" b/x.btf.$ending
		expected=("b/x.btf.$ending" a/x.btf "out/x.btf.$ending")
		refused distill --expects --base "$OLD" --out-dir out a/x.btf b/x.btf.$ending
		refused distill --expects --base "$OLD" --out-dir out b/x.btf.$ending a
		rm b/*
	done
	# Raw BTF may have any name.
	cp a/x.btf a/module
	cp "$SPLIT/$MISFIT" b/module.base
	expected=(b/module.base a/module out/module.base)
	refused standalone --base "$OLD" --out-dir out b/module.base a/module
}

@test "what belongs to a file goes with it, however the two are named" {
	"$REBTF" distill --expects --quiet --base "$OLD" a
	ln -s a link
	for beside in a/x.btf.base ./a/x.btf.base a/../a/x.btf.base "$PWD/a/x.btf.base" link/x.btf.base; do
		for owner in a/x.btf a; do
			rebtf relocate --base "$OLD" --out-dir out "$beside" $owner a/x.btf.expects
			exits 0
			says '1 module: 1 relocated'
			[ "$(ls out)" = x.btf ]
			rm -r out
		done
	done
	rebtf relocate --base "$OLD" ./a/x.btf.base a
	exits 0
	says '1 module: 1 relocated'
	[ "$(ls a)" = x.btf ]
}

@test "output over what is still to be read" {
	cp "$SPLIT/$MISFIT" b/x.btf
	mkdir -p a/sub/sub
	cp b/x.btf a/sub/x.btf
	expected=('would overwrite the unread input a/sub/')
	refused distill --base "$OLD" --out-dir a/sub a
	# The same through a link.
	rm a/sub/x.btf
	ln -s ../b/x.btf a/y.btf
	expected=('a/x.btf' 'would overwrite the unread input b/x.btf')
	refused distill --base "$OLD" --out-dir b a
}

@test "output over what belongs to a file that is still to be read" {
	mkdir b/sub
	cp "$SPLIT/$MISFIT" b/sub/x.btf
	"$REBTF" distill --quiet --base "$OLD" b
	mv a/x.btf a/x.btf.base
	expected=(a/x.btf.base 'would overwrite the unread input b/sub/x.btf.base')
	refused standalone --base "$OLD" --out-dir b/sub a/x.btf.base b
}

@test "an output directory below the input, and the input itself, are fine as long as nothing meets" {
	mkdir a/sub
	cp "$SPLIT/$MISFIT" a/sub/y.btf
	"$REBTF" distill --quiet --base "$OLD" --out-dir want a
	rebtf distill --base "$OLD" --out-dir a/out a
	exits 0
	same want a/out
	rm -r a/out
	# Each file is its own output.
	rebtf distill --base "$OLD" --out-dir a a
	exits 0
	same want a
	# A file that needs no change is its own copy.
	remember a
	rebtf distill --base "$OLD" --out-dir ./a/. a
	exits 0
	unchanged a
}

@test "one file under two names is two outputs" {
	ln a/x.btf a/y.btf
	"$REBTF" distill --quiet --base "$OLD" --out-dir want a
	rebtf distill --base "$OLD" a/x.btf a/y.btf
	exits 0
	same want a
	cp "$SPLIT/$FITTING" b/x.btf
	ln b/x.btf b/y.btf
	rebtf distill --base "$OLD" --out-dir b b/x.btf
	exits 0
	cmp b/x.btf want/x.btf
	cmp b/y.btf "$SPLIT/$FITTING"
	[ ! -e b/y.btf.base ]
}

@test "a file that is named twice is done once in place, and cannot be two outputs" {
	rebtf distill --base "$OLD" a/x.btf a a/x.btf
	exits 0
	says '1 module: 1 distilled'
	cp "$SPLIT/$FITTING" b/x.btf
	rebtf distill --base "$OLD" b/x.btf ./b/x.btf
	exits 0
	expected=('both have the output out/x.btf')
	refused distill --base "$OLD" --out-dir out b/x.btf ./b/x.btf
}
