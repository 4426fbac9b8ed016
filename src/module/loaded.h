/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The modules that a running system has loaded. loaded.c lists them, loaded_judge.c finds out why a
 * module has no BTF.
 */
#ifndef REBTF_MODULE_LOADED_H
#define REBTF_MODULE_LOADED_H

#include "module/loader.h"
#include "util/file.h"

DEFINE_VECTOR(loaded_modules, struct rebtf_loaded_module);
DEFINE_VECTOR(loaded_strings, char *);

struct rebtf_loaded {
	char *root;	       /* "" for the real root */
	const char *cache_dir; /* the caller's; only while the list is made */
	char *release;
	struct rebtf_btf *btf; /* of the kernel; NULL: it shows none */
	struct rebtf_loader *loader;
	char *carrier; /* NULL: none is installed */
	bool has_carrier;
	struct loaded_modules modules;
	struct loaded_strings strings; /* those of the modules; malloced */
	struct file_bytes log;	       /* ends in a NUL; empty if it cannot be read */
	/* The BTF of the installed image, if it had to be opened; or NULL. */
	bool has_sought_installed;
	struct rebtf_btf *installed;
};

/* Opens the file @path of the running system. -1 with errno on error. */
int loaded_open_file(const struct rebtf_loaded *loaded, const char *path);

/*
 * Sets @text to @string, which is malloced and from now on belongs to @loaded. NULL stands for a
 * failed allocation. Errors: NOMEM.
 */
struct rebtf_error *loaded_own(struct rebtf_loaded *loaded, char *string, const char **text);

/* Finds out why the module has no BTF. Errors: NOMEM. */
struct rebtf_error *loaded_judge(struct rebtf_loaded *loaded, struct rebtf_loaded_module *module);

/* Finds out whether the BTF that the kernel shows of the module is foreign. Errors: NOMEM. */
struct rebtf_error *loaded_judge_shown(struct rebtf_loaded *loaded,
				       struct rebtf_loaded_module *module);

#endif
