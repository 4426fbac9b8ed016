/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Loads each program of an object on its own, in a guest: context PROGRAM. Prints a line for each:
 * "NAME loads" or "NAME fails".
 */
#include <bpf/libbpf.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Loads the program with number @wanted. Returns false if there is none. */
static bool load_one(const char *path, int wanted)
{
	struct bpf_object *object = bpf_object__open_file(path, NULL);
	struct bpf_program *program, *one = NULL;
	int number = 0;

	if (!object)
		return false;
	bpf_object__for_each_program(program, object)
	{
		bpf_program__set_autoload(program, number == wanted);
		one = number++ == wanted ? program : one;
	}
	if (one)
		printf("%s %s\n", bpf_program__name(one),
		       bpf_object__load(object) ? "fails" : "loads");
	bpf_object__close(object);
	return one;
}

int main(int argc, char **argv)
{
	int number = 0;

	while (argc > 1 && load_one(argv[1], number))
		number++;
	return !number;
}
