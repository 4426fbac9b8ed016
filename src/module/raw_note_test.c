/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Tests of the note beside raw BTF: when it is written and kept, what it settles, and that neither a
 * stale, a false nor a damaged one is believed.
 */
#include <unistd.h>

#include "btf/header.h"
#include "module/crypto.h"
#include "module/module_for_test.h"
#include "module/note.h"

#define BTF  scratch_path(dir, "x.btf")
#define NOTE scratch_path(dir, "x.btf.note")

/* Writes @btf, which was made over @base, as the module at @from would be written to @path. */
static struct rebtf_error *write_noted(const char *from, const char *path, bool noted,
				       const struct rebtf_btf *btf, bool distilled,
				       struct rebtf_btf *base)
{
	const struct rebtf_module_output output = {
		.size = sizeof(struct rebtf_module_output),
		.btf = btf,
		.distilled = distilled,
		.made_over = base,
		.note = noted,
	};
	_cleanup_module_ struct rebtf_module *module = opened(from);

	return rebtf_module_write(module, path, &output);
}

/* Split BTF with a note, in @dir. */
static void make_noted_split(const char *dir, const struct pair *pair)
{
	write_bytes(BTF, pair->bytes, pair->size);
	assert_ok(write_noted(BTF, BTF, true, pair->split, false, NULL));
}

static bool exists(const char *path)
{
	return !access(path, F_OK);
}

/* Checks the bytes of a note, which are those that docs/formats.md lists. */
static void assert_note(const char *dir, enum rebtf_form form, struct rebtf_btf *base,
			bool big_endian)
{
	_cleanup_file_bytes_ struct file_bytes btf = {};
	uint8_t want[100];
	struct rebtf_note note;
	struct iovec piece;

	assert_ok(file_read(BTF, &btf));
	piece = iovec_of(btf.data, btf.size);
	assert_ok(note_make(form, base, &note));
	note_write(&note, big_endian, want);
	assert_ok(crypto_sha256(&piece, 1, want + 68));
	assert_file_is(NOTE, want, sizeof(want));
}

static void assert_stale(const char *path)
{
	_cleanup_module_ struct rebtf_module *module = opened(path);
	size_t size;

	assert_null(rebtf_module_note(module));
	assert_true(rebtf_module_has_stale_note(module));
	assert_null(rebtf_module_section(module, REBTF_SECTION_NOTE, &size));
}

static struct rebtf_error *open_over(const char *path, struct rebtf_btf *base)
{
	_cleanup_module_ struct rebtf_module *module = NULL;
	_cleanup_unref_ struct rebtf_btf *btf = NULL;

	TRY(rebtf_module_open(path, NULL, &module));
	return rebtf_module_btf(module, base, &btf);
}

/* ------------------------------------------------------------------------------------- writing */

static void a_note_is_written_on_request_in_every_form(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	_cleanup_unref_ struct rebtf_btf *empty = NULL;
	_cleanup_pair_ struct pair pair;
	struct rebtf_builder *b;

	(void)state;
	make_pair(&pair);
	assert_ok(rebtf_builder_new(NULL, &b));
	assert_ok(rebtf_builder_finish(b, &empty));
	write_bytes(BTF, pair.bytes, pair.size);
	assert_ok(write_noted(BTF, BTF, false, pair.split, false, NULL));
	assert_false(exists(NOTE));
	assert_ok(write_noted(BTF, BTF, true, pair.split, false, NULL));
	assert_note(dir, REBTF_FORM_SPLIT, pair.base, HOST_BIG_ENDIAN);
	assert_ok(write_noted(BTF, BTF, true, pair.over_distilled, true, pair.base));
	assert_note(dir, REBTF_FORM_DISTILLED, pair.base, HOST_BIG_ENDIAN);
	assert_true(exists(scratch_path(dir, "x.btf.base")));
	assert_ok(write_noted(BTF, BTF, true, pair.base, false, pair.base));
	assert_note(dir, REBTF_FORM_STANDALONE, pair.base, HOST_BIG_ENDIAN);
	assert_false(exists(scratch_path(dir, "x.btf.base")));
	assert_ok(write_noted(BTF, BTF, true, empty, false, NULL));
	assert_note(dir, REBTF_FORM_EMPTY, NULL, HOST_BIG_ENDIAN);
}

