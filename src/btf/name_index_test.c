/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Tests of finding types by name: same-named types, all kinds, chains, and threads that all ask
 * first.
 */
#include <pthread.h>

#include "btf/build_for_test.h"
#include "btf/name_index.h"

/*
 * The first searches in an object do without an index. So the tests ask everything twice, and this
 * function builds the indexes before the second time.
 */
static void build_indexes(const struct rebtf_btf *btf)
{
	const struct name_index *index;

	for (; btf; btf = btf->base) {
		assert_ok(name_index_get(btf, INDEX_RELOCATABLE, &index));
		assert_ok(name_index_get(btf, INDEX_OTHER, &index));
	}
}

#define TWICE(btf) for (int time = 0; time < 2; time++, build_indexes(btf))

static void each_named_kind_is_found(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = build_all_kinds();

	(void)state;
	TWICE(btf)
	{
		for (uint32_t id = 1; id < rebtf_btf_type_count(btf); id++) {
			const struct rebtf_type *t = rebtf_btf_type(btf, id);
			const char *name = rebtf_btf_type_name(btf, t);

			for (uint32_t kind = 0; kind < REBTF_MAX_KINDS; kind++)
				assert_int_equal(rebtf_btf_find(btf, name, kind),
						 *name && kind == rebtf_type_kind(t) ? id : 0);
		}
	}
}

static void what_is_not_there_is_not_found(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = build_all_kinds(), *empty = built(build_over(NULL));

	(void)state;
	TWICE(btf)
	{
		assert_int_equal(rebtf_btf_find(btf, "", REBTF_KIND_PTR), 0);
		assert_int_equal(rebtf_btf_find(btf, "in", REBTF_KIND_INT), 0);
		assert_int_equal(rebtf_btf_find(btf, "intt", REBTF_KIND_INT), 0);
		assert_int_equal(rebtf_btf_find(btf, "int", 1000), 0);
		assert_int_equal(rebtf_btf_find(btf, "int", UINT32_MAX), 0);
		/* Names of members and enumerators are not names of types. */
		assert_int_equal(rebtf_btf_find(btf, "first", REBTF_KIND_INT), 0);
		assert_int_equal(rebtf_btf_find(btf, "RED", REBTF_KIND_ENUM), 0);
	}
	assert_int_equal(rebtf_btf_find(empty, "int", REBTF_KIND_INT), 0);
}

static void the_lowest_of_several_is_found(void **state)
{
	struct rebtf_builder *b = build_over(NULL);
	_cleanup_unref_ struct rebtf_btf *btf = NULL;

	(void)state;
	rebtf_builder_fwd(b, REBTF_KIND_STRUCT, "x");
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "x", 100);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "x", 1);
	rebtf_builder_enum(b, REBTF_KIND_ENUM64, "x", 8, REBTF_UNSIGNED);
	rebtf_builder_enum(b, REBTF_KIND_ENUM, "x", 4, REBTF_UNSIGNED);
	rebtf_builder_typedef(b, "x", 2);
	rebtf_builder_typedef(b, "x", 1);
	rebtf_builder_fwd(b, REBTF_KIND_UNION, "x");
	btf = built(b);
	TWICE(btf)
	{
		assert_int_equal(rebtf_btf_find(btf, "x", REBTF_KIND_FWD), 1);
		assert_int_equal(rebtf_btf_find(btf, "x", REBTF_KIND_STRUCT), 2);
		assert_int_equal(rebtf_btf_find(btf, "x", REBTF_KIND_ENUM64), 4);
		assert_int_equal(rebtf_btf_find(btf, "x", REBTF_KIND_ENUM), 5);
		assert_int_equal(rebtf_btf_find(btf, "x", REBTF_KIND_TYPEDEF), 6);
		assert_int_equal(rebtf_btf_find(btf, "x", REBTF_KIND_UNION), 0);
	}
}

