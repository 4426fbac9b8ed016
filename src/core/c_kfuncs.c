/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Finds kfuncs by their tags, among those that the caller knows, or by name. */
#include <stdlib.h>
#include <string.h>

#include "core/c_kfuncs.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/glob.h"
#include "util/order.h"

/* A flag of a kfunc (include/linux/btf.h in the kernel), of which bpf_fastcall is the tag. */
#define KF_FASTCALL (1u << 12)

static int c_kfuncs_compare(const void *a, const void *b)
{
	const struct c_kfunc *left = a, *right = b;

	return strcmp(left->name, right->name) ?: by_number(left->order, right->order);
}

void c_kfuncs_sort(struct c_kfuncs *kfuncs)
{
	if (kfuncs->count)
		qsort(kfuncs->items, kfuncs->count, sizeof(*kfuncs->items), c_kfuncs_compare);
}

/*
 * Adds each kfunc, in the order of the tags. @attributes: also those with an attribute of the tag's
 * name. @fast: by id, for the other tag of a function.
 */
static void c_kfuncs_tagged(const struct rebtf_btf *btf, uint32_t first, bool attributes,
			    bool *fast, struct c_kfuncs *kfuncs)
{
	for (uint32_t id = 1; id < rebtf_btf_type_count(btf); id++) {
		const struct rebtf_type *t = btf_type(btf, id), *func;
		const char *tag;

		if (rebtf_type_kind(t) != REBTF_KIND_DECL_TAG ||
		    rebtf_decl_tag_component(t) != -1 || (!attributes && rebtf_type_kind_flag(t)))
			continue;
		func = btf_type(btf, t->type);
		if (rebtf_type_kind(func) != REBTF_KIND_FUNC)
			continue;
		tag = btf_string(btf, t->name_off);
		if (!strcmp(tag, "bpf_fastcall"))
			fast[t->type] = true;
		if (strcmp(tag, "bpf_kfunc") != 0 || t->type < first)
			continue;
		c_kfuncs_append(kfuncs, (struct c_kfunc){ .name = btf_string(btf, func->name_off),
							  .id = t->type,
							  .order = id });
	}
	for (size_t i = 0; i < kfuncs->count; i++)
		kfuncs->items[i].is_fast = fast[kfuncs->items[i].id];
}

static struct rebtf_error *c_kfuncs_known(const struct rebtf_btf *btf, uint32_t first,
					  const struct rebtf_header_options *known,
					  struct c_kfuncs *kfuncs)
{
	for (size_t i = 0; known && i < known->known_kfunc_count; i++) {
		uint32_t id = known->known_kfuncs[i];
		uint32_t flags = known->known_kfunc_flags ? known->known_kfunc_flags[i] : 0;
		const struct rebtf_type *t = rebtf_btf_type(btf, id);

		if (!t || rebtf_type_kind(t) != REBTF_KIND_FUNC)
			return error_new(REBTF_ERR_ARGUMENT, "kfunc [%u] is not a function", id);
		if (id >= first)
			c_kfuncs_append(kfuncs,
					(struct c_kfunc){ .name = btf_string(btf, t->name_off),
							  .id = id,
							  .order = id,
							  .is_fast = flags & KF_FASTCALL });
	}
	return NULL;
}

struct rebtf_error *c_kfuncs_add(const struct rebtf_btf *btf, uint32_t first, const char *name,
				 struct c_kfuncs *kfuncs, bool *found)
{
	uint32_t id;

	TRY(btf_find_from(btf, name, REBTF_KIND_FUNC, first, &id));
	*found = id;
	if (id)
		c_kfuncs_append(kfuncs,
				(struct c_kfunc){
					.name = btf_string(btf, btf_type(btf, id)->name_off),
					.id = id });
	return NULL;
}

struct rebtf_error *c_kfuncs_add_named(const struct rebtf_btf *btf, uint32_t first,
				       const char *name, const struct c_kfuncs *all,
				       struct c_kfuncs *kfuncs)
{
	size_t low = 0, high = all->count;
	bool found;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(all->items[middle].name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == all->count || strcmp(all->items[low].name, name) != 0)
		return c_kfuncs_add(btf, first, name, kfuncs, &found);
	for (; low < all->count && !strcmp(all->items[low].name, name); low++)
		c_kfuncs_append(kfuncs, all->items[low]);
	return NULL;
}

/* Moves the kfuncs that a name matches from @all to @kfuncs. */
static struct rebtf_error *c_kfuncs_pick(const struct rebtf_btf *btf, uint32_t first,
					 const char *const *names, size_t name_count,
					 struct c_kfuncs *all, struct c_kfuncs *kfuncs)
{
	for (size_t n = 0; n < name_count; n++) {
		bool found = false;

		for (size_t i = 0; i < all->count; i++) {
			if (!glob_matches(names[n], all->items[i].name))
				continue;
			c_kfuncs_append(kfuncs, all->items[i]);
			found = true;
		}
		if (!found)
			TRY(c_kfuncs_add(btf, first, names[n], kfuncs, &found));
		if (!found)
			return error_new(REBTF_ERR_ARGUMENT, "no kfunc matches '%s'", names[n]);
	}
	return NULL;
}

struct rebtf_error *c_kfuncs_list(const struct rebtf_btf *btf, uint32_t first,
				  const struct rebtf_header_options *known,
				  const char *const *names, size_t name_count,
				  struct c_kfuncs *kfuncs)
{
	_cleanup_(c_kfuncs_release) struct c_kfuncs all = {};
	struct c_kfuncs *into = name_count ? &all : kfuncs;
	_cleanup_free_ bool *fast = calloc(rebtf_btf_type_count(btf), sizeof(*fast));

	if (!fast)
		return error_nomem();
	c_kfuncs_tagged(btf, first, !known, fast, into);
	TRY(c_kfuncs_known(btf, first, known, into));
	TRY(c_kfuncs_pick(btf, first, names, name_count, &all, kfuncs));
	if (all.failed || kfuncs->failed)
		return error_nomem();
	c_kfuncs_sort(kfuncs);
	return NULL;
}
