/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Writes definitions and declarations, and passes the text to the caller's printer. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "libbpf/dump.h"
#include "libbpf/message.h"
#include "libbpf/view.h"

/* Callers may format each piece into a buffer of their own. */
#define DUMP_PIECE 1024
/* Of a declaration, or of the cast of a value: a prototype can have a parameter of its own type. */
#define DUMP_STEPS 100000
/* For each word of types that were added: see c_writer.c. */
#define DUMP_STEPS_PER_WORD 64

void dump_print(struct btf_dump *d, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	d->print(d->arg, format, arguments);
	va_end(arguments);
}

/* Passes text on line by line. */
static struct rebtf_error *dump_text(void *arg, const char *text, size_t size)
{
	while (size) {
		size_t most = size < DUMP_PIECE ? size : DUMP_PIECE;
		const char *end = memchr(text, '\n', most);
		size_t piece = end ? (size_t)(end - text) + 1 : most;

		dump_print(arg, "%.*s", (int)piece, text);
		text += piece;
		size -= piece;
	}
	return NULL;
}

/* --- the view */

static uint64_t dump_changes(const struct btf *btf)
{
	uint64_t changes = 0;

	for (; btf; btf = btf->base)
		changes += btf->changes;
	return changes;
}

/* Gives an array by id room for the ids from @old to @count. */
static bool dump_grow(void *array, size_t item, uint32_t old, uint32_t count)
{
	void **items = array;
	uint8_t *grown = reallocarray(*items, count, item);

	if (!grown)
		return false;
	memset(grown + old * item, 0, (count - old) * item);
	*items = grown;
	return true;
}

/* Lets the writer go on with @view, which has more types. */
static int dump_go_on(struct btf_dump *d, const struct rebtf_btf *view)
{
	uint32_t old = rebtf_btf_type_count(d->c.btf), count = rebtf_btf_type_count(view);
	struct c_writer *w = &d->c;

	if (count < old)
		return -EINVAL;
	if (!dump_grow(&w->states, sizeof(*w->states), old, count) ||
	    !dump_grow(&w->names.chosen, sizeof(*w->names.chosen), old, count) ||
	    !dump_grow(&w->layout.aligns, sizeof(*w->layout.aligns), old, count))
		return -ENOMEM;
	w->declare.budget += (uint64_t)view->types_size / sizeof(uint32_t) * DUMP_STEPS_PER_WORD;
	w->btf = w->declare.btf = w->names.btf = w->layout.btf = view;
	c_mark_uses(w, old, rebtf_btf_type_count(w->btf));
	return 0;
}

static int dump_start(struct btf_dump *d, const struct rebtf_btf *view)
{
	struct rebtf_error *err = c_writer_init(&d->c, view, &d->out, true, 0);

	if (!err)
		return 0;
	c_writer_release(&d->c);
	d->c = (struct c_writer){};
	return message_error(err);
}

int dump_prepare(struct btf_dump *d)
{
	uint64_t changes = dump_changes(d->btf);
	struct rebtf_btf *view;
	struct rebtf_error *err;
	int result;

	if (d->c.btf && d->changes == changes)
		return 0;
	err = view_get(d->btf, &view);
	if (err)
		return message_error(err);
	if (!dump_views_append(&d->views, rebtf_btf_ref(view)))
		return -ENOMEM;
	result = d->c.btf ? dump_go_on(d, view) : dump_start(d, view);
	if (result)
		return result;
	d->changes = changes;
	d->c.layout.pointer_size = btf__pointer_size(d->btf) ?: sizeof(void *);
	return 0;
}

/* --- the interface */

struct btf_dump *btf_dump__new(const struct btf *btf, btf_dump_printer print, void *arg,
			       const struct btf_dump_opts *opts)
{
	struct btf_dump *d;
	struct rebtf_error *err;

	if (!object_options_valid(opts, sizeof(*opts)) || !print)
		return object_null(EINVAL);
	d = calloc(1, sizeof(*d));
	if (!d)
		return object_null(ENOMEM);
	/* A view is kept with the object, which is no change that callers can see. */
	d->btf = (struct btf *)(uintptr_t)btf;
	d->print = print;
	d->arg = arg;
	err = writer_init(&d->out, dump_text, d);
	if (!err)
		return d;
	rebtf_error_free(err);
	free(d);
	return object_null(ENOMEM);
}

void btf_dump__free(struct btf_dump *d)
{
	if (!d || object_is_error(d))
		return;
	rebtf_error_free(writer_finish(&d->out));
	c_writer_release(&d->c);
	for (size_t i = 0; i < d->views.count; i++)
		rebtf_btf_unref(d->views.items[i]);
	dump_views_release(&d->views);
	free(d);
}

int btf_dump__dump_type(struct btf_dump *d, uint32_t id)
{
	struct rebtf_error *err;
	bool is_cycle;
	int result;

	if (id >= btf__type_cnt(d->btf))
		return object_result(-EINVAL);
	result = dump_prepare(d);
	if (result)
		return object_result(result);
	err = c_writer_type(&d->c, id);
	is_cycle = d->c.cycle;
	writer_flush(&d->out);
	if (!err)
		return 0;
	result = message_error(err);
	return object_result(is_cycle ? -ELOOP : result);
}

static int dump_declare(struct btf_dump *d, uint32_t id, const char *name, uint32_t level)
{
	struct declare *declaration = &d->c.declare;
	uint64_t budget = declaration->budget;
	int result = 0;

	declaration->budget = DUMP_STEPS;
	declare(declaration, id, name, level);
	if (!declare_is_complete(declaration))
		result = declaration->budget ? -ENOMEM : -E2BIG;
	declaration->budget = budget;
	declaration->tasks.count = 0;
	declaration->links.count = 0;
	writer_flush(&d->out);
	return result;
}

int btf_dump__emit_type_decl(struct btf_dump *d, uint32_t id,
			     const struct btf_dump_emit_type_decl_opts *opts)
{
	const char *name = OBJECT_OPTION(opts, field_name, NULL);
	int level = OBJECT_OPTION(opts, indent_level, 0), result;

	if (!object_options_valid(opts, offsetof(struct btf_dump_emit_type_decl_opts, strip_mods) +
						sizeof(bool)) ||
	    id >= btf__type_cnt(d->btf))
		return object_result(-EINVAL);
	result = dump_prepare(d);
	if (result)
		return object_result(result);
	d->c.declare.plain = OBJECT_OPTION(opts, strip_mods, false);
	result = dump_declare(d, id, name ?: "", level > 0 ? level : 0);
	d->c.declare.plain = false;
	return object_result(result);
}

int dump_cast(struct btf_dump *d, uint32_t id)
{
	int result;

	d->c.declare.plain = true;
	d->c.only_tags = true;
	result = dump_declare(d, id, "", 0);
	d->c.declare.plain = false;
	d->c.only_tags = false;
	return result;
}
