/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The answers of a kernel to a program: a growing list that owns its strings. core_check.c asks
 * about the relocations, core_externs.c about functions and variables of the kernel, and
 * core_targets.c about the targets that programs attach to.
 */
#ifndef REBTF_CORE_CORE_ANSWERS_H
#define REBTF_CORE_CORE_ANSWERS_H

#include "core/program.h"
#include "core/relo_run.h"
#include "core/set.h"
#include "util/vec.h"

DEFINE_VECTOR(core_answer_list, struct rebtf_core_answer);
DEFINE_VECTOR(core_strings, char *);

struct core_code;

struct rebtf_core {
	const struct rebtf_program *program;
	struct rebtf_set *set;
	struct core_answer_list answers;
	struct core_strings strings;
	size_t failures;
	uint64_t reason_budget; /* for work on explanations: once it is used up, they are short */
};

/* Returns a copy of @text that the answers own. NULL: out of memory, or @text is NULL. */
const char *core_keep(struct rebtf_core *core, const char *text);

/* As core_keep(), formatted. */
const char *core_keepf(struct rebtf_core *core, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Adds an answer, whose strings belong to @core or the program. Errors: NOMEM. */
struct rebtf_error *core_add(struct rebtf_core *core, const struct rebtf_core_answer *answer);

/* Adds the answer to a relocation. Errors: NOMEM. */
struct rebtf_error *core_add_relo(struct rebtf_core *core, const struct relo_outcome *outcome);

/* Makes an empty list of answers. Errors: NOMEM, WRONG_BASE (the byte orders differ). */
struct rebtf_error *core_new(const struct rebtf_program *program, struct rebtf_set *set,
			     struct rebtf_core **core);

/* Sets the location of an instruction: program, source file, line. */
void core_locate(struct rebtf_core_answer *answer, const struct rebtf_program *program,
		 const struct program_record *at);

/* Explains why a relocation is not found, in words that @core owns. NULL: out of memory. */
const char *core_reason(struct rebtf_core *core, const struct relo_outcome *outcome);

/*
 * Finds a function, variable, struct or typedef of that name. @only: in the member of that name; NULL:
 * in the kernel, then in its modules. @id is 0 if it is not found; otherwise @btf has it. Errors:
 * NOMEM.
 */
struct rebtf_error *core_find(struct rebtf_core *core, const char *name, uint32_t kind,
			      const char *only, size_t *member, uint32_t *id,
			      const struct rebtf_btf **btf);

/* Add the answers about externs, and about the targets of programs. Errors: NOMEM, UNSUPPORTED. */
struct rebtf_error *core_add_externs(struct rebtf_core *core);
struct rebtf_error *core_add_targets(struct rebtf_core *core, struct core_code *code);

#endif
