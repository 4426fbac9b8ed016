#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# rebtf min-core: the same bytes as bpftool, modules, and archives of kernels. tests/peers/core compares more programs.

load common

setup_file() {
	unpack_data
	compile relocations missing
}

setup() {
	enter_work
	programs=$BATS_FILE_TMPDIR
}

# values KERNEL OPTION... PROGRAM: prints the results of all relocations, without ids.
values() {
	"$REBTF" core-check --json --base "$@" |
		jq -c '.answers[] | select(.subject == "relocation") | [.function, .instruction, .path, .verdict,
			if .relocation == "type id" then "id" else .value end]'
}

@test "min-core of a kernel is bpftool's, byte for byte" {
	for kernel in "$OLD" "$NEW"; do
		rebtf min-core --base "$kernel" -o ours.btf "$programs/relocations.bpf.o" "$programs/missing.bpf.o"
		exits 0
		bpftool gen min_core_btf "$kernel" theirs.btf "$programs/relocations.bpf.o" "$programs/missing.bpf.o"
		cmp ours.btf theirs.btf
	done
}

@test "min-core gives all relocations the results that they have with the whole BTF" {
	rebtf min-core --quiet --base "$OLD" -o min.btf "$programs/relocations.bpf.o"
	exits 0
	[ -z "$output$stderr" ]
	[ "$(stat -c %s min.btf)" -lt 3000 ]
	diff <(values "$OLD" "$programs/relocations.bpf.o") <(values min.btf "$programs/relocations.bpf.o")
}

@test "min-core lists relocations without a match, but not questions" {
	rebtf min-core --base "$OLD" -o min.btf "$programs/missing.bpf.o"
	exits 0
	says "missing.bpf.o: fields, instruction 1"
	says "the kernel has no struct no_such_struct"
	says "3 relocations without a match"
	rebtf min-core --json --base "$OLD" -o min.btf "$programs/missing.bpf.o"
	[ "$(jq -r '.missing[].program' <<< "$output" | uniq -c | xargs)" = "3 $programs/missing.bpf.o" ]
	rebtf min-core --base "$OLD" -o min.btf "$programs/relocations.bpf.o"
	[[ $output != *no_such_struct* ]]
	rebtf min-core --verbose --base "$OLD" -o min.btf "$programs/relocations.bpf.o"
	says "type exists of struct no_such_struct: missing"
}

# bpftool 7.1 to 7.8: "unsupported kind: FWD".
@test "min-core takes types that lead to declarations" {
	python3 - <<- END
		import sys
		sys.path.insert(0, "$BATS_TEST_DIRNAME")
		from build_btf import *
		k = Btf()
		fwd = k.add(FWD, "hidden")
		k.add(TYPEDEF, "handle", k.add(PTR, "", fwd))
		k.add(TYPEDEF, "tagged", k.add(PTR, "", k.add(TYPE_TAG, "user", k.int("int", 4, 1))))
		k.write("kernel.btf")
	END
	cat > f.bpf.c <<- END
		struct hidden;
		typedef struct hidden *handle;
		typedef int *tagged;
		__attribute__((section("kprobe/f"), used)) int f(void *c)
		{ return __builtin_preserve_type_info(*(handle *)0, 0) + 2 * __builtin_preserve_type_info(*(tagged *)0, 0); }
	END
	clang -target bpf -g -O2 -c f.bpf.c
	rebtf min-core --base kernel.btf -o min.btf f.bpf.o
	exits 0
	diff <("$REBTF" dump kernel.btf) <("$REBTF" dump min.btf)
}

@test "min-core keeps the byte order of a big-endian kernel" {
	kernel=$DATA/vmlinux/6.12.107+deb13-s390x.btf
	TARGET=bpfeb BATS_FILE_TMPDIR=$PWD compile relocations
	rebtf min-core --base "$kernel" -o min.btf relocations.bpf.o
	exits 0
	[ "$(head -c 2 min.btf | od -An -tx1 | tr -d ' ')" = eb9f ]
	diff <(values "$kernel" relocations.bpf.o) <(values min.btf relocations.bpf.o)
}

