#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# rebtf header: its text, and failures. tests/peers/header compares whole kernels with the newest bpftool.

load common

setup_file() {
	unpack_data
}

setup() {
	enter_work
}

@test "header of a kernel in the order of its ids is bpftool's, byte for byte" {
	"$REBTF" header --like-bpftool --unsorted "$OLD" > ours
	bpftool btf dump file "$OLD" format c > theirs
	# bpftool before 7.5 has no kfuncs and no macros for them.
	sed '1,/^typedef/d; /BPF kfuncs/,$d' ours | sed '$d' > ours.types
	sed '1,/^typedef/d' theirs | sed '/^#ifndef BPF_NO_PRESERVE_ACCESS_INDEX/,$d' > theirs.types
	[ "$(wc -l < ours.types)" -gt 100000 ]
	diff ours.types theirs.types
}

@test "header of split BTF has the types of its base and its own" {
	"$REBTF" header --base "$OLD" "$SPLIT/$MISFIT" > module.h
	grep -q '^struct task_struct {' module.h
	grep -q '^struct idxd_dev {' module.h
}

@test "header of a kernel is C11, C23, C++ and BPF, and its assertions hold" {
	"$REBTF" header --asserts "$OLD" > vmlinux.h
	[ "$(grep -c '^_Static_assert(' vmlinux.h)" -gt 50000 ]
	gcc -std=c11 -fsyntax-only -x c vmlinux.h
	# Compilers before GCC 13 and clang 15 do not have all words of C23. Here, each would be an error.
	words=$(printf -- '-D%s=@ ' alignas alignof bool constexpr false nullptr static_assert thread_local true typeof typeof_unqual)
	for compiler in gcc clang; do
		# shellcheck disable=SC2086 # options are words
		$compiler -std=c2x -w -U__STDC_VERSION__ -D__STDC_VERSION__=202311L $words -fsyntax-only -x c vmlinux.h
	done
	clang -target bpf -fsyntax-only -x c vmlinux.h
	! command -v g++ || g++ -fsyntax-only -x c++ vmlinux.h
}

@test "header of a module is used with that of its kernel, bpftool's too" {
	"$REBTF" header "$OLD" > vmlinux.h
	bpftool btf dump file "$OLD" format c > bpftool.h
	"$REBTF" header --only-modules --asserts --base "$OLD" "$SPLIT/$MISFIT" > module.h
	"$REBTF" header --only-modules --include bpftool.h --base "$OLD" "$SPLIT/$MISFIT" > beside.h
	grep -q '^struct idxd_dev {' module.h
	run ! grep -q '^struct task_struct {' module.h
	clang -target bpf -fsyntax-only -x c module.h
	gcc -fsyntax-only -x c beside.h
	rebtf header --only-modules "$OLD"
	exits 2
	complains 'split BTF'
}

@test "header of named types and kfuncs has what they need and no more" {
	rebtf header --type list_head --type 'hlist_*head' "$OLD"
	exits 0
	says $'struct list_head {'
	says $'struct hlist_head {'
	run ! grep -q task_struct <<< "$output"
	# This kernel has no tags of kfuncs.
	rebtf header --kfunc "bpf_*" --kfunc tcp_slow_start "$OLD"
	exits 2
	complains "no kfunc matches"
	rebtf header --kfunc tcp_slow_start "$OLD"
	exits 0
	says $'struct tcp_sock;'
	says 'extern u32 tcp_slow_start(struct tcp_sock *tp, u32 acked) __weak __ksym;'
	rebtf header --type no_such_type "$OLD"
	exits 2
	complains "no type matches 'no_such_type'"
	rebtf header --like-bpftool --asserts "$OLD"
	exits 2
}

@test "header has the functions in sets of kfuncs, where there are no tags" {
	make_kfunc_module nf_conntrack.ko register_btf_kfunc_id_set
	"$REBTF" header --only-modules --base "$OLD" nf_conntrack.ko > modules.h
	[ "$(grep -c '^extern .* __ksym;$' modules.h)" -eq 10 ]
	grep -q '^extern void bpf_ct_release(struct nf_conn \*nfct) __weak __ksym;$' modules.h
	"$REBTF" header "$OLD" > vmlinux.h
	clang -target bpf -fsyntax-only -x c modules.h
	# With several modules, ids are other ones.
	"$REBTF" header --only-modules --base "$OLD" nf_conntrack.ko "$SPLIT/$FITTING" > both.h
	diff <(grep '^extern .* __ksym;$' modules.h) <(grep '^extern .* __ksym;$' both.h)
	rebtf header --kfunc 'bpf_ct_set_*' --base "$OLD" nf_conntrack.ko
	exits 0
	[ "$(grep -c '^extern ' <<< "$output")" -eq 3 ]
	xz nf_conntrack.ko
	"$REBTF" header --only-modules --base "$OLD" nf_conntrack.ko.xz | cmp - modules.h
	"$REBTF" header --like-bpftool --base "$OLD" nf_conntrack.ko.xz > like.h
	! grep -q bpf_ct_release like.h
}

