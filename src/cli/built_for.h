/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Decides whether modules were built for the kernel that they are read over. Plain split BTF refers
 * to its kernel by number, so over another kernel it would get other types. Before a module is
 * written, its version magic and the other modules of the batch must agree with the base.
 */
#ifndef REBTF_CLI_BUILT_FOR_H
#define REBTF_CLI_BUILT_FOR_H

#include "cli/batch.h"
#include "cli/evidence.h"

/* Shared by all modules of a batch. */
struct built_for {
	const struct options *options;
	struct rebtf_btf *base; /* not a reference; NULL: modules are read without a base */
	struct evidence evidence;
};

/* --any-release, for a verb's argp. */
extern const struct argp built_for_argp;

void built_for_init(struct built_for *b, const struct options *options, struct rebtf_btf *base);
void built_for_release(struct built_for *b);

/* Why a module is considered as built for another base. */
struct refusal {
	const char *section; /* that proves it; or NULL */
	struct rebtf_error *err;
	char message[256]; /* used without @err */
};

/*
 * Whether the verb must stop here with @module, which it is about to read over the base. Then
 * either @result->held is set until the rest of the batch has been examined, or the caller must
 * call refuse_base() with @refusal.
 */
bool built_for_asks(struct built_for *b, const struct rebtf_module *module, enum rebtf_form form,
		    struct result *result, struct refusal *refusal);

/* Makes @result a failure, and releases @refusal. */
void refuse_base(const struct options *options, const struct rebtf_module *module,
		 struct refusal *refusal, struct result *result);

/* Combines both: whether the verb must stop here. @result is then complete. */
bool built_for_stops(struct built_for *b, const struct rebtf_module *module, enum rebtf_form form,
		     struct result *result);

/*
 * Checks that the module's version magic permits @base. Skipped with --any-release. Errors: those
 * of rebtf_module_check_release().
 */
struct rebtf_error *built_for_check(const struct options *options,
				    const struct rebtf_module *module,
				    const struct rebtf_btf *base);

#endif
