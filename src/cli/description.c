/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Describes one file: each function here adds one fact, as text or as JSON. */
#include <stdio.h>
#include <string.h>

#include "cli/description.h"
#include "cli/joined.h"
#include "cli/kernels.h"
#include "cli/report.h"

/* Where facts go: to text, or to a JSON object. */
struct description_output {
	struct text *text; /* NULL: to JSON */
	struct json_object *json;
};

void description_release(struct description *d)
{
	rebtf_survey_free(d->own);
	rebtf_survey_free(d->distilled);
	rebtf_survey_free(d->expects);
	rebtf_survey_free(d->inlined);
	rebtf_transform_free(d->made);
	rebtf_loading_free(d->loading);
	rebtf_error_free(d->misfit);
	rebtf_module_free(d->module);
}

/* Adds ": NAME COUNT" or ", NAME COUNT", or the key @name. */
static void describe_count(const struct description_output *out, const char **before,
			   const char *name, uint64_t count)
{
	if (!out->text) {
		json_add_number(out->json, name, count);
		return;
	}
	text_addf(out->text, "%s%s ", *before, name);
	text_add_count(out->text, count);
	*before = ", ";
}

/* ----------------------------------------------------------------------------------- container */

static const char *const container_words[] = {
	[REBTF_CONTAINER_RAW] = "raw BTF",
	[REBTF_CONTAINER_ELF] = "ELF",
	[REBTF_CONTAINER_IMAGE] = "kernel image",
};

static void describe_name(struct text *text, const char *label, const char *name)
{
	text_addf(text, "  %-12s", label);
	text_add_name(text, name);
	text_add(text, "\n");
}

static void describe_container(const struct description_output *out, const struct description *d)
{
	const struct rebtf_module *module = d->module;
	enum rebtf_container container = rebtf_module_container(module);
	enum rebtf_compression compression = rebtf_module_compression(module);
	bool is_signed = rebtf_module_signed(module);

	json_add_string(out->json, "file", d->file->path);
	json_add_string(out->json, "outcome", "described");
	if (!out->text) {
		json_add(out->json, "kernel", kernels_module_json(module));
		json_add_string(out->json, "container", rebtf_container_name(container));
		json_add_string(out->json, "compression", rebtf_compression_name(compression));
		json_add_bool(out->json, "signed", is_signed);
		return;
	}
	text_add_name(out->text, d->file->path);
	text_addf(out->text, "\n  container   %s%s%s%s\n", container_words[container],
		  compression ? ", " : "", compression ? rebtf_compression_name(compression) : "",
		  is_signed ? ", signed" : "");
	if (strcmp(d->file->path, rebtf_module_path(module)))
		describe_name(out->text, "file", rebtf_module_path(module));
	if (rebtf_module_release(module))
		describe_name(out->text, "release", rebtf_module_release(module));
}

/* ---------------------------------------------------------------------------- form and sections */

static const char *const form_meanings[] = {
	[REBTF_FORM_SPLIT] = "refers to one exact kernel, by type id",
	[REBTF_FORM_DISTILLED] = "names what it needs of a kernel, and can be relocated",
	[REBTF_FORM_STANDALONE] = "refers to nothing outside itself",
	[REBTF_FORM_EMPTY] = "has no types",
};

static void describe_form(const struct description_output *out, const struct description *d)
{
	const char *form = rebtf_form_name(d->form);
	const char *order = d->own->big_endian ? "big-endian" : "little-endian";

	json_add_string(out->json, "form", form);
	json_add_string(out->json, "byte_order", order);
	if (out->text)
		text_addf(out->text, "  form        %s: %s\n  byte order  %s\n", form,
			  form_meanings[d->form], order);
}