/* The same name at two offsets, and a name that is the tail of another one. */
static void a_name_is_its_text_and_not_its_offset(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = NULL;

	(void)state;
	assert_ok(OPEN_RAW("\0int\0uint", NULL, &btf, 6, INFO(INT, 0), 8, 64, 1, INFO(INT, 0), 4,
			   32, 5, INFO(FWD, 0), 0, 4, INFO(FWD, 0), 0));
	TWICE(btf)
	{
		assert_int_equal(rebtf_btf_find(btf, "int", REBTF_KIND_INT), 1);
		assert_int_equal(rebtf_btf_find(btf, "uint", REBTF_KIND_FWD), 3);
		assert_int_equal(rebtf_btf_find(btf, "", REBTF_KIND_FWD), 0);
	}
}

static void bases_come_first(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = build_int(), *middle = NULL, *btf = NULL;
	struct rebtf_builder *b = build_over(base);

	(void)state;
	rebtf_builder_int(b, "int", 8, 0, 64);
	rebtf_builder_fwd(b, REBTF_KIND_STRUCT, "mid");
	middle = built(b);
	b = build_over(middle);
	rebtf_builder_fwd(b, REBTF_KIND_UNION, "mid");
	rebtf_builder_fwd(b, REBTF_KIND_STRUCT, "own");
	btf = built(b);
	TWICE(btf)
	{
		assert_int_equal(rebtf_btf_find(btf, "int", REBTF_KIND_INT), 1);
		assert_int_equal(rebtf_btf_find(btf, "mid", REBTF_KIND_FWD), 3);
		assert_int_equal(rebtf_btf_find(btf, "own", REBTF_KIND_FWD), 5);
		assert_int_equal(rebtf_btf_find(middle, "own", REBTF_KIND_FWD), 0);
		assert_int_equal(rebtf_btf_find(base, "mid", REBTF_KIND_FWD), 0);
	}
}

static struct rebtf_btf *build_many(uint32_t count)
{
	struct rebtf_builder *b = build_over(NULL);
	char name[16];

	for (uint32_t i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "name%u", i / 3);
		if (i % 3 == 0)
			rebtf_builder_struct(b, REBTF_KIND_STRUCT, name, i);
		else if (i % 3 == 1)
			rebtf_builder_typedef(b, name, i);
		else
			rebtf_builder_ref(b, REBTF_KIND_PTR, i);
	}
	return built(b);
}

static void assert_finds_many(const struct rebtf_btf *btf, uint32_t count)
{
	char name[16];

	for (uint32_t i = 0; i < count; i += 3) {
		snprintf(name, sizeof(name), "name%u", i / 3);
		assert_int_equal(rebtf_btf_find(btf, name, REBTF_KIND_STRUCT), i + 1);
		assert_int_equal(rebtf_btf_find(btf, name, REBTF_KIND_TYPEDEF),
				 i + 1 < count ? i + 2 : 0);
	}
}

static void many_names_are_found(void **state)
{
	(void)state;
	for (uint32_t count = 1; count < 20000; count = count * 3 + 1) {
		_cleanup_unref_ struct rebtf_btf *btf = build_many(count);

		assert_finds_many(btf, count);
	}
}

/* Threads must not assert. Their findings are compared afterwards. */
struct asking {
	const struct rebtf_btf *btf;
	pthread_barrier_t *start;
	uint32_t wrong;
};

static void *ask(void *arg)
{
	struct asking *a = arg;
	char name[16];

	pthread_barrier_wait(a->start);
	for (uint32_t i = 0; i < 3000; i += 3) {
		snprintf(name, sizeof(name), "name%u", i / 3);
		a->wrong += rebtf_btf_find(a->btf, name, REBTF_KIND_STRUCT) != i + 1;
		a->wrong += rebtf_btf_find(a->btf, name, REBTF_KIND_TYPEDEF) != i + 2;
	}
	return NULL;
}

