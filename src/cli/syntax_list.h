/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The lists of verbs and options for programs: "rebtf help --list". The completions read them, and
 * tests compare the manual pages with them. Columns are separated by tabs, and "-" stands for an
 * empty one.
 */
#ifndef REBTF_CLI_SYNTAX_LIST_H
#define REBTF_CLI_SYNTAX_LIST_H

#include "cli/arguments.h"

#define HELP_SUMMARY "explain a verb"

/* Prints a line for each verb: name, arguments, summary. */
void syntax_list_verbs(const struct syntax *syntax);

/*
 * Prints a line for each option of @verb, global ones included: long name, short name, value, help.
 * @verb may be NULL. The value is in brackets if it can be omitted. If it is one of a few words,
 * they are all there: "kernel|strict|lenient".
 */
void syntax_list_options(const struct syntax *syntax, const struct verb *verb);

#endif
