/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Tests of how a module's BTF is read: every row of the decision, true and forged notes, the user's
 * choice, and the bases that a module with a note may be opened over.
 */
#include "btf/header.h"
#include "module/module.h"
#include "module/note.h"
#include "module/module_for_test.h"

/* ---------------------------------------------------------------------------- without a note */

/*
 * BTF for the rows of the decision. In make_pair()'s base strings start at 1, 5, 12 and 15, so only
 * BTF with names at these offsets makes sense over it.
 */
static struct rebtf_btf *make_lonely(const char *name, bool has_int)
{
	struct rebtf_builder *b;
	struct rebtf_btf *btf;
	uint32_t member;

	assert_ok(rebtf_builder_new(NULL, &b));
	member = has_int ? rebtf_builder_int(b, "int", 4, REBTF_INT_SIGNED, 32)
			 : rebtf_builder_ref(b, REBTF_KIND_PTR, 0);
	if (name) {
		rebtf_builder_struct(b, REBTF_KIND_STRUCT, name, 8);
		rebtf_builder_member(b, NULL, member, 0, 0);
		/* The offsets of later names depend on the length of the first one. */
		rebtf_builder_struct(b, REBTF_KIND_STRUCT, "x", 8);
		rebtf_builder_member(b, NULL, member, 0, 0);
	}
	assert_ok(rebtf_builder_finish(b, &btf));
	return btf;
}

static void write_btf(const char *path, const struct rebtf_btf *btf)
{
	_cleanup_free_ void *bytes = NULL;
	size_t size;

	assert_ok(rebtf_btf_write(btf, NULL, &bytes, &size));
	write_bytes(path, bytes, size);
}

/* Checks the form of @btf as a file without a note, and that it opens in that form. */
static void assert_read_as(const struct rebtf_btf *btf, struct rebtf_btf *base,
			   enum rebtf_form want)
{
	_cleanup_scratch_ char *dir = scratch_new();
	const char *path = scratch_path(dir, "x.btf");
	_cleanup_module_ struct rebtf_module *module = NULL;
	_cleanup_unref_ struct rebtf_btf *read = NULL;
	enum rebtf_form form;

	write_btf(path, btf);
	module = opened(path);
	assert_ok(rebtf_module_form(module, base, &form));
	assert_string_equal(rebtf_form_name(form), rebtf_form_name(want));
	if (form == REBTF_FORM_SPLIT && !base)
		return;
	assert_ok(rebtf_module_btf(module, base, &read));
	assert_ptr_equal(rebtf_btf_base(read), form == REBTF_FORM_SPLIT ? base : NULL);
}

/* Checks that the form is ambiguous without the user's choice. */
static void assert_unclear(const struct rebtf_btf *btf, struct rebtf_btf *base, const char *part,
			   bool can_be_split)
{
	_cleanup_scratch_ char *dir = scratch_new();
	const char *path = scratch_path(dir, "x.btf");
	_cleanup_module_ struct rebtf_module *module = NULL;
	_cleanup_unref_ struct rebtf_btf *alone = NULL;
	_cleanup_unref_ struct rebtf_btf *split = NULL;
	struct rebtf_btf *none;
	enum rebtf_form form;

	write_btf(path, btf);
	module = opened(path);
	assert_fails(rebtf_module_form(module, base, &form), REBTF_ERR_AMBIGUOUS, part);
	assert_fails(rebtf_module_btf(module, base, &none), REBTF_ERR_AMBIGUOUS, part);

	module->reading = REBTF_READING_STANDALONE;
	assert_ok(rebtf_module_form(module, base, &form));
	assert_int_equal(form, REBTF_FORM_STANDALONE);
	assert_ok(rebtf_module_btf(module, base, &alone));
	assert_null(rebtf_btf_base(alone));
	if (!base)
		return;
	module->reading = REBTF_READING_SPLIT;
	assert_ok(rebtf_module_form(module, base, &form));
	assert_int_equal(form, REBTF_FORM_SPLIT);
	if (!can_be_split) {
		assert_fails(rebtf_module_btf(module, base, &none), REBTF_ERR_WRONG_BASE, "");
		return;
	}
	assert_ok(rebtf_module_btf(module, base, &split));
	assert_ptr_equal(rebtf_btf_base(split), base);
}

