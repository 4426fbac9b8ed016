/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* JSON, one object a line: see json.h for the idea. */
#include <limits.h>
#include <string.h>

#include "cli/json.h"

static struct json_object *checked(struct json_object *object)
{
	if (!object)
		out_of_memory();
	return object;
}

struct json_object *json_new_object(void)
{
	return checked(json_object_new_object());
}

struct json_object *json_new_array(void)
{
	return checked(json_object_new_array());
}

void json_add(struct json_object *object, const char *key, struct json_object *value)
{
	/* All keys are literals, each added once to an object. */
	if (json_object_object_add_ex(object, key, value,
				      JSON_C_OBJECT_ADD_KEY_IS_NEW | JSON_C_OBJECT_KEY_IS_CONSTANT))
		out_of_memory();
}

void json_append(struct json_object *array, struct json_object *value)
{
	if (json_object_array_add(array, value))
		out_of_memory();
}

static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */

void json_add_string(struct json_object *object, const char *key, const char *value)
{
	struct text valid = {};

	if (!value) {
		json_add(object, key, NULL);
		return;
	}
	while (*value) {
		uint32_t code;
		bool control;
		size_t size = rebtf_character(value, &code, &control);

		if (code == REBTF_NO_CHARACTER)
			text_add(&valid, replacement);
		else
			text_add_bytes(&valid, value, size);
		value += size;
	}
	if (valid.size > INT_MAX)
		out_of_memory();
	json_add(object, key,
		 checked(json_object_new_string_len(valid.data ?: "", (int)valid.size)));
	text_release(&valid);
}

void json_add_number(struct json_object *object, const char *key, uint64_t value)
{
	json_add(object, key, checked(json_object_new_uint64(value)));
}

void json_add_signed(struct json_object *object, const char *key, int64_t value)
{
	json_add(object, key, checked(json_object_new_int64(value)));
}

void json_add_bool(struct json_object *object, const char *key, bool value)
{
	json_add(object, key, checked(json_object_new_boolean(value)));
}

const char *json_error_code(enum rebtf_error_code code)
{
	switch (code) {
	case REBTF_ERR_NOMEM:
		return "no_memory";
	case REBTF_ERR_IO:
		return "io";
	case REBTF_ERR_ARGUMENT:
		return "argument";
	case REBTF_ERR_FORMAT:
		return "format";
	case REBTF_ERR_NO_BTF:
		return "no_btf";
	case REBTF_ERR_WRONG_BASE:
		return "wrong_base";
	case REBTF_ERR_MISMATCH:
		return "mismatch";
	case REBTF_ERR_UNSUPPORTED:
		return "unsupported";
	case REBTF_ERR_SIGNED:
		return "signed";
	case REBTF_ERR_AMBIGUOUS:
		return "ambiguous";
	case REBTF_ERR_CHANGED:
		return "changed";
	}
	return "unknown";
}

struct json_object *json_error(const struct rebtf_error *err)
{
	struct json_object *object = json_new_object();

	json_add_string(object, "code", json_error_code(err->code));
	if (err->errnum)
		json_add_number(object, "errno", (uint64_t)err->errnum);
	if (err->file)
		json_add_string(object, "file", err->file);
	if (err->section)
		json_add_string(object, "section", err->section);
	if (err->type_id != REBTF_NO_TYPE) {
		json_add_number(object, "type_id", err->type_id);
		json_add_string(object, "type_kind", err->type_kind);
		json_add_string(object, "type_name", err->type_name);
	}
	json_add_string(object, "message", err->message);
	if (err->details)
		json_add_string(object, "details", err->details);
	return object;
}

void json_print(struct text *out, struct json_object *object)
{
	const char *line;

	json_add_number(object, "schema", JSON_SCHEMA);
	line = json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN |
							      JSON_C_TO_STRING_NOSLASHESCAPE);
	if (!line)
		out_of_memory();
	/* json-c itself escapes those below U+0020 alone. */
	text_add_json(out, line);
	text_add(out, "\n");
	json_object_put(object);
}
