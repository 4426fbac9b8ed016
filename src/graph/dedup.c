/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Deduplicates BTF in these steps:
 *
 *   1. Copy the types. Strings are entered by their text, so equal names have equal offsets.
 *   2. Add the types of the base that they could equal: those that are referred to, and the structs
 *      and unions with their names, with everything that these consist of. Other types of the base
 *      stand for themselves.
 *   3. Partition the types (partition.h, forward_resolve.h). A type that is in the same block as a
 *      base type becomes that.
 *   4. Look up the other types in the base by their contents, if they refer to base types only.
 *   5. Write the first type of each block.
 */
#include <stdlib.h>
#include <string.h>

#include "btf/build.h"
#include "btf/name_index.h"
#include "btf/reference.h"
#include "btf/string_index.h"
#include "btf/type_index.h"
#include "graph/dedup.h"
#include "graph/dedup_apart.h"
#include "graph/forward_resolve.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/number_map.h"

/* For error messages. */
#define DOING_DEDUP "deduplicate"
/* If names start inside other names, entering them by text can take this much more room. */
#define OVERLAP_MAX 8

/* Strings are longer on average. */
#define STRING_SIZE 16

/*
 * The base's types of a name that was looked up. BASE_ASKED is always set, because 0 in a map means
 * unknown.
 */
enum base_names {
	BASE_ASKED = 1 << 0,
	BASE_FWD_STRUCT = 1 << 1,
	BASE_FWD_UNION = 1 << 2,
	BASE_FWD_ENUM = 1 << 3,
	BASE_STRUCT = 1 << 4,
	BASE_UNION = 1 << 5,
	BASE_ENUM = 1 << 6,
};

struct dedup {
	const struct rebtf_btf *btf;
	uint32_t own_count;
	bool copied; /* own types are in types; otherwise they need no change */
	/* The types, numbered from 1: own types, then types of the base. */
	struct buffer types;
	struct u32_vector places;
	struct rebtf_builder out;     /* the result */
	uint32_t *own_offs;	      /* by offset from the first own string: the new offset */
	struct number_map base_offs;  /* of strings of the base: the first offset of the text */
	struct u32_vector base_ids;   /* of the types after the own types */
	struct number_map base_types; /* from base ids to ids */
	struct number_map base_names; /* from string offsets to enum base_names */
	struct number_map expanded;   /* base ids of named structs and unions to compare */
	struct type_run run;
	struct forward_names forwards;
	struct partition partition;
	uint32_t *block_ids; /* by block: the id in the base or the result, or 0 */
	struct apart_types apart;
	bool failed; /* out of memory */
};

static void dedup_release(struct dedup *d)
{
	buffer_release(&d->types);
	u32_vector_release(&d->places);
	builder_release(&d->out);
	free(d->own_offs);
	number_map_release(&d->base_offs);
	u32_vector_release(&d->base_ids);
	number_map_release(&d->base_types);
	number_map_release(&d->base_names);
	number_map_release(&d->expanded);
	forward_names_release(&d->forwards);
	partition_release(&d->partition);
	free(d->block_ids);
	apart_types_release(&d->apart);
}

/* --- copies */

static uint32_t dedup_base_string(struct dedup *d, uint32_t off)
{
	struct table_slot *slot;
	const char *text;
	uint32_t to;

	if (string_index_is_first(d->btf->base, off))
		return off;
	slot = number_map_find(&d->base_offs, off);
	if (slot->value)
		return slot->value;
	text = btf_string(d->btf, off);
	to = string_set_add(&d->out.strings, text, strlen(text));
	if (to && !number_map_add(&d->base_offs, slot, off, to))
		d->failed = true;
	return to;
}

static inline uint32_t dedup_string(void *arg, uint32_t off)
{
	struct dedup *d = arg;
	uint32_t *to;

	if (!off)
		return 0;
	if (off < d->btf->start_string)
		return dedup_base_string(d, off);
	to = &d->own_offs[off - d->btf->start_string];
	if (!*to) {
		const char *text = d->btf->strings + (off - d->btf->start_string);

		*to = string_set_add(&d->out.strings, text, strlen(text));
	}
	return *to;
}

