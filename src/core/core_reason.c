/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Explains, in words, why a kernel lacks the type or member that a relocation asks for, and which
 * one it has instead. Follows the path step by step to the first one that is missing.
 */
#include <string.h>

#include "core/core_answers.h"
#include "graph/spell.h"
#include "util/glob.h"

static bool core_reason_failed(struct rebtf_error *err)
{
	rebtf_error_free(err);
	return err;
}

/* A type of a member of the set, as "struct nf_conn of nf_nat". */
static const char *core_reason_type(struct rebtf_core *core, const struct relo_candidate *candidate)
{
	const struct rebtf_type *t = btf_type(candidate->btf, candidate->id);
	const char *name = rebtf_btf_type_name(candidate->btf, t);
	struct rebtf_set_type type = set_type(core->set, candidate->member, candidate->id);

	if (type.member == SET_KERNEL)
		return core_keepf(core, "%s%.255s", rebtf_type_keyword(t), name);
	return core_keepf(core, "%s%.255s of %s", rebtf_type_keyword(t), name,
			  rebtf_set_name(core->set, type.member));
}

static const char *core_reason_no_type(struct rebtf_core *core, const struct relo_outcome *outcome)
{
	const struct rebtf_btf *btf = core->program->btf;
	const struct rebtf_type *t = btf_type(btf, outcome->relo->type_id);
	const char *name = rebtf_btf_type_name(btf, t);
	const char *keyword = rebtf_type_keyword(t), *also = "";
	int length = (int)name_essential_length(name);

	if (outcome->same_name)
		also = core_keepf(core, ", but %s (%s)", core_reason_type(core, outcome->same_name),
				  rebtf_kind_name(rebtf_type_kind(btf_type(
					  outcome->same_name->btf, outcome->same_name->id))));
	return core_keepf(core, "the kernel has no %s%.*s%s", *keyword ? keyword : "type ",
			  length < 255 ? length : 255, name, also);
}

/* --------------------------------------------------------------------------------------- fields */

/* The type that the path @spec, which ends after some step, leads to. */
static uint32_t core_reason_reached(const struct relo_spec *spec)
{
	const struct relo_step *step = &spec->steps[spec->step_count - 1];

	if (!step->name)
		return step->type_id;
	return rebtf_members(btf_type(spec->btf, step->type_id))[step->index].type;
}

/* A member with a name that contains @name, or NULL. Renamed members often are "__state". */
static const char *core_reason_similar(const struct rebtf_btf *btf, const struct rebtf_type *t,
				       const char *name)
{
	for (uint32_t i = 0; i < rebtf_type_vlen(t); i++) {
		const char *other = btf_string(btf, rebtf_members(t)[i].name_off);

		if (*other && (strstr(other, name) || strstr(name, other)) &&
		    strlen(other) * 2 >= strlen(name))
			return other;
	}
	return NULL;
}

static const char *core_reason_member(struct rebtf_core *core, const struct relo_step *wanted,
				      const struct relo_spec *reached, const char *where)
{
	const struct rebtf_btf *btf = reached->btf, *local_btf = core->program->btf;
	uint32_t id = core_reason_reached(reached);
	const struct rebtf_type *t, *local_t = btf_type(local_btf, wanted->type_id);
	char type[SPELLING_MAX], local_type[SPELLING_MAX];
	const char *similar;
	uint64_t work = 0;

	if (core_reason_failed(relo_skip(btf, &id, &core->reason_budget, &t)) ||
	    core_reason_failed(relo_spend(&core->reason_budget, rebtf_type_vlen(t) + 1)))
		return core_keepf(core, "%s has no member '%.255s'", where, wanted->name);
	if (!kind_is_composite(rebtf_type_kind(t))) {
		spell_type(btf, id, type, &work);
		return core_keepf(core, "%s is '%s', without members", where, type);
	}
	for (uint32_t i = 0; i < rebtf_type_vlen(t); i++) {
		const struct rebtf_member *m = &rebtf_members(t)[i];

		if (strcmp(btf_string(btf, m->name_off), wanted->name) != 0)
			continue;
		spell_type(btf, m->type, type, &work);
		spell_type(local_btf, rebtf_members(local_t)[wanted->index].type, local_type,
			   &work);
		return core_keepf(core, "member '%.255s' of %s has type '%s' (expected '%s')",
				  wanted->name, where, type, local_type);
	}
	similar = core_reason_similar(btf, t, wanted->name);
	if (similar)
		return core_keepf(core, "%s has no member '%.255s', but '%.255s'", where,
				  wanted->name, similar);
	return core_keepf(core, "%s has no member '%.255s'", where, wanted->name);
}

