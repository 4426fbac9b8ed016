#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# Trust that distill --expects --trust recorded, and values of enumerations. The module embeds struct device and enum
# kind_of of a minimal kernel.

load common

setup_file() {
	export BTF=$BATS_FILE_TMPDIR/btf
	mkdir "$BTF"
	cd "$BTF" || return
	PYTHONPATH=$BATS_TEST_DIRNAME python3 - <<-'END'
	from build_btf import Btf

	def kernel(path, local=2, more=0):
	    b = Btf()
	    number = b.int("int", 4, 1)
	    b.enum("kind_of", 4, [("LOCAL", local), ("GLOBAL", 1)])
	    b.struct("device", 8 + 4 * more, [("a", number, 0), ("b", number, 32)] + [("more", number, 64)] * more)
	    pointer = b.add(2, "", 3)
	    b.func("probe", b.proto(number, [("device", pointer)]))
	    b.write(path)
	    return b

	old = kernel("old.btf")
	kernel("new-enum.btf", local=3)
	kernel("new-struct.btf", more=1)
	module = Btf(old)
	module.struct("mine", 16, [("e", 2, 0), ("d", 3, 32)])
	module.write("m.btf")
	END
}

setup() {
	enter_work
	cp "$BTF"/*.btf .
}

@test "a type that is embedded and was recorded as trusted never becomes the module's own" {
	for name in device probe; do
		rebtf distill --expects --trust $name --base old.btf --out-dir kept-$name m.btf
		exits 0
		remember kept-$name/m.btf
		rebtf relocate --on-mismatch local --base new-struct.btf kept-$name/m.btf
		exits 1
		says 'struct device: 8 bytes then, 12 now (embedded, trusted)'
		unchanged kept-$name/m.btf
		# An old base does not know that trust, and does not remove it.
		for trust in '' '--trust kind_of'; do
			# shellcheck disable=SC2086
			rebtf relocate --on-mismatch local --base new-struct.btf --old-base old.btf $trust kept-$name/m.btf
			exits 1
			says 'struct device: 8 bytes then, 12 now (embedded, trusted)'
		done
	done
	# Here the type is not trusted.
	rebtf distill --expects --base old.btf m.btf
	rebtf relocate --on-mismatch local --base new-struct.btf m.btf
	exits 0
}

@test "check says that a type is trusted, whatever the policy, and advises to build the module again" {
	"$REBTF" distill --expects --trust device --base old.btf m.btf
	for policy in kernel strict lenient; do
		rebtf check --policy $policy --base new-struct.btf m.btf
		exits 1
		says 'struct device: 8 bytes then, 12 now (embedded, trusted)'
		says 'remedy  rebuild'
	done
}

@test "strict compares the values of embedded enumerations, trusted or not" {
	for trust in "" "--trust device" "--trust kind_of"; do
		cp "$BTF/m.btf" .
		# shellcheck disable=SC2086
		"$REBTF" distill --expects $trust --base old.btf m.btf
		rebtf check --policy strict --base new-enum.btf m.btf
		exits 1
		says "enumerator 'LOCAL' was 2, now 3"
		rebtf check --policy strict --base old.btf m.btf
		exits 0
		for policy in kernel lenient; do
			rebtf check --policy $policy --base new-enum.btf m.btf
			exits 0
		done
		rm m.btf.*
	done
}

@test "strict refuses an embedded enumeration whose values nobody recorded" {
	"$REBTF" distill --base old.btf m.btf
	rebtf check --policy strict --base old.btf m.btf
	exits 1
	says 'enum kind_of: its old members are unknown'
	rebtf check --policy strict --old-base old.btf --base old.btf m.btf
	exits 0
}

@test "what is recorded of trust is valid BTF" {
	"$REBTF" distill --expects --trust device --trust kind_of --base old.btf m.btf
	rebtf verify m.btf
	exits 0
	bpftool btf dump -B m.btf.base file m.btf.expects format raw > theirs
	grep -c "TYPE_TAG 'rebtf:trusted'" theirs | grep -qx 2
	"$REBTF" dump --base m.btf.base m.btf.expects | cmp theirs -
}
