/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Patches copies of the code of a program as a loader does, and finds the instructions that can run. */
#include <string.h>

#include "core/attach.h"
#include "core/core_code.h"
#include "util/cleanup.h"

struct rebtf_error *core_code_init(struct core_code *code, const struct rebtf_program *program)
{
	size_t count = program->codes.count + 1;

	*code = (struct core_code){
		.program = program,
		.patched = calloc(count, sizeof(*code->patched)),
		.is_null = calloc(program->externs.count + 1, sizeof(*code->is_null)),
		.reaches = calloc(count, sizeof(*code->reaches)),
	};
	return code->patched && code->is_null && code->reaches ? NULL : error_nomem();
}

void core_code_release(struct core_code *code)
{
	size_t count = code->program ? code->program->codes.count : 0;

	for (size_t i = 0; code->patched && i < count; i++)
		free(code->patched[i]);
	for (size_t i = 0; code->reaches && i < count; i++)
		insn_reach_release(&code->reaches[i]);
	free(code->patched);
	free(code->is_null);
	free(code->reaches);
}

/* Returns the copy of a section's code, which it makes if there is none. NULL: out of memory. */
static uint8_t *core_code_copy(struct core_code *code, uint32_t index)
{
	const struct program_code *section = &code->program->codes.items[index];
	uint8_t **patched = &code->patched[index];

	if (!*patched) {
		*patched = malloc(section->size + 1);
		if (*patched && section->size)
			memcpy(*patched, section->data, section->size);
	}
	return *patched;
}

struct rebtf_error *core_code_patch(struct core_code *code, const struct relo_outcome *outcome)
{
	uint32_t offset = outcome->at->insn_off;
	size_t left = code->program->codes.items[outcome->at->code].size - offset;
	uint8_t *patched = core_code_copy(code, outcome->at->code);

	if (!patched)
		return error_nomem();
	memcpy(patched + offset, outcome->insn,
	       left < sizeof(outcome->insn) ? left : sizeof(outcome->insn));
	return NULL;
}

void core_code_forget_externs(struct core_code *code, const struct rebtf_core *core)
{
	const struct rebtf_program *program = code->program;

	for (size_t i = 0; i < core->answers.count; i++) {
		const struct rebtf_core_answer *answer = &core->answers.items[i];

		if ((answer->subject == REBTF_CORE_KFUNC || answer->subject == REBTF_CORE_KSYM) &&
		    (answer->verdict == REBTF_CORE_MISSING ||
		     answer->verdict == REBTF_CORE_CHANGED) &&
		    !answer->fails)
			code->is_null[program_find_extern(program, answer->path) -
				      program->externs.items] = true;
	}
}

/*
 * Makes the addresses in the copy of a section unknown, as libbpf does: by the source register. The
 * file has 0 for them.
 */
static void core_code_patch_addresses(const struct core_code *code, uint32_t index)
{
	const struct rebtf_program *program = code->program;
	const struct program_code *section = &program->codes.items[index];
	size_t count;
	const struct program_address *address = program_addresses_in(program, section->section,
								     &count);

	for (; count; count--, address++) {
		const struct program_extern *ext = NULL;

		if (address->insn_off % RELO_INSN_SIZE || address->insn_off >= section->size)
			continue;
		if (address->name)
			ext = program_find_extern(program, address->name);
		if (!ext || !code->is_null[ext - program->externs.items])
			insn_reach_hide(code->patched[index] + address->insn_off,
					program->btf->big_endian);
	}
}

/* The functions that start in a section. Without any, its first instruction is one. */
static bool core_code_entries(const struct rebtf_program *program, uint32_t index,
			      struct u32_vector *entries)
{
	const struct program_records *funcs = &program->records[BTF_EXT_FUNCS];
	size_t i = program_first_record(program, BTF_EXT_FUNCS, index);

	u32_vector_append(entries, 0);
	for (; i < funcs->count && funcs->items[i].code == index; i++)
		u32_vector_append(entries, funcs->items[i].insn_off / RELO_INSN_SIZE);
	return !entries->failed;
}

struct rebtf_error *core_code_reach(struct core_code *code, uint32_t index,
				    const struct insn_reach **reach)
{
	const struct rebtf_program *program = code->program;
	const struct program_code *section = &program->codes.items[index];
	_cleanup_(u32_vector_release) struct u32_vector entries = {};
	struct insn_reach *found = &code->reaches[index];
	const char *target;
	const struct attach_rule *a = attach_rule_of(section->name + (*section->name == '?'),
						     &target);

	*reach = NULL;
	if (section->size / RELO_INSN_SIZE > INSN_REACH_MAX)
		return NULL;
	*reach = found;
	if (found->reached)
		return NULL;
	*found = (struct insn_reach){
		.code = core_code_copy(code, index),
		.count = section->size / RELO_INSN_SIZE,
		.big_endian = program->btf->big_endian,
		.context = a && !a->optional,
	};
	if (!found->code)
		return error_nomem();
	core_code_patch_addresses(code, index);
	return core_code_entries(program, index, &entries) &&
			       insn_reach_find(found, entries.items, entries.count)
		       ? NULL
		       : error_nomem();
}
