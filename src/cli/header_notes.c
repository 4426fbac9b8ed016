/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Keeps the notes of a header, and prints them after it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/errors.h"
#include "cli/header_notes.h"

#define HEADER_NOTE_KINDS 3

/* As many notes of a kind are printed without --verbose. Every kernel has names that are taken. */
static const size_t header_notes_shown[HEADER_NOTE_KINDS] = {
	[REBTF_HEADER_RENAMED] = 1,
	[REBTF_HEADER_LEFT_OUT] = 10,
	[REBTF_HEADER_OPAQUE] = 10,
};

struct header_note {
	struct rebtf_header_note note;
	char *c_name; /* a copy; the other texts live as long as the BTF or the program */
};

void header_notes_add(void *arg, const struct rebtf_header_note *note)
{
	struct header_notes *notes = arg;
	char *c_name = note->c_name ? strdup(note->c_name) : NULL;

	if (notes->count == notes->room) {
		size_t room = notes->room * 2 + 64;
		struct header_note *items = realloc(notes->items, room * sizeof(*items));

		notes->failed |= !items;
		notes->items = items ?: notes->items;
		notes->room = items ? room : notes->room;
	}
	notes->failed |= note->c_name && !c_name;
	if (notes->failed) {
		free(c_name);
		return;
	}
	notes->items[notes->count++] = (struct header_note){ *note, c_name };
}

void header_notes_release(struct header_notes *notes)
{
	for (size_t i = 0; i < notes->count; i++)
		free(notes->items[i].c_name);
	free(notes->items);
}

/* ------------------------------------------------------------------------------------------- text */

/* "STRUCT 'foo' [12]" */
static void header_note_add_type(struct text *text, const struct rebtf_btf *btf, uint32_t id)
{
	const struct rebtf_type *t = rebtf_btf_type(btf, id);

	text_add(text, rebtf_kind_name(rebtf_type_kind(t)));
	if (t->name_off) {
		text_add(text, " '");
		text_add_type_name(text, rebtf_btf_type_name(btf, t));
		text_add(text, "'");
	}
	text_addf(text, " [%u]", id);
}

static void header_note_add(struct text *text, const struct rebtf_btf *btf,
			    const struct header_note *n)
{
	static const char *const words[HEADER_NOTE_KINDS] = {
		[REBTF_HEADER_RENAMED] = "renamed",
		[REBTF_HEADER_LEFT_OUT] = "left out",
		[REBTF_HEADER_OPAQUE] = "void *",
	};
	const struct rebtf_header_note *note = &n->note;

	text_addf(text, "rebtf: %s: ", words[note->kind]);
	header_note_add_type(text, btf, note->id);
	if (note->kind == REBTF_HEADER_RENAMED) {
		/* A value of an enum. */
		if (strcmp(note->name, rebtf_btf_type_name(btf, rebtf_btf_type(btf, note->id))) !=
		    0) {
			text_add(text, ", value '");
			text_add_type_name(text, note->name);
			text_add(text, "'");
		}
		text_add(text, " is ");
		text_add_type_name(text, n->c_name);
	} else {
		if (note->cause != note->id) {
			text_add(text, ": ");
			header_note_add_type(text, btf, note->cause);
		}
		text_addf(text, " %s", note->reason);
	}
	text_add(text, "\n");
}

void header_notes_print(const struct header_notes *notes, bool all)
{
	size_t shown[HEADER_NOTE_KINDS] = {}, more = 0;
	struct text text = {};

	for (size_t i = 0; i < notes->count; i++) {
		const struct header_note *n = &notes->items[i];

		if (!all && shown[n->note.kind]++ >= header_notes_shown[n->note.kind])
			more++;
		else
			header_note_add(&text, notes->btf, n);
	}
	if (more)
		text_add_more(&text, "rebtf: ", more);
	errors_print_text(&text);
}

/* ------------------------------------------------------------------------------------------- JSON */

static void header_note_add_type_json(struct json_object *object, const struct rebtf_btf *btf,
				      uint32_t id)
{
	const struct rebtf_type *t = rebtf_btf_type(btf, id);

	json_add_number(object, "id", id);
	json_add_string(object, "kind", rebtf_kind_name(rebtf_type_kind(t)));
	json_add_name(object, "name", rebtf_btf_type_name(btf, t));
}

static struct json_object *header_note_json(const struct rebtf_btf *btf,
					    const struct header_note *n)
{
	struct json_object *object = json_new_object(), *cause;

	header_note_add_type_json(object, btf, n->note.id);
	if (n->note.kind == REBTF_HEADER_RENAMED) {
		json_add_name(object, "from", n->note.name);
		json_add_name(object, "to", n->c_name);
		return object;
	}
	json_add_string(object, "reason", n->note.reason);
	cause = json_new_object();
	header_note_add_type_json(cause, btf, n->note.cause);
	json_add(object, "cause", cause);
	return object;
}

void header_notes_add_json(const struct header_notes *notes, struct json_object *object)
{
	static const char *const keys[HEADER_NOTE_KINDS] = {
		[REBTF_HEADER_RENAMED] = "renamed",
		[REBTF_HEADER_LEFT_OUT] = "left_out",
		[REBTF_HEADER_OPAQUE] = "opaque",
	};

	for (int kind = 0; kind < HEADER_NOTE_KINDS; kind++) {
		struct json_object *array = json_new_array();

		for (size_t i = 0; i < notes->count; i++) {
			if ((int)notes->items[i].note.kind == kind)
				json_append(array, header_note_json(notes->btf, &notes->items[i]));
		}
		json_add(object, keys[kind], array);
	}
}
