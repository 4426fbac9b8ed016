/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The arguments before argp sees them: which one is the verb, wherever options stand, and which names
 * are mistyped.
 */
#ifndef REBTF_CLI_ARGUMENTS_H
#define REBTF_CLI_ARGUMENTS_H

#include "cli/options.h"

/* All verbs, and the options that go with each of them and with none. */
struct syntax {
	const struct verb *const *verbs;
	size_t verb_count;
	const struct argp *global;
};

/*
 * Returns where the verb stands in @argv: the first argument that is no option and no value of one. 0
 * if there is none, or an option before it is unknown.
 */
int arguments_find_verb(const struct syntax *syntax, int argc, char **argv);

/* Moves the argument at @verb_at to the front, behind argv[0], and lets the others keep their order. */
void arguments_move_verb(char **argv, int verb_at);

/*
 * Looks for an option that @verb (NULL: any verb) does not have. If there is one, prints an error with
 * the option that was probably meant, and returns false.
 */
bool arguments_check(const struct syntax *syntax, const struct verb *verb, int argc, char **argv);

/*
 * Drops the options that only some verbs have from arguments without a verb that arguments_check() let
 * pass. Returns how many arguments are left.
 */
int arguments_keep_global(const struct syntax *syntax, int argc, char **argv);

/* Prints an error with the verb that was probably meant by @name, or with all verbs. */
void arguments_unknown_verb(const struct syntax *syntax, const char *name);

#endif
