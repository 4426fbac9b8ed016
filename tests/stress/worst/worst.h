/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The interface between worst.c, which judges, and the subjects. A subject has shapes, which it
 * makes at any size, and runs all its operations on them.
 */
#ifndef REBTF_WORST_WORST_H
#define REBTF_WORST_WORST_H

#include "rebtf.h"
#include "work.h"

#define OPERATIONS_MAX 32

struct measured {
	size_t size; /* of the input, in bytes */
	size_t count;
	const char *names[OPERATIONS_MAX];
	struct work work[OPERATIONS_MAX];
};

/* A subject's version of a shape. Each subject has its own. */
struct sample;

struct operation {
	const char *name;
	void (*run)(struct sample *s);
};

struct subject {
	const char *(*shape_name)(uint32_t shape); /* NULL past the last one */
	void (*measure)(uint32_t shape, uint32_t n, struct measured *m);
	uint32_t n; /* the initial size */
};

extern const struct subject btf_subject;
extern const struct subject file_subject;

/* For making shapes: no error is expected. */
void must(const char *what, struct rebtf_error *err);

/* Errors are valid results. Only their cost counts. */
bool ok(struct rebtf_error *err);

/* Runs all @count operations on @s in order, and records each one's cost in @m. */
void run_all(const struct operation *operations, size_t count, struct sample *s,
	     struct measured *m);

#endif
