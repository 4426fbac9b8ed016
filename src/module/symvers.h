/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Module.symvers, which the kernel's build writes. Each line is an exported symbol with its CRC,
 * name, exporter, kind of export and namespace. Distributions install it under several names.
 */
#ifndef REBTF_MODULE_SYMVERS_H
#define REBTF_MODULE_SYMVERS_H

#include "module/exports.h"

/*
 * Adds the symbols in the @size bytes at @data, plain or compressed. Errors: FORMAT (with the
 * line), UNSUPPORTED (too large), NOMEM.
 */
struct rebtf_error *symvers_read(const uint8_t *data, size_t size, struct exports *exports);

/*
 * Checks that a file's symbols are those of a kernel. A build of external modules writes a file of
 * the same name with their symbols alone. Errors: FORMAT.
 */
struct rebtf_error *symvers_check(const struct exports *exports);

#endif
