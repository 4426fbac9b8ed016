/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Shared by the targets that read files with BTF: an unnamed file, and all operations on a module.
 */
#ifndef REBTF_FUZZ_MODULES_H
#define REBTF_FUZZ_MODULES_H

#include "fuzz.h"

/* Creates a file with these bytes and returns its path. It exists as long as the process. */
const char *file_of(const void *data, size_t size);

/* Opens all parts of the module, and writes it again in each form. */
void look_at_module(struct rebtf_module *module);

#endif
