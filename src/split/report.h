/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* The result of looking up all types of a distilled base in a new base. */
#ifndef REBTF_SPLIT_REPORT_H
#define REBTF_SPLIT_REPORT_H

#include "btf/btf.h"

struct rebtf_report {
	struct rebtf_btf *distilled_base; /* a reference */
	struct rebtf_btf *new_base;	  /* a reference */
	struct rebtf_btf *expects;	  /* a reference; NULL without expectations */
	struct rebtf_match *matches;	  /* by id; the first is that of id 1 */
	size_t count;
	size_t misfits;
	size_t localized;
	size_t refs; /* see rebtf_report_refs() */
	size_t refs_localized;
};

#endif
