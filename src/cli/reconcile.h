/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * How one module fits a base, looked at as the options say. What a module expects of its types, and
 * what the verifier relies on, costs time to find out; so it is looked for only where the options
 * call for it, or when a type does not fit and there is something to explain.
 */
#ifndef REBTF_CLI_RECONCILE_H
#define REBTF_CLI_RECONCILE_H

#include "rebtf.h"

#include "cli/built_for.h"
#include "cli/options.h"
#include "cli/report.h"
#include "cli/trusted_names.h"

/* The same for all modules of a batch. */
struct reconciliation {
	const struct options *options;
	struct rebtf_btf *base;
	struct rebtf_btf *old_base; /* NULL: none was given */
	struct built_for built_for; /* of plain split BTF, over @old_base if it is given */
	struct trusted_names trusted_names;
};

/* What came of one module. */
struct reconciled {
	struct rebtf_btf *distilled; /* what was looked at, over its distilled base */
	struct rebtf_btf *expects;   /* over that base, too; NULL: not known, or not asked for */
	struct rebtf_btf *recorded;  /* the module's own expectations, if @expects are others */
	struct rebtf_trust trust;    /* likewise */
	struct rebtf_report *report; /* NULL after an error that is no misfit */
	struct rebtf_btf *btf; /* over the new base; NULL if it does not fit, or was not wanted */
	uint32_t *trust_ids;
};

/*
 * Opens --base or --kernel, and --old-base. False, with a message, if one of them cannot be opened.
 */
bool reconciliation_init(struct reconciliation *r, const struct options *options);
void reconciliation_release(struct reconciliation *r);

/* Whether the verb has to stop here: see built_for_asks(). To be asked before reconcile(). */
bool reconciliation_asks(struct reconciliation *r, const struct rebtf_module *module,
			 enum rebtf_form form, struct result *result, struct refusal *refusal);

/* See built_for_stops(). */
bool reconciliation_stops(struct reconciliation *r, const struct rebtf_module *module,
			  enum rebtf_form form, struct result *result);

/* Whether reconcile() can do anything with a module of that form. */
bool can_reconcile(const struct reconciliation *r, const struct rebtf_module *module,
		   enum rebtf_form form);

/*
 * Makes @result that of a module with plain split BTF that was made over another base, and that
 * reconcile() can do nothing with.
 */
void refuse_split(const struct reconciliation *r, const struct rebtf_module *module,
		  struct result *result);

/*
 * Reconciles @module, which was read from @file, with the base; @result starts out all 0, and is to be
 * released whatever comes out. @wanted: whether its new BTF is, or only how it fits; then .BTF_ids is
 * checked as well. Errors: those of rebtf_reconcile() and rebtf_module_check_ids(); MISMATCH comes
 * with a report.
 */
struct rebtf_error *reconcile(struct reconciliation *r, const struct rebtf_file *file,
			      const struct rebtf_module *module, enum rebtf_form form, bool wanted,
			      struct reconciled *result);
void reconciled_release(struct reconciled *result);

/* How it fits, to be reported; as long as @result is there. */
struct fit fit_of(const struct reconciled *result);

#endif
