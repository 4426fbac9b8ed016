/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Opens a kernel's BTF by any name that the caller has: no name (the running kernel), a path, or a
 * release.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include "module/kernel.h"
#include "util/cleanup.h"
#include "util/file.h"
#include "util/options.h"
#include "util/text.h"

static struct rebtf_error *kernel_open_path(const char *path, const char *cache,
					    struct image_btf *found)
{
	_cleanup_close_ int fd = -1;

	TRY(file_open(path, &fd));
	return kernel_file_open(fd, path, cache, found);
}

static bool is_running(const char *release)
{
	struct utsname running;

	return !uname(&running) && !strcmp(release, running.release);
}

/*
 * Releases start with a version number and contain no slash. A name that looks like a file name is
 * never tried as a release, so the error is just the missing file.
 */
static bool looks_like_path(const char *where)
{
	static const char *const endings[] = { ".btf", ".ko", ".xz",  ".zst", ".gz", ".lz4",
					       ".bz2", ".o",  ".elf", ".efi", ".img" };
	static const char *const starts[] = { "vmlinu", "bzImage", "Image", "uImage", "zImage" };

	if (*where == '.' || strchr(where, '/'))
		return true;
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		if (text_ends_in(where, endings[i]))
			return true;
	}
	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		if (!strncmp(where, starts[i], strlen(starts[i])))
			return true;
	}
	return false;
}

/* /lib/modules has a directory of each release's name. */
bool kernel_is_path(const char *where)
{
	struct stat st;

	return looks_like_path(where) || (!stat(where, &st) && !S_ISDIR(st.st_mode));
}

static struct rebtf_error *find_installed(const char *release,
					  const struct rebtf_kernel_options *options,
					  const struct stat *own, struct image_btf *found)
{
	bool running = !options->root && is_running(release);

	if (!*release || strchr(release, '/'))
		return error_at(error_new(REBTF_ERR_ARGUMENT, "not a kernel release"), release,
				NULL);
	return kernel_open_release(options->root ?: "", release,
				   running ? KERNEL_INSTALLED_RUNNING : KERNEL_INSTALLED,
				   options->cache_dir, own, found);
}

struct rebtf_error *kernel_find(const char *where, const struct rebtf_kernel_options *options,
				const struct stat *own, struct image_btf *found)
{
	struct utsname running;

	if (options->has_fd)
		return kernel_file_open(options->fd, where ?: "kernel", options->cache_dir, found);
	if (where && options->installed)
		return find_installed(where, options, own, found);
	if (where && kernel_is_path(where))
		return kernel_open_path(where, options->cache_dir, found);
	if (!where)
		where = uname(&running) ? "" : running.release;
	return kernel_open_release("", where, is_running(where) ? KERNEL_RUNNING : KERNEL_ANY,
				   options->cache_dir, own, found);
}

struct rebtf_error *rebtf_kernel_open(const char *where, const struct rebtf_kernel_options *options,
				      struct rebtf_btf **btf)
{
	_cleanup_image_btf_ struct image_btf found = {};
	struct rebtf_kernel_options all;

	TRY(OPTIONS_COPY(rebtf_kernel_options, &all, options));
	TRY(kernel_find(where, &all, NULL, &found));
	*btf = take_ptr(&found.btf);
	return NULL;
}
