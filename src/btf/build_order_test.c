/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Tests of types that are built in another order than that of their ids: reserved ids, elements
 * that come late, and builders that are appended to others.
 */
#include <pthread.h>

#include "btf/build.h"
#include "btf/build_for_test.h"

/* --- reserved ids */

static void a_reserved_type_has_its_id_before_it_is_built(void **state)
{
	struct rebtf_builder *b = build_over(NULL);
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	uint32_t list, ptr;

	(void)state;
	list = rebtf_builder_reserve(b);
	ptr = rebtf_builder_reserve(b);
	assert_int_equal(list, 1);
	assert_int_equal(ptr, 2);
	assert_int_equal(add_int(b), 3);
	assert_true(rebtf_builder_fill(b, ptr));
	assert_int_equal(rebtf_builder_ref(b, REBTF_KIND_PTR, list), ptr);
	assert_int_equal(rebtf_builder_ref(b, REBTF_KIND_CONST, ptr), 4);
	assert_true(rebtf_builder_fill(b, list));
	assert_int_equal(rebtf_builder_struct(b, REBTF_KIND_STRUCT, "list", 8), list);
	assert_true(rebtf_builder_member(b, "next", ptr, 0, 0));
	btf = built(b);
	assert_dump(btf, "[1] STRUCT 'list' size=8 vlen=1\n"
			 "\t'next' type_id=2 bits_offset=0\n"
			 "[2] PTR '(anon)' type_id=1\n"
			 "[3] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n"
			 "[4] CONST '(anon)' type_id=2\n");
}

static void a_copy_can_fill_a_reserved_id(void **state)
{
	_cleanup_unref_ struct rebtf_btf *src = build_int(), *btf = NULL;
	struct rebtf_builder *b = build_over(NULL);
	uint32_t id = rebtf_builder_reserve(b);

	(void)state;
	rebtf_builder_ref(b, REBTF_KIND_PTR, id);
	assert_true(rebtf_builder_fill(b, id));
	assert_int_equal(rebtf_builder_copy(b, src, 1, NULL), id);
	btf = built(b);
	assert_dump(btf, "[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n"
			 "[2] PTR '(anon)' type_id=1\n");
}

static void a_reserved_type_must_be_built(void **state)
{
	struct rebtf_builder *b = build_over(NULL);
	struct rebtf_btf *btf;

	(void)state;
	add_int(b);
	rebtf_builder_reserve(b);
	assert_fails(rebtf_builder_finish(b, &btf), REBTF_ERR_ARGUMENT,
		     "type id 2 is reserved, but no type was added for it");
}

/* Runs @call on a new builder with one type and asserts that finishing fails with @part. */
#define assert_refused(call, part)                                                                 \
	do {                                                                                       \
		struct rebtf_builder *b = build_over(NULL);                                        \
		struct rebtf_btf *none;                                                            \
		add_int(b);                                                                        \
		assert_false(call);                                                                \
		assert_fails(rebtf_builder_finish(b, &none), REBTF_ERR_ARGUMENT, part);            \
	} while (0)

static void only_reserved_ids_can_be_filled(void **state)
{
	(void)state;
	assert_refused(rebtf_builder_fill(b, 0), "type id 0 is not reserved");
	assert_refused(rebtf_builder_fill(b, 1), "type id 1 is not reserved");
	assert_refused(rebtf_builder_fill(b, 2), "type id 2 is not reserved");
	assert_refused(rebtf_builder_fill(b, UINT32_MAX), "type id 4294967295 is not reserved");
}

static void only_built_types_can_be_resumed(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = build_int();
	struct rebtf_builder *over = build_over(base);
	struct rebtf_btf *btf;

	(void)state;
	assert_refused(rebtf_builder_resume(b, 0), "no type with id 0 was added");
	assert_refused(rebtf_builder_resume(b, 2), "no type with id 2 was added");
	assert_refused(rebtf_builder_resume(b, rebtf_builder_reserve(b)),
		       "no type with id 2 was added");
	assert_false(rebtf_builder_resume(over, 1));
	assert_fails(rebtf_builder_finish(over, &btf), REBTF_ERR_ARGUMENT,
		     "no type with id 1 was added");
}

/* --- late elements */

