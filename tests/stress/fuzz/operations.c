/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Fuzz target: all operations of the library (../operations.h). The input is four files, each after
 * its length: a base, BTF split from it, the base of a later kernel, and a module or any other file
 * with BTF. Errors must have a text, and BTF that an operation makes must open again.
 */
#include "../operations.h"

#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "modules.h"
#include "mutate.h"

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	mutate_start(seed);
	return mutate_files(data, size, max_size, 4);
}

/* -------------------------------------------------------------------------------------- output */

static char directory[64];

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static void remove_directory(void)
{
	nftw(directory, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

/* Each input starts with an empty directory. */
static void make_directory(void)
{
	char out[80];

	if (!*directory) {
		snprintf(directory, sizeof(directory), "/dev/shm/rebtf-operations-%d", getpid());
		atexit(remove_directory);
	}
	remove_directory();
	snprintf(out, sizeof(out), "%s/.out", directory);
	if (mkdir(directory, 0700) || mkdir(out, 0777))
		fail("no directory to write to");
}

/* ---------------------------------------------------------------------------------- operations */

/* The results must be readable, and the BTF must open again. Reading all of it is enough. */
static void look_at_results(const struct results *r)
{
	for (int i = 0; i < 3; i++) {
		if (r->btf[i])
			must_reopen(r->btf[i], NULL);
	}
}

static void read_bytes(struct results *r, const void *data, size_t size)
{
	const uint8_t *bytes = data;
	uint64_t *sum = r->arg;

	for (size_t i = 0; i < size; i++)
		*sum += bytes[i];
}

static void run_all(const struct world *w)
{
	const struct operation *operation;
	uint64_t sum = 0;

	for (size_t i = 0; (operation = operation_at(i)); i++) {
		struct results results = { .tell = read_bytes, .arg = &sum };

		if (!operation_is_possible(operation, w))
			continue;
		ok(operation->run(w, &results));
		look_at_results(&results);
		results_release(&results);
	}
}

/* ---------------------------------------------------------------------------------- the world */

/* The split BTF in its other forms, as far as it has them. */
static void make_forms(struct world *w)
{
	struct rebtf_btf *distilled_base;

	if (!w->split)
		return;
	if (ok(rebtf_distill_expects(w->split, NULL, &distilled_base, &w->distilled, &w->expects)))
		rebtf_btf_unref(distilled_base);
	ok(rebtf_standalone(w->split, NULL, &w->standalone));
}

static void release(struct world *w)
{
	rebtf_btf_unref(w->standalone);
	rebtf_btf_unref(w->expects);
	rebtf_btf_unref(w->distilled);
	rebtf_btf_unref(w->new_base);
	rebtf_btf_unref(w->split);
	rebtf_btf_unref(w->base);
}

/* @trust: names that the seeds have. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const trust[] = { "device", "sk_buff", "tcp_sock" };
	struct input input = { data, size }, base = next_file(&input), split = next_file(&input);
	struct world w = { .trust = trust, .trust_count = 3, .release = "6.14.0-fuzz" };
	struct input file;
	char out[80];

	ok(rebtf_btf_open_mem(base.data, base.size, "base", NULL, &w.base));
	w.base_data = base.data;
	w.base_size = base.size;
	if (w.base)
		ok(rebtf_btf_open_mem(split.data, split.size, "split", w.base, &w.split));
	w.split_data = split.data;
	w.split_size = split.size;
	w.new_base = next_btf(&input, NULL);
	make_forms(&w);
	make_directory();
	file = next_file(&input);
	/* Without a module, the split BTF is one. */
	w.path = file.size ? file_of(file.data, file.size) : file_of(split.data, split.size);
	snprintf(out, sizeof(out), "%s/x.ko", directory);
	w.out = out;
	w.directory = w.root = w.tree = directory;
	run_all(&w);
	release(&w);
	return 0;
}
