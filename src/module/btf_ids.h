/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * .BTF_ids: the type ids that a module's code contains for the verifier, above all those of its
 * kfuncs. New BTF gives types new ids. A kernel that takes an old id for a new one refuses the
 * module, or worse.
 */
#ifndef REBTF_MODULE_BTF_IDS_H
#define REBTF_MODULE_BTF_IDS_H

#include "module/btf_ids_record.h"
#include "util/error.h"

/* The types that the current ids in .BTF_ids refer to. */
struct btf_ids_origin {
	const struct rebtf_btf *btf; /* NULL: unknown */
	/*
	 * Ids from here on are @btf's own types, in their order. This is rebtf_btf_start_id(),
	 * unless the file's BTF is @btf relocated to another base.
	 */
	uint32_t start;
	/*
	 * The numbers of @btf's own types for those in the file, if their order differs: see
	 * name_order_of_saved(). NULL: it does not.
	 */
	const uint32_t *order;
	uint32_t order_count;
	bool has_base; /* smaller ids are types of @btf's base */
	/* @btf is over a distilled base, so its own types include typedefs of the kernel. */
	bool is_distilled;
	const struct id_record *record; /* NULL: no record */
};

/* New contents for the sections of an ELF file. */
struct btf_ids_result {
	uint8_t *data; /* .BTF_ids, malloced, same size as before; NULL: no section */
	size_t size;
	uint8_t *record; /* .BTF.base_ids, malloced; NULL: no record needed */
	size_t record_size;
	char **stray; /* names, ends with NULL; NULL unless requested */
	size_t stray_count;
};

enum btf_ids_flags {
	BTF_IDS_DISTILL = 1u << 0, /* the new BTF is over a distilled base */
	BTF_IDS_STRAY = 1u << 1,   /* list stray ids */
};

/*
 * Computes @result for the ELF file in the first @size bytes of @image when its BTF becomes @btf.
 * @flags: enum btf_ids_flags. Errors: FORMAT, NOMEM; WRONG_BASE (an old id belongs to another
 * type); UNSUPPORTED (a type cannot be found, or moved from the base to the module's own types; or
 * no symbols name the types).
 */
struct rebtf_error *btf_ids_resolve(const uint8_t *image, size_t size,
				    const struct btf_ids_origin *origin,
				    const struct rebtf_btf *btf, unsigned int flags,
				    struct btf_ids_result *result);
void btf_ids_result_release(struct btf_ids_result *result);

/* The same for an ELF module that is about to be written. */
struct rebtf_error *btf_ids_renew(const struct rebtf_module *module,
				  const struct rebtf_module_output *output, unsigned int flags,
				  struct btf_ids_result *result);

#endif
