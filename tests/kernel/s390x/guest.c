/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The first and only process of a virtual machine. Executes the lines of /plan, and prints the
 * results on the console:
 *
 *	load NAME FLAGS PATH	a module, by finit_module(): "LOAD NAME ERRNO"
 *	same NAME PATH		whether /sys/kernel/btf/NAME has PATH's bytes: "SAME NAME yes", or no
 *	run PROGRAM ARG...	the program's output
 *
 * Then it prints the kernel's own lines about BTF, as "KERNEL ...", and "END".
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_WORDS 16

/* Returns the file's contents, followed by a 0 byte. NULL if it cannot be read. */
static char *read_file(const char *path, size_t *size)
{
	size_t room = 1 << 16;
	char *data = malloc(room);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	*size = 0;
	while (fd >= 0 && (n = read(fd, data + *size, room - *size - 1)) > 0) {
		*size += (size_t)n;
		if (room - *size < 2)
			data = realloc(data, room *= 2);
	}
	if (fd < 0)
		return NULL;
	close(fd);
	data[*size] = '\0';
	return data;
}

/* Loads in a separate process, because a faulty module can kill the process that loads it. */
static void load(const char *name, int flags, const char *path)
{
	pid_t child = fork();
	int status, fd;

	if (!child) {
		fd = open(path, O_RDONLY | O_CLOEXEC);
		_exit(fd < 0 || syscall(SYS_finit_module, fd, "", flags) ? errno : 0);
	}
	waitpid(child, &status, 0);
	printf("LOAD %s %d\n", name, WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}

static void same(const char *name, const char *path)
{
	size_t size, expected_size;
	char *got, *expected, in_sysfs[256];

	snprintf(in_sysfs, sizeof(in_sysfs), "/sys/kernel/btf/%s", name);
	got = read_file(in_sysfs, &size);
	expected = read_file(path, &expected_size);
	if (!got || !expected)
		printf("SAME %s none\n", name);
	else
		printf("SAME %s %s\n", name,
		       size == expected_size && !memcmp(got, expected, size) ? "yes" : "no");
	free(got);
	free(expected);
}

static void run(char *line)
{
	char *words[MAX_WORDS + 1] = { NULL }, *rest = NULL;
	pid_t child;

	for (size_t i = 0; i < MAX_WORDS; i++) {
		words[i] = strtok_r(i ? NULL : line, " ", &rest);
		if (!words[i])
			break;
	}
	child = fork();
	if (!child) {
		execv(words[0], words);
		_exit(127);
	}
	waitpid(child, NULL, 0);
}

static void do_line(char *line)
{
	char name[128], path[256];
	int flags;

	if (sscanf(line, "load %127s %d %255s", name, &flags, path) == 3)
		load(name, flags, path);
	else if (sscanf(line, "same %127s %255s", name, path) == 2)
		same(name, path);
	else if (!strncmp(line, "run ", 4))
		run(line + 4);
}

static void print_kernel_lines(void)
{
	int size = klogctl(10, NULL, 0); /* 10: size of the buffer; 3: reads all of it */
	char *log = malloc((size_t)size + 1), *rest = NULL;

	size = klogctl(3, log, size);
	log[size < 0 ? 0 : size] = '\0';
	for (char *line = strtok_r(log, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		if (strstr(line, " BTF") || strstr(line, "Oops"))
			printf("KERNEL %s\n", line);
	}
}

int main(void)
{
	char *plan, *rest = NULL;
	size_t size;

	setvbuf(stdout, NULL, _IOLBF, 0);
	mkdir("/proc", 0755);
	mkdir("/sys", 0755);
	mkdir("/dev", 0755);
	mount("proc", "/proc", "proc", 0, NULL);
	mount("sysfs", "/sys", "sysfs", 0, NULL);
	mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	plan = read_file("/plan", &size);
	for (char *line = strtok_r(plan, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		do_line(line);
	print_kernel_lines();
	printf("END\n");
	sync();
	sleep(1); /* the console is slow */
	reboot(RB_POWER_OFF);
	return 1;
}
