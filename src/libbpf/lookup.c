/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Answers questions about types: by id, by name, their size and alignment. */
#include <string.h>

#include "libbpf/message.h"
#include "libbpf/object.h"

/* The longest chain of typedefs, modifiers and arrays. */
#define MAX_CHAIN 32
/* C types are not nested deeper, and an alignment does not need more types. */
#define MAX_NESTING	64
#define MAX_ALIGN_STEPS 1000000

#define ANY_KIND -1

uint32_t btf__type_cnt(const struct btf *btf)
{
	return object_end_id(btf);
}

const struct btf *btf__base_btf(const struct btf *btf)
{
	return btf->base;
}

const struct rebtf_type *btf__type_by_id(const struct btf *btf, uint32_t id)
{
	if (!id)
		return &object_void;
	while (btf && id < btf->start_id)
		btf = btf->base;
	if (!btf || id - btf->start_id >= object_count(btf))
		return object_null(EINVAL);
	return object_type(btf, id);
}

/* --- by name */

static const char *lookup_name(const struct btf *btf, uint32_t id)
{
	return object_string(btf, object_type(btf, id)->name_off) ?: "";
}

/* Returns the id of the first own type, from @id on, whose name is not less than @name. */
static uint32_t lookup_lower_bound(const struct btf *btf, uint32_t id, const char *name)
{
	uint32_t end = object_end_id(btf);

	while (id < end) {
		uint32_t middle = id + (end - id) / 2;

		if (strcmp(lookup_name(btf, middle), name) < 0)
			id = middle + 1;
		else
			end = middle;
	}
	return id;
}

static int32_t lookup_own(const struct btf *btf, uint32_t id, const char *name, int32_t kind)
{
	bool sorted = btf->named_id && *name;

	if (sorted)
		id = lookup_lower_bound(btf, id > btf->named_id ? id : btf->named_id, name);
	for (; id < object_end_id(btf); id++) {
		bool fits = kind == ANY_KIND ||
			    rebtf_type_kind(object_type(btf, id)) == (uint32_t)kind;

		if (!fits && !sorted)
			continue;
		if (!strcmp(lookup_name(btf, id), name)) {
			if (fits)
				return id;
		} else if (sorted) {
			break;
		}
	}
	return -ENOENT;
}

/* Types of the base come first. Void has its name in each of the objects. */
static int32_t lookup_by_name(const struct btf *btf, const char *name, int32_t kind)
{
	const struct btf *part = NULL;

	if (kind == REBTF_KIND_VOID || !strcmp(name, "void"))
		return 0;
	while (part != btf) {
		int32_t id;

		part = object_over(btf, part);
		id = lookup_own(part, part->start_id, name, kind);
		if (id >= 0)
			return id;
	}
	return object_result(-ENOENT);
}

int32_t btf__find_by_name(const struct btf *btf, const char *name)
{
	return lookup_by_name(btf, name, ANY_KIND);
}

int32_t btf__find_by_name_kind(const struct btf *btf, const char *name, uint32_t kind)
{
	return lookup_by_name(btf, name, kind);
}

/* --- the size of pointers */

static int lookup_pointer_size(const struct btf *btf)
{
	static const char *const names[] = {
		"long",
		"long int",
		"int long",
		"unsigned long",
		"long unsigned",
		"unsigned long int",
		"unsigned int long",
		"long unsigned int",
		"long int unsigned",
		"int unsigned long",
		"int long unsigned",
	};

	if (btf->base && btf->base->pointer_size > 0)
		return btf->base->pointer_size;
	for (uint32_t id = 1; id < object_end_id(btf); id++) {
		const struct rebtf_type *t = object_type(btf, id);

		if (rebtf_type_kind(t) != REBTF_KIND_INT || (t->size != 4 && t->size != 8))
			continue;
		for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
			if (!strcmp(lookup_name(btf, id), names[i]))
				return t->size;
		}
	}
	return -1;
}

size_t btf__pointer_size(const struct btf *const_btf)
{
	/* The size is kept with the object, which is no change that callers can see. */
	struct btf *btf = (struct btf *)(uintptr_t)const_btf;

	if (!btf->pointer_size)
		btf->pointer_size = lookup_pointer_size(btf);
	return btf->pointer_size < 0 ? 0 : btf->pointer_size;
}

int btf__set_pointer_size(struct btf *btf, size_t size)
{
	if (size != 4 && size != 8)
		return object_result(-EINVAL);
	btf->pointer_size = size;
	return 0;
}

static size_t lookup_pointer_or_host(const struct btf *btf)
{
	return btf__pointer_size(btf) ?: sizeof(void *);
}

/* --- size and alignment */

static bool lookup_is_alias(const struct rebtf_type *t)
{
	return kind_is_alias(rebtf_type_kind(t)) || rebtf_type_kind(t) == REBTF_KIND_VAR;
}

