/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * rebtf ids: lists the type ids in .BTF_ids, by the sets that they are in, or with --resolve fills
 * them in, in place, as a build does.
 */
#include <stdlib.h>
#include <string.h>

#include "rebtf.h"

#include "cli/base.h"
#include "cli/batch.h"
#include "cli/guards.h"
#include "cli/json.h"
#include "cli/summary.h"

struct id_listing {
	const struct options *options;
	struct base base;
};

/* One file. */
struct listed_ids {
	struct id_listing *l;
	const char *path;
	struct rebtf_module *module; /* NULL: an uncompressed file, which is read in parts */
	struct rebtf_ids *ids;
	struct rebtf_btf *btf; /* NULL: unknown */
	size_t wrong;	       /* ids of types that no symbol names */
	struct text text;
	/* NULL: text is wanted. Printing frees both. */
	struct json_object *sets;
	struct json_object *others; /* ids outside sets */
};

/* -------------------------------------------------------------------------------------------- open */

/* An uncompressed file of any size is read in parts, any other one as a module. */
static struct rebtf_error *open_listed_file(struct listed_ids *f)
{
	REBTF_OPTIONS(rebtf_module_options, how, .reading = f->l->options->reading);
	struct rebtf_error *err = rebtf_ids_open(f->path, &f->ids);

	if (!err || rebtf_error_code(err) == REBTF_ERR_IO ||
	    rebtf_error_code(err) == REBTF_ERR_NOMEM)
		return err;
	rebtf_error_free(err);
	TRY(rebtf_module_open(f->path, &how, &f->module));
	return rebtf_ids_of_module(f->module, &f->ids);
}

static struct rebtf_error *open_listed_btf(struct listed_ids *f, struct rebtf_btf *base)
{
	return f->module ? rebtf_module_btf(f->module, base, &f->btf)
			 : rebtf_btf_open_elf(f->path, base, &f->btf);
}

static struct rebtf_error *open_listed_over_base(struct listed_ids *f)
{
	struct rebtf_btf *base;

	TRY(base_get(&f->l->base, &base));
	return base ? open_listed_btf(f, base) : base_error(&f->l->base);
}

/*
 * Without a named base, BTF that can be read without one is not read over the running kernel. A list
 * of split BTF needs none, because symbols have the names.
 */
static struct rebtf_error *open_ids(struct listed_ids *f)
{
	const struct options *options = f->l->options;
	bool is_standalone = options->reading == REBTF_READING_STANDALONE;
	struct rebtf_error *err;

	TRY(open_listed_file(f));
	if (options->reading == REBTF_READING_SPLIT || (options->base && !is_standalone))
		return open_listed_over_base(f);
	err = open_listed_btf(f, NULL);
	if (!err || is_standalone)
		return err;
	error_ignore(err);
	return options->resolve ? open_listed_over_base(f) : NULL;
}

/* -------------------------------------------------------------------------------------------- list */

static bool names_type(const struct listed_ids *f, const struct rebtf_id *id, uint32_t type_id)
{
	const struct rebtf_type *t = rebtf_btf_type(f->btf, type_id);

	return t && rebtf_type_kind(t) == id->kind &&
	       !strcmp(rebtf_btf_type_name(f->btf, t), id->name);
}

static int listed_by_name(const void *a, const void *b)
{
	const struct rebtf_id *const *left = a, *const *right = b;
	int order = strcmp((*left)->name, (*right)->name);

	return order ?: ((*left)->kind > (*right)->kind) - ((*left)->kind < (*right)->kind);
}

/* @kind 0: the type is unknown. @has_id: false if only the symbol is known. */
static void add_entry(struct listed_ids *f, struct json_object *array, const char *indent,
		      uint32_t type_id, bool has_id, uint32_t kind, const char *name,
		      const uint32_t *flags)
{
	struct json_object *object;

	if (array) {
		object = json_new_object();
		if (has_id)
			json_add_number(object, "id", type_id);
		if (kind)
			json_add_string(object, "kind", rebtf_kind_name(kind));
		if (name)
			json_add_name(object, "name", name);
		if (flags)
			json_add_number(object, "flags", *flags);
		json_append(array, object);
		return;
	}
	text_add(&f->text, indent);
	if (has_id)
		text_addf(&f->text, "[%u] ", type_id);
	if (kind) {
		text_addf(&f->text, "%s '", rebtf_kind_name(kind));
		text_add_name(&f->text, name);
		text_add(&f->text, "'");
	} else {
		text_add(&f->text, type_id ? "a type that no symbol names" : "not found");
	}
	if (flags && *flags)
		text_addf(&f->text, " flags 0x%x", *flags);
	text_add(&f->text, "\n");
}

