/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The modules of a batch as evidence for or against the base that they are read over. A module with
 * few types can make sense over a base that it was not split from. But where a base is wrong, it is
 * wrong for the other modules of the batch as well, and these say so. So a module that makes sense
 * is held, and not written, until enough of others do. If they do not come, it is refused.
 *
 * A module weighs as much as the types of the base that it refers to, up to a limit, because these
 * are what a wrong base would turn into nonsense. Over the right base, two modules (or one in 128
 * of large batches) are read twice, and all others go through. What becomes of a module depends on
 * the batch alone, not on the order in which threads take its files.
 */
#ifndef REBTF_CLI_EVIDENCE_H
#define REBTF_CLI_EVIDENCE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct evidence {
	atomic_bool believed;
	pthread_mutex_t lock; /* covers all below */
	bool closed;	      /* all modules have been looked at */
	size_t needed;	      /* weight for which the base is believed */
	size_t weight;	      /* of the modules that make sense */
	size_t fits;	      /* how many these are */
	size_t refusals;      /* modules that were split from another base */
	size_t *held;	      /* items of the batch, which come again */
	size_t held_count;
};

void evidence_init(struct evidence *evidence);
void evidence_release(struct evidence *evidence);

/* For a batch of @files. A single file is no batch, and its base is believed. */
void evidence_start(struct evidence *evidence, size_t files);

/* Whether the base is beyond doubt, so that no module has to be held. */
static inline bool evidence_believed(const struct evidence *evidence)
{
	return atomic_load_explicit(&evidence->believed, memory_order_acquire);
}

/* A module was split from another base. */
void evidence_refuse(struct evidence *evidence);

/* Item @index of the batch makes sense, referring to @refs types of the base, and was held. */
void evidence_hold(struct evidence *evidence, size_t index, size_t refs);

/* Takes a held item that can go on now. False if there is none. */
bool evidence_take(struct evidence *evidence, size_t *index);

/* All modules have been looked at. The held ones can go on, and evidence_doubts() says how. */
void evidence_close(struct evidence *evidence);

/*
 * Whether the evidence is complete and against the base. Sets how many modules there were, and how
 * many of them were split from another base.
 */
bool evidence_doubts(struct evidence *evidence, size_t *modules, size_t *refusals);

#endif