# Makes a kernel with int and struct own, and modules a and b with different structs "s", and a program.
make_modules() {
	python3 - <<- END
		import sys, os
		sys.path.insert(0, "$BATS_TEST_DIRNAME")
		from build_btf import *
		k = Btf()
		i = k.int("int", 4, 1)
		k.struct("own", 8, [("first", i, 0), ("second", i, 32)])
		k.write("kernel.btf")
		os.mkdir("modules")
		def module(name, gap): m = Btf(k); m.struct("s", 4 + gap, [("x", i, gap * 8)]); m.struct("only_" + name, 4, [("y", i, 0)]); m.write(f"modules/{name}.btf")
		module("a", 12)
		module("b", 20)
	END
	cat > p.bpf.c <<- END
		#define CORE __attribute__((preserve_access_index))
		struct own { int second; } CORE;
		struct s { int x; } CORE;
		struct only_b { int y; } CORE;
		__attribute__((section("kprobe/f"), used)) int one(struct own *o, struct only_b *b) { return o->second + b->y; }
		#ifdef CONFLICT
		__attribute__((section(TARGET), used)) int two(struct s *s) { return s->x; }
		#endif
	END
	clang -target bpf -g -O2 -c p.bpf.c
	clang -target bpf -g -O2 -DCONFLICT -DTARGET='"kprobe/g"' -c p.bpf.c -o conflict.bpf.o
}

@test "min-core puts types of modules into the same file" {
	make_modules
	rebtf min-core --base kernel.btf --modules modules -o min.btf p.bpf.o
	exits 0
	diff <(values kernel.btf --modules modules p.bpf.o) <(values min.btf p.bpf.o)
	"$REBTF" dump min.btf | grep -q "STRUCT 'only_b'"
	run ! grep -q only_a <("$REBTF" dump min.btf)
}

@test "min-core refuses same-named types of several modules, and names both" {
	make_modules
	rebtf min-core --base kernel.btf --modules modules -o min.btf conflict.bpf.o
	exits 2
	[ ! -e min.btf ]
	[[ $stderr == *"conflict.bpf.o: two, instruction 0: field offset of struct s.x: ambiguous: bit 96 in struct s of a [3], but 160 in struct s of b [3] (choose a module with --module)" ]]
	rebtf min-core --base kernel.btf --modules modules --module b -o min.btf conflict.bpf.o
	exits 0
	values min.btf conflict.bpf.o | grep -qF '["two",0,"struct s.x","found",20]'
}

@test "min-core takes types of the module that a program is attached to" {
	make_modules
	for section in fentry/b:g '?fexit.s/b:g'; do
		clang -target bpf -g -O2 -DCONFLICT -DTARGET="\"$section\"" -c p.bpf.c -o attached.bpf.o
		rebtf min-core --base kernel.btf --modules modules -o min.btf attached.bpf.o
		exits 0
		values min.btf attached.bpf.o | grep -qF '["two",0,"struct s.x","found",20]'
	done
	# No such module: the type is still ambiguous.
	clang -target bpf -g -O2 -DCONFLICT -DTARGET='"fentry/bb:g"' -c p.bpf.c -o attached.bpf.o
	rebtf min-core --base kernel.btf --modules modules -o min.btf attached.bpf.o
	exits 2
	[[ $stderr == *ambiguous* ]]
}

@test "min-core refuses one file if it would change the result of a relocation, but not --split" {
	python3 - <<- END
		import sys, os
		sys.path.insert(0, "$BATS_TEST_DIRNAME")
		from build_btf import *
		k = Btf()
		i = k.int("int", 4, 1)
		k.write("kernel.btf")
		os.mkdir("modules")
		m = Btf(k)
		m.struct("only_a", 16, [("s", m.struct("s", 8, [("x", i, 32)]), 64)])
		m.write("modules/a.btf")
		m = Btf(k)
		m.struct("s", 4, [("x", i, 0)])
		m.write("modules/b.btf")
	END
	cat > p.bpf.c <<- END
		#define CORE __attribute__((preserve_access_index))
		struct s { int x; } CORE;
		struct only_a { struct s s; } CORE;
		__attribute__((section("kprobe/f"), used)) int f(struct s *s, struct only_a *a) { return s->x + a->s.x; }
	END
	clang -target bpf -g -O2 -c p.bpf.c
	rebtf min-core --base kernel.btf --modules modules --module b -o min.btf p.bpf.o
	exits 2
	complains "p.bpf.o: field offset of struct s.x has another result with the minimal BTF (found 4, expected 0)"
	[ ! -e min.btf ]
	rebtf min-core --split --base kernel.btf --modules modules --module b -o split p.bpf.o
	exits 0
	diff <(values kernel.btf --modules modules --module b p.bpf.o) <(values split/vmlinux --modules split --module b p.bpf.o)
}

