/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Tests of the verifier: header and strings, each type by itself, differences between versions, and
 * continuing after an error, over a base, or in the other byte order. Each rule has a test just
 * inside and just outside of it. tests/kernel/parity asks a kernel about a million other cases, and
 * each difference it finds becomes a test here or in the file of another pass: see docs/verify.md.
 */
#include "verify/verify_words_for_test.h"

/* --------------------------------------------------------------------------------------- header */

static struct bytes one_int(void)
{
	const uint32_t words[] = { AN_INT };

	return raw_bytes(words, sizeof(words), NULL, 0, STRINGS, sizeof(STRINGS));
}

static void expect_header(size_t at, uint32_t word, const char *part, int line)
{
	_cleanup_bytes_ struct bytes bytes = one_int();

	memcpy(bytes.data + at, &word, sizeof(word));
	expect_of(&bytes, NULL, "6.18", false, part, line);
}

/* The first word of a header, in host byte order. */
static uint32_t first_word(uint16_t magic, uint8_t version, uint8_t flags)
{
	const struct btf_header h = { .magic = magic, .version = version, .flags = flags };
	uint32_t word;

	memcpy(&word, &h, sizeof(word));
	return word;
}

static void each_header_field_counts(void **state)
{
	(void)state;
	expect_header(0, first_word(0xeb9f, 1, 0), NULL, __LINE__);
	expect_header(0, first_word(0xeb9e, 1, 0), "not BTF", __LINE__);
	expect_header(0, first_word(0xeb9f, 2, 0), "unsupported BTF version 2", __LINE__);
	expect_header(0, first_word(0xeb9f, 1, 1), "unsupported header flags 0x01", __LINE__);
	expect_header(4, 1000, "bytes, expected 1000)", __LINE__);
	expect_header(8, 4, "gap before the type section (found offset 4, expected 0)", __LINE__);
	expect_header(12, 12, "gap before the string section (found offset 16, expected 12)",
		      __LINE__);
	expect_header(12, 20, "overlaps the previous section", __LINE__);
	expect_header(16, 0xffffffff, "gap before the string section (found offset 4294967295",
		      __LINE__);
	expect_header(20, sizeof(STRINGS) + 1, "ends past the file", __LINE__);
	expect_header(20, sizeof(STRINGS) - 1, "1 bytes are outside all sections", __LINE__);
	expect_header(20, 0xffffffff, "ends past the file", __LINE__);
}

static void any_number_of_bytes_has_a_verdict(void **state)
{
	_cleanup_bytes_ struct bytes bytes = one_int();
	size_t size = bytes.size;

	(void)state;
	for (bytes.size = 0; bytes.size < size; bytes.size++) {
		/* A buffer of exactly this size, so that ASan detects reads past the end. */
		struct bytes cut = { .data = malloc(bytes.size + !bytes.size), .size = bytes.size };

		memcpy(cut.data, bytes.data, cut.size);
		expect_of(&cut, NULL, NULL, false, "", __LINE__);
		bytes_release(&cut);
	}
}

static void strings_start_and_end_with_nul(void **state)
{
	const uint32_t words[] = { 0, INFO(PTR, 0), 0 };

	(void)state;
	expect_raw(words, sizeof(words), "", 1, NULL, NULL, false, NULL, __LINE__);
	expect_raw(words, sizeof(words), "", 0, NULL, NULL, false, "no string section", __LINE__);
	expect_raw(words, sizeof(words), "\0a", 2, NULL, NULL, false, "not end with a NUL",
		   __LINE__);
	expect_raw(words, sizeof(words), "a", 2, NULL, NULL, false, "not start with an empty",
		   __LINE__);
}

static void split_btf_may_be_empty(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = build_int();
	_cleanup_bytes_ struct bytes nothing = raw_bytes("", 0, NULL, 0, "", 0);

	(void)state;
	expect_of(&nothing, base, NULL, false, NULL, __LINE__);
	expect_of(&nothing, NULL, NULL, false, "no data after the header", __LINE__);
}

/* --------------------------------------------------------------------------------------- shapes */

