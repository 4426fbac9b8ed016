/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Tests of the remedy for each misfit, as a table of everything it depends on. */
#include "split/report.h"
#include "split/split_for_test.h"

static const struct {
	uint32_t id; /* [1] STRUCT, [2] INT, [3] ENUM */
	enum rebtf_verdict verdict;
	enum rebtf_reliance class;
	bool is_expected;
	enum rebtf_remedy want;
	enum rebtf_remedy other;
	bool is_harmless;
} cases[] = {
	{ 1, REBTF_VERDICT_MATCHED, REBTF_RELIANCE_TRUSTED, false, REBTF_REMEDY_NONE, 0, true },
	{ 1, REBTF_VERDICT_MISSING, REBTF_RELIANCE_POINTER_ONLY, false, REBTF_REMEDY_LENIENT, 0,
	  true },
	{ 1, REBTF_VERDICT_AMBIGUOUS, REBTF_RELIANCE_POINTER_ONLY, false, REBTF_REMEDY_LENIENT, 0,
	  true },
	{ 2, REBTF_VERDICT_KIND, REBTF_RELIANCE_EMBEDDED, false, REBTF_REMEDY_LENIENT, 0, true },
	{ 3, REBTF_VERDICT_SIZE, REBTF_RELIANCE_EMBEDDED, false, REBTF_REMEDY_LENIENT, 0, true },
	{ 3, REBTF_VERDICT_SIZE, REBTF_RELIANCE_TRUSTED, false, REBTF_REMEDY_REBUILD, 0, false },
	{ 3, REBTF_VERDICT_MEMBERS, REBTF_RELIANCE_EMBEDDED, true, REBTF_REMEDY_REBUILD,
	  REBTF_REMEDY_LOCALIZE, false },
	{ 3, REBTF_VERDICT_UNPROVEN, REBTF_RELIANCE_EMBEDDED, false, REBTF_REMEDY_EXPECTS, 0,
	  false },
	{ 1, REBTF_VERDICT_AMBIGUOUS, REBTF_RELIANCE_EMBEDDED, false, REBTF_REMEDY_EXPECTS, 0,
	  false },
	{ 1, REBTF_VERDICT_AMBIGUOUS, REBTF_RELIANCE_EMBEDDED, true, REBTF_REMEDY_REBUILD,
	  REBTF_REMEDY_LOCALIZE, false },
	{ 1, REBTF_VERDICT_UNPROVEN, REBTF_RELIANCE_EMBEDDED, false, REBTF_REMEDY_EXPECTS, 0,
	  false },
	{ 1, REBTF_VERDICT_UNPROVEN, REBTF_RELIANCE_TRUSTED, false, REBTF_REMEDY_EXPECTS, 0,
	  false },
	{ 1, REBTF_VERDICT_SIZE, REBTF_RELIANCE_EMBEDDED, false, REBTF_REMEDY_REBUILD,
	  REBTF_REMEDY_LOCALIZE, false },
	{ 1, REBTF_VERDICT_MEMBERS, REBTF_RELIANCE_EMBEDDED, true, REBTF_REMEDY_REBUILD,
	  REBTF_REMEDY_LOCALIZE, false },
	{ 1, REBTF_VERDICT_MEMBERS, REBTF_RELIANCE_TRUSTED, true, REBTF_REMEDY_REBUILD, 0, false },
	{ 1, REBTF_VERDICT_MISSING, REBTF_RELIANCE_TRUSTED, false, REBTF_REMEDY_REBUILD, 0, false },
};

static void code_with_an_old_layout_has_to_be_rebuilt(void **state)
{
	struct rebtf_builder *b = build_over(NULL);
	struct rebtf_report report = {};

	(void)state;
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "device", 744);
	add_int(b);
	rebtf_builder_enum(b, REBTF_KIND_ENUM, "colour", 4, REBTF_UNSIGNED);
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
		match.localized = true;
		assert_int_equal(rebtf_match_remedy(&report, &match), REBTF_REMEDY_NONE);
		assert_int_equal(rebtf_match_other_remedy(&report, &match), REBTF_REMEDY_NONE);
		/* Localizing the type does not change the module's code. */
		assert_int_equal(rebtf_match_is_harmless(&report, &match), cases[i].is_harmless);
	}
	rebtf_btf_unref(report.distilled_base);
}

static void unknown_numbers_have_a_name(void **state)
{
	(void)state;
	assert_string_equal(rebtf_remedy_name((enum rebtf_remedy)99), "unknown");
	assert_string_equal(rebtf_verdict_name((enum rebtf_verdict)99), "unknown");
	assert_string_equal(rebtf_reliance_name((enum rebtf_reliance)99), "unknown");
	assert_string_equal(rebtf_change_kind_name((enum rebtf_change_kind)99), "unknown");
	assert_string_equal(rebtf_form_name((enum rebtf_form)99), "unknown");
	assert_string_equal(rebtf_section_name((enum rebtf_section)99), "unknown");
	assert_string_equal(rebtf_loading_cause_name((enum rebtf_loading_cause)99), "unknown");
	assert_string_equal(rebtf_container_name((enum rebtf_container)99), "unknown");
	assert_string_equal(rebtf_compression_name((enum rebtf_compression)99), "unknown");
	assert_string_equal(rebtf_link_form_name((enum rebtf_link_form)99), "unknown");
	assert_string_equal(rebtf_error_code_name((enum rebtf_error_code)99), "unknown");
	assert_string_equal(rebtf_downgrade_change_name((enum rebtf_downgrade_change)99),
			    "unknown");
	assert_string_equal(rebtf_kind_name(999), "UNKNOWN");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(code_with_an_old_layout_has_to_be_rebuilt),
		cmocka_unit_test(unknown_numbers_have_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
