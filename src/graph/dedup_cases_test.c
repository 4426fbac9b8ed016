/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Deduplicates small graphs of types: the situations that the kernel's selftests check in libbpf,
 * apart from those in dedup_test.c. Where our rule differs from libbpf's, the graph's comment tells
 * how.
 */
#include "graph/dedup_for_test.h"

struct dedup_case {
	const char *name;
	void (*base)(struct rebtf_builder *b); /* NULL: standalone BTF */
	void (*types)(struct rebtf_builder *b);
	const char *want; /* the dump of the result. NULL: that of the input */
};

static void deduplicate_case(void **state)
{
	const struct dedup_case *c = *state;
	_cleanup_unref_ struct rebtf_btf *base = NULL, *result = NULL;
	_cleanup_free_ char *unchanged = NULL;
	struct rebtf_btf *btf;
	struct rebtf_builder *b;

	if (c->base) {
		b = build_over(NULL);
		c->base(b);
		base = built(b);
	}
	b = build_over(base);
	c->types(b);
	btf = built(b);
	unchanged = dump_text(btf);
	result = deduplicated(btf);
	assert_dump(result, c->want ? c->want : unchanged);
}

/* --- numbers, and pointers to void */

static void build_numbers(struct rebtf_builder *b)
{
	rebtf_builder_int(b, "n", 8, REBTF_INT_SIGNED, 64);
	rebtf_builder_int(b, "other", 8, REBTF_INT_SIGNED, 64);
	rebtf_builder_int(b, "n", 8, 0, 64);
	rebtf_builder_int(b, "n", 8, REBTF_INT_CHAR, 64);
	rebtf_builder_int(b, "n", 8, REBTF_INT_BOOL, 64);
	rebtf_builder_int(b, "n", 8, REBTF_INT_SIGNED, 33);
	rebtf_builder_int(b, "n", 4, REBTF_INT_SIGNED, 32);
	for (uint32_t size = 2; size <= 16; size *= 2)
		rebtf_builder_float(b, "n", size);
	rebtf_builder_float(b, "n", 12);
}

static void build_void_and_empty(struct rebtf_builder *b)
{
	add_holder(b, "user", rebtf_builder_struct(b, REBTF_KIND_STRUCT, NULL, 0));
	add_holder(b, "user", 0);
}

/* --- enumerations */

static uint32_t add_enum(struct rebtf_builder *b, uint32_t kind, uint32_t size, uint64_t value)
{
	uint32_t id = rebtf_builder_enum(b, kind, "e", size, REBTF_UNSIGNED);

	rebtf_builder_enumerator(b, "A", value);
	return id;
}

static uint32_t add_enum_declaration(struct rebtf_builder *b, uint32_t kind, uint32_t size)
{
	return rebtf_builder_enum(b, kind, "e", size, REBTF_UNSIGNED);
}

static void build_enums_of_other_kind_and_size(struct rebtf_builder *b)
{
	add_enum(b, REBTF_KIND_ENUM, 4, 1);
	add_enum(b, REBTF_KIND_ENUM64, 4, 1);
	add_enum(b, REBTF_KIND_ENUM, 2, 1);
	add_enum(b, REBTF_KIND_ENUM64, 8, 1);
	add_enum(b, REBTF_KIND_ENUM64, 8, 1ull << 32 | 1);
}

static void build_wide_enum_twice(struct rebtf_builder *b)
{
	for (int copy = 0; copy < 2; copy++)
		add_ptr(b, add_enum(b, REBTF_KIND_ENUM64, 8, 1ull << 40));
}

static void build_wide_declaration_of_enum(struct rebtf_builder *b)
{
	rebtf_builder_typedef(b, "t", add_enum_declaration(b, REBTF_KIND_ENUM64, 8));
	add_enum(b, REBTF_KIND_ENUM, 4, 1);
}

