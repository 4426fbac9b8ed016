// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
/*
 * A module that refers to its kernel's types in all usual ways: by value, through pointers,
 * typedefs, enumerations, arrays, prototypes and variables, and with functions for BPF programs.
 * The types that it embeds have kept their size for years, so the module fits other updates of its
 * kernel. rebtf_large does not.
 */
#include <linux/bpf.h>
#include <linux/btf.h>
#include <linux/btf_ids.h>
#include <linux/hrtimer.h>
#include <linux/kobject.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/skbuff.h>
#include <linux/workqueue.h>

#ifndef __bpf_kfunc
#define __bpf_kfunc __used noinline
#endif

/* Linux 6.9 marks sets of kfuncs as such. Earlier kernels use plain sets. */
#ifndef BTF_KFUNCS_START
#define BTF_KFUNCS_START BTF_SET8_START
#define BTF_KFUNCS_END	 BTF_SET8_END
#endif

enum probe_state {
	PROBE_IDLE,
	PROBE_BUSY = 7,
};

typedef struct sk_buff *(*probe_filter_t)(struct sk_buff *skb, const struct net_device *dev,
					  gfp_t flags);

struct probe_queue {
	struct list_head entries;
	struct hlist_head buckets[4];
	struct mutex lock;
	struct work_struct work;
	struct kref users;
	union {
		struct rcu_head rcu;
		struct llist_node free;
	};
};

struct probe {
	struct probe_queue queues[2];
	struct sk_buff_head backlog;
	enum probe_state state;
	enum hrtimer_restart restart;
	probe_filter_t filter;
	netdev_features_t features;
	const volatile struct task_struct *owner;
	struct module *module;
	unsigned int flag : 1;
	unsigned int level : 7;
	ktime_t deadline;
};

struct probe_count {
	local_t calls;
	u64 total;
};

DEFINE_PER_CPU(struct probe_count, rebtf_probe_count);
DEFINE_PER_CPU(struct list_head, rebtf_probe_list);
static struct probe probe = { .level = 3 };

/* The caller of the BPF program checks the results. */
__bpf_kfunc u64 rebtf_probe_sum(u32 a, u64 b);
__bpf_kfunc int rebtf_probe_pid(struct task_struct *task);

__bpf_kfunc u64 rebtf_probe_sum(u32 a, u64 b)
{
	this_cpu_inc(rebtf_probe_count.calls.a.counter);
	this_cpu_add(rebtf_probe_count.total, a + b);
	return a + b + probe.level;
}

/*
 * The verifier must recognize the argument as the kernel's task_struct, not another one of that
 * name.
 */
__bpf_kfunc int rebtf_probe_pid(struct task_struct *task)
{
	return task->pid;
}

BTF_KFUNCS_START(rebtf_probe_kfuncs)
BTF_ID_FLAGS(func, rebtf_probe_sum)
BTF_ID_FLAGS(func, rebtf_probe_pid)
BTF_KFUNCS_END(rebtf_probe_kfuncs)

static const struct btf_kfunc_id_set rebtf_probe_set = {
	.owner = THIS_MODULE,
	.set = &rebtf_probe_kfuncs,
};

static struct sk_buff *pass(struct sk_buff *skb, const struct net_device *dev, gfp_t flags)
{
	return dev ? skb : NULL;
}

static int __init rebtf_probe_init(void)
{
	INIT_LIST_HEAD(&probe.queues[0].entries);
	probe.owner = current;
	probe.filter = pass;
	return register_btf_kfunc_id_set(BPF_PROG_TYPE_SYSCALL, &rebtf_probe_set);
}

static void __exit rebtf_probe_exit(void)
{
}

module_init(rebtf_probe_init);
module_exit(rebtf_probe_exit);
MODULE_DESCRIPTION("Refers to its kernel's types in many ways");
MODULE_LICENSE("Dual BSD/GPL");
