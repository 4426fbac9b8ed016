#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# Files with hundreds of same-named types: the output about each type must not grow with their number.

load common

setup() {
	enter_work
}

# make_same_named N: x.btf over x.btf.base, in which struct same has N sizes. new.btf has as many others of that name, all
# of different sizes.
make_same_named() {
	python3 - "$1" <<-'END'
	import struct, sys

	def btf(types, strings):
	    header = struct.pack("<HBB5I", 0xEB9F, 1, 0, 24, 0, len(types), len(types), len(strings))
	    return header + types + strings

	def structs(sizes):
	    return b"".join(struct.pack("<3I", 1, 4 << 24, size) for size in sizes)

	count = int(sys.argv[1])
	base = structs(range(8, 8 + 16 * count, 16))
	members = b"".join(struct.pack("<3I", 0, i + 1, 0) for i in range(count))
	own = struct.pack("<3I", 6, 5 << 24 | count, 1 << 30) + members
	open("x.btf.base", "wb").write(btf(base, b"\0same\0"))
	open("x.btf", "wb").write(btf(own, b"own\0"))
	open("new.btf", "wb").write(btf(structs(range(16, 16 + 16 * count, 16)), b"\0same\0"))
	END
}

@test "text names 8 types that fit equally well" {
	make_same_named 1
	for count in 2 8 9; do
		# As many copies of the struct of 8 bytes.
		python3 - $count <<-'END'
			import struct, sys
			data, count = open("x.btf.base", "rb").read(), int(sys.argv[1])
			types, strings = data[24:36] * count, data[36:]
			sizes = struct.pack("<5I", 24, 0, len(types), len(types), len(strings))
			open("new.btf", "wb").write(data[:4] + sizes + types + strings)
		END
		rebtf check --base new.btf x.btf
		exits 1
		ids=$(seq -s ', ' $((count < 8 ? count : 8)))
		says "    struct same: $count types of that name fit equally well: ids $ids$([ $count -le 8 ] || echo ', ...') (embedded)"
	done
}

@test "JSON names 64 candidates of a misfit, and counts what it leaves out" {
	make_same_named 500
	run -1 "$REBTF" check --json --base new.btf x.btf
	misfits=$(jq -s 'map(.misfits // [] | .[])' <<<"$output")
	left_out=$(jq -s 'map(.misfits_left_out // empty) | .[0]' <<<"$output")
	listed=$(jq length <<<"$misfits")
	((listed >= 100 && listed + left_out == 500))
	[ "$(jq '[.[].candidates | length] | unique == [64]' <<<"$misfits")" = true ]
	[ "$(jq '[.[].candidate_count] | unique == [500]' <<<"$misfits")" = true ]
}