@test "min-core --split keeps modules apart" {
	make_modules
	rebtf min-core --split --base kernel.btf --modules modules -o split p.bpf.o
	exits 0
	[ "$(ls split)" = $'b\nvmlinux' ]
	diff <(values kernel.btf --modules modules p.bpf.o) <(values split/vmlinux --modules split p.bpf.o)
	"$REBTF" dump --base split/vmlinux split/b | grep -q "STRUCT 'only_b'"
}

@test "min-core says how many types it wrote, to one file or several" {
	make_modules
	for split in '' --split; do
		# int, struct own, struct only_b
		rebtf min-core $split --base kernel.btf --modules modules -o "out$split" p.bpf.o
		exits 0
		[ "$output" = "out$split: 3 types" ]
		rebtf min-core $split --json --base kernel.btf --modules modules -o "out$split" p.bpf.o
		exits 0
		[ "$(jq .types <<< "$output")" -eq 3 ]
	done
}

@test "min-core --all-modules takes the type that the fewest relocations miss" {
	python3 - <<- END
		import sys, os
		sys.path.insert(0, "$BATS_TEST_DIRNAME")
		from build_btf import *
		k = Btf()
		i = k.int("int", 4, 1)
		k.struct("s", 4, [("x", i, 0)])
		k.write("kernel.btf")
		m = Btf(k)
		m.struct("s", 16, [("x", i, 32), ("y", i, 64)])
		m.write("m.btf")
	END
	cat > p.bpf.c <<- END
		struct s { int x, y; } __attribute__((preserve_access_index));
		__attribute__((section("kprobe/f"), used)) int f(struct s *s) { return s->x + s->y; }
	END
	clang -target bpf -g -O2 -c p.bpf.c
	rebtf core-check --base kernel.btf --modules m.btf p.bpf.o
	exits 1
	says "struct s has no member 'y'"
	rebtf core-check --verbose --all-modules --base kernel.btf --modules m.btf p.bpf.o
	exits 0
	says "struct s.x: found, 4, in m"
	says "struct s.y: found, 8, in m"
}

@test "min-core --kernels makes the same tree, or a tar archive, and stores equal files once" {
	mkdir -p tree/debian/12/x86_64 tree/ubuntu
	cp "$OLD" 6.1.0-47.btf
	tar -cJf tree/debian/12/x86_64/6.1.0-47.btf.tar.xz 6.1.0-47.btf
	cp "$OLD" tree/ubuntu/copy.btf
	cp "$NEW" tree/debian/12/x86_64/6.1.0-56.btf
	touch tree/debian/12/x86_64/6.1.0-60.hasbtf tree/debian/12/x86_64/6.1.0-61.hasbtf tree/ubuntu/5.4.0-1.failed
	rebtf min-core --kernels tree -o out "$programs/relocations.bpf.o"
	exits 0
	says "3 kernels minimized; 2 with a .hasbtf file left out: they have BTF of their own; 1 with a .failed file left out"
	[ "$(cd out && find . -type f | sort | tr '\n' ' ')" = \
		"./debian/12/x86_64/6.1.0-47.btf ./debian/12/x86_64/6.1.0-56.btf ./ubuntu/copy.btf " ]
	bpftool gen min_core_btf "$OLD" want.btf "$programs/relocations.bpf.o"
	cmp want.btf out/debian/12/x86_64/6.1.0-47.btf
	[ out/ubuntu/copy.btf -ef out/debian/12/x86_64/6.1.0-47.btf ]
	# A second run replaces the files.
	rebtf min-core --kernels tree -o out "$programs/relocations.bpf.o"
	exits 0
	rebtf min-core --kernels tree -o out.tar "$programs/relocations.bpf.o"
	exits 0
	mkdir unpacked
	tar -xf out.tar -C unpacked
	diff -r out unpacked
	tar -tvf out.tar | grep -q 'ubuntu/copy.btf link to debian/12/x86_64/6.1.0-47.btf'
	[ "$(find . -name '*.rebtf-*' | wc -l)" = 0 ]
}

