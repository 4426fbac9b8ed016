/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * A progress bar on stderr, for people only: it needs a terminal and shows nothing in the first
 * second. The caller sees to it that one thread at a time calls, and clears the bar before it
 * prints anything.
 */
#ifndef REBTF_CLI_PROGRESS_H
#define REBTF_CLI_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct progress {
	const char *doing; /* "relocating" */
	size_t total;
	uint64_t next_ms; /* when to draw again; UINT64_MAX: never */
	bool drawn;
};

void progress_start(struct progress *progress, const char *doing, size_t total, bool wanted);
void progress_update(struct progress *progress, size_t done);

/* Takes the bar off the screen until the next update. */
void progress_clear(struct progress *progress);

#endif
