/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* The kfuncs of a header that have no tags in BTF: those in the sets of .BTF_ids. */
#ifndef REBTF_CLI_HEADER_KFUNCS_H
#define REBTF_CLI_HEADER_KFUNCS_H

#include "rebtf.h"

#include "cli/json.h"

struct header_kfuncs {
	uint32_t *ids; /* malloced */
	uint32_t *flags;
	size_t count;
	struct rebtf_kfuncs *of_file; /* or NULL */
	struct rebtf_kfuncs *of_base;
	const struct rebtf_error **errors; /* malloced: why some are missing */
	size_t error_count;
};

void header_kfuncs_release(struct header_kfuncs *kfuncs);

/* Collects those in @kfuncs->of_file, if any, and those of the base of @btf. Errors: NOMEM. */
struct rebtf_error *header_kfuncs_of_one(struct header_kfuncs *kfuncs, const struct rebtf_btf *btf);

/* Collects those of all members of a merged set, with their ids in the merged BTF. Errors: NOMEM. */
struct rebtf_error *header_kfuncs_of_merge(struct header_kfuncs *kfuncs, struct rebtf_set *set,
					   const struct rebtf_merge *merge);

/* Prints on standard error why some are missing. */
void header_kfuncs_print_errors(const struct header_kfuncs *kfuncs);

/* The same as an array. */
struct json_object *header_kfuncs_errors_json(const struct header_kfuncs *kfuncs);

#endif
