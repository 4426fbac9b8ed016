/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Writes a header: the types of BTF in C, and the prototypes of kfuncs, in bpftool's frame. */
#include <stdlib.h>
#include <string.h>

#include "core/c_kfuncs.h"
#include "core/c_select.h"
#include "core/c_sort.h"
#include "core/c_words.h"
#include "core/c_writer.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/options.h"

static const char c_header_start[] = "#ifndef __VMLINUX_H__\n#define __VMLINUX_H__\n\n";
static const char c_header_start_own[] =
	"#ifndef __REBTF_MODULES_H__\n#define __REBTF_MODULES_H__\n\n";
static const char c_header_extern_c[] = "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n";

#define PRESERVE_PUSH                                                                              \
	"#pragma clang attribute push (__attribute__((preserve_access_index)), apply_to = "        \
	"record)\n#endif\n\n"

static const char c_header_preserve[] = "#ifndef BPF_NO_PRESERVE_ACCESS_INDEX\n" PRESERVE_PUSH;
/* Other compilers than clang for BPF do not know the attribute. */
static const char c_header_preserve_bpf[] =
	"#if defined(__bpf__) && !defined(BPF_NO_PRESERVE_ACCESS_INDEX)\n" PRESERVE_PUSH;

static const char c_header_macros[] = "#ifndef __ksym\n"
				      "#define __ksym __attribute__((section(\".ksyms\")))\n"
				      "#endif\n\n"
				      "#ifndef __weak\n"
				      "#define __weak __attribute__((weak))\n"
				      "#endif\n\n"
				      "#ifndef __bpf_fastcall\n"
				      "#if __has_attribute(bpf_fastcall)\n"
				      "#define __bpf_fastcall __attribute__((bpf_fastcall))\n"
				      "#else\n"
				      "#define __bpf_fastcall\n"
				      "#endif\n"
				      "#endif\n\n";

static const char c_header_end[] = "#ifndef BPF_NO_PRESERVE_ACCESS_INDEX\n"
				   "#pragma clang attribute pop\n"
				   "#endif\n"
				   "\n"
				   "#endif /* __VMLINUX_H__ */\n";

static const char c_header_end_bpf[] =
	"#ifdef __cplusplus\n"
	"}\n"
	"#endif\n"
	"\n"
	"#if defined(__bpf__) && !defined(BPF_NO_PRESERVE_ACCESS_INDEX)\n"
	"#pragma clang attribute pop\n"
	"#endif\n"
	"\n"
	"#endif\n";

#define PUT_TEXT(h, text) writer_bytes(&(h)->out, text, sizeof(text) - 1)

struct c_header {
	const struct rebtf_btf *btf;
	struct rebtf_header_options options;
	struct writer out;
	struct c_writer c;
};

/* The first type that the header defines. Another header defines those before. */
static uint32_t c_header_first(const struct rebtf_btf *btf,
			       const struct rebtf_header_options *options)
{
	return options->only_own ? btf->start_id : 1;
}

/* ---------------------------------------------------------------------------------------- kfuncs */

static struct rebtf_error *c_header_kfuncs(struct c_header *h, const struct c_kfuncs *kfuncs)
{
	writer_begin(&h->out);
	WRITER_PUT(&h->out, "\n/* BPF kfuncs */\n#ifndef BPF_NO_KFUNC_PROTOTYPES\n");
	for (size_t i = 0; i < kfuncs->count && !h->out.err; i++) {
		const struct c_kfunc *kfunc = &kfuncs->items[i];

		if (h->c.states[kfunc->id] & C_LEFT_OUT ||
		    (!h->options.like_bpftool && i && !strcmp(kfunc->name, kfunc[-1].name)))
			continue;
		writer_begin(&h->out);
		WRITER_PUT(&h->out, "extern ");
		if (kfunc->is_fast)
			WRITER_PUT(&h->out, "__bpf_fastcall ");
		TRY(c_writer_declare(&h->c, btf_type(h->btf, kfunc->id)->type, kfunc->name));
		writer_begin(&h->out);
		WRITER_PUT(&h->out, " __weak __ksym;\n");
	}
	writer_begin(&h->out);
	WRITER_PUT(&h->out, "#endif\n\n");
	return NULL;
}

/* Writes the types that the prototypes need. No typedef gets the name of a prototype. */
static struct rebtf_error *c_header_kfunc_needs(struct c_header *h, const struct c_kfuncs *kfuncs)
{
	for (size_t i = 0; i < kfuncs->count && !h->out.err; i++) {
		uint32_t id = kfuncs->items[i].id, proto = btf_type(h->btf, id)->type;

		TRY(c_writer_needs(&h->c, proto));
		h->c.states[id] |= h->c.states[proto] & C_LEFT_OUT;
	}
	return NULL;
}

/* ----------------------------------------------------------------------------------------- types */