/* The declaration precedes one copy of the definition and follows the other. */
static void build_wide_declarations(struct rebtf_builder *b)
{
	add_ptr(b, add_enum_declaration(b, REBTF_KIND_ENUM64, 8));
	add_enum(b, REBTF_KIND_ENUM64, 8, 1ull << 40);
	add_ptr(b, add_enum_declaration(b, REBTF_KIND_ENUM64, 8));
	add_enum(b, REBTF_KIND_ENUM64, 8, 1ull << 40);
}

/*
 * libbpf merges the declaration with the first definition. Here it stays: no type tells which
 * definition it stands for, and the order of the types must not matter.
 */
static void build_enum_with_two_definitions(struct rebtf_builder *b)
{
	add_ptr(b, add_enum_declaration(b, REBTF_KIND_ENUM, 4));
	add_enum(b, REBTF_KIND_ENUM, 4, 1);
	add_enum(b, REBTF_KIND_ENUM, 4, 2);
}

/* The sizes of declarations do not matter, nor do their kinds. */
static void build_enum_declarations_of_all_sizes(struct rebtf_builder *b)
{
	add_ptr(b, add_enum_declaration(b, REBTF_KIND_ENUM, 1));
	add_ptr(b, add_enum_declaration(b, REBTF_KIND_ENUM, 4));
	add_ptr(b, add_enum_declaration(b, REBTF_KIND_ENUM64, 8));
	add_enum(b, REBTF_KIND_ENUM, 4, 1);
}

/* The same beside two definitions. More types refer to the first. */
static void build_enum_declarations_beside_two_definitions(struct rebtf_builder *b)
{
	add_ptr(b, add_enum_declaration(b, REBTF_KIND_ENUM, 4));
	add_ptr(b, add_enum_declaration(b, REBTF_KIND_ENUM, 1));
	for (int copy = 0; copy < 4; copy++)
		add_ptr(b, add_enum(b, REBTF_KIND_ENUM, 4, 1));
	add_ptr(b, add_enum(b, REBTF_KIND_ENUM, 4, 2));
}

static void build_declared_enum(struct rebtf_builder *b)
{
	add_holder(b, "user", add_enum_declaration(b, REBTF_KIND_ENUM, 4));
}

/* The base declares e, and the split BTF defines it and declares it, too. */
static void build_definition_of_declared_enum(struct rebtf_builder *b)
{
	uint32_t e = add_enum(b, REBTF_KIND_ENUM, 4, 1);

	add_struct(b, "own", "e", e);
	add_ptr(b, e);
	build_declared_enum(b);
}

/* --- structs, unions and typedefs */

static void build_struct_twice(struct rebtf_builder *b)
{
	for (int copy = 0; copy < 2; copy++) {
		/* struct node { struct node *next; float weight; const int *key; int slots[3]; } */
		uint32_t s = rebtf_builder_struct(b, REBTF_KIND_STRUCT, "node", 32);

		rebtf_builder_member(b, "next", s + 1, 0, 0);
		rebtf_builder_member(b, "weight", s + 2, 64, 0);
		rebtf_builder_member(b, "key", s + 5, 128, 0);
		rebtf_builder_member(b, "slots", s + 6, 192, 0);
		add_ptr(b, s);
		rebtf_builder_float(b, "float", 4);
		add_int(b);
		add_ptr(b, rebtf_builder_ref(b, REBTF_KIND_CONST, s + 3));
		rebtf_builder_array(b, s + 3, s + 3, 3);
	}
}

static void build_empty_definition(struct rebtf_builder *b)
{
	add_holder(b, "user", rebtf_builder_fwd(b, REBTF_KIND_STRUCT, "empty"));
	add_holder(b, "user", rebtf_builder_struct(b, REBTF_KIND_STRUCT, "empty", 0));
}

static void build_union_declaration(struct rebtf_builder *b)
{
	rebtf_builder_struct(b, REBTF_KIND_UNION, "u", 4);
	rebtf_builder_member(b, "m", rebtf_builder_next_id(b), 0, 0);
	add_int(b);
	rebtf_builder_typedef(b, "t", add_ptr(b, rebtf_builder_fwd(b, REBTF_KIND_UNION, "u")));
}