static void kinds_are_1_to_19_and_whole(void **state)
{
	(void)state;
	REFUSES("unsupported kind 0", 0, INFO(VOID, 0), 0);
	REFUSES("unsupported kind 20", 0, 20u << 24, 0);
	REFUSES("truncated type (found 8 bytes, expected at least 12)", AN_INT, 0, 0);
	REFUSES("truncated INT (found 12 bytes, expected 16)", S_INT, INFO(INT, 0), 4);
	REFUSES("truncated STRUCT (found 12 bytes, expected 786432)", 0, INFO(STRUCT, 65535), 0);
}

static void an_int_has_up_to_128_bits_within_its_bytes(void **state)
{
	(void)state;
	ACCEPTS(0, INFO(INT, 0), 16, INT_DATA(0, 0, 128));
	ACCEPTS(0, INFO(INT, 0), 16, INT_DATA(4, 120, 8));
	REFUSES("exceed 128 bits", 0, INFO(INT, 0), 32, INT_DATA(0, 1, 128));
	REFUSES("exceed the size of 4 bytes", 0, INFO(INT, 0), 4, INT_DATA(0, 0, 33));
	REFUSES("invalid encoding 3", 0, INFO(INT, 0), 4, INT_DATA(3, 0, 32));
	REFUSES("invalid encoding 8", 0, INFO(INT, 0), 4, INT_DATA(8, 0, 32));
	REFUSES("upper 4 bits", 0, INFO(INT, 0), 4, INT_DATA(0x11, 0, 32));
	REFUSES("invalid vlen 1", 0, INFO(INT, 1), 4, INT_DATA(0, 0, 32));
	REFUSES("cannot have the kind_flag", 0, KIND_FLAG | INFO(INT, 0), 4, INT_DATA(0, 0, 32));
	ACCEPTS(S_SPACE, INFO(INT, 0), 4, INT_DATA(0, 0, 32));
	REFUSES("no string at name offset", S_END, INFO(INT, 0), 4, INT_DATA(0, 0, 32));
}

static void names_are_identifiers_where_there_has_to_be_one(void **state)
{
	(void)state;
	ACCEPTS(S_BSS, INFO(FWD, 0), 0);
	REFUSES("name is not an identifier", S_SPACE, INFO(FWD, 0), 0);
	REFUSES("no name", 0, INFO(FWD, 0), 0);
	/* An empty string at another offset is not the same as no name. */
	REFUSES("name is not an identifier", S_SPACE - 1, INFO(STRUCT, 0), 0);
	ACCEPTS(0, INFO(STRUCT, 0), 0);
	REFUSES("types of this kind cannot have a name", S_INT, INFO(PTR, 0), 0);
	REFUSES("no name", 0, INFO(TYPEDEF, 0), 0);
	REFUSES("empty tag", 0, INFO(TYPE_TAG, 0), 0);
	ACCEPTS(S_SPACE, INFO(TYPE_TAG, 0), 0);
	REFUSES("value 0: no name", 0, INFO(ENUM, 1), 4, 0, 7);
	REFUSES("value 0: name 'x y'", 0, INFO(ENUM64, 1), 4, S_SPACE, 7, 0);
	REFUSES("member 0: name", AN_INT, 0, INFO(STRUCT, 1), 4, S_SPACE, 1, 0);
}

static void expect_long_name(size_t length, const char *part)
{
	const uint32_t words[] = { 1, INFO(FWD, 0), 0 };
	char strings[700] = "";

	memset(strings + 1, 'n', length);
	expect_raw(words, sizeof(words), strings, length + 2, NULL, "6.18", false, part, __LINE__);
}

static void a_name_has_up_to_512_bytes(void **state)
{
	(void)state;
	expect_long_name(512, NULL);
	expect_long_name(513, "name is not an identifier");
}

static void a_section_s_name_has_up_to_512_bytes(void **state)
{
	const uint32_t words[] = { 1, INFO(DATASEC, 0), 4 };
	char strings[1 + 513 + 1] = "";

	(void)state;
	for (size_t length = 512; length <= 513; length++) {
		memset(strings + 1, '.', length);
		expect_raw(words, sizeof(words), strings, length + 2, NULL, "7.2", false,
			   length > 512 ? "does not accept the section name" : NULL, __LINE__);
	}
}

