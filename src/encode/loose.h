/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Compares types loosely, to decide whether two units agree about a function. They may include
 * different headers, so one knows a struct's definition where the other has only its name. They
 * agree if the types look the same to their callers: named types are compared by name, and "const"
 * does not count.
 */
#ifndef REBTF_ENCODE_LOOSE_H
#define REBTF_ENCODE_LOOSE_H

#include "encode/nodes.h"
#include "util/table.h"
#include "util/vec.h"

/* Classes of nodes: nodes of one class are loosely the same. Classes are computed when asked for. */
struct loose_classes {
	struct node_store *store;
	uint32_t *classes;	 /* by node; 0: not known yet */
	uint32_t count;		 /* of nodes, plus 1 */
	struct u32_vector words; /* the contents of each class, after its length */
	struct table table;	 /* of classes: indices of their lengths, plus 1 */
	struct u32_vector stack;
	struct u32_vector key;
};

/* The store must not get more nodes while the classes are in use. Errors: NOMEM. */
struct rebtf_error *loose_init(struct loose_classes *l, struct node_store *store);
void loose_release(struct loose_classes *l);

/* Returns the class of a node, or 0 if out of memory. */
uint32_t loose_class(struct loose_classes *l, uint32_t node);

#endif
