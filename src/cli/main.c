/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The entry point of the command: finds the verb, and parses the options with the verb's parser and
 * the parser of the global options.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rebtf.h"

#include "cli/arguments.h"
#include "cli/errors.h"
#include "cli/interrupt.h"
#include "cli/kernels.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/path_list.h"
#include "cli/stdin.h"
#include "cli/syntax_list.h"
#include "cli/text.h"
#include "cli/tool.h"

static const struct verb *const verbs[] = {
	&verb_distill,
	&verb_relocate,
	&verb_check,
	&verb_standalone,
	&verb_renumber,
	&verb_downgrade,
	&verb_info,
	&verb_dump,
	&verb_verify,
	&verb_extract,
	&verb_provide_vmlinux,
	&verb_dedup,
	&verb_merge,
	&verb_find,
	&verb_encode,
	&verb_ids,
	&verb_header,
	&verb_diff,
	&verb_min_core,
	&verb_core_check,
	&verb_carrier,
};

#define VERB_COUNT (sizeof(verbs) / sizeof(verbs[0]))

static const struct verb *find_verb(const char *name)
{
	for (size_t i = 0; i < VERB_COUNT; i++) {
		if (!strcmp(verbs[i]->name, name))
			return verbs[i];
	}
	return NULL;
}

/* ------------------------------------------------------------------------------- global options */

enum global_key {
	OPTION_USAGE = 0x1000,
	OPTION_COLOR,
};

static void parse_color(const char *arg, struct argp_state *state)
{
	if (!arg || !strcmp(arg, "always"))
		output_set_color(true);
	else if (!strcmp(arg, "never"))
		output_set_color(false);
	else if (strcmp(arg, "auto") != 0)
		usage_error(state, "invalid --color '%s' (expected 'auto', 'always' or 'never')",
			    arg);
}

