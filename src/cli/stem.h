/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Names of files without their endings. */
#ifndef REBTF_CLI_STEM_H
#define REBTF_CLI_STEM_H

#include <stddef.h>

/* The length of a name without suffixes for compression, archives, modules and BTF. */
size_t stem_length(const char *name);

/* The name that the kernel gives the module in the file @path: "nf_nat". Malloced. */
char *stem_of_module(const char *path);

#endif
