/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Shapes of BTF that a clever enemy would send: each makes some loop in some tool long. A shape
 * fills a builder with about as many types as it is told to.
 */
#ifndef REBTF_WORST_SHAPES_H
#define REBTF_WORST_SHAPES_H

#include "rebtf.h"

struct shape {
	const char *name;
	/* @changed: as a later kernel might have it, with other sizes. */
	void (*fill)(struct rebtf_builder *b, uint32_t types, bool changed);
	/* Or NULL: changes the bytes that came of it, to what no builder makes. */
	void (*tangle)(void *data, size_t size);
};

extern const struct shape shapes[];
extern const uint32_t shape_count;

#endif
