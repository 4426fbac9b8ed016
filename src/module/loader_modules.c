/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Manages the modules that other modules can import from: offered by the caller, or installed. They
 * are listed by name from the start. Each is read when a module depends on it. Reading all
 * compressed modules takes seconds, so that only happens for a symbol that no other source
 * explains.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "module/loader.h"
#include "module/root.h"
#include "module/tree.h"
#include "util/cleanup.h"
#include "util/order.h"
#include "util/parallel.h"
#include "util/text.h"

/* Real modules import at most about ten namespaces. Lists of them are compared for each symbol. */
#define NAMESPACES_SIZE_MAX 1024

/* -------------------------------------------------------------------------------------- listing */

static struct rebtf_error *add_provider(struct rebtf_loader *loader, const char *path,
					enum provider_rank rank)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	struct provider provider = { .rank = rank };
	size_t length = tree_loadable_length(name);

	if (!length)
		return NULL;
	provider.name = strndup(name, length);
	provider.path = strdup(path);
	if (!provider.name || !provider.path || !providers_append(&loader->providers, provider)) {
		free(provider.name);
		free(provider.path);
		return error_nomem();
	}
	module_name_fold(provider.name);
	return NULL;
}

struct rebtf_error *loader_add_modules(struct rebtf_loader *loader, const char *const *paths,
				       size_t count)
{
	for (size_t i = 0; i < count; i++)
		TRY(add_provider(loader, paths[i], PROVIDER_OFFERED));
	return NULL;
}

static enum provider_rank rank_of(const char *relative)
{
	static const struct {
		const char *directory;
		enum provider_rank rank;
	} ranks[] = {
		{ "updates/", PROVIDER_UPDATE },
		{ "extra/", PROVIDER_EXTRA },
		{ "kernel/", PROVIDER_OWN },
	};

	for (size_t i = 0; i < sizeof(ranks) / sizeof(*ranks); i++) {
		if (!strncmp(relative, ranks[i].directory, strlen(ranks[i].directory)))
			return ranks[i].rank;
	}
	return PROVIDER_OTHER;
}

static int by_name_and_rank(const void *a, const void *b)
{
	const struct provider *left = a, *right = b;

	return strcmp(left->name, right->name)
		       ?: by_number(left->rank, right->rank) ?: strcmp(left->path, right->path);
}

/* Adds the modules below the directory @place of the root, if it exists. */
static struct rebtf_error *add_tree(struct rebtf_loader *loader, const char *place)
{
	_cleanup_free_ char *tree = NULL, *whole = NULL;
	struct tree_list *list = NULL;
	struct rebtf_error *err = NULL;
	struct stat st;
	const char *path;

	tree = text_join(place, loader->release);
	if (tree)
		whole = text_join(loader->root, tree);
	if (!whole)
		return error_nomem();
	if (stat(whole, &st) || !S_ISDIR(st.st_mode))
		return NULL;
	path = whole;
	err = tree_list_new(&path, 1, &list);
	if (err && err->errnum == ENOMEM) {
		rebtf_error_free(err);
		return error_nomem();
	}
	/* A directory that is unreadable or has no modules counts as missing. */
	err = error_nomem_only(err);
	for (size_t i = 0; list && i < list->count && !err; i++)
		err = add_provider(loader, list->files[i].path + strlen(loader->root),
				   rank_of(list->files[i].relative));
	if (!err && list)
		loader->tree = take_ptr(&tree);
	tree_list_free(list);
	return err;
}

struct rebtf_error *loader_list_providers(struct rebtf_loader *loader)
{
	if (atomic_load(&loader->has_providers))
		return NULL;
	if (loader->release) {
		TRY(add_tree(loader, "/lib/modules/"));
		/* On most systems both are the same directory. */
		if (!loader->tree)
			TRY(add_tree(loader, "/usr/lib/modules/"));
	}
	if (loader->providers.count)
		qsort(loader->providers.items, loader->providers.count,
		      sizeof(*loader->providers.items), by_name_and_rank);
	/* From here on they do not move. */
	for (size_t i = 0; i < loader->providers.count; i++)
		pthread_mutex_init(&loader->providers.items[i].lock, NULL);
	atomic_store(&loader->has_providers, true);
	return NULL;
}

/* -------------------------------------------------------------------------------------- reading */

