/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Finds kfuncs by the sets in .BTF_ids. Code registers each set8 as one of kfuncs, or as one of
 * functions that programs of the type fmod_ret may attach to. How to tell them apart depends on the
 * kernel:
 *
 * - Since 6.9, sets of kfuncs have a flag.
 * - Before 6.2, all are sets of kfuncs.
 * - From 6.2 to 6.8, a kernel has at most three other sets, with names that tell so. A module that
 *   registers sets of both kinds may give them any names.
 *
 * Before 6.0, sets of kfuncs look like any others, so they are not found.
 */
#include <string.h>

#include "btf/btf.h"
#include "module/btf_ids_section.h"
#include "module/kfunc_sets.h"
#include "module/module.h"
#include "util/cleanup.h"
#include "util/file.h"
#include "util/hash.h"
#include "util/table.h"

/* ------------------------------------------------------------------------------------------- sets */

static bool kfunc_sets_flagged(const struct btf_ids *ids, const struct btf_id_set *set)
{
	return set->stride == 8 && btf_ids_get(ids, ids->data, set->offset + 4) & BTF_SET8_KFUNCS;
}

static bool kfunc_sets_any_flagged(const struct btf_ids *ids)
{
	for (size_t i = 0; i < ids->set_count; i++) {
		if (kfunc_sets_flagged(ids, &ids->sets[i]))
			return true;
	}
	return false;
}

static bool kfunc_sets_any_set8(const struct btf_ids *ids)
{
	for (size_t i = 0; i < ids->set_count; i++) {
		if (ids->sets[i].stride == 8)
			return true;
	}
	return false;
}

/* For a kernel from 6.2 to 6.8: bpf_test_modify_return_ids, hid_bpf_fmodret_ids, bpf_mptcp_fmodret_ids. */
static bool kfunc_sets_named_fmodret(const struct btf_id_set *set)
{
	return strstr(set->symbol, "modify_return") || strstr(set->symbol, "fmodret") ||
	       strstr(set->symbol, "fmod_ret");
}

/* ---------------------------------------------------------------------------------------- members */

struct kfunc_search {
	const struct btf_ids *ids;
	const struct rebtf_btf *btf;
	struct table names; /* of the functions that symbols name in the current set */
	struct known_kfuncs *found;
	size_t wrong; /* ids of other types */
};

struct kfunc_symbol {
	const struct id_word *words;
	const char *text;
	size_t length;
};

static bool kfunc_symbol_same(const void *key, uint32_t value)
{
	const struct kfunc_symbol *name = key;
	const struct id_word *word = &name->words[value - 1];

	return word->length == name->length && !memcmp(word->name, name->text, name->length);
}

static struct table_slot *kfunc_search_slot(const struct kfunc_search *s, const char *text,
					    size_t length, uint32_t *hash)
{
	const struct kfunc_symbol name = { s->ids->words, text, length };

	*hash = (uint32_t)hash_string(text, length);
	return table_find(&s->names, *hash, kfunc_symbol_same, &name);
}

static struct rebtf_error *kfunc_search_add_names(struct kfunc_search *s,
						  const struct btf_id_set *set)
{
	table_release(&s->names);
	if (!table_reserve(&s->names, set->word_count + 1))
		return error_nomem();
	for (size_t i = set->first; i < set->first + set->word_count; i++) {
		const struct id_word *word = &s->ids->words[i];
		struct table_slot *slot;
		uint32_t hash;

		if (word->kind != REBTF_KIND_FUNC)
			continue;
		slot = kfunc_search_slot(s, word->name, word->length, &hash);
		if (!slot->value && !table_add(&s->names, slot, hash, (uint32_t)i + 1))
			return error_nomem();
	}
	return NULL;
}

/* Resolving sorted the ids of the set, so only their names connect them with symbols. */
static bool kfunc_search_fits(const struct kfunc_search *s, uint32_t id)
{
	const struct rebtf_type *t = rebtf_btf_type(s->btf, id);
	const char *name;
	uint32_t hash;

	if (!t || rebtf_type_kind(t) != REBTF_KIND_FUNC)
		return false;
	name = btf_string(s->btf, t->name_off);
	return kfunc_search_slot(s, name, strlen(name), &hash)->value;
}

static struct rebtf_error *kfunc_search_set(struct kfunc_search *s, const struct btf_id_set *set)
{
	const struct btf_ids *ids = s->ids;

	TRY(kfunc_search_add_names(s, set));
	for (size_t i = 0; i < set->count; i++) {
		uint64_t place = btf_id_set_place(set, i);
		struct rebtf_kfunc kfunc = { .id = btf_ids_get(ids, ids->data, place),
					     .flags = btf_ids_get(ids, ids->data, place + 4) };

		/* The build found no function of that name, or not one of the file itself. */
		if (kfunc.id < s->btf->start_id)
			continue;
		if (kfunc_search_fits(s, kfunc.id))
			known_kfuncs_append(s->found, kfunc);
		else
			s->wrong++;
	}
	return s->found->failed ? error_nomem() : NULL;
}

/* ------------------------------------------------------------------------------------------- list */

static int kfunc_sets_by_id(const void *a, const void *b)
{
	return by_number(((const struct rebtf_kfunc *)a)->id, ((const struct rebtf_kfunc *)b)->id);
}

