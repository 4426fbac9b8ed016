/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Operations on single BTF objects (operations.h): opened, read, written, built and verified. */
#include <errno.h>
#include <string.h>

#include "operations.h"
#include "util/cleanup.h"
#include "util/error.h"

/* ---------------------------------------------------------------------------- open, read, write */

static struct rebtf_error *open_base(const struct world *w, struct results *r)
{
	return rebtf_btf_open_mem(w->base_data, w->base_size, "base", NULL, &r->btf[0]);
}

static struct rebtf_error *open_split(const struct world *w, struct results *r)
{
	return rebtf_btf_open_mem(w->split_data, w->split_size, "split", w->base, &r->btf[0]);
}

/* The base is new, too, and no name has been looked up in it yet. */
static struct rebtf_error *open_both(const struct world *w, struct results *r)
{
	TRY(open_base(w, r));
	return rebtf_btf_open_mem(w->split_data, w->split_size, "split", r->btf[0], &r->btf[1]);
}

static struct rebtf_error *survey(const struct world *w, struct results *r)
{
	struct rebtf_survey *found;

	TRY(rebtf_survey(w->base_data, w->base_size, "base", &found));
	tell(r, found, sizeof(*found));
	rebtf_survey_free(found);
	return NULL;
}

static void read_type(const struct rebtf_btf *btf, uint32_t id, struct results *r)
{
	const struct rebtf_type *t = rebtf_btf_type(btf, id);
	const char *name = rebtf_btf_type_name(btf, t);
	struct rebtf_field_iter it;
	const uint32_t *field;
	uint32_t code, skipped = id;
	char location[REBTF_LOC_PARAM_TEXT];
	uint64_t size;
	bool control;

	tell_text(r, rebtf_kind_name(rebtf_type_kind(t)));
	tell_text(r, rebtf_type_keyword(t));
	if (*name)
		tell_number(r, rebtf_character(name, &code, &control));
	if (rebtf_btf_skip_modifiers(btf, &skipped))
		tell_number(r, skipped);
	if (rebtf_btf_resolve_size(btf, id, 8, &size))
		tell_number(r, size);
	if (rebtf_type_kind(t) == REBTF_KIND_LOC_PARAM) {
		tell_number(r, rebtf_loc_param_is_valid(t));
		tell_number(r, rebtf_loc_param_text(t, location, sizeof(location)));
		tell_text(r, location);
	}
	rebtf_field_iter_init(&it, t, REBTF_FIELD_IDS);
	while ((field = rebtf_field_iter_next(&it)))
		tell_number(r, *field);
	rebtf_field_iter_init(&it, t, REBTF_FIELD_STRINGS);
	while ((field = rebtf_field_iter_next(&it)))
		tell_text(r, rebtf_btf_string(btf, *field));
}

static struct rebtf_error *read_all(const struct world *w, struct results *r)
{
	struct rebtf_btf *btf = rebtf_btf_ref(w->split);

	for (uint32_t id = rebtf_btf_start_id(btf); id < rebtf_btf_type_count(btf); id++)
		read_type(btf, id, r);
	tell_number(r, rebtf_btf_start_string(btf));
	tell_number(r, rebtf_btf_string_end(btf));
	tell_number(r, rebtf_btf_is_big_endian(btf));
	tell_number(r, rebtf_btf_has_layout(btf));
	tell_number(r, rebtf_btf_is_distilled_base(rebtf_btf_base(btf)));
	rebtf_btf_unref(btf);
	return NULL;
}

static struct rebtf_error *write_out(const struct world *w, struct results *r)
{
	REBTF_OPTIONS(rebtf_write_options, options, .layout = REBTF_LAYOUT_WITH);

	return rebtf_btf_write(w->split, &options, &r->data, &r->size);
}

static struct rebtf_error *write_byte_swapped(const struct world *w, struct results *r)
{
	REBTF_OPTIONS(rebtf_write_options, options, .byte_order = REBTF_BYTE_ORDER_BIG,
		      .layout = REBTF_LAYOUT_WITH);

