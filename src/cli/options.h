/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The command line. Each verb is one struct with its name, help, options and function. Options that
 * several verbs share are argp parsers of their own, which a verb lists as children. All of them
 * fill in the same struct options.
 */
#ifndef REBTF_CLI_OPTIONS_H
#define REBTF_CLI_OPTIONS_H

#include <argp.h>
#include <stdbool.h>
#include <stddef.h>

#include "rebtf.h"

#include "cli/status.h"

struct options {
	const struct argp *argp; /* of the verb */
	const char *base;	 /* NULL: the running kernel */
	const char *old_base;	 /* NULL: not given */
	const char *kernel;	 /* NULL: not given; else its release, which is the base */
	const char *root;	 /* the root of the base or that kernel; NULL: "/" */
	const char *symvers;	 /* NULL: not given; else a Module.symvers of that kernel */
	bool require_loadable;	 /* a module that the kernel refuses is an error */
	const char *out_dir;	 /* NULL: in place */
	unsigned int jobs;	 /* 0: one for each core */
	bool dry_run;		 /* write no files */
	bool remove;		 /* provide-vmlinux, carrier: remove the file */
	bool json;		 /* print JSON, not text */
	enum rebtf_policy policy;
	bool local;		    /* localize types that do not fit */
	bool any_release;	    /* do not compare a module's version magic with the base */
	enum rebtf_reading reading; /* of ambiguous BTF */
	const char **trust;
	size_t trust_count;

	const char **only; /* diff: globs of names */
	size_t only_count;
	const char *symbols;	  /* diff: a list of symbols; NULL: not given */
	const char *suppressions; /* diff: a list of differences to ignore; NULL: not given */
	bool markdown;		  /* print Markdown, not text */

	const char *features;	  /* encode: NULL: those of Linux */
	const char *lang_exclude; /* encode: or NULL */
	const char *detached;	  /* encode: NULL: write into the file */
	bool distill;		  /* encode: over a distilled base */
	bool unverified;	  /* encode: do not check the result */
	const char *explain;	  /* encode: a function or variable; or NULL */
	const char **over; /* verify, dump: modules after the first --base, each over the last */
	size_t over_count;
	const char **modules; /* of the base, for verbs that work on a kernel with its modules */
	size_t module_count;
	const char **chosen; /* names of modules whose types are preferred */
	size_t chosen_count;
	bool all_modules;    /* types of modules compete with those of the kernel */
	bool split;	     /* min-core: modules apart; merge: over the base */
	const char *kernels; /* min-core: NULL: one kernel; else a directory of many */
	bool expects;
	bool keep;
	bool note;	    /* a note beside raw BTF */
	bool inlined;	    /* dump, encode: the section .BTF.inline; find: inlined functions */
	bool full;	    /* standalone: all types that can be reached; find: definitions */
	bool origins;	    /* merge: print where each type comes from */
	uint64_t kinds;	    /* find: 1 << kind; 0: all */
	const char *member; /* find: NULL: any */
	bool only_kfuncs;   /* find */
	bool used_by;	    /* find: print users */
	enum rebtf_sorting sort;
	bool strip_signature;
	unsigned int compress_level; /* 0: as the module was */
	const char *sign_key;	     /* NULL: do not sign */
	const char *sign_cert;	     /* NULL if sign_key is */
	const char *sign_hash;	     /* NULL: the library's choice */
	const char *rules;	     /* verify: a version of Linux; NULL: the newest released one */
	const char *for_kernel;	     /* downgrade: a version of Linux */
	uint32_t pointer_size;	     /* verify: of the kernel, in bytes; 0: not given */
	bool all;		     /* verify: report all violations, not only the first */
	bool kernel_btf;	     /* verify: apply the rules for the BTF of a kernel or module */
	bool like_bpftool;	     /* header: bpftool's text */
	bool unsorted;		     /* header: in the order of ids */
	bool asserts;		     /* header: assert sizes and offsets */
	bool only_modules;	     /* header: without the types of the base */
	const char *include;	     /* header: the base's header; NULL: not given */
	const char **types;	     /* header: names of types */
	size_t type_count;
	const char **for_programs; /* header, diff: BPF objects */
	size_t for_count;
	const char **kfuncs; /* header: names of kfuncs */
	size_t kfunc_count;
	uint32_t *root_ids; /* header: write only these types; NULL: not given */
	size_t root_id_count;
	bool in_place;	      /* dedup: each file by itself */
	const char *each_dir; /* dedup: the same, below this directory */
	bool resolve;	      /* ids: fill them in */
	const char *from;     /* carrier: a file with the BTF; NULL: the kernel's own */
	bool install;	      /* carrier: for the kernel itself and for programs */
	bool undo;	      /* carrier: put the BTF back */
	bool meta;	      /* carrier: the first form of the link */
	bool loaded;	      /* check: the modules that the running kernel has loaded */
	bool no_cache;	      /* do not cache the BTF of kernel images */
	bool quiet;
	bool verbose;
	char **paths;
	size_t path_count;
	const char *files_from; /* NULL: not given; else a list of further paths */
	char **listed_paths;	/* then: all paths */
	char *path_list;	/* then: the text of the list */
};

