/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Tests of the table of kinds: names, sizes and fields, compared with a copy of the kernel's
 * documentation.
 */
#include "btf/build_for_test.h"
#include "btf/kind.h"

/* Bytes after struct rebtf_type and bytes per element, for kinds 0 to 22. */
static const struct {
	const char *name;
	uint8_t info_size, elem_size;
} documented[] = {
	{ "VOID", 0, 0 },      { "INT", 4, 0 },	       { "PTR", 0, 0 },	     { "ARRAY", 12, 0 },
	{ "STRUCT", 0, 12 },   { "UNION", 0, 12 },     { "ENUM", 0, 8 },     { "FWD", 0, 0 },
	{ "TYPEDEF", 0, 0 },   { "VOLATILE", 0, 0 },   { "CONST", 0, 0 },    { "RESTRICT", 0, 0 },
	{ "FUNC", 0, 0 },      { "FUNC_PROTO", 0, 8 }, { "VAR", 4, 0 },	     { "DATASEC", 0, 12 },
	{ "FLOAT", 0, 0 },     { "DECL_TAG", 4, 0 },   { "TYPE_TAG", 0, 0 }, { "ENUM64", 0, 12 },
	{ "LOC_PARAM", 4, 4 }, { "LOC_PROTO", 0, 4 },  { "LOCSEC", 0, 12 },
};

static void kinds_have_documented_names_and_lengths(void **state)
{
	(void)state;
	assert_int_equal(sizeof(documented) / sizeof(*documented), REBTF_KNOWN_KINDS);
	for (uint32_t kind = 0; kind < REBTF_KNOWN_KINDS; kind++) {
		assert_string_equal(rebtf_kind_name(kind), documented[kind].name);
		assert_int_equal(kind_layout(kind)->info_size, documented[kind].info_size);
		assert_int_equal(kind_layout(kind)->elem_size, documented[kind].elem_size);
	}
}

static void c_has_a_keyword_for_some_kinds(void **state)
{
	(void)state;
	for (uint32_t kind = 0; kind < REBTF_MAX_KINDS; kind++) {
		struct rebtf_type t = { .info = kind << 24 };
		bool is_enum = kind == REBTF_KIND_ENUM || kind == REBTF_KIND_ENUM64;
		bool is_struct = kind == REBTF_KIND_STRUCT || kind == REBTF_KIND_FWD;

		assert_string_equal(rebtf_type_keyword(&t), is_enum		       ? "enum "
							    : is_struct		       ? "struct "
							    : kind == REBTF_KIND_UNION ? "union "
										       : "");
		/*
		 * The flag of a FWD selects struct or union. That of a STRUCT has another meaning.
		 */
		t.info |= 1u << 31;
		if (is_struct)
			assert_string_equal(rebtf_type_keyword(&t),
					    kind == REBTF_KIND_FWD ? "union " : "struct ");
	}
}

/* The kinds that a distilled base may have, with the class of each. */
static void relocation_looks_up_the_kinds_of_a_distilled_base(void **state)
{
	static const uint8_t classes[REBTF_KNOWN_KINDS] = {
		[REBTF_KIND_INT] = MATCH_INT,	     [REBTF_KIND_FLOAT] = MATCH_FLOAT,
		[REBTF_KIND_ENUM] = MATCH_ENUM,	     [REBTF_KIND_ENUM64] = MATCH_ENUM,
		[REBTF_KIND_STRUCT] = MATCH_STRUCT,  [REBTF_KIND_UNION] = MATCH_UNION,
		[REBTF_KIND_FWD] = MATCH_FWD_STRUCT,
	};

	(void)state;
	for (uint32_t kind = 0; kind < REBTF_MAX_KINDS; kind++) {
		struct rebtf_type t = { .info = kind << 24 };
		uint8_t class = kind < REBTF_KNOWN_KINDS ? classes[kind] : MATCH_OTHER;

		assert_int_equal(match_class(&t), class);
		assert_int_equal(kind_is_relocatable(kind), class != MATCH_OTHER);
		assert_int_equal(kind_is_scalar(kind), class == MATCH_INT || class == MATCH_FLOAT ||
							       class == MATCH_FWD_STRUCT);
		t.info |= KIND_FLAG;
		assert_int_equal(match_class(&t),
				 class == MATCH_FWD_STRUCT ? MATCH_FWD_UNION : class);
	}
}

/* One letter for each kind, in ascending order. */
static void assert_kinds(const char *letters, bool (*belongs)(uint32_t kind))
{
	for (uint32_t kind = 0; kind < REBTF_MAX_KINDS; kind++)
		assert_int_equal(belongs(kind), kind < REBTF_KNOWN_KINDS && letters[kind] != '.');
}