/* typedef t returns_itself(void), which other languages than C have. */
static void build_typedef_of_itself(struct rebtf_builder *b)
{
	for (int copy = 0; copy < 2; copy++) {
		uint32_t t = rebtf_builder_typedef(b, "t", rebtf_builder_next_id(b) + 1);

		rebtf_builder_func_proto(b, t);
	}
}

/* --- tags of declarations */

/* Tags @type and its second part. Both have the tag "common". */
static void add_tags(struct rebtf_builder *b, uint32_t type, const char *tag)
{
	for (int component = -1; component < 2; component += 2) {
		rebtf_builder_decl_tag(b, "common", type, component);
		rebtf_builder_decl_tag(b, tag, type, component);
	}
}

static uint32_t add_function(struct rebtf_builder *b, uint32_t i)
{
	uint32_t proto = rebtf_builder_func_proto(b, 0);

	rebtf_builder_param(b, "x", i);
	rebtf_builder_param(b, "y", i);
	return rebtf_builder_func(b, "f", REBTF_LINKAGE_STATIC, proto);
}

static void build_tagged_functions(struct rebtf_builder *b)
{
	uint32_t i = add_int(b);

	add_tags(b, add_function(b, i), "first");
	add_tags(b, add_function(b, i), "second");
}

static uint32_t add_pair(struct rebtf_builder *b, const char *name, uint32_t type)
{
	uint32_t id = rebtf_builder_struct(b, REBTF_KIND_STRUCT, name, 8);

	rebtf_builder_member(b, "x", type, 0, 0);
	rebtf_builder_member(b, "y", type, 32, 0);
	return id;
}

static void build_tagged_structs(struct rebtf_builder *b)
{
	uint32_t i = add_int(b);

	add_tags(b, add_pair(b, "pair", i), "first");
	add_tags(b, add_pair(b, "pair", i), "second");
}

static void build_tagged_typedefs(struct rebtf_builder *b)
{
	static const char *const tags[] = { "first", "second" };
	uint32_t i = add_int(b), t;

	for (int copy = 0; copy < 2; copy++) {
		t = rebtf_builder_typedef(b, "t", i);
		rebtf_builder_decl_tag(b, "common", t, -1);
		rebtf_builder_decl_tag(b, tags[copy], t, -1);
	}
}

/* A variable is equal only to itself, and so are its tags, but a tag can be there twice. */
static void build_tagged_variables(struct rebtf_builder *b)
{
	uint32_t i = add_int(b), v;

	for (int copy = 0; copy < 2; copy++) {
		v = rebtf_builder_var(b, "v", REBTF_LINKAGE_STATIC, i);
		rebtf_builder_decl_tag(b, "tag", v, -1);
		rebtf_builder_decl_tag(b, "tag", v, -1);
	}
}

/* --- tags of types */

static uint32_t add_type_tags(struct rebtf_builder *b, const char *outer, const char *inner,
			      uint32_t type)
{
	if (inner)
		type = rebtf_builder_type_tag(b, inner, type);
	return rebtf_builder_type_tag(b, outer, type);
}

static void build_equal_type_tags(struct rebtf_builder *b)
{
	uint32_t i = add_int(b);

	add_ptr(b, add_type_tags(b, "user", "rcu", i));
	add_ptr(b, add_type_tags(b, "user", "rcu", i));
	add_ptr(b, add_type_tags(b, "rcu", NULL, i));
}

static void build_other_type_tags(struct rebtf_builder *b)
{
	uint32_t i = add_int(b), f = rebtf_builder_float(b, "float", 4);

	add_ptr(b, add_type_tags(b, "user", "rcu", i));
	add_ptr(b, add_type_tags(b, "rcu", "user", i));
	add_ptr(b, add_type_tags(b, "user", "rcu", f));
}

static void build_tagged_bit_field(struct rebtf_builder *b)
{
	uint32_t i = add_int(b);

	for (int copy = 0; copy < 2; copy++) {
		uint32_t tag = rebtf_builder_type_tag(b, "tag", i);

		rebtf_builder_struct(b, REBTF_KIND_STRUCT, "bits", 4);
		rebtf_builder_member(b, "low", tag, 0, 3);
	}
}

