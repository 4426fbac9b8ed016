/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Lists the modules in /sys/module. A directory there that has no file "initstate" belongs to a
 * module that is built into the kernel.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "module/carrier_link.h"
#include "module/loaded.h"
#include "util/options.h"
#include "util/text.h"

/* The kernel's ring buffer has some hundred KiB. */
#define LOG_SIZE_MAX ((size_t)16 << 20)

/* Room for a record of /dev/kmsg, which has at most 8 KiB. */
#define LOG_RECORD_SIZE 8192u

const char *rebtf_loaded_state_name(enum rebtf_loaded_state state)
{
	static const char *const names[] = {
		[REBTF_LOADED_WITH_BTF] = "with_btf",
		[REBTF_LOADED_KERNEL_WITHOUT_BTF] = "kernel_without_btf",
		[REBTF_LOADED_NOT_SUPPORTED] = "not_supported",
		[REBTF_LOADED_WITHOUT_FILE] = "without_file",
		[REBTF_LOADED_UNREADABLE] = "unreadable",
		[REBTF_LOADED_FILE_WITHOUT_BTF] = "file_without_btf",
		[REBTF_LOADED_OTHER_BASE] = "other_base",
		[REBTF_LOADED_OTHER_BUILD] = "other_build",
		[REBTF_LOADED_DISTILLED] = "distilled",
		[REBTF_LOADED_MISFIT] = "misfit",
		[REBTF_LOADED_REFUSED] = "refused",
		[REBTF_LOADED_EARLIER] = "earlier",
		[REBTF_LOADED_FOREIGN] = "foreign",
	};

	return (size_t)state < sizeof(names) / sizeof(*names) ? names[state] : "unknown";
}

void rebtf_loaded_free(struct rebtf_loaded *loaded)
{
	if (!loaded)
		return;
	for (size_t i = 0; i < loaded->strings.count; i++)
		free(loaded->strings.items[i]);
	loaded_strings_release(&loaded->strings);
	loaded_modules_release(&loaded->modules);
	rebtf_btf_unref(loaded->btf);
	rebtf_btf_unref(loaded->installed);
	rebtf_loader_free(loaded->loader);
	file_bytes_release(&loaded->log);
	free(loaded->root);
	free(loaded->release);
	free(loaded->carrier);
	free(loaded);
}

struct rebtf_error *loaded_own(struct rebtf_loaded *loaded, char *string, const char **text)
{
	*text = string;
	if (string && loaded_strings_append(&loaded->strings, string))
		return NULL;
	free(string);
	return error_nomem();
}

/* ---------------------------------------------------------------------------------- the system */

