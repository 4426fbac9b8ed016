/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Keeps the answers of a kernel to a program, and their strings. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/core_answers.h"
#include "util/cleanup.h"

/* Explanations may take a small part of the work that the relocations may. */
#define CORE_REASON_BUDGET ((uint64_t)1 << 24)

struct rebtf_error *core_new(const struct rebtf_program *program, struct rebtf_set *set,
			     struct rebtf_core **core)
{
	const struct rebtf_btf *kernel;
	struct rebtf_core *new_core;

	TRY(rebtf_set_btf(set, SET_KERNEL, &kernel));
	if (kernel->big_endian != program->btf->big_endian)
		return error_new(REBTF_ERR_WRONG_BASE,
				 "the program is %s-endian, but the kernel is not",
				 kernel->big_endian ? "little" : "big");
	new_core = calloc(1, sizeof(*new_core));
	if (!new_core)
		return error_nomem();
	new_core->program = program;
	new_core->set = set;
	new_core->reason_budget = CORE_REASON_BUDGET;
	*core = new_core;
	return NULL;
}

static const char *core_keep_owned(struct rebtf_core *core, char *text)
{
	if (text && !core_strings_append(&core->strings, text)) {
		free(text);
		return NULL;
	}
	return text;
}

const char *core_keep(struct rebtf_core *core, const char *text)
{
	char *copy = text ? strdup(text) : NULL;

	core->strings.failed |= text && !copy;
	return core_keep_owned(core, copy);
}

const char *core_keepf(struct rebtf_core *core, const char *format, ...)
{
	va_list args;
	char *text;
	int length;

	va_start(args, format);
	length = vasprintf(&text, format, args);
	va_end(args);
	if (length < 0) {
		core->strings.failed = true;
		return NULL;
	}
	return core_keep_owned(core, text);
}

struct rebtf_error *core_add(struct rebtf_core *core, const struct rebtf_core_answer *answer)
{
	core->failures += answer->fails;
	if (core->strings.failed || !core_answer_list_append(&core->answers, *answer))
		return error_nomem();
	return NULL;
}

void rebtf_core_free(struct rebtf_core *core)
{
	if (!core)
		return;
	for (size_t i = 0; i < core->strings.count; i++)
		free(core->strings.items[i]);
	core_strings_release(&core->strings);
	core_answer_list_release(&core->answers);
	free(core);
}

size_t rebtf_core_count(const struct rebtf_core *core)
{
	return core->answers.count;
}

const struct rebtf_core_answer *rebtf_core_at(const struct rebtf_core *core, size_t index)
{
	return index < core->answers.count ? &core->answers.items[index] : NULL;
}

size_t rebtf_core_failures(const struct rebtf_core *core)
{
	return core->failures;
}

/* --------------------------------------------------------------------------------------- names */

#define CORE_NAME(names, number)                                                                   \
	((size_t)(number) < sizeof(names) / sizeof(*(names)) ? (names)[number] : "unknown")

const char *rebtf_relo_kind_name(enum rebtf_relo_kind kind)
{
	static const char *const names[] = {
		"field offset", "field size",	"field exists",	     "field signed",
		"field lshift", "field rshift", "local type id",     "type id",
		"type exists",	"type size",	"enumerator exists", "enumerator value",
		"type matches",
	};

	return CORE_NAME(names, kind);
}

const char *rebtf_core_subject_name(enum rebtf_core_subject subject)
{
	static const char *const names[] = { "relocation", "kfunc", "ksym", "target",
					     "struct_ops" };

	return CORE_NAME(names, subject);
}

const char *rebtf_core_verdict_name(enum rebtf_core_verdict verdict)
{
	static const char *const names[] = { "found", "missing", "changed", "ambiguous",
					     "size",  "refused", "unknown" };

	return CORE_NAME(names, verdict);
}
