#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# rebtf dedup: one or more files become one BTF without equal types.

load common

setup_file() {
	unpack_data
}

setup() {
	enter_work
}

types() {
	"$REBTF" info --json "$@" | jq .types
}

matches_schema() {
	! python3 -c 'import jsonschema' 2> /dev/null ||
		python3 "$BATS_TEST_DIRNAME/schema.py" "$BATS_TEST_DIRNAME/../../docs/rebtf.schema.json" <<< "$output"
}

# objects: compiles two units, of which each declares what the other defines. They disagree on struct own.
objects() {
	echo 'struct a { struct b *b; }; struct own { int x; }; struct a va; struct own oa;' > one.c
	echo 'struct a; struct b { struct a *a; }; struct own { long x; }; struct b vb; struct own ob;' > two.c
	"${CC:-gcc}" -gbtf -c one.c two.c 2> /dev/null || skip 'needs a compiler with -gbtf'
}

# variables FILE: the number of variables and sections, which are never merged.
variables() {
	"$REBTF" info --json "$1" | jq '.kinds.VAR + .kinds.DATASEC'
}

@test "a kernel twice is the kernel once, but for variables" {
	rebtf dedup -o both.btf "$NEW" "$NEW"
	exits 0
	says '2 inputs: 201,500 types, now '
	rebtf dedup -o one.btf "$NEW"
	exits 0
	[ "$(types one.btf)" -le "$(types "$NEW")" ]
	[ $(($(types both.btf) - $(types one.btf))) -eq "$(variables one.btf)" ]
}

@test "two kernels have the same types in either order" {
	rebtf dedup --quiet -o one.btf "$OLD" "$NEW"
	exits 0
	rebtf dedup --quiet -o two.btf "$NEW" "$OLD"
	exits 0
	[ "$(types one.btf)" = "$(types two.btf)" ]
	[ "$(types one.btf)" -gt "$(types "$NEW")" ]
	rebtf dedup --quiet -o again.btf one.btf
	exits 0
	cmp one.btf again.btf
}

@test "a kernel over itself has only variables of its own" {
	rebtf dedup --json --base "$NEW" -o out.btf "$NEW"
	exits 0
	[ "$(jq .types <<< "$output")" -eq "$(variables "$NEW")" ]
	matches_schema
}

@test "standalone BTF over a kernel becomes split" {
	module=$SPLIT/$FITTING
	"$REBTF" standalone --quiet --base "$OLD" --out-dir alone "$module"
	rebtf dedup --quiet --base "$OLD" -o out.btf "$(find alone -type f)"
	exits 0
	"$REBTF" info --base "$OLD" out.btf | grep 'form  *split'
}

@test "the report names the type that makes others differ" {
	objects
	rebtf dedup -o out.btf one.o two.o
	exits 0
	says '2 inputs: '
	says "struct own: "
	says "'x' at bit 0: int, 'x' at bit 0: long int"
	[ "$("$REBTF" dump out.btf | grep -c "FWD")" = 0 ]
	[ "$("$REBTF" dump out.btf | grep -c "STRUCT 'own'")" = 2 ]
	rebtf dedup --json --dry-run one.o two.o
	exits 0
	[ "$(jq -r '.versions[0].name' <<< "$output")" = own ]
	matches_schema
	rebtf dedup --dry-run -o - one.o two.o
	exits 0
	says "struct own: "
}

