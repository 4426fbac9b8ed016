/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Matches the names of types with names and globs. A name is looked up, a glob visits all types. */
#include <string.h>

#include "core/c_select.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/glob.h"

static bool c_select_has(const struct rebtf_type *t)
{
	uint32_t kind = rebtf_type_kind(t);

	return kind_has_members(kind) || kind == REBTF_KIND_TYPEDEF;
}

static void c_select_glob(const struct rebtf_btf *btf, uint32_t first, const char *glob,
			  struct u32_vector *ids)
{
	for (uint32_t id = first; id < rebtf_btf_type_count(btf); id++) {
		const struct rebtf_type *t = btf_type(btf, id);

		if (t->name_off && c_select_has(t) &&
		    glob_matches(glob, btf_string(btf, t->name_off)))
			u32_vector_append(ids, id);
	}
}

static struct rebtf_error *c_select_name(const struct rebtf_btf *btf, uint32_t first,
					 const char *name, struct u32_vector *ids)
{
	_cleanup_free_ uint32_t *found = NULL;
	size_t count, before = ids->count;
	uint32_t forward = 0;

	TRY(rebtf_btf_find_all(btf, name, REBTF_ANY_KIND, REBTF_FIND_BASES_FIRST, &found, &count));
	for (size_t i = 0; i < count; i++) {
		const struct rebtf_type *t = btf_type(btf, found[i]);

		if (found[i] < first)
			continue;
		if (c_select_has(t))
			u32_vector_append(ids, found[i]);
		else if (rebtf_type_kind(t) == REBTF_KIND_FWD)
			forward = found[i];
	}
	if (ids->count == before && forward)
		u32_vector_append(ids, forward);
	return NULL;
}

struct rebtf_error *c_select(const struct rebtf_btf *btf, uint32_t first, const char *const *names,
			     size_t name_count, struct u32_vector *ids)
{
	for (size_t i = 0; i < name_count; i++) {
		size_t before = ids->count;

		if (strpbrk(names[i], "*?[\\"))
			c_select_glob(btf, first, names[i], ids);
		else
			TRY(c_select_name(btf, first, names[i], ids));
		if (ids->failed)
			return error_nomem();
		if (ids->count == before)
			return error_new(REBTF_ERR_ARGUMENT, "no type matches '%s'", names[i]);
	}
	return NULL;
}
