/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Collects the members of a side, numbers and hashes their types, and pairs the members by name. */
#include <stdlib.h>
#include <string.h>

#include "core/diff_side.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/order.h"
#include "util/parallel.h"

static struct diff_member *find_member(const struct diff_side *side, const struct rebtf_btf *btf)
{
	/* Modules share a base, and bases come first, so the search ends soon. */
	for (size_t i = 0; i < side->members.count; i++) {
		if (side->members.items[i]->btf == btf)
			return side->members.items[i];
	}
	return NULL;
}

static void diff_member_free(struct diff_member *member)
{
	if (!member)
		return;
	type_hashes_release(&member->hashes);
	rebtf_btf_unref(member->btf);
	free(member->name);
	free(member);
}

static struct rebtf_error *add_member(struct diff_side *side, const char *name,
				      const struct rebtf_btf *btf, struct diff_member **added)
{
	struct diff_member *member;

	if (btf->own_count >= UINT32_MAX - 1 - side->type_count)
		return error_new(REBTF_ERR_UNSUPPORTED, "too many types to compare");
	member = calloc(1, sizeof(*member));
	if (!member)
		return error_nomem();
	member->btf = rebtf_btf_ref(btf);
	member->base = find_member(side, btf->base);
	member->index = side->members.count;
	member->is_context = !name;
	member->name = strdup(name ? name : "");
	if (!member->name || !diff_member_list_append(&side->members, member)) {
		diff_member_free(member);
		return error_nomem();
	}
	if (!side->type_count)
		side->type_count = 1;
	member->first_number = side->type_count;
	side->type_count += btf->own_count;
	*added = member;
	return NULL;
}

struct rebtf_error *diff_side_add(struct diff_side *side, const char *name,
				  const struct rebtf_btf *btf, const struct rebtf_kfuncs *kfuncs)
{
	struct diff_member *member;

	/* Bases can be split, too. Add the lowest missing one first. */
	while (btf->base && !find_member(side, btf->base)) {
		const struct rebtf_btf *missing = btf->base;

		while (missing->base && !find_member(side, missing->base))
			missing = missing->base;
		TRY(add_member(side, NULL, missing, &member));
	}
	TRY(add_member(side, name, btf, &member));
	member->kfuncs = kfuncs;
	return NULL;
}

void diff_side_release(struct diff_side *side)
{
	for (size_t i = 0; i < side->members.count; i++)
		diff_member_free(side->members.items[i]);
	diff_member_list_release(&side->members);
}

struct diff_member *diff_side_member(const struct diff_side *side, uint32_t number)
{
	size_t low = 0, high = side->members.count;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (side->members.items[middle]->first_number <= number)
			low = middle;
		else
			high = middle;
	}
	return side->members.items[low];
}

/* --------------------------------------------------------------------------------------- hashes */

struct side_hashing {
	struct diff_side *side;
	struct diff_member_list wanted;
	struct rebtf_error **errors; /* one for each */
};

static void hash_one(void *arg, size_t index, unsigned int worker)
{
	struct side_hashing *h = arg;
	struct diff_member *member = h->wanted.items[index];

	(void)worker;
	h->errors[index] = type_hashes_init(&member->hashes, member->btf,
					    member->base ? &member->base->hashes : NULL);
}

static size_t member_depth(const struct diff_member *member)
{
	size_t depth = 0;

	while ((member = member->base))
		depth++;
	return depth;
}

/* Hashes the members whose chain of bases has this length. Returns how many there are. */
static struct rebtf_error *hash_level(struct side_hashing *h, size_t depth, unsigned int jobs,
				      size_t *count)
{
	struct rebtf_error *err;

	h->wanted.count = 0;
	for (size_t i = 0; i < h->side->members.count; i++) {
		if (member_depth(h->side->members.items[i]) == depth &&
		    !diff_member_list_append(&h->wanted, h->side->members.items[i]))
			return error_nomem();
	}
	*count = h->wanted.count;
	h->errors = calloc(*count + 1, sizeof(*h->errors));
	if (!h->errors)
		return error_nomem();
	err = parallel_run(jobs, *count, hash_one, h);
	for (size_t i = 0; i < *count; i++) {
		if (err)
			rebtf_error_free(h->errors[i]);
		else
			err = h->errors[i];
	}
	free(h->errors);
	return err;
}

struct rebtf_error *diff_side_hash(struct diff_side *side, unsigned int jobs)
{
	struct side_hashing h = { .side = side };
	struct rebtf_error *err = NULL;
	size_t count = 1;

	for (size_t depth = 0; !err && count; depth++)
		err = hash_level(&h, depth, jobs, &count);
	diff_member_list_release(&h.wanted);
	return err;
}

/* ---------------------------------------------------------------------------------------- slots */

struct named_member {
	struct diff_member *member;
	bool is_new;
};

static int by_member_name(const void *a, const void *b)
{
	const struct named_member *left = a, *right = b;

	/* The kernel, which is over no base, comes first. */
	return by_number(left->member->base != NULL, right->member->base != NULL)
		       ?: strcmp(left->member->name, right->member->name)
		       ?: by_number(left->is_new, right->is_new)
		       ?: by_number(left->member->first_number, right->member->first_number);
}

/* Appends the members that are compared. */
static size_t list_compared(const struct diff_side *side, bool is_new, struct named_member *list)
{
	size_t count = 0;

	for (size_t i = 0; i < side->members.count; i++) {
		if (!side->members.items[i]->is_context)
			list[count++] = (struct named_member){ side->members.items[i], is_new };
	}
	return count;
}

static bool are_one_pair(const struct named_member *list, size_t count)
{
	return count == 2 && !list[0].is_new && list[1].is_new;
}

struct rebtf_error *diff_sides_pair(struct diff_side *old_side, struct diff_side *new_side)
{
	size_t room = old_side->members.count + new_side->members.count, count;
	_cleanup_free_ struct named_member *list = calloc(room, sizeof(*list));
	uint32_t slot = 0;

	if (!list)
		return error_nomem();
	count = list_compared(old_side, false, list);
	count += list_compared(new_side, true, list + count);
	if (are_one_pair(list, count)) {
		list[0].member->slot = list[1].member->slot = 0;
		return NULL;
	}
	qsort(list, count, sizeof(*list), by_member_name);
	for (size_t i = 0; i < count; slot++) {
		struct diff_member *first = list[i].member;
		bool is_paired = i + 1 < count && !list[i].is_new && list[i + 1].is_new &&
				 !first->base == !list[i + 1].member->base &&
				 (!first->base || !strcmp(first->name, list[i + 1].member->name));

		first->slot = slot;
		first->is_alone = !is_paired;
		if (is_paired) {
			list[i + 1].member->slot = slot;
			list[i + 1].member->is_alone = false;
		}
		i += is_paired ? 2 : 1;
	}
	return NULL;
}
