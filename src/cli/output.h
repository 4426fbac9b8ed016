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

#include "cli/text.h"

/* Call once, first. */
void output_init(void);

/* Overrides whether standard output shows colors. Call before threads start. */
void output_set_color(bool color);

/* Continues when the reader of standard output is gone: for verbs that write files. */
void output_outlive_reader(void);

/* False if this or an earlier write failed. The message comes at the end. */
bool output_write(const char *data, size_t size);

/*
 * Ends the command if memory ran out in the calling thread since its last check. Standard output
 * must have whole lines so far.
 */
void output_check_memory(void);

/*
 * Writes and releases a text of whole lines. Returns as output_write(). If memory ran out while the
 * calling thread made the text, the text is incomplete, and the command ends with that error.
 */
bool output_text(struct text *text);

#endif
