/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Annotations of types and members, which both compilers describe in a way of their own. */
#include <string.h>

#include "encode/features.h"
#include "encode/unit_annotations.h"

/* A declaration tag of @type, or a type tag, which becomes an element of the pointer. */
static void unit_add_annotation(struct unit_types *t, bool on_type, uint32_t text, uint32_t index,
				uint32_t component)
{
	struct unit_type *type = &t->types.items[index];

	if (!on_type && t->features & ENCODE_DECL_TAG)
		unit_tag_vector_append(&t->tags, (struct unit_tag){ index, component, text });
	if (on_type && type->kind == REBTF_KIND_PTR && t->features & ENCODE_TYPE_TAG) {
		type->count++;
		u32_vector_append(&t->open_words, text);
	}
}

static bool unit_is_type_tag(const struct die *die)
{
	const char *name = die_string(die, DIE_NAME).text;

	return name && !strcmp(name, "btf_type_tag");
}

static bool unit_is_decl_tag(const struct die *die)
{
	const char *name = die_string(die, DIE_NAME).text;

	return name && !strcmp(name, "btf_decl_tag");
}

/* LLVM's annotations are inside the DIE of the type or of the member. */
void unit_add_inner_annotation(struct unit_types *t, const struct die *die, uint16_t parent)
{
	uint32_t text = unit_string(t, die_string(die, DIE_TAG_VALUE)), index;
	struct unit_type *top;

	if (!t->open.count || !(unit_is_type_tag(die) || unit_is_decl_tag(die)))
		return;
	index = t->open.items[t->open.count - 1];
	top = &t->types.items[index];
	if (top->depth + 1 == die->depth)
		unit_add_annotation(t, unit_is_type_tag(die), text, index, TAG_OF_TYPE);
	else if (top->depth + 2 == die->depth && top->count && parent == DW_TAG_member)
		unit_add_annotation(t, unit_is_type_tag(die), text, index, top->count - 1);
}

/* GCC's annotations are DIEs of the unit, which types and members refer to. */
void unit_keep_annotation(struct unit_types *t, const struct die *die)
{
	struct die_ref next = die_ref(die, DIE_ANNOTATION);
	uint64_t unit = t->reader->unit->offset;

	if (!unit_is_type_tag(die) && !unit_is_decl_tag(die))
		return;
	unit_annotation_vector_append(&t->annotations,
				      (struct unit_annotation){
					      .offset = die->offset - unit,
					      .next = next.place == DIE_IN_UNIT ? next.offset - unit
										: 0,
					      .text = unit_string(t,
								  die_string(die, DIE_TAG_VALUE)),
					      .on_type = unit_is_type_tag(die),
				      });
}

void unit_keep_annotated(struct unit_types *t, const struct die *die, uint32_t type,
			 uint32_t component)
{
	struct die_ref ref = die_ref(die, DIE_ANNOTATION);

	if (ref.place == DIE_IN_UNIT)
		unit_annotated_vector_append(&t->annotated,
					     (struct unit_annotated){
						     type, component,
						     ref.offset - t->reader->unit->offset });
}

static const struct unit_annotation *unit_find_annotation(const struct unit_types *t,
							  uint32_t offset)
{
	const struct unit_annotation *list = t->annotations.items;
	size_t low = 0, high = t->annotations.count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (list[middle].offset < offset)
			low = middle + 1;
		else
			high = middle;
	}
	return low < t->annotations.count && list[low].offset == offset ? &list[low] : NULL;
}

/*
 * Adds the annotations that types and members refer to. A chain may be long, and several types may
 * share it. So at most as many annotations as the unit has DIEs for types are added in all.
 */
void unit_add_kept_annotations(struct unit_types *t)
{
	size_t budget = t->types.count + t->annotated.count + t->annotations.count;

	for (size_t i = 0; i < t->annotated.count; i++) {
		const struct unit_annotated *user = &t->annotated.items[i];
		const struct unit_annotation *at = unit_find_annotation(t, user->annotation);
		struct unit_type *type = &t->types.items[user->type];

		t->open_words.count = 0;
		for (; at && budget; budget--, at = unit_find_annotation(t, at->next))
			unit_add_annotation(t, at->on_type, at->text, user->type, user->component);
		if (!t->open_words.count)
			continue;
		/* The first type tag of a chain is next to the pointer, unlike LLVM's. */
		type->elements = t->words.count;
		while (t->open_words.count)
			u32_vector_append(&t->words, t->open_words.items[--t->open_words.count]);
	}
}