static void threads_share_one_index(void **state)
{
	(void)state;
	for (int round = 0; round < 20; round++) {
		_cleanup_unref_ struct rebtf_btf *btf = build_many(3000);
		struct asking asking[4];
		pthread_barrier_t start;
		pthread_t threads[4];

		pthread_barrier_init(&start, NULL, 4);
		for (int i = 0; i < 4; i++) {
			asking[i] = (struct asking){ btf, &start, 0 };
			assert_int_equal(pthread_create(&threads[i], NULL, ask, &asking[i]), 0);
		}
		for (int i = 0; i < 4; i++)
			pthread_join(threads[i], NULL);
		for (int i = 0; i < 4; i++)
			assert_int_equal(asking[i].wrong, 0);
		pthread_barrier_destroy(&start);
	}
}

/* --- the order of same-named types, which matching relies on */

static void keys_sort_by_class_then_size(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	struct rebtf_builder *b = build_over(NULL);
	uint32_t count;

	(void)state;
	/* In ascending order of match_key(). */
	rebtf_builder_typedef(b, "x", 0);
	rebtf_builder_int(b, "x", 4, 0, 8);
	rebtf_builder_int(b, "x", 4, 0, 32);
	rebtf_builder_int(b, "x", 4, 1, 8);
	rebtf_builder_int(b, "x", UINT32_MAX, 15, 255);
	rebtf_builder_float(b, "x", 0);
	rebtf_builder_enum(b, REBTF_KIND_ENUM, "x", 1, REBTF_UNSIGNED);
	rebtf_builder_enum(b, REBTF_KIND_ENUM64, "x", 8, REBTF_UNSIGNED);
	rebtf_builder_fwd(b, REBTF_KIND_STRUCT, "x");
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "x", 0);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "x", UINT32_MAX);
	rebtf_builder_struct(b, REBTF_KIND_UNION, "x", 0);
	rebtf_builder_struct(b, REBTF_KIND_UNION, "x", UINT32_MAX);
	rebtf_builder_fwd(b, REBTF_KIND_UNION, "x");
	btf = built(b);
	count = rebtf_btf_type_count(btf);
	for (uint32_t id = 2; id < count; id++)
		assert_true(match_key(rebtf_btf_type(btf, id - 1)) <
			    match_key(rebtf_btf_type(btf, id)));
	for (uint32_t id = 1; id < count; id++) {
		const struct rebtf_type *t = rebtf_btf_type(btf, id);

		assert_true(match_key(t) >= match_key_of(match_class(t), 0));
		assert_true(match_key(t) < match_key_of(match_class(t) + 1, 0));
	}
}

static void a_run_holds_the_same_named_types_between_two_keys(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	struct rebtf_builder *b = build_over(NULL);
	const struct name_index *index;
	struct id_run all, run;

	(void)state;
	for (uint32_t size = 8; size; size--)
		rebtf_builder_struct(b, REBTF_KIND_STRUCT, "x", size / 2);
	btf = built(b);
	assert_ok(name_index_get(btf, INDEX_RELOCATABLE, &index));
	all = name_index_find(btf, index, "x");
	assert_int_equal(all.count, 8);
	/* Sizes 4 3 3 2 2 1 1 0: sorted by size, then by id. */
	assert_memory_equal(all.ids, ((uint32_t[]){ 8, 6, 7, 4, 5, 2, 3, 1 }),
			    8 * sizeof(uint32_t));
	run = id_run_between(btf, all, match_key_of(MATCH_STRUCT, 2),
			     match_key_of(MATCH_STRUCT, 4));
	assert_int_equal(run.count, 4);
	assert_memory_equal(run.ids, ((uint32_t[]){ 4, 5, 2, 3 }), 4 * sizeof(uint32_t));
	run = id_run_between(btf, all, match_key_of(MATCH_STRUCT, 5), UINT64_MAX);
	assert_int_equal(run.count, 0);
	run = id_run_between(btf, all, 0, match_key_of(MATCH_STRUCT, 0));
	assert_int_equal(run.count, 0);
	assert_int_equal(name_index_find(btf, index, "y").count, 0);
}

/* --- an index of few names */

