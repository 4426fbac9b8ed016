/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * A kernel whose BTF is in a module, the carrier, has a link to it (CONFIG_DEBUG_INFO_BTF=m), in one
 * of two forms. Integers are in the kernel's byte order:
 *
 *   .BTF.link  the carrier's name, padded with NULs to 64 bytes less the size of a long;
 *              SHA-256 of the BTF, 32 bytes; size of the BTF, 4 bytes
 *   .BTF.meta  size, 4 bytes; SHA-256, 32 bytes; the carrier is "btf_vmlinux"
 */
#ifndef REBTF_MODULE_CARRIER_LINK_H
#define REBTF_MODULE_CARRIER_LINK_H

#include "module/image_format.h"

/* The name of a carrier, unless a .BTF.link gives another. */
#define CARRIER_NAME "btf_vmlinux"

#define LINK_META_SIZE 36u
/* The sizes of a .BTF.link on 64-bit and on 32-bit machines. */
#define LINK_NAME_SIZE(word)  (64u - (word))
#define LINK_NAMED_SIZE(word) (LINK_NAME_SIZE(word) + REBTF_DIGEST_SIZE + 4)

/* Reads the section of the form @form. Errors: FORMAT. */
struct rebtf_error *carrier_link_parse(enum rebtf_link_form form, struct bytes section,
				       bool big_endian, struct rebtf_link *link);

/* Writes @link, of either form, to @section. Returns its size. @word: 4 or 8 bytes. */
size_t carrier_link_write(const struct rebtf_link *link, unsigned int word, bool big_endian,
			  uint8_t section[LINK_NAMED_SIZE(4)]);

/*
 * Finds a .BTF.link in the bytes of an unpacked kernel without section headers. Sets @link->form to
 * NONE if it has none.
 */
void carrier_link_search(struct bytes image, struct rebtf_link *link);

/* Sets @link->fits and the digest of @btf. Errors: as crypto_sha256(). */
struct rebtf_error *carrier_link_check(struct rebtf_link *link, struct bytes btf,
				       uint8_t digest[REBTF_DIGEST_SIZE]);

/* Whether the section .modinfo of a module names it as a carrier. */
bool carrier_is_name(struct bytes modinfo);

#endif