static struct rebtf_error *c_header_write_ids(struct c_header *h, const uint32_t *ids, size_t count)
{
	for (size_t i = 0; i < count && !h->out.err; i++) {
		if (ids[i] >= rebtf_btf_type_count(h->btf))
			return error_new(REBTF_ERR_ARGUMENT,
					 "type [%u] does not exist (found %u types)", ids[i],
					 rebtf_btf_type_count(h->btf) - 1);
		TRY(c_writer_type(&h->c, ids[i]));
	}
	return NULL;
}

/* Returns the types of @btf in the order of its header, malloced. */
static struct rebtf_error *c_header_order(const struct c_header *h, const struct rebtf_btf *btf,
					  uint32_t **ids, uint32_t *count)
{
	if (!h->options.unsorted)
		return c_sort(btf, ids, count);
	*count = rebtf_btf_type_count(btf);
	*ids = malloc(*count * sizeof(**ids));
	if (!*ids)
		return error_nomem();
	for (uint32_t id = 0; id < *count; id++)
		(*ids)[id] = id;
	return NULL;
}

static struct rebtf_error *c_header_like_bpftool(struct c_header *h)
{
	_cleanup_(c_kfuncs_release) struct c_kfuncs kfuncs = {};
	_cleanup_free_ uint32_t *ids = NULL;
	uint32_t count;

	PUT_TEXT(h, c_header_start);
	PUT_TEXT(h, c_header_preserve);
	PUT_TEXT(h, c_header_macros);
	if (h->options.id_count) {
		TRY(c_header_write_ids(h, h->options.ids, h->options.id_count));
	} else {
		TRY(c_header_order(h, h->btf, &ids, &count));
		/* bpftool leaves out the first one: it takes that for void, which is elsewhere. */
		TRY(c_header_write_ids(h, ids + 1, count - 1));
		TRY(c_kfuncs_list(h->btf, 1, NULL, NULL, 0, &kfuncs));
		TRY(c_header_kfuncs(h, &kfuncs));
	}
	PUT_TEXT(h, c_header_end);
	return NULL;
}

static struct rebtf_error *c_header_discard(void *arg, const char *text, size_t size)
{
	(void)arg, (void)text, (void)size;
	return NULL;
}

/*
 * Writes the types of the bases to nowhere: they are in another header, with the names that they
 * get here.
 */
static struct rebtf_error *c_header_skip_bases(struct c_header *h)
{
	_cleanup_free_ uint32_t *ids = NULL;
	uint32_t count;
	writer_sink sink = h->out.sink;

	if (!h->btf->base)
		return error_new(REBTF_ERR_ARGUMENT,
				 "only the types of split BTF can be written without its base");
	/* An unnamed enum that only modules use has a definition of its own there. */
	for (uint32_t id = 1; id < h->btf->start_id; id++)
		h->c.states[id] &= ~C_USED;
	c_mark_uses(&h->c, 1, h->btf->start_id);
	TRY(c_header_order(h, h->btf->base, &ids, &count));
	writer_flush(&h->out);
	h->out.sink = c_header_discard;
	TRY(c_header_write_ids(h, ids, count));
	writer_flush(&h->out);
	h->out.sink = sink;
	return NULL;
}

static struct rebtf_error *c_header_start_better(struct c_header *h)
{
	if (h->options.only_own) {
		PUT_TEXT(h, c_header_start_own);
		writer_begin(&h->out);
		WRITER_PUT(&h->out, "#include \"");
		writer_string(&h->out, h->options.include ?: "vmlinux.h");
		WRITER_PUT(&h->out, "\"\n\n");
	} else {
		PUT_TEXT(h, c_header_start);
	}
	PUT_TEXT(h, c_header_preserve_bpf);
	PUT_TEXT(h, c_header_macros);
	writer_string(&h->out, c_words_macros);
	PUT_TEXT(h, c_header_extern_c);
	return h->options.only_own ? c_header_skip_bases(h) : NULL;
}

/* The types and kfuncs that the options select. */
struct c_selection {
	bool all;	/* everything */
	uint32_t first; /* from this id on */
	struct u32_vector ids;
	struct c_kfuncs kfuncs;
};

static void c_selection_release(struct c_selection *s)
{
	u32_vector_release(&s->ids);
	c_kfuncs_release(&s->kfuncs);
}

static struct rebtf_error *c_selection_find_programs(const struct c_header *h,
						     struct c_selection *s)
{
	const struct rebtf_header_options *o = &h->options;
	_cleanup_(c_kfuncs_release) struct c_kfuncs all = {};

	TRY(c_kfuncs_list(h->btf, s->first, o, NULL, 0, &all));
	for (size_t i = 0; i < o->program_count; i++)
		TRY(c_select_program(h->btf, s->first, o->programs[i], &all, &s->ids, &s->kfuncs));
	c_kfuncs_sort(&s->kfuncs);
	return NULL;
}

static struct rebtf_error *c_selection_find(const struct c_header *h, struct c_selection *s)
{
	const struct rebtf_header_options *o = &h->options;

