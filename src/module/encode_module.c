/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * BTF from the DWARF of a file: opens the file for the encoder, checks its result as a kernel would,
 * and writes it into the file or beside it.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "encode/encode.h"
#include "encode/flat_arrays.h"
#include "module/btf_ids.h"
#include "module/btf_ids_section.h"
#include "module/debug_file.h"
#include "module/elf_embed.h"
#include "module/language.h"
#include "module/module.h"
#include "module/name_order.h"
#include "module/raw_files.h"
#include "module/sign.h"
#include "module/unpacked.h"
#include "split/inlined.h"
#include "util/bytes.h"
#include "util/options.h"
#include "util/replace.h"

_Static_assert((int)REBTF_ENCODE_VAR == ENCODE_VAR &&
		       (int)REBTF_ENCODE_REPRODUCIBLE == ENCODE_REPRODUCIBLE,
	       "features have the same bits");

/* The bytes of a section. */
struct encoded_bytes {
	void *data;
	size_t size;
};

struct rebtf_encoding {
	char *path;
	struct file_state state;   /* of the file when it was opened */
	struct rebtf_btf *btf;	   /* NULL: no DWARF */
	struct rebtf_btf *inlined; /* over it; NULL: not wanted */
	struct rebtf_btf *base;	   /* that it was made over; NULL: none */
	struct encode_report report;
	struct rebtf_fate *fates; /* those of the report */
	/* Of .BTF, .BTF.base, .BTF.base_expects and .BTF.inline. */
	struct encoded_bytes bytes, base_bytes, expects_bytes, inlined_bytes;
	bool big_endian;
};

/* ------------------------------------------------------------------------------------- encoding */

/* Writes the bytes of a section. */
static struct rebtf_error *encode_write_bytes(const struct rebtf_encoding *e,
					      const struct rebtf_btf *btf, bool layout,
					      struct encoded_bytes *bytes)
{
	REBTF_OPTIONS(rebtf_write_options, options,
		      .byte_order = e->big_endian ? REBTF_BYTE_ORDER_BIG : REBTF_BYTE_ORDER_LITTLE,
		      .layout = layout ? REBTF_LAYOUT_WITH : REBTF_LAYOUT_WITHOUT);

	return rebtf_btf_write(btf, &options, &bytes->data, &bytes->size);
}

static void encode_replace(struct rebtf_encoding *e, struct rebtf_btf *btf)
{
	rebtf_btf_unref(e->btf);
	e->btf = btf;
}

/* Replaces split BTF by BTF over a distilled base. */
static struct rebtf_error *encode_distill(struct rebtf_encoding *e, bool with_expects)
{
	_cleanup_unref_ struct rebtf_btf *base = NULL, *expects = NULL;
	struct rebtf_btf *split;

	if (with_expects)
		TRY(rebtf_distill_expects(e->btf, NULL, &base, &split, &expects));
	else
		TRY(rebtf_distill(e->btf, &base, &split));
	encode_replace(e, split);
	if (expects)
		TRY(encode_write_bytes(e, expects, false, &e->expects_bytes));
	return encode_write_bytes(e, base, false, &e->base_bytes);
}

static struct rebtf_error *encode_sort(struct rebtf_encoding *e)
{
	struct rebtf_btf *sorted;

	TRY(rebtf_sort(e->btf, &sorted));
	encode_replace(e, sorted);
	return NULL;
}

/* Separates the inline BTF from the rest. */
static struct rebtf_error *encode_part(struct rebtf_encoding *e)
{
	_cleanup_free_ uint32_t *new_ids = NULL;
	struct rebtf_btf *btf;

	TRY(inlined_part(e->btf, e->btf, &btf, &e->inlined, &new_ids));
	encode_replace(e, btf);
	return NULL;
}

/* Joins the two again before distilling. The new mark then lists only the module's own types. */
static struct rebtf_error *encode_join(struct rebtf_encoding *e)
{
	struct rebtf_btf *joined;

	TRY(inlined_join(e->btf, e->inlined, &joined));
	encode_replace(e, joined);
	rebtf_btf_unref(e->inlined);
	e->inlined = NULL;
	return NULL;
}

