/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Judges the modules of a batch, and gathers why the kernel refuses them. */
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "cli/batch.h"
#include "cli/loadings.h"

/* So many reasons of one module stand in the text unless all are asked for. */
#define REASONS_IN_TEXT 8

/* Real batches have some thousand, one for each symbol; made-up ones could have any number. */
#define CAUSES_MAX 10000

/* -------------------------------------------------------------------------------------- judging */

bool loadings_init(struct loadings *loadings, const struct options *options, struct rebtf_btf *base)
{
	const struct rebtf_loader_options how = {
		.size = sizeof(how),
		.kernel = options->kernel ?: options->base,
		.root = options->root,
		.symvers = options->symvers,
		.btf = base,
	};
	struct rebtf_error *err;

	*loadings = (struct loadings){
		.options = options,
		.lock = PTHREAD_MUTEX_INITIALIZER,
	};
	err = rebtf_loader_open(&how, &loadings->loader);
	if (err)
		print_error(err);
	return loadings->loader;
}

static void free_cause(void *p)
{
	struct cause *cause = p;

	free(cause->text);
	free(cause->symbol);
	free(cause);
}

void loadings_release(struct loadings *loadings)
{
	tdestroy(loadings->causes, free_cause);
	rebtf_loader_free(loadings->loader);
}

void loadings_offer(void *arg, const char *const *paths, size_t count)
{
	struct loadings *loadings = arg;
	struct rebtf_error *err = rebtf_loader_offer(loadings->loader, paths, count);

	if (err)
		out_of_memory();
}

static int by_text(const void *a, const void *b)
{
	const struct cause *left = a, *right = b;

	if (left->verdict != right->verdict)
		return left->verdict < right->verdict ? -1 : 1;
	return strcmp(left->text, right->text);
}

static char *copy(const char *string)
{
	char *copied = string ? strdup(string) : NULL;

	if (string && !copied)
		out_of_memory();
	return copied;
}

/* Counts a module for one of its reasons; false if there is no room for another cause. */
static bool count_reason(struct loadings *loadings, const struct rebtf_loading *loading,
			 size_t index)
{
	struct cause key = {
		.text = (char *)rebtf_loading_reason_text(loading, index),
		.verdict = rebtf_loading_reason_verdict(loading, index),
	};
	struct cause **found = tfind(&key, &loadings->causes, by_text), *cause;

	if (found) {
		(*found)->modules++;
		return true;
	}
	if (loadings->cause_count == CAUSES_MAX)
		return false;
	cause = malloc(sizeof(*cause));
	if (!cause)
		out_of_memory();
	*cause = (struct cause){
		.text = copy(key.text),
		.symbol = copy(rebtf_loading_reason_symbol(loading, index)),
		.verdict = key.verdict,
		.cause = rebtf_loading_reason_cause(loading, index),
		.modules = 1,
	};
	if (!tsearch(cause, &loadings->causes, by_text))
		out_of_memory();
	loadings->cause_count++;
	return true;
}

static size_t kept_reasons(const struct rebtf_loading *loading)
{
	size_t count = rebtf_loading_reason_count(loading);

	return count < REBTF_REASONS_MAX ? count : REBTF_REASONS_MAX;
}

static void count_loading(struct loadings *loadings, const struct rebtf_loading *loading)
{
	bool counted = true;

	pthread_mutex_lock(&loadings->lock);
	loadings->verdicts[rebtf_loading_verdict(loading)]++;
	for (size_t i = 0; i < kept_reasons(loading); i++)
		counted = count_reason(loadings, loading, i) && counted;
	loadings->uncounted += !counted;
	pthread_mutex_unlock(&loadings->lock);
}

struct rebtf_loading *loadings_judge(struct loadings *loadings, const struct rebtf_module *module,
				     bool written)
{
	enum rebtf_signature_change signature = REBTF_SIGNATURE_STAYS;
	struct rebtf_loading *loading = NULL;
	struct rebtf_error *err;

	if (rebtf_module_container(module) != REBTF_CONTAINER_ELF)
		return NULL;
	if (written)
		signature = loadings->options->sign_key ? REBTF_SIGNATURE_MADE
							: REBTF_SIGNATURE_DROPPED;
	err = rebtf_loader_judge(loadings->loader, module, signature, &loading);
	if (err)
		out_of_memory();
	count_loading(loadings, loading);
	return loading;
}

/* ----------------------------------------------------------------------------------- one module */

/*
 * The reasons, of which those after the first stand on lines of their own that start with @indent.
 */
