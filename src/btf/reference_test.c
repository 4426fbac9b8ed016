/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Tests of detecting the wrong base. The kinds that a type may refer to are listed here a second
 * time, derived from C and from the output of pahole, clang and GCC.
 */
#include "btf/build_for_test.h"
#include "btf/reference.h"

#define KIND(kind) (1u << REBTF_KIND_##kind)

/* The type with id N is of kind N. "a" is at string offset 1. */
static const uint32_t each_kind[] = {
	1, INFO(INT, 0),	4,  32,		      /* [1] */
	0, INFO(PTR, 0),	1,		      /* [2] */
	0, INFO(ARRAY, 0),	0,  1,		1, 2, /* [3] */
	1, INFO(STRUCT, 0),	4,		      /* [4] */
	1, INFO(UNION, 0),	4,		      /* [5] */
	1, INFO(ENUM, 0),	4,		      /* [6] */
	1, INFO(FWD, 0),	0,		      /* [7] */
	1, INFO(TYPEDEF, 0),	1,		      /* [8] */
	0, INFO(VOLATILE, 0),	1,		      /* [9] */
	0, INFO(CONST, 0),	1,		      /* [10] */
	0, INFO(RESTRICT, 0),	2,		      /* [11] */
	1, INFO(FUNC, 0),	13,		      /* [12] */
	0, INFO(FUNC_PROTO, 0), 0,		      /* [13] */
	1, INFO(VAR, 0),	1,  0,		      /* [14] */
	1, INFO(DATASEC, 0),	0,		      /* [15] */
	1, INFO(FLOAT, 0),	4,		      /* [16] */
	1, INFO(DECL_TAG, 0),	4,  UINT32_MAX,	      /* [17] */
	1, INFO(TYPE_TAG, 0),	1,		      /* [18] */
	1, INFO(ENUM64, 0),	8,		      /* [19] */
	0, INFO(LOC_PARAM, 1),	4,  8,		1,    /* [20] */
	0, INFO(LOC_PROTO, 0),	0,		      /* [21] */
	1, INFO(LOCSEC, 0),	0,		      /* [22] */
};

static const char strings[] = "\0a";

#define DATA                                                                                       \
	(KIND(VOID) | KIND(INT) | KIND(PTR) | KIND(ARRAY) | KIND(STRUCT) | KIND(UNION) |           \
	 KIND(ENUM) | KIND(FWD) | KIND(TYPEDEF) | KIND(VOLATILE) | KIND(CONST) | KIND(RESTRICT) |  \
	 KIND(FLOAT) | KIND(TYPE_TAG) | KIND(ENUM64))
/* The kinds that only locations refer to, if at all: opening does not tell them apart. */
#define UNREFERRED                                                                                 \
	(KIND(DATASEC) | KIND(DECL_TAG) | KIND(LOC_PARAM) | KIND(LOC_PROTO) | KIND(LOCSEC))
#define TO 0xffffffffu /* stands for the id */

/* A type with one reference, and the kinds that it may lead to. */
static const struct {
	const char *what;
	uint32_t words[8];
	size_t count;
	uint32_t kinds;
} sources[] = {
	{ "PTR", { 0, INFO(PTR, 0), TO }, 3, DATA | KIND(FUNC_PROTO) },
	{ "TYPEDEF", { 1, INFO(TYPEDEF, 0), TO }, 3, DATA | KIND(FUNC_PROTO) },
	/*
	 * GCC emits these for a pointer to a function that does not return or has no side effects.
	 */
	{ "VOLATILE", { 0, INFO(VOLATILE, 0), TO }, 3, DATA | KIND(FUNC_PROTO) },
	{ "CONST", { 0, INFO(CONST, 0), TO }, 3, DATA | KIND(FUNC_PROTO) },
	{ "RESTRICT", { 0, INFO(RESTRICT, 0), TO }, 3, DATA },
	{ "TYPE_TAG", { 1, INFO(TYPE_TAG, 0), TO }, 3, DATA | KIND(FUNC_PROTO) },
	{ "element of an ARRAY", { 0, INFO(ARRAY, 0), 0, TO, 1, 2 }, 6, DATA },
	{ "index of an ARRAY", { 0, INFO(ARRAY, 0), 0, 1, TO, 2 }, 6, KIND(VOID) | KIND(INT) },
	{ "member of a STRUCT", { 1, INFO(STRUCT, 1), 4, 1, TO, 0 }, 6, DATA },
	{ "member of a UNION", { 1, INFO(UNION, 1) | KIND_FLAG, 4, 0, TO, 0 }, 6, DATA },
	{ "FUNC", { 1, INFO(FUNC, 0), TO }, 3, KIND(FUNC_PROTO) },
	{ "return of a FUNC_PROTO", { 0, INFO(FUNC_PROTO, 0), TO }, 3, DATA },
	{ "parameter", { 0, INFO(FUNC_PROTO, 1), 0, 1, TO }, 5, DATA },
	{ "VAR", { 1, INFO(VAR, 0), TO, 0 }, 4, DATA },
	/* Unlinked objects have functions in sections. */
	{ "variable of a DATASEC",
	  { 1, INFO(DATASEC, 1), 8, TO, 0, 4 },
	  6,
	  KIND(VOID) | KIND(VAR) | KIND(FUNC) },
	{ "DECL_TAG",
	  { 1, INFO(DECL_TAG, 0), TO, UINT32_MAX },
	  4,
	  KIND(VOID) | KIND(STRUCT) | KIND(UNION) | KIND(FWD) | KIND(TYPEDEF) | KIND(VAR) |
		  KIND(FUNC) },
	{ "LOC_PROTO", { 0, INFO(LOC_PROTO, 1), 0, TO }, 4, KIND(VOID) | UNREFERRED },
	{ "function of a LOCSEC", { 1, INFO(LOCSEC, 1), 0, TO, 0, 8 }, 6, KIND(VOID) | KIND(FUNC) },
	{ "location of a LOCSEC", { 1, INFO(LOCSEC, 1), 0, 0, TO, 8 }, 6, KIND(VOID) | UNREFERRED },
};

