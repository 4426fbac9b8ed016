/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* rebtf encode: makes BTF from DWARF, in the file itself or beside it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rebtf.h"

#include "cli/batch.h"
#include "cli/built_for.h"
#include "cli/destination.h"
#include "cli/directory.h"
#include "cli/guards.h"
#include "cli/json.h"
#include "cli/kernels.h"
#include "cli/output.h"
#include "cli/own_types.h"
#include "cli/signer.h"
#include "cli/summary.h"
#include "module/tree.h"

/* The settings from the options, for all files. */
struct encoding_run {
	const struct options *options;
	struct rebtf_btf *base; /* or NULL */
	uint32_t features;
	struct destination destination;
	struct rebtf_signer *signer; /* or NULL */
};

/* --------------------------------------------------------------------------------------- report */

static struct json_object *encode_skips_json(const struct rebtf_encoding *encoding)
{
	struct json_object *list = json_new_array();
	char *text;

	for (size_t i = 0; (text = rebtf_encoding_skip_at(encoding, i)); i++) {
		json_append_string(list, text);
		free(text);
	}
	return list;
}

/* The fates of functions and variables. */
static struct json_object *encode_fates_json(const struct rebtf_encoding *encoding)
{
	struct json_object *list = json_new_array();
	const struct rebtf_fate *fate;

	for (size_t i = 0; (fate = rebtf_encoding_fate_at(encoding, i)); i++) {
		struct json_object *object = json_new_object();

		json_add_name(object, "name", fate->name);
		json_add_string(object, "reason", fate->reason);
		json_add_name(object, "text", fate->text);
		json_add_bool(object, "variable", fate->variable);
		if (fate->has_die)
			json_add_number(object, "die", fate->die_offset);
		json_append(list, object);
	}
	return list;
}

/* Adds a line for each function and variable that --explain names. */
static void encode_explain(const struct tree_file *file, const struct rebtf_encoding *encoding,
			   struct text *out)
{
	const struct rebtf_fate *fate;

	for (size_t i = 0; (fate = rebtf_encoding_fate_at(encoding, i)); i++) {
		text_add_name(out, file->path);
		text_add(out, ": ");
		text_add_name(out, fate->name);
		text_add(out, ": ");
		text_add_name(out, fate->text);
		if (fate->has_die)
			text_addf(out, " (DIE at 0x%llx)", (unsigned long long)fate->die_offset);
		text_add(out, "\n");
	}
}

static void cmd_encode_report(const struct encoding_run *run, const struct tree_file *file,
			      const struct rebtf_encoding *encoding, const char *path,
			      struct result *result)
{
	const struct rebtf_btf *btf = rebtf_encoding_btf(encoding);
	uint64_t skips = rebtf_encoding_skip_count(encoding);
	uint32_t types = own_type_count(btf);
	struct json_object *object;

	result->outcome = OUTCOME_DONE;
	if (run->options->json) {
		object = result_json(run->options, file->path, "encoded");
		json_add_string(object, "output", path);
		json_add_number(object, "types", types);
		json_add_number(object, "skipped", skips);
		if (skips)
			json_add(object, "skips", encode_skips_json(encoding));
		if (rebtf_encoding_fate_count(encoding))
			json_add(object, "fates", encode_fates_json(encoding));
		json_print(&result->out, object);
	} else if (run->options->explain) {
		encode_explain(file, encoding, &result->out);
	} else if (run->options->verbose) {
		text_add_name(&result->out, file->path);
		text_addf(&result->out, ": %sencoded, ", would_be(run->options));
		text_add_counted(&result->out, types, "type");
		if (skips) {
			text_add(&result->out, ", without ");
			text_add_counted(&result->out, skips, "type");
			text_add(&result->out, " or members that BTF cannot express");
		}
		text_add(&result->out, "\n");
	}
}

/* ------------------------------------------------------------------------------------- encoding */

/* Whether the options can stand for more than one file. Then each file gets one thread. */
static bool encode_is_batch(const struct options *options)
{
	return options->path_count != 1 || options->files_from || is_directory(options->paths[0]);
}

