/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * .BTF_ids: the type ids that a module's code itself knows, for the verifier: its kfuncs above all.
 * New BTF gives types new ids, and a kernel that takes an old one for a new one refuses the module,
 * or worse.
 */
#ifndef REBTF_MODULE_BTF_IDS_H
#define REBTF_MODULE_BTF_IDS_H

#include "util/error.h"

/* Which types the ids stand for that a .BTF_ids has so far. */
struct btf_ids_origin {
	const struct rebtf_btf *btf; /* NULL: nobody knows */
	/*
	 * Ids from here on are @btf's own types, in their order: rebtf_start_id(), unless the
	 * file's BTF is @btf made to refer to another base.
	 */
	uint32_t start;
	bool has_base; /* ids below are those of @btf's base */
};

/*
 * Makes in @data, malloced, what shall stand in the .BTF_ids of the ELF file in the first @size
 * bytes of @image when its BTF is @btf; as many bytes as before. NULL if the file has no such
 * section. Errors: FORMAT, NOMEM, UNSUPPORTED (a type is not to be found, or was the base's and
 * became the module's own; or no symbols say which types it should be).
 */
struct rebtf_error *btf_ids_resolve(const uint8_t *image, size_t size,
				    const struct btf_ids_origin *origin,
				    const struct rebtf_btf *btf, uint8_t **data, size_t *data_size);

/* The same for an ELF module that is about to be written. */
struct rebtf_error *btf_ids_renew(const struct rebtf_module *module,
				  const struct rebtf_module_output *output, uint8_t **data,
				  size_t *data_size);

#endif
