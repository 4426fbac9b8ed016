/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* The shapes of BTF, and the list of them (shapes.h). */
#include <stdio.h>
#include <string.h>

#include "shapes.h"

static const char *numbered(const char *prefix, uint32_t number)
{
	static char name[64];

	snprintf(name, sizeof(name), "%s%u", prefix, number);
	return name;
}

static uint32_t add_int(struct rebtf_builder *b)
{
	return rebtf_builder_int(b, "int", 4, REBTF_INT_SIGNED, 32);
}

/* ------------------------------------------------------------------------------------- depth */

static void pointers(struct rebtf_builder *b, uint32_t types, bool changed)
{
	uint32_t id = add_int(b);

	for (uint32_t i = changed; i < types; i++)
		id = rebtf_builder_ref(b, REBTF_KIND_PTR, id);
}

static void modifiers(struct rebtf_builder *b, uint32_t types, bool changed)
{
	uint32_t id = add_int(b);

	for (uint32_t i = changed; i < types; i++)
		id = rebtf_builder_ref(b, REBTF_KIND_VOLATILE + i % 3, id);
}

/* Refers to later types, so the last one is visited first. */
static void typedefs_upwards(struct rebtf_builder *b, uint32_t types, bool changed)
{
	for (uint32_t i = changed; i < types; i++)
		rebtf_builder_typedef(b, numbered("t", i), rebtf_builder_next_id(b) + 1);
	add_int(b);
}

static void arrays(struct rebtf_builder *b, uint32_t types, bool changed)
{
	uint32_t index = add_int(b), id = index;

	for (uint32_t i = changed; i < types; i++)
		id = rebtf_builder_array(b, id, index, 1);
}

/* Structs of the size of @id, each around the one before it. */
static void add_structs_in_structs(struct rebtf_builder *b, uint32_t types, uint32_t id,
				   uint32_t size)
{
	for (uint32_t i = 0; i < types; i++) {
		uint32_t next = rebtf_builder_struct(b, REBTF_KIND_STRUCT, numbered("s", i), size);

		rebtf_builder_member(b, "inner", id, 0, 0);
		id = next;
	}
}

static void structs_in_structs(struct rebtf_builder *b, uint32_t types, bool changed)
{
	add_structs_in_structs(b, types, add_int(b), 4 + 4 * changed);
}

/* No struct can be written in C, for a reason that only the innermost has. */
static void structs_around_no_c_type(struct rebtf_builder *b, uint32_t types, bool changed)
{
	add_structs_in_structs(b, types, rebtf_builder_int(b, "odd", 3, REBTF_INT_SIGNED, 24),
			       3 + changed);
}

/*
 * Each type contains the one before it twice. Written out, its size would be two to the power of
 * their number.
 */
static void doubling(struct rebtf_builder *b, uint32_t types, const char *prefix, bool changed)
{
	uint32_t id = add_int(b);

	for (uint32_t i = 0; i < types; i++) {
		uint32_t next = rebtf_builder_struct(b, REBTF_KIND_UNION,
						     prefix ? numbered(prefix, i) : NULL,
						     4 + 4 * changed);

		rebtf_builder_member(b, prefix ? "left" : NULL, id, 0, 0);
		rebtf_builder_member(b, prefix ? "right" : NULL, id, 0, 0);
		id = next;
	}
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "whole", 4 + 4 * changed);
	rebtf_builder_member(b, NULL, id, 0, 0);
}

static void named_doubling(struct rebtf_builder *b, uint32_t types, bool changed)
{
	doubling(b, types, "d", changed);
}

static void anonymous_doubling(struct rebtf_builder *b, uint32_t types, bool changed)
{
	doubling(b, types, NULL, changed);
}

/*
 * Lists of structs that differ only at their end. Telling them apart requires visiting the whole
 * list.
 */
static void two_long_lists(struct rebtf_builder *b, uint32_t types, bool changed)
{
	uint32_t last = add_int(b);

	for (int list = 0; list < 2; list++) {
		uint32_t next = list ? rebtf_builder_float(b, "double", 8) : last;

		for (uint32_t i = 0; i < types / 4; i++) {
			uint32_t pointer = rebtf_builder_ref(b, REBTF_KIND_PTR, next);

			next = rebtf_builder_struct(b, REBTF_KIND_STRUCT, "node", 8 + 8 * changed);
			rebtf_builder_member(b, "next", pointer, 0, 0);
		}
	}
}

static void rings(struct rebtf_builder *b, uint32_t types, bool changed)
{
	add_int(b);
	for (uint32_t i = 0; i < types / 2; i++) {
		uint32_t id = rebtf_builder_next_id(b);

		rebtf_builder_ref(b, REBTF_KIND_PTR, id + 1);
		rebtf_builder_struct(b, REBTF_KIND_STRUCT, numbered("r", i), 16 + 8 * changed);
		rebtf_builder_member(b, "self", id, 0, 0);
		rebtf_builder_member(b, "next", i ? id - 2 : id, 64, 0);
	}
}

