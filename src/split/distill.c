/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Distilling: what split BTF relies on in its base, recorded in a base of its own that is small and
 * says names and sizes alone. In steps:
 *
 *   1. Follow every reference from the split's types into the base, except into the members of
 *      named structs and unions. What is reached and has a name that a kernel can be searched for
 *      goes into the distilled base; the rest (pointers, typedefs, prototypes, anonymous structs)
 *      joins the split.
 *   2. Write the distilled base.
 *   3. Copy the split's types, and after them those that join it, and renumber all.
 *
 * Both results are numbered in the base's order, as libbpf numbers them.
 */
#include <stdlib.h>
#include <string.h>

#include "split/id_set.h"
#include "split/offset_map.h"
#include "split/rewrite.h"
#include "util/buffer.h"
#include "util/cleanup.h"
#include "util/error.h"

struct distill {
	const struct rebtf_btf *split;
	const struct rebtf_btf *base;
	struct id_set reached;	 /* types of the base; and void, so that it is never met anew */
	struct buffer joining;	 /* uint32_t ids of those that join the split, as they were met */
	uint32_t *ids;		 /* the members of reached, ascending */
	uint32_t *new_ids;	 /* what each becomes, in the same order */
	uint32_t base_count;	 /* types in the distilled base, void included */
	struct buffer types;	 /* of the BTF being written */
	struct buffer places;	 /* uint32_t, as in struct rebtf_btf */
	struct buffer strings;	 /* those that come from the base */
	struct offset_map names; /* from string offsets in the base to those in the results */
	bool overlapping;	 /* so many strings can only be names inside other names */
	uint32_t base_strings;	 /* bytes of strings in the distilled base */
};

static void release(struct distill *d)
{
	id_set_release(&d->reached);
	buffer_release(&d->joining);
	free(d->ids);
	free(d->new_ids);
	buffer_release(&d->types);
	buffer_release(&d->places);
	buffer_release(&d->strings);
	offset_map_release(&d->names);
}

/* Whether relocation could find the type again: by its name, in a kernel. */
static bool goes_to_base(const struct rebtf_btf *btf, const struct rebtf_type *t)
{
	switch (rebtf_type_kind(t)) {
	case REBTF_KIND_INT:
	case REBTF_KIND_FLOAT:
	case REBTF_KIND_FWD:
	case REBTF_KIND_STRUCT:
	case REBTF_KIND_UNION:
	case REBTF_KIND_ENUM:
	case REBTF_KIND_ENUM64:
		return *btf_string(btf, t->name_off);
	default:
		return false;
	}
}

static inline void reach(void *arg, const uint32_t *field)
{
	struct distill *d = arg;
	uint32_t id = *field;

	if (id >= d->split->start_id || !id_set_add(&d->reached, id))
		return;
	if (!goes_to_base(d->base, btf_type(d->base, id)))
		buffer_append(&d->joining, &id, sizeof(id));
}

static struct rebtf_error *unknown_kind(const struct distill *d, uint32_t id)
{
	return btf_error_at(
		error_new(
			REBTF_ERR_UNSUPPORTED,
			"cannot distill: the split refers to this type of its base, whose kind %u is unknown",
			rebtf_type_kind(btf_type(d->base, id))),
		d->base, id);
}

/*
 * A function that joins the split brings its prototype; what refers to anything else could not be
 * opened.
 */
static struct rebtf_error *require_prototype(const struct distill *d, const struct rebtf_type *t,
					     uint32_t id)
{
	if (rebtf_type_kind(btf_type(d->base, t->type)) == REBTF_KIND_FUNC_PROTO)
		return NULL;
	return btf_error_at(error_new(REBTF_ERR_FORMAT,
				      "its prototype, type [%u], is no FUNC_PROTO", t->type),
			    d->base, id);
}

static size_t joining_count(const struct distill *d)
{
	return d->joining.size / sizeof(uint32_t);
}

/* What joins the split is followed in turn; the list of it grows while it is gone through. */
static struct rebtf_error *follow_references(struct distill *d)
{
	id_set_add(&d->reached, 0);
	for (uint32_t i = 0; i < d->split->own_count; i++)
		visit_ids(btf_own_type(d->split, i), reach, d);
	for (size_t i = 0; i < joining_count(d); i++) {
		uint32_t id = ((const uint32_t *)d->joining.data)[i];
		const struct rebtf_type *t = btf_type(d->base, id);

		if (!kind_is_known(rebtf_type_kind(t)))
			return unknown_kind(d, id);
		if (rebtf_type_kind(t) == REBTF_KIND_FUNC)
			TRY(require_prototype(d, t, id));
		visit_ids(t, reach, d);
	}
	return d->joining.failed ? error_nomem() : NULL;
}

/*
 * The distilled base's types come first, then the split's, then those that join it; each in their
 * order.
 */
