/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Draws a progress bar on stderr. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "cli/progress.h"

#define SILENT_MS 1000
#define REDRAW_MS 100

/* Including brackets. A shorter bar is not useful, a longer one no better. */
#define BAR_MIN 10
#define BAR_MAX 42

/* If neither the terminal nor $COLUMNS gives a width. */
#define WIDTH_DEFAULT 80

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* Whether stderr is a terminal that can erase lines. */
static bool has_terminal(void)
{
	const char *terminal = getenv("TERM");

	return isatty(STDERR_FILENO) && !(terminal && !strcmp(terminal, "dumb"));
}

static size_t terminal_width(void)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size = {};
	int width;

	if (!ioctl(STDERR_FILENO, TIOCGWINSZ, &size) && size.ws_col)
		return size.ws_col;
	width = columns ? atoi(columns) : 0;
	return width > 0 ? (size_t)width : WIDTH_DEFAULT;
}

void progress_start(struct progress *progress, const char *doing, size_t total, bool wanted)
{
	uint64_t now = now_ms();

	*progress = (struct progress){
		.doing = doing,
		.total = total,
		.start_ms = now,
		.next_ms = wanted && has_terminal() ? now + SILENT_MS : UINT64_MAX,
	};
}

/* "12 s", "3 min 20 s", "2 h 5 min" */
static void add_duration(struct text *text, uint64_t seconds)
{
	if (seconds < 60)
		text_addf(text, "%llu s", (unsigned long long)seconds);
	else if (seconds < 3600)
		text_addf(text, "%llu min %llu s", (unsigned long long)seconds / 60,
			  (unsigned long long)seconds % 60);
	else
		text_addf(text, "%llu h %llu min", (unsigned long long)seconds / 3600,
			  (unsigned long long)seconds / 60 % 60);
}

/* Adds no text if the time cannot be estimated yet. */
static void add_time_left(struct text *text, const struct progress *progress, size_t done,
			  uint64_t elapsed_ms)
{
	double left_ms;

	if (!done || done >= progress->total)
		return;
	left_ms = (double)elapsed_ms / (double)done * (double)(progress->total - done);
	text_add(text, ", ");
	add_duration(text, (uint64_t)(left_ms / 1000) + 1);
	text_add(text, " left");
}

static void add_bar(struct text *text, const struct progress *progress, size_t done, size_t width)
{
	size_t inside = (width > BAR_MAX ? BAR_MAX : width) - 2;
	size_t filled = (size_t)((uint64_t)done * inside / progress->total);

	text_add(text, "[");
	for (size_t i = 0; i < inside; i++)
		text_add_bytes(text, i < filled ? "#" : " ", 1);
	text_add(text, "] ");
}

void progress_add_line(struct text *text, const struct progress *progress, size_t done,
		       uint64_t elapsed_ms, size_t width)
{
	struct text counts = {}, time = {}, line = {};
	size_t fixed;

	text_add_count(&counts, done);
	text_add(&counts, " of ");
	text_add_count(&counts, progress->total);
	add_time_left(&time, progress, done, elapsed_ms);

	text_addf(&line, "%s ", progress->doing);
	fixed = line.size + counts.size;
	if (fixed + time.size + BAR_MIN + 1 <= width)
		add_bar(&line, progress, done, width - fixed - time.size - 1);
	text_add_bytes(&line, counts.data, counts.size);
	if (fixed + time.size <= width)
		text_add_bytes(&line, time.data, time.size);
	if (fixed <= width)
		text_add_bytes(text, line.data, line.size);
	else
		text_add_bytes(text, counts.data, counts.size < width ? counts.size : width);
	text->failed |= counts.failed || time.failed || line.failed;
	text_release(&counts);
	text_release(&time);
	text_release(&line);
}

static void draw(const struct progress *progress, size_t done, uint64_t elapsed_ms)
{
	struct text line = {};

	text_add(&line, "\r");
	/* In the last column, some terminals wrap to the next line. */
	progress_add_line(&line, progress, done, elapsed_ms, terminal_width() - 1);
	text_add(&line, "\033[K");
	if (!line.failed)
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
	draw(progress, done, now - progress->start_ms);
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
