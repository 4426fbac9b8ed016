#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# The README's worked example: each command is run, and its output compared with what the README shows.

load common

setup_file() {
	unpack_data
}

setup() {
	enter_work
}

# The commands and output of all console blocks, one after the other.
console_blocks() {
	sed -n '/^```console$/,/^```$/p' "$BATS_TEST_DIRNAME/../README.md" | grep -v '^```'
}

@test "the README's example gives the output that it shows" {
	cp "$OLD" old.btf
	cp "$NEW" new.btf
	cp -r "$DATA/modules/6.1.0-47-amd64" split
	mkdir bin
	ln -s "$(realpath "$REBTF")" bin/rebtf
	PATH=$PWD/bin:$PATH

	console_blocks > shown
	[ "$(grep -c '^\$ ' shown)" -ge 5 ]
	while IFS= read -r command; do
		printf '$ %s\n' "$command"
		bash -c "$command" < /dev/null || true
	done < <(sed -n 's/^\$ //p' shown) > real
	diff -u shown real
}
