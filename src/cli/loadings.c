/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Judges the loading of a batch's modules, and collects the reasons for refusals. */
#include <stdlib.h>
#include <string.h>

#include "cli/batch.h"
#include "cli/loadings.h"

/* The text has at most this many reasons of one module, unless all are requested. */
#define REASONS_IN_TEXT 8

/* Limits the size of one module's reasons. Each can name symbols of 512 bytes. */
#define REASONS_SIZE_MAX ((size_t)64 << 10)

/* One cause of refusals. Its words are the message. */
struct cause {
	struct counted counted;
	bool is_known; /* the members below are set */
	enum rebtf_loading_cause cause;
	enum rebtf_loading_verdict verdict;
	char *symbol; /* or NULL */
};

static void loadings_free_rest(struct counted *counted)
{
	free(((struct cause *)counted)->symbol);
}

static struct json_object *cause_json(const struct counted *counted)
{
	const struct cause *cause = (const struct cause *)counted;
	struct json_object *object = json_new_object();

	json_add_number(object, "modules", counted->modules);
	json_add_string(object, "cause", rebtf_loading_cause_name(cause->cause));
	json_add_string(object, "verdict", rebtf_loading_verdict_name(cause->verdict));
	json_add_string(object, "symbol", cause->symbol);
	json_add_string(object, "message", counted->words);
	return object;
}

static const struct counted_kind cause_kind = {
	.size = sizeof(struct cause),
	.free_rest = loadings_free_rest,
	.json = cause_json,
	.other = "other cause",
};

/* -------------------------------------------------------------------------------------- judging */

void loadings_init(struct loadings *loadings, const struct options *options, struct rebtf_btf *base)
{
	*loadings = (struct loadings){
		.options = options,
		.base = base,
		.lock = PTHREAD_MUTEX_INITIALIZER,
	};
	for (int i = 0; i < LOADING_VERDICTS; i++)
		loadings->causes[i].kind = &cause_kind;
}

void loadings_release(struct loadings *loadings)
{
	for (int i = 0; i < LOADING_VERDICTS && loadings->causes[i].kind; i++)
		counts_release(&loadings->causes[i]);
	rebtf_loader_free(loadings->loader);
}

bool loadings_open(void *arg, const char *const *paths, size_t count)
{
	struct loadings *loadings = arg;
	const struct options *options = loadings->options;
	const struct rebtf_loader_options how = {
		.size = sizeof(how),
		.kernel = options->kernel ?: options->base,
		.root = options->root,
		.symvers = options->symvers,
		.btf = loadings->base,
		.modules = paths,
		.module_count = count,
	};
	struct rebtf_error *err = rebtf_loader_open(&how, &loadings->loader);

	if (err)
		print_error(err);
	return !err;
}

static char *loadings_words_of(const struct rebtf_loading *loading, size_t index)
{
	struct text text = {};

	text_add_name(&text, rebtf_loading_reason_text(loading, index));
	return text_end(&text);
}

/* Counts module number @module for one of its reasons. */
static void count_reason(struct loadings *loadings, size_t module,
			 const struct rebtf_loading *loading, size_t index)
{
	enum rebtf_loading_verdict verdict = rebtf_loading_reason_verdict(loading, index);
	const char *symbol = rebtf_loading_reason_symbol(loading, index);
	char *words = loadings_words_of(loading, index);
	struct cause *cause;

	cause = words ? (struct cause *)counts_find(&loadings->causes[verdict], words) : NULL;
	if (!cause)
		return;
	counted_add(&cause->counted, module);
	if (cause->is_known)
		return;
	cause->is_known = true;
	cause->cause = rebtf_loading_reason_cause(loading, index);
	cause->verdict = verdict;
	cause->symbol = symbol ? strdup(symbol) : NULL;
	if (symbol && !cause->symbol)
		memory_failed();
}

static size_t loadings_kept_reasons(const struct rebtf_loading *loading)
{
	size_t count = rebtf_loading_reason_count(loading);

	return count < REBTF_REASONS_MAX ? count : REBTF_REASONS_MAX;
}

static void count_loading(struct loadings *loadings, const struct rebtf_loading *loading)
{
	size_t module = 1;

	pthread_mutex_lock(&loadings->lock);
	loadings->verdicts[rebtf_loading_verdict(loading)]++;
	for (int i = 0; i < LOADING_VERDICTS; i++)
		module += loadings->verdicts[i];
	for (size_t i = 0; i < loadings_kept_reasons(loading); i++)
		count_reason(loadings, module, loading, i);
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
	if (err) {
		memory_failed();
		rebtf_error_free(err);
		return NULL;
	}
	count_loading(loadings, loading);
	return loading;
}

void loadings_judge_left(struct loadings *loadings, const struct rebtf_module *module)
{
	if (loadings->options && loadings->options->require_loadable)
		rebtf_loading_free(loadings_judge(loadings, module, false));
}

/* ----------------------------------------------------------------------------------- one module */

/* Adds the reasons. Each one after the first has its own line, starting with @indent. */
static void loadings_add_reasons(struct text *text, const struct options *options,
				 const struct rebtf_loading *loading, const char *indent)
{
	size_t count = rebtf_loading_reason_count(loading), shown = loadings_kept_reasons(loading),
	       i;
	size_t end = text->size + REASONS_SIZE_MAX;

	if (!options->verbose && shown > REASONS_IN_TEXT)
		shown = REASONS_IN_TEXT;
	for (i = 0; i < shown && text->size < end; i++) {
		text_addf(text, "%s%s", i ? "\n" : ": ", i ? indent : "");
		text_add_name(text, rebtf_loading_reason_text(loading, i));
	}
	if (count > i) {
		text_addf(text, "\n%sand ", indent);
		text_add_counted(text, count - i, "other reason");
	}
	text_add(text, "\n");
}

/* The text after "loading yes" for a module whose BTF does not fit. */
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
	loadings_add_reasons(text, loadings->options, loading, "        ");
}

void loadings_add_info_text(struct text *text, struct loadings *loadings,
			    const struct rebtf_loading *loading, bool misfit)
{
	enum rebtf_loading_verdict verdict = rebtf_loading_verdict(loading);

	text_addf(text, "  loads       %s", rebtf_loading_verdict_name(verdict));
	if (misfit && verdict == REBTF_LOADING_YES)
		text_add(text, answer_words(loadings));
	loadings_add_reasons(text, loadings->options, loading, "              ");
}

static struct json_object *reasons_json(const struct rebtf_loading *loading)
{
	struct json_object *array = json_new_array();

	for (size_t i = 0;
	     i < loadings_kept_reasons(loading) && json_size(array) < REASONS_SIZE_MAX; i++) {
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

/*
 * How many of the module's symbols were found in each source, without sources that have no symbol.
 */
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

struct json_object *loading_json(struct loadings *loadings, const struct rebtf_loading *loading)
{
	struct rebtf_loader *loader = loadings->loader;
	struct json_object *json;

	if (!loading)
		return NULL;
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
	return json;
}

void loadings_add_json(struct json_object *object, struct loadings *loadings,
		       const struct rebtf_loading *loading)
{
	json_add(object, "loading", loading_json(loadings, loading));
}
