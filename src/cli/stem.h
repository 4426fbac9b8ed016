/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Names of files without their endings. */
#ifndef REBTF_CLI_STEM_H
#define REBTF_CLI_STEM_H

#include <stdbool.h>
#include <stddef.h>

/* Whether the first @length bytes of @name end with @ending, with other bytes before it. */
bool stem_ends(const char *name, size_t length, const char *ending);

/* The length of a name without suffixes for compression, archives, modules and BTF. */
size_t stem_length(const char *name);

/* The name that the kernel gives the module in the file @path: "nf_nat". Malloced. */
char *stem_of_module(const char *path);

#endif
