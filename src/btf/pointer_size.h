/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The size of pointers. BTF does not record it. But in Linux, a pointer has the size of a long, and
 * nearly every kernel's BTF has an INT with that name.
 */
#ifndef REBTF_BTF_POINTER_SIZE_H
#define REBTF_BTF_POINTER_SIZE_H

#include "rebtf.h"

/* The size in bytes, from @btf or its bases: 4, 8, or 0 if unknown. */
uint32_t pointer_size(const struct rebtf_btf *btf);

/*
 * The size of pointers if the type @t, named @name, reveals it, otherwise 0. Types with different
 * names may contradict one another: the name with the lowest @rank is the most reliable.
 */
uint32_t pointer_size_from(const struct rebtf_type *t, const char *name, unsigned int *rank);

/* Whether @size is a possible size of pointers. */
static inline bool pointer_size_is_valid(uint32_t size)
{
	return size == 4 || size == 8;
}

#endif
