/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Properties of comparing types and of finding paths, for any BTF: a type has not changed against
 * itself, the quick answer equals that of the full list, and a type has a path of a class exactly
 * if it is relied on in that way.
 */
#include "graph/compare.h"
#include "graph/embedded.h"
#include "split/random_for_test.h"
#include "graph/trust.h"

#define CASES 300

static bool is_comparable(const struct rebtf_type *t)
{
	return kind_has_members(rebtf_type_kind(t));
}

static bool are_comparable(const struct rebtf_btf *btf, uint32_t a, uint32_t b)
{
	const struct rebtf_type *t = btf_type(btf, a), *u = btf_type(btf, b);

	return is_comparable(t) && is_comparable(u) &&
	       kind_is_enum(rebtf_type_kind(t)) == kind_is_enum(rebtf_type_kind(u));
}

static void nothing_differs_from_itself(void **state)
{
	size_t compared = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= CASES; seed++) {
		struct shape shape = { .random = seed, .base_types = 40, .data_only = true };
		struct shape same = shape;
		_cleanup_unref_ struct rebtf_btf *one = build_random(&shape, NULL, "t", 40);
		_cleanup_unref_ struct rebtf_btf *other = build_random(&same, NULL, "t", 40);

		for (uint32_t id = 1; id < rebtf_btf_type_count(one); id++) {
			struct rebtf_change_list *list;

			if (!is_comparable(btf_type(one, id)))
				continue;
			assert_ok(rebtf_compare(one, id, other, id, &list));
			if (list->changes.count)
				fail_msg("seed %" PRIu64 ": [%u] differs from itself", seed, id);
			rebtf_change_list_free(list);
			compared++;
		}
	}
	assert_true(compared > CASES);
}

static void the_quick_answer_is_that_of_the_list(void **state)
{
	size_t harmful_ones = 0, harmless_ones = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= CASES; seed++) {
		struct shape shape = { .random = seed, .base_types = 40 };
		_cleanup_unref_ struct rebtf_btf *btf = build_random(&shape, NULL, "t", 40);

		for (int i = 0; i < 100; i++) {
			uint32_t a = random_below(&shape.random, rebtf_btf_type_count(btf));
			uint32_t b = random_below(&shape.random, rebtf_btf_type_count(btf));
			struct rebtf_change_list *list;
			uint64_t budget = UINT64_MAX;
			bool harmful;

			if (!are_comparable(btf, a, b))
				continue;
			assert_ok(rebtf_compare(btf, a, btf, b, &list));
			assert_ok(compare_harmful(btf, a, btf, b, &budget, &harmful));
			if (harmful != (list->harmful > 0))
				fail_msg("seed %" PRIu64 ": [%u] and [%u]: harm %d, listed %zu",
					 seed, a, b, harmful, list->harmful);
			harmful_ones += harmful;
			harmless_ones += !harmful;
			rebtf_change_list_free(list);
		}
	}
	assert_true(harmful_ones > CASES && harmless_ones > CASES);
}

/* --------------------------------------------------------------------------------------- paths */

static bool refers_to(const struct rebtf_type *t, uint32_t id)
{
	struct rebtf_field_iter it;
	const uint32_t *field;

	rebtf_field_iter_init(&it, t, REBTF_FIELD_IDS);
	while ((field = rebtf_field_iter_next(&it))) {
		if (*field == id)
			return true;
	}
	return false;
}

/* Whether a path of that class exists. If so, checks it. */
static bool has_way(struct rebtf_paths *paths, const struct rebtf_btf *split, uint32_t id,
		    enum rebtf_reliance class)
{
	struct rebtf_path *path;
	size_t count;

	assert_ok(rebtf_paths_find(paths, id, class, &path));
	count = rebtf_path_count(path);
	if (!count)
		return false;
	assert_int_equal(rebtf_path_at(path, count - 1)->type_id, id);
	for (size_t i = 0; i + 1 < count; i++) {
		uint32_t from = rebtf_path_at(path, i)->type_id;
		const struct rebtf_type *t = btf_type(split, from);

		assert_true(from >= split->start_id || class == REBTF_RELIANCE_TRUSTED);
		assert_true(refers_to(t, rebtf_path_at(path, i + 1)->type_id));
		if (class == REBTF_RELIANCE_EMBEDDED)
			assert_int_not_equal(rebtf_type_kind(t), REBTF_KIND_PTR);
	}
	rebtf_path_free(path);
	return true;
}

/* Exactly the types that are relied on by value, or trusted, have such a path. */
static void check_ways(const struct shape *shape, struct rebtf_btf *split, size_t found[3])
{
	uint32_t own = rebtf_btf_type_count(split) - split->start_id;
	uint64_t random = shape->random;
	const uint32_t ids[] = { split->start_id + random_below(&random, own),
				 split->start_id + random_below(&random, own) };
	const struct rebtf_trust trust = { .size = sizeof(struct rebtf_trust),
					   .ids = ids,
					   .id_count = 2 };
	struct id_set embedded, trusted;
	struct rebtf_paths *paths;

	assert_ok(find_embedded(split, EMBEDDED_BY_VALUE, &embedded));
	assert_ok(find_trusted(split, &trust, &trusted));
	assert_ok(rebtf_paths_new(split, &trust, &paths));
	for (uint32_t id = 1; id < split->start_id; id++) {
		const struct rebtf_type *t = btf_type(split, id);

		if (!is_comparable(t))
			continue;
		assert_int_equal(has_way(paths, split, id, REBTF_RELIANCE_EMBEDDED),
				 id_set_has(&embedded, id));
		assert_int_equal(has_way(paths, split, id, REBTF_RELIANCE_TRUSTED),
				 id_set_has(&trusted, id));
		found[REBTF_RELIANCE_POINTER_ONLY] += has_way(paths, split, id,
							      REBTF_RELIANCE_POINTER_ONLY);
		found[REBTF_RELIANCE_EMBEDDED] += id_set_has(&embedded, id);
		found[REBTF_RELIANCE_TRUSTED] += id_set_has(&trusted, id);
	}
	rebtf_paths_free(paths);
	id_set_release(&embedded);
	id_set_release(&trusted);
}

static void there_is_a_way_to_what_is_relied_on(void **state)
{
	size_t found[3] = {};

	(void)state;
	for (uint64_t seed = 1; seed <= CASES; seed++) {
		struct shape shape = { .random = seed, .base_types = 30, .split_types = 40 };
		_cleanup_unref_ struct rebtf_btf *base = build_random(&shape, NULL, "t", 30);
		_cleanup_unref_ struct rebtf_btf *split = build_random(&shape, base, "s", 40);

		check_ways(&shape, split, found);
	}
	assert_true(found[REBTF_RELIANCE_POINTER_ONLY] > CASES &&
		    found[REBTF_RELIANCE_EMBEDDED] > CASES &&
		    found[REBTF_RELIANCE_TRUSTED] > CASES / 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_differs_from_itself),
		cmocka_unit_test(the_quick_answer_is_that_of_the_list),
		cmocka_unit_test(there_is_a_way_to_what_is_relied_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