static void kinds_belong_to_families(void **state)
{
	(void)state;
	assert_kinds("....SU.................", kind_is_composite);
	assert_kinds("......E............E...", kind_is_enum);
	assert_kinds("....SUE............E...", kind_has_members);
	assert_kinds("........TVCR......T....", kind_is_alias);
	/* All but void, FUNC, VAR, DATASEC, DECL_TAG and locations. */
	assert_kinds(".IPASUEFTVCR.P..F.TE...", kind_is_c_type);
}

static void other_kinds_are_unknown(void **state)
{
	(void)state;
	for (uint32_t kind = REBTF_KNOWN_KINDS; kind < 300; kind++) {
		assert_string_equal(rebtf_kind_name(kind), "UNKNOWN");
		assert_false(kind_is_known(kind));
	}
	assert_string_equal(rebtf_kind_name(UINT32_MAX), "UNKNOWN");
	assert_false(kind_is_known(REBTF_KIND_VOID));
}

/* A type in memory as words. The second word is info. */
static const struct fields {
	uint32_t words[12];
	int8_t ids[6];	   /* the words that are type ids, in order; then -1 */
	int8_t strings[6]; /* likewise */
} fields[] = {
	{ { 0, INFO(INT, 0) }, { -1 }, { 0, -1 } },
	{ { 0, INFO(PTR, 0) }, { 2, -1 }, { 0, -1 } },
	{ { 0, INFO(ARRAY, 0) }, { 3, 4, -1 }, { 0, -1 } },
	{ { 0, INFO(STRUCT, 2) }, { 4, 7, -1 }, { 0, 3, 6, -1 } },
	{ { 0, INFO(UNION, 2) | KIND_FLAG }, { 4, 7, -1 }, { 0, 3, 6, -1 } },
	{ { 0, INFO(STRUCT, 0) }, { -1 }, { 0, -1 } },
	{ { 0, INFO(ENUM, 3) }, { -1 }, { 0, 3, 5, 7, -1 } },
	{ { 0, INFO(FWD, 0) }, { -1 }, { 0, -1 } },
	{ { 0, INFO(TYPEDEF, 0) }, { 2, -1 }, { 0, -1 } },
	{ { 0, INFO(VOLATILE, 0) }, { 2, -1 }, { 0, -1 } },
	{ { 0, INFO(CONST, 0) }, { 2, -1 }, { 0, -1 } },
	{ { 0, INFO(RESTRICT, 0) }, { 2, -1 }, { 0, -1 } },
	{ { 0, INFO(FUNC, 2) }, { 2, -1 }, { 0, -1 } },
	{ { 0, INFO(FUNC_PROTO, 2) }, { 2, 4, 6, -1 }, { 0, 3, 5, -1 } },
	{ { 0, INFO(VAR, 0) }, { 2, -1 }, { 0, -1 } },
	{ { 0, INFO(DATASEC, 2) }, { 3, 6, -1 }, { 0, -1 } },
	{ { 0, INFO(FLOAT, 0) }, { -1 }, { 0, -1 } },
	{ { 0, INFO(DECL_TAG, 0) }, { 2, -1 }, { 0, -1 } },
	{ { 0, INFO(TYPE_TAG, 0) }, { 2, -1 }, { 0, -1 } },
	{ { 0, INFO(ENUM64, 2) }, { -1 }, { 0, 3, 6, -1 } },
	{ { 0, INFO(LOC_PARAM, 2) }, { -1 }, { 0, -1 } },
	{ { 0, INFO(LOC_PROTO, 3) }, { 3, 4, 5, -1 }, { 0, -1 } },
	{ { 0, INFO(LOCSEC, 2) }, { 3, 4, 6, 7, -1 }, { 0, -1 } },
	{ { 0, INFO(LOCSEC, 0) }, { -1 }, { 0, -1 } },
	{ { 0, 23u << 24 | 3 }, { -1 }, { 0, -1 } },
	{ { 0, 127u << 24 | 3 }, { -1 }, { 0, -1 } },
};

static void assert_iterates(const struct rebtf_type *t, enum rebtf_field field, const int8_t *want)
{
	struct rebtf_field_iter it;
	const uint32_t *found;

	rebtf_field_iter_init(&it, t, field);
	for (; *want >= 0; want++) {
		found = rebtf_field_iter_next(&it);
		assert_non_null(found);
		assert_int_equal(found - (const uint32_t *)t, *want);
	}
	assert_null(rebtf_field_iter_next(&it));
	assert_null(rebtf_field_iter_next(&it));
}

static void iterator_finds_the_fields_of_each_kind_in_order(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		const struct rebtf_type *t = (const struct rebtf_type *)fields[i].words;

		assert_iterates(t, REBTF_FIELD_IDS, fields[i].ids);
		assert_iterates(t, REBTF_FIELD_STRINGS, fields[i].strings);
	}
}

