/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Parses the command line and defines the options that verbs share. */
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/options.h"
#include "cli/text.h"

/* A larger number of threads is a typo. */
#define JOBS_MAX 4096

/* The maximum of zstd, the largest of all formats. */
#define COMPRESS_LEVEL_MAX 22

const char *base_label(const struct options *options)
{
	return options->kernel ?: options->base ?: "the running kernel";
}

const char *would_be(const struct options *options)
{
	return options->dry_run ? "would be " : "";
}

void usage_error(const struct argp_state *state, const char *format, ...)
{
	struct text text = {};
	char *message;
	va_list args;

	va_start(args, format);
	if (vasprintf(&message, format, args) < 0)
		out_of_memory();
	va_end(args);
	text_add_name(&text, message);
	free(message);
	message = text_end(&text);
	if (!message)
		out_of_memory();
	argp_error(state, "%s", message);
	free(message);
}

void options_release(struct options *options)
{
	free(options->trust);
	free(options->over);
	free(options->types);
	free(options->kfuncs);
	free(options->for_programs);
	free(options->root_ids);
	free(options->only);
	free(options->modules);
	free(options->chosen);
	free(options->listed_paths);
	free(options->path_list);
}

static unsigned int parse_number(const char *option, const char *arg, unsigned int max,
				 struct argp_state *state)
{
	unsigned long number;
	char *end;

	errno = 0;
	number = strtoul(arg, &end, 10);
	/* strtoul() converts "-1" to a large number. */
	if (*arg < '0' || *arg > '9' || *end || errno || number < 1 || number > max)
		usage_error(state, "invalid %s '%s' (expected a number from 1 to %u)", option, arg,
			    max);
	return (unsigned int)number;
}

/* An empty value usually comes from an unset shell variable. */
static const char *parse_path(const char *option, const char *arg, struct argp_state *state)
{
	if (!*arg)
		usage_error(state, "%s needs a value (found '')", option);
	return arg;
}

static enum rebtf_policy parse_policy(const char *arg, struct argp_state *state)
{
	if (!strcmp(arg, "strict"))
		return REBTF_POLICY_STRICT;
	if (!strcmp(arg, "lenient"))
		return REBTF_POLICY_LENIENT;
	if (strcmp(arg, "kernel"))
		usage_error(state,
			    "invalid --policy '%s' (expected 'kernel', 'strict' or 'lenient')",
			    arg);
	return REBTF_POLICY_KERNEL;
}

static bool parse_on_mismatch(const char *arg, struct argp_state *state)
{
	if (!strcmp(arg, "local"))
		return true;
	if (strcmp(arg, "refuse"))
		usage_error(state, "invalid --on-mismatch '%s' (expected 'refuse' or 'local')",
			    arg);
	return false;
}

static void parse_reading(struct options *options, const char *arg, struct argp_state *state)
{
	if (!strcmp(arg, "split"))
		options->reading = REBTF_READING_SPLIT;
	else if (!strcmp(arg, "standalone"))
		options->reading = REBTF_READING_STANDALONE;
	else
		usage_error(state, "invalid --as '%s' (expected 'split' or 'standalone')", arg);
}

static uint32_t parse_kind(const char *arg, struct argp_state *state)
{
	for (uint32_t kind = 1; kind < REBTF_KNOWN_KINDS; kind++) {
		if (!strcasecmp(arg, rebtf_kind_name(kind)))
			return kind;
	}
	usage_error(state, "invalid --kind '%s' (expected struct, typedef, func, ...)", arg);
	return 0;
}

static uint32_t parse_pointer_size(const char *arg, struct argp_state *state)
{
	if (!strcmp(arg, "4"))
		return 4;
	if (strcmp(arg, "8"))
		usage_error(state, "invalid --pointer-size '%s' (expected 4 or 8)", arg);
	return 8;
}

/* Appends a value of an option that may be given several times. */
static void add_one(const char ***all, size_t *count, const char *one)
{
	*all = reallocarray(*all, *count + 1, sizeof(char *));
	if (!*all)
		out_of_memory();
	(*all)[(*count)++] = one;
}

