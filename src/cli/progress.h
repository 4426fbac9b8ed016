/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * A progress bar on stderr, for people only: it needs a terminal and shows nothing in the first
 * second. It fits one line of the terminal, whose width is asked for each time. The caller sees to it
 * that one thread at a time calls, and clears the bar before it prints anything.
 */
#ifndef REBTF_CLI_PROGRESS_H
#define REBTF_CLI_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/text.h"

struct progress {
	const char *doing; /* "relocating" */
	size_t total;
	uint64_t start_ms;
	uint64_t next_ms; /* when to draw again; UINT64_MAX: never */
	bool drawn;
};

void progress_start(struct progress *progress, const char *doing, size_t total, bool wanted);
void progress_update(struct progress *progress, size_t done);

/* Takes the bar off the screen until the next update. */
void progress_clear(struct progress *progress);

/*
 * Adds the line, no wider than @width: what is done, a bar, how many of all, and how long the rest will
 * take at the speed so far. A narrow terminal gets less of that. @elapsed_ms: since the start.
 */
void progress_add_line(struct text *text, const struct progress *progress, size_t done,
		       uint64_t elapsed_ms, size_t width);

#endif
