/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Which types of its base a split BTF embeds: structs and unions that lie inside one of its own
 * structs, unions, arrays or variables, so that their size is part of the module's layout. What is
 * reached through pointers alone is not embedded.
 */
#ifndef REBTF_SPLIT_EMBEDDED_H
#define REBTF_SPLIT_EMBEDDED_H

#include "split/id_set.h"
#include "format/btf.h"

/* Fills @embedded, which is initialised here, with ids below @split's first one. Errors: NOMEM. */
struct rebtf_error *find_embedded(const struct rebtf_btf *split, struct id_set *embedded);

#endif
