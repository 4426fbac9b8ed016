/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Predicts whether a kernel loads a module: the checks of the kernel's load_module()
 * (kernel/module/main.c), in its order. A failed check ends the loading, so it ends the judging. A
 * check with an unknown result does not, because a later one may fail for certain.
 */
#include <stdio.h>
#include <string.h>

#include "module/loading.h"
#include "module/module.h"
#include "util/cleanup.h"
#include "util/options.h"
#include "util/vec.h"

static bool judge_is_refused(const struct judging *j)
{
	return j->loading->verdict == REBTF_LOADING_NO;
}

struct rebtf_error *judge_forced(const struct judging *j, enum rebtf_loading_cause cause,
				 const char *what)
{
	const struct kconfig *config = &j->loader->config;

	if (config->is_known && config->is_set[KCONFIG_MODULE_FORCE_LOAD])
		return NULL;
	return loading_add(j->loading, cause,
			   config->is_known ? REBTF_LOADING_NO : REBTF_LOADING_UNKNOWN, NULL,
			   config->is_known ? "%s"
					    : "%s, and whether the kernel takes that is not known",
			   what);
}

/* ------------------------------------------------------------------------------------ signature */

/* Reads the first word of a small file of the running kernel. "" if it cannot be read. */
static void judge_read_word(const char *path, char word[32])
{
	FILE *file = fopen(path, "re");

	if (!file || fscanf(file, "%31s", word) != 1)
		*word = '\0';
	if (file)
		fclose(file);
}

/* For this machine's kernel, boot options take precedence over its configuration. */
static bool is_required_now(void)
{
	char word[32], line[64] = "";
	FILE *file;

	judge_read_word("/sys/module/module/parameters/sig_enforce", word);
	if (*word == 'Y')
		return true;
	file = fopen("/sys/kernel/security/lockdown", "re");
	if (file && !fgets(line, sizeof(line), file))
		*line = '\0';
	if (file)
		fclose(file);
	return strchr(line, '[') && !strstr(line, "[none]");
}

enum rebtf_signature_policy rebtf_loader_signature(struct rebtf_loader *loader)
{
	const bool *is_set = loader->config.is_set;

	rebtf_error_free(loader_find_facts(loader));
	if (loader->is_running && is_required_now())
		return REBTF_SIGNATURE_REQUIRED;
	if (!loader->config.is_known)
		return REBTF_SIGNATURE_UNKNOWN;
	if (is_set[KCONFIG_MODULE_SIG_FORCE])
		return REBTF_SIGNATURE_REQUIRED;
	return is_set[KCONFIG_SECURITY_LOCKDOWN_LSM] && is_set[KCONFIG_MODULE_SIG]
		       ? REBTF_SIGNATURE_LOCKDOWN
		       : REBTF_SIGNATURE_OPTIONAL;
}

static struct rebtf_error *judge_signature(const struct judging *j)
{
	if (rebtf_loader_signature(j->loader) != REBTF_SIGNATURE_REQUIRED)
		return NULL;
	if (!j->loading->is_signed)
		return loading_add(j->loading, REBTF_CAUSE_SIGNATURE, REBTF_LOADING_NO, NULL,
				   "the module is unsigned, and the kernel requires a signature");
	return loading_add(j->loading, REBTF_CAUSE_SIGNATURE, REBTF_LOADING_UNKNOWN, NULL,
			   "whether the kernel trusts the key of the module's signature is not "
			   "known");
}

/* ----------------------------------------------------------------------------------------- file */

static struct rebtf_error *refuse_file(const struct judging *j, const char *why)
{
	return loading_add(j->loading, REBTF_CAUSE_FILE, REBTF_LOADING_NO, NULL, "%s", why);
}

static struct rebtf_error *judge_file(const struct judging *j)
{
	const struct rebtf_loader *loader = j->loader;
	const struct linkage *module = j->module;

	if (!module->is_relocatable)
		return refuse_file(j, "the file is not a relocatable object");
	if (loader->machine &&
	    (module->machine != loader->machine || module->elf_class != loader->elf_class ||
	     module->encoding != loader->encoding))
		return refuse_file(j, "the module is for another architecture");
	if (!module->has_struct_module)
		return refuse_file(j, "there is no section .gnu.linkonce.this_module");
	if (!module->symbol_tables)
		return refuse_file(j, "the module has no symbols (stripped?)");
	if (module->symbol_tables > 1 && loader_is_since(loader, 6, 4, false))
		return refuse_file(j, "the module has more than one symbol table");
	return NULL;
}

