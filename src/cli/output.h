/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Standard output that tells when something got lost. However the command ends, what it printed is
 * flushed and checked. What could not be written makes the exit status 2, with a message. If the
 * reader of a pipe is gone, the command ends by SIGPIPE, as other commands do: at once, or after its
 * work if that has other results than text.
 */
#ifndef REBTF_CLI_OUTPUT_H
#define REBTF_CLI_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

/* To be called once, first. */
void output_init(void);

/* Overrides whether standard output shows colors. To be called before there are threads. */
void output_set_color(bool color);

/* The work goes on when the reader of standard output is gone: for verbs that write files. */
void output_outlive_reader(void);

/* False if this or an earlier write failed; the message comes at the end. */
bool output_write(const char *data, size_t size);

#endif
