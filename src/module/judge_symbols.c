/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Predicts whether a kernel can link a module. Each imported symbol must be exported, with the CRC
 * that the module was built against, to modules of its license, and in a namespace that the module
 * imports. Like the kernel, this reports all failing symbols before it gives up.
 */
#include <string.h>

#include "module/loading.h"

/* The facts about one symbol. */
struct resolution {
	enum {
		RESOLUTION_FOUND,
		RESOLUTION_MISSING, /* not exported */
		RESOLUTION_UNKNOWN, /* no available source exports it, but some are missing */
	} state;
	struct export symbol;
	struct provider *provider; /* NULL: the kernel itself */
	enum rebtf_symbol_source source;
	bool is_settled;   /* the search is over */
	const char *needs; /* the missing module that exports it; or NULL */
	bool has_tables;   /* a source of the kernel's own symbols is available */
	bool is_open;	   /* a module that may export it is unreadable or stripped */
};

/* -------------------------------------------------------------------------------------- sources */

/*
 * Sources in order. A named image comes before files installed for a kernel of its release, because
 * those may belong to another build.
 */
static const enum rebtf_symbol_source by_release[] = {
	REBTF_SOURCE_OPTION,  REBTF_SOURCE_BUILD, REBTF_SOURCE_BOOT,
	REBTF_SOURCE_MODULES, REBTF_SOURCE_IMAGE,
};
static const enum rebtf_symbol_source by_image[] = {
	REBTF_SOURCE_OPTION, REBTF_SOURCE_IMAGE,   REBTF_SOURCE_BUILD,
	REBTF_SOURCE_BOOT,   REBTF_SOURCE_MODULES,
};

#define COMPLETE_SOURCES (sizeof(by_release) / sizeof(*by_release))

static const enum rebtf_symbol_source *sources_of(const struct rebtf_loader *loader)
{
	return loader->image_path ? by_image : by_release;
}

/* Looks up @name among the exports of @provider. */
static struct rebtf_error *find_in_provider(const struct judging *j, struct provider *provider,
					    const char *name, struct resolution *r)
{
	TRY(provider_read(j->loader, provider));
	r->is_open |= provider->unreadable || provider->linkage.has_nameless_exports;
	if (!exports_find(&provider->linkage.exports, name, &r->symbol))
		return NULL;
	r->state = RESOLUTION_FOUND;
	r->provider = provider;
	r->source = REBTF_SOURCE_EXPORTS;
	r->is_settled = true;
	return NULL;
}

/* Looks among the exports of the modules that this one declares as dependencies. */
static struct rebtf_error *find_in_dependencies(const struct judging *j, const char *name,
						struct resolution *r)
{
	for (const char *rest = j->module->depends ?: ""; *rest;) {
		size_t length = strcspn(rest, ",");
		struct provider *provider;

		TRY(loader_provider(j->loader, rest, length, &provider));
		if (provider)
			TRY(find_in_provider(j, provider, name, r));
		if (r->state == RESOLUTION_FOUND)
			return NULL;
		rest += length + (rest[length] == ',');
	}
	return NULL;
}

/*
 * A file names the module that exports a symbol. The module itself takes precedence: the available
 * module can be another build than the one in the file. If the kernel's modules are available, the
 * module must be among them.
 */
static struct rebtf_error *judge_symbols_find_owner(const struct judging *j, const char *name,
						    struct resolution *r)
{
	const struct resolution said = *r;
	const char *owner = r->symbol.owner;
	struct provider *provider;

	r->state = RESOLUTION_MISSING;
	TRY(find_in_dependencies(j, name, r));
	if (r->state == RESOLUTION_FOUND)
		return NULL;
	TRY(loader_provider(j->loader, owner, strlen(owner), &provider));
	if (provider)
		return find_in_provider(j, provider, name, r);
	if (j->loader->tree)
		r->needs = owner;
	else
		*r = said;
	return NULL;
}

/* Looks in one source of the kernel's symbols. */
static struct rebtf_error *find_in_source(const struct judging *j, enum rebtf_symbol_source source,
					  const char *name, struct resolution *r, bool *is_there)
{
	const struct exports *exports;

	TRY(loader_source(j->loader, source, &exports));
	*is_there = exports;
	r->has_tables |= exports != NULL;
	if (!exports || !exports_find(exports, name, &r->symbol))
		return NULL;
	r->state = RESOLUTION_FOUND;
	r->source = source;
	r->is_settled = true;
	return *r->symbol.owner ? judge_symbols_find_owner(j, name, r) : NULL;
}

/*
 * Looks among all modules of the kernel that export it, whether or not the module depends on them.
 */