/* --- over a base */

static void build_base_with_struct(struct rebtf_builder *b)
{
	add_ptr(b, add_int(b));
	add_struct(b, "inner", "m", 1);
}

/* One member has a copy of the base's types, and the other a type of the base itself. */
static void build_copies_and_references(struct rebtf_builder *b)
{
	uint32_t s = rebtf_builder_struct(b, REBTF_KIND_STRUCT, "outer", 16);

	rebtf_builder_member(b, "copy", s + 2, 0, 0);
	rebtf_builder_member(b, "reference", 2, 64, 0);
	add_int(b);
	add_struct(b, "inner", "m", s + 1);
}

/* struct a { struct a *self; struct NAME *other; }. @other is that struct or its declaration. */
static uint32_t add_self_and_other(struct rebtf_builder *b, uint32_t other)
{
	uint32_t ptr = add_ptr(b, other), s = rebtf_builder_struct(b, REBTF_KIND_STRUCT, "a", 16);

	rebtf_builder_member(b, "self", s + 1, 0, 0);
	rebtf_builder_member(b, "other", ptr, 64, 0);
	add_ptr(b, s);
	return s;
}

static void build_base_with_definition(struct rebtf_builder *b)
{
	add_self_and_other(b, add_struct(b, "b", "m", add_int(b)));
}

static void build_declaration_of_other(struct rebtf_builder *b)
{
	add_self_and_other(b, rebtf_builder_fwd(b, REBTF_KIND_STRUCT, "b"));
}

/*
 * The base declares b, and the split BTF defines it. In libbpf, the declaration in the split BTF
 * becomes this definition: the last struct refers to it, and a refers to the new a. Here the
 * declaration equals the base's, which stays as it is, and all pointers to a are the base's.
 */
static void build_definition_of_other(struct rebtf_builder *b)
{
	uint32_t s = rebtf_builder_struct(b, REBTF_KIND_STRUCT, "b", 24);

	rebtf_builder_member(b, "a", s + 2, 0, 0);
	rebtf_builder_member(b, "n", s + 4, 128, 0);
	add_self_and_other(b, s);
	add_int(b);
	add_holder(b, "user", rebtf_builder_fwd(b, REBTF_KIND_STRUCT, "b"));
}

static void build_twins(struct rebtf_builder *b)
{
	uint32_t s = rebtf_builder_struct(b, REBTF_KIND_STRUCT, "s", 16);

	rebtf_builder_member(b, "left", s + 1, 0, 0);
	rebtf_builder_member(b, "right", s + 2, 64, 0);
	add_pair(b, NULL, s + 3);
	add_pair(b, NULL, s + 3);
	add_int(b);
}

static void build_one_twin(struct rebtf_builder *b)
{
	uint32_t s = rebtf_builder_struct(b, REBTF_KIND_STRUCT, "s", 16);

	rebtf_builder_member(b, "left", s + 1, 0, 0);
	rebtf_builder_member(b, "right", s + 1, 64, 0);
	add_pair(b, NULL, s + 2);
	add_int(b);
}

/* A function of a module has parameters of the kernel's types, each with its own qualifiers. */
static void build_module_function(struct rebtf_builder *b)
{
	uint32_t s = rebtf_builder_next_id(b), proto;

	build_declaration_of_other(b);
	proto = rebtf_builder_func_proto(b, 0);
	rebtf_builder_param(b, "a", s + 3);
	rebtf_builder_param(b, "constant", proto + 2);
	rebtf_builder_func(b, "init", REBTF_LINKAGE_STATIC, proto);
	add_ptr(b, rebtf_builder_ref(b, REBTF_KIND_CONST, s + 2));
}