/* Gives a type of the base a number among the types. It is copied later. */
static uint32_t dedup_add_base_type(struct dedup *d, uint32_t id)
{
	struct table_slot *slot = number_map_find(&d->base_types, id);
	uint32_t number = d->own_count + d->base_ids.count + 1;

	if (slot->value)
		return slot->value;
	u32_vector_append(&d->base_ids, id);
	if (!number_map_add(&d->base_types, slot, id, number))
		d->failed = true;
	return number;
}

struct dedup_copy {
	struct dedup *dedup;
};

static inline uint32_t dedup_id(const void *arg, uint32_t id)
{
	struct dedup *d = ((const struct dedup_copy *)arg)->dedup;

	if (id >= d->btf->start_id)
		return id - d->btf->start_id + 1;
	return id ? dedup_add_base_type(d, id) : 0;
}

static inline uint32_t dedup_copy_string(void *arg, uint32_t off)
{
	return dedup_string(((struct dedup_copy *)arg)->dedup, off);
}

/* Own types whose strings need no change. */
static void dedup_copy_ids(struct dedup *d)
{
	struct dedup_copy copy = { d };

	for (uint32_t i = 0; i < d->own_count; i++)
		map_ids((struct rebtf_type *)((uint32_t *)d->types.data + d->places.items[i]),
			dedup_id, &copy);
}

static struct rebtf_error *dedup_copy_own(struct dedup *d)
{
	struct dedup_copy copy = { d };
	size_t bytes = d->btf->strings_size;

	if (d->btf->unique_strings && !d->btf->base)
		return NULL;
	d->copied = true;
	buffer_append(&d->types, d->btf->types, d->btf->types_size);
	u32_vector_extend(&d->places, d->btf->places, d->own_count);
	if (d->types.failed || d->places.failed)
		return error_nomem();
	if (d->btf->unique_strings) {
		dedup_copy_ids(d);
		return d->failed ? error_nomem() : NULL;
	}
	d->own_offs = calloc(bytes + 1, sizeof(*d->own_offs));
	if (!d->own_offs || !table_reserve(&d->out.strings.offs, bytes / STRING_SIZE))
		return error_nomem();
	for (uint32_t i = 0; i < d->own_count; i++) {
		struct rebtf_type *t =
			(struct rebtf_type *)((uint32_t *)d->types.data + d->places.items[i]);

		map_fields(t, dedup_id, dedup_copy_string, &copy);
		if (d->out.strings.text.size > OVERLAP_MAX * bytes + REBTF_MAX_KINDS)
			return error_new(REBTF_ERR_UNSUPPORTED,
					 "cannot " DOING_DEDUP ": names overlap");
	}
	return d->failed || d->out.strings.full ? error_nomem() : NULL;
}

/* --- types of the base */

static uint32_t dedup_forward_flag(const struct rebtf_type *t)
{
	if (!forward_is_declaration(t))
		return 0;
	if (rebtf_type_kind(t) != REBTF_KIND_FWD)
		return BASE_FWD_ENUM;
	return rebtf_type_kind_flag(t) ? BASE_FWD_UNION : BASE_FWD_STRUCT;
}

/* Adds the structs, unions and enumerations with this name in one object. Notes its forwards. */
static struct rebtf_error *dedup_add_named(struct dedup *d, const struct rebtf_btf *base,
					   uint32_t name_off, uint32_t *flags)
{
	const struct name_index *index;
	struct id_run run;

	TRY(name_index_get(base, INDEX_RELOCATABLE, &index));
	run = name_index_find(base, index, btf_string(d->btf->base, name_off));
	for (size_t i = 0; i < run.count; i++) {
		const struct rebtf_type *t = btf_type(base, run.ids[i]);
		struct table_slot *slot = number_map_find(&d->expanded, run.ids[i]);

		*flags |= dedup_forward_flag(t);
		if (kind_is_composite(rebtf_type_kind(t)))
			*flags |= rebtf_type_kind(t) == REBTF_KIND_UNION ? BASE_UNION : BASE_STRUCT;
		if (kind_is_enum(rebtf_type_kind(t)) && !forward_is_declaration(t))
			*flags |= BASE_ENUM;
		if (!kind_has_members(rebtf_type_kind(t)) && !forward_is_declaration(t))
			continue;
		dedup_add_base_type(d, run.ids[i]);
		if (!slot->value && !number_map_add(&d->expanded, slot, run.ids[i], 1))
			d->failed = true;
	}
	return NULL;
}

