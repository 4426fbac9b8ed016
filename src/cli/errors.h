/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Prints errors as lines on standard error. Thousands of files can fail for one cause, so the
 * errors of a batch are grouped by cause. The first files of a group get a line each; the others
 * are counted.
 */
#ifndef REBTF_CLI_ERRORS_H
#define REBTF_CLI_ERRORS_H

#include "rebtf.h"

#include "cli/json.h"
#include "cli/text.h"

/* With @verbose, every error is printed with its details. Call it before threads start. */
void errors_set_verbose(bool verbose);

/* Prints an error as a line on stderr, and frees it. */
void print_error(struct rebtf_error *err);

/* Returns @err if it is REBTF_ERR_NOMEM. Frees any other, and returns NULL. */
struct rebtf_error *error_if_nomem(struct rebtf_error *err);

/*
 * Frees an error that does not make the output wrong. REBTF_ERR_NOMEM does: it flags the thread
 * (memory_failed()), so the next output_text(), the batch or the end of the verb reports it. Not for
 * the error of a check before a file is written.
 */
void error_ignore(struct rebtf_error *err);

/*
 * Prints a text of whole lines on stderr, and releases it. If memory ran out while it was made, it
 * is incomplete and not printed. The flag stays, so the command ends with that error.
 */
void errors_print_text(struct text *text);

/* Returns an error if memory ran out while this thread made a text, and clears its flag. */
struct rebtf_error *error_of_text(void);

/* The error of one file with the data for its group. All strings are malloced. */
struct file_error {
	enum rebtf_error_code code;
	char *section; /* or NULL */
	char *message;
	char *cause;	  /* the same for all errors of a group */
	size_t sentence;  /* where in @cause its sentence starts */
	struct text line; /* for stderr */
};

/* @path is the file of errors that name no file, such as those about BTF. */
void file_error_init(struct file_error *error, const struct rebtf_error *err, const char *path);
void file_error_release(struct file_error *error);

/* The caller serializes access. */
struct error_groups {
	void *tree; /* of struct error_group, for tsearch() */
	size_t count;
	size_t files; /* in all groups */
};

/* Counts an error. Returns whether to print its line now. */
bool error_groups_add(struct error_groups *groups, const struct file_error *error);

/* Prints a line for each group with files that got no line. */
void error_groups_print_rest(const struct error_groups *groups);

/* Adds a line for each of the @limit largest groups, and the number of further groups. */
void error_groups_add_text(struct text *text, const struct error_groups *groups, size_t limit);

/* All groups, the largest first. */
struct json_object *error_groups_json(const struct error_groups *groups);

void error_groups_release(struct error_groups *groups);

#endif
