/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Operations on .BTF_ids and the BTF of ELF files (operations.h). */
#include <limits.h>
#include <stdio.h>

#include "operations.h"
#include "util/cleanup.h"
#include "util/error.h"

static void cleanup_ids_open(struct rebtf_ids **ids)
{
	rebtf_ids_free(*ids);
}

static void cleanup_resolution(struct rebtf_resolution **resolution)
{
	rebtf_resolution_free(*resolution);
}

#define _cleanup_ids_	     _cleanup_(cleanup_ids_open)
#define _cleanup_resolution_ _cleanup_(cleanup_resolution)

static void tell_all(struct results *r, const struct rebtf_ids *ids)
{
	for (size_t i = 0; i < rebtf_ids_count(ids); i++) {
		tell_text(r, rebtf_ids_at(ids, i)->name);
		tell_number(r, rebtf_ids_word(ids, rebtf_ids_at(ids, i)->offset));
	}
	for (size_t i = 0; i < rebtf_ids_set_count(ids); i++) {
		const struct rebtf_id_set *set = rebtf_ids_set_at(ids, i);
		uint32_t flags;

		tell_text(r, set->name);
		for (size_t entry = 0; entry < set->count; entry++) {
			tell_number(r, rebtf_ids_entry(ids, set, entry, &flags));
			tell_number(r, flags);
		}
	}
}

static struct rebtf_error *list_ids(const struct world *w, struct results *r)
{
	_cleanup_ids_ struct rebtf_ids *ids = NULL;

	TRY(rebtf_ids_open(w->path, &ids));
	tell_all(r, ids);
	return NULL;
}

static struct rebtf_error *list_ids_of_module(const struct world *w, struct results *r)
{
	_cleanup_ids_ struct rebtf_ids *ids = NULL;
	struct rebtf_module *module;
	struct rebtf_error *err;

	TRY(rebtf_module_open(w->path, NULL, &module));
	err = rebtf_ids_of_module(module, &ids);
	if (!err)
		tell_all(r, ids);
	rebtf_module_free(module);
	return err;
}

static struct rebtf_error *find_kfuncs_of_module(const struct world *w, struct results *r)
{
	struct rebtf_kfuncs *kfuncs = NULL;
	const struct rebtf_kfunc *kfunc;
	struct rebtf_module *module;
	struct rebtf_error *err;

	TRY(rebtf_module_open(w->path, NULL, &module));
	err = rebtf_module_kfuncs(module, w->split, &kfuncs);
	for (size_t i = 0; (kfunc = rebtf_kfuncs_at(kfuncs, i)); i++) {
		tell_number(r, kfunc->id);
		tell_number(r, kfunc->flags);
	}
	if (rebtf_kfuncs_error(kfuncs))
		tell_text(r, rebtf_error_message(rebtf_kfuncs_error(kfuncs)));
	rebtf_kfuncs_free(kfuncs);
	rebtf_module_free(module);
	return err;
}

static struct rebtf_error *search_names(const struct world *w, struct results *r)
{
	enum rebtf_name_search search;
	struct rebtf_module *module;
	struct rebtf_error *err;

	TRY(rebtf_module_open(w->path, NULL, &module));
	err = rebtf_module_name_search(module, w->base, "7.2", &search);
	rebtf_module_free(module);
	if (!err)
		tell_text(r, rebtf_name_search_name(search));
	return err;
}

static struct rebtf_error *open_elf_btf(const struct world *w, struct results *r)
{
	return rebtf_btf_open_elf(w->path, w->base, &r->btf[0]);
}

static struct rebtf_error *tell_resolution(struct results *r,
					   const struct rebtf_resolution *resolved)
{
	const struct rebtf_btf *base = rebtf_resolution_distilled_base(resolved);
	const struct rebtf_id_warning *warning;
	const void *data;
	size_t size;

	data = rebtf_resolution_ids(resolved, &size);
	tell(r, data, size);
	tell_number(r, rebtf_resolution_warning_count(resolved));
	for (size_t i = 0; (warning = rebtf_resolution_warning_at(resolved, i)); i++) {
		tell_text(r, warning->text);
		tell_text(r, warning->reason);
	}
	r->btf[0] = rebtf_btf_ref(rebtf_resolution_btf(resolved));
	return rebtf_resolution_write(resolved, base ?: r->btf[0], &r->data, &r->size);
}