static void add_id(struct options *options, uint32_t id)
{
	options->root_ids = reallocarray(options->root_ids, options->root_id_count + 1,
					 sizeof(*options->root_ids));
	if (!options->root_ids)
		out_of_memory();
	options->root_ids[options->root_id_count++] = id;
}

/* A release becomes part of paths. */
static const char *options_parse_release(const char *arg, struct argp_state *state)
{
	if (!*arg || strchr(arg, '/') || !strcmp(arg, ".") || !strcmp(arg, ".."))
		usage_error(
			state,
			"invalid --kernel '%s' (expected a release such as 6.12.117+deb12-amd64)",
			arg);
	return arg;
}

/* Checks combinations of options. */
static void check_together(const struct options *options, struct argp_state *state)
{
	if (options->over_count && options->argp != &verb_verify.argp &&
	    options->argp != &verb_dump.argp)
		usage_error(state, "--base can be given only once");
	if (options->kernel && options->base)
		usage_error(state, "--kernel and --base exclude each other: both name the base");
	if (options->loaded && (options->path_count || options->files_from || options->base))
		usage_error(state, "--loaded takes no file and no --base: the modules are those "
				   "of the running kernel");
	if (options->root && !options->kernel && !options->base && !options->loaded)
		usage_error(state, "--root needs --base or --kernel: the running kernel is not "
				   "installed there");
	if (options->sign_key && !options->sign_cert)
		usage_error(state, "--sign needs --cert, the certificate of the key");
	if (options->sign_cert && !options->sign_key)
		usage_error(state, "--cert needs --sign, the key of the certificate");
	if (options->sign_hash && !options->sign_key)
		usage_error(state, "--sign-hash needs --sign");
}

/* Options that set a bool. */
static const struct flag_option {
	int key;
	size_t offset; /* in struct options */
} flag_options[] = {
	{ 'n', offsetof(struct options, dry_run) },
	{ 'q', offsetof(struct options, quiet) },
	{ 'v', offsetof(struct options, verbose) },
	{ OPTION_JSON, offsetof(struct options, json) },
	{ OPTION_IN_PLACE, offsetof(struct options, in_place) },
	{ OPTION_STRIP_SIGNATURE, offsetof(struct options, strip_signature) },
	{ OPTION_ANY_RELEASE, offsetof(struct options, any_release) },
	{ OPTION_EXPECTS, offsetof(struct options, expects) },
	{ OPTION_KEEP, offsetof(struct options, keep) },
	{ OPTION_NOTE, offsetof(struct options, note) },
	{ OPTION_RESOLVE, offsetof(struct options, resolve) },
	{ OPTION_INSTALL, offsetof(struct options, install) },
	{ OPTION_UNDO, offsetof(struct options, undo) },
	{ OPTION_META, offsetof(struct options, meta) },
	{ OPTION_LOADED, offsetof(struct options, loaded) },
	{ OPTION_ORIGINS, offsetof(struct options, origins) },
	{ OPTION_KFUNCS, offsetof(struct options, only_kfuncs) },
	{ OPTION_USED_BY, offsetof(struct options, used_by) },
	{ OPTION_FULL, offsetof(struct options, full) },
	{ OPTION_ALL, offsetof(struct options, all) },
	{ OPTION_KERNEL_BTF, offsetof(struct options, kernel_btf) },
	{ OPTION_REMOVE, offsetof(struct options, remove) },
	{ OPTION_DISTILL, offsetof(struct options, distill) },
	{ OPTION_NO_VERIFY, offsetof(struct options, unverified) },
	{ OPTION_LIKE_BPFTOOL, offsetof(struct options, like_bpftool) },
	{ OPTION_UNSORTED, offsetof(struct options, unsorted) },
	{ OPTION_ASSERTS, offsetof(struct options, asserts) },
	{ OPTION_ONLY_MODULES, offsetof(struct options, only_modules) },
	{ OPTION_MARKDOWN, offsetof(struct options, markdown) },
	{ OPTION_ALL_MODULES, offsetof(struct options, all_modules) },
	{ OPTION_SPLIT, offsetof(struct options, split) },
	{ OPTION_NO_CACHE, offsetof(struct options, no_cache) },
	{ OPTION_REQUIRE_LOADABLE, offsetof(struct options, require_loadable) },
	{ OPTION_INLINE, offsetof(struct options, inlined) },
	{ OPTION_INLINED, offsetof(struct options, inlined) },
};