/* Checks that a kernel accepts the BTF over @base; @kernel NULL: the newest released. */
static struct rebtf_error *encode_verify(const struct rebtf_encoding *e,
					 const struct encoded_bytes *bytes, struct rebtf_btf *base,
					 const char *kernel, const char *section)
{
	REBTF_OPTIONS(rebtf_verify_options, options, .kernel = kernel, .kernel_btf = true,
		      .limit = 1, .section = section);
	struct rebtf_violations *violations;
	struct rebtf_error *err = NULL;

	TRY(rebtf_verify(bytes->data, bytes->size, e->path, base, &options, &violations));
	if (rebtf_violations_count(violations)) {
		char *text = rebtf_error_text_without_file(rebtf_violations_at(violations, 0));

		err = error_new(REBTF_ERR_FORMAT, "a kernel would refuse the encoded BTF: %s",
				text ?: "out of memory");
		free(text);
	}
	rebtf_violations_free(violations);
	return err;
}

static bool encode_has_dwarf(const struct debug_file *file)
{
	return file->object.dwarf.sections[DWARF_INFO].size ||
	       file->object.dwarf.sections[DWARF_TYPES].size;
}

/* Sets e->fates. */
static struct rebtf_error *encode_publish_fates(struct rebtf_encoding *e)
{
	const struct fate_vector *fates = &e->report.fates;

	e->fates = calloc(fates->count + 1, sizeof(*e->fates));
	if (!e->fates)
		return error_nomem();
	for (size_t i = 0; i < fates->count; i++)
		e->fates[i] = (struct rebtf_fate){
			.name = fates->items[i].name,
			.reason = fates->items[i].word,
			.text = fates->items[i].reason,
			.variable = fates->items[i].is_variable,
			.has_die = fates->items[i].has_die,
			.die_offset = fates->items[i].die_offset,
		};
	return NULL;
}

size_t rebtf_encoding_fate_count(const struct rebtf_encoding *e)
{
	return e->report.fates.count;
}

const struct rebtf_fate *rebtf_encoding_fate_at(const struct rebtf_encoding *e, size_t index)
{
	return index < e->report.fates.count ? &e->fates[index] : NULL;
}

/* Encodes the opened file. */
static struct rebtf_error *encode_file(struct rebtf_encoding *e, const struct debug_file *file,
				       const struct rebtf_encode_options *options,
				       const struct language_vector *excluded,
				       const struct language_vector *only)
{
	struct encode_options internal = {
		.features = options->features,
		.languages = excluded->items,
		.language_count = excluded->count,
		.only = only->items,
		.only_count = only->count,
		.jobs = options->jobs,
		.base = options->base,
		.inlined = options->inlined,
		.report_skipped = options->fates,
		.explain = options->explain,
	};
	bool layout = options->features & REBTF_ENCODE_LAYOUT && !options->base;
	bool distilled = options->features & REBTF_ENCODE_DISTILLED && options->base, sort;

	e->state = file->state;
	e->big_endian = file->object.dwarf.big_endian;
	if (options->base)
		e->base = rebtf_btf_ref(options->base);
	if (!encode_has_dwarf(file))
		return NULL;
	if (options->base && rebtf_btf_is_big_endian(options->base) != e->big_endian)
		return error_new(REBTF_ERR_WRONG_BASE, "the base has the other byte order");
	TRY(name_order_of_encoded(options->sort, file, options->base, &sort));
	if (options->base && flat_arrays_in(options->base))
		internal.features |= ENCODE_FLAT_ARRAYS;
	/* Distilling appends types. */
	internal.sort = sort && !distilled;
	TRY(encode_object(&file->object, &internal, &e->report, &e->btf));
	TRY(encode_publish_fates(e));
	if (options->inlined)
		TRY(encode_part(e));
	if (options->inlined && distilled)
		TRY(encode_join(e));
	if (distilled)
		TRY(encode_distill(e, options->expects));
	if (distilled && sort)
		TRY(encode_sort(e));
	if (options->inlined && distilled)
		TRY(encode_part(e));
	if (options->inlined)
		TRY(encode_write_bytes(e, e->inlined, false, &e->inlined_bytes));
	TRY(encode_write_bytes(e, e->btf, layout, &e->bytes));
	if (options->unverified)
		return NULL;
	TRY(encode_verify(e, &e->bytes, rebtf_btf_base(e->btf), NULL, ".BTF"));
	return e->inlined ? encode_verify(e, &e->inlined_bytes, e->btf, "7.4", ".BTF.inline")
			  : NULL;
}

