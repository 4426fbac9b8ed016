/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * JSON, one object per line. An object is stored as the text of its contents, in insertion order.
 * So it takes no more memory than its output, and lack of memory is detected. Strings become valid
 * UTF-8 from any bytes. Both libraries of Debian 12 keep each value of an object in an allocation of
 * its own until they print it: json-c takes ten times as much memory, and writes invalid lines when
 * memory runs out; jansson reports that, but refuses strings that are not UTF-8. Debian 12 has no
 * yyjson. rebtf-json(7) explains the keys.
 *
 * When memory runs out, the thread is flagged (memory_failed()), and objects may be NULL. All
 * functions here accept NULL.
 */
#ifndef REBTF_CLI_JSON_H
#define REBTF_CLI_JSON_H

#include "rebtf.h"

#include "cli/text.h"

/*
 * The version of docs/rebtf.schema.json. It increases when a key changes its meaning or is removed.
 */
#define JSON_SCHEMA 1

struct json_object;

struct json_object *json_new_object(void);
struct json_object *json_new_array(void);

/* The size of its text so far, in bytes. */
size_t json_size(const struct json_object *object);

/* Each invalid UTF-8 byte of @value becomes U+FFFD. NULL gives null. */
void json_add_string(struct json_object *object, const char *key, const char *value);
/* The same, but long names are shortened as in text_add_type_name(). */
void json_add_name(struct json_object *object, const char *key, const char *name);
void json_add_number(struct json_object *object, const char *key, uint64_t value);
void json_add_signed(struct json_object *object, const char *key, int64_t value);
void json_add_bool(struct json_object *object, const char *key, bool value);

/* Strings in an array; see json_add_string() and json_add_name(). */
void json_append_string(struct json_object *array, const char *value);
void json_append_name(struct json_object *array, const char *name);

/* These two take over @value, which must not be changed any more. NULL gives null. */
void json_add(struct json_object *object, const char *key, struct json_object *value);
void json_append(struct json_object *array, struct json_object *value);

/*
 * All parts of an error: code, location, message. @path is the file if @err names no file; or NULL.
 */
struct json_object *json_error(const struct rebtf_error *err, const char *path);

/* Adds @object as a line, with the version of its schema, and frees it. */
void json_print(struct text *out, struct json_object *object);

#endif
