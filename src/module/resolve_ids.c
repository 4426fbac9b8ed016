/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Gives the words of .BTF_ids the ids of types, as the kernel's resolve_btfids does when a kernel or
 * a module is built. Each symbol names a type; the first type of that name and kind counts. Words
 * whose type is not found become 0, which is a warning only. Sets are sorted by id, each id with its
 * flags.
 *
 * btf_ids_renew.c does something else: it replaces the ids of a finished module when its BTF changes,
 * and must find out which of the module's and the kernel's types they stood for.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "btf/header.h"
#include "module/id_search.h"
#include "module/resolve_ids.h"
#include "split/string_order.h"
#include "util/bytes.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/options.h"
#include "util/order.h"
#include "util/vec.h"

/* Further warnings are only counted. A hostile file could cause one for each type. */
#define WARNINGS_MAX 1000

/* The kernel's tool refuses a name at more places. */
#define PLACES_MAX 100

DEFINE_VECTOR(warning_vector, struct rebtf_id_warning);

struct rebtf_resolution {
	struct rebtf_btf *btf;
	bool is_distilled;
	uint32_t header_size; /* the least size of the headers of the result */
	uint8_t *data;	      /* malloced; NULL: no section */
	size_t size;
	struct warning_vector warnings;
	size_t warning_count;
};

void rebtf_resolution_free(struct rebtf_resolution *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->warnings.count; i++) {
		free((char *)(uintptr_t)r->warnings.items[i].text);
		free((char *)(uintptr_t)r->warnings.items[i].reason);
	}
	warning_vector_release(&r->warnings);
	rebtf_btf_unref(r->btf);
	free(r->data);
	free(r);
}

/* ---------------------------------------------------------------------------------------- warnings */

static void warn(struct rebtf_resolution *r, char *text, char *reason)
{
	if (!text || !reason)
		r->warnings.failed = true;
	if (!text || !reason ||
	    !warning_vector_append(&r->warnings, (struct rebtf_id_warning){ text, reason })) {
		free(text);
		free(reason);
	}
	r->warning_count++;
}

