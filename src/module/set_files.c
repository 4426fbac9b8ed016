/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Sets of modules in files: finds the files, and opens each over the kernel when the set needs it.
 * The file itself is freed as soon as its BTF is open, because the BTF is a small part of it. The
 * modules of a package are opened at once, because a package can only be read from its start.
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "btf/header.h"
#include "core/set.h"
#include "module/carrier_link.h"
#include "module/kfunc_sets.h"
#include "module/linkage.h"
#include "module/module.h"
#include "module/package.h"
#include "module/tree.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/file.h"
#include "util/options.h"
#include "util/text.h"
#include "util/vec.h"

DEFINE_VECTOR(set_paths, char *);

/* The files of a set, which lives as long as the set does. */
struct set_files {
	struct tree_list *list;
	struct rebtf_set_options options;
	struct set_file {
		const struct set_files *all;
		const struct tree_file *file;
	} * files; /* an element for each file of the list */
};

static void set_files_free(void *arg)
{
	struct set_files *files = arg;

	tree_list_free(files->list);
	free(files->files);
	free(files);
}

static void cleanup_set_kfuncs(struct rebtf_kfuncs **kfuncs)
{
	rebtf_kfuncs_free(*kfuncs);
}

/* -------------------------------------------------------------------------------------- opening */

/* Only the id of a type connects split BTF with its base, so another base is hard to notice. */
static struct rebtf_error *set_file_check_release(const struct rebtf_set_options *options,
						  const struct rebtf_module *module,
						  const struct rebtf_btf *kernel)
{
	return options->any_release ? NULL : rebtf_module_check_release(module, kernel);
}

static struct rebtf_error *set_file_over(const struct rebtf_set_options *options,
					 const struct rebtf_module *module,
					 struct rebtf_btf *kernel, struct rebtf_btf **btf,
					 struct rebtf_kfuncs **kfuncs)
{
	_cleanup_(cleanup_set_kfuncs) struct rebtf_kfuncs *own_kfuncs = NULL;
	_cleanup_unref_ struct rebtf_btf *own = NULL;
	enum rebtf_form form;

	TRY(rebtf_module_form(module, kernel, &form));
	if (form == REBTF_FORM_SPLIT)
		TRY(set_file_check_release(options, module, kernel));
	TRY(rebtf_module_btf(module, kernel, &own));
	TRY(rebtf_module_kfuncs(module, own, &own_kfuncs));
	switch (form) {
	case REBTF_FORM_DISTILLED:
		TRY(rebtf_relocate(own, kernel, NULL, btf));
		break;
	case REBTF_FORM_STANDALONE:
	case REBTF_FORM_EMPTY:
		TRY(rebtf_renumber(own, kernel, btf));
		break;
	case REBTF_FORM_SPLIT:
		*btf = rebtf_btf_ref(own);
		break;
	}
	kfuncs_move(own_kfuncs, own, *btf);
	*kfuncs = take_ptr(&own_kfuncs);
	return NULL;
}

static struct rebtf_error *set_file_open(void *arg, struct rebtf_btf *kernel,
					 struct rebtf_btf **btf, struct rebtf_kfuncs **kfuncs)
{
	_cleanup_module_ struct rebtf_module *module = NULL;
	const struct set_file *file = arg;

	TRY(module_open_listed(file->file, file->all->options.reading, &module));
	return error_at(set_file_over(&file->all->options, module, kernel, btf, kfuncs),
			file->file->path, rebtf_section_name(REBTF_SECTION_BTF));
}

/* -------------------------------------------------------------------------------------- finding */

static void cleanup_set_paths(struct set_paths *paths)
{
	for (size_t i = 0; i < paths->count; i++)
		free(paths->items[i]);
	set_paths_release(paths);
}

/* Takes over @path, which may be NULL for lack of memory. */
static struct rebtf_error *set_paths_take(struct set_paths *paths, char *path)
{
	if (path && set_paths_append(paths, path))
		return NULL;
	free(path);
	return error_nomem();
}

/* Whether the file @path starts as raw BTF does. */
static bool set_is_raw_btf(const char *path)
{
	uint8_t start[HEADER_START_SIZE];
	struct rebtf_error *err;
	size_t size;
	int fd;

	err = file_open(path, &fd);
	if (err) {
		rebtf_error_free(err);
		return false;
	}
	size = file_read_at(fd, start, sizeof(start), 0);
	close(fd);
	return header_detect(start, size);
}

/*
 * A directory such as /sys/kernel/btf has the BTF of the running kernel as "vmlinux", and that of each
 * module under the module's name.
 */