/* The ids of a resolved set are sorted, so BTF tells their names. */
static void add_resolved_set(struct listed_ids *f, const struct rebtf_id_set *set,
			     const struct rebtf_id **names, struct json_object *array)
{
	qsort(names, set->id_count, sizeof(*names), listed_by_name);
	for (size_t i = 0; i < set->count; i++) {
		uint32_t flags, id = rebtf_ids_entry(f->ids, set, i, &flags);
		const struct rebtf_type *t = f->btf ? rebtf_btf_type(f->btf, id) : NULL;
		const struct rebtf_id key = { .name = t ? rebtf_btf_type_name(f->btf, t) : "",
					      .kind = t ? rebtf_type_kind(t) : 0 };
		const struct rebtf_id *wanted = &key, *const *found = NULL;

		if (id && t)
			found = bsearch(&wanted, names, set->id_count, sizeof(*names),
					listed_by_name);
		f->wrong += id && f->btf && !found;
		add_entry(f, array, "        ", id, true, found ? (*found)->kind : 0,
			  found ? (*found)->name : NULL, set->has_flags ? &flags : NULL);
	}
}

static void list_set(struct listed_ids *f, const struct rebtf_id_set *set)
{
	const struct rebtf_id **names = calloc(set->id_count + 1, sizeof(*names));
	struct json_object *array = f->sets ? json_new_array() : NULL, *object;
	bool kfuncs = set->has_flags && set->flags & 1;

	if (!array) {
		text_addf(&f->text, "    %s '", set->has_flags ? "set8" : "set");
		text_add_name(&f->text, set->name);
		text_addf(&f->text, "'%s: ", kfuncs ? " of kfuncs" : "");
		text_add_counted(&f->text, set->count, "id");
		text_add(&f->text, set->is_resolved || !set->count ? "\n" : ", not resolved\n");
	}
	for (size_t i = 0; names && i < set->id_count; i++)
		names[i] = rebtf_ids_at(f->ids, set->first_id + i);
	if (!names)
		memory_failed();
	else if (set->is_resolved && f->btf)
		add_resolved_set(f, set, names, array);
	else
		for (size_t i = 0; i < set->id_count; i++)
			add_entry(f, array, "        ", 0, false, names[i]->kind, names[i]->name,
				  NULL);
	free(names);
	if (!array)
		return;
	object = json_new_object();
	json_add_name(object, "name", set->name);
	json_add_bool(object, "has_flags", set->has_flags);
	json_add_bool(object, "kfuncs", kfuncs);
	json_add_bool(object, "resolved", set->is_resolved);
	json_add(object, "ids", array);
	json_append(f->sets, object);
}

static void add_other(struct listed_ids *f, const struct rebtf_id *id)
{
	uint32_t word = rebtf_ids_word(f->ids, id->offset);
	bool wrong = word && f->btf && !names_type(f, id, word);

	f->wrong += wrong;
	add_entry(f, f->others, "    ", word, true, wrong ? 0 : id->kind, wrong ? NULL : id->name,
		  NULL);
}

static void list_all(struct listed_ids *f)
{
	size_t set_count = rebtf_ids_set_count(f->ids), at = 0;

	if (f->l->options->json && !f->l->options->quiet) {
		f->sets = json_new_array();
		f->others = json_new_array();
	}
	for (size_t s = 0; s <= set_count; s++) {
		const struct rebtf_id_set *set = rebtf_ids_set_at(f->ids, s);
		size_t end = set ? set->first_id : rebtf_ids_count(f->ids);

		for (; at < end; at++)
			add_other(f, rebtf_ids_at(f->ids, at));
		if (!set)
			break;
		list_set(f, set);
		at = set->first_id + set->id_count;
	}
}

static void report_listed(struct listed_ids *f, struct result *result)
{
	const struct options *options = f->l->options;
	struct json_object *object;

	result->outcome = f->wrong ? OUTCOME_MISFIT : OUTCOME_DONE;
	if (options->quiet)
		return;
	if (options->json) {
		object = result_json(options, f->path, "listed");
		json_add_number(object, "wrong", f->wrong);
		json_add(object, "sets", f->sets);
		json_add(object, "ids", f->others);
		json_print(&result->out, object);
		return;
	}
	text_add_name(&result->out, f->path);
	text_add(&result->out, ": ");
	text_add_counted(&result->out, rebtf_ids_count(f->ids), "id");
	text_add(&result->out, ", ");
	text_add_counted(&result->out, rebtf_ids_set_count(f->ids), "set");
	if (f->wrong) {
		text_add(&result->out, ", ");
		text_add_counted(&result->out, f->wrong, "wrong id");
	}
	text_add(&result->out, "\n");
	text_add_bytes(&result->out, f->text.data, f->text.size);
}

/* ----------------------------------------------------------------------------------------- resolve */

static void report_resolved_json(const struct listed_ids *f,
				 const struct rebtf_resolution *resolution, struct result *result)
{
	struct json_object *object = result_json(f->l->options, f->path, "resolved");
	struct json_object *array = json_new_array(), *one;
	const struct rebtf_id_warning *warning;

	for (size_t i = 0; (warning = rebtf_resolution_warning_at(resolution, i)); i++) {
		one = json_new_object();
		json_add_name(one, "message", warning->text);
		json_add_name(one, "reason", warning->reason);
		json_append(array, one);
	}
	json_add_number(object, "ids", rebtf_ids_count(f->ids));
	json_add(object, "warnings", array);
	json_print(&result->out, object);
}

