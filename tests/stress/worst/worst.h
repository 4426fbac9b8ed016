/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The interface between worst.c, which judges, and the subjects. A subject makes shapes at any
 * size, as a world for all operations of the table (../operations.h).
 */
#ifndef REBTF_WORST_WORST_H
#define REBTF_WORST_WORST_H

#include "../operations.h"
#include "work.h"

struct subject {
	const char *(*shape_name)(uint32_t shape); /* NULL past the last one */
	/* Calls @run with the shape of size @n, whose bytes together are @size. */
	void (*with_shape)(uint32_t shape, uint32_t n,
			   void (*run)(const struct world *w, size_t size, void *arg), void *arg);
	uint32_t n; /* the initial size */
};

extern const struct subject btf_subject;
extern const struct subject file_subject;

/* For making shapes: no error is expected. */
void must(const char *what, struct rebtf_error *err);

/* Errors are valid results. Only their cost counts. */
bool ok(struct rebtf_error *err);

/* Sets the members of @w for a file of these bytes. Returns its descriptor, to be closed. */
int add_file(struct world *w, const void *data, size_t size);

#endif