static void btf_with_a_note_never_loses_it(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new(), *other = scratch_new();
	_cleanup_pair_ struct pair pair;

	(void)state;
	make_pair(&pair);
	make_noted_split(dir, &pair);
	assert_ok(write_noted(BTF, scratch_path(other, "x.btf"), false, pair.over_distilled, true,
			      pair.base));
	assert_note(other, REBTF_FORM_DISTILLED, pair.base, HOST_BIG_ENDIAN);
	assert_note(dir, REBTF_FORM_SPLIT, pair.base, HOST_BIG_ENDIAN);
	assert_ok(write_noted(BTF, BTF, false, pair.over_distilled, true, pair.base));
	assert_note(dir, REBTF_FORM_DISTILLED, pair.base, HOST_BIG_ENDIAN);
	assert_ok(write_noted(BTF, BTF, false, pair.split, false, NULL));
	assert_note(dir, REBTF_FORM_SPLIT, pair.base, HOST_BIG_ENDIAN);
}

static void a_note_has_the_byte_order_of_its_btf(void **state)
{
	const struct rebtf_write_options swapped = {
		.size = sizeof(struct rebtf_write_options),
		.byte_order = HOST_BIG_ENDIAN ? REBTF_BYTE_ORDER_LITTLE : REBTF_BYTE_ORDER_BIG,
	};
	_cleanup_scratch_ char *dir = scratch_new();
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	_cleanup_module_ struct rebtf_module *module = NULL;
	_cleanup_free_ void *bytes = NULL;
	_cleanup_pair_ struct pair pair;
	size_t size;

	(void)state;
	make_pair(&pair);
	assert_ok(rebtf_btf_write(pair.base, &swapped, &bytes, &size));
	assert_ok(rebtf_btf_open_mem(bytes, size, NULL, NULL, &btf));
	write_bytes(BTF, bytes, size);
	assert_ok(write_noted(BTF, BTF, true, btf, false, btf));
	assert_note(dir, REBTF_FORM_STANDALONE, btf, !HOST_BIG_ENDIAN);
	module = opened(BTF);
	assert_int_equal(rebtf_module_note(module)->type_count, rebtf_btf_type_count(btf));

	/* As a note about other BTF it is stale, and no error. */
	write_bytes(BTF, pair.bytes, pair.size);
	assert_stale(BTF);
}

static void a_note_of_compressed_btf_describes_the_unpacked_bytes(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	_cleanup_module_ struct rebtf_module *module = NULL;
	_cleanup_free_ uint8_t *packed = NULL;
	_cleanup_file_bytes_ struct file_bytes plain = {};
	_cleanup_pair_ struct pair pair;
	struct iovec piece;
	size_t size;

	(void)state;
	make_pair(&pair);
	make_noted_split(dir, &pair);
	assert_ok(file_read(NOTE, &plain));
	piece = (struct iovec){ pair.bytes, pair.size };
	assert_ok(codec_compress(CODEC_GZIP, &piece, 1, &packed, &size));
	write_bytes(BTF, packed, size);
	module = opened(BTF);
	assert_non_null(rebtf_module_note(module));
	assert_ok(write_noted(BTF, BTF, true, pair.split, false, NULL));
	assert_file_is(NOTE, plain.data, plain.size);
}

static void a_dry_run_writes_no_note(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	_cleanup_module_ struct rebtf_module *module = NULL;
	_cleanup_pair_ struct pair pair;
	struct rebtf_module_output output = { .size = sizeof(output),
					      .note = true,
					      .dry_run = true };

	(void)state;
	make_pair(&pair);
	write_bytes(BTF, pair.bytes, pair.size);
	module = opened(BTF);
	output.btf = pair.split;
	assert_ok(rebtf_module_write(module, BTF, &output));
	assert_false(exists(NOTE));
}

static void a_copy_has_the_note_unless_it_is_stale(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new(), *other = scratch_new();
	_cleanup_file_bytes_ struct file_bytes note = {};
	_cleanup_pair_ struct pair pair;

	(void)state;
	make_pair(&pair);
	make_noted_split(dir, &pair);
	assert_ok(file_read(NOTE, &note));
	for (int stale = 0; stale < 2; stale++) {
		_cleanup_module_ struct rebtf_module *module = NULL;

		if (stale) {
			note.data[99] ^= 1;
			write_bytes(NOTE, note.data, note.size);
			assert_int_equal(unlink(scratch_path(other, "x.btf.note")), 0);
		}
		module = opened(BTF);
		assert_ok(rebtf_module_copy(module, scratch_path(other, "x.btf")));
		if (!stale)
			assert_file_is(scratch_path(other, "x.btf.note"), note.data, note.size);
	}
	assert_false(exists(scratch_path(other, "x.btf.note")));
}

