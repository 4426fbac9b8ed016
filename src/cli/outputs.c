/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Finds conflicts between the files of a batch. Names are looked up by binary search in sorted
 * lists. A file can have many names, so files that may share a directory are compared by their real
 * paths.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/errors.h"
#include "cli/outputs.h"
#include "cli/text.h"

/* A file under one of its names. */
struct name {
	char *text;
	const struct tree_file *file;
};

struct outputs_names {
	struct name *list;
	size_t count;
};

static int by_text(const void *a, const void *b)
{
	const struct name *left = a, *right = b;

	return strcmp(left->text, right->text);
}

static void sort(struct outputs_names *names)
{
	qsort(names->list, names->count, sizeof(*names->list), by_text);
}

/* The file whose name is the first @length bytes of @text. NULL: not found. */
static const struct tree_file *outputs_find(const struct outputs_names *names, const char *text,
					    size_t length)
{
	struct name wanted = { .text = strndup(text, length) };
	const struct name *found;

	if (!wanted.text)
		out_of_memory();
	found = bsearch(&wanted, names->list, names->count, sizeof(wanted), by_text);
	free(wanted.text);
	return found ? found->file : NULL;
}

/* The length of "x.btf" in "x.btf.base" and the like; 0 for other paths. */
static size_t length_of_owner(const char *path)
{
	static const char *const endings[] = { ".base", ".expects", ".note" };
	const char *dot = strrchr(path, '.');
	size_t length = dot ? (size_t)(dot - path) : 0;

	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		if (length && dot[-1] != '/' && !strcmp(dot, endings[i]))
			return length;
	}
	return 0;
}

/* The file that has @text as the name of its companion. NULL: not found. */
static const struct tree_file *outputs_find_owner(const struct outputs_names *names,
						  const char *text)
{
	size_t length = length_of_owner(text);

	return length ? outputs_find(names, text, length) : NULL;
}

static void *outputs_checked_calloc(size_t count, size_t size)
{
	void *memory = calloc(count ?: 1, size);

	if (!memory)
		out_of_memory();
	return memory;
}

/* --------------------------------------------------------------------------------- real paths */

/* Caches the last directory. */
struct real_paths {
	char *directory;
	char *real;
};

static void real_paths_release(struct real_paths *paths)
{
	free(paths->directory);
	free(paths->real);
}

/* The real path of a directory, or the path itself if it has no real path. */
static const char *real_directory(struct real_paths *paths, const char *path, size_t length)
{
	if (paths->directory && strlen(paths->directory) == length &&
	    !memcmp(paths->directory, path, length))
		return paths->real;
	real_paths_release(paths);
	paths->directory = strndup(path, length);
	if (!paths->directory)
		out_of_memory();
	paths->real = realpath(length ? paths->directory : ".", NULL);
	if (!paths->real)
		paths->real = strdup(paths->directory);
	if (!paths->real)
		out_of_memory();
	return paths->real;
}

static char *outputs_join(const char *directory, const char *name)
{
	char *path;

	if (asprintf(&path, "%s/%s", strcmp(directory, "/") ? directory : "", name) < 0)
		out_of_memory();
	return path;
}

/* Below a named directory, paths contain no links to other directories. */
static char *outputs_real_path(struct real_paths *paths, const struct tree_file *file)
{
	size_t length = strlen(file->path) - strlen(file->relative);
	char *real = file->is_link ? realpath(file->path, NULL) : NULL;

	return real ?: outputs_join(real_directory(paths, file->path, length), file->relative);
}

/* ------------------------------------------------------------------------------- companions */

static struct outputs_names real_names(const struct tree_file *const *files, size_t count)
{
	struct outputs_names names = { outputs_checked_calloc(count, sizeof(*names.list)), 0 };
	struct real_paths paths = {};

	for (size_t i = 0; i < count; i++) {
		if (files[i])
			names.list[names.count++] =
				(struct name){ outputs_real_path(&paths, files[i]), files[i] };
	}
	real_paths_release(&paths);
	sort(&names);
	return names;
}

static void outputs_names_release(struct outputs_names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->list[i].text);
	free(names->list);
}

/* Files with other names must be read to find out whether they have companions. */
static bool is_companion(const struct outputs_names *names, const char *text)
{
	static const char btf[] = ".btf";
	size_t length = length_of_owner(text);

	return length > strlen(btf) && !memcmp(text + length - strlen(btf), btf, strlen(btf)) &&
	       outputs_find_owner(names, text);
}

