/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* The result of looking up all types of a distilled base in a new base. */
#ifndef REBTF_SPLIT_REPORT_H
#define REBTF_SPLIT_REPORT_H

#include "btf/btf.h"

struct candidate_list;

struct rebtf_report {
	struct rebtf_btf *distilled_base; /* a reference */
	struct rebtf_btf *new_base;	  /* a reference */
	struct rebtf_btf *expects;	  /* a reference; NULL without expectations */
	struct rebtf_match *matches;	  /* by id; the first is that of id 1 */
	struct candidate_list *lists;	  /* candidates that no index holds */
	size_t count;
	size_t misfits;
	size_t localized;
	size_t refs; /* see rebtf_report_refs() */
	size_t refs_localized;
};

/* Records in @report the expectations, and the definition of each type in them. */
void report_define(struct rebtf_report *report, struct rebtf_btf *expects,
		   const uint32_t *definitions);

/*
 * Returns the MISMATCH error for a report with misfits that were not localized. It names the first
 * one and counts them.
 */
struct rebtf_error *report_error(const struct rebtf_report *report);

#endif