static const struct dedup_case dedup_cases[] = {
	{ "one type of each kind stays as it is", NULL, add_all_kinds, NULL },
	{ "numbers that differ in one property stay", NULL, build_numbers, NULL },
	{ "void is not an empty struct", NULL, build_void_and_empty, NULL },
	{ "enumerations of another kind, size or high word stay", NULL,
	  build_enums_of_other_kind_and_size, NULL },
	{ "equal enumerations with wide values become one", NULL, build_wide_enum_twice,
	  "[1] ENUM64 'e' encoding=UNSIGNED size=8 vlen=1\n"
	  "\t'A' val=1099511627776ULL\n"
	  "[2] PTR '(anon)' type_id=1\n" },
	{ "a wide declaration becomes a narrow enumeration", NULL, build_wide_declaration_of_enum,
	  "[1] TYPEDEF 't' type_id=2\n"
	  "[2] ENUM 'e' encoding=UNSIGNED size=4 vlen=1\n"
	  "\t'A' val=1\n" },
	{ "wide declarations before and after the definition become it", NULL,
	  build_wide_declarations,
	  "[1] PTR '(anon)' type_id=2\n"
	  "[2] ENUM64 'e' encoding=UNSIGNED size=8 vlen=1\n"
	  "\t'A' val=1099511627776ULL\n" },
	{ "a declared enumeration with two definitions stays", NULL,
	  build_enum_with_two_definitions, NULL },
	{ "declared enumerations of all sizes become the definition", NULL,
	  build_enum_declarations_of_all_sizes,
	  "[1] PTR '(anon)' type_id=2\n"
	  "[2] ENUM 'e' encoding=UNSIGNED size=4 vlen=1\n"
	  "\t'A' val=1\n" },
	{ "declared enumerations of all sizes stay one if two definitions exist", NULL,
	  build_enum_declarations_beside_two_definitions,
	  "[1] ENUM 'e' encoding=UNSIGNED size=4 vlen=0\n"
	  "[2] PTR '(anon)' type_id=1\n"
	  "[3] ENUM 'e' encoding=UNSIGNED size=4 vlen=1\n"
	  "\t'A' val=1\n"
	  "[4] PTR '(anon)' type_id=3\n"
	  "[5] ENUM 'e' encoding=UNSIGNED size=4 vlen=1\n"
	  "\t'A' val=2\n"
	  "[6] PTR '(anon)' type_id=5\n" },
	{ "structs with references of all sorts become one", NULL, build_struct_twice,
	  "[1] STRUCT 'node' size=32 vlen=4\n"
	  "\t'next' type_id=2 bits_offset=0\n"
	  "\t'weight' type_id=3 bits_offset=64\n"
	  "\t'key' type_id=6 bits_offset=128\n"
	  "\t'slots' type_id=7 bits_offset=192\n"
	  "[2] PTR '(anon)' type_id=1\n"
	  "[3] FLOAT 'float' size=4\n"
	  "[4] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n"
	  "[5] CONST '(anon)' type_id=4\n"
	  "[6] PTR '(anon)' type_id=5\n"
	  "[7] ARRAY '(anon)' type_id=4 index_type_id=4 nr_elems=3\n" },
	{ "a struct without members is a definition", NULL, build_empty_definition,
	  "[1] PTR '(anon)' type_id=3\n"
	  "[2] STRUCT 'user' size=8 vlen=1\n"
	  "\t'p' type_id=1 bits_offset=0\n"
	  "[3] STRUCT 'empty' size=0 vlen=0\n" },
	{ "a declared union becomes its definition", NULL, build_union_declaration,
	  "[1] UNION 'u' size=4 vlen=1\n"
	  "\t'm' type_id=2 bits_offset=0\n"
	  "[2] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n"
	  "[3] PTR '(anon)' type_id=1\n"
	  "[4] TYPEDEF 't' type_id=3\n" },
	{ "typedefs that lead to themselves become one", NULL, build_typedef_of_itself,
	  "[1] TYPEDEF 't' type_id=2\n"
	  "[2] FUNC_PROTO '(anon)' ret_type_id=1 vlen=0\n" },
	{ "functions become one with the tags of both", NULL, build_tagged_functions,
	  "[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n"
	  "[2] FUNC_PROTO '(anon)' ret_type_id=0 vlen=2\n"
	  "\t'x' type_id=1\n"
	  "\t'y' type_id=1\n"
	  "[3] FUNC 'f' type_id=2 linkage=static\n"
	  "[4] DECL_TAG 'common' type_id=3 component_idx=-1\n"
	  "[5] DECL_TAG 'first' type_id=3 component_idx=-1\n"
	  "[6] DECL_TAG 'common' type_id=3 component_idx=1\n"
	  "[7] DECL_TAG 'first' type_id=3 component_idx=1\n"
	  "[8] DECL_TAG 'second' type_id=3 component_idx=-1\n"
	  "[9] DECL_TAG 'second' type_id=3 component_idx=1\n" },
	{ "structs become one with the tags of both", NULL, build_tagged_structs,
	  "[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n"
	  "[2] STRUCT 'pair' size=8 vlen=2\n"
	  "\t'x' type_id=1 bits_offset=0\n"
	  "\t'y' type_id=1 bits_offset=32\n"
	  "[3] DECL_TAG 'common' type_id=2 component_idx=-1\n"
	  "[4] DECL_TAG 'first' type_id=2 component_idx=-1\n"
	  "[5] DECL_TAG 'common' type_id=2 component_idx=1\n"
	  "[6] DECL_TAG 'first' type_id=2 component_idx=1\n"
	  "[7] DECL_TAG 'second' type_id=2 component_idx=-1\n"
	  "[8] DECL_TAG 'second' type_id=2 component_idx=1\n" },
	{ "typedefs become one with the tags of both", NULL, build_tagged_typedefs,
	  "[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n"
	  "[2] TYPEDEF 't' type_id=1\n"
	  "[3] DECL_TAG 'common' type_id=2 component_idx=-1\n"
	  "[4] DECL_TAG 'first' type_id=2 component_idx=-1\n"
	  "[5] DECL_TAG 'second' type_id=2 component_idx=-1\n" },
	{ "variables stay, but not equal tags of one", NULL, build_tagged_variables,
	  "[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n"
	  "[2] VAR 'v' type_id=1, linkage=static\n"
	  "[3] DECL_TAG 'tag' type_id=2 component_idx=-1\n"
	  "[4] VAR 'v' type_id=1, linkage=static\n"
	  "[5] DECL_TAG 'tag' type_id=4 component_idx=-1\n" },
	{ "equal chains of type tags become one", NULL, build_equal_type_tags,
	  "[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n"
	  "[2] TYPE_TAG 'rcu' type_id=1\n"
	  "[3] TYPE_TAG 'user' type_id=2\n"
	  "[4] PTR '(anon)' type_id=3\n"
	  "[5] PTR '(anon)' type_id=2\n" },
	{ "type tags in another order or of other types stay", NULL, build_other_type_tags, NULL },
	{ "bit-fields with equal type tags become one", NULL, build_tagged_bit_field,
	  "[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n"
	  "[2] TYPE_TAG 'tag' type_id=1\n"
	  "[3] STRUCT 'bits' size=4 vlen=1\n"
	  "\t'low' type_id=2 bits_offset=0 bitfield_size=3\n" },
	{ "copies of the base's types become these", build_base_with_struct,
	  build_copies_and_references,
	  "[4] STRUCT 'outer' size=16 vlen=2\n"
	  "\t'copy' type_id=3 bits_offset=0\n"
	  "\t'reference' type_id=2 bits_offset=64\n" },
	{ "a declaration below a struct becomes the base's definition", build_base_with_definition,
	  build_declaration_of_other, "" },
	{ "the values of an enumeration that the base only declares stay", build_declared_enum,
	  build_definition_of_declared_enum,
	  "[4] ENUM 'e' encoding=UNSIGNED size=4 vlen=1\n"
	  "\t'A' val=1\n"
	  "[5] STRUCT 'own' size=8 vlen=1\n"
	  "\t'e' type_id=4 bits_offset=0\n"
	  "[6] PTR '(anon)' type_id=4\n" },
	{ "a declaration that the base has stays beside a definition", build_declaration_of_other,
	  build_definition_of_other,
	  "[5] STRUCT 'b' size=24 vlen=2\n"
	  "\t'a' type_id=7 bits_offset=0\n"
	  "\t'n' type_id=8 bits_offset=128\n"
	  "[6] PTR '(anon)' type_id=5\n"
	  "[7] STRUCT 'a' size=16 vlen=2\n"
	  "\t'self' type_id=4 bits_offset=0\n"
	  "\t'other' type_id=6 bits_offset=64\n"
	  "[8] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n"
	  "[9] STRUCT 'user' size=8 vlen=1\n"
	  "\t'p' type_id=2 bits_offset=0\n" },
	{ "equal structs without a name become one", NULL, build_twins,
	  "[1] STRUCT 's' size=16 vlen=2\n"
	  "\t'left' type_id=2 bits_offset=0\n"
	  "\t'right' type_id=2 bits_offset=64\n"
	  "[2] STRUCT '(anon)' size=8 vlen=2\n"
	  "\t'x' type_id=3 bits_offset=0\n"
	  "\t'y' type_id=3 bits_offset=32\n"
	  "[3] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n" },
	{ "equal structs without a name become one of the base", build_one_twin, build_twins, "" },
	{ "parameters of a module's function are types of the base", build_base_with_definition,
	  build_module_function,
	  "[6] FUNC_PROTO '(anon)' ret_type_id=0 vlen=2\n"
	  "\t'a' type_id=5\n"
	  "\t'constant' type_id=8\n"
	  "[7] FUNC 'init' type_id=6 linkage=static\n"
	  "[8] CONST '(anon)' type_id=4\n"
	  "[9] PTR '(anon)' type_id=8\n" },
};

