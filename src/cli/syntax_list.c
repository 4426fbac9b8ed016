/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Prints the verbs and their options, one per line, for programs. */
#include <stdio.h>
#include <string.h>

#include "cli/syntax_list.h"

void syntax_list_verbs(const struct syntax *syntax)
{
	for (size_t i = 0; i < syntax->verb_count; i++) {
		const struct verb *verb = syntax->verbs[i];
		const char *arguments = verb->argp.args_doc ?: "-";

		printf("%s\t%.*s\t%s\n", verb->name, (int)strcspn(arguments, "\n"), arguments,
		       verb->summary);
	}
	printf("help\tVERB\t%s\n", HELP_SUMMARY);
}

static bool syntax_list_option(void *arg, const struct argp_option *option)
{
	char letter[] = { '-', (char)option->key, '\0' };
	bool optional = option->flags & OPTION_ARG_OPTIONAL;

	(void)arg;
	if (option->name && !(option->flags & OPTION_HIDDEN))
		printf("--%s\t%s\t%s%s%s\t%s\n", option->name, option->key < 0x80 ? letter : "-",
		       optional ? "[" : "", option->arg ?: "-", optional ? "]" : "", option->doc);
	return true;
}

void syntax_list_options(const struct syntax *syntax, const struct verb *verb)
{
	arguments_visit_options(syntax, verb, syntax_list_option, NULL);
}
