/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Properties of expectations and of reconciling, on BTF of random shapes and bases that changed in
 * random ways.
 */
#include "split/report.h"
#include "split/random_for_test.h"

#define CASES 300

struct sample {
	struct rebtf_btf *base;
	struct rebtf_btf *split;
	struct parts parts;
	uint64_t random;
};

static struct sample build_sample(uint64_t seed)
{
	struct shape s = { .random = seed * 0x9e3779b97f4a7c15u + 1, .data_only = true };
	struct sample sample;

	s.base_types = random_below(&s.random, 200);
	s.split_types = random_below(&s.random, 60);
	sample.base = build_random(&s, NULL, "base_", s.base_types);
	s.data_only = false;
	sample.split = build_random(&s, sample.base, "own_", s.split_types);
	sample.parts = distilled_parts(sample.split, NULL);
	sample.random = s.random;
	return sample;
}

static void release_sample(struct sample *sample)
{
	parts_release(&sample->parts);
	rebtf_btf_unref(sample->split);
	rebtf_btf_unref(sample->base);
}

#define _cleanup_sample_ _cleanup_(release_sample)

static void assert_same_btf(const struct rebtf_btf *found, const struct rebtf_btf *want)
{
	_cleanup_bytes_ struct bytes found_bytes = written(found, 0), want_bytes = written(want, 0);

	assert_same_bytes(&found_bytes, &want_bytes);
}

/* --- expectations */

static void expectations_change_nothing_else(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < CASES; seed++) {
		_cleanup_sample_ struct sample sample = build_sample(seed);
		_cleanup_unref_ struct rebtf_btf *without = distilled(sample.split);

		assert_same_btf(sample.parts.split, without);
		assert_same_btf(sample.parts.base, rebtf_btf_base(without));
	}
}

static void expectations_are_in_keeping_with_their_base(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < CASES; seed++) {
		_cleanup_sample_ struct sample sample = build_sample(seed);

		assert_reopens(sample.parts.expects);
		assert_ok(expects_check(sample.parts.expects));
	}
}

static void later_the_same_is_expected(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < CASES; seed++) {
		_cleanup_sample_ struct sample sample = build_sample(seed);
		_cleanup_unref_ struct rebtf_btf *later = NULL;

		assert_ok(rebtf_expects(sample.parts.split, NULL, sample.base, &later));
		assert_same_btf(later, sample.parts.expects);
	}
}

/* --- the same base */

/* Under each policy, and with or without localizing: no type needs to be localized. */
static void over_its_own_base_a_module_is_what_it_was(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < CASES; seed++) {
		_cleanup_sample_ struct sample sample = build_sample(seed);
		_cleanup_unref_ struct rebtf_btf *want = relocated(sample.parts.split, sample.base);

		for (int i = 0; i < 6; i++) {
			const struct rebtf_reconcile_options options = {
				.size = sizeof(struct rebtf_reconcile_options),
				i / 2,
				i % 2,
				sample.parts.expects,
				NULL,
				NULL
			};
			_cleanup_unref_ struct rebtf_btf *result = NULL;
			struct rebtf_report *report;

			assert_ok(rebtf_reconcile(sample.parts.split, sample.base, &options,
						  &report, &result));
			assert_int_equal(report->misfits, 0);
			assert_int_equal(report->refs_localized, 0);
			rebtf_report_free(report);
			assert_same_btf(result, want);
		}
	}
}

/* --- another base */

/*
 * Adds a changed version of type @id: gone, another kind, another size, without members, two of it.
 */
static uint32_t add_changed(struct rebtf_builder *b, const struct rebtf_btf *base, uint32_t id,
			    uint64_t *random)
{
	const struct rebtf_type *t = rebtf_btf_type(base, id);
	const char *name = rebtf_btf_type_name(base, t);
	uint32_t kind = rebtf_type_kind(t);

	if (!*name || !(kind_has_members(kind) || kind == REBTF_KIND_INT))
		return rebtf_builder_copy(b, base, id, NULL);
	switch (random_below(random, 8)) {
	case 0:
		return rebtf_builder_fwd(b, REBTF_KIND_STRUCT, "gone");
	case 1:
		kind = kind == REBTF_KIND_UNION ? REBTF_KIND_UNION : REBTF_KIND_STRUCT;
		return rebtf_builder_fwd(b, kind, name);
	case 2:
		return rebtf_builder_float(b, name, 4);
	case 3:
		return rebtf_builder_struct(b, REBTF_KIND_STRUCT, name, t->size + 8);
	case 4:
		return rebtf_builder_struct(b, REBTF_KIND_UNION, name, t->size);
	default:
		return rebtf_builder_copy(b, base, id, NULL);
	}
}

/* The base with each type under its old id, followed by second types of some names. */
static struct rebtf_btf *change(const struct rebtf_btf *base, uint64_t *random)
{
	struct rebtf_builder *b = build_over(NULL);

	for (uint32_t id = 1; id < rebtf_btf_type_count(base); id++)
		assert_int_equal(add_changed(b, base, id, random), id);
	for (uint32_t id = 1; id < rebtf_btf_type_count(base); id++) {
		if (!random_below(random, 16))
			rebtf_builder_copy(b, base, id, NULL);
	}
	return built(b);
}

