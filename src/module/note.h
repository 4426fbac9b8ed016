/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The note (.note.rebtf): an ELF note that records the form rebtf gave a module's BTF, and its
 * base. It is never trusted unchecked: form.c compares it with the BTF, rebtf_note_fits() with a
 * base. docs/formats.md describes its bytes.
 */
#ifndef REBTF_MODULE_NOTE_H
#define REBTF_MODULE_NOTE_H

#include "util/bytes.h"
#include "util/error.h"

/* The size of the section: the note's header, its owner, and its content. */
#define NOTE_SIZE 68

/* The size of the file beside raw BTF: the section, and SHA-256 of the BTF that it describes. */
#define NOTE_FILE_SIZE (NOTE_SIZE + REBTF_DIGEST_SIZE)

/*
 * Reads the section's @size bytes, in the ELF file's byte order. Errors: FORMAT, unless they are
 * exactly one note of ours.
 */
struct rebtf_error *note_read(const uint8_t *data, size_t size, bool big_endian,
			      struct rebtf_note *note);

/* Writes the section's bytes to @out. */
void note_write(const struct rebtf_note *note, bool big_endian, uint8_t out[NOTE_SIZE]);

/*
 * Reads the @size bytes of the file beside @btf, a file of raw BTF. Sets @fits to whether it
 * describes @btf; @note is only valid then. Errors: FORMAT, NOMEM, UNSUPPORTED (no libcrypto).
 */
struct rebtf_error *note_file_read(const uint8_t *data, size_t size, struct iovec btf,
				   struct rebtf_note *note, bool *fits);

/* Writes the bytes of the file beside @btf. Errors: NOMEM, UNSUPPORTED (no libcrypto). */
struct rebtf_error *note_file_write(const struct rebtf_note *note, struct iovec btf,
				    uint8_t out[NOTE_FILE_SIZE]);

/* Fills in @note for BTF over @base; NULL: no base. Errors: NOMEM, UNSUPPORTED (no libcrypto). */
struct rebtf_error *note_make(enum rebtf_form form, struct rebtf_btf *base,
			      struct rebtf_note *note);

/* Checks that @base is the one in @note. Errors: WRONG_BASE, with the difference. */
struct rebtf_error *note_check_base(const struct rebtf_note *note, struct rebtf_btf *base);

#endif
