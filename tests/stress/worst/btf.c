/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Runs all BTF functions of the library on one shape. A shape is a base, a module over it that
 * refers to each of its types, and the base of a later kernel.
 */
#include <stdio.h>
#include <stdlib.h>

#include "shapes.h"
#include "worst.h"

/* The BTF of a shape: a base, a module's BTF over it, and the base of a later kernel. */
struct sample {
	void *base_data, *split_data;
	size_t base_size, split_size, new_size;
	struct rebtf_btf *base, *split, *new_base;
	/* Results made from the split; NULL until then. */
	struct rebtf_btf *distilled, *over_distilled, *expects, *standalone;
};

/* ------------------------------------------------------------------------------------- samples */

static bool can_be_parameter(const struct rebtf_type *t)
{
	switch (rebtf_type_kind(t)) {
	case REBTF_KIND_FUNC:
	case REBTF_KIND_FUNC_PROTO:
	case REBTF_KIND_VAR:
	case REBTF_KIND_DATASEC:
	case REBTF_KIND_DECL_TAG:
		return false;
	default:
		return true;
	}
}

static bool can_be_embedded(const struct rebtf_type *t)
{
	return rebtf_type_kind(t) == REBTF_KIND_STRUCT || rebtf_type_kind(t) == REBTF_KIND_UNION;
}

/*
 * Adds a union that contains all structs of the base by value and pointers to its prototypes, and
 * functions with all its other types as parameters.
 */
static void refer_to_base(struct rebtf_builder *b, const struct rebtf_btf *base)
{
	char name[32];

	rebtf_builder_struct(b, REBTF_KIND_UNION, "own", UINT32_MAX / 2);
	for (uint32_t id = 1; id < rebtf_btf_type_count(base); id++) {
		if (can_be_embedded(rebtf_btf_type(base, id)))
			rebtf_builder_member(b, NULL, id, 0, 0);
	}
	for (uint32_t id = 1; id < rebtf_btf_type_count(base); id++) {
		if (rebtf_type_kind(rebtf_btf_type(base, id)) == REBTF_KIND_FUNC_PROTO)
			rebtf_builder_ref(b, REBTF_KIND_PTR, id);
	}
	for (uint32_t id = 1; id < rebtf_btf_type_count(base); id += 8) {
		uint32_t proto = rebtf_builder_func_proto(b, 0);

		for (uint32_t i = id; i < id + 8 && i < rebtf_btf_type_count(base); i++) {
			if (can_be_parameter(rebtf_btf_type(base, i)))
				rebtf_builder_param(b, NULL, i);
		}
		snprintf(name, sizeof(name), "own%u", id);
		rebtf_builder_func(b, name, REBTF_LINKAGE_STATIC, proto);
	}
}

static struct rebtf_btf *build(const struct shape *shape, struct rebtf_btf *base, uint32_t types,
			       bool changed)
{
	struct rebtf_builder *b;
	struct rebtf_btf *btf;

	must("builder", rebtf_builder_new(base, &b));
	if (changed)
		rebtf_builder_float(b, "float", 4);
	shape->fill(b, types, changed);
	if (base)
		refer_to_base(b, base);
	must("build", rebtf_builder_finish(b, &btf));
	return btf;
}

static struct sample make_sample(const struct shape *shape, uint32_t types)
{
	struct sample s = {};
	void *data;

	s.base = build(shape, NULL, types, false);
	must("write", rebtf_btf_write(s.base, NULL, &s.base_data, &s.base_size));
	if (shape->tangle) {
		rebtf_btf_unref(s.base);
		shape->tangle(s.base_data, s.base_size);
		must("open",
		     rebtf_btf_open_mem(s.base_data, s.base_size, "tangled", NULL, &s.base));
	}
	s.split = build(shape, s.base, types / 2, false);
	must("write", rebtf_btf_write(s.split, NULL, &s.split_data, &s.split_size));
	s.new_base = build(shape, NULL, types, true);
	must("write", rebtf_btf_write(s.new_base, NULL, &data, &s.new_size));
	free(data);
	return s;
}

static void release(struct sample *s)
{
	rebtf_btf_unref(s->standalone);
	rebtf_btf_unref(s->expects);
	rebtf_btf_unref(s->over_distilled);
	rebtf_btf_unref(s->distilled);
	rebtf_btf_unref(s->new_base);
	rebtf_btf_unref(s->split);
	rebtf_btf_unref(s->base);
	free(s->split_data);
	free(s->base_data);
}

/* --------------------------------------------------------------------------------- operations */

static const char *const trusted_names[] = { "trusted", "same", "wide", "own" };
static const struct rebtf_trust trust = { .size = sizeof(struct rebtf_trust),
					  .names = trusted_names,
					  .name_count = 4 };

static void open_base(struct sample *s)
{
	struct rebtf_btf *btf;

	if (ok(rebtf_btf_open_mem(s->base_data, s->base_size, "base", NULL, &btf)))
		rebtf_btf_unref(btf);
}