enum { CASES = sizeof(dedup_cases) / sizeof(dedup_cases[0]) };

/* --- types that the builder does not make */

#define SIGNED_INT(name, offset, bits)                                                             \
	name, INFO(INT, 0), 8, REBTF_INT_SIGNED << 24 | (offset) << 16 | (bits)

static void integers_at_another_bit_stay(void **state)
{
	_cleanup_unref_ struct rebtf_btf *result = NULL;
	struct rebtf_btf *btf;

	(void)state;
	assert_ok(OPEN_RAW("\0n", NULL, &btf, SIGNED_INT(1, 0, 32), SIGNED_INT(1, 8, 32)));
	result = deduplicated(btf);
	assert_dump(result, "[1] INT 'n' size=8 bits_offset=0 nr_bits=32 encoding=SIGNED\n"
			    "[2] INT 'n' size=8 bits_offset=8 nr_bits=32 encoding=SIGNED\n");
}

/* The input has "int" three times, "long" twice, and strings without use around them. */
static void strings_without_use_go_and_equal_strings_become_one(void **state)
{
	_cleanup_unref_ struct rebtf_btf *result = NULL;
	struct rebtf_btf *btf;

	(void)state;
	assert_ok(OPEN_RAW("\0before\0int\0long\0between\0int\0long\0int\0after", NULL, &btf,
			   SIGNED_INT(8, 0, 32), SIGNED_INT(12, 0, 64), SIGNED_INT(25, 0, 32),
			   SIGNED_INT(29, 0, 64), SIGNED_INT(34, 0, 32)));
	result = deduplicated(btf);
	assert_dump(result, "[1] INT 'int' size=8 bits_offset=0 nr_bits=32 encoding=SIGNED\n"
			    "[2] INT 'long' size=8 bits_offset=0 nr_bits=64 encoding=SIGNED\n");
	assert_int_equal(rebtf_btf_string_end(result), sizeof("\0int\0long"));
}

int main(void)
{
	struct CMUnitTest tests[CASES + 2] = {
		cmocka_unit_test(integers_at_another_bit_stay),
		cmocka_unit_test(strings_without_use_go_and_equal_strings_become_one),
	};

	for (size_t i = 0; i < CASES; i++)
		tests[i + 2] = (struct CMUnitTest){
			.name = dedup_cases[i].name,
			.test_func = deduplicate_case,
			.initial_state = (void *)&dedup_cases[i],
		};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
