/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * rebtf, the command. What stands before the verb is for all of them (--help, --version); the rest
 * of the line belongs to the verb, which has a parser of its own.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rebtf.h"

#include "cli/errors.h"
#include "cli/interrupt.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/text.h"

static const struct verb *const verbs[] = {
	&verb_distill, &verb_relocate, &verb_check, &verb_standalone,
	&verb_present, &verb_info,     &verb_dump,  &verb_verify,
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

static void print_version(FILE *stream, struct argp_state *state)
{
	(void)state;
	fprintf(stream, "rebtf %s\n", rebtf_version());
}

static const char help_before[] =
	"Keeps the BTF (type information) of Linux kernel modules true while the kernel underneath them "
	"changes.\n"
	"\n"
	"The BTF of a module refers to that of its kernel by number, and every kernel update changes the "
	"numbers. 'distill' records in a module what it relies on by name and size, while its own kernel "
	"is still at hand; 'relocate' then makes it refer to another kernel, or says which type does not "
	"fit, and can keep the module without that type. 'check' only asks.\n"
	"\n"
	"Verbs:";

static const char help_after[] =
	"Before the update, with the kernel the modules were built for; after it, with the new one:\n"
	"\n"
	"  rebtf distill --base 6.1.0-47-amd64 --strip-signature \\\n"
	"        --out-dir /tmp/kept /lib/modules/6.1.0-47-amd64\n"
	"  rebtf relocate --base 6.1.0-56-amd64 --out-dir /tmp/moved /tmp/kept\n"
	"\n"
	"When a kernel was installed, the distilled modules that are there for it:\n"
	"\n"
	"  rebtf relocate --kernel 6.1.0-56-amd64 --keep\n"
	"\n"
	"Would that work, without writing anything?\n"
	"\n"
	"  rebtf check --old-base 6.1.0-47-amd64 --base 6.1.0-56-amd64 \\\n"
	"        /lib/modules/6.1.0-47-amd64\n"
	"\n"
	"Exit status: 0 all well; 1 some module does not fit, or some files failed while others did not; "
	"2 wrong usage, unreadable input, or nothing done.\n"
	"\n"
	"'rebtf help VERB' tells more about a verb, rebtf(1) about all.";

/* The list of verbs stands between help_before and the options, made from the table. */
static char *help_filter(int key, const char *text, void *input)
{
	char *list = NULL;
	size_t size;
	FILE *stream;

	(void)input;
	if (key != ARGP_KEY_HELP_PRE_DOC || !(stream = open_memstream(&list, &size)))
		return (char *)text;
	fprintf(stream, "%s\n", text);
	for (size_t i = 0; i < VERB_COUNT; i++)
		fprintf(stream, "  %-10s %s\n", verbs[i]->name, verbs[i]->summary);
	fprintf(stream, "  %-10s %s\n", "help", "explain a verb");
	fclose(stream);
	return list;
}

/* Stops at the first argument, the verb; what follows is not for this parser. */
static error_t parse_main(int key, char *arg, struct argp_state *state)
{
	int *verb_at = state->input;

	(void)arg;
	switch (key) {
	case ARGP_KEY_ARG:
		*verb_at = state->next - 1;
		state->next = state->argc;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "no verb was given");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp main_argp = {
	.parser = parse_main,
	.args_doc = "VERB [OPTION...] FILE|DIR...\nhelp [VERB]",
	.help_filter = help_filter,
};

static enum status unknown_verb(const char *name)
{
	struct text line = {};

	text_add(&line, "rebtf: there is no verb '");
	text_add_name(&line, name);
	text_add(&line, "': there are");
	for (size_t i = 0; i < VERB_COUNT; i++)
		text_addf(&line, "%s %s", i ? "," : "", verbs[i]->name);
	text_add(&line, " and help\n");
	fwrite(line.data, 1, line.size, stderr);
	text_release(&line);
	return STATUS_TROUBLE;
}

static char verb_title[64];

/* What argp takes for the program's name in help and errors: "rebtf check". */
static char *title_of(const struct verb *verb)
{
	snprintf(verb_title, sizeof(verb_title), "rebtf %s", verb->name);
	return verb_title;
}

/* What is wrong with the arguments ends the process; what is left is that there is no memory. */
static void parse(const struct argp *argp, int argc, char **argv, unsigned int flags, void *input)
{
	if (argp_parse(argp, argc, argv, flags, NULL, input))
		out_of_memory();
}

/* "help check" is "check --help"; so it comes from the same place. */
static enum status help(const struct argp *argp, const char *name)
{
	const struct verb *verb = name ? find_verb(name) : NULL;
	char self[] = "rebtf", option[] = "--help";
	char *argv[] = { verb ? title_of(verb) : self, option, NULL };
	struct options options = { .argp = verb ? &verb->argp : NULL };

	if (name && !verb)
		return unknown_verb(name);
	parse(verb ? &verb->argp : argp, 2, argv, 0, &options);
	return STATUS_OK;
}

static enum status run(int argc, char **argv)
{
	struct options options = {};
	struct argp argp = main_argp;
	const struct verb *verb;
	enum status status;
	char *doc = NULL;
	int verb_at = 0;
	char self[] = "rebtf";

	if (asprintf(&doc, "%s\v%s", help_before, help_after) < 0)
		out_of_memory();
	argp.doc = doc;
	argv[0] = self;
	parse(&argp, argc, argv, ARGP_IN_ORDER, &verb_at);
	if (!strcmp(argv[verb_at], "help")) {
		status = help(&argp, argc > verb_at + 1 ? argv[verb_at + 1] : NULL);
		free(doc);
		return status;
	}
	free(doc);
	verb = find_verb(argv[verb_at]);
	if (!verb)
		return unknown_verb(argv[verb_at]);
	argv[verb_at] = title_of(verb);
	options.argp = &verb->argp;
	parse(&verb->argp, argc - verb_at, argv + verb_at, 0, &options);
	errors_set_verbose(options.verbose);
	if (verb->writes)
		output_outlive_reader();
	status = verb->run(&options);
	options_release(&options);
	interrupt_finish();
	return status;
}

int main(int argc, char **argv)
{
	output_init();
	argp_program_version_hook = print_version;
	argp_err_exit_status = STATUS_TROUBLE;
	return (int)run(argc, argv);
}
