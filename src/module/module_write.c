/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Writes modules. An ELF file is rewritten in pieces (elf_file.h), signed on request, compressed
 * like the original, and replaced atomically. module_raw.c writes raw BTF.
 *
 * A module written in place may have changed since it was read. It is only replaced if its name
 * still leads to the file that was read, in the same directory.
 */
#include <errno.h>
#include <string.h>

#include "module/btf_ids.h"
#include "module/dir.h"
#include "module/elf_file.h"
#include "module/note.h"
#include "module/program_elf.h"
#include "module/module_write.h"
#include "module/sign.h"
#include "util/bytes.h"
#include "util/options.h"

static void new_sections_release(struct new_sections *sections)
{
	free(sections->btf.data);
	free(sections->base.data);
	free(sections->expects.data);
	free(sections->ids.data);
	free(sections->base_ids.data);
	free(sections->program_ext.data);
	free(sections->program_relos.data);
	free(sections->inlined.data);
	free(sections->note.data);
}

bool target_is_own(const struct rebtf_module *module, const struct file_place *place)
{
	struct stat st;

	return module->place.directory && place_stat(place, &st) &&
	       st.st_dev == module->state.device && st.st_ino == module->state.inode &&
	       place_is_same(place, &module->place);
}

/* ------------------------------------------------------------------------------------------ ELF */

/* The changes to a module, in the order of new sections. */
struct changes {
	struct elf_change list[SECTION_COUNT + 2];
	size_t count;
};

static void set_section(struct changes *changes, enum rebtf_section section, const void *data,
			size_t size)
{
	changes->list[changes->count++] = (struct elf_change){
		.name = rebtf_section_name(section),
		.data = data,
		.size = size,
		.is_note = section == REBTF_SECTION_NOTE,
	};
}

static void change_words(struct changes *changes, const char *name,
			 const struct section_bytes *bytes)
{
	if (bytes->data)
		changes->list[changes->count++] = (struct elf_change){
			.name = name,
			.data = bytes->data,
			.size = bytes->size,
			.keeps_layout = true,
		};
}

static void remove_section(struct changes *changes, enum rebtf_section section)
{
	set_section(changes, section, NULL, 0);
}

/*
 * Saved originals, old and new, stay the same byte for byte. So relocating them again starts from
 * the same BTF and gives the same result.
 */
static struct rebtf_error *change_kept(const struct rebtf_module *module,
				       const struct rebtf_module_output *output,
				       const struct new_sections *sections, struct changes *changes)
{
	const struct module_section *old = module->sections;
	bool keep = output->save_original;
	bool has_kept = module_has_kept(module);

	if (sections->expects.data)
		set_section(changes, REBTF_SECTION_BTF_EXPECTS, sections->expects.data,
			    sections->expects.size);
	else if (sections->base.data || !(keep || has_kept))
		remove_section(changes, REBTF_SECTION_BTF_EXPECTS);

	if (sections->base_ids.data)
		set_section(changes, REBTF_SECTION_BASE_IDS, sections->base_ids.data,
			    sections->base_ids.size);
	else if (sections->base.data || !(keep || has_kept))
		remove_section(changes, REBTF_SECTION_BASE_IDS);

	if (sections->base.data) {
		remove_section(changes, REBTF_SECTION_SAVED_BTF);
		remove_section(changes, REBTF_SECTION_SAVED_BASE);
		remove_section(changes, REBTF_SECTION_SAVED_INLINE);
	} else if (keep && !has_kept) {
		if (!old[REBTF_SECTION_BTF_BASE].data)
			return error_new(REBTF_ERR_UNSUPPORTED,
					 "cannot keep the original: the BTF is not distilled");
		set_section(changes, REBTF_SECTION_SAVED_BTF, old[REBTF_SECTION_BTF].data,
			    old[REBTF_SECTION_BTF].size);
		set_section(changes, REBTF_SECTION_SAVED_BASE, old[REBTF_SECTION_BTF_BASE].data,
			    old[REBTF_SECTION_BTF_BASE].size);
		if (old[REBTF_SECTION_INLINE].size)
			set_section(changes, REBTF_SECTION_SAVED_INLINE,
				    old[REBTF_SECTION_INLINE].data, old[REBTF_SECTION_INLINE].size);
	}
	return NULL;
}

