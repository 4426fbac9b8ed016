/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Writes declarations in C: "const char *name", "int (*name[4])(struct device *)".
 *
 * C writes a declaration around the name. BTF has a chain of types, from the outermost (an array of
 * four) to the innermost (int). So the chain is put on a stack, and then read from its innermost
 * type: pointers go before the name, elements and parameters after it. Parameters and the members
 * of unnamed structs are declarations themselves, nested to any depth. The functions here do not
 * recurse: the text still to write waits on a stack of tasks.
 */
#ifndef REBTF_GRAPH_DECLARE_H
#define REBTF_GRAPH_DECLARE_H

#include "btf/btf.h"
#include "util/vec.h"
#include "util/writer.h"

enum declare_step {
	DECLARE_TYPE,	/* the declaration of type @id */
	DECLARE_REST,	/* the rest of a chain after its innermost type */
	DECLARE_ARRAY,	/* the elements of the array @id, after the name */
	DECLARE_PROTO,	/* the parameters of the prototype @id */
	DECLARE_MEMBER, /* member @at of struct or union @id and those after it: see the users */
};

/* packed, in_bitfield and offset are for DECLARE_MEMBER. Only the user of this file reads them. */
struct declare_task {
	uint8_t step;
	bool bound;   /* parentheses around the name are open */
	bool pointer; /* the last text was a "*" */
	bool packed;
	bool in_bitfield;
	uint8_t number; /* 0, or the name gets this as a suffix */
	uint32_t level; /* of indentation */
	uint32_t id;
	uint32_t at;	  /* DECLARE_REST: where its links start; others: the next element */
	const char *name; /* "": no name */
	uint64_t offset;
};

DEFINE_VECTOR(declare_tasks, struct declare_task);

struct declare {
	const struct rebtf_btf *btf;
	struct writer *out;
	/*
	 * Writes the name of a type that ends a chain ("struct foo", "u32", "int"). If the type has
	 * no name, may add a task that writes its definition instead, and return true.
	 */
	bool (*name)(void *arg, uint32_t id, const struct rebtf_type *t, uint32_t level);
	/* Writes the next piece of @task, a DECLARE_MEMBER, and adds tasks for the rest. */
	void (*member)(void *arg, struct declare_task task);
	/* Writes the name of a member or parameter; NULL: as it is. */
	void (*identifier)(void *arg, const char *name);
	void *arg;
	const uint8_t *opaque; /* by id: a pointer is written as one to void; NULL: none is */
	bool tight;	       /* "*const" instead of "* const" */
	bool plain;	       /* without qualifiers and type tags */
	bool escaped;	       /* control characters in names become \xNN */
	const char *restrict_word;
	uint64_t budget; /* of steps. The text is incomplete when no steps are left */
	struct u32_vector links;
	struct declare_tasks tasks;
};

/* Writes the declaration of @name, which may be "", with type @id. */
void declare(struct declare *d, uint32_t id, const char *name, uint32_t level);

/*
 * Does the same at once if the type is an array of pointers to a type with a name, or a part of that.
 * Otherwise writes nothing and returns false.
 */
bool declare_simple(struct declare *d, uint32_t id, const char *name, uint32_t level);

/* Adds a task, which runs before those that were there. */
static inline void declare_push(struct declare *d, struct declare_task task)
{
	declare_tasks_append(&d->tasks, task);
}

/* Runs all tasks. */
void declare_run(struct declare *d);

/* Whether everything was written: neither steps nor memory ran out. */
static inline bool declare_is_complete(const struct declare *d)
{
	return d->budget && !d->links.failed && !d->tasks.failed;
}

void declare_release(struct declare *d);

#endif
