/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The size of pointers. BTF does not record it, but in Linux a pointer is as large as a long, and
 * nearly all BTF of a kernel has an INT of that name.
 */
#ifndef REBTF_BTF_POINTER_SIZE_H
#define REBTF_BTF_POINTER_SIZE_H

#include "rebtf.h"

/* In bytes, from @btf or its bases: 4, 8, or 0 if no INT tells it. */
uint32_t pointer_size(const struct rebtf_btf *btf);

/*
 * The size that the type @t of the name @name tells, 0 if it tells none. Types of another name may
 * tell another size; @rank is the lower, the more such a name counts.
 */
uint32_t pointer_size_from(const struct rebtf_type *t, const char *name, unsigned int *rank);

/* Whether pointers can have that many bytes. */
static inline bool pointer_size_is_valid(uint32_t size)
{
	return size == 4 || size == 8;
}

#endif
