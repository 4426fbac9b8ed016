#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
# bats file_tags=hostile_input
#
# rebtf core-check: what a kernel has of a program. tests/peers/core compares each relocation with libbpf's.

load common

setup_file() {
	unpack_data
	compile relocations missing
}

setup() {
	enter_work
	programs=$BATS_FILE_TMPDIR
}

# line TEXT: checks that standard output has a line that contains TEXT. Sets $line to the first one.
line() {
	line=$(grep -m 1 -F "$1" <<< "$output") && return
	echo "no line with '$1' in:"
	echo "$output"
	return 1
}

# Compiles a program that reads a member of a struct of a module.
of_module() {
	cat > m.bpf.c <<- END
		enum idxd_dev_type { NONE };
		struct idxd_dev { enum idxd_dev_type type; } __attribute__((preserve_access_index));
		__attribute__((section("kprobe/f"), used)) int f(struct idxd_dev *d) { return d->type; }
	END
	clang -target bpf -g -O2 -c m.bpf.c
}

@test "core-check finds every kind of relocation" {
	rebtf core-check --verbose --base "$OLD" "$programs/relocations.bpf.o"
	exits 0
	offset=$("$REBTF" dump "$OLD" | sed -n "/^\[[0-9]*\] STRUCT 'task_struct'/,/^\[/s/^\t'comm' .*bits_offset=//p")
	line "field offset of struct task_struct.comm[3]: found, $((offset / 8 + 3))"
	line "field size of struct task_struct.comm: found, 16"
	line "field offset of struct sk_buff.napi_id: found"
	line "field offset of struct linux_dirent64.d_name[2]: found, 21"
	line "field lshift of struct task_struct.sched_reset_on_fork: found, 63"
	line "type exists of struct no_such_struct: missing: the kernel has no struct no_such_struct"
	line "enumerator value of enum pid_type::PIDTYPE_TGID: found, 1"
	line "fields: target wake_up_new_task: found"
	says "relocations.bpf.o: fits: 27 questions, 0 failures"
}

@test "core-check reads a program from standard input" {
	rebtf core-check --base "$OLD" - < "$programs/relocations.bpf.o"
	exits 0
	[[ $output == '-: fits: 27 questions, 0 failures'* ]]
}

@test "core-check colours its verdicts" {
	styled core-check --verbose --base "$OLD" "$programs/relocations.bpf.o"
	exits 0
	line "type exists of struct no_such_struct<>: missing<>: the kernel has no struct no_such_struct"
	line "field size of struct task_struct.comm<>: found<>, 16"
	says "relocations.bpf.o: <good>fits<>: 27 questions, 0 failures"
	styled core-check --base "$OLD" "$programs/missing.bpf.o"
	exits 1
	line "<bad>: missing<>: "
	says "missing.bpf.o: <bad>does not fit<>: "
}

@test "core-check does not count code that cannot run" {
	rebtf core-check --verbose --base "$OLD" "$programs/relocations.bpf.o"
	exits 0
	line "field offset of struct task_struct___old.state: missing"
	[[ $line == *"has no member 'state', but '__state' (code that cannot run here)" ]]
	# The other branch can run.
	line "field offset of struct task_struct___new.__state: found"
}

@test "core-check takes the address of an extern for 0 only if the kernel does not have it" {
	cat > w.bpf.c <<- 'END'
		#define CORE __attribute__((preserve_access_index))
		#define WEAK __attribute__((section(".ksyms"), weak))
		struct sock { int unused; };
		struct task_struct { long state; } CORE;
		extern unsigned int tcp_reno_undo_cwnd(struct sock *sk) WEAK;
		extern unsigned int no_such_kfunc(struct sock *sk) WEAK;
		volatile long result;
		__attribute__((section("kprobe/f"), used)) int with(struct task_struct *t)
		{ if (tcp_reno_undo_cwnd) result = t->state; return 0; }
		__attribute__((section("kprobe/g"), used)) int without(struct task_struct *t)
		{ if (no_such_kfunc) result = t->state; return 0; }
	END
	clang -target bpf -g -O2 -c w.bpf.c
	rebtf core-check --verbose --base "$OLD" w.bpf.o
	exits 1
	line "w.bpf.o: with, instruction 3"
	[[ $line == *"has no member 'state', but '__state'" ]]
	line "w.bpf.o: without, instruction 3"
	[[ $line == *"has no member 'state', but '__state' (code that cannot run here)" ]]
	says "kfunc tcp_reno_undo_cwnd: found"
	says "1 failure"
}

