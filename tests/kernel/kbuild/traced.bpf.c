/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * BPF programs that need the BTF of the kernel and of the module rebtf_probe: for the offsets of
 * members (CO-RE), the prototypes of traced functions (fentry), and kfuncs.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "traced.h"

/* Only the used members, so that their offsets are wrong until libbpf corrects them. */
struct task_struct {
	int tgid;
} __attribute__((preserve_access_index));

struct kernel_clone_args {
	int exit_signal;
} __attribute__((preserve_access_index));

/* libbpf compares the kinds of a kfunc's arguments, so a declaration is not enough. */
struct bpf_key {
};

extern struct bpf_key *bpf_lookup_system_key(__u64 id) __ksym;
extern void bpf_key_put(struct bpf_key *key) __ksym;
extern __u64 rebtf_probe_sum(__u32 a, __u64 b) __ksym;

struct traced traced = {};

static __always_inline int is_traced(void)
{
	return bpf_get_current_task_btf()->tgid == traced.process;
}

SEC("fentry/kernel_clone")
int BPF_PROG(trace_clone, struct kernel_clone_args *args)
{
	struct bpf_key *key;

	if (!is_traced())
		return 0;
	traced.clones++;
	traced.exit_signal = args->exit_signal;
	key = bpf_lookup_system_key(0);
	if (key) {
		traced.keys++;
		bpf_key_put(key);
	}
	return 0;
}

SEC("fentry/rebtf_probe_sum")
int BPF_PROG(trace_sum, __u32 a, __u64 b)
{
	if (is_traced())
		traced.arguments += a + b;
	return 0;
}

SEC("syscall")
int call_sum(void *context)
{
	(void)context;
	traced.sum = rebtf_probe_sum(1000, 230);
	return 0;
}

char _license[] SEC("license") = "GPL";
