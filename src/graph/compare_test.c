/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Tests of changes, of harmful changes, and of the cost of hostile definitions. Changes are
 * compared as text, one per line. Each pair of definitions is also checked for harm alone.
 */
#include "btf/build_for_test.h"
#include "graph/compare.h"

/* Omitted fields are zero. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

/* Types that definitions consist of. They have the same ids in each BTF in this file. */
enum {
	INT = 1,
	LONG,
	U32,
	CONST_INT,
	LIST_HEAD,
	PTR_LIST_HEAD,
	DEVICE_FWD,
	PTR_DEVICE,
	CHAR,
	CONST_CHAR,
	STRING,
	INT_4,
	FIRST_FREE
};

static struct rebtf_builder *build_parts(void)
{
	struct rebtf_builder *b = build_over(NULL);

	add_int(b);
	rebtf_builder_int(b, "long int", 8, REBTF_INT_SIGNED, 64);
	rebtf_builder_typedef(b, "u32", INT);
	rebtf_builder_ref(b, REBTF_KIND_CONST, INT);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "list_head", 16);
	rebtf_builder_member(b, "next", PTR_LIST_HEAD, 0, 0);
	rebtf_builder_member(b, "prev", PTR_LIST_HEAD, 64, 0);
	rebtf_builder_ref(b, REBTF_KIND_PTR, LIST_HEAD);
	rebtf_builder_fwd(b, REBTF_KIND_STRUCT, "device");
	rebtf_builder_ref(b, REBTF_KIND_PTR, DEVICE_FWD);
	rebtf_builder_int(b, "char", 1, REBTF_INT_SIGNED, 8);
	rebtf_builder_ref(b, REBTF_KIND_CONST, CHAR);
	rebtf_builder_ref(b, REBTF_KIND_PTR, CONST_CHAR);
	rebtf_builder_array(b, INT, INT, 4);
	return b;
}

struct field {
	const char *name;
	uint32_t type;
	uint32_t offset;
	uint32_t bits;
};

static uint32_t add_struct(struct rebtf_builder *b, const char *name, uint32_t size,
			   const struct field *fields, size_t count)
{
	uint32_t id = rebtf_builder_struct(b, REBTF_KIND_STRUCT, name, size);

	for (size_t i = 0; i < count; i++)
		rebtf_builder_member(b, fields[i].name, fields[i].type, fields[i].offset,
				     fields[i].bits);
	return id;
}

/* A struct of @size bytes with these fields: { name, type, offset, bits }. */
#define ADD_STRUCT(b, name, size, ...)                                                             \
	({                                                                                         \
		const struct field all_fields[] = { __VA_ARGS__ };                                 \
		add_struct(b, name, size, all_fields, sizeof(all_fields) / sizeof(*all_fields));   \
	})

/* One side of a comparison: type @id of the BTF that a builder makes. */
struct side {
	struct rebtf_btf *btf;
	uint32_t id;
};

static struct side side(struct rebtf_builder *b, uint32_t id)
{
	return (struct side){ built(b), id };
}

/* "struct s" with these fields. */
#define STRUCT_S(...)                                                                              \
	({                                                                                         \
		struct rebtf_builder *s_builder = build_parts();                                   \
		uint32_t s_id = ADD_STRUCT(s_builder, "s", 64, __VA_ARGS__);                       \
		side(s_builder, s_id);                                                             \
	})

static void add_member_text(FILE *text, const char *name, uint32_t offset, const char *type,
			    uint64_t size, int64_t value)
{
	if (!name)
		return;
	if (type)
		fprintf(text, " '%s' %u %s:%" PRIu64, name, offset, type, size);
	else
		fprintf(text, " '%s' %" PRId64, name, value);
}

/* "moved 'b' 64 int:32 => 'b' 128 int:32, harmless" */
static char *changes_text(const struct rebtf_change_list *list)
{
	char *data;
	size_t size;
	FILE *text = open_memstream(&data, &size);

	for (size_t i = 0; i < list->changes.count; i++) {
		const struct rebtf_change *c = &list->changes.items[i];

		fprintf(text, "%s", rebtf_change_kind_name(c->kind));
		add_member_text(text, c->old_name, c->old_offset, c->old_type, c->old_size,
				c->old_value);
		fputs(" =>", text);
		add_member_text(text, c->new_name, c->new_offset, c->new_type, c->new_size,
				c->new_value);
		fprintf(text, "%s\n", c->harmless ? ", harmless" : "");
	}
	fclose(text);
	return data;
}

