/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Turns the types of a unit into nodes of the store. A type needs the nodes of the types that it
 * refers to, so types wait in a stack for the one on top. References to a named struct or union do
 * not wait: their node has the name only.
 */
#include <inttypes.h>
#include <stdio.h>

#include "encode/features.h"
#include "encode/flat_arrays.h"
#include "encode/unit_nodes.h"

/* The greatest offset of a member in a struct with bit-fields, where it has 24 bits. */
#define MAX_BIT_FIELD_OFFSET 0xffffff

/* Number of references to follow for the storage of a bit-field. */
#define MAX_REFERENCES 64

#define FAKE_INT "__SANITIZED_FAKE_INT__"

static inline bool unit_find_type(const struct unit_types *t, uint32_t offset, uint32_t *type)
{
	if (offset >= t->reader->size || !t->starts[offset])
		return false;
	*type = t->blocks[offset / UNIT_BLOCK] + t->starts[offset] - 1;
	return true;
}

void unit_skip(struct unit_types *t, uint64_t offset, uint16_t tag, enum encode_skip_reason reason)
{
	if (t->quiet)
		return;
	t->skip_counts[reason]++;
	if (t->unit_skips++ < SKIPS_KEPT)
		encode_skip_vector_append(&t->skips,
					  (struct encode_skip){ offset, t->unit, tag, reason });
}

static bool unit_is_composite(const struct unit_type *type)
{
	return type->kind == REBTF_KIND_STRUCT || type->kind == REBTF_KIND_UNION;
}

/* Whether references to @type have its name only. */
static bool unit_is_referred_by_name(const struct unit_type *type)
{
	return type->kind == REBTF_KIND_FWD || (unit_is_composite(type) && type->name);
}

/* --- names */

static uint32_t unit_add_forward(struct unit_types *t, uint32_t name, bool is_union)
{
	struct node node = {
		.kind = REBTF_KIND_FWD, .name = name, .flags = is_union, .first = UINT64_MAX
	};
	size_t key = (size_t)name * 2 + is_union;

	while (t->forwards.count <= key) {
		if (!u32_vector_append(&t->forwards, 0))
			return 0;
	}
	if (!t->forwards.items[key])
		t->forwards.items[key] = node_store_add(t->store, &node, NULL);
	return t->forwards.items[key];
}

/* The number of definitions that the current unit has for the FWD @node. */
static uint32_t *unit_definitions_of(struct unit_types *t, uint32_t node)
{
	struct unit_name *name;

	if (node >= t->names.count) {
		size_t more = node + 1 - t->names.count;

		if (!unit_name_vector_reserve(&t->names, more))
			return NULL;
		memset(t->names.items + t->names.count, 0, more * sizeof(*t->names.items));
		t->names.count += more;
	}
	name = &t->names.items[node];
	if (name->read != t->reads)
		*name = (struct unit_name){ .read = t->reads };
	return &name->count;
}

/* Gives @type a name that only it has in this unit. */
static void unit_hide_type(struct unit_types *t, struct unit_type *type, uint32_t number)
{
	const char *name = node_store_text(t->store, type->name);
	char *hidden;

	if (asprintf(&hidden, "%c%" PRIu32 "%c%s", NODE_HIDDEN, number, NODE_NAME, name) < 0) {
		t->names.failed = true;
		return;
	}
	type->name = node_store_string(t->store, hidden, 0);
	type->hidden = true;
	free(hidden);
}

/*
 * Sets the nodes of the types that references name. Functions may have structs of their own with the
 * name of another: from the second on, these are hidden.
 */
static void unit_name_types(struct unit_types *t)
{
	for (size_t i = 0; i < t->types.count; i++) {
		struct unit_type *type = &t->types.items[i];
		bool is_union = type->kind == REBTF_KIND_UNION ||
				(type->kind == REBTF_KIND_FWD && type->flags);
		uint32_t *node = &t->refs.items[i], *definitions;

		if (!unit_is_referred_by_name(type))
			continue;
		*node = unit_add_forward(t, type->name, is_union);
		if (type->kind == REBTF_KIND_FWD) {
			type->own = *node;
			continue;
		}
		definitions = unit_definitions_of(t, *node);
		if (!definitions)
			return;
		if (++*definitions > 1) {
			unit_hide_type(t, type, *definitions);
			*node = unit_add_forward(t, type->name, is_union);
		}
	}
}

