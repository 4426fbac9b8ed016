/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * What libbpf makes of modules that rebtf wrote:
 *
 *	read_back BASE DIR OTHER_DIR < NAMES
 *
 * Each module is read from DIR and from OTHER_DIR, over BASE, and has to be the same there, type by
 * type. A module with a .BTF.base is relocated onto BASE by libbpf, on the way; so distilled modules
 * in DIR, and in OTHER_DIR what rebtf relocated them to, show whether both come to the same. BASE "-":
 * each module is standalone. Exit status: 0 all is well, 1 there are differences, 2 it could not be done.
 */
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../distro/same.h"

/* libbpf says by errno alone why it does not take a file. */
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
