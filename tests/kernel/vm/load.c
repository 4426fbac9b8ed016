/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Loads a module with finit_module(), whose flags admit a module that was built for another
 * version: load FLAGS FILE, with 1 for MODULE_INIT_IGNORE_MODVERSIONS, 2 for
 * MODULE_INIT_IGNORE_VERMAGIC, 4 for MODULE_INIT_COMPRESSED_FILE. The file under test stays
 * unchanged.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int fd;

	if (argc != 3) {
		fprintf(stderr, "usage: load FLAGS FILE\n");
		return 2;
	}
	fd = open(argv[2], O_RDONLY | O_CLOEXEC);
	if (fd < 0 || syscall(SYS_finit_module, fd, "", atoi(argv[1]))) {
		fprintf(stderr, "%s: %s\n", argv[2], strerror(errno));
		return 1;
	}
	return 0;
}
