/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* The input of rebtf dedup: the BTF of one or more files, one after the other. */
#ifndef REBTF_CLI_DEDUP_INPUT_H
#define REBTF_CLI_DEDUP_INPUT_H

#include <stddef.h>

#include "rebtf.h"

/* Starts as { .base = BASE }. */
struct dedup_input {
	struct rebtf_btf *base;	   /* NULL: standalone BTF; not a reference */
	struct rebtf_btf *btf;	   /* of the only blob so far, or of all when finished; or NULL */
	struct rebtf_builder *all; /* of several blobs, or NULL */
	size_t blobs;
	bool renumbered; /* standalone BTF became split */
};

/*
 * Adds the BTF of a module. With a base, standalone BTF becomes split. Errors: those of
 * rebtf_module_btf(), ARGUMENT (distilled BTF).
 */
struct rebtf_error *dedup_input_add(struct dedup_input *input, const struct rebtf_module *module);

/* Sets input->btf to all that was added. */
struct rebtf_error *dedup_input_finish(struct dedup_input *input);

void dedup_input_release(struct dedup_input *input);

#endif
