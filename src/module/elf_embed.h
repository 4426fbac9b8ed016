/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Adds sections to linked ELF files, such as a kernel. elf_rewrite() moves the parts of a file, which
 * a linked file with its segments does not allow. Here everything stays where it is: new sections,
 * and new headers, go behind the end.
 */
#ifndef REBTF_MODULE_ELF_EMBED_H
#define REBTF_MODULE_ELF_EMBED_H

#include "module/elf_file.h"

/*
 * As elf_rewrite(), for files of any type. A section that exists keeps its header, which then leads
 * to the new bytes. A section that is removed leaves an unused header, so that the others keep their
 * indices. Errors: FORMAT, UNSUPPORTED (a section that would change is in the memory of a running
 * program), NOMEM.
 */
struct rebtf_error *elf_embed(const uint8_t *image, size_t size, const struct elf_change *changes,
			      size_t change_count, struct elf_output *output);

#endif
