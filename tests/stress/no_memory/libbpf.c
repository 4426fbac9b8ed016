/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Each allocation of four of libbpf's functions fails: alone, and together with all later ones. The
 * function must then fail with ENOMEM and change no object, or have the same result as with memory.
 * In the sanitized build no memory may leak.
 */
#include "libbpf/built_for_test.h"

#include "allocations.h"

/* The objects of one run. */
struct things {
	struct btf *base, *split;
	struct btf *distilled_base, *distilled; /* from the split */
	struct btf *new_base;
	struct btf *made_base, *made; /* by the function; or NULL */
};

static void things_make(struct things *t)
{
	*t = (struct things){ .base = built_base(), .new_base = btf__new_empty() };
	t->split = built_split(t->base);
	assert_int_equal(btf__add_ptr(t->split, 4), 5);
	assert_int_equal(btf__add_ptr(t->split, 4), 6);
	assert_int_equal(btf__distill_base(t->split, &t->distilled_base, &t->distilled), 0);
	assert_int_equal(btf__add_fwd(t->new_base, "first", BTF_FORWARD_STRUCT), 1);
	assert_int_equal(btf__add_struct(t->new_base, "s", 4), 2);
}

static void things_release(struct things *t)
{
	btf__free(t->made);
	btf__free(t->made_base);
	btf__free(t->distilled);
	btf__free(t->distilled_base);
	btf__free(t->split);
	btf__free(t->base);
	btf__free(t->new_base);
}

/* The bytes of all objects. */
static struct buffer things_bytes(const struct things *t)
{
	const struct btf *all[] = { t->base,	  t->split,    t->distilled_base,
				    t->distilled, t->new_base, t->made_base,
				    t->made };
	struct buffer bytes = {};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		uint32_t size = 0;
		const void *data = all[i] ? btf__raw_data(all[i], &size) : NULL;

		assert_true(data || !all[i]);
		buffer_append(&bytes, &size, sizeof(size));
		buffer_append(&bytes, data, size);
	}
	return bytes;
}

static void assert_same(const struct buffer *a, const struct buffer *b)
{
	assert_int_equal(a->size, b->size);
	assert_memory_equal(a->data, b->data, a->size);
}

typedef int function(struct things *t);

/* Makes the allocations from @first to @last fail. Returns whether there are so many. */
static bool try_failing(function *run, unsigned int first, unsigned int last)
{
	struct buffer before, after;
	unsigned int allocations;
	struct things t, whole;
	int result;

	things_make(&t);
	before = things_bytes(&t);
	failing_start(first, last);
	errno = 0;
	result = run(&t);
	allocations = failing_stop();
	if (result) {
		assert_int_equal(result, -ENOMEM);
		assert_int_equal(errno, ENOMEM);
	} else {
		buffer_release(&before);
		things_make(&whole);
		assert_int_equal(run(&whole), 0);
		before = things_bytes(&whole);
		things_release(&whole);
	}
	after = things_bytes(&t);
	assert_same(&before, &after);
	buffer_release(&before);
	buffer_release(&after);
	things_release(&t);
	return allocations >= first;
}

static void try_all(function *run)
{
	unsigned int number = 1;

	while (try_failing(run, number, number))
		number++;
	assert_true(number > 1);
	for (number = 1; try_failing(run, number, UINT32_MAX);)
		number++;
}

static int distill(struct things *t)
{
	return btf__distill_base(t->split, &t->made_base, &t->made);
}

static void types_are_distilled_or_no_object_stays(void **state)
{
	(void)state;
	try_all(distill);
}

static int relocate(struct things *t)
{
	return btf__relocate(t->distilled, t->new_base);
}

static void types_are_relocated_or_stay(void **state)
{
	(void)state;
	try_all(relocate);
}

static int permute(struct things *t)
{
	uint32_t map[] = { 6, 4, 5 };

	return btf__permute(t->split, map, 3, NULL);
}

static void types_change_places_or_stay(void **state)
{
	(void)state;
	try_all(permute);
}

static int unify(struct things *t)
{
	return btf__dedup(t->split, NULL);
}

static void equal_types_are_unified_or_stay(void **state)
{
	(void)state;
	try_all(unify);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(types_are_distilled_or_no_object_stays),
		cmocka_unit_test(types_are_relocated_or_stay),
		cmocka_unit_test(types_change_places_or_stay),
		cmocka_unit_test(equal_types_are_unified_or_stay),
	};

	return cmocka_run_group_tests_name("libbpf: no memory", tests, built_print_nothing, NULL);
}
