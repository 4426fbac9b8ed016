/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Asks the running kernel whether it accepts BTF, like a loader of BPF programs. */
#ifndef REBTF_TESTS_PARITY_LOAD_BTF_H
#define REBTF_TESTS_PARITY_LOAD_BTF_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/* From the kernel's include/uapi/linux/bpf.h. */
#define BPF_BTF_LOAD 18

/*
 * Returns the errno of the load, or 0 if the kernel accepts the BTF. @log: a buffer of @log_size
 * bytes for the kernel's messages, or NULL.
 */
static inline int load_btf(const void *data, size_t size, char *log, size_t log_size)
{
	const struct {
		uint64_t btf;
		uint64_t log_buf;
		uint32_t btf_size;
		uint32_t log_size;
		uint32_t log_level;
		uint32_t unused; /* kernels check that it is 0 */
	} attr = {
		.btf = (uintptr_t)data,
		.btf_size = (uint32_t)size,
		.log_buf = (uintptr_t)log,
		.log_size = (uint32_t)log_size,
		.log_level = log ? 1 : 0,
	};
	int fd = (int)syscall(SYS_bpf, BPF_BTF_LOAD, &attr, sizeof(attr));

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

#endif
