/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * A set of names, as a Bloom filter over their first bytes: it has all of its names, and few
 * others. Testing a name takes one load from the string section. So a search for a few names can
 * skip nearly all types of a kernel without hashing their names.
 */
#ifndef REBTF_BTF_NAME_FILTER_H
#define REBTF_BTF_NAME_FILTER_H

#include <string.h>

#include "btf/btf.h"
#include "util/bytes.h"

struct name_filter {
	uint64_t *bits; /* malloced */
	uint64_t factor;
	unsigned int shift;
};

/* Fills the set with the names of @btf's own types. Returns false if out of memory. */
bool name_filter_init(struct name_filter *filter, const struct rebtf_btf *btf);
void name_filter_release(struct name_filter *filter);

/* The first bytes of the name at @off, up to 8. */
static inline uint64_t name_filter_start(const struct rebtf_btf *btf, uint32_t off)
{
	uint8_t copy[sizeof(uint64_t)] = {};
	uint64_t word, zeros;
	size_t left;

	while (off < btf->start_string)
		btf = btf->base;
	off -= btf->start_string;
	left = btf->strings_size - off;
	if (left >= sizeof(copy))
		memcpy(copy, btf->strings + off, sizeof(copy));
	else
		memcpy(copy, btf->strings + off, left);
	word = get64(copy, false);
	/* The lowest bit of zeros belongs to the NUL that ends the name. */
	zeros = (word - 0x0101010101010101) & ~word & 0x8080808080808080;
	return word & (((zeros & -zeros) >> 7) - 1);
}

static inline uint64_t name_filter_bit(const struct name_filter *filter,
				       const struct rebtf_btf *btf, uint32_t off)
{
	return name_filter_start(btf, off) * filter->factor >> filter->shift;
}

/* Whether the set may have the name of @t, a type of @btf. */
static inline bool name_filter_has(const struct name_filter *filter, const struct rebtf_btf *btf,
				   const struct rebtf_type *t)
{
	uint64_t bit = name_filter_bit(filter, btf, t->name_off);

	return filter->bits[bit / 64] >> bit % 64 & 1;
}

#endif
