/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Prints errors, and groups those of a batch by their cause. */
#include <ctype.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/errors.h"

/* At most this many files of a group get a line each. */
#define LINES_MAX 3

static bool is_verbose;

void errors_set_verbose(bool verbose)
{
	is_verbose = verbose;
}

static char *copy_of(const char *string)
{
	char *copy = strdup(string);

	if (!copy)
		memory_failed();
	return copy;
}

/* ---------------------------------------------------------------------------------------- lines */

/* @path: the file of an error that names no file; or NULL. */
static void add_line(struct text *text, const struct rebtf_error *err, const char *path)
{
	char *line = rebtf_error_text(err);

	if (!line)
		memory_failed();
	text_add(text, "rebtf: ");
	if (path && !rebtf_error_file(err)) {
		text_add_name(text, path);
		text_add(text, ": ");
	}
	text_add(text, line ?: "out of memory");
	free(line);
	if (rebtf_error_details(err) && is_verbose) {
		text_add(text, "; ");
		text_add_name(text, rebtf_error_details(err));
	} else if (rebtf_error_details(err)) {
		text_add(text, " (--verbose says more)");
	}
	if (rebtf_error_code(err) == REBTF_ERR_AMBIGUOUS)
		text_add(text, ": choose with --as");
	text_add(text, "\n");
}

void print_error(struct rebtf_error *err)
{
	struct text text = {};

	add_line(&text, err, NULL);
	if (memory_has_failed())
		fputs("rebtf: out of memory\n", stderr);
	else
		fwrite(text.data, 1, text.size, stderr);
	text_release(&text);
	rebtf_error_free(err);
}

void errors_print_text(struct text *text)
{
	if (!text->failed && text->size)
		fwrite(text->data, 1, text->size, stderr);
	text_release(text);
}

struct rebtf_error *error_of_text(void)
{
	return memory_has_failed() ? rebtf_error_nomem() : NULL;
}

struct rebtf_error *error_if_nomem(struct rebtf_error *err)
{
	if (err && rebtf_error_code(err) == REBTF_ERR_NOMEM)
		return err;
	rebtf_error_free(err);
	return NULL;
}

void error_ignore(struct rebtf_error *err)
{
	err = error_if_nomem(err);
	if (err)
		memory_failed();
	rebtf_error_free(err);
}

/* --------------------------------------------------------------------------------------- causes */

/* Returns the end of the path at @path: the next punctuation character. */
static const char *skip_path(const char *path)
{
	while (*path && !strchr(":,;()'", *path))
		path++;
	return path;
}

/*
 * The cause of an error is its message without the parts that differ between files: numbers, quoted
 * names and paths. For BTF that is not split from the base, only the base matters, not the first
 * error that shows it. Sets @sentence to the offset of the sentence in the cause.
 */
static char *cause_of(const struct rebtf_error *err, size_t *sentence)
{
	struct text cause = {};

	text_addf(&cause, "%d %s: ", (int)rebtf_error_code(err), rebtf_error_section(err) ?: "");
	*sentence = cause.size;
	for (const char *s = rebtf_error_code(err) == REBTF_ERR_WRONG_BASE
				     ? "probably the wrong base for these modules"
				     : rebtf_error_message(err);
	     *s;) {
		if (isdigit((unsigned char)*s)) {
			text_add(&cause, "N");
			while (isxdigit((unsigned char)*s) || (*s == 'x' && s[-1] == '0'))
				s++;
		} else if (*s == '\'' && strchr(s + 1, '\'')) {
			text_add(&cause, "'...'");
			s = strchr(s + 1, '\'') + 1;
		} else if (*s == '/') {
			text_add(&cause, "/...");
			s = skip_path(s);
		} else {
			text_add_bytes(&cause, s++, 1);
		}
	}
	return text_end(&cause);
}

void file_error_init(struct file_error *error, const struct rebtf_error *err, const char *path)
{
	*error = (struct file_error){
		.code = rebtf_error_code(err),
		.section = rebtf_error_section(err) ? copy_of(rebtf_error_section(err)) : NULL,
		.message = copy_of(rebtf_error_message(err)),
	};
	if (error->message)
		error->cause = cause_of(err, &error->sentence);
	add_line(&error->line, err, path);
}

void file_error_release(struct file_error *error)
{
	free(error->section);
	free(error->message);
	free(error->cause);
	text_release(&error->line);
	*error = (struct file_error){};
}

/* --------------------------------------------------------------------------------------- groups */

struct error_group {
	char *cause;
	enum rebtf_error_code code;
	char *section;	    /* of the first file's error; or NULL */
	char *message;	    /* of the first file's error */
	const char *common; /* the message without the parts that differ; in @cause */
	bool differs;	    /* not all files have the same message */
	size_t files;
	struct text unprinted; /* the line of file number LINES_MAX + 1 */
};

static int by_cause(const void *a, const void *b)
{
	const struct error_group *left = a, *right = b;

	return strcmp(left->cause, right->cause);
}

static int by_size(const void *a, const void *b)
{
	const struct error_group *left = *(struct error_group *const *)a;
	const struct error_group *right = *(struct error_group *const *)b;

	if (left->files != right->files)
		return left->files > right->files ? -1 : 1;
	return by_cause(left, right);
}