	return rebtf_btf_write(w->split, &options, &r->data, &r->size);
}

/* A search for one type has to succeed without memory, too. */
static struct rebtf_error *find_all_names(const struct world *w, struct results *r)
{
	for (uint32_t id = 1; id < rebtf_btf_type_count(w->split); id++) {
		const struct rebtf_type *t = rebtf_btf_type(w->split, id);

		tell_number(r, rebtf_btf_find(w->split, rebtf_btf_type_name(w->split, t),
					      rebtf_type_kind(t)));
	}
	return NULL;
}

/* One call returns the ids of all types of the name, so this calls it for two names only. */
static struct rebtf_error *find_same_named(const struct world *w, struct results *r)
{
	uint32_t last = rebtf_btf_type_count(w->split) - 1, *ids;
	const struct rebtf_type *t = rebtf_btf_type(w->split, 1);
	size_t count;

	TRY(rebtf_btf_find_all(w->split, rebtf_btf_type_name(w->split, t), REBTF_ANY_KIND,
			       REBTF_FIND_OWN_FIRST, &ids, &count));
	tell_ids(r, ids, count);
	t = rebtf_btf_type(w->split, last);
	TRY(rebtf_btf_find_all(w->split, rebtf_btf_type_name(w->split, t), REBTF_ANY_KIND,
			       REBTF_FIND_BASES_FIRST, &ids, &count));
	tell_ids(r, ids, count);
	return NULL;
}

static struct rebtf_error *add_text(void *arg, const char *text, size_t size)
{
	tell(arg, text, size);
	return NULL;
}

static struct rebtf_error *dump(const struct world *w, struct results *r)
{
	return rebtf_btf_dump(w->split, add_text, r);
}

static struct rebtf_error *refuse_text(void *arg, const char *text, size_t size)
{
	(void)text, (void)size;
	tell_text(arg, "refused");
	return rebtf_error_new(REBTF_ERR_IO, "file", "section", "the text is refused");
}

static struct rebtf_error *fill_disk(void *arg, const char *text, size_t size)
{
	(void)text, (void)size;
	tell_text(arg, "full");
	return rebtf_error_new_io(ENOSPC, "file", "section", "cannot write");
}

static struct rebtf_error *dump_json(const struct world *w, struct results *r)
{
	return rebtf_btf_dump_json(w->split, add_text, r);
}

/* An error has no location if there is no memory for it. */
static void tell_error(struct results *r, const struct rebtf_error *err)
{
	tell_text(r, rebtf_error_code_name(rebtf_error_code(err)));
	tell_number(r, (uint64_t)rebtf_error_errnum(err));
	tell_number(r, rebtf_error_type_id(err));
	tell_text(r, rebtf_error_message(err));
}

static struct rebtf_error *dump_to_nowhere(const struct world *w, struct results *r)
{
	struct rebtf_error *err = rebtf_btf_dump(w->split, refuse_text, r);

	if (err && rebtf_error_code(err) == REBTF_ERR_IO)
		tell_error(r, err);
	return err;
}

static struct rebtf_error *dump_to_full_disk(const struct world *w, struct results *r)
{
	struct rebtf_error *err = rebtf_btf_dump_json(w->split, fill_disk, r);

	if (err && rebtf_error_code(err) == REBTF_ERR_IO)
		tell_error(r, err);
	return err;
}

static void tell_note(void *arg, const struct rebtf_header_note *note)
{
	struct results *r = arg;

	tell_number(r, note->kind);
	tell_number(r, note->id);
	tell_text(r, note->c_name);
	tell_text(r, note->reason);
	tell_number(r, note->cause);
}

static struct rebtf_error *header(const struct world *w, struct results *r)
{
	REBTF_OPTIONS(rebtf_header_options, options, .asserts = true, .note = tell_note,
		      .note_arg = r);

	return rebtf_header(w->split, &options, add_text, r);
}

