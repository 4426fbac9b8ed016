/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Judges nodes one by one. A node's types are judged before it, so each judgement looks at the node
 * alone. Names are judged once for each string.
 */
#include <stdlib.h>

#include "encode/losses.h"
#include "util/cleanup.h"
#include "util/order.h"
#include "verify/verify.h"

/* Flags of a name. */
enum {
	NAME_GOOD = 1 << 0,
	NAME_BAD = 1 << 1,
	NAME_OF_STRUCT = 1 << 2, /* which is defined */
	NAME_OF_UNION = 1 << 3,
};

void losses_release(struct losses *losses)
{
	loss_vector_release(&losses->list);
	loss_flag_vector_release(&losses->names);
	loss_flag_vector_release(&losses->sizeless);
}

/* The flag with that number. New ones are 0. NULL: out of memory. */
static uint8_t *loss_flag(struct loss_flag_vector *flags, uint32_t number)
{
	if (number >= flags->count) {
		size_t more = number + 1 - flags->count;

		if (!loss_flag_vector_reserve(flags, more))
			return NULL;
		memset(flags->items + flags->count, 0, more);
		flags->count += more;
	}
	return &flags->items[number];
}

/* --- names and sizes */

/* Whether kernels accept the name, which may be empty. */
static bool losses_accept_name(struct losses *losses, const struct node_store *into, uint32_t name)
{
	uint8_t *known = name ? loss_flag(&losses->names, name) : NULL;

	if (!known)
		return true;
	if (!(*known & (NAME_GOOD | NAME_BAD))) {
		const char *text = node_real_name(node_store_text(into, name));

		*known |= !*text || is_identifier(text) ? NAME_GOOD : NAME_BAD;
	}
	return *known & NAME_GOOD;
}

static uint8_t loss_flag_of(bool is_union)
{
	return is_union ? NAME_OF_UNION : NAME_OF_STRUCT;
}

void losses_note_definition(struct losses *losses, uint32_t name, bool is_union)
{
	uint8_t *flags = loss_flag(&losses->names, name);

	if (flags)
		*flags |= loss_flag_of(is_union);
}

static bool losses_is_defined(const struct losses *losses, const struct node *forward)
{
	return forward->name < losses->names.count &&
	       losses->names.items[forward->name] & loss_flag_of(forward->flags);
}

/*
 * Whether a variable can have the merged type. The verifier refuses void where the DWARF has it: no
 * compiler emits that.
 */
static bool losses_has_size(const struct losses *losses, uint32_t type)
{
	return type != LOSS_TYPE &&
	       !(type < losses->sizeless.count && losses->sizeless.items[type]);
}

void losses_note_node(struct losses *losses, const struct node *merged, uint32_t id)
{
	uint8_t *sizeless;

	switch (merged->kind) {
	case REBTF_KIND_TYPEDEF:
	case REBTF_KIND_CONST:
	case REBTF_KIND_VOLATILE:
	case REBTF_KIND_RESTRICT:
	case REBTF_KIND_TYPE_TAG:
		if (merged->type && losses_has_size(losses, merged->type))
			return;
		break;
	case REBTF_KIND_FWD:
		if (losses_is_defined(losses, merged))
			return;
		break;
	case REBTF_KIND_FUNC_PROTO:
		break;
	default:
		return;
	}
	sizeless = loss_flag(&losses->sizeless, id);
	if (sizeless)
		*sizeless = true;
}

/* --- kinds */

static void losses_add(struct losses *losses, const struct node *merged, uint32_t member,
		       uint32_t index)
{
	uint8_t kind = merged->kind;

	if (kind == REBTF_KIND_FWD)
		kind = merged->flags ? REBTF_KIND_UNION : REBTF_KIND_STRUCT;
	/* No unit has the type: it is a reference to one that is judged on its own. */
	if (merged->first == UINT64_MAX)
		return;
	loss_vector_append(&losses->list,
			   (struct loss){ merged->first, merged->name, member, index, kind });
}

static enum loss_verdict losses_judge_name(struct losses *losses, const struct node_store *into,
					   const struct node *merged, enum loss_verdict verdict)
{
	if (losses_accept_name(losses, into, merged->name))
		return LOSS_NONE;
	losses_add(losses, merged, 0, 0);
	return verdict;
}

static int losses_order_members(const void *a, const void *b, void *arg)
{
	const struct node_member *members = arg;
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return by_number(members[x].bit_offset, members[y].bit_offset) ?: by_number(x, y);
}

/* Sorts members by offset, and those with the same offset as they are. */
static bool losses_sort_members(struct node_member *members, uint32_t count)
{
	_cleanup_free_ uint32_t *order = malloc(count * sizeof(*order));
	_cleanup_free_ struct node_member *sorted = malloc(count * sizeof(*sorted));

	if (!order || !sorted)
		return false;
	for (uint32_t i = 0; i < count; i++)
		order[i] = i;
	qsort_r(order, count, sizeof(*order), losses_order_members, members);
	for (uint32_t i = 0; i < count; i++)
		sorted[i] = members[order[i]];
	memcpy(members, sorted, count * sizeof(*sorted));
	return true;
}

