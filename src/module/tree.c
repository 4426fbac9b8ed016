/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Trees of modules: which files a command line means, and the directories of an output tree. The
 * walk keeps the directories it has yet to see in a list instead of calling itself, and asks the
 * file system about a file only where the directory entry does not say what it is.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "util/cleanup.h"
#include "util/error.h"

/* The list as the caller has it, and what it takes to make it grow and to free it. */
struct file_list {
	struct rebtf_file_list public; /* first */
	size_t capacity;
	bool has_expects; /* in the directory that is walked */
};

/* Strings that are yet to be looked at. */
struct stack {
	char **items;
	size_t count;
	size_t capacity;
};

static void stack_release(struct stack *stack)
{
	for (size_t i = 0; i < stack->count; i++)
		free(stack->items[i]);
	free(stack->items);
}

/* Takes @item over, in any case. */
static struct rebtf_error *push(struct stack *stack, char *item)
{
	if (stack->count == stack->capacity) {
		size_t capacity = stack->capacity ? stack->capacity * 2 : 64;
		char **items = realloc(stack->items, capacity * sizeof(*items));

		if (!items) {
			free(item);
			return error_nomem();
		}
		stack->items = items;
		stack->capacity = capacity;
	}
	stack->items[stack->count++] = item;
	return NULL;
}

/* Takes @path over, in any case; its part from @relative_at on is the relative one. */
static struct rebtf_error *add_file(struct file_list *list, char *path, size_t relative_at,
				    bool from_directory)
{
	if (list->public.count == list->capacity) {
		size_t capacity = list->capacity ? list->capacity * 2 : 1;
		struct rebtf_file *files = realloc(list->public.files, capacity * sizeof(*files));

		if (!files) {
			free(path);
			return error_nomem();
		}
		list->public.files = files;
		list->capacity = capacity;
	}
	list->public.files[list->public.count++] = (struct rebtf_file){
		.path = path,
		.relative = path + relative_at,
		.from_directory = from_directory,
		.may_expect = true,
	};
	return NULL;
}

static bool ends_in(const char *name, const char *ending)
{
	size_t length = strlen(name), size = strlen(ending);

	return length > size && !strcmp(name + length - size, ending);
}

static bool is_module_name(const char *name)
{
	static const char *const endings[] = { ".ko", ".ko.xz", ".ko.zst", ".ko.gz", ".btf" };
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		if (ends_in(name, endings[i]))
			return true;
	}
	return false;
}

/*
 * DT_DIR, DT_REG or something else; a symbolic link counts as the file, but not the directory, it
 * leads to.
 */
static unsigned char entry_type(int directory, const struct dirent *entry)
{
	unsigned char type = entry->d_type;
	struct stat st;

	if (type == DT_UNKNOWN) {
		if (fstatat(directory, entry->d_name, &st, AT_SYMLINK_NOFOLLOW))
			return DT_UNKNOWN;
		type = IFTODT(st.st_mode);
	}
	if (type == DT_LNK && is_module_name(entry->d_name) &&
	    !fstatat(directory, entry->d_name, &st, 0) && S_ISREG(st.st_mode))
		type = DT_REG;
	return type;
}

static struct rebtf_error *add_entry(struct file_list *list, struct stack *pending, DIR *dir,
				     const char *directory, const struct dirent *entry,
				     size_t relative_at)
{
	unsigned char type;
	char *path;

	if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
		return NULL;
	list->has_expects = list->has_expects || ends_in(entry->d_name, ".expects");
	type = entry_type(dirfd(dir), entry);
	if (type != DT_DIR && (type != DT_REG || !is_module_name(entry->d_name)))
		return NULL;
	if (asprintf(&path, "%s%s%s", directory, directory[strlen(directory) - 1] == '/' ? "" : "/",
		     entry->d_name) < 0)
		return error_nomem();
	return type == DT_DIR ? push(pending, path) : add_file(list, path, relative_at, true);
}