/* --------------------------------------------------------------------------------------- names */

static void same_named(struct rebtf_builder *b, uint32_t types, bool changed)
{
	uint32_t id = add_int(b);

	for (uint32_t i = 0; i < types; i++) {
		rebtf_builder_struct(b, REBTF_KIND_STRUCT, "same", 8 + i * 8 + 4 * changed);
		rebtf_builder_member(b, "a", id, 0, 0);
	}
}

static void twins(struct rebtf_builder *b, uint32_t types, bool changed)
{
	uint32_t id = add_int(b);

	for (uint32_t i = 0; i < types; i++) {
		rebtf_builder_struct(b, REBTF_KIND_STRUCT, "same", 8 + 4 * changed);
		rebtf_builder_member(b, numbered("m", i), id, 0, 0);
	}
}

static void same_named_of_all_kinds(struct rebtf_builder *b, uint32_t types, bool changed)
{
	for (uint32_t i = 0; i < types; i += 8) {
		uint32_t size = i / 8 % 64 * 4 + 4 + 4 * changed;

		rebtf_builder_int(b, "same", 4, i / 8 % 3 == 1, 1 + i / 8 % 32);
		rebtf_builder_fwd(b, REBTF_KIND_STRUCT, "same");
		rebtf_builder_fwd(b, REBTF_KIND_UNION, "same");
		rebtf_builder_struct(b, REBTF_KIND_STRUCT, "same", size);
		rebtf_builder_struct(b, REBTF_KIND_UNION, "same", size);
		rebtf_builder_enum(b, REBTF_KIND_ENUM, "same", 1u << i / 8 % 4, REBTF_UNSIGNED);
		rebtf_builder_typedef(b, "same", rebtf_builder_next_id(b) - 1);
		rebtf_builder_float(b, "same", 1u << i / 8 % 4);
	}
	add_int(b);
}

/* Names of over 4080 bytes that differ only at their end. The longest string has 4095 bytes. */
static void long_names(struct rebtf_builder *b, uint32_t types, bool changed)
{
	char name[4096];

	memset(name, 'a', sizeof(name));
	add_int(b);
	for (uint32_t i = 0; i < types / 64; i++) {
		snprintf(name + 4080, 16, "%u", i);
		rebtf_builder_struct(b, REBTF_KIND_STRUCT, name, 8 + 4 * changed);
	}
}

static void forwards(struct rebtf_builder *b, uint32_t types, bool changed)
{
	add_int(b);
	for (uint32_t i = 0; i < types; i++) {
		if (changed && i % 2)
			rebtf_builder_struct(b, REBTF_KIND_STRUCT + i % 4 / 2, numbered("f", i), 8);
		else
			rebtf_builder_fwd(b, i % 4 / 2 ? REBTF_KIND_UNION : REBTF_KIND_STRUCT,
					  numbered("f", i));
	}
}

static void forwards_of_one_name(struct rebtf_builder *b, uint32_t types, bool changed)
{
	add_int(b);
	for (uint32_t i = 0; i < types; i++)
		rebtf_builder_fwd(b, (i % 2 ^ changed) ? REBTF_KIND_UNION : REBTF_KIND_STRUCT,
				  "same");
}

/* --------------------------------------------------------------------------------------- width */

static void one_wide_struct(struct rebtf_builder *b, uint32_t types, bool changed)
{
	uint32_t id = add_int(b);

	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "wide", types * 4 + 4 * changed);
	for (uint32_t i = 0; i < types; i++)
		rebtf_builder_member(b, numbered("m", changed ? types - i : i), id, i * 32, 0);
}

static void one_wide_union(struct rebtf_builder *b, uint32_t types, bool changed)
{
	uint32_t id = add_int(b);

	rebtf_builder_struct(b, REBTF_KIND_UNION, "wide", 4 + 4 * changed);
	for (uint32_t i = 0; i < types; i++)
		rebtf_builder_member(b, numbered(changed ? "n" : "m", i), id, 0, 0);
}

static void members_of_one_name(struct rebtf_builder *b, uint32_t types, bool changed)
{
	uint32_t id = add_int(b);

	rebtf_builder_struct(b, REBTF_KIND_UNION, "wide", 4 + 4 * changed);
	for (uint32_t i = 0; i < types; i++)
		rebtf_builder_member(b, "same", id, 0, 0);
}

