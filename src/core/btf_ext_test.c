/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Tests of .BTF.ext: both byte orders, each number wrong in turn, and damage at every offset. */
#include "btf/build.h"
#include "btf/build_for_test.h"
#include "core/btf_ext.h"

/* The words after the first four bytes, in host byte order. */
enum {
	HEADER_SIZE_WORD,
	FUNC_OFF,
	FUNC_LEN,
	LINE_OFF,
	LINE_LEN,
	RELO_OFF,
	RELO_LEN,
	FUNC_RECORD_SIZE,
	FUNC_SECTION,
	FUNC_COUNT,
	FUNC_INSN,
	FUNC_TYPE,
	LINE_RECORD_SIZE,
	LINE_SECTION,
	LINE_COUNT,
	LINE_INSN,
	LINE_FILE,
	LINE_TEXT,
	LINE_COL,
	RELO_RECORD_SIZE,
	RELO_SECTION,
	RELO_COUNT,
	RELO_INSN,
	RELO_TYPE,
	RELO_ACCESS,
	RELO_KIND,
	RELO_MORE, /* a word that this library does not know */
	WORDS,
};

/* [1] INT int, [2] FUNC_PROTO, [3] FUNC f, and the strings that records refer to. */
static struct rebtf_btf *program_btf(uint32_t *section, uint32_t *access)
{
	struct rebtf_builder *b = build_over(NULL);
	uint32_t proto;

	add_int(b);
	proto = rebtf_builder_func_proto(b, 1);
	rebtf_builder_func(b, "f", REBTF_LINKAGE_GLOBAL, proto);
	*section = rebtf_builder_string(b, "kprobe/f");
	*access = rebtf_builder_string(b, "0:1");
	return built(b);
}

struct sample {
	struct rebtf_btf *btf;
	uint32_t section, access;
	uint8_t bytes[4 + 4 * WORDS];
};

static uint32_t *sample_word(struct sample *s, int word)
{
	return (uint32_t *)(s->bytes + 4 + 4 * word);
}

static struct sample sample_new(void)
{
	struct sample s = {};
	uint16_t magic = 0xeb9f;

	s.btf = program_btf(&s.section, &s.access);
	memcpy(s.bytes, &magic, 2);
	s.bytes[2] = 1;
	*sample_word(&s, HEADER_SIZE_WORD) = 4 + 4 * FUNC_RECORD_SIZE;
	*sample_word(&s, FUNC_LEN) = 4 * (LINE_RECORD_SIZE - FUNC_RECORD_SIZE);
	*sample_word(&s, LINE_OFF) = *sample_word(&s, FUNC_LEN);
	*sample_word(&s, LINE_LEN) = 4 * (RELO_RECORD_SIZE - LINE_RECORD_SIZE);
	*sample_word(&s, RELO_OFF) = *sample_word(&s, LINE_OFF) + *sample_word(&s, LINE_LEN);
	*sample_word(&s, RELO_LEN) = 4 * (WORDS - RELO_RECORD_SIZE);
	*sample_word(&s, FUNC_RECORD_SIZE) = 8;
	*sample_word(&s, LINE_RECORD_SIZE) = 16;
	*sample_word(&s, RELO_RECORD_SIZE) = 20;
	*sample_word(&s, FUNC_COUNT) = 1;
	*sample_word(&s, LINE_COUNT) = 1;
	*sample_word(&s, RELO_COUNT) = 1;
	*sample_word(&s, FUNC_SECTION) = s.section;
	*sample_word(&s, LINE_SECTION) = s.section;
	*sample_word(&s, RELO_SECTION) = s.section;
	*sample_word(&s, FUNC_TYPE) = 3;
	*sample_word(&s, LINE_COL) = 7 << 10 | 5;
	*sample_word(&s, RELO_INSN) = 8;
	*sample_word(&s, RELO_TYPE) = 1;
	*sample_word(&s, RELO_ACCESS) = s.access;
	*sample_word(&s, RELO_KIND) = 2;
	*sample_word(&s, RELO_MORE) = 0x12345678;
	return s;
}