static void free_group(void *p)
{
	struct error_group *group = p;

	free(group->cause);
	free(group->section);
	free(group->message);
	text_release(&group->unprinted);
	free(group);
}

/* NULL: out of memory. */
static struct error_group *new_group(const struct file_error *error)
{
	struct error_group *group = calloc(1, sizeof(*group));

	if (!group)
		return NULL;
	*group = (struct error_group){
		.cause = copy_of(error->cause),
		.code = error->code,
		.section = error->section ? copy_of(error->section) : NULL,
		.message = copy_of(error->message),
	};
	if (group->cause && group->message && (group->section || !error->section)) {
		group->common = group->cause + error->sentence;
		return group;
	}
	free_group(group);
	return NULL;
}

/* NULL: out of memory. */
static struct error_group *find_group(struct error_groups *groups, const struct file_error *error)
{
	struct error_group key = { .cause = error->cause }, *group;
	struct error_group **found = tfind(&key, &groups->tree, by_cause);

	if (found)
		return *found;
	group = new_group(error);
	if (!group)
		return NULL;
	if (!tsearch(group, &groups->tree, by_cause)) {
		free_group(group);
		return NULL;
	}
	groups->count++;
	return group;
}

bool error_groups_add(struct error_groups *groups, const struct file_error *error)
{
	struct error_group *group = NULL;

	/* If memory ran out, there is no cause. Print an error that cannot be counted. */
	if (error->cause)
		group = find_group(groups, error);
	if (!group)
		return true;
	groups->files++;
	group->files++;
	group->differs |= strcmp(error->message, group->message) != 0;
	if (is_verbose || group->files <= LINES_MAX)
		return true;
	if (group->files == LINES_MAX + 1)
		text_add_bytes(&group->unprinted, error->line.data, error->line.size);
	return false;
}

void error_groups_release(struct error_groups *groups)
{
	tdestroy(groups->tree, free_group);
	*groups = (struct error_groups){};
}

static void errors_collect(const void *node, VISIT visit, void *arg)
{
	struct error_group ***end = arg;

	if (visit == postorder || visit == leaf)
		*(*end)++ = *(struct error_group *const *)node;
}

/* All groups, the largest first; malloced. NULL: out of memory. */
static struct error_group **sorted_groups(const struct error_groups *groups)
{
	struct error_group **sorted = calloc(groups->count ?: 1, sizeof(*sorted)), **end = sorted;

	if (!sorted) {
		memory_failed();
		return NULL;
	}
	twalk_r(groups->tree, errors_collect, &end);
	qsort(sorted, groups->count, sizeof(*sorted), by_size);
	return sorted;
}

static const char *sentence_of(const struct error_group *group)
{
	return group->differs ? group->common : group->message;
}

static void add_sentence(struct text *text, const struct error_group *group)
{
	if (group->section) {
		text_add_name(text, group->section);
		text_add(text, ": ");
	}
	text_add_name(text, sentence_of(group));
}

void error_groups_print_rest(const struct error_groups *groups)
{
	struct error_group **sorted = groups->count ? sorted_groups(groups) : NULL;
	struct text text = {};

	for (size_t i = 0; sorted && i < groups->count; i++) {
		const struct error_group *group = sorted[i];

		if (is_verbose || group->files <= LINES_MAX)
			continue;
		if (group->files == LINES_MAX + 1) {
			text_add_bytes(&text, group->unprinted.data, group->unprinted.size);
			continue;
		}
		text_add(&text, "rebtf: and ");
		text_add_counted(&text, group->files - LINES_MAX, "more file");
		text_add(&text, " with the same error: ");
		add_sentence(&text, group);
		text_add(&text, " (--verbose lists them)\n");
	}
	errors_print_text(&text);
	free(sorted);
}

void error_groups_add_text(struct text *text, const struct error_groups *groups, size_t limit)
{
	struct error_group **sorted = sorted_groups(groups);

	for (size_t i = 0; sorted && i < groups->count && i < limit; i++) {
		text_add(text, "    ");
		text_add_counted(text, sorted[i]->files, "module");
		text_add(text, ": ");
		add_sentence(text, sorted[i]);
		text_add(text, "\n");
	}
	if (groups->count > limit) {
		text_add(text, "    and ");
		text_add_counted(text, groups->count - limit, "other error");
		text_add(text, " (--verbose lists all)\n");
	}
	free(sorted);
}

struct json_object *error_groups_json(const struct error_groups *groups)
{
	struct error_group **sorted = sorted_groups(groups);
	struct json_object *array = json_new_array();

	for (size_t i = 0; sorted && i < groups->count; i++) {
		struct json_object *object = json_new_object();

		json_add_number(object, "modules", sorted[i]->files);
		json_add_string(object, "code", rebtf_error_code_name(sorted[i]->code));
		json_add_string(object, "section", sorted[i]->section);
		json_add_string(object, "message", sentence_of(sorted[i]));
		json_append(array, object);
	}
	free(sorted);
	return array;
}
