/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * What is known of a kernel as a judge of modules. Each part is read when it is first needed: most
 * batches need one source of symbols, and no image. A lock covers the reading; what was read does
 * not change.
 */
#ifndef REBTF_MODULE_LOADER_H
#define REBTF_MODULE_LOADER_H

#include <pthread.h>
#include <stdatomic.h>

#include "module/kernel_image.h"
#include "module/linkage.h"

/* A source of exported symbols. */
struct symbol_source {
	atomic_bool is_read; /* or was not to be had; the rest does not change any more */
	char *path;	     /* NULL if it is missing */
	char *missing;	     /* why; NULL if it is not */
	struct exports exports;
};

/* Which of several modules with one name counts: as depmod does it, the first. */
enum provider_rank {
	PROVIDER_OFFERED, /* the caller named it */
	PROVIDER_UPDATE,  /* /lib/modules/RELEASE/updates */
	PROVIDER_EXTRA,	  /* /lib/modules/RELEASE/extra */
	PROVIDER_OWN,	  /* /lib/modules/RELEASE/kernel */
	PROVIDER_OTHER,
};

/* A module that others can import symbols from. */
struct provider {
	char *name; /* with "_" for "-" */
	char *path; /* below the root; of one that was offered, as it was named */
	enum provider_rank rank;
	pthread_mutex_t lock;
	bool is_read;
	struct linkage linkage;
	char *unreadable; /* why it could not be read; NULL if it was */
	/* Whether the kernel loads it, once that was found out. */
	bool is_judged;
	enum rebtf_loading_verdict verdict;
};

struct rebtf_loader {
	char *root;    /* "" is the real one */
	char *release; /* NULL if it is not known */
	/* Of an image that was named and lies where none is installed; else NULL. */
	char *image_path;
	char *symvers_path; /* NULL if none was given */
	char *asked;	    /* what the caller named, for sentences */
	bool is_running;    /* it is this machine's kernel */
	pthread_mutex_t lock;

	/* All below is read under the lock, once its flag says so. */
	atomic_bool has_facts;
	char *vermagic;		     /* NULL if it is not known */
	uint64_t struct_module_size; /* 0 if it is not known */
	uint16_t machine;	     /* ELF's number; 0 if it is not known */
	uint8_t elf_class;
	uint8_t encoding;
	struct kconfig config;
	char *config_path;

	atomic_bool has_image;
	char *image_from; /* its path; NULL if there is none */
	struct kernel_image image;
	char *no_image;

	struct symbol_source sources[REBTF_SYMBOL_SOURCES];

	atomic_bool has_providers;
	char *tree; /* the directory below the root with its modules; NULL if there is none */
	struct provider *providers; /* by name, then by rank */
	size_t provider_count;
	size_t provider_room;

	/* Which module exports a symbol: /lib/modules/RELEASE/modules.symbols, else all modules. */
	atomic_bool has_owners;
	bool has_unknown_owners; /* some module could not be read, or was stripped */
	struct exports owners;
};

/*
 * Whether there is no memory for anything. A single file that asks for too much (unpacked.h) only
 * counts as one that cannot be read.
 */
static inline bool is_out_of_memory(const struct rebtf_error *err)
{
	return err == error_nomem();
}

/* ---- loader_facts.c */

/*
 * Finds release, version magic, configuration. To be called before these are looked at. Errors:
 * NOMEM.
 */
struct rebtf_error *loader_find_facts(struct rebtf_loader *loader);

/* Reads the kernel's image; where there is none, @loader->image stays empty. Errors: NOMEM. */
struct rebtf_error *loader_read_image(struct rebtf_loader *loader);

/* Whether the release is no older than @major.@minor; @otherwise if it is not known. */
bool loader_is_since(const struct rebtf_loader *loader, unsigned int major, unsigned int minor,
		     bool otherwise);

/* ---- loader_symbols.c */

/*
 * The exports that @source has; NULL if it is missing. Errors: NOMEM. Those of the option itself
 * were reported when the loader was opened.
 */
struct rebtf_error *loader_source(struct rebtf_loader *loader, enum rebtf_symbol_source source,
				  const struct exports **exports);

/* ---- loader_modules.c */

/*
 * Lists the installed modules, beside those that were offered. The lock is held. Errors: NOMEM.
 */
struct rebtf_error *loader_list_providers(struct rebtf_loader *loader);

/*
 * The module whose name is the first @length bytes of @name; NULL if there is none. Errors: NOMEM.
 */
struct rebtf_error *loader_provider(struct rebtf_loader *loader, const char *name, size_t length,
				    struct provider **provider);

/* Reads it, unless that was done. Errors: NOMEM. */
struct rebtf_error *provider_read(struct rebtf_loader *loader, struct provider *provider);

/*
 * The installed module that exports @symbol; NULL if none is known. @known: whether the exports of
 * all installed modules are known. Errors: NOMEM.
 */
struct rebtf_error *loader_owner(struct rebtf_loader *loader, const char *symbol,
				 struct provider **provider, bool *known);

/*
 * Reads what the installed modules were built against into @versions. The lock is held. Errors:
 * NOMEM.
 */
struct rebtf_error *loader_read_imports(struct rebtf_loader *loader, struct exports *versions);

#endif
