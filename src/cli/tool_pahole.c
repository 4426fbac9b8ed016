/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * rebtf-pahole: takes the place of pahole in kernel builds, which call it as
 *
 *	pahole -J [OPTIONS] [--btf_base BASE] FILE
 *	pahole -J [OPTIONS] [--btf_base BASE] --btf_encode_detached=BTF FILE
 *
 * and ask it for its version. Options, their defaults and their order are pahole's. Unlike pahole, a
 * failure has a reason and an exit status of its own.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rebtf.h"

#include "cli/errors.h"
#include "cli/external_module.h"
#include "cli/guards.h"
#include "cli/jobserver.h"
#include "cli/tool.h"

/* The version whose options and results this is. A kernel build asks for features by it. */
#define PAHOLE_VERSION "1.31"

enum pahole_key {
	PAHOLE_DETACHED = 0x100,
	PAHOLE_BASE,
	PAHOLE_FEATURES,
	PAHOLE_FEATURES_STRICT,
	PAHOLE_LIST_FEATURES,
	PAHOLE_LANG_EXCLUDE,
	PAHOLE_LANG,
	PAHOLE_SET,    /* turns features on or off: see switches */
	PAHOLE_IGNORE, /* an option without effect here */
	PAHOLE_VERSION_TEXT,
	PAHOLE_VERSION_NUMBER,
	PAHOLE_HELP,
};

struct pahole_call {
	uint32_t features;
	bool has_features; /* by --btf_features */
	bool encode;
	const char *detached, *base, *lang, *lang_exclude;
	unsigned int jobs;
};

/* Options that turn one feature on or off. */
static const struct pahole_switch {
	const char *name;
	uint32_t on, off;
} switches[] = {
	{ "btf_encode_force", REBTF_ENCODE_FORCE, 0 },
	{ "btf_gen_floats", REBTF_ENCODE_FLOAT, 0 },
	{ "btf_gen_optimized", REBTF_ENCODE_OPTIMIZED, 0 },
	{ "btf_gen_all", REBTF_ENCODE_FLOAT | REBTF_ENCODE_OPTIMIZED, 0 },
	{ "btf_attributes", REBTF_ENCODE_ATTRIBUTES, 0 },
	{ "reproducible_build", REBTF_ENCODE_REPRODUCIBLE, 0 },
	{ "skip_encoding_btf_vars", 0, REBTF_ENCODE_VAR | REBTF_ENCODE_GLOBAL_VAR },
	{ "skip_encoding_btf_decl_tag", 0, REBTF_ENCODE_DECL_TAG },
	{ "skip_encoding_btf_type_tag", 0, REBTF_ENCODE_TYPE_TAG },
	{ "skip_encoding_btf_enum64", 0, REBTF_ENCODE_ENUM64 },
	{ "skip_encoding_btf_inconsistent_proto", REBTF_ENCODE_CONSISTENT, 0 },
};

/* Without --btf_features. */
#define PAHOLE_DEFAULT                                                                             \
	(REBTF_ENCODE_VAR | REBTF_ENCODE_DECL_TAG | REBTF_ENCODE_TYPE_TAG | REBTF_ENCODE_ENUM64)

