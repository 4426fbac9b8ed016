/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Matches all types of a distilled base with those of a new base, and judges each by how the module
 * relies on it. The result is a report with one entry per type. Relocation follows the report.
 */
#ifndef REBTF_SPLIT_MATCH_H
#define REBTF_SPLIT_MATCH_H

#include "btf/btf.h"
#include "graph/id_set.h"
#include "split/report.h"

/* Rules for judging a match. The sets hold ids of the distilled base. */
struct match_rules {
	enum rebtf_policy policy;
	bool local;
	const struct id_set *sized;    /* structs and unions whose size always matters */
	const struct id_set *embedded; /* NULL: same as sized */
	const struct id_set *trusted;  /* NULL: no trusted types */
	struct rebtf_btf *expects;     /* NULL: no expectations */
	const uint32_t *definitions;   /* definition ids, by id in the distilled base; 0: unknown */
};

/*
 * Looks for all types of @distilled_base in @new_base. Errors: NOMEM, FORMAT (@distilled_base is
 * not a distilled base).
 */
struct rebtf_error *match_distilled(struct rebtf_btf *distilled_base,
				    const struct match_rules *rules, struct rebtf_btf *new_base,
				    struct rebtf_report **report);

/* Records in @report how the module relies on each type, if match_distilled() did not know. */
void report_classify(struct rebtf_report *report, const struct id_set *embedded,
		     const struct id_set *trusted);

#endif
