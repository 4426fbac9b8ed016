/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Decides for each type, from the innermost out, whether C can express it. */
#include <stdlib.h>
#include <string.h>

#include "btf/resolve.h"
#include "core/c_express.h"
#include "core/c_words.h"
#include "util/error.h"

/*
 * The declarations for each word of the types, and at least. A kernel has a third of one. Unnamed types
 * that others share are repeated, so a small file could take any number.
 */
#define C_EXPRESS_PER_WORD 4
#define C_EXPRESS_MIN	   65536
/* Compilers refuse larger arrays. */
#define C_EXPRESS_SIZE_MAX (UINT64_C(1) << 47)

enum c_answer {
	C_ANSWER_NONE,
	C_ANSWER_BEGUN,
	C_ANSWER_YES,
	/* The reasons for no. */
	C_ANSWER_PART, /* a type that it refers to */
	C_ANSWER_ITSELF,
	C_ANSWER_LENGTH,
	C_ANSWER_INCOMPLETE,
	C_ANSWER_NUMBER,
	C_ANSWER_ENUM,
	C_ANSWER_UNNAMED,
	C_ANSWER_PLACES,
	C_ANSWER_BITS,
	C_ANSWER_LARGE,
	C_ANSWER_FUNCTION,
	C_ANSWER_TAG,
};

static const char *const c_answer_reasons[] = {
	[C_ANSWER_ITSELF] = "contains itself without a name",
	[C_ANSWER_LENGTH] = "has a definition that is too long",
	[C_ANSWER_INCOMPLETE] = "has no size",
	[C_ANSWER_NUMBER] = "is a number of a size that no type in C has",
	[C_ANSWER_ENUM] = "has values that do not fit its size, or without names",
	[C_ANSWER_UNNAMED] = "has a member without a name",
	[C_ANSWER_PLACES] = "has members that overlap, or are not in the order of their offsets",
	[C_ANSWER_BITS] = "has a bit-field that its type has no room for",
	[C_ANSWER_LARGE] = "is too large",
	[C_ANSWER_FUNCTION] = "is a function that returns an array or a function, or takes void",
	[C_ANSWER_TAG] = "is a tag or an attribute that cannot be written in C",
};

struct rebtf_error *c_express_init(struct c_express *e, const struct rebtf_btf *btf,
				   const struct c_layout *layout)
{
	uint32_t count = rebtf_btf_type_count(btf);
	uint64_t words = 0;

	for (const struct rebtf_btf *b = btf; b; b = b->base)
		words += b->types_size / 4;
	*e = (struct c_express){ .btf = btf,
				 .layout = layout,
				 .left = words * C_EXPRESS_PER_WORD + C_EXPRESS_MIN,
				 .answers = calloc(count, 2 * sizeof(*e->answers)),
				 .causes = calloc(count, 2 * sizeof(*e->causes)),
				 .opaque = calloc(count, sizeof(*e->opaque)),
				 .lengths = calloc(count, sizeof(*e->lengths)),
				 .repeated = calloc(count, sizeof(*e->repeated)) };
	return e->answers && e->causes && e->opaque && e->lengths && e->repeated ? NULL
										 : error_nomem();
}

void c_express_release(struct c_express *e)
{
	free(e->answers);
	free(e->causes);
	free(e->opaque);
	free(e->lengths);
	free(e->repeated);
	c_express_frames_release(&e->frames);
}

/* ------------------------------------------------------------------------------- a type by itself */

/* Whether all values of an enum of at most four bytes fit. */
static bool c_express_values_fit(const struct rebtf_type *t)
{
	bool is_64 = rebtf_type_kind(t) == REBTF_KIND_ENUM64;
	uint32_t bits = t->size * 8;
	int64_t min = rebtf_type_kind_flag(t) ? -(INT64_C(1) << (bits - 1)) : 0;
	int64_t max = (INT64_C(1) << (bits - (min < 0))) - 1;

	for (uint32_t i = 0; i < rebtf_type_vlen(t); i++) {
		const struct rebtf_enum *e = &rebtf_enums(t)[i];
		int64_t value = min < 0 ? (int32_t)e->val : (int64_t)e->val;

		if (is_64)
			value = (int64_t)rebtf_enum64_value(&rebtf_enums64(t)[i]);
		if (value < min || value > max)
			return false;
	}
	return true;
}

