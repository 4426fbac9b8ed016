/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* The result of a transform: starts it, answers questions about it, and explains its misfits. */
#include <string.h>

#include "graph/compare.h"
#include "module/transform.h"
#include "split/report.h"
#include "util/error.h"
#include "util/options.h"

/* ------------------------------------------------------------------------------------- lifetime */

static struct rebtf_error *copy_options(const struct rebtf_transform_options *options,
					bool needs_base, struct rebtf_transform_options *copy)
{
	struct rebtf_transform_options all;

	TRY(OPTIONS_COPY(rebtf_transform_options, &all, options));
	TRY(options_check("policy", all.policy, REBTF_POLICY_LENIENT));
	TRY(options_check("sorting", all.sort, REBTF_SORT_NEVER));
	if (!all.base && needs_base)
		return error_new(REBTF_ERR_ARGUMENT, "cannot transform a module without a base");
	*copy = all;
	if (copy->base)
		rebtf_btf_ref(copy->base);
	if (copy->old_base)
		rebtf_btf_ref(copy->old_base);
	return NULL;
}

struct rebtf_error *transform_new(const struct rebtf_module *module,
				  const struct rebtf_transform_options *options, bool needs_base,
				  struct rebtf_transform **transform)
{
	_cleanup_transform_ struct rebtf_transform *t = calloc(1, sizeof(*t));
	struct rebtf_btf *base;

	if (!t)
		return error_nomem();
	TRY(copy_options(options, needs_base, &t->options));
	t->module = module;
	t->trust.size = sizeof(t->trust);
	base = t->options.old_base ?: t->options.base;
	if (!t->options.old_base && t->options.base_assumed)
		base = NULL;
	TRY(rebtf_module_form(module, base, &t->old_form));
	t->form = t->old_form;
	*transform = take_ptr(&t);
	return NULL;
}

struct rebtf_error *transform_finish(struct rebtf_transform **t, struct rebtf_error *err,
				     struct rebtf_transform **transform)
{
	if (!err || (err->code == REBTF_ERR_MISMATCH && (*t)->report))
		*transform = take_ptr(t);
	return err;
}

void rebtf_transform_free(struct rebtf_transform *t)
{
	if (!t)
		return;
	downgraded_list_release(&t->downgraded);
	rebtf_stray_ids_free(t->stray_ids);
	rebtf_paths_free(t->paths);
	rebtf_report_free(t->report);
	rebtf_btf_unref(t->recorded);
	rebtf_btf_unref(t->expects);
	rebtf_btf_unref(t->inlined);
	rebtf_btf_unref(t->old_inlined);
	rebtf_btf_unref(t->distilled);
	rebtf_btf_unref(t->split);
	rebtf_btf_unref(t->btf);
	rebtf_btf_unref(t->options.old_base);
	rebtf_btf_unref(t->options.base);
	free(t->trust_ids);
	free(t);
}

/* ---------------------------------------------------------------------------------- shared steps */

struct rebtf_error *transform_find_trust(struct rebtf_transform *t, struct rebtf_btf *btf)
{
	uint32_t *ids;
	size_t count;

	t->trust.names = t->options.trust;
	t->trust.name_count = t->options.trust_count;
	/* The BTF over a whole base has the most names. */
	t->trust_btf = t->split ?: btf;
	TRY(rebtf_module_ids(t->module, btf, &ids, &count));
	free(t->trust_ids);
	t->trust_ids = ids;
	t->trust.ids = ids;
	t->trust.id_count = count;
	return NULL;
}

struct rebtf_error *transform_check_ids(struct rebtf_transform *t)
{
	REBTF_OPTIONS(rebtf_module_output, output);

	if (!t->module->sections[REBTF_SECTION_BTF_IDS].data)
		return NULL;
	rebtf_transform_output(t, &output);
	return rebtf_module_check_ids(t->module, &output, &t->stray_ids);
}

void transform_renumber_localized(const struct rebtf_transform *t, const uint32_t *new_ids)
{
	uint32_t start = t->btf->start_id;

	for (size_t i = 0; t->form == REBTF_FORM_SPLIT && t->report && i < t->report->count; i++) {
		struct rebtf_match *match = &t->report->matches[i];

		if (match->localized && match->local >= start)
			match->local = new_ids[match->local - start];
	}
}

/* ------------------------------------------------------------------------------------ the result */

enum rebtf_form rebtf_transform_old_form(const struct rebtf_transform *t)
{
	return t->old_form;
}

struct rebtf_btf *rebtf_transform_btf(const struct rebtf_transform *t)
{
	return t->btf;
}

struct rebtf_btf *rebtf_transform_split(const struct rebtf_transform *t)
{
	return t->split;
}

struct rebtf_btf *rebtf_transform_distilled(const struct rebtf_transform *t)
{
	return t->distilled;
}

struct rebtf_btf *rebtf_transform_expects(const struct rebtf_transform *t)
{
	return t->expects;
}