/* Since Linux 6.4 the kernel compares the sizes. */
static struct rebtf_error *judge_struct(const struct judging *j)
{
	const struct rebtf_loader *loader = j->loader;

	if (!loader_is_since(loader, 6, 4, false))
		return NULL;
	/* If CRCs are compared, the CRC of module_layout covers all of struct module. */
	if (!loader->struct_module_size && !j->checks_crcs)
		return loading_add(j->loading, REBTF_CAUSE_STRUCT, REBTF_LOADING_UNKNOWN, NULL,
				   "the size of the kernel's struct module is not known");
	if (!loader->struct_module_size ||
	    loader->struct_module_size == j->module->struct_module_size)
		return NULL;
	return loading_add(j->loading, REBTF_CAUSE_STRUCT, REBTF_LOADING_NO, NULL,
			   "struct module has %llu bytes in .gnu.linkonce.this_module, but the "
			   "kernel's has %llu",
			   (unsigned long long)j->module->struct_module_size,
			   (unsigned long long)loader->struct_module_size);
}

/* ------------------------------------------------------------------------------------- vermagic */

/*
 * The kernel's same_magic(): if CRCs replace the release, the release is ignored. A kernel without
 * CONFIG_MODVERSIONS compares the whole string.
 */
static bool same_magic(const char *a, const char *b, bool has_crcs)
{
	if (has_crcs) {
		a += strcspn(a, " ");
		b += strcspn(b, " ");
	}
	return !strcmp(a, b);
}

static struct rebtf_error *judge_vermagic(const struct judging *j)
{
	const char *own = j->module->vermagic, *wanted = j->loader->vermagic;

	if (!own)
		return judge_forced(j, REBTF_CAUSE_VERMAGIC, "the module has no version magic");
	if (!wanted)
		return loading_add(j->loading, REBTF_CAUSE_VERMAGIC, REBTF_LOADING_UNKNOWN, NULL,
				   "the kernel's version magic is not known");
	if (same_magic(own, wanted, j->checks_crcs && j->module->has_versions))
		return NULL;
	return loading_add(j->loading, REBTF_CAUSE_VERMAGIC, REBTF_LOADING_NO, NULL,
			   "version magic '%" SHOWN "' should be '%" SHOWN "'", own, wanted);
}

static struct rebtf_error *judge_livepatch(const struct judging *j)
{
	const struct kconfig *config = &j->loader->config;

	if (!j->module->is_livepatch || (config->is_known && config->is_set[KCONFIG_LIVEPATCH]))
		return NULL;
	return loading_add(j->loading, REBTF_CAUSE_LIVEPATCH,
			   config->is_known ? REBTF_LOADING_NO : REBTF_LOADING_UNKNOWN, NULL,
			   config->is_known
				   ? "the module is a live patch, but the kernel takes none"
				   : "whether the kernel takes live patches is not known");
}

/* ----------------------------------------------------------------------------------- one module */

/*
 * Whether the kernel compares CRCs, according to its version magic. If that is unknown, a module
 * with CRCs is judged by them: the verdict is then "no", or "unknown" because of the version magic.
 */
static bool checks_crcs(const struct rebtf_loader *loader)
{
	if (loader->vermagic)
		return strstr(loader->vermagic, " modversions ");
	return !loader->config.is_known || loader->config.is_set[KCONFIG_MODVERSIONS];
}

/* Does all checks except that of the symbols, which requires judging other modules first. */
static struct rebtf_error *judge_alone(const struct judging *j)
{
	static struct rebtf_error *(*const checks[])(const struct judging *j) = {
		judge_signature, judge_file,	 judge_struct,
		judge_layout,	 judge_vermagic, judge_livepatch,
	};

	for (size_t i = 0; i < sizeof(checks) / sizeof(*checks) && !judge_is_refused(j); i++)
		TRY(checks[i](j));
	return NULL;
}

static struct judging judging_of(struct rebtf_loader *loader, const struct linkage *module,
				 struct rebtf_loading *loading)
{
	return (struct judging){
		.loader = loader,
		.module = module,
		.loading = loading,
		.checks_crcs = checks_crcs(loader),
	};
}

/* --------------------------------------------------------------------------------- dependencies */

/*
 * A module that others must be judged before: those that it names as its dependencies, then other
 * modules that export symbols it imports.
 */