@test "the report names what one version has and the other lacks" {
	PYTHONPATH=$BATS_TEST_DIRNAME python3 - <<- END
		from build_btf import *

		for name, number, size, members in ("one", "int", 4, 1), ("two", "long", 8, 2):
		    b = Btf()
		    i, n = b.int("int", 4), b.int(number, size)
		    b.struct("grown", 8, [("x", i, 0), ("y", i, 32)][:members])
		    b.struct("shrunk", 8, [("x", i, 0), ("y", i, 32)][:3 - members])
		    b.struct("padded", size, [("x", i, 0)])
		    b.add(TYPEDEF, "number", n)
		    b.write(f"{name}.btf")
	END
	rebtf dedup -o out.btf one.btf two.btf
	exits 0
	[ "$(grep differ <<< "$output")" = "  struct grown: [2] and [7] differ: nothing, 'y' at bit 32: int
  struct shrunk: [3] and [8] differ: 'y' at bit 32: int, nothing
  struct padded: [4] and [9] differ: size 4, size 8
  number: [5] and [10] differ: int, long" ]
}

@test "all BTF that a linker joined in a section is read" {
	objects
	ld -r -o joined.o one.o two.o
	rebtf dedup -o out.btf joined.o
	exits 0
	says '2 inputs: '
	"$REBTF" dump out.btf | grep "STRUCT 'b'"
	rebtf dedup --base "$OLD" -o split.btf joined.o
	exits 0
	"$REBTF" dump --base "$OLD" split.btf | grep "STRUCT 'b'"
}

@test "joined BTF over a kernel becomes split, whether it was standalone or split" {
	PYTHONPATH=$BATS_TEST_DIRNAME python3 - <<- END
		from build_btf import *
		def types(btf, name):
		    i = btf.int("int", 4, 1)
		    btf.struct(name, 8, [("x", i, 0), ("y", i, 32)])
		    return btf.bytes()
		kernel = Btf()
		kernel.int("int", 4, 1)
		kernel.struct("of_the_kernel", 4, [("x", 1, 0)])
		kernel.write("kernel.btf")
		for name, base in ("standalone", None), ("split", kernel):
		    open(f"{name}.btf", "wb").write(types(Btf(base), "first") + types(Btf(base), "second"))
	END
	for name in standalone split; do
		rebtf dedup --base kernel.btf -o out.btf "$name.btf"
		exits 0
		says '2 inputs: '
		[ "$("$REBTF" dump --base kernel.btf out.btf | grep '^\[')" = "[3] STRUCT 'first' size=8 vlen=2
[4] STRUCT 'second' size=8 vlen=2" ]
	done
}

@test "info and dump say that they show the first of several joined blobs" {
	local bytes
	objects
	echo 'struct c { int y; } vc;' > three.c
	"${CC:-gcc}" -gbtf -c three.c
	ld -r -o joined.o one.o two.o three.o
	for part in two three; do
		objcopy -O binary --only-section=.BTF --set-section-flags .BTF=alloc $part.o $part.btf
	done
	bytes=$(($(stat -c %s two.btf) + $(stat -c %s three.btf)))
	rebtf info joined.o
	exits 0
	says "joined      2 blobs more in .BTF, of $bytes bytes, not described here"
	rebtf info --json joined.o
	[ "$(jq .joined_bytes <<< "$output")" = $bytes ]
	matches_schema
	rebtf dump joined.o
	exits 0
	complains 'joined.o: .BTF: left out 2 joined blobs behind the first'
	[ "$output" = "$("$REBTF" dump one.o)" ]
	rebtf dump one.o
	exits 0
	[ -z "$stderr" ]
	rebtf info one.o
	[[ $output != *joined* ]]
}

@test "an older output is replaced, with the files that belonged to it" {
	echo old > out.btf
	echo old > out.btf.base
	rebtf dedup -o out.btf "$NEW"
	exits 0
	[ "$(types out.btf)" -gt 1000 ]
	[ ! -e out.btf.base ]
	# The input itself, too: it is read before.
	rebtf dedup -o out.btf out.btf
	exits 0
	mkdir directory
	rebtf dedup -o directory "$NEW"
	exits 2
	complains directory
}

@test "without an output, only a dry run is possible" {
	rebtf dedup "$NEW"
	exits 2
	complains 'dedup needs --output'
	rebtf dedup --dry-run "$NEW"
	exits 0
	says 'would become'
	rebtf dedup --dry-run missing
	exits 2
}

@test "--in-place and --out-dir merge the types of each file by itself" {
	objects
	ld -r -o joined.o one.o two.o
	cp "$NEW" new.btf
	xz -k --check=crc32 -c joined.o > joined.ko.xz
	remember .
	rebtf dedup --out-dir "$BATS_TEST_TMPDIR/out" -v joined.o joined.ko.xz new.btf
	exits 0
	says 'joined.o: 16 types, now 14'
	says 'new.btf: left alone'
	unchanged .
	cd "$BATS_TEST_TMPDIR/out"
	[ "$("$REBTF" dump joined.o | grep -c 'STRUCT')" = 4 ]
	xz -dc joined.ko.xz | cmp - joined.o
	cmp new.btf "$NEW"
	cp joined.o "$OLDPWD/again.o"
	cd "$OLDPWD"
	rebtf dedup --in-place joined.o
	exits 0
	cmp joined.o again.o
	# Nothing more to do.
	rebtf dedup --in-place --json joined.o
	exits 0
	[ "$(jq -r .outcome <<< "$output" | head -1)" = left ]
	matches_schema
	cmp joined.o again.o
	rebtf dedup --in-place --json --dry-run again.o "$NEW"
	exits 0
	matches_schema
}

@test "--in-place renews the ids of modules, and refuses what it cannot write" {
	cp "$DATA/ko/tcp_bbr.ko" .
	rebtf dedup --in-place --base "$OLD" tcp_bbr.ko
	exits 0
	"$REBTF" ids --base "$OLD" tcp_bbr.ko > ids
	"$REBTF" ids --base "$OLD" "$DATA/ko/tcp_bbr.ko" | sed "s|$DATA/ko/||" | diff - ids
	rebtf dedup --in-place missing.o
	exits 2
	rebtf dedup --in-place -o out.btf "$NEW"
	exits 2
	complains 'only one of --output, --in-place and --out-dir'
}

# Two functions have equal prototypes in BTF, and relocations. Variables have relocations in .BTF.
of_program() {
	cat > p.bpf.c <<- 'END'
		#define SEC(name) __attribute__((section(name), used))
		struct task_struct {
			int pid, tgid;
			struct task_struct *parent;
		} __attribute__((preserve_access_index));
		int config = 3;
		static int count;
		SEC("kprobe/one") int one(struct task_struct *t)
		{
			count++;
			return t->pid + config;
		}
		SEC("kprobe/two") int two(struct task_struct *t)
		{
			return t->parent->tgid + count;
		}
		char _license[] SEC("license") = "GPL";
	END
	clang -target bpf -g -O2 -c p.bpf.c
}

# The answers to all relocations of a program, with their source lines.
answers() {
	"$REBTF" core-check --json --verbose --base "$OLD" "$1" | jq '.answers'
}

@test "--in-place renews .BTF.ext and the relocations of a BPF program" {
	of_program
	cp p.bpf.o before.o
	rebtf dedup --in-place --verbose p.bpf.o
	exits 0
	says "p.bpf.o: $("$REBTF" dump before.o | grep -c '^\[') types, now "
	diff <(answers before.o) <(answers p.bpf.o)
	answers p.bpf.o | grep -F 't->parent->tgid + count'
	# libbpf reads it, and its linker takes no section that it does not know.
	bpftool gen skeleton p.bpf.o > skeleton.h
	bpftool gen object linked.o p.bpf.o
	# Each relocation is at the offset of the same variable.
	for file in before p.bpf; do
		python3 - "$file.o" <<- 'END' > "$file.variables"
			import subprocess, sys
			lines = subprocess.run(["readelf", "-rW", sys.argv[1]], capture_output=True, text=True).stdout
			lines = lines.split("'.rel.BTF'")[1].split("\n\n")[0].splitlines()[2:]
			data = open(sys.argv[1], "rb").read()
			start = data.index(b"\x9f\xeb\x01\x00")
			for line in lines:
			    offset, name = int(line.split()[0], 16), line.split()[-1]
			    id = int.from_bytes(data[start + offset - 4 : start + offset], "little")
			    dump = subprocess.run(["bpftool", "btf", "dump", "file", sys.argv[1]], capture_output=True, text=True).stdout
			    print(name, next(line.split()[2] for line in dump.splitlines() if line.startswith(f"[{id}] ")))
		END
	done
	grep "config 'config'" p.bpf.variables
	diff before.variables p.bpf.variables
}

@test "a program whose .BTF.ext cannot be renewed is refused, and unchanged" {
	of_program
	cp p.bpf.o before.o
	# A longer record: the size of each record is the first word of its part.
	python3 - <<- 'END'
		import struct
		data = bytearray(open("p.bpf.o", "rb").read())
		ext = data.index(b"\x9f\xeb\x01\x00", data.index(b"\x9f\xeb\x01\x00") + 4)
		size, funcs = struct.unpack_from("<2I", data, ext + 4)
		count = struct.unpack_from("<I", data, ext + size + funcs + 8)[0]
		assert count == 1
		struct.pack_into("<I", data, ext + size + funcs, 12)
		open("p.bpf.o", "wb").write(data)
	END
	cp p.bpf.o changed.o
	rebtf dedup --in-place p.bpf.o
	exits 2
	complains p.bpf.o .BTF.ext
	cmp p.bpf.o changed.o
}
