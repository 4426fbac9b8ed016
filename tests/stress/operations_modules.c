/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Operations on modules and BPF programs (operations.h): read, transformed, written and copied. */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>

#include "operations.h"
#include "util/cleanup.h"
#include "util/error.h"

static void cleanup_module_open(struct rebtf_module **module)
{
	rebtf_module_free(*module);
}

static void cleanup_dir(struct rebtf_dir **dir)
{
	rebtf_dir_free(*dir);
}

static void cleanup_transform(struct rebtf_transform **transform)
{
	rebtf_transform_free(*transform);
}

#define _cleanup_module_    _cleanup_(cleanup_module_open)
#define _cleanup_dir_	    _cleanup_(cleanup_dir)
#define _cleanup_transform_ _cleanup_(cleanup_transform)

/* ---------------------------------------------------------------------------------------- read */

static void tell_sections(struct results *r, const struct rebtf_module *module)
{
	const void *data;
	size_t size;

	for (int section = 0; section <= REBTF_SECTION_BASE_IDS; section++) {
		data = rebtf_module_section(module, section, &size);
		/* Expectations that cannot be read are an error of another operation. */
		if (!data || section == REBTF_SECTION_BTF_EXPECTS)
			continue;
		tell_text(r, rebtf_section_name(section));
		tell(r, data, size);
	}
}

static void tell_module(struct results *r, const struct rebtf_module *module)
{
	const struct rebtf_link *link = rebtf_module_link(module);
	const struct rebtf_note *note = rebtf_module_note(module);

	tell_sections(r, module);
	tell_number(r, !!rebtf_module_path(module));
	tell_text(r, rebtf_container_name(rebtf_module_container(module)));
	tell_text(r, rebtf_compression_name(rebtf_module_compression(module)));
	tell_number(r, rebtf_module_has_btf(module));
	tell_number(r, rebtf_module_has_distilled(module));
	tell_number(r, rebtf_module_signed(module));
	tell_number(r, rebtf_module_pointer_size(module));
	tell_text(r, link ? rebtf_link_form_name(link->form) : NULL);
	tell_number(r, rebtf_module_has_stale_note(module));
	if (note)
		tell_text(r, rebtf_form_name(note->form));
}

static struct rebtf_error *open_module(const struct world *w, struct results *r)
{
	_cleanup_module_ struct rebtf_module *module = NULL;
	_cleanup_free_ char *target = NULL;

	TRY(rebtf_module_open(w->path, NULL, &module));
	tell_module(r, module);
	TRY(rebtf_module_link_target(module, &target));
	tell_number(r, !!target);
	return NULL;
}

static struct rebtf_error *open_by_descriptor(const struct world *w, struct results *r)
{
	_cleanup_close_ int fd = open(w->path, O_RDONLY | O_CLOEXEC);
	REBTF_OPTIONS(rebtf_module_options, options, .has_fd = true, .fd = fd);
	_cleanup_module_ struct rebtf_module *module = NULL;

	TRY(rebtf_module_open("x.ko", &options, &module));
	tell_module(r, module);
	return NULL;
}

static struct rebtf_error *open_any(const struct world *w, struct results *r)
{
	REBTF_OPTIONS(rebtf_kernel_options, kernels);
	REBTF_OPTIONS(rebtf_module_options, options, .kernels = &kernels);
	_cleanup_module_ struct rebtf_module *module = NULL;

	TRY(rebtf_module_open(w->path, &options, &module));
	tell_module(r, module);
	tell_text(r, rebtf_module_release(module));
	return NULL;
}

static struct rebtf_error *read_btf(const struct world *w, struct results *r)
{
	_cleanup_module_ struct rebtf_module *module = NULL;
	enum rebtf_form form;
	bool fits;

