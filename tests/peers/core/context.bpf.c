/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Programs that read arguments of their targets, and some that read more than their targets have. Each
 * is loaded on its own: see context.c.
 */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

long long result;
const volatile int setting = 0;
extern int LINUX_KERNEL_VERSION __kconfig;

/* Reads argument @n, counted from 0. */
#define READS(name, section, n)                                                                    \
	SEC(section) int name(unsigned long long *context)                                         \
	{                                                                                          \
		result = context[n];                                                               \
		return 0;                                                                          \
	}

/* ssize_t vfs_read(struct file *, char *, size_t, loff_t *) */
READS(fentry_3, "fentry/vfs_read", 3)
READS(fentry_4, "fentry/vfs_read", 4)
READS(fexit_3, "fexit/vfs_read", 3)
READS(fexit_4, "fexit/vfs_read", 4)
READS(fexit_5, "fexit/vfs_read", 5)
/* void wake_up_new_task(struct task_struct *) */
READS(fexit_void_0, "fexit/wake_up_new_task", 0)
READS(fexit_void_1, "fexit/wake_up_new_task", 1)
/* int security_file_open(struct file *) */
READS(fmod_ret_1, "fmod_ret/security_file_open", 1)
READS(fmod_ret_2, "fmod_ret/security_file_open", 2)
/* block_rq_insert(struct request *) */
READS(tp_btf_0, "tp_btf/block_rq_insert", 0)
READS(tp_btf_1, "tp_btf/block_rq_insert", 1)
/* int file_open(struct file *) */
READS(lsm_0, "lsm/file_open", 0)
READS(lsm_1, "lsm/file_open", 1)
READS(lsm_2, "lsm/file_open", 2)
/* int bpf_iter_task(struct bpf_iter_meta *, struct task_struct *) */
READS(iter_1, "iter/task", 1)
READS(iter_2, "iter/task", 2)

SEC("fentry/vfs_read") int misaligned(char *context)
{
	result = *(int *)(context + 20);
	return 0;
}

SEC("fentry/vfs_read") int after_call(unsigned long long *context)
{
	bpf_get_current_pid_tgid();
	result = context[4];
	return 0;
}

/* Reads an argument that the tracepoint does not have, if the condition is true. */
#define READS_IF(name, condition)                                                                  \
	SEC("tp_btf/block_rq_insert") int name(unsigned long long *context)                        \
	{                                                                                          \
		if (condition)                                                                     \
			result = context[1];                                                       \
		return 0;                                                                          \
	}

READS_IF(if_old, LINUX_KERNEL_VERSION < 0x50b00)
READS_IF(if_set, setting)
READS_IF(if_data, bpf_get_current_pid_tgid() == 1)

char _license[] SEC("license") = "GPL";
