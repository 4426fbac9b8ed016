/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * What the targets share that read files with BTF in them: the file, which is one without a name,
 * and all that can be done with a module.
 */
#ifndef REBTF_FUZZ_MODULES_H
#define REBTF_FUZZ_MODULES_H

#include "fuzz.h"

/* A file with these bytes, and its path. It is gone with the process. */
const char *file_of(const void *data, size_t size);

/* Opens all that the module has, and writes it again in each way. */
void look_at_module(struct rebtf_module *module);

#endif