	TRY(rebtf_module_open(w->path, NULL, &module));
	TRY(rebtf_module_form(module, w->base, &form));
	tell_text(r, rebtf_form_name(form));
	TRY(rebtf_module_btf(module, w->base, &r->btf[0]));
	if (!w->base)
		return NULL;
	if (rebtf_module_note(module)) {
		TRY(rebtf_note_fits(rebtf_module_note(module), w->base, &fits));
		tell_number(r, fits);
	}
	return rebtf_module_check_release(module, w->base);
}

static struct rebtf_error *read_btf_as(const struct world *w, struct results *r,
				       enum rebtf_reading reading, struct rebtf_btf *base)
{
	REBTF_OPTIONS(rebtf_module_options, options, .reading = reading);
	_cleanup_module_ struct rebtf_module *module = NULL;

	TRY(rebtf_module_open(w->path, &options, &module));
	return rebtf_module_btf(module, base, &r->btf[0]);
}

static struct rebtf_error *read_inlined(const struct world *w, struct results *r)
{
	_cleanup_module_ struct rebtf_module *module = NULL;

	TRY(rebtf_module_open(w->path, NULL, &module));
	TRY(rebtf_module_btf(module, w->base, &r->btf[0]));
	return rebtf_module_inlined(module, r->btf[0], &r->btf[1]);
}

static struct rebtf_error *find_function(const struct world *w, struct results *r)
{
	_cleanup_module_ struct rebtf_module *module = NULL;
	struct rebtf_code *code;
	const char *name;
	uint64_t start = 0;

	TRY(rebtf_module_open(w->path, NULL, &module));
	TRY(rebtf_code_open(module, &code));
	for (uint32_t offset = 0; offset < 64; offset += 16) {
		name = rebtf_code_function(code, ".text", offset, &start);
		tell_text(r, name ?: "");
		tell_number(r, (uint32_t)start);
	}
	rebtf_code_free(code);
	return NULL;
}

static struct rebtf_error *read_as_split(const struct world *w, struct results *r)
{
	return read_btf_as(w, r, REBTF_READING_SPLIT, w->base);
}

static struct rebtf_error *read_as_standalone(const struct world *w, struct results *r)
{
	return read_btf_as(w, r, REBTF_READING_STANDALONE, NULL);
}

static struct rebtf_error *read_distilled(const struct world *w, struct results *r)
{
	_cleanup_module_ struct rebtf_module *module = NULL;

	TRY(rebtf_module_open(w->path, NULL, &module));
	TRY(rebtf_module_distilled(module, &r->btf[0]));
	return rebtf_module_expects(module, rebtf_btf_base(r->btf[0]), &r->btf[1]);
}

static struct rebtf_error *read_ids(const struct world *w, struct results *r)
{
	_cleanup_module_ struct rebtf_module *module = NULL;
	size_t count;
	uint32_t *ids;

	TRY(rebtf_module_open(w->path, NULL, &module));
	TRY(rebtf_module_btf(module, w->base, &r->btf[0]));
	TRY(rebtf_module_ids(module, r->btf[0], &ids, &count));
	tell_ids(r, ids, count);
	return NULL;
}

static struct rebtf_error *hand_over(const struct world *w, struct results *r)
{
	_cleanup_module_ struct rebtf_module *module = NULL;

	TRY(rebtf_module_open(w->path, NULL, &module));
	return rebtf_module_loader_btf(module, NULL, &r->data, &r->size);
}

/* --------------------------------------------------------------------------- write, step by step */

/* Distills the module's BTF into r->btf, and sets @output to it. */
static struct rebtf_error *distill_opened(const struct world *w, const struct rebtf_module *module,
					  struct rebtf_module_output *output, struct results *r)
{
	_cleanup_unref_ struct rebtf_btf *split = NULL;
	enum rebtf_form form;

	TRY(rebtf_module_form(module, w->base, &form));
	TRY(rebtf_module_btf(module, w->base, &split));
	TRY(rebtf_distill_expects(split, NULL, &r->btf[0], &r->btf[1], &r->btf[2]));
	output->btf = r->btf[1];
	output->distilled = true;
	output->made_over = w->base;
	output->expects = r->btf[2];
	return NULL;
}

