/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Compares CO-RE relocations with libbpf's: oracle KERNEL_BTF PROG.bpf.o...
 *
 * libbpf has no function that only relocates. But it relocates before it loads, and reports each
 * patched instruction to its log. So this program lets libbpf load the object with KERNEL_BTF, ignores
 * whether the kernel accepts it, and compares the log with rebtf's answers: the value of each
 * relocation, which instructions are made invalid, and which relocation libbpf refuses. libbpf stops
 * at the first one that it refuses, so later ones are not compared. libbpf looks for kfuncs in the
 * running kernel before it relocates, so it gets the object with weak symbols for them.
 *
 * Prints a line for each difference, and the number of relocations that agree. Exit status: 0 all
 * agree, 1 some do not, 2 trouble.
 */
#include <bpf/libbpf.h>
#include <elf.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rebtf.h"

/* libbpf's change of an instruction of a program. */
struct patch {
	char program[128];
	unsigned int insn;
	unsigned long long value;
	enum { PATCHED, POISONED, REFUSED } how;
};

static struct patch *patches;
static size_t patch_count, patch_room;

static struct patch *add_patch(const char *program, unsigned int insn, int how)
{
	struct patch *p;

	if (patch_count == patch_room) {
		patch_room = patch_room ? 2 * patch_room : 256;
		patches = realloc(patches, patch_room * sizeof(*patches));
		if (!patches)
			abort();
	}
	p = &patches[patch_count++];
	*p = (struct patch){ .insn = insn, .how = how };
	snprintf(p->program, sizeof(p->program), "%s", program);
	return p;
}

/* "libbpf: prog 'NAME': relo #N: WHAT" */
static void read_log_line(const char *line)
{
	unsigned long long old_value, new_value;
	char program[128], word[32];
	unsigned int relo, insn;
	const char *what;
	int end = 0;

	if (sscanf(line, "libbpf: prog '%127[^']': relo #%u: %n", program, &relo, &end) != 2 ||
	    !end)
		return;
	what = line + end;
	if (sscanf(what, "patched insn #%u (%*[^)]) %31s %llu -> %llu", &insn, word, &old_value,
		   &new_value) == 4) {
		if (strcmp(word, "mem_sz") != 0)
			add_patch(program, insn, PATCHED)->value = new_value;
	} else if (sscanf(what, "substituting insn #%u", &insn) == 1) {
		add_patch(program, insn, POISONED);
	} else if (strstr(what, "ambiguity") || strstr(what, "failed") ||
		   strstr(what, "error matching") || strstr(what, "unexpected") ||
		   strstr(what, "too big") || strstr(what, "anonymous") ||
		   strstr(what, "unrecognized")) {
		add_patch(program, relo, REFUSED);
	}
}

static int read_log(enum libbpf_print_level level, const char *format, va_list args)
{
	char *text;

	(void)level;
	if (vasprintf(&text, format, args) < 0)
		abort();
	read_log_line(text);
	free(text);
	return 0;
}

/* Reads a file of less than 16 MB: malloced. */
static unsigned char *read_file(const char *path, size_t *size)
{
	size_t room = 1 << 24;
	unsigned char *bytes = malloc(room);
	FILE *file = fopen(path, "re");

	if (!file || !bytes)
		abort();
	*size = fread(bytes, 1, room, file);
	fclose(file);
	return bytes;
}

/* Makes all undefined symbols weak. */
static void weaken(unsigned char *image, size_t size)
{
	const Elf64_Ehdr *header = (const void *)image;
	const Elf64_Shdr *sections = (const void *)(image + header->e_shoff);

	if (size < sizeof(*header) || header->e_shoff > size ||
	    header->e_shnum > (size - header->e_shoff) / sizeof(*sections))
		return;
	for (unsigned int i = 0; i < header->e_shnum; i++) {
		Elf64_Sym *symbols = (void *)(image + sections[i].sh_offset);

		if (sections[i].sh_type != SHT_SYMTAB || sections[i].sh_offset > size ||
		    sections[i].sh_size > size - sections[i].sh_offset)
			continue;
		for (size_t j = 1; j < sections[i].sh_size / sizeof(*symbols); j++) {
			if (symbols[j].st_shndx == SHN_UNDEF)
				symbols[j].st_info =
					ELF64_ST_INFO(STB_WEAK, ELF64_ST_TYPE(symbols[j].st_info));
		}
	}
}

