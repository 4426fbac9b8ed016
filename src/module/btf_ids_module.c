/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Renews the .BTF_ids of a module that is about to be written: finds the origin of its old ids in
 * the module itself, and calls btf_ids_renew.c.
 */
#include <elf.h>
#include <string.h>

#include "module/btf_ids.h"
#include "module/module.h"
#include "util/cleanup.h"
#include "util/options.h"

/* The parts of a module that identify the types its .BTF_ids refers to. */
struct known_origin {
	struct btf_ids_origin origin;
	struct rebtf_btf *btf;
	struct id_record record;
};

static void known_origin_release(struct known_origin *known)
{
	rebtf_btf_unref(known->btf);
	id_record_release(&known->record);
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
	origin->is_distilled = kept || module->sections[REBTF_SECTION_BTF_BASE].data;
	return NULL;
}

struct rebtf_error *btf_ids_renew(const struct rebtf_module *module,
				  const struct rebtf_module_output *output, unsigned int flags,
				  struct btf_ids_result *result)
{
	_cleanup_(known_origin_release) struct known_origin known = {};

	TRY(find_origin(module, output->old_base ?: output->made_over, &known));
	if (output->distilled_base)
		flags |= BTF_IDS_DISTILL;
	return btf_ids_resolve(module->image.data, module->image.size, &known.origin, output->btf,
			       flags, result);
}

struct rebtf_error *rebtf_module_check_ids(const struct rebtf_module *module,
					   const struct rebtf_module_output *output, char ***stray,
					   size_t *stray_count)
{
	struct btf_ids_result result = {};
	struct rebtf_module_output all;

	*stray = NULL;
	*stray_count = 0;
	if (!module->sections[REBTF_SECTION_BTF_IDS].size)
		return NULL;
	TRY(OPTIONS_COPY(rebtf_module_output, &all, output));
	TRY(error_at(btf_ids_renew(module, &all, BTF_IDS_STRAY, &result), module->path, NULL));
	*stray = take_ptr(&result.stray);
	*stray_count = result.stray_count;
	btf_ids_result_release(&result);
	return NULL;
}