@test "core-check treats weak externs of other types as libbpf does: a kfunc is left out, a variable is refused" {
	cat > kernel.c <<- 'END'
		struct task_struct { long __state; };
		long other;
		void *variable;
		__attribute__((used)) int kfunc(struct task_struct *t, int i) { return t->__state + i; }
	END
	clang -target bpf -g -O2 -c kernel.c
	"$REBTF" extract --quiet -o kernel.btf kernel.o
	cat > w.bpf.c <<- 'END'
		#define WEAK __attribute__((section(".ksyms"), weak))
		struct task_struct { long state; } __attribute__((preserve_access_index));
		extern int kfunc(struct task_struct *t) WEAK;
		extern int kfunc___two(struct task_struct *t, int i) WEAK;
		extern const int variable WEAK;
		extern const long other___two WEAK;
		volatile long result;
		__attribute__((section("kprobe/f"), used)) int with(struct task_struct *t)
		{ if (kfunc) result = t->state; return 0; }
		__attribute__((section("kprobe/g"), used)) long uses(void *c)
		{ return (long)kfunc___two + (long)&variable + (long)&other___two; }
	END
	clang -target bpf -g -O2 -c w.bpf.c
	rebtf core-check --verbose --base kernel.btf w.bpf.o
	exits 1
	line "kfunc kfunc: changed"
	line "kfunc kfunc___two: found"
	line "ksym variable: changed"
	line "ksym other___two: missing"
	line "with, instruction 3"
	[[ $line == *"has no member 'state', but '__state' (code that cannot run here)" ]]
	rebtf core-check --base kernel.btf --json w.bpf.o
	exits 1
	[ "$(jq -r '.answers[] | select(.fails) | .path' <<< "$output")" = variable ]
}

@test "core-check names program, source line and what the kernel has instead" {
	rebtf core-check --base "$OLD" "$programs/missing.bpf.o"
	exits 1
	line "fields, instruction 1 ("
	number=$(grep -n 'result = task->state' "$BATS_TEST_DIRNAME/../data/programs/missing.bpf.c" | cut -d: -f1)
	[[ $line == *"missing.bpf.c:$number): field offset of struct task_struct.state: missing: struct task_struct has no member 'state', but '__state'" ]]
	line "member 'comm' of struct task_struct has type 'char[16]' (expected 'int')"
	says "missing.bpf.o: does not fit: 9 questions, 6 failures"
}

@test "core-check finds kfuncs and targets, and says which changed" {
	rebtf core-check --verbose --base "$OLD" "$programs/missing.bpf.o"
	exits 1
	line "kfunc tcp_reno_undo_cwnd: found"
	line "kfunc tcp_slow_start: changed: the kernel has 'u32 (struct tcp_sock *, u32)' (expected 'int (int)')"
	line "kfunc no_such_kfunc: missing"
	line "fields: target no_such_function: missing: the BTF of the kernel has no function 'no_such_function'"
	# Weak externs and optional programs are no failures.
	rebtf core-check --base "$OLD" --json "$programs/missing.bpf.o"
	exits 1
	[ "$(jq -r '.answers[] | select(.verdict != "found" and (.fails | not)) | .path' <<< "$output" | tr '\n' ' ')" = \
		"no_such_weak_kfunc no_such_optional_function " ]
}

