/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Compares the definitions of a name that has several: in how many types does each stand where the
 * same type, elsewhere, has a forward declaration?
 */
#ifndef REBTF_GRAPH_FORWARD_FIT_H
#define REBTF_GRAPH_FORWARD_FIT_H

#include "graph/forward_names.h"

/*
 * Sets names[i].chosen, for each name with several definitions, to the block of the definition that
 * fits best, or NO_BLOCK. Errors: NOMEM.
 */
struct rebtf_error *fit_choose(struct forward_names *f, const struct partition *p);

#endif
