/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Reads and writes the note. An ELF note is three words (lengths of the owner's name and of the
 * content, type), the name and the content, each padded to a word. Beside raw BTF, the note is a file
 * of its own: the same bytes, and the digest of the BTF, which binds both files together.
 */
#include <string.h>

#include "btf/header.h"
#include "module/crypto.h"
#include "module/digest.h"
#include "module/note.h"
#include "util/bytes.h"

#define NOTE_TYPE    1
#define NOTE_VERSION 1

static const char owner[8] = "rebtf"; /* six bytes with its NUL, padded to eight */

#define OWNER_SIZE (strlen(owner) + 1)

/* The section, word by word. All numbers are in the ELF file's byte order. */
struct note_section {
	uint8_t owner_size[4];
	uint8_t content_size[4];
	uint8_t type[4];
	char owner[sizeof(owner)];
	uint8_t version[4];
	uint8_t form[4];
	uint8_t type_count[4];
	uint8_t string_end[4];
	uint8_t digest[REBTF_DIGEST_SIZE];
};

_Static_assert(sizeof(struct note_section) == NOTE_SIZE, "the note is all words");

#define NOTE_HEADER_SIZE offsetof(struct note_section, owner)
#define CONTENT_SIZE	 (NOTE_SIZE - offsetof(struct note_section, version))

/* Whether the bytes start with a complete note of any owner. Then @size is its size. */
static bool whole_note(const uint8_t *data, size_t left, bool big_endian, size_t *size)
{
	uint64_t wanted;

	if (left < NOTE_HEADER_SIZE)
		return false;
	wanted = NOTE_HEADER_SIZE + (((uint64_t)get32(data, big_endian) + 3) & ~(uint64_t)3) +
		 (((uint64_t)get32(data + 4, big_endian) + 3) & ~(uint64_t)3);
	*size = wanted;
	return wanted <= left;
}

static struct rebtf_error *check_size(const uint8_t *data, size_t size, bool big_endian)
{
	size_t first, second;

	if (!whole_note(data, size, big_endian, &first))
		return error_new(REBTF_ERR_FORMAT, "truncated note");
	if (first < size && whole_note(data + first, size - first, big_endian, &second))
		return error_new(REBTF_ERR_FORMAT, "more than one note");
	if (first < size)
		return error_new(REBTF_ERR_FORMAT, "%zu bytes follow the note", size - first);
	return NULL;
}

/* A base has at least void. Without a base, all fields about it must be zero. */
static bool plausible(const struct rebtf_note *note)
{
	if (note->type_count)
		return true;
	return note->form != REBTF_FORM_SPLIT && !note->string_end &&
	       only_zeros(note->digest, REBTF_DIGEST_SIZE);
}

struct rebtf_error *note_read(const uint8_t *data, size_t size, bool big_endian,
			      struct rebtf_note *note)
{
	struct note_section raw = {};
	uint32_t version, form;

	TRY(check_size(data, size, big_endian));
	memcpy(&raw, data, size < sizeof(raw) ? size : sizeof(raw));
	if (get32(raw.owner_size, big_endian) != OWNER_SIZE || memcmp(raw.owner, owner, OWNER_SIZE))
		return error_new(REBTF_ERR_FORMAT, "unknown note owner (expected '%s')", owner);
	if (get32(raw.type, big_endian) != NOTE_TYPE)
		return error_new(REBTF_ERR_FORMAT, "unknown note type %u (expected %u)",
				 get32(raw.type, big_endian), NOTE_TYPE);
	version = get32(raw.version, big_endian);
	if (version != NOTE_VERSION)
		return error_new(REBTF_ERR_FORMAT, "unsupported note version %u (expected %u)",
				 version, NOTE_VERSION);
	if (get32(raw.content_size, big_endian) != CONTENT_SIZE)
		return error_new(REBTF_ERR_FORMAT,
				 "invalid note size (found %u bytes, expected %zu)",
				 get32(raw.content_size, big_endian), CONTENT_SIZE);
	form = get32(raw.form, big_endian);
	if (form > REBTF_FORM_EMPTY)
		return error_new(REBTF_ERR_FORMAT, "unknown form %u in the note (maximum %u)", form,
				 REBTF_FORM_EMPTY);
	note->form = form;
	note->type_count = get32(raw.type_count, big_endian);
	note->string_end = get32(raw.string_end, big_endian);
	memcpy(note->digest, raw.digest, REBTF_DIGEST_SIZE);
	if (!plausible(note))
		return error_new(REBTF_ERR_FORMAT,
				 "the note declares %s BTF, but names no base with types",
				 rebtf_form_name(note->form));
	return NULL;
}

