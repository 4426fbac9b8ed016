/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Determines the form of a module's BTF. A note comes first, and is checked against the contents.
 * Without a note, two questions are asked independently: does the BTF resolve in itself, and does
 * it make sense over the given base? A table maps the answers to a decision. A failure of one
 * reading is never taken as proof of the other.
 */
#include <string.h>

#include "btf/btf.h"
#include "btf/split_sign.h"
#include "module/companions.h"
#include "module/form.h"

const char *form_place(const struct rebtf_module *module, enum rebtf_section section)
{
	return module->container == REBTF_CONTAINER_ELF ? rebtf_section_name(section) : NULL;
}

struct rebtf_error *form_at(const struct rebtf_module *module, enum rebtf_section section,
			    struct rebtf_error *err)
{
	return error_at(err, module->path, form_place(module, section));
}

struct rebtf_error *form_open_section(const struct rebtf_module *module, enum rebtf_section section,
				      struct rebtf_btf *base, struct rebtf_btf **btf)
{
	const struct module_section *bytes = &module->sections[section];

	return form_at(module, section,
		       rebtf_btf_open_mem(bytes->data, bytes->size, module->path, base, btf));
}

static struct rebtf_error *open_alone(const struct rebtf_module *module, struct readings *readings)
{
	return readings->alone
		       ? NULL
		       : form_open_section(module, REBTF_SECTION_BTF, NULL, &readings->alone);
}

/* ---------------------------------------------------------------------------- the two questions */

/* Tests whether each type id and string offset resolves in the BTF itself. If so, sets @alone. */
static struct rebtf_error *resolves_in_itself(const struct rebtf_module *module,
					      struct readings *readings)
{
	struct rebtf_error *err = open_alone(module, readings);

	if (err && err->code == REBTF_ERR_NOMEM)
		return err;
	rebtf_error_free(readings->not_alone);
	readings->not_alone = err;
	return NULL;
}

/* Over itself any BTF makes sense, because it only refers to parts that it repeats. */
static bool same_btf(const struct rebtf_btf *a, const struct rebtf_btf *b)
{
	return a->types_size == b->types_size && a->strings_size == b->strings_size &&
	       !memcmp(a->types, b->types, a->types_size) &&
	       !memcmp(a->strings, b->strings, a->strings_size);
}

/* Tests whether the BTF can be split from @base, unless that is known. If so, sets @over. */
static struct rebtf_error *makes_sense_over(const struct rebtf_module *module,
					    struct rebtf_btf *base, struct readings *readings)
{
	if (readings->base == base)
		return NULL;
	readings_forget_base(readings);
	TRY(error_nomem_only(form_open_section(module, REBTF_SECTION_BTF, base, &readings->over)));
	readings->base = rebtf_btf_ref(base);
	if (readings->over && same_btf(readings->over, base)) {
		rebtf_btf_unref(readings->over);
		readings->over = NULL;
	}
	return NULL;
}

/* ------------------------------------------------------------------------------- the decision */

/* The BTF over the base. */
enum over_base {
	NOT_ASKED,
	NO_SENSE,
	MAKES_SENSE,
	OVER_BASE_COUNT,
};

enum decision {
	IS_SPLIT,
	IS_STANDALONE,
	CAN_BE_BOTH,
	UNPROVEN,  /* only the missing "int" contradicts standalone; no evidence for split */
	FITS_NONE, /* and this is the wrong base */
	IS_BROKEN, /* standalone BTF that cannot be opened */
};

static const enum decision decisions[ITSELF_COUNT][OVER_BASE_COUNT] = {
	[PROVES_SPLIT] = { IS_SPLIT, IS_SPLIT, IS_SPLIT },
	[BROKEN_EITHER] = { IS_BROKEN, IS_SPLIT, IS_SPLIT },
	[BROKEN] = { IS_BROKEN, IS_BROKEN, IS_BROKEN },
	[RESOLVES] = { UNPROVEN, FITS_NONE, IS_SPLIT },
	[RESOLVES_WELL] = { IS_STANDALONE, IS_STANDALONE, CAN_BE_BOTH },
};

static enum itself look_at_itself(const struct rebtf_btf *alone, enum split_sign sign)
{
	if (!alone)
		return sign == SPLIT_UNCLEAR ? BROKEN_EITHER : BROKEN;
	if (rebtf_btf_find(alone, "int", REBTF_KIND_INT) || rebtf_btf_is_distilled_base(alone))
		return RESOLVES_WELL;
	return RESOLVES;
}

