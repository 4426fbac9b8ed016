/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Compares merging with libbpf, type by type: btf__add_btf() of the kernel, the types of all modules
 * after it, and btf__dedup().
 *
 *	merge VMLINUX FILE...
 *
 * All files are raw BTF, those of the modules split over VMLINUX. libbpf up to 1.7 appends no split
 * BTF as a whole, so this program appends its types one by one.
 *
 * Prints the types that only one of the libraries merged. A variable for each type, which is never
 * merged, tells which type libbpf made of it. If two definitions fit a forward declaration equally
 * well, it stays one in rebtf, but libbpf takes one of them. So the exit status is 1 if only libbpf
 * merged more than one type in a thousand.
 */
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "rebtf.h"

#define SHOWN	  20
#define TOLERATED 1000

static void must(struct rebtf_error *err)
{
	if (!err)
		return;
	fprintf(stderr, "merge: %s\n", rebtf_error_text(err));
	exit(2);
}

static void must_not_fail(long result, const char *what)
{
	if (result >= 0)
		return;
	fprintf(stderr, "merge: %s: error %ld\n", what, result);
	exit(2);
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

/* The types of all members, one after the other: those of the kernel, then those of each module. */
struct numbering {
	struct rebtf_set *set;
	size_t members;
	uint32_t *firsts; /* by member, counted from 0 */
	uint32_t count;
};

static const struct rebtf_btf *member_btf(const struct numbering *n, size_t member)
{
	const struct rebtf_btf *btf;

	must(rebtf_set_btf(n->set, member, &btf));
	if (!btf)
		must(rebtf_error_new(REBTF_ERR_FORMAT, rebtf_set_path(n->set, member), NULL,
				     rebtf_error_message(rebtf_set_error(n->set, member))));
	return btf;
}

static void number_members(struct numbering *n)
{
	n->members = rebtf_set_count(n->set);
	n->firsts = calloc(n->members + 1, sizeof(*n->firsts));
	for (size_t member = 0; member < n->members; member++) {
		const struct rebtf_btf *btf = member_btf(n, member);

		n->firsts[member] = n->count;
		n->count += rebtf_btf_type_count(btf) - rebtf_btf_start_id(btf);
	}
	n->firsts[n->members] = n->count;
}

/* ----------------------------------------------------------------------------------------- libbpf */

static void shift(__u32 *id, uint32_t start, uint32_t by)
{
	if (*id >= start)
		*id += by;
}

/* Adds @by to the ids from @start on. */
static void shift_ids(struct btf_type *t, uint32_t start, uint32_t by)
{
	switch (btf_kind(t)) {
	case BTF_KIND_ARRAY:
		shift(&btf_array(t)->type, start, by);
		shift(&btf_array(t)->index_type, start, by);
		break;
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		for (int i = 0; i < btf_vlen(t); i++)
			shift(&btf_members(t)[i].type, start, by);
		break;
	case BTF_KIND_FUNC_PROTO:
		shift(&t->type, start, by);
		for (int i = 0; i < btf_vlen(t); i++)
			shift(&btf_params(t)[i].type, start, by);
		break;
	case BTF_KIND_DATASEC:
		for (int i = 0; i < btf_vlen(t); i++)
			shift(&btf_var_secinfos(t)[i].type, start, by);
		break;
	case BTF_KIND_PTR:
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_CONST:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_FUNC:
	case BTF_KIND_VAR:
	case BTF_KIND_DECL_TAG:
	case BTF_KIND_TYPE_TAG:
		shift(&t->type, start, by);
		break;
	default:
		break;
	}
}

static void append_module(struct btf *all, struct btf *kernel, const char *path)
{
	uint32_t start = btf__type_cnt(kernel), first = btf__type_cnt(all);
	struct btf *module = btf__parse_split(path, kernel);

	must_not_fail(libbpf_get_error(module), path);
	for (uint32_t id = start; id < btf__type_cnt(module); id++) {
		long new_id = btf__add_type(all, module, btf__type_by_id(module, id));

		must_not_fail(new_id, path);
		shift_ids((struct btf_type *)btf__type_by_id(all, new_id), start, first - start);
	}
	btf__free(module);
}

/* Returns the id of each type, by number, after libbpf has merged all. */
static uint32_t *merge_with_libbpf(const struct numbering *n, const char *vmlinux, double *time)
{
	struct btf *kernel = btf__parse(vmlinux, NULL), *all = btf__new_empty();
	uint32_t *map = malloc(n->count * sizeof(*map)), end;

	must_not_fail(libbpf_get_error(kernel), vmlinux);
	*time = now();
	must_not_fail(btf__add_btf(all, kernel), vmlinux);
	for (size_t member = 1; member < n->members; member++)
		append_module(all, kernel, rebtf_set_path(n->set, member));
	*time = now() - *time;
	for (uint32_t i = 0; i < n->count; i++)
		must_not_fail(btf__add_var(all, "number", BTF_VAR_STATIC, (int)i + 1), "variable");
	*time -= now();
	must_not_fail(btf__dedup(all, NULL), "btf__dedup()");
	*time += now();
	end = btf__type_cnt(all);
	for (uint32_t i = 0; i < n->count; i++)
		map[i] = btf__type_by_id(all, end - n->count + i)->type;
	btf__free(all);
	btf__free(kernel);
	return map;
}

/* ------------------------------------------------------------------------------------------ rebtf */

static uint32_t *merge_with_rebtf(const struct numbering *n, double *time)
{
	uint32_t *map = malloc(n->count * sizeof(*map));
	struct rebtf_merge *merge;

	*time = -now();
	must(rebtf_merge(n->set, NULL, &merge));
	*time += now();
	for (size_t member = 0; member < n->members; member++) {
		uint32_t start = rebtf_btf_start_id(member_btf(n, member));

		for (uint32_t i = n->firsts[member]; i < n->firsts[member + 1]; i++)
			map[i] = rebtf_merge_id(merge, member, start + i - n->firsts[member]);
	}
	rebtf_merge_free(merge);
	return map;
}

/* ------------------------------------------------------------------------------------- comparison */

static size_t member_of(const struct numbering *n, uint32_t number)
{
	size_t member = 0;

	while (n->firsts[member + 1] <= number)
		member++;
	return member;
}

static void show(const char *who, const struct numbering *n, uint32_t a, uint32_t b)
{
	size_t member = member_of(n, b);
	const struct rebtf_btf *btf = member_btf(n, member);
	const struct rebtf_type *t =
		rebtf_btf_type(btf, rebtf_btf_start_id(btf) + b - n->firsts[member]);

	printf("# only %s merges %s '%s' of %s and %s\n", who, rebtf_kind_name(rebtf_type_kind(t)),
	       rebtf_btf_type_name(btf, t), rebtf_set_name(n->set, member_of(n, a)),
	       rebtf_set_name(n->set, member));
}

/* Counts the types that @map, but not @other, makes one with an earlier type. */
static uint32_t count_merged(const char *who, const struct numbering *n, const uint32_t *map,
			     const uint32_t *other)
{
	uint32_t *first = calloc((size_t)n->count * 2 + 2, sizeof(*first)), merged = 0;

	for (uint32_t i = 0; i < n->count; i++) {
		uint32_t *known = &first[map[i]];

		if (!*known)
			*known = i + 1;
		else if (other[*known - 1] != other[i] && merged++ < SHOWN)
			show(who, n, *known - 1, i);
	}
	free(first);
	return merged;
}

static uint32_t count_different(const struct numbering *n, const uint32_t *map)
{
	uint8_t *seen = calloc((size_t)n->count * 2 + 2, 1);
	uint32_t count = 0;

	for (uint32_t i = 0; i < n->count; i++) {
		count += !seen[map[i]];
		seen[map[i]] = 1;
	}
	free(seen);
	return count;
}

int main(int argc, char **argv)
{
	uint32_t *ours, *theirs, only_ours, only_theirs;
	struct numbering n = {};
	double our_time, their_time;
	struct rebtf_btf *kernel;

	if (argc < 3)
		return 2;
	libbpf_set_print(NULL);
	must(rebtf_btf_open(argv[1], NULL, &kernel));
	must(rebtf_set_open(kernel, (const char *const *)argv + 2, (size_t)argc - 2, NULL, &n.set));
	must(rebtf_set_load(n.set));
	number_members(&n);
	ours = merge_with_rebtf(&n, &our_time);
	theirs = merge_with_libbpf(&n, argv[1], &their_time);
	only_ours = count_merged("rebtf", &n, ours, theirs);
	only_theirs = count_merged("libbpf", &n, theirs, ours);
	printf("%zu modules, %u types: rebtf makes %u of them in %.0f ms, libbpf %u in %.0f ms; "
	       "only rebtf merges %u, only libbpf %u\n",
	       n.members - 1, n.count, count_different(&n, ours), our_time,
	       count_different(&n, theirs), their_time, only_ours, only_theirs);
	only_theirs = only_theirs > n.count / TOLERATED;
	free(ours);
	free(theirs);
	free(n.firsts);
	rebtf_set_free(n.set);
	rebtf_btf_unref(kernel);
	return (int)only_theirs;
}
