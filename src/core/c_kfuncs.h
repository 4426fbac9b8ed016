/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* The functions of a kernel that BPF programs can call. */
#ifndef REBTF_CORE_C_KFUNCS_H
#define REBTF_CORE_C_KFUNCS_H

#include "btf/btf.h"
#include "core/kfuncs.h"
#include "util/vec.h"

struct c_kfunc {
	const char *name; /* belongs to the BTF */
	uint32_t id;	  /* of the FUNC */
	uint32_t order;
	bool is_fast; /* bpf_fastcall */
};

DEFINE_VECTOR(c_kfuncs, struct c_kfunc);

/*
 * Lists the kfuncs from id @first on, by name: the functions with a tag, and the known_kfuncs of
 * @known. NULL: those of bpftool, which takes attributes for tags. With @names, only those that a
 * name or glob of these matches; then a name also stands for any other function, because kernels
 * before 6.10 have no tags. Errors: NOMEM, ARGUMENT (a name matches no function, a known kfunc is
 * not a function).
 */
struct rebtf_error *c_kfuncs_list(const struct rebtf_btf *btf, uint32_t first,
				  const struct rebtf_header_options *known,
				  const char *const *names, size_t name_count,
				  struct c_kfuncs *kfuncs);

/*
 * Adds the kfuncs of that name among @all, which are sorted by name. Without any, adds the first
 * function of that name from id @first on, if it exists. Errors: NOMEM.
 */
struct rebtf_error *c_kfuncs_add_named(const struct rebtf_btf *btf, uint32_t first,
				       const char *name, const struct c_kfuncs *all,
				       struct c_kfuncs *kfuncs);

/* Adds the first function of that name from id @first on, tagged or not, if @found. Errors: NOMEM. */
struct rebtf_error *c_kfuncs_add(const struct rebtf_btf *btf, uint32_t first, const char *name,
				 struct c_kfuncs *kfuncs, bool *found);

/* Sorts them by name. */
void c_kfuncs_sort(struct c_kfuncs *kfuncs);

#endif