/* --- references */

static uint32_t unit_add_remote(struct unit_types *t, struct die_ref ref)
{
	struct node node = {
		.kind = NODE_REMOTE,
		.name = ref.offset,
		.size = ref.offset >> 32,
		.flags = ref.place,
		.first = UINT64_MAX,
	};

	return node_store_add(t->store, &node, NULL);
}

static uint32_t unit_add_foreign_node(struct unit_types *t)
{
	struct node node = { .kind = NODE_FOREIGN, .first = UINT64_MAX };

	return node_store_add(t->store, &node, NULL);
}

static uint64_t unit_die_offset(const struct unit_types *t, const struct unit_type *type)
{
	return t->reader->unit->offset + type->offset;
}

/*
 * Sets *@node to the node for reference @ref of @from. Returns false if that needs type *@wanted,
 * which has no node yet.
 */
static inline bool unit_reference_node(struct unit_types *t, const struct unit_type *from,
				       uint32_t ref, uint32_t *node, uint32_t *wanted)
{
	if (!ref) {
		*node = 0;
		return true;
	}
	if (ref & UNIT_REMOTE) {
		*node = unit_add_remote(t, t->remotes.items[ref & ~UNIT_REMOTE]);
		return true;
	}
	if (!unit_find_type(t, ref, wanted)) {
		unit_skip(t, unit_die_offset(t, from), from->tag, SKIP_NO_TYPE);
		*node = unit_add_foreign_node(t);
		return true;
	}
	*node = t->refs.items[*wanted];
	return *node < NODE_BUSY;
}

/* --- C types in BTF */

static bool unit_is_float_size(uint32_t size)
{
	return size == 2 || size == 4 || size == 8 || size == 12 || size == 16;
}

/* Sets @node to the BTF of a base type. Returns false if C does not have it. */
static bool unit_describe_base_type(struct unit_types *t, const struct unit_type *type,
				    struct node *node)
{
	uint32_t size = type->size;

	/* Rust's "()". */
	if (!size)
		return false;
	switch (type->flags) {
	case DW_ATE_float:
		if (t->features & ENCODE_FLOAT && unit_is_float_size(size))
			node->kind = REBTF_KIND_FLOAT;
		node->flags = 0;
		break;
	case DW_ATE_signed:
	case DW_ATE_signed_char:
		node->flags = REBTF_INT_SIGNED;
		break;
	case DW_ATE_boolean:
		node->flags = REBTF_INT_BOOL;
		break;
	case DW_ATE_complex_float:
	case DW_ATE_imaginary_float:
		return false;
	default:
		node->flags = 0;
	}
	/* A size that neither C nor BTF knows, as of clang's helper types. */
	if (node->kind == REBTF_KIND_INT && (size & (size - 1) || size > 16)) {
		node->name = node_store_string(t->store, FAKE_INT, 0);
		node->size = 4;
		node->flags = 0;
	}
	return true;
}

/* Returns false if C does not have an enumeration of that size. */
static bool unit_describe_enum(struct unit_types *t, const struct unit_type *type,
			       struct node *node)
{
	struct node_value *values = (struct node_value *)(t->words.items + type->elements);

	node->type = 0;
	node->size = type->size ?: 4;
	if (node->size > 8 || node->size & (node->size - 1))
		return false;
	if (node->size > 4 && t->features & ENCODE_ENUM64) {
		node->kind = REBTF_KIND_ENUM64;
		node->flags = node_is_signed(t->store, type->ref, &node->type);
		return true;
	}
	if (node->size > 4)
		node->flags = 0;
	for (uint32_t i = 0; i < type->count; i++)
		values[i].high = 0;
	return true;
}

