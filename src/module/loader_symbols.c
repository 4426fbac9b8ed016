/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Finds a kernel's exported symbols. Distributions ship files made from the build's Module.symvers,
 * which are complete and cheap to read. The image must be unpacked. The versions in the kernel's
 * own modules only cover symbols that some module imports.
 */
#include <string.h>

#include "module/loader.h"
#include "module/places.h"
#include "module/root.h"
#include "module/symvers.h"
#include "util/cleanup.h"
#include "util/text.h"

/* Each %s is the release. Debian's links below /lib/modules lead to the last two of "build". */
static const char *const build_places[] = {
	"/lib/modules/%s/build/Module.symvers",
	"/usr/lib/modules/%s/build/Module.symvers",
	"/usr/src/linux-headers-%s/Module.symvers",
	"/usr/src/kernels/%s/Module.symvers",
	NULL,
};

static const char *const boot_places[] = {
	"/boot/symvers-%s",
	"/boot/symvers-%s.gz",
	"/boot/symvers-%s.xz",
	"/boot/symvers-%s.zst",
	NULL,
};

static const char *const module_places[] = {
	"/lib/modules/%s/symvers",
	"/lib/modules/%s/symvers.gz",
	"/lib/modules/%s/symvers.xz",
	"/lib/modules/%s/symvers.zst",
	"/usr/lib/modules/%s/symvers",
	"/usr/lib/modules/%s/symvers.gz",
	"/usr/lib/modules/%s/symvers.xz",
	"/usr/lib/modules/%s/symvers.zst",
	NULL,
};

static struct rebtf_error *set(char **string, const char *value)
{
	free(*string);
	*string = strdup(value);
	return *string ? NULL : error_nomem();
}

/* -------------------------------------------------------------------------------------- symvers */

/*
 * Reads one file. A missing file leaves @source unchanged; for an unreadable file it records the
 * reason.
 */
static struct rebtf_error *try_symvers(struct rebtf_loader *loader, const char *path,
				       struct symbol_source *source)
{
	_cleanup_file_bytes_ struct file_bytes bytes = {};
	_cleanup_exports_ struct exports found = {};
	struct rebtf_error *err = root_read(loader->root, path, &bytes);

	if (!err)
		err = symvers_read(bytes.data, bytes.size, &found);
	if (!err)
		err = symvers_check(&found);
	if (!err) {
		source->path = text_join(loader->root, path);
		if (!source->path)
			return error_nomem();
		source->exports = found;
		found = (struct exports){};
		return NULL;
	}
	if (is_out_of_memory(err))
		return err;
	if (!is_absence(err) && !source->missing) {
		source->missing = text_join(loader->root, path, ": ", err->message);
		if (!source->missing) {
			rebtf_error_free(err);
			return error_nomem();
		}
	}
	rebtf_error_free(err);
	return NULL;
}

static struct rebtf_error *read_symvers(struct rebtf_loader *loader, const char *const *places,
					struct symbol_source *source)
{
	for (; *places && !source->path && loader->release; places++) {
		_cleanup_free_ char *path = places_fill_in(*places, loader->release);

		if (!path)
			return error_nomem();
		TRY(try_symvers(loader, path, source));
	}
	if (source->path || source->missing)
		return NULL;
	return set(&source->missing, "no such file");
}

/* --------------------------------------------------------------------------------------- others */

/* Moves the image's table, which is large, because the image itself stays. */
static struct rebtf_error *take_image(struct rebtf_loader *loader, struct symbol_source *source)
{
	struct kernel_image *image = &loader->image;

	if (!image->exports.entries.count)
		return set(&source->missing, image->no_exports ?: loader->no_image);
	TRY(set(&source->path, loader->image_from));
	source->exports = image->exports;
	image->exports = (struct exports){};
	return NULL;
}

static struct rebtf_error *take_imports(struct rebtf_loader *loader, struct symbol_source *source)
{
	_cleanup_exports_ struct exports found = {};

	TRY(loader_read_imports(loader, &found));
	if (!found.entries.count)
		return set(&source->missing, "no modules of the kernel with versions");
	source->path = text_join(loader->root, loader->tree);
	if (!source->path)
		return error_nomem();
	source->exports = found;
	found = (struct exports){};
	return NULL;
}

static struct rebtf_error *read_source(struct rebtf_loader *loader, enum rebtf_symbol_source id)
{
	struct symbol_source *source = &loader->sources[id];

	switch (id) {
	case REBTF_SOURCE_BUILD:
		return read_symvers(loader, build_places, source);
	case REBTF_SOURCE_BOOT:
		return read_symvers(loader, boot_places, source);
	case REBTF_SOURCE_MODULES:
		return read_symvers(loader, module_places, source);
	case REBTF_SOURCE_IMAGE:
		return take_image(loader, source);
	case REBTF_SOURCE_IMPORTS:
		return take_imports(loader, source);
	default:
		return NULL;
	}
}

struct rebtf_error *loader_source(struct rebtf_loader *loader, enum rebtf_symbol_source id,
				  const struct exports **exports)
{
	struct symbol_source *source = &loader->sources[id];
	struct rebtf_error *err = NULL;

	if (!atomic_load(&source->is_read)) {
		if (id == REBTF_SOURCE_IMAGE)
			TRY(loader_read_image(loader));
		pthread_mutex_lock(&loader->lock);
		if (!atomic_load(&source->is_read)) {
			err = read_source(loader, id);
			atomic_store(&source->is_read, !err);
		}
		pthread_mutex_unlock(&loader->lock);
	}
	*exports = !err && source->path ? &source->exports : NULL;
	return err;
}
