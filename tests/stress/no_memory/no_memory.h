/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Each allocation of the library fails once. The operation must then fail with NOMEM and leave the
 * files on disk unchanged, or succeed in another way with the right result, and must leave no file
 * open. A run without failures counts the allocations. In the sanitized build no memory may leak. An
 * allocation of 0 bytes always returns NULL, which C permits, and must not count as a failure.
 *
 * no_memory.c runs all operations of the table (../operations.h) on random BTF, and on the files of
 * each preparation in files.c and loading.c. harness.c runs one operation repeatedly on input from
 * things.c, with failures from allocations.c.
 */
#ifndef REBTF_NO_MEMORY_NO_MEMORY_H
#define REBTF_NO_MEMORY_NO_MEMORY_H

#include "module/module_for_test.h"
#include "split/split_for_test.h"

#include "../operations.h"

/* The input of an operation. It is created anew for each run, because objects cache results. */
struct things {
	struct rebtf_btf *base, *split;
	struct rebtf_btf *new_base; /* lacks many types, and has others with other sizes */
	struct parts parts;	    /* the parts of the split */
	struct rebtf_btf *standalone;
	/* Set by a preparation, malloced, except for the directory and the release. */
	char *directory; /* contains modules */
	char *path;	 /* the module to work on */
	char *tree;	 /* a directory with files named modules.* */
	char *root;	 /* of a machine with a kernel of that release */
	const char *release;
};

/* Creates files in t->directory, and sets t->path and others. */
struct preparation {
	const char *name; /* of the test of all operations on these files */
	void (*prepare)(struct things *t);
	bool several_files; /* the module is raw BTF with files beside it */
};

/* Each table ends with a preparation without a name. */
extern const struct preparation file_preparations[];	/* files.c */
extern const struct preparation loading_preparations[]; /* loading.c */

/*
 * Runs the operation with each allocation failing, if it is possible on the things. @preparation:
 * NULL for operations without files.
 */
void try_all(const struct operation *operation, const struct preparation *preparation);

/* Runs the operation once without failures, and discards its results. */
void try_none(const struct operation *operation, const struct preparation *preparation);

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

/* The things as the operations see them. */
struct world things_world(const struct things *t);

/* files.c */
void ids_of_a_real_module_follow_its_types(void **state);
void no_types_take_no_memory(void **state);
void outputs_are_set_on_success_only(void **state);
void an_object_is_encoded_or_stays_as_it_is(void **state);

/* loading.c */
void a_source_of_symbols_can_be_read_after_a_failure(void **state);

#endif
