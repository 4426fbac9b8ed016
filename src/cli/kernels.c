/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Opens the files and kernels that the command line names, with the user's cache. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/errors.h"
#include "cli/guards.h"
#include "cli/kernels.h"
#include "cli/stdin.h"

/* NULL: no cache. */
static char *cache_dir;

/* An environment variable with an absolute path. By the XDG rules other values are ignored. */
static const char *directory_in(const char *variable)
{
	const char *value = secure_getenv(variable);

	return value && *value == '/' ? value : NULL;
}

void kernels_init(const struct options *options)
{
	const char *cache = directory_in("XDG_CACHE_HOME"), *home = directory_in("HOME");

	if (options->no_cache || (!cache && !home))
		return;
	if (asprintf(&cache_dir, "%s%s/rebtf", cache ?: home, cache ? "" : "/.cache") < 0)
		out_of_memory();
}

void kernels_finish(void)
{
	free(cache_dir);
	cache_dir = NULL;
}

const char *kernels_cache_dir(void)
{
	return cache_dir;
}

struct rebtf_error *kernels_open(const char *where, struct rebtf_btf **btf)
{
	const struct rebtf_kernel_options options = {
		.size = sizeof(options),
		.has_fd = stdin_is(where),
		.fd = STDIN_FILENO,
		.cache_dir = cache_dir,
	};

	return rebtf_kernel_open(where, &options, btf);
}

struct rebtf_error *kernels_open_installed(const char *root, const char *release,
					   struct rebtf_btf **btf)
{
	const struct rebtf_kernel_options options = {
		.size = sizeof(options),
		.installed = true,
		.root = root,
		.cache_dir = cache_dir,
	};

	return rebtf_kernel_open(release, &options, btf);
}

struct rebtf_error *kernels_open_module(const char *where, enum rebtf_reading reading,
					struct rebtf_module **module)
{
	const struct rebtf_kernel_options kernels = {
		.size = sizeof(kernels),
		.cache_dir = cache_dir,
	};
	const struct rebtf_module_options options = {
		.size = sizeof(options),
		.has_fd = stdin_is(where),
		.fd = STDIN_FILENO,
		.reading = reading,
		.kernels = stdin_is(where) ? NULL : &kernels,
	};

	return rebtf_module_open(where, &options, module);
}

static struct rebtf_error *open_listed(const struct tree_file *file, enum rebtf_reading reading,
				       struct rebtf_module **module)
{
	if (stdin_is(file->path))
		return kernels_open_module(file->path, reading, module);
	return module_open_listed(file, reading, module);
}

/* A user who names a file expects BTF in it. Without, frees @module and sets it to NULL. */
static struct rebtf_error *require_btf(const struct tree_file *file, struct rebtf_module **module)
{
	struct rebtf_error *err;
	enum rebtf_form form;

	if (rebtf_module_has_btf(*module) || file->from_directory)
		return NULL;
	err = rebtf_module_form(*module, NULL, &form);
	if (!err)
		return NULL;
	rebtf_module_free(*module);
	*module = NULL;
	return err;
}

struct rebtf_error *open_file(const struct options *options, const struct tree_file *file,
			      struct rebtf_module **module)
{
	TRY(open_listed(file, options->reading, module));
	return require_btf(file, module);
}

struct rebtf_error *open_any(const struct options *options, const struct tree_file *file,
			     struct rebtf_module **module)
{
	if (file->from_directory)
		TRY(open_listed(file, options->reading, module));
	else
		TRY(kernels_open_module(file->path, options->reading, module));
	return require_btf(file, module);
}

bool kernels_is_release(const char *path)
{
	return *path >= '0' && *path <= '9' && !strchr(path, '/');
}

const struct rebtf_btf *kernels_of(const struct rebtf_btf *btf)
{
	while (btf && !rebtf_kernel_file(btf))
		btf = rebtf_btf_base(btf);
	return btf;
}

void kernels_add_name(struct text *text, const struct rebtf_btf *btf)
{
	btf = kernels_of(btf);
	text_add_name(text, rebtf_kernel_file(btf));
	if (!rebtf_kernel_release(btf))
		return;
	text_add(text, ", release ");
	text_add_name(text, rebtf_kernel_release(btf));
}

static struct json_object *kernel_json(const char *file, const char *release)
{
	struct json_object *object = json_new_object();

	json_add_string(object, "file", file);
	json_add_string(object, "release", release);
	return object;
}

struct json_object *kernels_json(const struct rebtf_btf *btf)
{
	btf = kernels_of(btf);
	if (!btf)
		return NULL;
	return kernel_json(rebtf_kernel_file(btf), rebtf_kernel_release(btf));
}

struct json_object *kernels_module_json(const struct rebtf_module *module)
{
	if (rebtf_module_container(module) != REBTF_CONTAINER_IMAGE &&
	    !rebtf_module_release(module))
		return NULL;
	return kernel_json(rebtf_module_path(module), rebtf_module_release(module));
}
