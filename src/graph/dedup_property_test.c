/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Properties of deduplication, on random types that are the same in every run. Their few names make
 * many of them equal. A plain search for equal types, which compares all pairs until the result is
 * stable, gives the expected result.
 */
#include <stdio.h>

#include "btf/build_for_test.h"
#include "graph/dedup.h"

#define CASES 400
#define TYPES 48

static const char *const names[] = { "a", "b", "c" };

/* A sketch of all types: kinds and references, before they get an order. */
struct sketch {
	uint32_t count;
	uint64_t random;
	struct {
		uint32_t kind;
		uint32_t name;
		uint32_t refs[2]; /* types of the sketch, from 1 */
		uint32_t size;
	} types[TYPES + 1];
};

/* The features that a sketch may have. */
enum sketch_flags {
	WITH_FORWARDS = 1 << 0,
	WITH_LOOPS = 1 << 1, /* pointers that lead back to themselves without a struct in between */
};

static bool sketch_is_struct(const struct sketch *s, uint32_t id)
{
	return s->types[id].kind == REBTF_KIND_STRUCT || s->types[id].kind == REBTF_KIND_UNION;
}

/* Structs contain pointers and integers only, so no type contains itself. */
static uint32_t sketch_data(struct sketch *s, uint32_t end)
{
	uint32_t id = 1 + random_below(&s->random, end);

	while (s->types[id].kind != REBTF_KIND_PTR && s->types[id].kind != REBTF_KIND_INT)
		id = id % end + 1;
	return id;
}

static uint32_t sketch_ref(struct sketch *s, uint32_t id, unsigned int flags)
{
	uint32_t end = sketch_is_struct(s, id) || flags & WITH_LOOPS ? s->count : id - 1, target;

	if (s->types[id].kind != REBTF_KIND_PTR)
		return sketch_data(s, end);
	target = 1 + random_below(&s->random, s->count);
	return target <= end || sketch_is_struct(s, target) ? target : 1;
}

static void sketch_fill(struct sketch *s, uint64_t seed, unsigned int flags)
{
	static const uint32_t kinds[] = { REBTF_KIND_PTR,     REBTF_KIND_STRUCT,
					  REBTF_KIND_STRUCT,  REBTF_KIND_PTR,
					  REBTF_KIND_UNION,   REBTF_KIND_FUNC_PROTO,
					  REBTF_KIND_TYPEDEF, REBTF_KIND_CONST,
					  REBTF_KIND_FWD };

	seed = seed * 0x9e3779b97f4a7c15 + 1;
	*s = (struct sketch){ .count = 4 + random_below(&seed, TYPES - 4), .random = seed };
	for (uint32_t id = 1; id <= s->count; id++) {
		uint32_t kind = random_below(&s->random, flags & WITH_FORWARDS ? 9 : 8);

		s->types[id].kind = id == 1 ? REBTF_KIND_INT : kinds[kind];
		s->types[id].name = random_below(&s->random, 3);
		s->types[id].size = random_below(&s->random, 5) ? 16 : 24;
	}
	for (uint32_t id = 2; id <= s->count; id++) {
		for (int i = 0; i < 2; i++)
			s->types[id].refs[i] = sketch_ref(s, id, flags);
	}
}

static void sketch_add(const struct sketch *s, struct rebtf_builder *b, uint32_t number,
		       const uint32_t *ids)
{
	uint32_t kind = s->types[number].kind, first = ids[s->types[number].refs[0]];
	const char *name = names[s->types[number].name];

	rebtf_builder_fill(b, ids[number]);
	switch (kind) {
	case REBTF_KIND_INT:
		add_int(b);
		break;
	case REBTF_KIND_STRUCT:
	case REBTF_KIND_UNION:
		rebtf_builder_struct(b, kind, name, s->types[number].size);
		rebtf_builder_member(b, "m", first, 0, 0);
		rebtf_builder_member(b, "n", ids[s->types[number].refs[1]], 0, 0);
		break;
	case REBTF_KIND_FUNC_PROTO:
		rebtf_builder_func_proto(b, first);
		rebtf_builder_param(b, "p", ids[s->types[number].refs[1]]);
		break;
	case REBTF_KIND_TYPEDEF:
		rebtf_builder_typedef(b, name, first);
		break;
	case REBTF_KIND_FWD:
		rebtf_builder_fwd(b, REBTF_KIND_STRUCT, name);
		break;
	default:
		rebtf_builder_ref(b, kind, first);
	}
}