static enum c_answer c_express_enum(const struct rebtf_type *t)
{
	for (uint32_t i = 0; i < rebtf_type_vlen(t); i++) {
		if (!enumerator_name_off(t, i))
			return C_ANSWER_ENUM;
	}
	switch (t->size) {
	case 1:
	case 2:
		if (rebtf_type_kind(t) == REBTF_KIND_ENUM64)
			return C_ANSWER_ENUM;
		return c_express_values_fit(t) ? C_ANSWER_YES : C_ANSWER_ENUM;
	case 4:
		return c_express_values_fit(t) ? C_ANSWER_YES : C_ANSWER_ENUM;
	case 8:
		return C_ANSWER_YES;
	default:
		return C_ANSWER_NUMBER;
	}
}

/* Whether the type of a bit-field is a number with that many bits. */
static bool c_express_has_bits(const struct c_express *e, uint32_t id, uint32_t bits)
{
	const struct rebtf_type *t = resolve_skip(e->btf, FAMILY_ALIAS, &id);

	if (!t || bits > (uint64_t)t->size * 8)
		return false;
	if (kind_is_enum(rebtf_type_kind(t)))
		return true;
	return rebtf_type_kind(t) == REBTF_KIND_INT &&
	       (bits == 1 || rebtf_int_encoding(t) != REBTF_INT_BOOL);
}

/* Whether member @m of @t, which starts at bit @offset or later, is one that C has. */
static enum c_answer c_express_member(const struct c_express *e, const struct rebtf_type *t,
				      const struct rebtf_member *m, uint64_t *end)
{
	uint64_t offset = rebtf_member_bit_offset(t, m);
	uint32_t bits = rebtf_member_bitfield_size(t, m), id = m->type;
	bool is_union = rebtf_type_kind(t) == REBTF_KIND_UNION;
	const struct rebtf_type *target;

	if (bits && !c_express_has_bits(e, id, bits))
		return C_ANSWER_BITS;
	if (!bits && !m->name_off) {
		target = resolve_skip(e->btf, FAMILY_ALIAS, &id);
		if (!target || !kind_is_composite(rebtf_type_kind(target)))
			return C_ANSWER_UNNAMED;
	}
	if (is_union ? offset != 0 : offset < *end)
		return C_ANSWER_PLACES;
	*end = offset + (bits ? bits : (uint64_t)c_layout_size(e->layout, m->type) * 8);
	return *end > (uint64_t)t->size * 8 ? C_ANSWER_PLACES : C_ANSWER_YES;
}

/* @gaps: as many bit-fields without names fill its gaps. */
static enum c_answer c_express_members(const struct c_express *e, const struct rebtf_type *t,
				       uint64_t *gaps)
{
	const struct rebtf_member *m = rebtf_members(t);
	uint64_t end = 0, bits = (uint64_t)t->size * 8;
	bool is_struct = rebtf_type_kind(t) == REBTF_KIND_STRUCT;

	*gaps = 0;
	for (uint32_t i = 0; i < rebtf_type_vlen(t); i++, m++) {
		uint64_t before = end;
		enum c_answer answer = c_express_member(e, t, m, &end);

		if (answer != C_ANSWER_YES)
			return answer;
		if (is_struct)
			*gaps += (rebtf_member_bit_offset(t, m) - before) / 32;
	}
	*gaps += is_struct ? (bits - end) / 32 : 0;
	return C_ANSWER_YES;
}

static enum c_answer c_express_proto(const struct c_express *e, const struct rebtf_type *t)
{
	const struct rebtf_param *p = rebtf_params(t);
	uint32_t count = rebtf_type_vlen(t), id = t->type;
	const struct rebtf_type *result = resolve_skip(e->btf, FAMILY_ALIAS, &id);

	if (!result || rebtf_type_kind(result) == REBTF_KIND_ARRAY ||
	    rebtf_type_kind(result) == REBTF_KIND_FUNC_PROTO)
		return C_ANSWER_FUNCTION;
	for (uint32_t i = 0; i < count; i++) {
		id = p[i].type;
		/* The last one is "...", or a single void. */
		if (!id && i + 1 == count)
			break;
		result = resolve_skip(e->btf, FAMILY_ALIAS, &id);
		if (!result || !rebtf_type_kind(result))
			return C_ANSWER_FUNCTION;
	}
	return C_ANSWER_YES;
}

static enum c_answer c_express_number(const struct c_express *e, const struct rebtf_type *t)
{
	bool is_float = rebtf_type_kind(t) == REBTF_KIND_FLOAT;

	switch (t->size) {
	case 1:
		return is_float ? C_ANSWER_NUMBER : C_ANSWER_YES;
	case 2:
		return is_float && !c_word_is_number(btf_string(e->btf, t->name_off))
			       ? C_ANSWER_NUMBER
			       : C_ANSWER_YES;
	case 4:
	case 8:
	case 16:
		return C_ANSWER_YES;
	case 12:
		return is_float ? C_ANSWER_YES : C_ANSWER_NUMBER;
	default:
		return C_ANSWER_NUMBER;
	}
}

