/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * A property of comparing kernels, on random types that are the same in every run: if one type is
 * changed, the comparison names this type, this change, and no other type. Types that contain it have
 * other sizes then. The new kernel has its types in another order.
 */
#include "core/diff_for_test.h"

#define CASES	300
#define STRUCTS 24
#define MEMBERS 5

enum member_type { OF_INT, OF_LONG, OF_POINTER, OF_STRUCT, MEMBER_TYPES };

/* A struct before it gets an id. A member of type OF_STRUCT contains an earlier one. */
struct sketch_struct {
	uint32_t count;
	struct {
		enum member_type type;
		uint32_t target;
		uint32_t name; /* a number */
	} members[MEMBERS + 1];
	/* The layout. */
	uint32_t size;
	uint32_t align;
	uint32_t offsets[MEMBERS + 1];
};

struct sketch_kernel {
	struct sketch_struct structs[STRUCTS];
};

static void lay_out(struct sketch_kernel *k)
{
	for (uint32_t i = 0; i < STRUCTS; i++) {
		struct sketch_struct *s = &k->structs[i];

		s->size = 0;
		s->align = 1;
		for (uint32_t m = 0; m < s->count; m++) {
			const struct sketch_struct *inner = &k->structs[s->members[m].target];
			enum member_type type = s->members[m].type;
			uint32_t size = type == OF_INT ? 4 : type == OF_STRUCT ? inner->size : 8;
			uint32_t align = type == OF_STRUCT ? inner->align : size;

			s->offsets[m] = (s->size + align - 1) / align * align;
			s->size = s->offsets[m] + size;
			s->align = align > s->align ? align : s->align;
		}
		s->size = (s->size + s->align - 1) / s->align * s->align;
	}
}

static void sketch_random(struct sketch_kernel *k, uint64_t *random)
{
	for (uint32_t i = 0; i < STRUCTS; i++) {
		struct sketch_struct *s = &k->structs[i];

		s->count = 1 + random_below(random, MEMBERS);
		for (uint32_t m = 0; m < s->count; m++) {
			s->members[m].type = random_below(random, MEMBER_TYPES);
			if (s->members[m].type == OF_STRUCT && !i)
				s->members[m].type = OF_INT;
			s->members[m].target = s->members[m].type == OF_STRUCT
						       ? random_below(random, i)
						       : random_below(random, STRUCTS);
			s->members[m].name = m;
		}
	}
	lay_out(k);
}

/* Builds the structs, in the order of their numbers or the reverse one, each with a pointer to it. */
static struct rebtf_btf *build_kernel(const struct sketch_kernel *k, bool is_reversed)
{
	struct rebtf_builder *b = build_over(NULL);
	uint32_t first = 3;

	add_int(b);
	rebtf_builder_int(b, "long int", 8, REBTF_INT_SIGNED, 64);
	for (uint32_t at = 0; at < STRUCTS; at++) {
		uint32_t i = is_reversed ? STRUCTS - 1 - at : at;
		const struct sketch_struct *s = &k->structs[i];
		char name[16];

		snprintf(name, sizeof(name), "s%02" PRIu32, i);
		rebtf_builder_struct(b, REBTF_KIND_STRUCT, name, s->size);
		for (uint32_t m = 0; m < s->count; m++) {
			uint32_t target = is_reversed ? STRUCTS - 1 - s->members[m].target
						      : s->members[m].target;
			const uint32_t ids[] = { 1, 2, first + 2 * target + 1, first + 2 * target };

			snprintf(name, sizeof(name), "m%" PRIu32, s->members[m].name);
			rebtf_builder_member(b, name, ids[s->members[m].type], s->offsets[m] * 8,
					     0);
		}
		rebtf_builder_ref(b, REBTF_KIND_PTR, first + 2 * at);
	}
	return built(b);
}

