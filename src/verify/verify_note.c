/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Notes violations and looks up types, strings and names for all passes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/error.h"
#include "verify/verify.h"

struct rebtf_error *note_violation(struct verifier *v, uint32_t id, struct rebtf_error *err)
{
	struct rebtf_violations *noted = v->noted;

	if (err->code == REBTF_ERR_NOMEM)
		return err;
	if (id != REBTF_NO_TYPE && id - v->start_id < v->own_count) {
		const struct rebtf_type *t = verifier_type(v, id);
		const char *string = verifier_string(v, t->name_off) ?: "";
		char name[LONGEST_NAME + 1];

		/* A string can have megabytes, and all types may share it. */
		snprintf(name, sizeof(name), "%.*s", LONGEST_NAME, string);
		error_at_type(err, id, rebtf_kind_name(rebtf_type_kind(t)), name);
		v->state[id - v->start_id] = RESOLVE_FAILED;
	} else if (id != REBTF_NO_TYPE) {
		error_at_type(err, id, NULL, NULL);
	}
	if (violation_vector_append(&noted->errors, err))
		return NULL;
	rebtf_error_free(err);
	return error_nomem();
}

bool has_enough(const struct verifier *v)
{
	return v->limit && v->noted->errors.count >= v->limit;
}

const struct rebtf_type *verifier_type(const struct verifier *v, uint32_t id)
{
	static const struct rebtf_type void_type;

	if (!id)
		return &void_type;
	if (id < v->start_id)
		return rebtf_btf_type(v->base, id);
	if (id - v->start_id >= v->own_count)
		return NULL;
	return (const struct rebtf_type *)(v->types + v->places[id - v->start_id]);
}

const char *verifier_string(const struct verifier *v, uint32_t off)
{
	if (off > LARGEST_STRING_OFFSET)
		return NULL;
	if (off < v->start_string)
		return rebtf_btf_string(v->base, off);
	off -= v->start_string;
	return off < v->strings_size ? v->strings + off : NULL;
}

/* The kernel classifies characters as Latin-1. A dot counts as a letter, too. */
static bool is_letter(unsigned char c)
{
	if (c >= 0xc0)
		return c != 0xd7 && c != 0xf7;
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '.';
}

static bool is_printable(unsigned char c)
{
	return (c >= ' ' && c <= '~') || c >= 0xa0;
}

bool is_identifier(const char *name)
{
	size_t i;

	if (!is_letter(name[0]))
		return false;
	for (i = 1; name[i] && i < LONGEST_NAME; i++) {
		if (!is_letter(name[i]) && (name[i] < '0' || name[i] > '9'))
			return false;
	}
	return !name[i];
}

bool verifier_accepts_identifier(const struct verifier *v, const char *name)
{
	return is_identifier(name) &&
	       (!v->rules->short_names || strnlen(name, LONGEST_NAME) <= LONGEST_NAME_OLD);
}

bool is_section_name(const struct verifier *v, const char *name)
{
	size_t i;

	if (!v->rules->printable_section)
		return verifier_accepts_identifier(v, name);
	for (i = 0; name[i] && i < LONGEST_NAME; i++) {
		if (!is_printable(name[i]))
			return false;
	}
	return i && !name[i];
}