static enum c_answer c_express_array(const struct c_express *e, uint32_t id)
{
	uint64_t size;

	/* Too long a chain, or an element without a size, which its own answer tells. */
	if (!resolve_size(e->btf, id, e->layout->pointer_size, &size))
		return C_ANSWER_YES;
	return size > C_EXPRESS_SIZE_MAX ? C_ANSWER_LARGE : C_ANSWER_YES;
}

static enum c_answer c_express_tag(const struct c_express *e, const struct rebtf_type *t)
{
	const char *name = btf_string(e->btf, t->name_off);
	bool is_c = rebtf_type_kind_flag(t) ? c_word_is_attribute(name) : c_word_is_text(name);

	return is_c ? C_ANSWER_YES : C_ANSWER_TAG;
}

/* The answer for a type, but for the types that it refers to. Sets @length to that of its own parts. */
static enum c_answer c_express_look(const struct c_express *e, uint32_t id, bool whole,
				    uint64_t *length)
{
	const struct rebtf_type *t = btf_type(e->btf, id);
	enum c_answer incomplete = whole ? C_ANSWER_INCOMPLETE : C_ANSWER_YES;

	switch (rebtf_type_kind(t)) {
	case REBTF_KIND_VOID:
	case REBTF_KIND_FWD:
		return incomplete;
	case REBTF_KIND_INT:
	case REBTF_KIND_FLOAT:
		return c_express_number(e, t);
	case REBTF_KIND_ENUM:
	case REBTF_KIND_ENUM64:
		*length = rebtf_type_vlen(t);
		return rebtf_type_vlen(t) ? c_express_enum(t) : incomplete;
	case REBTF_KIND_STRUCT:
	case REBTF_KIND_UNION:
		return whole ? c_express_members(e, t, length) : C_ANSWER_YES;
	case REBTF_KIND_FUNC_PROTO:
		return whole ? C_ANSWER_INCOMPLETE : c_express_proto(e, t);
	case REBTF_KIND_ARRAY:
		return c_express_array(e, id);
	case REBTF_KIND_PTR:
	case REBTF_KIND_TYPEDEF:
	case REBTF_KIND_VOLATILE:
	case REBTF_KIND_CONST:
	case REBTF_KIND_RESTRICT:
		return C_ANSWER_YES;
	case REBTF_KIND_TYPE_TAG:
		return c_express_tag(e, t);
	default:
		return C_ANSWER_INCOMPLETE;
	}
}

/* ------------------------------------------------------------------------------------- the search */

/* A node is a type and one of the two questions. Many types have one answer for both. */
static uint32_t c_express_node(const struct c_express *e, uint32_t id, bool whole)
{
	const struct rebtf_type *t = btf_type(e->btf, id);
	uint32_t kind = rebtf_type_kind(t);

	if (kind == REBTF_KIND_PTR || kind == REBTF_KIND_ARRAY)
		whole = false;
	else if (kind_is_composite(kind) && !t->name_off)
		whole = true;
	return id * 2 + whole;
}

/* The @i-th node that the answer of @node depends on. Returns false after the last one. */
static bool c_express_reference(const struct c_express *e, uint32_t node, uint32_t i,
				uint32_t *reference)
{
	const struct rebtf_type *t = btf_type(e->btf, node / 2);
	uint32_t id = t->type;
	bool whole = node % 2;

	switch (rebtf_type_kind(t)) {
	case REBTF_KIND_STRUCT:
	case REBTF_KIND_UNION:
		if (!whole || i == rebtf_type_vlen(t))
			return false;
		*reference = c_express_node(e, rebtf_members(t)[i].type, true);
		return true;
	case REBTF_KIND_FUNC_PROTO:
		if (i > rebtf_type_vlen(t))
			return false;
		if (i)
			id = rebtf_params(t)[i - 1].type;
		*reference = c_express_node(e, id, false);
		return true;
	case REBTF_KIND_TYPEDEF:
		/* libbpf's repair of a typedef of old versions of GCC. */
		if (!id && !strcmp(btf_string(e->btf, t->name_off), "__gnuc_va_list"))
			return false;
		break;
	case REBTF_KIND_ARRAY:
		id = rebtf_array(t)->type;
		whole = true;
		break;
	case REBTF_KIND_PTR:
		whole = false;
		break;
	case REBTF_KIND_VOLATILE:
	case REBTF_KIND_CONST:
	case REBTF_KIND_RESTRICT:
	case REBTF_KIND_TYPE_TAG:
		break;
	default:
		return false;
	}
	*reference = c_express_node(e, id, whole);
	return !i;
}

