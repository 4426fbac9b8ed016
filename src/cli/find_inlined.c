/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Prints the places where functions were inlined, from the section .BTF.inline of each file, or from
 * the file of raw inline BTF beside raw BTF.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/batch.h"
#include "cli/errors.h"
#include "cli/find_inlined.h"
#include "cli/guards.h"
#include "cli/output.h"
#include "util/glob.h"

/* A file while its places are printed. */
struct inlined_file {
	const struct options *options;
	const char *name; /* of the module */
	const char *path;
	bool is_glob;		     /* the wanted name has wildcards */
	const struct rebtf_btf *btf; /* the inline BTF */
	struct rebtf_code *code;
	struct text text;
	size_t count; /* places so far */
};

/* A place in a file. */
struct inlined_place {
	const struct rebtf_type *func, *proto;
	const struct rebtf_type *locations; /* a LOC_PROTO, or NULL */
	const char *section;
	uint32_t offset;
	const char *inside; /* the function with that code, or NULL if unknown */
	uint64_t start;
};

/* Returns type @id if it has that kind: entries of hostile BTF refer to types of any kind. */
static const struct rebtf_type *inlined_type(const struct inlined_file *f, uint32_t id,
					     uint32_t kind)
{
	const struct rebtf_type *t = rebtf_btf_type(f->btf, id);

	return id && t && rebtf_type_kind(t) == kind ? t : NULL;
}

/* The location of parameter @i, or NULL if it is unknown. */
static const struct rebtf_type *inlined_location(const struct inlined_file *f,
						 const struct inlined_place *place, uint32_t i)
{
	if (!place->locations || i >= rebtf_type_vlen(place->locations))
		return NULL;
	return inlined_type(f, rebtf_loc_proto_params(place->locations)[i], REBTF_KIND_LOC_PARAM);
}

/* ------------------------------------------------------------------------------------------- text */

static void inlined_add_register(struct text *text, uint32_t number)
{
	if (number == REBTF_LOC_FRAME)
		text_add(text, "the frame base");
	else
		text_addf(text, "register %u", number);
}

/* "is in register 5", "is in memory at register 6 + 0x8", "is 0x2a", "is unknown" */
static void inlined_add_location(struct text *text, const struct rebtf_type *t)
{
	uint32_t flags = t ? rebtf_loc_param_flags(t) : 0;
	const uint32_t *words = t ? rebtf_loc_param_words(t) : NULL;
	char short_text[REBTF_LOC_PARAM_TEXT];
	const char *offset;

	if (!t || !rebtf_loc_param_is_valid(t)) {
		text_add(text, " is unknown");
		return;
	}
	rebtf_loc_param_text(t, short_text, sizeof(short_text));
	if (flags & REBTF_LOC_CONST) {
		text_addf(text, " is %s", short_text);
		return;
	}
	text_add(text, flags & REBTF_LOC_DEREF	  ? " is in memory at "
		       : flags & REBTF_LOC_OFFSET ? " is "
						  : " is in ");
	inlined_add_register(text, words[0]);
	if (!(flags & REBTF_LOC_OFFSET)) {
		if (rebtf_type_vlen(t) > 1) {
			text_add(text, " and ");
			inlined_add_register(text, words[1]);
		}
		return;
	}
	short_text[strcspn(short_text, ")")] = '\0';
	offset = strchr(short_text, ' ');
	text_add(text, offset ?: "");
}

static void inlined_add_text(struct inlined_file *f, const struct inlined_place *place)
{
	const struct rebtf_param *params = rebtf_params(place->proto);
	const char *before = ": ";

	text_add_name(&f->text, f->name);
	text_add(&f->text, ": ");
	text_add_name(&f->text, rebtf_btf_type_name(f->btf, place->func));
	text_add(&f->text, " at ");
	text_add_name(&f->text, place->section);
	text_addf(&f->text, "+0x%x", place->offset);
	if (place->inside) {
		text_add(&f->text, " in ");
		text_add_name(&f->text, place->inside);
		text_addf(&f->text, "+0x%llx", (unsigned long long)(place->offset - place->start));
	}
	for (uint32_t i = 0; i < rebtf_type_vlen(place->proto); i++) {
		if (!params[i].name_off && !params[i].type)
			continue;
		text_add(&f->text, before);
		text_add_name(&f->text, rebtf_btf_string(f->btf, params[i].name_off));
		inlined_add_location(&f->text, inlined_location(f, place, i));
		before = ", ";
	}
	text_add(&f->text, "\n");
}

/* ------------------------------------------------------------------------------------------- JSON */

static struct json_object *inlined_parameters_json(const struct inlined_file *f,
						   const struct inlined_place *place)
{
	const struct rebtf_param *params = rebtf_params(place->proto);
	struct json_object *array = json_new_array();

	for (uint32_t i = 0; i < rebtf_type_vlen(place->proto); i++) {
		const struct rebtf_type *t = inlined_location(f, place, i);
		struct json_object *object;
		char location[REBTF_LOC_PARAM_TEXT];

		if (!params[i].name_off && !params[i].type)
			continue;
		object = json_new_object();
		json_add_name(object, "name", rebtf_btf_string(f->btf, params[i].name_off));
		if (t)
			rebtf_loc_param_text(t, location, sizeof(location));
		json_add_string(object, "location", t ? location : NULL);
		if (t) {
			json_add_number(object, "size", t->size);
			json_add_number(object, "flags", rebtf_loc_param_flags(t));
		}
		json_append(array, object);
	}
	return array;
}

