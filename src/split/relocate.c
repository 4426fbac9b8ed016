/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Relocates split BTF from a distilled base to a kernel's BTF. match.c decides which kernel type
 * each distilled type is. The rest is copying the split's bytes and renumbering them, so the cost
 * depends on the module's size, not the kernel's. Localized types (local.c) are appended and
 * renumbered in the same way.
 */
#include <stdlib.h>
#include <string.h>

#include "btf/build.h"
#include "btf/check.h"
#include "graph/embedded.h"
#include "split/expects.h"
#include "split/local.h"
#include "split/match.h"
#include "split/relocate.h"
#include "graph/trust.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/options.h"

struct relocation {
	const struct rebtf_btf *split;
	const struct rebtf_btf *distilled;
	const struct rebtf_btf *new_base;
	const struct rebtf_btf *expects; /* NULL: no expectations */
	const struct rebtf_btf *known;	 /* the expectations, or without them the distilled base */
	struct rebtf_report *report;
	struct rebtf_builder out;
	struct local_types local; /* localized types */
	bool by_value;		  /* whether the current local type contains others by value */
	uint32_t *ids;		  /* new ids of the distilled base's types; void stays void */
	uint32_t distilled_count; /* void included */
	uint32_t base_count;	  /* types in the new base, void included */
	uint32_t old_start;	  /* offset of the split's own strings over the distilled base */
	uint32_t new_start;	  /* the same over the new base */
	uint32_t *strings; /* new offsets of known's strings, by old offset; 0: not added yet */
};

/* Branch-free: the value is practically random, and both sides of the choice are cheap. */
static inline uint32_t relocated_id(const void *arg, uint32_t id)
{
	const struct relocation *r = arg;
	bool is_base = id < r->distilled_count;
	uint32_t mapped = r->ids[is_base ? id : 0];

	return is_base ? mapped : id - r->distilled_count + r->base_count;
}

static inline uint32_t relocated_string(void *arg, uint32_t off)
{
	struct relocation *r = arg;
	bool is_base = !off | (off < r->old_start);
	uint32_t mapped = r->strings[is_base ? off : 0];

	/* Rare: a string of the distilled base that names no matched type. */
	if (__builtin_expect(is_base && !mapped && off, 0))
		r->strings[off] = mapped = builder_add_source_string(&r->out, off);
	return is_base ? mapped : off - r->old_start + r->new_start;
}

/* Maps an id in a local type. Ids above the distilled base belong to the expectations. */
static inline uint32_t local_id(const void *arg, uint32_t id)
{
	const struct relocation *r = arg;

	if (id >= r->distilled_count)
		return r->local.expected_ids[id - r->distilled_count];
	if (r->by_value && r->local.by_value_ids[id])
		return r->local.by_value_ids[id];
	return r->ids[id];
}

static inline uint32_t local_string(void *arg, uint32_t off)
{
	struct relocation *r = arg;

	if (off && !r->strings[off])
		r->strings[off] = builder_add_source_string(&r->out, off);
	return r->strings[off];
}

static void renumber_local_types(struct relocation *r)
{
	for (uint32_t i = r->split->own_count; i < builder_count(&r->out); i++) {
		r->by_value = r->expects &&
			      layout_of(builder_type(&r->out, r->out.start_id + i))->by_value;
		builder_map(&r->out, i, i + 1, local_id, local_string, r);
	}
}

/*
 * The new base already has the names of matched types: use the offset of the target's name.
 * Exception: if that name lies inside another name, only the base itself may refer to it.
 */
static void map_base(struct relocation *r)
{
	for (uint32_t id = 1; id < r->distilled_count; id++) {
		const struct rebtf_match *match = &r->report->matches[id - 1];
		uint32_t target = match->target;
		uint32_t name_off = btf_type(r->new_base, target)->name_off;

		r->ids[id] = match->localized ? match->local : target;
		if (match->localized)
			continue;
		if (btf_string_is_whole(r->new_base, name_off))
			r->strings[btf_type(r->distilled, id)->name_off] = name_off;
	}
}

static struct rebtf_error *renumber(struct relocation *r, struct rebtf_btf **relocated)
{
	r->strings = calloc((size_t)rebtf_btf_string_end(r->known) + 1, sizeof(*r->strings));
	r->ids = calloc(r->distilled_count, sizeof(*r->ids));
	if (!r->strings || !r->ids)
		return error_nomem();
	map_base(r);
	builder_map(&r->out, 0, r->split->own_count, relocated_id, relocated_string, r);
	renumber_local_types(r);
	return builder_assemble(&r->out, relocated);
}

/*
 * Each definition is valid by itself, as part of the expectations. But two definitions that contain
 * each other can only be detected once both are present.
 */
static struct rebtf_error *check_local(const struct relocation *r,
				       const struct rebtf_btf *relocated)
{
	return r->expects && r->report->localized ? check_containment(relocated) : NULL;
}

