/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* rebtf dedup: merges the equal types of one or more files, and explains which types differ. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rebtf.h"

#include "cli/base.h"
#include "cli/batch.h"
#include "cli/errors.h"
#include "cli/guards.h"
#include "cli/joined.h"
#include "cli/json.h"
#include "cli/kernels.h"
#include "cli/output.h"
#include "module/tree.h"

/* As many versions are printed without --verbose. */
#define VERSIONS_SHOWN 20

/* The BTF of all files, one after the other. */
struct input {
	const struct options *options;
	struct rebtf_btf *base;	   /* NULL without --base; not a reference */
	struct rebtf_btf *btf;	   /* of the only blob so far, or NULL */
	struct rebtf_builder *all; /* of several blobs, or NULL */
	size_t blobs;
};

static void input_release(struct input *input)
{
	rebtf_btf_unref(input->btf);
	rebtf_builder_free(input->all);
}

static void guard_dedup(struct rebtf_dedup **dedup)
{
	rebtf_dedup_free(*dedup);
}

/* ------------------------------------------------------------------------------------------- input */

/* Appends all own types of @btf. */
static struct rebtf_error *input_append(struct input *input, const struct rebtf_btf *btf)
{
	uint32_t start = rebtf_btf_start_id(btf), count = rebtf_btf_type_count(btf);
	uint32_t first = rebtf_builder_next_id(input->all);
	GUARD(memory) uint32_t *map = malloc(count * sizeof(*map));

	if (!map)
		return rebtf_error_nomem();
	for (uint32_t id = 0; id < count; id++)
		map[id] = id < start ? id : id - start + first;
	/* The builder keeps the first error until the end. */
	for (uint32_t id = start; id < count; id++)
		rebtf_builder_copy(input->all, btf, id, map);
	return NULL;
}

/* The first blob needs no copy if it is the only one. */
static struct rebtf_error *input_add(struct input *input, struct rebtf_btf *btf)
{
	if (!input->blobs++) {
		input->btf = rebtf_btf_ref(btf);
		return NULL;
	}
	if (!input->all) {
		TRY(rebtf_builder_new(input->base, &input->all));
		rebtf_builder_set_byte_order(input->all, rebtf_btf_is_big_endian(input->btf)
								 ? REBTF_BYTE_ORDER_BIG
								 : REBTF_BYTE_ORDER_LITTLE);
		TRY(input_append(input, input->btf));
	}
	return input_append(input, btf);
}

static struct rebtf_error *input_read_joined(struct input *input, const char *path,
					     const uint8_t *data, size_t size)
{
	do {
		GUARD(btf) struct rebtf_btf *btf = NULL;
		size_t blob;

		TRY(joined_first(path, data, size, &blob));
		TRY(rebtf_btf_open_mem(data, size, path, input->base, &btf));
		TRY(input_add(input, btf));
		data += blob;
		size -= blob;
	} while (size);
	return NULL;
}

/* Reads BTF that is alone in its section. With a base, standalone BTF becomes split. */
static struct rebtf_error *input_read_single(struct input *input, const char *path,
					     const struct rebtf_module *module)
{
	GUARD(btf) struct rebtf_btf *btf = NULL, *split = NULL;
	struct rebtf_error *err = rebtf_module_btf(module, input->base, &btf);

	/* A compiler's BTF need not have an int. */
	if (err && rebtf_error_code(err) == REBTF_ERR_AMBIGUOUS && !input->base) {
		size_t size;
		const void *data = rebtf_module_section(module, REBTF_SECTION_BTF, &size);

		rebtf_error_free(err);
		err = rebtf_btf_open_mem(data, size, path, NULL, &btf);
	}
	TRY(err);
	if (rebtf_btf_base(btf) == input->base)
		return input_add(input, btf);
	if (rebtf_btf_base(btf))
		return rebtf_error_new(REBTF_ERR_ARGUMENT, path, NULL,
				       "cannot deduplicate distilled BTF: relocate it first");
	TRY(rebtf_renumber(btf, input->base, &split));
	return input_add(input, split);
}

static struct rebtf_error *input_read(struct input *input, const char *path)
{
	const struct tree_file file = { .path = path };
	GUARD(module) struct rebtf_module *module = NULL;
	const uint8_t *data;
	size_t size, blob;

	TRY(open_any(input->options, &file, &module));
	data = rebtf_module_section(module, REBTF_SECTION_BTF, &size);
	TRY(joined_first(path, data, size, &blob));
	if (blob < size)
		return input_read_joined(input, path, data, size);
	return input_read_single(input, path, module);
}

static struct rebtf_error *input_read_all(struct input *input)
{
	struct rebtf_builder *all;

	for (size_t i = 0; i < input->options->path_count; i++)
		TRY(input_read(input, input->options->paths[i]));
	if (!input->all)
		return NULL;
	rebtf_btf_unref(input->btf);
	input->btf = NULL;
	all = input->all;
	input->all = NULL;
	return rebtf_builder_finish(all, &input->btf);
}

