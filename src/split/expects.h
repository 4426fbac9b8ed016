/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Expectations: what a module's builder saw of the types that it relies on, as split BTF over the
 * module's distilled base. Its own types are the full definitions of types of that base, in the
 * base's order, and what these refer to. A definition belongs to the type of its kind, name and
 * size; of several such types, the first definition to the first, and so on.
 */
#ifndef REBTF_SPLIT_EXPECTS_H
#define REBTF_SPLIT_EXPECTS_H

#include "btf/btf.h"
#include "graph/id_set.h"

/* The name of the type tags at types of the distilled base that were trusted. */
#define EXPECTS_TRUSTED "rebtf:trusted"

/*
 * Makes the expectations of @split, whose distilled base's types are @origins in @base, by id (0:
 * unknown, so nothing is expected of it). @trusted holds ids of the distilled base, and maybe ids
 * above them, which are ignored. Errors: NOMEM; FORMAT, UNSUPPORTED (@base has what cannot be
 * copied).
 */
struct rebtf_error *expects_build(const struct rebtf_btf *split, const uint32_t *origins,
				  const struct rebtf_btf *base, const struct id_set *trusted,
				  struct rebtf_btf **expects);

/* Adds the types of the distilled base that @expects records as trusted to @trusted. */
void expects_add_trusted(const struct rebtf_btf *expects, struct id_set *trusted);

/*
 * Finds the definitions that @expects has of its base's types: by id there, the id of the
 * definition, 0 if there is none; malloced. A struct or union of no size is its own definition.
 * Errors: NOMEM; FORMAT if @expects contradicts its base.
 */
struct rebtf_error *expects_link(const struct rebtf_btf *expects, uint32_t **definitions);

/* Whether @expects is in keeping with its base. Errors: those of expects_link(). */
struct rebtf_error *expects_check(const struct rebtf_btf *expects);

#endif
