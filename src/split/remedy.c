/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Suggests a remedy for a type that does not fit.
 *
 * A pointer-only type or a scalar can be localized without harm. If the old definition is merely
 * unknown, it can be found out. If a type changed whose layout is compiled into the module's code,
 * the module must be rebuilt: localizing the type keeps the BTF true to the code, but does not
 * change the code. A trusted type cannot be localized at all, because the verifier relies on it.
 */
#include "split/report.h"

const char *rebtf_remedy_name(enum rebtf_remedy remedy)
{
	static const char *const names[] = {
		[REBTF_REMEDY_NONE] = "none",	    [REBTF_REMEDY_LENIENT] = "lenient",
		[REBTF_REMEDY_EXPECTS] = "expects", [REBTF_REMEDY_LOCALIZE] = "localize",
		[REBTF_REMEDY_REBUILD] = "rebuild",
	};

	return (size_t)remedy < sizeof(names) / sizeof(*names) ? names[remedy] : "unknown";
}

bool rebtf_match_is_harmless(const struct rebtf_report *report, const struct rebtf_match *match)
{
	uint32_t kind = rebtf_type_kind(btf_type(report->distilled_base, match->id));
	/* The module's code contains the old values of an embedded enumeration. */
	bool members_count = kind_is_composite(kind) || match->verdict == REBTF_VERDICT_MEMBERS ||
			     match->verdict == REBTF_VERDICT_UNPROVEN;

	if (match->verdict == REBTF_VERDICT_MATCHED)
		return true;
	return match->reliance != REBTF_RELIANCE_TRUSTED &&
	       (match->reliance == REBTF_RELIANCE_POINTER_ONLY || !members_count);
}

enum rebtf_remedy rebtf_match_remedy(const struct rebtf_report *report,
				     const struct rebtf_match *match)
{
	if (match->verdict == REBTF_VERDICT_MATCHED || match->localized)
		return REBTF_REMEDY_NONE;
	if (rebtf_match_is_harmless(report, match))
		return REBTF_REMEDY_LENIENT;
	if (match->verdict == REBTF_VERDICT_UNPROVEN ||
	    (match->verdict == REBTF_VERDICT_AMBIGUOUS && !match->expected))
		return REBTF_REMEDY_EXPECTS;
	return REBTF_REMEDY_REBUILD;
}

enum rebtf_remedy rebtf_match_other_remedy(const struct rebtf_report *report,
					   const struct rebtf_match *match)
{
	return rebtf_match_remedy(report, match) == REBTF_REMEDY_REBUILD &&
			       match->reliance != REBTF_RELIANCE_TRUSTED
		       ? REBTF_REMEDY_LOCALIZE
		       : REBTF_REMEDY_NONE;
}
