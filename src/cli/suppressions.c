/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Reads a suppression file, and finds the entry for a difference. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/guards.h"
#include "cli/suppressions.h"
#include "util/glob.h"

static const char *const kind_words[REBTF_KNOWN_KINDS] = {
	[REBTF_KIND_VOID] = "module",	  [REBTF_KIND_INT] = "int",
	[REBTF_KIND_FLOAT] = "float",	  [REBTF_KIND_STRUCT] = "struct",
	[REBTF_KIND_UNION] = "union",	  [REBTF_KIND_ENUM] = "enum",
	[REBTF_KIND_ENUM64] = "enum",	  [REBTF_KIND_FWD] = "struct",
	[REBTF_KIND_TYPEDEF] = "typedef", [REBTF_KIND_FUNC] = "func",
	[REBTF_KIND_VAR] = "var",
};

const char *difference_word(const struct rebtf_difference *difference)
{
	uint32_t kind = difference->old_kind ? difference->old_kind : difference->new_kind;

	/* A declaration does not tell the word for a union. */
	if (kind == REBTF_KIND_FWD && difference->new_kind)
		kind = difference->new_kind;
	return kind < REBTF_KNOWN_KINDS && kind_words[kind] ? kind_words[kind] : "type";
}

static bool is_kind_word(const char *word)
{
	if (!strcmp(word, "*"))
		return true;
	for (size_t i = 0; i < REBTF_KNOWN_KINDS; i++) {
		if (kind_words[i] && !strcmp(word, kind_words[i]))
			return true;
	}
	return false;
}

/* ------------------------------------------------------------------------------------------ lines */

static struct rebtf_error *bad_line(const char *path, size_t line, const char *problem)
{
	struct rebtf_error *err;
	char *message;

	if (asprintf(&message, "line %zu: %s (expected KIND GLOB: REASON)", line, problem) < 0)
		return rebtf_error_nomem();
	err = rebtf_error_new(REBTF_ERR_FORMAT, path, NULL, message);
	free(message);
	return err;
}

/* Cuts the next word off @rest. */
static char *take_word(char **rest, const char *ends)
{
	char *word = *rest + strspn(*rest, " \t");
	char *end = word + strcspn(word, ends);

	*rest = *end ? end + 1 : end;
	*end = '\0';
	return word;
}

static void cut_blanks(char *text)
{
	size_t length = strlen(text);

	while (length && strchr(" \t\r\n", text[length - 1]))
		text[--length] = '\0';
}

static struct rebtf_error *suppressions_add(struct suppressions *all, const char *kind,
					    const char *glob, const char *reason, size_t line)
{
	struct suppression *items = reallocarray(all->items, all->count + 1, sizeof(*items));
	struct suppression *one;

	if (!items)
		return rebtf_error_nomem();
	all->items = items;
	one = &items[all->count++];
	*one = (struct suppression){ strdup(kind), strdup(glob), strdup(reason), line, 0 };
	return one->kind && one->glob && one->reason ? NULL : rebtf_error_nomem();
}

static struct rebtf_error *suppressions_parse(struct suppressions *all, const char *path,
					      char *text, size_t line)
{
	char *kind, *glob, *reason = text + strspn(text, " \t\r\n");

	if (!*reason || *reason == '#')
		return NULL;
	kind = take_word(&reason, " \t\n");
	if (!is_kind_word(kind))
		return bad_line(path, line, "unknown kind");
	if (!strchr(reason, ':'))
		return bad_line(path, line, "no reason");
	glob = take_word(&reason, ":");
	cut_blanks(glob);
	reason += strspn(reason, " \t");
	cut_blanks(reason);
	if (!*glob || !*reason)
		return bad_line(path, line, *glob ? "no reason" : "no name");
	return suppressions_add(all, kind, glob, reason, line);
}

static struct rebtf_error *suppressions_read_lines(const char *path, FILE *file,
						   struct suppressions *all)
{
	struct rebtf_error *err = NULL;
	size_t room = 0, line = 0;
	char *text = NULL;

	while (!err && getline(&text, &room, file) >= 0)
		err = suppressions_parse(all, path, text, ++line);
	/* A lack of memory ends the lines, too. */
	if (!err && !feof(file))
		err = rebtf_error_new_io(errno, path, NULL, "cannot read");
	free(text);
	return err;
}

struct rebtf_error *suppressions_read(const char *path, struct suppressions *all)
{
	struct rebtf_error *err;
	FILE *file = fopen(path, "re");

	if (!file)
		return rebtf_error_new_io(errno, path, NULL, "cannot open");
	err = suppressions_read_lines(path, file, all);
	fclose(file);
	return err;
}

void suppressions_release(struct suppressions *all)
{
	for (size_t i = 0; i < all->count; i++) {
		free(all->items[i].kind);
		free(all->items[i].glob);
		free(all->items[i].reason);
	}
	free(all->items);
}

const struct suppression *suppressions_find(struct suppressions *all,
					    const struct rebtf_difference *difference)
{
	const char *word = difference_word(difference);

	for (size_t i = 0; i < all->count; i++) {
		struct suppression *one = &all->items[i];

		if (strcmp(one->kind, "*") && strcmp(one->kind, word))
			continue;
		if (glob_matches(one->glob, difference->name)) {
			one->uses++;
			return one;
		}
	}
	return NULL;
}
