/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Appends the types of a set's members to one another. The kernel's types keep their ids and strings:
 * they are those of the base, or come first. So only a module's own ids and strings need new values.
 */
#include <stdlib.h>

#include "btf/build.h"
#include "btf/reference.h"
#include "core/merge.h"
#include "util/error.h"

struct merge_append {
	struct rebtf_builder *builder;
	const struct rebtf_btf *btf;
	uint32_t add_to_ids;
};

static inline uint32_t merge_new_id(const void *arg, uint32_t id)
{
	const struct merge_append *a = arg;

	return id < a->btf->start_id ? id : id + a->add_to_ids;
}

static inline uint32_t merge_new_string(void *arg, uint32_t off)
{
	const struct merge_append *a = arg;

	return off < a->btf->start_string ? off : builder_source_string(a->builder, off);
}

/* Names inside other names would make the result much larger than its members. */
static struct rebtf_error *merge_require_whole_names(const struct rebtf_btf *btf)
{
	for (uint32_t i = 0; i < btf->own_count; i++) {
		struct rebtf_field_iter it;
		const uint32_t *off;

		rebtf_field_iter_init(&it, btf_own_type(btf, i), REBTF_FIELD_STRINGS);
		while ((off = rebtf_field_iter_next(&it))) {
			if (!btf_string_is_whole(btf, *off))
				return btf_error_at(
					error_new(REBTF_ERR_UNSUPPORTED,
						  "cannot merge: a name is a part of another"),
					btf, btf->start_id + i);
		}
	}
	return NULL;
}

static struct rebtf_error *merge_check(const struct rebtf_btf *btf)
{
	TRY(btf_require_known_kinds(btf, "merge"));
	return merge_require_whole_names(btf);
}

/*
 * Checks a module's BTF. Opening split BTF checks only the references of its last types at first.
 * In a result that is split too, other types are the last.
 */
static struct rebtf_error *merge_check_member(const struct rebtf_btf *btf, bool split)
{
	TRY(merge_check(btf));
	return split ? reference_find_odd(btf) : NULL;
}

/* The builder keeps the first error until the end. */
static void merge_append_own(struct rebtf_builder *b, const struct rebtf_btf *btf,
			     struct merge_span *span)
{
	struct merge_append a = { b, btf, 0 };

	span->first = b->start_id + builder_count(b);
	a.add_to_ids = span->first - btf->start_id;
	if (!builder_set_source(b, btf, btf->own_count, false))
		return;
	builder_make_room(b, btf->types_size, btf->own_count);
	for (uint32_t i = 0; i < btf->own_count && !b->err; i++)
		builder_append_type(b, btf, btf->start_id + i);
	if (b->err)
		return;
	span->count = btf->own_count;
	builder_map(b, span->first - b->start_id, builder_count(b), merge_new_id, merge_new_string,
		    &a);
}

static struct rebtf_error *merge_append_member(struct merge_input *input, struct rebtf_set *set,
					       struct rebtf_builder *b, size_t member, bool split)
{
	struct merge_span *span = &input->spans[member];
	const struct rebtf_btf *btf;

	TRY(rebtf_set_btf(set, member, &btf));
	if (!btf)
		return NULL;
	span->reason = error_at(merge_check_member(btf, split), rebtf_set_path(set, member),
				".BTF");
	if (!span->reason)
		merge_append_own(b, btf, span);
	return NULL;
}

static void merge_start(struct rebtf_builder *b, const struct rebtf_btf *kernel, bool split,
			struct merge_span *span)
{
	builder_start_like(b, split ? btf_mutable(kernel) : kernel->base, kernel, "merge");
	if (split)
		return;
	builder_keep_own(b, kernel);
	*span = (struct merge_span){ .first = kernel->start_id, .count = kernel->own_count };
}

static struct rebtf_error *merge_append_all(struct merge_input *input, struct rebtf_set *set,
					    bool split)
{
	const struct rebtf_btf *kernel;
	struct rebtf_error *err = NULL;
	struct rebtf_builder b;

	/* Without the kernel, no type of a module has a meaning. */
	TRY(rebtf_set_btf(set, SET_KERNEL, &kernel));
	TRY(merge_check(kernel));
	TRY(rebtf_set_load(set));
	merge_start(&b, kernel, split, &input->spans[SET_KERNEL]);
	for (size_t member = 1; !err && member < input->members; member++)
		err = merge_append_member(input, set, &b, member, split);
	if (!err)
		err = builder_assemble(&b, &input->btf);
	builder_release(&b);
	return err;
}

struct rebtf_error *merge_input_init(struct merge_input *input, struct rebtf_set *set, bool split)
{
	*input = (struct merge_input){ .members = rebtf_set_count(set) };
	input->spans = calloc(input->members, sizeof(*input->spans));
	return input->spans ? merge_append_all(input, set, split) : error_nomem();
}

void merge_input_release(struct merge_input *input)
{
	for (size_t i = 0; input->spans && i < input->members; i++)
		rebtf_error_free(input->spans[i].reason);
	free(input->spans);
	rebtf_btf_unref(input->btf);
	*input = (struct merge_input){};
}
