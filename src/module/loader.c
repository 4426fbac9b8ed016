/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Opens a loader: determines the kernel, and where it is installed. A path to one of the places
 * where distributions put kernels gives both. Otherwise the image itself must give its release.
 */
#include <errno.h>
#include <string.h>
#include <sys/utsname.h>

#include "btf/btf.h"
#include "module/kernel.h"
#include "module/loader.h"
#include "module/places.h"
#include "module/root.h"
#include "module/symvers.h"
#include "util/options.h"

void rebtf_loader_free(struct rebtf_loader *loader)
{
	if (!loader)
		return;
	for (size_t i = 0; i < loader->providers.count; i++) {
		struct provider *provider = &loader->providers.items[i];

		free(provider->name);
		free(provider->path);
		free(provider->unreadable);
		linkage_release(&provider->linkage);
		pthread_mutex_destroy(&provider->lock);
	}
	providers_release(&loader->providers);
	for (size_t i = 0; i < REBTF_SYMBOL_SOURCES; i++) {
		free(loader->sources[i].path);
		free(loader->sources[i].missing);
		exports_release(&loader->sources[i].exports);
	}
	exports_release(&loader->owners);
	kernel_image_release(&loader->image);
	pthread_mutex_destroy(&loader->lock);
	free(loader->root);
	free(loader->release);
	free(loader->image_path);
	free(loader->symvers_path);
	free(loader->asked);
	free(loader->vermagic);
	free(loader->config_path);
	free(loader->image_from);
	free(loader->no_image);
	free(loader->tree);
	free(loader);
}

/* ----------------------------------------------------------------------------------- the kernel */

static struct rebtf_error *loader_copy(const char *string, size_t length, char **result)
{
	free(*result);
	*result = strndup(string, length);
	return *result ? NULL : error_nomem();
}

/* The name of a user's own file reveals no release. The file is read when it is needed. */
static struct rebtf_error *take_path(struct rebtf_loader *loader, const char *path, bool has_root)
{
	struct place_parts parts;

	if (!places_take_apart(path, &parts))
		return loader_copy(path, strlen(path), &loader->image_path);
	if (!has_root)
		TRY(loader_copy(path, parts.root_length, &loader->root));
	return loader_copy(parts.release, parts.release_length, &loader->release);
}

static struct rebtf_error *take_kernel(struct rebtf_loader *loader, const char *kernel,
				       bool has_root)
{
	static const char shown[] = "/sys/kernel/btf/vmlinux";
	struct utsname running;
	bool is_path = kernel && (has_root ? !!strchr(kernel, '/') : kernel_is_path(kernel));
	_cleanup_free_ char *real = is_path ? realpath(kernel, NULL) : NULL;

	if (is_path && !real && errno == ENOMEM)
		return error_nomem();
	if (uname(&running))
		*running.release = '\0';
	if (real && !strcmp(real, shown))
		kernel = NULL;
	if (!kernel)
		TRY(loader_copy(running.release, strlen(running.release), &loader->release));
	else if (is_path)
		TRY(take_path(loader, real ?: kernel, has_root));
	else
		TRY(loader_copy(kernel, strlen(kernel), &loader->release));
	loader->is_running = !*loader->root && loader->release &&
			     !strcmp(loader->release, running.release);
	return NULL;
}

/* -------------------------------------------------------------------------------------- opening */

/* The root without trailing slashes, "" for "/". */
static struct rebtf_error *take_root(struct rebtf_loader *loader, const char *root)
{
	size_t length = root ? strlen(root) : 0;

	while (length && root[length - 1] == '/')
		length--;
	return loader_copy(root ?: "", length, &loader->root);
}

static struct rebtf_error *read_option(struct rebtf_loader *loader)
{
	struct symbol_source *source = &loader->sources[REBTF_SOURCE_OPTION];
	_cleanup_file_bytes_ struct file_bytes bytes = {};
	const char *path = loader->symvers_path;

	if (!path)
		return NULL;
	TRY(file_read(path, &bytes));
	TRY(error_at(symvers_read(bytes.data, bytes.size, &source->exports), path, NULL));
	TRY(error_at(symvers_check(&source->exports), path, NULL));
	return loader_copy(path, strlen(path), &source->path);
}