/* Structs whose only member is one anonymous union, so that each has all of its members. */
static void structs_around_a_wide_union(struct rebtf_builder *b, uint32_t types, bool changed)
{
	uint32_t id = add_int(b), wide;

	wide = rebtf_builder_struct(b, REBTF_KIND_UNION, NULL, 4);
	for (uint32_t i = 0; i < types / 2; i++)
		rebtf_builder_member(b, numbered("m", i), id, 0, 0);
	for (uint32_t i = 0; i < types / 2; i++) {
		rebtf_builder_struct(b, REBTF_KIND_STRUCT, numbered("s", i), 4 + 4 * changed);
		rebtf_builder_member(b, NULL, wide, 0, 0);
	}
}

/*
 * Structs whose only member is far from its type. Their sizes do not reveal that the type has
 * changed.
 */
static void structs_of_a_tag_chain(struct rebtf_builder *b, uint32_t types, bool changed)
{
	uint32_t number = add_int(b), id;

	id = rebtf_builder_struct(b, REBTF_KIND_STRUCT, NULL, 4);
	rebtf_builder_member(b, changed ? "b" : "a", number, 0, 0);
	for (uint32_t i = 0; i < types / 2; i++)
		id = rebtf_builder_type_tag(b, "tag", id);
	for (uint32_t i = 0; i < types / 2; i++) {
		rebtf_builder_struct(b, REBTF_KIND_STRUCT, numbered("s", i), 4);
		rebtf_builder_member(b, "m", id, 0, 0);
	}
}

/* Members that are pointers to functions of functions, with parameters behind many tags. */
static void members_that_are_long_to_spell(struct rebtf_builder *b, uint32_t types, bool changed)
{
	uint32_t id = add_int(b);

	for (uint32_t i = 0; i < 50; i++)
		id = rebtf_builder_type_tag(b, "tag", id);
	for (uint32_t depth = 0; depth < 3; depth++) {
		uint32_t proto = rebtf_builder_func_proto(b, id);

		for (uint32_t i = 0; i < 100; i++)
			rebtf_builder_param(b, NULL, id);
		id = rebtf_builder_ref(b, REBTF_KIND_PTR, proto);
	}
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "wide", types * 8 + 8 * changed);
	for (uint32_t i = 0; i < types; i++)
		rebtf_builder_member(b, numbered(changed ? "n" : "m", i), id, i * 64, 0);
}

static void one_wide_enum(struct rebtf_builder *b, uint32_t types, bool changed)
{
	add_int(b);
	rebtf_builder_enum(b, REBTF_KIND_ENUM, "wide", 4, REBTF_UNSIGNED);
	for (uint32_t i = 0; i < types; i++)
		rebtf_builder_enumerator(b, numbered("V", i), i + changed);
}

static void one_wide_function(struct rebtf_builder *b, uint32_t types, bool changed)
{
	uint32_t id = add_int(b), proto;

	proto = rebtf_builder_func_proto(b, 0);
	for (uint32_t i = changed; i < types; i++)
		rebtf_builder_param(b, numbered("p", i), id);
	rebtf_builder_func(b, "wide", REBTF_LINKAGE_STATIC, proto);
}

static void many_variables(struct rebtf_builder *b, uint32_t types, bool changed)
{
	uint32_t id = add_int(b), first = rebtf_builder_next_id(b);

	for (uint32_t i = changed; i < types / 2; i++)
		rebtf_builder_var(b, numbered("v", i), REBTF_LINKAGE_GLOBAL, id);
	rebtf_builder_datasec(b, ".data", types * 4);
	for (uint32_t i = changed; i < types / 2; i++)
		rebtf_builder_secinfo(b, first + i - changed, i * 4, 4);
}

/* Places where a few functions were inlined, in one section and in many. */
static void places_of_inlined_functions(struct rebtf_builder *b, uint32_t types, bool changed)
{
	uint32_t id = add_int(b), proto = rebtf_builder_func_proto(b, id);
	uint32_t func = rebtf_builder_func(b, "inlined", REBTF_LINKAGE_STATIC, proto);
	uint32_t param = rebtf_builder_loc_param(b, 4, REBTF_LOC_REG), locations;

	rebtf_builder_loc_param_value(b, changed);
	locations = rebtf_builder_loc_proto(b);
	for (uint32_t i = 0; i < types / 4; i++)
		rebtf_builder_loc_proto_param(b, param);
	rebtf_builder_locsec(b, ".text");
	for (uint32_t i = 0; i < types / 4; i++)
		rebtf_builder_locsec_loc(b, func, locations, types - i);
	for (uint32_t i = 0; i < types / 4; i++) {
		rebtf_builder_locsec(b, numbered(".text.", i));
		rebtf_builder_locsec_loc(b, func, locations, 0);
	}
}

/* ---------------------------------------------------------------------------------------- trust */

