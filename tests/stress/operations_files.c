/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Operations on files that are not modules, or not only (operations.h): raw BTF, kernels, trees and
 * lists of files, threads, and loaders.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>

#include "operations.h"
#include "module/tree.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/parallel.h"

static const char *path_in(const char *directory, const char *name, char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "%s/%s", directory, name);
	return path;
}

static struct rebtf_error *open_raw(const struct world *w, struct results *r)
{
	return rebtf_btf_open(w->path, w->base, &r->btf[0]);
}

static struct rebtf_error *open_raw_fd(const struct world *w, struct results *r)
{
	_cleanup_close_ int fd = open(w->path, O_RDONLY | O_CLOEXEC);

	return rebtf_btf_open_fd(fd, "x.btf", w->base, &r->btf[0]);
}

/* ------------------------------------------------------------------------------------- kernels */

static void tell_kernel(struct results *r, const struct rebtf_btf *kernel)
{
	/* The path differs from run to run. */
	tell_number(r, !!rebtf_kernel_file(kernel));
	tell_text(r, rebtf_kernel_release(kernel));
}

static struct rebtf_error *open_kernel(const struct world *w, struct results *r)
{
	TRY(rebtf_kernel_open(w->path, NULL, &r->btf[0]));
	tell_kernel(r, r->btf[0]);
	return NULL;
}

static struct rebtf_error *find_kfuncs_of_kernel(const struct world *w, struct results *r)
{
	struct rebtf_kfuncs *kfuncs;

	TRY(rebtf_kernel_open(w->path, NULL, &r->btf[0]));
	TRY(rebtf_kernel_kfuncs(r->btf[0], &kfuncs));
	tell_number(r, rebtf_kfuncs_count(kfuncs));
	rebtf_kfuncs_free(kfuncs);
	return NULL;
}

static struct rebtf_error *open_kernel_fd(const struct world *w, struct results *r)
{
	_cleanup_close_ int fd = open(w->path, O_RDONLY | O_CLOEXEC);

	REBTF_OPTIONS(rebtf_kernel_options, options, .has_fd = true, .fd = fd);

	return rebtf_kernel_open("kernel", &options, &r->btf[0]);
}

/* Opens the kernel from its file, and again from the cache if it could be written. */
static struct rebtf_error *open_cached_kernel(const struct world *w, struct results *r)
{
	char cache[PATH_MAX];
	REBTF_OPTIONS(rebtf_kernel_options, options,
		      .cache_dir = path_in(w->directory, ".out/cache/rebtf", cache));

	TRY(rebtf_kernel_open(w->path, &options, &r->btf[0]));
	return rebtf_kernel_open(w->path, &options, &r->btf[1]);
}

static struct rebtf_error *open_installed_kernel(const struct world *w, struct results *r)
{
	REBTF_OPTIONS(rebtf_kernel_options, options, .installed = true, .root = w->root);

	return rebtf_kernel_open(w->release, &options, &r->btf[0]);
}

/* Writes a vmlinux, sees that it is there, and removes it. */
static struct rebtf_error *provide_vmlinux(const struct world *w, struct results *r)
{
	REBTF_OPTIONS(rebtf_vmlinux_options, options, .root = w->root);
	char made[PATH_MAX];

	options.path = path_in(w->directory, ".out/vmlinux", made);
	TRY(tree_make_parents(made));
	for (int i = 0; i < 3; i++) {
		_cleanup_free_ char *path = NULL;
		enum rebtf_vmlinux_outcome outcome;

		options.remove = i == 2;
		TRY(rebtf_kernel_provide_vmlinux(w->release, &options, &outcome, &path));
		tell_text(r, rebtf_vmlinux_outcome_name(outcome));
	}
	return NULL;
}

static void cleanup_link(struct rebtf_link **link)
{
	rebtf_link_free(*link);
}

/* Splits a vmlinux that has only BTF into a carrier and a link, and joins them again. */
static struct rebtf_error *move_to_carrier(const struct world *w, struct results *r)
{
	REBTF_OPTIONS(rebtf_carrier_options, options, .kernel = w->release, .root = w->root);
	REBTF_OPTIONS(rebtf_vmlinux_options, provided, .root = w->root);
	char whole[PATH_MAX], split[PATH_MAX], carrier[PATH_MAX];
	_cleanup_free_ char *path = NULL;
	enum rebtf_vmlinux_outcome outcome;
	_cleanup_(cleanup_link) struct rebtf_link *link = NULL;