static char *resolve_text(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Malloced; NULL: no memory. */
static char *resolve_text(const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	va_end(args);
	return text;
}

static void warn_again(void *arg, const struct id_sought *sought, uint32_t id)
{
	struct rebtf_resolution *r = arg;

	if (r->warnings.count >= WARNINGS_MAX) {
		r->warning_count++;
		return;
	}
	warn(r,
	     resolve_text("multiple IDs found for '%.511s': %u, %u - using %u", sought->name,
			  sought->id, id, sought->id),
	     resolve_text(
		     "the BTF has several types %s '%.511s', so the id may be that of another one",
		     rebtf_kind_name(sought->kind), sought->name));
}

static char *reason_for_missing(const struct id_sought *sought)
{
	const char *kind = rebtf_kind_name(sought->kind);

	if (sought->other)
		return resolve_text("the BTF has a %s of this name, but no %s",
				    rebtf_kind_name(sought->other), kind);
	if (sought->kind == REBTF_KIND_FUNC)
		return resolve_text(
			"the BTF has no FUNC of this name: either no code was built for the function, or pahole left it out");
	return resolve_text("the BTF has no %s of this name", kind);
}

static void warn_missing(struct rebtf_resolution *r, const struct id_sought *sought)
{
	if (r->warnings.count >= WARNINGS_MAX) {
		r->warning_count++;
		return;
	}
	warn(r, resolve_text("resolve_btfids: unresolved symbol %.511s", sought->name),
	     reason_for_missing(sought));
}

/* -------------------------------------------------------------------------------------------- names */

/* By kind, then by name in descending order: the order of the kernel's warnings. */
static int ids_by_name(const void *a, const void *b)
{
	const struct rebtf_id *const *left = a, *const *right = b;

	return by_number(id_kind_index((*left)->kind), id_kind_index((*right)->kind))
		       ?: strcmp((*right)->name, (*left)->name)
				  ?: by_number((*left)->offset, (*right)->offset);
}

static int sets_by_name(const void *a, const void *b)
{
	const struct rebtf_id_set *const *left = a, *const *right = b;

	return strcmp((*left)->name, (*right)->name);
}

static struct rebtf_error *require_unique_sets(const struct rebtf_ids *ids)
{
	_cleanup_free_ const struct rebtf_id_set **sets = calloc(ids->set_count + 1, sizeof(*sets));

	if (!sets)
		return error_nomem();
	for (size_t i = 0; i < ids->set_count; i++)
		sets[i] = &ids->sets[i];
	qsort(sets, ids->set_count, sizeof(*sets), sets_by_name);
	for (size_t i = 1; i < ids->set_count; i++) {
		if (!strcmp(sets[i - 1]->name, sets[i]->name))
			return error_new(REBTF_ERR_FORMAT,
					 "two sets have the name '%.255s': rename one of them",
					 sets[i]->name);
	}
	return NULL;
}

/* The names in .BTF_ids, each once, and their words in the same order. */
struct resolve_names {
	const struct rebtf_id **ids;
	struct id_sought *sought;
	size_t sought_count;
};

static void resolve_names_release(struct resolve_names *names)
{
	free(names->ids);
	free(names->sought);
}

static struct rebtf_error *collect_names(const struct rebtf_ids *ids, struct resolve_names *names)
{
	names->ids = calloc(ids->id_count + 1, sizeof(*names->ids));
	names->sought = calloc(ids->id_count + 1, sizeof(*names->sought));
	if (!names->ids || !names->sought)
		return error_nomem();
	for (size_t i = 0; i < ids->id_count; i++)
		names->ids[i] = &ids->ids[i];
	qsort(names->ids, ids->id_count, sizeof(*names->ids), ids_by_name);
	for (size_t i = 0; i < ids->id_count; i++) {
		const struct rebtf_id *id = names->ids[i];
		struct id_sought *last = names->sought_count
						 ? &names->sought[names->sought_count - 1]
						 : NULL;

		if (!last || last->kind != id->kind || strcmp(last->name, id->name) != 0) {
			last = &names->sought[names->sought_count++];
			*last = (struct id_sought){ .name = id->name, .kind = id->kind };
		}
		if (++last->uses > PLACES_MAX)
			return error_new(REBTF_ERR_FORMAT, "more than %u symbols name %s '%.255s'",
					 PLACES_MAX, rebtf_kind_name(id->kind), id->name);
	}
	return NULL;
}

/* ------------------------------------------------------------------------------------------ section */

struct resolve_element {
	uint32_t id;
	uint32_t flags;
	uint32_t place; /* keeps the order of equal ids */
};

static int resolve_by_id(const void *a, const void *b)
{
	const struct resolve_element *left = a, *right = b;

	return by_number(left->id, right->id) ?: by_number(left->place, right->place);
}

/* Writes the count of a set and sorts its ids, each with its flags. */
static struct rebtf_error *sort_set(const struct rebtf_ids *ids, const struct rebtf_id_set *set,
				    uint8_t *data)
{
	_cleanup_free_ struct resolve_element *elements = calloc(set->count + 1, sizeof(*elements));

	if (!elements)
		return error_nomem();
	for (size_t i = 0; i < set->count; i++) {
		const uint8_t *at = data + id_set_place(set, i);

		elements[i] = (struct resolve_element){
			.id = get32(at, ids->big_endian),
			.flags = set->has_flags ? get32(at + 4, ids->big_endian) : 0,
			.place = (uint32_t)i,
		};
	}
	qsort(elements, set->count, sizeof(*elements), resolve_by_id);
	put32(data + set->offset, (uint32_t)set->count, ids->big_endian);
	for (size_t i = 0; i < set->count; i++) {
		uint8_t *at = data + id_set_place(set, i);

		put32(at, elements[i].id, ids->big_endian);
		if (set->has_flags)
			put32(at + 4, elements[i].flags, ids->big_endian);
	}
	return NULL;
}

static struct rebtf_error *make_section(const struct rebtf_ids *ids,
					const struct resolve_names *names,
					struct rebtf_resolution *r)
{
	size_t at = 0;

	r->data = malloc(ids->size);
	if (!r->data)
		return error_nomem();
	r->size = ids->size;
	memcpy(r->data, ids->data, ids->size);
	for (size_t i = 0; i < names->sought_count; i++) {
		for (size_t use = 0; use < names->sought[i].uses; use++)
			put32(r->data + names->ids[at++]->offset, names->sought[i].id,
			      ids->big_endian);
	}
	for (size_t i = 0; i < ids->set_count; i++)
		TRY(sort_set(ids, &ids->sets[i], r->data));
	return NULL;
}

static struct rebtf_error *find_types_of(const struct resolve_names *names,
					 struct rebtf_resolution *r)
{
	struct id_search search;
	struct rebtf_error *err = id_search_init(&search, names->sought, names->sought_count);
	bool complete = true;

	if (!err) {
		id_search_run(&search, r->btf, warn_again, r);
		for (size_t i = 0; i < names->sought_count; i++)
			complete = complete && names->sought[i].id;
		if (!complete)
			id_search_other_kinds(&search, r->btf);
	}
	id_search_release(&search);
	for (size_t i = 0; !err && i < names->sought_count; i++) {
		if (!names->sought[i].id)
			warn_missing(r, &names->sought[i]);
	}
	return err;
}

static struct rebtf_error *resolve_section(const struct rebtf_ids *ids, struct rebtf_resolution *r)
{
	_cleanup_(resolve_names_release) struct resolve_names names = {};

	if (!ids->size)
		return NULL;
	TRY(require_unique_sets(ids));
	TRY(collect_names(ids, &names));
	TRY(find_types_of(&names, r));
	return make_section(ids, &names, r);
}

/* -------------------------------------------------------------------------------------------- steps */

/* Replaces the BTF by @next, if there is one. */
static void resolve_advance(struct rebtf_resolution *r, struct rebtf_btf *next)
{
	if (!next)
		return;
	rebtf_btf_unref(r->btf);
	r->btf = next;
}

static struct rebtf_error *resolve_distill(struct rebtf_resolution *r)
{
	_cleanup_unref_ struct rebtf_btf *distilled_base = NULL;
	struct rebtf_btf *distilled;

	TRY(rebtf_distill(r->btf, &distilled_base, &distilled));
	resolve_advance(r, distilled);
	TRY(string_order(r->btf, &distilled));
	resolve_advance(r, distilled);
	r->is_distilled = true;
	r->header_size = HEADER_SIZE_LAYOUT;
	return NULL;
}

static struct rebtf_error *resolve_steps(const struct rebtf_ids *ids,
					 const struct rebtf_resolve_options *options,
					 struct rebtf_resolution *r)
{
	struct rebtf_btf *next;

	if (options->kfuncs) {
		TRY(resolve_kfuncs(ids, r->btf, &next));
		resolve_advance(r, next);
	}
	if (options->distill && r->btf->base)
		TRY(resolve_distill(r));
	if (options->sort) {
		TRY(rebtf_sort(r->btf, &next));
		resolve_advance(r, next);
	}
	TRY(error_at(resolve_section(ids, r), NULL, rebtf_section_name(REBTF_SECTION_BTF_IDS)));
	return r->warnings.failed ? error_nomem() : NULL;
}

struct rebtf_error *rebtf_resolve_ids(const struct rebtf_ids *ids, const struct rebtf_btf *btf,
				      const struct rebtf_resolve_options *options,
				      struct rebtf_resolution **resolution)
{
	struct rebtf_resolve_options how;
	struct rebtf_resolution *r;
	struct rebtf_error *err;

	TRY(OPTIONS_COPY(rebtf_resolve_options, &how, options));
	if (btf->big_endian != ids->big_endian)
		return error_at(error_new(REBTF_ERR_ARGUMENT,
					  "byte order differs from the BTF (found %s-endian)",
					  ids->big_endian ? "big" : "little"),
				ids->path, NULL);
	r = calloc(1, sizeof(*r));
	if (!r)
		return error_nomem();
	r->btf = rebtf_btf_ref(btf);
	err = error_at(resolve_steps(ids, &how, r), ids->path, NULL);
	if (err)
		rebtf_resolution_free(r);
	else
		*resolution = r;
	return err;
}

/* ------------------------------------------------------------------------------------------- result */

struct rebtf_btf *rebtf_resolution_btf(const struct rebtf_resolution *r)
{
	return r->btf;
}

struct rebtf_btf *rebtf_resolution_distilled_base(const struct rebtf_resolution *r)
{
	return r->is_distilled ? r->btf->base : NULL;
}

struct rebtf_error *rebtf_resolution_write(const struct rebtf_resolution *r,
					   const struct rebtf_btf *btf, void **data, size_t *size)
{
	return btf_write(btf, NULL, r->header_size, data, size);
}

const void *rebtf_resolution_ids(const struct rebtf_resolution *r, size_t *size)
{
	*size = r->size;
	return r->data;
}

size_t rebtf_resolution_warning_count(const struct rebtf_resolution *r)
{
	return r->warning_count;
}

const struct rebtf_id_warning *rebtf_resolution_warning_at(const struct rebtf_resolution *r,
							   size_t index)
{
	return index < r->warnings.count ? &r->warnings.items[index] : NULL;
}
