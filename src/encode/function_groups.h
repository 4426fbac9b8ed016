/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The functions that an ELF file's symbols name. The compiler derives symbols from a function's
 * name: foo.isra.0, foo.constprop.1, foo.llvm.123. All symbols with the same name before the first
 * dot are a group, and only a function that has a group can get BTF.
 *
 * A BPF program attaches to a name. If the symbols of a group have different addresses, the name is
 * ambiguous.
 */
#ifndef REBTF_ENCODE_FUNCTION_GROUPS_H
#define REBTF_ENCODE_FUNCTION_GROUPS_H

#include "encode/dwarf.h"
#include "util/table.h"
#include "util/vec.h"

/* Flags of a function in a set of kfuncs, from the kernel's include/linux/btf.h. */
enum kfunc_flag {
	KFUNC_FASTCALL = 1u << 12,
	KFUNC_ARENA_RESULT = 1u << 13, /* the result points into an arena */
	KFUNC_ARENA_FIRST = 1u << 14,  /* the first parameter does */
	KFUNC_ARENA_SECOND = 1u << 15, /* the second parameter does */
};

struct function_group {
	const char *name;     /* of @length bytes: not terminated */
	const char *suffixed; /* the first symbol with a dot at @address, or NULL */
	uint64_t address;
	uint64_t other_address; /* of an ambiguous group: another address */
	uint32_t length;
	uint32_t kfunc_flags; /* enum kfunc_flag and others */
	bool ambiguous;
	bool optimized; /* by a symbol at @address, the compiler changed the parameters */
	bool is_kfunc;
};

DEFINE_VECTOR(function_group_vector, struct function_group);

/* Read-only after function_groups_init(), so threads can share it. Names belong to the symbols. */
struct function_groups {
	struct function_group_vector list;
	struct table table; /* indices in the list, plus 1 */
};

/* Groups the symbols of @object and marks its kfuncs. Errors: NOMEM. */
struct rebtf_error *function_groups_init(struct function_groups *groups,
					 const struct encode_object *object);
void function_groups_release(struct function_groups *groups);

/* Returns the group of that name, or NULL. */
struct function_group *function_groups_find(const struct function_groups *groups, const char *name,
					    size_t length);

/* Sorts @count indices of groups by name. Errors: NOMEM. */
struct rebtf_error *function_groups_sort(const struct function_groups *groups, uint32_t *indices,
					 size_t count);

#endif