/* Options that set a string, which must not be empty. */
static const struct string_option {
	int key;
	const char *name;
	size_t offset;
} string_options[] = {
	{ 'o', "-o", offsetof(struct options, out_dir) },
	{ OPTION_EACH_DIR, "--out-dir", offsetof(struct options, each_dir) },
	{ OPTION_SIGN, "--sign", offsetof(struct options, sign_key) },
	{ OPTION_CERT, "--cert", offsetof(struct options, sign_cert) },
	{ OPTION_SIGN_HASH, "--sign-hash", offsetof(struct options, sign_hash) },
	{ OPTION_OLD_BASE, "--old-base", offsetof(struct options, old_base) },
	{ OPTION_FROM, "--from", offsetof(struct options, from) },
	{ OPTION_MEMBER, "--member", offsetof(struct options, member) },
	{ OPTION_RULES, "--rules", offsetof(struct options, rules) },
	{ OPTION_FOR_KERNEL, "--for-kernel", offsetof(struct options, for_kernel) },
	{ OPTION_DETACHED, "--detached", offsetof(struct options, detached) },
	{ OPTION_INCLUDE, "--include", offsetof(struct options, include) },
	{ OPTION_SYMBOLS, "--symbols", offsetof(struct options, symbols) },
	{ OPTION_SUPPRESS, "--suppress", offsetof(struct options, suppressions) },
	{ OPTION_KERNELS, "--kernels", offsetof(struct options, kernels) },
	{ OPTION_ROOT, "--root", offsetof(struct options, root) },
	{ OPTION_SYMVERS, "--symvers", offsetof(struct options, symvers) },
};

/* Returns false if no table has the option. */
static bool parse_by_table(int key, const char *arg, struct argp_state *state)
{
	char *options = state->input;

	for (size_t i = 0; i < sizeof(flag_options) / sizeof(flag_options[0]); i++) {
		if (flag_options[i].key != key)
			continue;
		*(bool *)(options + flag_options[i].offset) = true;
		return true;
	}
	for (size_t i = 0; i < sizeof(string_options) / sizeof(string_options[0]); i++) {
		const struct string_option *option = &string_options[i];

		if (option->key != key)
			continue;
		*(const char **)(options + option->offset) = parse_path(option->name, arg, state);
		return true;
	}
	return false;
}

error_t parse_shared(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case 'B':
		parse_path("--base", arg, state);
		if (options->base)
			add_one(&options->over, &options->over_count, arg);
		else
			options->base = arg;
		return 0;
	case 'j':
		options->jobs = parse_number("--jobs", arg, JOBS_MAX, state);
		return 0;
	case OPTION_COMPRESS_LEVEL:
		options->compress_level = parse_number("--compress-level", arg, COMPRESS_LEVEL_MAX,
						       state);
		return 0;
	case OPTION_AS:
		parse_reading(options, arg, state);
		return 0;
	case OPTION_POLICY:
		options->policy = parse_policy(arg, state);
		return 0;
	case OPTION_ON_MISMATCH:
		options->local = parse_on_mismatch(arg, state);
		return 0;
	case OPTION_TRUST:
		add_one(&options->trust, &options->trust_count, parse_path("--trust", arg, state));
		return 0;
	case OPTION_TYPE:
		add_one(&options->types, &options->type_count, parse_path("--type", arg, state));
		return 0;
	case OPTION_KFUNC:
		add_one(&options->kfuncs, &options->kfunc_count, parse_path("--kfunc", arg, state));
		return 0;
	case OPTION_FOR:
		add_one(&options->for_programs, &options->for_count,
			parse_path("--for", arg, state));
		return 0;
	case OPTION_ONLY:
		add_one(&options->only, &options->only_count, parse_path("--only", arg, state));
		return 0;
	case 'm':
		add_one(&options->modules, &options->module_count,
			parse_path("--modules", arg, state));
		return 0;
	case OPTION_MODULE:
		add_one(&options->chosen, &options->chosen_count,
			parse_path("--module", arg, state));
		return 0;
	case OPTION_SORT:
		options->sort = REBTF_SORT_ALWAYS;
		return 0;
	case OPTION_NO_SORT:
		options->sort = REBTF_SORT_NEVER;
		return 0;
	case OPTION_KIND:
		options->kinds |= UINT64_C(1) << parse_kind(arg, state);
		return 0;
	case OPTION_KERNEL:
		options->kernel = options->argp == &verb_carrier.argp
					  ? parse_path("--kernel", arg, state)
					  : options_parse_release(arg, state);
		return 0;
	case OPTION_POINTER_SIZE:
		options->pointer_size = parse_pointer_size(arg, state);
		return 0;
	case OPTION_FILES_FROM:
		if (options->files_from)
			usage_error(state, "--files-from can be given only once");
		options->files_from = parse_path("--files-from", arg, state);
		return 0;
	case OPTION_FEATURES:
		options->features = arg;
		return 0;
	case OPTION_LANG_EXCLUDE:
		options->lang_exclude = arg;
		return 0;
	case OPTION_EXPLAIN:
		options->explain = arg;
		options->dry_run = true;
		return 0;
	case OPTION_ROOT_ID:
		add_id(options, parse_number("--root-id", arg, INT_MAX, state));
		return 0;
	default:
		return parse_by_table(key, arg, state) ? 0 : ARGP_ERR_UNKNOWN;
	}
}

