/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Walks over the DIEs of a unit and keeps its types in arrays, before references are resolved. */
#include "encode/features.h"
#include "encode/unit_annotations.h"
#include "encode/unit_functions.h"
#include "encode/unit_types.h"

/* Words of a member, value or parameter: see nodes.h. */
#define MEMBER_WORDS	(sizeof(struct node_member) / sizeof(uint32_t))
#define VALUE_WORDS	(sizeof(struct node_value) / sizeof(uint32_t))
#define PARAMETER_WORDS (sizeof(struct node_parameter) / sizeof(uint32_t))

/* The largest unit. An offset in it leaves room for UNIT_REMOTE. */
#define LARGEST_UNIT (UNIT_REMOTE - 1)

/* The walk's treatment of a DIE. */
enum tag_role {
	ROLE_NONE,
	ROLE_TYPE,	/* a type. Without a kind: the same type as the one that it refers to */
	ROLE_DEFINABLE, /* a type that may be declared without being defined */
	ROLE_FOREIGN,	/* a type that C does not have */
	ROLE_ELEMENT,	/* a member, value, parameter or dimension */
	ROLE_PARENT,	/* has DIEs of functions and variables inside */
	ROLE_CLOSED,	/* the DIEs inside do not count */
};

static const struct tag_row {
	uint8_t role, kind;
} tag_rows[] = {
	[DW_TAG_array_type] = { ROLE_TYPE, REBTF_KIND_ARRAY },
	[DW_TAG_atomic_type] = { .role = ROLE_TYPE },
	[DW_TAG_base_type] = { ROLE_TYPE, REBTF_KIND_INT },
	[DW_TAG_call_site] = { .role = ROLE_CLOSED },
	[DW_TAG_call_site_parameter] = { .role = ROLE_CLOSED },
	[DW_TAG_class_type] = { ROLE_DEFINABLE, REBTF_KIND_STRUCT },
	[DW_TAG_coarray_type] = { .role = ROLE_FOREIGN },
	[DW_TAG_const_type] = { ROLE_TYPE, REBTF_KIND_CONST },
	[DW_TAG_dynamic_type] = { .role = ROLE_FOREIGN },
	[DW_TAG_enumeration_type] = { ROLE_DEFINABLE, REBTF_KIND_ENUM },
	[DW_TAG_enumerator] = { .role = ROLE_ELEMENT },
	[DW_TAG_file_type] = { .role = ROLE_FOREIGN },
	[DW_TAG_formal_parameter] = { .role = ROLE_ELEMENT },
	[DW_TAG_immutable_type] = { .role = ROLE_FOREIGN },
	[DW_TAG_inlined_subroutine] = { .role = ROLE_CLOSED },
	[DW_TAG_interface_type] = { ROLE_DEFINABLE, REBTF_KIND_STRUCT },
	[DW_TAG_lexical_block] = { .role = ROLE_PARENT },
	[DW_TAG_member] = { .role = ROLE_ELEMENT },
	[DW_TAG_namespace] = { .role = ROLE_PARENT },
	[DW_TAG_packed_type] = { .role = ROLE_FOREIGN },
	[DW_TAG_pointer_type] = { ROLE_TYPE, REBTF_KIND_PTR },
	[DW_TAG_ptr_to_member_type] = { .role = ROLE_FOREIGN },
	[DW_TAG_reference_type] = { .role = ROLE_FOREIGN },
	[DW_TAG_restrict_type] = { ROLE_TYPE, REBTF_KIND_RESTRICT },
	[DW_TAG_rvalue_reference_type] = { .role = ROLE_FOREIGN },
	[DW_TAG_set_type] = { .role = ROLE_FOREIGN },
	[DW_TAG_shared_type] = { .role = ROLE_FOREIGN },
	[DW_TAG_string_type] = { .role = ROLE_FOREIGN },
	[DW_TAG_structure_type] = { ROLE_DEFINABLE, REBTF_KIND_STRUCT },
	[DW_TAG_subprogram] = { .role = ROLE_PARENT },
	[DW_TAG_subrange_type] = { .role = ROLE_ELEMENT },
	[DW_TAG_subroutine_type] = { ROLE_TYPE, REBTF_KIND_FUNC_PROTO },
	[DW_TAG_template_alias] = { .role = ROLE_FOREIGN },
	[DW_TAG_thrown_type] = { .role = ROLE_FOREIGN },
	[DW_TAG_typedef] = { ROLE_TYPE, REBTF_KIND_TYPEDEF },
	[DW_TAG_union_type] = { ROLE_DEFINABLE, REBTF_KIND_UNION },
	[DW_TAG_unspecified_parameters] = { .role = ROLE_ELEMENT },
	[DW_TAG_unspecified_type] = { .role = ROLE_TYPE },
	/* Its annotations. unit_types_want_variables() opens it. */
	[DW_TAG_variable] = { .role = ROLE_CLOSED },
	[DW_TAG_variant_part] = { .role = ROLE_CLOSED },
	[DW_TAG_volatile_type] = { ROLE_TYPE, REBTF_KIND_VOLATILE },
};

