/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Walks over a unit once. The functions that were inlined and their sites come in any order, so both
 * are kept until the end of the unit.
 */
#include <stdlib.h>

#include "encode/ranges.h"
#include "encode/site_location.h"
#include "encode/unit_sites.h"
#include "util/error.h"
#include "util/number_map.h"

/* Sites of a function with more parameters are left out. */
#define SITE_PARAMETERS_MAX 255

#define SITE_NONE UINT32_MAX

/* The source of an inlined function. */
struct site_function {
	struct die_ref type;
	uint32_t name;
	uint32_t first, count; /* its parameters */
	uint32_t proto;	       /* 0: not known yet, or it cannot have one */
	bool is_variadic, is_broken;
};

struct site_parameter {
	struct die_ref type;
	uint32_t name;
	uint32_t function;
};

/* A place where a function was inlined. */
struct raw_site {
	uint64_t pc;
	uint32_t function; /* offset of its DIE in the unit */
	uint32_t first;	   /* its last location plus 1; 0: none */
};

/* The location of a parameter at a site. */
struct raw_location {
	uint32_t next;	    /* the location before it at this site, plus 1; or 0 */
	uint32_t parameter; /* offset of its DIE in the unit */
	uint32_t location;  /* in site_lists.locations */
};

/* A DIE with DIEs inside whose end was not reached. */
struct open_site {
	uint32_t depth;
	uint32_t function, site; /* indices, or SITE_NONE */
};

DEFINE_VECTOR(site_function_vector, struct site_function);
DEFINE_VECTOR(site_parameter_vector, struct site_parameter);
DEFINE_VECTOR(raw_site_vector, struct raw_site);
DEFINE_VECTOR(raw_location_vector, struct raw_location);
DEFINE_VECTOR(open_site_vector, struct open_site);
DEFINE_VECTOR(site_proto_vector, struct node_parameter);

struct unit_sites {
	struct node_store *store;
	const uint64_t *start;
	struct die_filter filter;

	/* The current unit. */
	struct unit_reader *reader;
	struct unit_types *types;
	struct site_function_vector functions;
	struct site_parameter_vector parameters;
	struct raw_site_vector sites;
	struct raw_location_vector locations;
	struct open_site_vector open;
	/* By offset of the DIE in the unit: index plus 1. */
	struct number_map function_at, parameter_at;

	struct site_proto_vector proto;
	struct u32_vector list;

	struct inlined_site_vector found;
	struct site_lists lists;
};

struct rebtf_error *unit_sites_new(struct node_store *store, const uint64_t *start,
				   struct unit_sites **sites)
{
	struct unit_sites *s = calloc(1, sizeof(*s));

	if (!s)
		return error_nomem();
	s->store = store;
	s->start = start;
	die_filter_set(&s->filter, DW_TAG_subprogram, DIE_WANTED);
	die_filter_set(&s->filter, DW_TAG_inlined_subroutine, DIE_WANTED);
	die_filter_set(&s->filter, DW_TAG_formal_parameter, DIE_WANTED | DIE_CLOSED);
	die_filter_set(&s->filter, DW_TAG_unspecified_parameters, DIE_WANTED | DIE_CLOSED);
	/* These have no sites inside. */
	die_filter_set(&s->filter, DW_TAG_structure_type, DIE_CLOSED);
	die_filter_set(&s->filter, DW_TAG_union_type, DIE_CLOSED);
	die_filter_set(&s->filter, DW_TAG_enumeration_type, DIE_CLOSED);
	die_filter_set(&s->filter, DW_TAG_subroutine_type, DIE_CLOSED);
	die_filter_set(&s->filter, DW_TAG_call_site, DIE_CLOSED);
	*sites = s;
	return NULL;
}

void unit_sites_free(struct unit_sites *s)
{
	if (!s)
		return;
	site_function_vector_release(&s->functions);
	site_parameter_vector_release(&s->parameters);
	raw_site_vector_release(&s->sites);
	raw_location_vector_release(&s->locations);
	open_site_vector_release(&s->open);
	number_map_release(&s->function_at);
	number_map_release(&s->parameter_at);
	site_proto_vector_release(&s->proto);
	u32_vector_release(&s->list);
	inlined_site_vector_release(&s->found);
	word_lists_release(&s->lists.locations);
	word_lists_release(&s->lists.protos);
	free(s);
}