static struct rebtf_error *open_loader(struct rebtf_loader *loader,
				       const struct rebtf_loader_options *options)
{
	uint32_t id;

	TRY(take_root(loader, options->root));
	TRY(take_kernel(loader, options->kernel, options->root));
	TRY(loader_copy(options->kernel ?: "the running kernel",
			strlen(options->kernel ?: "the running kernel"), &loader->asked));
	if (options->symvers)
		TRY(loader_copy(options->symvers, strlen(options->symvers), &loader->symvers_path));
	id = options->btf ? rebtf_btf_find(options->btf, "module", REBTF_KIND_STRUCT) : 0;
	if (id)
		loader->struct_module_size = rebtf_btf_type(options->btf, id)->size;
	TRY(loader_add_modules(loader, options->modules, options->module_count));
	return read_option(loader);
}

struct rebtf_error *rebtf_loader_open(const struct rebtf_loader_options *options,
				      struct rebtf_loader **loader)
{
	struct rebtf_loader_options all;
	struct rebtf_loader *new_loader;
	struct rebtf_error *err;

	TRY(OPTIONS_COPY(rebtf_loader_options, &all, options));
	new_loader = calloc(1, sizeof(*new_loader));
	if (!new_loader)
		return error_nomem();
	pthread_mutex_init(&new_loader->lock, NULL);
	err = open_loader(new_loader, &all);
	if (err) {
		rebtf_loader_free(new_loader);
		return err;
	}
	*loader = new_loader;
	return NULL;
}

/* --------------------------------------------------------------------------------------- asking */

const char *rebtf_loader_release(struct rebtf_loader *loader)
{
	rebtf_error_free(loader_find_facts(loader));
	return loader->release;
}

const char *rebtf_loader_config_path(struct rebtf_loader *loader)
{
	rebtf_error_free(loader_find_facts(loader));
	return loader->config_path;
}

enum rebtf_btf_mismatch rebtf_loader_btf_mismatch(struct rebtf_loader *loader)
{
	const bool *is_set = loader->config.is_set;

	rebtf_error_free(loader_find_facts(loader));
	if (!loader->config.is_known)
		return REBTF_BTF_MISMATCH_UNKNOWN;
	/* A kernel that ignores modules' BTF loads modules without types. */
	return is_set[KCONFIG_MODULE_ALLOW_BTF_MISMATCH] || !is_set[KCONFIG_DEBUG_INFO_BTF_MODULES]
		       ? REBTF_BTF_MISMATCH_DROPPED
		       : REBTF_BTF_MISMATCH_REFUSED;
}

const char *rebtf_btf_mismatch_name(enum rebtf_btf_mismatch mismatch)
{
	switch (mismatch) {
	case REBTF_BTF_MISMATCH_DROPPED:
		return "loads without types";
	case REBTF_BTF_MISMATCH_REFUSED:
		return "refused";
	case REBTF_BTF_MISMATCH_UNKNOWN:
		break;
	}
	return "unknown";
}

const char *rebtf_signature_policy_name(enum rebtf_signature_policy policy)
{
	switch (policy) {
	case REBTF_SIGNATURE_OPTIONAL:
		return "optional";
	case REBTF_SIGNATURE_LOCKDOWN:
		return "lockdown";
	case REBTF_SIGNATURE_REQUIRED:
		return "required";
	case REBTF_SIGNATURE_UNKNOWN:
		break;
	}
	return "unknown";
}

const char *rebtf_symbol_source_name(enum rebtf_symbol_source source)
{
	static const char *const names[REBTF_SYMBOL_SOURCES] = {
		[REBTF_SOURCE_OPTION] = "symvers",  [REBTF_SOURCE_BUILD] = "build",
		[REBTF_SOURCE_BOOT] = "boot",	    [REBTF_SOURCE_MODULES] = "modules",
		[REBTF_SOURCE_IMAGE] = "image",	    [REBTF_SOURCE_IMPORTS] = "imports",
		[REBTF_SOURCE_EXPORTS] = "exports",
	};

	return (size_t)source < REBTF_SYMBOL_SOURCES ? names[source] : "unknown";
}

const char *rebtf_loader_source_path(struct rebtf_loader *loader, enum rebtf_symbol_source source)
{
	if ((size_t)source >= REBTF_SYMBOL_SOURCES || !loader->sources[source].is_read)
		return NULL;
	return loader->sources[source].path;
}

const char *rebtf_loader_source_missing(struct rebtf_loader *loader,
					enum rebtf_symbol_source source)
{
	if ((size_t)source >= REBTF_SYMBOL_SOURCES || !loader->sources[source].is_read)
		return NULL;
	return loader->sources[source].missing;
}
