/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Finds the definitions that forward declarations stand for. A FWD stands for a struct or union, an
 * ENUM without values for an ENUM or ENUM64. All forward declarations of one name and kind are
 * equal, so they get the same definition:
 *
 * 1. If a base has the same forward declaration, it is that one. The base refers to it. If all own
 *    definitions are equal and the base has no definition, references see only the name, to the
 *    end: types that refer to the definition are equal to those that refer to the declaration
 *    (dedup_apart.h).
 * 2. If all definitions of the name are equal, it is that definition.
 * 3. Otherwise, a definition fits if there is a named type that exists both with the forward
 *    declaration and with the definition in its place. If several fit, those of size 0 do not
 *    count. It is the one that fits in more of these types than each of the others. Of two that fit
 *    in equally many types, it is the larger one. If these have the same size, it is the first of
 *    those that the base has. Otherwise the forward declaration stays.
 *
 * Whether definitions and types are equal depends in turn on the forward declarations in them. The
 * struct a that refers to a FWD of b, and the one that refers to struct b, are the same if that b
 * is the one. So all types are at first compared without following references to a name that has
 * forward declarations: only the name counts. Types that differ then differ for another reason. The
 * choice is made among these definitions, and references are followed after it.
 *
 * If another definition was not chosen, types that refer to it are versions of their own, together
 * with all types that refer to these. A forward declaration of such a type stands for the version
 * that does not refer to it.
 *
 * A FWD that lies inside a type by value stays: compilers do not emit that.
 */
#ifndef REBTF_GRAPH_FORWARD_RESOLVE_H
#define REBTF_GRAPH_FORWARD_RESOLVE_H

#include "graph/forward_names.h"

/*
 * Chooses definitions and splits the blocks of @p, which was made with @f, accordingly. Sets
 * f->targets. Errors: NOMEM.
 */
struct rebtf_error *forward_names_resolve(struct forward_names *f, struct partition *p);

#endif
