/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Describes the path from one type to another. */
#include "cli/path_text.h"

/* The word for a step. NULL for steps that readers can skip. */
static const char *path_word(const struct rebtf_type *t)
{
	switch (rebtf_type_kind(t)) {
	case REBTF_KIND_PTR:
		return "pointer";
	case REBTF_KIND_ARRAY:
		return "array";
	case REBTF_KIND_FUNC:
		return "func ";
	case REBTF_KIND_VAR:
		return "variable ";
	case REBTF_KIND_TYPEDEF:
		return "typedef ";
	case REBTF_KIND_FUNC_PROTO:
		return "function";
	case REBTF_KIND_CONST:
	case REBTF_KIND_VOLATILE:
	case REBTF_KIND_RESTRICT:
	case REBTF_KIND_TYPE_TAG:
		return NULL;
	default:
		return rebtf_type_keyword(t);
	}
}

static void path_add_arrow(struct text *text, const char **before)
{
	text_add(text, *before);
	*before = " -> ";
}

/* Adds the member of a struct, or the part of a prototype, through which the path continues. */
static void path_add_place(struct text *text, const struct rebtf_type *t, const char *member,
			   const char **before)
{
	bool is_proto = rebtf_type_kind(t) == REBTF_KIND_FUNC_PROTO;

	if (is_proto && !member) {
		path_add_arrow(text, before);
		text_add(text, "result");
	} else if (member && *member) {
		path_add_arrow(text, before);
		text_add(text, is_proto ? "parameter '" : "member '");
		text_add_type_name(text, member);
		text_add(text, "'");
	} else if (is_proto) {
		path_add_arrow(text, before);
		text_add(text, "parameter");
	}
}

/* Of a longer path, this many steps are shown from its start and from its end. */
#define STEPS_AT_END 8

/* How many steps are left out before step @i. */
static size_t path_gap_before(size_t i, size_t count)
{
	return i == STEPS_AT_END && count > 2 * STEPS_AT_END ? count - 2 * STEPS_AT_END : 0;
}

static void path_add_gap(struct text *text, size_t gap, const char **before)
{
	path_add_arrow(text, before);
	text_add(text, "... (");
	text_add_counted(text, gap, "more step");
	text_add(text, ")");
}

void path_text_add(struct text *text, const struct rebtf_btf *btf, const struct rebtf_path *path)
{
	size_t count = rebtf_path_count(path);
	const char *before = "";

	for (size_t i = 0; i < count; i++) {
		size_t gap = path_gap_before(i, count);
		const struct rebtf_type *t, *last;
		const struct rebtf_step *step;
		const char *word, *name;

		if (gap)
			path_add_gap(text, gap, &before);
		i += gap;
		step = rebtf_path_at(path, i);
		t = rebtf_btf_type(btf, step->type_id);
		last = i ? rebtf_btf_type(btf, rebtf_path_at(path, i - 1)->type_id) : NULL;
		word = path_word(t);
		name = rebtf_btf_type_name(btf, t);
		if (word && !(last && rebtf_type_kind(last) == REBTF_KIND_FUNC)) {
			path_add_arrow(text, &before);
			text_add(text, word);
			if (*rebtf_type_keyword(t) && !*name)
				text_add(text, "{...}");
			text_add_type_name(text, name);
		}
		if (i + 1 < count)
			path_add_place(text, t, step->member, &before);
	}
}

static struct json_object *path_step_json(const struct rebtf_btf *btf,
					  const struct rebtf_step *step)
{
	const struct rebtf_type *t = rebtf_btf_type(btf, step->type_id);
	struct json_object *object = json_new_object();

	json_add_number(object, "id", step->type_id);
	json_add_string(object, "kind", rebtf_kind_name(rebtf_type_kind(t)));
	json_add_name(object, "name", rebtf_btf_type_name(btf, t));
	json_add_name(object, "member", step->member);
	return object;
}

struct json_object *path_text_json(const struct rebtf_btf *btf, const struct rebtf_path *path,
				   size_t *left_out)
{
	struct json_object *array = json_new_array();
	size_t count = rebtf_path_count(path);

	for (size_t i = 0; i < count; i++) {
		*left_out += path_gap_before(i, count);
		i += path_gap_before(i, count);
		json_append(array, path_step_json(btf, rebtf_path_at(path, i)));
	}
	return array;
}