/* Copies the split's types and strings, followed by the localized types. */
static struct rebtf_error *copy_types(struct relocation *r, struct rebtf_btf *new_base)
{
	builder_start_like(&r->out, new_base, r->split, "relocate");
	builder_set_source(&r->out, r->known, 0, true);
	builder_keep_own(&r->out, r->split);
	if (r->report->localized)
		TRY(local_types_collect(r->report, &r->out, &r->local));
	return take_ptr(&r->out.err);
}

static struct rebtf_error *relocate(const struct rebtf_btf *split, struct rebtf_btf *new_base,
				    struct rebtf_report *report, struct rebtf_btf **relocated)
{
	struct relocation r = {
		.split = split,
		.distilled = split->base,
		.new_base = new_base,
		.expects = report->expects,
		.known = report->expects ?: split->base,
		.report = report,
		.distilled_count = split->start_id,
		.base_count = rebtf_btf_type_count(new_base),
		.old_start = split->start_string,
		.new_start = rebtf_btf_string_end(new_base),
	};
	_cleanup_unref_ struct rebtf_btf *result = NULL;
	struct rebtf_error *err = copy_types(&r, new_base);

	if (!err)
		err = renumber(&r, &result);
	if (!err)
		err = check_local(&r, result);
	if (!err)
		*relocated = take_ptr(&result);
	local_types_release(&r.local);
	free(r.strings);
	free(r.ids);
	builder_release(&r.out);
	return err;
}

/* ----------------------------------------------------------------------------------- reconcile */

static struct rebtf_error *relocate_check_arguments(const struct rebtf_btf *split,
						    const struct rebtf_btf *new_base,
						    const struct rebtf_reconcile_options *options)
{
	TRY(options_check("policy", options->policy, REBTF_POLICY_LENIENT));
	if (!split->base)
		return error_new(
			REBTF_ERR_ARGUMENT,
			"cannot relocate: no base (expected split BTF over a distilled base)");
	if (split->big_endian != new_base->big_endian)
		return error_new(REBTF_ERR_ARGUMENT,
				 "byte order differs from the new base (found %s-endian)",
				 split->big_endian ? "big" : "little");
	if ((options->expects && options->expects->base != split->base) ||
	    (options->recorded && options->recorded->base != split->base))
		return error_new(REBTF_ERR_ARGUMENT,
				 "the expectations belong to another distilled base");
	if (options->trust)
		TRY(check_trust(split, options->trust));
	return btf_require_known_kinds(split, "relocate");
}

/* How the split relies on the types of its base. */
struct reliance {
	struct id_set sized; /* by the kernel's rules */
	struct id_set embedded;
	struct id_set trusted;
	uint32_t *definitions; /* see expects_link(); NULL without expectations */
};

static void reliance_release(struct reliance *reliance)
{
	id_set_release(&reliance->sized);
	id_set_release(&reliance->embedded);
	id_set_release(&reliance->trusted);
	free(reliance->definitions);
}

/*
 * Adds the types that were trusted when the expectations were recorded. Expectations define
 * embedded and trusted types. So a defined type that is not embedded is trusted, even if the
 * expectations are older than the tag for trusted types.
 */
static void trust_recorded(const struct rebtf_btf *split, const struct rebtf_btf *expects,
			   const uint32_t *definitions, struct reliance *reliance)
{
	expects_add_trusted(expects, &reliance->trusted);
	for (uint32_t id = 1; id < split->start_id; id++) {
		if (definitions[id] >= split->start_id && !id_set_has(&reliance->embedded, id))
			id_set_add(&reliance->trusted, id);
	}
}

/* Finds embedded and trusted types, which the kernel does not distinguish. */
static struct rebtf_error *find_classes(const struct rebtf_btf *split,
					const struct rebtf_reconcile_options *options,
					struct reliance *reliance)
{
	TRY(find_embedded(split, EMBEDDED_BY_VALUE, &reliance->embedded));
	TRY(find_trusted(split, options->trust, &reliance->trusted));
	if (options->expects)
		trust_recorded(split, options->expects, reliance->definitions, reliance);
	if (options->recorded) {
		_cleanup_free_ uint32_t *definitions = NULL;

		TRY(expects_link(options->recorded, &definitions));
		trust_recorded(split, options->recorded, definitions, reliance);
	}
	return NULL;
}

static struct rebtf_error *find_reliance(const struct rebtf_btf *split,
					 const struct rebtf_reconcile_options *options,
					 struct match_rules *rules, struct reliance *reliance)
{
	TRY(find_embedded(split, EMBEDDED_FOR_KERNEL, &reliance->sized));
	rules->sized = &reliance->sized;
	if (options->expects) {
		TRY(expects_link(options->expects, &reliance->definitions));
		rules->definitions = reliance->definitions;
	}
	if (options->policy != REBTF_POLICY_KERNEL || options->local) {
		TRY(find_classes(split, options, reliance));
		rules->embedded = &reliance->embedded;
		rules->trusted = &reliance->trusted;
	}
	return NULL;
}

