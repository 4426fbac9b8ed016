/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Shared by the steps that give .BTF_ids the ids of new BTF. btf_ids_renew.c finds the new id of
 * each word. btf_ids_sets.c assigns the words of a sorted set to symbols.
 */
#ifndef REBTF_MODULE_BTF_IDS_RENEWAL_H
#define REBTF_MODULE_BTF_IDS_RENEWAL_H

#include "module/btf_ids.h"
#include "module/btf_ids_find.h"
#include "module/btf_ids_record.h"
#include "module/btf_ids_section.h"

/* The value of renewed_word.owner while the owner is unknown. */
#define ID_OWNER_UNKNOWN ((uint32_t)ID_OWNERS)

/* The value of renewed_word.place while the place is unknown. */
#define NOWHERE UINT64_MAX

/* A type that symbols name. */
struct named_type {
	const char *name; /* a part of a symbol, of that length */
	size_t length;
	uint32_t kind;
	uint32_t own_before; /* its id among the old BTF's own types; 0: not an own type */
	uint32_t own_now;
	struct ids_candidates base_now;
	bool base_asked; /* base_now is filled in */
};

/* The renewal of one word that a symbol names. */
struct renewed_word {
	const struct id_word *symbol;
	struct named_type *type;
	uint64_t offset; /* of the symbol */
	uint64_t place;	 /* of its old id and flags, which moved if the set is sorted */
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
	uint8_t *data;		    /* the new section */
};

/* The type that an old id stood for. NULL if it is unknown, or if no symbol names it. */
const struct named_type *renewal_type_of(const struct renewal *r, uint32_t old_id);

/* Looks up the types of that name in the base, once. Errors: NOMEM. */
struct rebtf_error *renewal_ask_base(struct renewal *r, struct named_type *type);

/* Sets the new id of a word with a known place. Errors: UNSUPPORTED, WRONG_BASE, NOMEM. */
struct rebtf_error *renewal_find_id(struct renewal *r, struct renewed_word *word);

/* Writes a set's new ids, sorted, each with its flags. Errors: as renewal_find_id(), FORMAT. */
struct rebtf_error *renewal_renew_set(struct renewal *r, const struct btf_id_set *set);

#endif
