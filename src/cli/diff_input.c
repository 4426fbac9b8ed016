/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Finds the kernel of a directory. A directory with raw BTF of a kernel has it as the file vmlinux. In
 * an installation, or an unpacked package, the release is the name of the directory of the modules.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/diff_input.h"
#include "cli/directory.h"
#include "cli/guards.h"
#include "cli/kernel_set.h"
#include "cli/kernels.h"

static struct rebtf_error *no_kernel(const char *path, const char *what)
{
	struct rebtf_error *err;
	char *message;

	if (asprintf(&message, "%s; name the kernel with --base or --old-base", what) < 0)
		return rebtf_error_nomem();
	err = rebtf_error_new(REBTF_ERR_ARGUMENT, path, NULL, message);
	free(message);
	return err;
}

/* --------------------------------------------------------------------------------- single files */

static struct rebtf_error *diff_open_single(struct diff_input *input, const struct options *options)
{
	const struct tree_file file = { .path = input->path };
	GUARD(module) struct rebtf_module *module = NULL;
	GUARD(btf) struct rebtf_btf *base = NULL;
	struct rebtf_error *err;
	const char *release;

	TRY(open_any(options, &file, &module));
	release = rebtf_module_release(module);
	if (release && !(input->release = strdup(release)))
		return rebtf_error_nomem();
	if (input->base)
		TRY(kernels_open(input->base, &base));
	err = rebtf_module_btf(module, base, &input->btf);
	if (!err || base || rebtf_error_code(err) != REBTF_ERR_ARGUMENT)
		return err;
	rebtf_error_free(err);
	return no_kernel(input->path, "split BTF");
}

/* ---------------------------------------------------------------------------------- directories */

/*
 * Sets *@name to the malloced name of the only directory in @path; NULL if it has no directory or
 * several. Errors: NOMEM.
 */
static struct rebtf_error *only_directory(const char *path, char **name)
{
	DIR *directory = opendir(path);
	const struct dirent *entry = NULL;
	size_t count = 0;
	struct stat st;

	*name = NULL;
	if (!directory)
		return errno == ENOMEM ? rebtf_error_nomem() : NULL;
	while (count < 2) {
		errno = 0;
		entry = readdir(directory);
		if (!entry)
			break;
		if (*entry->d_name == '.' || fstatat(dirfd(directory), entry->d_name, &st, 0) ||
		    !S_ISDIR(st.st_mode))
			continue;
		free(*name);
		*name = strdup(entry->d_name);
		count++;
	}
	/* What cannot be read may be another directory. */
	if (!entry && errno)
		count = 2;
	closedir(directory);
	if (count == 1)
		return *name ? NULL : rebtf_error_nomem();
	free(*name);
	*name = NULL;
	return NULL;
}

static const char *const module_places[] = { "/lib/modules", "/usr/lib/modules" };

#define MODULE_PLACES (sizeof(module_places) / sizeof(module_places[0]))

/* Finds the release in an installation below the directory. */
static struct rebtf_error *find_below(struct diff_input *input, const char *path)
{
	for (size_t i = 0; i < MODULE_PLACES && !input->release; i++) {
		GUARD(memory) char *place = NULL;

		if (asprintf(&place, "%s%s", path, module_places[i]) < 0) {
			place = NULL;
			return rebtf_error_nomem();
		}
		TRY(only_directory(place, &input->release));
	}
	if (input->release && !(input->root = strdup(path)))
		return rebtf_error_nomem();
	return NULL;
}

/* Finds the release in the name of the directory, which is that of a release's modules. */
static struct rebtf_error *find_in_name(struct diff_input *input, const char *path)
{
	for (size_t i = MODULE_PLACES; i-- && !input->release;) {
		const char *at = strstr(path, module_places[i]);
		const char *name = at ? at + strlen(module_places[i]) : "";

		if (*name != '/' || !name[1])
			continue;
		input->release = strndup(name + 1, strcspn(name + 1, "/"));
		input->root = at > path ? strndup(path, (size_t)(at - path)) : NULL;
		if (!input->release || (at > path && !input->root))
			return rebtf_error_nomem();
	}
	return NULL;
}

static struct rebtf_error *open_its_kernel(struct diff_input *input, struct rebtf_btf **kernel)
{
	struct rebtf_error *err;
	char *vmlinux;

