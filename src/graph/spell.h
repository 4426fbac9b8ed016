/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Types as C has them, for people: "const char *", "u32[4]", "int (*)(struct device *, int)". */
#ifndef REBTF_GRAPH_SPELL_H
#define REBTF_GRAPH_SPELL_H

#include "btf/btf.h"

/* No spelling is longer, its terminator included; what would be ends in "...". */
#define SPELLING_MAX 256

/*
 * Writes the spelling of type @id to @text, which has SPELLING_MAX bytes. Returns its length. Adds to
 * @work how many types it looked at: some ten, but thousands where a hostile file wants it so.
 */
size_t spell_type(const struct rebtf_btf *btf, uint32_t id, char *text, uint64_t *work);

/* A type's size in bits; 0 if it has none, or is an array of arrays of arrays without end. */
uint64_t type_bits(const struct rebtf_btf *btf, uint32_t id, uint32_t pointer_size);

#endif
