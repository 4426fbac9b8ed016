/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Asks a kernel about everything that a BPF program wants from it, relocation by relocation. */
#include "core/core_answers.h"
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

static struct rebtf_error *core_check_relo(void *arg, size_t index,
					   const struct relo_outcome *outcome)
{
	(void)index;
	return core_add_relo(arg, outcome);
}

static struct rebtf_error *core_check_all(struct rebtf_core *core,
					  const struct rebtf_core_options *options)
{
	const struct rebtf_btf *kernel;

	TRY(rebtf_set_btf(core->set, SET_KERNEL, &kernel));
	if (kernel->big_endian != core->program->btf->big_endian)
		return error_new(REBTF_ERR_WRONG_BASE,
				 "the program is %s-endian, but the kernel is not",
				 kernel->big_endian ? "little" : "big");
	TRY(relo_run(core->program, core->set, options, core_check_relo, core));
	TRY(core_add_externs(core));
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
	TRY(core_new(program, set, &new_core));
	err = error_at(core_check_all(new_core, &how), program->path, NULL);
	if (err) {
		rebtf_core_free(new_core);
		return err;
	}
	*core = new_core;
	return NULL;
}
