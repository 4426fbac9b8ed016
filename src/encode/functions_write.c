/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Writes the chosen functions into BTF, and the reasons for leaving out the others into words. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "encode/features.h"
#include "encode/functions.h"
#include "encode/true_signature.h"
#include "util/buffer.h"
#include "util/error.h"

/* -------------------------------------------------------------------------------------- reasons */

static const char *const reason_words[] = {
	[FUNCTION_CHOSEN] = "encoded",
	[FUNCTION_NO_DWARF] = "no_dwarf",
	[FUNCTION_UNNAMED] = "unnamed_parameter",
	[FUNCTION_FOREIGN] = "foreign_type",
	[FUNCTION_INVALID_NAME] = "invalid_name",
	[FUNCTION_UNEXPECTED] = "unexpected_register",
	[FUNCTION_INCONSISTENT] = "inconsistent",
	[FUNCTION_UNCERTAIN] = "uncertain_location",
	[FUNCTION_REORDERED] = "reordered_parameters",
	[FUNCTION_OPTIMIZED] = "optimized_parameters",
	[FUNCTION_AMBIGUOUS] = "ambiguous",
};

const char *function_reason_word(enum function_reason reason)
{
	return reason_words[reason];
}

/* The name of parameter @index of an instance, which has a prototype. */
static const char *parameter_name(const struct functions *all, uint32_t instance, uint16_t index,
				  const struct node_store *store)
{
	const struct node *proto = node_store_get(store, all->instances.list.items[instance].proto);

	return node_store_text(store, node_parameters(store, proto)[index].name);
}

static int print_inconsistent(char **text, const struct functions *all,
			      const struct function_choice *choice, const struct node_store *store)
{
	if (choice->parameter == COUNT_DIFFERS)
		return asprintf(text, "units disagree about the number of its parameters");
	if (choice->parameter == RESULT_DIFFERS)
		return asprintf(text, "units disagree about the type of its result");
	return asprintf(text, "units disagree about the type of parameter %u '%s'",
			choice->parameter + 1u,
			parameter_name(all, choice->other, choice->parameter, store));
}

char *function_reason_text(const struct functions *all, uint32_t group_index,
			   const struct node_store *store)
{
	const struct function_group *group = &all->groups->list.items[group_index];
	const struct function_choice *choice = &all->choices.items[group_index];
	char *text = NULL;
	int length = -1;

	switch ((enum function_reason)choice->reason) {
	case FUNCTION_CHOSEN:
		length = asprintf(&text, "it is in the BTF");
		break;
	case FUNCTION_NO_DWARF:
		length = asprintf(&text, "no unit of the DWARF describes it");
		break;
	case FUNCTION_UNNAMED:
		length = asprintf(&text, "a parameter has no name, or there are too many");
		break;
	case FUNCTION_FOREIGN:
		length = asprintf(&text, "a parameter or the result has a type or name that BTF "
					 "cannot express");
		break;
	case FUNCTION_INVALID_NAME:
		length = asprintf(&text, "kernels refuse BTF with this name");
		break;
	case FUNCTION_UNEXPECTED:
		length = asprintf(&text,
				  "parameter %u '%s' is not where the calling convention puts it "
				  "(found DWARF register %u, expected %u)",
				  choice->parameter + 1u,
				  parameter_name(all, choice->other, choice->parameter, store),
				  choice->found, choice->expected);
		break;
	case FUNCTION_INCONSISTENT:
		length = print_inconsistent(&text, all, choice, store);
		break;
	case FUNCTION_UNCERTAIN:
		length = asprintf(&text,
				  "parameter %u '%s' is a packed struct whose place on the stack "
				  "is unknown",
				  choice->parameter + 1u,
				  parameter_name(all, choice->other, choice->parameter, store));
		break;
	case FUNCTION_REORDERED:
		length = asprintf(&text, "the compiler changed the order of its parameters");
		break;
	case FUNCTION_OPTIMIZED:
		length = asprintf(&text, "the compiler removed or replaced parameters");
		break;
	case FUNCTION_AMBIGUOUS:
		length = asprintf(&text,
				  "several functions have this name (addresses %#" PRIx64
				  " and %#" PRIx64 ")",
				  group->address, group->other_address);
		break;
	}
	return length < 0 ? NULL : text;
}

