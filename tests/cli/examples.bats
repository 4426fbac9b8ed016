#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# The example programs, and the first program of rebtf(3), give the same results as the command. Meson compiles those in C
# and C++ (tests/meson.build).

load common

source_tree=$BATS_TEST_DIRNAME/../..

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	build=$(dirname "$REBTF")
	# The libraries of a sanitized build's sanitizers. A program that is not sanitized must load them first.
	sanitizers=$(ldd "$build/librebtf.so" | sed -nE 's/.* => (.*san\.so[.0-9]*) .*/\1/p')
	# A program that ends with an error frees nothing.
	export ASAN_OPTIONS=detect_leaks=0
	old=$TESTDATA/vmlinux/6.1.0-47-amd64.btf new=$TESTDATA/vmlinux/6.1.0-56-amd64.btf
}

@test "the C example names the types that do not fit" {
	"$REBTF" distill -q --base "$old" --out-dir . "$TESTDATA/modules/6.1.0-47-amd64/veth.btf"
	"$build/tests/misfits" veth.btf "$old"
	run "$build/tests/misfits" veth.btf "$new"
	echo "$output"
	[ "$status" -eq "$("$REBTF" check -q --base "$new" veth.btf && echo 0 || echo 1)" ]
	run "$build/tests/misfits" veth.btf nowhere.btf
	[ "$status" -eq 2 ]
	[[ $output = *"nowhere.btf: "* ]]
}

@test "the C++ example prints the members of a struct" {
	[ -e "$build/tests/members" ] || skip "no C++ compiler"
	[ "$("$build/tests/members" "$old" list_head)" = $'0 next\n8 prev' ]
	run "$build/tests/members" "$old" no_such_struct
	[ "$status" -eq 1 ]
}

@test "the Python example gives a kernel's verdict" {
	[ -z "$sanitizers" ] || export LD_PRELOAD=${sanitizers//$'\n'/ }
	[ -z "$("$source_tree/examples/accepts.py" "$old" 6.1 "$build/librebtf.so")" ]
	head -c 1000 "$old" > damaged.btf
	run "$source_tree/examples/accepts.py" damaged.btf 6.1 "$build/librebtf.so"
	[ "$status" -eq 1 ]
	[[ $output = "damaged.btf: "* ]]
	run "$source_tree/examples/accepts.py" damaged.btf new "$build/librebtf.so"
	[ "$status" -eq 1 ]
	[[ $output = *"invalid Linux version 'new'"* ]]
}

@test "the first program of rebtf(3) relocates a module as the command does" {
	sed -n '/^This program/,/^Run it/s/^    //p' "$source_tree/docs/rebtf.3.rst" > program.c
	cflags=$(PKG_CONFIG_PATH=$build/meson-uninstalled pkg-config --cflags rebtf)
	# shellcheck disable=SC2086
	cc -Wall -Wextra -Werror $cflags program.c $sanitizers -L"$build" -lrebtf -Wl,-rpath,"$build" -o program
	"$REBTF" distill -q --base "$old" --out-dir distilled "$TESTDATA/modules/6.1.0-47-amd64/veth.btf"
	"$REBTF" relocate -q --base "$new" --out-dir relocated distilled/veth.btf
	./program distilled/veth.btf "$new" veth.btf
	cmp veth.btf relocated/veth.btf
	run ./program nowhere.btf "$new" veth.btf
	[ "$status" -eq 1 ]
	[ "$output" = "nowhere.btf: cannot open: No such file or directory" ]
}
