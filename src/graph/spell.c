/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Spells types in C. C writes a declaration around the name, with the last type of a chain first. So
 * while following a chain, this file puts "*" in front of the text before the name and "[4]" behind
 * the text after it, until a named type ends the chain. Types can be cyclic and prototypes can be
 * nested, but the fixed size of the text bounds the work.
 */
#include <stdio.h>
#include <string.h>

#include "graph/spell.h"

/* The maximum length of a chain, and the maximum nesting of prototypes. */
#define LINKS_MAX 64
#define DEPTH_MAX 3

/* Text with a fixed capacity. */
struct room {
	char text[SPELLING_MAX];
	size_t length;
	bool full;
};

/* A type without its name: the text before and after the name of a variable. */
struct declarator {
	struct room before; /* reversed */
	struct room after;
	struct room qualifiers; /* of the type at the end of the chain */
	uint64_t *work;		/* see spell_type() */
};

static void add(struct room *room, const char *text)
{
	size_t length = strlen(text);

	if (room->full)
		return;
	if (length >= sizeof(room->text) - room->length) {
		room->full = true;
		length = sizeof(room->text) - room->length - 1;
	}
	memcpy(room->text + room->length, text, length);
	room->length += length;
}

static void add_reversed(struct room *room, const char *text)
{
	for (size_t i = strlen(text); i--;)
		add(room, (char[]){ text[i], 0 });
}

/* Adds parentheses around a pointer, because arrays and functions bind tighter. */
static void bind(struct declarator *d)
{
	if (!d->before.length)
		return;
	add(&d->before, "(");
	add(&d->after, ")");
}

static void spell_add_pointer(struct declarator *d)
{
	add(&d->before, "*");
}

/* Returns "const" and the like, or NULL for other kinds. */
static const char *qualifier(uint32_t kind)
{
	return kind_is_alias(kind) ? kind_layout(kind)->keyword : NULL;
}

/* Whether the qualifiers starting at @t qualify a pointer. */
static bool qualifies_pointer(const struct rebtf_btf *btf, const struct rebtf_type *t,
			      uint64_t *work)
{
	int links = 0;

	while (qualifier(rebtf_type_kind(t)) && links++ < LINKS_MAX)
		t = btf_type(btf, t->type);
	*work += links;
	return rebtf_type_kind(t) == REBTF_KIND_PTR;
}

static void add_qualifier(struct declarator *d, const struct rebtf_btf *btf,
			  const struct rebtf_type *t)
{
	const char *word = qualifier(rebtf_type_kind(t));

	if (!qualifies_pointer(btf, t, d->work)) {
		add(&d->qualifiers, word);
		add(&d->qualifiers, " ");
		return;
	}
	if (d->before.length)
		add(&d->before, " ");
	add_reversed(&d->before, word);
}

static void spell(const struct rebtf_btf *btf, uint32_t id, int depth, struct room *out,
		  uint64_t *work);

static void add_params(struct declarator *d, const struct rebtf_btf *btf,
		       const struct rebtf_type *t, int depth)
{
	struct room *out = &d->after;
	const struct rebtf_param *params = rebtf_params(t);
	uint32_t count = rebtf_type_vlen(t);

	add(out, "(");
	if (!count)
		add(out, "void");
	for (uint32_t i = 0; i < count && !out->full; i++) {
		if (i)
			add(out, ", ");
		if (i + 1 == count && !params[i].type && !params[i].name_off)
			add(out, "...");
		else
			spell(btf, params[i].type, depth + 1, out, d->work);
	}
	add(out, ")");
}

static void add_type_name(struct room *out, const struct rebtf_btf *btf, const struct rebtf_type *t)
{
	const char *name = btf_string(btf, t->name_off);

	add(out, rebtf_type_keyword(t));
	if (!rebtf_type_kind(t))
		add(out, "void");
	else if (*name)
		add(out, name);
	else if (*rebtf_type_keyword(t))
		add(out, "{...}");
	else
		add(out, rebtf_kind_name(rebtf_type_kind(t)));
}

/* Adds one link of the chain. Returns false at its end. */
static bool add_link(struct declarator *d, const struct rebtf_btf *btf, uint32_t *id, int depth)
{
	const struct rebtf_type *t = btf_type(btf, *id);
	const struct rebtf_array *array = rebtf_array(t);
	char elements[16];

	switch (rebtf_type_kind(t)) {
	case REBTF_KIND_PTR:
		spell_add_pointer(d);
		break;
	case REBTF_KIND_CONST:
	case REBTF_KIND_VOLATILE:
	case REBTF_KIND_RESTRICT:
		add_qualifier(d, btf, t);
		break;
	case REBTF_KIND_TYPE_TAG:
		break;
	case REBTF_KIND_ARRAY:
		bind(d);
		snprintf(elements, sizeof(elements), "[%u]", array->nelems);
		add(&d->after, elements);
		*id = array->type;
		return true;
	case REBTF_KIND_FUNC_PROTO:
		bind(d);
		if (depth < DEPTH_MAX)
			add_params(d, btf, t, depth);
		else
			add(&d->after, "(...)");
		break;
	default:
		return false;
	}
	*id = t->type;
	return true;
}

static void spell(const struct rebtf_btf *btf, uint32_t id, int depth, struct room *out,
		  uint64_t *work)
{
	struct declarator d = { .work = work };
	int links = 0;

	while (links < LINKS_MAX && add_link(&d, btf, &id, depth))
		links++;
	*work += 1 + links;
	add(out, d.qualifiers.text);
	if (links == LINKS_MAX)
		add(out, "...");
	else
		add_type_name(out, btf, btf_type(btf, id));
	if (d.before.length || (d.after.length && *d.after.text == '('))
		add(out, " ");
	while (d.before.length--)
		add(out, (char[]){ d.before.text[d.before.length], 0 });
	add(out, d.after.text);
	out->full |= d.before.full || d.after.full || d.qualifiers.full;
}

size_t spell_type(const struct rebtf_btf *btf, uint32_t id, char *text, uint64_t *work)
{
	struct room out = {};

	spell(btf, id, 0, &out, work);
	if (out.full) {
		if (out.length > SPELLING_MAX - 4)
			out.length = SPELLING_MAX - 4;
		memcpy(out.text + out.length, "...", 3);
		out.length += 3;
	}
	memcpy(text, out.text, out.length);
	text[out.length] = 0;
	return out.length;
}