static void what_refers_out_of_itself_is_split(void **state)
{
	_cleanup_pair_ struct pair pair;

	(void)state;
	make_pair(&pair);
	assert_read_as(pair.split, NULL, REBTF_FORM_SPLIT);
	assert_read_as(pair.split, pair.base, REBTF_FORM_SPLIT);
}

static void what_has_int_and_refers_to_itself_alone_is_standalone(void **state)
{
	/* "x" is at 10, inside "device". */
	_cleanup_unref_ struct rebtf_btf *btf = make_lonely("long", true);
	_cleanup_pair_ struct pair pair;

	(void)state;
	make_pair(&pair);
	assert_read_as(btf, NULL, REBTF_FORM_STANDALONE);
	assert_read_as(btf, pair.base, REBTF_FORM_STANDALONE);
}

static void what_can_be_both_has_to_be_said(void **state)
{
	/* "x" is at 12, the offset of "id" in the base. */
	_cleanup_unref_ struct rebtf_btf *btf = make_lonely("driver", true);
	_cleanup_unref_ struct rebtf_btf *only_int = make_lonely(NULL, true);
	_cleanup_pair_ struct pair pair;

	(void)state;
	make_pair(&pair);
	assert_read_as(btf, NULL, REBTF_FORM_STANDALONE);
	assert_unclear(btf, pair.base, "as standalone and as split", true);
	assert_unclear(only_int, pair.base, "as standalone and as split", true);
}

static void without_int_sense_over_the_base_decides(void **state)
{
	/* "x" is at 5 in the first, the offset of "device" in the base, and at 6 in the second. */
	_cleanup_unref_ struct rebtf_btf *sense = make_lonely("abc", false);
	_cleanup_unref_ struct rebtf_btf *nonsense = make_lonely("abcd", false);
	_cleanup_pair_ struct pair pair;

	(void)state;
	make_pair(&pair);
	assert_read_as(sense, pair.base, REBTF_FORM_SPLIT);
	assert_unclear(sense, NULL, "no INT 'int'", true);
	assert_unclear(nonsense, NULL, "no INT 'int'", false);
	assert_unclear(nonsense, pair.base, "not split from this base", false);
}

static void a_distilled_base_is_standalone_without_int(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	struct rebtf_builder *b;

	(void)state;
	assert_ok(rebtf_builder_new(NULL, &b));
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "device", 8);
	assert_ok(rebtf_builder_finish(b, &btf));
	assert_read_as(btf, NULL, REBTF_FORM_STANDALONE);
}

static void a_base_is_not_split_from_itself(void **state)
{
	_cleanup_pair_ struct pair pair;

	(void)state;
	make_pair(&pair);
	assert_read_as(pair.base, pair.base, REBTF_FORM_STANDALONE);
}

/* Writes raw BTF of these words, with these strings. */
static void write_words(const char *path, const char *strings, size_t strings_size,
			const uint32_t *words, size_t size)
{
	uint8_t file[512];
	size_t header = header_write(file, 0, HOST_BIG_ENDIAN, size, 0, strings_size);

	assert_in_range(header + size + strings_size, 0, sizeof(file));
	memcpy(file + header, words, size);
	memcpy(file + header + size, strings, strings_size);
	write_bytes(path, file, header + size + strings_size);
}

#define KIND(kind) ((uint32_t)REBTF_KIND_##kind << 24)

static const struct {
	const char *strings;
	size_t strings_size;
	uint32_t words[24];
	size_t count;
	const char *problem;
	bool split_over_base; /* if a base is named: its strings permit it */
} broken_ones[] = {
	/* A type, or a name, that is out of range. */
	{ "\0int", 5, { 1, KIND(INT), 4, 32, 0, KIND(PTR), 99 }, 7, "invalid type id 99", false },
	{ "\0int",
	  5,
	  { 1, KIND(INT), 4, 32, 99, KIND(FWD), 0 },
	  7,
	  "invalid string offset 99",
	  false },
	/* A cycle of two arrays without names. */
	{ "",
	  1,
	  { 0, KIND(INT), 4, 32, 0, KIND(ARRAY), 0, 3, 1, 1, 0, KIND(ARRAY), 0, 2, 1, 1 },
	  16,
	  "contains itself",
	  false },
	/* No empty string. */
	{ "int", 4, { 1, KIND(INT), 4, 32 }, 4, "does not start with an empty string", true },
};