static struct rebtf_error *number_types(struct distill *d)
{
	const uint32_t joins = UINT32_MAX, *joining = (const uint32_t *)d->joining.data;
	uint32_t next_distilled = 1, next_joining;

	d->ids = id_set_list(&d->reached);
	d->new_ids = calloc(d->reached.count, sizeof(*d->new_ids));
	/*
	 * Names come with the types that were reached, and from the split's own parameters and
	 * members.
	 */
	if (!d->ids || !d->new_ids ||
	    !offset_map_init(&d->names, (size_t)d->reached.count + d->split->own_count / 2))
		return error_nomem();
	for (size_t i = 0; i < joining_count(d); i++)
		d->new_ids[id_set_rank(&d->reached, joining[i])] = joins;
	d->base_count = d->reached.count - joining_count(d);
	next_joining = d->base_count + d->split->own_count;
	for (uint32_t i = 1; i < d->reached.count; i++)
		d->new_ids[i] = d->new_ids[i] == joins ? next_joining++ : next_distilled++;
	return NULL;
}

/* Whether the reached type number @i is one of the distilled base. */
static bool is_distilled(const struct distill *d, uint32_t i)
{
	return d->new_ids[i] < d->base_count;
}

/* Adds the base's string @off, which is in none of the results yet; @pair is for it. */
static uint32_t add_string(struct distill *d, struct offset_pair *pair, uint32_t off,
			   uint32_t start)
{
	const char *s = btf_string(d->base, off);
	size_t size = strlen(s) + 1;
	uint32_t to = start + d->strings.size;

	/* No more strings can come from the base than it has: see finish(). */
	if (d->strings.size + size > (size_t)rebtf_string_end(d->base) + 1)
		d->overlapping = true;
	if (d->overlapping)
		return 0;
	buffer_append(&d->strings, s, size);
	if (!offset_map_add(&d->names, pair, off, to))
		d->strings.failed = true;
	return to;
}

/*
 * Where the base's string @off is in the result, to which it is added if it is new. @start is the
 * offset of d->strings' first byte.
 */
static inline uint32_t bring_string(struct distill *d, uint32_t off, uint32_t start)
{
	struct offset_pair *pair = offset_map_find(&d->names, off);

	return pair->from ? pair->to : add_string(d, pair, off, start);
}

/* The next type to be written stands here. */
static void note_place(struct distill *d)
{
	uint32_t place = d->types.size / sizeof(uint32_t);

	buffer_append(&d->places, &place, sizeof(place));
}

/* What the distilled base says of a type: INT in full, of the others name, kind and size. */
static void write_distilled(struct distill *d, const struct rebtf_type *t)
{
	bool is_int = rebtf_type_kind(t) == REBTF_KIND_INT;
	bool keeps_info = is_int || rebtf_type_kind(t) == REBTF_KIND_FWD ||
			  rebtf_type_kind(t) == REBTF_KIND_FLOAT;
	uint32_t kind = kind_is_enum(rebtf_type_kind(t)) ? REBTF_KIND_ENUM : rebtf_type_kind(t);
	struct rebtf_type distilled = {
		.name_off = bring_string(d, t->name_off, 0),
		.info = keeps_info ? t->info : kind << 24,
		.size = t->size,
	};

	note_place(d);
	buffer_append(&d->types, &distilled, sizeof(distilled));
	if (is_int)
		buffer_append(&d->types, rebtf_type_data(t), sizeof(uint32_t));
}

/*
 * Makes an object of what was written, with @first_strings before those that come from the base,
 * and leaves the buffers empty.
 */
static struct rebtf_error *finish(struct distill *d, const char *first_strings, size_t first_size,
				  struct rebtf_btf *base, struct rebtf_btf **btf)
{
	const struct rebtf_btf *split = d->split;
	size_t layout_size = split->layout_count * sizeof(*split->layout);
	struct btf_parts parts = {
		.types_size = d->types.size,
		.strings_size = first_size + d->strings.size,
		.layout_count = split->layout_count,
		.places = (uint32_t *)d->places.data,
		.own_count = d->places.size / sizeof(uint32_t),
		.big_endian = split->big_endian,
	};
	uint8_t *memory;

	/* Types, layout, strings: the first two keep what follows them aligned. */
	buffer_append(&d->types, split->layout, layout_size);
	buffer_append(&d->types, first_strings, first_size);
	buffer_append(&d->types, d->strings.data, d->strings.size);
	if (d->types.failed || d->strings.failed || d->places.failed)
		return error_nomem();
	if (d->overlapping)
		return error_new(REBTF_ERR_UNSUPPORTED,
				 "cannot distill: in its base, names start inside other names");
	if (d->types.size > UINT32_MAX / 2)
		return error_new(REBTF_ERR_UNSUPPORTED, "distilled, it would be larger than 2 GiB");
	memory = d->types.data;
	parts.memory = memory;
	parts.types = (const uint32_t *)memory;
	if (layout_size)
		parts.layout = (const struct layout_entry *)(memory + parts.types_size);
	parts.strings = (const char *)memory + parts.types_size + layout_size;
	d->types = (struct buffer){};
	d->places = (struct buffer){};
	d->strings.size = 0;
	return btf_assemble(&parts, base, btf);
}

