/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The record that a distilled module keeps of the kernel types its .BTF_ids names (section
 * ".BTF.base_ids"). A distilled base holds no functions and typedefs, so their ids are 0 in a
 * distilled module, as in one that Kbuild distilled. The record has three facts for each id:
 * whether the type was the kernel's (the names cannot tell, because the module's own types include
 * copies of kernel typedefs); evidence that tells types of one name apart; and the flags that
 * belong to the id in a set.
 */
#ifndef REBTF_MODULE_BTF_IDS_RECORD_H
#define REBTF_MODULE_BTF_IDS_RECORD_H

#include "util/error.h"

/* The owner of the type that an id names. */
enum id_owner {
	ID_OF_BASE_IF_ANY, /* the base's, but the kernel's build did not find it: may stay 0 */
	ID_OF_BASE,
	ID_OWN,
	ID_OWNERS,
};

/* The entry of one symbol in .BTF_ids. */
struct id_entry {
	uint32_t offset;   /* of the symbol's word in .BTF_ids */
	uint32_t owner;	   /* enum id_owner */
	uint32_t evidence; /* ID_OF_BASE: see ids_evidence() */
	uint32_t flags;	   /* flags after its id in a set of stride 8; else 0 */
};

struct id_record {
	struct id_entry *entries; /* by offset */
	size_t count;
};

/* Errors: FORMAT, NOMEM. */
struct rebtf_error *id_record_read(const uint8_t *data, size_t size, bool big_endian,
				   struct id_record *record);
/* Errors: NOMEM. */
struct rebtf_error *id_record_write(const struct id_record *record, bool big_endian, uint8_t **data,
				    size_t *size);
void id_record_release(struct id_record *record);

#endif
