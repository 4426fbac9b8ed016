/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Trees of modules: finds the files that a command line names, and makes the directories of an
 * output tree. The walk is iterative, with a list of pending directories. It only calls stat() if a
 * directory entry does not tell the type of a file. It opens each directory below the named one and
 * follows no link on the way, so it stays in the tree even if names change meanwhile.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "module/companions.h"
#include "module/dir.h"
#include "module/tree.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/text.h"
#include "util/vec.h"

DEFINE_VECTOR(tree_file_vector, struct tree_file);
DEFINE_VECTOR(tree_dir_vector, struct rebtf_dir *);
DEFINE_VECTOR(tree_stack, char *);

/* The caller's list, with the data to grow and free it. */
struct file_list {
	struct tree_list public; /* first; set at the end */
	struct tree_file_vector files;
	struct tree_dir_vector dirs; /* one for each named directory */
};

/* The walk through one named directory. */
struct tree_walk {
	struct file_list *list;
	struct rebtf_dir *dir;
	const char *root;   /* its path without its last slash */
	size_t relative_at; /* start of the relative part in paths of files */
	bool has_expects;   /* some files were seen to have expectations */
	struct dir_listing listing;
};

/* The list owns the paths, which its readers see as const. */
static void tree_free_path(const char *path)
{
	free((char *)(uintptr_t)path);
}

static void tree_stack_cleanup(struct tree_stack *stack)
{
	for (size_t i = 0; i < stack->count; i++)
		free(stack->items[i]);
	tree_stack_release(stack);
}

/* Takes over @item, even on error. */
static struct rebtf_error *tree_push(struct tree_stack *stack, char *item)
{
	if (item && tree_stack_append(stack, item))
		return NULL;
	free(item);
	return error_nomem();
}

/* Takes over @file's path, even on error. Its part from @relative_at on is the relative path. */
static struct rebtf_error *add_file(struct file_list *list, struct tree_file file,
				    size_t relative_at)
{
	file.relative = file.path + relative_at;
	file.may_expect = true;
	if (tree_file_vector_append(&list->files, file))
		return NULL;
	tree_free_path(file.path);
	return error_nomem();
}

size_t tree_loadable_length(const char *name)
{
	static const char *const endings[] = { ".ko", ".ko.xz", ".ko.zst", ".ko.gz" };

	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		if (text_ends_in(name, endings[i]))
			return strlen(name) - strlen(endings[i]);
	}
	return 0;
}

size_t tree_module_length(const char *name)
{
	return text_ends_in(name, ".btf") ? strlen(name) - strlen(".btf")
					  : tree_loadable_length(name);
}

/*
 * Returns DT_DIR, DT_REG or another type. A symbolic link to a file counts as the file and sets
 * @is_link. A link to a directory does not count.
 */
static unsigned char entry_type(int directory, const struct dirent *entry, bool *is_link)
{
	unsigned char type = entry->d_type;
	struct stat st;

	if (type == DT_UNKNOWN) {
		if (fstatat(directory, entry->d_name, &st, AT_SYMLINK_NOFOLLOW))
			return DT_UNKNOWN;
		type = IFTODT(st.st_mode);
	}
	*is_link = type == DT_LNK;
	if (type == DT_LNK && tree_module_length(entry->d_name) &&
	    !fstatat(directory, entry->d_name, &st, 0) && S_ISREG(st.st_mode))
		type = DT_REG;
	return type;
}

static void note_entry(struct tree_walk *walk, const char *directory, const char *name,
		       unsigned char type)
{
	bool is_base = text_ends_in(name, COMPANION_BASE);
	bool is_expects = text_ends_in(name, COMPANION_EXPECTS);
	bool is_note = text_ends_in(name, COMPANION_NOTE);

	if (tree_file_has_prefix(name))
		*(*directory ? &walk->listing.has_tree_files_below
			     : &walk->listing.has_tree_files) = true;
	walk->has_expects |= is_expects;
	walk->listing.has_bases |= is_base;
	walk->listing.has_notes |= is_note;
	walk->listing.has_inlined |= text_ends_in(name, COMPANION_INLINE);
	walk->listing.has_odd_companions |= (is_base || is_expects || is_note) && type != DT_REG;
}

/* @directory is a path relative to the root, "" for the root itself. */
static struct rebtf_error *tree_add_entry(struct tree_walk *walk, struct tree_stack *pending,
					  DIR *dir, const char *directory,
					  const struct dirent *entry)
{
	struct tree_file file = { .from_directory = true, .dir = walk->dir };
	const char *slash = *directory ? "/" : "";
	unsigned char type;

	if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
		return NULL;
	type = entry_type(dirfd(dir), entry, &file.is_link);
	note_entry(walk, directory, entry->d_name, type);
	if (type == DT_DIR)
		return tree_push(pending, text_join(directory, slash, entry->d_name));
	if (type != DT_REG || !tree_module_length(entry->d_name))
		return NULL;
	file.path = text_join(walk->root, "/", directory, slash, entry->d_name);
	if (!file.path)
		return error_nomem();
	return add_file(walk->list, file, walk->relative_at);
}

static struct rebtf_error *read_directory(struct tree_walk *walk, struct tree_stack *pending,
					  const char *directory)
{
	_cleanup_closedir_ DIR *dir = NULL;
	const struct dirent *entry;

	TRY(dir_entries(walk->dir, directory, &dir));
	TRY(dir_add_listed(walk->dir, dirfd(dir)));
	for (;;) {
		errno = 0;
		entry = readdir(dir);
		if (!entry)
			break;
		TRY(tree_add_entry(walk, pending, dir, directory, entry));
	}
	/* A directory with search but no read permission was opened as a path only. */
	if (errno == EBADF)
		errno = EACCES;
	return errno ? error_io(errno, "cannot read") : NULL;
}

