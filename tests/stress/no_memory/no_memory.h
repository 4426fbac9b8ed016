/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Each allocation of the library fails once. The operation must then fail with NOMEM and leave the
 * files on disk unchanged, or succeed in another way with the right result. A run without failures
 * counts the allocations. In the sanitized build no memory may leak.
 *
 * An operation is a function that does one thing to its input and saves the results. harness.c runs
 * it repeatedly on input from things.c, with failures from allocations.c. btf.c, split.c, files.c
 * and loading.c contain the operations. no_memory.c lists the tests.
 */
#ifndef REBTF_NO_MEMORY_NO_MEMORY_H
#define REBTF_NO_MEMORY_NO_MEMORY_H

#include "module/module_for_test.h"
#include "split/split_for_test.h"

/* The input of an operation. It is created anew for each run, because objects cache results. */
struct things {
	struct rebtf_btf *base, *split;
	struct rebtf_btf *new_base; /* lacks many types, and has others with other sizes */
	struct parts parts;	    /* the parts of the split */
	struct rebtf_btf *standalone;
	char *directory; /* contains modules */
	char *path;	 /* the module to work on */
};

/* The results of an operation. All members that are not NULL count. */
struct outcome {
	struct rebtf_btf *btf[3];
	void *data;
	size_t size;
	struct rebtf_report *report;
	struct rebtf_module *module;
	struct buffer text;
};

typedef struct rebtf_error *operation(struct things *t, struct outcome *outcome);

/* Creates a file in t->directory, and sets t->path, malloced, to its path. */
typedef void preparation(struct things *t);

/* Runs the operation with each allocation failing. @prepare: NULL if it needs no file. */
void try_all(operation *work, preparation *prepare);

/* Runs the operation once without failures, and discards its results. */
void try_none(operation *work, preparation *prepare);

/* Appends data to the outcome's text, with memory that does not fail. */
void tell(struct outcome *outcome, const void *data, size_t size);

void outcome_release(struct outcome *outcome);

/* The number of runs with failing allocations. */
extern unsigned int runs;

/* The bytes that things are opened from, created once. */
struct blobs {
	struct bytes base, split, new_base, standalone;
	struct bytes distilled_base, over_distilled, expects;
};

extern struct blobs blobs;

/* Set up and tear down the group of tests. */
int blobs_make(void **state);
int blobs_free(void **state);

void things_make(struct things *t);
void things_release(struct things *t);

/* btf.c */
void btf_is_opened_written_and_built(void **state);

/* split.c */
void split_btf_is_distilled(void **state);
void distilled_btf_is_relocated_and_reconciled(void **state);
void btf_is_made_standalone_and_presented(void **state);
void what_does_not_fit_is_explained(void **state);

/* files.c */
void modules_are_written_or_stay_as_they_are(void **state);
void ids_of_a_real_module_follow_its_types(void **state);
void files_are_listed_and_kernels_opened(void **state);

/* loading.c */
void modules_are_judged_before_kernels(void **state);

#endif
