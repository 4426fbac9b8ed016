/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Runs the steps for functions and variables, and tells the fate of each. */
#include <string.h>

#include "encode/declarations.h"
#include "encode/features.h"
#include "util/cleanup.h"
#include "util/error.h"

static enum variable_choice choice_of(uint32_t features)
{
	if (features & ENCODE_GLOBAL_VAR)
		return VARIABLES_ALL;
	return features & ENCODE_VAR ? VARIABLES_PER_CPU : VARIABLES_NONE;
}

struct rebtf_error *declarations_init(struct declarations *d, const struct encode_object *object,
				      uint32_t features)
{
	*d = (struct declarations){ .object = object };
	d->rules.features = features;
	d->rules.abi = abi_registers_of(object->machine);
	d->rules.pointer_size = object->pointer_size;
	TRY(function_groups_init(&d->groups, object));
	return variable_sections_init(&d->sections, object, choice_of(features));
}

void declarations_release(struct declarations *d)
{
	function_groups_release(&d->groups);
	variable_sections_release(&d->sections);
	functions_release(&d->functions);
	variable_list_release(&d->variables);
	free(d->variable_reasons);
	*d = (struct declarations){};
}

struct rebtf_error *declarations_collector(const struct declarations *d,
					   const struct dwarf_unit_vector *units,
					   const struct dwarf_unit_vector *supplementary,
					   struct node_store *store,
					   struct unit_functions **collector)
{
	return unit_functions_new(&d->object->dwarf, units, supplementary, &d->groups, &d->sections,
				  store, collector);
}

struct rebtf_error *declarations_gather(struct declarations *d,
					const struct unit_functions *collector,
					const struct node_map *map)
{
	if (!functions_add(&d->functions, unit_functions_instances(collector), map) ||
	    !variable_list_add(&d->variables, unit_functions_variables(collector), map))
		return error_nomem();
	return NULL;
}

struct rebtf_error *declarations_write(struct declarations *d, struct node_store *store,
				       struct contexts *contexts, struct condense *condense,
				       struct rebtf_builder *builder)
{
	struct type_view view = { store, contexts, 0, d->rules.pointer_size };
	bool with_tags = d->rules.features & ENCODE_DECL_TAG;

	TRY(functions_choose(&d->functions, &d->groups, store, contexts, &d->rules));
	TRY(functions_write(&d->functions, store, contexts, &d->rules, condense, builder));
	return datasec_write(&d->variables, d->object, &view, with_tags, condense, builder,
			     &d->variable_reasons);
}

/* ---------------------------------------------------------------------------------------- fates */

void fates_release(struct fate_vector *fates)
{
	for (size_t i = 0; i < fates->count; i++) {
		free(fates->items[i].name);
		free(fates->items[i].reason);
	}
	fate_vector_release(fates);
}

/* Appends a fate, whose strings it takes over. */
static struct rebtf_error *add_fate(struct fate_vector *fates, struct declaration_fate fate)
{
	if (fate.name && fate.reason && fate_vector_append(fates, fate))
		return NULL;
	free(fate.name);
	free(fate.reason);
	return error_nomem();
}

static struct rebtf_error *add_function_fate(const struct declarations *d,
					     const struct node_store *store, uint32_t group,
					     struct fate_vector *fates)
{
	const struct function_group *g = &d->groups.list.items[group];
	const struct function_choice *choice = &d->functions.choices.items[group];
	struct declaration_fate fate = {
		.name = strndup(g->name, g->length),
		.reason = function_reason_text(&d->functions, group, store),
		.word = function_reason_word(choice->reason),
	};

	if (choice->other != NO_INSTANCE) {
		const struct function_instance *instance =
			&d->functions.instances.list.items[choice->other];

		fate.has_die = true;
		fate.unit = (uint32_t)(instance->first >> 32);
		fate.die_offset = instance->die_offset;
	}
	return add_fate(fates, fate);
}

static struct rebtf_error *add_variable_fate(const struct declarations *d,
					     const struct node_store *store, size_t i,
					     struct fate_vector *fates)
{
	const struct found_variable *variable = &d->variables.list.items[i];
	struct declaration_fate fate = {
		.name = strdup(node_store_text(store, variable->name)),
		.reason = strdup(variable_reason_text(d->variable_reasons[i])),
		.word = variable_reason_word(d->variable_reasons[i]),
		.is_variable = true,
		.has_die = true,
		.unit = (uint32_t)(variable->first >> 32),
		.die_offset = variable->die_offset,
	};

	return add_fate(fates, fate);
}

struct rebtf_error *declarations_skipped(const struct declarations *d,
					 const struct node_store *store, struct fate_vector *fates)
{
	_cleanup_(u32_vector_release) struct u32_vector order = {};

	for (uint32_t i = 0; i < d->groups.list.count; i++) {
		if (d->functions.choices.items[i].reason != FUNCTION_CHOSEN)
			u32_vector_append(&order, i);
	}
	if (order.failed)
		return error_nomem();
	TRY(function_groups_sort(&d->groups, order.items, order.count));
	for (size_t i = 0; i < order.count; i++)
		TRY(add_function_fate(d, store, order.items[i], fates));
	for (size_t i = 0; i < d->variables.list.count; i++) {
		if (d->variable_reasons[i] != VARIABLE_CHOSEN)
			TRY(add_variable_fate(d, store, i, fates));
	}
	return NULL;
}

struct rebtf_error *declarations_explain(const struct declarations *d,
					 const struct node_store *store, const char *name,
					 struct fate_vector *fates)
{
	const struct function_group *group = function_groups_find(&d->groups, name, strlen(name));
	size_t known = fates->count;

	if (group)
		TRY(add_function_fate(d, store, (uint32_t)(group - d->groups.list.items), fates));
	for (size_t i = 0; i < d->variables.list.count; i++) {
		const struct found_variable *variable = &d->variables.list.items[i];

		if (!strcmp(node_store_text(store, variable->name), name))
			TRY(add_variable_fate(d, store, i, fates));
	}
	if (fates->count > known)
		return NULL;
	return add_fate(fates, (struct declaration_fate){
				       .name = strdup(name),
				       .reason = strdup("no symbol of a function has this name, so "
							"the compiler inlined it everywhere, or "
							"the file does not define it"),
				       .word = "no_symbol",
			       });
}
