/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Processes arguments before argp sees them: finds the verb, before or after options, and reports
 * mistyped names.
 */
#ifndef REBTF_CLI_ARGUMENTS_H
#define REBTF_CLI_ARGUMENTS_H

#include "cli/options.h"

/* All verbs with their options, and the global options. */
struct syntax {
	const struct verb *const *verbs;
	size_t verb_count;
	const struct argp *global;
};

/*
 * Returns the index of the verb in @argv: the first argument that is neither an option nor an
 * option's value. 0 if the verb is missing, or if an option before it is unknown.
 */
int arguments_find_verb(const struct syntax *syntax, int argc, char **argv);

/* Moves the argument at @verb_at to the front, after argv[0]. The others keep their order. */
void arguments_move_verb(char **argv, int verb_at);

/*
 * Looks for an option that @verb (NULL: any verb) does not have. If found, prints an error that
 * suggests a similar option, and returns false.
 */
bool arguments_check(const struct syntax *syntax, const struct verb *verb, int argc, char **argv);

/*
 * Drops the options of verbs from arguments without a verb, after arguments_check() accepted them.
 * Returns the number of arguments left.
 */
int arguments_keep_global(const struct syntax *syntax, int argc, char **argv);

/*
 * Calls @visit for each global option, and for each option of @verb, which may be NULL, until it
 * returns false.
 */
void arguments_visit_options(const struct syntax *syntax, const struct verb *verb,
			     bool (*visit)(void *arg, const struct argp_option *option), void *arg);

/* Prints an error that suggests a verb similar to @name, or lists all verbs. */
void arguments_unknown_verb(const struct syntax *syntax, const char *name);

#endif
