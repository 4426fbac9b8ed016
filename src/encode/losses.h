/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Keeps types and members that kernels would refuse out of the merged store, so that a unit in Rust
 * or C++ does not cost a file its whole BTF:
 *
 *   - A type whose name is not an identifier, such as "Option<u32>", becomes void. A typedef becomes
 *     the type behind it.
 *   - A member whose type became void or has no size, or whose name is not an identifier, is left
 *     out. The rest are in the order of their offsets, which Rust chooses freely.
 *   - A prototype with such a parameter or result becomes void, since it would mislead a caller.
 */
#ifndef REBTF_ENCODE_LOSSES_H
#define REBTF_ENCODE_LOSSES_H

#include "encode/nodes.h"
#include "util/error.h"
#include "util/vec.h"

/* A named type or a member that the BTF does not have. */
struct loss {
	uint64_t first;	       /* smallest position of the type: see struct node */
	uint32_t name, member; /* strings of the merged store */
	uint32_t index;	       /* of the member, plus 1; 0: the type itself */
	uint8_t kind;	       /* of the type; that of its definition for a FWD */
};

DEFINE_VECTOR(loss_vector, struct loss);
DEFINE_VECTOR(loss_flag_vector, uint8_t);

/* {} is empty. */
struct losses {
	struct loss_vector list;
	struct loss_flag_vector names;	  /* by string of the merged store: see losses.c */
	struct loss_flag_vector sizeless; /* by merged node: whether the type has no size */
};

/* In elements: the type was not void, but is now. */
#define LOSS_TYPE UINT32_MAX

/* The fate of a node. */
enum loss_verdict {
	LOSS_NONE,  /* it stays as it is */
	LOSS_PART,  /* it stays, but members changed their index */
	LOSS_VOID,  /* it becomes void */
	LOSS_ALIAS, /* it becomes the type that it refers to */
};

/* Some store defines the struct or union @name. Call this before judging any node. */
void losses_note_definition(struct losses *losses, uint32_t name, bool is_union);

/*
 * Judges the node @merged before the store @into has it. Its types and strings are those of that
 * store already, or LOSS_TYPE. @original is the same node before. Removes and sorts @elements.
 */
enum loss_verdict losses_judge(struct losses *losses, const struct node_store *into,
			       const struct node *original, struct node *merged,
			       uint32_t *elements);

/* The store has the judged node as @id. */
void losses_note_node(struct losses *losses, const struct node *merged, uint32_t id);

/* Puts the list in order, with each loss once. Errors: NOMEM, also of the calls before. */
struct rebtf_error *losses_finish(struct losses *losses);

void losses_release(struct losses *losses);

#endif
