/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Sorts types by name. Kernels since Linux 7.0 look up names by bisection in BTF that is sorted: types
 * without a name first, the others as strcmp() orders them. Types of one name keep their order.
 *
 * Most names of a kernel share their first letters with many others, so comparing whole names again
 * and again would cost more than all else. Instead, we compare eight bytes at a time: a group of
 * types whose names start alike is sorted by the next eight bytes, which makes smaller groups. This
 * reads each name once, in one pass, however many names are alike.
 */
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "btf/build.h"
#include "btf/reference.h"
#include "split/sort.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/file.h"

#define PIECE 8

struct sort_entry {
	uint64_t piece;	  /* bytes of the name; compares as they do */
	const char *rest; /* of the name, after the piece; NULL: the piece has its end */
	uint32_t number;  /* of the type, counted from 0 */
};

/* Entries whose names are equal up to their pieces. */
struct sort_group {
	uint32_t start;
	uint32_t end;
};

DEFINE_VECTOR(sort_groups, struct sort_group);

static void read_piece(struct sort_entry *e)
{
	size_t length = strnlen(e->rest, PIECE);
	uint64_t bytes = 0;

	memcpy(&bytes, e->rest, length);
	e->piece = be64toh(bytes);
	e->rest = length == PIECE ? e->rest + PIECE : NULL;
}

/* ---------------------------------------------------------------------------------- one group */

/* Groups up to this size are sorted by insertion. */
#define SMALL_GROUP 32

static void sort_by_insertion(struct sort_entry *entries, uint32_t count)
{
	for (uint32_t i = 1; i < count; i++) {
		struct sort_entry e = entries[i];
		uint32_t to = i;

		for (; to && entries[to - 1].piece > e.piece; to--)
			entries[to] = entries[to - 1];
		entries[to] = e;
	}
}

/*
 * Sorts by one byte of the piece. Returns false, without sorting, if all entries have the same
 * byte.
 */
static bool sort_by_byte(const struct sort_entry *from, struct sort_entry *to, uint32_t count,
			 unsigned int shift)
{
	uint32_t starts[256] = {}, at = 0;

	for (uint32_t i = 0; i < count; i++)
		starts[from[i].piece >> shift & 0xff]++;
	if (starts[from[0].piece >> shift & 0xff] == count)
		return false;
	for (unsigned int byte = 0; byte < 256; byte++) {
		uint32_t entries = starts[byte];

		starts[byte] = at;
		at += entries;
	}
	for (uint32_t i = 0; i < count; i++)
		to[starts[from[i].piece >> shift & 0xff]++] = from[i];
	return true;
}

/* Sorts entries by their pieces. Equal ones keep their order. @spare has room for all of them. */
static void sort_pieces(struct sort_entry *entries, struct sort_entry *spare, uint32_t count)
{
	struct sort_entry *from = entries, *to = spare;

	if (count <= SMALL_GROUP) {
		sort_by_insertion(entries, count);
		return;
	}
	for (unsigned int shift = 0; shift < 64; shift += 8) {
		if (sort_by_byte(from, to, count, shift)) {
			struct sort_entry *sorted = to;

			to = from;
			from = sorted;
		}
	}
	if (from != entries)
		memcpy(entries, from, count * sizeof(*entries));
}

/* ----------------------------------------------------------------------------------- all groups */

static bool is_one_name(const struct sort_entry *entries, uint32_t count)
{
	for (uint32_t i = 1; i < count; i++) {
		if (entries[i].rest != entries[0].rest)
			return false;
	}
	return true;
}

/* Sorts a group by its next pieces, and adds the groups that are still undecided. */
static void sort_one_group(struct sort_entry *entries, struct sort_entry *spare,
			   struct sort_group group, struct sort_groups *groups)
{
	uint32_t start = group.start;

	/* Types of one name mostly share the string, too. */
	if (is_one_name(entries + group.start, group.end - group.start))
		return;
	for (uint32_t i = group.start; i < group.end; i++)
		read_piece(&entries[i]);
	sort_pieces(entries + group.start, spare, group.end - group.start);
	for (uint32_t i = group.start + 1; i <= group.end; i++) {
		if (i < group.end && entries[i].piece == entries[start].piece)
			continue;
		if (i - start > 1 && entries[start].rest)
			sort_groups_append(groups, (struct sort_group){ start, i });
		start = i;
	}
}

