/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Checks the base of a module before the module is written, against the module's version magic and
 * the rest of the batch.
 */
#include "cli/built_for.h"

static const struct argp_option built_for_options[] = {
	{ "any-release", OPTION_ANY_RELEASE, NULL, 0,
	  "Accept the base for a module even if the module's version magic names another release",
	  1 },
	{}
};

const struct argp built_for_argp = { .options = built_for_options, .parser = parse_shared };

void built_for_init(struct built_for *b, const struct options *options, struct rebtf_btf *base)
{
	*b = (struct built_for){ .options = options, .base = base };
	evidence_init(&b->evidence);
}

void built_for_release(struct built_for *b)
{
	evidence_release(&b->evidence);
}

struct rebtf_error *built_for_check(const struct options *options,
				    const struct rebtf_module *module, const struct rebtf_btf *base)
{
	return options->any_release ? NULL : rebtf_module_check_release(module, base);
}

bool built_for_asks(struct built_for *b, const struct rebtf_module *module, enum rebtf_form form,
		    struct result *result, struct refusal *refusal)
{
	size_t modules, refusals;
	struct rebtf_btf *btf;
	struct rebtf_error *err;

	*refusal = (struct refusal){ .err = built_for_check(b->options, module, b->base) };
	if (refusal->err)
		return true;
	/* A note identifies its base by itself. */
	if (form != REBTF_FORM_SPLIT || rebtf_module_note(module) ||
	    evidence_believed(&b->evidence))
		return false;
	err = rebtf_module_btf(module, b->base, &btf);
	if (err && rebtf_error_code(err) == REBTF_ERR_NOMEM) {
		refusal->err = err;
		return true;
	}
	if (err) {
		/* The verb will get and report the same error. */
		result->refutes_base = rebtf_error_code(err) == REBTF_ERR_WRONG_BASE;
		rebtf_error_free(err);
		return false;
	}
	refusal->err = rebtf_btf_count_base_refs(btf, &result->base_refs);
	rebtf_btf_unref(btf);
	if (refusal->err)
		return true;
	if (!evidence_doubts(&b->evidence, &modules, &refusals)) {
		result->held = !evidence_believed(&b->evidence);
		return result->held;
	}
	refusal->section = ".BTF";
	snprintf(
		refusal->message, sizeof(refusal->message),
		"fits this base, but %zu of the %zu similar modules in this run do not: probably the wrong base (if it is right, name the module alone)",
		refusals, modules);
	return true;
}

void refuse_base(const struct options *options, const struct rebtf_module *module,
		 struct refusal *refusal, struct result *result)
{
	const char *path = rebtf_module_path(module);

	if (refusal->err)
		result_fail(result, options, path, refusal->err);
	else
		result_refuse(result, options, path, REBTF_ERR_WRONG_BASE, refusal->section,
			      refusal->message);
}

bool built_for_stops(struct built_for *b, const struct rebtf_module *module, enum rebtf_form form,
		     struct result *result)
{
	struct refusal refusal;

	if (!built_for_asks(b, module, form, result, &refusal))
		return false;
	if (!result->held)
		refuse_base(b->options, module, &refusal, result);
	return true;
}
