/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The library's operations, in one table. Three drivers run all of them: worst/ counts their work,
 * no_memory/ makes each of their allocations fail, and fuzz/operations.c gives them hostile input.
 * A test in tests/cli/tree.bats makes sure that every function of the library is called here.
 *
 * An operation does one thing to its world. The driver fills the world: BTF in several forms, a
 * file, a machine with kernels. The driver leaves out an operation that needs an object that its
 * world does not have.
 */
#ifndef REBTF_STRESS_OPERATIONS_H
#define REBTF_STRESS_OPERATIONS_H

#include "rebtf.h"

/* Members that the driver does not have are NULL. Everything belongs to the driver. */
struct world {
	/* A base, BTF split from it, and the base of a later kernel. */
	struct rebtf_btf *base, *split, *new_base;
	/* The bytes of the first two. */
	const void *base_data, *split_data;
	size_t base_size, split_size;
	/* The split BTF in other forms. The expectations are over the distilled one's base. */
	struct rebtf_btf *distilled, *expects, *standalone;
	/* Names of types to trust. */
	const char *const *trust;
	size_t trust_count;

	const char *path; /* a module, a kernel or any other file */
	const char *out;  /* the path to write the module to; may be the same */
	/* A directory for other output. Files directly in it are written as a whole or not at all. */
	const char *directory;
	/* A directory with files named "modules.*". */
	const char *tree;
	/* The root directory of a machine with a kernel of this release. */
	const char *root, *release;
	/* Steps are counted. With several threads, they would depend on which of them does the work. */
	bool one_thread;
};

enum operation_flags {
	/* The parts of the world that an operation needs. */
	NEEDS_BASE = 1u << 0,  /* with its bytes */
	NEEDS_SPLIT = 1u << 1, /* with its bytes */
	NEEDS_NEW_BASE = 1u << 2,
	NEEDS_DISTILLED = 1u << 3,
	NEEDS_STANDALONE = 1u << 4,
	NEEDS_FILE = 1u << 5, /* with out and directory */
	NEEDS_DIRECTORY = 1u << 6,
	NEEDS_TREE = 1u << 7, /* with directory */
	NEEDS_MACHINE = 1u << 8,
	NEEDS_ALL = (1u << 9) - 1,

	/* Has more to do on a module with .BTF_ids. */
	READS_IDS = 1u << 9,
	/* Needs no allocations, or has another way if one fails. */
	WORKS_WITHOUT_MEMORY = 1u << 10,
	/* Replaces raw BTF and the files beside it, one after the other. */
	REPLACES_SEVERAL = 1u << 11,
	/* Has more to do on an object with DWARF. */
	READS_DWARF = 1u << 12,
};

/* The results of an operation that did not fail. The driver compares or frees them. */
struct results {
	struct rebtf_btf *btf[3];
	void *data;
	size_t size;
	struct rebtf_report *report;
	/* The driver's: takes all other results, byte by byte. NULL: ignores them. */
	void (*tell)(struct results *r, const void *data, size_t size);
	void *arg;
};

struct operation {
	const char *name;
	unsigned int flags; /* enum operation_flags */
	/* Returns an error, which is a valid result. */
	struct rebtf_error *(*run)(const struct world *w, struct results *r);
};

/* Returns the operation @index of the table, or NULL past the last one. */
const struct operation *operation_at(size_t index);

/* Whether the world has everything that the operation needs. */
bool operation_is_possible(const struct operation *operation, const struct world *w);

/* Frees all results. */
void results_release(struct results *r);

/* --- for operations */

void tell(struct results *r, const void *data, size_t size);
void tell_number(struct results *r, uint64_t number);
void tell_text(struct results *r, const char *text); /* NULL is allowed */
/* The ids are malloced and freed here. */
void tell_ids(struct results *r, uint32_t *ids, size_t count);

/* The parts of the table. Each ends with an operation without a name. */
extern const struct operation btf_operations[];	   /* operations_btf.c */
extern const struct operation split_operations[];  /* operations_split.c */
extern const struct operation file_operations[];   /* operations_files.c */
extern const struct operation module_operations[]; /* operations_modules.c */
extern const struct operation id_operations[];	   /* operations_ids.c */
extern const struct operation set_operations[];	   /* operations_set.c */
extern const struct operation core_operations[];   /* operations_core.c */
extern const struct operation diff_operations[];   /* operations_diff.c */

#endif
