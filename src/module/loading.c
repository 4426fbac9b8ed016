/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Collects the reasons of a verdict on loading, and derives the verdict from them. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "module/loading.h"

static void release_reason(struct loading_reason *reason)
{
	free(reason->symbol);
	free(reason->text);
}

static size_t loading_kept_reasons(const struct rebtf_loading *loading)
{
	return loading->reason_count < REBTF_REASONS_MAX ? loading->reason_count
							 : REBTF_REASONS_MAX;
}

static void release_reasons(struct rebtf_loading *loading)
{
	for (size_t i = 0; i < loading_kept_reasons(loading); i++)
		release_reason(&loading->reasons[i]);
	free(loading->reasons);
}

void loading_clear(struct rebtf_loading *loading)
{
	release_reasons(loading);
	*loading = (struct rebtf_loading){ .is_signed = loading->is_signed };
}

void rebtf_loading_free(struct rebtf_loading *loading)
{
	if (!loading)
		return;
	release_reasons(loading);
	free(loading);
}

static enum rebtf_loading_verdict worse(enum rebtf_loading_verdict a, enum rebtf_loading_verdict b)
{
	if (a == REBTF_LOADING_NO || b == REBTF_LOADING_NO)
		return REBTF_LOADING_NO;
	return a == REBTF_LOADING_UNKNOWN ? a : b;
}

/* A module that does not load is one reason, even if several of its symbols are imported. */
static bool has_reason(const struct rebtf_loading *loading, const struct loading_reason *reason)
{
	for (size_t i = 0; i < loading_kept_reasons(loading); i++) {
		if (!strcmp(loading->reasons[i].text, reason->text))
			return true;
	}
	return false;
}

struct rebtf_error *loading_add(struct rebtf_loading *loading, enum rebtf_loading_cause cause,
				enum rebtf_loading_verdict verdict, const char *symbol,
				const char *format, ...)
{
	struct loading_reason reason = { .cause = cause, .verdict = verdict };
	va_list ap;

	loading->verdict = worse(loading->verdict, verdict);
	if (!loading->reasons)
		loading->reasons = calloc(REBTF_REASONS_MAX, sizeof(*loading->reasons));
	va_start(ap, format);
	if (vasprintf(&reason.text, format, ap) < 0)
		reason.text = NULL;
	va_end(ap);
	reason.symbol = symbol ? strndup(symbol, SHOWN_SIZE) : NULL;
	if (!loading->reasons || !reason.text || (symbol && !reason.symbol)) {
		release_reason(&reason);
		return error_nomem();
	}
	if (has_reason(loading, &reason)) {
		release_reason(&reason);
		return NULL;
	}
	if (loading->reason_count < REBTF_REASONS_MAX)
		loading->reasons[loading->reason_count] = reason;
	else
		release_reason(&reason);
	loading->reason_count++;
	return NULL;
}

enum rebtf_loading_verdict rebtf_loading_verdict(const struct rebtf_loading *loading)
{
	return loading->verdict;
}

bool rebtf_loading_signed(const struct rebtf_loading *loading)
{
	return loading->is_signed;
}

size_t rebtf_loading_found_in(const struct rebtf_loading *loading, enum rebtf_symbol_source source)
{
	return (size_t)source < REBTF_SYMBOL_SOURCES ? loading->found_in[source] : 0;
}

size_t rebtf_loading_reason_count(const struct rebtf_loading *loading)
{
	return loading->reason_count;
}

/* A reason beyond those that are kept says nothing. */
static struct loading_reason loading_reason_at(const struct rebtf_loading *loading, size_t index)
{
	const struct loading_reason none = { .verdict = REBTF_LOADING_UNKNOWN };

	return index < loading_kept_reasons(loading) ? loading->reasons[index] : none;
}

enum rebtf_loading_cause rebtf_loading_reason_cause(const struct rebtf_loading *loading,
						    size_t index)
{
	return loading_reason_at(loading, index).cause;
}

enum rebtf_loading_verdict rebtf_loading_reason_verdict(const struct rebtf_loading *loading,
							size_t index)
{
	return loading_reason_at(loading, index).verdict;
}

const char *rebtf_loading_reason_symbol(const struct rebtf_loading *loading, size_t index)
{
	return loading_reason_at(loading, index).symbol;
}

const char *rebtf_loading_reason_text(const struct rebtf_loading *loading, size_t index)
{
	return loading_reason_at(loading, index).text;
}

const char *rebtf_loading_verdict_name(enum rebtf_loading_verdict verdict)
{
	switch (verdict) {
	case REBTF_LOADING_YES:
		return "yes";
	case REBTF_LOADING_NO:
		return "no";
	case REBTF_LOADING_UNKNOWN:
		break;
	}
	return "unknown";
}

const char *rebtf_loading_cause_name(enum rebtf_loading_cause cause)
{
	static const char *const names[] = {
		[REBTF_CAUSE_KERNEL] = "kernel",
		[REBTF_CAUSE_SIGNATURE] = "signature",
		[REBTF_CAUSE_FILE] = "file",
		[REBTF_CAUSE_STRUCT] = "struct",
		[REBTF_CAUSE_VERMAGIC] = "vermagic",
		[REBTF_CAUSE_VERSION] = "version",
		[REBTF_CAUSE_SYMBOL] = "symbol",
		[REBTF_CAUSE_LICENSE] = "license",
		[REBTF_CAUSE_NAMESPACE] = "namespace",
		[REBTF_CAUSE_EXPORT] = "export",
		[REBTF_CAUSE_DEPENDENCY] = "dependency",
		[REBTF_CAUSE_LIVEPATCH] = "livepatch",
	};

	return (size_t)cause < sizeof(names) / sizeof(*names) ? names[cause] : "unknown";
}
