/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Shared checks of fuzz targets: reading the input, visiting all types, writing and reopening, and
 * the verifier's verdicts.
 */
#include "fuzz.h"
#include "split/same_for_test.h"

void must_be_said(const struct rebtf_error *err)
{
	char *text = rebtf_error_text(err);

	if (!text || !*text)
		fail("an error without words");
	for (const char *c = text; *c; c++) {
		if ((unsigned char)*c < 0x20 || *c == 0x7f) {
			fprintf(stderr, "fuzz: %s\n", text);
			fail("an error's text has a control character");
		}
	}
	free(text);
}

bool ok(struct rebtf_error *err)
{
	if (!err)
		return true;
	must_be_said(err);
	rebtf_error_free(err);
	return false;
}

void fail(const char *what)
{
	fprintf(stderr, "fuzz: %s\n", what);
	abort();
}

void must(struct rebtf_error *err)
{
	if (err)
		fail(rebtf_error_text(err));
}

/* ----------------------------------------------------------------------------------- the input */

struct input next_file(struct input *input)
{
	struct input file = {};
	const uint8_t *length = input->data;

	if (input->size < 4)
		return file;
	file.size = length[0] | length[1] << 8 | length[2] << 16 | (size_t)length[3] << 24;
	input->data += 4;
	input->size -= 4;
	if (file.size > input->size)
		file.size = input->size;
	file.data = input->data;
	input->data += file.size;
	input->size -= file.size;
	return file;
}

struct rebtf_btf *next_btf(struct input *input, struct rebtf_btf *base)
{
	struct input file = next_file(input);
	struct rebtf_btf *btf = NULL;

	ok(rebtf_btf_open_mem(file.data, file.size, "input", base, &btf));
	return btf;
}

/* ------------------------------------------------------------------------------------- reading */

static struct rebtf_error *hash_text(void *arg, const char *text, size_t size)
{
	uint64_t *hash = arg;

	for (size_t i = 0; i < size; i++)
		*hash = (*hash ^ (unsigned char)text[i]) * 0x100000001b3u;
	return NULL;
}

uint64_t hash_of_dump(const struct rebtf_btf *btf)
{
	uint64_t hash = 0xcbf29ce484222325u;

	must(rebtf_btf_dump(btf, hash_text, &hash));
	return hash;
}

/* The work grows with the number of same-named types, so only every 64th type does it. */
static void look_at_same_named(const struct rebtf_btf *btf, uint32_t id, uint32_t lowest)
{
	const struct rebtf_type *t = rebtf_btf_type(btf, id);
	uint32_t *ids;
	size_t count;
	bool found = false;

	if (id % 64 != 1)
		return;
	must(rebtf_btf_find_all(btf, rebtf_btf_type_name(btf, t), rebtf_type_kind(t),
				REBTF_FIND_BASES_FIRST, &ids, &count));
	for (size_t i = 0; i < count; i++)
		found = found || ids[i] == id;
	if (!found || ids[0] != lowest)
		fail("a type that is missing among those of its name");
	free(ids);
}

static void look_at_type(const struct rebtf_btf *btf, uint32_t id)
{
	const struct rebtf_type *t = rebtf_btf_type(btf, id), *found;
	const char *name = rebtf_btf_type_name(btf, t);
	uint32_t kind = rebtf_type_kind(t), found_id = rebtf_btf_find(btf, name, kind);
	struct rebtf_field_iter it;
	const uint32_t *field;

	rebtf_field_iter_init(&it, t, REBTF_FIELD_IDS);
	while ((field = rebtf_field_iter_next(&it))) {
		if (!rebtf_btf_type(btf, *field))
			fail("a type id that leads nowhere");
	}
	rebtf_field_iter_init(&it, t, REBTF_FIELD_STRINGS);
	while ((field = rebtf_field_iter_next(&it))) {
		if (!rebtf_btf_string(btf, *field))
			fail("a string offset that leads nowhere");
	}
	if (!*name || !kind) {
		if (found_id)
			fail("a type was found by no name");
		return;
	}
	look_at_same_named(btf, id, found_id);
	found = rebtf_btf_type(btf, found_id);
	if (!found_id || found_id > id || rebtf_type_kind(found) != kind ||
	    strcmp(rebtf_btf_type_name(btf, found), name))
		fail("a type is not found by its name");
}

void look_at(const struct rebtf_btf *btf)
{
	size_t count;

	for (uint32_t id = 0; id < rebtf_btf_type_count(btf); id++)
		look_at_type(btf, id);
	if (rebtf_btf_type(btf, rebtf_btf_type_count(btf)))
		fail("there is a type past the last one");
	must(rebtf_btf_count_base_refs(btf, &count));
	rebtf_btf_is_distilled_base(btf);
}

/* ------------------------------------------------------------------------------------- writing */