	provided.path = path_in(w->directory, ".out/vmlinux.whole", whole);
	TRY(open_installed_kernel(w, r));
	TRY(tree_make_parents(whole));
	TRY(rebtf_kernel_provide_vmlinux(w->release, &provided, &outcome, &path));
	TRY(rebtf_link_make(r->btf[0], REBTF_LINK_NAMED, &link));
	tell_number(r, link->btf_size);
	path_in(w->directory, ".out/vmlinux.split", split);
	path_in(w->directory, ".out/btf_vmlinux.ko", carrier);
	TRY(rebtf_vmlinux_split(whole, link, split));
	TRY(rebtf_vmlinux_join(split, r->btf[0], whole));
	return rebtf_carrier_write(r->btf[0], &options, carrier);
}

static struct rebtf_error *write_raw(const struct world *w, struct results *r)
{
	char made[PATH_MAX];

	path_in(w->directory, ".out/raw.btf", made);
	TRY(tree_make_parents(made));
	TRY(rebtf_btf_write_file(w->split, NULL, made));
	return rebtf_btf_open(made, w->base, &r->btf[0]);
}

/* ------------------------------------------------------------------- lists, trees and threads */

static struct rebtf_error *list(const char *const *paths, size_t count, struct results *r)
{
	struct rebtf_error *err = NULL;
	struct tree_list *files;
	struct rebtf_module *module;

	TRY(tree_list_new(paths, count, &files));
	tell_number(r, files->count);
	for (size_t i = 0; !err && i < files->count; i++) {
		tell_text(r, files->files[i].relative);
		err = module_open_listed(&files->files[i], REBTF_READING_AUTO, &module);
		if (!err)
			rebtf_module_free(module);
	}
	tree_list_free(files);
	return err;
}

static struct rebtf_error *list_file(const struct world *w, struct results *r)
{
	return list(&w->path, 1, r);
}

static struct rebtf_error *list_directory(const struct world *w, struct results *r)
{
	const char *const paths[] = { w->directory, w->path };

	return list(paths, 2, r);
}

static struct rebtf_error *make_parents(const struct world *w, struct results *r)
{
	char path[PATH_MAX];

	(void)r;
	return tree_make_parents(path_in(w->directory, ".out/a/b/c", path));
}

static struct rebtf_error *copy_tree_files(const struct world *w, struct results *r)
{
	struct rebtf_dir *from, *to = NULL;
	char path[PATH_MAX];
	struct rebtf_error *err;

	(void)r;
	TRY(rebtf_dir_new(w->tree, &from));
	err = rebtf_dir_new(path_in(w->directory, ".out/tree", path), &to);
	if (!err)
		err = tree_copy_files(from, to, "");
	rebtf_dir_free(from);
	rebtf_dir_free(to);
	return err;
}

static void add_one(void *arg, size_t index, unsigned int worker)
{
	(void)index, (void)worker;
	atomic_fetch_add((atomic_size_t *)arg, 1);
}

static struct rebtf_error *work_in_parallel(const struct world *w, struct results *r)
{
	atomic_size_t done = 0;

	(void)w;
	TRY(parallel_run(4, 100, add_one, &done));
	tell_number(r, done);
	return NULL;
}

/* ------------------------------------------------------------------------------------- loaders */

static void tell_loading(struct results *r, const struct rebtf_loading *loading)
{
	size_t count = rebtf_loading_reason_count(loading);

	tell_text(r, rebtf_loading_verdict_name(rebtf_loading_verdict(loading)));
	tell_number(r, rebtf_loading_signed(loading));
	for (int source = 0; source < REBTF_SYMBOL_SOURCES; source++)
		tell_number(r, rebtf_loading_found_in(loading, source));
	for (size_t i = 0; i < count && i < REBTF_REASONS_MAX; i++) {
		tell_text(r, rebtf_loading_cause_name(rebtf_loading_reason_cause(loading, i)));
		tell_number(r, rebtf_loading_reason_verdict(loading, i));
		tell_text(r, rebtf_loading_reason_symbol(loading, i));
		tell_text(r, rebtf_loading_reason_text(loading, i));
	}
}

/* The paths differ from run to run. */
static void tell_loader(struct results *r, struct rebtf_loader *loader)
{
	tell_text(r, rebtf_loader_release(loader));
	tell_text(r, rebtf_btf_mismatch_name(rebtf_loader_btf_mismatch(loader)));
	tell_text(r, rebtf_signature_policy_name(rebtf_loader_signature(loader)));
	tell_number(r, !!rebtf_loader_config_path(loader));
	for (int source = 0; source < REBTF_SYMBOL_SOURCES; source++) {
		tell_text(r, rebtf_symbol_source_name(source));
		tell_number(r, !!rebtf_loader_source_path(loader, source));
		tell_number(r, !!rebtf_loader_source_missing(loader, source));
	}
}