#define TAG_ROWS (sizeof(tag_rows) / sizeof(tag_rows[0]))

void unit_types_init(struct unit_types *t, struct node_store *store, uint32_t features)
{
	*t = (struct unit_types){ .store = store, .features = features };
	for (size_t tag = 0; tag < TAG_ROWS; tag++) {
		if (tag_rows[tag].role == ROLE_CLOSED)
			die_filter_set(&t->filter, tag, DIE_CLOSED);
		else if (tag_rows[tag].role)
			die_filter_set(&t->filter, tag, DIE_WANTED);
	}
	die_filter_set(&t->filter, DW_TAG_LLVM_annotation, DIE_WANTED);
	die_filter_set(&t->filter, DW_TAG_GNU_annotation, DIE_WANTED);
	die_filter_set(&t->filter, DW_TAG_imported_unit, DIE_WANTED);
	die_filter_set(&t->filter, DW_TAG_GNU_call_site, DIE_CLOSED);
	die_filter_set(&t->filter, DW_TAG_GNU_call_site_parameter, DIE_CLOSED);
}

void unit_types_want_variables(struct unit_types *t)
{
	die_filter_set(&t->filter, DW_TAG_variable, DIE_WANTED);
}

void unit_types_release(struct unit_types *t)
{
	u32_vector_release(&t->nodes);
	encode_skip_vector_release(&t->skips);
	unit_type_vector_release(&t->types);
	u32_vector_release(&t->words);
	u32_vector_release(&t->open);
	u32_vector_release(&t->open_words);
	u32_vector_release(&t->ended);
	u32_vector_release(&t->stack);
	unit_tag_vector_release(&t->tags);
	u16_vector_release(&t->parents);
	unit_annotation_vector_release(&t->annotations);
	unit_annotated_vector_release(&t->annotated);
	unit_bit_field_vector_release(&t->bit_fields);
	unit_remote_vector_release(&t->remotes);
	unit_remote_vector_release(&t->imports);
	unit_name_vector_release(&t->names);
	u32_vector_release(&t->refs);
	u32_vector_release(&t->forwards);
	free(t->starts);
	free(t->blocks);
	*t = (struct unit_types){};
}

void unit_types_clear(struct unit_types *t)
{
	for (size_t i = 0; i < t->types.count; i++)
		t->starts[t->types.items[i].offset] = 0;
	t->nodes.count = t->types.count = t->words.count = t->open.count = t->open_words.count = 0;
	t->ended.count = t->tags.count = t->bit_fields.count = t->remotes.count = 0;
	t->parents.count = t->annotations.count = t->annotated.count = 0;
	t->inner_depth = t->hidden = t->unit_skips = t->next_block = 0;
}