static void broken_btf_is_not_taken_for_split(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	const char *path = scratch_path(dir, "x.btf");
	_cleanup_pair_ struct pair pair;

	(void)state;
	make_pair(&pair);
	for (size_t i = 0; i < sizeof(broken_ones) / sizeof(*broken_ones); i++) {
		_cleanup_module_ struct rebtf_module *module = NULL;
		struct rebtf_btf *btf;
		enum rebtf_form form;

		write_words(path, broken_ones[i].strings, broken_ones[i].strings_size,
			    broken_ones[i].words, broken_ones[i].count * sizeof(uint32_t));
		module = opened(path);
		assert_fails(rebtf_module_form(module, NULL, &form), REBTF_ERR_FORMAT,
			     "read as standalone BTF: ");
		assert_fails(rebtf_module_btf(module, NULL, &btf), REBTF_ERR_FORMAT,
			     broken_ones[i].problem);
		if (broken_ones[i].split_over_base) {
			assert_ok(rebtf_module_form(module, pair.base, &form));
			assert_int_equal(form, REBTF_FORM_SPLIT);
		} else {
			assert_fails(rebtf_module_form(module, pair.base, &form), REBTF_ERR_FORMAT,
				     broken_ones[i].problem);
		}
		module->reading = REBTF_READING_SPLIT;
		assert_ok(rebtf_module_form(module, NULL, &form));
		assert_int_equal(form, REBTF_FORM_SPLIT);
	}
}

static void what_has_no_types_is_empty_whatever_is_said(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	const char *path = scratch_path(dir, "x.btf");
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	struct rebtf_builder *b;
	_cleanup_pair_ struct pair pair;

	(void)state;
	make_pair(&pair);
	assert_ok(rebtf_builder_new(NULL, &b));
	assert_ok(rebtf_builder_finish(b, &btf));
	assert_read_as(btf, NULL, REBTF_FORM_EMPTY);
	assert_read_as(btf, pair.base, REBTF_FORM_EMPTY);
	write_btf(path, btf);
	for (enum rebtf_reading as = REBTF_READING_SPLIT; as <= REBTF_READING_STANDALONE; as++) {
		_cleanup_module_ struct rebtf_module *module = opened(path);
		_cleanup_unref_ struct rebtf_btf *read = NULL;
		enum rebtf_form form;

		module->reading = as;
		assert_ok(rebtf_module_form(module, pair.base, &form));
		assert_int_equal(form, REBTF_FORM_EMPTY);
		assert_ok(rebtf_module_btf(module, pair.base, &read));
		assert_null(rebtf_btf_base(read));
	}
}

static void what_is_no_btf_has_no_form(void **state)
{
	static const uint8_t no_btf[30] = { 0x9f, 0xeb, 1, 0, 24, [12] = 8 };
	_cleanup_scratch_ char *dir = scratch_new();
	const char *path = scratch_path(dir, "x.btf");
	_cleanup_module_ struct rebtf_module *module = NULL;
	enum rebtf_form form;

	(void)state;
	write_bytes(path, no_btf, sizeof(no_btf));
	module = opened(path);
	assert_fails(rebtf_module_form(module, NULL, &form), REBTF_ERR_FORMAT, "x.btf");
	module->reading = REBTF_READING_SPLIT;
	assert_fails(rebtf_module_form(module, NULL, &form), REBTF_ERR_FORMAT, "x.btf");
}

/* ------------------------------------------------------------------------------- with a note */

/* Writes a module with that BTF and its note. */
static void make_noted(const char *path, const struct rebtf_btf *btf, bool distilled,
		       struct rebtf_btf *made_over)
{
	const struct rebtf_module_output output = {
		.size = sizeof(struct rebtf_module_output),
		.btf = btf,
		.distilled = distilled,
		.made_over = made_over,
	};
	_cleanup_module_ struct rebtf_module *module = NULL;
	_cleanup_pair_ struct pair pair;

