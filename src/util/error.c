/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Creates, extends, prints and frees error objects. An error owns its strings. The one exception is
 * the static out-of-memory error, recognized by its address.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/error.h"
#include "util/text.h"

static char nomem_message[] = "out of memory";

static struct rebtf_error nomem = {
	.code = REBTF_ERR_NOMEM,
	.type_id = REBTF_NO_TYPE,
	.message = nomem_message,
};

struct rebtf_error *error_nomem(void)
{
	return &nomem;
}

struct rebtf_error *rebtf_error_nomem(void)
{
	return error_nomem();
}

/*
 * Messages and names may contain strings of a hostile file, which can be megabytes long and occur
 * in a thousand errors. Kernels accept names of up to 512 bytes. Real messages are shorter than the
 * limit.
 */
#define SENTENCE_MAX  2047
#define TYPE_NAME_MAX 512

/* If the malloced @text is longer than @max, keeps @kept bytes of it: "aaa... (N bytes)". */
static char *cut(char *text, size_t max, size_t kept)
{
	size_t length = text ? strlen(text) : 0;

	if (length <= max)
		return text;
	snprintf(text + kept, max - kept, "... (%zu bytes)", length);
	return realloc(text, max + 1) ?: text;
}

static struct rebtf_error *error_of(enum rebtf_error_code code, int errnum, char *message)
{
	struct rebtf_error *err = message ? calloc(1, sizeof(*err)) : NULL;

	message = cut(message, SENTENCE_MAX, SENTENCE_MAX / 2);
	if (!err) {
		free(message);
		return error_nomem();
	}
	err->code = code;
	err->errnum = errnum;
	err->type_id = REBTF_NO_TYPE;
	err->message = message;
	return err;
}

struct rebtf_error *error_new(enum rebtf_error_code code, const char *format, ...)
{
	char *message;
	va_list ap;

	va_start(ap, format);
	if (vasprintf(&message, format, ap) < 0)
		message = NULL;
	va_end(ap);
	return error_of(code, 0, message);
}

struct rebtf_error *rebtf_error_new(enum rebtf_error_code code, const char *file,
				    const char *section, const char *message)
{
	return error_at(error_of(code, 0, strdup(message)), file, section);
}

/* @what: what failed; NULL: out of memory. */
static struct rebtf_error *error_of_errno(int errnum, const char *what)
{
	const char *reason = strerrordesc_np(errnum) ?: "unknown error";

	return error_of(REBTF_ERR_IO, errnum, what ? text_join(what, ": ", reason) : NULL);
}

struct rebtf_error *rebtf_error_new_io(int errnum, const char *file, const char *section,
				       const char *message)
{
	return error_at(error_of_errno(errnum, message), file, section);
}

struct rebtf_error *error_io(int errnum, const char *format, ...)
{
	struct rebtf_error *err;
	va_list ap;
	char *what;

	va_start(ap, format);
	if (vasprintf(&what, format, ap) < 0)
		what = NULL;
	va_end(ap);
	err = error_of_errno(errnum, what);
	free(what);
	return err;
}

struct rebtf_error *error_changed(void)
{
	return error_new(REBTF_ERR_CHANGED, "another process changed the file");
}

struct rebtf_error *error_nomem_only(struct rebtf_error *err)
{
	if (!err || err->code == REBTF_ERR_NOMEM)
		return err;
	rebtf_error_free(err);
	return NULL;
}

/*
 * If a location cannot be copied because memory is short, it is left out: the message matters more.
 */
static void set_once(char **place, const char *value)
{
	if (!*place && value)
		*place = strdup(value);
}

struct rebtf_error *error_at(struct rebtf_error *err, const char *file, const char *section)
{
	if (!err || err == &nomem)
		return err;
	set_once(&err->file, file);
	set_once(&err->section, section);
	return err;
}

struct rebtf_error *error_at_type(struct rebtf_error *err, uint32_t type_id, const char *kind,
				  const char *name)
{
	if (!err || err == &nomem || err->type_id != REBTF_NO_TYPE)
		return err;
	err->type_id = type_id;
	set_once(&err->type_kind, kind);
	if (name && *name && !err->type_name)
		err->type_name = cut(strdup(name), TYPE_NAME_MAX, 100);
	return err;
}

