/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Shapes of BTF from a clever attacker: each makes a loop in some tool long. A shape fills a
 * builder with about the requested number of types.
 */
#ifndef REBTF_WORST_SHAPES_H
#define REBTF_WORST_SHAPES_H

#include "rebtf.h"

struct shape {
	const char *name;
	/* @changed: a later kernel's version, with other sizes. */
	void (*fill)(struct rebtf_builder *b, uint32_t types, bool changed);
	/* Changes the resulting bytes in ways that no builder supports, or NULL. */
	void (*tangle)(void *data, size_t size);
};

extern const struct shape shapes[];
extern const uint32_t shape_count;

#endif
