/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The libbpf program that rebtf is measured against. It distills or relocates a tree of raw BTF,
 * file to file, as a user of libbpf would write it. It opens the base once and does no unnecessary
 * work.
 *
 *	peer distill BASE IN_DIR OUT_DIR < NAMES	IN_DIR/x.btf to OUT_DIR/x.btf and x.btf.base
 *	peer relocate BASE IN_DIR OUT_DIR < NAMES	IN_DIR/x.btf and x.btf.base to OUT_DIR/x.btf
 *
 * NAMES are paths below IN_DIR, one per line. The exit status is 1 if a module failed.
 */
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int no_print(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	(void)format;
	(void)args;
	return 0;
}

static void make_parents(char *path)
{
	char *slash = path;

	while ((slash = strchr(slash + 1, '/'))) {
		*slash = '\0';
		mkdir(path, 0777);
		*slash = '/';
	}
}

static int write_btf(const char *dir, const char *name, const char *suffix, const struct btf *btf)
{
	char path[PATH_MAX];
	uint32_t size;
	const void *data = btf__raw_data(btf, &size);
	FILE *file;

	if (!data ||
	    snprintf(path, sizeof(path), "%s/%s%s", dir, name, suffix) >= (int)sizeof(path))
		return -1;
	file = fopen(path, "w");
	if (!file) {
		make_parents(path);
		file = fopen(path, "w");
	}
	if (!file || fwrite(data, 1, size, file) != size || fclose(file)) {
		perror(path);
		return -1;
	}
	return 0;
}

static int distill(struct btf *base, const char *in, const char *name, const char *out)
{
	struct btf *split, *distilled_base = NULL, *new_split = NULL;
	char path[PATH_MAX];
	int err;

	snprintf(path, sizeof(path), "%s/%s", in, name);
	split = btf__parse_raw_split(path, base);
	if (!split)
		return -1;
	err = btf__distill_base(split, &distilled_base, &new_split);
	if (!err)
		err = write_btf(out, name, "", new_split) |
		      write_btf(out, name, ".base", distilled_base);
	btf__free(new_split);
	btf__free(distilled_base);
	btf__free(split);
	return err;
}

static int relocate(struct btf *base, const char *in, const char *name, const char *out)
{
	struct btf *distilled_base, *split;
	char path[PATH_MAX];
	int err = -1;

	snprintf(path, sizeof(path), "%s/%s.base", in, name);
	distilled_base = btf__parse_raw(path);
	snprintf(path, sizeof(path), "%s/%s", in, name);
	split = distilled_base ? btf__parse_raw_split(path, distilled_base) : NULL;
	if (split)
		err = btf__relocate(split, base);
	if (!err)
		err = write_btf(out, name, "", split);
	btf__free(split);
	btf__free(distilled_base);
	return err;
}

int main(int argc, char **argv)
{
	char name[PATH_MAX];
	struct btf *base;
	int failed = 0;

	if (argc != 5 || (strcmp(argv[1], "distill") && strcmp(argv[1], "relocate"))) {
		fprintf(stderr, "usage: peer distill|relocate BASE IN_DIR OUT_DIR < NAMES\n");
		return 2;
	}
	libbpf_set_print(no_print);
	base = btf__parse_raw(argv[2]);
	if (!base) {
		perror(argv[2]);
		return 2;
	}
	while (fgets(name, sizeof(name), stdin)) {
		name[strcspn(name, "\n")] = '\0';
		if ((argv[1][0] == 'd' ? distill : relocate)(base, argv[3], name, argv[4]))
			failed++;
	}
	btf__free(base);
	return failed ? 1 : 0;
}
