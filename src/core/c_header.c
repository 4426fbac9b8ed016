/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Writes a header: the types of BTF in C, and the prototypes of kfuncs, in bpftool's frame. */
#include <stdlib.h>
#include <string.h>

#include "core/c_sort.h"
#include "core/c_writer.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/options.h"

static const char c_header_start[] =
	"#ifndef __VMLINUX_H__\n"
	"#define __VMLINUX_H__\n"
	"\n"
	"#ifndef BPF_NO_PRESERVE_ACCESS_INDEX\n"
	"#pragma clang attribute push (__attribute__((preserve_access_index)), apply_to = record)\n"
	"#endif\n\n"
	"#ifndef __ksym\n"
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

struct c_header {
	const struct rebtf_btf *btf;
	struct rebtf_header_options options;
	struct writer out;
	struct c_writer c;
};

/* ---------------------------------------------------------------------------------------- kfuncs */

struct c_header_kfunc {
	const char *name;
	uint32_t id;
	uint32_t order; /* of the tags */
};

DEFINE_VECTOR(c_header_kfuncs, struct c_header_kfunc);

static int c_header_compare_kfuncs(const void *a, const void *b)
{
	const struct c_header_kfunc *left = a, *right = b;

	return strcmp(left->name, right->name) ?: (int)(left->order > right->order) * 2 - 1;
}

/* Returns the name of the tag @t if it is about a whole function, otherwise NULL. */
static const char *c_header_function_tag(const struct rebtf_btf *btf, const struct rebtf_type *t)
{
	if (rebtf_type_kind(t) != REBTF_KIND_DECL_TAG || rebtf_decl_tag_component(t) != -1 ||
	    rebtf_type_kind(btf_type(btf, t->type)) != REBTF_KIND_FUNC)
		return NULL;
	return btf_string(btf, t->name_off);
}

/* Lists the functions that are tagged as kfuncs by name. @fast: by id, malloced: bpf_fastcall. */
static struct rebtf_error *c_header_list_kfuncs(const struct c_header *h,
						struct c_header_kfuncs *kfuncs, uint8_t **fast)
{
	uint32_t count = rebtf_btf_type_count(h->btf);

	*fast = calloc(count, 1);
	if (!*fast)
		return error_nomem();
	for (uint32_t id = 1; id < count; id++) {
		const struct rebtf_type *t = btf_type(h->btf, id);
		const char *tag = c_header_function_tag(h->btf, t);

		if (!tag)
			continue;
		if (!strcmp(tag, "bpf_fastcall"))
			(*fast)[t->type] = 1;
		if (!strcmp(tag, "bpf_kfunc"))
			c_header_kfuncs_append(kfuncs,
					       (struct c_header_kfunc){
						       .name = rebtf_btf_type_name(
							       h->btf, btf_type(h->btf, t->type)),
						       .id = t->type,
						       .order = id,
					       });
	}
	if (kfuncs->failed)
		return error_nomem();
	if (kfuncs->count)
		qsort(kfuncs->items, kfuncs->count, sizeof(*kfuncs->items),
		      c_header_compare_kfuncs);
	return NULL;
}

static struct rebtf_error *c_header_write_kfuncs(struct c_header *h)
{
	_cleanup_(c_header_kfuncs_release) struct c_header_kfuncs kfuncs = {};
	_cleanup_free_ uint8_t *fast = NULL;

	TRY(c_header_list_kfuncs(h, &kfuncs, &fast));
	writer_begin(&h->out);
	WRITER_PUT(&h->out, "\n/* BPF kfuncs */\n#ifndef BPF_NO_KFUNC_PROTOTYPES\n");
	for (size_t i = 0; i < kfuncs.count && !h->out.err; i++) {
		writer_begin(&h->out);
		WRITER_PUT(&h->out, "extern ");
		if (fast[kfuncs.items[i].id])
			WRITER_PUT(&h->out, "__bpf_fastcall ");
		TRY(c_writer_declare(&h->c, btf_type(h->btf, kfuncs.items[i].id)->type,
				     kfuncs.items[i].name));
		WRITER_PUT(&h->out, " __weak __ksym;\n");
	}
	writer_begin(&h->out);
	WRITER_PUT(&h->out, "#endif\n\n");
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

static struct rebtf_error *c_header_write_all(struct c_header *h)
{
	_cleanup_free_ uint32_t *ids = NULL;
	uint32_t count = rebtf_btf_type_count(h->btf);

	if (h->options.unsorted) {
		for (uint32_t id = 1; id < count && !h->out.err; id++)
			TRY(c_writer_type(&h->c, id));
		return NULL;
	}
	TRY(c_sort(h->btf, &ids));
	/* bpftool leaves out the first one: it takes that for void, which is further back. */
	return c_header_write_ids(h, ids + 1, count - 1);
}

static struct rebtf_error *c_header_write(struct c_header *h)
{
	writer_bytes(&h->out, c_header_start, sizeof(c_header_start) - 1);
	if (h->options.id_count) {
		TRY(c_header_write_ids(h, h->options.ids, h->options.id_count));
	} else {
		TRY(c_header_write_all(h));
		TRY(c_header_write_kfuncs(h));
	}
	writer_bytes(&h->out, c_header_end, sizeof(c_header_end) - 1);
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
	TRY(writer_init(&h.out, write, arg));
	err = c_writer_init(&h.c, btf, &h.out);
	if (!err)
		err = c_header_write(&h);
	c_writer_release(&h.c);
	output = writer_finish(&h.out);
	/* The first error is the one of the output, which stops the writing. */
	if (output)
		rebtf_error_free(err);
	return output ? output : err;
}