static uint32_t site_offset(const struct unit_sites *s, uint64_t offset)
{
	return (uint32_t)(offset - s->reader->unit->offset);
}

/* The DIE that @ref names in the unit, or 0 if it is elsewhere. */
static uint32_t site_target(const struct unit_sites *s, struct die_ref ref)
{
	return ref.place == DIE_IN_UNIT ? site_offset(s, ref.offset) : 0;
}

static bool site_note(struct number_map *map, uint32_t offset, size_t count)
{
	struct table_slot *slot = number_map_find(map, offset);

	return slot->value || number_map_add(map, slot, offset, (uint32_t)count);
}

/* ------------------------------------------------------------------------------------------ walk */

/* The function whose source the DIE describes, for inlining: SITE_NONE for another subprogram. */
static struct rebtf_error *site_add_function(struct unit_sites *s, const struct die *die,
					     uint32_t *index)
{
	struct site_function function = {
		.type = die_ref(die, DIE_TYPE),
		.name = die_string_number(s->store, die_string(die, DIE_NAME)),
		.first = (uint32_t)s->parameters.count,
	};

	*index = SITE_NONE;
	if (!die_number(die, DIE_INLINE, 0) || !function.name)
		return NULL;
	*index = (uint32_t)s->functions.count;
	return site_function_vector_append(&s->functions, function) &&
			       site_note(&s->function_at, site_offset(s, die->offset),
					 s->functions.count)
		       ? NULL
		       : error_nomem();
}

static struct rebtf_error *site_add(struct unit_sites *s, const struct die *die, uint32_t *index)
{
	struct raw_site site = { .function = site_target(s, die_ref(die, DIE_ORIGIN)) };
	bool found;

	*index = SITE_NONE;
	if (!site.function)
		return NULL;
	TRY(die_entry_pc(s->reader, die, &site.pc, &found));
	if (!found)
		return NULL;
	*index = (uint32_t)s->sites.count;
	return raw_site_vector_append(&s->sites, site) ? NULL : error_nomem();
}

static struct rebtf_error *site_add_parameter(struct unit_sites *s, const struct die *die,
					      uint32_t index)
{
	struct site_function *function = &s->functions.items[index];
	struct site_parameter parameter = {
		.type = die_ref(die, DIE_TYPE),
		.name = die_string_number(s->store, die_string(die, DIE_NAME)),
		.function = index,
	};

	/* Those of a function inside it would be between its own. */
	function->is_broken |= !parameter.name || function->count >= SITE_PARAMETERS_MAX ||
			       function->first + function->count != s->parameters.count;
	if (function->is_broken)
		return NULL;
	function->count++;
	return site_parameter_vector_append(&s->parameters, parameter) &&
			       site_note(&s->parameter_at, site_offset(s, die->offset),
					 s->parameters.count)
		       ? NULL
		       : error_nomem();
}

static struct rebtf_error *site_add_location(struct unit_sites *s, const struct die *die,
					     uint32_t index)
{
	struct raw_site *site = &s->sites.items[index];
	struct raw_location raw = {
		.next = site->first,
		.parameter = site_target(s, die_ref(die, DIE_ORIGIN)),
	};
	struct site_location location;

	if (!raw.parameter)
		return NULL;
	TRY(site_location_read(s->reader, die, site->pc, s->start, &location));
	if (!location.count)
		return NULL;
	raw.location = word_lists_add(&s->lists.locations, location.words, location.count);
	if (!raw.location || !raw_location_vector_append(&s->locations, raw))
		return error_nomem();
	site->first = (uint32_t)s->locations.count;
	return NULL;
}

/* The DIE that directly contains one at @depth, if it is a function or site. */
static struct open_site *site_open_at(struct unit_sites *s, uint32_t depth)
{
	struct open_site *top;

	while (s->open.count && s->open.items[s->open.count - 1].depth >= depth)
		s->open.count--;
	top = s->open.count ? &s->open.items[s->open.count - 1] : NULL;
	return top && top->depth + 1 == depth ? top : NULL;
}

static struct rebtf_error *site_look_at(struct unit_sites *s, const struct die *die)
{
	struct open_site *parent = site_open_at(s, die->depth);
	struct open_site open = { die->depth, SITE_NONE, SITE_NONE };