static struct rebtf_error *encode_path(struct rebtf_encoding *e,
				       const struct rebtf_encode_options *options)
{
	_cleanup_debug_file_ struct debug_file file = {};
	struct language_vector excluded = {}, only = {};
	struct rebtf_error *err;

	err = language_add(options->lang_exclude, &excluded);
	if (!err)
		err = language_add(options->lang, &only);
	if (!err)
		err = debug_file_open(e->path, &file);
	if (!err)
		err = error_at(encode_file(e, &file, options, &excluded, &only), e->path, NULL);
	language_vector_release(&excluded);
	language_vector_release(&only);
	return err;
}

struct rebtf_error *rebtf_encode(const char *path, const struct rebtf_encode_options *options,
				 struct rebtf_encoding **encoding)
{
	struct rebtf_encode_options all;
	struct rebtf_encoding *e;
	struct rebtf_error *err;

	TRY(OPTIONS_COPY(rebtf_encode_options, &all, options));
	TRY(options_check("sorting", all.sort, REBTF_SORT_NEVER));
	/* Others may be internal, or of a later version. */
	if (all.features & ~rebtf_encode_feature("all", 3))
		return error_new(REBTF_ERR_ARGUMENT, "unknown features 0x%x", all.features);
	e = calloc(1, sizeof(*e));
	if (!e)
		return error_nomem();
	e->path = strdup(path);
	err = e->path ? encode_path(e, &all) : error_nomem();
	if (err) {
		rebtf_encoding_free(e);
		return err;
	}
	*encoding = e;
	return NULL;
}

void rebtf_encoding_free(struct rebtf_encoding *e)
{
	if (!e)
		return;
	rebtf_btf_unref(e->inlined);
	rebtf_btf_unref(e->btf);
	rebtf_btf_unref(e->base);
	free(e->fates);
	encode_report_release(&e->report);
	free(e->bytes.data);
	free(e->base_bytes.data);
	free(e->expects_bytes.data);
	free(e->inlined_bytes.data);
	free(e->path);
	free(e);
}

struct rebtf_btf *rebtf_encoding_btf(const struct rebtf_encoding *e)
{
	return e->btf;
}

struct rebtf_btf *rebtf_encoding_inlined(const struct rebtf_encoding *e)
{
	return e->inlined;
}

/* --------------------------------------------------------------------------------------- report */

uint64_t rebtf_encoding_skip_count(const struct rebtf_encoding *e)
{
	uint64_t count = e->report.loss_count;

	for (size_t i = 0; i < SKIP_REASONS; i++)
		count += e->report.skip_counts[i];
	return count;
}

static char *encode_loss_at(const struct rebtf_encoding *e, size_t index)
{
	const struct encode_loss *loss;
	char *text;

	if (index >= e->report.losses.count)
		return NULL;
	loss = &e->report.losses.items[index];
	return asprintf(&text, "unit %u: %s", loss->unit, loss->text) < 0 ? NULL : text;
}

char *rebtf_encoding_skip_at(const struct rebtf_encoding *e, size_t index)
{
	static const char *const reasons[SKIP_REASONS] = {
		[SKIP_FOREIGN_TYPE] = "C does not have such types",
		[SKIP_NO_TYPE] = "refers to something that is no type",
		[SKIP_NO_NAME] = "declares a type without a name",
		[SKIP_CYCLE] = "refers to itself, not through a struct or union",
		[SKIP_MEMBER] = "BTF has no room for the offset or size of a member",
		[SKIP_TOO_LARGE] = "BTF has no room for its size or number of elements",
	};
	const struct encode_skip *skip;
	char *text;

	if (index >= e->report.skips.count)
		return encode_loss_at(e, index - e->report.skips.count);
	skip = &e->report.skips.items[index];
	if (asprintf(&text, "unit %u: DIE at 0x%llx (tag 0x%x): %s", skip->unit,
		     (unsigned long long)skip->offset, skip->tag, reasons[skip->reason]) < 0)
		return NULL;
	return text;
}

/* -------------------------------------------------------------------------------------- writing */

/* The BTF of a file without DWARF: it has no types. */
static struct rebtf_error *encode_empty(const struct rebtf_encoding *e, struct encoded_bytes *bytes)
{
	struct rebtf_builder *builder;
	struct rebtf_btf *btf;
	struct rebtf_error *err;

	TRY(rebtf_builder_new(NULL, &builder));
	TRY(rebtf_builder_finish(builder, &btf));
	err = encode_write_bytes(e, btf, false, bytes);
	rebtf_btf_unref(btf);
	return err;
}

static struct iovec encoded_contents(const struct encoded_bytes *bytes)
{
	return iovec_of(bytes->data, bytes->size);
}

