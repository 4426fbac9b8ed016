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
#include "graph/spell.h"
#include "graph/trust.h"
#include "util/glob.h"

static struct rebtf_error *core_target_find(struct rebtf_core *core, const struct attach_rule *a,
					    const char *target, const struct rebtf_btf **btf,
					    struct rebtf_core_answer *answer)
{
	const char *colon = strchr(target, ':');
	char name[ATTACH_TARGET_MAX + 16], module[ATTACH_TARGET_MAX];

	snprintf(module, sizeof(module), "%.*s", colon ? (int)(colon - target) : 0, target);
	snprintf(name, sizeof(name), "%s%s", a->prefix, colon ? colon + 1 : target);
	TRY(core_find(core, name, a->kind, colon ? module : NULL, &answer->member, &answer->id,
		      btf));
	if (answer->id) {
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

/* Two structs that are compared member by member. */
struct core_struct_pair {
	const struct rebtf_type *local, *kernel;
	const struct rebtf_btf *btf; /* the kernel's */
};

/* The member of that name, or the number of members if there is none. */
static uint32_t core_struct_ops_member(const struct rebtf_btf *btf, const struct rebtf_type *t,
				       const char *name)
{
	uint32_t i = 0;

	while (i < rebtf_type_vlen(t) &&
	       strcmp(name, btf_string(btf, rebtf_members(t)[i].name_off)) != 0)
		i++;
	return i;
}

/*
 * Whether libbpf copies a member into the kernel's struct. Source: bpf_map__init_kern_struct_ops() in
 * libbpf 1.7: no bit-fields, same kind, and same size except for pointers.
 */
static bool core_struct_ops_copies(const struct rebtf_core *core, const struct core_struct_pair *p,
				   uint32_t i, uint32_t j)
{
	const struct rebtf_btf *local = core->program->btf;
	uint32_t id = rebtf_members(p->local)[i].type, kernel_id = rebtf_members(p->kernel)[j].type;
	const struct rebtf_type *t = resolve_skip(local, FAMILY_ALIAS, &id);
	const struct rebtf_type *kernel_t = resolve_skip(p->btf, FAMILY_ALIAS, &kernel_id);
	uint64_t size, kernel_size;

	if (rebtf_member_bitfield_size(p->local, &rebtf_members(p->local)[i]) ||
	    rebtf_member_bitfield_size(p->kernel, &rebtf_members(p->kernel)[j]))
		return false;
	if (!t || !kernel_t)
		return true;
	if (rebtf_type_kind(t) != rebtf_type_kind(kernel_t))
		return false;
	return !resolve_size(local, id, sizeof(uint64_t), &size) ||
	       !resolve_size(p->btf, kernel_id, sizeof(uint64_t), &kernel_size) ||
	       size == kernel_size;
}

/* The prototype that a pointer to a function points to, or NULL for other types. */
static const struct rebtf_type *core_struct_ops_prototype(const struct rebtf_btf *btf, uint32_t id)
{
	const struct rebtf_type *t = resolve_skip(btf, FAMILY_ALIAS, &id);

	if (!t || rebtf_type_kind(t) != REBTF_KIND_PTR)
		return NULL;
	id = t->type;
	t = resolve_skip(btf, FAMILY_ALIAS, &id);
	return t && rebtf_type_kind(t) == REBTF_KIND_FUNC_PROTO ? t : NULL;
}

/* Whether parameters or return values have the same kind. */
static bool core_struct_ops_agree(const struct rebtf_core *core, const struct core_struct_pair *p,
				  uint32_t id, uint32_t kernel_id)
{
	const struct rebtf_type *t = resolve_skip(core->program->btf, FAMILY_ALIAS, &id);
	const struct rebtf_type *kernel_t = resolve_skip(p->btf, FAMILY_ALIAS, &kernel_id);

	return !t || !kernel_t || rebtf_type_kind(t) == rebtf_type_kind(kernel_t);
}

/* Whether two members are functions with as many parameters of the same kinds, or no functions. */
static bool core_struct_ops_fits(struct rebtf_core *core, const struct core_struct_pair *p,
				 uint32_t i, uint32_t j)
{
	const struct rebtf_type *t = core_struct_ops_prototype(core->program->btf,
							       rebtf_members(p->local)[i].type);
	const struct rebtf_type *kernel_t =
		core_struct_ops_prototype(p->btf, rebtf_members(p->kernel)[j].type);

	if (!t || !kernel_t || core->reason_budget <= rebtf_type_vlen(t))
		return true;
	core->reason_budget -= rebtf_type_vlen(t);
	if (rebtf_type_vlen(t) != rebtf_type_vlen(kernel_t) ||
	    !core_struct_ops_agree(core, p, t->type, kernel_t->type))
		return false;
	for (uint32_t k = 0; k < rebtf_type_vlen(t); k++) {
		if (!core_struct_ops_agree(core, p, rebtf_params(t)[k].type,
					   rebtf_params(kernel_t)[k].type))
			return false;
	}
	return true;
}

/* Describes a member that changed. */
static const char *core_struct_ops_change(struct rebtf_core *core, const struct core_struct_pair *p,
					  uint32_t i, uint32_t j, const char *consequence)
{
	char found[SPELLING_MAX], expected[SPELLING_MAX];
	const struct rebtf_btf *local = core->program->btf;
	uint64_t work = 0;

	spell_type(p->btf, rebtf_members(p->kernel)[j].type, found, &work);
	spell_type(local, rebtf_members(p->local)[i].type, expected, &work);
	core->reason_budget -= work < core->reason_budget ? work : core->reason_budget;
	return core_keepf(core, "the kernel's member '%.255s' is '%s' (expected '%s')%s",
			  btf_string(local, rebtf_members(p->local)[i].name_off), found, expected,
			  consequence);
}

/*
 * Compares the members as libbpf does, and prototypes, which libbpf does not compare. The first member
 * that libbpf refuses is the reason, or else the first that differs.
 */
static void core_struct_ops_compare(struct rebtf_core *core, const struct core_struct_pair *p,
				    struct rebtf_core_answer *answer)
{
	for (uint32_t i = 0; i < rebtf_type_vlen(p->local) && !answer->fails; i++) {
		const char *name = btf_string(core->program->btf,
					      rebtf_members(p->local)[i].name_off);
		uint32_t j = core_struct_ops_member(p->btf, p->kernel, name);

		if (core->reason_budget <= j)
			break;
		core->reason_budget -= j;
		if (j < rebtf_type_vlen(p->kernel) && !core_struct_ops_copies(core, p, i, j)) {
			answer->fails = true;
			answer->reason =
				core_struct_ops_change(core, p, i, j,
						       ", so libbpf does not load the struct");
		} else if (!answer->reason && j < rebtf_type_vlen(p->kernel)) {
			if (!core_struct_ops_fits(core, p, i, j))
				answer->reason = core_struct_ops_change(
					core, p, i, j,
					": libbpf does not compare prototypes, but the kernel "
					"refuses a program that reads an argument too many");
		} else if (!answer->reason && *name) {
			answer->reason =
				core_keepf(core,
					   "the kernel's struct has no member '%.255s', so "
					   "the program must leave it 0",
					   name);
		}
	}
	answer->verdict = answer->reason ? REBTF_CORE_CHANGED : REBTF_CORE_FOUND;
}

/* Finds the struct in the BTF that makes it one of struct_ops, or below. */
static struct rebtf_error *core_struct_ops_beside(struct rebtf_core *core, const char *name,
						  const struct rebtf_btf *btf,
						  struct rebtf_core_answer *answer)
{
	TRY(btf_find_from(btf, name, REBTF_KIND_STRUCT, 1, &answer->id));
	answer->member = set_type(core->set, answer->member, answer->id).member;
	return NULL;
}

static struct rebtf_error *core_struct_ops_find(struct rebtf_core *core,
						const struct rebtf_type *local,
						struct rebtf_core_answer *answer)
{
	const char *text = btf_string(core->program->btf, local->name_off);
	char name[ATTACH_TARGET_MAX + 16], ops[ATTACH_TARGET_MAX + 32];
	struct core_struct_pair pair = { .local = local };
	uint32_t value;

	snprintf(name, sizeof(name), "%.*s", (int)name_essential_length(text), text);
	snprintf(ops, sizeof(ops), STRUCT_OPS_PREFIX "%s", name);
	TRY(core_find(core, ops, REBTF_KIND_STRUCT, NULL, &answer->member, &value, &pair.btf));
	/* Other modules may have a struct of that name, too. */
	if (value)
		TRY(core_struct_ops_beside(core, name, pair.btf, answer));
	else
		TRY(core_find(core, name, REBTF_KIND_STRUCT, NULL, &answer->member, &answer->id,
			      &pair.btf));
	answer->path = core_keepf(core, "struct %.255s", name);
	if (!answer->id || !value) {
		answer->verdict = REBTF_CORE_MISSING;
		answer->fails = true;
		answer->reason = answer->id
					 ? "the kernel does not let programs implement that struct"
					 : "the kernel has no such struct";
		return NULL;
	}
	pair.kernel = btf_type(pair.btf, answer->id);
	core_struct_ops_compare(core, &pair, answer);
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
	answer.fails &= *section != '?';
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
