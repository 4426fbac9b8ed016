/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Chooses among candidates as cilium/ebpf does, where types of modules compete with those of the
 * kernel: of all candidates of a type, those stay that the fewest relocations miss.
 */
#ifndef REBTF_CORE_RELO_CHOOSE_H
#define REBTF_CORE_RELO_CHOOSE_H

#include "core/relo_candidates.h"

/* Removes all other candidates. Errors: NOMEM, UNSUPPORTED (the budget). */
struct rebtf_error *relo_choose(struct relo_candidates *candidates, uint32_t pointer_size,
				uint64_t *budget);

#endif
