/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Writes the output of a file to its destination, or leaves the file alone and reports it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/destination.h"
#include "cli/json.h"

void destination_init(struct destination *destination, const struct options *options)
{
	*destination = (struct destination){};
	if (options->out_dir && rebtf_dir_new(options->out_dir, &destination->dir))
		out_of_memory();
	destination->out_dir = options->out_dir;
	destination->dry_run = options->dry_run;
}

void destination_release(struct destination *destination)
{
	rebtf_dir_free(destination->dir);
}

struct rebtf_error *destination_path(const struct destination *destination,
				     const struct tree_file *file, char **path)
{
	if (!destination->out_dir)
		*path = strdup(file->path);
	else if (asprintf(path, "%s/%s", destination->out_dir, file->relative) < 0)
		*path = NULL;
	return *path ? NULL : rebtf_error_nomem();
}

struct rebtf_error *destination_write(struct destination *destination, const struct tree_file *file,
				      const struct rebtf_module *module,
				      const struct rebtf_module_output *output)
{
	struct rebtf_module_output how = *output;

	if (destination->dry_run)
		how.dry_run = true;
	if (!destination->dir)
		return rebtf_module_write(module, rebtf_module_path(module), &how);
	return rebtf_module_write_to(module, destination->dir, file->relative, &how);
}

/* @form NULL: a module without BTF. */
static void add_left(const struct options *options, const struct tree_file *file,
		     const enum rebtf_form *form, bool elsewhere, const char *output,
		     struct result *result)
{
	struct json_object *object;

	result->outcome = OUTCOME_LEFT;
	result->no_btf = !form;
	if (form)
		result->form = *form;
	if (options->json) {
		object = result_json(options, file->path, "left");
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

void report_left(const struct options *options, const struct tree_file *file, enum rebtf_form form,
		 bool elsewhere, const char *output, struct result *result)
{
	add_left(options, file, &form, elsewhere, output, result);
}

static void copy_left(struct destination *destination, const struct options *options,
		      const struct tree_file *file, const struct rebtf_module *module,
		      const enum rebtf_form *form, struct result *result)
{
	struct rebtf_error *err = NULL;
	char *path = NULL;

	if (destination && destination->out_dir) {
		if (!destination->dry_run)
			err = rebtf_module_copy_to(module, destination->dir, file->relative);
		if (!err)
			err = destination_path(destination, file, &path);
		if (err) {
			result_fail(result, options, file->path, err);
			return;
		}
	}
	add_left(options, file, form, false, path, result);
	free(path);
}

void leave_alone(struct destination *destination, const struct options *options,
		 const struct tree_file *file, const struct rebtf_module *module,
		 enum rebtf_form form, struct result *result)
{
	copy_left(destination, options, file, module, &form, result);
}

bool leave_without_btf(struct destination *destination, const struct options *options,
		       const struct tree_file *file, const struct rebtf_module *module,
		       struct result *result)
{
	if (rebtf_module_has_btf(module))
		return false;
	copy_left(destination, options, file, module, NULL, result);
	return true;
}
