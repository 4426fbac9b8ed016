/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The names given to --trust. A name that no module has is probably a typo. It would silently
 * weaken the check, so we warn.
 */
#ifndef REBTF_CLI_TRUSTED_NAMES_H
#define REBTF_CLI_TRUSTED_NAMES_H

#include <stdatomic.h>

#include "rebtf.h"

#include "cli/options.h"

struct trusted_names {
	const struct options *options;
	atomic_bool *seen; /* for each name */
	atomic_bool asked; /* some module was examined */
};

void trusted_names_init(struct trusted_names *names, const struct options *options);

/* Records the names that @btf has. Has no effect if @names is zeroed. Thread-safe. */
void trusted_names_look_for(struct trusted_names *names, const struct rebtf_btf *btf);

/* Warns about names that no module had, and frees the memory. */
void trusted_names_finish(struct trusted_names *names);

#endif
