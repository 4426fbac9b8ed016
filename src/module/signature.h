/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The signature that a signed module carries behind its last ELF byte. It covers every byte before
 * it, so whoever changes the module breaks it; the kernel then refuses the module or taints itself.
 */
#ifndef REBTF_MODULE_SIGNATURE_H
#define REBTF_MODULE_SIGNATURE_H

#include "util/error.h"

/* Whether the marker ends the @size bytes. */
bool signature_present(const uint8_t *data, size_t size);

/*
 * The size of the module without its signature, which has to be there.
 * Errors: FORMAT, if its lengths do not fit the file.
 */
struct rebtf_error *signature_start(const uint8_t *data, size_t size, size_t *start);

/* Bytes of what follows the signature proper, to the end of the file. */
#define SIGNATURE_END_SIZE 40

/* Writes to @end what follows a CMS (PKCS#7) signature of @size bytes. */
void signature_end(uint32_t size, uint8_t end[SIGNATURE_END_SIZE]);

#endif