static struct rebtf_error *find_in_modules(const struct judging *j, const char *name,
					   struct resolution *r)
{
	struct provider *provider;
	bool known;

	TRY(loader_owner(j->loader, name, &provider, &known));
	if (provider)
		TRY(find_in_provider(j, provider, name, r));
	if (r->state != RESOLUTION_FOUND && known && r->has_tables && !r->is_open)
		r->state = RESOLUTION_MISSING;
	return NULL;
}

/*
 * Without a file that names all symbols of the kernel: symbols that the kernel's own modules import
 * belong to the kernel or to another module.
 */
static struct rebtf_error *find_in_imports(const struct judging *j, const char *name,
					   struct resolution *r)
{
	struct resolution imported = { .state = RESOLUTION_UNKNOWN };
	bool is_there;

	TRY(find_in_source(j, REBTF_SOURCE_IMPORTS, name, &imported, &is_there));
	/* That no module imports a symbol does not mean that the kernel lacks it. */
	imported.has_tables = false;
	TRY(find_in_modules(j, name, r));
	if (r->state == RESOLUTION_FOUND)
		return NULL;
	*r = imported;
	return NULL;
}

static struct rebtf_error *judge_symbols_resolve(const struct judging *j, const char *name,
						 bool is_weak, struct resolution *r)
{
	const enum rebtf_symbol_source *sources = sources_of(j->loader);
	bool asked_dependencies = false, is_there;

	*r = (struct resolution){ .state = RESOLUTION_UNKNOWN };
	for (size_t i = 0; i < COMPLETE_SOURCES; i++) {
		TRY(find_in_source(j, sources[i], name, r, &is_there));
		if (r->is_settled)
			return NULL;
		/* Dependencies are cheaper to read than the next source, which may be an image. */
		if (is_there && !asked_dependencies)
			TRY(find_in_dependencies(j, name, r));
		asked_dependencies |= is_there;
		if (r->is_settled)
			return NULL;
	}
	if (!asked_dependencies)
		TRY(find_in_dependencies(j, name, r));
	if (r->is_settled)
		return NULL;
	if (!r->has_tables)
		return find_in_imports(j, name, r);
	/* A weak symbol may be missing, so it does not justify reading all modules. */
	return is_weak ? NULL : find_in_modules(j, name, r);
}

/* ------------------------------------------------------------------------------------- versions */

static bool uses_extended(const struct judging *j)
{
	return j->module->has_extended_versions &&
	       loader_is_since(j->loader, 6, 14, !j->module->has_versions);
}

/*
 * Debian's kernels refuse a module that has CRCs but lacks one for a symbol. Upstream Linux loads
 * it. The kernel's banner distinguishes the two.
 */
static struct rebtf_error *judge_unversioned(const struct judging *j, const char *name)
{
	const char *banner;

	if (uses_extended(j))
		return NULL;
	TRY(loader_read_image(j->loader));
	banner = j->loader->image.banner;
	if (banner && !strstr(banner, "debian-kernel@lists.debian.org"))
		return NULL;
	return loading_add(j->loading, REBTF_CAUSE_VERSION,
			   banner ? REBTF_LOADING_NO : REBTF_LOADING_UNKNOWN, name,
			   "no symbol version for %" SHOWN "%s", name,
			   banner ? "" : ", which some kernels refuse");
}

/* The kernel's check_version(). */
static struct rebtf_error *judge_version(const struct judging *j, const char *name,
					 const struct resolution *r)
{
	const struct linkage *module = j->module;
	const struct exports *versions = uses_extended(j) ? &module->extended_versions
							  : &module->versions;
	struct export version;

	/* A module that exports symbols without CRCs was loaded by force. */
	if (!j->checks_crcs || (r->provider && r->provider->linkage.lacks_crcs))
		return NULL;
	if (!uses_extended(j) && !module->has_versions)
		return judge_forced(j, REBTF_CAUSE_VERSION, "the module has no symbol versions");
	if (!exports_find(versions, name, &version))
		return judge_unversioned(j, name);
	if (!r->symbol.has_crc || r->symbol.is_contested)
		return loading_add(j->loading, REBTF_CAUSE_VERSION, REBTF_LOADING_UNKNOWN, name,
				   "the kernel's version of symbol %" SHOWN " is not known", name);
	if (version.has_crc && version.crc == r->symbol.crc)
		return NULL;
	return loading_add(j->loading, REBTF_CAUSE_VERSION, REBTF_LOADING_NO, name,
			   "disagrees about version of symbol %" SHOWN, name);
}

struct rebtf_error *judge_layout(const struct judging *j)
{
	static const char name[] = "module_layout";
	struct resolution r;

