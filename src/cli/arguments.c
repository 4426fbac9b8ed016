/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Finds the verb among the arguments, and suggests corrections for mistyped verbs and options. */
#include <string.h>

#include "cli/arguments.h"
#include "cli/errors.h"
#include "cli/text.h"

/* --------------------------------------------------------------------------------------- options */

/* The options to search: the global ones, and those of one verb or of all verbs. */
struct scope {
	const struct syntax *syntax;
	const struct verb *verb;
	bool all_verbs;
};

/* Calls @visit for each option of @argp until it returns false. Returns whether it never did. */
static bool visit_argp(const struct argp *argp,
		       bool (*visit)(void *arg, const struct argp_option *option), void *arg)
{
	for (const struct argp_option *o = argp->options; o && (o->name || o->key || o->doc); o++) {
		if (!visit(arg, o))
			return false;
	}
	for (const struct argp_child *child = argp->children; child && child->argp; child++) {
		if (!visit_argp(child->argp, visit, arg))
			return false;
	}
	return true;
}

static void visit_scope(const struct scope *scope,
			bool (*visit)(void *arg, const struct argp_option *option), void *arg)
{
	bool go_on = visit_argp(scope->syntax->global, visit, arg);

	if (go_on && scope->verb)
		go_on = visit_argp(&scope->verb->argp, visit, arg);
	for (size_t i = 0; go_on && scope->all_verbs && i < scope->syntax->verb_count; i++)
		go_on = visit_argp(&scope->syntax->verbs[i]->argp, visit, arg);
}

void arguments_visit_options(const struct syntax *syntax, const struct verb *verb,
			     bool (*visit)(void *arg, const struct argp_option *option), void *arg)
{
	const struct scope scope = { .syntax = syntax, .verb = verb };

	visit_scope(&scope, visit, arg);
}

struct option_search {
	const char *name; /* long, of @length bytes; NULL: use letter */
	size_t length;
	char letter;
	const struct argp_option *found;
	bool is_exact;
};

/* As in getopt_long(), the start of a long name is enough. */
static bool match_option(void *arg, const struct argp_option *option)
{
	struct option_search *search = arg;

	if (!search->name) {
		if (option->key == search->letter)
			search->found = option;
		return !search->found;
	}
	if (!option->name || strncmp(option->name, search->name, search->length) != 0)
		return true;
	search->is_exact = !option->name[search->length];
	if (search->is_exact || !search->found)
		search->found = option;
	return !search->is_exact;
}

static const struct argp_option *find_long(const struct scope *scope, const char *name,
					   size_t length)
{
	struct option_search search = { .name = name, .length = length };

	visit_scope(scope, match_option, &search);
	return search.found;
}

static const struct argp_option *find_short(const struct scope *scope, char letter)
{
	struct option_search search = { .letter = letter };

	visit_scope(scope, match_option, &search);
	return search.found;
}

/*
 * Returns how many arguments the option at @argv takes: 2 with a separate value, 1 without, 0 if
 * the option is unknown. In a group of letters, *@letter is then the unknown one.
 */
static int option_span(const struct scope *scope, char **argv, char *letter)
{
	const struct argp_option *option;
	const char *name = *argv + 1;

	*letter = '\0';
	if (*name == '-') {
		size_t length = strcspn(++name, "=");

		option = find_long(scope, name, length);
		if (!option)
			return 0;
		return option->arg && !(option->flags & OPTION_ARG_OPTIONAL) && !name[length] ? 2
											      : 1;
	}
	for (; *name; name++) {
		option = find_short(scope, *name);
		if (!option) {
			*letter = *name;
			return 0;
		}
		/* The value is the rest of the group, or else the next argument. */
		if (option->arg)
			return name[1] || option->flags & OPTION_ARG_OPTIONAL ? 1 : 2;
	}
	return 1;
}

/* "-" alone is a file. */
static bool is_option(const char *argument)
{
	return argument[0] == '-' && argument[1];
}

/* ---------------------------------------------------------------------------------- suggestions */

/* A name that needs more changes is a different word. */
#define CHANGES_MAX 2
#define LONGEST	    32

/*
 * The number of letters to change, add, remove or swap with their neighbour to turn @a into @b.
 * CHANGES_MAX + 1 if either is too long.
 */