/* Empties the last unit's arrays, and makes room for this one's types: no array stays NULL. */
static struct rebtf_error *unit_types_start(struct unit_types *t, struct unit_reader *reader,
					    uint32_t unit)
{
	size_t blocks = reader->size / UNIT_BLOCK + 1;

	if (reader->size > LARGEST_UNIT)
		return unit_error(reader, reader->unit->offset, REBTF_ERR_UNSUPPORTED,
				  "the unit is too large (%zu bytes, maximum %u)", reader->size,
				  LARGEST_UNIT);
	unit_types_clear(t);
	t->reader = reader;
	t->unit = unit;
	t->reads++;
	if (!u32_vector_reserve(&t->words, 1) || !u32_vector_reserve(&t->open_words, 1))
		return error_nomem();
	if (blocks <= t->room)
		return NULL;
	free(t->starts);
	free(t->blocks);
	t->starts = calloc(blocks, UNIT_BLOCK);
	t->blocks = malloc(blocks * sizeof(*t->blocks));
	t->room = t->starts && t->blocks ? blocks : 0;
	return t->room ? NULL : error_nomem();
}

/* The type with number @index, which is the last, starts at @offset. */
static void unit_note_start(struct unit_types *t, uint32_t offset, uint32_t index)
{
	uint32_t block = offset / UNIT_BLOCK;

	while (t->next_block <= block)
		t->blocks[t->next_block++] = index;
	t->starts[offset] = index - t->blocks[block] + 1;
}

static uint32_t unit_remote_of(struct unit_types *t, struct die_ref ref)
{
	unit_remote_vector_append(&t->remotes, unit_placed(t, ref));
	return UNIT_REMOTE | (uint32_t)(t->remotes.count - 1);
}

static inline uint32_t unit_ref_of(struct unit_types *t, struct die_ref ref)
{
	if (ref.place == DIE_IN_UNIT)
		return ref.offset - t->reader->unit->offset;
	return ref.place == DIE_NOWHERE ? 0 : unit_remote_of(t, ref);
}

static void unit_add_import(struct unit_types *t, const struct die *die)
{
	struct die_ref ref = unit_placed(t, die_ref(die, DIE_IMPORT));

	if (ref.place == DIE_IN_SUPPLEMENTARY)
		unit_remote_vector_append(&t->imports, ref);
}

/* The type that is the parent of @die, or NULL if another DIE is. */
static struct unit_type *unit_open_parent(const struct unit_types *t, const struct die *die)
{
	if (!die->depth || die->depth != t->inner_depth)
		return NULL;
	return &t->types.items[t->open.items[t->open.count - 1]];
}

/* The tag of the DIE around @die, which the filter must want; otherwise maybe that of an earlier one. */
static uint16_t unit_parent_of(const struct unit_types *t, const struct die *die)
{
	return die->depth && die->depth <= t->parents.count ? t->parents.items[die->depth - 1] : 0;
}

/* --- types and elements */

/* The elements of the last open type are complete. */
static void unit_end_type(struct unit_types *t)
{
	uint32_t index = t->open.items[--t->open.count];
	struct unit_type *type = &t->types.items[index];
	uint32_t start = type->elements;

	type->elements = t->words.count;
	u32_vector_extend(&t->words, t->open_words.items + start, t->open_words.count - start);
	t->open_words.count = start;
	u32_vector_append(&t->ended, index);
	index = t->open.count ? t->open.items[t->open.count - 1] : 0;
	t->inner_depth = t->open.count ? t->types.items[index].depth + 1 : 0;
}

