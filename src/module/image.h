/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The BTF in a kernel image. Where the format says where the kernel proper is (x86's boot protocol,
 * EFI's zboot header) we look there; every other image, of any architecture, is searched for
 * compressed streams and for BTF itself. The search is bounded: one pass over the bytes for each
 * layer of compression, and limits on how many places are tried and on how much is unpacked in all.
 */
#ifndef REBTF_MODULE_IMAGE_H
#define REBTF_MODULE_IMAGE_H

#include "util/error.h"

/*
 * Opens the BTF in the @size bytes of an image, or of raw BTF or an ELF file. @name stands for the
 * file in errors; may be NULL. Errors: NO_BTF; FORMAT, if BTF is there and is bad; NOMEM.
 */
struct rebtf_error *image_open_btf(const uint8_t *data, size_t size, const char *name,
				   struct rebtf_btf **btf);

/* Whether the @size bytes begin as raw BTF does, in either byte order. */
bool image_is_btf(const uint8_t *data, size_t size);

#endif