/* Leaves out the members of a struct with bit-fields that it has no room for. */
static void unit_drop_far_members(struct unit_types *t, struct unit_type *type)
{
	struct node_member *members = (struct node_member *)(t->words.items + type->elements);
	uint32_t kept = 0;

	for (uint32_t i = 0; i < type->count; i++) {
		if (members[i].bit_offset <= MAX_BIT_FIELD_OFFSET)
			members[kept++] = members[i];
		else
			unit_skip(t, unit_die_offset(t, type), type->tag, SKIP_MEMBER);
	}
	type->partial = kept < type->count;
	type->count = kept;
}

/* An array has a type for each dimension. Returns the outermost. */
static uint32_t unit_add_array(struct unit_types *t, const struct unit_type *type)
{
	struct node node = { .kind = REBTF_KIND_ARRAY, .type = type->ref, .first = UINT64_MAX };

	if (!type->count || t->features & ENCODE_FLAT_ARRAYS) {
		if (!flat_arrays_count(t->words.items + type->elements, type->count, &node.size))
			unit_skip(t, unit_die_offset(t, type), type->tag, SKIP_TOO_LARGE);
		return node_store_add(t->store, &node, NULL);
	}
	for (uint32_t i = type->count; i-- > 0;) {
		node.size = t->words.items[type->elements + i];
		node.type = node_store_add(t->store, &node, NULL);
	}
	return node.type;
}

/* A pointer's tags are types between it and its target. The last tag is next to the pointer. */
static uint32_t unit_add_pointer(struct unit_types *t, const struct unit_type *type)
{
	struct node node = { .kind = REBTF_KIND_TYPE_TAG, .type = type->ref, .first = UINT64_MAX };

	for (uint32_t i = 0; i < type->count; i++) {
		node.name = t->words.items[type->elements + i];
		node.type = node_store_add(t->store, &node, NULL);
	}
	node.kind = REBTF_KIND_PTR;
	node.name = 0;
	return node_store_add(t->store, &node, NULL);
}

/* Adds the node of @type, whose references are nodes. Returns its number. */
static uint32_t unit_describe_type(struct unit_types *t, struct unit_type *type)
{
	struct node node = {
		.kind = type->kind,
		.name = type->name,
		.type = type->ref,
		.first = UINT64_MAX,
	};
	bool fits = true;

	switch (type->kind) {
	case 0:
		return type->ref;
	case NODE_FOREIGN:
		return unit_add_foreign_node(t);
	case REBTF_KIND_ARRAY:
		return unit_add_array(t, type);
	case REBTF_KIND_PTR:
		return unit_add_pointer(t, type);
	case REBTF_KIND_INT:
		node.size = type->size;
		node.type = 0;
		fits = unit_describe_base_type(t, type, &node);
		break;
	case REBTF_KIND_STRUCT:
	case REBTF_KIND_UNION:
		node.size = type->size;
		node.type = 0;
		if (type->flags)
			unit_drop_far_members(t, type);
		break;
	case REBTF_KIND_ENUM:
		node.flags = type->flags;
		fits = unit_describe_enum(t, type, &node);
		break;
	case REBTF_KIND_TYPEDEF:
		break;
	default:
		node.name = 0;
	}
	node.count = node_element_words(type->kind) ? type->count : 0;
	if (!fits || node.count > REBTF_MAX_VLEN) {
		unit_skip(t, unit_die_offset(t, type), type->tag,
			  fits ? SKIP_TOO_LARGE : SKIP_FOREIGN_TYPE);
		return unit_add_foreign_node(t);
	}
	return node_store_add(t->store, &node, t->words.items + type->elements);
}

/* --- resolving */

/* The second word of a member and of a parameter is its type. */
_Static_assert(offsetof(struct node_member, type) == sizeof(uint32_t),
	       "see unit_resolve_references()");
_Static_assert(offsetof(struct node_parameter, type) == sizeof(uint32_t),
	       "see unit_resolve_references()");

/*
 * Replaces the references of type @index by nodes. Returns false if that needs type *@wanted, which
 * has no node yet.
 */
