/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * SIGINT (Ctrl-C), SIGTERM and SIGHUP during a batch. After the first one, the batch finishes the
 * files in progress and reports. Then the command ends by that signal, so that a shell sees it. A
 * second signal ends the command at once.
 */
#ifndef REBTF_CLI_INTERRUPT_H
#define REBTF_CLI_INTERRUPT_H

#include <stdbool.h>

/* Starts catching these signals, unless the command was started with them ignored. */
void interrupt_catch(void);

/* Returns whether a signal came. Thread-safe. */
bool interrupt_came(void);

/* The name of the signal: "SIGINT" and so on. A static string. */
const char *interrupt_name(void);

/* Ends the command by @signal_number. The caller must flush standard output before. */
void die_by(int signal_number) __attribute__((noreturn));

/* Ends the command by the signal that came, if any. */
void interrupt_finish(void);

#endif
