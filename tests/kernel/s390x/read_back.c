/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Compares modules that rebtf wrote, as read by libbpf:
 *
 *	read_back BASE DIR OTHER_DIR < NAMES
 *
 * Reads each module from DIR and from OTHER_DIR, over BASE. Both must be the same, type by type. If
 * a module has a .BTF.base, libbpf relocates it onto BASE as it reads it. With distilled modules in
 * DIR, and rebtf's relocated ones in OTHER_DIR, this shows whether both relocations have the same
 * result. With "-" as BASE each module is standalone. Exit status: 0 no differences, 1 differences,
 * 2 failure.
 */
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../peers/distro/same.h"

/* libbpf reports only by errno why it rejects a file. */
static struct btf *read_module(const char *dir, const char *name, struct btf *base)
{
	char path[PATH_MAX];
	struct btf *btf;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	btf = btf__parse_split(path, base);
	if (!btf)
		printf("%s: libbpf does not take it: %s\n", path, strerror(errno));
	return btf;
}

static bool is_big_endian(const struct btf *btf)
{
	return btf__endianness(btf) == BTF_BIG_ENDIAN;
}

int main(int argc, char **argv)
{
	size_t modules = 0, types = 0, failed = 0;
	struct btf *base = NULL;
	char name[PATH_MAX];

	if (argc != 4) {
		fprintf(stderr, "usage: read_back BASE DIR OTHER_DIR < NAMES\n");
		return 2;
	}
	libbpf_set_print(NULL);
	if (strcmp(argv[1], "-")) {
		base = btf__parse_raw(argv[1]);
		if (!base) {
			fprintf(stderr, "read_back: %s: %s\n", argv[1], strerror(errno));
			return 2;
		}
	}
	while (fgets(name, sizeof(name), stdin)) {
		char why[256] = "libbpf does not take both";
		struct btf *one, *other;

		name[strcspn(name, "\n")] = '\0';
		one = read_module(argv[2], name, base);
		other = read_module(argv[3], name, base);
		if (!one || !other || !same_btf(one, other, why, sizeof(why))) {
			printf("%s: %s\n", name, why);
			failed++;
		} else if (!is_big_endian(one)) {
			printf("%s: is not big-endian\n", name);
			failed++;
		} else {
			types += btf__type_cnt(one) - (base ? btf__type_cnt(base) : 1);
		}
		modules++;
		btf__free(one);
		btf__free(other);
	}
	btf__free(base);
	printf("%zu modules, %zu types, %zu differences\n", modules, types, failed);
	return failed || !modules;
}
