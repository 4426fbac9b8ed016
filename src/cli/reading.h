/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The reading of BTF that a verdict applies to: as standalone, as distilled, or as split over a
 * certain base. If the user did not choose the form, the output must show it.
 */
#ifndef REBTF_CLI_READING_H
#define REBTF_CLI_READING_H

#include <stdatomic.h>

#include "cli/batch.h"
#include "cli/json.h"

/* Adds "standalone", or "split over 6.12.117+deb12-amd64, nf_conntrack.ko". */
void reading_add_text(struct text *text, const struct options *options, enum rebtf_form form);

/* Adds the key "reading": its "form", and for split BTF "base" and "over", as they were named. */
void reading_add_json(struct json_object *object, const struct options *options,
		      enum rebtf_form form);

/* Counts the files of a batch by form. */
struct reading_counts {
	atomic_size_t forms[FORMS];
};

/* Adds ", read as " and the readings of the whole batch, with counts if they differ. */
void reading_counts_add_text(struct text *text, const struct options *options,
			     struct reading_counts *counts);

#endif
