/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Makes the minimal BTF of a kernel and its modules for some programs, in four steps:
 *
 *   1. Run the relocations of all programs, and mark the types and members that they need.
 *   2. Number the marked types, in the order of their members and ids.
 *   3. Build them: structs with their marked members only. References to other types become void;
 *      only pointers have such.
 *   4. Run the relocations again, on the result, and compare.
 */
#include <stdlib.h>

#include "core/core_answers.h"
#include "core/minimal_marks.h"
#include "util/cleanup.h"
#include "util/options.h"

struct rebtf_min_core {
	size_t program_count;
	struct rebtf_core **missing; /* by program */
	size_t member_count;
	struct rebtf_btf **btfs; /* by member */
};

/* The result of a relocation, for the comparison. */
struct minimal_result {
	uint64_t value;
	uint8_t verdict;
};

DEFINE_VECTOR(minimal_results, struct minimal_result);

struct minimal {
	const struct rebtf_program *const *programs;
	struct rebtf_set *set;
	const struct rebtf_core_options *options;
	const struct rebtf_btf *kernel;
	bool split;
	struct minimal_marks marks;
	struct minimal_results results;
	size_t compared;	 /* results that were compared */
	struct rebtf_core *core; /* of the program whose relocations are run */
	struct rebtf_min_core *out;
};

void rebtf_min_core_free(struct rebtf_min_core *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->program_count && m->missing; i++)
		rebtf_core_free(m->missing[i]);
	for (size_t i = 0; i < m->member_count && m->btfs; i++)
		rebtf_btf_unref(m->btfs[i]);
	free(m->missing);
	free(m->btfs);
	free(m);
}

struct rebtf_btf *rebtf_min_core_btf(const struct rebtf_min_core *min_core, size_t member)
{
	return member < min_core->member_count ? min_core->btfs[member] : NULL;
}

const struct rebtf_core *rebtf_min_core_missing(const struct rebtf_min_core *min_core, size_t index)
{
	return index < min_core->program_count ? min_core->missing[index] : NULL;
}

/* ----------------------------------------------------------------------------------------- mark */

/* The error about a relocation without which there is no minimal BTF. */
static struct rebtf_error *minimal_fail(enum rebtf_error_code code,
					const struct rebtf_core_answer *answer, const char *fix)
{
	return error_new(code, "%s, instruction %u: %s of %s: %s: %s%s", answer->function,
			 answer->insn, rebtf_relo_kind_name(answer->kind), answer->path,
			 rebtf_core_verdict_name(answer->verdict), answer->reason ?: "", fix);
}

static struct rebtf_error *minimal_judge(struct minimal *m, const struct relo_outcome *outcome)
{
	const struct core_answer_list *answers = &m->core->answers;

	if (outcome->verdict == REBTF_CORE_FOUND)
		return NULL;
	TRY(core_add_relo(m->core, outcome));
	if (outcome->verdict == REBTF_CORE_AMBIGUOUS)
		return minimal_fail(REBTF_ERR_MISMATCH, &answers->items[answers->count - 1],
				    outcome->candidate.member != outcome->other_candidate.member
					    ? " (choose a module with --module)"
					    : "");
	if (outcome->verdict == REBTF_CORE_REFUSED && !outcome->target)
		return minimal_fail(REBTF_ERR_FORMAT, &answers->items[answers->count - 1], "");
	return NULL;
}

static struct minimal_result minimal_result_of(const struct relo_outcome *outcome)
{
	bool is_id = outcome->relo->kind == REBTF_RELO_TYPE_ID_TARGET;

	return (struct minimal_result){
		.value = is_id ? !!outcome->value.new_value : outcome->value.new_value,
		.verdict = (uint8_t)outcome->verdict,
	};
}

