/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* The BPF objects that a change of kernels hits: rebtf diff --for. */
#ifndef REBTF_CLI_DIFF_OBJECTS_H
#define REBTF_CLI_DIFF_OBJECTS_H

#include "cli/diff_input.h"
#include "cli/programs.h"

/* A relocation or other question of an object whose answer differs, by the type that it is about. */
struct diff_object_use {
	const char *type; /* its name, belongs to the BTF of a kernel */
	size_t object;
};

struct diff_objects {
	struct programs programs;
	struct rebtf_program_diff **diffs; /* by program; malloced */
	struct diff_object_use *uses;	   /* by type; malloced */
	size_t use_count;
	size_t broken; /* objects that load on the old kernel only */
};

/*
 * Compares the answers of both kernels to each of @programs. Errors: NOMEM, and those of the first program
 * that cannot be answered.
 */
struct rebtf_error *diff_objects_compare(struct diff_objects *objects, struct diff_input *old,
					 struct diff_input *new);
void diff_objects_release(struct diff_objects *objects);

/* Returns how many answers to @object are about the type @name and differ. */
size_t diff_objects_uses(const struct diff_objects *objects, size_t object, const char *name);

/* Adds a paragraph for each object with other answers. @line and @code: as in struct diff_marks. */
void diff_objects_text(const struct diff_objects *objects, struct text *text, const char *line,
		       const char *code, bool all);

/* Adds a line for each object. */
void diff_objects_json(const struct diff_objects *objects, const struct diff_input *old,
		       const struct diff_input *new, struct text *text);

#endif
