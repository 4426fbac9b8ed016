#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# The example programs compile without warnings and give the same results as the command.

load common

examples=$BATS_TEST_DIRNAME/../../examples

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	build=$(dirname "$REBTF")
	flags=(-Wall -Wextra -Werror -I"$BATS_TEST_DIRNAME/../../include" -L"$build" -Wl,-rpath,"$build")
	old=$TESTDATA/vmlinux/6.1.0-47-amd64.btf new=$TESTDATA/vmlinux/6.1.0-56-amd64.btf
}

@test "the C example names the types that do not fit" {
	cc "${flags[@]}" "$examples/misfits.c" -lrebtf -o misfits
	"$REBTF" distill -q --base "$old" --out-dir . "$TESTDATA/modules/6.1.0-47-amd64/veth.btf"
	./misfits veth.btf "$old"
	run ./misfits veth.btf "$new"
	echo "$output"
	[ "$status" -eq "$("$REBTF" check -q --base "$new" veth.btf && echo 0 || echo 1)" ]
	run ./misfits veth.btf nowhere.btf
	[ "$status" -eq 2 ]
	[[ $output = *"nowhere.btf: "* ]]
}

@test "the C++ example prints the members of a struct" {
	command -v c++ || skip "no C++ compiler"
	c++ "${flags[@]}" "$examples/members.cc" -lrebtf -o members
	[ "$(./members "$old" list_head)" = $'0 next\n8 prev' ]
	run ./members "$old" no_such_struct
	[ "$status" -eq 1 ]
}

@test "the Python example gives a kernel's verdict" {
	[ -z "$("$examples/accepts.py" "$old" 6.1 "$build/librebtf.so")" ]
	head -c 1000 "$old" > damaged.btf
	run "$examples/accepts.py" damaged.btf 6.1 "$build/librebtf.so"
	[ "$status" -eq 1 ]
	[[ $output = "damaged.btf: "* ]]
	run "$examples/accepts.py" damaged.btf new "$build/librebtf.so"
	[ "$status" -eq 1 ]
	[[ $output = *"invalid Linux version 'new'"* ]]
}
