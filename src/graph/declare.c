/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Writes declarations in C. The spaces are those of libbpf's btf_dump. */
#include "graph/declare.h"

/* Whether @kind is in a set of kinds. */
static inline bool declare_has(uint32_t kind, uint32_t set)
{
	return kind < 32 && set >> kind & 1;
}

/* The kinds that a chain goes through, and those of qualifiers. */
static const uint32_t link_kinds = 1u << REBTF_KIND_PTR | 1u << REBTF_KIND_ARRAY |
				   1u << REBTF_KIND_VOLATILE | 1u << REBTF_KIND_CONST |
				   1u << REBTF_KIND_RESTRICT | 1u << REBTF_KIND_FUNC_PROTO |
				   1u << REBTF_KIND_TYPE_TAG;
static const uint32_t qualifier_kinds = 1u << REBTF_KIND_VOLATILE | 1u << REBTF_KIND_CONST |
					1u << REBTF_KIND_RESTRICT;
/* The kinds that name a C type. */
static const uint32_t end_kinds = 1u << REBTF_KIND_VOID | 1u << REBTF_KIND_INT |
				  1u << REBTF_KIND_STRUCT | 1u << REBTF_KIND_UNION |
				  1u << REBTF_KIND_ENUM | 1u << REBTF_KIND_FWD |
				  1u << REBTF_KIND_TYPEDEF | 1u << REBTF_KIND_FLOAT |
				  1u << REBTF_KIND_ENUM64;

/* Spends a step. Returns false if no step is left. */
static inline bool declare_spend(struct declare *d)
{
	d->budget -= d->budget > 0;
	return declare_is_complete(d);
}

static void declare_qualifier(struct declare *d, uint32_t kind)
{
	writer_string(d->out,
		      kind == REBTF_KIND_RESTRICT ? d->restrict_word : kind_layout(kind)->keyword);
}

static inline const struct rebtf_type *declare_last(const struct declare *d)
{
	return btf_type(d->btf, d->links.items[d->links.count - 1]);
}

/* Writes the qualifiers of the innermost type. */
static void declare_qualifiers(struct declare *d, uint32_t first)
{
	while (d->links.count > first) {
		uint32_t kind = rebtf_type_kind(declare_last(d));

		if (!declare_has(kind, qualifier_kinds))
			return;
		writer_begin(d->out);
		declare_qualifier(d, kind);
		WRITER_PUT(d->out, " ");
		d->links.count--;
	}
}

/*
 * Skips the qualifiers of an array or function. GCC repeats those of an array's elements for the
 * array, and calls a function that does not return volatile.
 */
static void declare_drop_qualifiers(struct declare *d, uint32_t first)
{
	while (d->links.count > first && declare_has(rebtf_type_kind(declare_last(d)),
						     qualifier_kinds | 1u << REBTF_KIND_TYPE_TAG))
		d->links.count--;
}

static void declare_put(struct declare *d, const char *name)
{
	if (d->escaped)
		writer_escaped(d->out, name);
	else
		writer_string(d->out, name);
}

static void declare_name(struct declare *d, const struct declare_task *task)
{
	writer_begin(d->out);
	if (*task->name && !task->pointer)
		WRITER_PUT(d->out, " ");
	if (d->identifier && *task->name)
		d->identifier(d->arg, task->name);
	else
		declare_put(d, task->name);
}

static void declare_tag(struct declare *d, const struct rebtf_type *t)
{
	const char *name = btf_string(d->btf, t->name_off);

	writer_begin(d->out);
	if (rebtf_type_kind_flag(t)) {
		WRITER_PUT(d->out, " __attribute__((");
		declare_put(d, name);
		WRITER_PUT(d->out, "))");
	} else {
		WRITER_PUT(d->out, " __attribute__((btf_type_tag(\"");
		declare_put(d, name);
		WRITER_PUT(d->out, "\")))");
	}
}

static void declare_elements(struct declare *d, uint32_t id, bool bound)
{
	writer_begin(d->out);
	if (bound)
		WRITER_PUT(d->out, ")");
	WRITER_PUT(d->out, "[");
	writer_u64(d->out, rebtf_array(btf_type(d->btf, id))->nelems);
	WRITER_PUT(d->out, "]");
}

/*
 * The text after the name comes outermost first, so the task for it waits until the name is there.
 */
