/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Collects the warning that stray_ids_finish() prints. Threads finish in any order, so the module
 * whose path sorts first is chosen.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/stray_ids.h"

/* A warning names at most this many types. */
#define NAMES_MAX 3

void stray_ids_init(struct stray_ids *ids, const struct options *options, const char *meaning,
		    const char *remedy)
{
	*ids = (struct stray_ids){ .options = options, .meaning = meaning, .remedy = remedy };
	pthread_mutex_init(&ids->lock, NULL);
}

static void add_names(struct text *text, char *const *names, size_t count)
{
	for (size_t i = 0; names[i] && i < NAMES_MAX; i++) {
		text_add(text, i ? ", " : "");
		text_add_type_name(text, names[i]);
	}
	if (count > NAMES_MAX)
		text_addf(text, " and %zu more", count - NAMES_MAX);
}

static void note(struct stray_ids *ids, const char *path, char *const *names, size_t count)
{
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
		add_names(&ids->first, names, count);
	}
	pthread_mutex_unlock(&ids->lock);
}

struct rebtf_error *stray_ids_check(struct stray_ids *ids, const char *path,
				    const struct rebtf_module *module,
				    const struct rebtf_module_output *output, char ***names)
{
	struct rebtf_error *err;
	size_t count, size;

	*names = NULL;
	if (!rebtf_module_section(module, REBTF_SECTION_BTF_IDS, &size))
		return NULL;
	err = rebtf_module_check_ids(module, output, names, &count);
	if (!err && count)
		note(ids, path, *names, count);
	return err;
}

void stray_names_add_json(struct json_object *object, char *const *names)
{
	struct json_object *array;

	if (!names || !names[0])
		return;
	array = json_new_array();
	for (size_t i = 0; names[i]; i++)
		json_append_name(array, names[i]);
	json_add(object, "stray_ids", array);
}

void stray_names_free(char **names)
{
	for (size_t i = 0; names && names[i]; i++)
		free(names[i]);
	free(names);
}

void stray_ids_finish(struct stray_ids *ids)
{
	if (ids->modules && !ids->options->quiet) {
		if (ids->remedy)
			text_addf(&ids->first, "; %s", ids->remedy);
		if (ids->modules > 1) {
			text_add(&ids->first, " (so do ");
			text_add_counted(&ids->first, ids->modules - 1, "other module");
			text_add(&ids->first, ")");
		}
		text_add(&ids->first, "\n");
		fwrite(ids->first.data, 1, ids->first.size, stderr);
	}
	text_release(&ids->first);
	free(ids->first_path);
	pthread_mutex_destroy(&ids->lock);
}