static bool is_harmful(struct side o, struct side n)
{
	uint64_t budget = UINT64_MAX;
	bool harmful;

	assert_ok(compare_harmful(o.btf, o.id, n.btf, n.id, &budget, &harmful));
	return harmful;
}

/* Frees both definitions. */
static void assert_changes(struct side o, struct side n, const char *want)
{
	struct rebtf_change_list *list;
	_cleanup_free_ char *text = NULL;
	size_t harmless = 0;
	bool harmful = is_harmful(o, n);

	assert_ok(rebtf_compare(o.btf, o.id, n.btf, n.id, &list));
	rebtf_btf_unref(o.btf);
	rebtf_btf_unref(n.btf);
	text = changes_text(list);
	assert_string_equal(text, want);
	for (size_t i = 0; i < list->changes.count; i++)
		harmless += list->changes.items[i].harmless;
	assert_int_equal(list->harmful, list->changes.count - harmless);
	assert_int_equal(harmful, list->harmful > 0);
	rebtf_change_list_free(list);
}

static void the_same_definition_has_not_changed(void **state)
{
	(void)state;
	assert_changes(STRUCT_S({ "a", INT }, { "b", LIST_HEAD, 64 }),
		       STRUCT_S({ "a", INT }, { "b", LIST_HEAD, 64 }), "");
}

static void a_member_at_another_offset_moved(void **state)
{
	(void)state;
	assert_changes(STRUCT_S({ "a", INT }, { "b", INT, 32 }, { "c", INT, 64 }),
		       STRUCT_S({ "b", INT }, { "a", U32, 32 }, { "c", INT, 64 }),
		       "moved 'b' 32 int:32 => 'b' 0 int:32\n"
		       "moved 'a' 0 int:32 => 'a' 32 u32:32\n");
}

static void what_is_added_in_a_gap_or_at_the_end_does_no_harm(void **state)
{
	(void)state;
	assert_changes(STRUCT_S({ "a", INT }, { "b", LIST_HEAD, 64 }),
		       STRUCT_S({ "a", INT }, { "gap", INT, 32 }, { "b", LIST_HEAD, 64 },
				{ "end", STRING, 192 }),
		       "added => 'gap' 32 int:32, harmless\n"
		       "added => 'end' 192 const char *:64, harmless\n");
}

static void what_is_added_before_others_moves_them(void **state)
{
	(void)state;
	assert_changes(STRUCT_S({ "a", INT }, { "b", INT, 32 }),
		       STRUCT_S({ "a", INT }, { "new", INT, 32 }, { "b", INT, 64 },
				{ "last", INT, 96 }),
		       "added => 'new' 32 int:32\n"
		       "moved 'b' 32 int:32 => 'b' 64 int:32\n"
		       "added => 'last' 96 int:32, harmless\n");
}

static void what_is_gone_was_removed(void **state)
{
	(void)state;
	assert_changes(STRUCT_S({ "a", INT }, { "b", INT, 32 }), STRUCT_S({ "a", INT }),
		       "removed 'b' 32 int:32 =>\n");
}

static void another_name_at_one_place_is_a_new_name(void **state)
{
	(void)state;
	assert_changes(STRUCT_S({ "a", INT }, { "b", INT, 32 }),
		       STRUCT_S({ "a", INT }, { "c", U32, 32 }),
		       "renamed 'b' 32 int:32 => 'c' 32 u32:32\n");
	assert_changes(STRUCT_S({ "b", INT }), STRUCT_S({ "c", LIST_HEAD }),
		       "added => 'c' 0 struct list_head:128, harmless\n"
		       "removed 'b' 0 int:32 =>\n");
}

