/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * BTF of random shapes, the same ones in every run, for tests of what holds for any BTF.
 */
#ifndef REBTF_SPLIT_RANDOM_FOR_TEST_H
#define REBTF_SPLIT_RANDOM_FOR_TEST_H

#include "split/split_for_test.h"

struct shape {
	uint64_t random;
	uint32_t base_types;
	uint32_t split_types;
	/*
	 * What C can say: no functions, variables and tags, no struct without members, and no
	 * circle of references that does not go through a struct. All that is expected of a base is
	 * so.
	 */
	bool data_only;
};

/* What is contained must be there already, so that nothing contains itself. */
static inline uint32_t earlier_id(struct shape *s, const struct rebtf_builder *b)
{
	return random_below(&s->random, rebtf_builder_next_id(b));
}

/* One that is there already or is still to come before @end: what a pointer may lead to. */
static inline uint32_t any_id(struct shape *s, const struct rebtf_builder *b, uint32_t end)
{
	return s->data_only ? earlier_id(s, b) : random_below(&s->random, end);
}

/*
 * A name that no other type has, so that relocation can find it; or none, where the kind allows it.
 */
static inline const char *fresh_name(const struct rebtf_builder *b, const char *prefix)
{
	static char name[32];

	snprintf(name, sizeof(name), "%s%u", prefix, rebtf_builder_next_id(b));
	return name;
}

static inline const char *maybe_name(struct shape *s, const struct rebtf_builder *b,
				     const char *prefix)
{
	return random_below(&s->random, 3) ? fresh_name(b, prefix) : NULL;
}

/* Member names are few, so that they are shared among types and between split and base. */
static inline const char *member_name(struct shape *s)
{
	static const char *const names[] = { "a", "b", "next", "ops", "int", NULL };

	return names[random_below(&s->random, 6)];
}

static inline void add_members(struct shape *s, struct rebtf_builder *b)
{
	uint32_t count = s->data_only + random_below(&s->random, 6),
		 bits = random_below(&s->random, 2);
	uint32_t own_id = rebtf_builder_next_id(b) - 1;

	for (uint32_t i = 0; i < count; i++)
		rebtf_builder_member(b, member_name(s), random_below(&s->random, own_id), i * 32,
				     bits ? random_below(&s->random, 9) : 0);
}

static inline void add_values(struct shape *s, struct rebtf_builder *b)
{
	for (uint32_t count = s->data_only + random_below(&s->random, 5); count; count--)
		rebtf_builder_enumerator(b, fresh_name(b, "VALUE_"), next_random(&s->random));
}

static inline void add_params(struct shape *s, struct rebtf_builder *b, uint32_t end)
{
	for (uint32_t count = random_below(&s->random, 5); count; count--)
		rebtf_builder_param(b, member_name(s), any_id(s, b, end));
	if (!random_below(&s->random, 4))
		rebtf_builder_param(b, NULL, 0);
}

static inline void add_composite(struct shape *s, struct rebtf_builder *b, const char *name)
{
	rebtf_builder_struct(b, REBTF_KIND_STRUCT + random_below(&s->random, 2), name,
			     24 + random_below(&s->random, 999));
	add_members(s, b);
}

/* A pointer, and now and then the struct that it points to, which may have it in a member. */
static inline void add_pointer(struct shape *s, struct rebtf_builder *b, const char *prefix,
			       uint32_t end)
{
	uint32_t next = rebtf_builder_next_id(b) + 1;

	if (!s->data_only || next == end || random_below(&s->random, 2)) {
		rebtf_builder_ref(b, REBTF_KIND_PTR, any_id(s, b, end));
		return;
	}
	rebtf_builder_ref(b, REBTF_KIND_PTR, next);
	add_composite(s, b, fresh_name(b, prefix));
}

/* A type of any kind; @end is one past the ids that there will be. */
static inline void add_random_type(struct shape *s, struct rebtf_builder *b, const char *prefix,
				   uint32_t end)
{
	static const uint32_t modifiers[] = { REBTF_KIND_CONST, REBTF_KIND_VOLATILE,
					      REBTF_KIND_RESTRICT };
	uint32_t proto, choice = random_below(&s->random, 16);

	switch (s->data_only && (choice == 11 || choice == 13) ? 15 : choice) {
	case 0:
		rebtf_builder_int(b, fresh_name(b, prefix), 1u << random_below(&s->random, 4),
				  random_below(&s->random, 2), 8);
		break;
	case 1:
		rebtf_builder_float(b, fresh_name(b, prefix), 8);
		break;
	case 2:
		rebtf_builder_fwd(b, fresh_name(b, prefix), random_below(&s->random, 2));
		break;
	case 3:
	case 4:
	case 5:
		add_composite(s, b, maybe_name(s, b, prefix));
		break;
	case 6:
		rebtf_builder_enum(b,
				   random_below(&s->random, 2) ? REBTF_KIND_ENUM
							       : REBTF_KIND_ENUM64,
				   maybe_name(s, b, prefix), 1u << random_below(&s->random, 4),
				   random_below(&s->random, 2));
		add_values(s, b);
		break;
	case 7:
		rebtf_builder_array(b, earlier_id(s, b), earlier_id(s, b),
				    random_below(&s->random, 100));
		break;
	case 8:
		rebtf_builder_typedef(b, fresh_name(b, prefix), earlier_id(s, b));
		break;
	case 9:
		rebtf_builder_ref(b, modifiers[random_below(&s->random, 3)], earlier_id(s, b));
		break;
	case 10:
		rebtf_builder_type_tag(b, member_name(s), earlier_id(s, b),
				       random_below(&s->random, 2));
		break;
	case 11:
		rebtf_builder_decl_tag(b, random_below(&s->random, 2) ? "tag" : "bpf_kfunc",
				       any_id(s, b, end), -1, random_below(&s->random, 2));
		break;
	case 12:
		proto = rebtf_builder_func_proto(b, any_id(s, b, end));
		add_params(s, b, end);
		if (!s->data_only && rebtf_builder_next_id(b) < end)
			rebtf_builder_func(b, fresh_name(b, "f"), random_below(&s->random, 3),
					   proto);
		break;
	case 13:
		rebtf_builder_var(b, fresh_name(b, "v"), random_below(&s->random, 3),
				  earlier_id(s, b));
		break;
	default:
		add_pointer(s, b, prefix, end);
	}
}

static inline struct rebtf_btf *build_random(struct shape *s, struct rebtf_btf *base,
					     const char *prefix, uint32_t types)
{
	struct rebtf_builder *b = build_over(base);
	uint32_t end = rebtf_builder_next_id(b) + types;

	while (rebtf_builder_next_id(b) < end)
		add_random_type(s, b, prefix, end);
	return built(b);
}

#endif