/* Whether a chain ends at @t: the type does not exist, or is void or a forward declaration. */
static bool lookup_is_end(const struct rebtf_type *t)
{
	return !t || t == &object_void || rebtf_type_kind(t) == REBTF_KIND_FWD;
}

static bool lookup_own_size(const struct btf *btf, const struct rebtf_type *t, uint64_t *size)
{
	if (rebtf_type_kind(t) == REBTF_KIND_PTR)
		*size = lookup_pointer_or_host(btf);
	else if (layout_of(t)->third == THIRD_SIZE)
		*size = t->size;
	else
		return false;
	return true;
}

int64_t btf__resolve_size(const struct btf *btf, uint32_t id)
{
	const struct rebtf_type *t = btf__type_by_id(btf, id);
	uint64_t count = 1, size;

	for (int i = 0; i < MAX_CHAIN && !lookup_is_end(t); i++) {
		if (lookup_own_size(btf, t, &size)) {
			if (count && size > UINT32_MAX / count)
				return object_result(-E2BIG);
			return count * size;
		}
		if (rebtf_type_kind(t) == REBTF_KIND_ARRAY) {
			const struct rebtf_array *array = rebtf_array(t);

			if (count && array->nelems > UINT32_MAX / count)
				return object_result(-E2BIG);
			count *= array->nelems;
			t = btf__type_by_id(btf, array->type);
		} else if (lookup_is_alias(t) || rebtf_type_kind(t) == REBTF_KIND_DECL_TAG) {
			t = btf__type_by_id(btf, t->type);
		} else {
			return object_result(-EINVAL);
		}
	}
	return object_result(-EINVAL);
}

int btf__resolve_type(const struct btf *btf, uint32_t id)
{
	const struct rebtf_type *t = btf__type_by_id(btf, id);
	int depth = 0;

	for (; depth < MAX_CHAIN && !lookup_is_end(t) && lookup_is_alias(t); depth++) {
		id = t->type;
		t = btf__type_by_id(btf, id);
	}
	if (depth == MAX_CHAIN || lookup_is_end(t))
		return object_result(-EINVAL);
	return id;
}

struct alignment {
	const struct btf *btf;
	uint32_t depth;
	uint32_t steps;
};

static int align_of_type(struct alignment *a, uint32_t id);

/* The largest alignment of a member, or 1 if the members lie so that the struct is packed. */
static int align_of_members(struct alignment *a, const struct rebtf_type *t)
{
	const struct rebtf_member *m = rebtf_members(t);
	int most = 1;

	for (uint32_t i = 0; i < rebtf_type_vlen(t); i++) {
		int align = align_of_type(a, m[i].type);

		if (align <= 0)
			return align;
		if (align > most)
			most = align;
		if (!rebtf_member_bitfield_size(t, &m[i]) && m[i].offset % (8 * align))
			return 1;
	}
	return t->size % most ? 1 : most;
}

static int align_of_kind(struct alignment *a, const struct rebtf_type *t)
{
	size_t pointer = lookup_pointer_or_host(a->btf);

	switch (rebtf_type_kind(t)) {
	case REBTF_KIND_INT:
	case REBTF_KIND_ENUM:
	case REBTF_KIND_ENUM64:
	case REBTF_KIND_FLOAT:
		return t->size < pointer ? t->size : pointer;
	case REBTF_KIND_PTR:
		return pointer;
	case REBTF_KIND_STRUCT:
	case REBTF_KIND_UNION:
		return align_of_members(a, t);
	default:
		message_warn("unsupported BTF_KIND:%u\n", rebtf_type_kind(t));
		errno = EINVAL;
		return 0;
	}
}

/* Members of members are visited by calls, so their depth has a limit. */
static int align_of_type(struct alignment *a, uint32_t id)
{
	const struct rebtf_type *t = btf__type_by_id(a->btf, id);
	int align;

	while (t && (kind_is_alias(rebtf_type_kind(t)) || rebtf_type_kind(t) == REBTF_KIND_ARRAY)) {
		if (a->steps++ >= MAX_ALIGN_STEPS)
			return object_result(-ELOOP);
		id = rebtf_type_kind(t) == REBTF_KIND_ARRAY ? rebtf_array(t)->type : t->type;
		t = btf__type_by_id(a->btf, id);
	}
	if (!t)
		return 0;
	if (a->depth == MAX_NESTING || a->steps++ >= MAX_ALIGN_STEPS)
		return object_result(-ELOOP);
	a->depth++;
	align = align_of_kind(a, t);
	a->depth--;
	return align;
}

int btf__align_of(const struct btf *btf, uint32_t id)
{
	struct alignment a = { .btf = btf };

	return align_of_type(&a, id);
}
