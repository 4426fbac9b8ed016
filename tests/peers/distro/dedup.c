/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Compares deduplication with libbpf's, type by type, and both in time.
 *
 *	dedup BASE FILE...
 *
 * The raw BTF of all FILEs becomes one BTF, and both libraries deduplicate the same bytes. BASE is
 * the base that they are split from, or - for no base. Standalone FILEs become split BTF.
 *
 * Prints the types that only one of the libraries merged. A variable for each type, which is never
 * merged, tells which type libbpf made of it. The exit status is 1 if only libbpf merged a type.
 */
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "rebtf.h"

#define RUNS  5
#define SHOWN 20

static void must(struct rebtf_error *err)
{
	if (!err)
		return;
	fprintf(stderr, "dedup: %s\n", rebtf_error_text(err));
	exit(2);
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

/* Opens raw BTF over the base, in any form. */
static struct rebtf_btf *open_over(const char *path, struct rebtf_btf *base)
{
	struct rebtf_btf *btf, *split;

	if (!base || rebtf_btf_open(path, NULL, &btf)) {
		must(rebtf_btf_open(path, base, &btf));
		return btf;
	}
	must(rebtf_renumber(btf, base, &split));
	rebtf_btf_unref(btf);
	return split;
}

static struct rebtf_btf *join(struct rebtf_btf *base, char **paths, int count)
{
	struct rebtf_builder *b;
	struct rebtf_btf *joined;

	must(rebtf_builder_new(base, &b));
	for (int i = 0; i < count; i++) {
		struct rebtf_btf *btf = open_over(paths[i], base);
		uint32_t end = rebtf_btf_type_count(btf), start = rebtf_btf_start_id(btf);
		uint32_t first = rebtf_builder_next_id(b);
		uint32_t *map = malloc(end * sizeof(*map));

		for (uint32_t id = 0; id < end; id++)
			map[id] = id < start ? id : id - start + first;
		for (uint32_t id = start; id < end; id++)
			rebtf_builder_copy(b, btf, id, map);
		free(map);
		rebtf_btf_unref(btf);
	}
	must(rebtf_builder_finish(b, &joined));
	return joined;
}

/* The id that libbpf gives to each own type, by number. The last types are the variables. */
static uint32_t *libbpf_map(const struct btf *btf, uint32_t count)
{
	uint32_t *map = malloc(count * sizeof(*map)), end = btf__type_cnt(btf);

	for (uint32_t i = 0; i < count; i++)
		map[i] = btf__type_by_id(btf, end - count + i)->type;
	return map;
}

static void show(const char *who, const struct rebtf_btf *btf, uint32_t a, uint32_t b)
{
	const struct rebtf_type *t = rebtf_btf_type(btf, b);

	printf("# only %s merges [%u] and [%u] %s '%s'\n", who, a, b,
	       rebtf_kind_name(rebtf_type_kind(t)), rebtf_btf_type_name(btf, t));
}

/* Counts the types that @map, but not @other, makes one with an earlier type. */
static uint32_t count_merged(const char *who, const struct rebtf_btf *btf, const uint32_t *map,
			     const uint32_t *other)
{
	uint32_t start = rebtf_btf_start_id(btf), count = rebtf_btf_type_count(btf) - start;
	uint32_t *first = calloc((size_t)start + count + 1, sizeof(*first)), merged = 0;

	for (uint32_t i = 0; i < count; i++) {
		uint32_t *known = &first[map[i]];

		if (!*known)
			*known = i + 1;
		else if (other[*known - 1] != other[i] && merged++ < SHOWN)
			show(who, btf, start + *known - 1, start + i);
		if (map[i] < start && other[i] != map[i] && merged++ < SHOWN)
			show(who, btf, map[i], start + i);
	}
	free(first);
	return merged;
}

int main(int argc, char **argv)
{
	struct rebtf_btf *base = NULL, *joined;
	struct btf *peer_base = NULL, *peer;
	double best = 1e9, start, peer_time;
	struct rebtf_dedup *dedup = NULL;
	uint32_t *map, *peer_map, count, only_peer, only_ours;
	size_t size;
	void *data;

	if (argc < 3)
		return 2;
	libbpf_set_print(NULL);
	if (strcmp(argv[1], "-")) {
		must(rebtf_btf_open(argv[1], NULL, &base));
		peer_base = btf__parse(argv[1], NULL);
	}
	joined = join(base, argv + 2, argc - 2);
	count = rebtf_btf_type_count(joined) - rebtf_btf_start_id(joined);
	for (int i = 0; i < RUNS; i++) {
		rebtf_dedup_free(dedup);
		start = now();
		must(rebtf_dedup(joined, NULL, &dedup));
		best = now() - start < best ? now() - start : best;
	}
	map = malloc(count * sizeof(*map));
	for (uint32_t i = 0; i < count; i++)
		map[i] = rebtf_dedup_id(dedup, rebtf_btf_start_id(joined) + i);

	must(rebtf_btf_write(joined, NULL, &data, &size));
	peer = btf__new_split(data, (uint32_t)size, peer_base);
	start = now();
	if (!peer || btf__dedup(peer, NULL))
		return 2;
	peer_time = now() - start;
	printf("%u types: rebtf %u in %.1f ms, libbpf %u in %.1f ms\n", count,
	       rebtf_btf_type_count(rebtf_dedup_btf(dedup)) - rebtf_btf_start_id(joined), best,
	       btf__type_cnt(peer) - rebtf_btf_start_id(joined), peer_time);
	btf__free(peer);
	peer = btf__new_split(data, (uint32_t)size, peer_base);
	for (uint32_t i = 0; i < count; i++)
		btf__add_var(peer, "v", 0, (int)(rebtf_btf_start_id(joined) + i));
	if (btf__dedup(peer, NULL))
		return 2;
	peer_map = libbpf_map(peer, count);
	only_peer = count_merged("libbpf", joined, peer_map, map);
	only_ours = count_merged("rebtf", joined, map, peer_map);
	printf("only libbpf merges %u, only rebtf merges %u\n", only_peer, only_ours);
	return only_peer > 0;
}
