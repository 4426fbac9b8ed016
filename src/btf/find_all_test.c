/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Tests of finding all types with a name: in one object, in a chain, and of any kind. */
#include "btf/build_for_test.h"

/* Checks that exactly the @count ids at @want are found, in this order. */
static void assert_finds(const struct rebtf_btf *btf, uint32_t kind, enum rebtf_find_order order,
			 const uint32_t *want, size_t want_count)
{
	_cleanup_free_ uint32_t *ids = NULL;
	size_t count;

	assert_ok(rebtf_btf_find_all(btf, "x", kind, order, &ids, &count));
	assert_int_equal(count, want_count);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(ids[i], want[i]);
}

#define ASSERT_FINDS(btf, kind, order, ...)                                                        \
	assert_finds(btf, kind, order, (const uint32_t[]){ __VA_ARGS__ },                          \
		     sizeof((const uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t))

/* Structs of decreasing size, so that the order of the index differs from that of the ids. */
static struct rebtf_btf *build_chain(void)
{
	_cleanup_unref_ struct rebtf_btf *base = NULL, *middle = NULL;
	struct rebtf_builder *b = build_over(NULL);

	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "x", 8);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "x", 4);
	rebtf_builder_typedef(b, "x", 1);
	base = built(b);
	b = build_over(base);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "y", 8);
	middle = built(b);
	b = build_over(middle);
	rebtf_builder_typedef(b, "x", 2);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "x", 2);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "x", 1);
	return built(b);
}

static void all_types_of_a_chain_are_found_in_ascending_order(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = build_chain();

	(void)state;
	ASSERT_FINDS(btf, REBTF_KIND_STRUCT, 0, 1, 2, 6, 7);
	ASSERT_FINDS(btf, REBTF_KIND_TYPEDEF, 0, 3, 5);
	ASSERT_FINDS(btf, REBTF_ANY_KIND, 0, 1, 2, 3, 5, 6, 7);
	ASSERT_FINDS(rebtf_btf_base(btf), REBTF_KIND_STRUCT, 0, 1, 2);
}

static void own_types_come_first_if_asked(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = build_chain();

	(void)state;
	ASSERT_FINDS(btf, REBTF_KIND_STRUCT, REBTF_FIND_OWN_FIRST, 6, 7, 1, 2);
	ASSERT_FINDS(btf, REBTF_KIND_TYPEDEF, REBTF_FIND_OWN_FIRST, 5, 3);
	ASSERT_FINDS(btf, REBTF_ANY_KIND, REBTF_FIND_OWN_FIRST, 5, 6, 7, 1, 2, 3);
}

static void the_first_of_all_is_what_rebtf_find_finds(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = build_chain();

	(void)state;
	for (uint32_t kind = 0; kind < REBTF_MAX_KINDS; kind++) {
		_cleanup_free_ uint32_t *ids = NULL;
		size_t count;

		assert_ok(rebtf_btf_find_all(btf, "x", kind, REBTF_FIND_BASES_FIRST, &ids, &count));
		assert_int_equal(count ? ids[0] : 0, rebtf_btf_find(btf, "x", kind));
	}
}

static void a_name_that_no_type_has_finds_nothing(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = build_chain();
	static const char *const names[] = { "", "xx", "z" };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		uint32_t *ids;
		size_t count;

		assert_ok(rebtf_btf_find_all(btf, names[i], REBTF_ANY_KIND, REBTF_FIND_BASES_FIRST,
					     &ids, &count));
		assert_int_equal(count, 0);
		assert_null(ids);
	}
	assert_finds(btf, REBTF_KIND_UNION, 0, NULL, 0);
	assert_finds(btf, 1000, 0, NULL, 0);
}

static void unknown_orders_are_refused(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = build_chain();
	uint32_t *ids;
	size_t count;

	(void)state;
	assert_fails(rebtf_btf_find_all(btf, "x", REBTF_ANY_KIND, 2, &ids, &count),
		     REBTF_ERR_ARGUMENT, "unknown order of found types 2");
}

static void the_search_can_start_at_an_id(void **state)
{
	static const struct {
		uint32_t kind, first, found;
	} searches[] = {
		{ REBTF_KIND_STRUCT, 1, 1 },  { REBTF_KIND_STRUCT, 2, 2 },
		{ REBTF_KIND_STRUCT, 3, 6 },  { REBTF_KIND_STRUCT, 5, 6 },
		{ REBTF_KIND_STRUCT, 7, 7 },  { REBTF_KIND_STRUCT, 8, 0 },
		{ REBTF_KIND_TYPEDEF, 1, 3 }, { REBTF_KIND_TYPEDEF, 5, 5 },
		{ REBTF_KIND_UNION, 1, 0 },
	};
	_cleanup_unref_ struct rebtf_btf *btf = build_chain();
	uint32_t id;

	(void)state;
	for (size_t i = 0; i < sizeof(searches) / sizeof(*searches); i++) {
		assert_ok(btf_find_from(btf, "x", searches[i].kind, searches[i].first, &id));
		assert_int_equal(id, searches[i].found);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_types_of_a_chain_are_found_in_ascending_order),
		cmocka_unit_test(own_types_come_first_if_asked),
		cmocka_unit_test(the_first_of_all_is_what_rebtf_find_finds),
		cmocka_unit_test(the_search_can_start_at_an_id),
		cmocka_unit_test(a_name_that_no_type_has_finds_nothing),
		cmocka_unit_test(unknown_orders_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