static void another_type_at_one_place_is_a_new_type(void **state)
{
	(void)state;
	assert_changes(STRUCT_S({ "a", INT }, { "b", PTR_DEVICE, 64 }, { "c", INT_4, 128 }),
		       STRUCT_S({ "a", LONG }, { "b", PTR_LIST_HEAD, 64 }, { "c", INT, 128 }),
		       "retyped 'a' 0 int:32 => 'a' 0 long int:64\n"
		       "retyped 'b' 64 struct device *:64 => 'b' 64 struct list_head *:64\n"
		       "retyped 'c' 128 int[4]:128 => 'c' 128 int:32\n");
}

static void typedefs_and_qualifiers_make_no_other_type(void **state)
{
	(void)state;
	assert_changes(STRUCT_S({ "a", INT }, { "b", U32, 32 }),
		       STRUCT_S({ "a", CONST_INT }, { "b", INT, 32 }), "");
}

static void bit_fields_go_by_their_bits(void **state)
{
	(void)state;
	assert_changes(STRUCT_S({ "a", INT, 0, 3 }, { "b", INT, 3, 1 }, { "c", INT, 4, 2 }),
		       STRUCT_S({ "a", INT, 0, 4 }, { "b", INT, 4, 1 }, { "c", INT, 4, 2 }),
		       "retyped 'a' 0 int:3 => 'a' 0 int:4\n"
		       "moved 'b' 3 int:1 => 'b' 4 int:1\n");
}

/* A struct whose last member is "struct power", which has that size and no members. */
static struct side struct_with_power(uint32_t size, bool pointed_to)
{
	struct rebtf_builder *b = build_parts();
	uint32_t power = rebtf_builder_struct(b, REBTF_KIND_STRUCT, "power", size);

	if (pointed_to)
		power = rebtf_builder_ref(b, REBTF_KIND_PTR, power);
	power = ADD_STRUCT(b, "s", 400, { "a", INT }, { "power", power, 64 });
	return side(b, power);
}

static void an_embedded_struct_of_another_size_is_another_type(void **state)
{
	(void)state;
	assert_changes(struct_with_power(328, false), struct_with_power(336, false),
		       "retyped 'power' 64 struct power:2624 => 'power' 64 struct power:2688\n");
	assert_changes(struct_with_power(328, true), struct_with_power(336, true), "");
}

/* "struct s" with a pointer to a STRUCT "device" instead of a FWD. */
static struct side struct_with_device(void)
{
	struct rebtf_builder *b = build_parts();
	uint32_t device = ADD_STRUCT(b, "device", 744, { "parent", PTR_DEVICE });
	uint32_t id = rebtf_builder_ref(b, REBTF_KIND_PTR, device);

	id = ADD_STRUCT(b, "s", 64, { "dev", id });
	return side(b, id);
}

static void a_forward_declaration_stands_for_what_it_declares(void **state)
{
	(void)state;
	assert_changes(STRUCT_S({ "dev", PTR_DEVICE }), struct_with_device(), "");
	assert_changes(struct_with_device(), STRUCT_S({ "dev", PTR_DEVICE }), "");
}

/* "struct s { int a; union { int b; struct { int c; int d; }; }; int e; }" with variations. */
static struct side nested(uint32_t union_at, const char *c, uint32_t c_type, const char *union_name)
{
	struct rebtf_builder *b = build_parts();
	uint32_t inner = ADD_STRUCT(b, NULL, 8, { c, c_type }, { "d", INT, 32 });
	uint32_t outer = rebtf_builder_struct(b, REBTF_KIND_UNION, NULL, 8);
	uint32_t id;

	rebtf_builder_member(b, "b", INT, 0, 0);
	rebtf_builder_member(b, NULL, inner, 0, 0);
	id = ADD_STRUCT(b, "s", 64, { "a", INT }, { union_name, outer, union_at },
			{ "e", INT, 256 });
	return side(b, id);
}

static void anonymous_members_are_looked_through(void **state)
{
	(void)state;
	assert_changes(nested(32, "c", INT, NULL), nested(32, "c", INT, NULL), "");
	assert_changes(nested(32, "c", INT, NULL), nested(64, "c", INT, NULL),
		       "moved 'b' 32 int:32 => 'b' 64 int:32\n"
		       "moved 'c' 32 int:32 => 'c' 64 int:32\n"
		       "moved 'd' 64 int:32 => 'd' 96 int:32\n");
	assert_changes(STRUCT_S({ "a", INT }, { "c", INT, 32 }, { "d", INT, 64 },
				{ "e", INT, 256 }),
		       nested(32, "c", INT, NULL), "added => 'b' 32 int:32, harmless\n");
}

