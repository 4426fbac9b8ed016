/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Standard output that reports lost data. However the command ends, its output is flushed and
 * checked. A failed write makes the exit status 2, with a message. If the reader of a pipe is gone,
 * the command ends by SIGPIPE, like other commands: at once, or after its work if that has results
 * other than text.
 */
#ifndef REBTF_CLI_OUTPUT_H
#define REBTF_CLI_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

/* Call once, first. */
void output_init(void);

/* Overrides whether standard output shows colors. Call before threads start. */
void output_set_color(bool color);

/* Continues when the reader of standard output is gone: for verbs that write files. */
void output_outlive_reader(void);

/* False if this or an earlier write failed. The message comes at the end. */
bool output_write(const char *data, size_t size);

#endif
