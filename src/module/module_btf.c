/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Opens a module's BTF in the form that form.c finds, its distilled BTF, and its expectations.
 */
#include "btf/btf.h"
#include "module/companions.h"
#include "module/form.h"
#include "module/note.h"
#include "split/expects.h"

/* Only the names of two raw files connect them. One of them may be stale. */
static struct rebtf_error *no_pair(const struct rebtf_module *module, struct rebtf_error *cause)
{
	struct rebtf_error *err;

	if (module->container != REBTF_CONTAINER_RAW || cause->code == REBTF_ERR_NOMEM)
		return cause;
	/* Or another process is currently replacing them, one after the other. */
	err = companions_check_unchanged(module);
	if (err) {
		rebtf_error_free(cause);
		return err;
	}
	err = error_new(cause->code, "does not match %s.base beside it: %s",
			module->owner.path ?: module->path, cause->message);
	error_at_type(error_at(err, module->path, NULL), cause->type_id, cause->type_kind,
		      cause->type_name);
	rebtf_error_free(cause);
	return err;
}

/* Opens BTF over a distilled base, both of the module: its own, or its saved original. */
static struct rebtf_error *module_btf_open_pair(const struct rebtf_module *module,
						enum rebtf_section btf_section,
						enum rebtf_section base_section,
						struct rebtf_btf **btf)
{
	_cleanup_free_ char *base_path = companion_path(module, COMPANION_BASE);
	_cleanup_unref_ struct rebtf_btf *distilled_base = NULL;
	const struct module_section *bytes = &module->sections[base_section];
	struct rebtf_error *err;

	if (!base_path)
		return error_nomem();
	TRY(error_at(rebtf_btf_open_mem(bytes->data, bytes->size,
					module->container == REBTF_CONTAINER_RAW ? base_path
										 : module->path,
					NULL, &distilled_base),
		     NULL, form_place(module, base_section)));
	err = form_open_section(module, btf_section, distilled_base, btf);
	return err ? no_pair(module, err) : NULL;
}

/* Opens split BTF over the given base, which must be the one in the note. */
static struct rebtf_error *open_split(const struct rebtf_module *module, struct rebtf_btf *base,
				      struct rebtf_btf **btf)
{
	struct rebtf_error *err;

	if (!base)
		return form_at(module, REBTF_SECTION_BTF,
			       error_new(REBTF_ERR_ARGUMENT,
					 "cannot read split BTF without its base"));
	if (!module->has_note)
		return form_open_section(module, REBTF_SECTION_BTF, base, btf);
	err = note_check_base(&module->note, base);
	/* Without libcrypto, matching counts must suffice. */
	if (err && err->code != REBTF_ERR_UNSUPPORTED)
		return form_at(module, REBTF_SECTION_BTF, err);
	rebtf_error_free(err);
	err = form_open_section(module, REBTF_SECTION_BTF, base, btf);
	if (err && err->code == REBTF_ERR_WRONG_BASE)
		return form_untrue_note(module,
					"reading it over the base in the note fails: ", err);
	return err;
}

struct rebtf_error *rebtf_module_btf(const struct rebtf_module *module, struct rebtf_btf *base,
				     struct rebtf_btf **btf)
{
	_cleanup_readings_ struct readings *readings = readings_lock(module->readings);

	TRY(form_find(module, base, readings));
	switch (readings->form) {
	case REBTF_FORM_DISTILLED:
		return module_btf_open_pair(module, REBTF_SECTION_BTF, REBTF_SECTION_BTF_BASE, btf);
	case REBTF_FORM_STANDALONE:
	case REBTF_FORM_EMPTY:
		*btf = rebtf_btf_ref(readings->alone);
		return NULL;
	case REBTF_FORM_SPLIT:
		break;
	}
	if (!readings->over || readings->base != base) {
		readings_forget_base(readings);
		TRY(open_split(module, base, &readings->over));
		readings->base = rebtf_btf_ref(base);
	}
	*btf = rebtf_btf_ref(readings->over);
	return NULL;
}

struct rebtf_error *rebtf_module_inlined(const struct rebtf_module *module, struct rebtf_btf *btf,
					 struct rebtf_btf **inlined)
{
	*inlined = NULL;
	if (!module->sections[REBTF_SECTION_INLINE].size)
		return NULL;
	return form_open_section(module, REBTF_SECTION_INLINE, btf, inlined);
}

bool rebtf_module_has_distilled(const struct rebtf_module *module)
{
	return module_has_kept(module) || module->sections[REBTF_SECTION_BTF_BASE].data;
}

struct rebtf_error *rebtf_module_distilled(const struct rebtf_module *module,
					   struct rebtf_btf **btf)
{
	enum rebtf_form form;

	if (module_has_kept(module))
		return module_btf_open_pair(module, REBTF_SECTION_SAVED_BTF,
					    REBTF_SECTION_SAVED_BASE, btf);
	TRY(rebtf_module_form(module, NULL, &form));
	if (form == REBTF_FORM_DISTILLED)
		return module_btf_open_pair(module, REBTF_SECTION_BTF, REBTF_SECTION_BTF_BASE, btf);
	return form_at(module, REBTF_SECTION_BTF,
		       error_new(REBTF_ERR_UNSUPPORTED, "not distilled BTF (found %s BTF)",
				 rebtf_form_name(form)));
}

/* Expectations that contradict the distilled base are a format error, not a wrong base. */
static struct rebtf_error *contradiction(struct rebtf_error *cause)
{
	struct rebtf_error *err;

	if (!cause || cause->code != REBTF_ERR_WRONG_BASE)
		return cause;
	err = error_new(REBTF_ERR_FORMAT, "contradicts the distilled base: %s", cause->message);
	error_at_type(err, cause->type_id, cause->type_kind, cause->type_name);
	rebtf_error_free(cause);
	return err;
}

static struct rebtf_error *open_expects(const struct module_section *bytes,
					struct rebtf_btf *distilled_base,
					struct rebtf_btf **expects)
{
	_cleanup_unref_ struct rebtf_btf *opened = NULL;

	TRY(contradiction(rebtf_btf_open_mem(bytes->data, bytes->size, NULL, distilled_base,
					     &opened)));
	TRY(expects_check(opened));
	*expects = take_ptr(&opened);
	return NULL;
}

struct rebtf_error *rebtf_module_expects(const struct rebtf_module *module,
					 struct rebtf_btf *distilled_base,
					 struct rebtf_btf **expects)
{
	const struct module_section *bytes = &module->sections[REBTF_SECTION_BTF_EXPECTS];
	_cleanup_free_ char *path = companion_path(module, COMPANION_EXPECTS);

	if (!path)
		return error_nomem();
	TRY(companions_seek_expects(module));
	if (!bytes->data) {
		*expects = NULL;
		return NULL;
	}
	return error_at(open_expects(bytes, distilled_base, expects),
			module->container == REBTF_CONTAINER_RAW ? path : module->path,
			form_place(module, REBTF_SECTION_BTF_EXPECTS));
}
