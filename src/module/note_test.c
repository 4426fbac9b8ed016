/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Tests of the note: its bytes as in docs/formats.md, all possible defects, and distinguishing
 * bases.
 */
#include "module/digest.h"
#include "module/note.h"
#include "util/parallel.h"
#include "util/testing.h"

/* Bytes 0 to 31 serve as a digest. */
static struct rebtf_note some_note(void)
{
	struct rebtf_note note = {
		.form = REBTF_FORM_DISTILLED,
		.type_count = 0x01020304,
		.string_end = 0x0a0b0c0d,
	};

	for (uint8_t i = 0; i < REBTF_DIGEST_SIZE; i++)
		note.digest[i] = i;
	return note;
}

static void bytes_are_those_of_an_elf_note(void **state)
{
	static const uint8_t little[] = "\6\0\0\0\x30\0\0\0\1\0\0\0rebtf\0\0\0"
					"\1\0\0\0\1\0\0\0\4\3\2\1\x0d\x0c\x0b\x0a";
	static const uint8_t big[] = "\0\0\0\6\0\0\0\x30\0\0\0\1rebtf\0\0\0"
				     "\0\0\0\1\0\0\0\1\1\2\3\4\x0a\x0b\x0c\x0d";
	const struct rebtf_note note = some_note();
	uint8_t bytes[NOTE_SIZE];

	(void)state;
	assert_int_equal(sizeof(little) - 1 + REBTF_DIGEST_SIZE, NOTE_SIZE);
	note_write(&note, false, bytes);
	assert_memory_equal(bytes, little, sizeof(little) - 1);
	assert_memory_equal(bytes + sizeof(little) - 1, note.digest, REBTF_DIGEST_SIZE);
	note_write(&note, true, bytes);
	assert_memory_equal(bytes, big, sizeof(big) - 1);
	assert_memory_equal(bytes + sizeof(big) - 1, note.digest, REBTF_DIGEST_SIZE);
}

static void what_is_written_is_read(void **state)
{
	(void)state;
	for (int big_endian = 0; big_endian < 2; big_endian++) {
		const struct rebtf_note note = some_note();
		struct rebtf_note read;
		uint8_t bytes[NOTE_SIZE];

		note_write(&note, big_endian, bytes);
		assert_ok(note_read(bytes, sizeof(bytes), big_endian, &read));
		assert_int_equal(read.form, note.form);
		assert_int_equal(read.type_count, note.type_count);
		assert_int_equal(read.string_end, note.string_end);
		assert_memory_equal(read.digest, note.digest, REBTF_DIGEST_SIZE);
		/* The other order makes the owner's name some 100 million bytes long. */
		assert_fails(note_read(bytes, sizeof(bytes), !big_endian, &read), REBTF_ERR_FORMAT,
			     "truncated note");
	}
}

static void no_part_of_it_is_a_note(void **state)
{
	const struct rebtf_note note = some_note();
	uint8_t bytes[2 * NOTE_SIZE];
	struct rebtf_note read;

	(void)state;
	note_write(&note, false, bytes);
	note_write(&note, false, bytes + NOTE_SIZE);
	for (size_t size = 0; size < sizeof(bytes); size++) {
		/* On the heap, so that sanitizers detect reads past the end. */
		_cleanup_free_ uint8_t *part = malloc(size ? size : 1);

		memcpy(part, bytes, size);
		if (size == NOTE_SIZE)
			assert_ok(note_read(part, size, false, &read));
		else
			assert_fails(note_read(part, size, false, &read), REBTF_ERR_FORMAT,
				     size < NOTE_SIZE ? "truncated note" : "bytes follow the note");
	}
	assert_fails(note_read(bytes, sizeof(bytes), false, &read), REBTF_ERR_FORMAT,
		     "more than one note");
}

/* Checks that the note with one byte changed is refused. */
static void assert_damaged(size_t offset, uint8_t value, const char *part)
{
	const struct rebtf_note note = some_note();
	uint8_t bytes[NOTE_SIZE];
	struct rebtf_note read;

	note_write(&note, false, bytes);
	bytes[offset] = value;
	assert_fails(note_read(bytes, sizeof(bytes), false, &read), REBTF_ERR_FORMAT, part);
}

static void what_is_unknown_is_refused(void **state)
{
	(void)state;
	assert_damaged(0, 7, "unknown note owner (expected 'rebtf')");
	assert_damaged(12, 'R', "unknown note owner (expected 'rebtf')");
	assert_damaged(17, 'x', "unknown note owner (expected 'rebtf')");
	assert_damaged(8, 2, "unknown note type 2 (expected 1)");
	assert_damaged(20, 2, "unsupported note version 2 (expected 1)");
	assert_damaged(20, 0, "unsupported note version 0 (expected 1)");
	assert_damaged(4, 0x2e, "invalid note size (found 46 bytes");
	assert_damaged(24, 4, "form 4");
	assert_damaged(27, 0xff, "form 4278190081");
}

