/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Decides whether new BTF is sorted by name, and how a kernel searches BTF that exists. */
#include <stdio.h>
#include <string.h>

#include "module/built_for.h"
#include "module/elf_file.h"
#include "module/name_order.h"
#include "split/report.h"
#include "split/sort.h"
#include "util/error.h"

/* The first version of Linux that searches names by bisection. */
#define BISECTING_MAJOR 7

/* BTF with fewer types may be sorted by chance. */
#define SORTED_MIN 8

/* The release of the kernel that @module is for, whose BTF may be @base. "": unknown. */
static struct rebtf_error *find_target(const struct rebtf_module *module,
				       const struct rebtf_btf *base, char release[RELEASE_SIZE])
{
	const char *known = module->release ?: base ? base->release : NULL;

	if (!known)
		return error_nomem_only(module_built_for(module, release));
	snprintf(release, RELEASE_SIZE, "%s", known);
	return NULL;
}

static bool release_bisects(const char *release)
{
	unsigned int major;

	return sscanf(release, "%5u.", &major) == 1 && major >= BISECTING_MAJOR;
}

/* ------------------------------------------------------------------------------------------ encoding */

/* Sets @bytes to the first bytes of a section, at most BANNER_MAX. Errors: NOMEM. */
static struct rebtf_error *name_order_read(const struct debug_file *file,
					   const struct elf_section *section,
					   struct file_bytes *bytes)
{
	size_t size = section->size < BANNER_MAX ? (size_t)section->size : BANNER_MAX;

	bytes->data = malloc(size + 1);
	if (!bytes->data)
		return error_nomem();
	if (file->image) {
		memcpy(bytes->data, file->image + section->offset, size);
		bytes->size = size;
	} else {
		bytes->size = file_read_at(file->fd, bytes->data, size, section->offset);
	}
	return NULL;
}

/* The release in a module's version magic, or in the banner of a kernel. "": unknown. */
static struct rebtf_error *find_encoded_release(const struct debug_file *file,
						char release[RELEASE_SIZE])
{
	static const char *const names[] = { ".modinfo", ".rodata" };
	_cleanup_file_bytes_ struct file_bytes modinfo = {}, rodata = {};
	struct elf_section found[2] = {};

	release[0] = '\0';
	TRY(error_nomem_only(elf_find_sections(&file->elf, names, found, 2)));
	if (found[0].index) {
		TRY(name_order_read(file, &found[0], &modinfo));
		modinfo_release(modinfo.data, modinfo.size, release);
	}
	/* A vmlinux can have the .modinfo of its built-in modules, without a version magic. */
	if (!*release && found[1].index) {
		TRY(name_order_read(file, &found[1], &rodata));
		banner_release((struct bytes){ rodata.data, rodata.size }, release);
	}
	return NULL;
}

struct rebtf_error *name_order_of_encoded(enum rebtf_sorting sorting, const struct debug_file *file,
					  const struct rebtf_btf *base, bool *sort)
{
	char release[RELEASE_SIZE];

	*sort = sorting == REBTF_SORT_ALWAYS;
	if (sorting != REBTF_SORT_AUTO)
		return NULL;
	if (!base || !base->release)
		TRY(find_encoded_release(file, release));
	*sort = release_bisects(base && base->release ? base->release : release);
	return NULL;
}

/* --------------------------------------------------------------------------------------- transforms */

/* The module's BTF before the transform, as far as the transform read it. */
static const struct rebtf_btf *old_btf(const struct rebtf_transform *t)
{
	if (t->split)
		return t->split;
	return t->distilled;
}

static struct rebtf_error *is_to_sort(const struct rebtf_transform *t, bool *sort)
{
	const struct rebtf_btf *old = old_btf(t);
	char release[RELEASE_SIZE];

	*sort = t->options.sort == REBTF_SORT_ALWAYS;
	if (t->options.sort != REBTF_SORT_AUTO)
		return NULL;
	TRY(find_target(t->module, t->options.base, release));
	*sort = release_bisects(release) ||
		(old && old->own_count >= SORTED_MIN && rebtf_btf_is_sorted(old));
	return NULL;
}

struct rebtf_error *transform_sort(struct rebtf_transform *t)
{
	_cleanup_free_ uint32_t *new_ids = NULL;
	struct rebtf_btf *sorted;
	bool sort;

	if (!t->btf)
		return NULL;
	TRY(is_to_sort(t, &sort));
	if (!sort || rebtf_btf_is_sorted(t->btf))
		return NULL;
	TRY(sort_types(t->btf, &sorted, &new_ids));
	transform_renumber_localized(t, new_ids);
	rebtf_btf_unref(t->btf);
	t->btf = sorted;
	if (t->form != REBTF_FORM_DISTILLED)
		return NULL;
	rebtf_btf_unref(t->distilled);
	t->distilled = rebtf_btf_ref(sorted);
	return NULL;
}