void must_be_same_types(const struct rebtf_btf *a, const struct rebtf_btf *b, bool same_base)
{
	const char *difference = find_difference(a, b, same_base);

	if (difference)
		fail(difference);
}

/*
 * WRONG_BASE is a guess from names and prototypes that look odd. Random input can look like that,
 * so the error is accepted.
 */
void must_reopen(const struct rebtf_btf *btf, const struct rebtf_write_options *options)
{
	struct rebtf_btf *again = NULL;
	struct rebtf_error *err;
	void *bytes, *twice;
	size_t size, size_again;

	if (!ok(rebtf_btf_write(btf, options, &bytes, &size)))
		return;
	err = rebtf_btf_open_mem(bytes, size, "written", rebtf_btf_base(btf), &again);
	if (err && rebtf_error_code(err) != REBTF_ERR_WRONG_BASE)
		must(err);
	ok(err);
	if (again) {
		must(rebtf_btf_write(again, options, &twice, &size_again));
		if (size != size_again || memcmp(bytes, twice, size))
			fail("what was written is written in another way");
		if (rebtf_btf_type_count(again) != rebtf_btf_type_count(btf) ||
		    hash_of_dump(again) != hash_of_dump(btf))
			fail("what was written has other types");
		free(twice);
	}
	rebtf_btf_unref(again);
	free(bytes);
}

void must_reopen_in_all_ways(const struct rebtf_btf *btf)
{
	REBTF_OPTIONS(rebtf_write_options, with, .layout = REBTF_LAYOUT_WITH);
	REBTF_OPTIONS(rebtf_write_options, without, .layout = REBTF_LAYOUT_WITHOUT);
	REBTF_OPTIONS(rebtf_write_options, big, .byte_order = REBTF_BYTE_ORDER_BIG);

	must_reopen(btf, NULL);
	must_reopen(btf, &with);
	must_reopen(btf, &without);
	if (rebtf_btf_base(btf)) /* split BTF must have the byte order of its base */
		return;
	must_reopen(btf, &big);
	with.byte_order = REBTF_BYTE_ORDER_LITTLE;
	must_reopen(btf, &with);
}

/* ---------------------------------------------------------------------------------- verifying */

static bool is_taken(const struct rebtf_btf *btf, bool trusting, bool tell)
{
	const struct rebtf_verify_options options = { .size = sizeof(struct rebtf_verify_options),
						      .kernel_btf = trusting,
						      .limit = 1 };
	struct rebtf_violations *violations;
	void *data;
	size_t size;
	bool none;

	if (!ok(rebtf_btf_write(btf, NULL, &data, &size)))
		return false;
	must(rebtf_verify(data, size, "result", rebtf_btf_base(btf), &options, &violations));
	none = !rebtf_violations_count(violations);
	if (tell && !none)
		fail(rebtf_error_message(rebtf_violations_at(violations, 0)));
	rebtf_violations_free(violations);
	free(data);
	return none;
}

/*
 * Whether a type is not valid in C, for example a const function. Whether a kernel detects that
 * depends on the order of types.
 */
static bool is_no_c(const struct rebtf_btf *btf)
{
	for (uint32_t id = rebtf_btf_start_id(btf); id < rebtf_btf_type_count(btf); id++) {
		const struct rebtf_type *t = rebtf_btf_type(btf, id);
		struct rebtf_field_iter it;
		const uint32_t *field;

		if (rebtf_type_kind(t) == REBTF_KIND_DECL_TAG ||
		    rebtf_type_kind(t) == REBTF_KIND_DATASEC)
			continue;
		rebtf_field_iter_init(&it, t, REBTF_FIELD_IDS);
		while ((field = rebtf_field_iter_next(&it))) {
			switch (rebtf_type_kind(rebtf_btf_type(btf, *field))) {
			case REBTF_KIND_FUNC:
			case REBTF_KIND_VAR:
			case REBTF_KIND_DATASEC:
			case REBTF_KIND_DECL_TAG:
				return true;
			default:
				break;
			}
		}
	}
	return false;
}

enum verdict verdict_of(const struct rebtf_btf *btf)
{
	enum verdict verdict = TAKEN_FROM_PROGRAMS;

	for (; btf && verdict != REFUSED; btf = rebtf_btf_base(btf)) {
		if (!is_taken(btf, true, false))
			verdict = REFUSED;
		else if (!is_taken(btf, false, false) || is_no_c(btf))
			verdict = TAKEN_FROM_MODULES;
	}
	return verdict;
}

void must_be_taken(const struct rebtf_btf *btf, enum verdict before)
{
	if (before >= TAKEN_FROM_MODULES)
		is_taken(btf, true, true);
	if (before >= TAKEN_FROM_PROGRAMS)
		is_taken(btf, false, true);
}