static void declare_array(struct declare *d, struct declare_task *task, uint32_t id)
{
	struct declare_task after = { .step = DECLARE_ARRAY, .id = id };

	declare_drop_qualifiers(d, task->at);
	if (d->links.count == task->at) {
		declare_push(d, after);
		return;
	}
	writer_begin(d->out);
	if (*task->name && !task->pointer)
		WRITER_PUT(d->out, " ");
	after.bound = rebtf_type_kind(declare_last(d)) != REBTF_KIND_ARRAY;
	if (after.bound)
		WRITER_PUT(d->out, "(");
	declare_push(d, after);
	task->pointer = true;
}

static void declare_function(struct declare *d, struct declare_task *task, uint32_t id)
{
	struct declare_task after = { .step = DECLARE_PROTO, .id = id, .level = task->level };

	declare_drop_qualifiers(d, task->at);
	if (d->links.count > task->at) {
		writer_begin(d->out);
		WRITER_PUT(d->out, " (");
		after.bound = true;
		task->pointer = true;
	}
	declare_push(d, after);
}

/* Takes the innermost link. Returns false if other tasks come before the rest of the chain. */
static bool declare_link(struct declare *d, struct declare_task *task)
{
	uint32_t id = d->links.items[--d->links.count];
	const struct rebtf_type *t = btf_type(d->btf, id);
	uint32_t kind = rebtf_type_kind(t);
	bool was_pointer = task->pointer;

	writer_begin(d->out);
	task->pointer = false;
	switch (kind) {
	case REBTF_KIND_PTR:
		writer_string(d->out, was_pointer ? "*" : " *");
		task->pointer = true;
		return true;
	case REBTF_KIND_VOLATILE:
	case REBTF_KIND_CONST:
	case REBTF_KIND_RESTRICT:
		if (!d->tight || !was_pointer)
			WRITER_PUT(d->out, " ");
		declare_qualifier(d, kind);
		return true;
	case REBTF_KIND_TYPE_TAG:
		declare_qualifiers(d, task->at);
		declare_tag(d, t);
		return true;
	case REBTF_KIND_ARRAY:
		task->pointer = was_pointer;
		declare_array(d, task, id);
		return true;
	case REBTF_KIND_FUNC_PROTO:
		task->pointer = was_pointer;
		declare_function(d, task, id);
		return true;
	default:
		declare_qualifiers(d, task->at);
		declare_push(d, *task);
		if (d->name(d->arg, id, t, task->level))
			return false;
		d->tasks.count -= !d->tasks.failed;
		return true;
	}
}

static void declare_rest(struct declare *d, struct declare_task task)
{
	while (d->links.count > task.at) {
		if (!declare_spend(d) || !declare_link(d, &task))
			return;
	}
	declare_name(d, &task);
}

/* Returns the type that the pointer @id, which is @t, is written to point to. */
static inline uint32_t declare_target(const struct declare *d, uint32_t id,
				      const struct rebtf_type *t)
{
	return d->opaque && d->opaque[id] ? 0 : t->type;
}

static void declare_chain(struct declare *d, struct declare_task task)
{
	uint32_t first = d->links.count, id = task.id, kind;

	do {
		const struct rebtf_type *t = btf_type(d->btf, id);

		kind = rebtf_type_kind(t);
		if (!d->plain || !declare_has(kind, qualifier_kinds | 1u << REBTF_KIND_TYPE_TAG))
			u32_vector_append(&d->links, id);
		id = kind == REBTF_KIND_ARRAY ? rebtf_array(t)->type : declare_target(d, id, t);
		/* A longer chain of pointers leads back to itself. */
		if (d->links.count - first > rebtf_btf_type_count(d->btf))
			d->budget = 0;
	} while (declare_has(kind, link_kinds) && declare_spend(d));
	/* No compiler makes members and parameters of other kinds. */
	if (!declare_has(kind, end_kinds)) {
		d->links.count = first;
		return;
	}
	task.step = DECLARE_REST;
	task.at = first;
	task.pointer = true;
	declare_rest(d, task);
}

/* Nearly all members have no more dimensions than that. */
#define DECLARE_SIMPLE_DIMENSIONS 3
#define DECLARE_SIMPLE_POINTERS	  4

/* The arrays, pointers and "const" in front of the type that ends a chain. */
struct declare_chain_start {
	uint32_t arrays[DECLARE_SIMPLE_DIMENSIONS];
	uint32_t array_count, pointer_count;
	bool is_const;
};

