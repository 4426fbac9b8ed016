/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* rebtf find: finds types of a kernel and its modules, and the types that refer to them. */
#include <stdio.h>
#include <string.h>

#include "rebtf.h"

#include "cli/batch.h"
#include "cli/errors.h"
#include "cli/find_inlined.h"
#include "cli/guards.h"
#include "cli/kernel_set.h"
#include "cli/output.h"
#include "cli/path_text.h"

/* As many users of a type are printed without --verbose. */
#define USERS_SHOWN 20

struct finding {
	const struct options *options;
	struct rebtf_set *set;
	struct rebtf_set_types *types;
	struct rebtf_users *users; /* NULL: not asked for */
	bool defines;
};

/* A found type. */
struct found_type {
	const struct rebtf_set_type *place;
	const struct rebtf_btf *btf;
	const struct rebtf_type *t;
	const char *module;
};

static struct rebtf_error *finding_add_piece(void *arg, const char *text, size_t size)
{
	text_add_bytes(arg, text, size);
	return NULL;
}

/* A type that cannot be shown is named. */
static void finding_add_c(struct text *text, const struct found_type *f, bool definition)
{
	struct text c = {};
	struct rebtf_error *err = rebtf_btf_show(f->btf, f->place->id, definition,
						 finding_add_piece, &c);

	if (err)
		text_add_type_name(text, rebtf_btf_type_name(f->btf, f->t));
	else
		text_add_bytes(text, c.data, c.size);
	error_ignore(err);
	text_release(&c);
}

static bool finding_has_size(const struct rebtf_type *t)
{
	switch (rebtf_type_kind(t)) {
	case REBTF_KIND_INT:
	case REBTF_KIND_STRUCT:
	case REBTF_KIND_UNION:
	case REBTF_KIND_ENUM:
	case REBTF_KIND_ENUM64:
	case REBTF_KIND_FLOAT:
	case REBTF_KIND_DATASEC:
	case REBTF_KIND_LOC_PARAM:
		return true;
	default:
		return false;
	}
}

static struct rebtf_error *finding_type(const struct finding *f, const struct rebtf_set_type *place,
					struct found_type *found)
{
	*found = (struct found_type){ .place = place };
	TRY(rebtf_set_btf(f->set, place->member, &found->btf));
	found->t = rebtf_btf_type(found->btf, place->id);
	found->module = rebtf_set_name(f->set, place->member);
	return NULL;
}

/* ------------------------------------------------------------------------------------------- text */

static struct rebtf_error *finding_add_uses(struct text *text, const struct finding *f,
					    const struct rebtf_set_uses *uses)
{
	size_t count = rebtf_set_uses_count(uses);
	size_t shown = f->options->verbose || count <= USERS_SHOWN ? count : USERS_SHOWN;

	for (size_t i = 0; i < shown; i++) {
		const struct rebtf_set_use *use = rebtf_set_uses_at(uses, i);
		const struct rebtf_btf *btf;

		TRY(rebtf_set_btf(f->set, use->member, &btf));
		text_add(text, "  ");
		text_add_name(text, rebtf_set_name(f->set, use->member));
		text_add(text, ": ");
		path_text_add(text, btf, use->path);
		text_add(text, "\n");
	}
	if (shown < count)
		text_add_more(text, "  ", count - shown);
	return NULL;
}

/* "struct sk_buff; / * vmlinux [120] STRUCT, 232 bytes * /" */
static struct rebtf_error *finding_add_text(struct text *text, const struct finding *f,
					    const struct found_type *found,
					    const struct rebtf_set_uses *uses)
{
	finding_add_c(text, found, f->defines);
	text_add(text, "; /* ");
	text_add_name(text, found->module);
	text_addf(text, " [%u] %s", found->place->id, rebtf_kind_name(rebtf_type_kind(found->t)));
	if (finding_has_size(found->t)) {
		text_add(text, ", ");
		text_add_counted(text, found->t->size, "byte");
	}
	text_add(text, " */\n");
	return uses ? finding_add_uses(text, f, uses) : NULL;
}

/* ------------------------------------------------------------------------------------------- JSON */

static struct json_object *finding_members_json(const struct found_type *found)
{
	struct json_object *array = json_new_array();

