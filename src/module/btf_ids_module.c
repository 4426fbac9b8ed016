/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Renews the .BTF_ids of a module that is about to be written: finds the origin of its old ids in
 * the module itself, and calls btf_ids_renew.c.
 */
#include <elf.h>
#include <string.h>

#include "module/btf_ids.h"
#include "module/module.h"
#include "module/module_write.h"
#include "module/name_order.h"
#include "util/cleanup.h"
#include "util/options.h"

/* The parts of a module that identify the types its .BTF_ids refers to. */
struct known_origin {
	struct btf_ids_origin origin;
	struct rebtf_btf *btf;
	struct id_record record;
	uint32_t *order;
};

static void known_origin_release(struct known_origin *known)
{
	rebtf_btf_unref(known->btf);
	id_record_release(&known->record);
	free(known->order);
}

/* If the two do not belong together, ids will be found to be wrong. */
static struct rebtf_error *find_saved_order(const struct rebtf_module *module,
					    struct known_origin *known)
{
	uint32_t types = 0;

	TRY(name_order_of_saved(module, known->btf, &known->order, &types));
	known->origin.order = known->order;
	known->origin.order_count = types;
	return NULL;
}

/*
 * The ids are those of the module's BTF. If that BTF was relocated, its base may be unavailable.
 * But the module may have the saved original, which has the same own types. A failure to read
 * either is not an error here: the ids may be resolvable without them.
 */
static struct rebtf_error *find_origin(const struct rebtf_module *module, struct rebtf_btf *base,
				       struct known_origin *known)
{
	const struct module_section *record = &module->sections[REBTF_SECTION_BASE_IDS];
	const struct rebtf_note *note = rebtf_module_note(module);
	bool kept = module_has_kept(module) && note && note->form == REBTF_FORM_SPLIT;
	struct btf_ids_origin *origin = &known->origin;

	if (record->data && rebtf_module_has_distilled(module)) {
		TRY(error_at(id_record_read(record->data, record->size,
					    module->image.data[EI_DATA] == ELFDATA2MSB,
					    &known->record),
			     NULL, rebtf_section_name(REBTF_SECTION_BASE_IDS)));
		origin->record = &known->record;
	}
	if (kept)
		TRY(error_nomem_only(rebtf_module_distilled(module, &known->btf)));
	else
		TRY(error_nomem_only(rebtf_module_btf(module, base, &known->btf)));
	if (!known->btf)
		return NULL;
	origin->btf = known->btf;
	origin->start = kept ? note->type_count : rebtf_btf_start_id(known->btf);
	origin->has_base = !kept;
	if (kept)
		TRY(error_nomem_only(find_saved_order(module, known)));
	origin->is_distilled = kept || module->sections[REBTF_SECTION_BTF_BASE].data;
	return NULL;
}

struct rebtf_error *btf_ids_renew(const struct rebtf_module *module,
				  const struct rebtf_module_output *output, unsigned int flags,
				  struct btf_ids_result *result)
{
	_cleanup_(known_origin_release) struct known_origin known = {};

	TRY(find_origin(module, output->old_base ?: module_made_over(output), &known));
	if (output->distilled)
		flags |= BTF_IDS_DISTILL;
	return btf_ids_resolve(module->image.data, module->image.size, &known.origin, output->btf,
			       flags, result);
}

/* ------------------------------------------------------------------------------------ stray ids */

struct rebtf_stray_ids {
	size_t count;
	char **names; /* ends with NULL */
	size_t name_count;
};

size_t rebtf_stray_ids_count(const struct rebtf_stray_ids *stray)
{
	return stray ? stray->count : 0;
}

const char *rebtf_stray_ids_at(const struct rebtf_stray_ids *stray, size_t index)
{
	return stray && index < stray->name_count ? stray->names[index] : NULL;
}

void rebtf_stray_ids_free(struct rebtf_stray_ids *stray)
{
	if (!stray)
		return;
	for (size_t i = 0; i < stray->name_count; i++)
		free(stray->names[i]);
	free(stray->names);
	free(stray);
}

static struct rebtf_error *find_stray(const struct rebtf_module *module,
				      const struct rebtf_module_output *output,
				      struct rebtf_stray_ids *stray)
{
	struct btf_ids_result result = {};

	if (!module->sections[REBTF_SECTION_BTF_IDS].size)
		return NULL;
	TRY(error_at(btf_ids_renew(module, output, BTF_IDS_STRAY, &result), module->path, NULL));
	stray->names = take_ptr(&result.stray);
	stray->count = result.stray_count;
	while (stray->names && stray->names[stray->name_count])
		stray->name_count++;
	btf_ids_result_release(&result);
	return NULL;
}

struct rebtf_error *rebtf_module_check_ids(const struct rebtf_module *module,
					   const struct rebtf_module_output *output,
					   struct rebtf_stray_ids **stray)
{
	struct rebtf_stray_ids *new_stray;
	struct rebtf_module_output all;
	struct rebtf_error *err;

	TRY(output_copy(&all, output));
	new_stray = calloc(1, sizeof(*new_stray));
	if (!new_stray)
		return error_nomem();
	err = find_stray(module, &all, new_stray);
	if (err)
		rebtf_stray_ids_free(new_stray);
	else
		*stray = new_stray;
	return err;
}
