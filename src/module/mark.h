/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The mark: an ELF note in which rebtf says what it made of a module's BTF, and over which base.
 * What it says is never believed unseen: form.c holds it against the BTF, rebtf_mark_fits() against
 * a base. docs/formats.md has its bytes.
 */
#ifndef REBTF_MODULE_MARK_H
#define REBTF_MODULE_MARK_H

#include "util/error.h"

/* Of the section: the note's header, its owner, and what it says. */
#define MARK_SIZE 68

/*
 * Reads the section's @size bytes, in the ELF file's byte order. Errors: FORMAT, unless they are
 * one mark and nothing else.
 */
struct rebtf_error *mark_read(const uint8_t *data, size_t size, bool big_endian,
			      struct rebtf_mark *mark);

/* Makes the section's bytes in @out. */
void mark_write(const struct rebtf_mark *mark, bool big_endian, uint8_t out[MARK_SIZE]);

/*
 * Sets in @mark that it was made over @base; NULL if there was none. Errors: NOMEM, UNSUPPORTED (no
 * libcrypto).
 */
struct rebtf_error *mark_make(enum rebtf_form form, struct rebtf_btf *base,
			      struct rebtf_mark *mark);

/* WRONG_BASE, with what tells the two apart, unless @base is the one that @mark speaks of. */
struct rebtf_error *mark_check_base(const struct rebtf_mark *mark, struct rebtf_btf *base);

#endif
