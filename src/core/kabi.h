/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Changes that keep the binary interface of a kernel. Distributions reserve bytes in structs, and
 * when they use these bytes or replace a member, macros keep the old member in an unnamed union:
 *
 *	RHEL	 union { NEW; struct { OLD; } rh_kabi_hidden_45; union {}; };
 *	Android	 union { NEW; struct { u64 android_kabi_reserved1; } __UNIQUE_ID_android_kabi_hide7; };
 *	SUSE	 void *suse_kabi_padding;
 *	Linux	 union { NEW; struct { OLD; } __kabi_renamed; };
 *
 * A module that was built before still finds the old bytes, with the old type, at the old offset.
 */
#ifndef REBTF_CORE_KABI_H
#define REBTF_CORE_KABI_H

#include "graph/compare.h"

/*
 * Excuses changes in @list, that of two structs or unions, and counts the harmful ones again. At
 * most @budget members and types are visited, and their number is subtracted. Errors: NOMEM.
 */
struct rebtf_error *kabi_excuse(struct rebtf_change_list *list, uint32_t old_id, uint32_t new_id,
				uint64_t *budget);

/* Whether a member with this name holds the old member in an unnamed struct. */
bool kabi_hides(const char *name);

/*
 * Whether a member with this name and type only reserves bytes. Names that only distributions'
 * macros make count with any type, others only with integers.
 */
bool kabi_reserves(const struct rebtf_btf *btf, const char *name, uint32_t type);

#endif