/* @label: in text; NULL: only in JSON. @survey may be NULL. */
static void describe_section(const struct description_output *out, const struct description *d,
			     enum rebtf_section section, const char *label,
			     const struct rebtf_survey *survey)
{
	struct description_output parts = { .text = out->text };
	const char *before = ": ";
	size_t size;

	if (!rebtf_module_section(d->module, section, &size) || (out->text && !label))
		return;
	if (out->text) {
		text_addf(out->text, "  %-12s", label);
		text_add_counted(out->text, size, "byte");
	} else {
		parts.json = json_new_object();
		json_add_number(parts.json, "size", size);
	}
	if (survey) {
		describe_count(&parts, &before, "header", survey->header_size);
		describe_count(&parts, &before, "types", survey->types_size);
		if (survey->layout_size || !out->text)
			describe_count(&parts, &before, "layout", survey->layout_size);
		describe_count(&parts, &before, "strings", survey->strings_size);
	}
	if (out->text)
		text_add(out->text, "\n");
	else
		json_add(out->json, rebtf_section_name(section), parts.json);
}

static void describe_sections(const struct description_output *out, const struct description *d)
{
	const struct description_output sections = { .text = out->text,
						     .json = out->text ? NULL : json_new_object() };

	describe_section(&sections, d, REBTF_SECTION_BTF, ".BTF", d->own);
	describe_section(&sections, d, REBTF_SECTION_BTF_BASE, ".BTF.base", d->distilled);
	describe_section(&sections, d, REBTF_SECTION_BTF_EXPECTS, "expects", d->expects);
	describe_section(&sections, d, REBTF_SECTION_INLINE, ".BTF.inline", d->inlined);
	describe_section(&sections, d, REBTF_SECTION_BTF_IDS, ".BTF_ids", NULL);
	describe_section(&sections, d, REBTF_SECTION_BASE_IDS, "base ids", NULL);
	describe_section(&sections, d, REBTF_SECTION_SAVED_BTF, NULL, NULL);
	describe_section(&sections, d, REBTF_SECTION_SAVED_BASE, NULL, NULL);
	describe_section(&sections, d, REBTF_SECTION_SAVED_INLINE, NULL, NULL);
	json_add(out->json, "sections", sections.json);
}

/* The other facts are those of the first blob of .BTF. */
static void describe_joined(const struct description_output *out, const struct description *d)
{
	struct joined_rest rest = joined_count(d->module);

	json_add_number(out->json, "joined_blobs", rest.blobs);
	json_add_number(out->json, "joined_bytes", rest.bytes);
	if (!out->text || !rest.blobs)
		return;
	text_add(out->text, "  joined      ");
	text_add_counted(out->text, rest.blobs, "blob");
	text_add(out->text, " more in .BTF, of ");
	text_add_counted(out->text, rest.bytes, "byte");
	text_add(out->text, ", not described here; rebtf dedup merges them\n");
}

/* In text, the saved original is one line. */
static void describe_saved(const struct description_output *out, const struct description *d)
{
	size_t size, base_size;

	if (!out->text || !rebtf_module_section(d->module, REBTF_SECTION_SAVED_BTF, &size))
		return;
	rebtf_module_section(d->module, REBTF_SECTION_SAVED_BASE, &base_size);
	text_add(out->text, "  kept        distilled BTF of ");
	text_add_counted(out->text, size, "byte");
	text_add(out->text, " and its base of ");
	text_add_count(out->text, base_size);
	text_add(out->text, ", to relocate again\n");
}

/* --------------------------------------------------------------------------------------- types */

static void put_digest(const uint8_t *digest, char text[2 * REBTF_DIGEST_SIZE + 1])
{
	for (size_t i = 0; i < REBTF_DIGEST_SIZE; i++)
		snprintf(text + 2 * i, 3, "%02x", digest[i]);
}

static struct json_object *link_json(const struct rebtf_link *link, const char *digest)
{
	struct json_object *object = json_new_object();