static const char *core_reason_element(struct rebtf_core *core, const struct relo_step *wanted,
				       const struct relo_spec *reached, const char *where)
{
	uint32_t id = core_reason_reached(reached);
	const struct rebtf_type *t;
	char type[SPELLING_MAX];
	uint64_t work = 0;

	if (!core_reason_failed(relo_skip(reached->btf, &id, &core->reason_budget, &t)) &&
	    rebtf_type_kind(t) == REBTF_KIND_ARRAY)
		return core_keepf(core, "%s has only %u elements (expected at least %u)", where,
				  rebtf_array(t)->nelems, wanted->index + 1);
	spell_type(reached->btf, id, type, &work);
	return core_keepf(core, "%s is '%s', not an array", where, type);
}

static const char *core_reason_field(struct rebtf_core *core, const struct relo_outcome *outcome)
{
	const struct relo_candidate *c = &outcome->candidate;
	struct relo_spec prefix = *outcome->local, reached = {}, next;
	char where[RELO_PATH_MAX];
	uint32_t count = prefix.step_count;

	for (prefix.step_count = 1; prefix.step_count <= count; prefix.step_count++) {
		struct rebtf_error *err;
		bool matches = false;

		err = relo_match(&prefix, c->btf, 8, c->id, &core->reason_budget, &next, &matches);
		rebtf_error_free(err);
		if (!matches)
			break;
		reached = next;
	}
	if (!reached.step_count || prefix.step_count > count)
		return core_keepf(core, "%s does not fit", core_reason_type(core, c));
	relo_spec_spell(&reached, where);
	if (prefix.steps[prefix.step_count - 1].name)
		return core_reason_member(core, &prefix.steps[prefix.step_count - 1], &reached,
					  reached.step_count == 1 ? core_reason_type(core, c)
								  : where);
	return core_reason_element(core, &prefix.steps[prefix.step_count - 1], &reached, where);
}

/* ---------------------------------------------------------------------------------------- others */

static const char *core_reason_missing(struct rebtf_core *core, const struct relo_outcome *outcome)
{
	if (!outcome->has_candidate)
		return core_reason_no_type(core, outcome);
	if (relo_is_of_field(outcome->relo->kind))
		return core_reason_field(core, outcome);
	if (relo_is_of_enumerator(outcome->relo->kind))
		return core_keepf(core, "%s has no enumerator '%.255s'",
				  core_reason_type(core, &outcome->candidate),
				  outcome->local->steps[0].name);
	return core_keepf(core, "%s has another definition",
			  core_reason_type(core, &outcome->candidate));
}

static const char *core_reason_ambiguous(struct rebtf_core *core,
					 const struct relo_outcome *outcome)
{
	bool bits = outcome->target->bit_offset != outcome->other->bit_offset;
	uint64_t first = bits ? outcome->target->bit_offset : outcome->value.new_value;
	uint64_t second = bits ? outcome->other->bit_offset : outcome->other_value.new_value;

	return core_keepf(core, "%s %llu in %s [%u], but %llu in %s [%u]", bits ? "bit" : "value",
			  (unsigned long long)first, core_reason_type(core, &outcome->candidate),
			  outcome->candidate.id, (unsigned long long)second,
			  core_reason_type(core, &outcome->other_candidate),
			  outcome->other_candidate.id);
}

const char *core_reason(struct rebtf_core *core, const struct relo_outcome *outcome)
{
	switch (outcome->verdict) {
	case REBTF_CORE_MISSING:
		return core_reason_missing(core, outcome);
	case REBTF_CORE_AMBIGUOUS:
		return core_reason_ambiguous(core, outcome);
	case REBTF_CORE_SIZE:
		return core_keepf(core,
				  "the kernel's field has %u bytes (the program accesses %u, and "
				  "its type is signed or no integer)",
				  outcome->value.new_size, outcome->value.old_size);
	case REBTF_CORE_REFUSED:
		return core_keep(core, rebtf_error_message(outcome->err));
	default:
		return NULL;
	}
}
