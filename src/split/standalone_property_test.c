/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Properties of standalone BTF, on BTF of random shapes that are the same in every run: it has the
 * contents of the split, as far as they are not cut, and no unreferenced types.
 */
#include "split/random_for_test.h"
#include "split/split_for_test.h"

#define CASES 300

struct sample {
	struct rebtf_btf *base;
	struct rebtf_btf *split;
	struct rebtf_btf *standalone;
};

/* Names are unique, so that named types can be found again. The base has an "int". */
static struct sample build_sample(uint64_t seed, bool full)
{
	REBTF_OPTIONS(rebtf_standalone_options, extent, .full = full);
	struct shape s = { .random = seed * 0x9e3779b97f4a7c15u + 1 };
	_cleanup_unref_ struct rebtf_btf *lowest = build_int();
	struct sample sample;
	uint32_t types;

	types = random_below(&s.random, 200);
	sample.base = build_random(&s, lowest, "base_", types);
	types = random_below(&s.random, 60);
	sample.split = build_random(&s, sample.base, "own_", types);
	assert_ok(rebtf_standalone(sample.split, &extent, &sample.standalone));
	return sample;
}

static void release_sample(struct sample *sample)
{
	rebtf_btf_unref(sample->standalone);
	rebtf_btf_unref(sample->split);
	rebtf_btf_unref(sample->base);
}

#define _cleanup_sample_ _cleanup_(release_sample)

/* Two types, of the split and the standalone BTF, that must have the same contents. */
struct pair {
	uint32_t a, b;
};

struct comparison {
	const struct sample *sample;
	bool full;
	uint32_t *same; /* by ids of the split: the standalone's, or 0 */
	struct buffer todo;
};

static void also_compare(struct comparison *c, uint32_t a, uint32_t b)
{
	struct pair pair = { a, b };

	assert_int_equal(!a, !b);
	if (!a)
		return;
	if (c->same[a]) {
		assert_int_equal(c->same[a], b);
		return;
	}
	c->same[a] = b;
	buffer_append(&c->todo, &pair, sizeof(pair));
}

static void compare_fields(struct comparison *c, const struct rebtf_type *a,
			   const struct rebtf_type *b)
{
	const struct sample *s = c->sample;
	struct rebtf_field_iter it_a, it_b;
	const uint32_t *field_a, *field_b;

	rebtf_field_iter_init(&it_a, a, REBTF_FIELD_STRINGS);
	rebtf_field_iter_init(&it_b, b, REBTF_FIELD_STRINGS);
	while ((field_a = rebtf_field_iter_next(&it_a))) {
		field_b = rebtf_field_iter_next(&it_b);
		assert_string_equal(rebtf_btf_string(s->split, *field_a),
				    rebtf_btf_string(s->standalone, *field_b));
	}
	rebtf_field_iter_init(&it_a, a, REBTF_FIELD_IDS);
	rebtf_field_iter_init(&it_b, b, REBTF_FIELD_IDS);
	while ((field_a = rebtf_field_iter_next(&it_a)))
		also_compare(c, *field_a, *rebtf_field_iter_next(&it_b));
}

/* A declaration can only replace a named struct of the base, and never with "full". */
static void compare_pair(struct comparison *c, struct pair pair)
{
	const struct sample *s = c->sample;
	const struct rebtf_type *a = rebtf_btf_type(s->split, pair.a),
				*b = rebtf_btf_type(s->standalone, pair.b);

	assert_string_equal(rebtf_btf_type_name(s->split, a),
			    rebtf_btf_type_name(s->standalone, b));
	if (kind_is_composite(rebtf_type_kind(a)) && rebtf_type_kind(b) == REBTF_KIND_FWD) {
		assert_false(c->full);
		assert_true(pair.a < rebtf_btf_start_id(s->split));
		assert_true(*rebtf_btf_type_name(s->standalone, b));
		assert_int_equal(rebtf_type_kind_flag(b), rebtf_type_kind(a) == REBTF_KIND_UNION);
		return;
	}
	assert_int_equal(b->info, a->info);
	if (layout_of(a)->third == THIRD_SIZE)
		assert_int_equal(b->size, a->size);
	compare_fields(c, a, b);
}

