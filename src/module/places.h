/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* The places where distributions install kernels. */
#ifndef REBTF_MODULE_PLACES_H
#define REBTF_MODULE_PLACES_H

#include "module/kernel.h"

/* A place where a file of a release is or could be. */
struct place {
	const char *path;    /* with the root */
	const char *name;    /* below the root; starts with "/" */
	int fd;		     /* -1: no file, or an unusable one */
	const char *problem; /* with the file; NULL: no problem */
};

/* Setting @done ends the visits. */
typedef struct rebtf_error *places_visit(void *arg, const struct place *place, bool *done);

/*
 * Calls @visit for all places of @release below @root ("" for the real root). A place that can have
 * several files is visited for each; without any file, once. Errors: those of @visit, NOMEM.
 */
struct rebtf_error *places_each(const char *root, const char *release, enum kernel_order order,
				places_visit *visit, void *arg);

/* @place with @release for the "%s" in it, if any, malloced. NULL: out of memory. */
char *places_fill_in(const char *place, const char *release);

/* The parts of a place's path. */
struct place_parts {
	size_t root_length;  /* the start of the path */
	const char *release; /* within the path */
	size_t release_length;
};

/* Whether @path is one of the places of an installed kernel, below any root. */
bool places_take_apart(const char *path, struct place_parts *parts);

#endif