/* Adds a type, whose name, reference, place and kind are known, to the arrays. False: no memory. */
static inline bool unit_append_type(struct unit_types *t, struct unit_type *type, uint64_t size,
				    bool children)
{
	uint32_t index = t->types.count;

	type->size = size;
	type->elements = t->open_words.count;
	type->own = NODE_UNKNOWN;
	if (size > UINT32_MAX) {
		unit_skip(t, t->reader->unit->offset + type->offset, type->tag, SKIP_TOO_LARGE);
		type->kind = type->ref = 0;
	}
	if (!unit_type_vector_append(&t->types, *type))
		return false;
	unit_note_start(t, type->offset, index);
	if (!children)
		return u32_vector_append(&t->ended, index);
	if (u32_vector_append(&t->open, index))
		t->inner_depth = type->depth + 1;
	return !t->open.failed;
}

static void unit_add_type(struct unit_types *t, const struct die *die, uint32_t kind)
{
	struct unit_type type = {
		.offset = die->offset - t->reader->unit->offset,
		.name = unit_string(t, die_string(die, DIE_NAME)),
		.ref = unit_ref_of(t, die_ref(die, DIE_TYPE)),
		.depth = die->depth,
		.tag = die->tag,
		.kind = kind,
	};

	if (die->tag == DW_TAG_base_type)
		type.flags = die_number(die, DIE_ENCODING, 0);
	if (unit_append_type(t, &type, die_number(die, DIE_BYTE_SIZE, 0), die->children) &&
	    die_has(die, DIE_ANNOTATION))
		unit_keep_annotated(t, die, t->types.count - 1, TAG_OF_TYPE);
}

/*
 * GNU as gives functions an unspecified type without a name as their result: the type is unknown.
 * An unspecified type with a name, as that of nullptr in C++, is a type of another language.
 */
static void unit_add_unspecified(struct unit_types *t, const struct die *die)
{
	unit_add_type(t, die, die_has(die, DIE_NAME) ? NODE_FOREIGN : 0);
}

/* C does not have this type. */
static void unit_add_foreign(struct unit_types *t, const struct die *die)
{
	unit_skip(t, die->offset, die->tag, SKIP_FOREIGN_TYPE);
	unit_add_type(t, die, NODE_FOREIGN);
	if (!t->types.failed)
		t->types.items[t->types.count - 1].ref = 0;
}

/* A struct, union or enumeration may be declared only, or be in a type unit. */
static void unit_add_definable(struct unit_types *t, const struct die *die, uint32_t kind)
{
	struct unit_type *type;

	unit_add_type(t, die, kind);
	if (t->types.failed || !(die_has(die, DIE_DECLARATION) || die_has(die, DIE_SIGNATURE)))
		return;
	type = &t->types.items[t->types.count - 1];
	if (!type->name && die_has(die, DIE_SIGNATURE)) {
		type->kind = 0;
		type->ref = unit_ref_of(t, die_ref(die, DIE_SIGNATURE));
	} else if (!type->name) {
		unit_skip(t, die->offset, die->tag, SKIP_NO_NAME);
		type->kind = type->ref = 0;
	} else if (kind != REBTF_KIND_ENUM) {
		type->kind = REBTF_KIND_FWD;
		type->flags = kind == REBTF_KIND_UNION;
	}
}

/* Fields that a member mostly does not have. */
#define RARE_MEMBER_FIELDS                                                                         \
	(1ull << DIE_DECLARATION | 1ull << DIE_EXTERNAL | 1ull << DIE_BIT_SIZE |                   \
	 1ull << DIE_BIT_OFFSET | 1ull << DIE_DATA_BIT_OFFSET | 1ull << DIE_ANNOTATION)

/*
 * Sets the place of a bit-field, whose byte is at @start bits. Sets @is_late if its place is not yet
 * known, because it depends on the size of its type. Returns false if BTF cannot have it.
 */