static struct rebtf_error *cmd_encode_write(struct encoding_run *run, const struct tree_file *file,
					    const struct rebtf_encoding *encoding, char **path)
{
	const struct options *options = run->options;
	REBTF_OPTIONS(rebtf_embed_options, embed, .signer = run->signer,
		      .strip_signature = options->strip_signature, .dry_run = options->dry_run,
		      .compress_level = options->compress_level);

	if (options->detached) {
		*path = strdup(options->detached);
		if (!*path)
			return rebtf_error_nomem();
		return options->dry_run ? NULL : rebtf_encoding_write(encoding, *path);
	}
	TRY(destination_path(&run->destination, file, path));
	if (options->explain)
		return NULL;
	if (options->out_dir && !options->dry_run)
		TRY(tree_make_parents(*path));
	return rebtf_encoding_embed(encoding, options->out_dir ? *path : NULL, &embed);
}

/*
 * Checks that a module's version magic permits the base, if its release is known. Other files have
 * no version magic.
 */
static struct rebtf_error *cmd_encode_check_release(const struct encoding_run *run,
						    const struct tree_file *file)
{
	GUARD(module) struct rebtf_module *module = NULL;

	if (!run->base || !rebtf_kernel_release(run->base))
		return NULL;
	/* Encoding a broken file gives a better error. */
	TRY(error_if_nomem(rebtf_module_open(file->path, NULL, &module)));
	return module ? built_for_check(run->options, module, run->base) : NULL;
}

static struct rebtf_error *cmd_encode_file(struct encoding_run *run, const struct tree_file *file,
					   struct result *result)
{
	const struct options *options = run->options;
	GUARD(encoding) struct rebtf_encoding *encoding = NULL;
	GUARD(memory) char *path = NULL;

	REBTF_OPTIONS(rebtf_encode_options, encode, .base = run->base, .features = run->features,
		      .lang_exclude = options->lang_exclude,
		      .jobs = encode_is_batch(options) ? 1 : options->jobs, .sort = options->sort,
		      .inlined = options->inlined, .unverified = options->unverified,
		      .expects = options->expects, .fates = options->json && !options->explain,
		      .explain = options->explain);

	TRY(cmd_encode_check_release(run, file));
	TRY(rebtf_encode(file->path, &encode, &encoding));
	if (!rebtf_encoding_btf(encoding)) {
		result_refuse(result, options, file->path, REBTF_ERR_NO_BTF, NULL,
			      "the file has no DWARF (build it with -g)");
		return NULL;
	}
	TRY(cmd_encode_write(run, file, encoding, &path));
	cmd_encode_report(run, file, encoding, path, result);
	return NULL;
}

static void cmd_encode_one(void *arg, const struct tree_file *file, struct result *result)
{
	struct encoding_run *run = arg;
	struct rebtf_error *err = cmd_encode_file(run, file, result);

	if (err)
		result_fail(result, run->options, file->path, err);
}

/* ----------------------------------------------------------------------------------------- verb */

/* Reads the names of features. Returns false after a message. */
static bool encode_parse_features(const struct options *options, uint32_t *features)
{
	const char *list = options->features;

	*features = list ? 0 : REBTF_ENCODE_DEFAULT | REBTF_ENCODE_ATTRIBUTES;
	for (; list && *list; list += *list == ',') {
		const char *name = list + (*list == '+');
		size_t size = strcspn(name, ",");
		uint32_t feature = rebtf_encode_feature(name, size);

		if (*list == '+')
			*features |= REBTF_ENCODE_DEFAULT;
		if (!feature) {
			fprintf(stderr, "rebtf: --features: unknown feature '%.*s'\n",
				size < 64 ? (int)size : 64, name);
			return false;
		}
		*features |= feature;
		list = name + size;
	}
	if (options->distill)
		*features |= REBTF_ENCODE_DISTILLED;
	return true;
}

/* Opens the base that --base names. Returns false after a message. */
static bool encode_open_base(struct encoding_run *run)
{
	struct rebtf_error *err;

	if (!run->options->base)
		return true;
	err = kernels_open(run->options->base, &run->base);
	if (!err)
		return true;
	print_error(err);
	return false;
}