static void what_is_extracted_has_the_note_of_its_module(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	const char *ko = scratch_path(dir, "x.ko");
	_cleanup_module_ struct rebtf_module *module = NULL, *raw = NULL;
	_cleanup_pair_ struct pair pair;

	(void)state;
	make_pair(&pair);
	make_ko(ko, pair.bytes, pair.size, CODEC_NONE, false);
	assert_ok(write_noted(ko, ko, false, pair.over_distilled, true, pair.base));
	module = opened(ko);
	assert_ok(rebtf_module_extract(module, BTF));
	assert_note(dir, REBTF_FORM_DISTILLED, pair.base, HOST_BIG_ENDIAN);

	/* A module without a note leaves none. */
	make_ko(ko, pair.bytes, pair.size, CODEC_NONE, false);
	raw = opened(ko);
	assert_ok(rebtf_module_extract(raw, BTF));
	assert_false(exists(NOTE));
}

/* -------------------------------------------------------------------------------------- reading */

static void a_note_settles_the_form_and_the_base(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	_cleanup_unref_ struct rebtf_btf *alone = NULL;
	_cleanup_module_ struct rebtf_module *module = NULL;
	_cleanup_pair_ struct pair pair;
	struct rebtf_builder *b;
	enum rebtf_form form;

	(void)state;
	make_pair(&pair);
	/* Without "int" it could be split, too. */
	assert_ok(rebtf_builder_new(NULL, &b));
	rebtf_builder_ref(b, REBTF_KIND_PTR, 0);
	assert_ok(rebtf_builder_finish(b, &alone));
	write_bytes(BTF, pair.bytes, pair.size);
	assert_ok(write_noted(BTF, BTF, false, alone, false, pair.base));
	module = opened(BTF);
	assert_fails(rebtf_module_form(module, NULL, &form), REBTF_ERR_AMBIGUOUS, "x.btf: ");
	assert_ok(write_noted(BTF, BTF, true, alone, false, pair.base));
	assert_form(BTF, REBTF_FORM_STANDALONE);

	make_noted_split(dir, &pair);
	assert_ok(open_over(BTF, pair.base));
	assert_fails(open_over(BTF, alone), REBTF_ERR_WRONG_BASE, "made over another base (found");
}

static void a_lost_base_is_missed(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	_cleanup_pair_ struct pair pair;

	(void)state;
	make_pair(&pair);
	make_noted_split(dir, &pair);
	assert_ok(write_noted(BTF, BTF, false, pair.over_distilled, true, pair.base));
	assert_ok(open_over(BTF, NULL));
	assert_int_equal(unlink(scratch_path(dir, "x.btf.base")), 0);
	assert_fails(open_over(BTF, pair.base), REBTF_ERR_FORMAT,
		     "x.btf.note: the note declares distilled BTF, but its base is missing");
	make_noted_split(dir, &pair);
	write_bytes(scratch_path(dir, "x.btf.base"), "left over", 9);
	assert_fails(open_over(BTF, pair.base), REBTF_ERR_FORMAT,
		     "x.btf.note: the note declares split BTF, but a base is beside it");
}

static void a_note_about_other_btf_has_no_say(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	_cleanup_free_ void *bytes = NULL;
	_cleanup_pair_ struct pair pair;
	size_t size;

	(void)state;
	make_pair(&pair);
	make_noted_split(dir, &pair);
	assert_ok(rebtf_btf_write(pair.base, NULL, &bytes, &size));
	write_bytes(BTF, bytes, size);
	assert_stale(BTF);
	assert_form(BTF, REBTF_FORM_STANDALONE);
	/* It stays where it is, until there is another. */
	assert_ok(write_noted(BTF, BTF, false, pair.over_distilled, true, pair.base));
	assert_stale(BTF);
	assert_form(BTF, REBTF_FORM_DISTILLED);
	assert_ok(write_noted(BTF, BTF, true, pair.over_distilled, true, pair.base));
	assert_note(dir, REBTF_FORM_DISTILLED, pair.base, HOST_BIG_ENDIAN);
}