struct rebtf_btf *rebtf_transform_inlined(const struct rebtf_transform *t)
{
	return t->inlined;
}

struct rebtf_btf *rebtf_transform_trust_btf(const struct rebtf_transform *t)
{
	return t->trust_btf;
}

const struct rebtf_report *rebtf_transform_report(const struct rebtf_transform *t)
{
	return t->report;
}

const struct rebtf_stray_ids *rebtf_transform_stray_ids(const struct rebtf_transform *t)
{
	return t->stray_ids;
}

void rebtf_transform_output(const struct rebtf_transform *t, struct rebtf_module_output *output)
{
	bool distilled = t->form == REBTF_FORM_DISTILLED;

	OPTIONS_SET(output, btf, t->btf);
	OPTIONS_SET(output, distilled, distilled);
	OPTIONS_SET(output, expects, distilled ? t->expects : NULL);
	OPTIONS_SET(output, made_over, t->options.base);
	OPTIONS_SET(output, old_base, t->options.old_base);
	OPTIONS_SET(output, inlined, t->inlined);
	/* All transforms but a downgrade make new inline BTF. */
	OPTIONS_SET(output, drop_inlined, t->old_inlined && !t->inlined);
}

size_t rebtf_transform_downgraded_count(const struct rebtf_transform *t)
{
	return t->downgraded.count;
}

const struct rebtf_downgraded *rebtf_transform_downgraded_at(const struct rebtf_transform *t,
							     size_t index)
{
	return index < t->downgraded.count ? &t->downgraded.items[index] : NULL;
}

bool transform_note_fits(const struct rebtf_transform *t, bool *known)
{
	const struct rebtf_note *note = rebtf_module_note(t->module);
	struct rebtf_error *err;
	bool fits = false;

	*known = false;
	if (!note || !note->type_count)
		return false;
	err = rebtf_note_fits(note, t->options.base, &fits);
	*known = !err;
	rebtf_error_free(err);
	return fits;
}

static struct rebtf_error *transform_is_same(const struct rebtf_btf *btf,
					     const struct module_section *old, bool *same)
{
	_cleanup_free_ void *data = NULL;
	size_t size;

	TRY(rebtf_btf_write(btf, NULL, &data, &size));
	*same = size == old->size && !memcmp(data, old->data, size);
	return NULL;
}

struct rebtf_error *rebtf_transform_is_current(const struct rebtf_transform *t, bool *current)
{
	const struct module_section *sections = t->module->sections;
	bool known;

	*current = false;
	if (!t->btf || t->form != REBTF_FORM_SPLIT || !module_has_kept(t->module) ||
	    !transform_note_fits(t, &known))
		return NULL;
	TRY(transform_is_same(t->btf, &sections[REBTF_SECTION_BTF], current));
	if (*current && t->inlined)
		return transform_is_same(t->inlined, &sections[REBTF_SECTION_INLINE], current);
	return NULL;
}

/* -------------------------------------------------------------------------------- explanations */

/*
 * Limits the members and types to compare for the misfits of one module. Thousands of types in a
 * file could each require a comparison with one large type. Modules of real kernels use a hundredth
 * of it.
 */
#define COMPARED_MAX (1u << 20)

struct rebtf_error *rebtf_transform_changes(struct rebtf_transform *t,
					    const struct rebtf_match *match,
					    struct rebtf_change_list **changes)
{
	uint32_t new_id = match->target;
	struct rebtf_change_list *found = NULL;

	if (!new_id && match->candidate_count)
		new_id = match->candidates[0];
	if (match->expected && t->compared < COMPARED_MAX &&
	    (match->verdict == REBTF_VERDICT_SIZE || match->verdict == REBTF_VERDICT_MEMBERS)) {
		struct rebtf_error *err =
			rebtf_compare(rebtf_report_expects(t->report), match->expected,
				      rebtf_report_new_base(t->report), new_id, &found);

		t->compared += COMPARE_FIXED_COST + (err ? 0 : rebtf_change_list_cost(found));
		/* The two types may not be comparable. */
		TRY(error_nomem_only(err));
	}
	*changes = found;
	return NULL;
}

/*
 * A trusted type without a path from a trusted root was named by the user: then any path will do.
 * The same applies to a type that is embedded only by stricter rules than the kernel's.
 */
struct rebtf_error *rebtf_transform_path(struct rebtf_transform *t, const struct rebtf_match *match,
					 struct rebtf_path **path)
{
	enum rebtf_reliance reliance = match->reliance;

	if (!t->paths)
		TRY(rebtf_paths_new(t->distilled, &t->trust, &t->paths));
	for (;;) {
		TRY(rebtf_paths_find(t->paths, match->id, reliance, path));
		if (*path || reliance == REBTF_RELIANCE_POINTER_ONLY)
			return NULL;
		reliance = reliance == REBTF_RELIANCE_TRUSTED && match->embedded
				   ? REBTF_RELIANCE_EMBEDDED
				   : REBTF_RELIANCE_POINTER_ONLY;
	}
}