/* Details that cannot be allocated are left out, as locations are. */
struct rebtf_error *error_detail(struct rebtf_error *err, const char *format, ...)
{
	char *details;
	va_list ap;

	if (err == &nomem)
		return err;
	va_start(ap, format);
	if (vasprintf(&details, format, ap) < 0)
		details = NULL;
	va_end(ap);
	free(err->details);
	err->details = details;
	return err;
}

void rebtf_error_free(struct rebtf_error *err)
{
	if (!err || err == &nomem)
		return;
	free(err->file);
	free(err->section);
	free(err->type_kind);
	free(err->type_name);
	free(err->message);
	free(err->details);
	free(err);
}

enum rebtf_error_code rebtf_error_code(const struct rebtf_error *err)
{
	return err->code;
}

const char *rebtf_error_code_name(enum rebtf_error_code code)
{
	static const char *const names[] = {
		[REBTF_ERR_NOMEM] = "no_memory",   [REBTF_ERR_IO] = "io",
		[REBTF_ERR_ARGUMENT] = "argument", [REBTF_ERR_FORMAT] = "format",
		[REBTF_ERR_NO_BTF] = "no_btf",	   [REBTF_ERR_WRONG_BASE] = "wrong_base",
		[REBTF_ERR_MISMATCH] = "mismatch", [REBTF_ERR_UNSUPPORTED] = "unsupported",
		[REBTF_ERR_SIGNED] = "signed",	   [REBTF_ERR_AMBIGUOUS] = "ambiguous",
		[REBTF_ERR_CHANGED] = "changed",
	};

	/* There is no code 0. */
	return code && code < sizeof(names) / sizeof(*names) ? names[code] : "unknown";
}

int rebtf_error_errnum(const struct rebtf_error *err)
{
	return err->errnum;
}

const char *rebtf_error_file(const struct rebtf_error *err)
{
	return err->file;
}

const char *rebtf_error_section(const struct rebtf_error *err)
{
	return err->section;
}

uint32_t rebtf_error_type_id(const struct rebtf_error *err)
{
	return err->type_id;
}

const char *rebtf_error_type_kind(const struct rebtf_error *err)
{
	return err->type_kind;
}

const char *rebtf_error_type_name(const struct rebtf_error *err)
{
	return err->type_name;
}

const char *rebtf_error_message(const struct rebtf_error *err)
{
	return err->message;
}

const char *rebtf_error_details(const struct rebtf_error *err)
{
	return err->details;
}

/* Names and messages may contain bytes of a hostile file. Prints control characters as \xNN. */
static void error_put_escaped(FILE *out, const char *text)
{
	while (*text) {
		uint32_t code;
		bool control;
		size_t size = rebtf_character(text, &code, &control);

		for (size_t i = 0; control && i < size; i++)
			fprintf(out, "\\x%02x", (unsigned char)text[i]);
		if (!control)
			fwrite(text, 1, size, out);
		text += size;
	}
}

/* @file may be NULL. */
static char *error_line(const struct rebtf_error *err, const char *file)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	if (file) {
		error_put_escaped(out, file);
		fputs(": ", out);
	}
	if (err->section) {
		error_put_escaped(out, err->section);
		fputs(": ", out);
	}
	if (err->type_id != REBTF_NO_TYPE) {
		fprintf(out, "type [%u]", err->type_id);
		if (err->type_kind)
			fprintf(out, " %s", err->type_kind);
		if (err->type_name) {
			fputs(" '", out);
			error_put_escaped(out, err->type_name);
			fputc('\'', out);
		}
		fputs(": ", out);
	}
	error_put_escaped(out, err->message);
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}

char *rebtf_error_text_without_file(const struct rebtf_error *err)
{
	return error_line(err, NULL);
}

char *rebtf_error_text(const struct rebtf_error *err)
{
	return error_line(err, err->file);
}
