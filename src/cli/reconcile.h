/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Reconciles one module with a base, with the thoroughness that the options request. Finding
 * expectations and trusted types takes time. So it only happens if the options require it, or if a
 * type does not fit and needs an explanation.
 */
#ifndef REBTF_CLI_RECONCILE_H
#define REBTF_CLI_RECONCILE_H

#include "rebtf.h"

#include "cli/built_for.h"
#include "cli/options.h"
#include "cli/report.h"
#include "cli/trusted_names.h"

/* Shared by all modules of a batch. */
struct reconciliation {
	const struct options *options;
	struct rebtf_btf *base;
	struct rebtf_error *no_base; /* with --kernel: why @base is NULL */
	struct rebtf_btf *old_base;  /* NULL: not given */
	struct built_for built_for;  /* for plain split BTF, over @old_base if given */
	struct trusted_names trusted_names;
};

/* The results for one module. */
struct reconciled {
	struct rebtf_btf *distilled; /* the BTF that was examined, over its distilled base */
	struct rebtf_btf *expects;   /* over that base, too; NULL: unknown, or not needed */
	struct rebtf_btf *recorded;  /* the module's own, if @expects are the old base's; or NULL */
	struct rebtf_trust trust;    /* if needed */
	struct rebtf_report *report; /* NULL after an error other than a misfit */
	struct rebtf_btf *btf;	     /* over the new base; NULL: does not fit, or not wanted */
	uint32_t *trust_ids;
};

/* Opens --base or --kernel, and --old-base. False after a message if one cannot be opened. */
bool reconciliation_init(struct reconciliation *r, const struct options *options);
void reconciliation_release(struct reconciliation *r);

/* The base over which BTF may be split that could also be standalone; NULL if the user named none. */
struct rebtf_btf *reconciliation_form_base(const struct reconciliation *r);

/* Whether the verb must stop here: see built_for_asks(). Call it before reconcile(). */
bool reconciliation_asks(struct reconciliation *r, const struct rebtf_module *module,
			 enum rebtf_form form, struct result *result, struct refusal *refusal);

/* See built_for_stops(). */
bool reconciliation_stops(struct reconciliation *r, const struct rebtf_module *module,
			  enum rebtf_form form, struct result *result);

/* Whether reconcile() can handle a module of that form. */
bool can_reconcile(const struct reconciliation *r, const struct rebtf_module *module,
		   enum rebtf_form form);

/*
 * Makes @result that of a module with plain split BTF over another base, which reconcile() cannot
 * handle.
 */
void refuse_split(const struct reconciliation *r, const struct rebtf_module *module,
		  struct result *result);

/*
 * Reconciles @module, which was read from @file, with the base. @result starts zeroed and must be
 * released in any case. @wanted: the caller needs the new BTF, not only the fit; without it,
 * .BTF_ids is checked here. Errors: those of rebtf_reconcile() and rebtf_module_check_ids();
 * MISMATCH comes with a report.
 */
struct rebtf_error *reconcile(struct reconciliation *r, const struct rebtf_file *file,
			      const struct rebtf_module *module, enum rebtf_form form, bool wanted,
			      struct reconciled *result);
void reconciled_release(struct reconciled *result);

/* The fit, for reporting. Valid as long as @result. */
struct fit fit_of(const struct reconciled *result);

#endif