/*
 * Looks up the names of own structs, unions, enumerations and forward declarations, each name once.
 */
static struct rebtf_error *dedup_find_named(struct dedup *d)
{
	for (uint32_t id = 1; id <= d->own_count; id++) {
		const struct rebtf_type *t = run_type(&d->run, id);
		struct table_slot *slot;
		uint32_t flags = BASE_ASKED;

		/* A definition or a forward declaration. */
		if (!forward_key(t) || t->name_off >= d->btf->start_string)
			continue;
		slot = number_map_find(&d->base_names, t->name_off);
		if (slot->value)
			continue;
		for (const struct rebtf_btf *base = d->btf->base; base; base = base->base)
			TRY(dedup_add_named(d, base, t->name_off, &flags));
		if (!number_map_add(&d->base_names, slot, t->name_off, flags))
			return error_nomem();
	}
	return NULL;
}

static bool dedup_is_compared(const struct dedup *d, const struct rebtf_type *t, uint32_t id)
{
	uint32_t kind = rebtf_type_kind(t);

	if (!kind_is_known(kind) || kind_layout(kind)->single)
		return false;
	return !btf_is_named_composite(d->btf, t) || number_map_find(&d->expanded, id)->value;
}

/* Copies types of the base. Those that they refer to are added in turn. */
static struct rebtf_error *dedup_copy_base(struct dedup *d)
{
	struct dedup_copy copy = { d };
	const struct rebtf_type other = {};

	for (size_t i = 0; i < d->base_ids.count; i++) {
		uint32_t id = d->base_ids.items[i];
		const struct rebtf_btf *owner = btf_of_id(d->btf, id);
		const struct rebtf_type *t = btf_own_type(owner, id - owner->start_id);
		void *copied;

		u32_vector_append(&d->places, d->types.size / sizeof(uint32_t));
		if (!dedup_is_compared(d, t, id)) {
			buffer_append(&d->types, &other, sizeof(other));
			continue;
		}
		copied = buffer_append(&d->types, t,
				       btf_own_type_size(owner, id - owner->start_id));
		if (copied)
			map_fields(copied, dedup_id, dedup_copy_string, &copy);
	}
	return d->failed || d->types.failed || d->places.failed || d->base_ids.failed ||
			       d->out.strings.full
		       ? error_nomem()
		       : NULL;
}

static void dedup_set_run(struct dedup *d)
{
	const struct rebtf_btf *btf = d->btf;

	if (d->copied)
		d->run = (struct type_run){ (const uint32_t *)d->types.data, d->places.items,
					    d->places.count, d->types.size };
	else
		d->run = (struct type_run){ btf->types, btf->places, btf->own_count,
					    btf->types_size };
}

static struct rebtf_error *dedup_add_base(struct dedup *d)
{
	dedup_set_run(d);
	if (!d->btf->base)
		return NULL;
	TRY(dedup_find_named(d));
	TRY(dedup_copy_base(d));
	dedup_set_run(d);
	return NULL;
}

/* --- the partition */

/*
 * If the base has the same forward declaration, it is that one, because types of the base refer to
 * it. If the base has no definition, but the split BTF has one, types that refer to either are the
 * same as far as the base is concerned.
 */
static enum forward_use dedup_forward_use(const void *arg, const struct rebtf_type *t)
{
	const struct dedup *d = arg;
	uint32_t flags = d->btf->base ? number_map_find(&d->base_names, t->name_off)->value : 0;
	uint32_t defined = rebtf_type_kind(t) != REBTF_KIND_FWD ? BASE_ENUM
			   : rebtf_type_kind_flag(t)		? BASE_UNION
								: BASE_STRUCT;