static size_t arguments_distance(const char *a, size_t a_length, const char *b)
{
	size_t rows[LONGEST + 1][LONGEST + 1], b_length = strlen(b);

	if (a_length > LONGEST || b_length > LONGEST)
		return CHANGES_MAX + 1;
	for (size_t i = 0; i <= a_length; i++) {
		for (size_t j = 0; j <= b_length; j++) {
			size_t least;

			if (!i || !j) {
				rows[i][j] = i + j;
				continue;
			}
			least = rows[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
			if (rows[i - 1][j] + 1 < least)
				least = rows[i - 1][j] + 1;
			if (rows[i][j - 1] + 1 < least)
				least = rows[i][j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    rows[i - 2][j - 2] + 1 < least)
				least = rows[i - 2][j - 2] + 1;
			rows[i][j] = least;
		}
	}
	return rows[a_length][b_length];
}

struct suggestion {
	const char *typed;
	size_t length;
	const char *best; /* NULL: no suggestion */
	size_t changes;
};

static void suggest(struct suggestion *s, const char *name)
{
	bool starts_so = s->length >= 2 && !strncmp(name, s->typed, s->length);
	size_t changes = starts_so ? 1 : arguments_distance(s->typed, s->length, name);

	/* Two changes to a word of three letters leave no similarity. */
	if (changes > CHANGES_MAX || changes * 2 > s->length || (s->best && changes >= s->changes))
		return;
	s->best = name;
	s->changes = changes;
}

static bool suggest_option(void *arg, const struct argp_option *option)
{
	if (option->name && !(option->flags & OPTION_HIDDEN))
		suggest(arg, option->name);
	return true;
}

static void print_unknown_option(const struct scope *scope, const char *argument, char letter)
{
	const char *space = scope->verb ? " " : "", *verb = scope->verb ? scope->verb->name : "";
	const char *name = argument[1] == '-' ? argument + 2 : argument + 1;
	struct suggestion s = { .typed = name, .length = strcspn(name, "=") };
	const char one[] = { '-', letter, '\0' };
	struct text line = {};

	text_addf(&line, "rebtf%s%s: unknown option '", space, verb);
	if (letter)
		text_add_name(&line, one);
	else
		text_add_name_bytes(&line, argument, strcspn(argument, "="));
	text_add(&line, "'");
	/* Suggest "--base" for "-base". */
	visit_scope(scope, suggest_option, &s);
	if (s.best)
		text_addf(&line, ": did you mean '--%s'?", s.best);
	text_addf(&line, "\nTry `rebtf%s%s --help' for more information.\n", space, verb);
	errors_print_text(&line);
}

void arguments_unknown_verb(const struct syntax *syntax, const char *name)
{
	struct suggestion s = { .typed = name, .length = strlen(name) };
	struct text line = {};

	text_add(&line, "rebtf: unknown verb '");
	text_add_name(&line, name);
	text_add(&line, "'");
	suggest(&s, "help");
	for (size_t i = 0; i < syntax->verb_count; i++)
		suggest(&s, syntax->verbs[i]->name);
	if (s.best) {
		text_addf(&line, ": did you mean '%s'?\n", s.best);
	} else {
		text_add(&line, " (expected");
		for (size_t i = 0; i < syntax->verb_count; i++)
			text_addf(&line, "%s %s", i ? "," : "", syntax->verbs[i]->name);
		text_add(&line, " or help)\n");
	}
	errors_print_text(&line);
}

/* --------------------------------------------------------------------------------------- walking */

int arguments_find_verb(const struct syntax *syntax, int argc, char **argv)
{
	const struct scope scope = { .syntax = syntax, .all_verbs = true };
	int at = 1;

	while (at < argc && is_option(argv[at])) {
		char letter;
		int span;

		if (!strcmp(argv[at], "--")) {
			at++;
			break;
		}
		span = option_span(&scope, argv + at, &letter);
		if (!span)
			return 0;
		at += span;
	}
	return at < argc ? at : 0;
}

void arguments_move_verb(char **argv, int verb_at)
{
	char *verb = argv[verb_at];

	memmove(argv + 2, argv + 1, (size_t)(verb_at - 1) * sizeof(*argv));
	argv[1] = verb;
}

bool arguments_check(const struct syntax *syntax, const struct verb *verb, int argc, char **argv)
{
	const struct scope scope = { .syntax = syntax, .verb = verb, .all_verbs = !verb };

	for (int at = 1; at < argc;) {
		char letter = '\0';
		int span = 1;

		if (!strcmp(argv[at], "--"))
			return true;
		if (is_option(argv[at]))
			span = option_span(&scope, argv + at, &letter);
		if (!span) {
			print_unknown_option(&scope, argv[at], letter);
			return false;
		}
		at += span;
	}
	return true;
}

int arguments_keep_global(const struct syntax *syntax, int argc, char **argv)
{
	const struct scope all = { .syntax = syntax, .all_verbs = true };
	const struct scope global = { .syntax = syntax };
	int kept = 1;

	for (int at = 1; at < argc;) {
		char letter;

		/* Global options never have their value in a separate argument. */
		if (option_span(&global, argv + at, &letter))
			argv[kept++] = argv[at];
		at += option_span(&all, argv + at, &letter) ?: 1;
	}
	argv[kept] = NULL;
	return kept;
}