static void split_is_said_of_a_base(void **state)
{
	const struct rebtf_note no_base = { .form = REBTF_FORM_SPLIT };
	struct rebtf_note half_a_base = { .form = REBTF_FORM_STANDALONE, .string_end = 1 };
	const struct rebtf_note alone = { .form = REBTF_FORM_STANDALONE };
	uint8_t bytes[NOTE_SIZE];
	struct rebtf_note read;

	(void)state;
	note_write(&no_base, false, bytes);
	assert_fails(note_read(bytes, sizeof(bytes), false, &read), REBTF_ERR_FORMAT,
		     "names no base");
	note_write(&half_a_base, false, bytes);
	assert_fails(note_read(bytes, sizeof(bytes), false, &read), REBTF_ERR_FORMAT,
		     "names no base");
	note_write(&alone, false, bytes);
	assert_ok(note_read(bytes, sizeof(bytes), false, &read));
}

/* A base of one INT and a struct of that name. */
static struct rebtf_btf *make_base(const char *name)
{
	struct rebtf_builder *b;
	struct rebtf_btf *btf;

	assert_ok(rebtf_builder_new(NULL, &b));
	rebtf_builder_int(b, "int", 4, REBTF_INT_SIGNED, 32);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, name, 8);
	assert_ok(rebtf_builder_finish(b, &btf));
	return btf;
}

static void a_base_is_told_by_counts_and_digest(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = make_base("device");
	_cleanup_unref_ struct rebtf_btf *same = make_base("device");
	_cleanup_unref_ struct rebtf_btf *other = make_base("driver");
	_cleanup_unref_ struct rebtf_btf *longer = make_base("devices");
	struct rebtf_note note;
	bool fits;

	(void)state;
	assert_ok(note_make(REBTF_FORM_SPLIT, base, &note));
	assert_int_equal(note.type_count, 3);
	assert_int_equal(note.string_end, sizeof("\0int\0device"));
	assert_ok(rebtf_note_fits(&note, same, &fits));
	assert_true(fits);
	assert_ok(note_check_base(&note, same));
	assert_ok(rebtf_note_fits(&note, other, &fits));
	assert_false(fits);
	assert_fails(note_check_base(&note, other), REBTF_ERR_WRONG_BASE, "another digest");
	assert_ok(rebtf_note_fits(&note, longer, &fits));
	assert_false(fits);
	assert_fails(note_check_base(&note, longer), REBTF_ERR_WRONG_BASE,
		     "(found 3 type ids and 13 bytes of strings, expected 3 and 12)");
}

/* Computed by sha256sum. */
static void the_digest_is_that_of_the_bytes(void **state)
{
	static const uint8_t empty_btf[25] = { 0x9f, 0xeb, 1, 0, 24, [20] = 1 };
	static const uint8_t want[REBTF_DIGEST_SIZE] = { 0x63, 0x2f, 0x6e, 0x8a, 0x3b, 0x5e, 0xce,
							 0x5c, 0xc2, 0x8f, 0xad, 0xaf, 0x30, 0xa9,
							 0xae, 0xf9, 0x77, 0xa1, 0x45, 0xce, 0xcc,
							 0x94, 0xf8, 0x59, 0xac, 0xd7, 0xe6, 0xd4,
							 0x3d, 0xdd, 0x99, 0x4a };
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	const uint8_t *digest, *again;

	(void)state;
	assert_ok(rebtf_btf_open_mem(empty_btf, sizeof(empty_btf), NULL, NULL, &btf));
	assert_ok(btf_digest(btf, &digest));
	assert_memory_equal(digest, want, REBTF_DIGEST_SIZE);
	assert_ok(btf_digest(btf, &again));
	assert_ptr_equal(digest, again);
}

/* Computed by sha256sum. */
static void the_digest_covers_a_longer_header(void **state)
{
	static const uint8_t empty_btf[37] = { 0x9f, 0xeb, 1, 0, 36, [20] = 1 };
	static const uint8_t want[REBTF_DIGEST_SIZE] = { 0xf5, 0x4e, 0xc3, 0x87, 0x47, 0xbe, 0x08,
							 0x22, 0xed, 0xe3, 0x25, 0x6e, 0x4b, 0xa0,
							 0x8d, 0xfb, 0x57, 0x4f, 0x3b, 0x48, 0xef,
							 0x4d, 0x4a, 0x45, 0xf9, 0xcf, 0x8f, 0x6d,
							 0x01, 0x78, 0x14, 0x12 };
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	const uint8_t *digest;

	(void)state;
	assert_ok(rebtf_btf_open_mem(empty_btf, sizeof(empty_btf), NULL, NULL, &btf));
	assert_ok(btf_digest(btf, &digest));
	assert_memory_equal(digest, want, REBTF_DIGEST_SIZE);
}

static void ask_for_digest(void *arg, size_t index, unsigned int worker)
{
	const uint8_t *digest;
	struct rebtf_btf **btf = arg;

	(void)index, (void)worker;
	assert_ok(btf_digest(*btf, &digest));
}

static void threads_may_ask_at_once(void **state)
{
	(void)state;
	for (int i = 0; i < 50; i++) {
		_cleanup_unref_ struct rebtf_btf *btf = make_base("device");

		assert_ok(parallel_run(4, 8, ask_for_digest, &btf));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_are_those_of_an_elf_note),
		cmocka_unit_test(what_is_written_is_read),
		cmocka_unit_test(no_part_of_it_is_a_note),
		cmocka_unit_test(what_is_unknown_is_refused),
		cmocka_unit_test(split_is_said_of_a_base),
		cmocka_unit_test(a_base_is_told_by_counts_and_digest),
		cmocka_unit_test(the_digest_is_that_of_the_bytes),
		cmocka_unit_test(the_digest_covers_a_longer_header),
		cmocka_unit_test(threads_may_ask_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