struct verb {
	const char *name;
	const char *summary; /* for the list of verbs */
	bool writes;	     /* writes files, not only text */
	bool reads_stdin;    /* even so, a file can be standard input */
	const struct argp argp;
	enum status (*run)(const struct options *options);
};

extern const struct verb verb_distill;
extern const struct verb verb_relocate;
extern const struct verb verb_check;
extern const struct verb verb_standalone;
extern const struct verb verb_renumber;
extern const struct verb verb_info;
extern const struct verb verb_dump;
extern const struct verb verb_verify;
extern const struct verb verb_extract;
extern const struct verb verb_ids;
extern const struct verb verb_provide_vmlinux;
extern const struct verb verb_dedup;
extern const struct verb verb_merge;
extern const struct verb verb_find;
extern const struct verb verb_encode;
extern const struct verb verb_core_check;
extern const struct verb verb_min_core;
extern const struct verb verb_header;
extern const struct verb verb_diff;
extern const struct verb verb_carrier;
extern const struct verb verb_downgrade;

/*
 * Children for a verb's argp: --base; --no-cache; --root and options about loading; --policy and
 * options about which types fit; --trust; --modules and options about CO-RE; --jobs and options for many
 * files; --out-dir and --dry-run.
 */
extern const struct argp base_argp;
extern const struct argp cache_argp;
extern const struct argp loading_argp;
extern const struct argp fit_argp;
extern const struct argp trust_argp;
extern const struct argp core_argp;
extern const struct argp batch_argp;
extern const struct argp write_argp;
extern const struct argp rewrite_argp; /* signatures and compression of rewritten files */

/* Of every verb that writes. */
#define DRY_RUN_OPTION                                                                             \
	{                                                                                          \
		"dry-run", 'n', NULL, 0, "Report what the verb would write, but write no file", 1  \
	}

/* Of every verb that prints JSON. */
#define JSON_OPTION                                                                                \
	{                                                                                          \
		"json", OPTION_JSON, NULL, 0,                                                      \
			"Print JSON, one object per line; see rebtf-json(7)", 2                    \
	}

/* The parser of a verb: its FILE arguments, and its own options. */
error_t parse_verb(int key, char *arg, struct argp_state *state);

/* The parser of a verb that takes no FILE. */
error_t parse_verb_without_files(int key, char *arg, struct argp_state *state);

/* The parser for options only: for a verb's child with its own options. */
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
	OPTION_ONLY,
	OPTION_SYMBOLS,
	OPTION_SUPPRESS,
	OPTION_MARKDOWN,
	OPTION_EXPECTS,
	OPTION_KEEP,
	OPTION_NOTE,
	OPTION_FULL,
	OPTION_KERNEL,
	OPTION_ROOT,
	OPTION_SYMVERS,
	OPTION_REQUIRE_LOADABLE,
	OPTION_RULES,
	OPTION_FOR_KERNEL,
	OPTION_ALL,
	OPTION_POINTER_SIZE,
	OPTION_KERNEL_BTF,
	OPTION_JSON,
	OPTION_NO_CACHE,
	OPTION_FILES_FROM,
	OPTION_RESOLVE,
	OPTION_LOADED,
	OPTION_FROM,
	OPTION_INSTALL,
	OPTION_UNDO,
	OPTION_META,
	OPTION_SORT,
	OPTION_NO_SORT,
	OPTION_REMOVE,
	OPTION_FEATURES,
	OPTION_LANG_EXCLUDE,
	OPTION_DETACHED,
	OPTION_DISTILL,
	OPTION_NO_VERIFY,
	OPTION_EXPLAIN,
	OPTION_MODULE,
	OPTION_ALL_MODULES,
	OPTION_SPLIT,
	OPTION_KERNELS,
	OPTION_ORIGINS,
	OPTION_KIND,
	OPTION_MEMBER,
	OPTION_KFUNCS,
	OPTION_USED_BY,
	OPTION_LIKE_BPFTOOL,
	OPTION_UNSORTED,
	OPTION_ROOT_ID,
	OPTION_ASSERTS,
	OPTION_ONLY_MODULES,
	OPTION_INCLUDE,
	OPTION_TYPE,
	OPTION_KFUNC,
	OPTION_IN_PLACE,
	OPTION_EACH_DIR,
	OPTION_FOR,
	OPTION_INLINE,
	OPTION_INLINED,
};

/*
 * As argp_error(), but escapes control characters: a shell may expand to file names that contain
 * them.
 */
void usage_error(const struct argp_state *state, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Frees the options' contents. */
void options_release(struct options *options);

/* Starts the words for finished work: "would be " with --dry-run, else "". */
const char *would_be(const struct options *options);

/* The name of the base in messages: as given, or "the running kernel". */
const char *base_label(const struct options *options);

#endif
