/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Resolves the CO-RE relocations of a program: reads, matches, compares candidates, patches. */
#include <string.h>

#include "btf/pointer_size.h"
#include "core/attach.h"
#include "core/relo_choose.h"
#include "core/relo_run.h"
#include "util/cleanup.h"

/* About a second of work. Real programs need a thousandth. */
#define RELO_BUDGET ((uint64_t)1 << 28)
/* Of kernels whose BTF does not show it: libbpf takes that of the machine it runs on. */
#define RELO_POINTER_SIZE 8

struct relo_running {
	const struct rebtf_program *program;
	struct relo_candidates candidates;
	uint32_t pointer_size;
	uint64_t budget;
	struct relo_spec local, target, other;
};

/* Errors about a relocation are results, but not those about the run itself. */
static bool relo_run_ends(const struct relo_running *r, const struct rebtf_error *err)
{
	return err && (err->code == REBTF_ERR_NOMEM || !r->budget);
}

static bool relo_run_agree(const struct relo_spec *a, const struct relo_value *a_value,
			   const struct relo_spec *b, const struct relo_value *b_value)
{
	return a->bit_offset == b->bit_offset && a_value->poison == b_value->poison &&
	       a_value->new_value == b_value->new_value;
}

/* Takes the result of a candidate that matches into account. */
static void relo_run_accept(struct relo_running *r, struct relo_outcome *outcome,
			    const struct relo_candidate *candidate, const struct relo_value *value)
{
	if (!outcome->target) {
		r->target = r->other;
		outcome->target = &r->target;
		outcome->candidate = *candidate;
		outcome->value = *value;
	} else if (outcome->verdict != REBTF_CORE_AMBIGUOUS &&
		   !relo_run_agree(&r->target, &outcome->value, &r->other, value)) {
		outcome->verdict = REBTF_CORE_AMBIGUOUS;
		outcome->other = &r->other;
		outcome->other_candidate = *candidate;
		outcome->other_value = *value;
	}
}

/* Whether the candidate is in the module of that name, which has no NUL at its end. */
static bool relo_run_is_in(const struct relo_running *r, const struct relo_candidate *candidate,
			   const char *module, size_t length)
{
	const char *name = rebtf_set_name(r->candidates.set, candidate->member);

	return candidate->member != SET_KERNEL && !strncmp(name, module, length) && !name[length];
}

/*
 * Finds the module that the program with the relocation is attached to. Returns the length of its
 * name if a candidate is there, otherwise 0: then all candidates count.
 */
static size_t relo_run_module(const struct relo_running *r, const struct relo_candidate_list *list,
			      const struct program_record *at, const char **module)
{
	size_t length = 0;

	if (r->candidates.options->by_target && list->count > 1)
		length = attach_module(r->program->codes.items[at->code].name, module);
	for (size_t i = 0; length && i < list->count; i++) {
		if (relo_run_is_in(r, &list->items[i], *module, length))
			return length;
	}
	return 0;
}

/* Matches all candidates, and keeps those that match for later relocations of the type. */
static struct rebtf_error *relo_run_match(struct relo_running *r, struct relo_root *root,
					  struct relo_outcome *outcome)
{
	struct relo_candidate_list *list = &root->candidates;
	const struct relo_candidate_list *named = &r->candidates.names.items[root->name].found;
	const char *module;
	size_t module_length = relo_run_module(r, list, outcome->at, &module), kept = 0;

	outcome->has_candidate = list->count;
	outcome->same_name = !list->count && named->count ? &named->items[0] : NULL;
	if (list->count)
		outcome->candidate = list->items[0];
	for (size_t i = 0; i < list->count && outcome->verdict != REBTF_CORE_AMBIGUOUS; i++) {
		const struct relo_candidate *candidate = &list->items[i];
		struct relo_value value;
		bool matches;

		TRY(relo_spend(&r->budget, 1));
		if (module_length && !relo_run_is_in(r, candidate, module, module_length))
			continue;
		TRY(relo_match(&r->local, candidate->btf, r->pointer_size, candidate->id,
			       &r->budget, &r->other, &matches));
		if (!matches)
			continue;
		TRY(relo_value(&r->local, &r->other, &value));
		relo_run_accept(r, outcome, candidate, &value);
		/* Programs that are attached elsewhere need the others. */
		if (!module_length)
			list->items[kept++] = *candidate;
	}
	if (kept && outcome->verdict != REBTF_CORE_AMBIGUOUS)
		list->count = kept;
	return outcome->target ? NULL : relo_value(&r->local, NULL, &outcome->value);
}