struct rebtf_error *rebtf_encoding_write(const struct rebtf_encoding *e, const char *path)
{
	struct encoded_bytes empty = {};
	_cleanup_place_ struct file_place place = {};
	struct iovec contents[SECTION_COUNT] = {};
	struct rebtf_error *err;

	TRY(place_find(path, &place));
	if (!e->btf)
		TRY(encode_empty(e, &empty));
	contents[REBTF_SECTION_BTF] = encoded_contents(e->btf ? &e->bytes : &empty);
	contents[REBTF_SECTION_BTF_BASE] = encoded_contents(&e->base_bytes);
	contents[REBTF_SECTION_BTF_EXPECTS] = encoded_contents(&e->expects_bytes);
	contents[REBTF_SECTION_INLINE] = encoded_contents(&e->inlined_bytes);
	err = raw_files_write(&place, contents, &e->state);
	free(empty.data);
	return err;
}

/* Whether the build has resolved ids in .BTF_ids. */
static struct rebtf_error *encode_ids_are_resolved(const uint8_t *image, size_t size,
						   bool *resolved)
{
	_cleanup_(btf_ids_release) struct btf_ids ids = {};

	*resolved = false;
	TRY(error_at(btf_ids_read_unresolved(image, size, &ids), NULL,
		     rebtf_section_name(REBTF_SECTION_BTF_IDS)));
	for (size_t i = 0; i < ids.word_count && !*resolved; i++)
		*resolved = btf_ids_get(&ids, ids.data, ids.words[i].offset) != 0;
	return NULL;
}

/*
 * Makes the new .BTF_ids of a relocatable file whose ids are those of types in its old BTF. A build
 * resolves ids after it encoded the BTF, so ids that are not resolved stay as they are.
 */
static struct rebtf_error *encode_ids(const struct rebtf_encoding *e, const uint8_t *image,
				      size_t size, struct btf_ids_result *ids)
{
	_cleanup_module_ struct rebtf_module *module = NULL;
	REBTF_OPTIONS(rebtf_module_output, output, .btf = e->btf,
		      .distilled = e->base_bytes.data != NULL, .made_over = e->base);
	bool resolved;

	TRY(encode_ids_are_resolved(image, size, &resolved));
	if (!resolved)
		return NULL;
	TRY(rebtf_module_open(e->path, NULL, &module));
	if (!file_state_is_same(&module->state, &e->state))
		return error_new(REBTF_ERR_CHANGED, "the file changed while it was encoded");
	return btf_ids_renew(module, &output, 0, ids);
}

/*
 * The file with the new sections, unsigned. Old sections that would contradict them go. @ids belongs
 * to the caller, and must outlive the output.
 */
static struct rebtf_error *encode_change(const struct rebtf_encoding *e,
					 const struct file_bytes *old, bool may_drop_signature,
					 struct btf_ids_result *ids, struct elf_output *output)
{
	enum { CHANGES = 10 };
	struct elf_change changes[CHANGES] = {
		{ .name = ".BTF", .data = e->bytes.data, .size = e->bytes.size },
		{ .name = ".BTF.base", .data = e->base_bytes.data, .size = e->base_bytes.size },
		{ .name = rebtf_section_name(REBTF_SECTION_BTF_EXPECTS),
		  .data = e->expects_bytes.data,
		  .size = e->expects_bytes.size },
		{ .name = rebtf_section_name(REBTF_SECTION_INLINE),
		  .data = e->inlined_bytes.data,
		  .size = e->inlined_bytes.size },
		{ .name = rebtf_section_name(REBTF_SECTION_NOTE), .is_note = true },
		{ .name = rebtf_section_name(REBTF_SECTION_SAVED_BTF) },
		{ .name = rebtf_section_name(REBTF_SECTION_SAVED_BASE) },
		{ .name = rebtf_section_name(REBTF_SECTION_SAVED_INLINE) },
		{ .name = rebtf_section_name(REBTF_SECTION_BASE_IDS) },
		{ .name = rebtf_section_name(REBTF_SECTION_BTF_IDS), .keeps_layout = true },
	};
	/* The last two, and the last one of them only with new ids. */
	struct elf_change *record = &changes[CHANGES - 2], *words = record + 1;
	size_t size;

