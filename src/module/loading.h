/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * A verdict on loading under construction. loading.c stores it; judge.c and judge_symbols.c decide
 * it.
 */
#ifndef REBTF_MODULE_LOADING_H
#define REBTF_MODULE_LOADING_H

#include "module/loader.h"

struct loading_reason {
	enum rebtf_loading_cause cause;
	enum rebtf_loading_verdict verdict;
	char *symbol; /* NULL if it concerns no symbol */
	char *text;
};

struct rebtf_loading {
	enum rebtf_loading_verdict verdict;
	bool is_signed;
	size_t found_in[REBTF_SYMBOL_SOURCES];
	struct loading_reason *reasons; /* the first REBTF_REASONS_MAX */
	size_t reason_count;
};

/* Adds a reason. @symbol may be NULL. @format yields the sentence. Errors: NOMEM. */
struct rebtf_error *loading_add(struct rebtf_loading *loading, enum rebtf_loading_cause cause,
				enum rebtf_loading_verdict verdict, const char *symbol,
				const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Removes all reasons, so that the module can be judged again. */
void loading_clear(struct rebtf_loading *loading);

/* The part of a name that a message shows. The kernel's own names have up to 511 bytes. */
#define SHOWN_SIZE 512
#define SHOWN	   ".512s"

DEFINE_VECTOR(provider_list, struct provider *);

/* One module, judged for one kernel. */
struct judging {
	struct rebtf_loader *loader;
	const struct linkage *module;
	struct rebtf_loading *loading;
	bool checks_crcs; /* the kernel has CONFIG_MODVERSIONS */
	/*
	 * Gets the modules with its symbols that are not yet judged. If there are any, the verdict is
	 * not final. NULL: those count as loadable.
	 */
	struct provider_list *unjudged;
};

/*
 * A check that a kernel skips if it may load modules by force (CONFIG_MODULE_FORCE_LOAD). @what is
 * the problem, as a sentence. Errors: NOMEM.
 */
struct rebtf_error *judge_forced(const struct judging *j, enum rebtf_loading_cause cause,
				 const char *what);

/* ---- judge_symbols.c. Errors: NOMEM. */

/* The kernel's first check: the layout of struct module. */
struct rebtf_error *judge_layout(const struct judging *j);

/* Judges the symbols that the module imports, and those that it exports. */
struct rebtf_error *judge_symbols(const struct judging *j);

#endif