static struct rebtf_error *header_of_own_types(const struct world *w, struct results *r)
{
	REBTF_OPTIONS(rebtf_header_options, options, .only_own = true, .unsorted = true);

	return rebtf_header(w->split, &options, add_text, r);
}

static struct rebtf_error *header_of_some(const struct world *w, struct results *r)
{
	const uint32_t ids[] = { 1, rebtf_btf_type_count(w->split) - 1 };
	const char *names[] = { "*" };
	REBTF_OPTIONS(rebtf_header_options, options, .ids = ids, .id_count = 2, .names = names,
		      .name_count = 1);

	return rebtf_header(w->split, &options, add_text, r);
}

/* Types that C cannot express are an error, which is a result like others. */
static struct rebtf_error *header_like_bpftool(const struct world *w, struct results *r)
{
	REBTF_OPTIONS(rebtf_header_options, options, .like_bpftool = true);

	return rebtf_header(w->split, &options, add_text, r);
}

/* --------------------------------------------------------------------------------------- build */

static struct rebtf_error *copy_all(const struct world *w, struct results *r)
{
	struct rebtf_builder *b;

	TRY(rebtf_builder_new(NULL, &b));
	for (uint32_t id = 1; id < rebtf_btf_type_count(w->base); id++)
		rebtf_builder_copy(b, w->base, id, NULL);
	return rebtf_builder_finish(b, &r->btf[0]);
}

static struct rebtf_error *copy_split(const struct world *w, struct results *r)
{
	struct rebtf_builder *b;

	TRY(rebtf_builder_new(w->base, &b));
	for (uint32_t id = rebtf_btf_start_id(w->split); id < rebtf_btf_type_count(w->split); id++)
		rebtf_builder_copy(b, w->split, id, NULL);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "new", 4);
	rebtf_builder_member(b, "member", 1, 0, 0);
	return rebtf_builder_finish(b, &r->btf[0]);
}

static uint32_t build_functions_and_variables(struct rebtf_builder *b, uint32_t number)
{
	uint32_t id = rebtf_builder_func_proto(b, number), func;

	rebtf_builder_param(b, "parameter", number);
	func = rebtf_builder_func(b, "function", REBTF_LINKAGE_STATIC, id);
	rebtf_builder_decl_tag(b, "bpf_kfunc", func, -1);
	rebtf_builder_decl_attr(b, "cold", func, -1);
	id = rebtf_builder_var(b, "variable", REBTF_LINKAGE_GLOBAL, number);
	rebtf_builder_datasec(b, ".data", 4);
	rebtf_builder_secinfo(b, id, 0, 4);
	return func;
}

static void build_locations(struct rebtf_builder *b, uint32_t func, struct results *r)
{
	uint32_t param = rebtf_builder_loc_param(b, 8, REBTF_LOC_REG | REBTF_LOC_OFFSET), proto;

	rebtf_builder_loc_param_value(b, REBTF_LOC_FRAME);
	rebtf_builder_loc_param_value(b, 16);
	proto = rebtf_builder_loc_proto(b);
	rebtf_builder_loc_proto_param(b, param);
	tell_number(r, rebtf_builder_locsec(b, ".text"));
	rebtf_builder_locsec_loc(b, func, proto, 64);
}

static struct rebtf_error *build_each_kind(const struct world *w, struct results *r)
{
	struct rebtf_builder *b;
	uint32_t number;