int loaded_open_file(const struct rebtf_loaded *loaded, const char *path)
{
	char whole[PATH_MAX];

	if (snprintf(whole, sizeof(whole), "%s%s", loaded->root, path) >= PATH_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return open(whole, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

/* Sets @line to the first line of a small file, or to "". */
static void loaded_read_line(const struct rebtf_loaded *loaded, const char *path, char *line,
			     size_t size)
{
	_cleanup_close_ int fd = loaded_open_file(loaded, path);
	ssize_t n = fd < 0 ? 0 : read(fd, line, size - 1);

	line[n > 0 ? n : 0] = '\0';
	line[strcspn(line, "\n")] = '\0';
}

static struct rebtf_error *loaded_find_release(struct rebtf_loaded *loaded)
{
	static const char path[] = "/proc/sys/kernel/osrelease";
	char release[RELEASE_SIZE];

	loaded_read_line(loaded, path, release, sizeof(release));
	if (!*release || strchr(release, '/'))
		return error_at(error_new(REBTF_ERR_IO, "cannot read the running kernel's release"),
				path, NULL);
	loaded->release = strdup(release);
	return loaded->release ? NULL : error_nomem();
}

/* Without the right to read it, the log stays empty. Each read of /dev/kmsg returns a record. */
static struct rebtf_error *loaded_read_log(struct rebtf_loaded *loaded)
{
	_cleanup_close_ int fd = loaded_open_file(loaded, "/dev/kmsg");
	struct buffer log = {};

	while (fd >= 0 && log.size < LOG_SIZE_MAX && buffer_reserve(&log, LOG_RECORD_SIZE)) {
		ssize_t n = read(fd, log.data + log.size, LOG_RECORD_SIZE);

		if (n > 0)
			log.size += (size_t)n;
		/* EPIPE: the kernel has overwritten the next record. */
		else if (!n || (errno != EINTR && errno != EPIPE))
			break;
	}
	buffer_append(&log, "", 1);
	loaded->log.data = log.data;
	loaded->log.size = log.size;
	return log.failed ? error_nomem() : NULL;
}

static struct rebtf_error *loaded_open_kernel(struct rebtf_loaded *loaded)
{
	_cleanup_free_ char *path = text_join(loaded->root, "/sys/kernel/btf/vmlinux");
	struct rebtf_error *err;

	if (!path)
		return error_nomem();
	err = rebtf_kernel_open(path, NULL, &loaded->btf);
	if (!err || err->code != REBTF_ERR_IO || err->errnum != ENOENT)
		return err;
	rebtf_error_free(err);
	return NULL;
}

static struct rebtf_error *loaded_open_loader(struct rebtf_loaded *loaded)
{
	REBTF_OPTIONS(rebtf_loader_options, options, .kernel = loaded->release,
		      .root = *loaded->root ? loaded->root : NULL);
	struct provider *provider;

	TRY(rebtf_loader_open(&options, &loaded->loader));
	TRY(loader_find_facts(loaded->loader));
	TRY(loader_provider(loaded->loader, CARRIER_NAME, strlen(CARRIER_NAME), &provider));
	if (!provider)
		return NULL;
	loaded->carrier = text_join(loaded->root, provider->path);
	return loaded->carrier ? NULL : error_nomem();
}

/* ------------------------------------------------------------------------------------ modules */

static struct rebtf_error *loaded_add(struct rebtf_loaded *loaded, const char *name)
{
	struct rebtf_loaded_module module = {};

	TRY(loaded_own(loaded, strdup(name), &module.name));
	return loaded_modules_append(&loaded->modules, module) ? NULL : error_nomem();
}

/* Adds the module that the directory entry @name is about, if it is loaded. */
static struct rebtf_error *loaded_take(struct rebtf_loaded *loaded, int directory, const char *name)
{
	char initstate[NAME_MAX + sizeof("/initstate")];

	if (*name == '.')
		return NULL;
	snprintf(initstate, sizeof(initstate), "%s/initstate", name);
	if (faccessat(directory, initstate, F_OK, 0))
		return NULL;
	if (strcmp(name, CARRIER_NAME))
		return loaded_add(loaded, name);
	loaded->has_carrier = true;
	return NULL;
}

static int loaded_by_name(const void *a, const void *b)
{
	const struct rebtf_loaded_module *left = a, *right = b;

	return strcmp(left->name, right->name);
}

static struct rebtf_error *loaded_list(struct rebtf_loaded *loaded)
{
	static const char path[] = "/sys/module";
	int fd = loaded_open_file(loaded, path);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	struct rebtf_error *err = NULL;

	if (!dir) {
		err = error_at(error_io(errno, "cannot read"), path, NULL);
		if (fd >= 0)
			close(fd);
		return err;
	}
	while (!err) {
		errno = 0;
		entry = readdir(dir);
		if (!entry)
			break;
		err = loaded_take(loaded, dirfd(dir), entry->d_name);
	}
	if (!err && errno)
		err = error_at(error_io(errno, "cannot read"), path, NULL);
	closedir(dir);
	if (!err && loaded->modules.count)
		qsort(loaded->modules.items, loaded->modules.count, sizeof(*loaded->modules.items),
		      loaded_by_name);
	return err;
}

static void loaded_count_users(const struct rebtf_loaded *loaded,
			       struct rebtf_loaded_module *module)
{
	char path[NAME_MAX + sizeof("/sys/module//refcnt")], count[16];

	snprintf(path, sizeof(path), "/sys/module/%s/refcnt", module->name);
	loaded_read_line(loaded, path, count, sizeof(count));
	module->users = (uint32_t)strtoul(count, NULL, 10);
}

/* Whether the kernel shows BTF of the module. */
static bool loaded_is_shown(const struct rebtf_loaded *loaded, const char *name)
{
	char path[NAME_MAX + sizeof("/sys/kernel/btf/")];
	_cleanup_close_ int fd = -1;

	snprintf(path, sizeof(path), "/sys/kernel/btf/%s", name);
	fd = loaded_open_file(loaded, path);
	return fd >= 0 || errno == EACCES;
}

static struct rebtf_error *loaded_judge_all(struct rebtf_loaded *loaded)
{
	for (size_t i = 0; i < loaded->modules.count; i++) {
		struct rebtf_loaded_module *module = &loaded->modules.items[i];

		if (loaded_is_shown(loaded, module->name))
			TRY(loaded_judge_shown(loaded, module));
		else
			TRY(loaded_judge(loaded, module));
		if (module->state != REBTF_LOADED_WITH_BTF)
			loaded_count_users(loaded, module);
	}
	return NULL;
}

/* -------------------------------------------------------------------------------------- opening */

static struct rebtf_error *loaded_fill(struct rebtf_loaded *loaded)
{
	TRY(loaded_find_release(loaded));
	TRY(loaded_open_kernel(loaded));
	TRY(loaded_open_loader(loaded));
	TRY(loaded_read_log(loaded));
	TRY(loaded_list(loaded));
	return loaded_judge_all(loaded);
}

struct rebtf_error *rebtf_loaded_open(const struct rebtf_loaded_options *options,
				      struct rebtf_loaded **loaded)
{
	struct rebtf_loaded_options all;
	struct rebtf_loaded *new_loaded;
	struct rebtf_error *err;
	size_t length;

	TRY(OPTIONS_COPY(rebtf_loaded_options, &all, options));
	new_loaded = calloc(1, sizeof(*new_loaded));
	if (!new_loaded)
		return error_nomem();
	length = all.root ? strlen(all.root) : 0;
	while (length && all.root[length - 1] == '/')
		length--;
	new_loaded->root = strndup(all.root ?: "", length);
	new_loaded->cache_dir = all.cache_dir;
	err = new_loaded->root ? loaded_fill(new_loaded) : error_nomem();
	if (err) {
		rebtf_loaded_free(new_loaded);
		return err;
	}
	*loaded = new_loaded;
	return NULL;
}

const char *rebtf_loaded_release(const struct rebtf_loaded *loaded)
{
	return loaded->release;
}

const char *rebtf_loaded_carrier(const struct rebtf_loaded *loaded)
{
	return loaded->carrier;
}

bool rebtf_loaded_has_carrier(const struct rebtf_loaded *loaded)
{
	return loaded->has_carrier;
}

size_t rebtf_loaded_count(const struct rebtf_loaded *loaded)
{
	return loaded->modules.count;
}

const struct rebtf_loaded_module *rebtf_loaded_at(const struct rebtf_loaded *loaded, size_t index)
{
	return index < loaded->modules.count ? &loaded->modules.items[index] : NULL;
}