	json_add_string(object, "section", rebtf_link_form_name(link->form));
	json_add_string(object, "module", link->module);
	json_add_number(object, "size", link->btf_size);
	json_add_string(object, "sha256", digest);
	json_add_bool(object, "fits", link->fits);
	json_add_string(object, "carrier", link->carrier);
	return object;
}

/* A kernel's link to its BTF in a module. */
static void describe_link(const struct description_output *out, const struct description *d)
{
	const struct rebtf_link *link = rebtf_module_link(d->module);
	char digest[2 * REBTF_DIGEST_SIZE + 1];

	if (link)
		put_digest(link->digest, digest);
	if (!out->text)
		json_add(out->json, "link", link ? link_json(link, digest) : NULL);
	if (!out->text || !link)
		return;
	text_addf(out->text, "  link        to %s.ko: ", link->module);
	text_add_counted(out->text, link->btf_size, "byte");
	text_addf(out->text, ", SHA-256 %s: %s", digest,
		  link->fits ? "fits this BTF" : "does not fit this BTF");
	if (link->carrier) {
		text_add(out->text, ", read from ");
		text_add_name(out->text, link->carrier);
	}
	text_add(out->text, "\n");
}

static struct json_object *note_json(const struct rebtf_note *note, enum origin origin)
{
	struct json_object *object = json_new_object();
	char digest[2 * REBTF_DIGEST_SIZE + 1];

	put_digest(note->digest, digest);
	json_add_string(object, "form", rebtf_form_name(note->form));
	json_add_number(object, "type_count", note->type_count);
	json_add_number(object, "string_end", note->string_end);
	json_add_string(object, "sha256", digest);
	origin_add_json(object, origin);
	return object;
}

static void describe_note(const struct description_output *out, const struct description *d)
{
	const struct rebtf_note *note = rebtf_module_note(d->module);

	if (!out->text)
		json_add(out->json, "note", note ? note_json(note, d->origin) : NULL);
	json_add_bool(out->json, "stale_note", rebtf_module_has_stale_note(d->module));
	if (out->text && rebtf_module_has_stale_note(d->module))
		text_add(out->text, "  note        stale: describes other BTF, so it is ignored\n");
	if (!out->text || !note)
		return;
	text_addf(out->text, "  note        %s", rebtf_form_name(note->form));
	if (note->type_count) {
		text_add(out->text, ", made over ");
		text_add_counted(out->text, note->type_count - 1, "type");
		text_add(out->text, " and ");
		text_add_counted(out->text, note->string_end, "byte");
		text_add(out->text, " of strings");
	}
	if (d->origin != ORIGIN_UNKNOWN) {
		text_add(out->text, d->origin == ORIGIN_THIS ? ": that is " : ": not ");
		text_add_name(out->text, base_label(d->options));
	}
	text_add(out->text, "\n");
}

static void describe_kinds(const struct description_output *out, const struct description *d)
{
	const struct description_output kinds = { .text = out->text,
						  .json = out->text ? NULL : json_new_object() };
	const char *before = ": ";

	json_add_number(out->json, "types", d->own->type_count);
	if (out->text) {
		text_add(out->text, "  types       ");
		text_add_count(out->text, d->own->type_count);
	}
	for (uint32_t kind = 0; kind < REBTF_MAX_KINDS; kind++) {
		char name[16];

		if (!d->own->kind_counts[kind])
			continue;
		snprintf(name, sizeof(name), "kind %u", kind);
		describe_count(&kinds, &before,
			       kind < REBTF_KNOWN_KINDS ? rebtf_kind_name(kind) : name,
			       d->own->kind_counts[kind]);
	}
	json_add(out->json, "kinds", kinds.json);
	if (out->text)
		text_add(out->text, "\n");
}

/* ---------------------------------------------------------------------------------------- base */

