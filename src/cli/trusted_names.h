/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The names that --trust was given: which of them some module has. One that none has is a slip of
 * the finger, after which less is trusted than the user believes.
 */
#ifndef REBTF_CLI_TRUSTED_NAMES_H
#define REBTF_CLI_TRUSTED_NAMES_H

#include <stdatomic.h>

#include "rebtf.h"

#include "cli/options.h"

struct trusted_names {
	const struct options *options;
	atomic_bool *seen; /* of each name */
	atomic_bool asked; /* some module was looked at */
};

void trusted_names_init(struct trusted_names *names, const struct options *options);

/*
 * Takes note of those that @btf has; nothing if @names is all 0. Threads may call this at once.
 */
void trusted_names_look_for(struct trusted_names *names, const struct rebtf_btf *btf);

/* Complains of those that no module had, and frees the memory. */
void trusted_names_finish(struct trusted_names *names);

#endif