static void types_without_a_name_are_compared_by_members(void **state)
{
	(void)state;
	assert_changes(nested(32, "c", INT, "u"), nested(32, "c", U32, "u"), "");
	assert_changes(nested(32, "c", INT, "u"), nested(32, "x", INT, "u"),
		       "retyped 'u' 32 union {...}:64 => 'u' 32 union {...}:64\n");
	assert_changes(nested(32, "c", INT, "u"), nested(32, "c", PTR_DEVICE, "u"),
		       "retyped 'u' 32 union {...}:64 => 'u' 32 union {...}:64\n");
}

/* "struct s { int (*run)(PARAM, int); }" */
static struct side with_callback(uint32_t param, uint32_t extra)
{
	struct rebtf_builder *b = build_parts();
	uint32_t id = rebtf_builder_func_proto(b, INT);

	rebtf_builder_param(b, "first", param);
	if (extra)
		rebtf_builder_param(b, "second", extra);
	id = rebtf_builder_ref(b, REBTF_KIND_PTR, id);
	id = ADD_STRUCT(b, "s", 64, { "run", id });
	return side(b, id);
}

static void prototypes_go_by_their_parameters(void **state)
{
	(void)state;
	assert_changes(with_callback(PTR_DEVICE, INT), with_callback(PTR_DEVICE, U32), "");
	assert_changes(with_callback(PTR_DEVICE, INT), with_callback(STRING, INT),
		       "retyped 'run' 0 int (*)(struct device *, int):64 => "
		       "'run' 0 int (*)(const char *, int):64\n");
	assert_changes(with_callback(PTR_DEVICE, INT), with_callback(PTR_DEVICE, 0),
		       "retyped 'run' 0 int (*)(struct device *, int):64 => "
		       "'run' 0 int (*)(struct device *):64\n");
}

static struct side enumeration(uint32_t kind, uint32_t size, bool is_signed, const char *name,
			       uint64_t value, const char *more)
{
	struct rebtf_builder *b = build_parts();
	uint32_t id = rebtf_builder_enum(b, kind, "colour", size,
					 is_signed ? REBTF_SIGNED : REBTF_UNSIGNED);

	rebtf_builder_enumerator(b, "RED", 0);
	rebtf_builder_enumerator(b, name, value);
	if (more)
		rebtf_builder_enumerator(b, more, 100);
	return side(b, id);
}

static void enumerators_go_by_name_and_value(void **state)
{
	const uint32_t e32 = REBTF_KIND_ENUM, e64 = REBTF_KIND_ENUM64;

	(void)state;
	assert_changes(enumeration(e32, 4, false, "BLUE", 1, NULL),
		       enumeration(e32, 4, false, "BLUE", 1, "PINK"),
		       "added => 'PINK' 100, harmless\n");
	assert_changes(enumeration(e32, 4, false, "BLUE", 1, "PINK"),
		       enumeration(e32, 4, false, "BLUE", 2, NULL),
		       "revalued 'BLUE' 1 => 'BLUE' 2\n"
		       "removed 'PINK' 100 =>\n");
	assert_changes(enumeration(e32, 4, false, "BLUE", 7, NULL),
		       enumeration(e32, 4, false, "GREEN", 7, NULL),
		       "renamed 'BLUE' 7 => 'GREEN' 7\n");
	assert_changes(enumeration(e32, 4, true, "NONE", UINT64_MAX, NULL),
		       enumeration(e64, 8, true, "NONE", UINT64_MAX, NULL), "");
	assert_changes(enumeration(e32, 4, true, "NONE", UINT64_MAX, NULL),
		       enumeration(e32, 4, false, "NONE", UINT32_MAX, NULL), "");
	assert_changes(enumeration(e64, 8, false, "TOP", 1, NULL),
		       enumeration(e64, 8, false, "TOP", (uint64_t)1 << 32 | 1, NULL),
		       "revalued 'TOP' 1 => 'TOP' 4294967297\n");
}