@test "core-check finds targets of every kind of section, structs of struct_ops, and variables" {
	cat > t.bpf.c <<- 'END'
		#define SEC(name) __attribute__((section(name), used))
		#define PROGRAM(function, section) SEC(section) int function(void *c) { return 0; }
		PROGRAM(a1, "fentry/wake_up_new_task") PROGRAM(a2, "fexit.s/wake_up_new_task") PROGRAM(a3, "fmod_ret/wake_up_new_task")
		PROGRAM(a4, "lsm/file_open") PROGRAM(a5, "iter/task") PROGRAM(a6, "tp_btf/sched_switch") PROGRAM(a7, "kprobe/wake_up_new_task")
		PROGRAM(b1, "fexit/none1") PROGRAM(b2, "fmod_ret/none2") PROGRAM(b3, "lsm/none3") PROGRAM(b4, "iter/none4")
		PROGRAM(b5, "tp_btf/none5") PROGRAM(b6, "fentry/idxd_bus:none6") PROGRAM(b7, "kretprobe/none7")
		PROGRAM(a8, "fsession/wake_up_new_task") PROGRAM(a9, "fsession.s/wake_up_new_task")
		struct tcp_congestion_ops { int no_such_member; };
		struct task_struct { int pid; };
		struct no_such_ops { int x; };
		struct rq { int x; };
		SEC(".struct_ops") struct tcp_congestion_ops congestion = {};
		SEC(".struct_ops") struct task_struct task = {};
		SEC("?.struct_ops") struct no_such_ops optional = {};
		#define KSYM __attribute__((section(".ksyms")))
		extern const struct rq runqueues KSYM;
		extern const int no_such_variable KSYM, hardirq_stack_ptr KSYM;
		extern const void system_wq KSYM;
		SEC("socket") long uses(void *c)
		{ return (long)&runqueues + (long)&no_such_variable + (long)&hardirq_stack_ptr + (long)&system_wq; }
	END
	clang -target bpf -g -O2 -c t.bpf.c
	rebtf core-check --verbose --base "$OLD" t.bpf.o
	exits 1
	[ "$(grep -c 'a[1-9]: target .*: found$' <<< "$output")" = 9 ]
	[ "$(grep -cE "b[1-6]: target .*none[1-6]: missing: the BTF of (the kernel|idxd_bus) has no" <<< "$output")" = 6 ]
	line "b7: target none7: unknown: not in the kernel's BTF, but a probe does not need BTF"
	line "congestion: struct_ops struct tcp_congestion_ops: changed: the kernel's struct has no member 'no_such_member'"
	line "task: struct_ops struct task_struct: missing: the kernel does not let programs implement that struct"
	line "optional: struct_ops struct no_such_ops: missing: the kernel has no such struct"
	line "ksym runqueues: found"
	line "ksym no_such_variable: missing"
	line "ksym hardirq_stack_ptr: changed: the kernel has 'void *' (expected 'const int')"
	line "ksym system_wq: unknown: only /proc/kallsyms of the running kernel has its address"
	# b1 to b6, task, and two variables: not the member, which may be 0, nor the optional struct.
	says "t.bpf.o: does not fit: 23 questions, 9 failures"
}

# ops KERNEL_MEMBERS MEMBERS: asks a kernel whose struct ops has the first members about a program whose struct has the
# second ones. Both are C.
ops() {
	echo "struct sock { int x; }; struct pair { int a, b; }; struct ops { $1 }; struct bpf_struct_ops_ops { struct ops data; } o;" |
		clang -target bpf -g -O2 -c -xc - -o kernel.o
	"$REBTF" extract --quiet -o kernel.btf kernel.o
	echo "struct sock; struct pair { int a, b; }; struct ops { $2 }; __attribute__((section(\"${3:-}.struct_ops\"))) struct ops o = {};" |
		clang -target bpf -g -O2 -c -xc - -o ops.bpf.o
	rebtf core-check --verbose --base kernel.btf ops.bpf.o
}

@test "core-check compares the members of structs of struct_ops as libbpf does" {
	ops "int a; unsigned flags; int (*f)(struct sock *, int); char name[16];" \
		"char name[16]; int (*f)(struct sock *, int); int flags;"
	exits 0
	line "o: struct_ops struct ops: found"
	# A kind, a size and a bit-field that changed.
	ops "long a;" "void *a;"
	exits 1
	line "struct ops: changed: the kernel's member 'a' is 'long' (expected 'void *'), so libbpf does not load the struct"
	ops "char name[16];" "char name[8];"
	exits 1
	line "the kernel's member 'name' is 'char[16]' (expected 'char[8]'), so libbpf"
	ops "int a : 3;" "int a : 3;"
	exits 1
	line "the kernel's member 'a' is 'int' (expected 'int'), so libbpf"
	ops "long a;" "void *a;" "?"
	exits 0
	line "struct ops: changed"
}