/* @cause: the error of reading it as standalone BTF. */
static struct rebtf_error *broken(const struct rebtf_error *cause)
{
	struct rebtf_error *err = error_new(cause->code, "read as standalone BTF: %s",
					    cause->message);

	return error_at_type(err, cause->type_id, cause->type_kind, cause->type_name);
}

static struct rebtf_error *unclear(enum decision decision)
{
	switch (decision) {
	case CAN_BE_BOTH:
		return error_new(
			REBTF_ERR_AMBIGUOUS,
			"ambiguous BTF: readable as standalone and as split over this base");
	case UNPROVEN:
		return error_new(
			REBTF_ERR_AMBIGUOUS,
			"ambiguous BTF: no references to a base (as in standalone BTF), but no INT 'int' (as in split BTF)");
	case FITS_NONE:
		return error_new(
			REBTF_ERR_AMBIGUOUS,
			"ambiguous BTF: no references to a base (as in standalone BTF), but no INT 'int' (as in split BTF); not split from this base");
	case IS_SPLIT:
	case IS_STANDALONE:
	case IS_BROKEN:
		break;
	}
	return NULL;
}

/* Checks that the bytes are BTF at all, without resolving ids and string offsets. */
static struct rebtf_error *survey(const struct rebtf_module *module, struct rebtf_survey **found)
{
	const struct module_section *bytes = &module->sections[REBTF_SECTION_BTF];

	return form_at(module, REBTF_SECTION_BTF,
		       rebtf_survey(bytes->data, bytes->size, module->path, found));
}

/* Answers the first question, unless it was answered before. */
static struct rebtf_error *look_at_bytes(const struct rebtf_module *module,
					 struct readings *readings)
{
	const struct module_section *bytes = &module->sections[REBTF_SECTION_BTF];
	_cleanup_free_ struct rebtf_survey *ignored = NULL;
	enum split_sign sign = SPLIT_PROVEN;

	if (readings->itself)
		return NULL;
	if (!split_sign_is_quick(bytes->data, bytes->size)) {
		TRY(resolves_in_itself(module, readings));
		sign = SPLIT_REFUTED; /* by BTF that opens alone: it has nothing past its end */
		if (!readings->alone)
			TRY(split_sign_of(bytes->data, bytes->size, &sign));
	}
	/* Data that is not BTF has no form. */
	if (!readings->alone && sign != SPLIT_PROVEN)
		TRY(survey(module, &ignored));
	readings->itself = sign == SPLIT_PROVEN ? PROVES_SPLIT
						: look_at_itself(readings->alone, sign);
	return NULL;
}

static struct rebtf_error *form_decide(const struct rebtf_module *module, struct rebtf_btf *base,
				       struct readings *readings)
{
	enum over_base over = NOT_ASKED;
	enum itself itself;
	enum decision decision;

	TRY(look_at_bytes(module, readings));
	itself = readings->itself;
	if (readings->alone && rebtf_btf_type_count(readings->alone) == 1) {
		readings->form = REBTF_FORM_EMPTY;
		return NULL;
	}
	/* For PROVES_SPLIT and BROKEN the base makes no difference. */
	if (base && itself != PROVES_SPLIT && itself != BROKEN) {
		TRY(makes_sense_over(module, base, readings));
		over = readings->over ? MAKES_SENSE : NO_SENSE;
	}
	decision = decisions[itself][over];
	readings->form = decision == IS_STANDALONE ? REBTF_FORM_STANDALONE : REBTF_FORM_SPLIT;
	if (decision == IS_BROKEN)
		return form_at(module, REBTF_SECTION_BTF, broken(readings->not_alone));
	return form_at(module, REBTF_SECTION_BTF, unclear(decision));
}

/* ---------------------------------------------------------------------------- notes and users */

static struct rebtf_error *at_note(const struct rebtf_module *module, struct rebtf_error *err)
{
	_cleanup_free_ char *path = NULL;

	if (module->container != REBTF_CONTAINER_RAW)
		return form_at(module, REBTF_SECTION_NOTE, err);
	path = companion_path(module, COMPANION_NOTE);
	return error_at(err, path ?: module->path, NULL);
}

struct rebtf_error *form_untrue_note(const struct rebtf_module *module, const char *what,
				     struct rebtf_error *cause)
{
	struct rebtf_error *err;

	if (cause && cause->code == REBTF_ERR_NOMEM)
		return cause;
	err = error_new(REBTF_ERR_FORMAT, "the note declares %s BTF, but %s%s",
			rebtf_form_name(module->note.form), what, cause ? cause->message : "");
	if (cause)
		error_at_type(err, cause->type_id, cause->type_kind, cause->type_name);
	rebtf_error_free(cause);
	return at_note(module, err);
}

