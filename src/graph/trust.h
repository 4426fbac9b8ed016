/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Which types the verifier relies on, so that their members are part of a contract: what the
 * parameters and results of kfuncs lead to, the structs of a struct_ops, whatever .BTF_ids names,
 * and whatever a user names.
 */
#ifndef REBTF_GRAPH_TRUST_H
#define REBTF_GRAPH_TRUST_H

#include "btf/btf.h"
#include "graph/id_set.h"

/* Errors: ARGUMENT (an id in @trust that @split does not have). */
struct rebtf_error *check_trust(const struct rebtf_btf *split, const struct rebtf_trust *trust);

/*
 * Sets @trusted to the trusted structs, unions and enumerations, of @split and of its base; it is
 * for ids below rebtf_type_count(split). @trust NULL: only what shows in @split itself. Errors:
 * NOMEM, ARGUMENT (an id in @trust that @split does not have).
 */
struct rebtf_error *find_trusted(const struct rebtf_btf *split, const struct rebtf_trust *trust,
				 struct id_set *trusted);

/*
 * Calls @visit for each type or function of @split that trust starts from: functions that are
 * tagged, structs of a struct_ops, and what @trust says, by name or id. Errors: those of
 * find_trusted().
 */
struct rebtf_error *visit_trust_roots(const struct rebtf_btf *split,
				      const struct rebtf_trust *trust,
				      void (*visit)(void *arg, uint32_t id), void *arg);

/* Whether it is the value type of a struct_ops: see trust.c. */
bool is_struct_ops(const struct rebtf_btf *btf, const struct rebtf_type *t);

#endif
