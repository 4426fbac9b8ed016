/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Tests of the dump: each kind's line equals that of "bpftool btf dump file FILE format raw".
 * build_test.c compares the types that the builder makes. These tests cover unusual values, long
 * texts and errors of the writer.
 */
#include "btf/build_for_test.h"
#include "util/error.h"

static void encodings_are_named_as_bpftool_does(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = NULL;

	(void)state;
	assert_ok(OPEN_RAW("\0x", NULL, &btf, 1, INFO(INT, 0), 1, 8, 1, INFO(INT, 0), 1,
			   1u << 24 | 8, 1, INFO(INT, 0), 1, 2u << 24 | 8, 1, INFO(INT, 0), 1,
			   4u << 24 | 8, 1, INFO(INT, 0), 1, 3u << 24 | 8, 0, INFO(INT, 0),
			   UINT32_MAX, 0x00ff00ff));
	assert_dump(
		btf,
		"[1] INT 'x' size=1 bits_offset=0 nr_bits=8 encoding=(none)\n"
		"[2] INT 'x' size=1 bits_offset=0 nr_bits=8 encoding=SIGNED\n"
		"[3] INT 'x' size=1 bits_offset=0 nr_bits=8 encoding=CHAR\n"
		"[4] INT 'x' size=1 bits_offset=0 nr_bits=8 encoding=BOOL\n"
		"[5] INT 'x' size=1 bits_offset=0 nr_bits=8 encoding=UNKN\n"
		"[6] INT '(anon)' size=4294967295 bits_offset=255 nr_bits=255 encoding=(none)\n");
}

static void linkages_are_named_as_bpftool_does(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = NULL;

	(void)state;
	assert_ok(OPEN_RAW("\0f", NULL, &btf, 0, INFO(FUNC_PROTO, 0), 0, 1, INFO(FUNC, 0), 1, 1,
			   INFO(FUNC, 1), 1, 1, INFO(FUNC, 2), 1, 1, INFO(FUNC, 3), 1, 1,
			   INFO(VAR, 0), 0, 0, 1, INFO(VAR, 0), 0, 1, 1, INFO(VAR, 0), 0, 2, 1,
			   INFO(VAR, 0), 0, 3));
	assert_dump(btf, "[1] FUNC_PROTO '(anon)' ret_type_id=0 vlen=0\n"
			 "[2] FUNC 'f' type_id=1 linkage=static\n"
			 "[3] FUNC 'f' type_id=1 linkage=global\n"
			 "[4] FUNC 'f' type_id=1 linkage=extern\n"
			 "[5] FUNC 'f' type_id=1 linkage=(unknown)\n"
			 "[6] VAR 'f' type_id=0, linkage=static\n"
			 "[7] VAR 'f' type_id=0, linkage=global\n"
			 "[8] VAR 'f' type_id=0, linkage=extern\n"
			 "[9] VAR 'f' type_id=0, linkage=(unknown)\n");
}

static void values_are_as_signed_as_their_enum(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	struct rebtf_builder *b = build_over(NULL);

	(void)state;
	for (uint32_t kind = REBTF_KIND_ENUM; kind;
	     kind = kind == REBTF_KIND_ENUM ? REBTF_KIND_ENUM64 : 0) {
		for (int is_signed = 0; is_signed < 2; is_signed++) {
			/* An ENUM has room for the low bits. */
			const uint64_t bits = kind == REBTF_KIND_ENUM ? UINT32_MAX : UINT64_MAX;

			rebtf_builder_enum(b, kind, "e", 8,
					   is_signed ? REBTF_SIGNED : REBTF_UNSIGNED);
			rebtf_builder_enumerator(b, "ZERO", 0);
			rebtf_builder_enumerator(b, "ONES", -1);
			rebtf_builder_enumerator(b, "TOP", bits & 0x8000000080000000);
			rebtf_builder_enumerator(b, "MOST", bits & 0x7fffffff7fffffff);
		}
	}
	btf = built(b);
	assert_dump(btf, "[1] ENUM 'e' encoding=UNSIGNED size=8 vlen=4\n"
			 "\t'ZERO' val=0\n"
			 "\t'ONES' val=4294967295\n"
			 "\t'TOP' val=2147483648\n"
			 "\t'MOST' val=2147483647\n"
			 "[2] ENUM 'e' encoding=SIGNED size=8 vlen=4\n"
			 "\t'ZERO' val=0\n"
			 "\t'ONES' val=-1\n"
			 "\t'TOP' val=-2147483648\n"
			 "\t'MOST' val=2147483647\n"
			 "[3] ENUM64 'e' encoding=UNSIGNED size=8 vlen=4\n"
			 "\t'ZERO' val=0ULL\n"
			 "\t'ONES' val=18446744073709551615ULL\n"
			 "\t'TOP' val=9223372039002259456ULL\n"
			 "\t'MOST' val=9223372034707292159ULL\n"
			 "[4] ENUM64 'e' encoding=SIGNED size=8 vlen=4\n"
			 "\t'ZERO' val=0LL\n"
			 "\t'ONES' val=-1LL\n"
			 "\t'TOP' val=-9223372034707292160LL\n"
			 "\t'MOST' val=9223372034707292159LL\n");
}

