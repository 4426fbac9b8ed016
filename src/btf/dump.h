/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* bpftool's words, which its text and its JSON have in common. */
#ifndef REBTF_BTF_DUMP_H
#define REBTF_BTF_DUMP_H

#include <stdint.h>

/* "SIGNED" and the like. */
const char *dump_int_encoding(uint32_t encoding);
/* "static", "global", "extern". */
const char *dump_linkage_name(uint32_t linkage);

#endif
