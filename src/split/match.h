/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Finding each type of a distilled base in a new base: by name, then by kind and, where it matters,
 * size. The outcome is a report with one line for each type; relocation follows its targets.
 */
#ifndef REBTF_SPLIT_MATCH_H
#define REBTF_SPLIT_MATCH_H

#include "format/btf.h"
#include "split/id_set.h"

/*
 * Looks for all types of @distilled_base in @new_base. @embedded says which of them are (see
 * embedded.h). Errors: NOMEM, FORMAT (@distilled_base is none).
 */
struct rebtf_error *match_distilled(struct rebtf_btf *distilled_base, const struct id_set *embedded,
				    struct rebtf_btf *new_base, struct rebtf_report **report);

/* The MISMATCH error of a report with misfits: names the first and says how many there are. */
struct rebtf_error *report_error(const struct rebtf_report *report);

#endif
