/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Opens a kernel and its modules for verbs that work on both as one. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/errors.h"
#include "cli/kernel_modules.h"

bool kernel_modules_open(struct kernel_modules *km, const struct options *options)
{
	REBTF_OPTIONS(rebtf_set_options, how, .jobs = options->jobs, .reading = options->reading,
		      .any_release = options->any_release);
	struct rebtf_error *err;
	struct rebtf_btf *kernel;

	*km = (struct kernel_modules){};
	base_init(&km->base, options);
	if (!base_open(&km->base, &kernel))
		return false;
	err = rebtf_set_open(kernel, options->modules, options->module_count, &how, &km->set);
	if (err)
		print_error(err);
	return !err;
}

size_t kernel_modules_print_left_out(const struct kernel_modules *km)
{
	size_t count = 0;

	for (size_t i = 0; i < rebtf_set_count(km->set); i++) {
		const struct rebtf_error *err = rebtf_set_error(km->set, i);
		char *text;

		if (!err)
			continue;
		count++;
		if (km->base.options->quiet)
			continue;
		text = rebtf_error_text(err);
		fprintf(stderr, "rebtf: left out: %s\n", text ? text : rebtf_error_message(err));
		free(text);
	}
	return count;
}

void kernel_modules_release(struct kernel_modules *km)
{
	rebtf_set_free(km->set);
	base_release(&km->base);
}