	if (die->tag == DW_TAG_subprogram)
		TRY(site_add_function(s, die, &open.function));
	else if (die->tag == DW_TAG_inlined_subroutine)
		TRY(site_add(s, die, &open.site));
	else if (parent && parent->function != SITE_NONE && die->tag == DW_TAG_formal_parameter)
		return site_add_parameter(s, die, parent->function);
	else if (parent && parent->function != SITE_NONE)
		s->functions.items[parent->function].is_variadic = true;
	else if (parent && parent->site != SITE_NONE && die->tag == DW_TAG_formal_parameter)
		return site_add_location(s, die, parent->site);
	if ((open.function == SITE_NONE && open.site == SITE_NONE) || !die->children)
		return NULL;
	return open_site_vector_append(&s->open, open) ? NULL : error_nomem();
}

static struct rebtf_error *site_walk(struct unit_sites *s)
{
	struct die_cursor cursor;
	struct die die;

	die_cursor_start(&cursor, s->reader, &s->filter, s->reader->unit->first_die);
	while (die_next(&cursor, &die))
		TRY(site_look_at(s, &die));
	return cursor.err;
}

/* -------------------------------------------------------------------------------- end of the unit */

static struct rebtf_error *site_make_proto(struct unit_sites *s, struct site_function *function)
{
	struct node node = {
		.kind = REBTF_KIND_FUNC_PROTO,
		.type = unit_types_node(s->types, function->type),
		.count = function->count + function->is_variadic,
		.first = UINT64_MAX,
	};

	s->proto.count = 0;
	for (uint32_t i = 0; i < function->count; i++) {
		const struct site_parameter *p = &s->parameters.items[function->first + i];

		site_proto_vector_append(&s->proto,
					 (struct node_parameter){
						 p->name, unit_types_node(s->types, p->type) });
	}
	site_proto_vector_append(&s->proto, (struct node_parameter){});
	if (s->proto.failed)
		return error_nomem();
	function->proto = node_store_add(s->store, &node, s->proto.items);
	return function->proto ? NULL : error_nomem();
}

/* Sets s->list to the location of each parameter. */
static bool site_make_list(struct unit_sites *s, const struct raw_site *raw, uint32_t index)
{
	const struct site_function *function = &s->functions.items[index];

	s->list.count = 0;
	for (uint32_t i = 0; i < function->count; i++)
		u32_vector_append(&s->list, 0);
	if (s->list.failed)
		return false;
	for (uint32_t at = raw->first; at; at = s->locations.items[at - 1].next) {
		const struct raw_location *location = &s->locations.items[at - 1];
		uint32_t p = number_map_find(&s->parameter_at, location->parameter)->value;

		if (p && s->parameters.items[p - 1].function == index)
			s->list.items[p - 1 - function->first] = location->location;
	}
	return true;
}

static struct rebtf_error *site_finish(struct unit_sites *s, uint32_t order)
{
	const struct raw_site *raw = &s->sites.items[order];
	uint32_t index = number_map_find(&s->function_at, raw->function)->value;
	struct inlined_site site = { .pc = raw->pc };
	struct site_function *function;

	if (!index)
		return NULL;
	function = &s->functions.items[index - 1];
	if (function->is_broken)
		return NULL;
	if (!function->proto)
		TRY(site_make_proto(s, function));
	if (!site_make_list(s, raw, index - 1))
		return error_nomem();
	site.first = (uint64_t)s->types->unit << 32 | order;
	site.name = function->name;
	site.proto = function->proto;
	site.locations = word_lists_add(&s->lists.protos, s->list.items, s->list.count);
	return site.locations && inlined_site_vector_append(&s->found, site) ? NULL : error_nomem();
}

struct rebtf_error *unit_sites_read(struct unit_sites *s, struct unit_types *types)
{
	s->reader = types->reader;
	s->types = types;
	s->functions.count = s->parameters.count = s->sites.count = 0;
	s->locations.count = s->open.count = 0;
	number_map_release(&s->function_at);
	number_map_release(&s->parameter_at);
	if (!number_map_init(&s->function_at, 64) || !number_map_init(&s->parameter_at, 64))
		return error_nomem();
	TRY(site_walk(s));
	for (uint32_t i = 0; i < s->sites.count; i++)
		TRY(site_finish(s, i));
	return node_store_failed(s->store) ? error_nomem() : NULL;
}

const struct inlined_site_vector *unit_sites_found(const struct unit_sites *s)
{
	return &s->found;
}

const struct site_lists *unit_sites_lists(const struct unit_sites *s)
{
	return &s->lists;
}
