/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Gives callers access to the parts of a report, and words its misfits. match.c makes reports,
 * relocate.c completes them.
 */
#include <stdio.h>
#include <stdlib.h>

#include "split/find.h"
#include "split/report.h"
#include "util/error.h"

size_t rebtf_report_count(const struct rebtf_report *report)
{
	return report->count;
}

const struct rebtf_match *rebtf_report_at(const struct rebtf_report *report, size_t index)
{
	return index < report->count ? &report->matches[index] : NULL;
}

size_t rebtf_report_misfits(const struct rebtf_report *report)
{
	return report->misfits;
}

size_t rebtf_report_localized(const struct rebtf_report *report)
{
	return report->localized;
}

size_t rebtf_report_refs(const struct rebtf_report *report)
{
	return report->refs;
}

size_t rebtf_report_refs_localized(const struct rebtf_report *report)
{
	return report->refs_localized;
}

struct rebtf_btf *rebtf_report_distilled_base(const struct rebtf_report *report)
{
	return report->distilled_base;
}

struct rebtf_btf *rebtf_report_new_base(const struct rebtf_report *report)
{
	return report->new_base;
}

struct rebtf_btf *rebtf_report_expects(const struct rebtf_report *report)
{
	return report->expects;
}

void rebtf_report_free(struct rebtf_report *report)
{
	if (!report)
		return;
	candidate_lists_free(report->lists);
	rebtf_btf_unref(report->distilled_base);
	rebtf_btf_unref(report->new_base);
	rebtf_btf_unref(report->expects);
	free(report->matches);
	free(report);
}

void report_define(struct rebtf_report *report, struct rebtf_btf *expects,
		   const uint32_t *definitions)
{
	report->expects = rebtf_btf_ref(expects);
	for (size_t i = 0; i < report->count; i++)
		report->matches[i].expected = definitions[report->matches[i].id];
}

/* --------------------------------------------------------------------------- names and messages */

const char *rebtf_reliance_name(enum rebtf_reliance class)
{
	static const char *const names[] = {
		[REBTF_RELIANCE_POINTER_ONLY] = "pointer-only",
		[REBTF_RELIANCE_EMBEDDED] = "embedded",
		[REBTF_RELIANCE_TRUSTED] = "trusted",
	};

	return (size_t) class < sizeof(names) / sizeof(*names) ? names[class] : "unknown";
}

const char *rebtf_verdict_name(enum rebtf_verdict verdict)
{
	static const char *const names[] = {
		[REBTF_VERDICT_MATCHED] = "matched",	 [REBTF_VERDICT_MISSING] = "missing",
		[REBTF_VERDICT_SIZE] = "size",		 [REBTF_VERDICT_KIND] = "kind",
		[REBTF_VERDICT_AMBIGUOUS] = "ambiguous", [REBTF_VERDICT_MEMBERS] = "members",
		[REBTF_VERDICT_UNPROVEN] = "unproven",
	};

	return (size_t)verdict < sizeof(names) / sizeof(*names) ? names[verdict] : "unknown";
}

/* Explains why a difference matters, or why the type cannot be localized. */
static const char *stakes(const struct rebtf_match *match)
{
	if (match->reliance == REBTF_RELIANCE_TRUSTED)
		return " (trusted)";
	return match->embedded ? " (embedded)" : "";
}

static struct rebtf_error *misfit_error(const struct rebtf_match *match, size_t misfits)
{
	char others[64] = "";

	if (misfits > 1)
		snprintf(others, sizeof(others), "; %zu more %s not fit", misfits - 1,
			 misfits > 2 ? "types do" : "type does");
	switch (match->verdict) {
	case REBTF_VERDICT_SIZE:
		return error_new(REBTF_ERR_MISMATCH, "size %u, but the new base has %u%s%s",
				 match->old_size, match->new_size, stakes(match), others);
	case REBTF_VERDICT_KIND:
		return error_new(REBTF_ERR_MISMATCH, "the new base has %s [%u]%s instead%s",
				 rebtf_kind_name(match->near_kind), match->candidates[0],
				 match->near_kind == REBTF_KIND_INT ? " of another encoding or size"
								    : "",
				 others);
	case REBTF_VERDICT_AMBIGUOUS:
		return error_new(REBTF_ERR_MISMATCH,
				 "%zu types of the new base match, among them [%u] and [%u]%s",
				 match->candidate_count, match->candidates[0], match->candidates[1],
				 others);
	case REBTF_VERDICT_MEMBERS:
		return error_new(REBTF_ERR_MISMATCH, "members differ from the new base%s%s",
				 stakes(match), others);
	case REBTF_VERDICT_UNPROVEN:
		return error_new(REBTF_ERR_MISMATCH, "the old members are unknown%s%s",
				 stakes(match), others);
	default:
		return error_new(REBTF_ERR_MISMATCH, "the new base has no type of this name%s",
				 others);
	}
}

struct rebtf_error *report_error(const struct rebtf_report *report)
{
	const struct rebtf_match *match = report->matches;

	while (match->verdict == REBTF_VERDICT_MATCHED || match->localized)
		match++;
	return btf_error_at(misfit_error(match, report->misfits - report->localized),
			    report->distilled_base, match->id);
}