static bool unit_place_bit_field(const struct unit_types *t, const struct die *die, uint64_t start,
				 uint64_t *offset, uint64_t *bits, bool *is_late)
{
	uint64_t data_offset = die_number(die, DIE_DATA_BIT_OFFSET, 0);
	uint64_t storage = die_number(die, DIE_BYTE_SIZE, 0);
	int64_t bit_offset = die_number(die, DIE_BIT_OFFSET, 0);

	*bits = die_number(die, DIE_BIT_SIZE, 0);
	if (*bits > UINT8_MAX || data_offset > UINT32_MAX || storage > UINT32_MAX ||
	    bit_offset > INT32_MAX || bit_offset < INT32_MIN)
		return false;
	*offset = start + data_offset;
	if (!*bits || !die_has(die, DIE_BIT_OFFSET))
		return true;
	*is_late = !storage;
	if (storage)
		*offset = unit_bit_offset(t, *offset, storage * 8, bit_offset, *bits);
	return true;
}

static void unit_add_member(struct unit_types *t, const struct die *die, struct unit_type *parent)
{
	uint64_t bytes = die_number(die, DIE_MEMBER_LOCATION, 0), offset = bytes * 8, bits = 0;
	bool is_rare = die->has & RARE_MEMBER_FIELDS, fits = bytes <= UINT32_MAX / 8;
	bool is_late = false;
	struct node_member member;

	/* A static member of C++ is a variable. */
	if (is_rare && (die_has(die, DIE_DECLARATION) || die_has(die, DIE_EXTERNAL)))
		return;
	if (is_rare && fits)
		fits = unit_place_bit_field(t, die, offset, &offset, &bits, &is_late);
	if (!fits || offset > UINT32_MAX || (offset && parent->kind == REBTF_KIND_UNION)) {
		unit_skip(t, die->offset, die->tag, SKIP_MEMBER);
		return;
	}
	member = (struct node_member){ unit_string(t, die_string(die, DIE_NAME)),
				       unit_ref_of(t, die_ref(die, DIE_TYPE)), offset, bits };
	if (is_late)
		unit_bit_field_vector_append(&t->bit_fields,
					     (struct unit_bit_field){
						     t->open_words.count - parent->elements,
						     parent - t->types.items,
						     (int32_t)die_number(die, DIE_BIT_OFFSET, 0),
						     bits });
	parent->count++;
	parent->flags |= bits != 0;
	u32_vector_extend(&t->open_words, &member.name, MEMBER_WORDS);
	if (is_rare && die_has(die, DIE_ANNOTATION))
		unit_keep_annotated(t, die, parent - t->types.items, parent->count - 1);
}

static void unit_append_value(struct unit_types *t, struct unit_type *parent,
			      struct die_string name, uint64_t number, bool is_signed)
{
	struct node_value value = { unit_string(t, name), number, number >> 32 };

	parent->count++;
	if (is_signed && (int64_t)number < 0)
		parent->flags = 1;
	u32_vector_extend(&t->open_words, &value.name, VALUE_WORDS);
}

static void unit_append_parameter(struct unit_types *t, struct unit_type *parent,
				  struct die_string name, uint32_t ref)
{
	struct node_parameter parameter = { unit_string(t, name), ref };

	parent->count++;
	u32_vector_extend(&t->open_words, &parameter.name, PARAMETER_WORDS);
}

static void unit_add_value(struct unit_types *t, const struct die *die, struct unit_type *parent)
{
	unit_append_value(t, parent, die_string(die, DIE_NAME), die_number(die, DIE_CONST_VALUE, 0),
			  die_is_signed(die, DIE_CONST_VALUE));
}

static void unit_add_parameter(struct unit_types *t, const struct die *die,
			       struct unit_type *parent)
{
	if (die->tag == DW_TAG_formal_parameter)
		unit_append_parameter(t, parent, die_string(die, DIE_NAME),
				      unit_ref_of(t, die_ref(die, DIE_TYPE)));
	else
		unit_append_parameter(t, parent, (struct die_string){}, 0);
}

static void unit_add_dimension(struct unit_types *t, const struct die *die,
			       struct unit_type *parent)
{
	uint64_t count = die_number(die, DIE_COUNT, 0);

