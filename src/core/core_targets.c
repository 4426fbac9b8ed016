/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Asks a kernel for the targets that programs attach to. The section of a program names it:
 * "fentry/do_exit", "lsm/file_open". The tables of struct_ops are variables of a kernel's struct.
 */
#include <stdio.h>
#include <string.h>

#include "btf/resolve.h"
#include "core/attach.h"
#include "core/core_context.h"

static struct rebtf_error *core_target_find(struct rebtf_core *core, const struct attach_rule *a,
					    const char *target, const struct rebtf_btf **btf,
					    struct rebtf_core_answer *answer)
{
	const char *colon = strchr(target, ':');
	char name[ATTACH_TARGET_MAX + 16], module[ATTACH_TARGET_MAX];

	snprintf(module, sizeof(module), "%.*s", colon ? (int)(colon - target) : 0, target);
	snprintf(name, sizeof(name), "%s%s", a->prefix, colon ? colon + 1 : target);
	TRY(core_find(core, name, a->kind, colon ? module : NULL, &answer->type, btf));
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

static struct rebtf_error *core_add_target(struct rebtf_core *core, struct core_code *code,
					   size_t func)
{
	const struct rebtf_program *program = core->program;
	const struct program_record *at = &program->records[BTF_EXT_FUNCS].items[func];
	const char *section = program->codes.items[at->code].name;
	bool optional = *section == '?';
	const struct rebtf_btf *btf;
	struct rebtf_core_answer answer = {
		.subject = REBTF_CORE_TARGET,
		.verdict = REBTF_CORE_UNKNOWN,
		.section = section,
		.function = program_function(program, at->code, at->insn_off),
	};
	const struct attach_rule *a = attach_rule_of(section + optional, &answer.path);

	if (!a)
		return NULL;
	TRY(core_target_find(core, a, answer.path, &btf, &answer));
	if (answer.verdict == REBTF_CORE_FOUND && !a->optional)
		TRY(core_check_context(core, code, func, a, btf, &answer));
	answer.fails = !optional && (answer.verdict == REBTF_CORE_MISSING ||
				     answer.verdict == REBTF_CORE_CHANGED);
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
	char name[ATTACH_TARGET_MAX + 16], ops[ATTACH_TARGET_MAX + 32];
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

struct rebtf_error *core_add_targets(struct rebtf_core *core, struct core_code *code)
{
	const struct rebtf_program *program = core->program;

	for (size_t i = 0; i < program->records[BTF_EXT_FUNCS].count; i++)
		TRY(core_add_target(core, code, i));
	for (uint32_t i = 0; i < program->btf->own_count; i++)
		TRY(core_add_section(core, btf_own_type(program->btf, i)));
	return NULL;
}