static enum rebtf_form new_form(const struct rebtf_module_output *output)
{
	if (output->distilled)
		return REBTF_FORM_DISTILLED;
	if (rebtf_btf_type_count(output->btf) == rebtf_btf_start_id(output->btf))
		return REBTF_FORM_EMPTY;
	return rebtf_btf_base(output->btf) ? REBTF_FORM_SPLIT : REBTF_FORM_STANDALONE;
}

/*
 * Without libcrypto the base's digest cannot be computed. The module then gets no note, like a
 * module that rebtf never wrote. A BPF program needs no note, and its linker refuses notes.
 */
static struct rebtf_error *change_note(const struct rebtf_module *module,
				       const struct rebtf_module_output *output,
				       uint8_t bytes[NOTE_SIZE], struct changes *changes)
{
	struct rebtf_error *err;
	struct rebtf_note note;

	if (program_elf_detect(module->image.data, module->image.size))
		return NULL;
	err = note_make(new_form(output), module_made_over(output), &note);
	if (!err) {
		note_write(&note, module->image.data[EI_DATA] == ELFDATA2MSB, bytes);
		set_section(changes, REBTF_SECTION_NOTE, bytes, NOTE_SIZE);
		return NULL;
	}
	if (err->code != REBTF_ERR_UNSUPPORTED)
		return err;
	rebtf_error_free(err);
	remove_section(changes, REBTF_SECTION_NOTE);
	return NULL;
}

static struct rebtf_error *replace_attributed(const struct rebtf_module *module,
					      const struct target *target,
					      const struct attrs *attrs, struct iovec *pieces,
					      size_t count)
{
	_cleanup_replacement_ struct replacement new = REPLACEMENT_NONE;
	bool taken;

	TRY(replace_prepare(target->place, pieces, count, attrs,
			    target->in_place ? REPLACE_SAME_PLACE : 0, &new));
	if (target->in_place)
		return replace_exactly(&new, &module->state, false);
	TRY(replace_link(&new, &taken));
	if (!taken)
		return NULL;
	/* The output directory may contain the module itself. */
	if (target_is_own(module, target->place))
		return replace_exactly(&new, &module->state, false);
	return replace_any(&new);
}

static struct rebtf_error *replace(const struct rebtf_module *module, const struct target *target,
				   struct iovec *pieces, size_t count)
{
	return replace_attributed(module, target, &module->image.attrs, pieces, count);
}

static struct rebtf_error *replace_packed(const struct rebtf_module *module,
					  const struct target *target, unsigned int level,
					  const struct elf_output *output)
{
	const struct codec_example like = module_example(module);
	_cleanup_free_ uint8_t *packed = NULL;
	struct iovec piece;

	if (module->codec == CODEC_NONE)
		return replace(module, target, output->pieces.items, output->pieces.count);
	TRY(codec_compress_like(&like, level, output->pieces.items, output->pieces.count, &packed,
				&piece.iov_len));
	piece.iov_base = packed;
	return replace(module, target, &piece, 1);
}

static struct rebtf_error *write_elf(const struct rebtf_module *module, const struct target *target,
				     const struct rebtf_module_output *output,
				     const struct new_sections *sections)
{
	_cleanup_(elf_output_release) struct elf_output image = {};
	_cleanup_free_ void *trailer = NULL;
	uint8_t note[NOTE_SIZE];
	struct changes changes = {};
	size_t size;

	TRY(sign_unsigned_size(module->image.data, module->image.size,
			       output->signer || output->strip_signature, &size));
	set_section(&changes, REBTF_SECTION_BTF, sections->btf.data, sections->btf.size);
	set_section(&changes, REBTF_SECTION_BTF_BASE, sections->base.data, sections->base.size);
	if (sections->ids.data)
		set_section(&changes, REBTF_SECTION_BTF_IDS, sections->ids.data,
			    sections->ids.size);
	change_words(&changes, PROGRAM_EXT, &sections->program_ext);
	change_words(&changes, PROGRAM_RELOS, &sections->program_relos);
	if (sections->inlined.data)
		set_section(&changes, REBTF_SECTION_INLINE, sections->inlined.data,
			    sections->inlined.size);
	else if (output->drop_inlined)
		remove_section(&changes, REBTF_SECTION_INLINE);
	TRY(change_kept(module, output, sections, &changes));
	TRY(change_note(module, output, note, &changes));
	TRY(elf_rewrite(module->image.data, size, changes.list, changes.count, &image));
	TRY(sign_output(output->signer, &image, &trailer));
	if (output->dry_run)
		return NULL;
	return replace_packed(module, target, output->compress_level, &image);
}

