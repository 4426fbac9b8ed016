/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* The differences between types and their header: names that changed, and types that C cannot express. */
#ifndef REBTF_CLI_HEADER_NOTES_H
#define REBTF_CLI_HEADER_NOTES_H

#include "rebtf.h"

#include "cli/json.h"

struct header_note;

struct header_notes {
	const struct rebtf_btf *btf;
	struct header_note *items; /* malloced, with their texts */
	size_t count;
	size_t room;
	bool failed; /* memory ran out */
};

/* Keeps a note. For struct rebtf_header_options; @arg is a struct header_notes. */
void header_notes_add(void *arg, const struct rebtf_header_note *note);
void header_notes_release(struct header_notes *notes);

/* Prints them on standard error: of each kind only some, unless @all. */
void header_notes_print(const struct header_notes *notes, bool all);

/* Adds the arrays renamed, left_out and opaque. */
void header_notes_add_json(const struct header_notes *notes, struct json_object *object);

#endif