/* Another process may be replacing the BTF and its base beside it, one after the other. */
static struct rebtf_error *contradicts_base(const struct rebtf_module *module, bool has_base)
{
	bool is_raw = module->container == REBTF_CONTAINER_RAW;

	if (is_raw)
		TRY(companions_check_unchanged(module));
	return form_untrue_note(module,
				is_raw ? (has_base ? "a base is beside it" : "its base is missing")
				       : (has_base ? "a .BTF.base exists" : "no .BTF.base exists"),
				NULL);
}

/* Follows the note as far as the BTF alone can confirm it. The base is checked when it is given. */
static struct rebtf_error *follow_note(const struct rebtf_module *module, struct readings *readings)
{
	const struct module_section *sections = module->sections;
	enum rebtf_form form = module->note.form;
	bool has_base = sections[REBTF_SECTION_BTF_BASE].data;
	_cleanup_free_ struct rebtf_survey *found = NULL;
	struct rebtf_error *err;

	readings->form = form;
	if (has_base != (form == REBTF_FORM_DISTILLED))
		return contradicts_base(module, has_base);
	if (form == REBTF_FORM_DISTILLED)
		return NULL;
	TRY(survey(module, &found));
	if (!found->type_count != (form == REBTF_FORM_EMPTY))
		return form_untrue_note(module,
					found->type_count ? ".BTF has types" : ".BTF has no types",
					NULL);
	if (form == REBTF_FORM_SPLIT)
		return NULL;
	err = open_alone(module, readings);
	return err ? form_untrue_note(module, "reading it so fails: ", err) : NULL;
}

/* The form that the user chose. */
static enum rebtf_form form_chosen(const struct rebtf_module *module)
{
	return module->reading == REBTF_READING_SPLIT ? REBTF_FORM_SPLIT : REBTF_FORM_STANDALONE;
}

/* The bytes are ambiguous, so the user's choice decides. */
static struct rebtf_error *follow_user(const struct rebtf_module *module, struct readings *readings)
{
	_cleanup_free_ struct rebtf_survey *found = NULL;

	TRY(survey(module, &found));
	readings->form = found->type_count ? form_chosen(module) : REBTF_FORM_EMPTY;
	return readings->form == REBTF_FORM_SPLIT ? NULL : open_alone(module, readings);
}

/* The form is clear. It is an error if the user's choice differs. */
static struct rebtf_error *check_user(const struct rebtf_module *module, enum rebtf_form form,
				      const char *why)
{
	if (module->reading == REBTF_READING_AUTO || form_chosen(module) == form ||
	    form == REBTF_FORM_EMPTY)
		return NULL;
	return form_at(module, REBTF_SECTION_BTF,
		       error_new(REBTF_ERR_ARGUMENT, "cannot read %s BTF as %s (%s)",
				 rebtf_form_name(form), rebtf_form_name(form_chosen(module)), why));
}

/* A kernel's BTF is always standalone. */
static struct rebtf_error *open_kernels(const struct rebtf_module *module,
					struct readings *readings)
{
	readings->form = REBTF_FORM_STANDALONE;
	TRY(check_user(module, readings->form, "it belongs to a kernel"));
	return open_alone(module, readings);
}

struct rebtf_error *form_find(const struct rebtf_module *module, struct rebtf_btf *base,
			      struct readings *readings)
{
	if (!rebtf_module_has_btf(module))
		return error_at(module_no_btf(), module->path, NULL);
	if (module->container == REBTF_CONTAINER_IMAGE)
		return open_kernels(module, readings);
	if (module->has_note) {
		TRY(follow_note(module, readings));
		return check_user(module, readings->form, "the note declares the form");
	}
	if (module->sections[REBTF_SECTION_BTF_BASE].data) {
		readings->form = REBTF_FORM_DISTILLED;
		return check_user(module, readings->form, "it has a distilled base");
	}
	if (module->reading != REBTF_READING_AUTO)
		return follow_user(module, readings);
	return form_decide(module, base, readings);
}

struct rebtf_error *rebtf_module_form(const struct rebtf_module *module, struct rebtf_btf *base,
				      enum rebtf_form *form)
{
	_cleanup_readings_ struct readings *readings = readings_lock(module->readings);

	TRY(form_find(module, base, readings));
	*form = readings->form;
	return NULL;
}