/* Builds the types in the order of @ids, which go up from the first own id. */
static struct rebtf_btf *sketch_build(const struct sketch *s, struct rebtf_btf *base,
				      const uint32_t *ids)
{
	struct rebtf_builder *b = build_over(base);

	for (uint32_t i = 0; i < s->count; i++)
		rebtf_builder_reserve(b);
	for (uint32_t number = 1; number <= s->count; number++)
		sketch_add(s, b, number, ids);
	return built(b);
}

static void sketch_shuffle(struct sketch *s, uint32_t *ids, uint32_t start)
{
	for (uint32_t i = 1; i <= s->count; i++) {
		uint32_t j = 1 + random_below(&s->random, i);

		ids[i] = ids[j];
		ids[j] = start + i - 1;
	}
}

/* --- the expected result */

static bool plain_same(const struct sketch *s, uint32_t a, uint32_t b,
		       bool same[TYPES + 1][TYPES + 1])
{
	bool is_named = s->types[a].kind != REBTF_KIND_PTR &&
			s->types[a].kind != REBTF_KIND_CONST &&
			s->types[a].kind != REBTF_KIND_FUNC_PROTO;
	bool is_sized = s->types[a].kind == REBTF_KIND_STRUCT ||
			s->types[a].kind == REBTF_KIND_UNION;
	bool has_two = is_sized || s->types[a].kind == REBTF_KIND_FUNC_PROTO;

	if (s->types[a].kind != s->types[b].kind)
		return false;
	if (s->types[a].kind == REBTF_KIND_INT)
		return true;
	if (is_named && s->types[a].name != s->types[b].name)
		return false;
	if (is_sized && s->types[a].size != s->types[b].size)
		return false;
	if (s->types[a].kind == REBTF_KIND_FWD)
		return true;
	return same[s->types[a].refs[0]][s->types[b].refs[0]] &&
	       (!has_two || same[s->types[a].refs[1]][s->types[b].refs[1]]);
}

/* All pairs are the same at first. */
static void plain_search(const struct sketch *s, bool same[TYPES + 1][TYPES + 1])
{
	bool changed = true;

	memset(same, 1, sizeof(bool[TYPES + 1][TYPES + 1]));
	while (changed) {
		changed = false;
		for (uint32_t a = 1; a <= s->count; a++) {
			for (uint32_t b = 1; b <= s->count; b++) {
				if (!same[a][b] || plain_same(s, a, b, same))
					continue;
				same[a][b] = false;
				changed = true;
			}
		}
	}
}

static void equal_types_are_those_of_a_plain_search(void **state)
{
	bool same[TYPES + 1][TYPES + 1];
	uint32_t ids[TYPES + 1] = {};
	struct sketch s;

	(void)state;
	for (uint64_t seed = 1; seed <= CASES; seed++) {
		_cleanup_unref_ struct rebtf_btf *btf = NULL, *result = NULL;
		_cleanup_free_ uint32_t *map = NULL;

		sketch_fill(&s, seed, WITH_LOOPS);
		sketch_shuffle(&s, ids, 1);
		btf = sketch_build(&s, NULL, ids);
		assert_ok(dedup_types(btf, &result, &map));
		plain_search(&s, same);
		for (uint32_t a = 1; a <= s.count; a++) {
			for (uint32_t b = 1; b <= s.count; b++)
				assert_int_equal(map[ids[a] - 1] == map[ids[b] - 1], same[a][b]);
		}
	}
}

static void the_order_of_types_makes_no_difference(void **state)
{
	uint32_t ids[TYPES + 1] = {}, others[TYPES + 1] = {};
	struct sketch s;

	(void)state;
	for (uint64_t seed = 1; seed <= CASES; seed++) {
		_cleanup_unref_ struct rebtf_btf *btf = NULL, *result = NULL;
		_cleanup_unref_ struct rebtf_btf *other_btf = NULL, *other = NULL;
		_cleanup_free_ uint32_t *map = NULL, *other_map = NULL;

		sketch_fill(&s, seed, WITH_FORWARDS | WITH_LOOPS);
		sketch_shuffle(&s, ids, 1);
		sketch_shuffle(&s, others, 1);
		btf = sketch_build(&s, NULL, ids);
		other_btf = sketch_build(&s, NULL, others);
		assert_ok(dedup_types(btf, &result, &map));
		assert_ok(dedup_types(other_btf, &other, &other_map));
		for (uint32_t a = 1; a <= s.count; a++) {
			for (uint32_t b = 1; b <= s.count; b++)
				assert_int_equal(map[ids[a] - 1] == map[ids[b] - 1],
						 other_map[others[a] - 1] ==
							 other_map[others[b] - 1]);
		}
	}
}

