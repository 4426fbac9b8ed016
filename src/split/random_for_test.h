/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* BTF of random shapes, the same in every run, for tests of properties of any BTF. */
#ifndef REBTF_SPLIT_RANDOM_FOR_TEST_H
#define REBTF_SPLIT_RANDOM_FOR_TEST_H

#include "split/split_for_test.h"

/* More types than a base and a split have together. */
#define SHAPE_TYPES 2048

struct shape {
	uint64_t random;
	uint32_t base_types;
	uint32_t split_types;
	/*
	 * Only shapes that C can express: no functions, variables and tags, no struct without
	 * members, and no cycle of references that avoids structs. All expected types of a base are
	 * like that.
	 */
	bool data_only;

	/* The last of each of these kinds, or 0. */
	uint32_t loc_param, loc_proto, func;

	/* By id: the enum type_role of each type so far, and whether a later type must be data. */
	uint8_t roles[SHAPE_TYPES];
	bool data_to_come[SHAPE_TYPES];
};

/* Records the type [@id], which was just made. */
static inline void made(struct shape *s, uint32_t id, uint32_t kind)
{
	assert_in_range(id, 1, SHAPE_TYPES - 1);
	s->roles[id] = kind_layout(kind)->role;
}

/* An id below @end whose type has no role in @never. Void must not have any of these. */
static inline uint32_t earlier_id(struct shape *s, uint32_t end, uint8_t never)
{
	uint32_t id = random_below(&s->random, end);

	while (s->roles[id] & never)
		id--;
	return id;
}

/* Contained types must already exist, so that no type contains itself. */
static inline uint32_t earlier_data(struct shape *s, const struct rebtf_builder *b)
{
	return earlier_id(s, rebtf_builder_next_id(b), ROLES_NO_DATA);
}

/* Data that exists or will exist before @end: a valid target of a pointer. */
static inline uint32_t any_data(struct shape *s, const struct rebtf_builder *b, uint32_t end)
{
	uint32_t id;

	id = random_below(&s->random, end);
	/* The type under construction may not be data. */
	if (s->data_only || id <= rebtf_builder_next_id(b))
		return earlier_data(s, b);
	s->data_to_come[id] = true;
	return id;
}

/*
 * A name that no other type has, so that relocation can find it; or NULL, if the kind permits it.
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

/* Member names come from a small set, so that types, split and base share them. */
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
		rebtf_builder_member(b, member_name(s), earlier_id(s, own_id, ROLES_NO_DATA),
				     i * 32, bits ? random_below(&s->random, 9) : 0);
}

static inline void add_values(struct shape *s, struct rebtf_builder *b, uint32_t kind)
{
	const uint64_t bits = kind == REBTF_KIND_ENUM ? UINT32_MAX : UINT64_MAX;

	for (uint32_t count = s->data_only + random_below(&s->random, 5); count; count--)
		rebtf_builder_enumerator(b, fresh_name(b, "VALUE_"),
					 bits & next_random(&s->random));
}

static inline void add_params(struct shape *s, struct rebtf_builder *b, uint32_t end)
{
	for (uint32_t count = random_below(&s->random, 5); count; count--)
		rebtf_builder_param(b, member_name(s), any_data(s, b, end));
	if (!random_below(&s->random, 4))
		rebtf_builder_param(b, NULL, 0);
}

static inline void add_composite(struct shape *s, struct rebtf_builder *b, const char *name)
{
	uint32_t kind = REBTF_KIND_STRUCT + random_below(&s->random, 2);

	made(s, rebtf_builder_struct(b, kind, name, 24 + random_below(&s->random, 999)), kind);
	add_members(s, b);
}

/* A pointer, and sometimes the struct that it points to, which may contain the pointer. */
static inline void add_pointer(struct shape *s, struct rebtf_builder *b, const char *prefix,
			       uint32_t end)
{
	uint32_t id = rebtf_builder_next_id(b), to = id + 1;
	bool has_struct = s->data_only && to != end && !random_below(&s->random, 2);

	if (!has_struct)
		to = random_below(&s->random, 4) ? any_data(s, b, end)
						 : earlier_id(s, id, ROLES_NO_TYPE);
	made(s, rebtf_builder_ref(b, REBTF_KIND_PTR, to), REBTF_KIND_PTR);
	if (has_struct)
		add_composite(s, b, fresh_name(b, prefix));
}

/* A prototype, and usually a function with it. */
static inline void add_prototype(struct shape *s, struct rebtf_builder *b, uint32_t end)
{
	uint32_t proto = rebtf_builder_func_proto(b, any_data(s, b, end)), next = proto + 1;

	made(s, proto, REBTF_KIND_FUNC_PROTO);
	add_params(s, b, end);
	if (s->data_only || next >= end || s->data_to_come[next])
		return;
	s->func = rebtf_builder_func(b, fresh_name(b, "f"), random_below(&s->random, 3), proto);
	made(s, next, REBTF_KIND_FUNC);
}

