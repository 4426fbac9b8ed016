/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Tests of definitions that fit equally well, and of which the base has some. */
#include "graph/dedup_for_test.h"

/* The base: struct user with a pointer to each of two structs s. */
static struct rebtf_btf *build_two_users(void)
{
	struct rebtf_builder *b = build_over(NULL);

	add_holder(b, "user", add_struct(b, "s", "m", 0));
	add_holder(b, "user", add_struct(b, "s", "other", 0));
	return built(b);
}

static void the_first_definition_of_the_base_is_chosen(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = build_two_users(), *result = NULL;
	struct rebtf_builder *b = build_over(base);

	(void)state;
	rebtf_builder_typedef(b, "t",
			      add_holder(b, "user", rebtf_builder_fwd(b, REBTF_KIND_STRUCT, "s")));
	result = deduplicated(built(b));
	assert_dump(result, "[7] TYPEDEF 't' type_id=3\n");
}

static void a_definition_of_the_base_is_preferred(void **state)
{
	for (int order = 0; order < 2; order++) {
		_cleanup_unref_ struct rebtf_btf *base = build_two_users(), *result = NULL;
		struct rebtf_builder *b = build_over(base);
		uint32_t user;

		(void)state;
		if (order)
			add_holder(b, "user", add_struct(b, "s", "own", 0));
		user = add_holder(b, "user", rebtf_builder_fwd(b, REBTF_KIND_STRUCT, "s"));
		if (!order)
			add_holder(b, "user", add_struct(b, "s", "own", 0));
		rebtf_builder_typedef(b, "t", user);
		result = deduplicated(built(b));
		assert_dump(result, "[7] STRUCT 's' size=8 vlen=1\n"
				    "\t'own' type_id=0 bits_offset=0\n"
				    "[8] PTR '(anon)' type_id=7\n"
				    "[9] STRUCT 'user' size=8 vlen=1\n"
				    "\t'p' type_id=8 bits_offset=0\n"
				    "[10] TYPEDEF 't' type_id=3\n");
	}
}

static void a_definition_that_fits_better_is_chosen_all_the_same(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = build_two_users(), *result = NULL;
	struct rebtf_builder *b = build_over(base);
	uint32_t declared = rebtf_builder_fwd(b, REBTF_KIND_STRUCT, "s"), s;

	(void)state;
	rebtf_builder_typedef(b, "t", add_holder(b, "user", declared));
	add_holder(b, "other", declared);
	s = add_struct(b, "s", "own", 0);
	add_holder(b, "user", s);
	add_holder(b, "other", s);
	result = deduplicated(built(b));
	assert_dump(result, "[7] PTR '(anon)' type_id=11\n"
			    "[8] STRUCT 'user' size=8 vlen=1\n"
			    "\t'p' type_id=7 bits_offset=0\n"
			    "[9] TYPEDEF 't' type_id=8\n"
			    "[10] STRUCT 'other' size=8 vlen=1\n"
			    "\t'p' type_id=7 bits_offset=0\n"
			    "[11] STRUCT 's' size=8 vlen=1\n"
			    "\t'own' type_id=0 bits_offset=0\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_definition_of_the_base_is_chosen),
		cmocka_unit_test(a_definition_of_the_base_is_preferred),
		cmocka_unit_test(a_definition_that_fits_better_is_chosen_all_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
