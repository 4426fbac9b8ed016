/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Takes .BTF.inline along: a transform works on the module's BTF joined with its inline BTF, and the
 * result is parted again (split/inlined.h).
 */
#include "module/form.h"
#include "module/transform.h"
#include "split/inlined.h"
#include "util/error.h"

/* Replaces @btf, which is that of the module or its saved original, by the joined BTF. */
static struct rebtf_error *transform_join(struct rebtf_transform *t, enum rebtf_section section,
					  struct rebtf_btf **btf)
{
	const struct module_section *bytes = &t->module->sections[section];
	struct rebtf_btf *joined;

	if (!bytes->size)
		return NULL;
	if (!t->old_inlined)
		TRY(form_open_section(t->module, section, *btf, &t->old_inlined));
	TRY(form_at(t->module, section, inlined_join(*btf, t->old_inlined, &joined)));
	rebtf_btf_unref(*btf);
	*btf = joined;
	return NULL;
}

struct rebtf_error *transform_open(struct rebtf_transform *t, struct rebtf_btf *base,
				   struct rebtf_btf **btf)
{
	_cleanup_unref_ struct rebtf_btf *opened = NULL;

	TRY(rebtf_module_btf(t->module, base, &opened));
	TRY(transform_join(t, REBTF_SECTION_INLINE, &opened));
	*btf = take_ptr(&opened);
	return NULL;
}

struct rebtf_error *transform_open_distilled(struct rebtf_transform *t)
{
	const struct module_section *sections = t->module->sections;
	bool is_saved = module_has_kept(t->module);
	_cleanup_unref_ struct rebtf_btf *opened = NULL;

	if (is_saved && sections[REBTF_SECTION_INLINE].size &&
	    !sections[REBTF_SECTION_SAVED_INLINE].size)
		return form_at(
			t->module, REBTF_SECTION_INLINE,
			error_new(REBTF_ERR_UNSUPPORTED,
				  "refers to the relocated .BTF, but the saved original has no %s",
				  rebtf_section_name(REBTF_SECTION_SAVED_INLINE)));
	TRY(rebtf_module_distilled(t->module, &opened));
	TRY(transform_join(t, is_saved ? REBTF_SECTION_SAVED_INLINE : REBTF_SECTION_INLINE,
			   &opened));
	t->distilled = take_ptr(&opened);
	return NULL;
}

struct rebtf_error *transform_check_inlined(struct rebtf_transform *t)
{
	_cleanup_unref_ struct rebtf_btf *btf = NULL, *inlined = NULL;

	if (!t->module->sections[REBTF_SECTION_INLINE].size)
		return NULL;
	TRY(rebtf_module_btf(t->module, t->options.base, &btf));
	return rebtf_module_inlined(t->module, btf, &inlined);
}

struct rebtf_error *transform_part(struct rebtf_transform *t)
{
	_cleanup_free_ uint32_t *new_ids = NULL;
	struct rebtf_btf *btf;

	if (!t->btf || !t->old_inlined || t->inlined)
		return NULL;
	TRY(form_at(t->module, REBTF_SECTION_INLINE,
		    inlined_part(t->btf, t->old_inlined, &btf, &t->inlined, &new_ids)));
	transform_renumber_localized(t, new_ids);
	rebtf_btf_unref(t->btf);
	t->btf = btf;
	if (t->form != REBTF_FORM_DISTILLED)
		return NULL;
	rebtf_btf_unref(t->distilled);
	t->distilled = rebtf_btf_ref(btf);
	return NULL;
}
