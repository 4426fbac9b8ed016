/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Modules with stray ids in .BTF_ids, as listed by rebtf_module_check_ids(): ids that no longer
 * refer to the intended type. A warning names the first such module of a batch and counts the
 * others. The batch still succeeds.
 */
#ifndef REBTF_CLI_STRAY_IDS_H
#define REBTF_CLI_STRAY_IDS_H

#include <pthread.h>

#include "cli/json.h"
#include "cli/options.h"

struct stray_ids {
	const struct options *options;
	const char *meaning; /* between the module's name and the types */
	const char *remedy;  /* after them */
	pthread_mutex_t lock;
	struct text first; /* the warning about the first module, by path */
	char *first_path;
	size_t modules;
};

void stray_ids_init(struct stray_ids *ids, const struct options *options, const char *meaning,
		    const char *remedy);

/* Records the stray ids of the module at @path, if it has any. */
void stray_ids_note(struct stray_ids *ids, const char *path, const struct rebtf_transform *made);

/* Adds the key "stray_ids" if it has entries. */
void stray_ids_add_json(struct json_object *object, const struct rebtf_transform *made);

/* Prints the warning, if any, and frees all memory. */
void stray_ids_finish(struct stray_ids *ids);

#endif
