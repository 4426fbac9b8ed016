/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Compares the locations of parameters with the calling convention. */
#include "encode/function_judge.h"

struct passing passing_of(const struct type_view *view, const struct abi_registers *abi,
			  uint32_t type, struct parameter_facts facts)
{
	uint64_t word = view->pointer_size, size = type_view_size(view, type);
	bool is_wide = size > word && !abi->by_address;
	struct passing p = { .slots = 1, .reg = facts.reg };

	p.is_even = is_wide && abi->even_pairs && size == 2 * word;
	if (is_wide)
		p.slots = (size + word - 1) / word;
	p.in_memory = size > (abi->by_address ? word : 2 * word);
	if (facts.flags & (is_wide ? PARAMETER_SCALAR_REGISTER : PARAMETER_PIECE_REGISTER))
		p.reg = NO_REGISTER;
	return p;
}

static bool is_in_slots(const struct abi_registers *abi, uint64_t position, const struct passing *p)
{
	for (uint64_t i = position; i < position + p->slots && i < abi->count; i++) {
		if (abi->dwarf[i] == p->reg)
			return true;
	}
	return false;
}

static void set_unexpected(struct function_judgement *j, const struct abi_registers *abi,
			   uint32_t parameter, uint64_t position, int found)
{
	if (j->unexpected)
		return;
	j->unexpected = true;
	j->parameter = (uint16_t)parameter;
	j->found = (uint8_t)found;
	j->expected = abi->dwarf[position];
}

/*
 * clang marks the functions that it changed (nocall). Of the others, a location can lack only
 * because the value is not used.
 */
static void judge_unchanged(const struct type_view *view, const struct abi_registers *abi,
			    const struct node_parameter *parameters, uint32_t count,
			    const struct parameter_facts *facts, struct function_judgement *j)
{
	uint64_t position = 0;

	for (uint32_t i = 0; i < count && position < abi->count; i++) {
		struct passing p = passing_of(view, abi, parameters[i].type, facts[i]);

		if (p.in_memory)
			continue;
		position += p.is_even && position % 2;
		if (position >= abi->count)
			return;
		if (abi->known && p.reg != NO_REGISTER && !is_in_slots(abi, position, &p))
			set_unexpected(j, abi, i, position, p.reg);
		position += p.slots;
	}
}

static void judge_each(const struct type_view *view, const struct abi_registers *abi,
		       const struct node_parameter *parameters, uint32_t count,
		       const struct parameter_facts *facts, bool is_clang,
		       struct function_judgement *j)
{
	uint64_t position = 0;

	for (uint32_t i = 0; i < count; i++) {
		struct passing p = passing_of(view, abi, parameters[i].type, facts[i]);

		position += p.is_even && position % 2;
		if (!(facts[i].flags & PARAMETER_LOCATED)) {
			if ((facts[i].flags & PARAMETER_CONST_VALUE) && !is_clang)
				j->optimized = true;
		} else if (position < abi->count) {
			if (p.reg == NO_REGISTER)
				j->optimized = true;
			else if (abi->known && abi->dwarf[position] != p.reg)
				set_unexpected(j, abi, i, position, p.reg);
		}
		position += p.in_memory ? 1 : p.slots;
	}
}

static bool has_struct(const struct type_view *view, const struct node_parameter *parameters,
		       uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		uint32_t type = type_stripped(view, parameters[i].type);
		uint32_t kind = type ? node_store_get(view->store, type)->kind : REBTF_KIND_VOID;

		if (kind == REBTF_KIND_STRUCT || kind == REBTF_KIND_UNION || kind == REBTF_KIND_FWD)
			return true;
	}
	return false;
}

/*
 * A packed struct that is passed by value needs no alignment on the stack, but other types do.
 * DWARF does not tell where such a parameter and the ones behind it are.
 */
static void judge_stack(const struct type_view *view, const struct abi_registers *abi,
			const struct node_parameter *parameters, uint32_t count,
			struct function_judgement *j)
{
	for (uint32_t i = abi->count; i < count; i++) {
		uint32_t type = type_stripped(view, parameters[i].type), definition;
		const struct node *n = type ? node_store_get(view->store, type) : NULL;

		/* Only named structs: the inference needs a definition that is as in the source. */
		if (!n || n->kind != REBTF_KIND_FWD || n->flags)
			continue;
		definition = type_definition(view, type);
		if (definition && type_is_packed(view, definition)) {
			j->uncertain = true;
			j->parameter = (uint16_t)i;
			return;
		}
	}
}

struct function_judgement function_judge(const struct type_view *view,
					 const struct abi_registers *abi,
					 const struct function_instance *instance,
					 const struct parameter_facts *facts)
{
	const struct node *proto = node_store_get(view->store, instance->proto);
	const struct node_parameter *parameters = node_parameters(view->store, proto);
	bool is_clang = instance->flags & INSTANCE_FROM_CLANG;
	uint32_t count = instance->parameter_count;
	struct function_judgement j = {};

	if (instance->flags & INSTANCE_HAS_FACTS) {
		if (is_clang && !(instance->flags & INSTANCE_NOCALL))
			judge_unchanged(view, abi, parameters, count, facts, &j);
		else
			judge_each(view, abi, parameters, count, facts, is_clang, &j);
		for (uint32_t i = 0; i < count; i++)
			j.optimized |= !(facts[i].flags & PARAMETER_LOCATED);
		/* A struct takes registers in ways that DWARF does not tell. */
		if (j.unexpected && has_struct(view, parameters, count))
			j.unexpected = false;
	}
	if (!j.unexpected && count >= abi->count && abi->count)
		judge_stack(view, abi, parameters, count, &j);
	return j;
}
