/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Creates and frees the readings of a module's BTF. form.c fills them. */
#include <stdlib.h>

#include "module/readings.h"
#include "util/error.h"

struct rebtf_error *readings_new(struct readings **readings)
{
	*readings = calloc(1, sizeof(**readings));
	if (!*readings)
		return error_nomem();
	pthread_mutex_init(&(*readings)->lock, NULL);
	return NULL;
}

void readings_forget_base(struct readings *readings)
{
	rebtf_btf_unref(readings->over);
	rebtf_btf_unref(readings->base);
	readings->over = NULL;
	readings->base = NULL;
}

void readings_free(struct readings *readings)
{
	if (!readings)
		return;
	rebtf_error_free(readings->not_alone);
	rebtf_btf_unref(readings->alone);
	readings_forget_base(readings);
	pthread_mutex_destroy(&readings->lock);
	free(readings);
}