static void elements_can_be_added_to_an_earlier_type(void **state)
{
	struct rebtf_builder *b = build_over(NULL);
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	uint32_t i, outer, inner;

	(void)state;
	i = add_int(b);
	outer = rebtf_builder_struct(b, REBTF_KIND_STRUCT, "outer", 12);
	rebtf_builder_member(b, "first", i, 0, 0);
	inner = rebtf_builder_struct(b, REBTF_KIND_UNION, NULL, 4);
	rebtf_builder_member(b, "a", i, 0, 0);
	assert_true(rebtf_builder_resume(b, outer));
	rebtf_builder_member(b, NULL, inner, 32, 0);
	assert_true(rebtf_builder_resume(b, inner));
	rebtf_builder_member(b, "b", i, 0, 0);
	assert_true(rebtf_builder_resume(b, outer));
	rebtf_builder_member(b, "last", i, 64, 5);
	rebtf_builder_fwd(b, REBTF_KIND_STRUCT, "end");
	btf = built(b);
	assert_dump(btf, "[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n"
			 "[2] STRUCT 'outer' size=12 vlen=3\n"
			 "\t'first' type_id=1 bits_offset=0\n"
			 "\t'(anon)' type_id=3 bits_offset=32\n"
			 "\t'last' type_id=1 bits_offset=64 bitfield_size=5\n"
			 "[3] UNION '(anon)' size=4 vlen=2\n"
			 "\t'a' type_id=1 bits_offset=0\n"
			 "\t'b' type_id=1 bits_offset=0\n"
			 "[4] FWD 'end' fwd_kind=struct\n");
}

static void resuming_checks_the_kind_of_elements(void **state)
{
	(void)state;
	assert_refused(rebtf_builder_enum(b, REBTF_KIND_ENUM, "e", 4, REBTF_UNSIGNED) &&
			       rebtf_builder_resume(b, 1) && rebtf_builder_enumerator(b, "E", 0),
		       "rebtf_builder_enumerator() does not support");
}

/* Types that grow in turns are moved again and again. The memory must not grow faster than they. */
static void types_can_grow_in_turns(void **state)
{
	struct rebtf_builder *b = build_over(NULL);
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	const uint32_t types = 20, members = 500;

	(void)state;
	for (uint32_t id = 1; id <= types; id++)
		rebtf_builder_struct(b, REBTF_KIND_STRUCT, "s", 4 * members);
	for (uint32_t i = 0; i < members; i++) {
		for (uint32_t id = 1; id <= types; id++) {
			assert_true(rebtf_builder_resume(b, id));
			assert_true(rebtf_builder_member(b, "m", 0, i * 32, 0));
		}
	}
	assert_in_range(b->types.size, 1,
			types * (sizeof(struct rebtf_type) +
				 5 * members * sizeof(struct rebtf_member)));
	btf = built(b);
	assert_int_equal(rebtf_btf_type_count(btf), types + 1);
	for (uint32_t id = 1; id <= types; id++) {
		const struct rebtf_type *t = rebtf_btf_type(btf, id);
		const struct rebtf_member *m = rebtf_members(t);

		assert_int_equal(rebtf_type_vlen(t), members);
		for (uint32_t i = 0; i < members; i++)
			assert_int_equal(m[i].offset, i * 32);
	}
}

/* --- builders appended to builders */

static void types_and_strings_of_another_builder_follow(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = build_int(), *btf = NULL;
	struct rebtf_builder *b = build_over(base), *other = build_over(base);

	(void)state;
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "mine", 4);
	rebtf_builder_member(b, "shared", 1, 0, 0);
	rebtf_builder_struct(other, REBTF_KIND_STRUCT, "int", 8);
	rebtf_builder_member(other, "shared", 3, 0, 0);
	rebtf_builder_member(other, "theirs", 1, 0, 0);
	rebtf_builder_ref(other, REBTF_KIND_PTR, 2);
	assert_int_equal(rebtf_builder_append(b, other), 3);
	assert_int_equal(rebtf_builder_ref(b, REBTF_KIND_CONST, 3), 5);
	btf = built(b);
	assert_dump(btf, "[2] STRUCT 'mine' size=4 vlen=1\n"
			 "\t'shared' type_id=1 bits_offset=0\n"
			 "[3] STRUCT 'int' size=8 vlen=2\n"
			 "\t'shared' type_id=4 bits_offset=0\n"
			 "\t'theirs' type_id=1 bits_offset=0\n"
			 "[4] PTR '(anon)' type_id=3\n"
			 "[5] CONST '(anon)' type_id=3\n");
	/* "mine", "shared" and "theirs" once each; the base has "int". */
	assert_int_equal(rebtf_btf_string_end(btf) - rebtf_btf_start_string(btf), 5 + 7 + 7);
}

static void reserved_and_moved_types_can_be_appended(void **state)
{
	struct rebtf_builder *b = build_over(NULL), *other = build_over(NULL);
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	uint32_t late;

	(void)state;
	add_int(b);
	rebtf_builder_struct(other, REBTF_KIND_STRUCT, "s", 8);
	late = rebtf_builder_reserve(other);
	rebtf_builder_fwd(other, REBTF_KIND_STRUCT, "between");
	rebtf_builder_resume(other, 1);
	rebtf_builder_member(other, "m", late, 0, 0);
	assert_int_equal(rebtf_builder_append(b, other), 2);
	assert_true(rebtf_builder_fill(b, late + 1));
	assert_int_equal(rebtf_builder_ref(b, REBTF_KIND_PTR, 1), late + 1);
	btf = built(b);
	assert_dump(btf, "[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n"
			 "[2] STRUCT 's' size=8 vlen=1\n"
			 "\t'm' type_id=3 bits_offset=0\n"
			 "[3] PTR '(anon)' type_id=1\n"
			 "[4] FWD 'between' fwd_kind=struct\n");
}

