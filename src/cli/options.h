/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The command line. Each verb is one struct that says all of itself: name, help, options, function.
 * Options that several verbs share are argp parsers of their own, which a verb lists as children;
 * all of them fill in the same struct options.
 */
#ifndef REBTF_CLI_OPTIONS_H
#define REBTF_CLI_OPTIONS_H

#include <argp.h>
#include <stdbool.h>
#include <stddef.h>

#include "rebtf.h"

/* Exit statuses, as grep and diff have them. */
enum status {
	STATUS_OK = 0,
	STATUS_MISFIT = 1,  /* a module does not fit, or some files of several failed */
	STATUS_TROUBLE = 2, /* usage, unreadable input, nothing done */
};

enum output_format {
	OUTPUT_TEXT,
	OUTPUT_JSON,
};

struct options {
	const struct argp *argp; /* of the verb that they are for */
	const char *base;	 /* NULL: the running kernel */
	const char *old_base;	 /* NULL: none */
	const char *kernel;	 /* NULL: none; else its release, which is the base */
	const char *root;	 /* below which the base, or that kernel, is installed; NULL: "/" */
	const char *symvers;	 /* NULL: none; else a Module.symvers of that kernel */
	bool require_loadable;	 /* a module that the kernel refuses is an error */
	const char *out_dir;	 /* NULL: in place */
	unsigned int jobs;	 /* 0: one for each core */
	enum output_format format;
	enum rebtf_policy policy;
	bool local;	  /* a type that does not fit becomes the module's own */
	bool any_release; /* a module's version magic is not compared with the base's release */
	bool has_form;
	enum rebtf_form form; /* how to read what can be read in several ways, if has_form */
	const char **trust;
	size_t trust_count;
	const char **over; /* verify: modules, each over the one before */
	size_t over_count;
	bool expects;
	bool keep;
	bool full; /* standalone: all types that can be reached */
	bool strip_signature;
	unsigned int compress_level; /* 0: as the module was */
	const char *sign_key;	     /* NULL: what is written is not signed */
	const char *sign_cert;	     /* NULL if sign_key is */
	const char *sign_hash;	     /* NULL: the library's choice */
	const char *rules;	     /* verify: a version of Linux; NULL: the newest known */
	uint32_t pointer_size;	     /* verify: of the kernel, in bytes; 0: not given */
	bool all;		     /* verify: not only the first violation */
	bool trusting;		     /* verify: as of BTF that kernels trust */
	bool no_cache;		     /* the BTF of kernel images is not kept */
	bool quiet;
	bool verbose;
	char **paths;
	size_t path_count;
};

struct verb {
	const char *name;
	const char *summary; /* for the list of verbs */
	bool writes;	     /* files, not only text */
	const struct argp argp;
	enum status (*run)(const struct options *options);
};

extern const struct verb verb_distill;
extern const struct verb verb_relocate;
extern const struct verb verb_check;
extern const struct verb verb_standalone;
extern const struct verb verb_present;
extern const struct verb verb_info;
extern const struct verb verb_dump;
extern const struct verb verb_verify;
extern const struct verb verb_extract;

/*
 * Children for a verb's argp: --base; --no-cache; --root and what else says how the kernel loads
 * modules; --policy and what else says which types fit; --trust; --jobs and what goes with many files;
 * --out-dir and what goes with it.
 */
extern const struct argp base_argp;
extern const struct argp cache_argp;
extern const struct argp loading_argp;
extern const struct argp fit_argp;
extern const struct argp trust_argp;
extern const struct argp batch_argp;
extern const struct argp write_argp;

/* The parser of a verb itself: its FILE arguments, and options that no other verb has. */
error_t parse_verb(int key, char *arg, struct argp_state *state);

/* The parser for options alone, whichever they are: for a verb's child with options of its own. */
error_t parse_shared(int key, char *arg, struct argp_state *state);

/* Keys of options without a short form. */
enum option_key {
	OPTION_STRIP_SIGNATURE = 0x100,
	OPTION_COMPRESS_LEVEL,
	OPTION_SIGN,
	OPTION_CERT,
	OPTION_SIGN_HASH,
	OPTION_AS,
	OPTION_ANY_RELEASE,
	OPTION_OLD_BASE,
	OPTION_POLICY,
	OPTION_ON_MISMATCH,
	OPTION_TRUST,
	OPTION_EXPECTS,
	OPTION_KEEP,
	OPTION_FULL,
	OPTION_KERNEL,
	OPTION_ROOT,
	OPTION_SYMVERS,
	OPTION_REQUIRE_LOADABLE,
	OPTION_RULES,
	OPTION_OVER,
	OPTION_ALL,
	OPTION_POINTER_SIZE,
	OPTION_TRUSTING,
	OPTION_FORMAT,
	OPTION_NO_CACHE,
};

/*
 * As argp_error(), with control characters escaped: a file name that a shell put where options stand can
 * hold them.
 */
void usage_error(const struct argp_state *state, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Frees what the options hold. */
void options_release(struct options *options);

/* How the base is called in a sentence: as it was given, or "the running kernel". */
const char *base_label(const struct options *options);

#endif
