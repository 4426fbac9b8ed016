/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Compares the instances of each group and judges them. */
#include <stdlib.h>
#include <string.h>

#include "encode/features.h"
#include "encode/functions.h"
#include "encode/loose.h"
#include "encode/true_signature.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/order.h"
#include "verify/verify.h"

bool functions_add(struct functions *all, const struct function_instances *instances,
		   const struct node_map *map)
{
	struct decl_tag_vector tags = {};
	bool done = table_reserve(&all->instances.table, instances->list.count);

	for (size_t i = 0; i < instances->list.count && done; i++) {
		struct function_instance added = instances->list.items[i];

		tags.count = 0;
		for (uint32_t t = 0; t < added.tag_count; t++) {
			struct decl_tag tag = instances->tags.items[added.tags + t];

			tag.text = map ? map->strings[tag.text] : tag.text;
			decl_tag_vector_append(&tags, tag);
		}
		added.proto = map ? map->nodes[added.proto] : added.proto;
		done = !tags.failed &&
		       function_instances_add(&all->instances, &added,
					      instances->facts.items + added.facts, tags.items);
	}
	decl_tag_vector_release(&tags);
	return done;
}

/* --------------------------------------------------------------------------------------- choices */

struct chooser {
	struct functions *all;
	struct node_store *store;
	struct contexts *contexts;
	const struct function_rules *rules;
	struct loose_classes classes;
	struct true_parameter_vector parameters;
	bool failed; /* out of memory */
};

static struct type_view view_of(const struct chooser *c, const struct function_instance *instance)
{
	return (struct type_view){ c->store, c->contexts, (uint32_t)(instance->first >> 32),
				   c->rules->pointer_size };
}

static struct function_judgement judge(const struct chooser *c, uint32_t index)
{
	const struct function_instances *all = &c->all->instances;
	const struct function_instance *instance = &all->list.items[index];
	struct type_view view = view_of(c, instance);

	return function_judge(&view, c->rules->abi, instance, all->facts.items + instance->facts);
}

static bool same_class(struct chooser *c, uint32_t left, uint32_t right)
{
	uint32_t a = loose_class(&c->classes, left), b = loose_class(&c->classes, right);

	c->failed |= !a || !b;
	return a == b;
}

/* Finds the first difference of two prototypes. Returns false if they are loosely the same. */
static bool protos_differ(struct chooser *c, uint32_t left, uint32_t right, uint16_t *parameter)
{
	const struct node *l, *r;

	if (left == right || same_class(c, left, right))
		return false;
	l = node_store_get(c->store, left);
	r = node_store_get(c->store, right);
	*parameter = COUNT_DIFFERS;
	if (l->count != r->count)
		return true;
	*parameter = RESULT_DIFFERS;
	for (uint32_t i = 0; i < l->count && same_class(c, l->type, r->type); i++) {
		uint32_t left_type = node_parameters(c->store, l)[i].type;
		uint32_t right_type = node_parameters(c->store, r)[i].type;

		if (!same_class(c, left_type, right_type)) {
			*parameter = (uint16_t)i;
			break;
		}
	}
	return true;
}

static void blame(struct function_choice *choice, enum function_reason reason, uint32_t instance,
		  uint16_t parameter)
{
	if (reason <= choice->reason)
		return;
	choice->reason = reason;
	choice->other = instance;
	choice->parameter = parameter;
}

/* Whether the instance's prototype misleads because the compiler changed the parameters. */
static bool is_changed(const struct chooser *c, const struct function_instance *instance,
		       bool optimized)
{
	const struct function_group *group = &c->all->groups->list.items[instance->group];

	return optimized && ((instance->flags & INSTANCE_NOCALL) ||
			     ((instance->flags & INSTANCE_AT_SYMBOL) && group->optimized));
}

/* How good an instance is for the BTF: its code is the symbol's, and its parameters are unchanged. */
static int instance_rank(const struct function_instance *instance, bool changed)
{
	return instance->flags & INSTANCE_AT_SYMBOL ? 2 - changed : 0;
}

/*
 * Chooses among the instances in @list, which have prototypes and are ordered by position. A flaw of
 * one of them is a flaw of the function, because a BPF program cannot tell them apart.
 */
static void choose_among(struct chooser *c, struct function_choice *choice, const uint32_t *list,
			 size_t count)
{
	const struct function_instance *all = c->all->instances.list.items;
	int best = -1;
	bool changed = false, is_flawed = false;

	for (size_t i = 0; i < count; i++) {
		const struct function_instance *instance = &all[list[i]];
		struct function_judgement j = judge(c, list[i]);
		bool is_worse = is_changed(c, instance, j.optimized);
		uint16_t parameter = 0;

		if (j.unexpected && choice->reason < FUNCTION_UNEXPECTED) {
			choice->found = j.found;
			choice->expected = j.expected;
		}
		if (j.unexpected)
			blame(choice, FUNCTION_UNEXPECTED, list[i], j.parameter);
		if (instance->flags & INSTANCE_REORDERED)
			blame(choice, FUNCTION_REORDERED, list[i], 0);
		if (j.uncertain)
			blame(choice, FUNCTION_UNCERTAIN, list[i], j.parameter);
		is_flawed |= j.unexpected || (instance->flags & INSTANCE_REORDERED);
		if (!is_flawed && (c->rules->features & ENCODE_CONSISTENT) &&
		    protos_differ(c, all[list[0]].proto, instance->proto, &parameter))
			blame(choice, FUNCTION_INCONSISTENT, list[i], parameter);
		if (instance_rank(instance, is_worse) > best) {
			best = instance_rank(instance, is_worse);
			choice->instance = list[i];
			changed = is_worse;
		}
	}
	if (changed && !(c->rules->features & ENCODE_SIGNATURES))
		blame(choice, FUNCTION_OPTIMIZED, choice->instance, 0);
}

