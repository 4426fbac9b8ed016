/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* A kernel and the modules that the command line names, as one set. */
#ifndef REBTF_CLI_KERNEL_SET_H
#define REBTF_CLI_KERNEL_SET_H

#include "rebtf.h"

#include "cli/base.h"
#include "cli/json.h"

struct kernel_set {
	struct base base;
	struct rebtf_set *set;
};

/*
 * Opens the base that @options name, and a set of it and the modules in @paths. Returns false after a
 * message. Call kernel_set_close() in any case.
 */
bool kernel_set_open(struct kernel_set *opened, const struct options *options,
		     const char *const *paths, size_t count);
void kernel_set_close(struct kernel_set *opened);

/*
 * Prints why members are left out, grouped by cause. @reason: the reason of a member, or NULL if it is
 * not left out. A module without BTF in a directory has no types to leave out, so it does not count.
 * Returns the number of members that count.
 */
size_t kernel_set_print_left_out(const struct rebtf_set *set,
				 const struct rebtf_error *(*reason)(const void *arg,
								     size_t member),
				 const void *arg);

/* For kernel_set_print_left_out(): the reason of the set, which is @arg. */
const struct rebtf_error *kernel_set_reason(const void *arg, size_t member);

/* The same as an array of errors, each with the member's name as "module". */
struct json_object *kernel_set_left_out_json(const struct rebtf_set *set,
					     const struct rebtf_error *(*reason)(const void *arg,
										 size_t member),
					     const void *arg);

#endif