static void the_kind_flag_splits_member_offsets(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = NULL;

	(void)state;
	assert_ok(OPEN_RAW("\0m", NULL, &btf, 0, INFO(STRUCT, 1), 8, 1, 0, 0x03000011, 0,
			   INFO(STRUCT, 2) | KIND_FLAG, 8, 1, 0, 0x03000011, 0, 0, 0x20, 0,
			   INFO(UNION, 0) | KIND_FLAG, 0));
	assert_dump(btf, "[1] STRUCT '(anon)' size=8 vlen=1\n"
			 "\t'm' type_id=0 bits_offset=50331665\n"
			 "[2] STRUCT '(anon)' size=8 vlen=2\n"
			 "\t'm' type_id=0 bits_offset=17 bitfield_size=3\n"
			 "\t'(anon)' type_id=0 bits_offset=32\n"
			 "[3] UNION '(anon)' size=0 vlen=0\n");
}

static void sections_name_what_they_hold(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = NULL;

	(void)state;
	assert_ok(OPEN_RAW("\0.bss\0v", NULL, &btf, 6, INFO(VAR, 0), 0, 1, 1, INFO(DATASEC, 4), 12,
			   1, 0, 4, 0, 4, 4, 3, 8, 2, 1, 10, 2, 0, INFO(PTR, 0), 0));
	assert_dump(btf, "[1] VAR 'v' type_id=0, linkage=global\n"
			 "[2] DATASEC '.bss' size=12 vlen=4\n"
			 "\ttype_id=1 offset=0 size=4 (VAR 'v')\n"
			 "\ttype_id=0 offset=4 size=4 (UNKNOWN '(anon)')\n"
			 "\ttype_id=3 offset=8 size=2 (PTR '(anon)')\n"
			 "\ttype_id=1 offset=10 size=2 (VAR 'v')\n"
			 "[3] PTR '(anon)' type_id=0\n");
}

static void an_empty_name_is_not_an_absent_one(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = NULL;

	(void)state;
	assert_ok(OPEN_RAW("\0x", NULL, &btf, 2, INFO(FWD, 0), 0, 0, INFO(FWD, 0) | KIND_FLAG, 0));
	assert_dump(btf, "[1] FWD '' fwd_kind=struct\n"
			 "[2] FWD '(anon)' fwd_kind=union\n");
}

static void an_unknown_kind_is_a_line_too(void **state)
{
	static const uint32_t types[] = { 1, 23u << 24 | 1, 0, 7, 0, INFO(PTR, 0), 1 };
	struct layout_entry layout[24] = {};
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	_cleanup_bytes_ struct bytes bytes = { 0 };

	(void)state;
	for (uint32_t kind = 0; kind < REBTF_KNOWN_KINDS; kind++)
		layout[kind] = (struct layout_entry){ kind_layout(kind)->info_size,
						      kind_layout(kind)->elem_size, 0 };
	layout[23].elem_size = 4;
	bytes = raw_bytes(types, sizeof(types), layout, sizeof(layout), "\0new", 5);
	assert_ok(open_bytes(&bytes, NULL, &btf));
	assert_dump(btf, "[1] UNKNOWN 'new'\n"
			 "[2] PTR '(anon)' type_id=1\n");
}

static void a_split_shows_its_own_types_alone(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = build_int(), *split = NULL;
	struct rebtf_builder *b = build_over(base);

	(void)state;
	rebtf_builder_typedef(b, "int", 1);
	split = built(b);
	assert_dump(split, "[2] TYPEDEF 'int' type_id=1\n");
}

