/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The state that the steps of the encoder share: encode.c, and remotes.c and remote_cycles.c for
 * types of other units.
 */
#ifndef REBTF_ENCODE_ENCODING_H
#define REBTF_ENCODE_ENCODING_H

#include <stdatomic.h>

#include "encode/declarations.h"
#include "encode/sites.h"
#include "encode/unit_list.h"
#include "encode/unit_types.h"
#include "util/table.h"

struct encode_object;
struct encode_options;
struct encode_report;

/* The objects that a thread owns. */
struct encode_worker {
	struct unit_reader reader;
	struct node_store *store;
	struct unit_types types;
	struct unit_functions *functions;
	struct unit_sites *sites; /* NULL: not wanted */
	uint32_t excluded;
	uint32_t failed_unit;
	struct rebtf_error *err; /* of that unit */
	uint32_t searched;	 /* nodes of the store that remotes_find() has looked at */
};

/* A type that a unit refers to and another has. */
struct remote_type {
	struct die_ref ref;
	uint32_t unit;	      /* that has it, or NO_UNIT */
	uint32_t store, node; /* 0: void */
};

#define NO_UNIT UINT32_MAX

DEFINE_VECTOR(remote_type_vector, struct remote_type);

struct encoding {
	const struct encode_object *object;
	const struct encode_options *options;
	struct encode_report *report; /* or NULL */
	struct declarations declarations;
	struct sites sites;
	uint64_t start; /* see sites_find_start() */
	bool has_start;
	/* Units of the file, then of its supplementary file. A unit's number is its index. */
	struct dwarf_unit_vector units;
	struct dwarf_unit_vector supplementary;
	struct unit_list *lists; /* by unit */
	struct encode_worker *workers;
	uint32_t worker_count;
	/* The first unit with an error. Later units need not be read. */
	atomic_uint failed_unit;

	struct remote_type_vector remotes;
	struct table remotes_by_ref;	/* indices in remotes, plus 1 */
	struct u32_vector order;	/* remotes whose units are read in this round, by unit */
	struct u32_vector groups;	/* by such a unit: index in order; and the end */
	struct u32_vector signed_units; /* numbers of type units, by signature */
};

static inline uint32_t encoding_unit_count(const struct encoding *e)
{
	return e->units.count + e->supplementary.count;
}

/*
 * Reads unit number @unit with worker @number. @again: for its types only, because others refer to
 * them. Errors: see encode_object().
 */
struct rebtf_error *encoding_read_unit(struct encoding *e, uint32_t unit, uint32_t number,
				       bool again);

/* A unit failed, which worker @number read. Keeps the error if no earlier unit failed. */
void encoding_note_error(struct encoding *e, uint32_t unit, uint32_t number,
			 struct rebtf_error *err);

/* Returns the error of the first unit that failed, if any. */
struct rebtf_error *encoding_first_error(struct encoding *e);

/*
 * Finds the nodes of all remote types. Reads the units that have them once more, and the imported
 * units of the supplementary file. Types that contain themselves become void. Errors: see
 * encode_object().
 */
struct rebtf_error *remotes_find(struct encoding *e);

/*
 * Makes all remote types void that contain themselves, other than through the name of a struct or
 * union. So the nodes have no cycle. Returns false if out of memory.
 */
bool remote_cycles_cut(struct encoding *e);

/*
 * The index in e->remotes of the type that the node @remote stands for, plus 1. 0: it is not there.
 */
uint32_t remotes_index(const struct encoding *e, const struct node *remote);

/* A node_remote_find(). @arg is a struct encoding. */
bool remotes_node(void *arg, const struct node *remote, uint32_t *store, uint32_t *node);

void remotes_release(struct encoding *e);

#endif