static void letters_are_those_of_latin_1(void **state)
{
	const uint32_t words[] = { 1, INFO(FWD, 0), 0 };

	(void)state;
	expect_raw(words, sizeof(words), "\0\xe9t\xff", 5, NULL, "6.18", false, NULL, __LINE__);
	expect_raw(words, sizeof(words), "\0a\xd7", 4, NULL, "6.18", false,
		   "name is not an identifier", __LINE__);
	expect_raw(words, sizeof(words), "\0a\xb5", 4, NULL, "6.18", false,
		   "name is not an identifier", __LINE__);
	expect_raw(words, sizeof(words),
		   "\0"
		   "1a",
		   4, NULL, "6.18", false, "name is not an identifier", __LINE__);
}

static void sizes_are_powers_of_two(void **state)
{
	(void)state;
	ACCEPTS(0, INFO(ENUM, 0), 8);
	REFUSES("invalid size 16", 0, INFO(ENUM, 0), 16);
	REFUSES("invalid size 3", 0, INFO(ENUM64, 0), 3);
	REFUSES("invalid size 0", 0, INFO(ENUM64, 0), 0);
	ACCEPTS(0, INFO(FLOAT, 0), 12);
	REFUSES("invalid size 10", 0, INFO(FLOAT, 0), 10);
}

static void members_are_in_order_and_in_the_struct(void **state)
{
	(void)state;
	ACCEPTS(AN_INT, 0, INFO(STRUCT, 2), 8, 0, 1, 0, 0, 1, 32);
	REFUSES("member 1 starts at bit 0, before the previous member at bit 32", AN_INT, 0,
		INFO(STRUCT, 2), 8, 0, 1, 32, 0, 1, 0);
	REFUSES("member 0 starts at bit 33, past the end of 4 bytes", AN_INT, 0, INFO(STRUCT, 1), 4,
		0, 1, 33);
	REFUSES("member 0: 32 bits at bit 8 end past the struct's 4 bytes", AN_INT, 0,
		INFO(STRUCT, 1), 4, 0, 1, 8);
	REFUSES("member 0: type is void", 0, INFO(STRUCT, 1), 4, 0, 0, 0);
	REFUSES("starts at bit 8 (expected 0)", AN_INT, 0, INFO(UNION, 1), 8, 0, 1, 8);
	REFUSES("too large (maximum 1048575)", AN_INT, 0, INFO(STRUCT, 1), 4, 0, 0x100000, 0);
	REFUSES("does not exist", AN_INT, 0, INFO(STRUCT, 1), 4, 0, 0xfffff, 0);
}

#define BITS(size, offset) ((uint32_t)(size) << 24 | (offset))

static void bit_fields_are_no_longer_than_their_type(void **state)
{
	(void)state;
	ACCEPTS(AN_INT, 0, KIND_FLAG | INFO(STRUCT, 1), 5, 0, 1, BITS(32, 5));
	REFUSES("bit-field of 33 bits exceeds its type (maximum 32)", AN_INT, 0,
		KIND_FLAG | INFO(STRUCT, 1), 8, 0, 1, BITS(33, 0));
	REFUSES("expected a multiple of 8", AN_INT, 0, KIND_FLAG | INFO(STRUCT, 1), 8, 0, 1,
		BITS(0, 3));
	REFUSES("maximum 32 for an enum", 0, INFO(ENUM, 0), 8, 0, KIND_FLAG | INFO(STRUCT, 1), 8, 0,
		1, BITS(33, 0));
	REFUSES("kind PTR has no bit-fields", 0, INFO(PTR, 0), 0, 0, KIND_FLAG | INFO(STRUCT, 1), 8,
		0, 1, BITS(1, 0));
	/* An INT with an offset of its own is allowed only if members have no bit size. */
	ACCEPTS(0, INFO(INT, 0), 4, INT_DATA(0, 3, 5), 0, INFO(STRUCT, 1), 1, 0, 1, 0);
	REFUSES("not a regular INT", 0, INFO(INT, 0), 4, INT_DATA(0, 3, 5), 0,
		KIND_FLAG | INFO(STRUCT, 1), 4, 0, 1, BITS(5, 0));
	REFUSES("exceed 128 bits from the byte boundary", 0, INFO(INT, 0), 16, INT_DATA(0, 0, 128),
		0, INFO(STRUCT, 1), 32, 0, 1, 1);
	REFUSES("bit offset overflows (found 4294967288 + 8)", 0, INFO(INT, 0), 4,
		INT_DATA(0, 8, 8), 0, INFO(STRUCT, 1), 0xffffffff, 0, 1, 0xfffffff8);
}

