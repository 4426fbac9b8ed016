/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Asks a kernel about everything that a BPF program wants from it, relocation by relocation. */
#include <string.h>

#include "core/core_answers.h"
#include "core/insn_reach.h"
#include "util/cleanup.h"
#include "util/options.h"

/* Sets the location of an instruction: program, source file, line. */
static void core_check_locate(struct rebtf_core_answer *answer, const struct rebtf_program *program,
			      const struct program_record *at)
{
	const struct btf_ext_func *func = program_find_record(program, BTF_EXT_FUNCS, at->code,
							      at->insn_off);
	const struct btf_ext_line *line = program_find_record(program, BTF_EXT_LINES, at->code,
							      at->insn_off);

	answer->section = program->codes.items[at->code].name;
	answer->function = program_function(program, at->code, at->insn_off);
	answer->insn = (at->insn_off - (func ? func->insn_off : 0)) / RELO_INSN_SIZE;
	if (!line)
		return;
	answer->file = btf_string(program->btf, line->file_off);
	answer->source = btf_string(program->btf, line->text_off);
	answer->line = line->line_col >> 10;
	answer->column = line->line_col & 0x3ff;
}

/* Whether the program cannot be loaded because of that result. */
static bool core_check_fails(const struct relo_outcome *outcome)
{
	switch (outcome->verdict) {
	case REBTF_CORE_FOUND:
		return false;
	case REBTF_CORE_MISSING:
		return outcome->value.poison;
	default:
		return true;
	}
}

struct rebtf_error *core_add_relo(struct rebtf_core *core, const struct relo_outcome *outcome)
{
	char path[RELO_PATH_MAX];
	struct rebtf_core_answer answer = {
		.subject = REBTF_CORE_RELOCATION,
		.verdict = outcome->verdict,
		.fails = core_check_fails(outcome),
		.kind = outcome->relo->kind,
		.old_value = outcome->value.old_value,
		.new_value = outcome->value.new_value,
	};

	core_check_locate(&answer, core->program, outcome->at);
	relo_spec_spell(outcome->local, path);
	answer.path = core_keep(core, path);
	if (outcome->target)
		answer.type = set_type(core->set, outcome->candidate.member, outcome->candidate.id);
	if (outcome->verdict != REBTF_CORE_FOUND)
		answer.reason = core_reason(core, outcome);
	return core_add(core, &answer);
}

/* --------------------------------------------------------------------------------- dead code */

/* The relocations whose result stops a program, if the code with them can run. */
struct core_failure {
	size_t answer; /* index */
	uint32_t code;
	uint32_t insn_off;
};

DEFINE_VECTOR(core_failure_list, struct core_failure);

struct core_checking {
	struct rebtf_core *core;
	uint8_t **patched; /* by section: its code with relocations, or NULL */
	bool *is_null;	   /* by extern: it is weak and missing, so that its address is 0 */
	struct core_failure_list failures;
};

static void core_check_release(struct core_checking *c)
{
	for (size_t i = 0; c->patched && i < c->core->program->codes.count; i++)
		free(c->patched[i]);
	free(c->patched);
	free(c->is_null);
	core_failure_list_release(&c->failures);
}

/* Puts the patched instruction into a copy of the section. */
static struct rebtf_error *core_check_patch(struct core_checking *c,
					    const struct relo_outcome *outcome)
{
	const struct program_code *code = &c->core->program->codes.items[outcome->at->code];
	uint8_t **patched = &c->patched[outcome->at->code];
	size_t left = code->size - outcome->at->insn_off;

	if (!*patched) {
		*patched = malloc(code->size);
		if (!*patched)
			return error_nomem();
		memcpy(*patched, code->data, code->size);
	}
	memcpy(*patched + outcome->at->insn_off, outcome->insn,
	       left < sizeof(outcome->insn) ? left : sizeof(outcome->insn));
	return NULL;
}

static struct rebtf_error *core_check_relo(void *arg, size_t index,
					   const struct relo_outcome *outcome)
{
	struct core_checking *c = arg;
	const struct core_failure failure = {
		.answer = c->core->answers.count,
		.code = outcome->at->code,
		.insn_off = outcome->at->insn_off,
	};

	(void)index;
	/* A loader refuses the others, even in code that cannot run. */
	if (outcome->verdict != REBTF_CORE_REFUSED && outcome->verdict != REBTF_CORE_AMBIGUOUS) {
		TRY(core_check_patch(c, outcome));
		if (core_check_fails(outcome) && !core_failure_list_append(&c->failures, failure))
			return error_nomem();
	}
	return core_add_relo(c->core, outcome);
}

/* Finds the weak externs that the kernel does not have. */
static struct rebtf_error *core_check_null(struct core_checking *c)
{
	const struct rebtf_program *program = c->core->program;

