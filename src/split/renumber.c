/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Renumbers standalone BTF as if it were split from a base, for tools that expect split BTF in
 * every module. It refers to no type of that base, so renumbering only copies it and moves its ids
 * and string offsets past the base's.
 */
#include "btf/build.h"
#include "btf/reference.h"
#include "util/error.h"

struct renumbering {
	uint32_t add_to_ids;
	uint32_t add_to_strings;
};

/* Void stays void, and the empty name stays empty. */
static inline uint32_t moved_id(const void *arg, uint32_t id)
{
	const struct renumbering *p = arg;

	return id ? id + p->add_to_ids : 0;
}

static inline uint32_t moved_string(void *arg, uint32_t off)
{
	const struct renumbering *p = arg;

	return off ? off + p->add_to_strings : 0;
}

/* In split BTF, a function without a prototype would be taken as a sign of a wrong base. */
static struct rebtf_error *require_prototypes(const struct rebtf_btf *btf)
{
	for (uint32_t i = 0; i < btf->own_count; i++) {
		const struct rebtf_type *t = btf_own_type(btf, i);

		if (rebtf_type_kind(t) == REBTF_KIND_FUNC && !t->type)
			return btf_error_at(
				error_new(REBTF_ERR_UNSUPPORTED,
					  "cannot renumber: this function has no prototype"),
				btf, btf->start_id + i);
	}
	return NULL;
}

static struct rebtf_error *renumber_check_arguments(const struct rebtf_btf *standalone,
						    const struct rebtf_btf *base)
{
	if (standalone->base)
		return error_new(REBTF_ERR_ARGUMENT,
				 "cannot renumber (found split BTF, expected standalone BTF)");
	if (standalone->big_endian != base->big_endian)
		return error_new(REBTF_ERR_ARGUMENT,
				 "byte order differs from the base (found %s-endian)",
				 standalone->big_endian ? "big" : "little");
	TRY(btf_require_known_kinds(standalone, "renumber"));
	TRY(require_prototypes(standalone));
	/* Other constructs that no compiler emits would also be taken as a sign of a wrong base. */
	return reference_find_odd(standalone);
}

struct rebtf_error *rebtf_renumber(const struct rebtf_btf *standalone, struct rebtf_btf *base,
				   struct rebtf_btf **split)
{
	struct rebtf_builder b;
	struct renumbering p;
	struct rebtf_error *err;

	TRY(renumber_check_arguments(standalone, base));
	p = (struct renumbering){
		.add_to_ids = rebtf_btf_type_count(base) - 1,
		.add_to_strings = rebtf_btf_string_end(base),
	};
	builder_start_like(&b, base, standalone, "renumber");
	builder_keep_own(&b, standalone);
	builder_map(&b, 0, builder_count(&b), moved_id, moved_string, &p);
	err = builder_assemble(&b, split);
	builder_release(&b);
	return err;
}