/* Puts the types without a name into @order. Collects the others as @entries. Returns their number. */
static uint32_t sort_collect(const struct rebtf_btf *btf, uint32_t *order,
			     struct sort_entry *entries)
{
	uint32_t named = 0;

	for (uint32_t i = 0; i < btf->own_count; i++) {
		const char *name = btf_string(btf, btf_own_type(btf, i)->name_off);

		if (*name)
			entries[named++] = (struct sort_entry){ .rest = name, .number = i };
		else
			*order++ = i;
	}
	return named;
}

struct rebtf_error *sort_order(const struct rebtf_btf *btf, uint32_t **order)
{
	size_t size = btf->own_count * sizeof(struct sort_entry) + 1;
	_cleanup_free_ struct sort_entry *entries = file_memory(size), *spare = file_memory(size);
	_cleanup_free_ uint32_t *numbers = malloc(btf->own_count * sizeof(*numbers) + 1);
	struct sort_groups groups = {};
	uint32_t named;
	bool failed;

	if (!entries || !spare || !numbers)
		return error_nomem();
	named = sort_collect(btf, numbers, entries);
	sort_groups_append(&groups, (struct sort_group){ 0, named });
	while (groups.count && !groups.failed)
		sort_one_group(entries, spare, groups.items[--groups.count], &groups);
	failed = groups.failed;
	sort_groups_release(&groups);
	if (failed)
		return error_nomem();
	for (uint32_t i = 0; i < named; i++)
		numbers[btf->own_count - named + i] = entries[i].number;
	*order = take_ptr(&numbers);
	return NULL;
}

/* ------------------------------------------------------------------------------------ the result */

struct sorted_ids {
	const uint32_t *new_ids;
	uint32_t start_id;
};

static inline uint32_t sorted_id(const void *arg, uint32_t id)
{
	const struct sorted_ids *ids = arg;

	return id < ids->start_id ? id : ids->new_ids[id - ids->start_id];
}

/* Copies the types in their new order, with new ids, and all strings. */
static struct rebtf_error *sort_build(const struct rebtf_btf *btf, const uint32_t *order,
				      const struct sorted_ids *ids, struct rebtf_btf **sorted)
{
	struct rebtf_builder b;
	struct rebtf_error *err;

	builder_start_like(&b, btf->base, btf, "sort");
	builder_keep_strings(&b, btf);
	builder_make_room_like(&b, btf, 0);
	for (uint32_t i = 0; i < btf->own_count; i++)
		builder_append_type(&b, btf, btf->start_id + order[i]);
	builder_map_ids(&b, sorted_id, ids);
	builder_sort_locations(&b);
	err = builder_assemble(&b, sorted);
	builder_release(&b);
	return err;
}

struct rebtf_error *sort_types(const struct rebtf_btf *btf, struct rebtf_btf **sorted,
			       uint32_t **new_ids)
{
	_cleanup_free_ uint32_t *order = NULL, *ids = NULL;

	TRY(btf_require_known_kinds(btf, "sort"));
	/*
	 * Opening split BTF checks only its last types at first, so that another order could show
	 * types that it did not check.
	 */
	if (btf->base)
		TRY(reference_find_odd(btf));
	TRY(sort_order(btf, &order));
	ids = malloc(btf->own_count * sizeof(*ids) + 1);
	if (!ids)
		return error_nomem();
	for (uint32_t i = 0; i < btf->own_count; i++)
		ids[order[i]] = btf->start_id + i;
	TRY(sort_build(btf, order, &(struct sorted_ids){ ids, btf->start_id }, sorted));
	*new_ids = take_ptr(&ids);
	return NULL;
}

struct rebtf_error *rebtf_sort(const struct rebtf_btf *btf, struct rebtf_btf **sorted)
{
	_cleanup_free_ uint32_t *new_ids = NULL;

	return sort_types(btf, sorted, &new_ids);
}

bool rebtf_btf_is_sorted(const struct rebtf_btf *btf)
{
	const char *last = "";

	for (uint32_t i = 0; i < btf->own_count; i++) {
		const char *name = btf_string(btf, btf_own_type(btf, i)->name_off);

		if (name != last && strcmp(last, name) > 0)
			return false;
		last = name;
	}
	return true;
}