static struct rebtf_error *set_is_sysfs(const char *path, bool *is_sysfs)
{
	_cleanup_free_ char *vmlinux = NULL;
	struct stat st;

	*is_sysfs = false;
	if (stat(path, &st) || !S_ISDIR(st.st_mode))
		return NULL;
	vmlinux = text_join(path, "/vmlinux");
	if (!vmlinux)
		return error_nomem();
	*is_sysfs = set_is_raw_btf(vmlinux);
	return NULL;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static struct rebtf_error *set_add_sysfs(struct set_paths *paths, const char *directory)
{
	_cleanup_closedir_ DIR *dir = opendir(directory);
	const struct dirent *entry;
	size_t first = paths->count;

	if (!dir)
		return error_at(error_io(errno, "cannot open"), directory, NULL);
	for (;;) {
		errno = 0;
		entry = readdir(dir);
		if (!entry)
			break;
		if (entry->d_name[0] == '.' || !strcmp(entry->d_name, "vmlinux"))
			continue;
		TRY(set_paths_take(paths, text_join(directory, "/", entry->d_name)));
	}
	if (errno)
		return error_at(error_io(errno, "cannot read"), directory, NULL);
	qsort(paths->items + first, paths->count - first, sizeof(*paths->items), by_path);
	return NULL;
}

/* The path that @given stands for: itself, or the modules of a release. Malloced. */
static char *set_path_of(const char *given)
{
	struct stat st;
	char *path;

	if (strchr(given, '/') || !lstat(given, &st) || errno != ENOENT)
		return strdup(given);
	path = text_join("/lib/modules/", given);
	if (!path || (!stat(path, &st) && S_ISDIR(st.st_mode)))
		return path;
	free(path);
	return strdup(given);
}

static struct rebtf_error *set_add_path(struct set_paths *paths, const char *given)
{
	char *path = set_path_of(given);
	struct rebtf_error *err;
	bool is_sysfs;

	if (!path)
		return error_nomem();
	err = set_is_sysfs(path, &is_sysfs);
	if (!err && !is_sysfs)
		return set_paths_take(paths, path);
	if (!err)
		err = set_add_sysfs(paths, path);
	free(path);
	return err;
}

/* Sets @files to the files below @paths. */
static struct rebtf_error *set_files_new(const struct set_paths *paths,
					 const struct rebtf_set_options *options,
					 struct set_files **files)
{
	struct set_files *new_files;
	struct rebtf_error *err;

	new_files = calloc(1, sizeof(*new_files));
	if (!new_files)
		return error_nomem();
	new_files->options = *options;
	err = tree_list_new((const char *const *)paths->items, paths->count, &new_files->list);
	if (!err) {
		new_files->files = calloc(new_files->list->count + 1, sizeof(*new_files->files));
		err = new_files->files ? NULL : error_nomem();
	}
	if (err) {
		set_files_free(new_files);
		return err;
	}
	for (size_t i = 0; i < new_files->list->count; i++)
		new_files->files[i] = (struct set_file){ new_files, &new_files->list->files[i] };
	*files = new_files;
	return NULL;
}

/* The name that the kernel gives the module in the file @path. Malloced. */
static char *set_module_name(const char *path)
{
	const char *slash = strrchr(path, '/'), *file = slash ? slash + 1 : path;
	size_t length = tree_module_length(file);
	char *name = strndup(file, length ?: strlen(file));

	if (name)
		module_name_fold(name);
	return name;
}

static struct rebtf_error *set_add_files(struct rebtf_set *set, const struct set_files *files)
{
	for (size_t i = 0; i < files->list->count; i++) {
		const char *path = files->list->files[i].path;
		const struct set_opener opener = { set_file_open, &files->files[i] };
		_cleanup_free_ char *name = set_module_name(path);

		if (!name)
			return error_nomem();
		/* A carrier has the kernel's types, which the set has already. */
		if (files->list->files[i].from_directory && !strcmp(name, CARRIER_NAME))
			continue;
		TRY(set_add(set, name, path, &opener));
	}
	return NULL;
}

/* ------------------------------------------------------------------------------------- packages */

/* A module of a package. */
struct set_packed {
	char *path;
	struct rebtf_btf *btf;
	struct rebtf_kfuncs *kfuncs;
	struct rebtf_error *reason; /* why it is left out; or NULL */
};

DEFINE_VECTOR(set_packed_list, struct set_packed);

struct set_package {
	const char *path;
	struct rebtf_btf *kernel;
	const struct rebtf_set_options *options;
	struct set_packed_list modules;
};

static void cleanup_set_package(struct set_package *package)
{
	for (size_t i = 0; i < package->modules.count; i++) {
		free(package->modules.items[i].path);
		rebtf_btf_unref(package->modules.items[i].btf);
		rebtf_kfuncs_free(package->modules.items[i].kfuncs);
		rebtf_error_free(package->modules.items[i].reason);
	}
	set_packed_list_release(&package->modules);
}

static struct rebtf_error *set_package_open(const struct set_package *package,
					    struct file_bytes *bytes, struct set_packed *packed)
{
	_cleanup_module_ struct rebtf_module *module = NULL;

