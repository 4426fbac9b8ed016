/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Summarizes loading for a whole batch: verdicts, causes by number of modules, sources. */
#include <stdio.h>

#include "cli/errors.h"
#include "cli/loadings.h"

/* The text has at most this many causes, unless all are requested. */
#define CAUSES_IN_TEXT 8

/* ----------------------------------------------------------------------------------------- text */

/* Adds the most frequent causes of a verdict, each as a line starting with @indent. */
static void add_causes(struct text *text, struct loadings *loadings,
		       enum rebtf_loading_verdict verdict, const char *indent)
{
	counts_add_text(text, &loadings->causes[verdict],
			loadings->options->verbose ? SIZE_MAX : CAUSES_IN_TEXT, indent);
}

static size_t judged(const struct loadings *loadings)
{
	size_t count = 0;

	for (int i = 0; i < LOADING_VERDICTS; i++)
		count += loadings->verdicts[i];
	return count;
}

static void add_kernel(struct text *text, const struct loadings *loadings)
{
	text_add_name(text,
		      rebtf_loader_release(loadings->loader) ?: base_label(loadings->options));
}

/* Adds the sources that were read, and those that are missing. */
static void add_sources(struct text *text, const struct loadings *loadings)
{
	const char *before = "    symbols from ";

	for (int i = 0; i < REBTF_SYMBOL_SOURCES; i++) {
		const char *path = rebtf_loader_source_path(loadings->loader,
							    (enum rebtf_symbol_source)i);

		if (!path)
			continue;
		text_add(text, before);
		text_add_name(text, path);
		before = ", ";
	}
	if (*before == ',')
		text_add(text, "\n");
	before = "    not available: ";
	for (int i = 0; i < REBTF_SYMBOL_SOURCES; i++) {
		enum rebtf_symbol_source source = (enum rebtf_symbol_source)i;
		const char *missing = rebtf_loader_source_missing(loadings->loader, source);

		if (!missing)
			continue;
		text_addf(text, "%s%s (", before, rebtf_symbol_source_name(source));
		text_add_name(text, missing);
		text_add(text, ")");
		before = ", ";
	}
	if (*before == ',')
		text_add(text, "\n");
}

/* Adds the kernel's policies for BTF that does not fit, and for unsigned modules. */
static void add_policies(struct text *text, const struct loadings *loadings)
{
	const char *config = rebtf_loader_config_path(loadings->loader);

	text_add(text, "    a module whose BTF does not fit: ");
	text_add(text, rebtf_btf_mismatch_name(rebtf_loader_btf_mismatch(loadings->loader)));
	text_add(text, "; a signature: ");
	switch (rebtf_loader_signature(loadings->loader)) {
	case REBTF_SIGNATURE_REQUIRED:
		text_add(text, "required");
		break;
	case REBTF_SIGNATURE_LOCKDOWN:
		text_add(text, "required only in lockdown (Secure Boot)");
		break;
	case REBTF_SIGNATURE_OPTIONAL:
		text_add(text, "not required");
		break;
	case REBTF_SIGNATURE_UNKNOWN:
		text_add(text, "unknown");
		break;
	}
	text_add(text, config ? " (" : " (no configuration of the kernel was found");
	text_add_name(text, config ?: "");
	text_add(text, ")\n");
}