/* Changes one struct. Returns the word for the change that must be found. */
static const char *change_struct(struct sketch_struct *s, uint64_t *random, uint32_t *name)
{
	uint32_t m = random_below(random, s->count);

	*name = m;
	switch (random_below(random, 4)) {
	case 0:
		*name = s->members[s->count].name = 9;
		s->members[s->count].type = OF_INT;
		s->count++;
		return "added";
	case 1:
		if (s->count > 1) {
			*name = s->members[--s->count].name;
			return "removed";
		}
		/* fall through */
	case 2:
		s->members[m].type = s->members[m].type == OF_LONG ? OF_INT : OF_LONG;
		return "retyped";
	default:
		s->members[m].name = 8;
		return "renamed";
	}
}

/* Whether the difference has this change of member @name. */
static bool has_change(const struct rebtf_difference *d, const char *change, uint32_t name)
{
	char wanted[16];

	snprintf(wanted, sizeof(wanted), "m%" PRIu32, name);
	for (size_t i = 0; i < rebtf_change_list_count(d->changes); i++) {
		const struct rebtf_change *c = rebtf_change_list_at(d->changes, i);
		const char *kind = rebtf_change_kind_name(c->kind);

		if (strcmp(c->old_name ?: c->new_name, wanted))
			continue;
		/* A member of another size may move, too. */
		if (!strcmp(kind, change) ||
		    (!strcmp(change, "retyped") && strcmp(c->old_type, c->new_type)))
			return true;
	}
	return false;
}

static bool is_laid_out_alike(const struct sketch_struct *o, const struct sketch_struct *n)
{
	return o->size == n->size && !memcmp(o->offsets, n->offsets, o->count * sizeof(uint32_t));
}

/* Checks that the users that contain a type have the sizes of the sketch. */
static void assert_sizes(const struct rebtf_difference *d, const struct sketch_kernel *o,
			 const struct sketch_kernel *n)
{
	for (size_t i = 0; i < rebtf_difference_user_count(d); i++) {
		const struct rebtf_user *user = rebtf_difference_user_at(d, i);
		uint32_t number = strtoul(user->name + 1, NULL, 10);

		assert_int_equal(user->kind, REBTF_USER_TYPE);
		assert_int_equal(user->old_size, o->structs[number].size);
		assert_int_equal(user->new_size, n->structs[number].size);
	}
}

static void diff_says_exactly_what_was_changed(void **state)
{
	uint64_t random = 20241127;

	(void)state;
	for (int i = 0; i < CASES; i++) {
		_cleanup_unref_ struct rebtf_btf *old_btf = NULL, *new_btf = NULL;
		struct sketch_kernel o = {}, n;
		uint32_t changed = random_below(&random, STRUCTS), name;
		const struct rebtf_difference *d;
		size_t derived = 0;
		struct rebtf_diff *diff;
		const char *change;
		char want[16];

		sketch_random(&o, &random);
		n = o;
		change = change_struct(&n.structs[changed], &random, &name);
		lay_out(&n);
		old_btf = build_kernel(&o, false);
		new_btf = build_kernel(&n, true);
		assert_ok(rebtf_diff_btf(old_btf, new_btf, NULL, &diff));
		assert_int_equal(rebtf_diff_count(diff), 1);
		assert_none_beyond(diff, diff);
		d = rebtf_diff_at(diff, 0);
		snprintf(want, sizeof(want), "s%02" PRIu32, changed);
		assert_string_equal(d->name, want);
		assert_int_equal(d->kind, REBTF_DIFFERENCE_CHANGED);
		assert_true(has_change(d, change, name));
		for (uint32_t s = 0; s < STRUCTS; s++)
			derived += s != changed && !is_laid_out_alike(&o.structs[s], &n.structs[s]);
		assert_int_equal(rebtf_diff_derived(diff), derived);
		assert_sizes(d, &o, &n);
		rebtf_diff_free(diff);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(diff_says_exactly_what_was_changed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