	for (uint32_t i = 0; rebtf_is_composite(found->t) && i < rebtf_type_vlen(found->t); i++) {
		const struct rebtf_member *m = &rebtf_members(found->t)[i];
		struct json_object *object = json_new_object();

		json_add_name(object, "name", rebtf_btf_string(found->btf, m->name_off));
		json_add_number(object, "type_id", m->type);
		json_add_number(object, "offset", rebtf_member_bit_offset(found->t, m));
		json_add_number(object, "bits", rebtf_member_bitfield_size(found->t, m));
		json_append(array, object);
	}
	return array;
}

static struct rebtf_error *finding_uses_json(const struct finding *f,
					     const struct rebtf_set_uses *uses,
					     struct json_object *array)
{
	for (size_t i = 0; i < rebtf_set_uses_count(uses); i++) {
		const struct rebtf_set_use *use = rebtf_set_uses_at(uses, i);
		size_t left_out = 0;
		struct json_object *object;
		const struct rebtf_btf *btf;

		TRY(rebtf_set_btf(f->set, use->member, &btf));
		object = json_new_object();
		json_add_name(object, "module", rebtf_set_name(f->set, use->member));
		json_add(object, "path", path_text_json(btf, use->path, &left_out));
		if (left_out)
			json_add_number(object, "path_left_out", left_out);
		json_append(array, object);
	}
	return NULL;
}

static struct rebtf_error *finding_add_json(struct text *text, const struct finding *f,
					    const struct found_type *found,
					    const struct rebtf_set_uses *uses)
{
	const char *path = rebtf_set_path(f->set, found->place->member);
	struct json_object *object = result_json(f->options, path ?: found->module, "found");
	struct json_object *users = uses ? json_new_array() : NULL;
	struct rebtf_error *err = uses ? finding_uses_json(f, uses, users) : NULL;
	struct text c = {};
	char *string;

	finding_add_c(&c, found, true);
	string = text_end(&c);
	json_add_name(object, "module", found->module);
	json_add_number(object, "id", found->place->id);
	json_add_string(object, "kind", rebtf_kind_name(rebtf_type_kind(found->t)));
	json_add_name(object, "name", rebtf_btf_type_name(found->btf, found->t));
	if (finding_has_size(found->t))
		json_add_number(object, "size", found->t->size);
	json_add_string(object, "c", string);
	if (rebtf_is_composite(found->t))
		json_add(object, "members", finding_members_json(found));
	if (uses)
		json_add(object, "users", users);
	free(string);
	json_print(text, object);
	return err;
}

/* ------------------------------------------------------------------------------------------ print */

static void guard_uses(struct rebtf_set_uses **uses)
{
	rebtf_set_uses_free(*uses);
}

static struct rebtf_error *finding_print_one(const struct finding *f,
					     const struct rebtf_set_type *place, struct text *text)
{
	GUARD(uses) struct rebtf_set_uses *uses = NULL;
	struct found_type found;

	TRY(finding_type(f, place, &found));
	if (f->users)
		TRY(rebtf_users_find(f->users, place->member, place->id, &uses));
	return f->options->json ? finding_add_json(text, f, &found, uses)
				: finding_add_text(text, f, &found, uses);
}

static struct rebtf_error *finding_print(const struct finding *f)
{
	for (size_t i = 0; i < rebtf_set_types_count(f->types); i++) {
		struct text text = {};
		struct rebtf_error *err = finding_print_one(f, rebtf_set_types_at(f->types, i),
							    &text);

		if (!err && !f->options->quiet && !output_text(&text))
			return NULL;
		text_release(&text);
		if (err)
			return err;
	}
	return NULL;
}

/* ------------------------------------------------------------------------------------------- verb */

static bool finding_is_glob(const char *pattern)
{
	return strpbrk(pattern, "*?[\\");
}

static struct rebtf_error *finding_run(struct finding *f)
{
	const struct options *options = f->options;
	const char *pattern = options->paths[0];
	REBTF_OPTIONS(rebtf_find_options, how, .kinds = options->kinds, .member = options->member,
		      .kfuncs = options->only_kfuncs,
		      .match = finding_is_glob(pattern) ? REBTF_NAME_GLOB : REBTF_NAME_ESSENTIAL);