@test "header leaves out kfuncs whose sets are unclear, and says so" {
	make_kfunc_module nf_conntrack.ko register_btf_kfunc_id_set register_btf_fmodret_id_set
	rebtf header --only-modules --base "$OLD" nf_conntrack.ko
	exits 0
	[[ $stderr == *'kfuncs left out: nf_conntrack.ko: .BTF_ids: cannot tell sets of kfuncs from'* ]]
	run ! grep -q '__ksym;$' <<< "$output"
	rebtf header --quiet --only-modules --base "$OLD" nf_conntrack.ko
	[ -z "$stderr" ]
	rebtf header --json --only-modules --base "$OLD" nf_conntrack.ko
	[ -z "$stderr" ]
	[ "$(jq -r '.kfuncs_left_out[] | .code, .section' <<< "$output")" = $'unsupported\n.BTF_ids' ]
}

@test "header of chosen types or of a program says nothing about kfuncs that it would not have" {
	make_kfunc_module nf_conntrack.ko register_btf_kfunc_id_set register_btf_fmodret_id_set
	cat > prog.c <<- 'END'
		struct nf_conn { unsigned int mark; } __attribute__((preserve_access_index));
		__attribute__((section("tp/x"), used)) long f(void **ctx)
		{
			return ((struct nf_conn *)ctx[0])->mark;
		}
	END
	clang -target bpf -O2 -g -c -o prog.bpf.o prog.c
	id=$("$REBTF" dump "$OLD" | sed -nE "s/^\[([0-9]+)\] STRUCT 'nf_conn' .*/\1/p" | head -n 1)
	for choice in '--type=nf_conn' '--for=prog.bpf.o' "--root-id=$id"; do
		rebtf header "$choice" --base "$OLD" nf_conntrack.ko
		exits 0
		says 'struct nf_conn {'
		[[ $stderr != *kfuncs* ]]
		# With a kfunc as well, its sets matter.
		rebtf header "$choice" --kfunc=bpf_ct_release --base "$OLD" nf_conntrack.ko
		exits 0
		[[ $stderr == *'kfuncs left out: nf_conntrack.ko: '* ]]
	done
}

@test "header of all modules has each type once, and conflicts are named by module" {
	"$REBTF" header "$OLD" > vmlinux.h
	run --separate-stderr bash -c '"$REBTF" header --only-modules --asserts --base "$OLD" "$DATA/modules/6.1.0-47-amd64" > modules.h'
	exits 0
	[[ $stderr == *'named by its module'* ]]
	"$REBTF" header --quiet --only-modules --base "$OLD" "$DATA/modules/6.1.0-47-amd64" 2> errors > /dev/null
	[ ! -s errors ]
	gcc -fsyntax-only -x c modules.h
	clang -target bpf -fsyntax-only -x c modules.h
	! command -v g++ || g++ -fsyntax-only -x c++ modules.h
	rebtf header --like-bpftool --base "$OLD" "$DATA/modules/6.1.0-47-amd64"
	exits 2
	complains 'one file'
}

@test "header of modules with types of one name says so, but not with --quiet" {
	PYTHONPATH=$BATS_TEST_DIRNAME python3 - <<- END
		from build_btf import *
		kernel = Btf()
		i = kernel.int("int", 4, 1)
		kernel.write("kernel.btf")
		for name, size in ("M", 4), ("N", 8):
		    module = Btf(kernel)
		    module.struct("s", size, [("x", i, 0)])
		    module.write(f"{name}.btf")
	END
	rebtf header --base kernel.btf M.btf N.btf
	exits 0
	[[ $stderr == *'rebtf: 1 type differs from another of the same name'* ]]
	rebtf header --quiet --base kernel.btf M.btf N.btf
	exits 0
	[ -z "$stderr" ]
}