static void an_enum_has_32_bits_beside_bit_fields(void **state)
{
	(void)state;
	/* Kernel quirk: with any size. */
	ACCEPTS(0, INFO(ENUM, 0), 1, 0, INFO(STRUCT, 1), 1, 0, 1, 0);
	REFUSES("32 bits at bit 0 end past the struct's 1 bytes", 0, INFO(ENUM, 0), 1, 0,
		KIND_FLAG | INFO(STRUCT, 1), 1, 0, 1, 0);
}

static void a_float_is_aligned(void **state)
{
	(void)state;
	ACCEPTS(0, INFO(FLOAT, 0), 16, 0, INFO(STRUCT, 1), 24, 0, 1, 64);
	REFUSES("expected a multiple of 64", 0, INFO(FLOAT, 0), 16, 0, INFO(STRUCT, 1), 24, 0, 1,
		32);
	ACCEPTS(0, INFO(FLOAT, 0), 4, 0, INFO(STRUCT, 1), 24, 0, 1, 32);
}

static void variables_are_in_order_and_in_their_section(void **state)
{
#define A_VAR AN_INT, S_INT, INFO(VAR, 0), 1, 1
	(void)state;
	ACCEPTS(A_VAR, S_BSS, INFO(DATASEC, 2), 8, 2, 0, 4, 2, 4, 4);
	REFUSES("at offset 3, but the previous variable ends at 4", A_VAR, S_BSS, INFO(DATASEC, 2),
		8, 2, 0, 4, 2, 3, 4);
	REFUSES("ends past the section's 7 bytes", A_VAR, S_BSS, INFO(DATASEC, 2), 7, 2, 0, 4, 2, 4,
		4);
	REFUSES("size 3, but its type [1] has size 4", A_VAR, S_BSS, INFO(DATASEC, 1), 8, 2, 0, 3);
	REFUSES("variable 0: size is 0", A_VAR, S_BSS, INFO(DATASEC, 1), 8, 2, 0, 0);
	REFUSES("section size is 0", S_BSS, INFO(DATASEC, 0), 0);
	REFUSES("is not a VAR", AN_INT, S_BSS, INFO(DATASEC, 1), 8, 1, 0, 4);
	REFUSES("invalid linkage 2", AN_INT, S_INT, INFO(VAR, 0), 1, 2);
	REFUSES("referenced type is void", S_INT, INFO(VAR, 0), 0, 1);
}

static void the_end_of_a_variable_wraps(void **state)
{
	(void)state;
	/* Kernel quirk: kernels add in 32 bits. */
	ACCEPTS(A_VAR, S_BSS, INFO(DATASEC, 1), 0xfffffff0, 2, 0xffffff00, 0xffffff00);
}

/* ------------------------------------------------------------------------------------- versions */

static void tags_come_first_before_7_2(void **state)
{
	(void)state;
#define TAG_LAST  0, INFO(CONST, 0), 2, S_TAG, INFO(TYPE_TAG, 0), 0
#define TAG_FIRST S_TAG, INFO(TYPE_TAG, 0), 2, 0, INFO(CONST, 0), 0
	EXPECT("6.1", false, NULL, "type tag [2] follows another modifier", TAG_LAST);
	EXPECT("6.18", false, NULL, "type tag [2] follows another modifier", TAG_LAST);
	EXPECT("7.2", false, NULL, NULL, TAG_LAST);
	EXPECT("6.1", false, NULL, NULL, TAG_FIRST);
}

static void tags_have_the_kind_flag_since_6_18(void **state)
{
	(void)state;
#define FLAGGED_TAG  S_TAG, KIND_FLAG | INFO(TYPE_TAG, 0), 0
#define FLAGGED_DECL 0, INFO(STRUCT, 0), 0, S_TAG, KIND_FLAG | INFO(DECL_TAG, 0), 1, -1u
	EXPECT("6.12", false, NULL, "Linux 6.12.114 does not accept the kind_flag of tags",
	       FLAGGED_TAG);
	EXPECT("6.12", false, NULL, "Linux 6.12.114 does not accept the kind_flag of tags",
	       FLAGGED_DECL);
	EXPECT("6.18", false, NULL, NULL, FLAGGED_TAG);
	EXPECT("6.18", false, NULL, NULL, FLAGGED_DECL);
}

