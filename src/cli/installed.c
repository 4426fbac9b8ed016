/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Finds the module directories of an installed kernel, and modules in them that belong to other
 * kernels.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/directory.h"
#include "cli/errors.h"
#include "cli/guards.h"
#include "cli/installed.h"
#include "cli/text.h"
#include "module/tree.h"

static const char *const places[INSTALLED_DIRS] = { "lib/modules", "usr/lib/modules" };

/* Adds a directory that exists and was not found under another name. */
static void installed_add_place(struct installed *installed, char *path)
{
	char *real = realpath(path, NULL);

	for (size_t i = 0; real && i < installed->count; i++) {
		if (!strcmp(installed->real[i], real)) {
			free(real);
			real = NULL;
		}
	}
	if (!real || !is_directory(real)) {
		free(real);
		free(path);
		return;
	}
	installed->paths[installed->count] = path;
	installed->real[installed->count++] = real;
}

static bool has_modules(const char *path)
{
	struct tree_list *list = NULL;
	struct rebtf_error *err = tree_list_new(&path, 1, &list);
	/* Another error is reported when the directory is processed. */
	bool has = !err || rebtf_error_code(err) != REBTF_ERR_NO_BTF;

	rebtf_error_free(err);
	tree_list_free(list);
	return has;
}

/*
 * If /lib and /usr/lib differ, one of the two may contain only the kernel's image. That is only an
 * error if the other has no modules either.
 */
static void drop_place_without_modules(struct installed *installed)
{
	for (size_t i = 0; i < installed->count && installed->count == INSTALLED_DIRS; i++) {
		size_t last = installed->count - 1;

		if (has_modules(installed->paths[i]))
			continue;
		free(installed->paths[i]);
		free(installed->real[i]);
		installed->paths[i] = installed->paths[last];
		installed->real[i] = installed->real[last];
		installed->count--;
	}
}

bool installed_find(const struct options *options, struct installed *installed)
{
	const char *root = options->root ?: "";
	struct text line = {};

	*installed = (struct installed){};
	for (size_t i = 0; i < INSTALLED_DIRS; i++) {
		char *path;

		if (asprintf(&path, "%s/%s/%s", root, places[i], options->kernel) < 0)
			out_of_memory();
		installed_add_place(installed, path);
	}
	drop_place_without_modules(installed);
	if (installed->count)
		return true;
	text_add(&line, "rebtf: ");
	text_add_name(&line, options->kernel);
	text_add(&line, ": no modules of this kernel in ");
	text_add_name(&line, root);
	text_addf(&line, "/%s/", places[0]);
	text_add_name(&line, options->kernel);
	text_add(&line, "\n");
	errors_print_text(&line);
	return false;
}

void installed_release(struct installed *installed)
{
	for (size_t i = 0; i < installed->count; i++) {
		free(installed->paths[i]);
		free(installed->real[i]);
	}
}

/* Whether @path is below the directory named by the first @length bytes of @directory. */
static bool is_below(const char *path, const char *directory, size_t length)
{
	return !strncmp(path, directory, length) && path[length] == '/';
}

struct rebtf_error *installed_elsewhere(const struct installed *installed,
					const struct rebtf_module *module, bool *elsewhere)
{
	char *real = NULL;

	*elsewhere = false;
	if (!installed->count)
		return NULL;
	TRY(error_if_nomem(rebtf_module_link_target(module, &real)));
	for (size_t i = 0; real && i < installed->count; i++) {
		const char *own = installed->real[i], *last = strrchr(own, '/');

		if (is_below(real, own, strlen(own))) {
			*elsewhere = false;
			break;
		}
		if (is_below(real, own, (size_t)(last - own)))
			*elsewhere = true;
	}
	free(real);
	return NULL;
}