	TRY(rebtf_builder_new(w->base, &b));
	rebtf_builder_set_byte_order(b, REBTF_BYTE_ORDER_SAME);
	rebtf_builder_set_layout(b, REBTF_LAYOUT_WITH);
	number = rebtf_builder_int(b, "number", 4, REBTF_INT_SIGNED, 32);
	rebtf_builder_float(b, "fraction", 8);
	rebtf_builder_ref(b, REBTF_KIND_PTR, number);
	rebtf_builder_typedef(b, "alias", number);
	rebtf_builder_type_tag(b, "tag", number);
	rebtf_builder_type_attr(b, "attribute", number);
	rebtf_builder_array(b, number, number, 4);
	rebtf_builder_fwd(b, REBTF_KIND_STRUCT, "later");
	rebtf_builder_struct(b, REBTF_KIND_UNION, "own", 4);
	rebtf_builder_member(b, "member", number, 0, 8);
	rebtf_builder_enum(b, REBTF_KIND_ENUM64, "values", 8, REBTF_UNSIGNED);
	rebtf_builder_enumerator(b, "VALUE", UINT64_MAX);
	build_locations(b, build_functions_and_variables(b, number), r);
	tell_number(r, rebtf_builder_string(b, "text"));
	tell_number(r, rebtf_builder_next_id(b));
	return rebtf_builder_finish(b, &r->btf[0]);
}

/* Types out of order, in two builders. One has types that move. */
static struct rebtf_error *append(const struct world *w, struct results *r)
{
	struct rebtf_builder *b, *other;
	struct rebtf_error *err;
	uint32_t id;

	TRY(rebtf_builder_new(w->base, &b));
	err = rebtf_builder_new(w->base, &other);
	if (err) {
		rebtf_builder_free(b);
		return err;
	}
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "first", 4);
	rebtf_builder_struct(other, REBTF_KIND_STRUCT, "new", 4);
	id = rebtf_builder_reserve(other);
	for (uint32_t i = 0; i < 40; i++) {
		rebtf_builder_ref(other, REBTF_KIND_PTR, id);
		rebtf_builder_resume(other, id - 1);
		rebtf_builder_member(other, i % 2 ? "first" : "member", id, 0, 0);
	}
	rebtf_builder_fill(other, id);
	rebtf_builder_fwd(other, REBTF_KIND_STRUCT, "late");
	rebtf_builder_append(b, other);
	return rebtf_builder_finish(b, &r->btf[0]);
}

/* --------------------------------------------------------------------------------- deduplicate */

static struct rebtf_error *deduplicate(const struct rebtf_btf *btf, bool versions,
				       struct results *r)
{
	REBTF_OPTIONS(rebtf_dedup_options, options, .versions = versions);
	struct rebtf_dedup *dedup;

	TRY(rebtf_dedup(btf, &options, &dedup));
	for (uint32_t id = 1; id < rebtf_btf_type_count(btf); id++)
		tell_number(r, rebtf_dedup_id(dedup, id));
	tell_number(r, rebtf_dedup_gone(dedup, REBTF_ANY_KIND));
	for (size_t i = 0; i < rebtf_dedup_count(dedup); i++) {
		const struct rebtf_version *v = rebtf_dedup_at(dedup, i);

		tell_number(r, v->cause);
		tell_text(r, v->member);
		tell_text(r, v->type);
		tell_text(r, v->first_type);
	}
	r->btf[0] = rebtf_btf_ref(rebtf_dedup_btf(dedup));
	rebtf_dedup_free(dedup);
	return NULL;
}

static struct rebtf_error *deduplicate_base(const struct world *w, struct results *r)
{
	return deduplicate(w->base, true, r);
}

static struct rebtf_error *deduplicate_split(const struct world *w, struct results *r)
{
	return deduplicate(w->split, true, r);
}

/* Two kernels' types in one object. */
static struct rebtf_error *deduplicate_both(const struct world *w, struct results *r)
{
	const struct rebtf_btf *all[] = { w->base, w->new_base };
	_cleanup_unref_ struct rebtf_btf *both = NULL;
	struct rebtf_builder *b;

	TRY(rebtf_builder_new(NULL, &b));
	for (int i = 0; i < 2; i++) {
		uint32_t count = rebtf_btf_type_count(all[i]), first = rebtf_builder_next_id(b);
		_cleanup_free_ uint32_t *map = calloc(count, sizeof(*map));

		for (uint32_t id = 1; map && id < count; id++)
			map[id] = first + id - 1;
		for (uint32_t id = 1; map && id < count; id++)
			rebtf_builder_copy(b, all[i], id, map);
		if (!map) {
			rebtf_builder_free(b);
			return error_nomem();
		}
	}
	TRY(rebtf_builder_finish(b, &both));
	return deduplicate(both, false, r);
}