/*
 * Names of all lengths around the size of a block, so that a block ends at every position of a
 * line.
 */
static void long_texts_come_in_blocks(void **state)
{
	struct rebtf_builder *b = build_over(NULL);
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	_cleanup_free_ char *text = NULL;
	struct buffer want = {};
	char name[4096] = {}, line[4200];

	(void)state;
	for (uint32_t i = 0; i < 400; i++) {
		size_t length = (i * 37) % 4000;

		memset(name, 'a' + i % 26, sizeof(name));
		name[length] = '\0';
		rebtf_builder_fwd(b, REBTF_KIND_STRUCT, name);
		snprintf(line, sizeof(line), "[%u] FWD '%s' fwd_kind=struct\n", i + 1,
			 length ? name : "(anon)");
		buffer_append(&want, line, strlen(line));
	}
	buffer_append(&want, "", 1);
	btf = built(b);
	text = dump_text(btf);
	assert_true(want.size > 10 * 65536);
	assert_int_equal(strlen(text), want.size - 1);
	assert_memory_equal(text, want.data, want.size);
	buffer_release(&want);
}

static struct rebtf_error *refuse(void *arg, const char *text, size_t size)
{
	int *calls = arg;

	(void)text, (void)size;
	return ++*calls == 2 ? error_new(REBTF_ERR_IO, "disk full") : NULL;
}

static void the_first_error_of_the_writer_ends_it(void **state)
{
	struct rebtf_builder *b = build_over(NULL);
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	int calls = 0;

	(void)state;
	for (int i = 0; i < 10000; i++)
		rebtf_builder_ref(b, REBTF_KIND_PTR, 0);
	btf = built(b);
	assert_fails(rebtf_btf_dump(btf, refuse, &calls), REBTF_ERR_IO, "disk full");
	assert_int_equal(calls, 2);
}

static void control_characters_in_names_are_escaped(void **state)
{
	static char name[4097] = "", expected[20 * (4 * sizeof(name) + 32)];
	uint32_t words[20][3];
	_cleanup_unref_ struct rebtf_btf *base = NULL, *btf = NULL, *large = NULL;
	char *at = expected;

	(void)state;
	assert_ok(OPEN_RAW("\0a\x1b[2Jb\xc2\x9b\xc3\xa9", NULL, &base, 1, INFO(FWD, 0), 0));
	assert_dump(base, "[1] FWD 'a\\x1b[2Jb\\xc2\\x9b\xc3\xa9' fwd_kind=struct\n");
	/* A name that is only in the base. */
	assert_ok(OPEN_RAW("\0", base, &btf, 1, INFO(FWD, 0), 0));
	assert_dump(btf, "[2] FWD 'a\\x1b[2Jb\\xc2\\x9b\xc3\xa9' fwd_kind=struct\n");

	/* Names of the maximum length, and more text than a block holds. */
	memset(name + 1, '\x9b', sizeof(name) - 2);
	for (int i = 0; i < 20; i++) {
		memcpy(words[i], (uint32_t[]){ 1, INFO(FWD, 0), 0 }, sizeof(words[i]));
		at += sprintf(at, "[%d] FWD '", i + 1);
		for (size_t j = 0; j < sizeof(name) - 2; j++)
			at = stpcpy(at, "\\x9b");
		at = stpcpy(at, "' fwd_kind=struct\n");
	}
	assert_ok(open_raw(words[0], sizeof(words), name, sizeof(name), NULL, &large));
	assert_dump(large, expected);
}