/* ------------------------------------------------------------------------------------------ raw */

/* Raw BTF gets a note on request, or if the old BTF had one. */
static struct rebtf_error *make_raw_note(const struct rebtf_module *module,
					 const struct rebtf_module_output *output,
					 struct new_sections *sections)
{
	const struct iovec btf = { sections->btf.data, sections->btf.size };
	_cleanup_free_ uint8_t *file = NULL;
	struct rebtf_note note;

	if (!output->note && !module->has_note)
		return NULL;
	file = malloc(NOTE_FILE_SIZE);
	if (!file)
		return error_nomem();
	TRY(note_make(new_form(output), module_made_over(output), &note));
	TRY(note_file_write(&note, btf, file));
	sections->note = (struct section_bytes){ take_ptr(&file), NOTE_FILE_SIZE };
	return NULL;
}

static struct rebtf_error *write_raw(const struct rebtf_module *module, const struct target *target,
				     const struct rebtf_module_output *output,
				     struct new_sections *sections)
{
	TRY(make_raw_note(module, output, sections));
	return raw_write(module, target, output, sections);
}

/* ---------------------------------------------------------------------------------------- steps */

static struct rebtf_error *make_sections(const struct rebtf_module *module,
					 const struct rebtf_module_output *output,
					 struct new_sections *sections)
{
	struct btf_ids_result ids;

	TRY(rebtf_btf_write(output->btf, NULL, &sections->btf.data, &sections->btf.size));
	if (output->distilled)
		TRY(rebtf_btf_write(rebtf_btf_base(output->btf), NULL, &sections->base.data,
				    &sections->base.size));
	if (output->expects)
		TRY(rebtf_btf_write(output->expects, NULL, &sections->expects.data,
				    &sections->expects.size));
	TRY(program_renew(module, output, sections));
	if (output->inlined)
		TRY(rebtf_btf_write(output->inlined, NULL, &sections->inlined.data,
				    &sections->inlined.size));
	if (!module->sections[REBTF_SECTION_BTF_IDS].size)
		return NULL;
	TRY(btf_ids_renew(module, output, 0, &ids));
	sections->ids = (struct section_bytes){ ids.data, ids.size };
	sections->base_ids = (struct section_bytes){ ids.record, ids.record_size };
	return NULL;
}

static struct rebtf_error *write_target(const struct rebtf_module *module,
					const struct target *target,
					const struct rebtf_module_output *output)
{
	_cleanup_(new_sections_release) struct new_sections sections = {};
	struct rebtf_error *err;

	if (!rebtf_module_has_btf(module))
		return error_at(module_no_btf(), module->path, NULL);
	if (module->container == REBTF_CONTAINER_IMAGE)
		return error_at(error_new(REBTF_ERR_UNSUPPORTED, "cannot rewrite kernel images"),
				module->path, NULL);
	if (output->distilled && !rebtf_btf_base(output->btf))
		return error_at(error_new(REBTF_ERR_ARGUMENT,
					  "cannot write distilled BTF without its base"),
				module->path, NULL);
	if (output->inlined && (rebtf_btf_base(output->inlined) != output->btf ||
				module->container != REBTF_CONTAINER_ELF))
		return error_at(
			error_new(
				REBTF_ERR_ARGUMENT,
				"cannot write inline BTF that is not split from the new BTF of an ELF file"),
			module->path, NULL);
	err = error_at(make_sections(module, output, &sections), module->path, NULL);
	if (!err && module->container == REBTF_CONTAINER_RAW)
		err = write_raw(module, target, output, &sections);
	else if (!err)
		err = write_elf(module, target, output, &sections);
	/*
	 * Errors other than IO concern the input. For CHANGED, input and output are the same file.
	 */
	return error_at(err, err && err->code == REBTF_ERR_IO ? target->place->path : module->path,
			NULL);
}

/* Checks that the module may be written to the place that it was read from. */
static struct rebtf_error *find_own_place(const struct rebtf_module *module)
{
	if (!module->place.directory)
		return error_new(REBTF_ERR_UNSUPPORTED,
				 "cannot replace: the input came through a pipe");
	return place_check_trusted(&module->place);
}