static void sections_have_any_printable_name_since_6_12(void **state)
{
	(void)state;
	EXPECT("6.1", false, NULL, "Linux 6.1 does not accept the section name", S_SPACE,
	       INFO(DATASEC, 0), 1);
	EXPECT("6.12", false, NULL, NULL, S_SPACE, INFO(DATASEC, 0), 1);
	EXPECT("6.1", false, NULL, NULL, S_BSS, INFO(DATASEC, 0), 1);
}

static void vlen_has_24_bits_since_7_2(void **state)
{
	(void)state;
	EXPECT("6.18", false, NULL, "bits 0x00010000 are unknown", 0, INFO(STRUCT, 0x10000), 0);
	EXPECT("7.2", false, NULL, "truncated STRUCT (found 12 bytes, expected 786444)", 0,
	       INFO(STRUCT, 0x10000), 0);
}

static void the_layout_section_is_known_since_7_2(void **state)
{
	const uint32_t words[] = { 0, INFO(PTR, 0), 0 };
	const uint32_t layout[] = { 0, 4 };
	_cleanup_bytes_ struct bytes bytes = raw_bytes(words, sizeof(words), layout, sizeof(layout),
						       "", 1);
	/* The first non-zero byte of the layout section's offset. */
	const char *unknown = HOST_BIG_ENDIAN
				      ? "unsupported header byte 27 on Linux 6.18 (found 0x0c"
				      : "unsupported header byte 24 on Linux 6.18 (found 0x0c";
	uint32_t length = 7;

	(void)state;
	expect_of(&bytes, NULL, "7.2", false, NULL, __LINE__);
	expect_of(&bytes, NULL, "6.18", false, unknown, __LINE__);
	memcpy(bytes.data + 28, &length, sizeof(length));
	expect_of(&bytes, NULL, "7.2", false, "expected 19)", __LINE__);
}

/* The verdicts of Debian's 5.10.262 and Ubuntu's 5.15.0-204. */
static void old_kernels_know_fewer_kinds(void **state)
{
	(void)state;
	EXPECT("5.10", false, NULL, "bits 0x10000000 are unknown", 0, INFO(FLOAT, 0), 4);
	EXPECT("5.15", false, NULL, NULL, 0, INFO(FLOAT, 0), 4);
	EXPECT("5.15", false, NULL, "unsupported kind 18 (Linux 5.15 expects 1 to 16)", S_TAG,
	       INFO(TYPE_TAG, 0), 0);
	EXPECT("5.15", false, NULL, "unsupported kind 19", 0, INFO(ENUM64, 0), 8);
	EXPECT("6.1", false, NULL, NULL, 0, INFO(ENUM64, 0), 8);
	EXPECT("5.15", false, NULL, "does not accept the kind_flag of enums", 0,
	       KIND_FLAG | INFO(ENUM, 0), 4);
	EXPECT("6.1", false, NULL, NULL, 0, KIND_FLAG | INFO(ENUM, 0), 4);
	EXPECT("5.10", false, NULL, "no variables (Linux 5.10 expects one)", S_INT,
	       INFO(DATASEC, 0), 1);
	EXPECT("5.15", false, NULL, NULL, S_INT, INFO(DATASEC, 0), 1);
}

/* Before tags, kernels resolved no functions, and checked no chains by themselves. */
static void old_kernels_do_not_resolve_functions(void **state)
{
	(void)state;
#define POINTER_TO_FUNC 0, INFO(FUNC_PROTO, 0), 0, S_INT, INFO(FUNC, 0), 1, 0, INFO(CONST, 0), 2
	EXPECT("5.15", false, NULL, "referenced type [2] has invalid kind FUNC", POINTER_TO_FUNC);
	EXPECT("6.1", false, NULL, NULL, POINTER_TO_FUNC);
#define RETURNS_SECTION S_INT, INFO(DATASEC, 0), 1, 0, INFO(FUNC_PROTO, 0), 1
	EXPECT("5.15", false, NULL, NULL, RETURNS_SECTION);
	EXPECT("6.1", false, NULL, "return type [1] has invalid kind DATASEC", RETURNS_SECTION);
}

