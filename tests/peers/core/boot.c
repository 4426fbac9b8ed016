/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Loads and runs boot.bpf.c in a guest: ask PROGRAM [BTF]. With BTF, libbpf takes that instead of the
 * kernel's and its modules'. Prints the answers, and checks those about this process. Exit status: 0
 * they are right, 1 they are not, 2 the program cannot be loaded.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ANSWERS 8

static int read_answers(struct bpf_object *object, long long *answers)
{
	struct bpf_program *program = bpf_object__find_program_by_name(object, "ask");
	struct bpf_map *map = bpf_object__find_map_by_name(object, ".bss");
	LIBBPF_OPTS(bpf_test_run_opts, run);
	unsigned int key = 0;

	if (!program || !map || bpf_prog_test_run_opts(bpf_program__fd(program), &run))
		return -1;
	return bpf_map__lookup_elem(map, &key, sizeof(key), answers, ANSWERS * sizeof(*answers), 0);
}

int main(int argc, char **argv)
{
	LIBBPF_OPTS(bpf_object_open_opts, options, .btf_custom_path = argv[2]);
	struct bpf_object *object = argc > 1 ? bpf_object__open_file(argv[1], &options) : NULL;
	long long answers[ANSWERS] = {};

	if (!object || bpf_object__load(object) || read_answers(object, answers))
		return 2;
	/* The first two answers are the same number for each process: not printed. */
	for (int i = 2; i < ANSWERS; i++)
		printf("%d: %lld\n", i, answers[i]);
	return answers[0] != getpid() || answers[1] != getpid() ||
	       memcmp(&answers[2], "ask", 4) != 0;
}
