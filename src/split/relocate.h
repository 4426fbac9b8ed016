/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Relocation in two steps, for callers that look for an explanation only after a misfit. It gives
 * the same report as rebtf_reconcile() with the explanation from the start.
 */
#ifndef REBTF_SPLIT_RELOCATE_H
#define REBTF_SPLIT_RELOCATE_H

#include "btf/btf.h"

/*
 * As rebtf_relocate(), but misfits are not an error: @relocated is only set without them. The report
 * does not have the final reliance of types that do not fit.
 */
struct rebtf_error *relocate_unexplained(const struct rebtf_btf *split, struct rebtf_btf *new_base,
					 struct rebtf_report **report,
					 struct rebtf_btf **relocated);

/*
 * Adds to such a report the definitions that @options->expects has, and the reliance on each type.
 * Errors: FORMAT (the expectations contradict their base), ARGUMENT (an id in the trust does not
 * exist).
 */
struct rebtf_error *relocate_explain(const struct rebtf_btf *split,
				     const struct rebtf_reconcile_options *options,
				     struct rebtf_report *report);

#endif