static void inlined_add_json(struct inlined_file *f, const struct inlined_place *place)
{
	struct json_object *object = result_json(f->options, f->path, "inlined");

	json_add_name(object, "module", f->name);
	json_add_name(object, "function", rebtf_btf_type_name(f->btf, place->func));
	json_add_name(object, "section", place->section);
	json_add_number(object, "offset", place->offset);
	if (place->inside)
		json_add_name(object, "inside", place->inside);
	else
		json_add_string(object, "inside", NULL);
	if (place->inside)
		json_add_number(object, "inside_offset", place->offset - place->start);
	json_add(object, "parameters", inlined_parameters_json(f, place));
	json_print(&f->text, object);
}

/* ----------------------------------------------------------------------------------------- places */

static bool inlined_is_wanted(const struct inlined_file *f, const char *name)
{
	const char *pattern = f->options->paths[0];
	size_t length;

	if (f->is_glob)
		return glob_matches(pattern, name);
	length = name_essential_length(pattern);
	return length == name_essential_length(name) && !memcmp(pattern, name, length);
}

static void inlined_add_place(struct inlined_file *f, const struct rebtf_type *sec,
			      const struct rebtf_locsec_entry *entry)
{
	struct inlined_place place = {
		.func = inlined_type(f, entry->func, REBTF_KIND_FUNC),
		.locations = inlined_type(f, entry->loc_proto, REBTF_KIND_LOC_PROTO),
		.section = rebtf_btf_type_name(f->btf, sec),
		.offset = entry->offset,
	};

	place.proto = place.func ? inlined_type(f, place.func->type, REBTF_KIND_FUNC_PROTO) : NULL;
	if (!place.proto || !inlined_is_wanted(f, rebtf_btf_type_name(f->btf, place.func)))
		return;
	place.inside = rebtf_code_function(f->code, place.section, place.offset, &place.start);
	f->count++;
	if (f->options->quiet)
		return;
	if (f->options->json)
		inlined_add_json(f, &place);
	else
		inlined_add_text(f, &place);
}

/* Prints after each section. Returns false if output failed. */
static bool inlined_print(struct inlined_file *f)
{
	for (uint32_t id = rebtf_btf_start_id(f->btf); id < rebtf_btf_type_count(f->btf); id++) {
		const struct rebtf_type *sec = inlined_type(f, id, REBTF_KIND_LOCSEC);

		for (uint32_t i = 0; sec && i < rebtf_type_vlen(sec); i++)
			inlined_add_place(f, sec, &rebtf_locsec_entries(sec)[i]);
		if (!output_text(&f->text))
			return false;
	}
	return true;
}

/* Opens x.btf.inline beside x.btf, as in /sys/kernel/btf. NULL: no such file. */
static struct rebtf_error *inlined_open_raw(const char *path, struct rebtf_btf *btf,
					    struct rebtf_btf **inlined)
{
	GUARD(memory) char *beside = NULL;

	if (asprintf(&beside, "%s.inline", path) < 0)
		return rebtf_error_nomem();
	return access(beside, F_OK) ? NULL : rebtf_btf_open(beside, btf, inlined);
}

static void guard_code(struct rebtf_code **code)
{
	rebtf_code_free(*code);
}

static struct rebtf_error *inlined_look_at(struct inlined_file *f, struct rebtf_btf *kernel,
					   bool *printed)
{
	GUARD(module) struct rebtf_module *module = NULL;
	GUARD(btf) struct rebtf_btf *btf = NULL, *inlined = NULL;
	GUARD(code) struct rebtf_code *code = NULL;

	TRY(rebtf_module_open(f->path, NULL, &module));
	if (!rebtf_module_has_btf(module))
		return NULL;
	TRY(rebtf_module_btf(module, kernel, &btf));
	TRY(rebtf_module_inlined(module, btf, &inlined));
	if (!inlined && rebtf_module_container(module) == REBTF_CONTAINER_RAW)
		TRY(inlined_open_raw(f->path, btf, &inlined));
	if (!inlined)
		return NULL;
	TRY(rebtf_code_open(module, &code));
	f->btf = inlined;
	f->code = code;
	*printed = inlined_print(f);
	return NULL;
}

enum status find_inlined(const struct options *options, const struct kernel_set *opened,
			 bool is_glob)
{
	enum status status = STATUS_OK;
	bool printed = true;
	size_t count = 0;

	for (size_t i = 0; i < rebtf_set_count(opened->set) && printed; i++) {
		struct inlined_file f = {
			.options = options,
			.is_glob = is_glob,
			.name = rebtf_set_name(opened->set, i),
			.path = i ? rebtf_set_path(opened->set, i)
				  : rebtf_kernel_file(opened->base.btf),
		};
		struct rebtf_error *err;

		if (!f.path || rebtf_set_error(opened->set, i))
			continue;
		err = inlined_look_at(&f, opened->base.btf, &printed);
		count += f.count;
		/* A kernel's image has only .BTF. */
		if (err && (i || rebtf_error_code(err) == REBTF_ERR_NOMEM)) {
			print_error(err);
			status = STATUS_TROUBLE;
		} else {
			rebtf_error_free(err);
		}
	}
	if (!printed)
		return STATUS_TROUBLE;
	return count || status == STATUS_TROUBLE ? status : STATUS_MISFIT;
}