	if (input->base)
		return kernels_open(input->base, kernel);
	if (asprintf(&vmlinux, "%s/vmlinux", input->path) < 0)
		return rebtf_error_nomem();
	if (is_file(vmlinux)) {
		err = kernels_open(vmlinux, kernel);
		free(vmlinux);
		return err;
	}
	free(vmlinux);
	TRY(find_below(input, input->path));
	if (!input->release)
		TRY(find_in_name(input, input->path));
	if (!input->release)
		return no_kernel(input->path, "no kernel in this directory");
	return kernels_open_installed(input->root, input->release, kernel);
}

static struct rebtf_error *diff_open_directory(struct diff_input *input,
					       const struct options *options)
{
	REBTF_OPTIONS(rebtf_set_options, how, .jobs = options->jobs, .reading = options->reading);

	TRY(open_its_kernel(input, &input->btf));
	return rebtf_set_open(input->btf, &input->path, 1, &how, &input->set);
}

/* ------------------------------------------------------------------------------------- packages */

static struct rebtf_error *diff_open_package(struct diff_input *input,
					     const struct options *options)
{
	REBTF_OPTIONS(rebtf_set_options, how, .jobs = options->jobs, .reading = options->reading);

	TRY(kernels_open(input->base ?: input->path, &input->btf));
	return rebtf_set_open(input->btf, &input->path, 1, &how, &input->set);
}

struct rebtf_error *diff_input_open(struct diff_input *input, const struct options *options)
{
	if (is_directory(input->path))
		return diff_open_directory(input, options);
	return rebtf_package_has_modules(input->path) ? diff_open_package(input, options)
						      : diff_open_single(input, options);
}

void diff_input_release(struct diff_input *input)
{
	free(input->root);
	free(input->release);
	rebtf_set_free(input->set);
	rebtf_btf_unref(input->btf);
}

/* --------------------------------------------------------------------------------------- compare */

struct rebtf_error *diff_input_make_set(struct diff_input *input)
{
	struct rebtf_btf *base = rebtf_btf_base(input->btf);

	if (input->set)
		return NULL;
	TRY(rebtf_set_open(base ? base : input->btf, NULL, 0, NULL, &input->set));
	return base ? rebtf_set_add(input->set, "module", input->btf) : NULL;
}

/* Makes a set of a kernel alone, to be compared with a kernel and its modules. */
static struct rebtf_error *require_set(struct diff_input *input)
{
	if (!input->set && rebtf_btf_base(input->btf))
		return rebtf_error_new(
			REBTF_ERR_ARGUMENT, input->path, NULL,
			"a single module cannot be compared with a kernel's modules");
	return diff_input_make_set(input);
}

struct rebtf_error *diff_input_compare(struct diff_input *old, struct diff_input *new,
				       const struct rebtf_diff_options *how,
				       struct rebtf_diff **diff)
{
	struct rebtf_error *err;

	if (!old->set && !new->set)
		return rebtf_diff_btf(old->btf, new->btf, how, diff);
	TRY(require_set(old));
	TRY(require_set(new));
	err = rebtf_diff(old->set, new->set, how, diff);
	old->left_out = kernel_set_print_left_out(old->set, kernel_set_reason, old->set);
	new->left_out = kernel_set_print_left_out(new->set, kernel_set_reason, new->set);
	return err;
}

/* --------------------------------------------------------------------------------------- exports */

struct rebtf_error *diff_input_exports(const struct diff_input *input, const char *symvers,
				       struct rebtf_symbols **exports)
{
	REBTF_OPTIONS(rebtf_loader_options, options, .kernel = input->release, .root = input->root);
	GUARD(loader) struct rebtf_loader *loader = NULL;
	struct rebtf_error *err;

	*exports = NULL;
	if (symvers)
		return rebtf_symbols_open(symvers, exports);
	/* Without a release, only an image has the symbols of its kernel. */
	if (!input->base && !rebtf_btf_base(input->btf) && is_file(input->path))
		options.kernel = input->path;
	if (!options.kernel)
		return NULL;
	TRY(rebtf_loader_open(&options, &loader));
	err = rebtf_symbols_exported(loader, exports);
	if (err && rebtf_error_code(err) == REBTF_ERR_NO_BTF) {
		rebtf_error_free(err);
		return NULL;
	}
	return err;
}