	if (!(flags & dedup_forward_flag(t)))
		return FORWARD_RESOLVE;
	return flags & defined ? FORWARD_IGNORE : FORWARD_KEEP;
}

static struct rebtf_error *dedup_partition(struct dedup *d)
{
	struct forward_names *f = &d->forwards;

	TRY(forward_names_list(f, &d->run, dedup_forward_use, d));
	f->base_ids = d->base_ids.items;
	f->own_count = d->own_count;
	TRY(partition_init(&d->partition, &d->run, f->by_id, f->by_name));
	return forward_names_resolve(f, &d->partition);
}

/* Returns the id that the type's block has, if any. */
static uint32_t *dedup_block_id(const struct dedup *d, uint32_t id)
{
	uint32_t block = d->forwards.targets[d->partition.block_of[id]];
	uint32_t *found = &d->block_ids[block];

	if (apart_is(&d->apart, id) && *found && *found < d->btf->start_id)
		return &d->apart.ids[block];
	return found;
}

static inline uint32_t dedup_result_id(const void *arg, uint32_t id)
{
	return id ? *dedup_block_id(arg, id) : 0;
}

struct dedup_references {
	const struct dedup *dedup;
	bool only_base;
};

static inline void dedup_check_reference(void *arg, uint32_t id)
{
	struct dedup_references *r = arg;

	r->only_base &= !id || *dedup_block_id(r->dedup, id);
}

static bool dedup_has_own_string(const struct dedup *d, const struct rebtf_type *t)
{
	struct rebtf_field_iter it;
	const uint32_t *off;

	field_iter_init(&it, t, REBTF_FIELD_STRINGS);
	while ((off = field_iter_next(&it))) {
		if (*off >= d->btf->start_string)
			return true;
	}
	return false;
}

/* Finds the type in the base by its contents, if it refers to base types only. */
static struct rebtf_error *dedup_look_up(struct dedup *d, uint32_t id, const struct table *few,
					 struct buffer *words)
{
	struct dedup_references references = { d, true };
	const struct rebtf_type *t = run_type(&d->run, id);
	size_t size = run_type_words(&d->run, id) * sizeof(uint32_t);
	struct rebtf_type *mapped;

	visit_ids(t, dedup_check_reference, &references);
	if (!references.only_base)
		return NULL;
	words->size = 0;
	mapped = buffer_append(words, t, size);
	if (!mapped)
		return error_nomem();
	map_ids(mapped, dedup_result_id, d);
	return type_index_find(d->btf->base, few, mapped, size, dedup_block_id(d, id));
}

/* Whether the base may have the own type, apart from the types that it refers to. */
static bool dedup_may_be_found(const struct dedup *d, uint32_t id)
{
	const struct rebtf_type *t = run_type(&d->run, id);

	return !layout_of(t)->single && !apart_is(&d->apart, id) && !*dedup_block_id(d, id) &&
	       !dedup_has_own_string(d, t);
}

/* Lists the types to look up, in order. */
static struct rebtf_error *dedup_list_sought(const struct dedup *d, struct u32_vector *sought,
					     struct table **few)
{
	_cleanup_free_ struct type_filter *filter = calloc(1, sizeof(*filter));
	const struct partition *p = &d->partition;

	for (uint32_t i = 0; filter && i < p->ordered_count; i++) {
		if (p->ordered[i] > d->own_count || !dedup_may_be_found(d, p->ordered[i]))
			continue;
		u32_vector_append(sought, p->ordered[i]);
		type_filter_add(filter, run_type(&d->run, p->ordered[i]));
	}
	if (!filter || sought->failed)
		return error_nomem();
	return sought->count ? type_index_of_few(d->btf->base, filter, few) : NULL;
}

static struct rebtf_error *dedup_look_up_all(struct dedup *d)
{
	_cleanup_(u32_vector_release) struct u32_vector sought = {};
	struct table *few = NULL;
	struct rebtf_error *err = dedup_list_sought(d, &sought, &few);
	struct buffer words = {};