static const struct option options[] = {
	{ "btf_encode", no_argument, NULL, 'J' },
	{ "btf_encode_detached", required_argument, NULL, PAHOLE_DETACHED },
	{ "btf_base", required_argument, NULL, PAHOLE_BASE },
	{ "btf_features", required_argument, NULL, PAHOLE_FEATURES },
	{ "btf_features_strict", required_argument, NULL, PAHOLE_FEATURES_STRICT },
	{ "supported_btf_features", no_argument, NULL, PAHOLE_LIST_FEATURES },
	{ "lang_exclude", required_argument, NULL, PAHOLE_LANG_EXCLUDE },
	{ "lang", required_argument, NULL, PAHOLE_LANG },
	{ "jobs", optional_argument, NULL, 'j' },
	{ "verbose", no_argument, NULL, 'V' },
	{ "format_path", required_argument, NULL, PAHOLE_IGNORE },
	{ "hashbits", required_argument, NULL, PAHOLE_IGNORE },
	{ "kabi_prefix", required_argument, NULL, PAHOLE_IGNORE },
	{ "skip_missing", no_argument, NULL, PAHOLE_IGNORE },
	{ "version", no_argument, NULL, PAHOLE_VERSION_TEXT },
	{ "numeric_version", no_argument, NULL, PAHOLE_VERSION_NUMBER },
	{ "help", no_argument, NULL, PAHOLE_HELP },
	{ "btf_encode_force", no_argument, NULL, PAHOLE_SET },
	{ "btf_gen_floats", no_argument, NULL, PAHOLE_SET },
	{ "btf_gen_optimized", no_argument, NULL, PAHOLE_SET },
	{ "btf_gen_all", no_argument, NULL, PAHOLE_SET },
	{ "btf_attributes", no_argument, NULL, PAHOLE_SET },
	{ "reproducible_build", no_argument, NULL, PAHOLE_SET },
	{ "skip_encoding_btf_vars", no_argument, NULL, PAHOLE_SET },
	{ "skip_encoding_btf_decl_tag", no_argument, NULL, PAHOLE_SET },
	{ "skip_encoding_btf_type_tag", no_argument, NULL, PAHOLE_SET },
	{ "skip_encoding_btf_enum64", no_argument, NULL, PAHOLE_SET },
	{ "skip_encoding_btf_inconsistent_proto", no_argument, NULL, PAHOLE_SET },
	{},
};

static const char pahole_usage[] =
	"Usage: pahole -J [OPTION...] FILE...\n"
	"\n"
	"Makes BTF from the DWARF of FILE, as pahole does in a kernel build. This is rebtf; see\n"
	"rebtf-pahole(1) for the options.\n";

static int pahole_fail(struct rebtf_error *err)
{
	char *text = rebtf_error_text(err);

	fprintf(stderr, "pahole: %s\n", text ?: "out of memory");
	free(text);
	rebtf_error_free(err);
	return 1;
}

/* ------------------------------------------------------------------------------------- versions */

/* The version to claim: tests of old kernels can choose another. */
static const char *pahole_version(void)
{
	const char *version = getenv("REBTF_PAHOLE_VERSION");

	return version && *version ? version : PAHOLE_VERSION;
}

/* "131" for "1.31". */
static void pahole_print_number(void)
{
	for (const char *p = pahole_version(); *p; p++) {
		if (*p != '.' && *p != 'v')
			putchar(*p);
	}
	putchar('\n');
}

/* ------------------------------------------------------------------------------------- features */

/* Prints them in one line, which ends with @end. */
static void pahole_list_features(FILE *out, const char *end)
{
	const char *name;

	for (unsigned int i = 0; (name = rebtf_encode_feature_name(i)); i++)
		fprintf(out, "%s%s", i ? "," : "", name);
	fprintf(out, "%s\n", end);
}

/*
 * The first list replaces the choice of earlier options, and later lists add to it. Names that
 * pahole does not know have no effect, because newer kernels ask older versions for their features.
 */
static bool pahole_add_features(struct pahole_call *call, const char *list, bool strict)
{
	if (!call->has_features)
		call->features = 0;
	call->has_features = true;
	if (*list == '+') {
		call->features |= REBTF_ENCODE_DEFAULT;
		list++;
	}
	while (*list) {
		size_t size = strcspn(list, ",");
		uint32_t feature = rebtf_encode_feature(list, size);

		if (!feature && strict) {
			fprintf(stderr, "pahole: unknown feature '%.*s' (expected one of these: ",
				size < 64 ? (int)size : 64, list);
			pahole_list_features(stderr, ")");
			return false;
		}
		call->features |= feature;
		list += size + (list[size] == ',');
	}
	return true;
}

static void pahole_switch(struct pahole_call *call, const char *name)
{
	for (size_t i = 0; i < sizeof(switches) / sizeof(switches[0]); i++) {
		if (strcmp(name, switches[i].name))
			continue;
		call->features |= switches[i].on;
		call->features &= ~switches[i].off;
	}
}

/* -------------------------------------------------------------------------------------- options */