/* The form in a note that says otherwise than the BTF, and what the error says. */
static void false_notes_are_refused(void **state)
{
	static const struct {
		enum rebtf_form form;
		const char *problem;
	} cases[] = {
		{ REBTF_FORM_DISTILLED, "declares distilled BTF, but its base is missing" },
		{ REBTF_FORM_STANDALONE, "declares standalone BTF, but reading it so fails: " },
		{ REBTF_FORM_EMPTY, "declares empty BTF, but .BTF has types" },
	};
	_cleanup_scratch_ char *dir = scratch_new();
	_cleanup_pair_ struct pair pair;

	(void)state;
	make_pair(&pair);
	write_bytes(BTF, pair.bytes, pair.size);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t file[NOTE_FILE_SIZE];
		struct rebtf_note note;

		assert_ok(note_make(cases[i].form, pair.base, &note));
		assert_ok(note_file_write(&note, iovec_of(pair.bytes, pair.size), file));
		write_bytes(NOTE, file, sizeof(file));
		assert_fails(open_over(BTF, pair.base), REBTF_ERR_FORMAT, cases[i].problem);
		assert_fails(open_over(BTF, pair.base), REBTF_ERR_FORMAT, "x.btf.note: ");
	}
}

/* ----------------------------------------------------------------------------- damaged and hostile */

/*
 * Bytes 18 and 19 pad the owner's name. 20 to 27 are version and form, of which 0 to 3 are known. From
 * 28 on the note is about the base, and from 68 on about the BTF.
 */
static void each_byte_of_a_note_counts(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	_cleanup_file_bytes_ struct file_bytes note = {};
	_cleanup_pair_ struct pair pair;

	(void)state;
	make_pair(&pair);
	make_noted_split(dir, &pair);
	assert_ok(file_read(NOTE, &note));
	for (size_t i = 0; i < note.size; i++) {
		note.data[i] ^= 0x40;
		write_bytes(NOTE, note.data, note.size);
		if (i == 18 || i == 19)
			assert_ok(open_over(BTF, pair.base));
		else if (i < 28)
			assert_fails(open_over(BTF, pair.base), REBTF_ERR_FORMAT, "x.btf.note: ");
		else if (i < 68)
			assert_fails(open_over(BTF, pair.base), REBTF_ERR_WRONG_BASE, "x.btf: ");
		else
			assert_stale(BTF);
		note.data[i] ^= 0x40;
	}
}

static void a_file_of_another_size_is_no_note(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	_cleanup_file_bytes_ struct file_bytes note = {};
	_cleanup_pair_ struct pair pair;
	uint8_t longer[101] = {};

	(void)state;
	make_pair(&pair);
	make_noted_split(dir, &pair);
	assert_ok(file_read(NOTE, &note));
	memcpy(longer, note.data, note.size);
	for (size_t size = 0; size < 100; size++) {
		write_bytes(NOTE, longer, size);
		assert_fails(open_over(BTF, pair.base), REBTF_ERR_FORMAT,
			     "x.btf.note: truncated note (found");
	}
	write_bytes(NOTE, longer, sizeof(longer));
	assert_fails(open_over(BTF, pair.base), REBTF_ERR_FORMAT,
		     "x.btf.note: more than a note (expected 100 bytes)");
	/* A large file is not even read. */
	assert_int_equal(truncate(NOTE, (off_t)1 << 30), 0);
	assert_fails(open_over(BTF, pair.base), REBTF_ERR_FORMAT, "x.btf.note: more than a note");
	/* Text of the right size is no note about other BTF. */
	memset(longer, 'x', sizeof(longer));
	write_bytes(NOTE, longer, 100);
	assert_fails(open_over(BTF, pair.base), REBTF_ERR_FORMAT, "x.btf.note: truncated note");
}

static void only_a_regular_file_is_a_note(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	_cleanup_pair_ struct pair pair;

	(void)state;
	make_pair(&pair);
	write_bytes(scratch_path(dir, "y.btf"), pair.bytes, pair.size);
	for (int fifo = 0; fifo < 2; fifo++) {
		write_bytes(BTF, pair.bytes, pair.size);
		assert_int_equal(fifo ? mkfifo(NOTE, 0666) : mkdir(NOTE, 0777), 0);
		assert_fails(open_over(BTF, pair.base), fifo ? REBTF_ERR_UNSUPPORTED : REBTF_ERR_IO,
			     "x.btf.note: ");
		assert_fails(write_noted(scratch_path(dir, "y.btf"), BTF, true, pair.over_distilled,
					 true, pair.base),
			     REBTF_ERR_UNSUPPORTED, "x.btf.note: cannot replace");
		assert_file_is(BTF, pair.bytes, pair.size);
		assert_false(exists(scratch_path(dir, "x.btf.base")));
		assert_int_equal(remove(NOTE), 0);
	}
	assert_int_equal(symlink("y.btf", NOTE), 0);
	assert_fails(write_noted(scratch_path(dir, "y.btf"), BTF, true, pair.base, false, NULL),
		     REBTF_ERR_UNSUPPORTED,
		     "x.btf.note: cannot replace a symbolic link: remove it");
	assert_file_is(BTF, pair.bytes, pair.size);
	assert_file_is(scratch_path(dir, "y.btf"), pair.bytes, pair.size);
}

