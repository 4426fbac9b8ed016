/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Standard output that tells when something got lost. Whatever way the command ends, what it
 * printed is flushed and checked: what could not be written makes the exit status 2, with a message
 * unless it was the reader of a pipe that went away. That ends no work that has other results than
 * text.
 */
#ifndef REBTF_CLI_OUTPUT_H
#define REBTF_CLI_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

/* To be called once, first. */
void output_init(void);

/* False if this or an earlier write failed; the message comes at the end. */
bool output_write(const char *data, size_t size);

#endif
