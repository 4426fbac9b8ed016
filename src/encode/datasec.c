/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Checks variables against each other, section by section. */
#include <stdlib.h>

#include "encode/datasec.h"
#include "util/error.h"
#include "util/order.h"
#include "verify/verify.h"

bool variable_list_add(struct variable_list *all, const struct variable_list *found,
		       const struct node_map *map)
{
	size_t first_tag = all->tags.count;

	for (size_t i = 0; i < found->tags.count; i++) {
		struct decl_tag tag = found->tags.items[i];

		tag.text = map ? map->strings[tag.text] : tag.text;
		decl_tag_vector_append(&all->tags, tag);
	}
	for (size_t i = 0; i < found->list.count; i++) {
		struct found_variable variable = found->list.items[i];

		variable.name = map ? map->strings[variable.name] : variable.name;
		variable.type = map ? map->nodes[variable.type] : variable.type;
		variable.tags += (uint32_t)first_tag;
		found_variable_vector_append(&all->list, variable);
	}
	return !all->list.failed && !all->tags.failed;
}

void variable_list_release(struct variable_list *all)
{
	found_variable_vector_release(&all->list);
	decl_tag_vector_release(&all->tags);
}

const char *variable_reason_text(enum variable_reason reason)
{
	static const char *const texts[] = {
		[VARIABLE_CHOSEN] = "it is in the BTF",
		[VARIABLE_INVALID_NAME] = "kernels refuse BTF with this name",
		[VARIABLE_NO_TYPE] = "it has no type",
		[VARIABLE_NO_SIZE] = "its size is unknown, zero, or too large for BTF",
		[VARIABLE_TOO_FAR] = "its offset is too large for BTF",
		[VARIABLE_DUPLICATE] = "another unit describes it, too",
		[VARIABLE_OVERLAPS] = "it overlaps the variable before it",
		[VARIABLE_TOO_MANY] = "its section has more variables than BTF can list",
	};

	return texts[reason];
}

const char *variable_reason_word(enum variable_reason reason)
{
	static const char *const words[] = {
		[VARIABLE_CHOSEN] = "encoded",	 [VARIABLE_INVALID_NAME] = "invalid_name",
		[VARIABLE_NO_TYPE] = "no_type",	 [VARIABLE_NO_SIZE] = "no_size",
		[VARIABLE_TOO_FAR] = "too_far",	 [VARIABLE_DUPLICATE] = "duplicate",
		[VARIABLE_OVERLAPS] = "overlap", [VARIABLE_TOO_MANY] = "too_many",
	};

	return words[reason];
}

static int variable_by_address(const void *a, const void *b)
{
	const struct found_variable *left = a, *right = b;

	return by_number(left->section, right->section)
		       ?: by_number(left->address, right->address)
			       ?: by_number(left->first, right->first);
}

DEFINE_VECTOR(secinfo_vector, struct rebtf_var_secinfo);

struct datasec_writer {
	const struct variable_list *all;
	const struct encode_object *object;
	struct type_view view;
	bool with_tags;
	struct condense *condense;
	struct rebtf_builder *builder;
	struct secinfo_vector entries;	   /* of the current section */
	const struct found_variable *last; /* that has BTF in the current section, or NULL */
	uint64_t end;			   /* offset of the end of that variable */
};

static enum variable_reason check_variable(struct datasec_writer *w,
					   const struct found_variable *variable, uint64_t offset,
					   uint64_t size)
{
	if (!variable->type)
		return VARIABLE_NO_TYPE;
	if (!size)
		return VARIABLE_NO_SIZE;
	if (!is_identifier(node_store_text(w->view.store, variable->name)))
		return VARIABLE_INVALID_NAME;
	if (offset + size > UINT32_MAX)
		return VARIABLE_TOO_FAR;
	if (w->entries.count == UINT16_MAX)
		return VARIABLE_TOO_MANY;
	if (w->last && w->last->address == variable->address && w->last->name == variable->name)
		return VARIABLE_DUPLICATE;
	return w->last && offset < w->end ? VARIABLE_OVERLAPS : VARIABLE_CHOSEN;
}

static enum variable_reason write_variable(struct datasec_writer *w,
					   const struct found_variable *variable)
{
	uint64_t offset = variable->address - w->object->sections.items[variable->section].address;
	enum variable_reason reason;
	uint32_t type, var;
	uint64_t size;

	w->view.unit = (uint32_t)(variable->first >> 32);
	size = type_view_size(&w->view, variable->type);
	reason = check_variable(w, variable, offset, size);
	if (reason != VARIABLE_CHOSEN)
		return reason;
	type = condense_id(w->condense, variable->type,
			   contexts_unit_with(w->view.contexts, variable->type, w->view.unit));
	var = rebtf_builder_var(w->builder, node_store_text(w->view.store, variable->name),
				variable->is_external ? REBTF_LINKAGE_GLOBAL : REBTF_LINKAGE_STATIC,
				type);
	for (uint32_t i = 0; i < variable->tag_count && w->with_tags; i++) {
		const struct decl_tag *tag = &w->all->tags.items[variable->tags + i];

		rebtf_builder_decl_tag(w->builder, node_store_text(w->view.store, tag->text), var,
				       -1);
	}
	secinfo_vector_append(&w->entries,
			      (struct rebtf_var_secinfo){ var, (uint32_t)offset, (uint32_t)size });
	w->last = variable;
	w->end = offset + size;
	return VARIABLE_CHOSEN;
}

/* Writes the section of @count variables with the same section. */
static void datasec_write_one(struct datasec_writer *w, const struct found_variable *variables,
			      size_t count, uint8_t *reasons)
{
	w->entries.count = 0;
	w->last = NULL;
	w->end = 0;
	for (size_t i = 0; i < count; i++)
		reasons[i] = write_variable(w, &variables[i]);
	if (!w->entries.count)
		return;
	rebtf_builder_datasec(w->builder, w->object->sections.items[variables->section].name,
			      (uint32_t)w->end);
	for (size_t i = 0; i < w->entries.count; i++)
		rebtf_builder_secinfo(w->builder, w->entries.items[i].type,
				      w->entries.items[i].offset, w->entries.items[i].size);
}

struct rebtf_error *datasec_write(struct variable_list *all, const struct encode_object *object,
				  const struct type_view *view, bool with_tags,
				  struct condense *condense, struct rebtf_builder *builder,
				  uint8_t **reasons)
{
	struct datasec_writer w = { .all = all,
				    .object = object,
				    .view = *view,
				    .with_tags = with_tags,
				    .condense = condense,
				    .builder = builder };
	struct found_variable *list = all->list.items;
	size_t count = all->list.count, end;
	bool failed;

	*reasons = calloc(count + 1, 1);
	if (!*reasons)
		return error_nomem();
	if (count)
		qsort(list, count, sizeof(*list), variable_by_address);
	for (size_t start = 0; start < count; start = end) {
		for (end = start + 1; end < count && list[end].section == list[start].section;)
			end++;
		datasec_write_one(&w, list + start, end - start, *reasons + start);
	}
	failed = w.entries.failed;
	secinfo_vector_release(&w.entries);
	return failed ? error_nomem() : NULL;
}
