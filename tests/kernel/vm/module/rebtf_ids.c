// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
/*
 * A module whose code has type ids of the kernel's functions, typedefs and structs, and of its own
 * struct. Its parameter "ids" shows them as the code sees them.
 */
#include <linux/btf.h>
#include <linux/btf_ids.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>

struct rebtf_own {
	struct sk_buff *skb;
	netdev_features_t features;
};

struct rebtf_own rebtf_own;
EXPORT_SYMBOL_GPL(rebtf_own);
DEFINE_PER_CPU(struct rebtf_own, rebtf_own_per_cpu);

BTF_ID_LIST(rebtf_ids_list)
BTF_ID(struct, sk_buff)
BTF_ID(func, tcp_sendmsg)
BTF_ID(typedef, netdev_features_t)
BTF_ID_UNUSED
BTF_ID(struct, inode)
BTF_ID(struct, rebtf_own)

BTF_SET_START(rebtf_ids_set)
BTF_ID(func, udp_sendmsg)
BTF_ID(func, tcp_sendmsg)
BTF_ID(func, tcp_recvmsg)
BTF_SET_END(rebtf_ids_set)

static int show_ids(char *buffer, const struct kernel_param *param)
{
	const u32 *list = rebtf_ids_list, *set = rebtf_ids_set.ids;

	return scnprintf(buffer, PAGE_SIZE, "%u %u %u %u %u %u %u %u %u\n", list[0], list[1],
			 list[2], list[3], list[4], list[5], set[0], set[1], set[2]);
}

static const struct kernel_param_ops ids_ops = { .get = show_ids };

module_param_cb(ids, &ids_ops, NULL, 0444);
MODULE_DESCRIPTION("Shows the type ids that it was built with");
MODULE_LICENSE("Dual BSD/GPL");
