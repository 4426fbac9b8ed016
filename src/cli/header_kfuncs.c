/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Collects the kfuncs of files, and the reasons why some are missing. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/guards.h"
#include "cli/header_kfuncs.h"
#include "cli/kernels.h"

void header_kfuncs_release(struct header_kfuncs *kfuncs)
{
	rebtf_kfuncs_free(kfuncs->of_file);
	rebtf_kfuncs_free(kfuncs->of_base);
	free(kfuncs->ids);
	free(kfuncs->flags);
	free(kfuncs->errors);
}

/* Adds those of @from. @merge: with the ids that they have there, as types of @member. */
static struct rebtf_error *header_kfuncs_add(struct header_kfuncs *kfuncs,
					     const struct rebtf_kfuncs *from,
					     const struct rebtf_merge *merge, size_t member)
{
	const struct rebtf_error *err = rebtf_kfuncs_error(from), **errors;
	size_t room = kfuncs->count + rebtf_kfuncs_count(from) + 1;
	const struct rebtf_kfunc *kfunc;
	uint32_t *ids, *flags;

	ids = reallocarray(kfuncs->ids, room, sizeof(*ids));
	kfuncs->ids = ids ?: kfuncs->ids;
	flags = reallocarray(kfuncs->flags, room, sizeof(*flags));
	kfuncs->flags = flags ?: kfuncs->flags;
	errors = reallocarray(kfuncs->errors, kfuncs->error_count + 1, sizeof(*errors));
	kfuncs->errors = errors ?: kfuncs->errors;
	if (!ids || !flags || !errors)
		return rebtf_error_nomem();
	for (size_t i = 0; (kfunc = rebtf_kfuncs_at(from, i)); i++) {
		uint32_t id = merge ? rebtf_merge_id(merge, member, kfunc->id) : kfunc->id;

		if (!id)
			continue;
		ids[kfuncs->count] = id;
		flags[kfuncs->count++] = kfunc->flags;
	}
	if (err)
		kfuncs->errors[kfuncs->error_count++] = err;
	return NULL;
}

struct rebtf_error *header_kfuncs_of_one(struct header_kfuncs *kfuncs, const struct rebtf_btf *btf)
{
	const struct rebtf_btf *kernel = kernels_of(rebtf_btf_base(btf));

	if (kernel)
		TRY(rebtf_kernel_kfuncs(kernel, &kfuncs->of_base));
	TRY(header_kfuncs_add(kfuncs, kfuncs->of_base, NULL, 0));
	return header_kfuncs_add(kfuncs, kfuncs->of_file, NULL, 0);
}

struct rebtf_error *header_kfuncs_of_merge(struct header_kfuncs *kfuncs, struct rebtf_set *set,
					   const struct rebtf_merge *merge)
{
	for (size_t member = 0; member < rebtf_set_count(set); member++) {
		const struct rebtf_kfuncs *of_member;

		TRY(rebtf_set_kfuncs(set, member, &of_member));
		if (!rebtf_merge_error(merge, member))
			TRY(header_kfuncs_add(kfuncs, of_member, merge, member));
	}
	return NULL;
}

void header_kfuncs_print_errors(const struct header_kfuncs *kfuncs)
{
	for (size_t i = 0; i < kfuncs->error_count; i++) {
		char *text = rebtf_error_text(kfuncs->errors[i]);

		fprintf(stderr, "rebtf: kfuncs left out: %s\n", text ? text : "out of memory");
		free(text);
	}
}

struct json_object *header_kfuncs_errors_json(const struct header_kfuncs *kfuncs)
{
	struct json_object *array = json_new_array();

	for (size_t i = 0; i < kfuncs->error_count; i++)
		json_append(array, json_error(kfuncs->errors[i], NULL));
	return array;
}