/* Prints a problem with --detached, and returns true. */
static bool encode_refuses_detached(const struct options *options)
{
	const char *problem = NULL;

	if (options->detached && encode_is_batch(options))
		problem = "--detached takes the BTF of one file only";
	else if (options->detached && options->sign_key)
		problem = "--detached writes raw BTF, which --sign cannot sign";
	if (problem)
		fprintf(stderr, "rebtf: %s\n", problem);
	return problem;
}

static enum status run_encode(const struct options *options)
{
	static const struct summary_words words = {
		.verb = "encode",
		.outcome = "encoded",
		.one = "encoded",
		.many = "encoded",
		.noun = "file",
	};
	struct encoding_run run = { .options = options };
	const struct batch_work work = {
		.doing = "encoding",
		.one = cmd_encode_one,
		.arg = &run,
	};
	struct tally tally = {};
	bool ran = false;

	if (encode_refuses_detached(options) || !encode_parse_features(options, &run.features) ||
	    !open_signer(options, &run.signer))
		return STATUS_TROUBLE;
	if (!encode_open_base(&run)) {
		rebtf_signer_free(run.signer);
		return STATUS_TROUBLE;
	}
	destination_init(&run.destination, options);
	ran = batch_run(options, &work, &tally);
	if (ran)
		print_summary(options, &words, &tally, NULL, NULL);
	destination_release(&run.destination);
	rebtf_btf_unref(run.base);
	rebtf_signer_free(run.signer);
	return tally_finish(&tally, ran);
}

static const struct argp_option own_options[] = {
	{ "base", 'B', "BASE", 0,
	  "Encode modules: the kernel's BTF, or a file with it. Types of BASE are left out", 1 },
	{ "features", OPTION_FEATURES, "LIST", 0,
	  "What to encode, in pahole's words, separated by commas: default, all, or "
	  "var, float, decl_tag, type_tag, enum64, consistent_func, decl_tag_kfuncs, attributes, ...",
	  1 },
	{ "lang-exclude", OPTION_LANG_EXCLUDE, "LIST", 0,
	  "Leave out units in these languages, separated by commas: rust, asm", 1 },
	{ "distill", OPTION_DISTILL, NULL, 0,
	  "With --base: record the base types that a module needs", 1 },
	{ "expects", OPTION_EXPECTS, NULL, 0,
	  "With --distill: also record the definitions of types that a module relies on", 1 },
	{ "inline", OPTION_INLINE, NULL, 0,
	  "Also make .BTF.inline, for Linux 7.4 and later: where functions were inlined, and where "
	  "their parameters are there",
	  1 },
	{ "sort", OPTION_SORT, NULL, 0,
	  "Sort types by name; the default for Linux 7.0 and later, which search for names by bisection",
	  1 },
	{ "no-sort", OPTION_NO_SORT, NULL, 0, "Do not sort types", 1 },
	{ "no-verify", OPTION_NO_VERIFY, NULL, 0, "Do not check that a kernel accepts the BTF", 1 },
	{ "explain", OPTION_EXPLAIN, "NAME", 0,
	  "Say why the function or variable NAME is or is not in the BTF, and write nothing", 1 },
	{ "detached", OPTION_DETACHED, "OUT", 0,
	  "Write the BTF of one FILE to OUT, and leave FILE alone", 1 },
	{ "out-dir", 'o', "DIR", 0, "Write below DIR and leave FILE alone", 1 },
	DRY_RUN_OPTION,
	{}
};

static const struct argp_child children[] = { { .argp = &cache_argp },
					      { .argp = &built_for_argp },
					      { .argp = &rewrite_argp },
					      { .argp = &batch_argp },
					      {} };

const struct verb verb_encode = {
	.name = "encode",
	.summary = "make BTF from DWARF",
	.writes = true,
	.argp = {
		.options = own_options,
		.parser = parse_verb,
		.args_doc = "FILE|DIR...",
		.doc = "Makes BTF from the debug information (DWARF) of each FILE, and adds it to FILE as its "
		       "section .BTF. FILE is an ELF file that was built with -g: a kernel, a module, an "
		       "object. DIR stands for every module in it. Types that C does not have are left "
		       "out."
		       "\v"
		       "Examples:\n"
		       "\n"
		       "  rebtf encode --detached vmlinux.btf vmlinux\n"
		       "  rebtf encode -B vmlinux.btf drivers/net\n",
		.children = children,
	},
	.run = run_encode,
};
