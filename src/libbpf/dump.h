/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Writes types as C (core/c_writer.h), and values of types. libbpf's callers may append types while
 * they dump, but each definition is written only once. So the writer goes on with a new view of the
 * object when that has changed (view.h), and keeps the old views, whose names it uses.
 */
#ifndef REBTF_LIBBPF_DUMP_H
#define REBTF_LIBBPF_DUMP_H

#include "core/c_writer.h"
#include "libbpf/object.h"

DEFINE_VECTOR(dump_views, struct rebtf_btf *);

struct btf_dump {
	struct btf *btf;
	btf_dump_printer print;
	void *arg;
	struct writer out;
	struct c_writer c;
	struct dump_views views; /* references; the last one is the current one */
	uint64_t changes;	 /* of the object and its bases when the view was made */
};

/* Calls the printer. */
void dump_print(struct btf_dump *d, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Renews the view. Returns 0 or -errno. */
int dump_prepare(struct btf_dump *d);

/* Writes type @id as it stands in a cast, without parentheses: "struct foo *". */
int dump_cast(struct btf_dump *d, uint32_t id);

#endif
