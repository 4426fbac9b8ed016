/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The code of a program as a kernel gets it: with relocations applied, and with 0 for the addresses of
 * externs that the kernel does not have.
 */
#ifndef REBTF_CORE_CORE_CODE_H
#define REBTF_CORE_CORE_CODE_H

#include "core/core_answers.h"
#include "core/insn_reach.h"

struct core_code {
	const struct rebtf_program *program;
	uint8_t **patched; /* by section: a copy of its code, or NULL */
	bool *is_null;	   /* by extern: it is weak and missing, so that its address is 0 */
	struct insn_reach *reaches; /* by section, once they are needed */
};

/* Call core_code_release() in any case. Errors: NOMEM. */
struct rebtf_error *core_code_init(struct core_code *code, const struct rebtf_program *program);
void core_code_release(struct core_code *code);

/* Puts the patched instruction of a relocation into the code. Errors: NOMEM. */
struct rebtf_error *core_code_patch(struct core_code *code, const struct relo_outcome *outcome);

/* Finds the weak externs among the answers that libbpf leaves unresolved: their addresses are 0. */
void core_code_forget_externs(struct core_code *code, const struct rebtf_core *core);

/*
 * Finds the instructions of section @index that can run. Patches come before. Sets @reach to NULL if
 * the section is too large. Errors: NOMEM.
 */
struct rebtf_error *core_code_reach(struct core_code *code, uint32_t index,
				    const struct insn_reach **reach);

#endif
