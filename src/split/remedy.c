/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * What can be done about a type that does not fit. The mildest remedy that is no risk comes first:
 * what is only pointed to, and scalars, of which a copy is as good, can be given up without loss;
 * what may only be unknown can be found out; a module that has a type by value can be kept without
 * it; but what the verifier relies on has to be what it was.
 */
#include "format/btf.h"

const char *rebtf_remedy_name(enum rebtf_remedy remedy)
{
	static const char *const names[] = {
		[REBTF_REMEDY_NONE] = "none",	    [REBTF_REMEDY_LENIENT] = "lenient",
		[REBTF_REMEDY_EXPECTS] = "expects", [REBTF_REMEDY_GIVE_UP] = "give-up",
		[REBTF_REMEDY_REBUILD] = "rebuild",
	};

	return names[remedy];
}

enum rebtf_remedy rebtf_match_remedy(const struct rebtf_report *report,
				     const struct rebtf_match *match)
{
	uint32_t kind = rebtf_type_kind(btf_type(report->distilled_base, match->id));
	bool is_trusted = match->reliance == REBTF_TRUSTED;
	/* The code of the module has the old values of an embedded enumeration in it. */
	bool members_count = kind_is_composite(kind) || match->verdict == REBTF_MEMBERS ||
			     match->verdict == REBTF_UNPROVEN;

	if (match->verdict == REBTF_MATCHED || match->given_up)
		return REBTF_REMEDY_NONE;
	if (!is_trusted && (match->reliance == REBTF_POINTER_ONLY || !members_count))
		return REBTF_REMEDY_LENIENT;
	if (match->verdict == REBTF_UNPROVEN ||
	    (match->verdict == REBTF_AMBIGUOUS && !match->expected))
		return REBTF_REMEDY_EXPECTS;
	return is_trusted ? REBTF_REMEDY_REBUILD : REBTF_REMEDY_GIVE_UP;
}
