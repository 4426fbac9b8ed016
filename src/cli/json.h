/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * JSON, one object a line. An object is the text of what was put into it, in that order: it takes no
 * more memory than it prints, and when memory ends, that shows. json-c, which would be the library for
 * this, takes ten times as much, and writes lines that are no JSON when it finds no memory. Strings
 * become valid UTF-8 whatever bytes they came from. docs/json.md explains the keys.
 *
 * When memory ends, the thread is marked (memory_failed()), and objects may be NULL, which all
 * functions here take.
 */
#ifndef REBTF_CLI_JSON_H
#define REBTF_CLI_JSON_H

#include "rebtf.h"

#include "cli/text.h"

/* The version of docs/rebtf.schema.json: it goes up when a key changes its meaning or goes. */
#define JSON_SCHEMA 1

struct json_object;

struct json_object *json_new_object(void);
struct json_object *json_new_array(void);

/* How many bytes of text it has so far. */
size_t json_size(const struct json_object *object);

/* Each byte of @value that belongs to no UTF-8 character becomes U+FFFD. NULL gives null. */
void json_add_string(struct json_object *object, const char *key, const char *value);
/* The same, of a name that text_add_type_name() would shorten, its shorter form. */
void json_add_name(struct json_object *object, const char *key, const char *name);
void json_add_number(struct json_object *object, const char *key, uint64_t value);
void json_add_signed(struct json_object *object, const char *key, int64_t value);
void json_add_bool(struct json_object *object, const char *key, bool value);

/* A string in an array; see json_add_name(). */
void json_append_name(struct json_object *array, const char *name);

/* These two take @value over; nothing can be put into it any more. NULL gives null. */
void json_add(struct json_object *object, const char *key, struct json_object *value);
void json_append(struct json_object *array, struct json_object *value);

/* @value has to be UTF-8. */
void json_append_string(struct json_object *array, const char *value);

/* "io" and so on: how JSON calls a code. A static string. */
const char *json_error_code(enum rebtf_error_code code);

/* All that an error says: code, place, message. */
struct json_object *json_error(const struct rebtf_error *err);

/* Adds @object, with the version of its schema, as a line and frees it. */
void json_print(struct text *out, struct json_object *object);

#endif
