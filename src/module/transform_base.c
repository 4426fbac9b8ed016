/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Transforms of a module that need only one base: distill, standalone and renumber. */
#include "module/companions.h"
#include "module/name_order.h"
#include "util/error.h"

/* -------------------------------------------------------------------------------------- distill */

/*
 * A module distilled by another tool, such as pahole, lacks expectations. A module with a saved
 * original already has better data than we could make from its relocated BTF.
 */
static struct rebtf_error *transform_is_to_distill(const struct rebtf_transform *t,
						   bool *is_to_distill)
{
	size_t size;

	*is_to_distill = t->old_form == REBTF_FORM_SPLIT && !rebtf_module_has_distilled(t->module);
	if (t->old_form != REBTF_FORM_DISTILLED || !t->options.expects)
		return NULL;
	/* We must not replace expectations only because they cannot be read. */
	TRY(companions_seek_expects(t->module));
	*is_to_distill = !rebtf_module_section(t->module, REBTF_SECTION_BTF_EXPECTS, &size);
	return NULL;
}

static struct rebtf_error *distill_split(struct rebtf_transform *t)
{
	_cleanup_unref_ struct rebtf_btf *base = NULL; /* BTF over it holds a reference, too */

	TRY(transform_open(t, t->options.base, &t->split));
	if (!t->options.expects)
		return rebtf_distill(t->split, &base, &t->distilled);
	TRY(transform_find_trust(t, t->split));
	return rebtf_distill_expects(t->split, &t->trust, &base, &t->distilled, &t->expects);
}

static struct rebtf_error *add_expects(struct rebtf_transform *t)
{
	TRY(transform_open(t, t->options.base, &t->distilled));
	TRY(transform_find_trust(t, t->distilled));
	return rebtf_expects(t->distilled, &t->trust, t->options.base, &t->expects);
}

static struct rebtf_error *transform_distill(struct rebtf_transform *t)
{
	if (t->old_form == REBTF_FORM_DISTILLED)
		TRY(add_expects(t));
	else
		TRY(distill_split(t));
	t->form = REBTF_FORM_DISTILLED;
	t->btf = rebtf_btf_ref(t->distilled);
	TRY(transform_sort(t));
	TRY(transform_part(t));
	return transform_check_ids(t);
}

struct rebtf_error *rebtf_module_distill(const struct rebtf_module *module,
					 const struct rebtf_transform_options *options,
					 struct rebtf_transform **transform)
{
	_cleanup_transform_ struct rebtf_transform *t = NULL;
	struct rebtf_error *err;
	bool is_to_distill;

	TRY(transform_new(module, options, true, &t));
	err = transform_is_to_distill(t, &is_to_distill);
	if (!err && is_to_distill)
		err = transform_distill(t);
	else if (!err && t->old_form == REBTF_FORM_DISTILLED)
		/* That the module is distilled is only true if its BTF can be read over its base. */
		err = rebtf_module_distilled(module, &t->distilled);
	return transform_finish(&t, err, transform);
}

/* ----------------------------------------------------------------------------------- standalone */

static struct rebtf_error *transform_flatten(struct rebtf_transform *t)
{
	REBTF_OPTIONS(rebtf_standalone_options, extent, .full = t->options.full);

	if (t->old_form == REBTF_FORM_SPLIT) {
		TRY(transform_open(t, t->options.base, &t->split));
	} else {
		TRY(transform_relocate(t, true));
		t->split = take_ptr(&t->btf);
	}
	t->form = REBTF_FORM_STANDALONE;
	TRY(rebtf_standalone(t->split, &extent, &t->btf));
	TRY(transform_sort(t));
	TRY(transform_part(t));
	return transform_check_ids(t);
}

struct rebtf_error *rebtf_module_standalone(const struct rebtf_module *module,
					    const struct rebtf_transform_options *options,
					    struct rebtf_transform **transform)
{
	_cleanup_transform_ struct rebtf_transform *t = NULL;
	struct rebtf_error *err = NULL;

	TRY(transform_new(module, options, true, &t));
	if (t->old_form == REBTF_FORM_SPLIT || t->old_form == REBTF_FORM_DISTILLED)
		err = transform_flatten(t);
	return transform_finish(&t, err, transform);
}

/* ------------------------------------------------------------------------------------- renumber */

static struct rebtf_error *transform_renumber(struct rebtf_transform *t)
{
	_cleanup_unref_ struct rebtf_btf *standalone = NULL;

	TRY(transform_open(t, t->options.base, &standalone));
	t->form = REBTF_FORM_SPLIT;
	TRY(rebtf_renumber(standalone, t->options.base, &t->btf));
	TRY(transform_sort(t));
	return transform_part(t);
}

static struct rebtf_error *check_renumbered(const struct rebtf_transform *t)
{
	bool known;

	if (t->old_form == REBTF_FORM_EMPTY)
		return NULL;
	if (t->old_form == REBTF_FORM_SPLIT && transform_note_fits(t, &known))
		return NULL;
	return error_at(error_new(REBTF_ERR_UNSUPPORTED,
				  "cannot renumber %s BTF (expected standalone BTF)%s",
				  rebtf_form_name(t->old_form),
				  t->old_form == REBTF_FORM_DISTILLED ? ": relocate it instead"
								      : ""),
			t->module->path, ".BTF");
}

struct rebtf_error *rebtf_module_renumber(const struct rebtf_module *module,
					  const struct rebtf_transform_options *options,
					  struct rebtf_transform **transform)
{
	_cleanup_transform_ struct rebtf_transform *t = NULL;
	struct rebtf_error *err;

	TRY(transform_new(module, options, true, &t));
	err = t->old_form == REBTF_FORM_STANDALONE ? transform_renumber(t) : check_renumbered(t);
	return transform_finish(&t, err, transform);
}
