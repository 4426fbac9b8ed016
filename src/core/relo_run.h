/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Runs all CO-RE relocations of a program against a kernel, one after the other, as its loader
 * would. The order matters: later relocations do not try a candidate that one relocation does not
 * match.
 */
#ifndef REBTF_CORE_RELO_RUN_H
#define REBTF_CORE_RELO_RUN_H

#include "core/relo.h"
#include "core/relo_candidates.h"

/* The result of one relocation. */
struct relo_outcome {
	const struct btf_ext_relo *relo;
	const struct program_record *at;
	enum rebtf_core_verdict verdict;
	struct relo_value value;
	/* The path in the program; up to the problem if it could not be read. */
	const struct relo_spec *local;
	/* The path in the first candidate that matches; or NULL. */
	const struct relo_spec *target;
	struct relo_candidate candidate; /* that one; or else the first one */
	bool has_candidate;
	/* A type of that name but another kind, if there is no candidate; or NULL. */
	const struct relo_candidate *same_name;
	/* AMBIGUOUS: another candidate, and its path and value. */
	const struct relo_spec *other;
	struct relo_candidate other_candidate;
	struct relo_value other_value;
	/* REFUSED: the reason. Belongs to the run. */
	const struct rebtf_error *err;
	/* The patched instruction; two, if the first one takes two slots. */
	uint8_t insn[2 * RELO_INSN_SIZE];
};

/*
 * Calls @visit for each relocation, in the order of the file. The outcome is valid during the call.
 * Errors: those of @visit; NOMEM; UNSUPPORTED (too much work).
 */
struct rebtf_error *relo_run(const struct rebtf_program *program, struct rebtf_set *set,
			     const struct rebtf_core_options *options,
			     struct rebtf_error *(*visit)(void *arg, size_t index,
							  const struct relo_outcome *outcome),
			     void *arg);

#endif
