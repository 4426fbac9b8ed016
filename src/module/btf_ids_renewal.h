/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * What the steps of giving .BTF_ids the ids of new BTF share: btf_ids.c finds the new id of each
 * word, btf_ids_sets.c says which word of a sorted set is whose.
 */
#ifndef REBTF_MODULE_BTF_IDS_RENEWAL_H
#define REBTF_MODULE_BTF_IDS_RENEWAL_H

#include "module/btf_ids.h"
#include "module/btf_ids_find.h"
#include "module/btf_ids_record.h"
#include "module/btf_ids_section.h"

/* In place of an enum id_owner: nothing says whose type it is. */
#define ID_OWNER_UNKNOWN ((uint32_t)ID_OWNERS)

/* In place of an offset: not known yet. */
#define NOWHERE UINT64_MAX

/* A type that symbols name. */
struct named_type {
	const char *name; /* of that length: a part of a symbol */
	size_t length;
	uint32_t kind;
	uint32_t own_before; /* its id among the old BTF's own types; 0 if it is not one of them */
	uint32_t own_now;
	struct ids_candidates base_now;
	bool base_asked; /* base_now was looked for */
};

/* What becomes of a word that a symbol stands at. */
struct renewed_word {
	const struct id_word *symbol;
	struct named_type *type;
	uint64_t offset; /* the symbol's */
	uint64_t place;	 /* where its old id and flags are, which in a sorted set is elsewhere */
	uint32_t id;
	uint32_t owner; /* enum id_owner, or ID_OWNER_UNKNOWN */
	bool has_evidence;
	uint32_t evidence; /* see ids_evidence() */
	uint32_t flags;	   /* in a set of stride 8 */
};

struct renewal {
	struct btf_ids ids;
	const struct btf_ids_origin *origin;
	const struct rebtf_btf *btf;
	bool distills;		  /* @btf is over a distilled base, which has no functions */
	bool has_record;	  /* owner, evidence and flags of words are known from the start */
	struct named_type *types; /* by kind and name, each once */
	size_t type_count;
	struct renewed_word *words; /* as in ids */
	uint8_t *data;		    /* as it shall be */
};

/* The type that an old id stood for; NULL if that is not known, or no symbol names it. */
const struct named_type *renewal_type_of(const struct renewal *r, uint32_t old_id);

/* Looks for the types of that name in the base, once. Errors: NOMEM. */
struct rebtf_error *renewal_ask_base(struct renewal *r, struct named_type *type);

/* Sets the new id of a word whose place is known. Errors: UNSUPPORTED, WRONG_BASE, NOMEM. */
struct rebtf_error *renewal_find_id(struct renewal *r, struct renewed_word *word);

/* Gives a set its new ids, sorted, and each its flags. Errors: as renewal_find_id(), FORMAT. */
struct rebtf_error *renewal_renew_set(struct renewal *r, const struct btf_id_set *set);

#endif
