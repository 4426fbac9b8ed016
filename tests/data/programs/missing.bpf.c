/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* BPF programs that want what no kernel has. clang -target bpf compiles them at test time. */
#define SEC(name) __attribute__((section(name), used))
#define CORE	  __attribute__((preserve_access_index))
#define KSYM	  __attribute__((section(".ksyms")))
#define WEAK	  __attribute__((weak))

struct task_struct {
	long state;
	int comm;
} CORE;

struct no_such_struct {
	int x;
} CORE;

struct sock {
	int unused;
};

extern void no_such_kfunc(void) KSYM;
extern void no_such_weak_kfunc(void) KSYM WEAK;
/* The kernel's has two parameters. */
extern int tcp_slow_start(int number) KSYM;
extern unsigned int tcp_reno_undo_cwnd(struct sock *sk) KSYM;

volatile long result;

SEC("fentry/no_such_function")
int fields(unsigned long *ctx)
{
	struct task_struct *task = (void *)ctx[0];
	struct no_such_struct *none = (void *)ctx[0];

	result = task->state;
	result = task->comm;
	result = none->x;
	return 0;
}

SEC("?fentry/no_such_optional_function")
int calls(unsigned long *ctx)
{
	no_such_kfunc();
	if (no_such_weak_kfunc)
		no_such_weak_kfunc();
	return tcp_slow_start(1) + tcp_reno_undo_cwnd((void *)0);
}

char _license[] SEC("license") = "GPL";
