/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * What is measured, and how it is told to worst.c, which judges: a subject has shapes, each of
 * which it makes at any size, and does all that it can do to it.
 */
#ifndef REBTF_WORST_WORST_H
#define REBTF_WORST_WORST_H

#include "rebtf.h"
#include "work.h"

#define OPERATIONS_MAX 32

struct measured {
	size_t size; /* of what was read, in bytes */
	size_t count;
	const char *names[OPERATIONS_MAX];
	struct work work[OPERATIONS_MAX];
};

/* What a subject makes of a shape: each has its own. */
struct sample;

struct operation {
	const char *name;
	void (*run)(struct sample *s);
};

struct subject {
	const char *(*shape_name)(uint32_t shape); /* NULL past the last one */
	void (*measure)(uint32_t shape, uint32_t n, struct measured *m);
	uint32_t n; /* to start from */
};

extern const struct subject btf_subject;
extern const struct subject file_subject;

/* For what makes a shape: no error is expected. */
void must(const char *what, struct rebtf_error *err);

/* Errors are as good an outcome as any: only what they cost counts. */
bool ok(struct rebtf_error *err);

/* Does all @count operations to @s, in their order, and notes in @m what each costs. */
void run_all(const struct operation *operations, size_t count, struct sample *s,
	     struct measured *m);

#endif
