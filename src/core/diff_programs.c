/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Compares the answers of two kernels to a BPF program. */
#include "core/core_answers.h"
#include "core/relo.h"
#include "util/cleanup.h"
#include "util/error.h"

DEFINE_VECTOR(program_changes, struct rebtf_program_change);

struct rebtf_program_diff {
	struct rebtf_core *old;
	struct rebtf_core *new;
	struct program_changes changes;
	size_t broken;
};

void rebtf_program_diff_free(struct rebtf_program_diff *diff)
{
	if (!diff)
		return;
	rebtf_core_free(diff->old);
	rebtf_core_free(diff->new);
	program_changes_release(&diff->changes);
	free(diff);
}

size_t rebtf_program_diff_count(const struct rebtf_program_diff *diff)
{
	return diff->changes.count;
}

const struct rebtf_program_change *rebtf_program_diff_at(const struct rebtf_program_diff *diff,
							 size_t index)
{
	return index < diff->changes.count ? &diff->changes.items[index] : NULL;
}

size_t rebtf_program_diff_broken(const struct rebtf_program_diff *diff)
{
	return diff->broken;
}

/* Every kernel numbers its types anew, so a program does not notice another id. */
static bool diff_programs_is_id(enum rebtf_relo_kind kind)
{
	return kind == REBTF_RELO_TYPE_ID_LOCAL || kind == REBTF_RELO_TYPE_ID_TARGET;
}

static bool diff_programs_differ(const struct rebtf_core_answer *a,
				 const struct rebtf_core_answer *b)
{
	if (a->verdict != b->verdict || a->fails != b->fails)
		return true;
	return a->subject == REBTF_CORE_RELOCATION && a->verdict == REBTF_CORE_FOUND &&
	       !diff_programs_is_id(a->kind) && a->new_value != b->new_value;
}

static struct rebtf_error *diff_programs_compare(struct rebtf_program_diff *diff)
{
	/* The questions, and their order, are those of the program. */
	size_t count = rebtf_core_count(diff->old);

	for (size_t i = 0; i < count && i < rebtf_core_count(diff->new); i++) {
		const struct rebtf_core_answer *old_answer = rebtf_core_at(diff->old, i);
		const struct rebtf_core_answer *new_answer = rebtf_core_at(diff->new, i);
		bool breaks = new_answer->fails && !old_answer->fails;

		if (!diff_programs_differ(old_answer, new_answer))
			continue;
		diff->broken += breaks;
		if (!program_changes_append(&diff->changes,
					    (struct rebtf_program_change){ old_answer, new_answer,
									   breaks }))
			return error_nomem();
	}
	return NULL;
}

static struct rebtf_error *diff_programs_fill(struct rebtf_program_diff *diff,
					      const struct rebtf_program *program,
					      struct rebtf_set *old_set, struct rebtf_set *new_set)
{
	TRY(rebtf_core_check(program, old_set, NULL, &diff->old));
	TRY(rebtf_core_check(program, new_set, NULL, &diff->new));
	return diff_programs_compare(diff);
}

struct rebtf_error *rebtf_diff_program(const struct rebtf_program *program,
				       struct rebtf_set *old_set, struct rebtf_set *new_set,
				       struct rebtf_program_diff **diff)
{
	struct rebtf_program_diff *made = calloc(1, sizeof(*made));
	struct rebtf_error *err = made ? diff_programs_fill(made, program, old_set, new_set)
				       : error_nomem();

	if (err)
		rebtf_program_diff_free(made);
	else
		*diff = made;
	return err;
}
