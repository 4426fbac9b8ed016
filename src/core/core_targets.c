/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Asks a kernel for the targets that programs attach to. The section of a program names it:
 * "fentry/do_exit", "lsm/file_open". The tables of struct_ops are variables of a kernel's struct.
 */
#include <stdio.h>
#include <string.h>

#include "btf/resolve.h"
#include "core/core_answers.h"

/* Names of BTF are at most this long. */
#define CORE_NAME_MAX 4096

struct core_attach {
	const char *section; /* the name of the section starts with it and a slash */
	const char *prefix;  /* of the type in the kernel's BTF */
	uint32_t kind;
	bool optional; /* functions that are not in BTF can be targets, too */
};

/* Source: libbpf 1.7, section_defs. */
static const struct core_attach core_attachments[] = {
	{ "fentry", "", REBTF_KIND_FUNC, false },
	{ "fentry.s", "", REBTF_KIND_FUNC, false },
	{ "fexit", "", REBTF_KIND_FUNC, false },
	{ "fexit.s", "", REBTF_KIND_FUNC, false },
	{ "fmod_ret", "", REBTF_KIND_FUNC, false },
	{ "fmod_ret.s", "", REBTF_KIND_FUNC, false },
	{ "lsm", "bpf_lsm_", REBTF_KIND_FUNC, false },
	{ "lsm.s", "bpf_lsm_", REBTF_KIND_FUNC, false },
	{ "lsm_cgroup", "bpf_lsm_", REBTF_KIND_FUNC, false },
	{ "iter", "bpf_iter_", REBTF_KIND_FUNC, false },
	{ "iter.s", "bpf_iter_", REBTF_KIND_FUNC, false },
	{ "tp_btf", "btf_trace_", REBTF_KIND_TYPEDEF, false },
	{ "kprobe", "", REBTF_KIND_FUNC, true },
	{ "kretprobe", "", REBTF_KIND_FUNC, true },
};

/* The rule for a section, and its target. NULL: the section names no target with BTF. */
static const struct core_attach *core_attachment(const char *section, const char **target)
{
	const char *slash = strchr(section, '/');
	size_t length = slash ? (size_t)(slash - section) : 0;

	for (size_t i = 0; slash && i < sizeof(core_attachments) / sizeof(*core_attachments); i++) {
		const struct core_attach *a = &core_attachments[i];

		if (strlen(a->section) != length || strncmp(a->section, section, length) != 0)
			continue;
		*target = slash + 1;
		/* Patterns, and offsets in functions, are no names. */
		return **target && !strpbrk(*target, "*?+ ") ? a : NULL;
	}
	return NULL;
}

static struct rebtf_error *core_target_find(struct rebtf_core *core, const struct core_attach *a,
					    const char *target, struct rebtf_core_answer *answer)
{
	const char *colon = strchr(target, ':');
	char name[CORE_NAME_MAX + 16], module[CORE_NAME_MAX];
	const struct rebtf_btf *btf;

	if (strlen(target) >= CORE_NAME_MAX)
		return NULL;
	snprintf(module, sizeof(module), "%.*s", colon ? (int)(colon - target) : 0, target);
	snprintf(name, sizeof(name), "%s%s", a->prefix, colon ? colon + 1 : target);
	TRY(core_find(core, name, a->kind, colon ? module : NULL, &answer->type, &btf));
	if (answer->type.id) {
		answer->verdict = REBTF_CORE_FOUND;
		return NULL;
	}
	answer->verdict = a->optional ? REBTF_CORE_UNKNOWN : REBTF_CORE_MISSING;
	if (a->optional)
		answer->reason = "not in the kernel's BTF, but a probe does not need BTF";
	else
		answer->reason = core_keepf(core, "the BTF of %s has no %s '%.255s'",
					    colon ? module : "the kernel",
					    a->kind == REBTF_KIND_FUNC ? "function" : "tracepoint",
					    name);
	return NULL;
}

static struct rebtf_error *core_add_target(struct rebtf_core *core, const char *section,
					   const char *function)
{
	bool optional = *section == '?';
	struct rebtf_core_answer answer = {
		.subject = REBTF_CORE_TARGET,
		.verdict = REBTF_CORE_UNKNOWN,
		.section = section,
		.function = function,
	};
	const struct core_attach *a = core_attachment(section + optional, &answer.path);

	if (!a)
		return NULL;
	TRY(core_target_find(core, a, answer.path, &answer));
	answer.fails = answer.verdict == REBTF_CORE_MISSING && !optional;
	return core_add(core, &answer);
}

