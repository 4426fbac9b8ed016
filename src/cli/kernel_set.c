/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Opens the set of a command line, and reports the members that are left out. */
#include <stdio.h>

#include "cli/errors.h"
#include "cli/kernel_set.h"

bool kernel_set_open(struct kernel_set *opened, const struct options *options,
		     const char *const *paths, size_t count)
{
	REBTF_OPTIONS(rebtf_set_options, how, .jobs = options->jobs, .reading = options->reading,
		      .any_release = options->any_release);
	struct rebtf_error *err;
	struct rebtf_btf *btf;

	opened->set = NULL;
	base_init(&opened->base, options);
	if (!base_open(&opened->base, &btf))
		return false;
	err = rebtf_set_open(btf, paths, count, &how, &opened->set);
	if (err)
		print_error(err);
	return !err;
}

void kernel_set_close(struct kernel_set *opened)
{
	rebtf_set_free(opened->set);
	base_release(&opened->base);
}

const struct rebtf_error *kernel_set_reason(const void *arg, size_t member)
{
	return rebtf_set_error(arg, member);
}

static bool kernel_set_counts(const struct rebtf_error *err)
{
	return err && rebtf_error_code(err) != REBTF_ERR_NO_BTF;
}

size_t kernel_set_print_left_out(const struct rebtf_set *set,
				 const struct rebtf_error *(*reason)(const void *arg,
								     size_t member),
				 const void *arg)
{
	struct error_groups groups = {};
	size_t count = 0;

	for (size_t i = 0; i < rebtf_set_count(set); i++) {
		const struct rebtf_error *err = reason(arg, i);
		struct file_error error = {};

		if (!kernel_set_counts(err))
			continue;
		count++;
		file_error_init(&error, err, rebtf_set_path(set, i));
		if (error_groups_add(&groups, &error))
			errors_print_text(&error.line);
		file_error_release(&error);
	}
	error_groups_print_rest(&groups);
	error_groups_release(&groups);
	return count;
}

struct json_object *kernel_set_left_out_json(const struct rebtf_set *set,
					     const struct rebtf_error *(*reason)(const void *arg,
										 size_t member),
					     const void *arg)
{
	struct json_object *array = json_new_array();

	for (size_t i = 0; i < rebtf_set_count(set); i++) {
		const struct rebtf_error *err = reason(arg, i);
		struct json_object *object;

		if (!kernel_set_counts(err))
			continue;
		object = json_new_object();
		json_add_string(object, "module", rebtf_set_name(set, i));
		json_add(object, "error", json_error(err, rebtf_set_path(set, i)));
		json_append(array, object);
	}
	return array;
}