static void deduplicating_again_changes_nothing(void **state)
{
	uint32_t ids[TYPES + 1] = {};
	struct sketch s;

	(void)state;
	for (uint64_t seed = 1; seed <= CASES; seed++) {
		_cleanup_unref_ struct rebtf_btf *btf = NULL, *once = NULL, *twice = NULL;
		_cleanup_bytes_ struct bytes bytes = {}, again = {};

		sketch_fill(&s, seed, WITH_FORWARDS | WITH_LOOPS);
		sketch_shuffle(&s, ids, 1);
		btf = sketch_build(&s, NULL, ids);
		assert_ok(dedup_types(btf, &once, NULL));
		assert_ok(dedup_types(once, &twice, NULL));
		bytes = written(once, 0);
		again = written(twice, 0);
		assert_same_bytes(&again, &bytes);
	}
}

/* Half of the types are in the base; all of them, once more, are split from it. */
static void types_of_the_base_are_those_of_a_plain_search(void **state)
{
	bool same[TYPES + 1][TYPES + 1];
	uint32_t ids[TYPES + 1] = {}, splits[TYPES + 1] = {};
	struct sketch s;

	(void)state;
	for (uint64_t seed = 1; seed <= CASES; seed++) {
		_cleanup_unref_ struct rebtf_btf *whole = NULL, *base = NULL, *split = NULL;
		_cleanup_unref_ struct rebtf_btf *result = NULL;
		_cleanup_free_ uint32_t *to_base = NULL, *map = NULL;
		uint32_t start;

		sketch_fill(&s, seed, WITH_LOOPS);
		sketch_shuffle(&s, ids, 1);
		whole = sketch_build(&s, NULL, ids);
		assert_ok(dedup_types(whole, &base, &to_base));
		start = rebtf_btf_type_count(base);
		/* A change in the split, which reaches some types. */
		s.types[s.count].size = 32;
		s.types[s.count / 2].name = random_below(&s.random, 3);
		sketch_shuffle(&s, splits, start);
		split = sketch_build(&s, base, splits);
		assert_ok(dedup_types(split, &result, &map));
		plain_search(&s, same);
		for (uint32_t a = 1; a <= s.count; a++) {
			uint32_t id = map[splits[a] - start];

			for (uint32_t b = 1; b <= s.count; b++)
				assert_int_equal(id == map[splits[b] - start], same[a][b]);
			/* A base type stands for the same words and references. */
			if (id < start)
				assert_string_equal(rebtf_btf_type_name(base, btf_type(base, id)),
						    rebtf_btf_type_name(split,
									btf_type(split,
										 splits[a])));
		}
	}
}

/* Loops are not looked up. */
static void unchanged_types_are_all_in_the_base(void **state)
{
	uint32_t ids[TYPES + 1] = {}, splits[TYPES + 1] = {};
	struct sketch s;

	(void)state;
	for (uint64_t seed = 1; seed <= CASES; seed++) {
		_cleanup_unref_ struct rebtf_btf *whole = NULL, *base = NULL, *split = NULL;
		_cleanup_unref_ struct rebtf_btf *result = NULL;
		_cleanup_free_ uint32_t *to_base = NULL, *map = NULL;
		uint32_t start;

		sketch_fill(&s, seed, 0);
		sketch_shuffle(&s, ids, 1);
		whole = sketch_build(&s, NULL, ids);
		assert_ok(dedup_types(whole, &base, &to_base));
		start = rebtf_btf_type_count(base);
		sketch_shuffle(&s, splits, start);
		split = sketch_build(&s, base, splits);
		assert_ok(dedup_types(split, &result, &map));
		for (uint32_t a = 1; a <= s.count; a++)
			assert_int_equal(map[splits[a] - start], to_base[ids[a] - 1]);
		assert_int_equal(rebtf_btf_type_count(result), start);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_types_are_those_of_a_plain_search),
		cmocka_unit_test(the_order_of_types_makes_no_difference),
		cmocka_unit_test(deduplicating_again_changes_nothing),
		cmocka_unit_test(types_of_the_base_are_those_of_a_plain_search),
		cmocka_unit_test(unchanged_types_are_all_in_the_base),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