/* Sorts the list, and joins the flags of a function that is in several sets. */
static void kfunc_sets_sort(struct known_kfuncs *list)
{
	size_t count = 0;

	if (list->count)
		qsort(list->items, list->count, sizeof(*list->items), kfunc_sets_by_id);
	for (size_t i = 0; i < list->count; i++) {
		if (count && list->items[count - 1].id == list->items[i].id)
			list->items[count - 1].flags |= list->items[i].flags;
		else
			list->items[count++] = list->items[i];
	}
	list->count = count;
}

static struct rebtf_error *kfunc_search_sets(struct kfunc_search *s, bool have_flag)
{
	for (size_t i = 0; i < s->ids->set_count; i++) {
		const struct btf_id_set *set = &s->ids->sets[i];
		bool is_wanted = have_flag ? kfunc_sets_flagged(s->ids, set)
					   : set->stride == 8 && !kfunc_sets_named_fmodret(set);

		if (is_wanted)
			TRY(kfunc_search_set(s, set));
	}
	kfunc_sets_sort(s->found);
	if (!s->wrong)
		return NULL;
	return error_new(
		REBTF_ERR_WRONG_BASE,
		"ids of kfuncs are those of other types (found %zu): is the BTF, or its base, that of another file?",
		s->wrong);
}

/* Fills @list. Returns an error also if only some are missing. */
static struct rebtf_error *kfunc_sets_find(const struct btf_ids *ids, const struct rebtf_btf *btf,
					   struct known_kfuncs *list)
{
	struct kfunc_search s = { .ids = ids, .btf = btf, .found = list };
	bool have_flag = kfunc_sets_any_flagged(ids);
	struct rebtf_error *err;

	if (!have_flag && (!ids->register_kfuncs || !kfunc_sets_any_set8(ids)))
		return NULL;
	if (!have_flag && ids->register_fmodret == ID_FUNCTION_IMPORTED)
		return error_new(
			REBTF_ERR_UNSUPPORTED,
			"cannot tell sets of kfuncs from those of functions for fmod_ret programs: the module registers both");
	err = kfunc_search_sets(&s, have_flag);
	table_release(&s.names);
	return err;
}

static bool kfunc_sets_have_tags(const struct rebtf_btf *btf)
{
	for (uint32_t i = 0; i < btf->own_count; i++) {
		if (btf_is_kfunc_tag(btf, btf_own_type(btf, i)))
			return true;
	}
	return false;
}

static struct rebtf_error *kfunc_sets_of_image(const struct file_bytes *image,
					       const struct rebtf_btf *btf,
					       struct known_kfuncs *list)
{
	_cleanup_(btf_ids_release) struct btf_ids ids = {};

	TRY(btf_ids_read_unresolved(image->data, image->size, &ids));
	return kfunc_sets_find(&ids, btf, list);
}

/* A file that cannot be opened any more, or is no ELF file, has no sets. */
static struct rebtf_error *kfunc_sets_of_file(const char *path, const struct rebtf_btf *btf,
					      struct known_kfuncs *list)
{
	_cleanup_(btf_ids_release) struct btf_ids ids = {};
	_cleanup_close_ int fd = -1;
	uint8_t start[SELFMAG];

	TRY(error_nomem_only(file_open(path, &fd)));
	if (fd < 0 || file_read_at(fd, start, sizeof(start), 0) != sizeof(start) ||
	    !elf_detect(start, sizeof(start)))
		return NULL;
	TRY(btf_ids_read_fd(fd, &ids));
	return kfunc_sets_find(&ids, btf, list);
}

/* Makes the list, with an error that explains why some are missing. Errors: NOMEM. */
static struct rebtf_error *kfuncs_new(const struct file_bytes *image, const char *path,
				      const struct rebtf_btf *btf, struct rebtf_kfuncs **kfuncs)
{
	struct rebtf_kfuncs *k = calloc(1, sizeof(*k));

	if (!k)
		return error_nomem();
	if ((image || path) && !kfunc_sets_have_tags(btf))
		k->err = error_at(image ? kfunc_sets_of_image(image, btf, &k->list)
					: kfunc_sets_of_file(path, btf, &k->list),
				  path, rebtf_section_name(REBTF_SECTION_BTF_IDS));
	if (k->err && k->err->code == REBTF_ERR_NOMEM) {
		rebtf_kfuncs_free(k);
		return error_nomem();
	}
	*kfuncs = k;
	return NULL;
}

struct rebtf_error *rebtf_module_kfuncs(const struct rebtf_module *module,
					const struct rebtf_btf *btf, struct rebtf_kfuncs **kfuncs)
{
	bool has_ids = module->sections[REBTF_SECTION_BTF_IDS].data;
	bool is_kernel = module->container == REBTF_CONTAINER_IMAGE;

	return kfuncs_new(has_ids ? &module->image : NULL,
			  has_ids || is_kernel ? module->path : NULL, btf, kfuncs);
}

struct rebtf_error *rebtf_kernel_kfuncs(const struct rebtf_btf *kernel,
					struct rebtf_kfuncs **kfuncs)
{
	return kfuncs_new(NULL, kernel->file, kernel, kfuncs);
}

void kfuncs_move(struct rebtf_kfuncs *kfuncs, const struct rebtf_btf *from,
		 const struct rebtf_btf *to)
{
	for (size_t i = 0; i < kfuncs->list.count; i++)
		kfuncs->list.items[i].id += to->start_id - from->start_id;
}