#define _cleanup_sample_ _cleanup_(sample_release)

static void sample_release(struct sample *s)
{
	rebtf_btf_unref(s->btf);
}

static struct rebtf_error *read_sample(const struct sample *s)
{
	struct btf_ext ext;
	struct rebtf_error *err = btf_ext_read(s->bytes, sizeof(s->bytes), s->btf, &ext);

	btf_ext_release(&ext);
	return err;
}

static void assert_records(const struct btf_ext *ext, const struct sample *s)
{
	const struct btf_ext_list *list = &ext->parts[BTF_EXT_RELOS].lists.items[0];
	const struct btf_ext_relo *relo = btf_ext_record(ext, BTF_EXT_RELOS, list, 0);
	const struct btf_ext_func *func;
	const struct btf_ext_line *line;

	assert_int_equal(list->name_off, s->section);
	assert_int_equal(list->count, 1);
	assert_int_equal(relo->insn_off, 8);
	assert_int_equal(relo->access_off, s->access);
	assert_int_equal(relo->kind, 2);
	func = btf_ext_record(ext, BTF_EXT_FUNCS, &ext->parts[BTF_EXT_FUNCS].lists.items[0], 0);
	assert_int_equal(func->type_id, 3);
	line = btf_ext_record(ext, BTF_EXT_LINES, &ext->parts[BTF_EXT_LINES].lists.items[0], 0);
	assert_int_equal(line->line_col >> 10, 7);
}

static void records_are_read_and_written_in_both_byte_orders(void **state)
{
	_cleanup_sample_ struct sample s = sample_new();
	_cleanup_bytes_ struct bytes other = written(s.btf,
						     HOST_BIG_ENDIAN ? WRITE_LITTLE : WRITE_BIG);
	_cleanup_unref_ struct rebtf_btf *swapped_btf = NULL;
	struct btf_ext ext, swapped;
	void *same, *data;

	(void)state;
	assert_ok(btf_ext_read(s.bytes, sizeof(s.bytes), s.btf, &ext));
	assert_records(&ext, &s);
	assert_ok(btf_ext_write(&ext, HOST_BIG_ENDIAN, &same));
	assert_memory_equal(same, s.bytes, sizeof(s.bytes));

	assert_ok(btf_ext_write(&ext, !HOST_BIG_ENDIAN, &data));
	assert_int_equal(((uint8_t *)data)[0], ((uint8_t *)same)[1]);
	assert_int_equal(((uint8_t *)data)[2], 1);
	assert_ok(open_bytes(&other, NULL, &swapped_btf));
	assert_ok(btf_ext_read(data, sizeof(s.bytes), swapped_btf, &swapped));
	assert_records(&swapped, &s);
	free(data);
	free(same);
	assert_ok(btf_ext_write(&swapped, HOST_BIG_ENDIAN, &same));
	assert_memory_equal(same, s.bytes, sizeof(s.bytes));
	free(same);
	btf_ext_release(&ext);
	btf_ext_release(&swapped);
}