@test "header keeps the layout of types that compilers lay out in other ways" {
	cat > odd.c <<- 'END'
		union packed { long x; char y[9]; } __attribute__((packed));
		struct members { char c; union packed u; union { } none; } __attribute__((packed));
		enum two_bytes { LARGE = 300 } __attribute__((packed));
		struct enums { enum two_bytes first; enum two_bytes second; };
		struct bits { int low : 20; int middle : 20; int high : 24; } __attribute__((packed));
		struct members m; struct enums e; struct bits b;
	END
	clang -target bpf -g -c odd.c
	"$REBTF" header --as standalone --asserts odd.o > odd.h
	"$REBTF" dump odd.o | grep -q "ENUM 'two_bytes' encoding=UNSIGNED size=2 "
	for assertion in 'union packed) == 9,' 'struct members) == 10,' 'struct enums) == 4,' 'struct bits) == 8,'; do
		grep -qF "sizeof($assertion" odd.h
	done
	gcc -fsyntax-only -x c odd.h
	clang -target bpf -fsyntax-only -x c odd.h
	! command -v g++ || g++ -fsyntax-only -x c++ odd.h
}

@test "a typedef and a struct of one name are two types, which C++ needs two names for" {
	cat > names.c <<- 'END'
		typedef long clash;
		struct clash { int x; clash y; struct clash *next; };
		typedef struct same same;
		struct same { clash a; struct clash b; same *next; };
		struct same variable;
	END
	clang -target bpf -g -c names.c
	"$REBTF" header --as standalone --asserts names.o > names.h
	grep -qF 'typedef long __cxx_name(clash);' names.h
	grep -qF 'typedef struct same same;' names.h
	gcc -fsyntax-only -x c names.h
	clang -target bpf -fsyntax-only -x c names.h
	! command -v g++ || g++ -fsyntax-only -x c++ names.h
}

@test "header leaves out a damaged module, and names it" {
	head -c 100 "$SPLIT/$FITTING" > damaged.btf
	take "$SPLIT/$MISFIT" idxd_bus.btf
	run --separate-stderr bash -c '"$REBTF" header --only-modules --base "$OLD" damaged.btf idxd_bus.btf > modules.h'
	exits 0
	complains 'damaged.btf: '
	grep -q '^struct idxd_dev {' modules.h
	# Many with one reason are not all listed.
	mkdir tree
	for i in {1..20}; do
		cp damaged.btf "tree/$i.btf"
	done
	rebtf header --only-modules --base "$OLD" tree
	exits 0
	[ "${#stderr_lines[@]}" -lt 10 ]
}

@test "header for a BPF object has the types that it relocates and the kfuncs that it calls" {
	cat > prog.c <<- 'END'
		#define CORE __attribute__((preserve_access_index))
		struct task_struct___x { int pid; struct task_struct___x *parent; } CORE;
		struct list_head { struct list_head *next; } CORE;
		extern unsigned int tcp_slow_start(void *tp, unsigned int acked) __attribute__((section(".ksyms")));
		__attribute__((section("tp/x"), used)) long f(void **ctx)
		{
			struct task_struct___x *t = ctx[0];
			struct list_head *l = ctx[1];
			return t->parent->pid + (long)l->next + tcp_slow_start(ctx[2], 1);
		}
	END
	clang -target bpf -O2 -g -c -o prog.bpf.o prog.c
	"$REBTF" header --for prog.bpf.o --asserts "$OLD" > prog.h
	grep -q '^struct task_struct {' prog.h
	grep -q '^struct list_head {' prog.h
	grep -q '^extern u32 tcp_slow_start' prog.h
	run ! grep -q '^struct sk_buff {' prog.h
	gcc -fsyntax-only -x c prog.h
	"$REBTF" header --for - --asserts "$OLD" < prog.bpf.o | cmp - prog.h
	rebtf header --for - --for - "$OLD"
	exits 2
	complains 'standard input more than once'
	rebtf header --for /dev/null "$OLD"
	exits 2
}

@test "header of a type has what it needs and no more" {
	id=$("$REBTF" dump "$OLD" | sed -nE "s/^\[([0-9]+)\] STRUCT 'list_head' .*/\1/p" | head -n 1)
	rebtf header --root-id "$id" "$OLD"
	exits 0
	says $'struct list_head {\n\tstruct list_head *next;\n\tstruct list_head *prev;\n};'
	[ "$(grep -c '^};' <<< "$output")" = 1 ]
	rebtf header --root-id 4000000000 "$OLD"
	exits 2
	rebtf header --root-id 400000000 "$OLD"
	exits 2
	complains 'type [400000000] does not exist'
	[ -z "$output" ]
}

@test "type that C cannot express is an error of the header that is like bpftool's" {
	# A pointer to itself.
	raw_btf x.btf '' 0 0x2000000 1
	rebtf header --like-bpftool --as standalone x.btf
	exits 2
	complains 'type [1] PTR' 'contains itself'
	[ -z "$output" ]
	rebtf header --as standalone x.btf
	exits 0
	complains 'void *: PTR [1] contains itself'
}

