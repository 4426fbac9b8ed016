/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Properties of distilling and relocating, on BTF of random shapes that are the same in every run.
 * The tests compare structure, not ids, which a new base may change.
 */
#include "split/random_for_test.h"
#include "split/same_for_test.h"

#define CASES 300

static void assert_same_structure(const struct rebtf_btf *a, const struct rebtf_btf *b)
{
	const char *difference = find_difference(a, b, false);

	if (difference)
		fail_msg("%s", difference);
}

/* --- other bases */

/* The base in another order, with other types before and between, as after every kernel update. */
static struct rebtf_btf *shuffle(const struct rebtf_btf *base, uint64_t *random)
{
	uint32_t count = rebtf_btf_type_count(base), next = 1;
	_cleanup_free_ uint32_t *order = calloc(count, sizeof(*order));
	_cleanup_free_ uint32_t *map = calloc(count, sizeof(*map));
	_cleanup_free_ bool *extra = calloc(count, sizeof(*extra));
	struct rebtf_builder *b = build_over(NULL);
	char name[32];

	for (uint32_t i = 1; i < count; i++) {
		uint32_t j = 1 + random_below(random, i);

		order[i] = order[j];
		order[j] = i;
	}
	for (uint32_t i = 1; i < count; i++) {
		extra[i] = !random_below(random, 4);
		next += extra[i];
		map[order[i]] = next++;
	}
	for (uint32_t i = 1; i < count; i++) {
		snprintf(name, sizeof(name), "extra%u", i);
		if (extra[i])
			rebtf_builder_fwd(b, (i & 1) ? REBTF_KIND_UNION : REBTF_KIND_STRUCT, name);
		assert_int_equal(rebtf_builder_copy(b, base, order[i], map), map[order[i]]);
	}
	return built(b);
}

/* --- the properties */

struct sample {
	struct rebtf_btf *base;
	struct rebtf_btf *split;
	struct rebtf_btf *over_distilled;
	uint64_t random;
};

static struct sample build_sample(uint64_t seed)
{
	struct shape s = { .random = seed * 0x9e3779b97f4a7c15u + 1 };
	struct sample sample;

	s.base_types = random_below(&s.random, 200);
	s.split_types = random_below(&s.random, 60);
	sample.base = build_random(&s, NULL, "base_", s.base_types);
	sample.split = build_random(&s, sample.base, "own_", s.split_types);
	sample.over_distilled = distilled(sample.split);
	sample.random = s.random;
	return sample;
}

static void release_sample(struct sample *sample)
{
	rebtf_btf_unref(sample->over_distilled);
	rebtf_btf_unref(sample->split);
	rebtf_btf_unref(sample->base);
}

#define _cleanup_sample_ _cleanup_(release_sample)

static void distilling_keeps_the_structure(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < CASES; seed++) {
		_cleanup_sample_ struct sample sample = build_sample(seed);

		assert_same_structure(sample.split, sample.over_distilled);
	}
}

/* All distilled types are referenced. Opening the results shows that no type is missing. */
static void every_distilled_type_is_used(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < CASES; seed++) {
		_cleanup_sample_ struct sample sample = build_sample(seed);
		size_t count;

		assert_ok(rebtf_btf_count_base_refs(sample.over_distilled, &count));
		assert_int_equal(count, rebtf_btf_start_id(sample.over_distilled) - 1);
	}
}

static void relocation_onto_the_same_base_gives_the_same_types_back(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < CASES; seed++) {
		_cleanup_sample_ struct sample sample = build_sample(seed);
		_cleanup_unref_ struct rebtf_btf *result = relocated(sample.over_distilled,
								     sample.base);

		assert_same_structure(sample.split, result);
		assert_int_equal(rebtf_btf_start_id(result), rebtf_btf_start_id(sample.split));
		/* Named types of the base have their old ids again. */
		for (uint32_t i = 0; i < sample.split->own_count; i++) {
			struct rebtf_field_iter it_old, it_new;
			const uint32_t *old_id, *new_id;

			rebtf_field_iter_init(&it_old, btf_own_type(sample.split, i),
					      REBTF_FIELD_IDS);
			rebtf_field_iter_init(&it_new, btf_own_type(result, i), REBTF_FIELD_IDS);
			while ((old_id = rebtf_field_iter_next(&it_old)) &&
			       (new_id = rebtf_field_iter_next(&it_new))) {
				if (!*old_id || stands_for_itself(sample.split, *old_id))
					assert_int_equal(*new_id, *old_id);
			}
		}
	}
}