/* ------------------------------------------------------------------------------------------ BTF */

#define ARENA_ATTRIBUTE "address_space(1)"

struct function_writer {
	const struct functions *all;
	const struct node_store *store;
	const struct function_rules *rules;
	struct type_view view; /* of the current function's unit */
	struct condense *condense;
	struct rebtf_builder *builder;
	struct true_parameter_vector parameters; /* of the current function */
	struct u32_vector types;		 /* their BTF ids */
	struct buffer name;
};

static uint32_t type_id(struct function_writer *w, uint32_t node)
{
	return condense_id(w->condense, node,
			   contexts_unit_with(w->view.contexts, node, w->view.unit));
}

/* Returns the BTF id of a pointer into an arena, which is @node with an attribute. */
static uint32_t arena_pointer(struct function_writer *w, uint32_t node)
{
	const struct node *n = node ? node_store_get(w->store, node) : NULL;
	uint32_t target;

	if (!n || n->kind != REBTF_KIND_PTR)
		return type_id(w, node);
	target = type_id(w, n->type);
	target = rebtf_builder_type_attr(w->builder, ARENA_ATTRIBUTE, target);
	return rebtf_builder_ref(w->builder, REBTF_KIND_PTR, target);
}

/* Returns the BTF id of a type of the prototype. @flag: the function's flag for an arena pointer. */
static uint32_t proto_type(struct function_writer *w, const struct function_group *group,
			   uint32_t flag, uint32_t node)
{
	const uint32_t needed = ENCODE_KFUNCS | ENCODE_ATTRIBUTES;

	if ((w->rules->features & needed) == needed && group->is_kfunc &&
	    (group->kfunc_flags & flag))
		return arena_pointer(w, node);
	return type_id(w, node);
}

/* Sets w->parameters to those of the function. */
static void collect_parameters(struct function_writer *w, const struct function_choice *choice)
{
	const struct function_instances *all = &w->all->instances;
	const struct function_instance *instance = &all->list.items[choice->instance];
	const struct node *proto = node_store_get(w->store, instance->proto);
	const struct node_parameter *parameters = node_parameters(w->store, proto);

	w->parameters.count = 0;
	if (choice->is_true)
		true_signature(&w->view, w->rules->abi, instance,
			       all->facts.items + instance->facts, &w->parameters);
	for (uint32_t i = choice->is_true ? instance->parameter_count : 0; i < proto->count; i++) {
		struct true_parameter p = { parameters[i].name, 0, parameters[i].type, i };

		true_parameter_vector_append(&w->parameters, p);
	}
}

/* Sets w->name to @text of that length. */
static void set_name(struct function_writer *w, const char *text, size_t length)
{
	w->name.size = 0;
	buffer_append(&w->name, text, length);
}

static void add_to_name(struct function_writer *w, const char *text)
{
	buffer_append(&w->name, text, strlen(text));
}

/* The name that was set. */
static const char *end_name(struct function_writer *w)
{
	buffer_append(&w->name, "", 1);
	return w->name.failed ? "" : (const char *)w->name.data;
}

static const char *true_parameter_name(struct function_writer *w, const struct true_parameter *p)
{
	const char *name = node_store_text(w->store, p->name);

	if (!p->member_name)
		return name;
	set_name(w, name, strlen(name));
	add_to_name(w, "__");
	add_to_name(w, node_store_text(w->store, p->member_name));
	return end_name(w);
}

/*
 * Whether the prototype in the BTF differs from that in the source, or is not the same in all units.
 */
static bool is_proto_changed(const struct function_writer *w, const struct function_group *group,
			     const struct function_choice *choice, uint32_t proto)
{
	const uint32_t arena = KFUNC_ARENA_RESULT | KFUNC_ARENA_FIRST | KFUNC_ARENA_SECOND;
	const uint32_t needed = ENCODE_KFUNCS | ENCODE_ATTRIBUTES;

	return choice->is_true || w->view.contexts->mixed[proto] ||
	       ((w->rules->features & needed) == needed && group->is_kfunc &&
		(group->kfunc_flags & arena));
}