@test "types that C cannot express are left out, and all others compile" {
	# [1] INT int, [2] PTR to [3], [3] STRUCT overlap { int a; int b; } both at 0, [4] STRUCT holder
	# { overlap *p; overlap q; }, [5] STRUCT user { holder *p; }, [6] INT of 3 bytes named u24, [7] PTR to [6], [8] STRUCT
	# Rust::Name<T> { u24 *p; }, [9] TYPEDEF while [8], [10] PTR to [4], [11] STRUCT int { while x; }
	python3 - <<- 'END'
		import struct
		strings = [""]
		def name(text):
		    if text not in strings:
		        strings.append(text)
		    return sum(len(s) + 1 for s in strings[:strings.index(text)])
		def t(text, kind, vlen, third, *rest):
		    return struct.pack("<3I", name(text), kind << 24 | vlen, third) + struct.pack(f"<{len(rest)}I", *rest)
		types = [t("int", 1, 0, 4, 0x01000020), t("", 2, 0, 3),
		         t("overlap", 4, 2, 8, name("a"), 1, 0, name("b"), 1, 0),
		         t("holder", 4, 2, 16, name("p"), 2, 0, name("q"), 3, 64),
		         t("user", 4, 1, 8, name("p"), 10, 0),
		         t("u24", 1, 0, 3, 24), t("", 2, 0, 6),
		         t("Rust::Name<T>", 4, 1, 8, name("p"), 7, 0), t("while", 8, 0, 8), t("", 2, 0, 4),
		         t("int", 4, 1, 8, name("x"), 9, 0), t("long unsigned int", 1, 0, 8, 64)]
		body, text = b"".join(types), "\0".join(strings).encode() + b"\0"
		open("odd.btf", "wb").write(struct.pack("<HBB5I", 0xeb9f, 1, 0, 24, 0, len(body), len(body), len(text)) + body + text)
	END
	run --separate-stderr bash -c '"$REBTF" header --asserts -v --as standalone odd.btf > odd.h'
	exits 0
	overlap="STRUCT 'overlap' [3] has members that overlap, or are not in the order of their offsets"
	number="INT 'u24' [6] is a number of a size that no type in C has"
	diff - <(echo "$stderr") <<- END
		rebtf: left out: $overlap
		rebtf: left out: STRUCT 'holder' [4]: $overlap
		rebtf: left out: $number
		rebtf: void *: PTR [7]: $number
		rebtf: renamed: STRUCT 'Rust::Name<T>' [8] is Rust__Name_T_
		rebtf: renamed: TYPEDEF 'while' [9] is while_
		rebtf: renamed: STRUCT 'int' [11] is int_
	END
	grep -q '^struct holder;' odd.h
	grep -q '^struct user {' odd.h
	run ! grep -q '^struct holder {' odd.h
	gcc -fsyntax-only -x c odd.h
	clang -target bpf -fsyntax-only -x c odd.h
	! command -v g++ || g++ -fsyntax-only -x c++ odd.h
	rebtf header --json --as standalone odd.btf
	exits 0
	[ -z "$stderr" ]
	[ "$(jq -r '[.left_out[].name, .opaque[].cause.name, .renamed[].to] | join(" ")' <<< "$output")" = \
		'overlap holder u24 u24 Rust__Name_T_ while_ int_' ]
	jq -j .header <<< "$output" > from.json
	"$REBTF" header --as standalone -q odd.btf | cmp - from.json
}

@test "header has its memory in a heap of huge pages that never shrinks" {
	command -v strace > /dev/null || skip "needs strace"
	! grep -q __asan_init "$REBTF" || skip "the sanitizer has a heap of its own"
	getconf GNU_LIBC_VERSION || skip "only glibc has these settings"
	strace -qq -e trace=brk,madvise,munmap -o log "$REBTF" header -q "$OLD" > /dev/null
	# 24 MiB, from a multiple of 2 MiB on, and no mapping of that size is given back.
	grep -Eq '^madvise\(0x[0-9a-f]+[02468ace]00000, 25165824, MADV_HUGEPAGE\)' log
	run ! grep -E '^munmap\(0x[0-9a-f]+, [0-9]{8,}\)' log
	sed -nE 's/^brk\(.* = //p' log | sort -c
}

@test "a full disk is an error" {
	run -2 --separate-stderr bash -c '"$REBTF" header "$OLD" > /dev/full'
	complains 'standard output' 'No space left'
}
