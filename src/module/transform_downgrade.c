/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Downgrades a module's BTF for an older kernel, with its distilled base and inline BTF. */
#include "btf/btf.h"
#include "module/form.h"
#include "module/transform.h"
#include "util/error.h"

static void transform_note_downgraded(void *arg, const struct rebtf_downgraded *change)
{
	downgraded_list_append(arg, *change);
}

static struct rebtf_error *transform_downgrade_section(struct rebtf_transform *t,
						       enum rebtf_section section,
						       const struct rebtf_btf *btf,
						       struct rebtf_btf *base,
						       struct rebtf_btf **downgraded)
{
	REBTF_OPTIONS(rebtf_downgrade_options, options, .kernel = t->options.for_kernel,
		      .note = transform_note_downgraded, .note_arg = &t->downgraded);

	TRY(form_at(t->module, section, rebtf_downgrade(btf, base, &options, downgraded)));
	return t->downgraded.failed ? error_nomem() : NULL;
}

/* Whether a change leaves out locations, from number @first on. */
static bool transform_drops_locations(const struct rebtf_transform *t, size_t first)
{
	for (size_t i = first; i < t->downgraded.count; i++) {
		uint32_t kind = t->downgraded.items[i].kind;

		if (kind >= REBTF_KIND_LOC_PARAM && kind <= REBTF_KIND_LOCSEC)
			return true;
	}
	return false;
}

/* Inline BTF has only locations and the types that only they need: it is useless without them. */
static struct rebtf_error *transform_downgrade_inlined(struct rebtf_transform *t,
						       const struct rebtf_btf *inlined)
{
	const struct rebtf_downgraded dropped = { .change = REBTF_DOWNGRADE_INLINE, .name = "" };
	size_t first = t->downgraded.count;

	TRY(transform_downgrade_section(t, REBTF_SECTION_INLINE, inlined, t->btf, &t->inlined));
	if (!transform_drops_locations(t, first))
		return NULL;
	rebtf_btf_unref(t->inlined);
	t->inlined = NULL;
	t->downgraded.count = first;
	return downgraded_list_append(&t->downgraded, dropped) ? NULL : error_nomem();
}

/*
 * The names in @t->downgraded are strings of @t->split, its distilled base and @t->old_inlined,
 * which @t keeps.
 */
static struct rebtf_error *transform_downgrade(struct rebtf_transform *t)
{
	_cleanup_unref_ struct rebtf_btf *base = NULL;

	TRY(rebtf_module_btf(t->module, t->options.base, &t->split));
	TRY(rebtf_module_inlined(t->module, t->split, &t->old_inlined));
	if (t->form == REBTF_FORM_DISTILLED)
		TRY(transform_downgrade_section(t, REBTF_SECTION_BTF_BASE, t->split->base, NULL,
						&base));
	else if (t->split->base)
		base = rebtf_btf_ref(t->split->base);
	TRY(transform_downgrade_section(t, REBTF_SECTION_BTF, t->split, base, &t->btf));
	if (t->old_inlined)
		TRY(transform_downgrade_inlined(t, t->old_inlined));
	if (!t->downgraded.count) {
		rebtf_btf_unref(t->btf);
		t->btf = NULL;
	}
	return NULL;
}

/* Keeps the base for the new note only if the old note names it. */
static void transform_forget_base(struct rebtf_transform *t)
{
	bool known;

	if (t->form == REBTF_FORM_SPLIT || !t->options.base || transform_note_fits(t, &known))
		return;
	rebtf_btf_unref(t->options.base);
	t->options.base = NULL;
}

struct rebtf_error *rebtf_module_downgrade(const struct rebtf_module *module,
					   const struct rebtf_transform_options *options,
					   struct rebtf_transform **transform)
{
	_cleanup_transform_ struct rebtf_transform *t = NULL;
	struct rebtf_error *err;

	TRY(transform_new(module, options, false, &t));
	if (!t->options.for_kernel)
		return error_new(REBTF_ERR_ARGUMENT, "cannot downgrade without a version of Linux");
	transform_forget_base(t);
	err = transform_downgrade(t);
	if (!err && t->btf)
		err = transform_check_ids(t);
	return transform_finish(&t, err, transform);
}