/* Sets the answer of a node, or of both that c_express_node() takes as one. */
static void c_express_set(struct c_express *e, uint32_t node, enum c_answer answer, uint64_t length)
{
	uint32_t id = node / 2;
	const struct rebtf_type *t = btf_type(e->btf, id);

	if (answer == C_ANSWER_YES && length >= e->left)
		answer = C_ANSWER_LENGTH;
	if (answer != C_ANSWER_YES && rebtf_type_kind(t) == REBTF_KIND_PTR) {
		e->opaque[id] = true;
		answer = C_ANSWER_YES;
		length = 0;
	}
	e->answers[node] = answer;
	if (answer != C_ANSWER_YES)
		return;
	e->left -= length;
	e->lengths[id] = t->name_off ? 1 : length + 1;
	e->repeated[id] = length + 1;
	if (c_express_node(e, id, !(node % 2)) == node)
		e->answers[node ^ 1] = answer;
}

/* Starts the search of @node, or answers at once. */
static void c_express_enter(struct c_express *e, uint32_t node)
{
	uint32_t ignored;
	struct c_express_frame frame = { .node = node };
	enum c_answer answer = c_express_look(e, node / 2, node % 2, &frame.length);

	if (answer == C_ANSWER_YES && c_express_reference(e, node, 0, &ignored)) {
		e->answers[node] = C_ANSWER_BEGUN;
		c_express_frames_append(&e->frames, frame);
		return;
	}
	c_express_set(e, node, answer, frame.length);
}

/* The length of the next reference of @frame, to type @id. */
static uint32_t c_express_use(const struct c_express *e, const struct c_express_frame *frame,
			      uint32_t id)
{
	const struct rebtf_type *t = btf_type(e->btf, frame->node / 2);

	if (!kind_is_composite(rebtf_type_kind(t)) || rebtf_members(t)[frame->next].name_off)
		return e->lengths[id];
	resolve_skip(e->btf, FAMILY_ALIAS, &id);
	return e->repeated[id];
}

/* Takes the members that have a name, and a type whose answer is known. */
static void c_express_take_known(const struct c_express *e, struct c_express_frame *frame)
{
	const struct rebtf_type *t = btf_type(e->btf, frame->node / 2);
	const struct rebtf_member *m = rebtf_members(t);
	uint32_t count = kind_is_composite(rebtf_type_kind(t)) ? rebtf_type_vlen(t) : 0;

	for (; frame->next < count && m[frame->next].name_off; frame->next++) {
		uint32_t id = m[frame->next].type;

		if (e->answers[id * 2 + 1] != C_ANSWER_YES)
			return;
		frame->length += e->lengths[id];
	}
}

/* Takes the answer for the next reference of the last frame. */
static enum c_answer c_express_take(struct c_express *e, struct c_express_frame *frame,
				    uint32_t reference)
{
	uint8_t answer = e->answers[reference];

	frame->length += c_express_use(e, frame, reference / 2);
	frame->next++;
	if (answer == C_ANSWER_BEGUN)
		return C_ANSWER_ITSELF;
	return answer == C_ANSWER_YES ? C_ANSWER_YES : C_ANSWER_PART;
}

bool c_express_has(struct c_express *e, uint32_t id, bool whole)
{
	uint32_t node = c_express_node(e, id, whole), reference;

	if (!e->answers[node])
		c_express_enter(e, node);
	while (e->frames.count && !e->frames.failed) {
		size_t count = e->frames.count;
		struct c_express_frame *frame = &e->frames.items[count - 1];
		enum c_answer answer;

		c_express_take_known(e, frame);
		if (!c_express_reference(e, frame->node, frame->next, &reference)) {
			e->frames.count--;
			c_express_set(e, frame->node, C_ANSWER_YES, frame->length);
			continue;
		}
		if (!e->answers[reference])
			c_express_enter(e, reference);
		if (e->frames.count > count)
			continue;
		answer = c_express_take(e, frame, reference);
		if (answer != C_ANSWER_YES) {
			e->frames.count--;
			e->causes[frame->node] = e->answers[reference] == C_ANSWER_PART
							 ? e->causes[reference]
							 : reference;
			c_express_set(e, frame->node, answer, 0);
		}
	}
	return e->answers[node] == C_ANSWER_YES;
}

const char *c_express_reason(const struct c_express *e, uint32_t *id, bool whole)
{
	uint32_t node = c_express_node(e, *id, whole);

	if (e->answers[node] == C_ANSWER_PART)
		node = e->causes[node];
	*id = node / 2;
	/* Only a pointer to itself has no reason of its own. */
	return c_answer_reasons[e->answers[node]] ?: c_answer_reasons[C_ANSWER_ITSELF];
}