error_t parse_verb(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		for (size_t i = 0; options->argp->children[i].argp; i++)
			state->child_inputs[i] = options;
		return 0;
	case ARGP_KEY_ARGS:
		options->paths = state->argv + state->next;
		options->path_count = (size_t)(state->argc - state->next);
		for (size_t i = 0; i < options->path_count; i++)
			parse_path("FILE", options->paths[i], state);
		return 0;
	case ARGP_KEY_NO_ARGS:
		if (!options->kernel && !options->files_from && !options->loaded)
			usage_error(state, "missing file");
		return 0;
	case ARGP_KEY_END:
		check_together(options, state);
		return 0;
	default:
		return parse_shared(key, arg, state);
	}
}

error_t parse_verb_without_files(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case ARGP_KEY_ARG:
		usage_error(state, "this verb takes no file: '%s'", arg);
		return 0;
	case ARGP_KEY_ARGS:
		return ARGP_ERR_UNKNOWN; /* each comes as ARGP_KEY_ARG */
	case ARGP_KEY_NO_ARGS:
		return 0;
	default:
		return parse_verb(key, arg, state);
	}
}

static const struct argp_option base_options[] = {
	{ "base", 'B', "BASE", 0,
	  "The kernel whose BTF to use: raw BTF, vmlinux, vmlinuz or another kernel image, or a release "
	  "such as 6.12.117+deb12-amd64; the running kernel by default",
	  1 },
	{ "as", OPTION_AS, "split|standalone", 0,
	  "Read BTF in this form if it can be read in several", 1 },
	{}
};

const struct argp base_argp = { .options = base_options, .parser = parse_shared };

static const struct argp_option loading_options[] = {
	{ "root", OPTION_ROOT, "DIR", 0, "Look for the installed kernel below DIR instead of /",
	  1 },
	{ "symvers", OPTION_SYMVERS, "FILE", 0,
	  "The kernel's Module.symvers, plain or compressed, for the verdict on loading; by default rebtf "
	  "uses files of the kernel's release, its image or its modules",
	  1 },
	{ "require-loadable", OPTION_REQUIRE_LOADABLE, NULL, 0,
	  "Exit with 1 if the kernel refuses to load a module, even if its BTF fits", 1 },
	{}
};

const struct argp loading_argp = { .options = loading_options, .parser = parse_shared };
static const struct argp_option cache_options[] = {
	{ "no-cache", OPTION_NO_CACHE, NULL, 0,
	  "Unpack kernel images again, and do not store their BTF below $XDG_CACHE_HOME", 2 },
	{}
};

const struct argp cache_argp = { .options = cache_options, .parser = parse_shared };

