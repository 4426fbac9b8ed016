/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* The BPF programs of a command line, and the answers of kernels to them, as text and JSON. */
#ifndef REBTF_CLI_PROGRAMS_H
#define REBTF_CLI_PROGRAMS_H

#include "rebtf.h"

#include "cli/json.h"
#include "cli/options.h"

struct programs {
	struct rebtf_program **items;
	size_t count;
};

/*
 * Opens the programs in @paths. Prints an error for each that cannot be opened, and then returns false. Call
 * programs_release() in any case.
 */
bool programs_open(struct programs *programs, const struct options *options,
		   const char *const *paths, size_t count);
void programs_release(struct programs *programs);

/* Prints an error about the file @path, with --json also an object. Frees it. */
void programs_fail(const struct options *options, const char *path, struct rebtf_error *err);

/* Adds the place in the program that asks for @answer: "f, instruction 3 (prog.c:12): ". */
void programs_add_place(struct text *text, const struct rebtf_core_answer *answer);

/* Adds a line about an answer. @path is the program's file. */
void programs_add_answer(struct text *text, const char *path, const struct rebtf_set *set,
			 const struct rebtf_core_answer *answer);
struct json_object *programs_answer_json(const struct rebtf_set *set,
					 const struct rebtf_core_answer *answer);

#endif