static void names_have_128_bytes_before_6_1(void **state)
{
	char strings[1 + 512 + 2] = "";
	const uint32_t words[] = { 1, INFO(TYPEDEF, 0), 0 };

	(void)state;
	for (size_t length = 127; length <= 512; length += 1 + 383 * (length == 129)) {
		memset(strings, 0, sizeof(strings));
		memset(strings + 1, 'l', length);
		expect_raw(words, sizeof(words), strings, length + 2, NULL, "6.1", false, NULL,
			   __LINE__);
		expect_raw(words, sizeof(words), strings, length + 2, NULL, "5.15", false,
			   length > 128 ? "name is not an identifier" : NULL, __LINE__);
	}
}

static void a_release_has_the_rules_of_its_version(void **state)
{
	const struct rebtf_verify_options old = { .size = sizeof(struct rebtf_verify_options),
						  .kernel = "5.9.16" };
	static const char *const odd_versions[] = { "new", "6", "-6.1", "6. 1", "6.-1", "+6.1" };
	struct rebtf_verify_options odd = { .size = sizeof(odd) };
	struct rebtf_violations *violations;

	(void)state;
	EXPECT("6.12.117+deb12-amd64", false, NULL, "Linux 6.12.114 does not", FLAGGED_TAG);
	EXPECT("6.12.100+deb13-amd64", false, NULL, "Linux 6.12 does not", FLAGGED_TAG);
	EXPECT("6.17.0", false, NULL, "Linux 6.12.114 does not", FLAGGED_TAG);
	EXPECT("6.12", false, NULL, "Linux 6.12.114 does not", FLAGGED_TAG);
	EXPECT("6.11.0", false, NULL, "Linux 6.6 does not", FLAGGED_TAG);
	EXPECT("6.5.13", false, NULL, "Linux 6.1 does not", FLAGGED_TAG);
	EXPECT(NULL, false, NULL, NULL, TAG_LAST);
	assert_fails(rebtf_verify("", 0, NULL, NULL, &old, &violations), REBTF_ERR_ARGUMENT,
		     "unsupported Linux version 5.9.16 (minimum 5.10)");
	for (size_t i = 0; i < sizeof(odd_versions) / sizeof(odd_versions[0]); i++) {
		odd.kernel = odd_versions[i];
		assert_fails(rebtf_verify("", 0, NULL, NULL, &odd, &violations), REBTF_ERR_ARGUMENT,
			     "invalid Linux version '");
	}
}

/* --------------------------------------------------------------------------- split, all, orders */

/* [1] INT, [2] CONST [1], [3] ARRAY of two [2], [4] PTR [3], [5] CONST [3]. */
static struct rebtf_btf *a_base(void)
{
	struct rebtf_btf *base;

	assert_ok(OPEN_RAW(STRINGS, NULL, &base, AN_INT, 0, INFO(CONST, 0), 1, 0, INFO(ARRAY, 0), 0,
			   2, 1, 2, 0, INFO(PTR, 0), 3, 0, INFO(CONST, 0), 3));
	return base;
}

static void split_btf_is_judged_over_its_base(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = a_base();

	(void)state;
	EXPECT(NULL, false, base, NULL, S_INT, INFO(STRUCT, 1), 8, 0, 5, 0);
	EXPECT(NULL, false, base, "type [6] STRUCT 'int': member 0: 8 bytes at offset 0", S_INT,
	       INFO(STRUCT, 1), 7, 0, 5, 0);
	EXPECT(NULL, false, base, "[8] does not exist", 0, INFO(PTR, 0), 7, 0, INFO(CONST, 0), 8);
	/* The split BTF's own strings follow those of the base. */
	EXPECT(NULL, false, base, NULL, sizeof(STRINGS) + S_INT, INFO(FWD, 0), 0);
	EXPECT(NULL, false, base, "no string at name offset", sizeof(STRINGS) + S_END + 1,
	       INFO(FWD, 0), 0);
}

static void a_base_may_have_a_base(void **state)
{
	_cleanup_unref_ struct rebtf_btf *first = a_base(), *second = NULL;

	(void)state;
	assert_ok(OPEN_RAW("", first, &second, 0, INFO(CONST, 0), 5));
	EXPECT(NULL, false, second, NULL, 0, INFO(STRUCT, 1), 8, 0, 6, 0);
	EXPECT(NULL, false, second, "type [7] STRUCT: member 0: 8 bytes", 0, INFO(STRUCT, 1), 7, 0,
	       6, 0);
}

