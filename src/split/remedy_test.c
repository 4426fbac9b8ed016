/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Tests of the remedy for each misfit, as a table of everything it depends on. */
#include "split/split_for_test.h"

static const struct {
	uint32_t id; /* [1] STRUCT, [2] INT, [3] ENUM */
	enum rebtf_verdict verdict;
	enum rebtf_class class;
	bool is_expected;
	enum rebtf_remedy want;
	enum rebtf_remedy other;
	bool is_harmless;
} cases[] = {
	{ 1, REBTF_MATCHED, REBTF_TRUSTED, false, REBTF_REMEDY_NONE, 0, true },
	{ 1, REBTF_MISSING, REBTF_POINTER_ONLY, false, REBTF_REMEDY_LENIENT, 0, true },
	{ 1, REBTF_AMBIGUOUS, REBTF_POINTER_ONLY, false, REBTF_REMEDY_LENIENT, 0, true },
	{ 2, REBTF_KIND, REBTF_EMBEDDED, false, REBTF_REMEDY_LENIENT, 0, true },
	{ 3, REBTF_SIZE, REBTF_EMBEDDED, false, REBTF_REMEDY_LENIENT, 0, true },
	{ 3, REBTF_SIZE, REBTF_TRUSTED, false, REBTF_REMEDY_REBUILD, 0, false },
	{ 3, REBTF_MEMBERS, REBTF_EMBEDDED, true, REBTF_REMEDY_REBUILD, REBTF_REMEDY_GIVE_UP,
	  false },
	{ 3, REBTF_UNPROVEN, REBTF_EMBEDDED, false, REBTF_REMEDY_EXPECTS, 0, false },
	{ 1, REBTF_AMBIGUOUS, REBTF_EMBEDDED, false, REBTF_REMEDY_EXPECTS, 0, false },
	{ 1, REBTF_AMBIGUOUS, REBTF_EMBEDDED, true, REBTF_REMEDY_REBUILD, REBTF_REMEDY_GIVE_UP,
	  false },
	{ 1, REBTF_UNPROVEN, REBTF_EMBEDDED, false, REBTF_REMEDY_EXPECTS, 0, false },
	{ 1, REBTF_UNPROVEN, REBTF_TRUSTED, false, REBTF_REMEDY_EXPECTS, 0, false },
	{ 1, REBTF_SIZE, REBTF_EMBEDDED, false, REBTF_REMEDY_REBUILD, REBTF_REMEDY_GIVE_UP, false },
	{ 1, REBTF_MEMBERS, REBTF_EMBEDDED, true, REBTF_REMEDY_REBUILD, REBTF_REMEDY_GIVE_UP,
	  false },
	{ 1, REBTF_MEMBERS, REBTF_TRUSTED, true, REBTF_REMEDY_REBUILD, 0, false },
	{ 1, REBTF_MISSING, REBTF_TRUSTED, false, REBTF_REMEDY_REBUILD, 0, false },
};

static void code_with_an_old_layout_has_to_be_rebuilt(void **state)
{
	struct rebtf_builder *b = build_over(NULL);
	struct rebtf_report report = {};

	(void)state;
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "device", 744);
	add_int(b);
	rebtf_builder_enum(b, REBTF_KIND_ENUM, "colour", 4, false);
	report.distilled_base = built(b);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct rebtf_match match = {
			.id = cases[i].id,
			.verdict = cases[i].verdict,
			.reliance = cases[i].class,
			.expected = cases[i].is_expected,
		};
		enum rebtf_remedy found = rebtf_match_remedy(&report, &match);

		if (found != cases[i].want)
			fail_msg("case %zu: '%s', expected '%s'", i, rebtf_remedy_name(found),
				 rebtf_remedy_name(cases[i].want));
		assert_int_equal(rebtf_match_other_remedy(&report, &match), cases[i].other);
		assert_int_equal(rebtf_match_is_harmless(&report, &match), cases[i].is_harmless);
		match.given_up = true;
		assert_int_equal(rebtf_match_remedy(&report, &match), REBTF_REMEDY_NONE);
		assert_int_equal(rebtf_match_other_remedy(&report, &match), REBTF_REMEDY_NONE);
		/* Localizing the type does not change the module's code. */
		assert_int_equal(rebtf_match_is_harmless(&report, &match), cases[i].is_harmless);
	}
	rebtf_unref(report.distilled_base);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(code_with_an_old_layout_has_to_be_rebuilt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