static void other_kinds_are_not_compared(void **state)
{
	struct side o = STRUCT_S({ "a", INT });
	struct side n = enumeration(REBTF_KIND_ENUM, 4, false, "BLUE", 1, NULL);
	struct rebtf_change_list *list;
	uint64_t budget = UINT64_MAX;
	bool harmful;

	(void)state;
	assert_fails(rebtf_compare(o.btf, o.id, n.btf, n.id, &list), REBTF_ERR_ARGUMENT,
		     "cannot compare the members of STRUCT and ENUM");
	assert_fails(rebtf_compare(o.btf, o.id, o.btf, INT, &list), REBTF_ERR_ARGUMENT,
		     "cannot compare the members of STRUCT and INT");
	assert_fails(compare_harmful(o.btf, UINT32_MAX, n.btf, n.id, &budget, &harmful),
		     REBTF_ERR_ARGUMENT, "cannot compare nonexistent type [4294967295]");
	rebtf_btf_unref(o.btf);
	rebtf_btf_unref(n.btf);
}

/* -------------------------------------------------------------------------------------- hostile */

/* "typedef struct { struct s *next; ... }", a cycle without a named type. */
static struct side circle(uint32_t payload)
{
	struct rebtf_builder *b = build_parts();

	/* A PTR, then its target struct, which contains the PTR. */
	rebtf_builder_ref(b, REBTF_KIND_PTR, FIRST_FREE + 1);
	ADD_STRUCT(b, NULL, 24, { "next", FIRST_FREE }, { "payload", payload, 64 });
	return side(b,
		    ADD_STRUCT(b, "s", 64, { "first", FIRST_FREE }, { "second", FIRST_FREE, 64 }));
}

static void circles_of_anonymous_types_come_to_an_end(void **state)
{
	(void)state;
	assert_changes(circle(INT), circle(U32), "");
	assert_changes(circle(INT), circle(LONG),
		       "retyped 'first' 0 struct {...} *:64 => 'first' 0 struct {...} *:64\n"
		       "retyped 'second' 64 struct {...} *:64 => 'second' 64 struct {...} *:64\n");
}

/* A cycle of two pointers. */
static struct side pointer_circle(void)
{
	struct rebtf_builder *b = build_parts();

	rebtf_builder_ref(b, REBTF_KIND_PTR, FIRST_FREE + 1);
	rebtf_builder_ref(b, REBTF_KIND_PTR, FIRST_FREE);
	return side(b, ADD_STRUCT(b, "s", 64, { "p", FIRST_FREE }, { "after", INT, 64 }));
}

static void circles_of_pointers_count_as_harm(void **state)
{
	struct side o = pointer_circle(), n = pointer_circle();
	struct rebtf_change_list *list;

	(void)state;
	assert_true(is_harmful(o, n));
	/* "after" is undecided, too: the work ended before it. */
	assert_ok(rebtf_compare(o.btf, o.id, n.btf, n.id, &list));
	assert_int_equal(list->changes.count, 1);
	assert_int_equal(list->harmful, 1);
	assert_null(rebtf_change_list_at(list, 0)->old_name);
	assert_none_beyond(change_list, list);
	assert_string_equal(list->changes.items[0].old_type, "struct s");
	rebtf_change_list_free(list);
	rebtf_btf_unref(o.btf);
	rebtf_btf_unref(n.btf);
}

/*
 * Each of @depth anonymous structs contains the previous one twice: 2^depth members from a few
 * bytes.
 */
static struct side exponential(uint32_t depth, const char *name)
{
	struct rebtf_builder *b = build_parts();
	uint32_t id = ADD_STRUCT(b, NULL, 0, { "x", INT });

	for (uint32_t i = 0; i < depth; i++)
		id = ADD_STRUCT(b, NULL, 0, { name, id }, { name ? "second" : NULL, id });
	return side(b, ADD_STRUCT(b, "s", 0, { "top", id }));
}

