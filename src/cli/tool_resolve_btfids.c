/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * rebtf-resolve_btfids: takes the place of the kernel's tools/bpf/resolve_btfids, with its command
 * lines and exit statuses. A kernel before Linux 7.0 calls it as
 *
 *	resolve_btfids [-b BASE] ELF
 *
 * and expects that it patches .BTF_ids in ELF. Later ones call it as
 *
 *	resolve_btfids --btf BTF [-b BASE] [--distill_base] [--fatal_warnings] ELF
 *	resolve_btfids --patch_btfids IDS ELF
 *
 * and expect that the first form writes ELF.BTF, ELF.BTF_ids and ELF.BTF.base, and does not touch
 * ELF. An option that only later kernels have tells which form is meant.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "rebtf.h"

#include "cli/errors.h"
#include "cli/external_module.h"
#include "cli/guards.h"
#include "cli/text.h"
#include "cli/tool.h"

enum resolve_status {
	RESOLVE_OK = 0,
	RESOLVE_USAGE = 129,
	RESOLVE_FAILED = 255,
};

struct resolve_call {
	const char *elf;
	const char *btf;   /* NULL: that of the ELF file */
	const char *base;  /* or NULL */
	const char *patch; /* NULL: not --patch_btfids */
	bool detached;	   /* write files beside the ELF file, as Linux 7.0 and later expect */
	bool distill;
	bool fatal_warnings;
	int verbose;
};

static const char usage[] =
	"\n"
	" Usage: resolve_btfids [<options>] <ELF object>\n"
	"    or: resolve_btfids --patch_btfids <.BTF_ids file> <ELF object>\n"
	"\n"
	"    -b, --btf_base <file>\n"
	"                          path of file providing base BTF\n"
	"    -v, --verbose         be more verbose (show errors, etc)\n"
	"        --btf <file>      path to a file with input BTF data\n"
	"        --distill_base    distill --btf_base and emit .BTF.base section data\n"
	"        --fatal_warnings  turn warnings into errors\n"
	"        --patch_btfids <file>\n"
	"                          path to .BTF_ids section data blob to patch into ELF file\n"
	"        --version         print the version\n"
	"\n"
	"Without --btf, --distill_base and --fatal_warnings, .BTF_ids of the ELF object is patched in place.\n"
	"Otherwise, the results are <ELF object>.BTF, .BTF_ids and .BTF.base.\n"
	"\n";

/* ------------------------------------------------------------------------------------------ messages */

static void print_failure(struct rebtf_error *err)
{
	char *text = rebtf_error_text(err);

	fprintf(stderr, "FAILED: resolve_btfids: %s\n", text ?: "out of memory");
	free(text);
	rebtf_error_free(err);
}

/* The kernel's own words come first, for tools that look for them. */
static void print_warnings(const struct resolve_call *call,
			   const struct rebtf_resolution *resolution)
{
	size_t count = rebtf_resolution_warning_count(resolution), i;
	const struct rebtf_id_warning *warning;

	for (i = 0; (warning = rebtf_resolution_warning_at(resolution, i)); i++) {
		struct text line = {};

		text_add(&line, "WARN: ");
		text_add_name(&line, warning->text);
		text_add(&line, " (");
		text_add_name(&line, call->elf);
		text_add(&line, ": ");
		text_add_name(&line, warning->reason);
		text_add(&line, ")\n");
		errors_print_text(&line);
	}
	if (i < count)
		fprintf(stderr, "WARN: resolve_btfids: %zu more warnings\n", count - i);
}

/* @ending: of the file's name, behind that of the ELF file. */
static void print_progress(const struct resolve_call *call, const char *doing, const char *ending)
{
	struct text line = {};

	if (!call->verbose)
		return;
	text_addf(&line, "resolve_btfids: %s ", doing);
	text_add_name(&line, call->elf);
	text_addf(&line, "%s\n", ending);
	errors_print_text(&line);
}

/* ------------------------------------------------------------------------------------------- outputs */

static void print_outputs(const struct resolve_call *call,
			  const struct rebtf_resolution *resolution)
{
	size_t ids_size;

	if (rebtf_resolution_ids(resolution, &ids_size))
		print_progress(call, "writing", ".BTF_ids");
	print_progress(call, "writing", ".BTF");
	if (rebtf_resolution_distilled_base(resolution))
		print_progress(call, "writing", ".BTF.base");
}

/* --------------------------------------------------------------------------------------------- steps */