	make_pair(&pair);
	make_ko(path, pair.bytes, pair.size, CODEC_NONE, false);
	module = opened(path);
	assert_ok(rebtf_module_write(module, path, &output));
}

static void distilled_btf_is_written_with_its_base_or_not_at_all(void **state)
{
	REBTF_OPTIONS(rebtf_module_output, output, .distilled = true);
	_cleanup_scratch_ char *dir = scratch_new();
	const char *path = scratch_path(dir, "x.btf");
	_cleanup_module_ struct rebtf_module *module = NULL;
	_cleanup_pair_ struct pair pair;

	(void)state;
	make_pair(&pair);
	write_btf(path, pair.base);
	module = opened(path);
	output.btf = pair.base;
	assert_fails(rebtf_module_write(module, path, &output), REBTF_ERR_ARGUMENT,
		     "x.btf: cannot write distilled BTF without its base");
}

/* Replaces the note of the module in @path, in this host's byte order. */
static void forge_note(const char *path, const struct rebtf_note *forged)
{
	_cleanup_file_bytes_ struct file_bytes bytes = {};
	_cleanup_module_ struct rebtf_module *module = opened(path);
	uint8_t raw[NOTE_SIZE];
	void *there;

	assert_ok(file_read(path, &bytes));
	note_write(rebtf_module_note(module), HOST_BIG_ENDIAN, raw);
	there = memmem(bytes.data, bytes.size, raw, sizeof(raw));
	assert_non_null(there);
	note_write(forged, HOST_BIG_ENDIAN, there);
	write_bytes(path, bytes.data, bytes.size);
}

/* Changes only the form. */
static void forge_form(const char *path, enum rebtf_form form)
{
	_cleanup_module_ struct rebtf_module *module = opened(path);
	struct rebtf_note note = *rebtf_module_note(module);

	note.form = form;
	forge_note(path, &note);
}

static void notes_say_what_was_made_over_what(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	const char *path = scratch_path(dir, "x.ko");
	_cleanup_pair_ struct pair pair;

	(void)state;
	make_pair(&pair);
	for (int over = 0; over < 2; over++) {
		_cleanup_module_ struct rebtf_module *module = NULL;
		const struct rebtf_note *note;
		bool fits;

		make_noted(path, pair.base, false, over ? pair.base : NULL);
		module = opened(path);
		note = rebtf_module_note(module);
		assert_non_null(note);
		assert_int_equal(note->form, REBTF_FORM_STANDALONE);
		assert_int_equal(note->type_count, over ? rebtf_btf_type_count(pair.base) : 0);
		assert_ok(rebtf_note_fits(note, pair.base, &fits));
		assert_int_equal(fits, over);
	}
}

static void a_note_settles_what_could_be_both(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	const char *path = scratch_path(dir, "x.ko");
	_cleanup_unref_ struct rebtf_btf *only_int = make_lonely(NULL, true);
	_cleanup_pair_ struct pair pair;

	(void)state;
	make_pair(&pair);
	for (int split = 0; split < 2; split++) {
		enum rebtf_form want = split ? REBTF_FORM_SPLIT : REBTF_FORM_STANDALONE;
		_cleanup_module_ struct rebtf_module *module = NULL;
		_cleanup_unref_ struct rebtf_btf *btf = NULL;
		enum rebtf_form form;

		make_noted(path, only_int, false, pair.base);
		forge_form(path, want);
		module = opened(path);
		assert_ok(rebtf_module_form(module, pair.base, &form));
		assert_int_equal(form, want);
		assert_ok(rebtf_module_btf(module, pair.base, &btf));
		assert_ptr_equal(rebtf_btf_base(btf), split ? pair.base : NULL);

		module->reading = split ? REBTF_READING_SPLIT : REBTF_READING_STANDALONE;
		assert_ok(rebtf_module_form(module, pair.base, &form));
		module->reading = split ? REBTF_READING_STANDALONE : REBTF_READING_SPLIT;
		assert_fails(rebtf_module_form(module, pair.base, &form), REBTF_ERR_ARGUMENT,
			     "(the note declares the form)");
	}
}

