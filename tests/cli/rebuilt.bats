#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# Modules over a kernel that was rebuilt from nearly the same source: the wrong base that is hardest to detect.

load common

setup_file() {
	unpack_data
}

setup() {
	enter_work
}

rebuild() {
	PYTHONPATH=$BATS_TEST_DIRNAME python3 "$BATS_TEST_DIRNAME/rebuild_btf.py" "$@"
}

# The kernels' dumps differ only in the added functions, so the script's output is valid BTF of a rebuilt kernel.
@test "what stands for a rebuilt kernel is one" {
	rebuild functions 0.5 there "$OLD" new.btf
	diff <("$REBTF" dump "$OLD" | sed -nE "s/^\[[0-9]+\] ([A-Z0-9_]+) ('[^']*').*/\1 \2/p" | sort) \
		<("$REBTF" dump new.btf | sed -nE "s/^\[[0-9]+\] ([A-Z0-9_]+) ('[^']*').*/\1 \2/p" | sort) > differences ||
		true
	[ "$(cat differences | grep '^[<>]')" = "> FUNC 'added_function'"$'\n'"> FUNC 'added_function_2'" ]
	"$REBTF" distill --quiet --base "$OLD" --out-dir kept "$SPLIT/$FITTING"
	rebtf relocate --base new.btf --out-dir moved kept
	exits 0
}

@test "no module passes for one of a kernel with two more functions" {
	for share in 0 0.3 0.9 1; do
		for names in there end; do
			rebuild functions $share $names "$OLD" new.btf
			rebtf distill --base new.btf --out-dir out "$SPLIT"
			exits 2
			says '50 modules: 50 failed'
		done
	done
}

@test "nor does one where the names of these functions are not new" {
	for share in 0 0.3 0.9 1; do
		for what in functions prototypes; do
			rebuild $what $share old "$OLD" new.btf
			rebtf distill --base new.btf --out-dir out "$SPLIT"
			exits 2
			says '50 modules: 50 failed'
		done
	done
}

@test "nor over a kernel that has the same types in another order" {
	rebuild order 1 "$OLD" new.btf
	rebtf distill --base new.btf --out-dir out "$SPLIT"
	exits 2
	says '50 modules: 50 failed'
	[ -z "$(find out -type f)" ]
}

# Two kernels that differ in one function, and a module of the older one: a CONST, an ARRAY of it, and a function.
make_small_kernels() {
	local int='1 0x1000000 4 32' proto='0 0xd000000 1'
	# shellcheck disable=SC2086 # words
	raw_btf old.btf /int/first/page/ $int $proto 5 0xc000001 2 11 0x4000000 8
	# shellcheck disable=SC2086
	raw_btf new.btf /int/added/first/page/ $int $proto 5 0xc000001 2 $proto 11 0xc000001 4 17 0x4000000 8
	# [5] CONST of the page, [6] ARRAY of [5], [7] FUNC 'own' with the prototype.
	raw_btf module.btf own/ 0 0xa000000 4 0 0x3000000 0 5 1 2 16 0xc000000 2
}

@test "every verb that reads a module over another build says so, and over its own is content" {
	make_small_kernels
	rebtf info --base old.btf module.btf
	exits 0
	says 'fits        yes, old.btf can be the kernel it was built for'
	rebtf info --base new.btf module.btf
	exits 1
	says 'fits        no, new.btf is not the kernel it was built for'
	remember .
	for verb in distill standalone 'check --old-base new.btf' 'relocate --old-base new.btf'; do
		# shellcheck disable=SC2086
		rebtf $verb --base new.btf module.btf
		[ "$status" -ne 0 ]
		complains module.btf 'probably the wrong base'
	done
	rebtf dump --base new.btf module.btf
	exits 2
	unchanged .
	for verb in distill standalone; do
		rebtf $verb --base old.btf --out-dir out-$verb module.btf
		exits 0
	done
	rebtf relocate --old-base old.btf --base new.btf --out-dir moved module.btf
	exits 0
}
