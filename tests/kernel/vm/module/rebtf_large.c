// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
/*
 * A module that embeds large structures of the kernel, and some of these have another size in the
 * next update. It does not fit there, unless the changed types are localized. It contains no code,
 * so it can be loaded even into kernels of another series.
 */
#include <linux/blkdev.h>
#include <linux/cgroup-defs.h>
#include <linux/device.h>
#include <linux/ipv6.h>
#include <linux/key.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/perf_event.h>
#include <linux/sched/user.h>
#include <linux/tty.h>
#include <net/inet_connection_sock.h>
#include <net/net_namespace.h>
#include <net/tcp.h>

struct large {
	struct cgroup cgroup;
	struct device device;
	struct gendisk disk;
	struct inet_connection_sock connection;
	struct ipv6_pinfo ipv6;
	struct key key;
	struct net net;
	struct pci_dev pci;
	struct perf_event event;
	struct request_queue queue;
	struct tcp_sock tcp;
	struct tty_struct tty;
	struct user_struct user;
};

struct large *rebtf_large;
EXPORT_SYMBOL_GPL(rebtf_large);

MODULE_DESCRIPTION("Embeds what changes from update to update");
MODULE_LICENSE("Dual BSD/GPL");