/* Returns the type that ends the chain of @id, or NULL if the chain is not simple. */
static const struct rebtf_type *declare_simple_end(const struct declare *d, uint32_t *id,
						   struct declare_chain_start *start)
{
	const struct rebtf_type *t = btf_type(d->btf, *id);

	while (rebtf_type_kind(t) == REBTF_KIND_ARRAY) {
		if (start->array_count == DECLARE_SIMPLE_DIMENSIONS)
			return NULL;
		start->arrays[start->array_count++] = rebtf_array(t)->nelems;
		t = btf_type(d->btf, *id = rebtf_array(t)->type);
	}
	while (rebtf_type_kind(t) == REBTF_KIND_PTR) {
		if (++start->pointer_count > DECLARE_SIMPLE_POINTERS)
			return NULL;
		t = btf_type(d->btf, *id = declare_target(d, *id, t));
	}
	if (rebtf_type_kind(t) == REBTF_KIND_CONST) {
		start->is_const = !d->plain;
		t = btf_type(d->btf, *id = t->type);
	}
	/* A type without a name can need tasks. */
	return declare_has(rebtf_type_kind(t), end_kinds) && (t->name_off || !rebtf_type_kind(t))
		       ? t
		       : NULL;
}

bool declare_simple(struct declare *d, uint32_t id, const char *name, uint32_t level)
{
	struct declare_chain_start start = {};
	struct declare_task named = { .name = name };
	const struct rebtf_type *end = declare_simple_end(d, &id, &start);

	if (!end || !declare_spend(d))
		return false;
	writer_begin(d->out);
	if (start.is_const)
		WRITER_PUT(d->out, "const ");
	d->name(d->arg, id, end, level);
	writer_begin(d->out);
	if (start.pointer_count)
		WRITER_PUT(d->out, " ");
	for (uint32_t i = 0; i < start.pointer_count; i++)
		WRITER_PUT(d->out, "*");
	named.pointer = start.pointer_count;
	declare_name(d, &named);
	for (uint32_t i = 0; i < start.array_count; i++) {
		writer_begin(d->out);
		WRITER_PUT(d->out, "[");
		writer_u64(d->out, start.arrays[i]);
		WRITER_PUT(d->out, "]");
	}
	return true;
}

/* Writes parameters until one needs tasks of its own. */
static void declare_parameters(struct declare *d, struct declare_task task)
{
	const struct rebtf_type *t = btf_type(d->btf, task.id);
	uint32_t count = rebtf_type_vlen(t);

	if (!task.at) {
		writer_begin(d->out);
		if (task.bound)
			WRITER_PUT(d->out, ")");
		WRITER_PUT(d->out, "(");
		/* clang for BPF gives a function without parameters one of type void. */
		if (!count || (count == 1 && !rebtf_params(t)->type)) {
			WRITER_PUT(d->out, "void)");
			return;
		}
	}
	while (task.at < count) {
		const struct rebtf_param *p = rebtf_params(t) + task.at;
		const char *name = btf_string(d->btf, p->name_off);

		writer_begin(d->out);
		if (task.at)
			WRITER_PUT(d->out, ", ");
		if (++task.at == count && !p->type) {
			WRITER_PUT(d->out, "...)");
			return;
		}
		if (declare_simple(d, p->type, name, task.level))
			continue;
		declare_push(d, task);
		declare_chain(d, (struct declare_task){
					 .id = p->type, .name = name, .level = task.level });
		return;
	}
	writer_begin(d->out);
	WRITER_PUT(d->out, ")");
}

void declare_run(struct declare *d)
{
	while (d->tasks.count && declare_spend(d)) {
		struct declare_task task = d->tasks.items[--d->tasks.count];

		switch (task.step) {
		case DECLARE_TYPE:
			declare_chain(d, task);
			break;
		case DECLARE_REST:
			declare_rest(d, task);
			break;
		case DECLARE_ARRAY:
			declare_elements(d, task.id, task.bound);
			break;
		case DECLARE_PROTO:
			declare_parameters(d, task);
			break;
		default:
			d->member(d->arg, task);
		}
	}
}

void declare(struct declare *d, uint32_t id, const char *name, uint32_t level)
{
	declare_push(d, (struct declare_task){
				.step = DECLARE_TYPE, .id = id, .name = name, .level = level });
	declare_run(d);
}

void declare_release(struct declare *d)
{
	u32_vector_release(&d->links);
	declare_tasks_release(&d->tasks);
}