	if (!die_has(die, DIE_COUNT) && die_has(die, DIE_UPPER_BOUND))
		count = die_number(die, DIE_UPPER_BOUND, 0) - die_number(die, DIE_LOWER_BOUND, 0) +
			1;
	if (count > UINT32_MAX) {
		unit_skip(t, die->offset, die->tag, SKIP_TOO_LARGE);
		count = 0;
	}
	parent->count++;
	u32_vector_append(&t->open_words, count);
}

/* --- elements in the usual forms */
/* So many elements are read at once. */
#define BRIEF_ROOM 32

static void unit_add_brief_member(struct unit_types *t, const struct die_brief *brief,
				  struct unit_type *parent)
{
	struct node_member member = { .type = brief->type, .bit_offset = brief->number * 8 };

	if (brief->number > UINT32_MAX / 8 || (brief->number && parent->kind == REBTF_KIND_UNION)) {
		unit_skip(t, brief->offset, DW_TAG_member, SKIP_MEMBER);
		return;
	}
	member.name = unit_string(t, brief->name);
	parent->count++;
	u32_vector_extend(&t->open_words, &member.name, MEMBER_WORDS);
}

/* The tag of the elements of a type. 0: this file reads no elements of such types in advance. */
static uint16_t unit_brief_tag(uint32_t kind)
{
	switch (kind) {
	case REBTF_KIND_STRUCT:
	case REBTF_KIND_UNION:
		return DW_TAG_member;
	case REBTF_KIND_ENUM:
		return DW_TAG_enumerator;
	case REBTF_KIND_FUNC_PROTO:
		return DW_TAG_formal_parameter;
	default:
		return 0;
	}
}

/* Adds the next elements of the last open type that are in the usual forms. */
static void unit_add_briefs(struct unit_types *t, struct die_cursor *cursor)
{
	struct unit_type *parent = &t->types.items[t->open.items[t->open.count - 1]];
	uint16_t tag = unit_brief_tag(parent->kind);
	struct die_brief briefs[BRIEF_ROOM];
	size_t count;

	do {
		count = tag ? die_next_brief(cursor, tag, briefs, BRIEF_ROOM) : 0;
		for (size_t i = 0; i < count; i++) {
			const struct die_brief *brief = &briefs[i];

			if (tag == DW_TAG_member)
				unit_add_brief_member(t, brief, parent);
			else if (tag == DW_TAG_enumerator)
				unit_append_value(t, parent, brief->name, brief->number,
						  brief->is_signed);
			else
				unit_append_parameter(t, parent, brief->name, brief->type);
		}
	} while (count == BRIEF_ROOM);
}

/* --- the walk */

static void unit_add_element(struct unit_types *t, const struct die *die)
{
	struct unit_type *parent = unit_open_parent(t, die);
	uint32_t kind = parent ? parent->kind : 0;

	if (die->tag == DW_TAG_member && (kind == REBTF_KIND_STRUCT || kind == REBTF_KIND_UNION))
		unit_add_member(t, die, parent);
	else if (die->tag == DW_TAG_enumerator && kind == REBTF_KIND_ENUM)
		unit_add_value(t, die, parent);
	else if (die->tag == DW_TAG_subrange_type && kind == REBTF_KIND_ARRAY)
		unit_add_dimension(t, die, parent);
	else if (die->tag == DW_TAG_subrange_type)
		unit_add_foreign(t, die);
	else if ((die->tag == DW_TAG_formal_parameter ||
		  die->tag == DW_TAG_unspecified_parameters) &&
		 kind == REBTF_KIND_FUNC_PROTO)
		unit_add_parameter(t, die, parent);
}