	s->all = !o->id_count && !o->name_count && !o->kfunc_count && !o->program_count;
	s->first = c_header_first(h->btf, o);
	u32_vector_extend(&s->ids, o->ids, o->id_count);
	TRY(c_select(h->btf, s->first, o->names, o->name_count, &s->ids));
	if (s->all || o->kfunc_count)
		TRY(c_kfuncs_list(h->btf, s->first, o, o->kfuncs, o->kfunc_count, &s->kfuncs));
	if (o->program_count)
		TRY(c_selection_find_programs(h, s));
	return s->ids.failed ? error_nomem() : NULL;
}

static struct rebtf_error *c_header_selected(struct c_header *h, const struct c_selection *s)
{
	_cleanup_free_ uint32_t *ids = NULL;
	uint32_t count;

	if (!s->all)
		return c_header_write_ids(h, s->ids.items, s->ids.count);
	TRY(c_header_order(h, h->btf, &ids, &count));
	for (uint32_t i = 0; i < count && !h->out.err; i++) {
		if (ids[i] >= s->first)
			TRY(c_writer_type(&h->c, ids[i]));
	}
	return NULL;
}

/* Reports the differences of type @id, if there are any. */
static void c_header_note(const struct c_header *h, uint32_t id)
{
	const struct rebtf_type *t = btf_type(h->btf, id);
	struct rebtf_header_note note = { .id = id, .cause = id };
	uint8_t state = h->c.states[id];

	/* An unnamed type is missed only by those that refer to it, which have notes of their own. */
	if (state & C_LEFT_OUT && t->name_off) {
		note.kind = REBTF_HEADER_LEFT_OUT;
		note.cause = rebtf_type_kind(t) == REBTF_KIND_FUNC ? t->type : id;
		note.reason = c_express_reason(&h->c.express, &note.cause,
					       kind_is_composite(rebtf_type_kind(t)));
	} else if (h->c.express.opaque[id]) {
		note.kind = REBTF_HEADER_OPAQUE;
		note.cause = t->type;
		note.reason = c_express_reason(&h->c.express, &note.cause, false);
	} else if (state & (C_WRITTEN | C_DECLARED) && rebtf_type_kind(t) != REBTF_KIND_INT) {
		note.kind = REBTF_HEADER_RENAMED;
		note.name = btf_string(h->btf, t->name_off);
		note.c_name = c_names_changed(&h->c.names, id);
	}
	if (note.reason || note.c_name)
		h->options.note(h->options.note_arg, &note);
}

static struct rebtf_error *c_header_better(struct c_header *h)
{
	_cleanup_(c_selection_release) struct c_selection s = {};

	TRY(c_selection_find(h, &s));
	/* No typedef or enumerator gets the name of a function. */
	for (size_t i = 0; i < s.kfuncs.count; i++)
		c_names_count(&h->c.names, C_IDENTIFIERS, s.kfuncs.items[i].name);
	h->c.names.origin = h->options.origin;
	h->c.names.origin_arg = h->options.origin_arg;
	TRY(c_header_start_better(h));
	h->c.asserts = h->options.asserts;
	h->c.note = h->options.note;
	h->c.note_arg = h->options.note_arg;
	TRY(c_header_selected(h, &s));
	TRY(c_header_kfunc_needs(h, &s.kfuncs));
	if (s.kfuncs.count)
		TRY(c_header_kfuncs(h, &s.kfuncs));
	PUT_TEXT(h, c_header_end_bpf);
	for (uint32_t id = s.first; h->options.note && id < rebtf_btf_type_count(h->btf); id++)
		c_header_note(h, id);
	return NULL;
}

static struct rebtf_error *c_header_check(const struct rebtf_header_options *o)
{
	if (o->like_bpftool &&
	    (o->name_count || o->kfunc_count || o->program_count || o->only_own || o->asserts))
		return error_new(REBTF_ERR_ARGUMENT,
				 "bpftool's header can only be unsorted, or of types by id");
	return NULL;
}

struct rebtf_error *rebtf_header(const struct rebtf_btf *btf,
				 const struct rebtf_header_options *options,
				 struct rebtf_error *(*write)(void *arg, const char *text,
							      size_t size),
				 void *arg)
{
	struct c_header h = { .btf = btf };
	struct rebtf_error *err, *output;

	TRY(OPTIONS_COPY(rebtf_header_options, &h.options, options));
	TRY(c_header_check(&h.options));
	TRY(writer_init(&h.out, write, arg));
	err = c_writer_init(&h.c, btf, &h.out, h.options.like_bpftool,
			    c_header_first(btf, &h.options));
	if (!err)
		err = h.options.like_bpftool ? c_header_like_bpftool(&h) : c_header_better(&h);
	c_writer_release(&h.c);
	output = writer_finish(&h.out);
	/* The first error is the one of the output, which stops the writing. */
	if (output)
		rebtf_error_free(err);
	return output ? output : err;
}