/* ----------------------------------------------------------------------------------- struct_ops */

/* The name of a member that the kernel's struct does not have. NULL: it has all. */
static const char *core_struct_ops_missing(struct rebtf_core *core, const struct rebtf_type *local,
					   const struct rebtf_btf *btf, const struct rebtf_type *t)
{
	for (uint32_t i = 0; i < rebtf_type_vlen(local); i++) {
		const char *name = btf_string(core->program->btf, rebtf_members(local)[i].name_off);
		uint32_t j = 0;

		while (j < rebtf_type_vlen(t) &&
		       strcmp(name, btf_string(btf, rebtf_members(t)[j].name_off)) != 0)
			j++;
		if (core->reason_budget <= j)
			return NULL;
		core->reason_budget -= j;
		if (*name && j == rebtf_type_vlen(t))
			return name;
	}
	return NULL;
}

static struct rebtf_error *core_struct_ops_find(struct rebtf_core *core,
						const struct rebtf_type *local,
						struct rebtf_core_answer *answer)
{
	const char *text = btf_string(core->program->btf, local->name_off), *missing;
	char name[CORE_NAME_MAX + 16], ops[CORE_NAME_MAX + 32];
	const struct rebtf_btf *btf;
	struct rebtf_set_type value;

	snprintf(name, sizeof(name), "%.*s", (int)relo_essential_length(text), text);
	snprintf(ops, sizeof(ops), "bpf_struct_ops_%s", name);
	TRY(core_find(core, ops, REBTF_KIND_STRUCT, NULL, &value, &btf));
	TRY(core_find(core, name, REBTF_KIND_STRUCT, NULL, &answer->type, &btf));
	answer->path = core_keepf(core, "struct %.255s", name);
	if (!answer->type.id || !value.id) {
		answer->verdict = REBTF_CORE_MISSING;
		answer->reason = answer->type.id
					 ? "the kernel does not let programs implement that struct"
					 : "the kernel has no such struct";
		return NULL;
	}
	missing = core_struct_ops_missing(core, local, btf, btf_type(btf, answer->type.id));
	answer->verdict = missing ? REBTF_CORE_CHANGED : REBTF_CORE_FOUND;
	if (missing)
		answer->reason = core_keepf(core,
					    "the kernel's struct has no member '%.255s', so the "
					    "program must leave it 0",
					    missing);
	return NULL;
}

/* A variable in a section of struct_ops. */
static struct rebtf_error *core_add_struct_ops(struct rebtf_core *core, const char *section,
					       const struct rebtf_type *var)
{
	struct rebtf_core_answer answer = {
		.subject = REBTF_CORE_STRUCT_OPS,
		.section = section,
		.function = btf_string(core->program->btf, var->name_off),
	};
	uint32_t id = var->type;
	const struct rebtf_type *t;

	if (rebtf_type_kind(var) != REBTF_KIND_VAR)
		return NULL;
	t = resolve_skip(core->program->btf, FAMILY_ALIAS, &id);
	if (!t || !btf_is_named_composite(core->program->btf, t))
		return NULL;
	TRY(core_struct_ops_find(core, t, &answer));
	answer.fails = answer.verdict == REBTF_CORE_MISSING && *section != '?';
	return core_add(core, &answer);
}

static bool core_is_struct_ops(const char *section)
{
	section += *section == '?';
	return !strcmp(section, ".struct_ops") || !strcmp(section, ".struct_ops.link");
}

static struct rebtf_error *core_add_section(struct rebtf_core *core, const struct rebtf_type *t)
{
	const struct rebtf_btf *btf = core->program->btf;
	const char *name = btf_string(btf, t->name_off);

	if (rebtf_type_kind(t) != REBTF_KIND_DATASEC || !core_is_struct_ops(name))
		return NULL;
	for (uint32_t i = 0; i < rebtf_type_vlen(t); i++)
		TRY(core_add_struct_ops(core, name, btf_type(btf, rebtf_var_secinfos(t)[i].type)));
	return NULL;
}

struct rebtf_error *core_add_targets(struct rebtf_core *core)
{
	const struct rebtf_program *program = core->program;
	const struct program_records *funcs = &program->records[BTF_EXT_FUNCS];

	for (size_t i = 0; i < funcs->count; i++) {
		const struct program_record *at = &funcs->items[i];

		TRY(core_add_target(core, program->codes.items[at->code].name,
				    program_function(program, at->code, at->insn_off)));
	}
	for (uint32_t i = 0; i < program->btf->own_count; i++)
		TRY(core_add_section(core, btf_own_type(program->btf, i)));
	return NULL;
}
