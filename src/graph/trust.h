/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Finds the types that the verifier relies on, so that their members are part of a contract: types
 * reached from the parameters and results of kfuncs, the structs of a struct_ops, everything in
 * .BTF_ids, and types that a user names.
 */
#ifndef REBTF_GRAPH_TRUST_H
#define REBTF_GRAPH_TRUST_H

#include "btf/btf.h"
#include "graph/id_set.h"

/* Errors: ARGUMENT (@trust has an id that @split does not have). */
struct rebtf_error *check_trust(const struct rebtf_btf *split, const struct rebtf_trust *trust);

/*
 * Sets @trusted, a set for ids below rebtf_btf_type_count(split), to the trusted structs, unions
 * and enumerations of @split and its base. If @trust is NULL, only @split itself determines them.
 * Errors: NOMEM, ARGUMENT (@trust has an id that @split does not have).
 */
struct rebtf_error *find_trusted(const struct rebtf_btf *split, const struct rebtf_trust *trust,
				 struct id_set *trusted);

/*
 * Calls @visit for each type or function of @split where trust starts: tagged functions, structs of
 * a struct_ops, and the names and ids in @trust. Errors: those of find_trusted().
 */
struct rebtf_error *visit_trust_roots(const struct rebtf_btf *split,
				      const struct rebtf_trust *trust,
				      void (*visit)(void *arg, uint32_t id), void *arg);

/* Whether @t is the value type of a struct_ops: see trust.c. */
bool is_struct_ops(const struct rebtf_btf *btf, const struct rebtf_type *t);

#endif