@test "min-core --kernels replaces only files, and syncs them first" {
	mkdir -p tree out
	cp "$OLD" tree/a.btf
	cp "$OLD" tree/b.btf
	for name in a.btf b.btf; do
		ln -sf ../kept out/$name
		rebtf min-core --kernels tree -o out "$programs/relocations.bpf.o"
		[ "$status" -ne 0 ]
		complains "out/$name: cannot replace a symbolic link"
		[ -h out/$name ]
		rm out/$name
	done
	mkfifo out.tar
	rebtf min-core --kernels tree -o out.tar "$programs/relocations.bpf.o"
	exits 2
	complains 'out.tar: cannot replace: not a regular file'
	[ -p out.tar ]
	command -v strace > /dev/null || skip "needs strace"
	rm out.tar
	echo old > out.tar
	strace -f -o log -e trace=fsync "$REBTF" min-core --quiet --kernels tree -o out.tar "$programs/relocations.bpf.o"
	grep -q fsync log
}

@test "min-core --kernels continues after a damaged kernel" {
	mkdir tree
	cp "$OLD" tree/good.btf
	head -c 1000 "$OLD" > tree/bad.btf
	rebtf min-core --kernels tree -o out "$programs/relocations.bpf.o"
	exits 1
	says "1 kernel minimized; 1 failed"
	[ "$(ls out)" = good.btf ]
	[[ $stderr == "rebtf: tree/bad.btf: "* ]]
}

@test "min-core --kernels reads compressed kernels, and writes the same archive in every run" {
	mkdir tree
	xz -0 < "$OLD" > tree/a.btf.xz
	gzip -n -1 < "$OLD" > tree/b.btf.gz
	zstd -q -1 < "$NEW" > tree/c.btf.zst
	rebtf min-core --jobs 1 --kernels tree -o one.tar "$programs/relocations.bpf.o"
	exits 0
	touch tree/*
	rebtf min-core --jobs 3 --kernels tree -o two.tar "$programs/relocations.bpf.o"
	exits 0
	cmp one.tar two.tar
	[ "$(tar -tf one.tar | sort | tr '\n' ' ')" = "a.btf b.btf c.btf " ]
}

@test "min-core --kernels compresses an archive as its name says" {
	mkdir tree
	cp "$OLD" tree/a.btf
	rebtf min-core --kernels tree -o plain.tar "$programs/relocations.bpf.o"
	for ending in tar.gz tgz tar.xz tar.zst; do
		rebtf min-core --quiet --kernels tree -o "packed.$ending" "$programs/relocations.bpf.o"
		exits 0
		[ -z "$output" ]
	done
	gzip -cd packed.tar.gz | cmp - plain.tar
	cmp packed.tgz packed.tar.gz
	xz -cd packed.tar.xz | cmp - plain.tar
	zstd -qcd packed.tar.zst | cmp - plain.tar
}

@test "min-core to standard output writes BTF only" {
	"$REBTF" min-core --base "$OLD" -o - "$programs/missing.bpf.o" > min.btf
	rebtf min-core --base "$OLD" -o want.btf "$programs/missing.bpf.o"
	cmp min.btf want.btf
}

@test "min-core --kernels without any good kernel fails" {
	mkdir tree
	head -c 1000 "$OLD" > tree/bad.btf
	rebtf min-core --kernels tree -o out "$programs/relocations.bpf.o"
	exits 2
	[ ! -e out ]
}

@test "min-core --kernels names a directory that it cannot read, or that is too deep" {
	local deepest=tree/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15
	rebtf min-core --kernels tree -o out "$programs/relocations.bpf.o"
	exits 2
	complains 'tree: cannot read the directory: No such file or directory'
	mkdir -p "$deepest"
	cp "$OLD" "$deepest/a.btf"
	# Links to directories are not followed.
	ln -s .. tree/1/above
	rebtf min-core --kernels tree -o out "$programs/relocations.bpf.o"
	exits 0
	says '1 kernel minimized'
	mkdir "$deepest/16"
	rebtf min-core --kernels tree -o other "$programs/relocations.bpf.o"
	exits 2
	complains "$deepest/16: cannot read the directory: nested too deeply"
	[ ! -e other ]
}

@test "min-core refuses outputs that make no sense" {
	for arguments in "" "-o x --kernels d --base $OLD" "-o - --split" "-o - --json"; do
		# shellcheck disable=SC2086 # options are words
		rebtf min-core $arguments "$programs/relocations.bpf.o"
		exits 2
		[ ! -e x ]
	done
	rebtf min-core --dry-run --base "$OLD" -o x "$programs/relocations.bpf.o"
	exits 0
	says "x: would have"
	[ ! -e x ]
}