static void relocation_onto_a_shuffled_base_keeps_the_structure(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < CASES; seed++) {
		_cleanup_sample_ struct sample sample = build_sample(seed);
		_cleanup_unref_ struct rebtf_btf *new_base = shuffle(sample.base, &sample.random);
		_cleanup_unref_ struct rebtf_btf *result = relocated(sample.over_distilled,
								     new_base);

		assert_same_structure(sample.split, result);
		assert_same_structure(sample.over_distilled, result);
	}
}

/* Onto a base of two levels. The upper one has no type that is looked for. */
static void relocation_onto_a_chain_keeps_the_structure(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < CASES / 3; seed++) {
		_cleanup_sample_ struct sample sample = build_sample(seed);
		struct shape s = { .random = sample.random };
		_cleanup_unref_ struct rebtf_btf *upper = build_random(&s, sample.base, "upper_",
								       20);
		_cleanup_unref_ struct rebtf_btf *result = relocated(sample.over_distilled, upper);

		assert_same_structure(sample.split, result);
	}
}

/* Distilling a relocated split restores it, except for the order of types that joined. */
static void distilling_again_keeps_the_structure(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < CASES / 3; seed++) {
		_cleanup_sample_ struct sample sample = build_sample(seed);
		_cleanup_unref_ struct rebtf_btf *new_base = shuffle(sample.base, &sample.random);
		_cleanup_unref_ struct rebtf_btf *result = relocated(sample.over_distilled,
								     new_base);
		_cleanup_unref_ struct rebtf_btf *again = distilled(result);

		assert_same_structure(sample.over_distilled, again);
		assert_int_equal(rebtf_btf_type_count(sample.over_distilled),
				 rebtf_btf_type_count(again));
		assert_int_equal(rebtf_btf_start_id(sample.over_distilled),
				 rebtf_btf_start_id(again));
	}
}

/* The same call gives the same bytes, independent of other calls. */
static void results_depend_on_nothing_else(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < CASES / 3; seed++) {
		_cleanup_sample_ struct sample one = build_sample(seed);
		_cleanup_sample_ struct sample other = build_sample(seed + 1000);
		_cleanup_unref_ struct rebtf_btf *again = distilled(one.split);
		_cleanup_bytes_ struct bytes first = written(one.over_distilled, 0),
					     second = written(again, 0);
		_cleanup_bytes_ struct bytes first_base =
			written(rebtf_btf_base(one.over_distilled), 0);
		_cleanup_bytes_ struct bytes second_base = written(rebtf_btf_base(again), 0);

		assert_non_null(other.split);
		assert_same_bytes(&second, &first);
		assert_same_bytes(&second_base, &first_base);
	}
}

/* In the other byte order only the bytes differ. */
static void byte_order_changes_nothing_else(void **state)
{
	const unsigned int foreign = HOST_BIG_ENDIAN ? WRITE_LITTLE : WRITE_BIG;

	(void)state;
	for (uint64_t seed = 0; seed < CASES / 3; seed++) {
		_cleanup_sample_ struct sample sample = build_sample(seed);
		_cleanup_bytes_ struct bytes base_bytes = written(sample.base, foreign);
		_cleanup_bytes_ struct bytes split_bytes = written(sample.split, foreign);
		_cleanup_unref_ struct rebtf_btf *base = NULL, *split = NULL, *result = NULL;
		_cleanup_free_ char *want = dump_text(sample.over_distilled);

		assert_ok(open_bytes(&base_bytes, NULL, &base));
		if (!sample.split->own_count)
			continue;
		assert_ok(open_bytes(&split_bytes, base, &split));
		result = distilled(split);
		assert_dump(result, want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(distilling_keeps_the_structure),
		cmocka_unit_test(every_distilled_type_is_used),
		cmocka_unit_test(relocation_onto_the_same_base_gives_the_same_types_back),
		cmocka_unit_test(relocation_onto_a_shuffled_base_keeps_the_structure),
		cmocka_unit_test(relocation_onto_a_chain_keeps_the_structure),
		cmocka_unit_test(distilling_again_keeps_the_structure),
		cmocka_unit_test(results_depend_on_nothing_else),
		cmocka_unit_test(byte_order_changes_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