static struct rebtf_error *relo_run_patch(struct relo_running *r, struct relo_outcome *outcome)
{
	const struct program_code *code = &r->program->codes.items[outcome->at->code];
	size_t left = code->size - outcome->at->insn_off;
	bool poisoned;

	/* The section need not end with a whole instruction. */
	if (left < RELO_INSN_SIZE)
		return error_new(REBTF_ERR_FORMAT, "truncated instruction");
	if (left > sizeof(outcome->insn))
		left = sizeof(outcome->insn);
	memcpy(outcome->insn, code->data + outcome->at->insn_off, left);
	TRY(relo_insn_patch(outcome->insn, left, r->program->btf->big_endian, &outcome->value,
			    &poisoned));
	if (poisoned && outcome->target)
		outcome->verdict = REBTF_CORE_SIZE;
	return NULL;
}

static struct rebtf_error *relo_run_local_id(struct relo_running *r, struct relo_outcome *outcome)
{
	outcome->value = (struct relo_value){
		.old_value = r->local.root,
		.new_value = r->local.root,
	};
	outcome->verdict = REBTF_CORE_FOUND;
	return relo_run_patch(r, outcome);
}

static struct rebtf_error *relo_run_resolve(struct relo_running *r, struct relo_outcome *outcome)
{
	const struct rebtf_btf *btf = r->program->btf;
	const struct btf_ext_relo *relo = outcome->relo;
	struct relo_root *root;

	TRY(relo_spec_read(btf, relo->kind, relo->type_id, btf_string(btf, relo->access_off),
			   &r->budget, &r->local));
	if (relo->kind == REBTF_RELO_TYPE_ID_LOCAL)
		return relo_run_local_id(r, outcome);
	if (!*rebtf_btf_type_name(btf, btf_type(btf, relo->type_id)))
		return error_new(REBTF_ERR_FORMAT, "type [%u] has no name to look for",
				 relo->type_id);
	TRY(relo_candidates_of(&r->candidates, relo->type_id, &r->budget, &root));
	TRY(relo_run_match(r, root, outcome));
	if (outcome->verdict == REBTF_CORE_AMBIGUOUS)
		return NULL;
	outcome->verdict = outcome->target ? REBTF_CORE_FOUND : REBTF_CORE_MISSING;
	return relo_run_patch(r, outcome);
}

static struct rebtf_error *relo_run_one(
	struct relo_running *r, size_t index,
	struct rebtf_error *(*visit)(void *arg, size_t index, const struct relo_outcome *outcome),
	void *arg)
{
	const struct program_record *at = &r->program->records[BTF_EXT_RELOS].items[index];
	struct relo_outcome outcome = { .relo = at->record, .at = at, .local = &r->local };
	struct rebtf_error *err = relo_run_resolve(r, &outcome), *visit_err;

	if (relo_run_ends(r, err))
		return err;
	if (err) {
		outcome.verdict = REBTF_CORE_REFUSED;
		outcome.err = err;
	}
	visit_err = visit(arg, index, &outcome);
	rebtf_error_free(err);
	return visit_err;
}

static void relo_run_release(struct relo_running **r)
{
	if (*r)
		relo_candidates_release(&(*r)->candidates);
	free(*r);
}

struct rebtf_error *relo_run(const struct rebtf_program *program, struct rebtf_set *set,
			     const struct rebtf_core_options *options,
			     struct rebtf_error *(*visit)(void *arg, size_t index,
							  const struct relo_outcome *outcome),
			     void *arg)
{
	_cleanup_(relo_run_release) struct relo_running *r = calloc(1, sizeof(*r));
	const struct rebtf_btf *kernel;

	if (!r)
		return error_nomem();
	TRY(rebtf_set_btf(set, SET_KERNEL, &kernel));
	r->program = program;
	r->pointer_size = pointer_size(kernel) ?: RELO_POINTER_SIZE;
	r->budget = RELO_BUDGET;
	TRY(relo_candidates_find(program, set, options, &r->candidates));
	if (options->all_modules)
		TRY(relo_choose(&r->candidates, r->pointer_size, &r->budget));
	for (size_t i = 0; i < program->records[BTF_EXT_RELOS].count; i++)
		TRY(relo_run_one(r, i, visit, arg));
	return NULL;
}
