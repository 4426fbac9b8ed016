/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* .BTF.ext as libbpf's functions have it: the strings and type ids in it follow those of the BTF. */
#ifndef REBTF_LIBBPF_EXT_H
#define REBTF_LIBBPF_EXT_H

#include "libbpf/api.h"

/* Returns the new value of a string offset or type id. */
typedef uint32_t (*ext_mapper)(void *arg, uint32_t value);

void ext_map_strings(struct ext_section *ext, ext_mapper map, void *arg);

/* Returns 0, or -EINVAL if a type id is not below @end. Then the ids are unchanged. */
int ext_map_ids(struct ext_section *ext, uint32_t end, ext_mapper map, void *arg);

#endif
