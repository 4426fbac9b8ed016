#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# --files-from: paths from a list instead of the command line.

load common

setup_file() {
	unpack_data
}

setup() {
	enter_work
	mkdir 'with space'
	cp "$SPLIT/$FITTING" one.btf
	cp "$SPLIT/$MISFIT" 'with space/two.btf'
}

# same_with LIST: checks that the list gives the output for the files themselves.
same_with() {
	rebtf check --verbose --old-base "$OLD" --base "$NEW" one.btf 'with space'
	local expected=$output
	rebtf check --verbose --old-base "$OLD" --base "$NEW" --files-from "$1"
	exits 1
	[ "$output" = "$expected" ]
}

@test "a list names one path per line, or ends each with a zero byte" {
	printf 'one.btf\nwith space\n' > lines
	same_with lines
	printf '\none.btf\n\nwith space' > without_end
	same_with without_end
	printf 'one.btf\0with space\0' > zeros
	same_with zeros
	same_with - < lines
	rebtf check --old-base "$OLD" --base "$NEW" --files-from <(find . -name '*.btf' -print0)
	exits 1
	says '2 modules: 1 fits, 1 does not'
}

@test "a name with a newline needs a list with zero bytes" {
	mv one.btf $'new\nline.btf'
	rebtf check --old-base "$OLD" --base "$NEW" --verbose --files-from <(printf 'new\nline.btf\0')
	exits 0
	says 'new\x0aline.btf: fits'
}

@test "listed paths follow those of the command line, and each file is processed once" {
	printf 'with space\none.btf\n' > list
	rebtf info --json --files-from list one.btf
	exits 0
	[ "$(jq -r .file <<< "$output" | tr '\n' ' ')" = 'one.btf with space/two.btf ' ]
}

@test "a listed path is a file, never an option or standard input" {
	mv one.btf ./-
	cp ./- ./--base
	printf '%s\n' - --base > list
	rebtf info --json --files-from list < /dev/null
	exits 0
	[ "$(jq -r .file <<< "$output" | tr '\n' ' ')" = './- --base ' ]
}

@test "a list that cannot be read, or that is empty, is an error, and no file is processed" {
	refused() {
		local problem=$1
		shift
		rebtf "$@"
		exits 2
		[ -z "$output" ]
		complains "$problem"
	}
	: > empty
	printf '\n\n' > lines
	refused 'none: No such file or directory' check --files-from none one.btf
	refused 'with space: Is a directory' check --files-from 'with space'
	refused 'empty: empty list' check --files-from empty
	refused 'lines: empty list' check --files-from lines
	refused 'empty: empty list' relocate --kernel 6.1 --files-from empty
	refused '/dev/zero: File too large' check --files-from /dev/zero
	refused 'more than once' check --base - --files-from - one.btf
	refused 'more than once' check --files-from - -
	refused_usage() {
		local problem=$1
		shift
		rebtf "$@"
		exits 2
		[[ $stderr == *"$problem"* ]]
	}
	refused_usage 'only once' check --files-from lines --files-from lines
	refused_usage 'needs a value' check --files-from=
	refused_usage 'unknown option' dump --files-from lines
}

@test "a list can be long" {
	mkdir many
	cp one.btf many/1.btf
	python3 -c 'import os; [os.link("many/1.btf", f"many/{i}.btf") for i in range(2, 3001)]'
	rebtf verify --base "$OLD" --files-from <(find many -name '*.btf')
	exits 0
	says '3,000 modules: 3,000 accepted'
}