static void kfuncs_of_one_prototype(struct rebtf_builder *b, uint32_t types, bool changed)
{
	uint32_t id, proto;

	add_int(b);
	id = rebtf_builder_struct(b, REBTF_KIND_STRUCT, "trusted", 8 + 8 * changed);
	id = rebtf_builder_ref(b, REBTF_KIND_PTR, id);
	proto = rebtf_builder_func_proto(b, id);
	rebtf_builder_param(b, "p", id);
	for (uint32_t i = 0; i < types / 2; i++) {
		id = rebtf_builder_func(b, numbered("kfunc", i), REBTF_LINKAGE_STATIC, proto);
		rebtf_builder_decl_tag(b, "bpf_kfunc", id, -1);
	}
}

static void tags_of_one_function(struct rebtf_builder *b, uint32_t types, bool changed)
{
	uint32_t proto, id;

	add_int(b);
	proto = rebtf_builder_func_proto(b, 0);
	id = rebtf_builder_func(b, "kfunc", REBTF_LINKAGE_STATIC, proto);
	for (uint32_t i = changed; i < types; i++)
		rebtf_builder_decl_tag(b, "bpf_kfunc", id, -1);
}

static void struct_ops(struct rebtf_builder *b, uint32_t types, bool changed)
{
	uint32_t proto, pointer, ops, id;

	id = add_int(b);
	proto = rebtf_builder_func_proto(b, id);
	pointer = rebtf_builder_ref(b, REBTF_KIND_PTR, proto);
	ops = rebtf_builder_struct(b, REBTF_KIND_STRUCT, "ops", 8 * (types / 2) + 8 * changed);
	for (uint32_t i = 0; i < types / 2; i++)
		rebtf_builder_member(b, numbered("op", i), pointer, i * 64, 0);
	for (uint32_t i = 0; i < types / 2; i++) {
		rebtf_builder_struct(b, REBTF_KIND_STRUCT, numbered("bpf_struct_ops_", i), 8);
		rebtf_builder_member(b, "data", ops, 0, 0);
	}
}

/* ------------------------------------------------------------------------------------- tangles */

static void structs(struct rebtf_builder *b, uint32_t types, bool changed)
{
	add_int(b);
	for (uint32_t i = 0; i < types; i++)
		rebtf_builder_struct(b, REBTF_KIND_STRUCT, numbered("padded_to_some_length_", i),
				     8 + 4 * changed);
}

/* Makes strings as long as possible, and each name the end of one. */
static void names_inside_names(void *data, size_t size)
{
	uint32_t *header = data, *types = (uint32_t *)((char *)data + header[1]);
	char *strings = (char *)types + header[4];
	uint32_t count = header[3] / 12, end = header[5];

	(void)size;
	for (uint32_t off = 1; off < end - 1; off++)
		strings[off] = off % 4096 ? 'a' : 0;
	/* The first type is an INT of four words. */
	for (uint32_t i = 1; i < count; i++)
		types[4 + 3 * (i - 1)] = 1 + i % (end - 2);
}

const struct shape shapes[] = {
	{ "a chain of pointers", pointers, NULL },
	{ "a chain of modifiers", modifiers, NULL },
	{ "a chain of typedefs to later ones", typedefs_upwards, NULL },
	{ "arrays of arrays", arrays, NULL },
	{ "structs in structs", structs_in_structs, NULL },
	{ "structs around a number that C does not have", structs_around_no_c_type, NULL },
	{ "unions that double", named_doubling, NULL },
	{ "unions without names that double", anonymous_doubling, NULL },
	{ "lists that differ at their ends", two_long_lists, NULL },
	{ "structs that point to themselves", rings, NULL },
	{ "same-named types of all sizes", same_named, NULL },
	{ "same-named types of one size", twins, NULL },
	{ "same-named types of all kinds", same_named_of_all_kinds, NULL },
	{ "long names", long_names, NULL },
	{ "forward declarations", forwards, NULL },
	{ "forward declarations of one name", forwards_of_one_name, NULL },
	{ "a wide struct", one_wide_struct, NULL },
	{ "a wide union", one_wide_union, NULL },
	{ "members of one name", members_of_one_name, NULL },
	{ "structs around a wide union", structs_around_a_wide_union, NULL },
	{ "structs of a tag chain", structs_of_a_tag_chain, NULL },
	{ "members that are long to spell", members_that_are_long_to_spell, NULL },
	{ "a wide enum", one_wide_enum, NULL },
	{ "a function of many parameters", one_wide_function, NULL },
	{ "variables", many_variables, NULL },
	{ "places of inlined functions", places_of_inlined_functions, NULL },
	{ "kfuncs of one prototype", kfuncs_of_one_prototype, NULL },
	{ "tags of one function", tags_of_one_function, NULL },
	{ "struct_ops", struct_ops, NULL },
	{ "names inside names", structs, names_inside_names },
};

const uint32_t shape_count = sizeof(shapes) / sizeof(shapes[0]);
