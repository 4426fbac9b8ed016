/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Writes standard output and reports lost output when the command ends. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/interrupt.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/text.h"

/* The errno of the first failed write. */
static int output_errnum;

bool output_write(const char *data, size_t size)
{
	if (output_errnum)
		return false;
	if (size && fwrite(data, 1, size, stdout) != size)
		output_errnum = errno;
	return !output_errnum;
}

void output_check_memory(void)
{
	if (!memory_has_failed())
		return;
	fflush(stdout);
	out_of_memory();
}

bool output_text(struct text *text)
{
	bool written;

	output_check_memory();
	written = output_write(text->data, text->size);
	text_release(text);
	return written;
}

/* Runs on every exit path, so it also covers argp's output. */
static void close_output(void)
{
	bool failed = ferror(stdout);

	if (fclose(stdout) && !output_errnum)
		output_errnum = errno;
	else if (failed && !output_errnum)
		output_errnum = EIO;
	if (!output_errnum)
		return;
	/* The reader of a pipe is gone. Other commands also end silently by SIGPIPE then. */
	if (output_errnum == EPIPE)
		die_by(SIGPIPE);
	fprintf(stderr, "rebtf: cannot write to standard output: %s\n", strerror(output_errnum));
	_exit(STATUS_TROUBLE);
}

/* https://no-color.org and https://bixense.com/clicolors define these variables. */
static bool shows_colors(void)
{
	const char *no_color = getenv("NO_COLOR"), *force = getenv("CLICOLOR_FORCE");
	const char *terminal = getenv("TERM");

	if (no_color && *no_color)
		return false;
	if (force && *force && strcmp(force, "0") != 0)
		return true;
	return isatty(STDOUT_FILENO) && terminal && strcmp(terminal, "dumb") != 0;
}

void output_set_color(bool color)
{
	text_set_colors(color);
}

void output_init(void)
{
	text_set_colors(shows_colors());
	/* Python and others start commands with SIGPIPE ignored. */
	signal(SIGPIPE, SIG_DFL);
	/* A file that exceeds the limit of ulimit -f is an error like a full disk. */
	signal(SIGXFSZ, SIG_IGN);
	atexit(close_output);
}

void output_outlive_reader(void)
{
	signal(SIGPIPE, SIG_IGN);
}
