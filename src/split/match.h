/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Matching all types of a distilled base with those of a new base, and judging each by how the
 * module relies on it. The outcome is a report with one entry for each type; relocation follows it.
 */
#ifndef REBTF_SPLIT_MATCH_H
#define REBTF_SPLIT_MATCH_H

#include "btf/btf.h"
#include "graph/id_set.h"

/* By what types are judged; sets are of ids in the distilled base. */
struct match_rules {
	enum rebtf_policy policy;
	bool local;
	const struct id_set *sized;    /* structs and unions whose size counts in any case */
	const struct id_set *embedded; /* NULL: the same */
	const struct id_set *trusted;  /* NULL: none */
	struct rebtf_btf *expects;     /* NULL: there are none */
	const uint32_t *definitions;   /* their ids by id in the distilled base; 0: there is none */
};

/*
 * Looks for all types of @distilled_base in @new_base. Errors: NOMEM, FORMAT (@distilled_base is
 * none).
 */
struct rebtf_error *match_distilled(struct rebtf_btf *distilled_base,
				    const struct match_rules *rules, struct rebtf_btf *new_base,
				    struct rebtf_report **report);

/* Says in @report how the module relies on each type, where match_distilled() was not told. */
void report_classify(struct rebtf_report *report, const struct id_set *embedded,
		     const struct id_set *trusted);

/*
 * The MISMATCH error of a report with misfits that were not given up: names the first and says how
 * many there are.
 */
struct rebtf_error *report_error(const struct rebtf_report *report);

#endif
