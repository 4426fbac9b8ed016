/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* The results of the programs in traced.bpf.c, which attach.c reads. */
#ifndef TRACED_H
#define TRACED_H

struct traced {
	int process; /* attach.c sets it: other processes are not traced */
	int clones;
	int exit_signal; /* of the new process, read from the kernel's kernel_clone_args */
	int keys;	 /* how often the kernel's kfunc found its key */
	unsigned long long sum;
	unsigned long long arguments; /* of the module's function, added */
};

#endif