static bool is_data(const struct rebtf_btf *btf, uint32_t id)
{
	uint32_t kind = rebtf_type_kind(rebtf_btf_type(btf, id));

	return kind_has_members(kind);
}

/* Only trust prevents a fit, and only for types with members. */
static void check_misfits(const struct rebtf_report *report, bool refused)
{
	size_t in_the_way = 0;

	for (size_t i = 0; i < report->count; i++) {
		const struct rebtf_match *match = &report->matches[i];

		if (match->verdict == REBTF_VERDICT_MATCHED || match->localized)
			continue;
		in_the_way++;
		assert_int_equal(match->reliance, REBTF_RELIANCE_TRUSTED);
		assert_true(is_data(report->distilled_base, match->id));
	}
	assert_int_equal(in_the_way, report->misfits - report->localized);
	assert_int_equal(in_the_way != 0, refused);
}

/* Own types keep their order and names, also of members and values. */
static void assert_own_types_kept(const struct rebtf_btf *before, const struct rebtf_btf *after)
{
	uint32_t old_id = rebtf_btf_start_id(before), new_id = rebtf_btf_start_id(after);

	for (; old_id < rebtf_btf_type_count(before); old_id++, new_id++) {
		const struct rebtf_type *old_type = rebtf_btf_type(before, old_id);
		const struct rebtf_type *new_type = rebtf_btf_type(after, new_id);
		struct rebtf_field_iter old_it, new_it;
		const uint32_t *old_off, *new_off;

		assert_int_equal(old_type->info, new_type->info);
		rebtf_field_iter_init(&old_it, old_type, REBTF_FIELD_STRINGS);
		rebtf_field_iter_init(&new_it, new_type, REBTF_FIELD_STRINGS);
		while ((old_off = rebtf_field_iter_next(&old_it)) &&
		       (new_off = rebtf_field_iter_next(&new_it)))
			assert_string_equal(rebtf_btf_string(before, *old_off),
					    rebtf_btf_string(after, *new_off));
	}
}

/* Localized types follow the module's own types, under their names, in a permitted form. */
static void assert_local_types_stand_for(const struct rebtf_report *report,
					 const struct rebtf_btf *split,
					 const struct rebtf_btf *result)
{
	uint32_t first_local = rebtf_btf_start_id(result) + split->own_count;

	for (size_t i = 0; i < report->count; i++) {
		const struct rebtf_match *match = &report->matches[i];
		const struct rebtf_type *was, *is;

		if (!match->localized) {
			assert_int_equal(match->local, 0);
			continue;
		}
		assert_true(match->local >= first_local);
		was = rebtf_btf_type(report->distilled_base, match->id);
		is = rebtf_btf_type(result, match->local);
		assert_string_equal(rebtf_btf_type_name(report->distilled_base, was),
				    rebtf_btf_type_name(result, is));
		if (kind_is_composite(rebtf_type_kind(was)) && !match->embedded)
			assert_int_equal(rebtf_type_kind(is), REBTF_KIND_FWD);
		else
			assert_int_equal(was->size, is->size);
	}
}

static void check_kept(const struct sample *sample, struct rebtf_btf *new_base,
		       const struct rebtf_reconcile_options *options, size_t *kept, size_t *refused)
{
	_cleanup_unref_ struct rebtf_btf *result = NULL;
	struct rebtf_report *report = NULL;
	struct rebtf_error *err = rebtf_reconcile(sample->parts.split, new_base, options, &report,
						  &result);

	if (err && err->code != REBTF_ERR_MISMATCH)
		fail_msg("%s", rebtf_error_text(err));
	check_misfits(report, err != NULL);
	if (!err) {
		assert_reopens(result);
		assert_own_types_kept(sample->parts.split, result);
		assert_local_types_stand_for(report, sample->parts.split, result);
	}
	*kept += !err && report->localized;
	*refused += err != NULL;
	rebtf_error_free(err);
	rebtf_report_free(report);
}

/* With and without expectations, under each policy. */
static void only_trust_keeps_a_module_from_any_base(void **state)
{
	size_t kept = 0, refused = 0;

	(void)state;
	for (uint64_t seed = 0; seed < CASES; seed++) {
		_cleanup_sample_ struct sample sample = build_sample(seed);
		_cleanup_unref_ struct rebtf_btf *new_base = change(sample.base, &sample.random);

		for (int i = 0; i < 6; i++) {
			const struct rebtf_reconcile_options options = {
				.size = sizeof(struct rebtf_reconcile_options),
				.policy = i / 2,
				.local = true,
				.expects = i % 2 ? sample.parts.expects : NULL,
			};

			check_kept(&sample, new_base, &options, &kept, &refused);
		}
	}
	/* The samples are diverse. */
	assert_true(kept > CASES && refused > CASES / 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(expectations_change_nothing_else),
		cmocka_unit_test(expectations_are_in_keeping_with_their_base),
		cmocka_unit_test(later_the_same_is_expected),
		cmocka_unit_test(over_its_own_base_a_module_is_what_it_was),
		cmocka_unit_test(only_trust_keeps_a_module_from_any_base),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