static struct rebtf_error *distill_file(const struct world *w, struct results *r)
{
	REBTF_OPTIONS(rebtf_module_output, output);
	_cleanup_module_ struct rebtf_module *module = NULL;

	TRY(rebtf_module_open(w->path, NULL, &module));
	TRY(distill_opened(w, module, &output, r));
	return rebtf_module_write(module, w->out, &output);
}

/* Relocates the module's distilled BTF into r->btf[1], and sets @output to it. */
static struct rebtf_error *relocate_opened(const struct world *w, const struct rebtf_module *module,
					   struct rebtf_module_output *output, struct results *r)
{
	TRY(rebtf_module_distilled(module, &r->btf[0]));
	TRY(rebtf_module_expects(module, rebtf_btf_base(r->btf[0]), &r->btf[2]));
	TRY(rebtf_relocate(r->btf[0], w->base, &r->report, &r->btf[1]));
	output->btf = r->btf[1];
	return NULL;
}

static struct rebtf_error *relocate_file(const struct world *w, struct results *r)
{
	REBTF_OPTIONS(rebtf_module_output, output);
	_cleanup_module_ struct rebtf_module *module = NULL;

	TRY(rebtf_module_open(w->path, NULL, &module));
	TRY(relocate_opened(w, module, &output, r));
	return rebtf_module_write(module, w->out, &output);
}

static struct rebtf_error *relocate_and_keep(const struct world *w, struct results *r)
{
	REBTF_OPTIONS(rebtf_module_output, output, .save_original = true);
	_cleanup_module_ struct rebtf_module *module = NULL;
	size_t count;
	uint32_t *ids;

	TRY(rebtf_module_open(w->path, NULL, &module));
	TRY(relocate_opened(w, module, &output, r));
	TRY(rebtf_module_ids(module, r->btf[0], &ids, &count));
	tell_ids(r, ids, count);
	return rebtf_module_write(module, w->out, &output);
}

static struct rebtf_error *relocate_below(const struct world *w, struct results *r)
{
	REBTF_OPTIONS(rebtf_module_output, output, .strip_signature = true);
	_cleanup_module_ struct rebtf_module *module = NULL;
	_cleanup_dir_ struct rebtf_dir *dir = NULL;
	char path[PATH_MAX];

	TRY(rebtf_module_open(w->path, NULL, &module));
	TRY(relocate_opened(w, module, &output, r));
	snprintf(path, sizeof(path), "%s/.out/new", w->directory);
	TRY(rebtf_dir_new(path, &dir));
	return rebtf_module_write_to(module, dir, "a/x.ko", &output);
}

static struct rebtf_error *relocate_for_show(const struct world *w, struct results *r)
{
	REBTF_OPTIONS(rebtf_module_output, output, .dry_run = true);
	_cleanup_module_ struct rebtf_module *module = NULL;

	TRY(rebtf_module_open(w->path, NULL, &module));
	TRY(relocate_opened(w, module, &output, r));
	return rebtf_module_write(module, w->out, &output);
}

static void tell_stray(struct results *r, const struct rebtf_stray_ids *stray)
{
	tell_number(r, rebtf_stray_ids_count(stray));
	for (size_t i = 0; rebtf_stray_ids_at(stray, i); i++)
		tell_text(r, rebtf_stray_ids_at(stray, i));
}

static struct rebtf_error *check_ids(const struct world *w, struct results *r)
{
	REBTF_OPTIONS(rebtf_module_output, output);
	_cleanup_module_ struct rebtf_module *module = NULL;
	struct rebtf_stray_ids *stray;

	TRY(rebtf_module_open(w->path, NULL, &module));
	TRY(distill_opened(w, module, &output, r));
	TRY(rebtf_module_check_ids(module, &output, &stray));
	tell_stray(r, stray);
	rebtf_stray_ids_free(stray);
	return NULL;
}

