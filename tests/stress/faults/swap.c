/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Runs a program and stops it before chosen system calls, to run commands at those moments:
 *
 *     swap NUMBER COMMAND NUMBER COMMAND PROGRAM [ARGUMENT...]
 *
 * Before the NUMBER-th system call of the program (0: never), a shell runs COMMAND. The count
 * starts when main() asks whether standard output is a terminal, which is its first call. The calls
 * are written to the file descriptor $CALLS_TO, a letter each: N if the call looks up a name, M if
 * that name is $MARK, else a dot. The exit status is the program's, or 99 after an error.
 */
#define _GNU_SOURCE
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

struct moment {
	long number;
	const char *command;
};

static void give_up(const char *what)
{
	perror(what);
	exit(99);
}

/* Whether the stopped program is about to make a system call. Sets @info to that call. */
static bool is_entry(pid_t pid, struct __ptrace_syscall_info *info)
{
	if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(*info), info) <= 0)
		give_up("swap: PTRACE_GET_SYSCALL_INFO");
	return info->op == PTRACE_SYSCALL_INFO_ENTRY;
}

/*
 * Whether a call looks up a name. All other calls use descriptors, which a change of names does not
 * affect.
 */
static bool looks_up(unsigned long long number)
{
	static const long calls[] = {
		SYS_openat,
#ifdef SYS_openat2
		SYS_openat2,
#endif
		SYS_newfstatat, SYS_statx,	SYS_linkat,    SYS_renameat2, SYS_unlinkat,
		SYS_mkdirat,	SYS_readlinkat, SYS_faccessat,
#ifdef SYS_faccessat2
		SYS_faccessat2,
#endif
#ifdef SYS_open
		SYS_open,	SYS_stat,	SYS_lstat,     SYS_access,    SYS_readlink,
		SYS_mkdir,	SYS_rename,	SYS_unlink,    SYS_link,
#endif
	};

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		if ((unsigned long long)calls[i] == number)
			return true;
	}
	return false;
}

/*
 * Whether a call is about the name in $MARK. In calls that open or examine a file the name is the
 * second argument.
 */
static bool is_marked(pid_t pid, const struct __ptrace_syscall_info *info)
{
	const char *mark = getenv("MARK");
	char path[4096] = "";
	struct iovec here = { path, sizeof(path) - 1 };
	struct iovec there = { (void *)info->entry.args[1], sizeof(path) - 1 };
	const char *slash;

	/* Reads as much as possible: the memory behind the name may be unmapped. */
	if (!mark || (info->entry.nr != SYS_openat && info->entry.nr != SYS_newfstatat))
		return false;
	for (size_t size = sizeof(path) - 1; size; size /= 2) {
		here.iov_len = there.iov_len = size;
		if (process_vm_readv(pid, &here, 1, &there, 1, 0) > 0)
			break;
	}
	slash = strrchr(path, '/');
	return !strcmp(slash ? slash + 1 : path, mark);
}

static char letter(pid_t pid, const struct __ptrace_syscall_info *info)
{
	if (!looks_up(info->entry.nr))
		return '.';
	return is_marked(pid, info) ? 'M' : 'N';
}

static void happen(const char *command)
{
	if (system(command))
		give_up("swap: the command");
}

/* Follows @pid from call to call until it ends, and returns its wait status. */
static int trace(pid_t pid, const struct moment *moments, int calls)
{
	long count = 0;
	bool started = false;
	int status, signal = 0;

	for (;;) {
		struct __ptrace_syscall_info info;

		if (ptrace(PTRACE_SYSCALL, pid, NULL, (void *)(long)signal) ||
		    waitpid(pid, &status, 0) != pid)
			give_up("swap: ptrace");
		if (WIFEXITED(status) || WIFSIGNALED(status))
			return status;
		signal = WSTOPSIG(status);
		if (signal != (SIGTRAP | 0x80)) {
			signal = signal == SIGTRAP ? 0 : signal;
			continue;
		}
		signal = 0;
		if (!is_entry(pid, &info))
			continue;
		started = started || (info.entry.nr == SYS_ioctl && info.entry.args[0] == 1);
		if (!started)
			continue;
		count++;
		if (calls >= 0)
			dprintf(calls, "%c", letter(pid, &info));
		for (int i = 0; i < 2; i++) {
			if (moments[i].number == count)
				happen(moments[i].command);
		}
	}
}

int main(int argc, char **argv)
{
	struct moment moments[2];
	const char *calls = getenv("CALLS_TO");
	int status;
	pid_t pid;

	if (argc < 6)
		return 99;
	for (int i = 0; i < 2; i++)
		moments[i] = (struct moment){ atol(argv[1 + 2 * i]), argv[2 + 2 * i] };
	pid = fork();
	if (!pid) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		execv(argv[5], argv + 5);
		give_up(argv[5]);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status) ||
	    ptrace(PTRACE_SETOPTIONS, pid, NULL,
		   (void *)(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL)))
		give_up("swap: cannot trace");
	status = trace(pid, moments, calls ? atoi(calls) : -1);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