/* The expected text is that of the kernel's selftest "loc_dump" of bpftool. */
static void locations_are_spelled_as_bpftool_does(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = build_locations();

	(void)state;
	assert_dump(btf,
		    "[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n"
		    "[2] FUNC_PROTO '(anon)' ret_type_id=1 vlen=5\n"
		    "\t'arg1' type_id=1\n"
		    "\t'arg2' type_id=1\n"
		    "\t'arg3' type_id=1\n"
		    "\t'arg4' type_id=1\n"
		    "\t'arg5' type_id=1\n"
		    "[3] FUNC 'foo' type_id=2 linkage=static\n"
		    "[4] LOC_PARAM '(anon)' size=4 flags=0x8 vlen=1 values='reg1'\n"
		    "[5] LOC_PARAM '(anon)' size=8 flags=0x38 vlen=2 values='*(reg2 + 0x10)'\n"
		    "[6] LOC_PARAM '(anon)' size=8 flags=0x29 vlen=2 values='fbreg - 0x10'\n"
		    "[7] LOC_PARAM '(anon)' size=8 flags=0x6 vlen=2 "
		    "values='0x123456789abcdef0 (addr)'\n"
		    "[8] LOC_PARAM '(anon)' size=8 flags=0x2 vlen=2 values='0xdeadbeeffeedface'\n"
		    "[9] LOC_PARAM '(anon)' size=8 flags=0x39 vlen=2 values='*(fbreg - 0x20)'\n"
		    "[10] LOC_PROTO '(anon)' vlen=6\n"
		    "\ttype_id=4 value='reg1'\n"
		    "\ttype_id=5 value='*(reg2 + 0x10)'\n"
		    "\ttype_id=6 value='fbreg - 0x10'\n"
		    "\ttype_id=7 value='0x123456789abcdef0 (addr)'\n"
		    "\ttype_id=8 value='0xdeadbeeffeedface'\n"
		    "\ttype_id=9 value='*(fbreg - 0x20)'\n"
		    "[11] LOCSEC 'inline.text' vlen=1\n"
		    "\tname='foo' func_type_id=3 loc_proto_type_id=10 offset=64\n");
}

/* References of a hostile file lead to types of other kinds. */
static void locations_of_other_kinds_are_spelled(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = NULL;

	(void)state;
	assert_ok(OPEN_RAW("", NULL, &btf, 0, INFO(LOC_PROTO, 2), 0, 0, 1, 0, INFO(LOCSEC, 1), 0, 1,
			   2, 3, 0, INFO(LOC_PARAM, 0), 0, 9, 0, INFO(LOC_PARAM, 4), 0, 0x3f, 1, 2,
			   3, 4, 0, INFO(LOC_PARAM, 2), 16, 8, 0, 1, 0, INFO(LOC_PARAM, 1), 4, 3,
			   0xfffffffe, 0, INFO(LOC_PARAM, 1), 4, 3, 0, 0, INFO(LOC_PARAM, 2), 8,
			   0x29, 5, 0));
	assert_dump(btf,
		    "[1] LOC_PROTO '(anon)' vlen=2\n"
		    "\ttype_id=0\n"
		    "\ttype_id=1\n"
		    "[2] LOCSEC '(anon)' vlen=1\n"
		    "\tname='(anon)' func_type_id=1 loc_proto_type_id=2 offset=3\n"
		    "[3] LOC_PARAM '(anon)' size=0 flags=0x9 vlen=0 values=''\n"
		    "[4] LOC_PARAM '(anon)' size=0 flags=0x3f vlen=4 values='0x1 0x2 0x3 ...'\n"
		    "[5] LOC_PARAM '(anon)' size=16 flags=0x8 vlen=2 values='reg0, reg1'\n"
		    "[6] LOC_PARAM '(anon)' size=4 flags=0x3 vlen=1 values='-0x2'\n"
		    "[7] LOC_PARAM '(anon)' size=4 flags=0x3 vlen=1 values='0x0'\n"
		    "[8] LOC_PARAM '(anon)' size=8 flags=0x29 vlen=2 values='reg5 + 0x0'\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(encodings_are_named_as_bpftool_does),
		cmocka_unit_test(linkages_are_named_as_bpftool_does),
		cmocka_unit_test(values_are_as_signed_as_their_enum),
		cmocka_unit_test(the_kind_flag_splits_member_offsets),
		cmocka_unit_test(sections_name_what_they_hold),
		cmocka_unit_test(an_empty_name_is_not_an_absent_one),
		cmocka_unit_test(an_unknown_kind_is_a_line_too),
		cmocka_unit_test(a_split_shows_its_own_types_alone),
		cmocka_unit_test(long_texts_come_in_blocks),
		cmocka_unit_test(control_characters_in_names_are_escaped),
		cmocka_unit_test(the_first_error_of_the_writer_ends_it),
		cmocka_unit_test(locations_are_spelled_as_bpftool_does),
		cmocka_unit_test(locations_of_other_kinds_are_spelled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
