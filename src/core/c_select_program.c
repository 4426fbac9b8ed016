/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Finds the types and functions of a kernel that a BPF program names. */
#include <string.h>

#include "core/c_select.h"
#include "btf/resolve.h"
#include "core/program.h"
#include "core/relo.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/glob.h"

/* Returns the type whose name a relocation looks for: the one behind pointers and qualifiers. */
static const struct rebtf_type *c_select_root(const struct rebtf_btf *btf, uint32_t id)
{
	const struct rebtf_type *t = btf_type(btf, id);

	for (int links = 0; links < RESOLVE_TYPES_MAX && !t->name_off; links++) {
		if (!resolve_step(t, FAMILY_ALIAS | FAMILY_POINTER | FAMILY_ARRAY, &id))
			break;
		t = btf_type(btf, id);
	}
	return t;
}

/* Adds the types with the name of the program's type @t, cut at three underscores. */
static struct rebtf_error *c_select_same_named(const struct rebtf_btf *btf,
					       const struct rebtf_btf *of,
					       const struct rebtf_type *t, struct u32_vector *ids)
{
	_cleanup_free_ char *name = strdup(btf_string(of, t->name_off));
	_cleanup_free_ uint32_t *found = NULL;
	size_t count;

	if (!name)
		return error_nomem();
	name[name_essential_length(name)] = 0;
	TRY(rebtf_btf_find_all(btf, name, REBTF_ANY_KIND, REBTF_FIND_BASES_FIRST, &found, &count));
	for (size_t i = 0; i < count; i++) {
		uint32_t kind = rebtf_type_kind(btf_type(btf, found[i]));

		if (kind_has_members(kind) || kind == REBTF_KIND_TYPEDEF)
			u32_vector_append(ids, found[i]);
	}
	return ids->failed ? error_nomem() : NULL;
}

/* libbpf cuts the names of functions, too. */
static struct rebtf_error *c_select_extern(const struct rebtf_btf *btf, uint32_t first,
					   const char *name, const struct c_kfuncs *all,
					   struct c_kfuncs *kfuncs)
{
	_cleanup_free_ char *cut = strndup(name, name_essential_length(name));

	return cut ? c_kfuncs_add_named(btf, first, cut, all, kfuncs) : error_nomem();
}

struct rebtf_error *c_select_program(const struct rebtf_btf *btf, uint32_t first,
				     const struct rebtf_program *program,
				     const struct c_kfuncs *all, struct u32_vector *ids,
				     struct c_kfuncs *kfuncs)
{
	const struct program_records *relos = &program->records[BTF_EXT_RELOS];

	for (size_t i = 0; i < relos->count; i++) {
		const struct btf_ext_relo *relo = relos->items[i].record;

		/* A program's own type: a relocation to its id there. */
		if (relo->kind == REBTF_RELO_TYPE_ID_LOCAL)
			continue;
		TRY(c_select_same_named(btf, program->btf,
					c_select_root(program->btf, relo->type_id), ids));
	}
	for (size_t i = 0; i < program->externs.count; i++)
		TRY(c_select_extern(btf, first, program->externs.items[i].name, all, kfuncs));
	return kfuncs->failed ? error_nomem() : NULL;
}
