/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Loads the BPF programs in traced.bpf.o, attaches them, runs the functions that they trace, and
 * checks their results: attach FILE.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "traced.h"

static _Noreturn void die(const char *action)
{
	fprintf(stderr, "%s: %s\n", action, strerror(errno));
	exit(1);
}

/* The map with the variables of the programs. */
static struct bpf_map *variables(const struct bpf_object *object)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, object)
	{
		if (strstr(bpf_map__name(map), ".bss"))
			return map;
	}
	errno = ENOENT;
	die(".bss");
}

static void attach(const struct bpf_object *object)
{
	struct bpf_program *program;

	bpf_object__for_each_program(program, object)
	{
		if (bpf_program__type(program) == BPF_PROG_TYPE_TRACING &&
		    !bpf_program__attach(program))
			die(bpf_program__name(program));
	}
}

static void fork_once(void)
{
	pid_t child = fork();

	if (child < 0)
		die("fork");
	if (!child)
		_exit(0);
	if (waitpid(child, NULL, 0) != child)
		die("waitpid");
}

static bool is_as_expected(const char *value, unsigned long long found, unsigned long long expected)
{
	printf("%s: %llu, expected %llu\n", value, found, expected);
	return found == expected;
}

int main(int argc, char **argv)
{
	struct bpf_test_run_opts options = { .sz = sizeof(options) };
	struct traced traced = { .process = getpid() };
	const struct bpf_program *call_sum;
	struct bpf_object *object;
	int first = 0;
	bool passed;

	if (argc != 2) {
		fprintf(stderr, "usage: attach FILE\n");
		return 2;
	}
	libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
	object = bpf_object__open_file(argv[1], NULL);
	if (!object)
		die(argv[1]);
	if (bpf_map__set_initial_value(variables(object), &traced, sizeof(traced)))
		die(".bss");
	if (bpf_object__load(object))
		die("bpf_object__load");
	attach(object);
	fork_once();
	call_sum = bpf_object__find_program_by_name(object, "call_sum");
	if (bpf_prog_test_run_opts(bpf_program__fd(call_sum), &options))
		die("bpf_prog_test_run_opts");
	if (bpf_map__lookup_elem(variables(object), &first, sizeof(first), &traced, sizeof(traced),
				 0))
		die("bpf_map__lookup_elem");
	passed = is_as_expected("clones", (unsigned int)traced.clones, 1);
	passed &= is_as_expected("exit signal", (unsigned int)traced.exit_signal, SIGCHLD);
	passed &= is_as_expected("keys", (unsigned int)traced.keys, 1);
	/* The module adds the value of its own variable. */
	passed &= is_as_expected("sum", traced.sum, 1000 + 230 + 3);
	passed &= is_as_expected("arguments", traced.arguments, 1000 + 230);
	return passed ? 0 : 1;
}
