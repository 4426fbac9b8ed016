/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Builds JSON objects as text and prints them, one per line. */
#include <stdlib.h>
#include <string.h>

#include "cli/json.h"

struct json_object {
	struct text text; /* without its last character */
	const char *end;  /* that character */
	bool has_elements;
};

/* ------------------------------------------------------------------------------------ structure */

static struct json_object *json_start(const char *start, const char *end)
{
	struct json_object *object = calloc(1, sizeof(*object));

	if (!object) {
		memory_failed();
		return NULL;
	}
	text_add(&object->text, start);
	object->end = end;
	return object;
}

struct json_object *json_new_object(void)
{
	return json_start("{", "}");
}

struct json_object *json_new_array(void)
{
	return json_start("[", "]");
}

size_t json_size(const struct json_object *object)
{
	return object ? object->text.size : 0;
}

static void add_separator(struct json_object *object)
{
	if (object->has_elements)
		text_add(&object->text, ",");
	object->has_elements = true;
}

/* Keys are literals without characters to escape. Returns the text for the value, or NULL. */
static struct text *add_key(struct json_object *object, const char *key)
{
	if (!object)
		return NULL;
	add_separator(object);
	text_add(&object->text, "\"");
	text_add(&object->text, key);
	text_add(&object->text, "\":");
	return &object->text;
}

/* Adds the text of @value, and frees it. */
static void json_append_value(struct text *text, struct json_object *value)
{
	if (!value) {
		text_add(text, "null");
		return;
	}
	text_add_bytes(text, value->text.data, value->text.size);
	text_add(text, value->end);
	text_release(&value->text);
	free(value);
}

static void discard(struct json_object *value)
{
	struct text none = {};

	if (value)
		json_append_value(&none, value);
	text_release(&none);
}

void json_add(struct json_object *object, const char *key, struct json_object *value)
{
	struct text *text = add_key(object, key);

	if (text)
		json_append_value(text, value);
	else
		discard(value);
}

void json_append(struct json_object *array, struct json_object *value)
{
	if (!array) {
		discard(value);
		return;
	}
	add_separator(array);
	json_append_value(&array->text, value);
}

/* -------------------------------------------------------------------------------------- strings */

static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */

/* Adds a character that must, or should, be escaped in a string. */
static void add_escape(struct text *text, uint32_t code)
{
	static const char escapes[0x80] = {
		['"'] = '"',  ['\\'] = '\\', ['\b'] = 'b', ['\n'] = 'n',
		['\r'] = 'r', ['\t'] = 't',  ['\f'] = 'f',
	};

	if (code < 0x80 && escapes[code])
		text_add_bytes(text, (const char[]){ '\\', escapes[code] }, 2);
	else
		/* All control characters are below U+10000. */
		text_addf(text, "\\u%04x", code);
}

/* Adds @size bytes of @string. */
static void add_characters(struct text *text, const char *string, size_t size)
{
	const char *end = string + size, *plain = string;

	while (string < end) {
		uint32_t code;
		bool control;
		size_t length = rebtf_character(string, &code, &control);

		if (length > (size_t)(end - string)) {
			/* A truncated character is invalid. */
			length = (size_t)(end - string);
			code = REBTF_NO_CHARACTER;
		}
		if (code == REBTF_NO_CHARACTER || control || code == '"' || code == '\\') {
			text_add_bytes(text, plain, (size_t)(string - plain));
			if (code == REBTF_NO_CHARACTER)
				text_add(text, replacement);
			else
				add_escape(text, code);
			plain = string + length;
		}
		string += length;
	}
	text_add_bytes(text, plain, (size_t)(string - plain));
}

/* Adds @size bytes of @value and then @rest; null if @value is NULL. */
static void json_put_string(struct text *text, const char *value, size_t size, const char *rest)
{
	if (!text)
		return;
	if (!value) {
		text_add(text, "null");
		return;
	}
	text_add(text, "\"");
	add_characters(text, value, size);
	text_add(text, rest);
	text_add(text, "\"");
}

void json_append_string(struct json_object *array, const char *value)
{
	if (!array)
		return;
	add_separator(array);
	json_put_string(&array->text, value, value ? strlen(value) : 0, "");
}

static void json_start_name(struct text *text, const char *name)
{
	char rest[NAME_REST_SIZE];

	json_put_string(text, name, name ? name_shown(name, rest) : 0, name ? rest : "");
}

void json_add_string(struct json_object *object, const char *key, const char *value)
{
	json_put_string(add_key(object, key), value, value ? strlen(value) : 0, "");
}

void json_add_name(struct json_object *object, const char *key, const char *name)
{
	json_start_name(add_key(object, key), name);
}

void json_append_name(struct json_object *array, const char *name)
{
	if (!array)
		return;
	add_separator(array);
	json_start_name(&array->text, name);
}

/* --------------------------------------------------------------------------------------- numbers */

void json_add_number(struct json_object *object, const char *key, uint64_t value)
{
	struct text *text = add_key(object, key);

	if (text)
		text_addf(text, "%llu", (unsigned long long)value);
}

void json_add_signed(struct json_object *object, const char *key, int64_t value)
{
	struct text *text = add_key(object, key);

	if (text)
		text_addf(text, "%lld", (long long)value);
}

void json_add_bool(struct json_object *object, const char *key, bool value)
{
	struct text *text = add_key(object, key);

	if (text)
		text_add(text, value ? "true" : "false");
}

/* ---------------------------------------------------------------------------------------- lines */

struct json_object *json_error(const struct rebtf_error *err, const char *path)
{
	struct json_object *object = json_new_object();

	json_add_string(object, "code", rebtf_error_code_name(rebtf_error_code(err)));
	if (rebtf_error_errnum(err))
		json_add_number(object, "errno", (uint64_t)rebtf_error_errnum(err));
	if (rebtf_error_file(err) || path)
		json_add_string(object, "file", rebtf_error_file(err) ?: path);
	if (rebtf_error_section(err))
		json_add_string(object, "section", rebtf_error_section(err));
	if (rebtf_error_type_id(err) != REBTF_NO_TYPE) {
		json_add_number(object, "type_id", rebtf_error_type_id(err));
		json_add_string(object, "type_kind", rebtf_error_type_kind(err));
		json_add_string(object, "type_name", rebtf_error_type_name(err));
	}
	json_add_string(object, "message", rebtf_error_message(err));
	if (rebtf_error_details(err))
		json_add_string(object, "details", rebtf_error_details(err));
	return object;
}

void json_print(struct text *out, struct json_object *object)
{
	json_add_number(object, "schema", JSON_SCHEMA);
	json_append_value(out, object);
	text_add(out, "\n");
}
