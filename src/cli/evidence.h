/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Uses the modules of a batch as evidence for or against their base. A module with few types can
 * make sense over a base that it was not split from. But a wrong base is also wrong for the other
 * modules of the batch, and they reveal it. So a module that makes sense is held, not written,
 * until enough others make sense as well. If modules that were split from another base outweigh
 * these, it is refused.
 *
 * A module's weight is the number of base types that it refers to, up to a limit, because over a
 * wrong base each of these types is likely to have an impossible kind. Over the right base, two
 * modules (or one in 128 of large batches) are read twice, and all others pass at once. A module's
 * outcome depends on the batch alone, not on the order of the threads' work.
 */
#ifndef REBTF_CLI_EVIDENCE_H
#define REBTF_CLI_EVIDENCE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct evidence {
	atomic_bool believed;
	pthread_mutex_t lock; /* protects the members below */
	bool closed;	      /* all modules have been examined */
	size_t needed;	      /* total weight that confirms the base */
	size_t weight;	      /* of the modules that make sense */
	size_t fits;	      /* their number */
	size_t refusals;      /* modules that were split from another base */
	size_t *held;	      /* held items of the batch, to be processed again */
	size_t held_count;
};

void evidence_init(struct evidence *evidence);
void evidence_release(struct evidence *evidence);

/* Starts a batch of @files. A single file has no others, so its base is trusted. */
void evidence_start(struct evidence *evidence, size_t files);

/* Whether the base is confirmed, so that no module needs to be held. */
static inline bool evidence_believed(const struct evidence *evidence)
{
	return atomic_load_explicit(&evidence->believed, memory_order_acquire);
}

/* Records that a module was split from another base. */
void evidence_refuse(struct evidence *evidence);

/* Records that item @index, with references to @refs base types, makes sense and is held. */
void evidence_hold(struct evidence *evidence, size_t index, size_t refs);

/* Takes a held item that can continue now. False if no such item is left. */
bool evidence_take(struct evidence *evidence, size_t *index);

/*
 * Records that all modules have been examined. The held ones can continue; evidence_doubts()
 * decides how.
 */
void evidence_close(struct evidence *evidence);

/*
 * Whether the evidence is complete and against the base. Sets the number of modules, and of those
 * that were split from another base.
 */
bool evidence_doubts(struct evidence *evidence, size_t *modules, size_t *refusals);

#endif
