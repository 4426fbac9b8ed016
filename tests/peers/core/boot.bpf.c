/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Reads members of the kernel's structs through CO-RE relocations. The types of modules are only
 * asked about: the guest has no network device of theirs.
 */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include <bpf/bpf_core_read.h>

#define CORE __attribute__((preserve_access_index))

struct task_struct {
	int pid;
	int tgid;
	char comm[16];
	struct task_struct *group_leader;
} CORE;

#ifdef MODULES
struct veth_priv {
	unsigned int requested_headroom;
} CORE;

struct veth_stats {
	unsigned long long xdp_tx;
} CORE;

struct tun_struct {
	unsigned int flags;
	int sndbuf;
} CORE;
#endif

long long answers[8];

SEC("raw_tp")
int ask(void *context)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	answers[0] = BPF_CORE_READ(task, tgid);
	answers[1] = BPF_CORE_READ(task, group_leader, pid);
	bpf_core_read(&answers[2], sizeof(answers[2]), &task->comm);
#ifdef MODULES
	answers[3] = bpf_core_field_offset(struct veth_priv, requested_headroom);
	answers[4] = bpf_core_type_size(struct veth_priv);
	answers[5] = bpf_core_field_offset(struct veth_stats, xdp_tx);
	answers[6] = bpf_core_field_offset(struct tun_struct, sndbuf);
	answers[7] = bpf_core_type_size(struct tun_struct);
#endif
	return 0;
}

char _license[] SEC("license") = "GPL";
