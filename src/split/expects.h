/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Expectations: the definitions that a module's builder saw of the types the module relies on, as
 * split BTF over the module's distilled base. Its own types are full definitions of types of that
 * base, in the base's order, followed by the types these refer to. A definition belongs to the type
 * of the same kind, name and size. With several such types, the first definition belongs to the
 * first type, and so on.
 */
#ifndef REBTF_SPLIT_EXPECTS_H
#define REBTF_SPLIT_EXPECTS_H

#include "btf/btf.h"
#include "graph/id_set.h"

/* The name of type tags that mark types of the distilled base as trusted. */
#define EXPECTS_TRUSTED "rebtf:trusted"

/*
 * Builds the expectations of @split. @origins maps the ids of its distilled base to ids in @base
 * (0: unknown, so no expectation). @trusted holds ids of the distilled base; larger ids are
 * ignored. Errors: NOMEM; FORMAT, UNSUPPORTED (@base has a type that cannot be copied).
 */
struct rebtf_error *expects_build(const struct rebtf_btf *split, const uint32_t *origins,
				  const struct rebtf_btf *base, const struct id_set *trusted,
				  struct rebtf_btf **expects);

/*
 * Records the expectations of @new_split, which rebtf_distill() made of @split without them. Types
 * that only @trust reaches are not in its base, so they get no expectations. Errors: those of
 * rebtf_distill_expects().
 */
struct rebtf_error *expects_of_distilled(const struct rebtf_btf *split,
					 const struct rebtf_trust *trust,
					 const struct rebtf_btf *new_split,
					 struct rebtf_btf **expects);

/* Adds the distilled types that @expects records as trusted to @trusted. */
void expects_add_trusted(const struct rebtf_btf *expects, struct id_set *trusted);

/*
 * Maps each type of @expects' base to the id of its definition in @expects (0: no definition). The
 * caller frees @definitions. A struct or union of size 0 is its own definition. Errors: NOMEM;
 * FORMAT (@expects contradicts its base).
 */
struct rebtf_error *expects_link(const struct rebtf_btf *expects, uint32_t **definitions);

/* Checks that @expects is consistent with its base. Errors: as expects_link(). */
struct rebtf_error *expects_check(const struct rebtf_btf *expects);

#endif
