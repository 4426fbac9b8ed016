/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Makes BTF from DWARF:
 *
 *   1. Read the units, several at a time. Each thread turns their types into nodes of its own store.
 *   2. Merge the stores, and find the definition of each name in each unit.
 *   3. Write the nodes as types, then functions and variables.
 *   4. Deduplicate, over the base if the file is a module. Sort if requested.
 *
 * The result does not depend on the number of threads.
 */
#ifndef REBTF_ENCODE_ENCODE_H
#define REBTF_ENCODE_ENCODE_H

#include "encode/declarations.h"
#include "encode/features.h"
#include "encode/unit_types.h"

struct encode_options {
	uint32_t features;	   /* enum encode_feature */
	const uint16_t *languages; /* DW_LANG_* of units to leave out */
	size_t language_count;
	const uint16_t *only; /* of all other units; empty: the unit's language does not matter */
	size_t only_count;
	unsigned int jobs;	/* 0: one for each core */
	struct rebtf_btf *base; /* or NULL */
	bool sort;		/* by name: see rebtf_sort() */
	bool inlined;		/* join the BTF with inline BTF: see split/inlined.h */
	/* The functions and variables in the report: */
	bool report_skipped; /* all that have no BTF */
	const char *explain; /* those with this name; or NULL */
};

/* A type or member that BTF cannot express. */
struct encode_loss {
	uint32_t unit; /* the first that has it */
	char *text;    /* malloced: which, and why */
};

DEFINE_VECTOR(encode_loss_vector, struct encode_loss);

/* The parts that the BTF does not have, and why. {} is empty. */
struct encode_report {
	struct encode_skip_vector skips;  /* by unit and offset. A unit has at most SKIPS_KEPT. */
	struct encode_loss_vector losses; /* by unit. A unit has at most SKIPS_KEPT. */
	uint64_t loss_count;
	uint64_t skip_counts[SKIP_REASONS];
	uint32_t unit_count, excluded_units;
	struct fate_vector fates; /* of functions, by name, and of variables */
};

void encode_report_release(struct encode_report *report);

/*
 * Makes BTF of @object. @report may be NULL. The caller releases it, after an error too. Errors:
 * FORMAT, UNSUPPORTED (the DWARF), IO, NOMEM.
 */
struct rebtf_error *encode_object(const struct encode_object *object,
				  const struct encode_options *options,
				  struct encode_report *report, struct rebtf_btf **btf);

#endif