	for (size_t i = 0; !err && i < sought.count; i++) {
		/* Another type of its block may have been found in the meantime. */
		if (!*dedup_block_id(d, sought.items[i]))
			err = dedup_look_up(d, sought.items[i], few, &words);
	}
	table_free(few);
	buffer_release(&words);
	return err;
}

/* Finds the base type that each block equals. Of several, the lowest. */
static struct rebtf_error *dedup_match_base(struct dedup *d)
{
	d->block_ids = calloc(d->partition.blocks.count + 1, sizeof(*d->block_ids));
	if (!d->block_ids)
		return error_nomem();
	for (size_t i = 0; i < d->base_ids.count; i++) {
		uint32_t *id = dedup_block_id(d, d->own_count + i + 1);

		if (!*id || d->base_ids.items[i] < *id)
			*id = d->base_ids.items[i];
	}
	TRY(apart_types_find(&d->apart, &d->forwards, &d->partition, d->own_count));
	return d->btf->base ? dedup_look_up_all(d) : NULL;
}

/* --- the result */

/* Whether the type is a forward declaration that becomes another type. */
static bool dedup_is_replaced(const struct dedup *d, uint32_t id)
{
	uint32_t block = d->partition.block_of[id];

	return d->forwards.targets[block] != block;
}

/* Writes the first type of each block that the base does not have. */
static struct rebtf_error *dedup_write(struct dedup *d, struct rebtf_btf **result)
{
	builder_make_room_like(&d->out, d->btf, 0);
	for (uint32_t id = 1; id <= d->own_count; id++) {
		uint32_t *new_id = dedup_block_id(d, id), from;

		if (*new_id || dedup_is_replaced(d, id))
			continue;
		from = apart_first(&d->apart, d->partition.block_of[id]) ?: id;
		*new_id = rebtf_builder_next_id(&d->out);
		builder_add(&d->out, run_type(&d->run, from),
			    run_type_words(&d->run, from) * sizeof(uint32_t));
	}
	builder_map_ids(&d->out, dedup_result_id, d);
	TRY(builder_assemble(&d->out, result));
	(*result)->unique_strings = true;
	return NULL;
}

static struct rebtf_error *dedup_make_map(const struct dedup *d, uint32_t **map)
{
	if (!map)
		return NULL;
	*map = malloc(((size_t)d->own_count + 1) * sizeof(**map));
	if (!*map)
		return error_nomem();
	for (uint32_t id = 1; id <= d->own_count; id++)
		(*map)[id - 1] = *dedup_block_id(d, id);
	return NULL;
}

static struct rebtf_error *dedup_make(struct dedup *d, struct rebtf_btf **result, uint32_t **map)
{
	struct rebtf_btf *made;
	struct rebtf_error *err;

	if (!number_map_init(&d->base_offs, 0) || !number_map_init(&d->base_types, 0) ||
	    !number_map_init(&d->base_names, 0) || !number_map_init(&d->expanded, 0))
		return error_nomem();
	builder_start_like(&d->out, d->btf->base, d->btf, DOING_DEDUP);
	if (d->btf->unique_strings)
		builder_keep_strings(&d->out, d->btf);
	TRY(dedup_copy_own(d));
	TRY(dedup_add_base(d));
	TRY(dedup_partition(d));
	TRY(dedup_match_base(d));
	TRY(dedup_write(d, &made));
	err = dedup_make_map(d, map);
	if (err)
		rebtf_btf_unref(made);
	else
		*result = made;
	return err;
}

struct rebtf_error *dedup_types(const struct rebtf_btf *btf, struct rebtf_btf **result,
				uint32_t **map)
{
	struct dedup d = { .btf = btf, .own_count = btf->own_count };
	struct rebtf_error *err;

	TRY(btf_require_known_kinds(btf, DOING_DEDUP));
	/*
	 * Opening split BTF checks only its last types at first, so that without some of them other
	 * types would be the last.
	 */
	if (btf->base)
		TRY(reference_find_odd(btf));
	err = dedup_make(&d, result, map);
	dedup_release(&d);
	return err;
}
