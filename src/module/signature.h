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

#endif