static void exponentially_many_members_count_as_harm(void **state)
{
	struct side o = exponential(60, NULL), n = exponential(60, NULL);
	struct rebtf_change_list *list;

	(void)state;
	assert_true(is_harmful(o, n));
	/* Compares the innermost struct that contains them. */
	assert_ok(rebtf_compare(o.btf, o.id - 1, n.btf, n.id - 1, &list));
	assert_int_equal(list->harmful, 1);
	assert_int_equal(list->changes.items[0].kind, REBTF_CHANGE_RETYPED);
	assert_string_equal(list->changes.items[0].old_type, "struct {...}");
	rebtf_change_list_free(list);
	rebtf_btf_unref(o.btf);
	rebtf_btf_unref(n.btf);
}

static void shared_types_are_compared_once(void **state)
{
	(void)state;
	/* 2^60 paths lead to the innermost struct, but there are only 60 structs. */
	assert_changes(exponential(60, "first"), exponential(60, "first"), "");
}

/* A struct of @count members, added in steps of @step so that their order differs. */
static struct side large(uint32_t count, uint32_t step, uint32_t gap)
{
	struct rebtf_builder *b = build_parts();
	uint32_t id = rebtf_builder_struct(b, REBTF_KIND_STRUCT, "s", count * 4);

	for (uint32_t i = 0, at = 0; i < count; i++, at = (at + step) % count) {
		char name[16];

		snprintf(name, sizeof(name), "m%u", at);
		rebtf_builder_member(b, name, INT, (at + gap) * 32, 0);
	}
	return side(b, id);
}

static void large_structs_are_compared_in_any_order(void **state)
{
	(void)state;
	assert_changes(large(100003, 1, 0), large(100003, 7919, 0), "");
}

static void members_of_one_name_find_one_another(void **state)
{
	(void)state;
	assert_changes(STRUCT_S({ "x", INT }, { "x", LONG, 64 }, { "y", INT, 128 }),
		       STRUCT_S({ "y", INT, 128 }, { "x", INT }, { "x", LONG, 64 }), "");
	assert_changes(STRUCT_S({ "x", INT }, { "x", INT, 32 }), STRUCT_S({ "x", INT }),
		       "removed 'x' 32 int:32 =>\n");
}

/* A struct with one member: an anonymous struct of @count members behind @links tags. */
static struct side wide_inside(uint32_t count, uint32_t links)
{
	struct rebtf_builder *b = build_parts();
	uint32_t id = rebtf_builder_struct(b, REBTF_KIND_STRUCT, NULL, count * 4);
	char name[16];

	for (uint32_t i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "m%u", i);
		rebtf_builder_member(b, name, INT, i * 32, 0);
	}
	for (uint32_t i = 0; i < links; i++)
		id = rebtf_builder_type_tag(b, "tag", id);
	return side(b, ADD_STRUCT(b, "s", count * 4, { NULL, id }));
}

static void assert_costs(struct side o, struct side n, uint64_t at_least)
{
	uint64_t budget = UINT64_MAX;
	struct rebtf_change_list *list;
	bool harmful;

	assert_ok(rebtf_compare(o.btf, o.id, n.btf, n.id, &list));
	assert_int_equal(list->changes.count, 0);
	assert_in_range(list->cost, at_least, at_least * 4);
	rebtf_change_list_free(list);
	assert_ok(compare_harmful(o.btf, o.id, n.btf, n.id, &budget, &harmful));
	assert_false(harmful);
	assert_in_range(UINT64_MAX - budget, at_least, at_least * 4);
	/* If the budget is too small, the change counts as harmful. */
	budget = at_least / 2;
	assert_ok(compare_harmful(o.btf, o.id, n.btf, n.id, &budget, &harmful));
	assert_true(harmful);
	assert_int_equal(budget, 0);
	rebtf_btf_unref(o.btf);
	rebtf_btf_unref(n.btf);
}

static void a_comparison_costs_what_it_looks_at(void **state)
{
	(void)state;
	assert_costs(wide_inside(2000, 0), wide_inside(2000, 0), 4000);
	assert_costs(wide_inside(1, 3000), wide_inside(1, 3000), 6000);
}

