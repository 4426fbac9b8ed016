/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Keeps each instance once: most units of a kernel include the same headers. */
#include <string.h>

#include "encode/instances.h"
#include "util/hash.h"

/* The facts of its parameters. Their number is 0 if the instance has no code. */
static size_t instance_fact_count(const struct function_instance *instance)
{
	return instance->flags & INSTANCE_HAS_FACTS ? instance->parameter_count : 0;
}

struct function_instance_key {
	const struct function_instances *all;
	const struct function_instance *instance;
	const struct parameter_facts *facts;
	const struct decl_tag *tags;
};

static bool function_instance_same(const void *arg, uint32_t value)
{
	const struct function_instance_key *key = arg;
	const struct function_instance *a = key->instance;
	const struct function_instance *b = &key->all->list.items[value - 1];
	size_t facts = instance_fact_count(a) * sizeof(*key->facts);
	size_t tags = a->tag_count * sizeof(*key->tags);

	if (a->group != b->group || a->proto != b->proto || a->flags != b->flags ||
	    a->tag_count != b->tag_count || a->parameter_count != b->parameter_count)
		return false;
	return (!facts || !memcmp(key->facts, key->all->facts.items + b->facts, facts)) &&
	       (!tags || !memcmp(key->tags, key->all->tags.items + b->tags, tags));
}

static uint32_t function_instance_hash(const struct function_instance_key *key)
{
	const struct function_instance *i = key->instance;
	const uint32_t words[] = { i->group, i->proto, i->flags, i->tag_count };
	uint64_t hash = hash_string((const char *)words, sizeof(words));
	size_t facts = instance_fact_count(i) * sizeof(*key->facts);

	if (facts)
		hash ^= hash_string((const char *)key->facts, facts) * hash_factor();
	return (uint32_t)(hash ^ hash >> 32);
}

bool function_instances_add(struct function_instances *all,
			    const struct function_instance *instance,
			    const struct parameter_facts *facts, const struct decl_tag *tags)
{
	const struct function_instance_key key = { all, instance, facts, tags };
	uint32_t hash = function_instance_hash(&key);
	struct function_instance added = *instance;
	struct table_slot *slot;

	if (!table_reserve(&all->table, 1))
		return false;
	slot = table_find(&all->table, hash, function_instance_same, &key);
	if (slot->value) {
		struct function_instance *old = &all->list.items[slot->value - 1];

		if (instance->first < old->first) {
			old->first = instance->first;
			old->die_offset = instance->die_offset;
		}
		return true;
	}
	added.facts = (uint32_t)all->facts.count;
	added.tags = (uint32_t)all->tags.count;
	return facts_vector_extend(&all->facts, facts, instance_fact_count(instance)) &&
	       decl_tag_vector_extend(&all->tags, tags, instance->tag_count) &&
	       instance_vector_append(&all->list, added) &&
	       table_add(&all->table, slot, hash, (uint32_t)all->list.count);
}

void function_instances_release(struct function_instances *all)
{
	instance_vector_release(&all->list);
	facts_vector_release(&all->facts);
	decl_tag_vector_release(&all->tags);
	table_release(&all->table);
}