/* It names its BTF itself. A sanitizer sees whether the error is freed. */
static void a_note_that_somebody_else_wrote_meanwhile_stays(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	const char *other = scratch_path(dir, "other");
	_cleanup_module_ struct rebtf_module *module = NULL;
	_cleanup_pair_ struct pair pair;
	REBTF_OPTIONS(rebtf_module_output, output, .note = true);

	(void)state;
	make_pair(&pair);
	make_noted_split(dir, &pair);
	module = opened(BTF);
	assert_non_null(rebtf_module_note(module));
	write_bytes(other, "theirs", 6);
	assert_int_equal(rename(other, NOTE), 0);
	output.btf = pair.split;
	assert_ok(rebtf_module_write(module, BTF, &output));
	assert_file_is(NOTE, "theirs", 6);
}

static void a_link_to_a_note_is_read_and_replaced_in_place(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	_cleanup_module_ struct rebtf_module *module = NULL;
	_cleanup_file_bytes_ struct file_bytes note = {};
	_cleanup_pair_ struct pair pair;
	struct stat st;

	(void)state;
	make_pair(&pair);
	make_noted_split(dir, &pair);
	assert_ok(file_read(NOTE, &note));
	assert_int_equal(rename(NOTE, scratch_path(dir, "target")), 0);
	assert_int_equal(symlink("target", NOTE), 0);
	module = opened(BTF);
	assert_non_null(rebtf_module_note(module));
	assert_ok(write_noted(BTF, BTF, false, pair.over_distilled, true, pair.base));
	assert_int_equal(lstat(NOTE, &st), 0);
	assert_true(S_ISREG(st.st_mode));
	assert_note(dir, REBTF_FORM_DISTILLED, pair.base, HOST_BIG_ENDIAN);
	assert_file_is(scratch_path(dir, "target"), note.data, note.size);
}

/* As for a base: the note of a link is beside the link's target. */
static void the_note_of_linked_btf_is_beside_the_target(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new(), *other = scratch_new();
	const char *link = scratch_path(other, "y.btf");
	_cleanup_module_ struct rebtf_module *module = NULL;
	_cleanup_pair_ struct pair pair;

	(void)state;
	make_pair(&pair);
	make_noted_split(dir, &pair);
	assert_int_equal(symlink(BTF, link), 0);
	module = opened(link);
	assert_non_null(rebtf_module_note(module));
	assert_ok(write_noted(link, link, false, pair.over_distilled, true, pair.base));
	assert_note(dir, REBTF_FORM_DISTILLED, pair.base, HOST_BIG_ENDIAN);
	assert_false(exists(scratch_path(other, "y.btf.note")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_note_is_written_on_request_in_every_form),
		cmocka_unit_test(btf_with_a_note_never_loses_it),
		cmocka_unit_test(a_note_has_the_byte_order_of_its_btf),
		cmocka_unit_test(a_note_of_compressed_btf_describes_the_unpacked_bytes),
		cmocka_unit_test(a_dry_run_writes_no_note),
		cmocka_unit_test(a_copy_has_the_note_unless_it_is_stale),
		cmocka_unit_test(what_is_extracted_has_the_note_of_its_module),
		cmocka_unit_test(a_note_settles_the_form_and_the_base),
		cmocka_unit_test(a_lost_base_is_missed),
		cmocka_unit_test(a_note_about_other_btf_has_no_say),
		cmocka_unit_test(false_notes_are_refused),
		cmocka_unit_test(each_byte_of_a_note_counts),
		cmocka_unit_test(a_file_of_another_size_is_no_note),
		cmocka_unit_test(only_a_regular_file_is_a_note),
		cmocka_unit_test(a_note_that_somebody_else_wrote_meanwhile_stays),
		cmocka_unit_test(a_link_to_a_note_is_read_and_replaced_in_place),
		cmocka_unit_test(the_note_of_linked_btf_is_beside_the_target),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
