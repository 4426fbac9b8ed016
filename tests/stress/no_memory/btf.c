/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Operations on a single BTF object (no_memory.h). */
#include "no_memory.h"

static struct rebtf_error *open_all(struct things *t, struct outcome *outcome)
{
	(void)t;
	TRY(open_bytes(&blobs.base, NULL, &outcome->btf[0]));
	return open_bytes(&blobs.split, outcome->btf[0], &outcome->btf[1]);
}

static struct rebtf_error *write_all(struct things *t, struct outcome *outcome)
{
	REBTF_OPTIONS(rebtf_write_options, options, .byte_order = REBTF_BYTE_ORDER_BIG,
		      .layout = REBTF_LAYOUT_WITH);

	return rebtf_btf_write(t->split, &options, &outcome->data, &outcome->size);
}

static struct rebtf_error *add_text(void *arg, const char *text, size_t size)
{
	tell(arg, text, size);
	return NULL;
}

static struct rebtf_error *dump(struct things *t, struct outcome *outcome)
{
	return rebtf_btf_dump(t->split, add_text, outcome);
}

/* A search for one type has to succeed without memory, too. */
static struct rebtf_error *find_all(struct things *t, struct outcome *outcome)
{
	const struct rebtf_type *type = rebtf_btf_type(t->split, 1);
	uint32_t *ids;
	size_t count;

	for (uint32_t id = 1; id < rebtf_btf_type_count(t->split); id++) {
		const struct rebtf_type *own = rebtf_btf_type(t->split, id);
		uint32_t found = rebtf_btf_find(t->split, rebtf_btf_type_name(t->split, own),
						rebtf_type_kind(own));

		tell(outcome, &found, sizeof(found));
	}
	TRY(rebtf_btf_find_all(t->split, rebtf_btf_type_name(t->split, type), REBTF_ANY_KIND,
			       REBTF_FIND_OWN_FIRST, &ids, &count));
	tell(outcome, ids, count * sizeof(*ids));
	free(ids);
	return NULL;
}

static struct rebtf_error *build(struct things *t, struct outcome *outcome)
{
	struct rebtf_builder *b;

	TRY(rebtf_builder_new(t->base, &b));
	for (uint32_t id = rebtf_btf_start_id(t->split); id < rebtf_btf_type_count(t->split); id++)
		rebtf_builder_copy(b, t->split, id, NULL);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "new", 4);
	rebtf_builder_member(b, "member", 1, 0, 0);
	return rebtf_builder_finish(b, &outcome->btf[0]);
}

/* Types out of order, in two builders, one of which has types that move. */
static struct rebtf_error *append(struct things *t, struct outcome *outcome)
{
	struct rebtf_builder *b, *other;
	struct rebtf_error *err;
	uint32_t id;

	TRY(rebtf_builder_new(t->base, &b));
	err = rebtf_builder_new(t->base, &other);
	if (err) {
		rebtf_builder_free(b);
		return err;
	}
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "first", 4);
	rebtf_builder_struct(other, REBTF_KIND_STRUCT, "new", 4);
	id = rebtf_builder_reserve(other);
	for (uint32_t i = 0; i < 40; i++) {
		rebtf_builder_ref(other, REBTF_KIND_PTR, id);
		rebtf_builder_resume(other, id - 1);
		rebtf_builder_member(other, i % 2 ? "first" : "member", id, 0, 0);
	}
	rebtf_builder_fill(other, id);
	rebtf_builder_fwd(other, "late", false);
	rebtf_builder_append(b, other);
	return rebtf_builder_finish(b, &outcome->btf[0]);
}

static struct rebtf_error *verify(struct things *t, struct outcome *outcome)
{
	const struct rebtf_verify_options options = { .size = sizeof(struct rebtf_verify_options) };
	struct rebtf_violations *violations;
	size_t count;

	TRY(rebtf_verify(blobs.split.data, blobs.split.size, "x", t->base, &options, &violations));
	count = rebtf_violations_count(violations);
	tell(outcome, &count, sizeof(count));
	for (size_t i = 0; i < count; i++) {
		uint32_t id = rebtf_error_type_id(rebtf_violations_at(violations, i));

		tell(outcome, &id, sizeof(id));
	}
	rebtf_violations_free(violations);
	return NULL;
}

void btf_is_opened_written_and_built(void **state)
{
	(void)state;
	try_all(open_all, NULL);
	try_all(write_all, NULL);
	try_all(dump, NULL);
	try_all(find_all, NULL);
	try_all(build, NULL);
	try_all(append, NULL);
	try_all(verify, NULL);
}