static void a_distilled_base_is_not_argued_away(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	const char *path = scratch_path(dir, "x.btf");
	_cleanup_module_ struct rebtf_module *distilled = NULL;
	_cleanup_pair_ struct pair pair;
	enum rebtf_form form;

	(void)state;
	make_pair(&pair);
	make_distilled_btf(path, &pair);
	distilled = opened(path);
	distilled->reading = REBTF_READING_STANDALONE;
	assert_fails(rebtf_module_form(distilled, NULL, &form), REBTF_ERR_ARGUMENT,
		     "as standalone (it has a distilled base)");
}

static void assert_untrue(const char *path, const char *part)
{
	_cleanup_module_ struct rebtf_module *module = opened(path);
	struct rebtf_btf *btf;
	enum rebtf_form form;

	assert_fails(rebtf_module_form(module, NULL, &form), REBTF_ERR_FORMAT, part);
	assert_fails(rebtf_module_btf(module, NULL, &btf), REBTF_ERR_FORMAT,
		     ".note.rebtf: the note declares ");
}

static void forged_notes_are_refused(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	const char *path = scratch_path(dir, "x.ko");
	_cleanup_unref_ struct rebtf_btf *empty = NULL;
	struct rebtf_builder *b;
	_cleanup_pair_ struct pair pair;

	(void)state;
	make_pair(&pair);
	make_noted(path, pair.split, false, NULL);
	forge_form(path, REBTF_FORM_STANDALONE);
	assert_untrue(path, "standalone BTF, but reading it so fails: ");
	forge_form(path, REBTF_FORM_DISTILLED);
	assert_untrue(path, "distilled BTF, but no .BTF.base exists");
	forge_form(path, REBTF_FORM_EMPTY);
	assert_untrue(path, "empty BTF, but .BTF has types");

	make_noted(path, pair.over_distilled, true, pair.base);
	forge_form(path, REBTF_FORM_SPLIT);
	assert_untrue(path, "split BTF, but a .BTF.base exists");
	forge_form(path, REBTF_FORM_STANDALONE);
	assert_untrue(path, "standalone BTF, but a .BTF.base exists");

	/* The writer detects that it has no types. */
	assert_ok(rebtf_builder_new(NULL, &b));
	assert_ok(rebtf_builder_finish(b, &empty));
	make_noted(path, empty, false, pair.base);
	{
		_cleanup_module_ struct rebtf_module *module = opened(path);

		assert_int_equal(rebtf_module_note(module)->form, REBTF_FORM_EMPTY);
	}
	forge_form(path, REBTF_FORM_SPLIT);
	assert_untrue(path, "split BTF, but .BTF has no types");
}

static void a_split_module_is_opened_over_its_own_base_alone(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	const char *path = scratch_path(dir, "x.ko");
	_cleanup_module_ struct rebtf_module *module = NULL;
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	_cleanup_unref_ struct rebtf_btf *renamed = NULL;
	_cleanup_unref_ struct rebtf_btf *more = NULL;
	_cleanup_free_ char *bytes = NULL;
	struct rebtf_builder *b;
	_cleanup_pair_ struct pair pair;
	struct rebtf_btf *none;
	size_t size;

	(void)state;
	make_pair(&pair);
	make_noted(path, pair.split, false, NULL);
	module = opened(path);
	assert_ok(rebtf_module_btf(module, pair.base, &btf));
	assert_fails(rebtf_module_btf(module, NULL, &none), REBTF_ERR_ARGUMENT, "without its base");

	/* The split would make sense over either of these. */
	assert_ok(rebtf_btf_write(pair.base, NULL, (void **)&bytes, &size));
	memcpy(memmem(bytes, size, "open", 4), "OPEN", 4);
	assert_ok(rebtf_btf_open_mem(bytes, size, NULL, NULL, &renamed));
	assert_fails(rebtf_module_btf(module, renamed, &none), REBTF_ERR_WRONG_BASE,
		     ".BTF: made over another base");
	assert_ok(rebtf_builder_new(NULL, &b));
	for (uint32_t id = 1; id < rebtf_btf_type_count(pair.base); id++)
		rebtf_builder_copy(b, pair.base, id, NULL);
	rebtf_builder_int(b, "long", 8, REBTF_INT_SIGNED, 64);
	assert_ok(rebtf_builder_finish(b, &more));
	assert_fails(rebtf_module_btf(module, more, &none), REBTF_ERR_WRONG_BASE,
		     "(found 4 type ids and 25 bytes of strings, expected 3 and 20)");
}