static bool unit_resolve_references(struct unit_types *t, uint32_t index, uint32_t *wanted)
{
	struct unit_type *type = &t->types.items[index];
	uint32_t stride = node_element_words(type->kind), next = type->next, node;
	uint32_t count = node_refers(type->kind) ? type->count : 0;
	uint32_t *ref = t->words.items + type->elements + (size_t)next * stride + 1;
	const uint32_t *blocks = t->blocks, *nodes = t->refs.items;
	const uint8_t *starts = t->starts;
	const size_t size = t->reader->size;

	for (; next < count; next++, ref += stride) {
		uint32_t offset = *ref;
		uint32_t start = offset < size ? starts[offset] : 0;

		/* As unit_reference_node(), for most references. */
		if (start) {
			node = nodes[blocks[offset / UNIT_BLOCK] + start - 1];
			if (node < NODE_BUSY) {
				*ref = node;
				continue;
			}
		}
		if (!unit_reference_node(t, type, offset, &node, wanted))
			break;
		*ref = node;
	}
	type->next = next;
	if (next < count)
		return false;
	if (!type->resolved) {
		if (!unit_reference_node(t, type, type->ref, &node, wanted))
			return false;
		type->ref = node;
		type->resolved = true;
	}
	return true;
}

/*
 * Type @index, in the stack, waits for itself: the top of the stack refers to it. Gives a name to
 * the nearest struct or union without one, so that references to it no longer wait, and removes it
 * and the types above from the stack. Returns false if the stack has no such type.
 */
static bool unit_break_cycle(struct unit_types *t, uint32_t index)
{
	for (size_t at = t->stack.count; at-- > 0;) {
		struct unit_type *type = &t->types.items[t->stack.items[at]];

		if (unit_is_composite(type) && !type->name) {
			unit_hide_type(t, type, ++t->hidden);
			t->refs.items[t->stack.items[at]] =
				unit_add_forward(t, type->name, type->kind == REBTF_KIND_UNION);
			for (size_t i = at + 1; i < t->stack.count; i++)
				t->refs.items[t->stack.items[i]] = NODE_UNKNOWN;
			t->stack.count = at;
			return true;
		}
		if (t->stack.items[at] == index || !t->budget)
			return false;
		t->budget--;
	}
	return false;
}

/* Makes the reference void that the top of the stack waits for. */
static void unit_drop_reference(struct unit_types *t)
{
	struct unit_type *type = &t->types.items[t->stack.items[t->stack.count - 1]];
	uint32_t stride = node_element_words(type->kind);

	unit_skip(t, unit_die_offset(t, type), type->tag, SKIP_CYCLE);
	if (node_refers(type->kind) && type->next < type->count)
		t->words.items[type->elements + 1 + (size_t)type->next * stride] = 0;
	else
		type->ref = 0;
}

static void unit_resolve_stack(struct unit_types *t)
{
	while (t->stack.count) {
		uint32_t index = t->stack.items[t->stack.count - 1], wanted = 0;
		struct unit_type *type = &t->types.items[index];
		bool by_name = unit_is_referred_by_name(type);

		if (unit_resolve_references(t, index, &wanted)) {
			type->own = unit_describe_type(t, type);
			if (!by_name)
				t->refs.items[index] = type->own;
			t->stack.count--;
			continue;
		}
		if (!by_name)
			t->refs.items[index] = NODE_BUSY;
		if (t->refs.items[wanted] == NODE_UNKNOWN) {
			if (!u32_vector_append(&t->stack, wanted))
				return;
		} else if (!unit_break_cycle(t, wanted)) {
			unit_drop_reference(t);
		}
	}
}

static void unit_resolve_type(struct unit_types *t, uint32_t index)
{
	struct unit_type *type = &t->types.items[index];
	uint32_t wanted;

	/* Most types refer only to types that have a node. */
	if (type->own == NODE_UNKNOWN && unit_resolve_references(t, index, &wanted)) {
		type->own = unit_describe_type(t, type);
		if (!unit_is_referred_by_name(type))
			t->refs.items[index] = type->own;
	}
	while (type->own == NODE_UNKNOWN && !t->stack.failed) {
		u32_vector_append(&t->stack, index);
		unit_resolve_stack(t);
	}
}

/* --- the unit's nodes */

static void unit_list_node(struct unit_types *t, uint32_t node)
{
	uint64_t position = (uint64_t)t->unit << 32 | t->nodes.count;

	if (!node)
		return;
	node_store_see(t->store, node, position);
	u32_vector_append(&t->nodes, node);
}