	TRY(module_open_bytes(bytes, packed->path, &module));
	module->reading = package->options->reading;
	return error_at(set_file_over(package->options, module, package->kernel, &packed->btf,
				      &packed->kfuncs),
			packed->path, rebtf_section_name(REBTF_SECTION_BTF));
}

static struct rebtf_error *set_package_take(void *arg, const char *name, struct file_bytes *bytes)
{
	struct set_package *package = arg;
	struct set_packed *module = set_packed_list_append(&package->modules,
							   (struct set_packed){});

	name += strncmp(name, "./", 2) ? 0 : 2;
	if (!module)
		return error_nomem();
	module->path = text_join(package->path, ":", name);
	if (!module->path)
		return error_nomem();
	module->reason = set_package_open(package, bytes, module);
	return module->reason && module->reason->code == REBTF_ERR_NOMEM ? error_nomem() : NULL;
}

static int set_packed_compare(const void *a, const void *b)
{
	const struct set_packed *left = a, *right = b;

	return strcmp(left->path, right->path);
}

static struct rebtf_error *set_add_packed(struct rebtf_set *set, const struct set_package *package,
					  struct set_packed *module)
{
	_cleanup_free_ char *name = set_module_name(module->path + strlen(package->path) + 1);

	if (!name)
		return error_nomem();
	if (!strcmp(name, CARRIER_NAME))
		return NULL;
	return module->reason ? set_add_left_out(set, name, module->path, take_ptr(&module->reason))
			      : set_add_opened(set, name, module->path, module->btf,
					       take_ptr(&module->kfuncs));
}

static struct rebtf_error *set_add_package(struct rebtf_set *set, struct set_package *package)
{
	struct set_packed_list *modules = &package->modules;

	if (!modules->count)
		return error_at(error_new(REBTF_ERR_NO_BTF, "no modules in this package"),
				package->path, NULL);
	qsort(modules->items, modules->count, sizeof(*modules->items), set_packed_compare);
	for (size_t i = 0; i < modules->count; i++)
		TRY(set_add_packed(set, package, &modules->items[i]));
	return NULL;
}

/* Adds the modules of @path to @set if it is a package, and otherwise @path itself to @paths. */
static struct rebtf_error *set_add_given(struct rebtf_set *set, struct rebtf_btf *kernel,
					 const char *path, const struct rebtf_set_options *options,
					 struct set_paths *paths)
{
	_cleanup_(cleanup_set_package) struct set_package package = {
		.path = path,
		.kernel = kernel,
		.options = options,
	};
	bool is_package = false;
	struct stat st;

	if (!stat(path, &st) && S_ISREG(st.st_mode))
		TRY(package_each_module(path, set_package_take, &package, &is_package));
	return is_package ? set_add_package(set, &package) : set_add_path(paths, path);
}

static void cleanup_set(struct rebtf_set **set)
{
	rebtf_set_free(*set);
}

struct rebtf_error *rebtf_set_open(struct rebtf_btf *kernel, const char *const *paths, size_t count,
				   const struct rebtf_set_options *options, struct rebtf_set **set)
{
	_cleanup_(cleanup_set) struct rebtf_set *new_set = NULL;
	_cleanup_(cleanup_set_paths) struct set_paths file_paths = {};
	struct rebtf_set_options all;
	struct set_files *files = NULL;

	TRY(OPTIONS_COPY(rebtf_set_options, &all, options));
	TRY(options_check("reading", all.reading, REBTF_READING_STANDALONE));
	TRY(set_new(kernel, all.jobs, &new_set));
	set_find_kernel_kfuncs(new_set, rebtf_kernel_kfuncs);
	for (size_t i = 0; i < count; i++)
		TRY(set_add_given(new_set, kernel, paths[i], &all, &file_paths));
	TRY(set_files_new(&file_paths, &all, &files));
	set_own(new_set, set_files_free, files);
	TRY(set_add_files(new_set, files));
	*set = take_ptr(&new_set);
	return NULL;
}
