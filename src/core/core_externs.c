/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Asks a kernel for the functions and variables that a program declares as extern in .ksyms, as
 * libbpf finds them: by name, first in the kernel, then in its modules. Only functions have flavours.
 */
#include <stdio.h>
#include <string.h>

#include "core/core_answers.h"
#include "graph/spell.h"
#include "util/glob.h"

#define CORE_KSYMS ".ksyms"
/* Work on one prototype. Real ones need some dozens. */
#define CORE_EXTERN_BUDGET ((uint64_t)1 << 16)

struct rebtf_error *core_find(struct rebtf_core *core, const char *name, uint32_t kind,
			      const char *only, size_t *member, uint32_t *id,
			      const struct rebtf_btf **btf)
{
	size_t count = rebtf_set_count(core->set);

	*member = SET_KERNEL;
	*id = 0;
	for (size_t m = 0; m < count && !*id; m++) {
		if (only && strcmp(only, rebtf_set_name(core->set, m)) != 0)
			continue;
		TRY(rebtf_set_btf(core->set, m, btf));
		/* A module is also over the kernel, which has been searched or is not wanted. */
		if (*btf)
			TRY(btf_find_from(*btf, name, kind, (*btf)->start_id, id));
		*member = m;
	}
	return NULL;
}

/* Whether the type of the extern has the kinds of that in the kernel. */
static struct rebtf_error *core_extern_fits(const struct rebtf_btf *local, uint32_t local_id,
					    const struct rebtf_btf *btf, uint32_t id, bool *fits)
{
	uint64_t budget = CORE_EXTERN_BUDGET;
	struct rebtf_error *err = relo_types_fit(local, btf_type(local, local_id)->type, btf,
						 btf_type(btf, id)->type, false, &budget, fits);

	if (!err || err->code == REBTF_ERR_NOMEM)
		return err;
	rebtf_error_free(err);
	*fits = false;
	return NULL;
}

static const char *core_change(struct rebtf_core *core, uint32_t local, const struct rebtf_btf *btf,
			       uint32_t id)
{
	char found[SPELLING_MAX], expected[SPELLING_MAX];
	uint64_t work = 0;

	spell_type(btf, btf_type(btf, id)->type, found, &work);
	spell_type(core->program->btf, btf_type(core->program->btf, local)->type, expected, &work);
	return core_keepf(core, "the kernel has '%s' (expected '%s')", found, expected);
}

static struct rebtf_error *core_extern_judge(struct rebtf_core *core, uint32_t id,
					     struct rebtf_core_answer *answer)
{
	const struct rebtf_btf *local = core->program->btf, *btf;
	uint32_t kind = rebtf_type_kind(btf_type(local, id)), type = btf_type(local, id)->type;
	char cut[512];
	const char *name = answer->path;
	bool fits;

	/* The address of a variable without a type does not depend on BTF. */
	if (kind == REBTF_KIND_VAR && (!rebtf_btf_skip_modifiers(local, &type) || !type)) {
		answer->verdict = REBTF_CORE_UNKNOWN;
		answer->reason = "only /proc/kallsyms of the running kernel has its address";
		return NULL;
	}
	if (kind == REBTF_KIND_FUNC) {
		snprintf(cut, sizeof(cut), "%.*s", (int)name_essential_length(name), name);
		name = cut;
	}
	TRY(core_find(core, name, kind, NULL, &answer->member, &answer->id, &btf));
	if (!answer->id) {
		answer->verdict = REBTF_CORE_MISSING;
		answer->reason = core_keepf(core, "the kernel's BTF has no %s of that name",
					    kind == REBTF_KIND_FUNC ? "function" : "variable");
		return NULL;
	}
	TRY(core_extern_fits(local, id, btf, answer->id, &fits));
	answer->verdict = fits ? REBTF_CORE_FOUND : REBTF_CORE_CHANGED;
	if (!fits)
		answer->reason = core_change(core, id, btf, answer->id);
	return NULL;
}

/* libbpf leaves a weak kfunc of another type unresolved, but it refuses such a variable. */
static bool core_extern_fails(const struct rebtf_core_answer *answer, bool weak)
{
	switch (answer->verdict) {
	case REBTF_CORE_MISSING:
		return !weak;
	case REBTF_CORE_CHANGED:
		return !weak || answer->subject == REBTF_CORE_KSYM;
	default:
		return false;
	}
}

static struct rebtf_error *core_add_extern(struct rebtf_core *core, uint32_t id)
{
	const struct rebtf_btf *btf = core->program->btf;
	const struct rebtf_type *t = btf_type(btf, id);
	const struct program_extern *ext;
	struct rebtf_core_answer answer = {
		.subject = REBTF_CORE_KSYM,
		.path = btf_string(btf, t->name_off),
	};

	if (rebtf_type_kind(t) == REBTF_KIND_FUNC)
		answer.subject = REBTF_CORE_KFUNC;
	else if (rebtf_type_kind(t) != REBTF_KIND_VAR)
		return NULL;
	ext = program_find_extern(core->program, answer.path);
	/* A kfunc that the program does not call has no symbol. */
	if (!ext)
		return NULL;
	TRY(core_extern_judge(core, id, &answer));
	answer.fails = core_extern_fails(&answer, ext->weak);
	return core_add(core, &answer);
}

struct rebtf_error *core_add_externs(struct rebtf_core *core)
{
	const struct rebtf_btf *btf = core->program->btf;
	uint32_t id = rebtf_btf_find(btf, CORE_KSYMS, REBTF_KIND_DATASEC);
	const struct rebtf_type *section = btf_type(btf, id);

	for (uint32_t i = 0; id && i < rebtf_type_vlen(section); i++) {
		uint32_t type = rebtf_var_secinfos(section)[i].type;

		if (type)
			TRY(core_add_extern(core, type));
	}
	return NULL;
}
