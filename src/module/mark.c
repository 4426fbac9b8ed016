/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Reads and writes the note. An ELF note is three words (lengths of the owner's name and of the
 * content, type), the name and the content, each padded to a word.
 */
#include <string.h>

#include "module/digest.h"
#include "module/mark.h"
#include "util/bytes.h"

#define MARK_TYPE    1
#define MARK_VERSION 1

static const char owner[8] = "rebtf"; /* six bytes with its NUL, padded to eight */

#define OWNER_SIZE (strlen(owner) + 1)

/* The section, word by word. All numbers are in the ELF file's byte order. */
struct mark_note {
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

_Static_assert(sizeof(struct mark_note) == MARK_SIZE, "the mark is all words");

#define NOTE_HEADER_SIZE offsetof(struct mark_note, owner)
#define CONTENT_SIZE	 (MARK_SIZE - offsetof(struct mark_note, version))

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
static bool plausible(const struct rebtf_note *mark)
{
	if (mark->type_count)
		return true;
	return mark->form != REBTF_FORM_SPLIT && !mark->string_end &&
	       only_zeros(mark->digest, REBTF_DIGEST_SIZE);
}

struct rebtf_error *mark_read(const uint8_t *data, size_t size, bool big_endian,
			      struct rebtf_note *mark)
{
	struct mark_note note = {};
	uint32_t version, form;

	TRY(check_size(data, size, big_endian));
	memcpy(&note, data, size < sizeof(note) ? size : sizeof(note));
	if (get32(note.owner_size, big_endian) != OWNER_SIZE ||
	    memcmp(note.owner, owner, OWNER_SIZE))
		return error_new(REBTF_ERR_FORMAT, "unknown note owner (expected '%s')", owner);
	if (get32(note.type, big_endian) != MARK_TYPE)
		return error_new(REBTF_ERR_FORMAT, "unknown note type %u (expected %u)",
				 get32(note.type, big_endian), MARK_TYPE);
	version = get32(note.version, big_endian);
	if (version != MARK_VERSION)
		return error_new(REBTF_ERR_FORMAT, "unsupported note version %u (expected %u)",
				 version, MARK_VERSION);
	if (get32(note.content_size, big_endian) != CONTENT_SIZE)
		return error_new(REBTF_ERR_FORMAT,
				 "invalid note size (found %u bytes, expected %zu)",
				 get32(note.content_size, big_endian), CONTENT_SIZE);
	form = get32(note.form, big_endian);
	if (form > REBTF_FORM_EMPTY)
		return error_new(REBTF_ERR_FORMAT, "unknown form %u in the note (maximum %u)", form,
				 REBTF_FORM_EMPTY);
	mark->form = form;
	mark->type_count = get32(note.type_count, big_endian);
	mark->string_end = get32(note.string_end, big_endian);
	memcpy(mark->digest, note.digest, REBTF_DIGEST_SIZE);
	if (!plausible(mark))
		return error_new(REBTF_ERR_FORMAT,
				 "the note declares %s BTF, but names no base with types",
				 rebtf_form_name(mark->form));
	return NULL;
}

void mark_write(const struct rebtf_note *mark, bool big_endian, uint8_t out[MARK_SIZE])
{
	struct mark_note note;

	put32(note.owner_size, OWNER_SIZE, big_endian);
	put32(note.content_size, CONTENT_SIZE, big_endian);
	put32(note.type, MARK_TYPE, big_endian);
	put32(note.version, MARK_VERSION, big_endian);
	put32(note.form, mark->form, big_endian);
	put32(note.type_count, mark->type_count, big_endian);
	put32(note.string_end, mark->string_end, big_endian);
	memcpy(note.owner, owner, sizeof(owner));
	memcpy(note.digest, mark->digest, REBTF_DIGEST_SIZE);
	memcpy(out, &note, sizeof(note));
}

/* ------------------------------------------------------------------------------------ its base */

struct rebtf_error *mark_make(enum rebtf_form form, struct rebtf_btf *base, struct rebtf_note *mark)
{
	const uint8_t *digest;

	*mark = (struct rebtf_note){ .form = form };
	if (!base)
		return NULL;
	TRY(btf_digest(base, &digest));
	memcpy(mark->digest, digest, REBTF_DIGEST_SIZE);
	mark->type_count = rebtf_btf_type_count(base);
	mark->string_end = rebtf_btf_string_end(base);
	return NULL;
}

/*
 * Most bases differ in their counts, which cost nothing to compare. Digests are only needed if the
 * counts agree.
 */
static bool counts_fit(const struct rebtf_note *mark, const struct rebtf_btf *base)
{
	return mark->type_count == rebtf_btf_type_count(base) &&
	       mark->string_end == rebtf_btf_string_end(base);
}

struct rebtf_error *rebtf_note_fits(const struct rebtf_note *mark, struct rebtf_btf *base,
				    bool *fits)
{
	const uint8_t *digest;

	if (!counts_fit(mark, base)) {
		*fits = false;
		return NULL;
	}
	TRY(btf_digest(base, &digest));
	*fits = !memcmp(digest, mark->digest, REBTF_DIGEST_SIZE);
	return NULL;
}

struct rebtf_error *mark_check_base(const struct rebtf_note *mark, struct rebtf_btf *base)
{
	bool fits;

	if (!counts_fit(mark, base))
		return error_new(
			REBTF_ERR_WRONG_BASE,
			"made over another base (found %u type ids and %u bytes of strings, expected %u and %u)",
			rebtf_btf_type_count(base), rebtf_btf_string_end(base), mark->type_count,
			mark->string_end);
	TRY(rebtf_note_fits(mark, base, &fits));
	if (!fits)
		return error_new(
			REBTF_ERR_WRONG_BASE,
			"made over another base (equal counts of types and strings, but another digest)");
	return NULL;
}