void outputs_drop_companions(const struct tree_file **files, size_t count)
{
	struct real_paths paths = {};
	struct outputs_names names;
	bool any = false;

	/* Usually no file is a companion, which is cheap to detect. */
	for (size_t i = 0; i < count && !any; i++)
		any = files[i] && length_of_owner(files[i]->path);
	if (!any)
		return;
	names = real_names(files, count);
	for (size_t i = 0; i < count; i++) {
		char *real = files[i] ? outputs_real_path(&paths, files[i]) : NULL;

		if (real && is_companion(&names, real))
			files[i] = NULL;
		free(real);
	}
	real_paths_release(&paths);
	outputs_names_release(&names);
}

/* -------------------------------------------------------------------------------- collisions */

/* "rebtf: FILE1 BETWEEN FILE2 both have the output OUT/NAME", or "rebtf: FILE1 BETWEEN OUT/NAME" */
static void say(const struct options *options, const struct tree_file *file, const char *between,
		const struct tree_file *other, const char *name)
{
	struct text line = {};

	text_add(&line, "rebtf: ");
	text_add_name(&line, file->path);
	text_add(&line, between);
	if (other)
		text_add_name(&line, other->path);
	text_add(&line, other ? " both have the output " : "");
	text_add_name(&line, options->out_dir);
	text_add(&line, "/");
	text_add_name(&line, name);
	text_add(&line, "\n");
	errors_print_text(&line);
}

static struct outputs_names output_names(const struct tree_file *const *files, size_t count,
					 name_below *name_of)
{
	struct outputs_names names = { outputs_checked_calloc(count, sizeof(*names.list)), 0 };

	for (size_t i = 0; i < count; i++) {
		char *name = name_of ? name_of(files[i]) : strdup(files[i]->relative);

		if (!name)
			out_of_memory();
		names.list[names.count++] = (struct name){ name, files[i] };
	}
	sort(&names);
	return names;
}

/*
 * Whether two files of the same relative name collide, or a file has the name of another's
 * companion.
 */
static bool outputs_meet(const struct options *options, const struct outputs_names *outputs)
{
	for (size_t i = 0; i < outputs->count; i++) {
		const struct name *name = &outputs->list[i];
		const struct tree_file *owner = outputs_find_owner(outputs, name->text);

		if (owner) {
			say(options, name->file, " and a companion of ", owner, name->text);
			return true;
		}
		if (i && !by_text(name - 1, name)) {
			say(options, name[-1].file, " and ", name->file, name->text);
			return true;
		}
	}
	return false;
}

/*
 * Reports that the output of @file would replace @name, the file of @input. False if @file is NULL
 * or @input.
 */
static bool replaces(const struct options *options, const struct tree_file *file,
		     const struct tree_file *input, const char *name)
{
	if (!file || file == input)
		return false;
	say(options, file, " would overwrite the unread input ", NULL, name);
	return true;
}

/*
 * Whether output replaces @input, which is @name below the output directory, or one of its
 * companions.
 */
static bool is_replaced(const struct options *options, const struct outputs_names *outputs,
			const struct tree_file *input, const char *name)
{
	static const char *const endings[] = { "", ".base", ".expects", ".note" };
	bool replaced = replaces(options, outputs_find_owner(outputs, name), input, name);

	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]) && !replaced; i++) {
		char *path;

		if (asprintf(&path, "%s%s", name, endings[i]) < 0)
			out_of_memory();
		replaced = replaces(options, outputs_find(outputs, path, strlen(path)), input,
				    path);
		free(path);
	}
	return replaced;
}

/* Whether the output of one file would replace another before it is read. */
static bool inputs_are_replaced(const struct options *options, const struct tree_file *const *files,
				size_t count, const struct outputs_names *outputs)
{
	char *directory = realpath(options->out_dir, NULL);
	bool replaced = false;
	struct outputs_names inputs;
	size_t length;

	/* A directory that does not exist yet is empty. */
	if (!directory)
		return false;
	length = strcmp(directory, "/") ? strlen(directory) : 0;
	inputs = real_names(files, count);
	for (size_t i = 0; i < inputs.count && !replaced; i++) {
		const struct name *input = &inputs.list[i];

		if (!strncmp(input->text, directory, length) && input->text[length] == '/')
			replaced = is_replaced(options, outputs, input->file,
					       input->text + length + 1);
	}
	outputs_names_release(&inputs);
	free(directory);
	return replaced;
}

bool outputs_differ(const struct options *options, const struct tree_file *const *files,
		    size_t count, name_below *name_of)
{
	struct outputs_names outputs;
	bool differ;

	if (!options->out_dir)
		return true;
	outputs = output_names(files, count, name_of);
	differ = !outputs_meet(options, &outputs) &&
		 !inputs_are_replaced(options, files, count, &outputs);
	outputs_names_release(&outputs);
	return differ;
}