/* ------------------------------------------------------------------------------------------ output */

static struct rebtf_error *dedup_write_output(const struct options *options,
					      const struct rebtf_dedup *dedup)
{
	GUARD(memory) void *data = NULL;
	size_t size;

	if (options->dry_run)
		return NULL;
	if (strcmp(options->out_dir, "-") != 0) {
		TRY(tree_make_parents(options->out_dir));
		return rebtf_btf_write_file(rebtf_dedup_btf(dedup), NULL, options->out_dir);
	}
	TRY(rebtf_btf_write(rebtf_dedup_btf(dedup), NULL, &data, &size));
	/* If that fails, output.c reports it at the end and sets the exit status. */
	output_write(data, size);
	return NULL;
}

/* ------------------------------------------------------------------------------------------ report */

static const struct rebtf_type *dedup_type(const struct rebtf_dedup *dedup, uint32_t id)
{
	return rebtf_btf_type(rebtf_dedup_btf(dedup), id);
}

static void dedup_add_name(struct text *text, const struct rebtf_dedup *dedup, uint32_t id)
{
	const struct rebtf_type *t = dedup_type(dedup, id);
	const char *keyword = rebtf_type_keyword(t);
	const char *name = rebtf_btf_type_name(rebtf_dedup_btf(dedup), t);

	text_add(text, *keyword ? keyword : "");
	text_add_type_name(text, *name ? name : "(anon)");
}

/* "member 'next' at bit 64: struct list *" */
static void dedup_add_side(struct text *text, const char *member, uint32_t offset, const char *type)
{
	if (member) {
		text_add(text, "'");
		text_add_type_name(text, member);
		text_add(text, "'");
	}
	if (member && type)
		text_addf(text, " at bit %u: ", offset);
	if (type)
		text_add_type_name(text, type);
	if (!member && !type)
		text_add(text, "nothing");
}

static void dedup_add_version(struct text *text, const struct rebtf_dedup *dedup,
			      const struct rebtf_version *v)
{
	text_add(text, "  ");
	dedup_add_name(text, dedup, v->id);
	text_addf(text, ": [%u] and [%u] differ", v->first_id, v->id);
	if (v->cause && v->cause != v->id) {
		text_add(text, " because of ");
		dedup_add_name(text, dedup, v->cause);
		text_addf(text, " [%u] and [%u]", v->first_cause, v->cause);
	}
	if (v->cause) {
		text_add(text, ": ");
		dedup_add_side(text, v->first_member, v->first_offset, v->first_type);
		text_add(text, ", ");
		dedup_add_side(text, v->member, v->offset, v->type);
	}
	text_add(text, "\n");
}

static uint32_t dedup_own_types(const struct rebtf_btf *btf)
{
	return rebtf_btf_type_count(btf) - rebtf_btf_start_id(btf);
}

static void dedup_add_text(struct text *text, const struct input *input,
			   const struct rebtf_dedup *dedup)
{
	const struct options *options = input->options;
	size_t count = rebtf_dedup_count(dedup);
	size_t shown = options->verbose || count <= VERSIONS_SHOWN ? count : VERSIONS_SHOWN;

	text_add_counted(text, input->blobs, "input");
	text_add(text, ": ");
	text_add_counted(text, dedup_own_types(input->btf), "type");
	text_addf(text, ", %s", options->dry_run ? "would become " : "now ");
	text_add_count(text, dedup_own_types(rebtf_dedup_btf(dedup)));
	text_add(text, "\n");
	if (!count)
		return;
	text_add_counted(text, count, "type");
	text_addf(text, " %s in another version, too\n", count == 1 ? "exists" : "exist");
	for (size_t i = 0; i < shown; i++)
		dedup_add_version(text, dedup, rebtf_dedup_at(dedup, i));
	if (shown < count) {
		text_add(text, "  and ");
		text_add_count(text, count - shown);
		text_add(text, " more (see --verbose)\n");
	}
}

static struct json_object *dedup_side_json(const char *member, uint32_t offset, const char *type)
{
	struct json_object *side = json_new_object();

	json_add_name(side, "name", member);
	json_add_number(side, "offset", offset);
	json_add_name(side, "type", type);
	return side;
}

static struct json_object *dedup_version_json(const struct rebtf_dedup *dedup,
					      const struct rebtf_version *v)
{
	struct json_object *object = json_new_object();
	const struct rebtf_btf *btf = rebtf_dedup_btf(dedup);
	const struct rebtf_type *t = dedup_type(dedup, v->id);

	json_add_string(object, "kind", rebtf_kind_name(rebtf_type_kind(t)));
	json_add_name(object, "name", rebtf_btf_type_name(btf, t));
	json_add_number(object, "first_id", v->first_id);
	json_add_number(object, "id", v->id);
	json_add_number(object, "first_cause", v->first_cause);
	json_add_number(object, "cause", v->cause);
	json_add_name(object, "cause_name",
		      v->cause ? rebtf_btf_type_name(btf, dedup_type(dedup, v->cause)) : NULL);
	json_add(object, "first_member",
		 dedup_side_json(v->first_member, v->first_offset, v->first_type));
	json_add(object, "member", dedup_side_json(v->member, v->offset, v->type));
	return object;
}