/* Chooses the first instance whose code is at the symbol and has a signature that BTF can express. */
static bool choose_true(struct chooser *c, const struct function_group *group,
			struct function_choice *choice, const uint32_t *list, size_t count)
{
	const struct function_instances *all = &c->all->instances;

	if (!(c->rules->features & ENCODE_SIGNATURES) || !group->suffixed)
		return false;
	for (size_t i = 0; i < count; i++) {
		const struct function_instance *instance = &all->list.items[list[i]];
		struct function_judgement j = judge(c, list[i]);
		struct type_view view = view_of(c, instance);

		if (!(instance->flags & INSTANCE_AT_SYMBOL) || j.uncertain ||
		    (j.unexpected && !(instance->flags & INSTANCE_NOCALL)))
			continue;
		if (true_signature(&view, c->rules->abi, instance,
				   all->facts.items + instance->facts, &c->parameters)) {
			choice->instance = list[i];
			choice->is_true = true;
			return true;
		}
	}
	c->failed |= c->parameters.failed;
	return false;
}

static bool has_valid_name(struct chooser *c, const struct function_group *group)
{
	char *name = strndup(group->name, group->length);
	bool valid = name && is_identifier(name);

	c->failed |= !name;
	free(name);
	return valid;
}

/* @list: the group's instances, by position. */
static void choose_for(struct chooser *c, uint32_t group_index, uint32_t *list, size_t count)
{
	const struct function_instance *all = c->all->instances.list.items;
	const struct function_group *group = &c->all->groups->list.items[group_index];
	struct function_choice *choice = &c->all->choices.items[group_index];
	size_t usable = 0;

	choice->instance = count ? list[0] : NO_INSTANCE;
	choice->other = choice->instance;
	choice->reason = group->ambiguous ? FUNCTION_AMBIGUOUS : FUNCTION_CHOSEN;
	if (group->ambiguous)
		return;
	for (size_t i = 0; i < count; i++) {
		if (all[list[i]].proto)
			list[usable++] = list[i];
	}
	if (!usable && count)
		choice->reason = all[list[0]].flags & INSTANCE_UNNAMED ? FUNCTION_UNNAMED
								       : FUNCTION_FOREIGN;
	else if (!usable)
		choice->reason = FUNCTION_NO_DWARF;
	else if (!has_valid_name(c, group))
		choice->reason = FUNCTION_INVALID_NAME;
	else if (!choose_true(c, group, choice, list, usable))
		choose_among(c, choice, list, usable);
}

static int instance_by_position(const void *a, const void *b, void *arg)
{
	const struct function_instance *all = arg;

	return by_number(all[*(const uint32_t *)a].first, all[*(const uint32_t *)b].first);
}

/*
 * Sets *@sorted, malloced, to the indices of all instances by group, and *@starts, malloced, to the
 * place of each group's first one there, and the end. Errors: NOMEM.
 */
static struct rebtf_error *instances_by_group(const struct functions *all, uint32_t **sorted,
					      uint32_t **starts)
{
	const struct function_instance *list = all->instances.list.items;
	size_t count = all->instances.list.count, groups = all->groups->list.count;

	*sorted = calloc(count + 1, sizeof(**sorted));
	*starts = calloc(groups + 2, sizeof(**starts));
	if (!*sorted || !*starts)
		return error_nomem();
	/* Filling @sorted moves each start to the group's end, which is the next group's start. */
	for (size_t i = 0; i < count; i++)
		++(*starts)[list[i].group + 2];
	for (size_t i = 2; i < groups + 2; i++)
		(*starts)[i] += (*starts)[i - 1];
	for (size_t i = 0; i < count; i++)
		(*sorted)[(*starts)[list[i].group + 1]++] = (uint32_t)i;
	return NULL;
}

static struct rebtf_error *choose_all(struct chooser *c)
{
	struct function_instance *list = c->all->instances.list.items;
	_cleanup_free_ uint32_t *sorted = NULL, *starts = NULL;

	TRY(instances_by_group(c->all, &sorted, &starts));
	for (uint32_t group = 0; group < c->all->groups->list.count; group++) {
		uint32_t *first = sorted + starts[group];
		size_t count = starts[group + 1] - starts[group];

		if (count > 1)
			qsort_r(first, count, sizeof(*first), instance_by_position, list);
		choose_for(c, group, first, count);
	}
	return c->failed ? error_nomem() : NULL;
}

struct rebtf_error *functions_choose(struct functions *all, const struct function_groups *groups,
				     struct node_store *store, struct contexts *contexts,
				     const struct function_rules *rules)
{
	struct chooser c = { .all = all, .store = store, .contexts = contexts, .rules = rules };
	struct rebtf_error *err;

	all->groups = groups;
	if (!choice_vector_reserve(&all->choices, groups->list.count + 1))
		return error_nomem();
	memset(all->choices.items, 0, (groups->list.count + 1) * sizeof(*all->choices.items));
	all->choices.count = groups->list.count;
	TRY(loose_init(&c.classes, store));
	err = choose_all(&c);
	loose_release(&c.classes);
	true_parameter_vector_release(&c.parameters);
	if (!err && node_store_failed(store))
		err = error_nomem();
	return err;
}

void functions_release(struct functions *all)
{
	function_instances_release(&all->instances);
	choice_vector_release(&all->choices);
	*all = (struct functions){};
}
