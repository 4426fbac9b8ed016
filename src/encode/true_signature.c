/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Walks over the parameters and the registers side by side. */
#include "encode/true_signature.h"

struct signature_walk {
	const struct type_view *view;
	const struct abi_registers *abi;
	const struct node_parameter *parameters;
	const struct parameter_facts *facts;
	uint32_t count;
	uint64_t position; /* the next register of the calling convention */
};

static struct passing passing_at(const struct signature_walk *w, uint32_t i)
{
	return passing_of(w->view, w->abi, w->parameters[i].type, w->facts[i]);
}

/* Whether the parameter after @i is where it is if parameter @i takes @slots registers. */
static bool next_keeps_slots(const struct signature_walk *w, uint32_t i, uint64_t slots)
{
	uint64_t position = w->position + slots;

	if (i + 1 >= w->count || position >= w->abi->count || !w->abi->known)
		return false;
	return passing_at(w, i + 1).reg == w->abi->dwarf[position];
}

/* The offset of the only part of a struct that is passed. -1: all of it, several, or unknown. */
static int passed_part(const struct signature_walk *w, struct parameter_facts facts)
{
	if (facts.first_part && facts.second_part)
		return -1;
	if (__builtin_popcount(facts.first_part) == 1)
		return __builtin_ctz(facts.first_part);
	if (__builtin_popcount(facts.second_part) == 1)
		return w->view->pointer_size + __builtin_ctz(facts.second_part);
	return -1;
}

/* Finds the named member of a struct at byte @offset. Returns NULL if no member is there. */
static const struct node_member *member_at(const struct signature_walk *w, uint32_t type,
					   int offset)
{
	uint32_t definition = type_definition(w->view, type_stripped(w->view, type));
	const struct node *n = definition ? node_store_get(w->view->store, definition) : NULL;

	if (!n || n->kind != REBTF_KIND_STRUCT || offset < 0)
		return NULL;
	for (uint32_t i = 0; i < n->count; i++) {
		const struct node_member *m = &node_members(w->view->store, n)[i];

		if (m->bit_offset == 8 * (uint32_t)offset)
			return m->name ? m : NULL;
	}
	return NULL;
}

enum walk_result { WALK_KEEP, WALK_DROP, WALK_MEMBER, WALK_UNEXPECTED };

/* A struct in pieces: all of it, or one member. */
static enum walk_result walk_struct(struct signature_walk *w, uint32_t i, struct passing p,
				    const struct node_member **member)
{
	struct parameter_facts facts = w->facts[i];

	*member = NULL;
	if ((!facts.first_part || !facts.second_part) && !next_keeps_slots(w, i, p.slots))
		*member = member_at(w, w->parameters[i].type, passed_part(w, facts));
	w->position += *member ? 1 : p.slots;
	return *member ? WALK_MEMBER : WALK_KEEP;
}

/* The next parameter of a function that clang changed. */
static enum walk_result walk_changed(struct signature_walk *w, uint32_t i,
				     const struct node_member **member)
{
	struct parameter_facts facts = w->facts[i];
	struct passing p = passing_at(w, i);

	if (!(facts.flags & PARAMETER_LOCATED)) {
		if (w->position >= w->abi->count || !next_keeps_slots(w, i, p.slots))
			return WALK_DROP;
		w->position += p.slots;
		return WALK_KEEP;
	}
	if (facts.flags & PARAMETER_CONST_LOCATION)
		return WALK_DROP;
	if (w->position >= w->abi->count)
		return WALK_KEEP;
	if (facts.flags & PARAMETER_ON_STACK)
		return p.in_memory ? WALK_KEEP : WALK_UNEXPECTED;
	if (p.reg == NO_REGISTER || (w->abi->known && w->abi->dwarf[w->position] != p.reg))
		return WALK_UNEXPECTED;
	if (facts.first_part || facts.second_part)
		return walk_struct(w, i, p, member);
	w->position += p.in_memory ? 1 : p.slots;
	return WALK_KEEP;
}

/* The next parameter of a function whose parameters GCC reordered. */
static enum walk_result walk_reordered(const struct signature_walk *w, uint32_t i)
{
	if (!(w->facts[i].flags & PARAMETER_LOCATED))
		return WALK_DROP;
	return i < w->abi->count && passing_at(w, i).reg == NO_REGISTER ? WALK_DROP : WALK_KEEP;
}

bool true_signature(const struct type_view *view, const struct abi_registers *abi,
		    const struct function_instance *instance, const struct parameter_facts *facts,
		    struct true_parameter_vector *parameters)
{
	const struct node *proto = node_store_get(view->store, instance->proto);
	struct signature_walk w = { .view = view,
				    .abi = abi,
				    .parameters = node_parameters(view->store, proto),
				    .facts = facts,
				    .count = instance->parameter_count };
	bool has_facts = instance->flags & INSTANCE_HAS_FACTS;

	parameters->count = 0;
	for (uint32_t i = 0; i < w.count; i++) {
		struct true_parameter p = { w.parameters[i].name, 0, w.parameters[i].type, i };
		const struct node_member *member = NULL;
		enum walk_result result = WALK_KEEP;

		if (has_facts && (instance->flags & INSTANCE_NOCALL))
			result = walk_changed(&w, i, &member);
		else if (has_facts && (instance->flags & INSTANCE_REORDERED))
			result = walk_reordered(&w, i);
		if (result == WALK_UNEXPECTED)
			return false;
		if (result == WALK_MEMBER) {
			p.member_name = member->name;
			p.type = member->type;
		}
		if (result != WALK_DROP)
			true_parameter_vector_append(parameters, p);
	}
	return !parameters->failed;
}