static void btf_that_kernels_trust_may_refer_to_anything(void **state)
{
	(void)state;
	EXPECT(NULL, true, NULL, NULL, 0, INFO(PTR, 0), 99);
	EXPECT(NULL, false, NULL, "does not exist", 0, INFO(PTR, 0), 99);
	EXPECT(NULL, true, NULL, "chain of modifiers: type [99] does not exist", 0, INFO(CONST, 0),
	       99);
	EXPECT(NULL, true, NULL, "a loop", 0, INFO(CONST, 0), 1);
}

static void all_that_is_wrong_is_found_and_not_what_builds_on_it(void **state)
{
	const uint32_t words[] = {
		AN_INT,
		0,
		INFO(FWD, 0),
		0, /* [2] has no name */
		0,
		INFO(CONST, 0),
		9, /* [3] refers to a missing type */
		0,
		INFO(STRUCT, 1),
		4,
		0,
		3,
		0, /* [4] depends on [3] */
		0,
		INFO(STRUCT, 1),
		2,
		0,
		1,
		0, /* [5] is too small */
	};
	_cleanup_bytes_ struct bytes bytes = raw_bytes(words, sizeof(words), NULL, 0, STRINGS,
						       sizeof(STRINGS));
	const struct rebtf_verify_options options = { .size = sizeof(struct rebtf_verify_options) };
	struct rebtf_violations *violations;

	(void)state;
	assert_ok(rebtf_verify(bytes.data, bytes.size, "x", NULL, &options, &violations));
	assert_int_equal(rebtf_violations_count(violations), 3);
	assert_ptr_equal(rebtf_violations_at(violations, 2), violations->errors.items[2]);
	assert_none_beyond(violations, violations);
	assert_int_equal(violations->errors.items[0]->type_id, 2);
	assert_int_equal(violations->errors.items[1]->type_id, 3);
	assert_int_equal(violations->errors.items[2]->type_id, 5);
	rebtf_violations_free(violations);
}

static void the_other_byte_order_has_the_same_verdicts(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = build_all_kinds();
	_cleanup_bytes_ struct bytes own = written(btf, 0);
	_cleanup_bytes_ struct bytes other = written(btf,
						     HOST_BIG_ENDIAN ? WRITE_LITTLE : WRITE_BIG);
	_cleanup_free_ char *text = judge(&own, NULL, NULL, false);

	(void)state;
	assert_memory_not_equal(own.data, other.data, 2);
	expect_of(&other, NULL, NULL, false, text, __LINE__);
	other.data[25] ^= 0x80;
	expect_of(&other, NULL, NULL, false, "no string at name offset", __LINE__);
}

static void no_kernel_has_two_byte_orders(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = build_all_kinds(), *base = a_base();
	_cleanup_bytes_ struct bytes other = written(btf,
						     HOST_BIG_ENDIAN ? WRITE_LITTLE : WRITE_BIG);

	(void)state;
	expect_of(&other, base, NULL, true,
		  HOST_BIG_ENDIAN ? "byte order differs from the base (found little-endian)"
				  : "byte order differs from the base (found big-endian)",
		  __LINE__);
}

#define LOC(part, ...) EXPECT("7.4", false, NULL, part, AN_INT, __VA_ARGS__)

/* Only the version that the patches are queued for has them. */
static void locations_are_kinds_since_7_4(void **state)
{
	(void)state;
	LOC(NULL, 0, INFO(LOC_PARAM, 1), 4, 8, 1);
	EXPECT("7.2", false, NULL, "unsupported kind 20 (Linux 7.2.9 expects 1 to 19)", 0,
	       INFO(LOC_PARAM, 1), 4, 8, 1);
	EXPECT(NULL, false, NULL, "Linux 7.2.9 expects", 0, INFO(LOC_PARAM, 1), 4, 8, 1);
	LOC("unsupported kind 23 (Linux 7.4 expects 1 to 22)", 0, 23u << 24, 0);
	LOC("cannot have a name", S_TAG, INFO(LOC_PARAM, 1), 4, 8, 1);
	LOC("cannot have the kind_flag", 0, KIND_FLAG | INFO(LOC_PARAM, 1), 4, 8, 1);
	LOC("invalid flags 0x48 with 1 values", 0, INFO(LOC_PARAM, 1), 4, 0x48, 1);
	LOC("invalid flags 0xa with 1 values", 0, INFO(LOC_PARAM, 1), 4, 0xa, 1);
	LOC("invalid flags 0x8 with 3 values", 0, INFO(LOC_PARAM, 3), 4, 8, 1, 2, 3);
	LOC("invalid flags 0x28 with 1 values", 0, INFO(LOC_PARAM, 1), 4, 0x28, 1);
	LOC("invalid flags 0x0 with 0 values", 0, INFO(LOC_PARAM, 0), 4, 0);
}