	c->is_null = calloc(program->externs.count + 1, sizeof(*c->is_null));
	if (!c->is_null)
		return error_nomem();
	for (size_t i = 0; i < c->core->answers.count; i++) {
		const struct rebtf_core_answer *answer = &c->core->answers.items[i];

		if ((answer->subject == REBTF_CORE_KFUNC || answer->subject == REBTF_CORE_KSYM) &&
		    answer->verdict == REBTF_CORE_MISSING && !answer->fails)
			c->is_null[program_find_extern(program, answer->path) -
				   program->externs.items] = true;
	}
	return NULL;
}

/*
 * Makes the addresses in the copy of a section unknown, as libbpf does: by the source register. The
 * file has 0 for them.
 */
static void core_check_patch_addresses(const struct core_checking *c, uint32_t code)
{
	const struct rebtf_program *program = c->core->program;
	const struct program_code *section = &program->codes.items[code];
	size_t count;
	const struct program_address *address = program_addresses_in(program, section->section,
								     &count);

	for (; count; count--, address++) {
		const struct program_extern *ext = NULL;

		if (address->insn_off % RELO_INSN_SIZE || address->insn_off >= section->size)
			continue;
		if (address->name)
			ext = program_find_extern(program, address->name);
		if (!ext || !c->is_null[ext - program->externs.items])
			insn_reach_hide(c->patched[code] + address->insn_off,
					program->btf->big_endian);
	}
}

/* The functions that start in a section. Without any, its first instruction is one. */
static bool core_check_entries(const struct rebtf_program *program, uint32_t code,
			       struct u32_vector *entries)
{
	const struct program_records *funcs = &program->records[BTF_EXT_FUNCS];
	size_t i = program_first_record(program, BTF_EXT_FUNCS, code);

	u32_vector_append(entries, 0);
	for (; i < funcs->count && funcs->items[i].code == code; i++)
		u32_vector_append(entries, funcs->items[i].insn_off / RELO_INSN_SIZE);
	return !entries->failed;
}

static struct rebtf_error *core_check_reach(const struct core_checking *c, uint32_t code,
					    struct insn_reach *reach)
{
	const struct rebtf_program *program = c->core->program;
	_cleanup_(u32_vector_release) struct u32_vector entries = {};
	size_t count = program->codes.items[code].size / RELO_INSN_SIZE;

	if (count > INSN_REACH_MAX)
		return NULL;
	core_check_patch_addresses(c, code);
	if (!core_check_entries(program, code, &entries) ||
	    !insn_reach_find(reach, c->patched[code], count, program->btf->big_endian,
			     entries.items, entries.count))
		return error_nomem();
	return NULL;
}

/* A verifier does not look at code that cannot run. */
static void core_check_forgive(struct rebtf_core *core, struct rebtf_core_answer *answer)
{
	answer->fails = false;
	answer->unreachable = true;
	core->failures--;
}

/* Failures of one section are not adjacent, but those of a hostile file may be in many sections. */
static struct rebtf_error *core_check_dead_code(struct core_checking *c)
{
	size_t count = c->core->program->codes.count;
	struct insn_reach *reaches = calloc(count + 1, sizeof(*reaches));
	struct rebtf_error *err = reaches ? core_check_null(c) : error_nomem();

	for (size_t i = 0; !err && i < c->failures.count; i++) {
		const struct core_failure *failure = &c->failures.items[i];
		struct insn_reach *reach = &reaches[failure->code];

		if (!reach->reached)
			err = core_check_reach(c, failure->code, reach);
		if (!err && reach->reached && !reach->reached[failure->insn_off / RELO_INSN_SIZE])
			core_check_forgive(c->core, &c->core->answers.items[failure->answer]);
	}
	for (size_t i = 0; reaches && i < count; i++)
		insn_reach_release(&reaches[i]);
	free(reaches);
	return err;
}

/* ------------------------------------------------------------------------------------------- all */

static struct rebtf_error *core_check_all(struct rebtf_core *core,
					  const struct rebtf_core_options *options)
{
	_cleanup_(core_check_release) struct core_checking c = { .core = core };

	c.patched = calloc(core->program->codes.count + 1, sizeof(*c.patched));
	if (!c.patched)
		return error_nomem();
	TRY(relo_run(core->program, core->set, options, core_check_relo, &c));
	TRY(core_add_externs(core));
	/* Code can depend on whether an extern exists. */
	TRY(core_check_dead_code(&c));
	return core_add_targets(core);
}

struct rebtf_error *rebtf_core_check(const struct rebtf_program *program, struct rebtf_set *set,
				     const struct rebtf_core_options *options,
				     struct rebtf_core **core)
{
	REBTF_OPTIONS(rebtf_core_options, how);
	struct rebtf_core *new_core;
	struct rebtf_error *err;

	TRY(OPTIONS_COPY(rebtf_core_options, &how, options));
	TRY(error_at(core_new(program, set, &new_core), program->path, NULL));
	err = error_at(core_check_all(new_core, &how), program->path, NULL);
	if (err) {
		rebtf_core_free(new_core);
		return err;
	}
	*core = new_core;
	return NULL;
}