static struct rebtf_error *minimal_mark_relo(void *arg, size_t index,
					     const struct relo_outcome *outcome)
{
	struct minimal *m = arg;

	(void)index;
	TRY(minimal_judge(m, outcome));
	if (outcome->target)
		TRY(minimal_marks_add(&m->marks, outcome->candidate.member, m->kernel,
				      outcome->target));
	if (!minimal_results_append(&m->results, minimal_result_of(outcome)))
		return error_nomem();
	return NULL;
}

static struct rebtf_error *minimal_mark_program(struct minimal *m, size_t index)
{
	const struct rebtf_program *program = m->programs[index];

	TRY(core_new(program, m->set, &m->out->missing[index]));
	m->core = m->out->missing[index];
	return relo_run(program, m->set, m->options, minimal_mark_relo, m);
}

/* ---------------------------------------------------------------------------------------- build */

/* Numbers the marked types of a member, from @next on. */
static void minimal_number(const struct minimal_member *member, uint32_t next, uint32_t *map)
{
	for (uint32_t i = 0; i < member->btf->own_count; i++)
		map[member->btf->start_id + i] = minimal_has_type(member, i) ? next++ : 0;
}

static void minimal_build_composite(struct rebtf_builder *b, const struct minimal_member *member,
				    const struct rebtf_type *t, const uint32_t *map)
{
	const struct rebtf_btf *btf = member->btf;

	rebtf_builder_struct(b, rebtf_type_kind(t), btf_string(btf, t->name_off), t->size);
	for (uint32_t i = 0; i < rebtf_type_vlen(t); i++) {
		const struct rebtf_member *m = &rebtf_members(t)[i];

		if (minimal_has_element(member, m))
			rebtf_builder_member(b, btf_string(btf, m->name_off), map[m->type],
					     rebtf_member_bit_offset(t, m),
					     rebtf_member_bitfield_size(t, m));
	}
}

static void minimal_build_types(struct rebtf_builder *b, const struct minimal_member *member,
				const uint32_t *map)
{
	for (uint32_t i = 0; i < member->btf->own_count; i++) {
		const struct rebtf_type *t = btf_own_type(member->btf, i);

		if (!minimal_has_type(member, i))
			continue;
		if (kind_is_composite(rebtf_type_kind(t)))
			minimal_build_composite(b, member, t, map);
		else
			rebtf_builder_copy(b, member->btf, member->btf->start_id + i, map);
	}
}

static struct rebtf_error *minimal_builder(const struct minimal *m, struct rebtf_btf *base,
					   struct rebtf_builder **b)
{
	TRY(rebtf_builder_new(base, b));
	rebtf_builder_set_byte_order(*b, m->kernel->big_endian ? REBTF_BYTE_ORDER_BIG
							       : REBTF_BYTE_ORDER_LITTLE);
	return NULL;
}

/*
 * Builds the result. @map has room for the ids of all members. The ids of the kernel stay in it,
 * those of each module replace those of the last one.
 */
static struct rebtf_error *minimal_build(struct minimal *m, uint32_t *map)
{
	struct rebtf_btf **btfs = m->out->btfs;
	struct rebtf_builder *b;

	TRY(minimal_builder(m, NULL, &b));
	for (size_t i = 0; i < m->marks.count; i++) {
		const struct minimal_member *member = &m->marks.members[i];

		if (!member->btf)
			continue;
		if (i != SET_KERNEL && m->split) {
			if (!btfs[SET_KERNEL])
				TRY(rebtf_builder_finish(b, &btfs[SET_KERNEL]));
			TRY(minimal_builder(m, btfs[SET_KERNEL], &b));
		}
		minimal_number(member, rebtf_builder_next_id(b), map);
		minimal_build_types(b, member, map);
		if (i != SET_KERNEL && m->split)
			TRY(rebtf_builder_finish(b, &btfs[i]));
	}
	return btfs[SET_KERNEL] ? NULL : rebtf_builder_finish(b, &btfs[SET_KERNEL]);
}

static struct rebtf_error *minimal_make_map(const struct minimal *m, uint32_t **map)
{
	size_t count = rebtf_btf_type_count(m->kernel);

