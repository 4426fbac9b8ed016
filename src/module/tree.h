/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Trees of modules: the files that a command line names, the files of their directories, and the
 * directories of an output tree. The command uses this header, too. It is not part of the library's
 * interface, because it serves runs over many files, and a program has its own runs.
 */
#ifndef REBTF_MODULE_TREE_H
#define REBTF_MODULE_TREE_H

#include "rebtf.h"

/* A file, with its path below the directory that the caller named. */
struct tree_file {
	const char *path;
	const char *relative;  /* path below the named directory; of a named file its last part */
	bool from_directory;   /* found in a directory, not named */
	bool may_expect;       /* false: no ".expects" file was found next to it */
	bool is_link;	       /* it was a symbolic link when found */
	struct rebtf_dir *dir; /* the directory, owned by the list; NULL: the file was named */
};

struct tree_list {
	struct tree_file *files;
	size_t count;
};

/*
 * Collects @paths: files unchanged; directories recursively and sorted by name, with all files
 * whose names end in .ko, .ko.xz, .ko.zst, .ko.gz or .btf. Symbolic links to directories are not
 * followed. The directories in @paths stay open until the list is freed. Errors: IO (a path cannot
 * be read), NO_BTF (a directory has no modules).
 */
struct rebtf_error *tree_list_new(const char *const *paths, size_t path_count,
				  struct tree_list **list);
void tree_list_free(struct tree_list *list); /* NULL is allowed */

/*
 * Returns the length of a file's name without the ending of a module that kernels can load: ".ko",
 * ".ko.xz" and so on. 0: it has no such ending.
 */
size_t tree_loadable_length(const char *name);

/* The same with ".btf" as another ending. 0: a walk does not take a file of this name for a module. */
size_t tree_module_length(const char *name);

/*
 * Reads a file of a list, relative to the directory where it was found. If it was no symbolic link
 * then, but is one now, that is an error. In module_open.c. Errors: as rebtf_module_open().
 */
struct rebtf_error *module_open_listed(const struct tree_file *file, enum rebtf_reading reading,
				       struct rebtf_module **module);

/*
 * Creates the parent directories of @path, as mkdir -p does, with mode 0777 minus the umask.
 * Errors: IO.
 */
struct rebtf_error *tree_make_parents(const char *path);

/* --- tree_write.c */

/*
 * Writes the file @path and makes its parent directories. Errors: IO, NOMEM, UNSUPPORTED (something
 * other than a regular file is there).
 */
struct rebtf_error *tree_write_file(const char *path, void *data, size_t size);

/* As tree_write_file(), but makes @path another name of the file @target. */
struct rebtf_error *tree_link_file(const char *target, const char *path);

/* --- tree_files.c: other files of a tree */

/*
 * Copies files named "modules.*" from @directory below @from ("" for @from itself) to the same
 * directory below @to, which is created if a file is copied. These are modules.order,
 * modules.builtin and others that are part of a kernel and that depmod and initramfs tools read.
 * Skips files that depmod regenerates (modules.dep, modules.alias, modules.symbols,
 * modules.softdep, modules.weakdep, modules.devname, and names ending in ".bin") and files that @to
 * already has. Errors: IO, UNSUPPORTED (too large).
 */
struct rebtf_error *tree_copy_files(struct rebtf_dir *from, struct rebtf_dir *to,
				    const char *directory);

/* Whether @name may be that of a file that tree_copy_files() copies. */
bool tree_file_has_prefix(const char *name);

#endif
