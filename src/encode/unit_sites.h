/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Collects the sites of a unit: the places where the compiler inlined a function. The DIE of such a
 * place (DW_TAG_inlined_subroutine) refers to the DIE of the function's source, which has its name
 * and prototype, and contains the locations of the parameters. Sites whose function is described by
 * another unit (link-time optimization, dwz) are left out.
 */
#ifndef REBTF_ENCODE_UNIT_SITES_H
#define REBTF_ENCODE_UNIT_SITES_H

#include "encode/unit_nodes.h"
#include "encode/word_lists.h"

struct inlined_site {
	uint64_t first; /* unit << 32 | order in it */
	uint64_t pc;
	uint32_t name;	    /* a string of the store */
	uint32_t proto;	    /* a FUNC_PROTO node */
	uint32_t locations; /* a list of site_lists.protos */
};

DEFINE_VECTOR(inlined_site_vector, struct inlined_site);

/* Lists that many sites have in common. */
struct site_lists {
	struct word_lists locations; /* flags and words: see struct site_location */
	struct word_lists protos;    /* a location for each parameter, or 0 */
};

struct unit_sites;

/*
 * Makes a collector for one thread. @store gets the prototypes and strings. @start: the address that
 * those in locations count from, or NULL. Errors: NOMEM.
 */
struct rebtf_error *unit_sites_new(struct node_store *store, const uint64_t *start,
				   struct unit_sites **sites);
void unit_sites_free(struct unit_sites *s); /* NULL is allowed */

/* Collects the sites of the unit that @types has read. Errors: as die_next(). */
struct rebtf_error *unit_sites_read(struct unit_sites *s, struct unit_types *types);

/* All that the collector found so far. */
const struct inlined_site_vector *unit_sites_found(const struct unit_sites *s);
const struct site_lists *unit_sites_lists(const struct unit_sites *s);

#endif