	if (!j->checks_crcs)
		return NULL;
	if (!j->module->has_versions && !uses_extended(j))
		return judge_forced(j, REBTF_CAUSE_VERSION, "the module has no symbol versions");
	TRY(judge_symbols_resolve(j, name, true, &r));
	if (r.state == RESOLUTION_FOUND)
		return judge_version(j, name, &r);
	return loading_add(j->loading, REBTF_CAUSE_VERSION, REBTF_LOADING_UNKNOWN, name,
			   "the kernel's version of symbol %s is not known", name);
}

/* ----------------------------------------------------------------------------------- namespaces */

/* Whether a module name matches a pattern of @length bytes, which can end in "*". */
static bool matches(const char *name, const char *pattern, size_t length)
{
	bool is_glob = length && pattern[length - 1] == '*';

	length -= is_glob;
	return module_name_starts(name, pattern, length) && (is_glob || !name[length]);
}

/* A namespace "module:a,b-*" is only for the modules of these names. They need not import it. */
static bool is_for_module(const char *namespace, const char *name)
{
	static const char prefix[] = "module:";

	if (strncmp(namespace, prefix, strlen(prefix)))
		return false;
	for (const char *rest = namespace + strlen(prefix); *rest;) {
		size_t length = strcspn(rest, ",");

		if (matches(name, rest, length))
			return true;
		rest += length + (rest[length] == ',');
	}
	return false;
}

static bool imports_namespace(const struct linkage *module, const char *namespace, size_t length)
{
	for (size_t i = 0; i < module->namespace_count; i++) {
		if (!strncmp(module->namespaces[i], namespace, length) &&
		    !module->namespaces[i][length])
			return true;
	}
	return false;
}

/* Whether the module imports all namespaces of a list. */
static bool imports_all(const struct linkage *module, const char *list)
{
	for (const char *at = list; *at;) {
		size_t length = strcspn(at, ",");

		if (!imports_namespace(module, at, length))
			return false;
		at += length + (at[length] == ',');
	}
	return true;
}

static struct rebtf_error *judge_namespace(const struct judging *j, const char *name,
					   const struct export *symbol)
{
	const struct kconfig *config = &j->loader->config;
	const char *namespace = symbol->namespace;

	if (symbol->is_any_namespace && imports_all(j->module, namespace))
		return NULL;
	if (symbol->is_any_namespace)
		return loading_add(j->loading, REBTF_CAUSE_NAMESPACE, REBTF_LOADING_UNKNOWN, name,
				   "the namespace of symbol %" SHOWN " is not known", name);
	if (!*namespace || is_for_module(namespace, j->module->name) ||
	    imports_namespace(j->module, namespace, strlen(namespace)) ||
	    (config->is_known && config->is_set[KCONFIG_MODULE_ALLOW_MISSING_NAMESPACE_IMPORTS]))
		return NULL;
	return loading_add(j->loading, REBTF_CAUSE_NAMESPACE,
			   config->is_known ? REBTF_LOADING_NO : REBTF_LOADING_UNKNOWN, name,
			   "uses symbol %" SHOWN " from namespace %" SHOWN
			   ", but does not import it%s",
			   name, namespace,
			   config->is_known ? ""
					    : ", and whether the kernel takes that is not known");
}

/* -------------------------------------------------------------------------------------- symbols */

/* A module's license, and the restrictions that the kernel tracks from symbol to symbol. */
struct license {
	bool is_proprietary;
	bool uses_gpl_only;
};

/* @refused: the kernel does not find the symbol for a module of this license. */
static struct rebtf_error *judge_license(const struct judging *j, const char *name,
					 const struct resolution *r, struct license *license,
					 bool *refused)
{
	const char *own = j->module->license ?: "unspecified";

	*refused = false;
	if (r->symbol.license == EXPORT_LICENSE_UNKNOWN && license->is_proprietary)
		return loading_add(j->loading, REBTF_CAUSE_LICENSE, REBTF_LOADING_UNKNOWN, name,
				   "whether symbol %" SHOWN
				   " is for GPL-compatible modules only is not known",
				   name);
	if (r->symbol.license == EXPORT_LICENSE_GPL) {
		*refused = license->is_proprietary;
		license->uses_gpl_only = true;
		if (*refused)
			return loading_add(j->loading, REBTF_CAUSE_LICENSE, REBTF_LOADING_NO, name,
					   "symbol %" SHOWN " is for GPL-compatible modules only "
					   "(license '%" SHOWN "')",
					   name, own);
	}
	if (!r->provider || license_is_gpl_compatible(r->provider->linkage.license))
		return NULL;
	/* From here on the module itself also counts as proprietary. */
	*refused = license->uses_gpl_only;
	license->is_proprietary = true;
	if (!*refused)
		return NULL;
	return loading_add(j->loading, REBTF_CAUSE_LICENSE, REBTF_LOADING_NO, name,
			   "uses GPL-only symbols, and symbol %" SHOWN
			   " of the proprietary module %" SHOWN,
			   name, r->provider->name);
}