/* A note whose base makes no sense for the BTF is also untrue. */
static void a_note_that_names_an_impossible_base_is_forged(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	const char *path = scratch_path(dir, "x.ko");
	_cleanup_module_ struct rebtf_module *module = NULL;
	_cleanup_unref_ struct rebtf_btf *small = make_lonely(NULL, true);
	_cleanup_pair_ struct pair pair;
	struct rebtf_btf *none;
	struct rebtf_note note;

	(void)state;
	make_pair(&pair);
	make_noted(path, pair.split, false, NULL);
	assert_ok(note_make(REBTF_FORM_SPLIT, small, &note));
	forge_note(path, &note);
	module = opened(path);
	assert_fails(rebtf_module_btf(module, small, &none), REBTF_ERR_FORMAT,
		     "split BTF, but reading it over the base in the note fails: ");
}

/* In a file of the other byte order the note's numbers are in that order, too. */
static void notes_are_in_the_byte_order_of_the_file(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	const char *path = scratch_path(dir, "x.ko");
	_cleanup_file_bytes_ struct file_bytes image = {};
	_cleanup_module_ struct rebtf_module *plain = NULL;
	_cleanup_module_ struct rebtf_module *noted = NULL;
	_cleanup_free_ void *bytes = NULL;
	_cleanup_pair_ struct pair pair;
	REBTF_OPTIONS(rebtf_write_options, big, .byte_order = REBTF_BYTE_ORDER_BIG);
	const uint8_t *note;
	size_t size;

	(void)state;
	make_pair(&pair);
	assert_ok(rebtf_btf_write(pair.split, &big, &bytes, &size));
	test_object_make(&(struct test_object){ .encoding = ELFDATA2MSB,
						.elf_class = ELFCLASS32,
						.btf = bytes,
						.btf_size = size },
			 &image);
	write_bytes(path, image.data, image.size);
	plain = opened(path);
	assert_ok(write_distilled(plain, path, &pair, false));
	noted = opened(path);
	note = rebtf_module_section(noted, REBTF_SECTION_NOTE, &size);
	assert_int_equal(size, NOTE_SIZE);
	assert_memory_equal(note, "\0\0\0\6\0\0\0\x30\0\0\0\1rebtf", 17);
	assert_int_equal(rebtf_module_note(noted)->form, REBTF_FORM_DISTILLED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_refers_out_of_itself_is_split),
		cmocka_unit_test(what_has_int_and_refers_to_itself_alone_is_standalone),
		cmocka_unit_test(what_can_be_both_has_to_be_said),
		cmocka_unit_test(without_int_sense_over_the_base_decides),
		cmocka_unit_test(a_distilled_base_is_standalone_without_int),
		cmocka_unit_test(a_base_is_not_split_from_itself),
		cmocka_unit_test(broken_btf_is_not_taken_for_split),
		cmocka_unit_test(what_has_no_types_is_empty_whatever_is_said),
		cmocka_unit_test(what_is_no_btf_has_no_form),
		cmocka_unit_test(distilled_btf_is_written_with_its_base_or_not_at_all),
		cmocka_unit_test(notes_say_what_was_made_over_what),
		cmocka_unit_test(a_note_settles_what_could_be_both),
		cmocka_unit_test(a_distilled_base_is_not_argued_away),
		cmocka_unit_test(forged_notes_are_refused),
		cmocka_unit_test(a_split_module_is_opened_over_its_own_base_alone),
		cmocka_unit_test(a_note_that_names_an_impossible_base_is_forged),
		cmocka_unit_test(notes_are_in_the_byte_order_of_the_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