static void close_dir(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

static struct rebtf_error *read_directory(struct file_list *list, struct stack *pending,
					  const char *directory, size_t relative_at)
{
	_cleanup_(close_dir) DIR *dir = opendir(directory);
	const struct dirent *entry;

	if (!dir)
		return error_at(error_io(errno, "cannot open"), directory, NULL);
	for (;;) {
		errno = 0;
		entry = readdir(dir);
		if (!entry)
			break;
		TRY(add_entry(list, pending, dir, directory, entry, relative_at));
	}
	if (errno)
		return error_at(error_io(errno, "cannot read"), directory, NULL);
	return NULL;
}

static int by_relative_path(const void *a, const void *b)
{
	const struct rebtf_file *left = a, *right = b;

	return strcmp(left->relative, right->relative);
}

static struct rebtf_error *walk(struct file_list *list, const char *root)
{
	_cleanup_(stack_release) struct stack pending = {};
	size_t length = strlen(root), before = list->public.count;
	size_t relative_at = length + (root[length - 1] != '/');
	char *first = strdup(root);

	if (!first)
		return error_nomem();
	list->has_expects = false;
	TRY(push(&pending, first));
	while (pending.count) {
		_cleanup_free_ char *directory = pending.items[--pending.count];

		TRY(read_directory(list, &pending, directory, relative_at));
	}
	if (list->public.count == before)
		return error_at(error_new(REBTF_ERR_NO_BTF, "there is no module in this directory"),
				root, NULL);
	for (size_t i = before; i < list->public.count; i++)
		list->public.files[i].may_expect = list->has_expects;
	qsort(list->public.files + before, list->public.count - before, sizeof(*list->public.files),
	      by_relative_path);
	return NULL;
}

static struct rebtf_error *add_path(struct file_list *list, const char *path)
{
	const char *slash = strrchr(path, '/');
	struct stat st;
	char *copy;

	if (stat(path, &st))
		return error_at(error_io(errno, "cannot open"), path, NULL);
	if (S_ISDIR(st.st_mode))
		return walk(list, path);
	copy = strdup(path);
	if (!copy)
		return error_nomem();
	return add_file(list, copy, slash ? (size_t)(slash - path) + 1 : 0, false);
}

struct rebtf_error *rebtf_file_list(const char *const *paths, size_t path_count,
				    struct rebtf_file_list **list)
{
	struct file_list *new_list = calloc(1, sizeof(*new_list));
	struct rebtf_error *err = NULL;

	if (!new_list)
		return error_nomem();
	for (size_t i = 0; i < path_count && !err; i++)
		err = add_path(new_list, paths[i]);
	if (err) {
		rebtf_file_list_free(&new_list->public);
		return err;
	}
	*list = &new_list->public;
	return NULL;
}

void rebtf_file_list_free(struct rebtf_file_list *list)
{
	if (!list)
		return;
	for (size_t i = 0; i < list->count; i++)
		free((char *)list->files[i].path);
	free(list->files);
	free(list);
}

/* ---------------------------------------------------------------------------------- directories */

static bool is_directory(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISDIR(st.st_mode);
}

struct rebtf_error *rebtf_make_parents(const char *path)
{
	_cleanup_free_ char *directory = strdup(path);
	char *slash = directory ? strrchr(directory, '/') : NULL;

	if (!directory)
		return error_nomem();
	if (!slash || slash == directory)
		return NULL;
	*slash = '\0';
	/*
	 * The usual cases in a batch: only the last one is missing, or another file was here
	 * before.
	 */
	if (!mkdir(directory, 0777) || (errno == EEXIST && is_directory(directory)))
		return NULL;
	for (char *end = strchr(directory + 1, '/');; end = strchr(end + 1, '/')) {
		if (end)
			*end = '\0';
		/* Another thread may make the same one. */
		if (mkdir(directory, 0777) && (errno != EEXIST || !is_directory(directory)))
			return error_at(error_io(errno, "cannot make this directory"), directory,
					NULL);
		if (!end)
			return NULL;
		*end = '/';
	}
}
