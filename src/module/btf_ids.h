/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * .BTF_ids: the type ids that a module's code itself knows, for the verifier: its kfuncs above all.
 * New BTF gives types new ids, and a kernel that takes an old one for a new one refuses the module,
 * or worse.
 */
#ifndef REBTF_MODULE_BTF_IDS_H
#define REBTF_MODULE_BTF_IDS_H

#include "module/btf_ids_record.h"
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
	/* @btf is over a distilled base, so typedefs of the kernel are among its own types. */
	bool is_distilled;
	const struct id_record *record; /* NULL: there is none */
};

/* What shall stand in the sections of an ELF file. */
struct btf_ids_result {
	uint8_t *data; /* .BTF_ids, malloced; as many bytes as before. NULL if there is none */
	size_t size;
	uint8_t *record; /* .BTF.base_ids, malloced; NULL if there is nothing to record */
	size_t record_size;
	char **stray; /* see rebtf_module_check_ids(); NULL unless asked for */
	size_t stray_count;
};

enum btf_ids_flags {
	BTF_IDS_DISTILL = 1u << 0, /* the new BTF is over a distilled base */
	BTF_IDS_STRAY = 1u << 1,   /* list stray ids */
};

/*
 * Makes @result for the ELF file in the first @size bytes of @image when its BTF is @btf. @flags:
 * enum btf_ids_flags. Errors: FORMAT, NOMEM; WRONG_BASE (an old id is that of another type);
 * UNSUPPORTED (a type is not to be found, or was the base's and became the module's own; or no
 * symbols say which types it should be).
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