static struct rebtf_error *resolve(const struct world *w, struct results *r,
				   const struct rebtf_resolve_options *options)
{
	_cleanup_resolution_ struct rebtf_resolution *resolved = NULL;
	_cleanup_ids_ struct rebtf_ids *ids = NULL;

	TRY(rebtf_ids_open(w->path, &ids));
	TRY(rebtf_resolve_ids(ids, w->split, options, &resolved));
	return tell_resolution(r, resolved);
}

static struct rebtf_error *resolve_only(const struct world *w, struct results *r)
{
	return resolve(w, r, NULL);
}

static struct rebtf_error *resolve_all(const struct world *w, struct results *r)
{
	REBTF_OPTIONS(rebtf_resolve_options, options, .kfuncs = true, .sort = true);

	return resolve(w, r, &options);
}

static struct rebtf_error *resolve_distilled(const struct world *w, struct results *r)
{
	REBTF_OPTIONS(rebtf_resolve_options, options, .kfuncs = true, .distill = true,
		      .sort = true);

	return resolve(w, r, &options);
}

static struct rebtf_error *resolve_into_files(const struct world *w, struct results *r)
{
	REBTF_OPTIONS(rebtf_resolve_options, options, .distill = true);
	_cleanup_resolution_ struct rebtf_resolution *resolved = NULL;
	_cleanup_ids_ struct rebtf_ids *ids = NULL;
	char elf[PATH_MAX];

	(void)r;
	TRY(rebtf_ids_open(w->path, &ids));
	TRY(rebtf_resolve_ids(ids, w->split, &options, &resolved));
	snprintf(elf, sizeof(elf), "%s/resolved.ko", w->directory);
	return rebtf_resolution_write_files(resolved, elf);
}

/* With the bytes that are there, so that the file stays the same. */
static struct rebtf_error *patch_ids(const struct world *w, struct results *r)
{
	_cleanup_resolution_ struct rebtf_resolution *resolved = NULL;
	_cleanup_ids_ struct rebtf_ids *ids = NULL;
	_cleanup_free_ uint32_t *words = NULL;
	size_t size;

	(void)r;
	TRY(rebtf_ids_open(w->path, &ids));
	TRY(rebtf_resolve_ids(ids, w->split, NULL, &resolved));
	if (!rebtf_resolution_ids(resolved, &size))
		return NULL;
	words = malloc(size);
	if (!words)
		return error_nomem();
	for (size_t i = 0; i < size / 4; i++)
		words[i] = rebtf_ids_word(ids, 4 * i);
	/* Numbers of the host are the file's only in its byte order. */
	if (rebtf_btf_is_big_endian(w->split) != (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__))
		return NULL;
	return rebtf_ids_patch(w->path, words, size / 4 * 4);
}

#define NEEDS_FILE_AND_SPLIT (NEEDS_FILE | NEEDS_SPLIT)

const struct operation id_operations[] = {
	{ "list the ids of a file", NEEDS_FILE | READS_IDS, list_ids },
	{ "list a module's ids", NEEDS_FILE | READS_IDS, list_ids_of_module },
	{ "find a module's kfuncs", NEEDS_FILE_AND_SPLIT | READS_IDS, find_kfuncs_of_module },
	{ "find how a kernel searches names", NEEDS_FILE, search_names },
	{ "open the BTF of an ELF file", NEEDS_FILE, open_elf_btf },
	{ "resolve ids", NEEDS_FILE_AND_SPLIT | READS_IDS, resolve_only },
	{ "resolve ids of sorted BTF", NEEDS_FILE_AND_SPLIT | READS_IDS, resolve_all },
	{ "resolve ids of distilled BTF", NEEDS_FILE_AND_SPLIT | READS_IDS, resolve_distilled },
	{ "write resolved ids into files", NEEDS_FILE_AND_SPLIT | READS_IDS, resolve_into_files },
	{ "patch ids", NEEDS_FILE_AND_SPLIT | READS_IDS, patch_ids },
	{},
};
