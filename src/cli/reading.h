/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * On which reading of BTF a verdict rests: as standalone, as distilled, or as split over a certain
 * base. Where nobody named the form, the reader of a verdict has to see what it was about.
 */
#ifndef REBTF_CLI_READING_H
#define REBTF_CLI_READING_H

#include <stdatomic.h>

#include "cli/batch.h"
#include "cli/json.h"

/* Adds "standalone", or "split over 6.12.117+deb12-amd64, nf_conntrack.ko". */
void reading_add_text(struct text *text, const struct options *options, enum rebtf_form form);

/* Adds "reading": its "form", and of split BTF "base" and "over", as they were named. */
void reading_add_json(struct json_object *object, const struct options *options,
		      enum rebtf_form form);

/* How many files of a batch were read in which form. */
struct reading_counts {
	atomic_size_t forms[FORMS];
};

/* Adds ", read as " and the readings of the whole batch, with their counts if they differ. */
void reading_counts_add_text(struct text *text, const struct options *options,
			     struct reading_counts *counts);

#endif