static void open_split(struct sample *s)
{
	struct rebtf_btf *btf;

	if (ok(rebtf_btf_open_mem(s->split_data, s->split_size, "split", s->base, &btf)))
		rebtf_btf_unref(btf);
}

static void survey(struct sample *s)
{
	struct rebtf_survey *found;

	if (ok(rebtf_survey(s->base_data, s->base_size, "base", &found)))
		rebtf_survey_free(found);
}

static void write_out(struct sample *s)
{
	REBTF_OPTIONS(rebtf_write_options, options, .layout = REBTF_LAYOUT_WITH);
	void *data;
	size_t size;

	if (ok(rebtf_btf_write(s->split, &options, &data, &size)))
		free(data);
}

static void find_all(struct sample *s)
{
	for (uint32_t id = 1; id < rebtf_btf_type_count(s->split); id++) {
		const struct rebtf_type *t = rebtf_btf_type(s->split, id);

		rebtf_btf_find(s->split, rebtf_btf_type_name(s->split, t), rebtf_type_kind(t));
	}
}

/* One call returns the ids of all types of the name, so this calls it for one name only. */
static void find_same_named(struct sample *s)
{
	uint32_t last = rebtf_btf_type_count(s->split) - 1, *ids;
	const char *name = rebtf_btf_type_name(s->split, rebtf_btf_type(s->split, last));
	size_t count;

	if (ok(rebtf_btf_find_all(s->split, name, REBTF_ANY_KIND, REBTF_FIND_BASES_FIRST, &ids,
				  &count)))
		free(ids);
}

static struct rebtf_error *discard(void *arg, const char *text, size_t size)
{
	(void)arg, (void)text, (void)size;
	return NULL;
}

static void dump(struct sample *s)
{
	ok(rebtf_btf_dump(s->split, discard, NULL));
}

static void copy_all(struct sample *s)
{
	struct rebtf_builder *b;
	struct rebtf_btf *copy;

	if (!ok(rebtf_builder_new(NULL, &b)))
		return;
	for (uint32_t id = 1; id < rebtf_btf_type_count(s->base); id++)
		rebtf_builder_copy(b, s->base, id, NULL);
	if (ok(rebtf_builder_finish(b, &copy)))
		rebtf_btf_unref(copy);
}

static void verify(const void *data, size_t size, struct rebtf_btf *base, bool kernel_btf)
{
	const struct rebtf_verify_options options = { .size = sizeof(struct rebtf_verify_options),
						      .kernel_btf = kernel_btf };
	struct rebtf_violations *violations;

	if (ok(rebtf_verify(data, size, "x", base, &options, &violations)))
		rebtf_violations_free(violations);
}

static void verify_base(struct sample *s)
{
	verify(s->base_data, s->base_size, NULL, false);
}

static void verify_split(struct sample *s)
{
	verify(s->split_data, s->split_size, s->base, false);
}

static void verify_module(struct sample *s)
{
	verify(s->split_data, s->split_size, s->base, true);
}

static void distill(struct sample *s)
{
	struct rebtf_btf *distilled, *over_distilled;

	if (!ok(rebtf_distill(s->split, &distilled, &over_distilled)))
		return;
	rebtf_btf_unref(distilled);
	rebtf_btf_unref(over_distilled);
}

static void distill_expects(struct sample *s)
{
	ok(rebtf_distill_expects(s->split, &trust, &s->distilled, &s->over_distilled, &s->expects));
}

static void expect_later(struct sample *s)
{
	struct rebtf_btf *expects;

	if (s->over_distilled && ok(rebtf_expects(s->over_distilled, &trust, s->base, &expects)))
		rebtf_btf_unref(expects);
}

static void relocate(struct sample *s, struct rebtf_btf *base)
{
	struct rebtf_report *report = NULL;
	struct rebtf_btf *relocated = NULL;

	if (s->over_distilled)
		ok(rebtf_relocate(s->over_distilled, base, &report, &relocated));
	rebtf_report_free(report);
	rebtf_btf_unref(relocated);
}

static void relocate_back(struct sample *s)
{
	relocate(s, s->base);
}

static void relocate_on(struct sample *s)
{
	relocate(s, s->new_base);
}

static struct rebtf_report *reconcile(struct sample *s, enum rebtf_policy policy, bool local)
{
	const struct rebtf_reconcile_options options = {
		.size = sizeof(struct rebtf_reconcile_options),
		.policy = policy,
		.local = local,
		.expects = s->expects,
		.trust = local ? NULL : &trust,
	};
	struct rebtf_report *report = NULL;
	struct rebtf_btf *result = NULL;

	if (s->over_distilled)
		ok(rebtf_reconcile(s->over_distilled, s->new_base, &options, &report, &result));
	rebtf_btf_unref(result);
	return report;
}

