/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Compares the libraries of libbpf and rebtf in one process. It reads all modules' BTF into memory
 * first. Each repetition then gives the same work to both libraries, one after the other, on a
 * single thread.
 *
 *	micro OLD_BASE NEW_BASE DIR REPETITIONS < NAMES
 *
 * Prints a line for each figure: its name, and the median microseconds per module of libbpf and of
 * rebtf. "whole" figures start from bytes and end in bytes. The other figures cover only the one
 * call on open objects.
 */
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "rebtf.h"

enum figure {
	OPEN_SPLIT,
	DISTILL,
	DISTILL_WHOLE,
	OPEN_PAIR,
	RELOCATE,
	RELOCATE_WHOLE,
	FIGURES,
};

static const char *const figure_names[FIGURES] = {
	[OPEN_SPLIT] = "open split", [DISTILL] = "distill",   [DISTILL_WHOLE] = "distill whole",
	[OPEN_PAIR] = "open pair",   [RELOCATE] = "relocate", [RELOCATE_WHOLE] = "relocate whole",
};

enum side { LIBBPF, REBTF, SIDES };

struct bytes {
	void *data;
	size_t size;
};

/* One module: as shipped, and distilled by libbpf, which serves as input for both libraries. */
struct input {
	struct bytes split;
	struct bytes distilled_base;
	struct bytes distilled_split;
};

static __attribute__((noreturn)) void die(const char *what, const char *why)
{
	fprintf(stderr, "micro: %s: %s\n", what, why);
	exit(2);
}

static void must(struct rebtf_error *err)
{
	if (err)
		die("rebtf", rebtf_error_text(err));
}

/* Returns true for a mismatch, which is a valid result. Any other error ends the program. */
static bool is_mismatch(struct rebtf_error *err)
{
	if (!err)
		return false;
	if (rebtf_error_code(err) != REBTF_ERR_MISMATCH)
		must(err);
	rebtf_error_free(err);
	return true;
}

static double now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e6 + t.tv_nsec / 1e3;
}

static struct bytes read_file(const char *path)
{
	struct bytes b = { 0 };
	FILE *file = fopen(path, "r");

	if (!file || fseek(file, 0, SEEK_END))
		die(path, "cannot be read");
	b.size = ftell(file);
	b.data = malloc(b.size + 1);
	rewind(file);
	if (!b.data || fread(b.data, 1, b.size, file) != b.size)
		die(path, "cannot be read");
	fclose(file);
	return b;
}

static struct bytes copy_of(const struct btf *btf)
{
	struct bytes b;
	uint32_t size;
	const void *data = btf__raw_data(btf, &size);

	b.size = size;
	b.data = malloc(size);
	if (!data || !b.data)
		die("btf__raw_data", "failed");
	memcpy(b.data, data, size);
	return b;
}

static void distill_libbpf(const struct input *in, struct btf *base, double *us, struct input *keep)
{
	struct btf *split, *distilled_base, *new_split;
	double start = now_us(), opened, done;
	uint32_t size;

	split = btf__new_split(in->split.data, in->split.size, base);
	if (!split)
		die("btf__new_split", "failed");
	opened = now_us();
	if (btf__distill_base(split, &distilled_base, &new_split))
		die("btf__distill_base", "failed");
	done = now_us();
	btf__raw_data(distilled_base, &size);
	btf__raw_data(new_split, &size);
	us[OPEN_SPLIT] += opened - start;
	us[DISTILL] += done - opened;
	us[DISTILL_WHOLE] += now_us() - start;
	if (keep) {
		keep->distilled_base = copy_of(distilled_base);
		keep->distilled_split = copy_of(new_split);
	}
	btf__free(new_split);
	btf__free(distilled_base);
	btf__free(split);
}

static void distill_rebtf(const struct input *in, struct rebtf_btf *base, double *us)
{
	struct rebtf_btf *split, *distilled_base, *new_split;
	double start = now_us(), opened, done;
	struct bytes a, b;

	must(rebtf_btf_open_mem(in->split.data, in->split.size, NULL, base, &split));
	opened = now_us();
	must(rebtf_distill(split, &distilled_base, &new_split));
	done = now_us();
	must(rebtf_btf_write(distilled_base, NULL, &a.data, &a.size));
	must(rebtf_btf_write(new_split, NULL, &b.data, &b.size));
	us[OPEN_SPLIT] += opened - start;
	us[DISTILL] += done - opened;
	us[DISTILL_WHOLE] += now_us() - start;
	free(a.data);
	free(b.data);
	rebtf_btf_unref(new_split);
	rebtf_btf_unref(distilled_base);
	rebtf_btf_unref(split);
}

static bool relocate_libbpf(const struct input *in, struct btf *base, double *us)
{
	struct btf *split, *distilled_base;
	double start = now_us(), opened, done;
	uint32_t size;
	bool fits;

	distilled_base = btf__new(in->distilled_base.data, in->distilled_base.size);
	split = btf__new_split(in->distilled_split.data, in->distilled_split.size, distilled_base);
	if (!split)
		die("btf__new_split", "failed");
	opened = now_us();
	fits = !btf__relocate(split, base);
	done = now_us();
	if (fits)
		btf__raw_data(split, &size);
	us[OPEN_PAIR] += opened - start;
	us[RELOCATE] += done - opened;
	us[RELOCATE_WHOLE] += now_us() - start;
	btf__free(split);
	btf__free(distilled_base);
	return fits;
}

