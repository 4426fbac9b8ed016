/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* The places where functions were inlined, of all units: from the threads' collections to BTF. */
#ifndef REBTF_ENCODE_SITES_H
#define REBTF_ENCODE_SITES_H

#include "encode/condense.h"
#include "encode/type_size.h"
#include "encode/unit_sites.h"

/* {} is empty. */
struct sites {
	struct inlined_site_vector list;
	struct site_lists lists;
};

/* Gathers the collection of a thread. @map: of its store, in the merged one. Errors: NOMEM. */
struct rebtf_error *sites_gather(struct sites *all, const struct unit_sites *collector,
				 const struct node_map *map);

/*
 * Adds to @builder a LOCSEC for each section with sites, and the FUNCs, LOC_PROTOs and LOC_PARAMs
 * that it refers to. Errors: NOMEM; the builder keeps its own.
 */
struct rebtf_error *sites_write(struct sites *all, const struct encode_object *object,
				struct type_view *view, struct condense *condense,
				struct rebtf_builder *builder);

void sites_release(struct sites *all);

/*
 * Sets *@start to the address that addresses in locations count from: that of the kernel's first
 * code. Returns false for a relocatable object, whose sections have no addresses yet.
 */
bool sites_find_start(const struct encode_object *object, uint64_t *start);

#endif
