/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * For LD_PRELOAD: runs shell commands at exact moments. $BEFORE_READ runs just before a read of a
 * regular file named $MEANWHILE_FILE, and $AFTER_READ just after it. $BEFORE_SYNC runs before a
 * file is synced, when all input has been read and no file has been replaced. $BEFORE_REMOVE runs
 * before the old file is removed, when the new one has its name. $BEFORE_LINK runs before a new file
 * gets a name.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

ssize_t pread64(int fd, void *data, size_t size, off64_t offset);

static void happen(const char *variable)
{
	const char *command = getenv(variable);
	pid_t child;

	if (!command)
		return;
	child = fork();
	if (!child) {
		unsetenv("LD_PRELOAD");
		execl("/bin/sh", "sh", "-ec", command, NULL);
		_exit(127);
	}
	waitpid(child, NULL, 0);
}

static int is_meant(int fd)
{
	const char *name = getenv("MEANWHILE_FILE"), *slash;
	char link[64], path[PATH_MAX];
	ssize_t length;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	length = readlink(link, path, sizeof(path) - 1);
	if (!name || length < 0)
		return 0;
	path[length] = '\0';
	slash = strrchr(path, '/');
	return slash && !strcmp(slash + 1, name);
}

ssize_t pread64(int fd, void *data, size_t size, off64_t offset)
{
	ssize_t (*real)(int, void *, size_t, off64_t) = dlsym(RTLD_NEXT, "pread64");
	int meant = is_meant(fd);
	ssize_t n;

	if (meant)
		happen("BEFORE_READ");
	n = real(fd, data, size, offset);
	if (meant)
		happen("AFTER_READ");
	return n;
}

int fsync(int fd)
{
	int (*real)(int) = dlsym(RTLD_NEXT, "fsync");

	happen("BEFORE_SYNC");
	return real(fd);
}

int unlinkat(int directory, const char *name, int flags)
{
	int (*real)(int, const char *, int) = dlsym(RTLD_NEXT, "unlinkat");

	happen("BEFORE_REMOVE");
	return real(directory, name, flags);
}

int linkat(int from, const char *path, int directory, const char *name, int flags)
{
	int (*real)(int, const char *, int, const char *, int) = dlsym(RTLD_NEXT, "linkat");

	happen("BEFORE_LINK");
	return real(from, path, directory, name, flags);
}
