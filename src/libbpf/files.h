/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Reads BTF from files. */
#ifndef REBTF_LIBBPF_FILES_H
#define REBTF_LIBBPF_FILES_H

#include "libbpf/api.h"

/*
 * Reads a raw file, or the section of an ELF file, over @base, which may be NULL. @ext may be NULL;
 * otherwise it is set to the file's .BTF.ext or NULL. Sets @btf and returns 0, or -errno.
 */
int files_parse(const char *path, struct btf *base, struct btf **btf, struct ext_section **ext);

#endif
