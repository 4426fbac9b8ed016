/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Asks a kernel about everything that a BPF program wants from it, relocation by relocation. */
#include <string.h>

#include "core/core_answers.h"
#include "core/core_code.h"
#include "util/cleanup.h"
#include "util/options.h"

void core_locate(struct rebtf_core_answer *answer, const struct rebtf_program *program,
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

	core_locate(&answer, core->program, outcome->at);
	relo_spec_spell(outcome->local, path);
	answer.path = core_keep(core, path);
	if (outcome->target) {
		struct rebtf_set_type type = set_type(core->set, outcome->candidate.member,
						      outcome->candidate.id);

		answer.member = type.member;
		answer.id = type.id;
	}
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
	struct core_code code;
	struct core_failure_list failures;
};

static void core_check_release(struct core_checking *c)
{
	core_code_release(&c->code);
	core_failure_list_release(&c->failures);
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
		TRY(core_code_patch(&c->code, outcome));
		if (core_check_fails(outcome) && !core_failure_list_append(&c->failures, failure))
			return error_nomem();
	}
	return core_add_relo(c->core, outcome);
}

/* A verifier does not look at code that cannot run. */
static void core_check_forgive(struct rebtf_core *core, struct rebtf_core_answer *answer)
{
	answer->fails = false;
	answer->unreachable = true;
	core->failures--;
}

static struct rebtf_error *core_check_dead_code(struct core_checking *c)
{
	for (size_t i = 0; i < c->failures.count; i++) {
		const struct core_failure *failure = &c->failures.items[i];
		const struct insn_reach *reach;

		TRY(core_code_reach(&c->code, failure->code, &reach));
		if (reach && !reach->reached[failure->insn_off / RELO_INSN_SIZE])
			core_check_forgive(c->core, &c->core->answers.items[failure->answer]);
	}
	return NULL;
}

/* ------------------------------------------------------------------------------------------- all */

static struct rebtf_error *core_check_all(struct rebtf_core *core,
					  const struct rebtf_core_options *options)
{
	_cleanup_(core_check_release) struct core_checking c = { .core = core };

	TRY(core_code_init(&c.code, core->program));
	TRY(relo_run(core->program, core->set, options, core_check_relo, &c));
	TRY(core_add_externs(core));
	/* Code can depend on whether an extern exists. */
	core_code_forget_externs(&c.code, core);
	TRY(core_check_dead_code(&c));
	return core_add_targets(core, &c.code);
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