/* -------------------------------------------------------------------------------- copy, extract */

static struct rebtf_error *copy_file(const struct world *w, struct results *r)
{
	_cleanup_module_ struct rebtf_module *module = NULL;
	char path[PATH_MAX];

	(void)r;
	snprintf(path, sizeof(path), "%s/copy", w->directory);
	TRY(rebtf_module_open(w->path, NULL, &module));
	return rebtf_module_copy(module, path);
}

static struct rebtf_error *copy_below(const struct world *w, struct results *r)
{
	_cleanup_module_ struct rebtf_module *module = NULL;
	_cleanup_dir_ struct rebtf_dir *dir = NULL;
	char path[PATH_MAX];

	(void)r;
	snprintf(path, sizeof(path), "%s/.out/new", w->directory);
	TRY(rebtf_module_open(w->path, NULL, &module));
	TRY(rebtf_dir_new(path, &dir));
	return rebtf_module_copy_to(module, dir, "b/x.ko");
}

static struct rebtf_error *extract(const struct world *w, struct results *r)
{
	_cleanup_module_ struct rebtf_module *module = NULL;
	char path[PATH_MAX];

	(void)r;
	snprintf(path, sizeof(path), "%s/.out/extracted", w->directory);
	TRY(rebtf_module_open(w->path, NULL, &module));
	return rebtf_module_extract(module, path);
}

static void tell_encoding(struct results *r, const struct rebtf_encoding *encoding)
{
	const struct rebtf_fate *fate;
	char *text;

	tell_number(r, rebtf_encoding_skip_count(encoding));
	tell_number(r, rebtf_encoding_fate_count(encoding));
	for (size_t i = 0; (text = rebtf_encoding_skip_at(encoding, i)); i++)
		free(text);
	for (size_t i = 0; (fate = rebtf_encoding_fate_at(encoding, i)); i++) {
		tell_text(r, fate->name);
		tell_text(r, fate->text);
	}
}

/* A file without DWARF becomes empty BTF. */
static struct rebtf_error *encode_with(const struct world *w, struct results *r,
				       const struct rebtf_encode_options *options)
{
	struct rebtf_encoding *encoding;
	struct rebtf_error *err;
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/.out/encoded", w->directory);
	TRY(rebtf_encode(w->path, options, &encoding));
	tell_encoding(r, encoding);
	if (rebtf_encoding_btf(encoding))
		r->btf[0] = rebtf_btf_ref(rebtf_encoding_btf(encoding));
	tell_number(r, !!rebtf_encoding_inlined(encoding));
	err = rebtf_encoding_write(encoding, path);
	if (!err && rebtf_encoding_btf(encoding))
		err = rebtf_encoding_embed(encoding, NULL, NULL);
	rebtf_encoding_free(encoding);
	return err;
}

static struct rebtf_error *encode(const struct world *w, struct results *r)
{
	REBTF_OPTIONS(rebtf_encode_options, options, .features = rebtf_encode_feature("all", 3),
		      .lang_exclude = "rust", .jobs = 1, .inlined = true, .sort = true,
		      .fates = true);

	tell_text(r, rebtf_encode_feature_name(0));
	return encode_with(w, r, &options);
}

static struct rebtf_error *encode_module(const struct world *w, struct results *r)
{
	REBTF_OPTIONS(rebtf_encode_options, options, .base = w->base,
		      .features = REBTF_ENCODE_DEFAULT | REBTF_ENCODE_DISTILLED,
		      .jobs = w->one_thread ? 1 : 2, .expects = true, .explain = "callee");

	return encode_with(w, r, &options);
}

/* ---------------------------------------------------------------------------------- transforms */