@test "core-check compares a struct of struct_ops with that of the module that implements it" {
	PYTHONPATH=$BATS_TEST_DIRNAME python3 - <<- 'END'
		from build_btf import *
		k = Btf()
		i = k.int("int", 4, 1)
		k.write("kernel.btf")
		other = Btf(k)
		other.struct("ops", 4, [("other", i, 0)])
		other.write("a.btf")
		m = Btf(k)
		m.struct("bpf_struct_ops_ops", 4, [("data", m.struct("ops", 4, [("a", i, 0)]), 0)])
		m.write("m.btf")
	END
	echo 'struct ops { int a; }; __attribute__((section(".struct_ops"))) struct ops o = {};' |
		clang -target bpf -g -O2 -c -xc - -o ops.bpf.o
	rebtf core-check --verbose --base kernel.btf --modules a.btf --modules m.btf ops.bpf.o
	exits 0
	line "o: struct_ops struct ops: found"
}

@test "core-check names the members of struct_ops whose prototypes changed, but does not fail" {
	ops "int (*f)(struct sock *, int);" "int (*f)(struct sock *);"
	exits 0
	line "struct ops: changed: the kernel's member 'f' is 'int (*)(struct sock *, int)' (expected 'int (*)(struct sock *)'): libbpf does not compare prototypes, but the kernel refuses a program that reads an argument too many"
	ops "int (*f)(struct sock *);" "int (*f)(struct pair);"
	exits 0
	line "the kernel's member 'f' is 'int (*)(struct sock *)' (expected 'int (*)(struct pair)')"
	# A member that libbpf refuses is the reason, also after others.
	ops "int (*f)(int); long a;" "int gone; int (*f)(void); int a;"
	exits 1
	line "the kernel's member 'a' is 'long' (expected 'int'), so libbpf"
}

@test "core-check of a kernel's type in a module needs the modules" {
	of_module
	rebtf core-check --base "$OLD" m.bpf.o
	exits 1
	says "the kernel has no struct idxd_dev"
	rebtf core-check --verbose --base "$OLD" --modules "$SPLIT" m.bpf.o
	exits 0
	says "found, 744, in idxd_bus"
}

@test "core-check leaves out a damaged module, and names it" {
	mkdir modules
	take "$SPLIT/$MISFIT" modules/idxd_bus.btf
	head -c 100 "$SPLIT/$FITTING" > modules/sch_fq.btf
	of_module
	rebtf core-check --base "$OLD" --modules modules m.bpf.o
	exits 0
	complains modules/sch_fq.btf
}

@test "core-check answers about programs of a big-endian kernel" {
	kernel=$DATA/vmlinux/6.12.107+deb13-s390x.btf
	TARGET=bpfeb BATS_FILE_TMPDIR=$PWD compile relocations
	rebtf core-check --verbose --base "$kernel" relocations.bpf.o
	exits 0
	# The first bit of the first byte of the word.
	line "field lshift of struct task_struct.sched_reset_on_fork: found, "
	[[ $line != *", 63" ]]
	rebtf core-check --base "$kernel" "$programs/relocations.bpf.o"
	exits 2
	[[ $stderr == *"relocations.bpf.o: the program is little-endian, but the kernel is not" ]]
}

@test "core-check refuses other files, and continues with the next" {
	echo "no ELF file" > text
	echo "int x;" | clang -target bpf -O2 -c -xc - -o plain.bpf.o
	take "$SPLIT/$FITTING" module.btf
	rebtf core-check --base "$OLD" text plain.bpf.o module.btf nothing "$programs/relocations.bpf.o"
	exits 2
	says "relocations.bpf.o: fits"
	[[ $stderr == *"rebtf: plain.bpf.o: no .BTF section: compile the program with -g"* ]]
	[[ $stderr == *"rebtf: module.btf: not an object file of BPF programs"* ]]
	[[ $stderr == *"rebtf: nothing: cannot open: No such file or directory"* ]]
}

@test "core-check refuses .BTF.ext with records outside the code" {
	cp "$programs/relocations.bpf.o" x.bpf.o
	# The first function: after a header of 32 bytes, the size of records, and the start of a list.
	at=$(readelf -SW x.bpf.o | sed -nE 's/.* \.BTF\.ext +PROGBITS +[0-9a-f]+ ([0-9a-f]+) .*/\1/p')
	at=$((16#$at))
	printf '\xf0\xff\x00\x00' | dd of=x.bpf.o bs=1 seek=$((at + 44)) conv=notrunc status=none
	rebtf core-check --base "$OLD" x.bpf.o
	exits 2
	[[ $stderr == *"x.bpf.o: .BTF.ext: section "*"no instruction at offset 65520"* ]]
}
