/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The readings of a module's BTF: by itself, and over a base. A module keeps them, so that its BTF
 * is parsed only once for a caller who asks for its form and then opens it.
 */
#ifndef REBTF_MODULE_READINGS_H
#define REBTF_MODULE_READINGS_H

#include <pthread.h>

#include "rebtf.h"

/* The BTF by itself. */
enum itself {
	NOT_READ,
	PROVES_SPLIT,  /* names and types are missing, which only happens in split BTF */
	BROKEN_EITHER, /* not standalone BTF, but not proven to be split */
	BROKEN,	       /* not split BTF; damaged standalone BTF */
	RESOLVES,      /* all ids and names resolve, but it has no INT "int" */
	RESOLVES_WELL, /* they resolve, and it has an "int" or is a distilled base */
	ITSELF_COUNT,
};

struct readings {
	pthread_mutex_t lock; /* protects the members below */
	enum rebtf_form form;
	enum itself itself;
	struct rebtf_btf *alone;       /* NULL: impossible, or not tried */
	struct rebtf_error *not_alone; /* why @alone is NULL */
	struct rebtf_btf *base;	       /* the last one that was tried; a reference */
	struct rebtf_btf *over;	       /* the BTF over it; NULL: impossible */
};

static inline struct readings *readings_lock(struct readings *readings)
{
	pthread_mutex_lock(&readings->lock);
	return readings;
}

static inline void readings_unlock(struct readings **readings)
{
	pthread_mutex_unlock(&(*readings)->lock);
}

#define _cleanup_readings_ _cleanup_(readings_unlock)

/* Errors: NOMEM. */
struct rebtf_error *readings_new(struct readings **readings);
void readings_free(struct readings *readings); /* NULL is allowed */

/* Forgets the reading over the last base. */
void readings_forget_base(struct readings *readings);

#endif