static struct rebtf_error *explain_match(struct rebtf_transform *transform,
					 const struct rebtf_match *match, struct results *r)
{
	struct rebtf_change_list *changes;
	struct rebtf_path *path;

	tell_number(r, match->verdict);
	TRY(rebtf_transform_path(transform, match, &path));
	tell_number(r, rebtf_path_count(path));
	rebtf_path_free(path);
	TRY(rebtf_transform_changes(transform, match, &changes));
	if (changes)
		tell_number(r, rebtf_change_list_count(changes));
	rebtf_change_list_free(changes);
	return NULL;
}

static struct rebtf_error *explain(struct rebtf_transform *transform, struct results *r)
{
	const struct rebtf_report *report = rebtf_transform_report(transform);

	tell_text(r, rebtf_form_name(rebtf_transform_old_form(transform)));
	tell_number(r, !!rebtf_transform_btf(transform));
	tell_number(r, !!rebtf_transform_split(transform));
	tell_number(r, !!rebtf_transform_distilled(transform));
	tell_number(r, !!rebtf_transform_expects(transform));
	tell_number(r, !!rebtf_transform_inlined(transform));
	tell_number(r, !!rebtf_transform_trust_btf(transform));
	for (size_t i = 0; report && i < rebtf_report_count(report); i++)
		TRY(explain_match(transform, rebtf_report_at(report, i), r));
	tell_stray(r, rebtf_transform_stray_ids(transform));
	for (size_t i = 0; i < rebtf_transform_downgraded_count(transform); i++)
		tell_text(r, rebtf_transform_downgraded_at(transform, i)->name);
	return NULL;
}

/* Writes the new BTF if there is any. */
static struct rebtf_error *write_transform(const struct world *w, const struct rebtf_module *module,
					   const struct rebtf_transform *transform,
					   struct results *r)
{
	REBTF_OPTIONS(rebtf_module_output, output, .strip_signature = true);
	bool current;

	if (!rebtf_transform_btf(transform))
		return NULL;
	r->btf[0] = rebtf_btf_ref(rebtf_transform_btf(transform));
	TRY(rebtf_transform_is_current(transform, &current));
	tell_number(r, current);
	rebtf_transform_output(transform, &output);
	return rebtf_module_write(module, w->out, &output);
}

typedef struct rebtf_error *transform_call(const struct rebtf_module *module,
					   const struct rebtf_transform_options *options,
					   struct rebtf_transform **transform);

static struct rebtf_error *transform(const struct world *w, struct results *r, transform_call *call,
				     const struct rebtf_transform_options *options)
{
	_cleanup_module_ struct rebtf_module *module = NULL;
	_cleanup_transform_ struct rebtf_transform *made = NULL;
	struct rebtf_error *err;

	TRY(rebtf_module_open(w->path, NULL, &module));
	err = call(module, options, &made);
	if (err && (rebtf_error_code(err) != REBTF_ERR_MISMATCH || !made))
		return err;
	rebtf_error_free(err);
	TRY(explain(made, r));
	return write_transform(w, module, made, r);
}

static struct rebtf_error *transform_distill(const struct world *w, struct results *r)
{
	REBTF_OPTIONS(rebtf_transform_options, options, .base = w->base, .trust = w->trust,
		      .trust_count = w->trust_count, .expects = true);

	return transform(w, r, rebtf_module_distill, &options);
}

static struct rebtf_error *transform_relocate(const struct world *w, struct results *r)
{
	REBTF_OPTIONS(rebtf_transform_options, options, .base = w->base, .any_release = true);

	return transform(w, r, rebtf_module_relocate, &options);
}

static struct rebtf_error *transform_localize(const struct world *w, struct results *r)
{
	REBTF_OPTIONS(rebtf_transform_options, options, .base = w->new_base, .old_base = w->base,
		      .any_release = true, .policy = REBTF_POLICY_STRICT, .local = true);

	return transform(w, r, rebtf_module_relocate, &options);
}

