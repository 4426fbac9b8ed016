/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * .BTF_ids: the type ids that a module's code itself knows, for the verifier: its kfuncs above all.
 * New BTF gives types new ids, and a kernel that takes an old one for a new one refuses the module,
 * or worse.
 */
#ifndef REBTF_MODULE_BTF_IDS_H
#define REBTF_MODULE_BTF_IDS_H

#include "module/elf_file.h"

/*
 * Makes in @data, malloced, what shall stand in the .BTF_ids of the ELF file in the first @size
 * bytes of @image when its BTF is @btf; as many bytes as before. NULL if the file has no such
 * section. Errors: FORMAT, NOMEM, UNSUPPORTED (a type is not to be found, or no symbols say which
 * types it should be).
 */
struct rebtf_error *btf_ids_resolve(const uint8_t *image, size_t size, const struct rebtf_btf *btf,
				    uint8_t **data, size_t *data_size);

#endif