/* Sets @warned if there were warnings. */
static struct rebtf_error *resolve(const struct resolve_call *call, const struct rebtf_ids *ids,
				   bool *warned)
{
	REBTF_OPTIONS(rebtf_resolve_options, options, .kfuncs = call->detached,
		      .distill = call->distill && !external_module_is_standalone(),
		      .sort = call->detached);
	GUARD(resolution) struct rebtf_resolution *resolution = NULL;
	GUARD(btf) struct rebtf_btf *base = NULL;
	GUARD(btf) struct rebtf_btf *btf = NULL;
	const void *data;
	size_t size;

	/* rebtf-pahole has made standalone BTF then. */
	if (call->base && !external_module_is_standalone())
		TRY(rebtf_btf_open_elf(call->base, NULL, &base));
	TRY(rebtf_btf_open_elf(call->btf ?: call->elf, base, &btf));
	TRY(rebtf_resolve_ids(ids, btf, &options, &resolution));
	if (options.distill && base && external_module_is_built(base)) {
		TRY(external_module_can_relocate("resolve_btfids", call->elf,
						 rebtf_resolution_btf(resolution), base,
						 &options.distill));
		if (!options.distill) {
			rebtf_resolution_free(resolution);
			resolution = NULL;
			TRY(rebtf_resolve_ids(ids, btf, &options, &resolution));
		}
	}
	print_warnings(call, resolution);
	*warned = rebtf_resolution_warning_count(resolution) != 0;
	if (call->detached)
		print_outputs(call, resolution);
	else
		print_progress(call, "patching", "");
	TRY(error_of_text());
	if (call->detached)
		return rebtf_resolution_write_files(resolution, call->elf);
	data = rebtf_resolution_ids(resolution, &size);
	return rebtf_ids_patch(call->elf, data, size);
}

/* Without ids, a file in place needs no change, and does not need BTF. */
static struct rebtf_error *run_call(const struct resolve_call *call, bool *warned)
{
	GUARD(ids) struct rebtf_ids *ids = NULL;

	TRY(rebtf_ids_open(call->elf, &ids));
	if (!call->detached && !rebtf_ids_count(ids) && !rebtf_ids_set_count(ids))
		return NULL;
	return resolve(call, ids, warned);
}

static struct rebtf_error *file_error(const char *path, const char *problem)
{
	return rebtf_error_new_io(errno, path, NULL, problem);
}

static struct rebtf_error *read_patch(const char *path, void **data, size_t *size)
{
	FILE *stream = fopen(path, "re"), *memory;
	char *text = NULL, piece[4096];
	size_t n;

	if (!stream)
		return file_error(path, "cannot open");
	memory = open_memstream(&text, size);
	while (memory && (n = fread(piece, 1, sizeof(piece), stream)))
		fwrite(piece, 1, n, memory);
	if (memory)
		fclose(memory);
	if (ferror(stream) || !text) {
		fclose(stream);
		free(text);
		return file_error(path, "cannot read");
	}
	fclose(stream);
	*data = text;
	return NULL;
}

static struct rebtf_error *patch(const struct resolve_call *call)
{
	GUARD(memory) void *data = NULL;
	size_t size;

	TRY(read_patch(call->patch, &data, &size));
	print_progress(call, "patching", "");
	TRY(error_of_text());
	return rebtf_ids_patch(call->elf, data, size);
}

/* ----------------------------------------------------------------------------------------- arguments */

enum resolve_option {
	RESOLVE_BTF = 0x100,
	RESOLVE_FATAL,
	RESOLVE_DISTILL,
	RESOLVE_PATCH,
	RESOLVE_VERSION,
	RESOLVE_HELP,
};

static const struct option long_options[] = {
	{ "btf", required_argument, NULL, RESOLVE_BTF },
	{ "btf_base", required_argument, NULL, 'b' },
	{ "distill_base", no_argument, NULL, RESOLVE_DISTILL },
	{ "fatal_warnings", no_argument, NULL, RESOLVE_FATAL },
	{ "patch_btfids", required_argument, NULL, RESOLVE_PATCH },
	{ "verbose", no_argument, NULL, 'v' },
	{ "version", no_argument, NULL, RESOLVE_VERSION },
	{ "help", no_argument, NULL, RESOLVE_HELP },
	{}
};

/* Returns false for wrong usage and requests for help. */
static bool parse_call(int argc, char **argv, struct resolve_call *call)
{
	int option;

	while ((option = getopt_long(argc, argv, "+b:vh", long_options, NULL)) >= 0) {
		switch (option) {
		case 'b':
			call->base = optarg;
			break;
		case 'v':
			call->verbose++;
			break;
		case RESOLVE_BTF:
			call->btf = optarg;
			call->detached = true;
			break;
		case RESOLVE_DISTILL:
			call->distill = call->detached = true;
			break;
		case RESOLVE_FATAL:
			call->fatal_warnings = call->detached = true;
			break;
		case RESOLVE_PATCH:
			call->patch = optarg;
			break;
		case RESOLVE_VERSION:
			printf("rebtf %s\n", rebtf_version());
			exit(RESOLVE_OK);
		default:
			return false;
		}
	}
	if (argc - optind != 1)
		return false;
	call->elf = argv[optind];
	return true;
}

static int run_resolve_btfids(int argc, char **argv)
{
	struct resolve_call call = {};
	struct rebtf_error *err;
	bool warned = false;

	if (!parse_call(argc, argv, &call)) {
		fputs(usage, stderr);
		return RESOLVE_USAGE;
	}
	err = call.patch ? patch(&call) : run_call(&call, &warned);
	if (err) {
		print_failure(err);
		return RESOLVE_FAILED;
	}
	return warned && call.fatal_warnings ? RESOLVE_FAILED : RESOLVE_OK;
}

const struct tool tool_resolve_btfids = {
	.name = "resolve_btfids",
	.run = run_resolve_btfids,
};