void loadings_add_summary_text(struct text *text, struct loadings *loadings)
{
	const char *before = ": ";
	size_t count = judged(loadings);

	/* If loading is not the subject of the verb, success is not reported. */
	if (!count || (loadings->warns && !loadings->options->verbose &&
		       loadings->verdicts[REBTF_LOADING_YES] == count))
		return;
	text_style(text, STYLE_STRONG);
	text_add(text, "Loading by ");
	add_kernel(text, loadings);
	text_style(text, STYLE_PLAIN);
	for (int i = 0; i < LOADING_VERDICTS; i++) {
		if (!loadings->verdicts[i])
			continue;
		text_add(text, before);
		text_add_count(text, loadings->verdicts[i]);
		text_addf(text, " %s", rebtf_loading_verdict_name((enum rebtf_loading_verdict)i));
		before = ", ";
	}
	text_add(text, "\n");
	if (!loadings->warns)
		add_causes(text, loadings, REBTF_LOADING_NO, "    ");
	add_causes(text, loadings, REBTF_LOADING_UNKNOWN, "    ");
	if (loadings->options->verbose || loadings->verdicts[REBTF_LOADING_UNKNOWN])
		add_sources(text, loadings);
	if (loadings->options->verbose)
		add_policies(text, loadings);
}

void loadings_warn(struct loadings *loadings)
{
	size_t refused = loadings->verdicts[REBTF_LOADING_NO];
	struct text text = {};

	if (!refused || (loadings->options->quiet && !loadings->options->require_loadable))
		return;
	text_addf(&text, "rebtf: %s", loadings->options->require_loadable ? "" : "warning: ");
	add_kernel(&text, loadings);
	text_add(&text, " refuses to load ");
	text_add_count(&text, refused);
	text_add(&text, " of ");
	text_add_counted(&text, judged(loadings), "module");
	text_add(&text, ":\n");
	add_causes(&text, loadings, REBTF_LOADING_NO, "rebtf:     ");
	errors_print_text(&text);
}

enum status loadings_status(const struct loadings *loadings, enum status status)
{
	if (status == STATUS_OK && loadings->options && loadings->options->require_loadable &&
	    loadings->verdicts[REBTF_LOADING_NO])
		return STATUS_MISFIT;
	return status;
}

/* ----------------------------------------------------------------------------------------- JSON */

static void add_causes_json(struct json_object *object, struct loadings *loadings)
{
	struct json_object *array = json_new_array();
	size_t left_out;

	left_out = counts_append_json(array, &loadings->causes[REBTF_LOADING_NO]);
	left_out += counts_append_json(array, &loadings->causes[REBTF_LOADING_UNKNOWN]);
	json_add(object, "causes", array);
	if (left_out)
		json_add_number(object, "causes_left_out", left_out);
}

static struct json_object *sources_json(const struct loadings *loadings)
{
	struct json_object *array = json_new_array();

	for (int i = 0; i < REBTF_SYMBOL_SOURCES; i++) {
		enum rebtf_symbol_source source = (enum rebtf_symbol_source)i;
		const char *path = rebtf_loader_source_path(loadings->loader, source);
		const char *missing = rebtf_loader_source_missing(loadings->loader, source);
		struct json_object *object;

		if (!path && !missing)
			continue;
		object = json_new_object();
		json_add_string(object, "source", rebtf_symbol_source_name(source));
		json_add_string(object, "path", path);
		json_add_string(object, "missing", path ? NULL : missing);
		json_append(array, object);
	}
	return array;
}

void loadings_add_summary_json(struct json_object *object, struct loadings *loadings)
{
	struct rebtf_loader *loader = loadings->loader;
	struct json_object *json;

	if (!judged(loadings)) {
		json_add(object, "loading", NULL);
		return;
	}
	json = json_new_object();
	json_add_string(json, "kernel", rebtf_loader_release(loader));
	for (int i = 0; i < LOADING_VERDICTS; i++)
		json_add_number(json, rebtf_loading_verdict_name((enum rebtf_loading_verdict)i),
				loadings->verdicts[i]);
	json_add_string(json, "btf_mismatch",
			rebtf_btf_mismatch_name(rebtf_loader_btf_mismatch(loader)));
	json_add_string(json, "signature",
			rebtf_signature_policy_name(rebtf_loader_signature(loader)));
	json_add_string(json, "config", rebtf_loader_config_path(loader));
	add_causes_json(json, loadings);
	json_add(json, "sources", sources_json(loadings));
	json_add(object, "loading", json);
}