/* The first provider of that name, by bisection. */
static struct provider *find_provider(const struct rebtf_loader *loader, const char *name)
{
	size_t low = 0, high = loader->providers.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(loader->providers.items[middle].name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == loader->providers.count || strcmp(loader->providers.items[low].name, name))
		return NULL;
	return &loader->providers.items[low];
}

struct rebtf_error *loader_provider(struct rebtf_loader *loader, const char *name, size_t length,
				    struct provider **provider)
{
	_cleanup_free_ char *key = strndup(name, length);

	if (!key)
		return error_nomem();
	module_name_fold(key);
	*provider = find_provider(loader, key);
	return NULL;
}

static struct rebtf_error *read_linkage(const struct rebtf_loader *loader,
					const struct provider *provider, struct linkage *linkage)
{
	_cleanup_file_bytes_ struct file_bytes bytes = {};

	TRY(provider->rank == PROVIDER_OFFERED ? file_read(provider->path, &bytes)
					       : root_read(loader->root, provider->path, &bytes));
	return linkage_read_file(bytes.data, bytes.size, linkage);
}

/* The caller holds the provider's lock. */
static struct rebtf_error *read_provider(const struct rebtf_loader *loader,
					 struct provider *provider)
{
	struct rebtf_error *err = read_linkage(loader, provider, &provider->linkage);

	if (is_out_of_memory(err))
		return err;
	if (err) {
		provider->unreadable = strdup(err->message);
		rebtf_error_free(err);
		if (!provider->unreadable)
			return error_nomem();
	}
	provider->is_read = true;
	return NULL;
}

struct rebtf_error *provider_read(struct rebtf_loader *loader, struct provider *provider)
{
	struct rebtf_error *err = NULL;

	pthread_mutex_lock(&provider->lock);
	if (!provider->is_read)
		err = read_provider(loader, provider);
	pthread_mutex_unlock(&provider->lock);
	return err;
}

/* ---------------------------------------------------------------------------------- all modules */

/* Facts that several threads gather from all installed modules. */
struct loader_modules_gathering {
	struct rebtf_loader *loader;
	pthread_mutex_t lock;
	struct exports *owners;
	struct exports *versions; /* NULL: not wanted */
	bool has_unknown;	  /* some module does not reveal its exports */
	struct rebtf_error *err;  /* only NOMEM */
};

static struct rebtf_error *gather_exports(struct exports *owners, const struct provider *provider,
					  const struct linkage *linkage)
{
	for (size_t i = 0; i < linkage->exports.entries.count; i++) {
		struct export owned = exports_at(&linkage->exports, i);

		owned.owner = provider->name;
		TRY(exports_add(owners, &owned));
	}
	return NULL;
}

/* Joins the namespaces that a module imports with commas. NULL if they are too many to be real. */
static struct rebtf_error *join_namespaces(const struct linkage *linkage, char **joined)
{
	size_t size = 1;
	char *end;

	for (size_t i = 0; i < linkage->namespace_count; i++)
		size += strlen(linkage->namespaces[i]) + 1;
	if (size > NAMESPACES_SIZE_MAX)
		return NULL;
	end = *joined = malloc(size);
	if (!end)
		return error_nomem();
	*end = '\0';
	for (size_t i = 0; i < linkage->namespace_count; i++) {
		if (i)
			*end++ = ',';
		end = stpcpy(end, linkage->namespaces[i]);
	}
	return NULL;
}

/*
 * Gathers a module's imports. The kernel lets the module import them, so its license permits them,
 * and they are in no namespace that it does not import.
 */
static struct rebtf_error *gather_versions(struct exports *versions, const struct linkage *linkage)
{
	const struct exports *own = linkage->has_extended_versions ? &linkage->extended_versions
								   : &linkage->versions;
	_cleanup_free_ char *namespaces = NULL;

	TRY(join_namespaces(linkage, &namespaces));
	if (!namespaces)
		return NULL;
	for (size_t i = 0; i < own->entries.count; i++) {
		struct export imported = exports_at(own, i);

		imported.license = license_is_gpl_compatible(linkage->license)
					   ? EXPORT_LICENSE_UNKNOWN
					   : EXPORT_LICENSE_ANY;
		imported.namespace = namespaces;
		imported.is_any_namespace = *namespaces;
		TRY(exports_add(versions, &imported));
	}
	return NULL;
}

