/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Lists the kernels of an archive of BTF. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/guards.h"
#include "cli/kernel_tree.h"
#include "cli/stem.h"

/* The most directories on a path, with the first one. The archive has three levels below it. */
#define TREE_DEPTH 16

void kernel_tree_release(struct kernel_tree *tree)
{
	for (size_t i = 0; i < tree->count; i++) {
		free(tree->files[i].path);
		free(tree->files[i].name);
	}
	free(tree->files);
}

/* The length of a name up to and with ".btf". 0: another file. */
static size_t kernel_tree_name_length(const char *name)
{
	static const char *const endings[] = { ".xz", ".gz", ".zst", ".tar" };
	size_t length = strlen(name);

	for (size_t i = 0; i < sizeof(endings) / sizeof(*endings); i++)
		if (stem_ends(name, length, endings[i]))
			length -= strlen(endings[i]);
	return stem_ends(name, length, ".btf") ? length : 0;
}

static struct rebtf_error *kernel_tree_add(struct kernel_tree *tree, const char *path,
					   size_t prefix)
{
	size_t length = kernel_tree_name_length(path + prefix);
	struct kernel_file file;

	tree->has_btf_count += stem_ends(path, strlen(path), ".hasbtf");
	tree->failed_count += stem_ends(path, strlen(path), ".failed");
	if (!length)
		return NULL;
	if (tree->count == tree->room) {
		struct kernel_file *files;

		tree->room = tree->room ? 2 * tree->room : 64;
		files = reallocarray(tree->files, tree->room, sizeof(*files));
		if (!files)
			return rebtf_error_nomem();
		tree->files = files;
	}
	file = (struct kernel_file){ strdup(path), strndup(path + prefix, length) };
	tree->files[tree->count++] = file;
	return file.path && file.name ? NULL : rebtf_error_nomem();
}

/* A directory that is being read. */
struct tree_level {
	DIR *dir;
	char *path;
};

static void kernel_tree_leave(struct tree_level *level)
{
	closedir(level->dir);
	free(level->path);
}

static struct rebtf_error *kernel_tree_enter(struct tree_level *levels, size_t *depth, char *path)
{
	DIR *dir = *depth < TREE_DEPTH ? opendir(path) : NULL;
	struct rebtf_error *err;

	if (dir) {
		levels[(*depth)++] = (struct tree_level){ dir, path };
		return NULL;
	}
	if (*depth < TREE_DEPTH)
		err = rebtf_error_new_io(errno, path, NULL, "cannot read the directory");
	else
		err = rebtf_error_new(REBTF_ERR_IO, path, NULL,
				      "cannot read the directory: nested too deeply");
	free(path);
	return err;
}

static struct rebtf_error *kernel_tree_visit(struct kernel_tree *tree, struct tree_level *levels,
					     size_t *depth, const char *name, size_t prefix)
{
	struct stat st;
	struct rebtf_error *err = NULL;
	char *path;

	if (*name == '.')
		return NULL;
	if (asprintf(&path, "%s/%s", levels[*depth - 1].path, name) < 0)
		return rebtf_error_nomem();
	if (!lstat(path, &st) && S_ISDIR(st.st_mode))
		return kernel_tree_enter(levels, depth, path);
	if (!stat(path, &st) && S_ISREG(st.st_mode))
		err = kernel_tree_add(tree, path, prefix);
	free(path);
	return err;
}

static int kernel_tree_by_name(const void *a, const void *b)
{
	const struct kernel_file *left = a, *right = b;
	int order = strcmp(left->name, right->name);

	return order ? order : strcmp(left->path, right->path);
}

/* Visits the next entry of the last directory, or leaves it after its last one. */
static struct rebtf_error *kernel_tree_step(struct kernel_tree *tree, struct tree_level *levels,
					    size_t *depth, size_t prefix)
{
	const struct tree_level *last = &levels[*depth - 1];
	struct rebtf_error *err = NULL;
	const struct dirent *entry;

	errno = 0;
	entry = readdir(last->dir);
	if (entry)
		return kernel_tree_visit(tree, levels, depth, entry->d_name, prefix);
	if (errno)
		err = rebtf_error_new_io(errno, last->path, NULL, "cannot read the directory");
	kernel_tree_leave(&levels[--*depth]);
	return err;
}

static struct rebtf_error *kernel_tree_walk(struct kernel_tree *tree, const char *directory)
{
	struct tree_level levels[TREE_DEPTH];
	struct rebtf_error *err;
	char *first = strdup(directory);
	size_t depth = 0;

	err = first ? kernel_tree_enter(levels, &depth, first) : rebtf_error_nomem();
	while (!err && depth)
		err = kernel_tree_step(tree, levels, &depth, strlen(directory) + 1);
	while (depth)
		kernel_tree_leave(&levels[--depth]);
	return err;
}

struct rebtf_error *kernel_tree_list(struct kernel_tree *tree, const char *directory)
{
	*tree = (struct kernel_tree){};
	TRY(kernel_tree_walk(tree, directory));
	if (!tree->count)
		return rebtf_error_new(REBTF_ERR_NO_BTF, directory, NULL,
				       "no file in this directory has a name that ends in .btf");
	qsort(tree->files, tree->count, sizeof(*tree->files), kernel_tree_by_name);
	return NULL;
}