static enum loss_verdict losses_judge_members(struct losses *losses, const struct node_store *into,
					      struct node *merged, struct node_member *members)
{
	uint32_t kept = 0, last = 0;
	bool sorted = true, whole;

	for (uint32_t i = 0; i < merged->count; i++) {
		if (!losses_has_size(losses, members[i].type) ||
		    !losses_accept_name(losses, into, members[i].name)) {
			losses_add(losses, merged, members[i].name, i + 1);
			continue;
		}
		sorted &= members[i].bit_offset >= last;
		last = members[i].bit_offset;
		members[kept++] = members[i];
	}
	whole = kept == merged->count;
	merged->count = kept;
	if (!sorted && !losses_sort_members(members, kept))
		losses->list.failed = true;
	return whole && sorted ? LOSS_NONE : LOSS_PART;
}

static enum loss_verdict losses_judge_proto(struct losses *losses, const struct node_store *into,
					    const struct node *original, const struct node *merged,
					    const struct node_parameter *parameters)
{
	if (original->type && !merged->type)
		return LOSS_VOID;
	for (uint32_t i = 0; i < merged->count; i++) {
		if (!losses_has_size(losses, parameters[i].type) ||
		    !losses_accept_name(losses, into, parameters[i].name))
			return LOSS_VOID;
	}
	return LOSS_NONE;
}

static enum loss_verdict losses_judge_values(struct losses *losses, const struct node_store *into,
					     const struct node *merged,
					     const struct node_value *values)
{
	bool good = losses_accept_name(losses, into, merged->name);

	for (uint32_t i = 0; i < merged->count && good; i++)
		good = losses_accept_name(losses, into, values[i].name);
	if (!good)
		losses_add(losses, merged, 0, 0);
	return good ? LOSS_NONE : LOSS_VOID;
}

enum loss_verdict losses_judge(struct losses *losses, const struct node_store *into,
			       const struct node *original, struct node *merged, uint32_t *elements)
{
	enum loss_verdict verdict;

	switch (merged->kind) {
	case REBTF_KIND_STRUCT:
	case REBTF_KIND_UNION:
		verdict = losses_judge_name(losses, into, merged, LOSS_VOID);
		return verdict
			       ?: losses_judge_members(losses, into, merged,
						       (struct node_member *)elements);
	case REBTF_KIND_FWD:
		return losses_judge_name(losses, into, merged, LOSS_VOID);
	case REBTF_KIND_TYPEDEF:
		return losses_judge_name(losses, into, merged, LOSS_ALIAS);
	case REBTF_KIND_ENUM:
	case REBTF_KIND_ENUM64:
		return losses_judge_values(losses, into, merged, (struct node_value *)elements);
	case REBTF_KIND_ARRAY:
		return (original->type && !merged->type) || !losses_has_size(losses, merged->type)
			       ? LOSS_VOID
			       : LOSS_NONE;
	case REBTF_KIND_FUNC_PROTO:
		return losses_judge_proto(losses, into, original, merged,
					  (struct node_parameter *)elements);
	default:
		return LOSS_NONE;
	}
}

/* --- the list */

static int losses_by_name(const void *a, const void *b)
{
	const struct loss *x = a, *y = b;

	return by_number(x->name, y->name)
		       ?: by_number(x->kind, y->kind)
		       ?: by_number(x->member, y->member)
		       ?: by_number(!x->index, !y->index)
		       ?: by_number(x->first, y->first)
		       ?: by_number(x->index, y->index);
}

static int losses_by_position(const void *a, const void *b)
{
	const struct loss *x = a, *y = b;

	return by_number(x->first, y->first) ?: by_number(x->index, y->index);
}

static bool losses_is_same(const struct loss *a, const struct loss *b)
{
	return a->name == b->name && a->kind == b->kind && a->member == b->member &&
	       !a->index == !b->index;
}

struct rebtf_error *losses_finish(struct losses *losses)
{
	struct loss *list = losses->list.items;
	size_t kept = 0;

	if (losses->list.failed || losses->names.failed || losses->sizeless.failed)
		return error_nomem();
	if (!losses->list.count)
		return NULL;
	qsort(list, losses->list.count, sizeof(*list), losses_by_name);
	for (size_t i = 0; i < losses->list.count; i++) {
		if (!kept || !losses_is_same(&list[kept - 1], &list[i]))
			list[kept++] = list[i];
	}
	losses->list.count = kept;
	qsort(list, kept, sizeof(*list), losses_by_position);
	return NULL;
}
