/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* A progress bar on stderr: see progress.h for the idea. */
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "cli/progress.h"
#include "cli/text.h"

#define SILENT_MS 1000
#define REDRAW_MS 100
#define BAR_WIDTH 30

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void progress_start(struct progress *progress, const char *doing, size_t total, bool wanted)
{
	*progress = (struct progress){
		.doing = doing,
		.total = total,
		.next_ms = wanted && isatty(STDERR_FILENO) ? now_ms() + SILENT_MS : UINT64_MAX,
	};
}

static void draw(const struct progress *progress, size_t done)
{
	size_t filled = (size_t)((uint64_t)done * BAR_WIDTH / progress->total);
	struct text line = {};

	text_addf(&line, "\r%s [%.*s%*s] ", progress->doing, (int)filled,
		  "##############################", (int)(BAR_WIDTH - filled), "");
	text_add_count(&line, done);
	text_add(&line, " of ");
	text_add_count(&line, progress->total);
	fwrite(line.data, 1, line.size, stderr);
	text_release(&line);
}

void progress_update(struct progress *progress, size_t done)
{
	uint64_t now;

	if (progress->next_ms == UINT64_MAX)
		return;
	now = now_ms();
	if (now < progress->next_ms)
		return;
	draw(progress, done);
	progress->drawn = true;
	progress->next_ms = now + REDRAW_MS;
}

void progress_clear(struct progress *progress)
{
	if (!progress->drawn)
		return;
	/* Back to the line's start, and erase it. */
	fputs("\r\033[K", stderr);
	progress->drawn = false;
	progress->next_ms = 0;
}