static struct rebtf_error *judge_opened(struct rebtf_loader *loader,
					const struct rebtf_module *module, struct results *r)
{
	struct rebtf_loading *loading;

	TRY(rebtf_loader_judge(loader, module, REBTF_SIGNATURE_STAYS, &loading));
	tell_loading(r, loading);
	tell_loader(r, loader);
	rebtf_loading_free(loading);
	return NULL;
}

static struct rebtf_error *judge_with(const struct world *w, struct rebtf_loader *loader,
				      struct results *r)
{
	struct rebtf_module *module;
	struct rebtf_error *err;

	TRY(rebtf_module_open(w->path, NULL, &module));
	err = judge_opened(loader, module, r);
	rebtf_module_free(module);
	return err;
}

static struct rebtf_error *list_loaded(const struct world *w, struct results *r)
{
	REBTF_OPTIONS(rebtf_loaded_options, options, .root = w->root);
	struct rebtf_loaded *loaded;

	TRY(rebtf_loaded_open(&options, &loaded));
	tell_text(r, rebtf_loaded_release(loaded));
	tell_number(r, !!rebtf_loaded_carrier(loaded));
	tell_number(r, rebtf_loaded_has_carrier(loaded));
	for (size_t i = 0; i < rebtf_loaded_count(loaded); i++) {
		tell_text(r, rebtf_loaded_at(loaded, i)->name);
		tell_text(r, rebtf_loaded_state_name(rebtf_loaded_at(loaded, i)->state));
	}
	rebtf_loaded_free(loaded);
	return NULL;
}

static struct rebtf_error *judge_module(const struct world *w, struct results *r)
{
	REBTF_OPTIONS(rebtf_loader_options, options, .kernel = w->release, .root = w->root,
		      .modules = &w->path, .module_count = 1);
	struct rebtf_loader *loader;
	struct rebtf_error *err;

	TRY(rebtf_loader_open(&options, &loader));
	err = judge_with(w, loader, r);
	rebtf_loader_free(loader);
	return err;
}

/* The same with the kernel named by its image, and the file given as an option. */
static struct rebtf_error *judge_by_image(const struct world *w, struct results *r)
{
	char image[PATH_MAX], symvers[PATH_MAX];
	REBTF_OPTIONS(rebtf_loader_options, options, .kernel = image, .symvers = symvers);
	struct rebtf_loader *loader;
	struct rebtf_error *err;

	snprintf(image, sizeof(image), "%s/boot/vmlinuz-%s", w->root, w->release);
	snprintf(symvers, sizeof(symvers), "%s/boot/symvers-%s", w->root, w->release);
	TRY(rebtf_loader_open(&options, &loader));
	err = judge_with(w, loader, r);
	rebtf_loader_free(loader);
	return err;
}

static struct rebtf_error *compress(const struct world *w, struct results *r)
{
	_cleanup_free_ void *packed = NULL;
	size_t size;

	TRY(rebtf_compress(REBTF_COMPRESSION_GZIP, w->split_data, w->split_size, &packed, &size));
	tell_number(r, size);
	return NULL;
}

const struct operation file_operations[] = {
	{ "open a file with raw BTF", NEEDS_FILE, open_raw },
	{ "open a descriptor with raw BTF", NEEDS_FILE, open_raw_fd },
	{ "open a kernel", NEEDS_FILE, open_kernel },
	{ "find the kfuncs of a kernel", NEEDS_FILE, find_kfuncs_of_kernel },
	{ "open a kernel by descriptor", NEEDS_FILE, open_kernel_fd },
	{ "open a kernel with a cache", NEEDS_FILE, open_cached_kernel },
	{ "open an installed kernel", NEEDS_MACHINE, open_installed_kernel },
	{ "move BTF to a carrier", NEEDS_DIRECTORY | NEEDS_MACHINE, move_to_carrier },
	{ "compress BTF", NEEDS_SPLIT, compress },
	{ "write raw BTF to a file", NEEDS_DIRECTORY | NEEDS_SPLIT, write_raw },
	{ "provide a vmlinux", NEEDS_DIRECTORY | NEEDS_MACHINE, provide_vmlinux },
	{ "list a file", NEEDS_FILE, list_file },
	{ "list a directory", NEEDS_FILE, list_directory },
	{ "make parents", NEEDS_DIRECTORY, make_parents },
	{ "copy the other files of a tree", NEEDS_TREE, copy_tree_files },
	{ "work in parallel", 0, work_in_parallel },
	{ "judge a module", NEEDS_FILE | NEEDS_MACHINE, judge_module },
	{ "list loaded modules", NEEDS_MACHINE, list_loaded },
	{ "judge a module by an image", NEEDS_FILE | NEEDS_MACHINE, judge_by_image },
	{},
};
