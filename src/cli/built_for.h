/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Whether modules were built for the kernel that they are read over. Plain split BTF refers to its
 * kernel by number, so over another one its types would be others. Before anything is written, a
 * module's version magic, and the other modules of the batch, have to agree with the base.
 */
#ifndef REBTF_CLI_BUILT_FOR_H
#define REBTF_CLI_BUILT_FOR_H

#include "cli/batch.h"
#include "cli/evidence.h"

/* The same for all modules of a batch. */
struct built_for {
	const struct options *options;
	struct rebtf_btf *base; /* not a reference; NULL: modules are read over none */
	struct evidence evidence;
};

/* --any-release, for a verb's argp. */
extern const struct argp built_for_argp;

void built_for_init(struct built_for *b, const struct options *options, struct rebtf_btf *base);
void built_for_release(struct built_for *b);

/* Why a module is not taken to be built for its base. */
struct refusal {
	const char *section; /* which says so; NULL: none does */
	struct rebtf_error *err;
	char message[256]; /* if there is no @err */
};

/*
 * Whether the verb has to stop here with @module, which is about to be read over the base: it is
 * @result->held until the rest of the batch has been looked at, or else to be refused with
 * refuse_base(), which the caller owes to @refusal then.
 */
bool built_for_asks(struct built_for *b, const struct rebtf_module *module, enum rebtf_form form,
		    struct result *result, struct refusal *refusal);

/* Makes @result a failure, and releases @refusal. */
void refuse_base(const struct options *options, const struct rebtf_module *module,
		 struct refusal *refusal, struct result *result);

/* Both at once: whether the verb has to stop here, with all said in @result. */
bool built_for_stops(struct built_for *b, const struct rebtf_module *module, enum rebtf_form form,
		     struct result *result);

/*
 * Whether the module's version magic allows for @base, or nobody asks. Errors: those of
 * rebtf_module_check_release().
 */
struct rebtf_error *built_for_check(const struct options *options,
				    const struct rebtf_module *module,
				    const struct rebtf_btf *base);

#endif