#define SOURCES (sizeof(sources) / sizeof(*sources))

/* Opens the words of @types over @base, followed by source @i, which refers to [@id]. */
static struct rebtf_error *open_source(const uint32_t *types, size_t size, size_t i, uint32_t id,
				       struct rebtf_btf *base, struct rebtf_btf **btf)
{
	struct buffer words = {};
	struct rebtf_error *err;

	buffer_append(&words, types, size);
	for (size_t word = 0; word < sources[i].count; word++) {
		uint32_t value = sources[i].words[word];

		buffer_append(&words, value == TO ? &id : &value, sizeof(value));
	}
	assert_false(words.failed);
	err = open_raw((const uint32_t *)words.data, words.size, base ? "b" : strings,
		       base ? 2 : sizeof(strings), base, btf);
	buffer_release(&words);
	return err;
}

static struct rebtf_btf *build_each_kind(void)
{
	struct rebtf_btf *base;

	assert_ok(open_raw(each_kind, sizeof(each_kind), strings, sizeof(strings), NULL, &base));
	for (uint32_t id = 1; id < REBTF_KNOWN_KINDS; id++)
		assert_int_equal(rebtf_type_kind(rebtf_btf_type(base, id)), id);
	return base;
}

/*
 * Asserts whether source @i may refer to type [@kind], which is of kind @kind and lies in @base or
 * in the split BTF itself.
 */
static void assert_source(size_t i, uint32_t kind, const uint32_t *types, size_t size,
			  struct rebtf_btf *base)
{
	struct rebtf_btf *btf = NULL;
	struct rebtf_error *err = open_source(types, size, i, kind, base, &btf);
	bool taken = !err;
	char want[64];

	snprintf(want, sizeof(want), "[%u] %s, but no compiler", kind, rebtf_kind_name(kind));
	if (taken != (sources[i].kinds >> kind & 1) ||
	    (err && (err->code != REBTF_ERR_WRONG_BASE || !strstr(err->message, want))))
		fail_msg("%s, to a %s: %s", sources[i].what, rebtf_kind_name(kind),
			 err ? err->message : "taken");
	rebtf_error_free(err);
	rebtf_btf_unref(btf);
}

static void a_reference_that_no_compiler_makes_shows_another_base(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = build_each_kind();

	(void)state;
	for (size_t i = 0; i < SOURCES; i++) {
		for (uint32_t kind = 0; kind < REBTF_KNOWN_KINDS; kind++)
			assert_source(i, kind, NULL, 0, base);
	}
}

/* Ids of own types are shifted if the base has more or fewer types than the right one. */
static void so_does_one_to_an_own_type(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = NULL;

	(void)state;
	/* The same strings, but no types. */
	assert_ok(open_raw(NULL, 0, strings, sizeof(strings), NULL, &base));
	for (size_t i = 0; i < SOURCES; i++) {
		for (uint32_t kind = 0; kind < REBTF_KNOWN_KINDS; kind++)
			assert_source(i, kind, each_kind, sizeof(each_kind), base);
	}
}

static void so_does_one_to_a_base_of_the_base(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = build_each_kind(), *middle = NULL;

	(void)state;
	assert_ok(OPEN_RAW("", base, &middle, 0, INFO(PTR, 0), 1));
	for (size_t i = 0; i < SOURCES; i++) {
		for (uint32_t kind = 0; kind < REBTF_KNOWN_KINDS; kind++)
			assert_source(i, kind, NULL, 0, middle);
	}
}