/* From the split's named types, and all types that they refer to. */
static void assert_says_the_same(const struct sample *s, bool full)
{
	struct comparison c = { .sample = s, .full = full };

	c.same = calloc(rebtf_btf_type_count(s->split), sizeof(*c.same));
	for (uint32_t id = rebtf_btf_start_id(s->split); id < rebtf_btf_type_count(s->split);
	     id++) {
		const struct rebtf_type *t = rebtf_btf_type(s->split, id);
		const char *name = rebtf_btf_type_name(s->split, t);

		if (!strncmp(name, "own_", 4))
			also_compare(&c, id,
				     rebtf_btf_find(s->standalone, name, rebtf_type_kind(t)));
	}
	while (c.todo.size) {
		struct pair pair;

		c.todo.size -= sizeof(pair);
		memcpy(&pair, c.todo.data + c.todo.size, sizeof(pair));
		compare_pair(&c, pair);
	}
	free(c.same);
	buffer_release(&c.todo);
}

static void it_says_what_the_split_says(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < CASES; seed++) {
		_cleanup_sample_ struct sample sample = build_sample(seed, false);

		assert_reopens(sample.standalone);
		assert_says_the_same(&sample, false);
	}
}

static void in_full_it_says_all_that_the_split_says(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < CASES; seed++) {
		_cleanup_sample_ struct sample sample = build_sample(seed, true);

		assert_reopens(sample.standalone);
		assert_says_the_same(&sample, true);
	}
}

/* Every type is one of the split's, or "int", or referenced. */
static void nothing_is_there_that_nobody_refers_to(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < CASES; seed++) {
		_cleanup_sample_ struct sample sample = build_sample(seed, seed % 2);
		const struct rebtf_btf *btf = sample.standalone;
		_cleanup_free_ bool *used = calloc(rebtf_btf_type_count(btf), sizeof(*used));
		struct rebtf_field_iter it;
		const uint32_t *field;

		for (uint32_t id = 1; id < rebtf_btf_type_count(btf); id++) {
			rebtf_field_iter_init(&it, rebtf_btf_type(btf, id), REBTF_FIELD_IDS);
			while ((field = rebtf_field_iter_next(&it)))
				used[*field] = true;
		}
		used[rebtf_btf_find(btf, "int", REBTF_KIND_INT)] = true;
		for (uint32_t id = sample.split->own_count + 1; id < rebtf_btf_type_count(btf);
		     id++)
			assert_true(used[id]);
	}
}

/* BTF that was renumbered over a base, and uses no type of it, can be made standalone again. */
static void presented_it_opens_over_any_base(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < CASES; seed++) {
		_cleanup_sample_ struct sample sample = build_sample(seed, seed % 2);
		_cleanup_sample_ struct sample other = build_sample(seed + CASES, false);
		_cleanup_unref_ struct rebtf_btf *shown = NULL;
		size_t count;

		assert_ok(rebtf_renumber(sample.standalone, other.base, &shown));
		assert_reopens(shown);
		assert_ok(rebtf_btf_count_base_refs(shown, &count));
		assert_int_equal(count, 0);
	}
}

static void the_result_depends_on_nothing_else(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < CASES / 3; seed++) {
		_cleanup_sample_ struct sample one = build_sample(seed, false);
		_cleanup_sample_ struct sample again = build_sample(seed, false);
		_cleanup_bytes_ struct bytes first = written(one.standalone, 0),
					     second = written(again.standalone, 0);

		assert_same_bytes(&second, &first);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_says_what_the_split_says),
		cmocka_unit_test(in_full_it_says_all_that_the_split_says),
		cmocka_unit_test(nothing_is_there_that_nobody_refers_to),
		cmocka_unit_test(presented_it_opens_over_any_base),
		cmocka_unit_test(the_result_depends_on_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