/* Adds the directory's path, as the user would write it, to the error. */
static struct rebtf_error *in_directory(struct rebtf_error *err, const struct tree_walk *walk,
					const char *directory)
{
	const char *slash = *directory || !*walk->root ? "/" : "";
	_cleanup_free_ char *path = err ? text_join(walk->root, slash, directory) : NULL;

	return error_at(err, path, NULL);
}

static int by_relative_path(const void *a, const void *b)
{
	const struct tree_file *left = a, *right = b;

	return strcmp(left->relative, right->relative);
}

static struct rebtf_error *tree_walk_all(struct tree_walk *walk)
{
	_cleanup_(tree_stack_cleanup) struct tree_stack pending = {};

	TRY(tree_push(&pending, strdup("")));
	while (pending.count) {
		_cleanup_free_ char *directory = pending.items[--pending.count];

		TRY(in_directory(read_directory(walk, &pending, directory), walk, directory));
	}
	return NULL;
}

/* Opens the directory @path, which stays open for the lifetime of the list. */
static struct rebtf_error *add_dir(struct file_list *list, const char *path, struct rebtf_dir **dir)
{
	if (!tree_dir_vector_reserve(&list->dirs, 1))
		return error_nomem();
	TRY(dir_open(path, dir));
	tree_dir_vector_append(&list->dirs, *dir);
	return NULL;
}

static struct rebtf_error *add_directory(struct file_list *list, const char *path)
{
	size_t length = strlen(path), before = list->files.count;
	_cleanup_free_ char *root = NULL;
	struct tree_walk walk = { .list = list, .listing.before = moment_now() };

	/* Paths of files have one slash after the root, which is "/" by itself. */
	if (length && path[length - 1] == '/')
		length--;
	root = strndup(path, length);
	if (!root)
		return error_nomem();
	TRY(add_dir(list, path, &walk.dir));
	walk.root = root;
	walk.relative_at = length + 1;
	TRY(tree_walk_all(&walk));
	walk.listing.is_complete = true;
	dir_set_listing(walk.dir, &walk.listing);
	if (list->files.count == before)
		return error_at(error_new(REBTF_ERR_NO_BTF, "no modules in the directory"), path,
				NULL);
	for (size_t i = before; i < list->files.count; i++)
		list->files.items[i].may_expect = walk.has_expects;
	qsort(list->files.items + before, list->files.count - before, sizeof(*list->files.items),
	      by_relative_path);
	return NULL;
}

static struct rebtf_error *tree_add_path(struct file_list *list, const char *path)
{
	const char *slash = strrchr(path, '/');
	struct tree_file file = {};
	struct stat st;

	if (lstat(path, &st))
		return error_at(error_io(errno, "cannot open"), path, NULL);
	file.is_link = S_ISLNK(st.st_mode);
	if (file.is_link && stat(path, &st))
		return error_at(error_io(errno, "cannot open"), path, NULL);
	if (S_ISDIR(st.st_mode))
		return add_directory(list, path);
	file.path = strdup(path);
	if (!file.path)
		return error_nomem();
	return add_file(list, file, slash ? (size_t)(slash - path) + 1 : 0);
}

struct rebtf_error *tree_list_new(const char *const *paths, size_t path_count,
				  struct tree_list **list)
{
	struct file_list *new_list = calloc(1, sizeof(*new_list));
	struct rebtf_error *err = NULL;

	if (!new_list)
		return error_nomem();
	for (size_t i = 0; i < path_count && !err; i++)
		err = tree_add_path(new_list, paths[i]);
	if (err) {
		tree_list_free(&new_list->public);
		return err;
	}
	new_list->public.files = new_list->files.items;
	new_list->public.count = new_list->files.count;
	*list = &new_list->public;
	return NULL;
}

void tree_list_free(struct tree_list *list)
{
	struct file_list *whole = (struct file_list *)list;

	if (!list)
		return;
	for (size_t i = 0; i < whole->files.count; i++)
		tree_free_path(whole->files.items[i].path);
	tree_file_vector_release(&whole->files);
	for (size_t i = 0; i < whole->dirs.count; i++)
		rebtf_dir_free(whole->dirs.items[i]);
	tree_dir_vector_release(&whole->dirs);
	free(whole);
}

/* ---------------------------------------------------------------------------------- directories */

static bool tree_is_directory(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISDIR(st.st_mode);
}

struct rebtf_error *tree_make_parents(const char *path)
{
	_cleanup_free_ char *directory = strdup(path);
	char *slash = directory ? strrchr(directory, '/') : NULL;

	if (!directory)
		return error_nomem();
	if (!slash || slash == directory)
		return NULL;
	*slash = '\0';
	/*
	 * The usual cases in a batch: only the last directory is missing, or it exists because of
	 * an earlier file.
	 */
	if (!mkdir(directory, 0777) || (errno == EEXIST && tree_is_directory(directory)))
		return NULL;
	for (char *end = strchr(directory + 1, '/');; end = strchr(end + 1, '/')) {
		if (end)
			*end = '\0';
		/* Another thread may make the same directory. */
		if (mkdir(directory, 0777) && (errno != EEXIST || !tree_is_directory(directory)))
			return error_at(error_io(errno, "cannot create the directory"), directory,
					NULL);
		if (!end)
			return NULL;
		*end = '/';
	}
}
