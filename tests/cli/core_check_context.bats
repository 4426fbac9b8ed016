#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# rebtf core-check: the arguments that programs read from their context, against the prototypes of a kernel.
# tests/peers/core compares with kernels.

load common

setup_file() {
	unpack_data
}

setup() {
	enter_work
}

# programs LINE...: compiles programs. READS(NAME, SECTION, N) reads argument N, counted from 0.
programs() {
	{
		echo '#define SEC(name) __attribute__((section(name), used))'
		echo '#define READS(name, section, n) SEC(section) int name(unsigned long long *c) { return c[n]; }'
		printf '%s\n' "$@"
	} > p.bpf.c
	clang -target "${TARGET:-bpf}" -g -O2 -c p.bpf.c
}

# answers: prints "PROGRAM VERDICT" of each target.
answers() {
	"$REBTF" core-check --json --base "${1:-$OLD}" p.bpf.o |
		jq -r '.answers[] | select(.subject == "target") | "\(.function) \(.verdict)\(if .fails then " fails" else "" end)"' | sort
}

# kernel: makes kernel.btf with functions that Debian's kernels do not have.
kernel() {
	PYTHONPATH=$BATS_TEST_DIRNAME python3 - <<- 'END'
		from build_btf import *
		k = Btf()
		i, long = k.int("int", 4, 1), k.int("long long", 8, 1)
		pair = k.struct("pair", 12, [("a", long, 0), ("b", i, 64)])
		const = k.add(CONST, third=pair)
		void = k.add(PTR)
		k.func("by_value", k.proto(i, [("x", i), ("p", const), ("y", i)]))
		k.func("nothing", k.proto(k.add(CONST), []))
		k.func("variadic", k.proto(i, [("x", i), ("", 0)]))
		k.func("many", k.proto(i, [("x", i)] * 60000))
		k.add(TYPEDEF, "btf_trace_no_pointer", i)
		k.add(TYPEDEF, "btf_trace_no_data", k.add(PTR, third=k.proto(0, [])))
		k.add(TYPEDEF, "btf_trace_one", k.add(PTR, third=k.proto(0, [("__data", void), ("x", i)])))
		for _ in range(100): const = k.add(CONST, third=const)
		k.func("deep", k.proto(i, [("x", const)]))
		k.write("kernel.btf")
	END
}

@test "a program that reads more arguments than its target has does not load" {
	programs 'READS(a1, "fentry/vfs_read", 3) READS(b1, "fentry/vfs_read", 4) READS(b2, "?fentry/vfs_read", 4)' \
		'READS(a2, "tp_btf/block_rq_insert", 0) READS(b3, "tp_btf/block_rq_insert", 1)' \
		'READS(a3, "iter/task", 1) READS(b4, "iter/task", 2) READS(a4, "kprobe/vfs_read", 20)'
	diff <(answers) - <<- END
		a1 found
		a2 found
		a3 found
		a4 found
		b1 changed fails
		b2 changed
		b3 changed fails
		b4 changed fails
	END
	rebtf core-check --base "$OLD" p.bpf.o
	exits 1
	says "b1 ($PWD/p.bpf.c:3): target vfs_read: changed: instruction 0 reads argument 5, but the kernel's vfs_read has 4: 'ssize_t (struct file *, char *, size_t, loff_t *)'"
	# The first parameter of a tracepoint's type is no argument.
	says "instruction 0 reads argument 2, but the kernel's btf_trace_block_rq_insert has 1 after the first: 'void (void *, struct request *)'"
}

@test "only programs at the exit of a function read its return value, if it has one" {
	programs 'READS(a1, "fexit/vfs_read", 4) READS(a2, "fmod_ret.s/vfs_read", 4) READS(a3, "lsm/file_open", 1)' \
		'READS(a4, "lsm_cgroup/file_open", 1) READS(b1, "fexit.s/vfs_read", 5) READS(b2, "lsm.s/file_open", 2)' \
		'READS(b3, "fexit/wake_up_new_task", 1)'
	diff <(answers) - <<- END
		a1 found
		a2 found
		a3 found
		a4 found
		b1 changed fails
		b2 changed fails
		b3 changed fails
	END
	rebtf core-check --base "$OLD" p.bpf.o
	says "reads argument 6 (or a return value after 5), but the kernel's vfs_read has 4: 'ssize_t ("
	says "reads argument 2 (or a return value after 1), but the kernel's wake_up_new_task has 1 and no return value: 'void (struct task_struct *)'"
}

@test "a struct that is passed by value has as many slots as it needs" {
	kernel
	programs 'READS(a1, "fentry/by_value", 3) READS(b1, "fentry/by_value", 4)' \
		'READS(a2, "fexit/by_value", 4) READS(b2, "fexit/by_value", 5) READS(b3, "fexit/nothing", 0)' \
		'READS(a3, "tp_btf/one", 0) READS(b4, "tp_btf/one", 1)'
	diff <(answers kernel.btf) - <<- END
		a1 found
		a2 found
		a3 found
		b1 changed fails
		b2 changed fails
		b3 changed fails
		b4 changed fails
	END
	rebtf core-check --base kernel.btf p.bpf.o
	says "reads argument 4, but the kernel's by_value has 3: 'int (int, const struct pair, int)'"
}

