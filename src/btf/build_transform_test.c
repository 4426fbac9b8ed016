/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Tests of the builder's functions for transforms. */
#include "btf/build.h"
#include "btf/build_for_test.h"

/* [1] INT 'int', [2] STRUCT 'int'; the second 'int' is another string. */
static struct rebtf_btf *open_twice_int(void)
{
	struct rebtf_btf *btf;

	assert_ok(OPEN_RAW("\0int\0int", NULL, &btf, 1, INFO(INT, 0), 4, 32, 5, INFO(STRUCT, 0),
			   4));
	return btf;
}

static void strings_by_offset_stay_different_strings(void **state)
{
	_cleanup_unref_ struct rebtf_btf *src = open_twice_int();
	struct rebtf_builder b;

	(void)state;
	for (int by_offset = 0; by_offset < 2; by_offset++) {
		builder_start_like(&b, NULL, src, "test");
		assert_true(builder_set_source(&b, src, 0, by_offset));
		assert_int_equal(builder_source_string(&b, 1), 1);
		assert_int_equal(builder_source_string(&b, 5), by_offset ? 5 : 1);
		assert_int_equal(builder_source_string(&b, 1), 1);
		builder_release(&b);
	}
}

static void strings_that_outgrow_the_source_fail(void **state)
{
	_cleanup_unref_ struct rebtf_btf *src = open_twice_int();
	struct rebtf_builder b;
	struct rebtf_btf *btf;

	(void)state;
	builder_start_like(&b, NULL, src, "test");
	assert_true(builder_set_source(&b, src, 0, true));
	for (uint32_t off = 1; off < 5; off++)
		builder_source_string(&b, off);
	assert_int_equal(builder_source_string(&b, 5), 0);
	assert_fails(builder_assemble(&b, &btf), REBTF_ERR_UNSUPPORTED,
		     "cannot test: names overlap");
	builder_release(&b);
}

static void kept_types_and_strings_come_first(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = build_int(), *src = open_twice_int(), *btf = NULL;
	struct rebtf_builder b;
	uint32_t off;

	(void)state;
	builder_start_like(&b, base, src, "test");
	builder_keep_own(&b, src);
	assert_int_equal(builder_count(&b), 2);
	/* The base's strings, then those of the source: the new one follows. */
	off = builder_append_string(&b, "more");
	assert_int_equal(off, rebtf_btf_string_end(base) + sizeof("\0int\0int"));
	assert_int_equal(builder_append_type(&b, src, 2), 4);
	builder_type(&b, 4)->name_off = off;
	builder_type(&b, 2)->name_off = 0;
	builder_type(&b, 3)->name_off = 0;
	assert_ok(builder_assemble(&b, &btf));
	builder_release(&b);
	assert_dump(btf, "[2] INT '(anon)' size=4 bits_offset=0 nr_bits=32 encoding=(none)\n"
			 "[3] STRUCT '(anon)' size=4 vlen=0\n"
			 "[4] STRUCT 'more' size=4 vlen=0\n");
}

static void a_second_result_uses_the_strings_of_the_first(void **state)
{
	_cleanup_unref_ struct rebtf_btf *src = open_twice_int(), *base = NULL, *btf = NULL;
	struct rebtf_builder b;

	(void)state;
	builder_start_like(&b, NULL, src, "test");
	assert_true(builder_set_source(&b, src, 0, true));
	builder_append_type(&b, src, 1);
	assert_int_equal(builder_source_string(&b, 1), 1);
	assert_ok(builder_assemble(&b, &base));
	builder_go_on_over(&b, base);
	assert_int_equal(builder_append_type(&b, src, 2), 2);
	assert_int_equal(builder_source_string(&b, 1), 1);
	assert_int_equal(builder_source_string(&b, 5), rebtf_btf_string_end(base));
	assert_ok(builder_assemble(&b, &btf));
	builder_release(&b);
	assert_dump(btf, "[2] STRUCT 'int' size=4 vlen=0\n");
}

/* The empty string has an offset in the source, and is the first of the new strings. */
static void the_first_new_string_may_be_empty(void **state)
{
	_cleanup_unref_ struct rebtf_btf *src = NULL, *base = NULL, *btf = NULL;
	struct rebtf_builder b;

	(void)state;
	assert_ok(OPEN_RAW("\0int\0", NULL, &src, 1, INFO(INT, 0), 4, 32));
	builder_start_like(&b, NULL, src, "test");
	assert_true(builder_set_source(&b, src, 0, true));
	builder_source_string(&b, 1);
	assert_ok(builder_assemble(&b, &base));
	builder_go_on_over(&b, base);
	assert_int_equal(builder_source_string(&b, 5), rebtf_btf_string_end(base));
	builder_release(&b);

	/* Kept strings take the place of those before. */
	builder_start_like(&b, NULL, src, "test");
	assert_true(builder_set_source(&b, src, 0, true));
	builder_keep_strings(&b, src);
	builder_source_string(&b, 5);
	assert_ok(builder_assemble(&b, &btf));
	builder_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strings_by_offset_stay_different_strings),
		cmocka_unit_test(strings_that_outgrow_the_source_fail),
		cmocka_unit_test(kept_types_and_strings_come_first),
		cmocka_unit_test(a_second_result_uses_the_strings_of_the_first),
		cmocka_unit_test(the_first_new_string_may_be_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