struct rebtf_error *output_copy(struct rebtf_module_output *copy,
				const struct rebtf_module_output *output)
{
	TRY(OPTIONS_COPY(rebtf_module_output, copy, output));
	return copy->btf ? NULL : error_new(REBTF_ERR_ARGUMENT, "no BTF to write");
}

struct rebtf_error *rebtf_module_write(const struct rebtf_module *module, const char *path,
				       const struct rebtf_module_output *output)
{
	_cleanup_place_ struct file_place place = {};
	struct rebtf_module_output all;

	TRY(output_copy(&all, output));
	if (!strcmp(path, module->path)) {
		const struct target own = { &module->place, true };

		TRY(error_at(find_own_place(module), module->path, NULL));
		return write_target(module, &own, &all);
	}
	if (!all.dry_run)
		TRY(place_find(path, &place));
	return write_target(module, &(struct target){ &place, false }, &all);
}

struct rebtf_error *rebtf_module_write_to(const struct rebtf_module *module, struct rebtf_dir *dir,
					  const char *relative,
					  const struct rebtf_module_output *output)
{
	_cleanup_place_ struct file_place place = {};
	struct rebtf_module_output all;

	TRY(output_copy(&all, output));
	if (!all.dry_run)
		TRY(dir_make(dir, relative, &place));
	return write_target(module, &(struct target){ &place, false }, &all);
}

/* --------------------------------------------------------------------------------------- copies */

/* A file that is reached through a link passes neither its owner nor its mode on. */
static struct rebtf_error *copy_image(const struct rebtf_module *module,
				      const struct file_place *place)
{
	_cleanup_file_bytes_ struct file_bytes image = {};
	_cleanup_place_ struct file_place source = {};
	_cleanup_close_ int fd = -1;
	struct iovec piece;
	bool is_link;

	TRY(place_find(module->path, &source));
	fd = place_open(&source);
	is_link = fd < 0 && errno == ELOOP;
	if (is_link)
		TRY(file_open(module->path, &fd));
	else if (fd < 0)
		return error_at(error_io(errno, "cannot open"), module->path, NULL);
	TRY(file_read_place(fd, &source, NULL, !is_link, &image));
	if (module->state.known && !file_state_is_same(&image.state, &module->state))
		return error_changed();
	piece = (struct iovec){ image.data, image.size };
	return replace_attributed(module, &(struct target){ place, false },
				  is_link ? NULL : &image.attrs, &piece, 1);
}

static struct rebtf_error *module_write_copy_file(const struct rebtf_module *module,
						  const struct file_place *place)
{
	const struct file_bytes *bytes = module->packed.data ? &module->packed : &module->image;
	struct iovec piece;

	/* Only the BTF of an image was kept in memory. */
	if (module->container == REBTF_CONTAINER_IMAGE)
		return copy_image(module, place);
	piece = (struct iovec){ bytes->data, bytes->size };
	return replace(module, &(struct target){ place, false }, &piece, 1);
}

static bool is_same_file(const struct rebtf_module *module, const struct file_place *place)
{
	struct stat st;

	return module->state.known && !fstatat(place->directory->fd, place->name, &st, 0) &&
	       st.st_dev == module->state.device && st.st_ino == module->state.inode;
}

static struct rebtf_error *module_write_copy(const struct rebtf_module *module,
					     const struct file_place *place)
{
	struct rebtf_error *err;

	/* A symbolic link to the module counts as well. */
	if (is_same_file(module, place))
		return NULL;
	err = module->container == REBTF_CONTAINER_RAW ? raw_copy(module, place)
						       : module_write_copy_file(module, place);
	return error_at(err, err && err->code == REBTF_ERR_CHANGED ? module->path : place->path,
			NULL);
}

struct rebtf_error *rebtf_module_copy(const struct rebtf_module *module, const char *path)
{
	_cleanup_place_ struct file_place place = {};

	TRY(place_find(path, &place));
	return module_write_copy(module, &place);
}

struct rebtf_error *rebtf_module_copy_to(const struct rebtf_module *module, struct rebtf_dir *dir,
					 const char *relative)
{
	_cleanup_place_ struct file_place place = {};

	TRY(dir_make(dir, relative, &place));
	return module_write_copy(module, &place);
}
