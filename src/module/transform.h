/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The internals of transforms of one module. transform.c has the result, transform_base.c the
 * verbs that need one base, transform_relocate.c those that move a module from one base to another.
 */
#ifndef REBTF_MODULE_TRANSFORM_H
#define REBTF_MODULE_TRANSFORM_H

#include "module/module.h"
#include "util/cleanup.h"
#include "util/vec.h"

DEFINE_VECTOR(downgraded_list, struct rebtf_downgraded);

struct rebtf_transform {
	const struct rebtf_module *module;	/* the caller's */
	struct rebtf_transform_options options; /* with references to the bases */
	enum rebtf_form old_form;
	enum rebtf_form form;	     /* of @btf */
	struct rebtf_btf *btf;	     /* NULL: no change, or does not fit */
	struct rebtf_btf *split;     /* the module's own BTF, if it was read over a base */
	struct rebtf_btf *distilled; /* the BTF over its distilled base that was matched or made */
	struct rebtf_btf *old_inlined; /* the module's, if @split or @distilled is joined with it */
	struct rebtf_btf *inlined;     /* over @btf, once it was parted from it */
	struct rebtf_btf *expects;     /* over that base, too; NULL: unknown, or not needed */
	struct rebtf_btf *recorded;    /* the module's own, if @expects are the old base's */
	bool has_sought_expects;
	struct rebtf_report *report; /* NULL: types were not matched */
	struct rebtf_trust trust;
	uint32_t *trust_ids;
	struct rebtf_btf *trust_btf; /* where names were looked up; NULL: trust was not needed */
	struct rebtf_paths *paths;   /* NULL: not asked for yet */
	uint64_t compared;	     /* cost of the comparisons so far */
	struct rebtf_stray_ids *stray_ids;
	struct downgraded_list downgraded; /* the changes of a downgrade */
};

static inline void cleanup_transform(struct rebtf_transform **transform)
{
	rebtf_transform_free(*transform);
}

#define _cleanup_transform_ _cleanup_(cleanup_transform)

/*
 * Starts the transform of @module and finds its form. Errors: ARGUMENT (the size of the options; no
 * base, if @needs_base); those of rebtf_module_form().
 */
struct rebtf_error *transform_new(const struct rebtf_module *module,
				  const struct rebtf_transform_options *options, bool needs_base,
				  struct rebtf_transform **transform);

/*
 * Whether the module's note names the base. @known: false without a base in a note, and without
 * libcrypto.
 */
bool transform_note_fits(const struct rebtf_transform *t, bool *known);

/*
 * Open the module's BTF over @base, or its distilled BTF as @t->distilled. BTF with a .BTF.inline is
 * joined with that (split/inlined.h). Errors: those of rebtf_module_btf(), rebtf_module_distilled()
 * and rebtf_module_inlined(); UNSUPPORTED (no saved original of .BTF.inline).
 */
struct rebtf_error *transform_open(struct rebtf_transform *t, struct rebtf_btf *base,
				   struct rebtf_btf **btf);
struct rebtf_error *transform_open_distilled(struct rebtf_transform *t);

/* Checks that the .BTF.inline of split BTF can be read over it. */
struct rebtf_error *transform_check_inlined(struct rebtf_transform *t);

/* Parts the new BTF from its inline BTF, if it was joined with that, after it was sorted. */
struct rebtf_error *transform_part(struct rebtf_transform *t);

/* Finds the trusted types in @btf: the names in the options and the module's ids. */
struct rebtf_error *transform_find_trust(struct rebtf_transform *t, struct rebtf_btf *btf);

/* Checks that the ids in .BTF_ids can be found in the new BTF, and lists the stray ones. */
struct rebtf_error *transform_check_ids(struct rebtf_transform *t);

/*
 * Localized types are own types of the new BTF. Gives them in the report the ids @new_ids, which has
 * that of each own type.
 */
void transform_renumber_localized(const struct rebtf_transform *t, const uint32_t *new_ids);

/* Matches a distilled module with the base. Sets the new BTF if @wanted. */
struct rebtf_error *transform_relocate(struct rebtf_transform *t, bool wanted);

/*
 * Passes @t on to the caller. If @err is a MISMATCH, its report explains it, so it is passed on,
 * too. Other errors leave @t to the caller's scope guard.
 */
struct rebtf_error *transform_finish(struct rebtf_transform **t, struct rebtf_error *err,
				     struct rebtf_transform **transform);

#endif
