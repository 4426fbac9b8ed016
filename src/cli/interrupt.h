/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * SIGINT (Ctrl-C), SIGTERM and SIGHUP during a batch. The first one lets the batch finish the files that
 * it works on, and report; then the command ends by that signal, so that a shell sees it. A second one
 * ends the command at once.
 */
#ifndef REBTF_CLI_INTERRUPT_H
#define REBTF_CLI_INTERRUPT_H

#include <stdbool.h>

/* From here on these signals are caught, unless the command was started with them ignored. */
void interrupt_catch(void);

/* Returns whether one has come. Threads may call this. */
bool interrupt_came(void);

/* "SIGINT" and so on: the signal that came. A static string. */
const char *interrupt_name(void);

/* Ends the command by @signal_number. Standard output has to be flushed before. */
void die_by(int signal_number) __attribute__((noreturn));

/* Ends the command by the signal that came, if one did. */
void interrupt_finish(void);

#endif
