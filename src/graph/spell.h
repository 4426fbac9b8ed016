/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Spells types in C for people: "const char *", "u32[4]", "int (*)(struct device *, int)". */
#ifndef REBTF_GRAPH_SPELL_H
#define REBTF_GRAPH_SPELL_H

#include "btf/btf.h"

/* Maximum size of a spelling with its NUL. Longer ones end in "...". */
#define SPELLING_MAX 256

/*
 * Writes the spelling of type @id to @text, which has SPELLING_MAX bytes. Returns its length. Adds
 * the number of visited types to @work: about ten, but thousands in a hostile file.
 */
size_t spell_type(const struct rebtf_btf *btf, uint32_t id, char *text, uint64_t *work);

#endif
