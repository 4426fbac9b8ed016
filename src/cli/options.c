/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* The command line: see options.h for the idea. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/options.h"

/* More threads than this are a slip of the finger. */
#define JOBS_MAX 4096

const char *base_label(const struct options *options)
{
	return options->base ?: "the running kernel";
}

static unsigned int parse_jobs(const char *arg, struct argp_state *state)
{
	unsigned long jobs;
	char *end;

	errno = 0;
	jobs = strtoul(arg, &end, 10);
	/* strtoul() takes "-1" for a large number. */
	if (*arg < '0' || *arg > '9' || *end || errno || jobs < 1 || jobs > JOBS_MAX)
		argp_error(state, "--jobs needs a number from 1 to %d, not '%s'", JOBS_MAX, arg);
	return (unsigned int)jobs;
}

static enum output_format parse_format(const char *arg, struct argp_state *state)
{
	if (!strcmp(arg, "json"))
		return OUTPUT_JSON;
	if (strcmp(arg, "text"))
		argp_error(state, "--format is 'text' or 'json', not '%s'", arg);
	return OUTPUT_TEXT;
}

/* An empty path is a shell variable that was never set. */
static const char *parse_path(const char *option, const char *arg, struct argp_state *state)
{
	if (!*arg)
		argp_error(state, "%s needs a value that is not empty", option);
	return arg;
}

static error_t parse_shared(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case 'b':
		options->base = parse_path("--base", arg, state);
		return 0;
	case 'o':
		options->out_dir = parse_path("--out-dir", arg, state);
		return 0;
	case 'j':
		options->jobs = parse_jobs(arg, state);
		return 0;
	case 'q':
		options->quiet = true;
		return 0;
	case 'v':
		options->verbose = true;
		return 0;
	case OPTION_FORMAT:
		options->format = parse_format(arg, state);
		return 0;
	case OPTION_STRIP_SIGNATURE:
		options->strip_signature = true;
		return 0;
	case OPTION_OLD_BASE:
		options->old_base = parse_path("--old-base", arg, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

error_t parse_verb(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		for (const struct argp_child *c = state->root_argp->children; c && c->argp; c++)
			state->child_inputs[c - state->root_argp->children] = options;
		return 0;
	case ARGP_KEY_ARGS:
		options->paths = state->argv + state->next;
		options->path_count = (size_t)(state->argc - state->next);
		for (size_t i = 0; i < options->path_count; i++)
			parse_path("FILE", options->paths[i], state);
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "no file was named");
		return 0;
	default:
		return parse_shared(key, arg, state);
	}
}

static const struct argp_option base_options[] = {
	{ "base", 'b', "BASE", 0,
	  "The kernel whose BTF counts: raw BTF, vmlinux, vmlinuz or another kernel image, or a release "
	  "such as 6.12.117+deb12-amd64; the running kernel if not given",
	  1 },
	{}
};

const struct argp base_argp = { .options = base_options, .parser = parse_shared };

static const struct argp_option batch_options[] = {
	{ "jobs", 'j', "N", 0, "Use N threads; one for each core if not given", 2 },
	{ "format", OPTION_FORMAT, "FORMAT", 0,
	  "'text' for people (the default), or 'json' for machines: one object a line", 2 },
	{ "quiet", 'q', NULL, 0, "Print errors and nothing else", 2 },
	{ "verbose", 'v', NULL, 0, "Print a line for each file, not only for those that stand out",
	  2 },
	{}
};

const struct argp batch_argp = { .options = batch_options, .parser = parse_shared };

static const struct argp_option write_options[] = {
	{ "out-dir", 'o', "DIR", 0,
	  "Write below DIR and leave the originals alone; without it, files are replaced in place",
	  1 },
	{ "strip-signature", OPTION_STRIP_SIGNATURE, NULL, 0,
	  "Drop the signatures of signed modules, which are refused otherwise: no signature outlives a "
	  "change of the file",
	  1 },
	{}
};

const struct argp write_argp = { .options = write_options, .parser = parse_shared };