/* A base that was made in memory is not parsed from bytes. */
static void so_does_one_to_a_base_that_was_made(void **state)
{
	_cleanup_unref_ struct rebtf_btf *kernel = build_each_kind(), *split = NULL, *base = NULL,
					 *distilled = NULL;
	struct rebtf_btf *btf;

	(void)state;
	assert_ok(OPEN_RAW("", kernel, &split, 0, INFO(PTR, 0), 4));
	assert_ok(rebtf_distill(split, &base, &distilled));
	assert_fails(
		OPEN_RAW("", base, &btf, 0, INFO(ARRAY, 0), 0, 1, 1, 2), REBTF_ERR_WRONG_BASE,
		"type [2] ARRAY: refers to [1] STRUCT, but no compiler makes such a reference");
}

/* In BTF without a base, an unusual reference only means an unusual compiler. */
static void without_a_base_any_reference_is_taken(void **state)
{
	(void)state;
	for (size_t i = 0; i < SOURCES; i++) {
		for (uint32_t kind = 0; kind < REBTF_KNOWN_KINDS; kind++) {
			_cleanup_unref_ struct rebtf_btf *btf = NULL;

			assert_ok(open_source(each_kind, sizeof(each_kind), i, kind, NULL, &btf));
		}
	}
}

static void a_reference_to_a_kind_that_is_not_known_is_taken(void **state)
{
	struct layout_entry layout[24];
	const uint32_t types[] = { 0, 23u << 24, 0 };
	_cleanup_unref_ struct rebtf_btf *base = NULL;
	_cleanup_bytes_ struct bytes bytes = { 0 };

	(void)state;
	for (uint32_t kind = 0; kind <= 23; kind++)
		layout[kind] = (struct layout_entry){ kind_layout(kind)->info_size,
						      kind_layout(kind)->elem_size, 0 };
	bytes = raw_bytes(types, sizeof(types), layout, sizeof(layout), strings, sizeof(strings));
	assert_ok(open_bytes(&bytes, NULL, &base));
	for (size_t i = 0; i < SOURCES; i++) {
		_cleanup_unref_ struct rebtf_btf *btf = NULL;

		assert_ok(open_source(NULL, 0, i, 1, base, &btf));
	}
}

/* Offsets that were made for another base are likely to point into the middle of a string. */
static void a_name_inside_another_string_shows_another_base(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = build_int(), *btf = NULL;
	struct rebtf_btf *refused;

	(void)state;
	assert_fails(OPEN_RAW("own", base, &refused, 2, INFO(FWD, 0), 0), REBTF_ERR_WRONG_BASE,
		     "type [2] FWD 'nt': string offset 2 is inside another string of the base");
	assert_fails(OPEN_RAW("own", base, &refused, 0, INFO(ENUM, 1), 4, 3, 0),
		     REBTF_ERR_WRONG_BASE, "string offset 3");
	assert_fails(
		OPEN_RAW("own", base, &refused, 6, INFO(FWD, 0), 0), REBTF_ERR_WRONG_BASE,
		"type [2] FWD 'wn': string offset 6 is inside another string: probably the wrong base");
	assert_ok(OPEN_RAW("own\0more", base, &btf, 5, INFO(FWD, 0), 0, 9, INFO(FWD, 0), 0));
	assert_dump(btf, "[2] FWD 'own' fwd_kind=struct\n"
			 "[3] FWD 'more' fwd_kind=struct\n");
}

/* A base may have neither types nor strings. */
static void an_empty_base_is_one_too(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = NULL, *btf = NULL;

	(void)state;
	assert_ok(open_raw(NULL, 0, "", 0, NULL, &base));
	assert_ok(OPEN_RAW("\0own", base, &btf, 1, INFO(FWD, 0), 0, 0, INFO(PTR, 0), 1));
	assert_dump(btf, "[1] FWD 'own' fwd_kind=struct\n"
			 "[2] PTR '(anon)' type_id=1\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_reference_that_no_compiler_makes_shows_another_base),
		cmocka_unit_test(so_does_one_to_an_own_type),
		cmocka_unit_test(so_does_one_to_a_base_of_the_base),
		cmocka_unit_test(so_does_one_to_a_base_that_was_made),
		cmocka_unit_test(without_a_base_any_reference_is_taken),
		cmocka_unit_test(a_reference_to_a_kind_that_is_not_known_is_taken),
		cmocka_unit_test(a_name_inside_another_string_shows_another_base),
		cmocka_unit_test(an_empty_base_is_one_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
