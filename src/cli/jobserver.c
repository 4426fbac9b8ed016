/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * A token is a byte in a pipe. MAKEFLAGS names the pipe by its two descriptors, or since make 4.4 by
 * a path. A program must give back the bytes that it took.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/jobserver.h"
#include "util/parallel.h"

#define TOKENS_MAX 255

static char tokens[TOKENS_MAX];
static size_t token_count;
static int token_pipe = -1; /* for writing */

/* The last --jobserver-auth counts: a make inside another appends its own. */
static const char *jobserver_argument(void)
{
	static const char *const names[] = { "--jobserver-auth=", "--jobserver-fds=" };
	const char *flags = getenv("MAKEFLAGS"), *found = NULL;

	for (size_t i = 0; flags && !found && i < 2; i++) {
		for (const char *p = flags; (p = strstr(p, names[i]));) {
			p += strlen(names[i]);
			found = p;
		}
	}
	return found;
}

/*
 * Opens the pipe twice. Reading must not wait, and other programs share the descriptors of make, so
 * those must not change.
 */
static bool jobserver_open(int *from, int *to)
{
	const char *argument = jobserver_argument();
	char path[PATH_MAX], other[64];
	int read_fd, write_fd;

	if (!argument)
		return false;
	if (sscanf(argument, "fifo:%4095s", path) == 1) {
		snprintf(other, sizeof(other), "%s", "");
	} else if (sscanf(argument, "%d,%d", &read_fd, &write_fd) == 2 && read_fd >= 0 &&
		   write_fd >= 0) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", read_fd);
		snprintf(other, sizeof(other), "/proc/self/fd/%d", write_fd);
	} else {
		return false;
	}
	*from = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	*to = *from < 0 ? -1 : open(*other ? other : path, O_WRONLY | O_CLOEXEC);
	if (*from >= 0 && *to < 0)
		close(*from);
	return *to >= 0;
}

unsigned int jobserver_take(unsigned int jobs)
{
	size_t wanted = parallel_jobs(jobs, SIZE_MAX);
	ssize_t size;
	int from;

	if (!jobserver_open(&from, &token_pipe))
		return jobs;
	wanted = wanted - 1 < TOKENS_MAX ? wanted - 1 : TOKENS_MAX;
	size = wanted ? read(from, tokens, wanted) : 0;
	token_count = size > 0 ? (size_t)size : 0;
	close(from);
	return (unsigned int)token_count + 1;
}

void jobserver_give_back(void)
{
	size_t at = 0;

	while (at < token_count) {
		ssize_t size = write(token_pipe, tokens + at, token_count - at);

		if (size <= 0)
			break;
		at += (size_t)size;
	}
	token_count = 0;
	if (token_pipe >= 0)
		close(token_pipe);
	token_pipe = -1;
}