void note_write(const struct rebtf_note *note, bool big_endian, uint8_t out[NOTE_SIZE])
{
	struct note_section raw;

	put32(raw.owner_size, OWNER_SIZE, big_endian);
	put32(raw.content_size, CONTENT_SIZE, big_endian);
	put32(raw.type, NOTE_TYPE, big_endian);
	put32(raw.version, NOTE_VERSION, big_endian);
	put32(raw.form, note->form, big_endian);
	put32(raw.type_count, note->type_count, big_endian);
	put32(raw.string_end, note->string_end, big_endian);
	memcpy(raw.owner, owner, sizeof(owner));
	memcpy(raw.digest, note->digest, REBTF_DIGEST_SIZE);
	memcpy(out, &raw, sizeof(raw));
}

/* ----------------------------------------------------------------------------- beside raw BTF */

static struct rebtf_error *note_digest(struct iovec btf, uint8_t digest[REBTF_DIGEST_SIZE])
{
	return crypto_sha256(&btf, 1, digest);
}

/* A note about other BTF may have the other byte order. */
static struct rebtf_error *check_stale(const uint8_t *data, bool big_endian)
{
	struct rebtf_note ignored;
	struct rebtf_error *err = note_read(data, NOTE_SIZE, big_endian, &ignored), *other;

	if (!err)
		return NULL;
	other = note_read(data, NOTE_SIZE, !big_endian, &ignored);
	if (other) {
		rebtf_error_free(other);
		return err;
	}
	rebtf_error_free(err);
	return NULL;
}

static bool note_order(struct iovec btf)
{
	return !memcmp(btf.iov_base, header_starts[1], 2);
}

struct rebtf_error *note_file_read(const uint8_t *data, size_t size, struct iovec btf,
				   struct rebtf_note *note, bool *fits)
{
	uint8_t digest[REBTF_DIGEST_SIZE];

	if (size < NOTE_FILE_SIZE)
		return error_new(REBTF_ERR_FORMAT, "truncated note (found %zu bytes, expected %u)",
				 size, NOTE_FILE_SIZE);
	if (size > NOTE_FILE_SIZE)
		return error_new(REBTF_ERR_FORMAT, "more than a note (expected %u bytes)",
				 NOTE_FILE_SIZE);
	TRY(note_digest(btf, digest));
	*fits = !memcmp(digest, data + NOTE_SIZE, REBTF_DIGEST_SIZE);
	return *fits ? note_read(data, NOTE_SIZE, note_order(btf), note)
		     : check_stale(data, note_order(btf));
}

struct rebtf_error *note_file_write(const struct rebtf_note *note, struct iovec btf,
				    uint8_t out[NOTE_FILE_SIZE])
{
	note_write(note, note_order(btf), out);
	return note_digest(btf, out + NOTE_SIZE);
}

/* ------------------------------------------------------------------------------------ its base */

struct rebtf_error *note_make(enum rebtf_form form, struct rebtf_btf *base, struct rebtf_note *note)
{
	const uint8_t *digest;

	*note = (struct rebtf_note){ .form = form };
	if (!base)
		return NULL;
	TRY(btf_digest(base, &digest));
	memcpy(note->digest, digest, REBTF_DIGEST_SIZE);
	note->type_count = rebtf_btf_type_count(base);
	note->string_end = rebtf_btf_string_end(base);
	return NULL;
}

/*
 * Most bases differ in their counts, and comparing these is cheap. Digests are only needed if the
 * counts agree.
 */
static bool counts_fit(const struct rebtf_note *note, const struct rebtf_btf *base)
{
	return note->type_count == rebtf_btf_type_count(base) &&
	       note->string_end == rebtf_btf_string_end(base);
}

struct rebtf_error *rebtf_note_fits(const struct rebtf_note *note, struct rebtf_btf *base,
				    bool *fits)
{
	const uint8_t *digest;

	if (!counts_fit(note, base)) {
		*fits = false;
		return NULL;
	}
	TRY(btf_digest(base, &digest));
	*fits = !memcmp(digest, note->digest, REBTF_DIGEST_SIZE);
	return NULL;
}

struct rebtf_error *note_check_base(const struct rebtf_note *note, struct rebtf_btf *base)
{
	bool fits;

	if (!counts_fit(note, base))
		return error_new(
			REBTF_ERR_WRONG_BASE,
			"made over another base (found %u type ids and %u bytes of strings, expected %u and %u)",
			rebtf_btf_type_count(base), rebtf_btf_string_end(base), note->type_count,
			note->string_end);
	TRY(rebtf_note_fits(note, base, &fits));
	if (!fits)
		return error_new(
			REBTF_ERR_WRONG_BASE,
			"made over another base (equal counts of types and strings, but another digest)");
	return NULL;
}
