/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Writes sites in the order of the units, so that threads have no influence on the ids. */
#include <stdlib.h>
#include <string.h>

#include "encode/section_index.h"
#include "encode/sites.h"
#include "util/order.h"
#include "verify/verify.h"

/* ---------------------------------------------------------------------------------------- gather */

/* Copies all lists of @from. @map, if it is not NULL, has the new numbers of their words. */
static struct rebtf_error *sites_copy_lists(struct word_lists *to, const struct word_lists *from,
					    const uint32_t *map, uint32_t **numbers)
{
	struct u32_vector list = {};
	bool failed;

	*numbers = calloc((size_t)word_lists_count(from) + 1, sizeof(**numbers));
	failed = !*numbers;
	for (uint32_t number = 1; !failed && number <= word_lists_count(from); number++) {
		uint32_t count;
		const uint32_t *words = word_lists_get(from, number, &count);

		list.count = 0;
		for (uint32_t i = 0; i < count; i++)
			u32_vector_append(&list, map ? map[words[i]] : words[i]);
		(*numbers)[number] = list.failed ? 0 : word_lists_add(to, list.items, count);
		failed = !(*numbers)[number];
	}
	u32_vector_release(&list);
	return failed ? error_nomem() : NULL;
}

struct rebtf_error *sites_gather(struct sites *all, const struct unit_sites *collector,
				 const struct node_map *map)
{
	const struct inlined_site_vector *found = unit_sites_found(collector);
	const struct site_lists *lists = unit_sites_lists(collector);
	uint32_t *locations = NULL, *protos = NULL;
	struct rebtf_error *err = sites_copy_lists(&all->lists.locations, &lists->locations, NULL,
						   &locations);

	if (!err)
		err = sites_copy_lists(&all->lists.protos, &lists->protos, locations, &protos);
	for (size_t i = 0; i < found->count && !err; i++) {
		struct inlined_site site = found->items[i];

		site.name = map->strings[site.name];
		site.proto = map->nodes[site.proto];
		site.locations = protos[site.locations];
		if (!inlined_site_vector_append(&all->list, site))
			err = error_nomem();
	}
	free(locations);
	free(protos);
	return err;
}

void sites_release(struct sites *all)
{
	inlined_site_vector_release(&all->list);
	word_lists_release(&all->lists.locations);
	word_lists_release(&all->lists.protos);
}

/* -------------------------------------------------------------------------------------- sections */

bool sites_find_start(const struct encode_object *object, uint64_t *start)
{
	bool found = false;

	if (object->relocatable)
		return false;
	for (size_t i = 0; i < object->symbols.count && !found; i++) {
		*start = object->symbols.items[i].address;
		found = !strcmp(object->symbols.items[i].name, "_text");
	}
	return found;
}

/* Finds the sections of all addresses. */
static bool sites_index_sections(const struct encode_object *object, struct section_index *index)
{
	bool ok = true;

	section_index_init(index, object);
	for (uint32_t i = 0; i < object->sections.count && ok; i++)
		ok = section_index_add(index, i);
	section_index_sort(index);
	return ok;
}

/* ----------------------------------------------------------------------------------------- write */

struct written_site {
	const struct encode_section *section;
	uint32_t func, loc_proto, offset;
};

DEFINE_VECTOR(written_site_vector, struct written_site);

struct sites_writer {
	const struct sites *all;
	struct type_view *view;
	struct condense *condense;
	struct rebtf_builder *builder;
	/* Known types: of FUNCs name and prototype, of LOC_PARAMs size and words, of LOC_PROTOs ids. */
	struct word_lists functions, params, protos;
	struct u32_vector function_ids, param_ids, proto_ids; /* by number of the list, minus 1 */
	struct u32_vector list;
	struct written_site_vector sites;
	bool failed; /* out of memory */
};

static void sites_writer_release(struct sites_writer *w)
{
	word_lists_release(&w->functions);
	word_lists_release(&w->params);
	word_lists_release(&w->protos);
	u32_vector_release(&w->function_ids);
	u32_vector_release(&w->param_ids);
	u32_vector_release(&w->proto_ids);
	u32_vector_release(&w->list);
	written_site_vector_release(&w->sites);
}

/* Whether a kernel accepts the function: it has a name, and no parameter is void. */
static bool sites_is_expressible(const struct sites_writer *w, const struct inlined_site *site)
{
	const struct node *proto = node_store_get(w->view->store, site->proto);
	const struct node_parameter *p = node_parameters(w->view->store, proto);

	for (uint32_t i = 0; i < proto->count; i++) {
		if (!p[i].type && (p[i].name || i + 1 < proto->count))
			return false;
	}
	return is_identifier(node_store_text(w->view->store, site->name));
}

static uint32_t sites_func(struct sites_writer *w, const struct inlined_site *site)
{
	uint32_t key[] = { site->name, condense_id(w->condense, site->proto, w->view->unit) };
	uint32_t number = key[1] ? word_lists_add(&w->functions, key, 2) : 0;

	w->failed |= key[1] && !number;
	if (number > w->function_ids.count)
		u32_vector_append(&w->function_ids,
				  rebtf_builder_func(w->builder,
						     node_store_text(w->view->store, site->name),
						     REBTF_LINKAGE_STATIC, key[1]));
	return number && number <= w->function_ids.count ? w->function_ids.items[number - 1] : 0;
}

