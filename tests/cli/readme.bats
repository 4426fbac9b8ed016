#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# The README's examples: this test types each command exactly as shown, in an empty directory with the unpacked test
# data, and compares its output. tests/kernel/vm does the same for the commands at a root prompt, in a booted kernel.

load common

setup_file() {
	unpack_data
}

setup() {
	enter_work
}

# Prints the console blocks, except those at a root prompt.
console_blocks() {
	awk '
		/^```console$/ { block = 1; first = 1; next }
		/^```$/ { block = 0 }
		block && first { root = /^# /; first = 0 }
		block && !root' "$BATS_TEST_DIRNAME/../../README.md"
}

@test "the README's examples give the output that it shows" {
	mkdir bin
	ln -s "$(realpath "$REBTF")" bin/rebtf
	PATH=$PWD/bin:$PATH
	cp -r "$DATA" data

	console_blocks > shown
	[ "$(grep -c '^\$ ' shown)" -ge 9 ]
	while IFS= read -r command; do
		printf '$ %s\n' "$command"
		case $command in
		# Applies to the next command, the only other one of its block.
		"cd "*) directory=${command#cd } ;;
		*) (cd "data/${directory:-.}" && bash -c "$command" < /dev/null 2>&1) || true; directory= ;;
		esac
	done < <(sed -n 's/^\$ //p' shown) > real
	diff -u shown real
}