struct judge_visit {
	struct provider *provider; /* NULL: not a module that others can import from */
	const char *rest;	   /* of the names of its dependencies */
	struct provider_list exporters;
	size_t next; /* of them */
	bool knows_exporters;
};

DEFINE_VECTOR(judge_visits, struct judge_visit);

/* The path of modules from the judged one down to its dependencies. */
struct judge_stack {
	struct judge_visits visits;
	uint8_t *seen; /* a bit for each of the loader's modules */
};

static void judge_pop(struct judge_stack *stack)
{
	provider_list_release(&stack->visits.items[--stack->visits.count].exporters);
}

static void judge_stack_release(struct judge_stack *stack)
{
	while (stack->visits.count)
		judge_pop(stack);
	judge_visits_release(&stack->visits);
	free(stack->seen);
}

static bool is_judged(struct provider *provider)
{
	bool judged;

	pthread_mutex_lock(&provider->lock);
	judged = provider->is_judged;
	pthread_mutex_unlock(&provider->lock);
	return judged;
}

/*
 * Judges a module after its dependencies. Several threads may do this, with the same result. If
 * @unjudged gets any modules, the module is not judged yet.
 */
static struct rebtf_error *judge_module_provider(struct rebtf_loader *loader,
						 struct provider *provider,
						 struct provider_list *unjudged)
{
	struct rebtf_loading *loading = calloc(1, sizeof(*loading));
	struct judging j = judging_of(loader, &provider->linkage, loading);
	struct rebtf_error *err = NULL;

	if (!loading)
		return error_nomem();
	j.unjudged = unjudged;
	loading->is_signed = provider->linkage.is_signed;
	if (provider->unreadable)
		loading->verdict = REBTF_LOADING_UNKNOWN;
	else
		err = judge_alone(&j);
	if (!err && !provider->unreadable && !judge_is_refused(&j))
		err = judge_symbols(&j);
	if (!err && !(unjudged && unjudged->count)) {
		pthread_mutex_lock(&provider->lock);
		provider->verdict = loading->verdict;
		provider->is_judged = true;
		pthread_mutex_unlock(&provider->lock);
	}
	rebtf_loading_free(loading);
	return err;
}

static struct rebtf_error *judge_push(struct rebtf_loader *loader, struct judge_stack *stack,
				      struct provider *provider)
{
	struct judge_visit visit = { .provider = provider };

	TRY(provider_read(loader, provider));
	visit.rest = provider->linkage.depends ?: "";
	return judge_visits_append(&stack->visits, visit) ? NULL : error_nomem();
}

/* Marks a module as seen. A module seen before is already judged, or depends on itself. */
static bool is_new(const struct rebtf_loader *loader, struct judge_stack *stack,
		   const struct provider *provider)
{
	size_t index = (size_t)(provider - loader->providers.items);
	uint8_t bit = (uint8_t)(1u << index % 8), *byte = &stack->seen[index / 8];
	bool new = !(*byte & bit);

	*byte |= bit;
	return new;
}

/* Pushes @provider if it is not judged yet. */
static struct rebtf_error *judge_before(struct rebtf_loader *loader, struct judge_stack *stack,
					struct provider *provider)
{
	return is_new(loader, stack, provider) && !is_judged(provider)
		       ? judge_push(loader, stack, provider)
		       : NULL;
}

/* Continues @visit, which is not in the stack, until it pushes a module that is not judged yet. */
static struct rebtf_error *judge_descend(struct rebtf_loader *loader, struct judge_stack *stack,
					 struct judge_visit *visit)
{
	size_t count = stack->visits.count;

	while (*visit->rest && stack->visits.count == count) {
		size_t length = strcspn(visit->rest, ",");
		struct provider *provider;

		TRY(loader_provider(loader, visit->rest, length, &provider));
		visit->rest += length + (visit->rest[length] == ',');
		if (provider)
			TRY(judge_before(loader, stack, provider));
	}
	while (visit->next < visit->exporters.count && stack->visits.count == count)
		TRY(judge_before(loader, stack, visit->exporters.items[visit->next++]));
	return NULL;
}

/* Judges the last module of the stack, whose dependencies are judged, and pops it. */
static struct rebtf_error *judge_last(struct rebtf_loader *loader, struct judge_stack *stack)
{
	struct judge_visit *visit = &stack->visits.items[stack->visits.count - 1];

