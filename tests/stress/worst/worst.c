/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Checks that no input makes work or memory grow faster than n log n. All functions of the library
 * process shapes that are designed to be slow, each at two sizes, one four times the other. The
 * program compares counts (work.h), so the verdict is the same on any machine. With sizes as
 * arguments it only prints the counts for each.
 */
#include <stdio.h>
#include <stdlib.h>

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

void run_all(const struct operation *operations, size_t count, struct sample *s, struct measured *m)
{
	m->count = count;
	for (size_t i = 0; i < count; i++) {
		m->names[i] = operations[i].name;
		work_start();
		operations[i].run(s);
		m->work[i] = work_done();
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
	bool good = true;

	subject->measure(shape, subject->n, &small);
	subject->measure(shape, subject->n * 4, &large);
	for (size_t i = 0; i < small.count; i++) {
		const struct work *a = &small.work[i], *b = &large.work[i];

		if (!grows_too_fast(a->steps, b->steps, small.size, large.size) &&
		    !grows_too_fast(a->bytes, b->bytes, small.size, large.size))
			continue;
		printf("# %s: %llu steps and %llu bytes of memory for %zu bytes, "
		       "%llu and %llu for %zu\n",
		       small.names[i], (unsigned long long)a->steps, (unsigned long long)a->bytes,
		       small.size, (unsigned long long)b->steps, (unsigned long long)b->bytes,
		       large.size);
		good = false;
	}
	return good;
}

static void show(const struct subject *subject, uint32_t shape, uint32_t n)
{
	static struct measured m;

	subject->measure(shape, n, &m);
	for (size_t i = 0; i < m.count; i++)
		printf("%-40s %7u %9zu bytes  %-26s %11llu steps %11llu bytes\n",
		       subject->shape_name(shape), n, m.size, m.names[i],
		       (unsigned long long)m.work[i].steps, (unsigned long long)m.work[i].bytes);
}

int main(int argc, char **argv)
{
	static const struct subject *const subjects[] = { &btf_subject, &file_subject };
	uint32_t tests = 0;
	bool all_good = true;

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
