/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Collects the warning that stray_ids_finish() prints. Threads finish in any order, so the module
 * whose path sorts first is chosen.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/errors.h"
#include "cli/stray_ids.h"

/* A warning names at most this many types. */
#define NAMES_MAX 3

void stray_ids_init(struct stray_ids *ids, const struct options *options, const char *meaning,
		    const char *remedy)
{
	*ids = (struct stray_ids){
		.options = options,
		.meaning = meaning,
		.remedy = remedy,
		.lock = PTHREAD_MUTEX_INITIALIZER,
	};
}

static void add_names(struct text *text, const struct rebtf_stray_ids *stray)
{
	size_t count = rebtf_stray_ids_count(stray);

	for (size_t i = 0; i < count && i < NAMES_MAX; i++) {
		text_add(text, i ? ", " : "");
		text_add_type_name(text, rebtf_stray_ids_at(stray, i));
	}
	if (count > NAMES_MAX)
		text_addf(text, " and %zu more", count - NAMES_MAX);
}

void stray_ids_note(struct stray_ids *ids, const char *path, const struct rebtf_transform *made)
{
	const struct rebtf_stray_ids *stray = rebtf_transform_stray_ids(made);

	if (!rebtf_stray_ids_count(stray))
		return;
	pthread_mutex_lock(&ids->lock);
	ids->modules++;
	if (!ids->first_path || strcmp(path, ids->first_path) < 0) {
		free(ids->first_path);
		text_release(&ids->first);
		ids->first_path = strdup(path);
		if (!ids->first_path)
			memory_failed();
		text_add(&ids->first, "rebtf: warning: ");
		text_add_name(&ids->first, path);
		text_addf(&ids->first, ": .BTF_ids: %s: ", ids->meaning);
		add_names(&ids->first, stray);
	}
	pthread_mutex_unlock(&ids->lock);
}

void stray_ids_add_json(struct json_object *object, const struct rebtf_transform *made)
{
	const struct rebtf_stray_ids *stray = rebtf_transform_stray_ids(made);
	struct json_object *array;
	const char *name;

	if (!rebtf_stray_ids_count(stray))
		return;
	array = json_new_array();
	for (size_t i = 0; (name = rebtf_stray_ids_at(stray, i)); i++)
		json_append_name(array, name);
	json_add(object, "stray_ids", array);
}

void stray_ids_finish(struct stray_ids *ids)
{
	if (ids->modules && !ids->options->quiet) {
		if (ids->remedy)
			text_addf(&ids->first, "; %s", ids->remedy);
		if (ids->modules > 1) {
			text_add(&ids->first, " (");
			text_add_counted(&ids->first, ids->modules - 1, "other module");
			text_add(&ids->first, ids->modules == 2 ? " has such ids, too)"
								: " have such ids, too)");
		}
		text_add(&ids->first, "\n");
		errors_print_text(&ids->first);
	}
	text_release(&ids->first);
	free(ids->first_path);
}