/* Pointers to functions with 128 parameters. Each is far from the name of its type. */
static void types_that_are_long_to_spell_are_spelled_for_a_while(void **state)
{
	struct rebtf_builder *b = build_parts();
	struct side o, n = STRUCT_S({ "a", INT });
	uint32_t id = LIST_HEAD, count = 2000;
	struct rebtf_change_list *list;

	(void)state;
	for (int i = 0; i < 60; i++)
		id = rebtf_builder_type_tag(b, "tag", id);
	id = rebtf_builder_func_proto(b, id);
	for (int i = 0; i < 128; i++)
		rebtf_builder_param(b, NULL, id - 1);
	id = rebtf_builder_ref(b, REBTF_KIND_PTR, id);
	o.id = rebtf_builder_struct(b, REBTF_KIND_STRUCT, "s", count * 8);
	for (uint32_t i = 0; i < count; i++)
		rebtf_builder_member(b, "f", id, i * 64, 0);
	o = side(b, o.id);
	assert_ok(rebtf_compare(o.btf, o.id, n.btf, n.id, &list));
	assert_int_equal(list->changes.count, count + 1);
	assert_memory_equal(list->changes.items[1].old_type, "struct list_head (*)(", 21);
	assert_memory_equal(list->changes.items[100].old_type, "struct list_head (*)(", 21);
	assert_string_equal(list->changes.items[count].old_type, "...");
	rebtf_change_list_free(list);
	rebtf_btf_unref(o.btf);
	rebtf_btf_unref(n.btf);
}

static void spellings_have_an_end(void **state)
{
	char long_name[600];
	struct rebtf_builder *b = build_parts();
	uint32_t id;
	struct side o, n = STRUCT_S({ "a", INT });
	struct rebtf_change_list *list;

	(void)state;
	memset(long_name, 'x', sizeof(long_name) - 1);
	long_name[sizeof(long_name) - 1] = 0;
	id = rebtf_builder_typedef(b, long_name, LONG);
	id = ADD_STRUCT(b, "s", 8, { "a", id });
	o = side(b, id);
	assert_ok(rebtf_compare(o.btf, o.id, n.btf, n.id, &list));
	assert_int_equal(list->changes.count, 1);
	assert_int_equal(strlen(list->changes.items[0].old_type), 255);
	assert_string_equal(list->changes.items[0].old_type + 250, "xx...");
	rebtf_change_list_free(list);
	rebtf_btf_unref(o.btf);
	rebtf_btf_unref(n.btf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_definition_has_not_changed),
		cmocka_unit_test(a_member_at_another_offset_moved),
		cmocka_unit_test(what_is_added_in_a_gap_or_at_the_end_does_no_harm),
		cmocka_unit_test(what_is_added_before_others_moves_them),
		cmocka_unit_test(what_is_gone_was_removed),
		cmocka_unit_test(another_name_at_one_place_is_a_new_name),
		cmocka_unit_test(another_type_at_one_place_is_a_new_type),
		cmocka_unit_test(typedefs_and_qualifiers_make_no_other_type),
		cmocka_unit_test(bit_fields_go_by_their_bits),
		cmocka_unit_test(an_embedded_struct_of_another_size_is_another_type),
		cmocka_unit_test(a_forward_declaration_stands_for_what_it_declares),
		cmocka_unit_test(anonymous_members_are_looked_through),
		cmocka_unit_test(types_without_a_name_are_compared_by_members),
		cmocka_unit_test(prototypes_go_by_their_parameters),
		cmocka_unit_test(enumerators_go_by_name_and_value),
		cmocka_unit_test(other_kinds_are_not_compared),
		cmocka_unit_test(circles_of_anonymous_types_come_to_an_end),
		cmocka_unit_test(circles_of_pointers_count_as_harm),
		cmocka_unit_test(exponentially_many_members_count_as_harm),
		cmocka_unit_test(shared_types_are_compared_once),
		cmocka_unit_test(large_structs_are_compared_in_any_order),
		cmocka_unit_test(members_of_one_name_find_one_another),
		cmocka_unit_test(a_comparison_costs_what_it_looks_at),
		cmocka_unit_test(types_that_are_long_to_spell_are_spelled_for_a_while),
		cmocka_unit_test(spellings_have_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