static struct rebtf_error *loader_modules_gather(struct loader_modules_gathering *g,
						 const struct provider *provider,
						 const struct linkage *linkage)
{
	const char *vermagic = g->loader->vermagic;

	/* A module from outside the kernel tree may have been built for another kernel. */
	if (g->versions && linkage->is_in_tree && linkage->vermagic && vermagic &&
	    !strcmp(linkage->vermagic, vermagic))
		TRY(gather_versions(g->versions, linkage));
	return gather_exports(g->owners, provider, linkage);
}

static void gather_one(void *arg, size_t index, unsigned int worker)
{
	struct loader_modules_gathering *g = arg;
	struct provider *provider = &g->loader->providers.items[index];
	_cleanup_linkage_ struct linkage linkage = {};
	struct rebtf_error *err;

	(void)worker;
	if (provider->rank == PROVIDER_OFFERED)
		return;
	err = read_linkage(g->loader, provider, &linkage);
	pthread_mutex_lock(&g->lock);
	g->has_unknown |= err || linkage.has_nameless_exports;
	if (!err)
		err = loader_modules_gather(g, provider, &linkage);
	if (is_out_of_memory(err))
		g->err = err;
	else
		rebtf_error_free(err);
	pthread_mutex_unlock(&g->lock);
}

/* Reads all installed modules. The caller holds the loader's lock. */
static struct rebtf_error *loader_modules_read_all(struct rebtf_loader *loader,
						   struct exports *versions)
{
	_cleanup_exports_ struct exports owners = {};
	struct loader_modules_gathering g = {
		.loader = loader,
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.owners = &owners,
		.versions = versions,
	};

	TRY(parallel_run(0, loader->providers.count, gather_one, &g));
	if (g.err)
		return g.err;
	if (!atomic_load(&loader->has_owners)) {
		loader->owners = owners;
		loader->has_unknown_owners = g.has_unknown;
		owners = (struct exports){};
		atomic_store(&loader->has_owners, true);
	}
	return NULL;
}

struct rebtf_error *loader_read_imports(struct rebtf_loader *loader, struct exports *versions)
{
	return loader->tree ? loader_modules_read_all(loader, versions) : NULL;
}

/* --------------------------------------------------------------------------------------- owners */

/* "alias symbol:NAME MODULE" */
static struct rebtf_error *loader_modules_read_symbols(char *text, struct exports *owners)
{
	static const char start[] = "alias symbol:";

	for (char *line; (line = strsep(&text, "\n"));) {
		struct export owned = {};
		char *blank;

		if (strncmp(line, start, strlen(start)))
			continue;
		owned.name = line + strlen(start);
		blank = strchr(owned.name, ' ');
		if (!blank)
			continue;
		*blank = '\0';
		owned.owner = blank + 1;
		TRY(exports_add(owners, &owned));
	}
	return NULL;
}

/* Reads depmod's index. @found stays false without an index. */
static struct rebtf_error *read_symbols_file(struct rebtf_loader *loader, bool *found)
{
	_cleanup_file_bytes_ struct file_bytes bytes = {};
	_cleanup_free_ char *path = text_join(loader->tree, "/modules.symbols"), *text = NULL;
	_cleanup_exports_ struct exports owners = {};
	struct rebtf_error *err;

	if (!path)
		return error_nomem();
	err = root_read(loader->root, path, &bytes);
	if (err)
		return error_nomem_only(err);
	text = strndup((const char *)bytes.data ?: "", bytes.size);
	if (!text)
		return error_nomem();
	TRY(loader_modules_read_symbols(text, &owners));
	loader->owners = owners;
	owners = (struct exports){};
	*found = true;
	return NULL;
}

static struct rebtf_error *find_owners(struct rebtf_loader *loader)
{
	bool found = false;

	TRY(read_symbols_file(loader, &found));
	if (!found)
		return loader_modules_read_all(loader, NULL);
	atomic_store(&loader->has_owners, true);
	return NULL;
}

struct rebtf_error *loader_owner(struct rebtf_loader *loader, const char *symbol,
				 struct provider **provider, bool *known)
{
	struct rebtf_error *err = NULL;
	struct export owned;

	*provider = NULL;
	*known = false;
	if (!loader->tree)
		return NULL;
	if (!atomic_load(&loader->has_owners)) {
		pthread_mutex_lock(&loader->lock);
		if (!atomic_load(&loader->has_owners))
			err = find_owners(loader);
		pthread_mutex_unlock(&loader->lock);
	}
	*known = !err && !loader->has_unknown_owners;
	if (err || !exports_find(&loader->owners, symbol, &owned))
		return err;
	return loader_provider(loader, owned.owner, strlen(owned.owner), provider);
}