static void locations_refer_to_locations_and_functions(void **state)
{
	(void)state;
	LOC(NULL, 0, INFO(LOC_PROTO, 2), 0, 0, 3, 0, INFO(LOC_PARAM, 1), 4, 8, 1);
	LOC("parameter 0: type [1] is not a LOC_PARAM", 0, INFO(LOC_PROTO, 1), 0, 1);
	LOC("parameter 0: type [9] does not exist", 0, INFO(LOC_PROTO, 1), 0, 9);
	LOC(NULL, 0, INFO(FUNC_PROTO, 0), 0, S_TAG, INFO(FUNC, 0), 2, S_BSS, INFO(LOCSEC, 1), 0, 3,
	    0, 8);
	LOC("location 0: type [1] is not a FUNC", S_BSS, INFO(LOCSEC, 1), 0, 1, 0, 8);
	LOC("location 0: type [0] is not a FUNC", S_BSS, INFO(LOCSEC, 1), 0, 0, 0, 8);
	LOC("location 0: type [1] is not a LOC_PROTO", 0, INFO(FUNC_PROTO, 0), 0, S_TAG,
	    INFO(FUNC, 0), 2, S_BSS, INFO(LOCSEC, 1), 0, 3, 1, 8);
	LOC("no name", 0, INFO(LOCSEC, 0), 0);
	LOC("has invalid kind LOC_PARAM", 0, INFO(LOC_PARAM, 1), 4, 8, 1, 0, INFO(FUNC_PROTO, 1), 0,
	    S_TAG, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_header_field_counts),
		cmocka_unit_test(any_number_of_bytes_has_a_verdict),
		cmocka_unit_test(strings_start_and_end_with_nul),
		cmocka_unit_test(split_btf_may_be_empty),
		cmocka_unit_test(kinds_are_1_to_19_and_whole),
		cmocka_unit_test(an_int_has_up_to_128_bits_within_its_bytes),
		cmocka_unit_test(names_are_identifiers_where_there_has_to_be_one),
		cmocka_unit_test(a_name_has_up_to_512_bytes),
		cmocka_unit_test(a_section_s_name_has_up_to_512_bytes),
		cmocka_unit_test(letters_are_those_of_latin_1),
		cmocka_unit_test(sizes_are_powers_of_two),
		cmocka_unit_test(members_are_in_order_and_in_the_struct),
		cmocka_unit_test(bit_fields_are_no_longer_than_their_type),
		cmocka_unit_test(an_enum_has_32_bits_beside_bit_fields),
		cmocka_unit_test(a_float_is_aligned),
		cmocka_unit_test(variables_are_in_order_and_in_their_section),
		cmocka_unit_test(the_end_of_a_variable_wraps),
		cmocka_unit_test(tags_come_first_before_7_2),
		cmocka_unit_test(tags_have_the_kind_flag_since_6_18),
		cmocka_unit_test(sections_have_any_printable_name_since_6_12),
		cmocka_unit_test(vlen_has_24_bits_since_7_2),
		cmocka_unit_test(the_layout_section_is_known_since_7_2),
		cmocka_unit_test(old_kernels_know_fewer_kinds),
		cmocka_unit_test(old_kernels_do_not_resolve_functions),
		cmocka_unit_test(names_have_128_bytes_before_6_1),
		cmocka_unit_test(a_release_has_the_rules_of_its_version),
		cmocka_unit_test(split_btf_is_judged_over_its_base),
		cmocka_unit_test(a_base_may_have_a_base),
		cmocka_unit_test(btf_that_kernels_trust_may_refer_to_anything),
		cmocka_unit_test(all_that_is_wrong_is_found_and_not_what_builds_on_it),
		cmocka_unit_test(the_other_byte_order_has_the_same_verdicts),
		cmocka_unit_test(no_kernel_has_two_byte_orders),
		cmocka_unit_test(locations_are_kinds_since_7_4),
		cmocka_unit_test(locations_refer_to_locations_and_functions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
