/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Joins BTF with the inline BTF over it, and parts the two after a transform. */
#include <stdlib.h>
#include <string.h>

#include "btf/build.h"
#include "btf/reference.h"
#include "split/inlined.h"
#include "util/cleanup.h"
#include "util/error.h"

/* For error messages. */
#define DOING_INLINED "rewrite .BTF.inline"

/* ---------------------------------------------------------------------------------------- join */

static struct rebtf_error *inlined_check(const struct rebtf_btf *btf)
{
	TRY(btf_require_known_kinds(btf, DOING_INLINED));
	for (uint32_t i = 0; i < btf->own_count; i++) {
		if (is_locsec_mark(btf_own_type(btf, i)))
			return btf_error_at(error_new(REBTF_ERR_UNSUPPORTED,
						      "cannot " DOING_INLINED
						      ": invalid size %u of a LOCSEC",
						      LOCSEC_MARK),
					    btf, btf->start_id + i);
	}
	return NULL;
}

static void inlined_write_mark(struct rebtf_type *mark, uint32_t start_id, uint32_t count)
{
	struct rebtf_locsec_entry *entries = (struct rebtf_locsec_entry *)(mark + 1);

	*mark = (struct rebtf_type){
		.info = (uint32_t)REBTF_KIND_LOCSEC << 24 | count,
		.size = LOCSEC_MARK,
	};
	for (uint32_t i = 0; i < count; i++)
		entries[i] = (struct rebtf_locsec_entry){ .func = start_id + i };
}

void inlined_add_mark(struct rebtf_builder *b)
{
	uint32_t first = b->start_id, end = rebtf_builder_next_id(b);
	uint32_t mark = rebtf_builder_locsec(b, NULL);

	if (mark)
		builder_type(b, mark)->size = LOCSEC_MARK;
	for (uint32_t id = first; mark && id < end; id++)
		rebtf_builder_locsec_loc(b, id, 0, 0);
}

/* The places of all types, and of the mark behind them, in words. */
static void inlined_join_places(const struct rebtf_btf *btf, const struct rebtf_btf *inlined,
				uint32_t *places)
{
	uint32_t start = btf->types_size / sizeof(uint32_t);

	for (uint32_t i = 0; i < btf->own_count; i++)
		*places++ = btf->places[i];
	for (uint32_t i = 0; i < inlined->own_count; i++)
		*places++ = start + inlined->places[i];
	*places = start + inlined->types_size / sizeof(uint32_t);
}

struct rebtf_error *inlined_join(const struct rebtf_btf *btf, const struct rebtf_btf *inlined,
				 struct rebtf_btf **joined)
{
	size_t mark = sizeof(struct rebtf_type) +
		      (size_t)btf->own_count * sizeof(struct rebtf_locsec_entry);
	size_t types = (size_t)btf->types_size + inlined->types_size + mark;
	size_t strings = (size_t)btf->strings_size + inlined->strings_size;
	size_t layout = btf->layout_count * sizeof(*btf->layout);
	struct btf_parts parts = {
		.big_endian = btf->big_endian,
		.header_size = btf->header_size,
		.own_count = btf->own_count + inlined->own_count + 1,
	};
	uint8_t *at;

	TRY(inlined_check(btf));
	TRY(inlined_check(inlined));
	/*
	 * Opening .BTF.inline checks only its last types at first, so that another order could show types
	 * that it did not check.
	 */
	TRY(reference_find_odd(inlined));
	if (types > UINT32_MAX || strings > UINT32_MAX || btf->own_count > REBTF_MAX_VLEN)
		return error_new(REBTF_ERR_UNSUPPORTED, "cannot " DOING_INLINED ": too many types");
	at = parts.memory = malloc(types + layout + strings + 1);
	parts.places = malloc(parts.own_count * sizeof(*parts.places));
	if (!at || !parts.places) {
		free(at);
		free(parts.places);
		return error_nomem();
	}
	inlined_join_places(btf, inlined, parts.places);
	parts.types = parts.memory;
	parts.types_size = types;
	at = mempcpy(at, btf->types, btf->types_size);
	at = mempcpy(at, inlined->types, inlined->types_size);
	inlined_write_mark((struct rebtf_type *)at, btf->start_id, btf->own_count);
	at += mark;
	if (layout) {
		parts.layout = (const struct layout_entry *)at;
		parts.layout_count = btf->layout_count;
		at = mempcpy(at, btf->layout, layout);
	}
	parts.strings = (char *)at;
	parts.strings_size = strings;
	if (btf->strings_size)
		at = mempcpy(at, btf->strings, btf->strings_size);
	if (inlined->strings_size)
		memcpy(at, inlined->strings, inlined->strings_size);
	/* Both were checked, and the mark's references are to types that exist. */
	return btf_assemble(&parts, btf->base, joined);
}

/* ---------------------------------------------------------------------------------------- part */

struct inlined_parting {
	const struct rebtf_btf *joined;
	const struct rebtf_type *mark;
	bool *is_inlined;	   /* by own type */
	struct u32_vector staying; /* types that stay, whose references were not followed yet */
	uint32_t *new_ids;	   /* by own type */
	struct rebtf_builder out;
};

