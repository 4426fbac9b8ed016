/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The base of a batch: the kernel that --base or --kernel name, or else the running kernel, and the
 * modules that further --base name. It is opened at its first use, once for all threads.
 */
#ifndef REBTF_CLI_BASE_H
#define REBTF_CLI_BASE_H

#include <pthread.h>

#include "rebtf.h"

#include "cli/options.h"

struct base {
	const struct options *options;
	pthread_mutex_t lock;	 /* protects opening */
	bool tried;		 /* whether it was opened, or failed for good */
	struct rebtf_btf *btf;	 /* the opened BTF; with @err, maybe incomplete */
	struct rebtf_error *err; /* why it cannot be opened */
};

void base_init(struct base *base, const struct options *options);
void base_release(struct base *base);

/*
 * Sets *@btf to the base. NULL: it cannot be opened, for the reason in @base->err. Errors: NOMEM.
 * Then the next call tries again.
 */
struct rebtf_error *base_get(struct base *base, struct rebtf_btf **btf);

/*
 * As base_get(), but returns false after a message if there is no base. Exception: with --kernel,
 * modules without BTF are no concern of a kernel without BTF. Then *@btf is NULL, and the caller
 * calls base_print_error() if a module needs the base.
 */
bool base_open(struct base *base, struct rebtf_btf **btf);

/* A copy of @base->err, for a file that needs the base. */
struct rebtf_error *base_error(const struct base *base);

/* Prints and frees @base->err. */
void base_print_error(struct base *base);

/*
 * Returns the base if the user named it and it was opened. The running kernel must not decide how
 * ambiguous BTF is read.
 */
struct rebtf_btf *base_named(const struct base *base);

/* Opens the kernel that --old-base names. NULL after a message. */
struct rebtf_btf *base_open_old(const struct options *options);

#endif
