/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Reorders strings by their first use. */
#include "btf/build.h"
#include "split/string_order.h"
#include "util/error.h"

static inline uint32_t string_ordered_id(const void *arg, uint32_t id)
{
	(void)arg;
	return id;
}

/* Strings of the base keep their offsets. */
static inline uint32_t string_ordered_off(void *arg, uint32_t off)
{
	struct rebtf_builder *b = arg;

	return !off || off < b->source->start_string ? off : builder_source_string(b, off);
}

struct rebtf_error *string_order(const struct rebtf_btf *btf, struct rebtf_btf **ordered)
{
	struct rebtf_builder b;
	struct rebtf_error *err;

	TRY(btf_require_known_kinds(btf, "order strings"));
	builder_start_like(&b, btf->base, btf, "order strings");
	builder_append_own_types(&b, btf);
	if (builder_set_source(&b, btf, btf->own_count, true))
		builder_map(&b, 0, builder_count(&b), string_ordered_id, string_ordered_off, &b);
	err = builder_assemble(&b, ordered);
	builder_release(&b);
	return err;
}
