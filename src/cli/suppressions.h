/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * A list of differences that a user accepts, each with the reason. A line is "KIND GLOB: REASON":
 *
 *	struct nf_*: no module of ours uses netfilter
 */
#ifndef REBTF_CLI_SUPPRESSIONS_H
#define REBTF_CLI_SUPPRESSIONS_H

#include "rebtf.h"

struct suppression {
	char *kind; /* "struct" and so on, or "*" */
	char *glob; /* of names */
	char *reason;
	size_t line;
	size_t uses; /* how many differences it suppresses */
};

struct suppressions {
	struct suppression *items;
	size_t count;
};

/* Errors: IO; FORMAT (with the line). */
struct rebtf_error *suppressions_read(const char *path, struct suppressions *suppressions);
void suppressions_release(struct suppressions *suppressions);

/* Returns the first entry for the difference, and counts its use. NULL: no entry matches. */
const struct suppression *suppressions_find(struct suppressions *suppressions,
					    const struct rebtf_difference *difference);

/* The word for the kind of a difference: "struct", "func", "module". A static string. */
const char *difference_word(const struct rebtf_difference *difference);

#endif