static void dedup_add_json(struct text *text, const struct input *input,
			   const struct rebtf_dedup *dedup)
{
	const struct options *options = input->options;
	struct json_object *object = result_json(options, options->paths[0], "deduplicated");
	struct json_object *files = json_new_array(), *kinds = json_new_object();
	struct json_object *versions = json_new_array();

	for (size_t i = 0; i < options->path_count; i++)
		json_append_string(files, options->paths[i]);
	json_add(object, "files", files);
	json_add_string(object, "output", options->out_dir);
	json_add_number(object, "types_before", dedup_own_types(input->btf));
	json_add_number(object, "types", dedup_own_types(rebtf_dedup_btf(dedup)));
	for (uint32_t kind = 1; kind < REBTF_KNOWN_KINDS; kind++) {
		if (rebtf_dedup_gone(dedup, kind))
			json_add_number(kinds, rebtf_kind_name(kind),
					rebtf_dedup_gone(dedup, kind));
	}
	json_add_number(object, "gone", rebtf_dedup_gone(dedup, REBTF_ANY_KIND));
	json_add(object, "kinds", kinds);
	for (size_t i = 0; i < rebtf_dedup_count(dedup); i++)
		json_append(versions, dedup_version_json(dedup, rebtf_dedup_at(dedup, i)));
	json_add(object, "versions", versions);
	json_print(text, object);
}

static void dedup_report(const struct input *input, const struct rebtf_dedup *dedup)
{
	const struct options *options = input->options;
	struct text text = {};

	if (options->json)
		dedup_add_json(&text, input, dedup);
	else if (!options->quiet)
		dedup_add_text(&text, input, dedup);
	if (text.size)
		output_write(text.data, text.size);
	text_release(&text);
}

/* -------------------------------------------------------------------------------------------- verb */

static struct rebtf_error *dedup_all(struct input *input)
{
	const struct options *options = input->options;
	bool to_stdout = options->out_dir && !strcmp(options->out_dir, "-");
	REBTF_OPTIONS(rebtf_dedup_options, how, .versions = !to_stdout);
	__attribute__((cleanup(guard_dedup))) struct rebtf_dedup *dedup = NULL;

	TRY(input_read_all(input));
	TRY(rebtf_dedup(input->btf, &how, &dedup));
	TRY(dedup_write_output(options, dedup));
	if (!to_stdout || options->dry_run)
		dedup_report(input, dedup);
	return NULL;
}

/* Prints a problem with the output, and returns true. */
static bool dedup_refuses_output(const struct options *options)
{
	const char *problem = NULL;
	bool to_stdout = options->out_dir && !strcmp(options->out_dir, "-");

	if (!options->out_dir && !options->dry_run)
		problem = "dedup needs --output: a file, or - for standard output";
	else if (to_stdout && options->json && !options->dry_run)
		problem = "cannot write both BTF and JSON to standard output";
	else if (to_stdout && !options->dry_run && isatty(STDOUT_FILENO))
		problem = "cannot write BTF to a terminal";
	if (problem)
		fprintf(stderr, "rebtf: %s\n", problem);
	return problem;
}

static enum status run_dedup(const struct options *options)
{
	struct input input = { .options = options };
	struct rebtf_error *err = NULL;
	struct base base;

	if (dedup_refuses_output(options))
		return STATUS_TROUBLE;
	base_init(&base, options);
	if (options->base && !base_open(&base, &input.base)) {
		base_release(&base);
		return STATUS_TROUBLE;
	}
	err = dedup_all(&input);
	input_release(&input);
	base_release(&base);
	if (err)
		print_error(err);
	return err ? STATUS_TROUBLE : STATUS_OK;
}

static const struct argp_option own_options[] = {
	{ "output", 'o', "OUT", 0, "The output: a file, or - for standard output", 1 },
	DRY_RUN_OPTION,
	{}
};

static const struct argp_child children[] = {
	{ .argp = &base_argp }, { .argp = &cache_argp }, { .argp = &batch_argp }, {}
};

const struct verb verb_dedup = {
	.name = "dedup",
	.summary = "merge equal types, and explain which types differ",
	.argp = {
		.options = own_options,
		.parser = parse_verb,
		.args_doc = "FILE|RELEASE...",
		.doc = "Writes the types of all FILEs as one raw BTF in which no two types are equal. Prints "
		       "which types exist in several versions, and how they first differ."
		       "\n"
		       "With --base, the result is split from BASE: it has only the types that BASE does "
		       "not have."
		       "\v"
		       "Examples:\n"
		       "\n"
		       "  rebtf dedup -o all.btf a.o b.o c.o\n"
		       "  rebtf dedup --dry-run --verbose vmlinux\n"
		       "  rebtf dedup --base vmlinux -o new.btf module.btf\n",
		.children = children,
	},
	.run = run_dedup,
};
