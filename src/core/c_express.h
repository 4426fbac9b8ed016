/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Types that C cannot express: structs whose members overlap, numbers of three bytes, functions that
 * return arrays, and all that contain such types. A pointer to a named struct or union only needs its
 * declaration. A pointer to another type that C cannot express becomes one to void.
 *
 * A type has two answers: whether C can name it, as in a pointer to it, and whether C can define it, as
 * in a member of that type. An unnamed struct is defined where it is named. Each answer follows from
 * those of the types that it refers to. A depth-first search computes it once.
 */
#ifndef REBTF_CORE_C_EXPRESS_H
#define REBTF_CORE_C_EXPRESS_H

#include "btf/btf.h"
#include "core/c_layout.h"
#include "util/vec.h"

struct c_express_frame {
	uint32_t node;
	uint32_t next;	 /* the next reference */
	uint64_t length; /* of the text of those before */
};

DEFINE_VECTOR(c_express_frames, struct c_express_frame);

struct c_express {
	const struct rebtf_btf *btf;
	const struct c_layout *layout;
	uint8_t *answers;   /* by node: enum c_answer */
	uint32_t *causes;   /* by node: the node that C cannot express, if a part of this one */
	uint8_t *opaque;    /* by id: a pointer that becomes one to void */
	uint32_t *lengths;  /* by id: of the text of a use of the type, in declarations */
	uint32_t *repeated; /* by id: the same if an unnamed member repeats the definition */
	uint64_t left;	    /* of declarations that may be written */
	struct c_express_frames frames;
};

/* Errors: NOMEM. Must be released in any case. */
struct rebtf_error *c_express_init(struct c_express *e, const struct rebtf_btf *btf,
				   const struct c_layout *layout);
void c_express_release(struct c_express *e);

/* Whether C can name type @id; with @whole, whether it can define it. */
bool c_express_has(struct c_express *e, uint32_t id, bool whole);

/*
 * Returns the reason why c_express_has() is false, as the end of the sentence "the type ...". Sets @id
 * to the type that it is about, which is type @id or a part of it.
 */
const char *c_express_reason(const struct c_express *e, uint32_t *id, bool whole);

#endif