/* A value of up to 4 bytes needs only one word of a constant. */
static uint32_t sites_param(struct sites_writer *w, uint32_t location, uint32_t size)
{
	uint32_t count, number, id, key[5] = { size };
	const uint32_t *words = word_lists_get(&w->all->lists.locations, location, &count);

	if (count > 4)
		return 0;
	memcpy(key + 1, words, count * sizeof(*words));
	if (words[0] & REBTF_LOC_CONST && size <= 4)
		count = 2;
	number = word_lists_add(&w->params, key, count + 1);
	w->failed |= !number;
	if (number && number <= w->param_ids.count)
		return w->param_ids.items[number - 1];
	id = rebtf_builder_loc_param(w->builder, size, key[1]);
	for (uint32_t i = 1; i < count; i++)
		rebtf_builder_loc_param_value(w->builder, key[i + 1]);
	u32_vector_append(&w->param_ids, id);
	return id;
}

/* The id of the LOC_PROTO; 0 if no location is known. */
static uint32_t sites_proto(struct sites_writer *w, const struct inlined_site *site)
{
	const struct node *proto = node_store_get(w->view->store, site->proto);
	const struct node_parameter *p = node_parameters(w->view->store, proto);
	uint32_t count, number, id, known = 0;
	const uint32_t *locations = word_lists_get(&w->all->lists.protos, site->locations, &count);

	w->list.count = 0;
	for (uint32_t i = 0; i < count && i < proto->count; i++) {
		uint64_t size = locations[i] ? type_view_size(w->view, p[i].type) : 0;

		id = size ? sites_param(w, locations[i], (uint32_t)size) : 0;
		known |= id;
		u32_vector_append(&w->list, id);
	}
	if (!known || w->list.failed)
		return 0;
	number = word_lists_add(&w->protos, w->list.items, w->list.count);
	w->failed |= !number;
	if (number && number <= w->proto_ids.count)
		return w->proto_ids.items[number - 1];
	id = rebtf_builder_loc_proto(w->builder);
	for (size_t i = 0; i < w->list.count; i++)
		rebtf_builder_loc_proto_param(w->builder, w->list.items[i]);
	u32_vector_append(&w->proto_ids, id);
	return id;
}

static void sites_write_one(struct sites_writer *w, const struct inlined_site *site,
			    const struct encode_section *section)
{
	struct written_site written = { .section = section };

	if (site->pc - section->address > UINT32_MAX || !sites_is_expressible(w, site))
		return;
	w->view->unit = (uint32_t)(site->first >> 32);
	written.func = sites_func(w, site);
	if (!written.func)
		return;
	written.loc_proto = sites_proto(w, site);
	written.offset = (uint32_t)(site->pc - section->address);
	written_site_vector_append(&w->sites, written);
}

/* By section in the file's order. Later, the entries of each LOCSEC are sorted by their new ids. */
static int sites_order_written(const void *a, const void *b)
{
	const struct written_site *x = a, *y = b;

	if (x->section != y->section)
		return x->section < y->section ? -1 : 1;
	return by_number(x->func, y->func) ?: by_number(x->offset, y->offset)
					  ?: by_number(x->loc_proto, y->loc_proto);
}

static bool sites_is_same(const struct written_site *a, const struct written_site *b)
{
	return a->section == b->section && a->func == b->func && a->loc_proto == b->loc_proto &&
	       a->offset == b->offset;
}

static void sites_write_sections(struct sites_writer *w)
{
	const struct written_site *last = NULL;

	if (w->sites.count)
		qsort(w->sites.items, w->sites.count, sizeof(*w->sites.items), sites_order_written);
	for (size_t i = 0; i < w->sites.count; i++) {
		const struct written_site *site = &w->sites.items[i];

		if (!last || last->section != site->section)
			rebtf_builder_locsec(w->builder, site->section->name);
		if (!last || !sites_is_same(last, site))
			rebtf_builder_locsec_loc(w->builder, site->func, site->loc_proto,
						 site->offset);
		last = site;
	}
}

static bool sites_failed(const struct sites_writer *w)
{
	return w->failed || w->function_ids.failed || w->param_ids.failed || w->proto_ids.failed ||
	       w->list.failed || w->sites.failed ||
	       word_lists_count(&w->functions) != w->function_ids.count ||
	       word_lists_count(&w->params) != w->param_ids.count ||
	       word_lists_count(&w->protos) != w->proto_ids.count;
}

static int sites_order(const void *a, const void *b)
{
	const struct inlined_site *x = a, *y = b;

	return by_number(x->first, y->first);
}

struct rebtf_error *sites_write(struct sites *all, const struct encode_object *object,
				struct type_view *view, struct condense *condense,
				struct rebtf_builder *builder)
{
	struct sites_writer w = {
		.all = all, .view = view, .condense = condense, .builder = builder
	};
	struct section_index sections;
	bool failed = !sites_index_sections(object, &sections);

	if (all->list.count)
		qsort(all->list.items, all->list.count, sizeof(*all->list.items), sites_order);
	for (size_t i = 0; i < all->list.count && !failed; i++) {
		const struct inlined_site *site = &all->list.items[i];
		uint32_t section = section_index_find(&sections, site->pc);

		if (section != SECTION_INDEX_NONE)
			sites_write_one(&w, site, &object->sections.items[section]);
		failed = sites_failed(&w);
	}
	if (!failed)
		sites_write_sections(&w);
	section_index_release(&sections);
	sites_writer_release(&w);
	return failed ? error_nomem() : NULL;
}
