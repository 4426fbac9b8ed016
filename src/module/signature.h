/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The signature of a signed module, after its last ELF byte. It covers every byte before it, so any
 * change breaks it. The kernel then refuses the module or taints itself.
 */
#ifndef REBTF_MODULE_SIGNATURE_H
#define REBTF_MODULE_SIGNATURE_H

#include "util/error.h"

/* Whether the @size bytes end with the marker. */
bool signature_present(const uint8_t *data, size_t size);

/*
 * Returns the size of the module without its signature, which must exist. Errors: FORMAT, if its
 * lengths do not fit the file.
 */
struct rebtf_error *signature_start(const uint8_t *data, size_t size, size_t *start);

/* The size of the part after the signature proper, up to the end of the file. */
#define SIGNATURE_END_SIZE 40

/* Writes to @end the part that follows a CMS (PKCS#7) signature of @size bytes. */
void signature_end(uint32_t size, uint8_t end[SIGNATURE_END_SIZE]);

#endif
