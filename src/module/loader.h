/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Facts about a kernel that decide which modules it loads. Each part is read when it is first
 * needed: most batches need one source of symbols and no image. A lock covers the reading. Facts do
 * not change once they are read.
 */
#ifndef REBTF_MODULE_LOADER_H
#define REBTF_MODULE_LOADER_H

#include <pthread.h>
#include <stdatomic.h>

#include "module/kernel_image.h"
#include "module/linkage.h"
#include "util/vec.h"

/* A source of exported symbols. */
struct symbol_source {
	atomic_bool is_read; /* read, or found missing; the rest no longer changes */
	char *path;	     /* NULL: missing */
	char *missing;	     /* why it is missing; or NULL */
	struct exports exports;
};

/* Ranks modules of the same name. As with depmod, the first wins. */
enum provider_rank {
	PROVIDER_OFFERED, /* named by the caller */
	PROVIDER_UPDATE,  /* /lib/modules/RELEASE/updates */
	PROVIDER_EXTRA,	  /* /lib/modules/RELEASE/extra */
	PROVIDER_OWN,	  /* /lib/modules/RELEASE/kernel */
	PROVIDER_OTHER,
};

/* A module that others can import symbols from. */
struct provider {
	char *name; /* with "_" for "-" */
	char *path; /* below the root; of an offered module, as named */
	enum provider_rank rank;
	pthread_mutex_t lock;
	bool is_read;
	struct linkage linkage;
	char *unreadable; /* why it is unreadable; NULL if readable */
	/* Whether the kernel loads it, once judged. */
	bool is_judged;
	enum rebtf_loading_verdict verdict;
};

DEFINE_VECTOR(providers, struct provider);

struct rebtf_loader {
	char *root;    /* "" for the real root */
	char *release; /* NULL: unknown */
	/* A named image outside the places of installed images; else NULL. */
	char *image_path;
	char *symvers_path; /* NULL: not given */
	char *asked;	    /* the caller's name for the kernel, for messages */
	bool is_running;    /* this machine's running kernel */
	pthread_mutex_t lock;

	/* The lock protects reading all members below, until their flag is set. */
	atomic_bool has_facts;
	char *vermagic;		     /* NULL: unknown */
	uint64_t struct_module_size; /* 0: unknown */
	uint16_t machine;	     /* ELF's number; 0: unknown */
	uint8_t elf_class;
	uint8_t encoding;
	struct kconfig config;
	char *config_path;

	atomic_bool has_image;
	char *image_from; /* its path; NULL: no image */
	struct kernel_image image;
	char *no_image;

	struct symbol_source sources[REBTF_SYMBOL_SOURCES];

	atomic_bool has_providers;
	char *tree;		    /* directory of its modules, below the root; NULL: missing */
	struct providers providers; /* by name, then by rank */

	/*
	 * The modules that export symbols: from /lib/modules/RELEASE/modules.symbols, else from all
	 * modules.
	 */
	atomic_bool has_owners;
	bool has_unknown_owners; /* some module is unreadable or stripped */
	struct exports owners;
};

/*
 * Whether memory is exhausted. A single file that needs too much (unpacked.h) only counts as
 * unreadable.
 */
static inline bool is_out_of_memory(const struct rebtf_error *err)
{
	return err == error_nomem();
}

/* ---- loader_facts.c */

/* Finds release, version magic and configuration. Call it before using them. Errors: NOMEM. */
struct rebtf_error *loader_find_facts(struct rebtf_loader *loader);

/* Reads the kernel's image. Without an image, @loader->image stays empty. Errors: NOMEM. */
struct rebtf_error *loader_read_image(struct rebtf_loader *loader);

/* Whether the release is at least @major.@minor; @otherwise if it is unknown. */
bool loader_is_since(const struct rebtf_loader *loader, unsigned int major, unsigned int minor,
		     bool otherwise);

/* ---- loader_symbols.c */

/*
 * Returns the exports of @source, NULL if it is missing. Errors: NOMEM. Errors of the option itself
 * were reported when the loader was opened.
 */
struct rebtf_error *loader_source(struct rebtf_loader *loader, enum rebtf_symbol_source source,
				  const struct exports **exports);

/* ---- loader_modules.c */

/* Adds the modules that the options name, before the loader is opened. Errors: NOMEM. */
struct rebtf_error *loader_add_modules(struct rebtf_loader *loader, const char *const *paths,
				       size_t count);

/*
 * Lists the installed modules, in addition to those that the options name. The caller holds the
 * lock. Errors: NOMEM.
 */
struct rebtf_error *loader_list_providers(struct rebtf_loader *loader);

/*
 * Finds the module whose name is the first @length bytes of @name. NULL: no such module. Errors:
 * NOMEM.
 */
struct rebtf_error *loader_provider(struct rebtf_loader *loader, const char *name, size_t length,
				    struct provider **provider);

/* Reads the module, unless already done. Errors: NOMEM. */
struct rebtf_error *provider_read(struct rebtf_loader *loader, struct provider *provider);

/*
 * Finds the installed module that exports @symbol. NULL: unknown. @known: whether the exports of
 * all installed modules are known. Errors: NOMEM.
 */
struct rebtf_error *loader_owner(struct rebtf_loader *loader, const char *symbol,
				 struct provider **provider, bool *known);

/*
 * Collects the symbol versions that the installed modules were built against in @versions. The
 * caller holds the lock. Errors: NOMEM.
 */
struct rebtf_error *loader_read_imports(struct rebtf_loader *loader, struct exports *versions);

#endif