/* --------------------------------------------------------------------------------- saved originals */

struct saved_order {
	const struct rebtf_btf *saved;
	const struct rebtf_btf *own; /* unchecked: only its own types and strings are known */
	uint32_t start_string;	     /* of own strings, over a base that may be unavailable */
};

/*
 * Whether own type @i can be saved type @s. A name that is a string of the base cannot be compared,
 * because the base may be unavailable.
 */
static bool may_be_saved(const struct saved_order *o, uint32_t i, uint32_t s)
{
	const struct rebtf_type *own = btf_own_type(o->own, i), *saved = btf_own_type(o->saved, s);
	const char *name = btf_string(o->saved, saved->name_off);
	uint32_t off = own->name_off - o->start_string;

	if (own->info != saved->info || !own->name_off != !*name)
		return false;
	if (own->name_off < o->start_string)
		return true;
	return off < o->own->strings_size && !strcmp(o->own->strings + off, name);
}

/* Pairs own types, in their order, with saved types in the order @saved_at; NULL: in their own. */
static bool pair_saved(const struct saved_order *o, const uint32_t *saved_at, uint32_t *order)
{
	uint32_t next = 0;

	for (uint32_t i = 0; i < o->own->own_count; i++) {
		uint32_t s = saved_at && next < o->saved->own_count ? saved_at[next] : next;

		order[i] = UINT32_MAX;
		if (next < o->saved->own_count && may_be_saved(o, i, s)) {
			order[i] = s;
			next++;
		}
	}
	return next == o->saved->own_count;
}

/* The usual case: saved types come first, in their own order. */
static bool is_same_order(const struct saved_order *o)
{
	for (uint32_t i = 0; i < o->saved->own_count; i++) {
		if (i >= o->own->own_count || !may_be_saved(o, i, i))
			return false;
	}
	return true;
}

struct rebtf_error *name_order_of_saved(const struct rebtf_module *module,
					const struct rebtf_btf *saved, uint32_t **order,
					uint32_t *count)
{
	const struct module_section *section = &module->sections[REBTF_SECTION_BTF];
	_cleanup_free_ uint32_t *saved_at = NULL, *found = NULL;
	_cleanup_unref_ struct rebtf_btf *own = NULL;
	struct saved_order o = { .saved = saved, .start_string = module->note.string_end };

	*order = NULL;
	TRY(btf_open_unchecked(section->data, section->size, &own, NULL));
	o.own = own;
	if (is_same_order(&o))
		return NULL;
	TRY(sort_order(saved, &saved_at));
	found = malloc(own->own_count * sizeof(*found) + 1);
	if (!found)
		return error_nomem();
	if (!pair_saved(&o, saved_at, found) && !pair_saved(&o, NULL, found))
		return error_new(REBTF_ERR_FORMAT, "the saved original has other types than .BTF");
	*order = take_ptr(&found);
	*count = own->own_count;
	return NULL;
}

/* ------------------------------------------------------------------------------------------ search */

static struct rebtf_error *find_order(const struct rebtf_module *module, struct rebtf_btf *base,
				      enum rebtf_name_search *search)
{
	_cleanup_unref_ struct rebtf_btf *btf = NULL;

	TRY(rebtf_module_btf(module, base, &btf));
	if (rebtf_btf_is_sorted(btf))
		*search = REBTF_NAME_SEARCH_BISECTION;
	else
		*search = module->container == REBTF_CONTAINER_IMAGE || module->release
				  ? REBTF_NAME_SEARCH_FAILS
				  : REBTF_NAME_SEARCH_LINEAR;
	return NULL;
}

struct rebtf_error *rebtf_module_name_search(const struct rebtf_module *module,
					     struct rebtf_btf *base, const char *kernel,
					     enum rebtf_name_search *search)
{
	char release[RELEASE_SIZE] = "";

	*search = REBTF_NAME_SEARCH_UNKNOWN;
	if (kernel)
		snprintf(release, sizeof(release), "%s", kernel);
	else
		TRY(find_target(module, base, release));
	if (!*release)
		return NULL;
	if (release_bisects(release))
		return find_order(module, base, search);
	*search = REBTF_NAME_SEARCH_OLD;
	return NULL;
}

const char *rebtf_name_search_name(enum rebtf_name_search search)
{
	static const char *const names[] = {
		[REBTF_NAME_SEARCH_UNKNOWN] = "unknown",     [REBTF_NAME_SEARCH_OLD] = "any order",
		[REBTF_NAME_SEARCH_BISECTION] = "bisection", [REBTF_NAME_SEARCH_LINEAR] = "linear",
		[REBTF_NAME_SEARCH_FAILS] = "fails",
	};

	return (size_t)search < sizeof(names) / sizeof(*names) ? names[search] : "unknown";
}
