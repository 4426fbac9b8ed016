/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * A progress bar on stderr, for people only: it needs a terminal and stays hidden for the first
 * second. It fits one line of the terminal, whose width is queried each time. The caller must
 * serialize calls, and clear the bar before printing.
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

/* Erases the bar until the next update. */
void progress_clear(struct progress *progress);

/*
 * Adds the line, at most @width wide: the action, a bar, the number of files done and in total, and
 * an estimate of the time left. A narrow terminal gets less of that. @elapsed_ms: since the start.
 */
void progress_add_line(struct text *text, const struct progress *progress, size_t done,
		       uint64_t elapsed_ms, size_t width);

#endif