static void report_resolved(struct listed_ids *f, const struct rebtf_resolution *resolution,
			    struct result *result)
{
	const struct options *options = f->l->options;
	const struct rebtf_id_warning *warning;

	result->outcome = OUTCOME_DONE;
	if (options->quiet)
		return;
	if (options->json) {
		report_resolved_json(f, resolution, result);
		return;
	}
	for (size_t i = 0; (warning = rebtf_resolution_warning_at(resolution, i)); i++) {
		text_add(&f->text, "    warning: ");
		text_add_name(&f->text, warning->text);
		text_add(&f->text, ": ");
		text_add_name(&f->text, warning->reason);
		text_add(&f->text, "\n");
	}
	if (!options->verbose && !f->text.size)
		return;
	text_add_name(&result->out, f->path);
	text_addf(&result->out, ": %sresolved, ", would_be(options));
	text_add_counted(&result->out, rebtf_ids_count(f->ids), "id");
	text_add(&result->out, "\n");
	text_add_bytes(&result->out, f->text.data, f->text.size);
}

/* In a resolved set, the order no longer tells the symbol of each flag. */
static struct rebtf_error *refuse_resolved(const struct listed_ids *f)
{
	for (size_t i = 0; i < rebtf_ids_set_count(f->ids); i++) {
		const struct rebtf_id_set *set = rebtf_ids_set_at(f->ids, i);

		if (set->has_flags && set->is_resolved)
			return rebtf_error_new(
				REBTF_ERR_UNSUPPORTED, f->path, ".BTF_ids",
				"already resolved: the flags of its sets are no longer at their symbols");
	}
	return NULL;
}

static struct rebtf_error *resolve_listed(struct listed_ids *f, struct result *result)
{
	GUARD(resolution) struct rebtf_resolution *resolution = NULL;
	const void *data;
	size_t size;

	TRY(refuse_resolved(f));
	TRY(rebtf_resolve_ids(f->ids, f->btf, NULL, &resolution));
	data = rebtf_resolution_ids(resolution, &size);
	if (data && !f->l->options->dry_run)
		TRY(rebtf_ids_patch(f->path, data, size));
	report_resolved(f, resolution, result);
	return NULL;
}

/* -------------------------------------------------------------------------------------------- verb */

static void ids_one(void *arg, const struct tree_file *file, struct result *result)
{
	struct listed_ids f = { .l = arg, .path = file->path };
	struct rebtf_error *err = open_ids(&f);

	if (!err && f.l->options->resolve) {
		err = resolve_listed(&f, result);
	} else if (!err) {
		list_all(&f);
		report_listed(&f, result);
	}
	if (err)
		result_fail(result, f.l->options, file->path, err);
	text_release(&f.text);
	rebtf_ids_free(f.ids);
	rebtf_module_free(f.module);
	rebtf_btf_unref(f.btf);
}

static enum status run_ids(const struct options *options)
{
	const struct summary_words words = {
		.verb = "ids",
		.outcome = options->resolve ? "resolved" : "listed",
		.one = options->resolve ? "resolved" : "listed",
		.many = options->resolve ? "resolved" : "listed",
		.misfit_one = "with wrong ids",
		.misfit_many = "with wrong ids",
		.noun = "file",
	};
	struct id_listing l = { .options = options };
	const struct batch_work work = { .doing = "reading", .one = ids_one, .arg = &l };
	struct tally tally;
	bool ran;

	base_init(&l.base, options);
	ran = batch_run(options, &work, &tally);
	if (ran)
		print_summary(options, &words, &tally, NULL, NULL);
	base_release(&l.base);
	return tally_finish(&tally, ran);
}

static const struct argp_option own_options[] = {
	{ "resolve", OPTION_RESOLVE, NULL, 0,
	  "Find the ids of all types that symbols name, and write them into the files, in place",
	  1 },
	DRY_RUN_OPTION,
	{}
};

static const struct argp own_argp = { .options = own_options, .parser = parse_shared };

static const struct argp_child children[] = { { .argp = &base_argp },
					      { .argp = &cache_argp },
					      { .argp = &own_argp },
					      { .argp = &batch_argp },
					      {} };

const struct verb verb_ids = {
	.name = "ids",
	.summary = "list or resolve the type ids in .BTF_ids",
	.writes = true,
	.argp = {
		.parser = parse_verb,
		.args_doc = "FILE|DIR...",
		.doc = "Lists the type ids in the .BTF_ids of each FILE, a module or a vmlinux with symbols: the "
		       "types that its code names for the verifier, above all its kfuncs, with their flags. "
		       "With --base, or if the BTF needs no base, each id is compared with the name that its "
		       "symbol has.\n"
		       "\n"
		       "With --resolve, fills in the ids of files that were not resolved yet, as a kernel's "
		       "build does."
		       "\v"
		       "Examples:\n"
		       "\n"
		       "  rebtf ids --base 6.12.117+deb12-amd64 nf_conntrack.ko.xz\n"
		       "  rebtf ids --resolve --base vmlinux mine.ko\n",
		.children = children,
	},
	.run = run_ids,
};