static bool relocate_rebtf(const struct input *in, struct rebtf_btf *base, double *us)
{
	struct rebtf_btf *split, *distilled_base, *relocated = NULL;
	double start = now_us(), opened, done;
	struct bytes out = { 0 };
	bool fits;

	must(rebtf_btf_open_mem(in->distilled_base.data, in->distilled_base.size, NULL, NULL,
				&distilled_base));
	must(rebtf_btf_open_mem(in->distilled_split.data, in->distilled_split.size, NULL,
				distilled_base, &split));
	opened = now_us();
	fits = !is_mismatch(rebtf_relocate(split, base, NULL, &relocated));
	done = now_us();
	if (fits)
		must(rebtf_btf_write(relocated, NULL, &out.data, &out.size));
	us[OPEN_PAIR] += opened - start;
	us[RELOCATE] += done - opened;
	us[RELOCATE_WHOLE] += now_us() - start;
	free(out.data);
	rebtf_btf_unref(relocated);
	rebtf_btf_unref(split);
	rebtf_btf_unref(distilled_base);
	return fits;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *values, size_t count)
{
	qsort(values, count, sizeof(*values), by_value);
	return (values[(count - 1) / 2] + values[count / 2]) / 2;
}

static struct input *read_inputs(const char *dir, size_t *count)
{
	struct input *in = NULL;
	char name[PATH_MAX], path[2 * PATH_MAX];
	size_t n = 0;

	while (fgets(name, sizeof(name), stdin)) {
		name[strcspn(name, "\n")] = '\0';
		snprintf(path, sizeof(path), "%s/%s", dir, name);
		in = realloc(in, (n + 1) * sizeof(*in));
		if (!in)
			die("realloc", "out of memory");
		memset(&in[n], 0, sizeof(*in));
		in[n++].split = read_file(path);
	}
	*count = n;
	return in;
}

static int no_print(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	(void)format;
	(void)args;
	return 0;
}

/*
 * Times opening a base, which each library validates in its own way. rebtf also builds the name
 * index, once per batch.
 */
static void open_bases(const char *path, int repetitions)
{
	double *us[SIDES], start;
	struct btf *theirs;
	struct rebtf_btf *ours;
	struct bytes raw = read_file(path);

	for (int side = 0; side < SIDES; side++)
		us[side] = calloc(repetitions, sizeof(double));
	for (int i = 0; i < repetitions; i++) {
		start = now_us();
		theirs = btf__new(raw.data, raw.size);
		us[LIBBPF][i] = now_us() - start;
		btf__free(theirs);
		start = now_us();
		must(rebtf_btf_open_mem(raw.data, raw.size, path, NULL, &ours));
		us[REBTF][i] = now_us() - start;
		rebtf_btf_unref(ours);
	}
	printf("open base\t%.3f\t%.3f\n", median(us[LIBBPF], repetitions),
	       median(us[REBTF], repetitions));
	for (int side = 0; side < SIDES; side++)
		free(us[side]);
	free(raw.data);
}

int main(int argc, char **argv)
{
	struct btf *old_theirs, *new_theirs;
	struct rebtf_btf *old_ours, *new_ours;
	double(*us[SIDES])[FIGURES], *sorted;
	size_t count, fit[SIDES] = { 0 };
	struct input *in;
	int repetitions;

	if (argc != 5 || (repetitions = atoi(argv[4])) < 1) {
		fprintf(stderr, "usage: micro OLD_BASE NEW_BASE DIR REPETITIONS < NAMES\n");
		return 2;
	}
	libbpf_set_print(no_print);
	open_bases(argv[2], 11);
	old_theirs = btf__parse_raw(argv[1]);
	new_theirs = btf__parse_raw(argv[2]);
	if (!old_theirs || !new_theirs)
		die(argv[1], "libbpf cannot open it, or the next");
	must(rebtf_btf_open(argv[1], NULL, &old_ours));
	must(rebtf_btf_open(argv[2], NULL, &new_ours));
	in = read_inputs(argv[3], &count);
	if (!count)
		die(argv[3], "no module");
	sorted = calloc(repetitions, sizeof(*sorted));
	for (int side = 0; side < SIDES; side++)
		us[side] = calloc(repetitions, sizeof(*us[side]));

	for (int r = 0; r < repetitions; r++) {
		for (size_t i = 0; i < count; i++)
			distill_libbpf(&in[i], old_theirs, us[LIBBPF][r], r ? NULL : &in[i]);
		for (size_t i = 0; i < count; i++)
			distill_rebtf(&in[i], old_ours, us[REBTF][r]);
		for (size_t i = 0; i < count; i++)
			fit[LIBBPF] += relocate_libbpf(&in[i], new_theirs, us[LIBBPF][r]);
		for (size_t i = 0; i < count; i++)
			fit[REBTF] += relocate_rebtf(&in[i], new_ours, us[REBTF][r]);
	}
	for (int f = 0; f < FIGURES; f++) {
		printf("%s", figure_names[f]);
		for (int side = 0; side < SIDES; side++) {
			for (int r = 0; r < repetitions; r++)
				sorted[r] = us[side][r][f] / count;
			printf("\t%.3f", median(sorted, repetitions));
		}
		printf("\n");
	}
	printf("modules\t%zu\t%zu\n", count, count);
	printf("fit\t%zu\t%zu\n", fit[LIBBPF] / repetitions, fit[REBTF] / repetitions);
	return 0;
}