static struct rebtf_error *transform_check(const struct world *w, struct results *r)
{
	REBTF_OPTIONS(rebtf_transform_options, options, .base = w->new_base, .old_base = w->base,
		      .any_release = true, .policy = REBTF_POLICY_STRICT, .trust = w->trust,
		      .trust_count = w->trust_count);

	return transform(w, r, rebtf_module_check, &options);
}

static struct rebtf_error *transform_standalone(const struct world *w, struct results *r)
{
	REBTF_OPTIONS(rebtf_transform_options, options, .base = w->base, .any_release = true);

	return transform(w, r, rebtf_module_standalone, &options);
}

static struct rebtf_error *transform_renumber(const struct world *w, struct results *r)
{
	REBTF_OPTIONS(rebtf_transform_options, options, .base = w->base);

	return transform(w, r, rebtf_module_renumber, &options);
}

static struct rebtf_error *transform_downgrade(const struct world *w, struct results *r)
{
	REBTF_OPTIONS(rebtf_transform_options, options, .base = w->base, .for_kernel = "5.10");

	return transform(w, r, rebtf_module_downgrade, &options);
}

#define NEEDS_FILE_AND_BASE  (NEEDS_FILE | NEEDS_BASE)
#define NEEDS_FILE_AND_BASES (NEEDS_FILE_AND_BASE | NEEDS_NEW_BASE)

const struct operation module_operations[] = {
	{ "open a module", NEEDS_FILE, open_module },
	{ "open a module by descriptor", NEEDS_FILE, open_by_descriptor },
	{ "open any file", NEEDS_FILE, open_any },
	{ "read a module's BTF", NEEDS_FILE, read_btf },
	{ "read a module's BTF as split", NEEDS_FILE, read_as_split },
	{ "read a module's inline BTF", NEEDS_FILE, read_inlined },
	{ "find the function of a place", NEEDS_FILE, find_function },
	{ "read a module's BTF as standalone", NEEDS_FILE, read_as_standalone },
	{ "read a module's distilled BTF", NEEDS_FILE, read_distilled },
	{ "read a module's ids", NEEDS_FILE | READS_IDS, read_ids },
	{ "hand a program's BTF over", NEEDS_FILE, hand_over },
	{ "write a module distilled", NEEDS_FILE_AND_BASE | READS_IDS | REPLACES_SEVERAL,
	  distill_file },
	{ "write a module relocated", NEEDS_FILE_AND_BASE | READS_IDS, relocate_file },
	{ "write a module and keep its BTF", NEEDS_FILE_AND_BASE | READS_IDS, relocate_and_keep },
	{ "write a module below a directory", NEEDS_FILE_AND_BASE, relocate_below },
	{ "write a module for show", NEEDS_FILE_AND_BASE, relocate_for_show },
	{ "check a module's ids", NEEDS_FILE_AND_BASE | READS_IDS, check_ids },
	{ "copy a module", NEEDS_FILE, copy_file },
	{ "copy a module below a directory", NEEDS_FILE, copy_below },
	{ "extract a module's BTF", NEEDS_FILE, extract },
	{ "encode a file's DWARF", NEEDS_FILE | READS_DWARF, encode },
	{ "encode a module's DWARF", NEEDS_FILE_AND_BASE | READS_DWARF, encode_module },
	{ "distill a module", NEEDS_FILE_AND_BASE | READS_IDS, transform_distill },
	{ "relocate a module", NEEDS_FILE_AND_BASE | READS_IDS, transform_relocate },
	{ "localize in a module", NEEDS_FILE_AND_BASES, transform_localize },
	{ "check a module", NEEDS_FILE_AND_BASES, transform_check },
	{ "make a module standalone", NEEDS_FILE_AND_BASE | READS_IDS, transform_standalone },
	{ "renumber a module", NEEDS_FILE_AND_BASE | READS_IDS, transform_renumber },
	{ "downgrade a module", NEEDS_FILE_AND_BASE | READS_IDS, transform_downgrade },
	{},
};