/* The location of a parameter, those of a function, or the places of functions. */
static inline void add_location(struct shape *s, struct rebtf_builder *b, uint32_t id)
{
	switch (random_below(&s->random, 3)) {
	case 0:
		s->loc_param = rebtf_builder_loc_param(b, 4, REBTF_LOC_REG | REBTF_LOC_OFFSET);
		for (uint32_t count = random_below(&s->random, 3); count; count--)
			rebtf_builder_loc_param_value(b, random_below(&s->random, 16));
		made(s, id, REBTF_KIND_LOC_PARAM);
		break;
	case 1:
		s->loc_proto = rebtf_builder_loc_proto(b);
		for (uint32_t count = random_below(&s->random, 4); count; count--)
			rebtf_builder_loc_proto_param(b, count % 2 ? s->loc_param : 0);
		made(s, id, REBTF_KIND_LOC_PROTO);
		break;
	default:
		rebtf_builder_locsec(b, "inline.text");
		for (uint32_t count = s->func ? random_below(&s->random, 3) : 0; count; count--)
			rebtf_builder_locsec_loc(b, s->func, s->loc_proto,
						 random_below(&s->random, 99) - 100 * count);
		made(s, id, REBTF_KIND_LOCSEC);
	}
}

/* The next case of add_random_type(). */
static inline uint32_t random_choice(struct shape *s, const struct rebtf_builder *b)
{
	uint32_t choice = random_below(&s->random, 16);
	bool data_only = s->data_only || s->data_to_come[rebtf_builder_next_id(b)];

	if (data_only && (choice == 11 || choice == 13 || choice == 14))
		return 15;
	return choice == 12 && s->data_to_come[rebtf_builder_next_id(b)] ? 15 : choice;
}

/* A type of any kind. @end is one past the last id to come. */
static inline void add_random_type(struct shape *s, struct rebtf_builder *b, const char *prefix,
				   uint32_t end)
{
	static const uint32_t modifiers[] = { REBTF_KIND_CONST, REBTF_KIND_VOLATILE,
					      REBTF_KIND_RESTRICT };
	uint32_t id = rebtf_builder_next_id(b), kind, other;
	const char *name;

	switch (random_choice(s, b)) {
	case 0:
		rebtf_builder_int(b, fresh_name(b, prefix), 1u << random_below(&s->random, 4),
				  random_below(&s->random, 2), 8);
		made(s, id, REBTF_KIND_INT);
		break;
	case 1:
		rebtf_builder_float(b, fresh_name(b, prefix), 8);
		made(s, id, REBTF_KIND_FLOAT);
		break;
	case 2:
		kind = random_below(&s->random, 2) ? REBTF_KIND_UNION : REBTF_KIND_STRUCT;
		rebtf_builder_fwd(b, kind, fresh_name(b, prefix));
		made(s, id, REBTF_KIND_FWD);
		break;
	case 3:
	case 4:
	case 5:
		add_composite(s, b, maybe_name(s, b, prefix));
		break;
	case 6:
		kind = random_below(&s->random, 2) ? REBTF_KIND_ENUM : REBTF_KIND_ENUM64;
		rebtf_builder_enum(b, kind, maybe_name(s, b, prefix),
				   1u << random_below(&s->random, 4),
				   random_below(&s->random, 2) ? REBTF_SIGNED : REBTF_UNSIGNED);
		made(s, id, kind);
		add_values(s, b, kind);
		break;
	case 7:
		rebtf_builder_array(b, earlier_data(s, b),
				    earlier_id(s, id, ROLES_BUT(ROLE_INT | ROLE_VOID)),
				    random_below(&s->random, 100));
		made(s, id, REBTF_KIND_ARRAY);
		break;
	case 8:
		rebtf_builder_typedef(b, fresh_name(b, prefix), earlier_id(s, id, ROLES_NO_TYPE));
		made(s, id, REBTF_KIND_TYPEDEF);
		break;
	case 9:
		kind = modifiers[random_below(&s->random, 3)];
		rebtf_builder_ref(b, kind, earlier_data(s, b));
		made(s, id, kind);
		break;
	case 10:
		other = earlier_id(s, id, ROLES_NO_TYPE);
		if (random_below(&s->random, 2))
			rebtf_builder_type_attr(b, member_name(s), other);
		else
			rebtf_builder_type_tag(b, member_name(s), other);
		made(s, id, REBTF_KIND_TYPE_TAG);
		break;
	case 11:
		other = earlier_id(s, id, kind_layout(REBTF_KIND_DECL_TAG)->third_never);
		name = random_below(&s->random, 2) ? "tag" : "bpf_kfunc";
		if (random_below(&s->random, 2))
			rebtf_builder_decl_attr(b, name, other, -1);
		else
			rebtf_builder_decl_tag(b, name, other, -1);
		made(s, id, REBTF_KIND_DECL_TAG);
		break;
	case 12:
		add_prototype(s, b, end);
		break;
	case 13:
		rebtf_builder_var(b, fresh_name(b, "v"), random_below(&s->random, 3),
				  earlier_data(s, b));
		made(s, id, REBTF_KIND_VAR);
		break;
	case 14:
		add_location(s, b, id);
		break;
	default:
		add_pointer(s, b, prefix, end);
	}
}

static inline struct rebtf_btf *build_random(struct shape *s, struct rebtf_btf *base,
					     const char *prefix, uint32_t types)
{
	struct rebtf_builder *b = build_over(base);
	uint32_t next = rebtf_builder_next_id(b), end = next + types;

	s->roles[0] = ROLE_VOID;
	if (!base)
		s->loc_param = s->loc_proto = s->func = 0;
	for (uint32_t id = 1; id < next; id++)
		made(s, id, rebtf_type_kind(btf_type(base, id)));
	memset(s->data_to_come, 0, sizeof(s->data_to_come));
	while (rebtf_builder_next_id(b) < end)
		add_random_type(s, b, prefix, end);
	return built(b);
}

#endif