/* Applies one option. Returns the exit status if the program ends here, else -1. */
static int pahole_option(struct pahole_call *call, int key, const char *name)
{
	switch (key) {
	case 'J':
		call->encode = true;
		return -1;
	case PAHOLE_DETACHED:
		call->encode = true;
		call->detached = optarg;
		return -1;
	case PAHOLE_BASE:
		call->base = optarg;
		return -1;
	case PAHOLE_FEATURES:
		pahole_add_features(call, optarg, false);
		return -1;
	case PAHOLE_FEATURES_STRICT:
		return pahole_add_features(call, optarg, true) ? -1 : 1;
	case PAHOLE_LIST_FEATURES:
		pahole_list_features(stdout, "");
		return 0;
	case PAHOLE_LANG_EXCLUDE:
		call->lang_exclude = optarg;
		return -1;
	case PAHOLE_LANG:
		call->lang = optarg;
		return -1;
	case 'j':
		call->jobs = optarg ? (unsigned int)strtoul(optarg, NULL, 10) : 0;
		return -1;
	case 'V':
	case 'F':
	case PAHOLE_IGNORE:
		return -1;
	case PAHOLE_SET:
		pahole_switch(call, name);
		return -1;
	case PAHOLE_VERSION_TEXT:
		printf("v%s\n", pahole_version());
		return 0;
	case PAHOLE_VERSION_NUMBER:
		pahole_print_number();
		return 0;
	case PAHOLE_HELP:
		fputs(pahole_usage, stdout);
		return 0;
	default:
		fputs(pahole_usage, stderr);
		return 1;
	}
}

/* ------------------------------------------------------------------------------------- encoding */

/*
 * Encodes one file. Without DWARF, pahole leaves the file alone, and kernel builds rely on that.
 * But if the BTF goes to a file of its own, the next tool of the build needs that file.
 */
static struct rebtf_error *pahole_encode(const struct pahole_call *call, struct rebtf_btf *base,
					 const char *path)
{
	GUARD(encoding) struct rebtf_encoding *encoding = NULL;
	bool standalone = base && external_module_is_standalone();
	bool external = base && !standalone && !call->detached && external_module_is_built(base);

	/* BTF that is distilled already cannot stay split. */
	REBTF_OPTIONS(rebtf_encode_options, encode, .base = standalone ? NULL : base,
		      .features = call->features & ~(external ? REBTF_ENCODE_DISTILLED : 0),
		      .lang = call->lang, .lang_exclude = call->lang_exclude, .jobs = call->jobs,
		      .sort = REBTF_SORT_NEVER);

	TRY(rebtf_encode(path, &encode, &encoding));
	if (call->detached)
		return rebtf_encoding_write(encoding, call->detached);
	if (!rebtf_encoding_btf(encoding))
		return NULL;
	TRY(rebtf_encoding_embed(encoding, NULL, NULL));
	if (standalone)
		return external_module_note(path, rebtf_encoding_btf(encoding), base);
	return external ? external_module_distill(path, base) : NULL;
}

static int run_pahole(int argc, char **argv)
{
	struct pahole_call call = {
		.features = PAHOLE_DEFAULT,
		.lang_exclude = getenv("PAHOLE_LANG_EXCLUDE"),
		.jobs = 1,
	};
	GUARD(btf) struct rebtf_btf *base = NULL;
	struct rebtf_error *err;
	int key, index = 0, status;

	while ((key = getopt_long(argc, argv, "Jj::VF:", options, &index)) >= 0) {
		status = pahole_option(&call, key, options[index].name);
		if (status >= 0)
			return status;
	}
	if (!call.encode || optind == argc) {
		fputs("pahole: nothing to do: only -J FILE is supported\n", stderr);
		return 1;
	}
	if (call.base) {
		err = rebtf_kernel_open(call.base, NULL, &base);
		if (err)
			return pahole_fail(err);
	}
	call.jobs = jobserver_take(call.jobs);
	for (err = NULL; !err && optind < argc; optind++)
		err = pahole_encode(&call, base, argv[optind]);
	jobserver_give_back();
	err = err ?: error_of_text();
	return err ? pahole_fail(err) : 0;
}

const struct tool tool_pahole = {
	.name = "pahole",
	.run = run_pahole,
};