/* -------------------------------------------------------------------------------------- verify */

static struct rebtf_error *verify(const void *data, size_t size, struct rebtf_btf *base,
				  bool kernel_btf, struct results *r)
{
	REBTF_OPTIONS(rebtf_verify_options, options, .kernel_btf = kernel_btf);
	struct rebtf_violations *violations;

	TRY(rebtf_verify(data, size, "x", base, &options, &violations));
	tell_number(r, rebtf_violations_count(violations));
	tell_number(r, rebtf_violations_only_64_bit(violations));
	for (size_t i = 0; i < rebtf_violations_count(violations); i++)
		tell_error(r, rebtf_violations_at(violations, i));
	rebtf_violations_free(violations);
	return NULL;
}

static struct rebtf_error *verify_rules(const struct world *w, struct results *r)
{
	const char *version;

	(void)w;
	TRY(rebtf_verify_rules("6.12.117+deb12-amd64", &version));
	tell_text(r, version);
	return rebtf_verify_rules("no version", &version);
}

static struct rebtf_error *verify_base(const struct world *w, struct results *r)
{
	return verify(w->base_data, w->base_size, NULL, false, r);
}

static struct rebtf_error *verify_split(const struct world *w, struct results *r)
{
	return verify(w->split_data, w->split_size, w->base, false, r);
}

static struct rebtf_error *verify_module(const struct world *w, struct results *r)
{
	return verify(w->split_data, w->split_size, w->base, true, r);
}

const struct operation btf_operations[] = {
	{ "open the base", NEEDS_BASE, open_base },
	{ "open the split", NEEDS_BASE | NEEDS_SPLIT, open_split },
	{ "open both", NEEDS_BASE | NEEDS_SPLIT, open_both },
	{ "survey", NEEDS_BASE, survey },
	{ "read all types", NEEDS_SPLIT | WORKS_WITHOUT_MEMORY, read_all },
	{ "write", NEEDS_SPLIT, write_out },
	{ "write as big-endian", NEEDS_SPLIT, write_byte_swapped },
	{ "find all names", NEEDS_SPLIT | WORKS_WITHOUT_MEMORY, find_all_names },
	{ "find all types of a name", NEEDS_SPLIT, find_same_named },
	{ "dump", NEEDS_SPLIT, dump },
	{ "dump as JSON", NEEDS_SPLIT, dump_json },
	{ "dump to nowhere", NEEDS_SPLIT, dump_to_nowhere },
	{ "dump to a full disk", NEEDS_SPLIT, dump_to_full_disk },
	{ "header", NEEDS_SPLIT, header },
	{ "header of own types", NEEDS_SPLIT, header_of_own_types },
	{ "header of some types", NEEDS_SPLIT, header_of_some },
	{ "header like bpftool", NEEDS_SPLIT, header_like_bpftool },
	{ "copy", NEEDS_BASE, copy_all },
	{ "copy the split", NEEDS_BASE | NEEDS_SPLIT, copy_split },
	{ "build each kind", NEEDS_BASE, build_each_kind },
	{ "append", NEEDS_BASE, append },
	{ "deduplicate the base", NEEDS_BASE, deduplicate_base },
	{ "deduplicate the split", NEEDS_SPLIT, deduplicate_split },
	{ "deduplicate two bases", NEEDS_BASE | NEEDS_NEW_BASE, deduplicate_both },
	{ "name the rules", 0, verify_rules },
	{ "verify the base", NEEDS_BASE, verify_base },
	{ "verify the split", NEEDS_BASE | NEEDS_SPLIT, verify_split },
	{ "verify as a module's", NEEDS_BASE | NEEDS_SPLIT, verify_module },
	{},
};