	for (size_t i = 0; i < m->marks.count; i++) {
		const struct rebtf_btf *btf = m->marks.members[i].btf;

		if (btf && rebtf_btf_type_count(btf) > count)
			count = rebtf_btf_type_count(btf);
	}
	*map = calloc(count, sizeof(**map));
	return *map ? NULL : error_nomem();
}

/* ------------------------------------------------------------------------------------- compare */

static struct rebtf_error *minimal_compare_relo(void *arg, size_t index,
						const struct relo_outcome *outcome)
{
	const struct minimal_result found = minimal_result_of(outcome);
	struct minimal *m = arg;
	const struct minimal_result *wanted = &m->results.items[m->compared++];
	char path[RELO_PATH_MAX];

	(void)index;
	if (found.verdict == wanted->verdict && found.value == wanted->value)
		return NULL;
	relo_spec_spell(outcome->local, path);
	return error_new(REBTF_ERR_UNSUPPORTED,
			 "%s of %s has another result with the minimal BTF (found %llu, expected "
			 "%llu), because types of several modules have the same name",
			 rebtf_relo_kind_name(outcome->relo->kind), path,
			 (unsigned long long)found.value, (unsigned long long)wanted->value);
}

static struct rebtf_error *minimal_compare(struct minimal *m, struct rebtf_set *set)
{
	for (size_t i = 1; i < m->out->member_count; i++) {
		if (m->out->btfs[i])
			TRY(rebtf_set_add(set, rebtf_set_name(m->set, i), m->out->btfs[i]));
	}
	for (size_t i = 0; i < m->out->program_count; i++)
		TRY(error_at(relo_run(m->programs[i], set, m->options, minimal_compare_relo, m),
			     m->programs[i]->path, NULL));
	return NULL;
}

/* ---------------------------------------------------------------------------------------- steps */

static struct rebtf_error *minimal_make(struct minimal *m)
{
	_cleanup_free_ uint32_t *map = NULL;
	struct rebtf_set *set;
	struct rebtf_error *err;

	TRY(rebtf_set_btf(m->set, SET_KERNEL, &m->kernel));
	TRY(minimal_marks_new(m->out->member_count, &m->marks));
	for (size_t i = 0; i < m->out->program_count; i++)
		TRY(error_at(minimal_mark_program(m, i), m->programs[i]->path, NULL));
	TRY(minimal_make_map(m, &map));
	TRY(minimal_build(m, map));
	TRY(set_new(m->out->btfs[SET_KERNEL], 1, &set));
	err = minimal_compare(m, set);
	rebtf_set_free(set);
	return err;
}

struct rebtf_error *rebtf_min_core(const struct rebtf_program *const *programs, size_t count,
				   struct rebtf_set *set,
				   const struct rebtf_min_core_options *options,
				   struct rebtf_min_core **min_core)
{
	REBTF_OPTIONS(rebtf_min_core_options, how);
	REBTF_OPTIONS(rebtf_core_options, core);
	struct minimal m = { .programs = programs, .set = set, .options = &core };
	struct rebtf_error *err;

	TRY(OPTIONS_COPY(rebtf_min_core_options, &how, options));
	TRY(OPTIONS_COPY(rebtf_core_options, &core, how.core));
	core.by_target = true;
	m.split = how.split;
	m.out = calloc(1, sizeof(*m.out));
	if (!m.out)
		return error_nomem();
	m.out->program_count = count;
	m.out->member_count = rebtf_set_count(set);
	m.out->missing = calloc(count + 1, sizeof(*m.out->missing));
	m.out->btfs = calloc(m.out->member_count, sizeof(*m.out->btfs));
	err = m.out->missing && m.out->btfs ? minimal_make(&m) : error_nomem();
	minimal_marks_release(&m.marks);
	minimal_results_release(&m.results);
	if (err) {
		rebtf_min_core_free(m.out);
		return err;
	}
	*min_core = m.out;
	return NULL;
}
