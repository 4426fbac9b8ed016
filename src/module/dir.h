/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * A directory that the caller named, and the files below it. Its root is opened once. A path below
 * it never follows a symbolic link, so it never leaves the tree.
 */
#ifndef REBTF_MODULE_DIR_H
#define REBTF_MODULE_DIR_H

#include "util/moment.h"
#include "util/place.h"

/* Results of the listing of a whole tree. */
struct dir_listing {
	bool is_complete;     /* the tree was listed */
	struct moment before; /* just before the listing */
	bool has_bases;
	bool has_notes;
	bool has_inlined;
	bool has_odd_companions; /* some companions are not regular files */
	/* Files named "modules.*" beside the modules, which a copy of the tree gets, too. */
	bool has_tree_files;	   /* in the root */
	bool has_tree_files_below; /* in other directories */
};

/* Records that the listing shows the entries of the directory @fd. Errors: NOMEM. */
struct rebtf_error *dir_add_listed(struct rebtf_dir *dir, int fd);
/* Stores the listing before other threads use @dir. */
void dir_set_listing(struct rebtf_dir *dir, const struct dir_listing *listing);
struct dir_listing dir_listing(const struct rebtf_dir *dir);

/* Finds the place of @relative, whose directory must exist. Errors: IO, NOMEM. */
struct rebtf_error *dir_find(struct rebtf_dir *dir, const char *relative, struct file_place *place);

/* As dir_find(), but makes missing directories, including @dir itself. */
struct rebtf_error *dir_make(struct rebtf_dir *dir, const char *relative, struct file_place *place);

/* Opens the directory @relative below @dir for reading its entries. Errors: IO, NOMEM. */
struct rebtf_error *dir_entries(struct rebtf_dir *dir, const char *relative, DIR **entries);

/* Opens the directory @path, which must exist. Errors: IO, NOMEM. */
struct rebtf_error *dir_open(const char *path, struct rebtf_dir **dir);

#endif