static void reconcile_strictly(struct sample *s)
{
	rebtf_report_free(reconcile(s, REBTF_POLICY_STRICT, false));
}

static void reconcile_leniently(struct sample *s)
{
	rebtf_report_free(reconcile(s, REBTF_POLICY_LENIENT, false));
}

static void localize(struct sample *s)
{
	rebtf_report_free(reconcile(s, REBTF_POLICY_KERNEL, true));
}

static void localize_strictly(struct sample *s)
{
	rebtf_report_free(reconcile(s, REBTF_POLICY_STRICT, true));
}

/* The command's own limit: after this much work it compares no more types. */
#define COMPARED_MAX (1u << 20)

static void explain_match(struct rebtf_paths *paths, const struct rebtf_report *report,
			  const struct rebtf_match *match, uint64_t *compared)
{
	struct rebtf_change_list *changes;
	uint32_t other = match->target;
	struct rebtf_path *path;

	if (!other && match->candidate_count)
		other = match->candidates[0];
	if (ok(rebtf_paths_find(paths, match->id, match->reliance, &path)))
		rebtf_path_free(path);
	rebtf_match_remedy(report, match);
	if (match->expected && other && *compared < COMPARED_MAX &&
	    ok(rebtf_compare(rebtf_report_expects(report), match->expected,
			     rebtf_report_new_base(report), other, &changes))) {
		*compared += rebtf_change_list_cost(changes);
		rebtf_change_list_free(changes);
	}
}

static void explain(struct sample *s)
{
	struct rebtf_report *report = reconcile(s, REBTF_POLICY_STRICT, false);
	struct rebtf_paths *paths;
	uint64_t compared = 0;

	if (report && ok(rebtf_paths_new(s->over_distilled, &trust, &paths))) {
		for (size_t i = 0; i < rebtf_report_count(report); i++)
			explain_match(paths, report, rebtf_report_at(report, i), &compared);
		rebtf_paths_free(paths);
	}
	rebtf_report_free(report);
}

static void compare_last(struct sample *s)
{
	uint32_t old_id = rebtf_btf_type_count(s->base) - 1,
		 new_id = rebtf_btf_type_count(s->new_base) - 1;
	struct rebtf_change_list *changes;

	if (ok(rebtf_compare(s->base, old_id, s->new_base, new_id, &changes)))
		rebtf_change_list_free(changes);
}

static void make_standalone(struct sample *s)
{
	ok(rebtf_standalone(s->split, NULL, &s->standalone));
}

static void make_standalone_in_full(struct sample *s)
{
	REBTF_OPTIONS(rebtf_standalone_options, extent, .full = true);
	struct rebtf_btf *standalone;

	if (ok(rebtf_standalone(s->split, &extent, &standalone)))
		rebtf_btf_unref(standalone);
}

static void renumber(struct sample *s)
{
	struct rebtf_btf *renumbered;

	if (s->standalone && ok(rebtf_renumber(s->standalone, s->new_base, &renumbered)))
		rebtf_btf_unref(renumbered);
}

static void count_refs(struct sample *s)
{
	size_t count;

	ok(rebtf_btf_count_base_refs(s->split, &count));
	rebtf_btf_is_distilled_base(s->base);
}

/* Some operations need the results of earlier ones. */
static const struct operation operations[] = {
	{ "open the base", open_base },
	{ "open the split", open_split },
	{ "survey", survey },
	{ "write", write_out },
	{ "find all names", find_all },
	{ "find all types of a name", find_same_named },
	{ "dump", dump },
	{ "copy", copy_all },
	{ "count references", count_refs },
	{ "verify the base", verify_base },
	{ "verify the split", verify_split },
	{ "verify as a module's", verify_module },
	{ "distill", distill },
	{ "distill with expectations", distill_expects },
	{ "expect later", expect_later },
	{ "relocate back", relocate_back },
	{ "relocate on", relocate_on },
	{ "reconcile strictly", reconcile_strictly },
	{ "reconcile leniently", reconcile_leniently },
	{ "give up", localize },
	{ "give up strictly", localize_strictly },
	{ "explain", explain },
	{ "compare", compare_last },
	{ "standalone", make_standalone },
	{ "standalone in full", make_standalone_in_full },
	{ "renumber", renumber },
};

_Static_assert(sizeof(operations) / sizeof(operations[0]) <= OPERATIONS_MAX, "no room for all");

static void measure(uint32_t shape, uint32_t n, struct measured *m)
{
	struct sample s = make_sample(&shapes[shape], n);

	m->size = s.base_size + s.split_size + s.new_size;
	run_all(operations, sizeof(operations) / sizeof(operations[0]), &s, m);
	release(&s);
}

static const char *shape_name(uint32_t shape)
{
	return shape < shape_count ? shapes[shape].name : NULL;
}

const struct subject btf_subject = { shape_name, measure, 4000 };