	if (visit->provider && visit->knows_exporters) {
		TRY(judge_module_provider(loader, visit->provider, NULL));
	} else if (visit->provider) {
		visit->knows_exporters = true;
		TRY(judge_module_provider(loader, visit->provider, &visit->exporters));
		if (visit->exporters.count)
			return NULL;
	}
	judge_pop(stack);
	return NULL;
}

/* Judges all modules that @first needs, deepest first. Takes over its list. */
static struct rebtf_error *judge_dependencies(struct rebtf_loader *loader, struct judge_visit first)
{
	_cleanup_(judge_stack_release) struct judge_stack stack = {};

	if (!judge_visits_append(&stack.visits, first)) {
		provider_list_release(&first.exporters);
		return error_nomem();
	}
	stack.seen = calloc(loader->providers.count / 8 + 1, 1);
	if (!stack.seen)
		return error_nomem();
	while (stack.visits.count) {
		size_t last = stack.visits.count - 1;
		/* A copy, because the stack can move. */
		struct judge_visit visit = stack.visits.items[last];
		struct rebtf_error *err = judge_descend(loader, &stack, &visit);

		stack.visits.items[last] = visit;
		TRY(err);
		if (stack.visits.count == last + 1)
			TRY(judge_last(loader, &stack));
	}
	return NULL;
}

/* Judges what the module needs, then its symbols. */
static struct rebtf_error *judge_with_dependencies(struct judging *j)
{
	struct provider_list exporters = {};
	struct rebtf_error *err;

	if (j->module->depends && j->loader->providers.count)
		TRY(judge_dependencies(j->loader,
				       (struct judge_visit){ .rest = j->module->depends }));
	j->unjudged = &exporters;
	err = judge_symbols(j);
	j->unjudged = NULL;
	if (err || !exporters.count) {
		provider_list_release(&exporters);
		return err;
	}
	TRY(judge_dependencies(j->loader,
			       (struct judge_visit){ .rest = "", .exporters = exporters }));
	loading_clear(j->loading);
	TRY(judge_alone(j));
	return judge_symbols(j);
}

/* --------------------------------------------------------------------------------------- public */

static struct rebtf_error *judge_image(struct rebtf_loader *loader,
				       const struct rebtf_module *module,
				       struct rebtf_loading *loading)
{
	_cleanup_linkage_ struct linkage linkage = {};
	struct rebtf_error *err;
	struct judging j;

	TRY(loader_find_facts(loader));
	if (!loader->release && !loader->symvers_path)
		return loading_add(loading, REBTF_CAUSE_KERNEL, REBTF_LOADING_UNKNOWN, NULL,
				   "%" SHOWN " does not say which kernel it belongs to",
				   loader->asked);
	err = linkage_read(module->image.data, module->image.size, &linkage);
	if (err && err->code != REBTF_ERR_NOMEM) {
		struct rebtf_error *nomem = loading_add(loading, REBTF_CAUSE_FILE,
							REBTF_LOADING_UNKNOWN, NULL, "%s%s%" SHOWN,
							err->section ?: "",
							err->section ? ": " : "", err->message);

		rebtf_error_free(err);
		return nomem;
	}
	if (err)
		return err;
	j = judging_of(loader, &linkage, loading);
	TRY(judge_alone(&j));
	if (judge_is_refused(&j))
		return NULL;
	return judge_with_dependencies(&j);
}

struct rebtf_error *rebtf_loader_judge(struct rebtf_loader *loader,
				       const struct rebtf_module *module,
				       enum rebtf_signature_change signature,
				       struct rebtf_loading **loading)
{
	struct rebtf_loading *new_loading;
	struct rebtf_error *err;

	TRY(options_check("change of a signature", signature, REBTF_SIGNATURE_MADE));
	if (module->container != REBTF_CONTAINER_ELF)
		return error_at(error_new(REBTF_ERR_ARGUMENT,
					  "not a loadable module (found raw BTF)"),
				module->path, NULL);
	new_loading = calloc(1, sizeof(*new_loading));
	if (!new_loading)
		return error_nomem();
	new_loading->is_signed = signature == REBTF_SIGNATURE_MADE ||
				 (signature == REBTF_SIGNATURE_STAYS &&
				  rebtf_module_signed(module));
	err = judge_image(loader, module, new_loading);
	if (err) {
		rebtf_loading_free(new_loading);
		return err;
	}
	*loading = new_loading;
	return NULL;
}