/* Writes a prototype with w->parameters. */
static uint32_t write_changed_proto(struct function_writer *w, const struct function_group *group,
				    uint32_t result_node)
{
	static const uint32_t flags[] = { KFUNC_ARENA_FIRST, KFUNC_ARENA_SECOND };
	uint32_t result, id;

	/* Types may be added for the parameters, so their ids come before the prototype. */
	result = proto_type(w, group, KFUNC_ARENA_RESULT, result_node);
	w->types.count = 0;
	for (uint32_t i = 0; i < w->parameters.count; i++)
		u32_vector_append(&w->types, proto_type(w, group, i < 2 ? flags[i] : 0,
							w->parameters.items[i].type));
	id = rebtf_builder_func_proto(w->builder, result);
	for (uint32_t i = 0; i < w->types.count; i++)
		rebtf_builder_param(w->builder, true_parameter_name(w, &w->parameters.items[i]),
				    w->types.items[i]);
	return id;
}

/* The index among w->parameters of a tag's parameter, or -1: the compiler removed it. */
static int32_t true_component(const struct function_writer *w, int32_t component)
{
	for (uint32_t i = 0; i < w->parameters.count; i++) {
		if (w->parameters.items[i].index == (uint32_t)component)
			return (int32_t)i;
	}
	return -1;
}

static void write_tags(struct function_writer *w, const struct function_group *group,
		       const struct function_instance *instance, bool is_true, uint32_t func)
{
	const struct decl_tag *tags = w->all->instances.tags.items + instance->tags;

	if (!(w->rules->features & ENCODE_DECL_TAG))
		return;
	for (uint32_t i = 0; i < instance->tag_count; i++) {
		int32_t component = tags[i].component;

		if (component >= 0 && is_true)
			component = true_component(w, component);
		if (component < 0 && tags[i].component >= 0)
			continue;
		rebtf_builder_decl_tag(w->builder, node_store_text(w->store, tags[i].text), func,
				       component);
	}
	if (!(w->rules->features & ENCODE_KFUNCS) || !group->is_kfunc)
		return;
	rebtf_builder_decl_tag(w->builder, "bpf_kfunc", func, -1);
	if (group->kfunc_flags & KFUNC_FASTCALL)
		rebtf_builder_decl_tag(w->builder, "bpf_fastcall", func, -1);
}

static void write_function(struct function_writer *w, uint32_t index)
{
	const struct function_group *group = &w->all->groups->list.items[index];
	const struct function_choice *choice = &w->all->choices.items[index];
	const struct function_instance *instance;
	uint32_t proto, func;

	instance = &w->all->instances.list.items[choice->instance];
	w->view.unit = (uint32_t)(instance->first >> 32);
	if (is_proto_changed(w, group, choice, instance->proto)) {
		collect_parameters(w, choice);
		proto = write_changed_proto(w, group,
					    node_store_get(w->store, instance->proto)->type);
	} else {
		proto = condense_id(w->condense, instance->proto, w->view.unit);
	}
	if (choice->is_true)
		set_name(w, group->suffixed, strlen(group->suffixed));
	else
		set_name(w, group->name, group->length);
	/* pahole gives all functions this linkage, and kernels expect it. */
	func = rebtf_builder_func(w->builder, end_name(w), REBTF_LINKAGE_STATIC, proto);
	write_tags(w, group, instance, choice->is_true, func);
}

struct rebtf_error *functions_write(const struct functions *all, const struct node_store *store,
				    struct contexts *contexts, const struct function_rules *rules,
				    struct condense *condense, struct rebtf_builder *builder)
{
	struct function_writer w = { .all = all,
				     .store = store,
				     .rules = rules,
				     .view = { store, contexts, 0, rules->pointer_size },
				     .condense = condense,
				     .builder = builder };
	struct u32_vector order = {};
	struct rebtf_error *err = NULL;

	for (uint32_t i = 0; i < all->groups->list.count; i++) {
		if (all->choices.items[i].reason == FUNCTION_CHOSEN)
			u32_vector_append(&order, i);
	}
	if (!order.failed)
		err = function_groups_sort(all->groups, order.items, order.count);
	for (size_t i = 0; i < order.count && !err; i++)
		write_function(&w, order.items[i]);
	if (!err && (order.failed || w.types.failed || w.parameters.failed || w.name.failed))
		err = error_nomem();
	u32_vector_release(&order);
	u32_vector_release(&w.types);
	true_parameter_vector_release(&w.parameters);
	buffer_release(&w.name);
	return err;
}
