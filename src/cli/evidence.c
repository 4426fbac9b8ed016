/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Counts the modules for and against a base, and holds modules that must wait for others. */
#include <stdlib.h>

#include "cli/evidence.h"
#include "cli/text.h"

/*
 * Over kernels with two more functions, at most one of 400 real modules makes sense, and it refers
 * to fewer types than this. Most modules refer to more.
 */
#define WEIGHT_MAX 16

/* Two modules of full weight; in a large batch, two for each 256 files. */
#define WEIGHT_NEEDED  (2 * WEIGHT_MAX)
#define FILES_FOR_EACH 256

void evidence_init(struct evidence *evidence)
{
	*evidence = (struct evidence){ .lock = PTHREAD_MUTEX_INITIALIZER };
}

void evidence_release(struct evidence *evidence)
{
	free(evidence->held);
	evidence->held = NULL;
}

void evidence_start(struct evidence *evidence, size_t files)
{
	evidence->needed = WEIGHT_NEEDED;
	if (files > FILES_FOR_EACH)
		evidence->needed *= files / FILES_FOR_EACH;
	/* Any file may be held. */
	evidence->held = calloc(files + 1, sizeof(*evidence->held));
	if (!evidence->held)
		out_of_memory();
	atomic_store(&evidence->believed, files < 2);
}

void evidence_refuse(struct evidence *evidence)
{
	pthread_mutex_lock(&evidence->lock);
	evidence->refusals++;
	pthread_mutex_unlock(&evidence->lock);
}

void evidence_hold(struct evidence *evidence, size_t index, size_t refs)
{
	pthread_mutex_lock(&evidence->lock);
	evidence->held[evidence->held_count++] = index;
	evidence->fits++;
	evidence->weight += refs < 1 ? 1 : refs < WEIGHT_MAX ? refs : WEIGHT_MAX;
	if (evidence->weight >= evidence->needed)
		atomic_store_explicit(&evidence->believed, true, memory_order_release);
	pthread_mutex_unlock(&evidence->lock);
}

bool evidence_take(struct evidence *evidence, size_t *index)
{
	bool taken;

	pthread_mutex_lock(&evidence->lock);
	taken = evidence->held_count && (evidence->closed || evidence_believed(evidence));
	if (taken)
		*index = evidence->held[--evidence->held_count];
	pthread_mutex_unlock(&evidence->lock);
	return taken;
}

void evidence_close(struct evidence *evidence)
{
	pthread_mutex_lock(&evidence->lock);
	evidence->closed = true;
	/* A batch may have few split modules. A single module against all others is never right. */
	if (!evidence->refusals || (evidence->fits >= 2 && evidence->refusals <= evidence->weight))
		atomic_store_explicit(&evidence->believed, true, memory_order_release);
	pthread_mutex_unlock(&evidence->lock);
}

bool evidence_doubts(struct evidence *evidence, size_t *modules, size_t *refusals)
{
	bool doubts;

	pthread_mutex_lock(&evidence->lock);
	doubts = evidence->closed && !evidence_believed(evidence);
	*modules = evidence->fits + evidence->refusals;
	*refusals = evidence->refusals;
	pthread_mutex_unlock(&evidence->lock);
	return doubts;
}
