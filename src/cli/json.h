/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * JSON, one object a line, with json-c. What is added here is what json-c leaves to its callers:
 * strings that are valid UTF-8 whatever bytes they came from, and an end for want of memory. What
 * the keys mean stands in docs/json.md.
 */
#ifndef REBTF_CLI_JSON_H
#define REBTF_CLI_JSON_H

#include <json-c/json.h>

#include "rebtf.h"

#include "cli/text.h"

/* The version of docs/rebtf.schema.json: it goes up when a key changes its meaning or goes. */
#define JSON_SCHEMA 1

struct json_object *json_new_object(void);
struct json_object *json_new_array(void);

/* Each byte of @value that belongs to no UTF-8 character becomes U+FFFD. NULL gives null. */
void json_add_string(struct json_object *object, const char *key, const char *value);
void json_add_number(struct json_object *object, const char *key, uint64_t value);
void json_add_signed(struct json_object *object, const char *key, int64_t value);
void json_add_bool(struct json_object *object, const char *key, bool value);

/* These two take @value over. */
void json_add(struct json_object *object, const char *key, struct json_object *value);
void json_append(struct json_object *array, struct json_object *value);

/* "io" and so on: how JSON calls a code. A static string. */
const char *json_error_code(enum rebtf_error_code code);

/* All that an error says: code, place, message. */
struct json_object *json_error(const struct rebtf_error *err);

/* Adds @object, with the version of its schema, as a line and frees it. */
void json_print(struct text *out, struct json_object *object);

#endif
