/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * A BPF program with CO-RE relocations of the kinds that clang 14 makes. clang -target bpf compiles it at test time.
 */
#define SEC(name) __attribute__((section(name), used))
#define CORE	  __attribute__((preserve_access_index))

/* clang's numbers for the questions */
#define FIELD_SIZE   1
#define FIELD_EXISTS 2
#define FIELD_SIGNED 3
#define FIELD_LSHIFT 4
#define FIELD_RSHIFT 5

typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long long u64;

struct list_head {
	struct list_head *next, *prev;
} CORE;

struct nsproxy;

struct task_struct {
	int pid;
	char comm[16];
	unsigned int sched_reset_on_fork : 1;
	struct task_struct *parent;
	struct list_head children;
	struct nsproxy *nsproxy;
} CORE;

/* Another flavour, with a member that no longer exists. */
struct task_struct___old {
	long state;
} CORE;

struct task_struct___new {
	u32 __state;
} CORE;

/* An unnamed union, and a flexible array. */
struct sk_buff {
	u32 priority;
	union {
		u32 napi_id;
		u32 sender_cpu;
	};
} CORE;

struct linux_dirent64 {
	u64 d_ino;
	char d_name[];
} CORE;

enum pid_type {
	PIDTYPE_TGID = 5,
	PIDTYPE_NONE___missing = 6,
};

typedef struct {
	int counter;
} atomic_t;

struct no_such_struct {
	int x;
} CORE;

volatile u64 result;

SEC("fentry/wake_up_new_task")
int fields(u64 *ctx)
{
	struct task_struct *task = (void *)ctx[0];
	struct sk_buff *skb = (void *)ctx[0];
	struct linux_dirent64 *dirent = (void *)ctx[0];

	result = task->pid + task->comm[3] + (u64)task->children.prev + skb->priority +
		 skb->napi_id + dirent->d_name[2];
	result += __builtin_preserve_field_info(task->comm, FIELD_SIZE);
	result += __builtin_preserve_field_info(task->pid, FIELD_SIGNED);
	result += __builtin_preserve_field_info(task->sched_reset_on_fork, 0);
	result += __builtin_preserve_field_info(task->sched_reset_on_fork, FIELD_SIZE);
	result += __builtin_preserve_field_info(task->sched_reset_on_fork, FIELD_LSHIFT);
	result += __builtin_preserve_field_info(task->sched_reset_on_fork, FIELD_RSHIFT);
	return 0;
}

SEC("kprobe/wake_up_new_task")
int types(void *ctx)
{
	result = __builtin_preserve_type_info(*(struct task_struct *)0, 0);
	result += __builtin_preserve_type_info(*(struct no_such_struct *)0, 0);
	result += __builtin_preserve_type_info(*(struct task_struct *)0, 1);
	result += __builtin_preserve_type_info(*(atomic_t *)0, 1);
	result += __builtin_btf_type_id(*(struct task_struct *)0, 0);
	result += __builtin_btf_type_id(*(struct task_struct *)0, 1);
	result += __builtin_preserve_enum_value(*(enum pid_type *)PIDTYPE_TGID, 0);
	result += __builtin_preserve_enum_value(*(enum pid_type *)PIDTYPE_NONE___missing, 0);
	result += __builtin_preserve_enum_value(*(enum pid_type *)PIDTYPE_TGID, 1);
	return 0;
}

/* Code for two kernels: only one of both branches can run. */
SEC("kprobe/wake_up_new_task")
int guarded(u64 *ctx)
{
	struct task_struct___old *old = (void *)ctx[0];
	struct task_struct___new *new = (void *)ctx[0];

	if (__builtin_preserve_field_info(old->state, FIELD_EXISTS))
		result = old->state;
	else
		result = new->__state;
	return 0;
}

char _license[] SEC("license") = "GPL";