	f->defines = options->full || (how.match != REBTF_NAME_GLOB && !options->used_by);
	TRY(rebtf_set_find(f->set, pattern, &how, &f->types));
	if (options->used_by && rebtf_set_types_count(f->types))
		TRY(rebtf_users_new(f->set, &f->users));
	return finding_print(f);
}

/* The reason why kfuncs of a member may be missing. */
static const struct rebtf_error *finding_kfuncs_reason(const void *arg, size_t member)
{
	const struct finding *f = arg;
	const struct rebtf_kfuncs *kfuncs = NULL;

	error_ignore(rebtf_set_kfuncs(f->set, member, &kfuncs));
	return rebtf_kfuncs_error(kfuncs);
}

static enum status run_find(const struct options *options)
{
	struct finding f = { .options = options };
	enum status status = STATUS_TROUBLE;
	struct kernel_set opened;

	if (kernel_set_open(&opened, options, (const char *const *)options->paths + 1,
			    options->path_count - 1)) {
		struct rebtf_error *err;

		f.set = opened.set;
		if (options->inlined) {
			status = find_inlined(options, &opened, finding_is_glob(options->paths[0]));
			kernel_set_print_left_out(f.set, kernel_set_reason, f.set);
			kernel_set_close(&opened);
			return status;
		}
		err = finding_run(&f);
		kernel_set_print_left_out(f.set, kernel_set_reason, f.set);
		if (options->only_kfuncs)
			kernel_set_print_left_out(f.set, finding_kfuncs_reason, &f);
		if (err)
			print_error(err);
		else
			status = rebtf_set_types_count(f.types) ? STATUS_OK : STATUS_MISFIT;
	}
	rebtf_users_free(f.users);
	rebtf_set_types_free(f.types);
	kernel_set_close(&opened);
	return status;
}

static const struct argp_option own_options[] = {
	{ "kind", OPTION_KIND, "KIND", 0,
	  "Only types of this kind, such as struct, typedef or func; can be given several times",
	  1 },
	{ "member", OPTION_MEMBER, "NAME", 0,
	  "Only types with a member or enumerator of this name, or that fits this pattern", 1 },
	{ "kfuncs", OPTION_KFUNCS, NULL, 0,
	  "Only functions that BPF programs can call: those with the tag bpf_kfunc, or of kernels that "
	  "have no such tags, those in the sets of .BTF_ids",
	  1 },
	{ "used-by", OPTION_USED_BY, NULL, 0,
	  "Also print the types that refer to each type, and on which path", 1 },
	{ "inlined", OPTION_INLINED, NULL, 0,
	  "Print the places where the functions named PATTERN were inlined, and where their parameters "
	  "are there",
	  1 },
	{ "full", OPTION_FULL, NULL, 0, "Print definitions, also if PATTERN has wildcards", 1 },
	{ "jobs", 'j', "N", 0, "Use N threads; by default one for each core", 2 },
	JSON_OPTION,
	{ "quiet", 'q', NULL, 0, "Print only errors", 2 },
	{ "verbose", 'v', NULL, 0, "Print all users of a type, and errors with their details", 2 },
	{}
};

static const struct argp_child children[] = { { .argp = &base_argp }, { .argp = &cache_argp }, {} };

const struct verb verb_find = {
	.name = "find",
	.summary = "find types of a kernel and its modules",
	.argp = {
		.options = own_options,
		.parser = parse_verb,
		.args_doc = "PATTERN [FILE|DIR|RELEASE...]",
		.doc = "Prints the types named PATTERN of BASE and of all modules in FILE, DIR or RELEASE, in C. "
		       "PATTERN may have the wildcards *, ? and [a-z]. Otherwise, what follows the last ___ of a "
		       "name does not count, as in BPF programs."
		       "\n"
		       "A module that is damaged, or belongs to another kernel, is reported and left out. The exit "
		       "status is 1 if no type is found."
		       "\v"
		       "Examples:\n"
		       "\n"
		       "  rebtf find task_struct\n"
		       "  rebtf find --kfuncs '*' /sys/kernel/btf\n"
		       "  rebtf find --inlined skb_put -B vmlinux nf_nat.ko\n"
		       "  rebtf find --base 6.1.0-56-amd64 --used-by nf_conn 6.1.0-56-amd64\n",
		.children = children,
	},
	.run = run_find,
};
