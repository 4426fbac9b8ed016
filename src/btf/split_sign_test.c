/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Tests of detecting split BTF: each sign alone, and signs that mislead. */
#include "btf/build_for_test.h"
#include "btf/split_sign.h"

static enum split_sign sign_of(const void *types, size_t types_size, const void *strings,
			       size_t strings_size)
{
	_cleanup_bytes_ struct bytes bytes = raw_bytes(types, types_size, NULL, 0, strings,
						       strings_size);
	enum split_sign sign;

	assert_ok(split_sign_of(bytes.data, bytes.size, &sign));
	return sign;
}

/* The sign of BTF with the string literal @strings (including its last NUL) and these words. */
#define SIGN(strings, ...)                                                                         \
	({                                                                                         \
		const uint32_t sign_words[] = { __VA_ARGS__ };                                     \
		sign_of(sign_words, sizeof(sign_words), strings, sizeof(strings));                 \
	})
#define SIGN_WITHOUT_STRINGS(...)                                                                  \
	({                                                                                         \
		const uint32_t sign_words[] = { __VA_ARGS__ };                                     \
		sign_of(sign_words, sizeof(sign_words), NULL, 0);                                  \
	})

static void names_and_types_past_the_end_prove_it(void **state)
{
	(void)state;
	assert_int_equal(SIGN("own", 1000, INFO(STRUCT, 0), 8, 0, INFO(PTR, 0), 500), SPLIT_PROVEN);
	/* If all names are in the base, the section may have no strings. */
	assert_int_equal(SIGN_WITHOUT_STRINGS(0, INFO(PTR, 0), 21, 4, INFO(FUNC, 0), 9),
			 SPLIT_PROVEN);
	/* Only names or only types, if the other does not occur. */
	assert_int_equal(SIGN_WITHOUT_STRINGS(0, INFO(PTR, 0), 21), SPLIT_PROVEN);
	assert_int_equal(SIGN("own", 1000, INFO(FWD, 0), 0), SPLIT_PROVEN);
	/* Next to others that happen to lie inside. */
	assert_int_equal(SIGN("own", 1, INFO(STRUCT, 1), 8, 1000, 1, 0, 0, INFO(PTR, 0), 500),
			 SPLIT_PROVEN);
	/* Also in members, parameters, enumerators and elements. */
	assert_int_equal(SIGN("own", 0, INFO(STRUCT, 1), 8, 1000, 500, 0), SPLIT_PROVEN);
	assert_int_equal(SIGN("own", 0, INFO(ENUM, 1), 4, 1000, 0, 0, INFO(ARRAY, 0), 0, 1, 500, 2),
			 SPLIT_PROVEN);
}

static void late_ones_do_as_well(void **state)
{
	struct buffer words = {};
	const uint32_t first[] = { 0, INFO(PTR, 0), 0 }, last[] = { 1000, INFO(TYPEDEF, 0), 500 };

	(void)state;
	for (int i = 0; i < 200; i++)
		buffer_append(&words, first, sizeof(first));
	assert_int_equal(sign_of(words.data, words.size, "own", 4), SPLIT_UNCLEAR);
	buffer_append(&words, last, sizeof(last));
	assert_false(words.failed);
	assert_int_equal(sign_of(words.data, words.size, "own", 4), SPLIT_PROVEN);
	buffer_release(&words);
}

static void byte_order_makes_no_difference(void **state)
{
	struct rebtf_builder *b = build_over(NULL);
	_cleanup_unref_ struct rebtf_btf *base = NULL, *split = NULL;
	_cleanup_bytes_ struct bytes bytes = { 0 };
	enum split_sign sign;

	(void)state;
	rebtf_builder_set_byte_order(b, OTHER_BYTE_ORDER);
	for (int i = 0; i < 20; i++)
		add_int(b);
	base = built(b);
	b = build_over(base);
	rebtf_builder_typedef(b, "own", 20);
	split = built(b);
	bytes = written(split, 0);
	assert_ok(split_sign_of(bytes.data, bytes.size, &sign));
	assert_int_equal(sign, SPLIT_PROVEN);
}

/* Standalone BTF with one name or one type id that is too large. */
static void an_empty_string_at_the_start_refutes_it(void **state)
{
	(void)state;
	assert_int_equal(SIGN("\0int", 1, INFO(INT, 0), 4, 32, 0, INFO(PTR, 0), 99), SPLIT_REFUTED);
	assert_int_equal(SIGN("\0int", 1, INFO(INT, 0), 4, 32, 99, INFO(PTR, 0), 1), SPLIT_REFUTED);
	assert_int_equal(SIGN("\0int", 1, INFO(INT, 0), 4, 32, 99, INFO(TYPEDEF, 0), 99),
			 SPLIT_REFUTED);
	assert_int_equal(SIGN("", 0, INFO(PTR, 0), 99), SPLIT_REFUTED);
	/* A cycle. */
	assert_int_equal(SIGN("", 0, INFO(ARRAY, 0), 0, 2, 0, 1, 0, INFO(ARRAY, 0), 0, 1, 0, 1),
			 SPLIT_REFUTED);
}

/* Renumbered BTF keeps the empty string, but all of it lies past the base. */
static void what_is_renumbered_is_split_all_the_same(void **state)
{
	(void)state;
	assert_int_equal(SIGN("\0int", 1001, INFO(INT, 0), 4, 32, 0, INFO(PTR, 0), 501),
			 SPLIT_PROVEN);
	assert_int_equal(SIGN("\0int", 1001, INFO(INT, 0), 4, 32), SPLIT_PROVEN);
}

static void what_has_neither_is_unclear(void **state)
{
	(void)state;
	/* All references are in range, but this is not standalone BTF either. */
	assert_int_equal(SIGN("int", 1, INFO(STRUCT, 0), 4), SPLIT_UNCLEAR);
	assert_int_equal(SIGN_WITHOUT_STRINGS(0, INFO(PTR, 0), 0), SPLIT_UNCLEAR);
	/* All types are inside: the strings were cut off. */
	assert_int_equal(SIGN_WITHOUT_STRINGS(1, INFO(INT, 0), 4, 32, 0, INFO(PTR, 0), 1),
			 SPLIT_UNCLEAR);
	/* All names are inside: the first byte was overwritten, and one type id is too large. */
	assert_int_equal(SIGN("xint", 1, INFO(INT, 0), 4, 32, 0, INFO(PTR, 0), 99), SPLIT_UNCLEAR);
}

static void what_is_no_btf_is_not_split(void **state)
{
	static const uint8_t no_btf[30] = { 0x9f, 0xeb, 1, 0, 24, [12] = 8 };
	enum split_sign sign = SPLIT_PROVEN;

	(void)state;
	assert_ok(split_sign_of(NULL, 0, &sign));
	assert_int_equal(sign, SPLIT_REFUTED);
	assert_ok(split_sign_of(no_btf, sizeof(no_btf), &sign));
	assert_int_equal(sign, SPLIT_REFUTED);
	/* The type section ends inside a type. */
	assert_int_equal(SIGN("own", 0, INFO(STRUCT, 9), 8), SPLIT_REFUTED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_and_types_past_the_end_prove_it),
		cmocka_unit_test(late_ones_do_as_well),
		cmocka_unit_test(byte_order_makes_no_difference),
		cmocka_unit_test(an_empty_string_at_the_start_refutes_it),
		cmocka_unit_test(what_is_renumbered_is_split_all_the_same),
		cmocka_unit_test(what_has_neither_is_unclear),
		cmocka_unit_test(what_is_no_btf_is_not_split),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
