/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Where the output of a file goes: see destination.h for the idea. */
#include <stdlib.h>
#include <string.h>

#include "cli/destination.h"
#include "cli/json.h"

void destination_init(struct destination *destination, const struct options *options)
{
	*destination = (struct destination){
		.out_dir = options->out_dir,
		.lock = PTHREAD_MUTEX_INITIALIZER,
	};
}

void destination_release(struct destination *destination)
{
	free(destination->made);
	destination->made = NULL;
}

static bool same_directory(const char *a, const char *b)
{
	size_t length = (size_t)(strrchr(a, '/') - a);

	return (size_t)(strrchr(b, '/') - b) == length && !memcmp(a, b, length);
}

/* Files come sorted, so that remembering one directory saves nearly all calls. */
static struct rebtf_error *make_directories(struct destination *destination, const char *path)
{
	struct rebtf_error *err;
	char *made;

	if (destination->made && same_directory(destination->made, path))
		return NULL;
	err = rebtf_make_parents(path);
	if (err)
		return err;
	/* Without memory for it, the next file makes them again. */
	made = strdup(path);
	free(destination->made);
	destination->made = made;
	return NULL;
}

struct rebtf_error *destination_of(struct destination *destination, const struct rebtf_file *file,
				   char **path)
{
	struct rebtf_error *err;
	char *joined;

	if (!destination->out_dir) {
		*path = strdup(file->path);
		return *path ? NULL : rebtf_error_nomem();
	}
	if (asprintf(&joined, "%s/%s", destination->out_dir, file->relative) < 0)
		return rebtf_error_nomem();
	pthread_mutex_lock(&destination->lock);
	err = make_directories(destination, joined);
	pthread_mutex_unlock(&destination->lock);
	if (err)
		free(joined);
	else
		*path = joined;
	return err;
}

/* @form: NULL of a module without BTF. */
static void add_left(const struct options *options, const struct rebtf_file *file,
		     const enum rebtf_form *form, bool elsewhere, const char *output,
		     struct result *result)
{
	struct json_object *object;

	result->outcome = OUTCOME_LEFT;
	result->no_btf = !form;
	if (form)
		result->form = *form;
	if (options->format == OUTPUT_JSON) {
		object = json_new_object();
		json_add_string(object, "file", file->path);
		json_add_string(object, "outcome", "left");
		json_add_string(object, "form", form ? rebtf_form_name(*form) : NULL);
		if (elsewhere)
			json_add_bool(object, "elsewhere", true);
		if (output)
			json_add_string(object, "output", output);
		if (result->loading)
			json_add(object, "loading", result->loading);
		result->loading = NULL;
		json_print(&result->out, object);
	} else if (options->verbose) {
		text_add_name(&result->out, file->path);
		if (form)
			text_addf(&result->out, ": left alone, as it is %s\n",
				  elsewhere ? "another kernel's" : rebtf_form_name(*form));
		else
			text_add(&result->out, ": left alone, as it has no BTF\n");
	}
}

void report_left(const struct options *options, const struct rebtf_file *file, enum rebtf_form form,
		 bool elsewhere, const char *output, struct result *result)
{
	add_left(options, file, &form, elsewhere, output, result);
}

static void copy_left(struct destination *destination, const struct options *options,
		      const struct rebtf_file *file, const struct rebtf_module *module,
		      const enum rebtf_form *form, struct result *result)
{
	struct rebtf_error *err;
	char *path = NULL;

	if (destination && destination->out_dir) {
		err = destination_of(destination, file, &path);
		if (!err)
			err = rebtf_module_copy(module, path);
		if (err) {
			free(path);
			result_fail(result, options, file->path, err);
			return;
		}
	}
	add_left(options, file, form, false, path, result);
	free(path);
}

void leave_alone(struct destination *destination, const struct options *options,
		 const struct rebtf_file *file, const struct rebtf_module *module,
		 enum rebtf_form form, struct result *result)
{
	copy_left(destination, options, file, module, &form, result);
}

bool leave_without_btf(struct destination *destination, const struct options *options,
		       const struct rebtf_file *file, const struct rebtf_module *module,
		       struct result *result)
{
	if (!module || rebtf_module_has_btf(module))
		return false;
	copy_left(destination, options, file, module, NULL, result);
	return true;
}
