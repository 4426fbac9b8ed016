/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Finds the facts of a kernel: its release, its version magic, the size of its struct module, its
 * configuration. One of its own modules has most of them. The rest comes from its image or
 * configuration.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "module/loader.h"
#include "module/places.h"
#include "module/root.h"
#include "util/cleanup.h"
#include "util/text.h"

/* At most this many modules are tried to find one that belongs to the release. */
#define SAMPLES_MAX 8

bool loader_is_since(const struct rebtf_loader *loader, unsigned int major, unsigned int minor,
		     bool otherwise)
{
	unsigned int own_major, own_minor;

	if (!loader->release || sscanf(loader->release, "%u.%u", &own_major, &own_minor) != 2)
		return otherwise;
	return own_major > major || (own_major == major && own_minor >= minor);
}

/* ---------------------------------------------------------------------------------------- image */

/* The first file that exists but cannot be read is the reason why the image is missing. */
static struct rebtf_error *note_no_image(struct rebtf_loader *loader, const char *message)
{
	if (loader->no_image)
		return NULL;
	loader->no_image = strdup(message);
	return loader->no_image ? NULL : error_nomem();
}

static struct rebtf_error *read_image_file(struct rebtf_loader *loader, int fd, const char *path)
{
	_cleanup_free_ char *from = strdup(path);
	struct rebtf_error *err, *noted;

	if (!from)
		return error_nomem();
	err = kernel_image_read(fd, path, &loader->image);
	if (!err) {
		free(loader->image_from);
		loader->image_from = take_ptr(&from);
		return NULL;
	}
	if (is_out_of_memory(err))
		return err;
	noted = note_no_image(loader, err->message);
	rebtf_error_free(err);
	return noted;
}

static bool is_other_release(const struct rebtf_loader *loader)
{
	return loader->image.release && strcmp(loader->image.release, loader->release);
}

static struct rebtf_error *note_other_release(struct rebtf_loader *loader, const char *path)
{
	_cleanup_free_ char *message = text_join(path, " is the kernel ", loader->image.release);

	return message ? note_no_image(loader, message) : error_nomem();
}

/* Skips a file that contains no kernel, or a kernel of another release. */
static struct rebtf_error *loader_facts_try_place(void *arg, const struct place *place, bool *done)
{
	struct rebtf_loader *loader = arg;
	struct rebtf_error *err = NULL;

	if (place->fd < 0)
		return place->problem ? note_no_image(loader, place->problem) : NULL;
	TRY(read_image_file(loader, place->fd, place->path));
	if (is_other_release(loader))
		err = note_other_release(loader, place->path);
	else
		*done = loader->image.banner || loader->image.exports.entries.count;
	if (*done)
		return NULL;
	free(take_ptr(&loader->image_from));
	kernel_image_release(&loader->image);
	return err;
}

static struct rebtf_error *read_named_image(struct rebtf_loader *loader)
{
	_cleanup_close_ int fd = root_open("", loader->image_path);

	return fd < 0 ? note_no_image(loader, strerror(errno))
		      : read_image_file(loader, fd, loader->image_path);
}

static struct rebtf_error *loader_facts_read_image(struct rebtf_loader *loader)
{
	if (atomic_load(&loader->has_image))
		return NULL;
	if (loader->image_path)
		TRY(read_named_image(loader));
	else if (loader->release)
		TRY(places_each(loader->root, loader->release, KERNEL_INSTALLED,
				loader_facts_try_place, loader));
	if (!loader->image_from && !loader->no_image) {
		loader->no_image = strdup("no image of the kernel");
		if (!loader->no_image)
			return error_nomem();
	}
	atomic_store(&loader->has_image, true);
	return NULL;
}

struct rebtf_error *loader_read_image(struct rebtf_loader *loader)
{
	struct rebtf_error *err;

	if (atomic_load(&loader->has_image))
		return NULL;
	pthread_mutex_lock(&loader->lock);
	err = loader_facts_read_image(loader);
	pthread_mutex_unlock(&loader->lock);
	return err;
}

/* --------------------------------------------------------------------------------------- sample */

/* Whether @vermagic belongs to the release: the release, a space, and more. */
static bool loader_facts_is_of_release(const struct rebtf_loader *loader, const char *vermagic)
{
	size_t length = strlen(loader->release);

	return !strncmp(vermagic, loader->release, length) && vermagic[length] == ' ';
}

static bool is_own(const struct rebtf_loader *loader, const struct provider *provider)
{
	return provider->linkage.vermagic && provider->linkage.is_in_tree &&
	       loader_facts_is_of_release(loader, provider->linkage.vermagic);
}

static struct rebtf_error *take_sample(struct rebtf_loader *loader)
{
	int left = SAMPLES_MAX;

	for (size_t i = 0; i < loader->providers.count && left; i++) {
		struct provider *provider = &loader->providers.items[i];

		if (provider->rank != PROVIDER_OWN)
			continue;
		left--;
		TRY(provider_read(loader, provider));
		if (!is_own(loader, provider))
			continue;
		loader->machine = provider->linkage.machine;
		loader->elf_class = provider->linkage.elf_class;
		loader->encoding = provider->linkage.encoding;
		if (provider->linkage.has_struct_module)
			loader->struct_module_size = provider->linkage.struct_module_size;
		loader->vermagic = strdup(provider->linkage.vermagic);
		return loader->vermagic ? NULL : error_nomem();
	}
	return NULL;
}