	if (old->size < EI_NIDENT + 2)
		return error_new(REBTF_ERR_CHANGED, "the file changed while it was encoded");
	TRY(sign_unsigned_size(old->data, old->size, may_drop_signature, &size));
	if (get16(old->data + EI_NIDENT, e->big_endian) != ET_REL)
		return elf_embed(old->data, size, changes, CHANGES - 1, output);
	TRY(encode_ids(e, old->data, size, ids));
	record->data = ids->record;
	record->size = ids->record_size;
	words->data = ids->data;
	words->size = ids->size;
	return elf_rewrite(old->data, size, changes, CHANGES - !ids->data, output);
}

/* The file to change. */
struct encode_source {
	const struct file_place *place;
	struct file_bytes image, packed; /* @packed: of a compressed file */
	enum codec codec;
	size_t unpacked; /* see unpacked.h */
};

static struct rebtf_error *encode_source_read(const struct rebtf_encoding *e,
					      struct encode_source *s)
{
	_cleanup_close_ int fd = place_open(s->place);

	if (fd < 0)
		return error_io(errno, "cannot open");
	TRY(file_read_place(fd, s->place, NULL, true, &s->image));
	if (!file_state_is_same(&s->image.state, &e->state))
		return error_new(REBTF_ERR_CHANGED, "the file changed while it was encoded");
	return module_unpack(&s->image, &s->packed, &s->codec, &s->unpacked);
}

static void encode_source_release(struct encode_source *s)
{
	file_bytes_release(&s->image);
	file_bytes_release(&s->packed);
	unpacked_give_back(s->unpacked);
}

/* Writes the new file beside its place, compressed like the old one. */
static struct rebtf_error *encode_prepare(const struct encode_source *s,
					  const struct file_place *target, unsigned int level,
					  const struct elf_output *output, struct replacement *new)
{
	const struct codec_example like = module_example_of(s->codec, &s->packed, &s->image);
	const struct file_place *place = target ?: s->place;
	unsigned int flags = target ? 0 : REPLACE_SAME_PLACE;
	_cleanup_free_ uint8_t *packed = NULL;
	struct iovec piece;

	if (s->codec == CODEC_NONE)
		return replace_prepare(place, output->pieces.items, output->pieces.count,
				       &s->image.attrs, flags, new);
	TRY(codec_compress_like(&like, level, output->pieces.items, output->pieces.count, &packed,
				&piece.iov_len));
	piece.iov_base = packed;
	return replace_prepare(place, &piece, 1, &s->image.attrs, flags, new);
}

/* Makes the new file from the one at @source. @target: NULL for the same place. */
static struct rebtf_error *encode_embed_from(const struct rebtf_encoding *e,
					     const struct file_place *place,
					     const struct file_place *target,
					     const struct rebtf_embed_options *options)
{
	_cleanup_(encode_source_release) struct encode_source source = { .place = place };
	_cleanup_replacement_ struct replacement new = REPLACEMENT_NONE;
	_cleanup_(btf_ids_result_release) struct btf_ids_result ids = {};
	_cleanup_(elf_output_release) struct elf_output output = {};
	_cleanup_free_ void *signature = NULL;
	bool taken;

	TRY(encode_source_read(e, &source));
	TRY(encode_change(e, &source.image, options->signer || options->strip_signature, &ids,
			  &output));
	TRY(sign_output(options->signer, &output, &signature));
	if (options->dry_run)
		return NULL;
	TRY(encode_prepare(&source, target, options->compress_level, &output, &new));
	if (!target)
		return replace_exactly(&new, &source.image.state, false);
	TRY(replace_link(&new, &taken));
	return taken ? replace_any(&new) : NULL;
}

struct rebtf_error *rebtf_encoding_embed(const struct rebtf_encoding *e, const char *path,
					 const struct rebtf_embed_options *options)
{
	_cleanup_place_ struct file_place named = {}, linked = {}, target = {};
	const struct file_place *source = &named;
	struct rebtf_embed_options how;
	struct stat st;

	TRY(OPTIONS_COPY(rebtf_embed_options, &how, options));
	if (!e->btf)
		return error_at(error_new(REBTF_ERR_NO_BTF, "no DWARF to make BTF from"), e->path,
				NULL);
	TRY(place_find(e->path, &named));
	if (place_stat(&named, &st) && S_ISLNK(st.st_mode)) {
		TRY(place_follow(&named, &linked));
		source = &linked;
	}
	if (path && !how.dry_run)
		TRY(place_find(path, &target));
	return error_at(encode_embed_from(e, source, path ? &target : NULL, &how), e->path, NULL);
}