# 60,000 parameters, a chain of 100 qualifiers: no kernel has them, so the target counts as found.
@test "prototypes that no kernel attaches a program to are not compared" {
	kernel
	programs 'READS(a1, "fentry/variadic", 9) READS(a2, "fentry/many", 9) READS(a3, "fentry/deep", 9)' \
		'READS(a4, "tp_btf/no_pointer", 9) READS(a5, "tp_btf/no_data", 9)'
	[ "$(answers kernel.btf | grep -c ' found$')" = 5 ]
}

@test "offsets in the context where no argument starts are refused" {
	programs '#define AT(name, offset) SEC("fentry/vfs_read") int name(char *c) { return *(int *)(c + offset); }' \
		'AT(a1, 8) AT(b1, 4) AT(b2, -8) AT(b3, 32767 - 3) AT(b4, -32768)'
	diff <(answers) - <<- END
		a1 found
		b1 changed fails
		b2 changed fails
		b3 changed fails
		b4 changed fails
	END
	rebtf core-check --base "$OLD" p.bpf.o
	says "instruction 0 reads its context at offset -8, where no argument starts"
}

# block_rq_insert had two arguments before 5.11. Programs choose by the version, a setting, a kfunc or a type.
@test "reads for other kernels do not count" {
	programs '#define BOTH(name, condition) SEC("tp_btf/block_rq_insert") int name(unsigned long long *c) \' \
		'{ if (condition) return c[1] == 4; return c[0] == 5; }' \
		'extern int LINUX_KERNEL_VERSION __attribute__((section(".kconfig"))); volatile const int setting;' \
		'extern int no_such_kfunc(void) __attribute__((section(".ksyms"), weak)); struct no_such_type { int x; };' \
		'BOTH(a1, LINUX_KERNEL_VERSION < 0x50b00) BOTH(a2, setting) BOTH(a3, no_such_kfunc)' \
		'BOTH(a4, __builtin_preserve_type_info(*(struct no_such_type *)0, 0))' \
		'BOTH(b1, c[0]) BOTH(b2, !no_such_kfunc)'
	diff <(answers) - <<- END
		a1 found
		a2 found
		a3 found
		a4 found
		b1 changed fails
		b2 changed fails
	END
}

@test "a copy of the context is followed across calls" {
	programs 'static long (*f)(void) = (void *)14;' \
		'SEC("fentry/vfs_read") int a1(unsigned long long *c) { f(); return c[3]; }' \
		'SEC("fentry/vfs_read") int b1(unsigned long long *c) { f(); return c[4]; }'
	diff <(answers) <(printf 'a1 found\nb1 changed fails\n')
}

@test "an offset that a relocation gives to a read is the kernel's" {
	programs 'struct bpf_iter__task { void *task; } __attribute__((preserve_access_index));' \
		'SEC("iter/task") int a1(struct bpf_iter__task *c) { return !c->task; }' \
		'struct bpf_iter_meta___x { int a, b; unsigned long long seq_num; } __attribute__((preserve_access_index));' \
		'SEC("fentry/wake_up_new_task") int b1(struct bpf_iter_meta___x *c) { return c->seq_num; }'
	diff <(answers) <(printf 'a1 found\nb1 changed fails\n')
	rebtf core-check --base "$OLD" p.bpf.o
	# Members of kernels that programs expect nowhere else.
	says "reads argument 3, but the kernel's wake_up_new_task has 1"
}

@test "a target of a module is compared with the module's prototype" {
	PYTHONPATH=$BATS_TEST_DIRNAME python3 - <<- 'END'
		from build_btf import *
		k = Btf()
		i = k.int("int", 4, 1)
		k.func("f", k.proto(i, [("x", i)]))
		k.write("kernel.btf")
		m = Btf(k)
		m.func("f", m.proto(i, [("x", i), ("y", i), ("z", i)]))
		m.func("g", m.proto(i, [("x", i), ("y", i)]))
		m.write("m.btf")
	END
	programs 'READS(a1, "fentry/m:g", 1) READS(b1, "fentry/m:g", 2)'
	rebtf core-check --base kernel.btf --modules m.btf p.bpf.o
	exits 1
	says "b1 ($PWD/p.bpf.c:3): target m:g: changed: instruction 0 reads argument 3, but the kernel's g has 2: 'int (int, int)'"
	says "2 questions, 1 failure"
	# The kernel has a function of that name, too.
	programs 'READS(a1, "fentry/m:f", 2) READS(b1, "fentry/m:f", 3) READS(b2, "fentry/f", 1)'
	rebtf core-check --base kernel.btf --modules m.btf p.bpf.o
	exits 1
	says "the kernel's f has 3"
	says "the kernel's f has 1"
	says "3 questions, 2 failures"
}

@test "programs of a big-endian kernel are compared, too" {
	TARGET=bpfeb programs 'READS(a1, "fentry/vfs_read", 3) READS(b1, "fentry/vfs_read", 4)'
	diff <(answers "$DATA/vmlinux/6.12.107+deb13-s390x.btf") <(printf 'a1 found\nb1 changed fails\n')
}
