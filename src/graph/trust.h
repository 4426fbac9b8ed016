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
#include "graph/reach.h"

/* The name of a struct_ops's value type, before the name of its struct. */
#define STRUCT_OPS_PREFIX "bpf_struct_ops_"

/* The states of the search, that is, how a type is reached. */
enum trust_state {
	TRUST_BY_VALUE, /* after a struct */
	TRUST_THROUGH_POINTERS,
	TRUST_STRUCT_OPS, /* from members of a struct bpf_struct_ops_* */
	TRUST_OPERATIONS, /* from members of the struct_ops, as far as they are functions */
	TRUST_CONTAINER,  /* is a struct bpf_struct_ops_* itself */
	TRUST_STATES,
};

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
 * Records the same search: every type that find_trusted() finds has the state TRUST_BY_VALUE or
 * TRUST_THROUGH_POINTERS, unless its path is too long. @reach must be released on success. Errors:
 * those of find_trusted().
 */
struct rebtf_error *trace_trusted(const struct rebtf_btf *split, const struct rebtf_trust *trust,
				  struct reach_search *reach);

#endif