static void ask_libbpf(const char *kernel, const char *path)
{
	LIBBPF_OPTS(bpf_object_open_opts, options, .btf_custom_path = kernel,
		    .object_name = "program");
	struct bpf_object *object;
	struct bpf_program *program;
	size_t size;
	unsigned char *image = read_file(path, &size);

	patch_count = 0;
	libbpf_set_print(read_log);
	weaken(image, size);
	object = bpf_object__open_mem(image, size, &options);
	free(image);
	if (!object)
		return;
	bpf_object__for_each_program(program, object) bpf_program__set_autoload(program, true);
	bpf_object__load(object);
	bpf_object__close(object);
}

static const struct patch *find_patch(const struct rebtf_core_answer *a, bool *refused)
{
	const struct patch *found = NULL;

	for (size_t i = 0; i < patch_count; i++) {
		*refused |= patches[i].how == REFUSED;
		/* The second half of a 64-bit constant is reported first. */
		if (!found && patches[i].how != REFUSED && patches[i].insn == a->insn &&
		    !strcmp(patches[i].program, a->function))
			found = &patches[i];
	}
	return found;
}

/* Whether libbpf agrees. *@skipped: it did not get that far. */
static bool agree(const struct rebtf_core_answer *a, bool *skipped)
{
	bool refused = false, poisoned;
	const struct patch *p = find_patch(a, &refused);

	*skipped = false;
	if (a->verdict == REBTF_CORE_AMBIGUOUS || a->verdict == REBTF_CORE_REFUSED)
		return refused;
	if (!p && refused) {
		*skipped = true;
		return true;
	}
	if (!p)
		return false;
	poisoned = a->verdict == REBTF_CORE_SIZE ||
		   (a->verdict == REBTF_CORE_MISSING && (a->fails || a->unreachable));
	if (poisoned || p->how == POISONED)
		return poisoned && p->how == POISONED;
	return p->value == a->new_value;
}

static bool compare(struct rebtf_set *set, const char *kernel, const char *path, size_t *agreed,
		    size_t *skipped)
{
	struct rebtf_program *program;
	struct rebtf_core *core;
	struct rebtf_error *err = rebtf_program_open(path, NULL, &program);
	bool same = true;

	err = err ?: rebtf_core_check(program, set, NULL, &core);
	if (err) {
		printf("%s\n", rebtf_error_text(err));
		return false;
	}
	ask_libbpf(kernel, path);
	for (size_t i = 0; i < rebtf_core_count(core); i++) {
		const struct rebtf_core_answer *a = rebtf_core_at(core, i);
		bool is_skipped;

		if (a->subject != REBTF_CORE_RELOCATION)
			continue;
		if (!agree(a, &is_skipped)) {
			printf("%s: %s, instruction %u: %s of %s: %s, value %llu; libbpf differs\n",
			       path, a->function, a->insn, rebtf_relo_kind_name(a->kind), a->path,
			       rebtf_core_verdict_name(a->verdict),
			       (unsigned long long)a->new_value);
			same = false;
		} else {
			*skipped += is_skipped;
			*agreed += !is_skipped;
		}
	}
	rebtf_core_free(core);
	rebtf_program_free(program);
	return same;
}

int main(int argc, char **argv)
{
	size_t agreed = 0, skipped = 0;
	struct rebtf_error *err;
	struct rebtf_btf *btf;
	struct rebtf_set *set;
	bool same = true;

	if (argc < 3)
		return 2;
	err = rebtf_kernel_open(argv[1], NULL, &btf);
	err = err ?: rebtf_set_open(btf, NULL, 0, NULL, &set);
	if (err) {
		fprintf(stderr, "%s\n", rebtf_error_text(err));
		return 2;
	}
	for (int i = 2; i < argc; i++)
		same &= compare(set, argv[1], argv[i], &agreed, &skipped);
	printf("%zu relocations agree with libbpf %s, %zu after one that libbpf refuses\n", agreed,
	       libbpf_version_string(), skipped);
	rebtf_set_free(set);
	rebtf_btf_unref(btf);
	return same && agreed ? 0 : 1;
}