struct relocate_ref_count {
	struct rebtf_report *report;
	uint32_t distilled_count;
};

static inline void relocate_count_ref(void *arg, uint32_t id)
{
	struct relocate_ref_count *c = arg;

	c->report->refs += id != 0;
	if (id && id < c->distilled_count)
		c->report->refs_localized += c->report->matches[id - 1].localized;
}

static void relocate_count_refs(const struct rebtf_btf *split, struct rebtf_report *report)
{
	struct relocate_ref_count c = { report, split->start_id };

	for (uint32_t i = 0; i < split->own_count; i++)
		visit_ids(btf_own_type(split, i), relocate_count_ref, &c);
}

static struct rebtf_error *match(const struct rebtf_btf *split, struct rebtf_btf *new_base,
				 const struct rebtf_reconcile_options *options,
				 struct reliance *reliance, struct rebtf_report **report)
{
	struct match_rules rules = {
		.policy = options->policy,
		.local = options->local,
		.expects = options->expects,
	};

	TRY(find_reliance(split, options, &rules, reliance));
	TRY(match_distilled(split->base, &rules, new_base, report));
	if (rules.embedded)
		relocate_count_refs(split, *report);
	return NULL;
}

/* For a kernel's verdict, classes do not matter. They explain misfits. */
static struct rebtf_error *classify_misfits(const struct rebtf_btf *split,
					    const struct rebtf_reconcile_options *options,
					    struct reliance *reliance, struct rebtf_report *report)
{
	if (!report->misfits || options->policy != REBTF_POLICY_KERNEL || options->local)
		return NULL;
	TRY(find_classes(split, options, reliance));
	report_classify(report, &reliance->embedded, &reliance->trusted);
	return NULL;
}

struct rebtf_error *rebtf_reconcile(const struct rebtf_btf *split, struct rebtf_btf *new_base,
				    const struct rebtf_reconcile_options *options,
				    struct rebtf_report **report, struct rebtf_btf **relocated)
{
	struct rebtf_reconcile_options how;
	struct reliance reliance = {};
	struct rebtf_report *r = NULL;
	struct rebtf_trust trust;
	struct rebtf_error *err;

	TRY(OPTIONS_COPY(rebtf_reconcile_options, &how, options));
	TRY(OPTIONS_COPY(rebtf_trust, &trust, how.trust));
	how.trust = &trust;
	TRY(relocate_check_arguments(split, new_base, &how));
	err = match(split, new_base, &how, &reliance, &r);
	if (!err)
		err = classify_misfits(split, &how, &reliance, r);
	reliance_release(&reliance);
	if (!err && r->misfits > r->localized)
		err = report_error(r);
	else if (!err && relocated)
		err = relocate(split, new_base, r, relocated);
	if (report && (!err || err->code == REBTF_ERR_MISMATCH))
		*report = r;
	else
		rebtf_report_free(r);
	return err;
}

static const struct rebtf_reconcile_options as_a_kernel = { .size = sizeof(as_a_kernel) };

struct rebtf_error *relocate_unexplained(const struct rebtf_btf *split, struct rebtf_btf *new_base,
					 struct rebtf_report **report, struct rebtf_btf **relocated)
{
	struct reliance reliance = {};
	struct rebtf_report *r = NULL;
	struct rebtf_error *err;

	TRY(relocate_check_arguments(split, new_base, &as_a_kernel));
	err = match(split, new_base, &as_a_kernel, &reliance, &r);
	reliance_release(&reliance);
	if (!err && !r->misfits && relocated)
		err = relocate(split, new_base, r, relocated);
	if (err)
		rebtf_report_free(r);
	else
		*report = r;
	return err;
}

static struct rebtf_error *add_explanation(const struct rebtf_btf *split,
					   const struct rebtf_reconcile_options *options,
					   struct reliance *reliance, struct rebtf_report *report)
{
	if (options->expects)
		TRY(expects_link(options->expects, &reliance->definitions));
	TRY(find_classes(split, options, reliance));
	report_classify(report, &reliance->embedded, &reliance->trusted);
	if (options->expects)
		report_define(report, options->expects, reliance->definitions);
	return NULL;
}

struct rebtf_error *relocate_explain(const struct rebtf_btf *split,
				     const struct rebtf_reconcile_options *options,
				     struct rebtf_report *report)
{
	struct reliance reliance = {};
	struct rebtf_error *err = add_explanation(split, options, &reliance, report);

	reliance_release(&reliance);
	return err;
}

struct rebtf_error *rebtf_relocate(const struct rebtf_btf *split, struct rebtf_btf *new_base,
				   struct rebtf_report **report, struct rebtf_btf **relocated)
{
	return rebtf_reconcile(split, new_base, NULL, report, relocated);
}