static void inlined_release(struct inlined_parting *p)
{
	free(p->is_inlined);
	u32_vector_release(&p->staying);
	free(p->new_ids);
	builder_release(&p->out);
}

static struct rebtf_error *inlined_find_mark(struct inlined_parting *p)
{
	for (uint32_t i = 0; i < p->joined->own_count && !p->mark; i++) {
		if (is_locsec_mark(btf_own_type(p->joined, i)))
			p->mark = btf_own_type(p->joined, i);
	}
	return p->mark ? NULL
		       : error_new(REBTF_ERR_FORMAT, "cannot " DOING_INLINED ": types are missing");
}

static inline void inlined_stay(void *arg, uint32_t id)
{
	struct inlined_parting *p = arg;
	uint32_t i = id - p->joined->start_id;

	if (id < p->joined->start_id || !p->is_inlined[i])
		return;
	p->is_inlined[i] = false;
	u32_vector_append(&p->staying, i);
}

/* All types stay that the mark lists or that such types refer to. */
static struct rebtf_error *inlined_choose(struct inlined_parting *p)
{
	const struct rebtf_btf *joined = p->joined;
	const struct rebtf_locsec_entry *entries = rebtf_locsec_entries(p->mark);

	for (uint32_t i = 0; i < joined->own_count; i++)
		p->is_inlined[i] = btf_own_type(joined, i) != p->mark;
	for (uint32_t i = 0; i < rebtf_type_vlen(p->mark); i++)
		inlined_stay(p, entries[i].func);
	while (p->staying.count)
		visit_ids(btf_own_type(joined, p->staying.items[--p->staying.count]), inlined_stay,
			  p);
	return p->staying.failed ? error_nomem() : NULL;
}

/* First the types that stay, then those of the inline BTF, each in their own order. */
static uint32_t inlined_number(struct inlined_parting *p)
{
	const struct rebtf_btf *joined = p->joined;
	uint32_t next = joined->start_id, staying;

	for (uint32_t i = 0; i < joined->own_count; i++) {
		if (!p->is_inlined[i] && btf_own_type(joined, i) != p->mark)
			p->new_ids[i] = next++;
	}
	staying = next - joined->start_id;
	for (uint32_t i = 0; i < joined->own_count; i++) {
		if (p->is_inlined[i])
			p->new_ids[i] = next++;
	}
	return staying;
}

static inline uint32_t inlined_new_id(const void *arg, uint32_t id)
{
	const struct inlined_parting *p = arg;

	return id < p->joined->start_id ? id : p->new_ids[id - p->joined->start_id];
}

static inline uint32_t inlined_new_string(void *arg, uint32_t off)
{
	struct inlined_parting *p = arg;

	return !off || off < p->joined->start_string ? off : builder_source_string(&p->out, off);
}

static struct rebtf_error *inlined_build(struct inlined_parting *p, bool inlined,
					 struct rebtf_btf **btf)
{
	for (uint32_t i = 0; i < p->joined->own_count; i++) {
		if (p->is_inlined[i] == inlined && btf_own_type(p->joined, i) != p->mark)
			builder_append_type(&p->out, p->joined, p->joined->start_id + i);
	}
	builder_map(&p->out, 0, builder_count(&p->out), inlined_new_id, inlined_new_string, p);
	builder_sort_locations(&p->out);
	return builder_assemble(&p->out, btf);
}

static struct rebtf_error *inlined_make(struct inlined_parting *p,
					const struct rebtf_btf *old_inlined, struct rebtf_btf **btf,
					struct rebtf_btf **inlined)
{
	const struct rebtf_btf *joined = p->joined;
	_cleanup_unref_ struct rebtf_btf *first = NULL;

	p->is_inlined = calloc((size_t)joined->own_count + 1, sizeof(*p->is_inlined));
	p->new_ids = calloc((size_t)joined->own_count + 1, sizeof(*p->new_ids));
	if (!p->is_inlined || !p->new_ids)
		return error_nomem();
	TRY(inlined_find_mark(p));
	TRY(inlined_choose(p));
	builder_start_like(&p->out, joined->base, joined, DOING_INLINED);
	builder_set_source(&p->out, joined, inlined_number(p), true);
	TRY(inlined_build(p, false, &first));
	p->out.like = old_inlined;
	builder_go_on_over(&p->out, first);
	TRY(inlined_build(p, true, inlined));
	*btf = take_ptr(&first);
	return NULL;
}

struct rebtf_error *inlined_part(const struct rebtf_btf *joined,
				 const struct rebtf_btf *old_inlined, struct rebtf_btf **btf,
				 struct rebtf_btf **inlined, uint32_t **new_ids)
{
	struct inlined_parting p = { .joined = joined };
	struct rebtf_error *err = inlined_make(&p, old_inlined, btf, inlined);

	if (!err)
		*new_ids = take_ptr(&p.new_ids);
	inlined_release(&p);
	return err;
}
