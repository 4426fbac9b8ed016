/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Gives callers access to the parts of a report. match.c makes reports, relocate.c completes them. */
#include "split/report.h"

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