/* Copies a row's type. Each word but info holds 100 plus its index. */
static void numbered_type(const struct fields *row, uint32_t *words)
{
	for (uint32_t i = 0; i < 12; i++)
		words[i] = i == 1 ? row->words[1] : 100 + i;
}

static uint32_t bits_of(const int8_t *places)
{
	uint32_t bits = 0;

	for (; *places >= 0; places++)
		bits |= 1u << *places;
	return bits;
}

static void see_id(void *arg, uint32_t id)
{
	uint32_t *seen = arg;

	*seen |= 1u << (id - 100);
}

static void visitor_sees_the_ids_that_the_iterator_finds(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		uint32_t words[12], seen = 0;

		numbered_type(&fields[i], words);
		visit_ids((const struct rebtf_type *)words, see_id, &seen);
		assert_int_equal(seen, bits_of(fields[i].ids));
	}
}

static uint32_t id_plus_1000(const void *arg, uint32_t id)
{
	(void)arg;
	return id + 1000;
}

static uint32_t string_plus_2000(void *arg, uint32_t off)
{
	(void)arg;
	return off + 2000;
}

static void assert_added(const struct fields *row, const uint32_t *words, uint32_t to_strings)
{
	uint32_t want[12];

	numbered_type(row, want);
	for (int i = 0; row->ids[i] >= 0; i++)
		want[row->ids[i]] += 1000;
	for (int i = 0; row->strings[i] >= 0; i++)
		want[row->strings[i]] += to_strings;
	assert_memory_equal(words, want, sizeof(want));
}

static void mappers_change_the_fields_that_the_iterator_finds(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		uint32_t words[12];

		numbered_type(&fields[i], words);
		map_ids((struct rebtf_type *)words, id_plus_1000, NULL);
		assert_added(&fields[i], words, 0);
		numbered_type(&fields[i], words);
		map_fields((struct rebtf_type *)words, id_plus_1000, string_plus_2000, NULL);
		assert_added(&fields[i], words, 2000);
	}
}

static void info_word_has_24_bits_of_vlen_and_7_of_kind(void **state)
{
	struct rebtf_type t = { .info = 0xffffffff };

	(void)state;
	assert_int_equal(rebtf_type_vlen(&t), 0xffffff);
	assert_int_equal(rebtf_type_kind(&t), 127);
	assert_true(rebtf_type_kind_flag(&t));
	t.info = 0x7fffffff;
	assert_false(rebtf_type_kind_flag(&t));
	t.info = 1u << 24;
	assert_int_equal(rebtf_type_vlen(&t), 0);
	assert_int_equal(rebtf_type_kind(&t), 1);
}

static void kind_flag_decides_what_a_member_offset_means(void **state)
{
	struct rebtf_type t = { .info = INFO(STRUCT, 1) };
	struct rebtf_member m = { .offset = 3u << 24 | 17 };

	(void)state;
	assert_int_equal(rebtf_member_bit_offset(&t, &m), 3u << 24 | 17);
	assert_int_equal(rebtf_member_bitfield_size(&t, &m), 0);
	t.info |= KIND_FLAG;
	assert_int_equal(rebtf_member_bit_offset(&t, &m), 17);
	assert_int_equal(rebtf_member_bitfield_size(&t, &m), 3);
}

static void an_unknown_field_is_in_no_type(void **state)
{
	static const uint32_t pointer[] = { 1, REBTF_KIND_PTR << 24, 1 },
			      func_proto[] = { 0, REBTF_KIND_FUNC_PROTO << 24 | 1, 1, 1, 1 };

	(void)state;
	for (uint32_t field = 2; field; field <<= 1) {
		static const int8_t none = -1;

		assert_iterates((const struct rebtf_type *)pointer, (enum rebtf_field)field, &none);
		assert_iterates((const struct rebtf_type *)func_proto, (enum rebtf_field)field,
				&none);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kinds_have_documented_names_and_lengths),
		cmocka_unit_test(relocation_looks_up_the_kinds_of_a_distilled_base),
		cmocka_unit_test(kinds_belong_to_families),
		cmocka_unit_test(other_kinds_are_unknown),
		cmocka_unit_test(c_has_a_keyword_for_some_kinds),
		cmocka_unit_test(iterator_finds_the_fields_of_each_kind_in_order),
		cmocka_unit_test(visitor_sees_the_ids_that_the_iterator_finds),
		cmocka_unit_test(mappers_change_the_fields_that_the_iterator_finds),
		cmocka_unit_test(info_word_has_24_bits_of_vlen_and_7_of_kind),
		cmocka_unit_test(kind_flag_decides_what_a_member_offset_means),
		cmocka_unit_test(an_unknown_field_is_in_no_type),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