/* --------------------------------------------------------------------------------------- config */

static const char *const configs[] = {
	"/boot/config-%s",
	"/lib/modules/%s/config",
	"/usr/lib/modules/%s/config",
	"/lib/modules/%s/build/.config",
	"/usr/lib/modules/%s/build/.config",
	"/usr/src/linux-headers-%s/.config",
	"/usr/src/kernels/%s/.config",
};

static struct rebtf_error *try_config(struct rebtf_loader *loader, const char *path)
{
	_cleanup_free_ char *whole_path = text_join(loader->root, path);
	_cleanup_file_bytes_ struct file_bytes bytes = {};
	struct rebtf_error *err;

	if (!whole_path)
		return error_nomem();
	err = root_read(loader->root, path, &bytes);
	if (!err)
		err = kconfig_read(bytes.data, bytes.size, &loader->config);
	if (err)
		return error_nomem_only(err);
	loader->config_path = take_ptr(&whole_path);
	return NULL;
}

static struct rebtf_error *take_image_config(struct rebtf_loader *loader)
{
	if (!loader->image.config.is_known)
		return NULL;
	loader->config_path = strdup(loader->image_from);
	if (!loader->config_path)
		return error_nomem();
	loader->config = loader->image.config;
	return NULL;
}

static struct rebtf_error *find_config(struct rebtf_loader *loader)
{
	if (loader->image_path)
		TRY(take_image_config(loader));
	if (!loader->config.is_known && loader->is_running)
		TRY(try_config(loader, "/proc/config.gz"));
	for (size_t i = 0; i < sizeof(configs) / sizeof(*configs); i++) {
		_cleanup_free_ char *path = NULL;

		if (loader->config.is_known || !loader->release)
			break;
		path = places_fill_in(configs[i], loader->release);
		if (!path)
			return error_nomem();
		TRY(try_config(loader, path));
	}
	if (loader->config.is_known)
		return NULL;
	TRY(loader_facts_read_image(loader));
	return take_image_config(loader);
}

/* ------------------------------------------------------------------------------------- vermagic */

/*
 * As in the kernel's include/linux/vermagic.h, for architectures that add no word or one that we
 * know.
 */
static struct rebtf_error *make_vermagic(struct rebtf_loader *loader)
{
	const bool *is_set = loader->config.is_set;

	if (!loader->config.is_known || is_set[KCONFIG_RANDSTRUCT] ||
	    (!is_set[KCONFIG_X86_64] && !is_set[KCONFIG_ARM64]))
		return NULL;
	loader->vermagic = text_join(loader->release, " ", is_set[KCONFIG_SMP] ? "SMP " : "",
				     is_set[KCONFIG_PREEMPT_BUILD] ? "preempt "
				     : is_set[KCONFIG_PREEMPT_RT]  ? "preempt_rt "
								   : "",
				     is_set[KCONFIG_MODULE_UNLOAD] ? "mod_unload " : "",
				     is_set[KCONFIG_MODVERSIONS] ? "modversions " : "",
				     is_set[KCONFIG_ARM64] ? "aarch64" : "");
	return loader->vermagic ? NULL : error_nomem();
}

static struct rebtf_error *take_image_vermagic(struct rebtf_loader *loader)
{
	const struct kernel_image *image = &loader->image;

	if (loader->vermagic || !image->vermagic || strcmp(image->release, loader->release))
		return NULL;
	loader->vermagic = strdup(image->vermagic);
	return loader->vermagic ? NULL : error_nomem();
}

static void take_image_machine(struct rebtf_loader *loader)
{
	if (loader->machine)
		return;
	loader->machine = loader->image.machine;
	loader->elf_class = loader->image.elf_class;
	loader->encoding = loader->image.encoding;
}

/* ---------------------------------------------------------------------------------------- facts */

static struct rebtf_error *loader_facts_take_release(struct rebtf_loader *loader)
{
	if (!loader->image_path)
		return NULL;
	TRY(loader_facts_read_image(loader));
	if (loader->release || !loader->image.release)
		return NULL;
	loader->release = strdup(loader->image.release);
	return loader->release ? NULL : error_nomem();
}

static struct rebtf_error *find_facts(struct rebtf_loader *loader)
{
	TRY(loader_facts_take_release(loader));
	TRY(loader_list_providers(loader));
	if (!loader->release)
		return NULL;
	/* A named image is the kernel itself. Installed files of its release do not override it. */
	if (loader->image_path) {
		TRY(take_image_vermagic(loader));
		take_image_machine(loader);
	}
	if (!loader->vermagic)
		TRY(take_sample(loader));
	TRY(find_config(loader));
	if (!loader->vermagic)
		TRY(loader_facts_read_image(loader));
	TRY(take_image_vermagic(loader));
	take_image_machine(loader);
	if (!loader->vermagic)
		TRY(make_vermagic(loader));
	return NULL;
}

struct rebtf_error *loader_find_facts(struct rebtf_loader *loader)
{
	struct rebtf_error *err = NULL;

	if (atomic_load(&loader->has_facts))
		return NULL;
	pthread_mutex_lock(&loader->lock);
	if (!atomic_load(&loader->has_facts)) {
		err = find_facts(loader);
		atomic_store(&loader->has_facts, !err);
	}
	pthread_mutex_unlock(&loader->lock);
	return err;
}