static void describe_refs(const struct description_output *out, const struct description *d)
{
	if (out->text && d->has_refs) {
		text_add(out->text, "  base        refers to ");
		text_add_counted(out->text, d->base_refs, "type");
		text_add(out->text, " of it\n");
	} else if (d->has_refs) {
		json_add_number(out->json, "base_refs", d->base_refs);
	} else {
		json_add(out->json, "base_refs", NULL);
	}
}

static void add_verdict(struct text *text, const struct description *d)
{
	const char *label = base_label(d->options);

	text_add(text, d->misfit ? "no, " : "yes, ");
	if (d->form == REBTF_FORM_SPLIT) {
		text_add_name(text, label);
		text_add(text, d->misfit ? " is not the kernel it was built for"
					 : " can be the kernel it was built for");
	} else {
		text_add(text, d->misfit ? "it does not relocate to " : "it relocates to ");
		text_add_name(text, label);
	}
	if (d->options->verbose) {
		text_add(text, " (");
		kernels_add_name(text, d->base);
		text_add(text, ")");
	}
}

static void add_fit_text(struct text *text, const struct description *d, const struct fit *fit)
{
	text_add(text, "  fits        ");
	if (!d->base) {
		text_add(text, "unknown: --base would tell\n");
		return;
	}
	add_verdict(text, d);
	if (d->misfit && !fit->report) {
		text_add(text, ": ");
		text_add_name(text, rebtf_error_message(d->misfit));
	}
	text_add(text, fit->report && d->misfit ? ":\n" : "\n");
	if (fit->report)
		report_add_misfits(text, d->options, fit,
				   report_limit(rebtf_module_path(d->module)));
}

static struct json_object *fit_json(const struct description *d, const struct fit *fit)
{
	struct json_object *object;

	if (!d->base)
		return NULL;
	object = json_new_object();
	json_add_string(object, "base", d->options->base);
	json_add(object, "base_kernel", kernels_json(d->base));
	json_add_string(object, "reading",
			d->form == REBTF_FORM_SPLIT ? "split_from" : "relocate_to");
	json_add_bool(object, "fits", !d->misfit);
	if (fit->report)
		report_add_json(object, d->options, fit,
				report_limit(rebtf_module_path(d->module)));
	else if (d->misfit)
		json_add(object, "error", json_error(d->misfit, NULL));
	return object;
}

static void describe_base(const struct description_output *out, const struct description *d)
{
	const struct fit fit = {
		.made = d->made,
		.report = d->made ? rebtf_transform_report(d->made) : NULL,
	};

	if (out->text && (d->form == REBTF_FORM_STANDALONE || d->form == REBTF_FORM_EMPTY)) {
		text_add(out->text, "  base        none needed\n");
		return;
	}
	describe_refs(out, d);
	if (out->text)
		add_fit_text(out->text, d, &fit);
	else
		json_add(out->json, "fit", fit_json(d, &fit));
}

static void describe_loading(const struct description_output *out, const struct description *d)
{
	if (!out->text)
		loadings_add_json(out->json, d->loadings, d->loading);
	else if (d->loading)
		loadings_add_info_text(out->text, d->loadings, d->loading, d->misfit);
}

/* ----------------------------------------------------------------------------------- the whole */

void description_add(struct text *text, const struct description *d)
{
	const struct description_output out = {
		.text = d->options->json ? NULL : text,
		.json = d->options->json ? json_new_object() : NULL,
	};

	describe_container(&out, d);
	describe_form(&out, d);
	describe_sections(&out, d);
	describe_joined(&out, d);
	describe_saved(&out, d);
	describe_note(&out, d);
	describe_link(&out, d);
	describe_kinds(&out, d);
	describe_base(&out, d);
	describe_loading(&out, d);
	if (d->options->json)
		json_print(text, out.json);
}

void description_add_bare(struct text *text, const struct description *d)
{
	const struct description_output out = { .text = text };

	describe_container(&out, d);
	text_add(text, "  form        none: has no BTF\n");
	describe_loading(&out, d);
}
