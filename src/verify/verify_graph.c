/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Finds the contents of a bpf_list_head or bpf_rb_root, see verify_special.h. The member has a tag
 * "contains:STRUCT:MEMBER", which names a struct and its node, the member that links it into the
 * list or tree. Kernels search all types and members for each of them. Here both are sorted by name
 * first, so that many lists take no longer than one.
 */
#include <stdlib.h>
#include <string.h>

#include "verify/verify_special.h"
#include "util/error.h"
#include "util/order.h"

#define CONTAINS "contains:"

static int compare_named(const void *a, const void *b)
{
	const struct named *x = a, *y = b;

	return strcmp(x->name, y->name) ?: by_number(x->number, y->number);
}

/*
 * Returns the index of the first entry with that name in the sorted @named, or its insertion point.
 */
static size_t first_named(const struct named *named, size_t count, const char *name)
{
	size_t from = 0;

	while (from < count) {
		size_t middle = from + (count - from) / 2;

		if (strcmp(named[middle].name, name) < 0)
			from = middle + 1;
		else
			count = middle;
	}
	return from;
}

/* Counts the entries with that name, up to 2. Sets *@number to the first one's. */
static unsigned int verify_graph_find_named(const struct named *named, size_t count,
					    const char *name, uint32_t *number)
{
	size_t at = first_named(named, count, name);
	unsigned int found = 0;

	while (found < 2 && at + found < count && !strcmp(named[at + found].name, name))
		found++;
	if (found)
		*number = named[at].number;
	return found;
}

static int compare_tags(const void *a, const void *b)
{
	const struct contains_tag *x = a, *y = b;

	return by_number(x->target, y->target) ?: by_number(x->component, y->component);
}

/* ------------------------------------------------------------------------- all structs and tags */

static struct rebtf_error *collect_graph(struct specials *s)
{
	const struct verifier *v = s->v;

	for (uint32_t i = 0; i < v->own_count; i++) {
		const struct rebtf_type *t = verifier_type(v, v->start_id + i);
		const char *name = verifier_string(v, t->name_off);

		if (is_one_of(t, KIND(STRUCT)))
			named_vector_append(&s->by_name, (struct named){ name, v->start_id + i });
		else if (is_one_of(t, KIND(DECL_TAG)) && !strncmp(name, CONTAINS, strlen(CONTAINS)))
			contains_tags_append(&s->tags,
					     (struct contains_tag){
						     t->type, (uint32_t)rebtf_decl_tag_component(t),
						     name + strlen(CONTAINS) });
	}
	if (s->by_name.failed || s->tags.failed)
		return error_nomem();
	qsort(s->by_name.items, s->by_name.count, sizeof(*s->by_name.items), compare_named);
	if (s->tags.count)
		qsort(s->tags.items, s->tags.count, sizeof(*s->tags.items), compare_tags);
	s->has_graph = true;
	return NULL;
}

/* Finds the only tag of that component. */
static struct rebtf_error *find_tag(const struct specials *s, uint32_t target, uint32_t component,
				    const char **value)
{
	const struct contains_tag wanted = { .target = target, .component = component };
	const struct contains_tag *found = NULL;
	size_t at;

	if (s->tags.count)
		found = bsearch(&wanted, s->tags.items, s->tags.count, sizeof(wanted),
				compare_tags);
	if (!found)
		FAIL("no tag '" CONTAINS "...'");
	at = (size_t)(found - s->tags.items);
	if ((at > 0 && !compare_tags(&s->tags.items[at - 1], found)) ||
	    (at + 1 < s->tags.count && !compare_tags(&s->tags.items[at + 1], found)))
		FAIL("more than one tag '" CONTAINS "...'");
	*value = found->value;
	return NULL;
}

struct rebtf_error *find_contained(struct specials *s, uint32_t id, uint32_t component,
				   struct special_field *field)
{
	char name[LONGEST_NAME + 1];
	const char *value, *colon;
	size_t length;

	if (!s->has_graph)
		TRY(collect_graph(s));
	TRY(find_tag(s, id, component, &value));
	/* A tag can have megabytes, but the name of a struct is no longer than this. */
	colon = memchr(value, ':', strnlen(value, sizeof(name)));
	if (!colon)
		FAIL("invalid tag '" CONTAINS "%.600s' (expected '" CONTAINS "STRUCT:MEMBER')",
		     value);
	length = (size_t)(colon - value);
	memcpy(name, value, length);
	name[length] = 0;
	/* Kernel quirk: an empty name finds the first unnamed struct. */
	if (!verify_graph_find_named(s->by_name.items, s->by_name.count, name, &field->id))
		FAIL("struct '%s' of the tag '" CONTAINS "...' does not exist", name);
	if (!colon[1])
		FAIL("invalid tag '" CONTAINS "%s:' (expected '" CONTAINS "STRUCT:MEMBER')", name);
	field->node_string = (uint32_t)(colon + 1 - s->v->strings);
	return NULL;
}

/* ---------------------------------------------------------------------------------------- nodes */

static struct rebtf_error *sort_members(struct specials *s, uint32_t id)
{
	const struct rebtf_type *t = verifier_type(s->v, id);
	const struct rebtf_member *m = rebtf_members(t);
	struct named *members = malloc((rebtf_type_vlen(t) + 1) * sizeof(*members));

	if (!members)
		return error_nomem();
	for (uint32_t i = 0; i < rebtf_type_vlen(t); i++) {
		/* Kernel quirk: unnamed members have this name. */
		const char *name = m[i].name_off ? verifier_string(s->v, m[i].name_off) : "(anon)";

		members[i] = (struct named){ name, i };
	}
	qsort(members, rebtf_type_vlen(t), sizeof(*members), compare_named);
	special_struct(s, id)->members = members;
	return NULL;
}

struct rebtf_error *check_node(struct specials *s, const struct special_field *root)
{
	const struct verifier *v = s->v;
	const struct special_type *type = &special_types[special_types[root->special].node];
	const struct rebtf_type *t = verifier_type(v, root->id), *node;
	const struct rebtf_member *m = rebtf_members(t);
	const char *name = v->strings + root->node_string;
	uint32_t number, offset;
	unsigned int count;

	if (!special_struct(s, root->id)->members)
		TRY(sort_members(s, root->id));
	count = verify_graph_find_named(special_struct(s, root->id)->members, rebtf_type_vlen(t),
					name, &number);
	if (count != 1)
		FAIL("%s contains type [%u], but the type has %s member '%.600s'",
		     special_types[root->special].name, root->id, count ? "more than one" : "no",
		     name);
	m += number;
	node = verifier_type(v, m->type);
	if (!is_one_of(node, KIND(STRUCT)) ||
	    strcmp(verifier_string(v, node->name_off), type->name) != 0)
		FAIL("%s contains type [%u], but member '%.600s' is not a struct %s",
		     special_types[root->special].name, root->id, name, type->name);
	/*
	 * Kernel quirk: the node's kind flag, not its container's, selects the encoding of the
	 * offset.
	 */
	offset = rebtf_member_bit_offset(node, m);
	if (offset % (type->align * 8))
		FAIL("%s contains type [%u], but member '%.600s' starts at bit %u (expected a multiple of %u)",
		     special_types[root->special].name, root->id, name, offset, type->align * 8);
	return NULL;
}
