/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Each allocation of the library fails once: whatever is done then comes out as NOMEM, or right all
 * the same where there is another way, and the files on disk are as before. How many allocations
 * there are shows in a run without one that fails. In the sanitized build nothing of it may leak.
 *
 * An operation is a function that does one thing to what it is given, and keeps what came of it.
 * harness.c runs it again and again, on what things.c makes, with failures of allocations.c;
 * btf.c, split.c, files.c and loading.c have the operations, and no_memory.c lists the tests.
 */
#ifndef REBTF_NO_MEMORY_NO_MEMORY_H
#define REBTF_NO_MEMORY_NO_MEMORY_H

#include "module/module_for_test.h"
#include "split/split_for_test.h"

/* Made anew for each run, as objects keep what was made for them once. */
struct things {
	struct rebtf_btf *base, *split;
	struct rebtf_btf *new_base; /* where much is missing, or is of another size */
	struct parts parts;	    /* of the split */
	struct rebtf_btf *standalone;
	char *directory; /* with modules in it */
	char *path;	 /* of the one that is worked on */
};

/* What an operation made; all that is not NULL counts. */
struct outcome {
	struct rebtf_btf *btf[3];
	void *data;
	size_t size;
	struct rebtf_report *report;
	struct rebtf_module *module;
	struct buffer text;
};

typedef struct rebtf_error *operation(struct things *t, struct outcome *outcome);

/* Makes a file in t->directory, and says in t->path, malloced, which it is. */
typedef void preparation(struct things *t);

/* Does the work with each allocation failing. @prepare: NULL if it needs no file. */
void try_all(operation *work, preparation *prepare);

/* Does it once, with none failing, and forgets what came of it. */
void try_none(operation *work, preparation *prepare);

/* Where to put a new piece of text; not out of the memory that fails. */
void tell(struct outcome *outcome, const void *data, size_t size);

void outcome_release(struct outcome *outcome);

/* How many times something was done while allocations failed. */
extern unsigned int runs;

/* What things are opened from: made once. */
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