static error_t parse_global(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case 'h':
	case '?':
		argp_state_help(state, state->out_stream, ARGP_HELP_STD_HELP);
		return 0;
	case OPTION_USAGE:
		argp_state_help(state, state->out_stream, ARGP_HELP_USAGE | ARGP_HELP_EXIT_OK);
		return 0;
	case 'V':
		printf("rebtf %s\n", rebtf_version());
		exit(STATUS_OK);
	case OPTION_COLOR:
		parse_color(arg, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* These replace argp's own --help and --version, which lack -h. */
static const struct argp_option global_options[] = {
	{ "color", OPTION_COLOR, "auto|always|never", OPTION_ARG_OPTIONAL,
	  "Color text 'always', 'never', or 'auto' (the default): on a terminal, unless NO_COLOR is set",
	  -1 },
	{ "help", 'h', NULL, 0, "Print this help", -1 },
	{ NULL, '?', NULL, OPTION_HIDDEN, "", -1 },
	{ "usage", OPTION_USAGE, NULL, 0, "Print a short usage message", -1 },
	{ "version", 'V', NULL, 0, "Print the version", -1 },
	{}
};

static const struct argp global_argp = { .options = global_options, .parser = parse_global };

static const struct syntax syntax = {
	.verbs = verbs,
	.verb_count = VERB_COUNT,
	.global = &global_argp,
};

/* ----------------------------------------------------------------------------------------- help */

static const char help_before[] =
	"Keeps the BTF (type information) of Linux kernel modules valid across kernel updates.\n"
	"\n"
	"A module's BTF refers to its kernel's types by number, and every kernel update changes the numbers. "
	"'distill' records in a module the name and size of each kernel type that it relies on, while its own "
	"kernel is still installed. 'relocate' then makes the module refer to another kernel, or names the type "
	"that does not fit; it can also make that type local to the module. 'check' only reports.\n"
	"\n"
	"Verbs:";

static const char help_after[] =
	"Before the update, with the kernel that the modules were built for; after it, with the new one:\n"
	"\n"
	"  rebtf distill --base 6.1.0-47-amd64 --strip-signature \\\n"
	"        --out-dir /tmp/kept /lib/modules/6.1.0-47-amd64\n"
	"  rebtf relocate --base 6.1.0-56-amd64 --out-dir /tmp/moved /tmp/kept\n"
	"\n"
	"After a kernel was installed, relocate the distilled modules that are installed for it:\n"
	"\n"
	"  rebtf relocate --kernel 6.1.0-56-amd64 --keep\n"
	"\n"
	"Would that work? Write no file:\n"
	"\n"
	"  rebtf check --old-base 6.1.0-47-amd64 --base 6.1.0-56-amd64 \\\n"
	"        /lib/modules/6.1.0-47-amd64\n"
	"\n"
	"Exit status: 0 success; 1 a module does not fit, or some files failed; 2 wrong usage, unreadable "
	"input, or all files failed. diff and find have other statuses.\n"
	"\n"
	"'rebtf help VERB' explains a verb; rebtf(1) explains all.";

/* The list of verbs, made from the table, goes between help_before and the options. */
static char *help_filter(int key, const char *text, void *input)
{
	char *list = NULL;
	size_t size;
	FILE *stream;

	(void)input;
	if (key != ARGP_KEY_HELP_PRE_DOC || !(stream = open_memstream(&list, &size)))
		return (char *)(uintptr_t)text; /* argp knows that this is its own text */
	fprintf(stream, "%s\n", text);
	for (size_t i = 0; i < VERB_COUNT; i++)
		fprintf(stream, "  %-15s  %s\n", verbs[i]->name, verbs[i]->summary);
	fprintf(stream, "  %-15s  %s\n", "help", HELP_SUMMARY);
	fclose(stream);
	return list;
}

/* For arguments without a verb. */
static error_t parse_main(int key, char *arg, struct argp_state *state)
{
	(void)arg;
	if (key != ARGP_KEY_NO_ARGS)
		return ARGP_ERR_UNKNOWN;
	usage_error(state, "missing verb");
	return 0;
}

static const struct argp main_argp = {
	.parser = parse_main,
	.args_doc = "VERB [OPTION...] FILE|DIR...\nhelp [--list] [VERB]",
	.help_filter = help_filter,
};

static char verb_title[64];

/* The program name that argp shows in help and errors: "rebtf check". */
static char *title_of(const struct verb *verb)
{
	snprintf(verb_title, sizeof(verb_title), "rebtf %s", verb->name);
	return verb_title;
}

/*
 * Parses the options of @argp and the global ones. Wrong arguments end the process, so the only
 * error that returns is a lack of memory.
 */
static void parse(const struct argp *argp, int argc, char **argv, void *input)
{
	/* A parser without a function passes its input to its first child. */
	const struct argp_child children[] = { { .argp = argp }, { .argp = &global_argp }, {} };
	const struct argp all = { .children = children };

	if (argp_parse(&all, argc, argv, ARGP_NO_HELP, NULL, input))
		out_of_memory();
}

/* Parses arguments without a verb: requests for help or the version, or errors. */
static void parse_without_verb(int argc, char **argv)
{
	struct argp argp = main_argp;
	char *doc = NULL;

	if (asprintf(&doc, "%s\v%s", help_before, help_after) < 0)
		out_of_memory();
	argp.doc = doc;
	parse(&argp, argc, argv, NULL);
	free(doc);
}

/* "help check" is "check --help". "help --list" lists all verbs, "help --list check" its options. */
static enum status help(const char *name, bool list)
{
	const struct verb *verb = name ? find_verb(name) : NULL;
	char self[] = "rebtf", option[] = "--help";
	char *argv[] = { verb ? title_of(verb) : self, option, NULL };
	struct options options = { .argp = verb ? &verb->argp : NULL };

	if (name && !verb && strcmp(name, "help") != 0) {
		arguments_unknown_verb(&syntax, name);
		return STATUS_TROUBLE;
	}
	if (list && name)
		syntax_list_options(&syntax, verb);
	else if (list)
		syntax_list_verbs(&syntax);
	if (list)
		return STATUS_OK;
	if (verb)
		parse(&verb->argp, 2, argv, &options);
	else
		parse_without_verb(2, argv);
	return STATUS_OK;
}

static enum status run_verb(const struct verb *verb, int argc, char **argv)
{
	struct options options = { .argp = &verb->argp };
	enum status status;

	argv[0] = title_of(verb);
	parse(&verb->argp, argc, argv, &options);
	if (!stdin_check(verb, &options) || (options.files_from && !path_list_read(&options))) {
		options_release(&options);
		return STATUS_TROUBLE;
	}
	errors_set_verbose(options.verbose);
	if (verb->writes)
		output_outlive_reader();
	kernels_init(&options);
	status = verb->run(&options);
	kernels_finish();
	options_release(&options);
	return status;
}

static enum status main_run_verb(int argc, char **argv)
{
	int verb_at = arguments_find_verb(&syntax, argc, argv);
	const struct verb *verb;
	char self[] = "rebtf";

	argv[0] = self;
	if (!verb_at) {
		if (!arguments_check(&syntax, NULL, argc, argv))
			return STATUS_TROUBLE;
		parse_without_verb(arguments_keep_global(&syntax, argc, argv), argv);
		return STATUS_OK;
	}
	if (!strcmp(argv[verb_at], "help")) {
		bool list = false;
		int at;

		for (at = verb_at + 1; at < argc && *argv[at] == '-'; at++)
			list |= !strcmp(argv[at], "--list");
		return help(at < argc ? argv[at] : NULL, list);
	}
	verb = find_verb(argv[verb_at]);
	if (!verb) {
		arguments_unknown_verb(&syntax, argv[verb_at]);
		return STATUS_TROUBLE;
	}
	arguments_move_verb(argv, verb_at);
	if (!arguments_check(&syntax, verb, argc - 1, argv + 1))
		return STATUS_TROUBLE;
	return run_verb(verb, argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
	int status;

	if (tool_run(argc, argv, &status))
		return status;
	output_init();
	argp_err_exit_status = STATUS_TROUBLE;
	status = (int)main_run_verb(argc, argv);
	output_check_memory();
	interrupt_finish();
	return status;
}