/* Names that share their first bytes with others, end within them, or end the string section. */
static struct rebtf_btf *build_alike(bool wanted)
{
	struct rebtf_builder *b = build_over(NULL);
	char name[32];

	for (uint32_t i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "%.*s%u", (int)(i % 12), "abcdefghijkl", i / 60);
		if (!wanted || i % 7 == 0)
			rebtf_builder_struct(b, REBTF_KIND_STRUCT, name, i);
		if (!wanted)
			rebtf_builder_typedef(b, name, i);
	}
	rebtf_builder_fwd(b, REBTF_KIND_STRUCT, wanted ? "y" : "z");
	rebtf_builder_fwd(b, REBTF_KIND_STRUCT, wanted ? "no such name" : "y");
	return built(b);
}

static struct rebtf_btf *reopened(const struct rebtf_btf *btf)
{
	const struct bytes bytes = written(btf, 0);
	struct rebtf_btf *opened;

	assert_ok(open_bytes(&bytes, NULL, &opened));
	free(bytes.data);
	return opened;
}

static void assert_same_runs(const struct rebtf_btf *btf, const struct rebtf_btf *wanted,
			     const struct name_index *few)
{
	const struct name_index *all;

	assert_ok(name_index_get(btf, INDEX_RELOCATABLE, &all));
	for (uint32_t id = 1; id < rebtf_btf_type_count(wanted); id++) {
		const char *name = rebtf_btf_type_name(wanted, rebtf_btf_type(wanted, id));
		struct id_run a = name_index_find(btf, all, name);
		struct id_run b = name_index_find(btf, few, name);

		assert_int_equal(a.count, b.count);
		assert_int_equal(!a.count, !strcmp(name, "no such name"));
		if (a.count)
			assert_memory_equal(a.ids, b.ids, a.count * sizeof(*a.ids));
	}
}

/* With a list of relocatable types, which opening makes, and without it. */
static void an_index_of_few_names_has_all_their_types(void **state)
{
	_cleanup_unref_ struct rebtf_btf *wanted = build_alike(true), *made = build_alike(false);
	_cleanup_unref_ struct rebtf_btf *opened = reopened(made);

	(void)state;
	free(made->relocatable);
	made->relocatable = NULL;
	made->relocatable_count = made->own_count;
	assert_non_null(opened->relocatable);
	for (int i = 0; i < 2; i++) {
		const struct rebtf_btf *btf = i ? opened : made;
		const struct name_index *index;
		struct name_index *own;

		assert_ok(name_index_of_names(btf, wanted, &index, &own));
		assert_non_null(own);
		assert_ptr_equal(index, own);
		assert_same_runs(btf, wanted, own);
		name_index_free(own);
	}
}

static void after_a_few_searches_all_share_one_index(void **state)
{
	_cleanup_unref_ struct rebtf_btf *wanted = build_alike(true), *btf = build_alike(false);
	const struct name_index *shared, *index;
	struct name_index *own;
	int few = 0;

	(void)state;
	do {
		assert_ok(name_index_of_names(btf, wanted, &shared, &own));
		name_index_free(own);
	} while (own && ++few < 100);
	assert_in_range(few, 1, 99);
	assert_ok(name_index_of_names(btf, wanted, &index, &own));
	assert_null(own);
	assert_ptr_equal(index, shared);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_named_kind_is_found),
		cmocka_unit_test(what_is_not_there_is_not_found),
		cmocka_unit_test(the_lowest_of_several_is_found),
		cmocka_unit_test(a_name_is_its_text_and_not_its_offset),
		cmocka_unit_test(bases_come_first),
		cmocka_unit_test(many_names_are_found),
		cmocka_unit_test(threads_share_one_index),
		cmocka_unit_test(keys_sort_by_class_then_size),
		cmocka_unit_test(a_run_holds_the_same_named_types_between_two_keys),
		cmocka_unit_test(an_index_of_few_names_has_all_their_types),
		cmocka_unit_test(after_a_few_searches_all_share_one_index),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
