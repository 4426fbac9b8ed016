/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Checks that no input makes work or memory grow faster than n log n. All functions of the library
 * process shapes that are designed to be slow, each at two sizes, one four times the other. The
 * program compares counts (work.h), so the verdict is the same on any machine. With sizes as
 * arguments it only prints the counts for each.
 */
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "worst.h"

void must(const char *what, struct rebtf_error *err)
{
	if (!err)
		return;
	fprintf(stderr, "worst: %s: %s\n", what, rebtf_error_text(err));
	exit(2);
}

bool ok(struct rebtf_error *err)
{
	free(err ? rebtf_error_text(err) : NULL);
	rebtf_error_free(err);
	return !err;
}

/* ---------------------------------------------------------------------------------------- files */

/* Output goes here. */
static char directory[] = "/tmp/rebtf-worst-XXXXXX";

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static void remove_directory(void)
{
	nftw(directory, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

/* Each shape starts with an empty directory. */
static void make_directory(void)
{
	char path[64];

	remove_directory();
	snprintf(path, sizeof(path), "%s/.out", directory);
	if (mkdir(directory, 0700) || mkdir(path, 0777)) {
		perror(path);
		exit(2);
	}
}

int add_file(struct world *w, const void *data, size_t size)
{
	int fd = memfd_create("worst", 0);
	static char path[32], out[64];

	make_directory();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	snprintf(out, sizeof(out), "%s/x.ko", directory);
	if (write(fd, data, size) != (ssize_t)size) {
		perror("worst");
		exit(2);
	}
	w->path = path;
	w->out = out;
	w->directory = directory;
	/* An unknown machine. */
	w->root = directory;
	w->release = "6.12.9-worst";
	return fd;
}

/* --------------------------------------------------------------------------------------- measuring */

#define OPERATIONS_MAX 128

struct measured {
	size_t size; /* of the input, in bytes */
	/* By the index of the operation. */
	bool possible[OPERATIONS_MAX];
	struct work work[OPERATIONS_MAX];
};

/* Runs all possible operations, and records each one's cost. */
static void measure(const struct world *w, size_t size, void *arg)
{
	const struct operation *operation;
	struct measured *m = arg;

	m->size = size;
	for (size_t i = 0; (operation = operation_at(i)); i++) {
		struct results results = {};
		struct rebtf_error *err;

		m->possible[i] = operation_is_possible(operation, w);
		if (!m->possible[i])
			continue;
		work_start();
		err = operation->run(w, &results);
		m->work[i] = work_done();
		ok(err);
		results_release(&results);
	}
}

/* In sixteenths, which is precise enough to compare sizes. */
static uint64_t log2_of(uint64_t n)
{
	uint64_t whole = 63 - (uint64_t)__builtin_clzll(n);

	return whole * 16 + ((n >> (whole > 4 ? whole - 4 : 0)) & 15);
}

/*
 * Constant work, and oversized hash tables, may hide or simulate some growth. But n squared grows
 * sixteenfold when n grows fourfold, and n log n less than fivefold.
 */
#define CONSTANT  100000
#define TOLERANCE 3 / 2

static bool grows_too_fast(uint64_t small, uint64_t large, size_t small_size, size_t large_size)
{
	uint64_t n_log_n = small * (large_size * log2_of(large_size) / small_size) /
			   log2_of(small_size);

	return large > CONSTANT + n_log_n * TOLERANCE;
}

static bool judge(const struct subject *subject, uint32_t shape)
{
	static struct measured small, large;
	const struct operation *operation;
	bool good = true;

	subject->with_shape(shape, subject->n, measure, &small);
	subject->with_shape(shape, subject->n * 4, measure, &large);
	for (size_t i = 0; (operation = operation_at(i)); i++) {
		const struct work *a = &small.work[i], *b = &large.work[i];

		if (!small.possible[i] || !large.possible[i])
			continue;
		if (!grows_too_fast(a->steps, b->steps, small.size, large.size) &&
		    !grows_too_fast(a->bytes, b->bytes, small.size, large.size))
			continue;
		printf("# %s: %llu steps and %llu bytes of memory for %zu bytes, "
		       "%llu and %llu for %zu\n",
		       operation->name, (unsigned long long)a->steps, (unsigned long long)a->bytes,
		       small.size, (unsigned long long)b->steps, (unsigned long long)b->bytes,
		       large.size);
		good = false;
	}
	return good;
}

static void show(const struct subject *subject, uint32_t shape, uint32_t n)
{
	const struct operation *operation;
	static struct measured m;

	subject->with_shape(shape, n, measure, &m);
	for (size_t i = 0; (operation = operation_at(i)); i++) {
		if (!m.possible[i])
			continue;
		printf("%-40s %7u %9zu bytes  %-34s %11llu steps %11llu bytes\n",
		       subject->shape_name(shape), n, m.size, operation->name,
		       (unsigned long long)m.work[i].steps, (unsigned long long)m.work[i].bytes);
	}
}

int main(int argc, char **argv)
{
	static const struct subject *const subjects[] = { &btf_subject, &file_subject };
	uint32_t tests = 0;
	bool all_good = true;
	size_t count = 0;

	while (operation_at(count))
		count++;
	if (count > OPERATIONS_MAX || !mkdtemp(directory) || atexit(remove_directory))
		exit(2);
	for (size_t i = 0; i < sizeof(subjects) / sizeof(subjects[0]); i++) {
		for (uint32_t shape = 0; subjects[i]->shape_name(shape); shape++) {
			bool good;

			for (int arg = 1; arg < argc; arg++)
				show(subjects[i], shape, (uint32_t)strtoul(argv[arg], NULL, 0));
			if (argc > 1)
				continue;
			good = judge(subjects[i], shape);
			printf("%sok %u - work grows no faster than n log n: %s\n",
			       good ? "" : "not ", ++tests, subjects[i]->shape_name(shape));
			fflush(stdout);
			all_good &= good;
		}
	}
	if (tests)
		printf("1..%u\n", tests);
	return !all_good;
}