static struct rebtf_error *write_base(struct distill *d, struct rebtf_btf **distilled_base)
{
	/* Room enough for the usual case: no type takes more than an INT, and names are short. */
	buffer_reserve(&d->types, (size_t)d->base_count * 16);
	buffer_reserve(&d->places, (size_t)d->base_count * sizeof(uint32_t));
	buffer_reserve(&d->strings, (size_t)d->base_count * 16);
	buffer_append(&d->strings, "", 1);
	for (uint32_t i = 1; i < d->reached.count; i++) {
		if (is_distilled(d, i))
			write_distilled(d, btf_type(d->base, d->ids[i]));
	}
	d->base_strings = d->strings.size;
	return finish(d, NULL, 0, NULL, distilled_base);
}

static inline void renumber_id(void *arg, const uint32_t *field)
{
	const struct distill *d = arg;
	uint32_t *id = (uint32_t *)field;

	if (*id >= d->split->start_id)
		*id = *id - d->split->start_id + d->base_count;
	else if (*id)
		*id = d->new_ids[id_set_rank(&d->reached, *id)];
}

static inline void renumber_string(void *arg, const uint32_t *field)
{
	struct distill *d = arg;
	uint32_t *off = (uint32_t *)field;

	if (*off && *off >= d->split->start_string)
		*off = *off - d->split->start_string + d->base_strings;
	else if (*off)
		*off = bring_string(d, *off, d->base_strings + d->split->strings_size);
}

static void copy_type(struct distill *d, uint32_t id)
{
	const struct rebtf_btf *owner = btf_of_id(d->base, id);

	note_place(d);
	buffer_append(&d->types, btf_own_type(owner, id - owner->start_id),
		      btf_own_type_size(owner, id - owner->start_id));
}

static struct rebtf_error *write_split(struct distill *d, struct rebtf_btf *distilled_base,
				       struct rebtf_btf **new_split)
{
	const struct rebtf_btf *split = d->split;

	/* Room for all that is known and something more, so that it need not move. */
	buffer_reserve(&d->types, (size_t)split->types_size * 2 + split->strings_size);
	buffer_reserve(&d->places,
		       ((size_t)split->own_count + d->reached.count) * sizeof(*split->places));
	buffer_append(&d->types, split->types, split->types_size);
	buffer_append(&d->places, split->places, split->own_count * sizeof(*split->places));
	for (uint32_t i = 1; i < d->reached.count; i++) {
		if (!is_distilled(d, i))
			copy_type(d, d->ids[i]);
	}
	if (d->types.failed || d->places.failed)
		return error_nomem();
	rewrite_types((uint32_t *)d->types.data, (const uint32_t *)d->places.data,
		      d->places.size / sizeof(uint32_t), renumber_id, renumber_string, d);
	return finish(d, split->strings, split->strings_size, distilled_base, new_split);
}

static struct rebtf_error *distill(struct distill *d, struct rebtf_btf **distilled_base,
				   struct rebtf_btf **new_split)
{
	_cleanup_unref_ struct rebtf_btf *base = NULL;

	if (!id_set_init(&d->reached, d->split->start_id))
		return error_nomem();
	TRY(require_known_kinds(d->split, "distill"));
	TRY(follow_references(d));
	TRY(number_types(d));
	TRY(write_base(d, &base));
	TRY(write_split(d, base, new_split));
	*distilled_base = take_ptr(&base);
	return NULL;
}

struct rebtf_error *rebtf_distill(const struct rebtf_btf *split, struct rebtf_btf **distilled_base,
				  struct rebtf_btf **new_split)
{
	struct distill d = { .split = split, .base = split->base };
	struct rebtf_error *err;

	if (!split->base)
		return error_new(REBTF_ERR_ARGUMENT,
				 "only split BTF can be distilled, and this has no base");
	err = distill(&d, distilled_base, new_split);
	release(&d);
	return err;
}

struct ref_count {
	uint32_t start_id;
	struct id_set refs;
};

static inline void count_ref(void *arg, const uint32_t *id)
{
	struct ref_count *c = arg;

	if (*id && *id < c->start_id)
		id_set_add(&c->refs, *id);
}

struct rebtf_error *rebtf_count_base_refs(const struct rebtf_btf *split, size_t *count)
{
	struct ref_count c = { .start_id = split->start_id };

	if (!id_set_init(&c.refs, split->start_id))
		return error_nomem();
	for (uint32_t i = 0; i < split->own_count; i++)
		visit_ids(btf_own_type(split, i), count_ref, &c);
	*count = c.refs.count;
	id_set_release(&c.refs);
	return NULL;
}