static void empty_builders_can_be_appended(void **state)
{
	struct rebtf_builder *b = build_over(NULL);
	_cleanup_unref_ struct rebtf_btf *btf = NULL;

	(void)state;
	assert_int_equal(rebtf_builder_append(b, build_over(NULL)), 1);
	add_int(b);
	assert_int_equal(rebtf_builder_append(b, build_over(NULL)), 2);
	btf = built(b);
	assert_dump(btf, "[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n");
}

static void the_error_of_an_appended_builder_counts(void **state)
{
	struct rebtf_builder *other = build_over(NULL);

	(void)state;
	rebtf_builder_ref(other, REBTF_KIND_STRUCT, 0);
	assert_refused(rebtf_builder_append(b, other), "does not support kind STRUCT");
}

static void builders_that_do_not_fit_are_not_appended(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = build_int();
	struct rebtf_builder *over = build_over(base), *forward = build_over(NULL);

	(void)state;
	rebtf_builder_ref(forward, REBTF_KIND_PTR, 2);
	assert_refused(rebtf_builder_append(b, b), "cannot append a builder to itself");
	assert_refused(rebtf_builder_append(b, over), "over another base");
	assert_refused(rebtf_builder_append(b, forward),
		       "type [1] of the appended builder: invalid type id 2");
}

/* --- threads */

#define IN_EACH_THREAD 2000u

/* Structs with members whose names are in the base, in this part, or in both parts. */
static void add_part(struct rebtf_builder *b, uint32_t part)
{
	char name[32];

	for (uint32_t i = 0; i < IN_EACH_THREAD; i++) {
		uint32_t id = rebtf_builder_next_id(b);

		snprintf(name, sizeof(name), "struct%u_%u", part, i);
		rebtf_builder_struct(b, REBTF_KIND_STRUCT, name, 16);
		snprintf(name, sizeof(name), "base%u", i);
		rebtf_builder_member(b, name, 1, 0, 0);
		snprintf(name, sizeof(name), "shared%u", i);
		rebtf_builder_member(b, name, id + 1, 64, 0);
		rebtf_builder_ref(b, REBTF_KIND_PTR, id);
	}
}

static void *build_part(void *builder)
{
	add_part(builder, 1);
	return NULL;
}

static struct rebtf_btf *build_names(void)
{
	struct rebtf_builder *b = build_over(NULL);
	char name[32];

	add_int(b);
	for (uint32_t i = 0; i < IN_EACH_THREAD; i += 2) {
		snprintf(name, sizeof(name), "base%u", i);
		rebtf_builder_fwd(b, REBTF_KIND_STRUCT, name);
	}
	return built(b);
}

static void threads_build_parts_over_one_base(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = build_names(), *together = NULL, *alone = NULL;
	struct rebtf_builder *first = build_over(base), *second = build_over(base);
	struct rebtf_builder *both = build_over(base);
	_cleanup_bytes_ struct bytes found = {}, want = {};
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, build_part, second), 0);
	add_part(first, 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_not_equal(rebtf_builder_append(first, second), 0);
	together = built(first);
	add_part(both, 0);
	add_part(both, 1);
	alone = built(both);
	found = written(together, 0);
	want = written(alone, 0);
	assert_same_bytes(&found, &want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_reserved_type_has_its_id_before_it_is_built),
		cmocka_unit_test(a_copy_can_fill_a_reserved_id),
		cmocka_unit_test(a_reserved_type_must_be_built),
		cmocka_unit_test(only_reserved_ids_can_be_filled),
		cmocka_unit_test(only_built_types_can_be_resumed),
		cmocka_unit_test(elements_can_be_added_to_an_earlier_type),
		cmocka_unit_test(resuming_checks_the_kind_of_elements),
		cmocka_unit_test(types_can_grow_in_turns),
		cmocka_unit_test(types_and_strings_of_another_builder_follow),
		cmocka_unit_test(reserved_and_moved_types_can_be_appended),
		cmocka_unit_test(empty_builders_can_be_appended),
		cmocka_unit_test(the_error_of_an_appended_builder_counts),
		cmocka_unit_test(builders_that_do_not_fit_are_not_appended),
		cmocka_unit_test(threads_build_parts_over_one_base),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