static void each_number_is_checked(void **state)
{
	static const struct {
		int word;
		uint32_t value;
		const char *part;
	} cases[] = {
		{ HEADER_SIZE_WORD, 20,
		  "invalid header size (found 20, the section has 112 bytes)" },
		{ HEADER_SIZE_WORD, 1000, "invalid header size (found 1000" },
		{ HEADER_SIZE_WORD, 34, "invalid header size (found 34" },
		{ FUNC_OFF, 1000,
		  "functions: 20 bytes at offset 1032 exceed the section (112 bytes)" },
		{ FUNC_OFF, UINT32_MAX - 3, "exceed the section" },
		{ FUNC_OFF, 2, "not multiples of 4 (found 34 and 20)" },
		{ LINE_LEN, 26, "lines: offset and size are not multiples of 4 (found 52 and 26)" },
		{ RELO_LEN, UINT32_MAX,
		  "CO-RE relocations: 4294967295 bytes at offset 80 exceed the section (112 bytes)" },
		{ RELO_LEN, 4, "no records" },
		{ RELO_LEN, 8, "truncated list" },
		{ RELO_LEN, 12, "1 records of 20 bytes for section 'kprobe/f' exceed the part" },
		{ RELO_LEN, 28, "1 records of 20 bytes for section 'kprobe/f' exceed the part" },
		{ FUNC_RECORD_SIZE, 4,
		  "functions: invalid size of a record (found 4, expected 8 or more)" },
		{ LINE_RECORD_SIZE, 0,
		  "lines: invalid size of a record (found 0, expected 16 or more)" },
		{ RELO_RECORD_SIZE, 18,
		  "invalid size of a record (found 18, expected 16 or more)" },
		{ FUNC_COUNT, 0, "list without records" },
		{ RELO_COUNT, UINT32_MAX, "4294967295 records of 20 bytes" },
		{ FUNC_SECTION, 1000, "functions: string offset 1000 is out of range" },
		{ LINE_FILE, 1000, "lines: string offset 1000" },
		{ LINE_TEXT, 1001, "lines: string offset 1001" },
		{ RELO_ACCESS, 1002, "CO-RE relocations: string offset 1002" },
		{ RELO_TYPE, 4, "CO-RE relocations: type [4] does not exist" },
		{ FUNC_TYPE, 4, "functions: type [4] does not exist" },
		{ FUNC_TYPE, 2, "functions: type [2] is not a FUNC" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		_cleanup_sample_ struct sample s = sample_new();

		assert_ok(read_sample(&s));
		*sample_word(&s, cases[i].word) = cases[i].value;
		assert_fails(read_sample(&s), REBTF_ERR_FORMAT, cases[i].part);
	}
}

static void each_byte_of_the_start_is_checked(void **state)
{
	_cleanup_sample_ struct sample s = sample_new();
	struct btf_ext ext;

	(void)state;
	s.bytes[0] ^= 1;
	assert_fails(read_sample(&s), REBTF_ERR_FORMAT,
		     HOST_BIG_ENDIAN ? "invalid magic number (found 0x9fea, expected 0xeb9f)"
				     : "invalid magic number (found 0xeb9e, expected 0xeb9f)");
	s.bytes[0] ^= 1;
	s.bytes[2] = 2;
	assert_fails(read_sample(&s), REBTF_ERR_FORMAT, "unsupported version 2 (expected 1)");
	s.bytes[2] = 1;
	s.bytes[3] = 4;
	assert_fails(read_sample(&s), REBTF_ERR_FORMAT, "unsupported flags 0x4");
	s.bytes[3] = 0;
	assert_fails(btf_ext_read(s.bytes, 23, s.btf, &ext), REBTF_ERR_FORMAT,
		     "truncated header (found 23 bytes, expected 24 or more)");
	btf_ext_release(&ext);
	assert_fails(btf_ext_read(NULL, 0, s.btf, &ext), REBTF_ERR_FORMAT,
		     "truncated header (found 0 bytes, expected 24 or more)");
	btf_ext_release(&ext);
}

static void the_byte_order_is_that_of_the_btf(void **state)
{
	_cleanup_sample_ struct sample s = sample_new();
	struct btf_ext ext, swapped;
	void *data;

	(void)state;
	assert_ok(btf_ext_read(s.bytes, sizeof(s.bytes), s.btf, &ext));
	assert_ok(btf_ext_write(&ext, !HOST_BIG_ENDIAN, &data));
	assert_fails(btf_ext_read(data, sizeof(s.bytes), s.btf, &swapped), REBTF_ERR_FORMAT,
		     "its byte order is not that of .BTF");
	btf_ext_release(&swapped);
	btf_ext_release(&ext);
	free(data);
}

static void headers_without_relocations_are_read(void **state)
{
	_cleanup_sample_ struct sample s = sample_new();
	struct btf_ext ext;

	(void)state;
	*sample_word(&s, HEADER_SIZE_WORD) = 24;
	*sample_word(&s, FUNC_OFF) += 8;
	*sample_word(&s, LINE_OFF) += 8;
	assert_ok(btf_ext_read(s.bytes, sizeof(s.bytes), s.btf, &ext));
	assert_int_equal(ext.parts[BTF_EXT_LINES].lists.count, 1);
	assert_int_equal(ext.parts[BTF_EXT_RELOS].lists.count, 0);
	btf_ext_release(&ext);
}

static void damage_at_every_offset_is_harmless(void **state)
{
	_cleanup_sample_ struct sample s = sample_new();

	(void)state;
	for (size_t i = 0; i < sizeof(s.bytes) * 8; i++) {
		s.bytes[i / 8] ^= 1 << i % 8;
		rebtf_error_free(read_sample(&s));
		s.bytes[i / 8] ^= 1 << i % 8;
	}
	for (size_t size = 0; size < sizeof(s.bytes); size++) {
		struct btf_ext ext;

		rebtf_error_free(btf_ext_read(s.bytes, size, s.btf, &ext));
		btf_ext_release(&ext);
	}
	assert_ok(read_sample(&s));
}

/* Deduplicates the sample's BTF, and renews its section. Then @s has the results. */
static struct rebtf_error *renew_sample(struct sample *s)
{
	struct rebtf_btf *old = s->btf, *new = NULL;
	struct rebtf_builder strings;
	struct rebtf_dedup *dedup;
	struct rebtf_error *err;
	struct btf_ext ext;
	void *data;

	assert_ok(rebtf_dedup(old, NULL, &dedup));
	assert_ok(btf_ext_read(s->bytes, sizeof(s->bytes), old, &ext));
	builder_start_like(&strings, NULL, rebtf_dedup_btf(dedup), "test");
	builder_keep_own(&strings, rebtf_dedup_btf(dedup));
	err = btf_ext_renew(&ext, old, dedup, &strings, &data);
	if (!err) {
		assert_ok(builder_assemble(&strings, &new));
		memcpy(s->bytes, data, sizeof(s->bytes));
		free(data);
		s->btf = new;
		rebtf_btf_unref(old);
	}
	builder_release(&strings);
	btf_ext_release(&ext);
	rebtf_dedup_free(dedup);
	return err;
}

/* A sample with known fields only. Its relocation starts at [4], which deduplication changes. */
static struct sample twin_sample(void (*add)(struct rebtf_builder *b))
{
	struct sample s = sample_new();
	struct rebtf_builder *b = build_over(NULL);

	*sample_word(&s, RELO_RECORD_SIZE) = 16;
	*sample_word(&s, RELO_LEN) -= 4;
	rebtf_btf_unref(s.btf);
	add_int(b);
	rebtf_builder_func(b, "f", REBTF_LINKAGE_GLOBAL, 3);
	rebtf_builder_func_proto(b, 1);
	add(b);
	*sample_word(&s, FUNC_TYPE) = 2;
	*sample_word(&s, RELO_TYPE) = 4;
	*sample_word(&s, RELO_SECTION) = *sample_word(&s, FUNC_SECTION) =
		*sample_word(&s, LINE_SECTION) = rebtf_builder_string(b, "kprobe/f");
	*sample_word(&s, RELO_ACCESS) = rebtf_builder_string(b, "0:1");
	*sample_word(&s, LINE_TEXT) = rebtf_builder_string(b, "return 0;");
	s.btf = built(b);
	return s;
}

static void add_equal_int(struct rebtf_builder *b)
{
	add_int(b);
}

static void renewed_records_have_new_ids_and_strings(void **state)
{
	_cleanup_sample_ struct sample s = twin_sample(add_equal_int);
	const struct btf_ext_relo *relo;
	const struct btf_ext_line *line;
	struct btf_ext ext;

	(void)state;
	assert_ok(renew_sample(&s));
	assert_int_equal(rebtf_btf_type_count(s.btf), 4);
	assert_ok(btf_ext_read(s.bytes, sizeof(s.bytes), s.btf, &ext));
	for (enum btf_ext_part part = 0; part < BTF_EXT_PARTS; part++)
		assert_string_equal(btf_string(s.btf, ext.parts[part].lists.items[0].name_off),
				    "kprobe/f");
	relo = btf_ext_record(&ext, BTF_EXT_RELOS, &ext.parts[BTF_EXT_RELOS].lists.items[0], 0);
	assert_int_equal(relo->type_id, 1);
	assert_int_equal(relo->kind, 2);
	assert_string_equal(btf_string(s.btf, relo->access_off), "0:1");
	line = btf_ext_record(&ext, BTF_EXT_LINES, &ext.parts[BTF_EXT_LINES].lists.items[0], 0);
	assert_string_equal(btf_string(s.btf, line->text_off), "return 0;");
	assert_int_equal(line->line_col, 7 << 10 | 5);
	btf_ext_release(&ext);
}

static void unknown_fields_are_not_renewed(void **state)
{
	_cleanup_sample_ struct sample s = sample_new();

	(void)state;
	assert_fails(
		renew_sample(&s), REBTF_ERR_UNSUPPORTED,
		"CO-RE relocations have unknown fields (found records of 20 bytes, expected 16)");
}

/* A header with a word more than this library knows. It could be the offset of a part. */
static void unknown_words_of_the_header_are_renewed_only_if_they_are_zero(void **state)
{
	_cleanup_sample_ struct sample s = twin_sample(add_equal_int);

	(void)state;
	/* Instead of functions: their first word is now the header's last. */
	*sample_word(&s, HEADER_SIZE_WORD) += 4;
	*sample_word(&s, FUNC_LEN) = 0;
	*sample_word(&s, LINE_OFF) -= 4;
	*sample_word(&s, RELO_OFF) -= 4;
	assert_fails(renew_sample(&s), REBTF_ERR_UNSUPPORTED,
		     "cannot renew ids: the header has unknown parts (36 bytes)");
	*sample_word(&s, FUNC_RECORD_SIZE) = 0;
	assert_ok(renew_sample(&s));
}

static void add_declared_and_defined(struct rebtf_builder *b)
{
	rebtf_builder_fwd(b, REBTF_KIND_STRUCT, "s");
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "s", 4);
}

static void relocations_of_a_declaration_that_is_resolved_are_refused(void **state)
{
	_cleanup_sample_ struct sample s = twin_sample(add_declared_and_defined);

	(void)state;
	assert_fails(renew_sample(&s), REBTF_ERR_UNSUPPORTED, "type [4] FWD 's' becomes a STRUCT");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_are_read_and_written_in_both_byte_orders),
		cmocka_unit_test(each_number_is_checked),
		cmocka_unit_test(each_byte_of_the_start_is_checked),
		cmocka_unit_test(the_byte_order_is_that_of_the_btf),
		cmocka_unit_test(headers_without_relocations_are_read),
		cmocka_unit_test(damage_at_every_offset_is_harmless),
		cmocka_unit_test(renewed_records_have_new_ids_and_strings),
		cmocka_unit_test(unknown_fields_are_not_renewed),
		cmocka_unit_test(unknown_words_of_the_header_are_renewed_only_if_they_are_zero),
		cmocka_unit_test(relocations_of_a_declaration_that_is_resolved_are_refused),
	};

	return cmocka_run_group_tests_name("btf_ext", tests, NULL, NULL);
}