static const struct argp_option fit_options[] = {
	{ "policy", OPTION_POLICY, "kernel|strict|lenient", 0,
	  "Which types must fit: 'kernel' (the default) checks what Linux 6.11 and later check; 'strict' also "
	  "compares the members of types that lie inside the module's own types or that the verifier relies "
	  "on; 'lenient' ignores types that are only pointed to",
	  1 },
	{ "on-mismatch", OPTION_ON_MISMATCH, "refuse|local", 0,
	  "If a type does not fit, 'refuse' the module (the default), or make the type 'local' to the module",
	  1 },
	{ "old-base", OPTION_OLD_BASE, "BASE", 0,
	  "The kernel that the modules were built for: rebtf first distills modules over it, in memory, if "
	  "they are not distilled, and takes from it the expectations that a module does not record",
	  1 },
	{}
};

const struct argp fit_argp = { .options = fit_options, .parser = parse_shared };

static const struct argp_option trust_options[] = {
	{ "trust", OPTION_TRUST, "NAME", 0,
	  "Also compare the members of this struct, union or enum, or of the types that this typedef or "
	  "function leads to, as if the verifier relied on them; can be given several times",
	  1 },
	{}
};

const struct argp trust_argp = { .options = trust_options, .parser = parse_shared };

static const struct argp_option core_options[] = {
	{ "modules", 'm', "FILE|DIR|RELEASE", 0,
	  "The kernel's modules: files, directories of them such as /sys/kernel/btf, or an installed release; can "
	  "be given several times",
	  1 },
	{ "module", OPTION_MODULE, "NAME", 0,
	  "If several modules have a type, use that of this one; can be given several times", 1 },
	{ "all-modules", OPTION_ALL_MODULES, NULL, 0,
	  "Look up all types in modules, too, as cilium/ebpf does; by default only those that the kernel does "
	  "not have",
	  1 },
	{}
};

const struct argp core_argp = { .options = core_options, .parser = parse_shared };

static const struct argp_option batch_options[] = {
	{ "jobs", 'j', "N", 0, "Use N threads; by default one for each core", 2 },
	{ "files-from", OPTION_FILES_FROM, "LIST", 0,
	  "Also process the files and directories that the file LIST names, one per line or each ended by "
	  "a zero byte; - is standard input",
	  2 },
	JSON_OPTION,
	{ "quiet", 'q', NULL, 0, "Print only errors", 2 },
	{ "verbose", 'v', NULL, 0, "Print a line for each file, not only for notable ones", 2 },
	{}
};

const struct argp batch_argp = { .options = batch_options, .parser = parse_shared };

static const struct argp_option write_options[] = {
	{ "out-dir", 'o', "DIR", 0,
	  "Write below DIR and leave the originals alone; by default rebtf replaces files in place",
	  1 },
	DRY_RUN_OPTION,
	{ "note", OPTION_NOTE, NULL, 0,
	  "Write a note beside raw BTF, too: ELF files always get one", 1 },
	{}
};

const struct argp write_argp = { .options = write_options, .parser = parse_shared };

static const struct argp_option rewrite_options[] = {
	{ "strip-signature", OPTION_STRIP_SIGNATURE, NULL, 0,
	  "Drop the signatures of signed modules: a change breaks them, so without this or --sign, rebtf "
	  "refuses signed modules",
	  1 },
	{ "compress-level", OPTION_COMPRESS_LEVEL, "N", 0,
	  "Compress compressed modules at level N, 1 to 22, or the highest of their format; by default zstd "
	  "makes them as small as they were, and xz and gzip use their default levels",
	  1 },
	{ "sign", OPTION_SIGN, "KEY", 0,
	  "Sign each module that rebtf writes, as the kernel's build does, with the private key in the file "
	  "KEY; this replaces an old signature",
	  1 },
	{ "cert", OPTION_CERT, "CERT", 0,
	  "The certificate of the key for --sign; the kernel must trust it", 1 },
	{ "sign-hash", OPTION_SIGN_HASH, "HASH", 0, "The hash for the signature; sha256 by default",
	  1 },
	{}
};

const struct argp rewrite_argp = { .options = rewrite_options, .parser = parse_shared };