static struct rebtf_error *judge_symbols_judge_provider(const struct judging *j,
							const struct resolution *r)
{
	struct provider *provider = r->provider;
	enum rebtf_loading_verdict verdict;
	bool is_judged;

	if (!provider)
		return NULL;
	pthread_mutex_lock(&provider->lock);
	is_judged = provider->is_judged;
	verdict = is_judged ? provider->verdict : REBTF_LOADING_YES;
	pthread_mutex_unlock(&provider->lock);
	if (!is_judged && j->unjudged && !provider_list_append(j->unjudged, provider))
		return error_nomem();
	if (verdict == REBTF_LOADING_YES)
		return NULL;
	return loading_add(j->loading, REBTF_CAUSE_DEPENDENCY, verdict, NULL,
			   verdict == REBTF_LOADING_NO
				   ? "needs module %" SHOWN ", which the kernel refuses"
				   : "needs module %" SHOWN
				     ", and whether the kernel loads it is not known",
			   provider->name);
}

static struct rebtf_error *judge_absence(const struct judging *j, const struct import *import,
					 const struct resolution *r)
{
	const char *name = import->name;

	if (import->weak)
		return NULL;
	if (r->needs)
		return loading_add(j->loading, REBTF_CAUSE_DEPENDENCY, REBTF_LOADING_NO, name,
				   "needs module %" SHOWN ", which is not there", r->needs);
	if (r->state == RESOLUTION_MISSING && !r->is_open)
		return loading_add(j->loading, REBTF_CAUSE_SYMBOL, REBTF_LOADING_NO, name,
				   "unknown symbol %" SHOWN, name);
	return loading_add(j->loading, REBTF_CAUSE_SYMBOL, REBTF_LOADING_UNKNOWN, name,
			   r->has_tables ? "unknown symbol %" SHOWN
					   ": the kernel does not export it, and what its modules "
					   "export is not known"
					 : "whether the kernel exports symbol %" SHOWN
					   " is not known",
			   name);
}

static struct rebtf_error *judge_import(const struct judging *j, const struct import *import,
					struct license *license)
{
	struct resolution r;
	bool refused;

	TRY(judge_symbols_resolve(j, import->name, import->weak, &r));
	if (r.state != RESOLUTION_FOUND)
		return judge_absence(j, import, &r);
	j->loading->found_in[r.source]++;
	/* A weak symbol that the license forbids stays undefined. */
	if (import->weak && license->is_proprietary && r.symbol.license == EXPORT_LICENSE_GPL)
		return NULL;
	TRY(judge_license(j, import->name, &r, license, &refused));
	if (refused)
		return NULL;
	TRY(judge_version(j, import->name, &r));
	TRY(judge_namespace(j, import->name, &r.symbol));
	return judge_symbols_judge_provider(j, &r);
}

/*
 * The kernel refuses a module that exports one of the kernel's own symbols: the module was built
 * into that kernel.
 */
static struct rebtf_error *judge_exports(const struct judging *j)
{
	const enum rebtf_symbol_source *sources = sources_of(j->loader);
	const struct exports *kernel = NULL;

	for (size_t i = 0; i < COMPLETE_SOURCES && !kernel && j->module->exports.entries.count; i++)
		TRY(loader_source(j->loader, sources[i], &kernel));
	for (size_t i = 0; kernel && i < j->module->exports.entries.count; i++) {
		struct export own = exports_at(&j->module->exports, i), other;

		if (exports_find(kernel, own.name, &other) && !*other.owner)
			TRY(loading_add(j->loading, REBTF_CAUSE_EXPORT, REBTF_LOADING_NO, own.name,
					"exports duplicate symbol %" SHOWN " (owned by kernel)",
					own.name));
	}
	return NULL;
}

struct rebtf_error *judge_symbols(const struct judging *j)
{
	struct license license = {
		.is_proprietary = !license_is_gpl_compatible(j->module->license),
	};

	if (j->checks_crcs && j->module->lacks_crcs)
		TRY(judge_forced(j, REBTF_CAUSE_VERSION, "no versions for exported symbols"));
	for (size_t i = 0; i < j->module->import_count; i++)
		TRY(judge_import(j, &j->module->imports[i], &license));
	if (j->loading->verdict == REBTF_LOADING_NO)
		return NULL;
	return judge_exports(j);
}
