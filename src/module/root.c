/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Opens files below a root directory with openat2(), which resolves links as chroot() would. */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "module/root.h"
#include "util/text.h"

static int open_below(const char *root, const char *path, int flags)
{
	const struct open_how how = {
		.flags = (unsigned int)flags,
		.resolve = RESOLVE_IN_ROOT,
	};
	_cleanup_close_ int directory = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	_cleanup_free_ char *whole = NULL;
	int fd;

	if (directory < 0)
		return -1;
	fd = (int)syscall(SYS_openat2, directory, path, &how, sizeof(how));
	/* Kernels before 5.6, and some sandboxes, do not support openat2(). */
	if (fd >= 0 || (errno != ENOSYS && errno != EPERM))
		return fd;
	whole = text_join(root, path);
	return whole ? open(whole, flags) : -1;
}

static int root_open_with(const char *root, const char *path, int flags)
{
	return *root ? open_below(root, path, flags) : open(path, flags);
}

int root_open(const char *root, const char *path)
{
	int fd = root_open_with(root, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;

	if (fd < 0)
		return -1;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode))
		return fd;
	close(fd);
	errno = ENOENT;
	return -1;
}

int root_open_directory(const char *root, const char *path)
{
	return root_open_with(root, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

struct rebtf_error *root_read(const char *root, const char *path, struct file_bytes *bytes)
{
	_cleanup_close_ int fd = root_open(root, path);

	if (fd < 0)
		return error_at(error_io(errno, "cannot open"), path, NULL);
	return error_at(file_read_fd(fd, path, NULL, bytes), path, NULL);
}