static void unit_add_die(struct unit_types *t, const struct die *die)
{
	struct tag_row row = die->tag < TAG_ROWS ? tag_rows[die->tag] : (struct tag_row){};

	if (row.role == ROLE_ELEMENT)
		unit_add_element(t, die);
	else if (die->tag == DW_TAG_unspecified_type)
		unit_add_unspecified(t, die);
	else if (row.role == ROLE_TYPE)
		unit_add_type(t, die, row.kind);
	else if (row.role == ROLE_DEFINABLE)
		unit_add_definable(t, die, row.kind);
	else if (row.role == ROLE_FOREIGN)
		unit_add_foreign(t, die);
	else if (die->tag == DW_TAG_LLVM_annotation)
		unit_add_inner_annotation(t, die, unit_parent_of(t, die));
	else if (die->tag == DW_TAG_GNU_annotation)
		unit_keep_annotation(t, die);
	else if (die->tag == DW_TAG_imported_unit)
		unit_add_import(t, die);
}

/* The DIE of @tag at @depth has DIEs inside. */
static void unit_note_parent(struct unit_types *t, uint32_t depth, uint16_t tag)
{
	while (t->parents.count <= depth) {
		if (!u16_vector_append(&t->parents, 0))
			return;
	}
	t->parents.items[depth] = tag;
}

/* Ends the types whose DIEs do not contain one of @depth. */
static inline void unit_end_types(struct unit_types *t, uint32_t depth)
{
	while (t->inner_depth > depth)
		unit_end_type(t);
}

/* Adds the next types that are in the usual forms, with their elements. */
static void unit_add_brief_types(struct unit_types *t, struct die_cursor *cursor)
{
	struct die_brief die;

	while (die_next_type(cursor, &die)) {
		struct unit_type type = {
			.offset = die.offset - t->reader->unit->offset,
			.name = unit_string(t, die.name),
			.ref = die.type,
			.depth = die.depth,
			.tag = die.tag,
			.kind = tag_rows[die.tag].kind,
		};

		unit_end_types(t, die.depth);
		if (!unit_append_type(t, &type, die.number, die.children))
			return;
		if (die.children) {
			unit_note_parent(t, die.depth, die.tag);
			unit_add_briefs(t, cursor);
		}
	}
}

static struct rebtf_error *unit_types_walk(struct unit_types *t)
{
	struct die_cursor cursor;
	struct die die;

	die_cursor_start(&cursor, t->reader, &t->filter, t->reader->unit->first_die);
	while (die_next(&cursor, &die)) {
		unit_end_types(t, die.depth);
		if (die.children)
			unit_note_parent(t, die.depth, die.tag);
		unit_add_die(t, &die);
		if (t->functions && unit_functions_wants(die.tag))
			TRY(unit_functions_die(t->functions, &die, unit_parent_of(t, &die)));
		/* After an unusual element, the others may be usual again. */
		if (t->inner_depth && cursor.depth == t->inner_depth)
			unit_add_briefs(t, &cursor);
		unit_add_brief_types(t, &cursor);
	}
	unit_end_types(t, 0);
	unit_add_kept_annotations(t);
	return cursor.err;
}

static bool unit_types_failed(const struct unit_types *t)
{
	return t->nodes.failed || t->skips.failed || t->types.failed || t->words.failed ||
	       t->open.failed || t->open_words.failed || t->ended.failed || t->parents.failed ||
	       t->tags.failed || t->annotations.failed || t->annotated.failed ||
	       t->bit_fields.failed || t->remotes.failed || t->imports.failed ||
	       node_store_failed(t->store);
}

struct rebtf_error *unit_types_read(struct unit_types *t, struct unit_reader *reader, uint32_t unit)
{
	TRY(unit_types_start(t, reader, unit));
	if (t->functions)
		unit_functions_start(t->functions, reader, unit);
	TRY(unit_types_walk(t));
	if (unit_types_failed(t))
		return error_nomem();
	TRY(unit_nodes_make(t));
	return t->functions ? unit_functions_finish(t->functions, t) : NULL;
}