static void add_reasons(struct text *text, const struct options *options,
			const struct rebtf_loading *loading, const char *indent)
{
	size_t count = rebtf_loading_reason_count(loading), shown = kept_reasons(loading);

	if (!options->verbose && shown > REASONS_IN_TEXT)
		shown = REASONS_IN_TEXT;
	for (size_t i = 0; i < shown; i++) {
		text_addf(text, "%s%s", i ? "\n" : ": ", i ? indent : "");
		text_add_name(text, rebtf_loading_reason_text(loading, i));
	}
	if (count > shown) {
		text_addf(text, "\n%sand ", indent);
		text_add_counted(text, count - shown, "other reason");
	}
	text_add(text, "\n");
}

/* What follows "loading yes" of a module whose BTF does not fit. */
static const char *answer_words(struct loadings *loadings)
{
	switch (rebtf_loader_btf_mismatch(loadings->loader)) {
	case REBTF_BTF_MISMATCH_DROPPED:
		return ", but without types";
	case REBTF_BTF_MISMATCH_REFUSED:
		return " but for its BTF: this kernel refuses BTF that does not fit";
	case REBTF_BTF_MISMATCH_UNKNOWN:
		break;
	}
	return " but for its BTF: what this kernel does with BTF that does not fit is unknown";
}

void loadings_add_text(struct text *text, struct loadings *loadings,
		       const struct rebtf_loading *loading, bool misfit)
{
	enum rebtf_loading_verdict verdict;

	if (!loading)
		return;
	verdict = rebtf_loading_verdict(loading);
	misfit = misfit && verdict == REBTF_LOADING_YES;
	if (verdict != REBTF_LOADING_NO && !misfit && !loadings->options->verbose)
		return;
	text_add(text, "    loading ");
	text_style(text, verdict == REBTF_LOADING_NO ? STYLE_BAD : STYLE_PLAIN);
	text_add(text, rebtf_loading_verdict_name(verdict));
	text_style(text, STYLE_PLAIN);
	if (misfit)
		text_add(text, answer_words(loadings));
	add_reasons(text, loadings->options, loading, "        ");
}

void loadings_add_info_text(struct text *text, struct loadings *loadings,
			    const struct rebtf_loading *loading, bool misfit)
{
	enum rebtf_loading_verdict verdict = rebtf_loading_verdict(loading);

	text_addf(text, "  loads       %s", rebtf_loading_verdict_name(verdict));
	if (misfit && verdict == REBTF_LOADING_YES)
		text_add(text, answer_words(loadings));
	add_reasons(text, loadings->options, loading, "              ");
}

static struct json_object *reasons_json(const struct rebtf_loading *loading)
{
	struct json_object *array = json_new_array();

	for (size_t i = 0; i < kept_reasons(loading); i++) {
		struct json_object *object = json_new_object();

		json_add_string(object, "cause",
				rebtf_loading_cause_name(rebtf_loading_reason_cause(loading, i)));
		json_add_string(object, "verdict",
				rebtf_loading_verdict_name(rebtf_loading_reason_verdict(loading,
											i)));
		json_add_string(object, "symbol", rebtf_loading_reason_symbol(loading, i));
		json_add_string(object, "message", rebtf_loading_reason_text(loading, i));
		json_append(array, object);
	}
	return array;
}

/* How many of the module's symbols were found where; each source that has none is left out. */
static struct json_object *found_json(const struct rebtf_loading *loading)
{
	struct json_object *object = json_new_object();

	for (int i = 0; i < REBTF_SYMBOL_SOURCES; i++) {
		enum rebtf_symbol_source source = (enum rebtf_symbol_source)i;
		size_t count = rebtf_loading_found_in(loading, source);

		if (count)
			json_add_number(object, rebtf_symbol_source_name(source), count);
	}
	return object;
}

void loadings_add_json(struct json_object *object, struct loadings *loadings,
		       const struct rebtf_loading *loading)
{
	struct rebtf_loader *loader = loadings->loader;
	struct json_object *json;

	if (!loading) {
		json_add(object, "loading", NULL);
		return;
	}
	json = json_new_object();
	json_add_string(json, "verdict",
			rebtf_loading_verdict_name(rebtf_loading_verdict(loading)));
	json_add(json, "reasons", reasons_json(loading));
	json_add_number(json, "reason_count", rebtf_loading_reason_count(loading));
	json_add_string(json, "kernel", rebtf_loader_release(loader));
	json_add_string(json, "btf_mismatch",
			rebtf_btf_mismatch_name(rebtf_loader_btf_mismatch(loader)));
	json_add_bool(json, "signed", rebtf_loading_signed(loading));
	json_add_string(json, "signature",
			rebtf_signature_policy_name(rebtf_loader_signature(loader)));
	json_add(json, "sources", found_json(loading));
	json_add(object, "loading", json);
}