/* Lists the node of @type, after the nodes that only it refers to: dimensions or tags. */
static void unit_list_type(struct unit_types *t, const struct unit_type *type)
{
	uint32_t more = 0, node = type->own;

	if (!type->kind)
		return;
	if (type->kind == REBTF_KIND_ARRAY && type->count && !(t->features & ENCODE_FLAT_ARRAYS))
		more = type->count - 1;
	else if (type->kind == REBTF_KIND_PTR)
		more = type->count;
	if (!more) {
		unit_list_node(t, type->own);
		return;
	}
	t->stack.count = 0;
	for (; more; more--) {
		node = node_store_get(t->store, node)->type;
		u32_vector_append(&t->stack, node);
	}
	while (t->stack.count)
		unit_list_node(t, t->stack.items[--t->stack.count]);
	unit_list_node(t, type->own);
}

static void unit_list_tags(struct unit_types *t)
{
	for (size_t i = 0; i < t->tags.count; i++) {
		const struct unit_tag *tag = &t->tags.items[i];
		const struct unit_type *type = &t->types.items[tag->type];
		struct node node = {
			.kind = REBTF_KIND_DECL_TAG,
			.name = tag->text,
			.type = type->own,
			.size = tag->component,
			.first = UINT64_MAX,
		};

		if (node.type && !(type->partial && tag->component != TAG_OF_TYPE))
			unit_list_node(t, node_store_add(t->store, &node, NULL));
	}
}

/* Bit-fields of DWARF 2 and 3 whose storage is as large as their type. */
static void unit_place_bit_fields(struct unit_types *t)
{
	for (size_t i = 0; i < t->bit_fields.count; i++) {
		const struct unit_bit_field *field = &t->bit_fields.items[i];
		const struct unit_type *parent = &t->types.items[field->type], *type;
		uint32_t *words = t->words.items + parent->elements + field->member;
		struct node_member *member = (struct node_member *)words;
		uint32_t ref = member->type, index;
		int64_t offset, size = 0;

		for (int n = 0; n < MAX_REFERENCES && ref && !(ref & UNIT_REMOTE) &&
				unit_find_type(t, ref, &index);
		     n++) {
			type = &t->types.items[index];
			size = type->size;
			ref = size ? 0 : type->ref;
		}
		offset = unit_bit_offset(t, member->bit_offset, size * 8, field->bit_offset,
					 field->bits);
		/* unit_drop_far_members() leaves out those that BTF cannot have. */
		if (offset < 0 || offset > UINT32_MAX ||
		    (offset && parent->kind == REBTF_KIND_UNION))
			offset = UINT32_MAX;
		member->bit_offset = offset;
	}
}

struct rebtf_error *unit_nodes_make(struct unit_types *t)
{
	t->budget = 4 * t->types.count;
	t->refs.count = 0;
	if (!u32_vector_reserve(&t->refs, t->types.count))
		return error_nomem();
	memset(t->refs.items, 0xff, t->types.count * sizeof(*t->refs.items));
	unit_place_bit_fields(t);
	unit_name_types(t);
	t->stack.count = 0;
	for (size_t i = 0; i < t->ended.count && !t->stack.failed; i++) {
		unit_resolve_type(t, t->ended.items[i]);
		if (!t->stack.failed)
			unit_list_type(t, &t->types.items[t->ended.items[i]]);
	}
	unit_list_tags(t);
	if (t->stack.failed || t->nodes.failed || t->skips.failed || t->names.failed ||
	    t->forwards.failed || node_store_failed(t->store))
		return error_nomem();
	return NULL;
}

uint32_t unit_types_node(struct unit_types *t, struct die_ref ref)
{
	uint32_t index;

	switch (ref.place) {
	case DIE_NOWHERE:
		return 0;
	case DIE_IN_UNIT:
		/* The unit may be an excluded one, whose types were not read. */
		if (!t->types.count ||
		    !unit_find_type(t, ref.offset - t->reader->unit->offset, &index))
			return 0;
		return t->refs.items[index];
	default:
		return unit_add_remote(t, unit_placed(t, ref));
	}
}
