/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Writing modules. An ELF file is rewritten in pieces (elf_file.h), signed if that is asked for,
 * packed as it was and replaced as one. Raw BTF with a distilled base and expectations is three
 * files, which no file system replaces as one; they are written in the order in which a reader who
 * comes between the steps finds a pair that contradicts itself or lacks its base, which
 * rebtf_module_btf() says, or one that is true and lacks its expectations, and never one that looks
 * right and is not.
 *
 * A module that is written over the file it came from was read a while ago. Unless that file is as
 * it was then, it is left alone; a lock sees to it that no other process of ours changes it after
 * the look.
 */
#include <errno.h>
#include <string.h>

#include "module/btf_ids.h"
#include "module/elf_file.h"
#include "module/mark.h"
#include "module/module.h"
#include "module/sign.h"
#include "module/signature.h"

/* The bytes of one section on their way out. */
struct section_bytes {
	void *data;
	size_t size;
};

/* What there is to write, by section; no data: none. */
struct new_sections {
	struct section_bytes btf;
	struct section_bytes base;
	struct section_bytes expects;
	struct section_bytes ids;
	struct section_bytes base_ids;
};

static void new_sections_release(struct new_sections *sections)
{
	free(sections->btf.data);
	free(sections->base.data);
	free(sections->expects.data);
	free(sections->ids.data);
	free(sections->base_ids.data);
}

/* ------------------------------------------------------------------------------------------ raw */

/* A file to be. */
struct new_file {
	char *path;
	struct iovec piece; /* no data: it is to be no more */
	uint8_t *packed;    /* if it is */
	struct file_replacement replacement;
};

/* Raw BTF and what stands beside it. */
struct new_files {
	struct new_file btf;
	struct new_file base;
	struct new_file expects;
	const struct file_state *expected; /* of the BTF that is replaced; NULL: any */
};

#define NO_FILES                                                                                   \
	{                                                                                          \
		{ .replacement = FILE_NOT_PREPARED }, { .replacement = FILE_NOT_PREPARED },        \
			{ .replacement = FILE_NOT_PREPARED }, NULL                                 \
	}

static void new_file_release(struct new_file *file)
{
	file_replacement_release(&file->replacement);
	free(file->path);
	free(file->packed);
}

static void new_files_release(struct new_files *files)
{
	new_file_release(&files->btf);
	new_file_release(&files->base);
	new_file_release(&files->expects);
}

static struct rebtf_error *name_files(struct new_files *files, const char *path)
{
	_cleanup_free_ char *owner_path = module_owner_path(path);

	if (!owner_path)
		return error_nomem();
	files->btf.path = strdup(path);
	files->base.path = module_base_path(owner_path);
	files->expects.path = module_expects_path(owner_path);
	return files->btf.path && files->base.path && files->expects.path ? NULL : error_nomem();
}

/* The state in which the file at @path has to be still, if it is the one that was read. */
static const struct file_state *expected_at(const struct rebtf_module *module, const char *path)
{
	return strcmp(path, module->path) ? NULL : &module->state;
}

/* The bytes of a file to be: packed as the original is, if it is. */
static struct rebtf_error *pack(const struct rebtf_module *module,
				const struct section_bytes *bytes, struct new_file *file)
{
	file->piece = (struct iovec){ bytes->data, bytes->size };
	if (!bytes->data || module->codec == CODEC_NONE)
		return NULL;
	TRY(codec_compress(module->codec, &file->piece, 1, &file->packed, &file->piece.iov_len));
	file->piece.iov_base = file->packed;
	return NULL;
}

static struct rebtf_error *prepare(struct new_file *file, const struct file_attrs *attrs,
				   bool durable)
{
	if (!file->piece.iov_base)
		return NULL;
	return file_prepare(file->path, &file->piece, 1, attrs, durable, &file->replacement);
}

/* Sets @existed, unless it is NULL, to whether there was such a file. */
static struct rebtf_error *remove_file(const struct new_file *file, bool *existed)
{
	int failed = unlink(file->path);

	if (failed && errno != ENOENT)
		return error_at(error_io(errno, "cannot remove it"), file->path, NULL);
	if (existed)
		*existed = !failed;
	return NULL;
}

/* What can fail comes first, for all files. */
static struct rebtf_error *prepare_files(struct new_files *files, const struct file_attrs *attrs)
{
	/*
	 * A base without which the BTF that is replaced would be lost has to reach the disk before
	 * it.
	 */
	bool replaces = files->base.piece.iov_base && !access(files->btf.path, F_OK);

	TRY(prepare(&files->base, attrs, replaces));
	TRY(prepare(&files->expects, attrs, replaces));
	return prepare(&files->btf, attrs, false);
}

enum old_base {
	OLD_BASE_NONE,
	OLD_BASE_SAME, /* as the new one, to the byte */
	OLD_BASE_OTHER,
};

/* As it is now: it may have come or gone since the new one was prepared. */
static struct rebtf_error *find_old_base(const struct new_file *base, enum old_base *found)
{
	_cleanup_file_bytes_ struct file_bytes old = {};

	*found = OLD_BASE_NONE;
	if (access(base->path, F_OK) && errno == ENOENT)
		return NULL;
	TRY(file_read(base->path, &old));
	if (old.size == base->piece.iov_len &&
	    (!old.size || !memcmp(old.data, base->piece.iov_base, old.size)))
		*found = OLD_BASE_SAME;
	else
		*found = OLD_BASE_OTHER;
	return NULL;
}

/*
 * A base that is new contradicts the split BTF that was there, so it comes first. One that replaces
 * another need not contradict the BTF that belongs to the other: two builds of a module differ in a
 * size, and in nothing that shows. So the old one goes, without which its BTF makes no sense.
 */
static struct rebtf_error *commit_pair(struct new_files *files)
{
	enum old_base old_base;
	struct rebtf_error *err;

	TRY(find_old_base(&files->base, &old_base));
	if (old_base == OLD_BASE_OTHER) {
		TRY(remove_file(&files->base, NULL));
		TRY(file_commit(&files->btf.replacement));
		return file_commit(&files->base.replacement);
	}
	TRY(file_commit(&files->base.replacement));
	err = file_commit(&files->btf.replacement);
	if (err && old_base == OLD_BASE_NONE)
		unlink(files->base.path);
	return err;
}

/*
 * New BTF over a distilled base. Old expectations must not meet the new pair, which they need not
 * contradict even if they are of another build; the new ones must not meet the old pair. So at no
 * time are there any but at both ends. They go first: if they cannot, nothing has changed.
 */
static struct rebtf_error *commit_distilled(struct new_files *files)
{
	TRY(remove_file(&files->expects, NULL));
	TRY(commit_pair(files));
	return files->expects.piece.iov_base ? file_commit(&files->expects.replacement) : NULL;
}

/*
 * New BTF without one: an old base contradicts it, and where there is no base nobody asks for
 * expectations.
 */
static struct rebtf_error *commit_plain(struct new_files *files)
{
	bool was_distilled;

	TRY(file_commit(&files->btf.replacement));
	TRY(remove_file(&files->base, &was_distilled));
	return was_distilled ? remove_file(&files->expects, NULL) : NULL;
}

static struct rebtf_error *write_files(struct new_files *files, const struct file_attrs *attrs)
{
	_cleanup_close_ int lock = -1;

	TRY(prepare_files(files, attrs));
	lock = file_lock_directory_of(files->btf.replacement.target);
	if (files->expected)
		TRY(file_check_unchanged(files->btf.path, files->expected));
	return files->base.piece.iov_base ? commit_distilled(files) : commit_plain(files);
}

static struct rebtf_error *write_raw(const struct rebtf_module *module, const char *path,
				     const struct rebtf_module_output *output,
				     const struct new_sections *sections)
{
	_cleanup_(new_files_release) struct new_files files = NO_FILES;

	if (output->flags & REBTF_MODULE_KEEP)
		return error_new(REBTF_ERR_UNSUPPORTED,
				 "in raw BTF nothing can be kept: there are no sections");
	if (output->signer)
		return error_new(REBTF_ERR_UNSUPPORTED, "raw BTF cannot be signed: modules are");
	TRY(name_files(&files, path));
	files.expected = expected_at(module, path);
	TRY(pack(module, &sections->btf, &files.btf));
	TRY(pack(module, &sections->base, &files.base));
	/* Without a base they would be expectations of nothing. */
	if (sections->base.data)
		TRY(pack(module, &sections->expects, &files.expects));
	return write_files(&files, &module->attrs);
}

/* ------------------------------------------------------------------------------------------ ELF */

/* The changes to a module, in the order in which new sections come to stand. */
struct changes {
	struct elf_change list[SECTION_COUNT];
	size_t count;
};

static void set_section(struct changes *changes, enum rebtf_section section, const void *data,
			size_t size)
{
	changes->list[changes->count++] = (struct elf_change){
		.name = rebtf_section_name(section),
		.data = data,
		.size = size,
		.is_note = section == REBTF_SECTION_MARK,
	};
}

static void remove_section(struct changes *changes, enum rebtf_section section)
{
	set_section(changes, section, NULL, 0);
}

/*
 * What was kept before stays as it is, byte for byte, and so does what is kept now: to relocate it
 * again starts from the same and gives the same.
 */
static struct rebtf_error *change_kept(const struct rebtf_module *module,
				       const struct rebtf_module_output *output,
				       const struct new_sections *sections, struct changes *changes)
{
	const struct module_section *old = module->sections;
	bool keep = output->flags & REBTF_MODULE_KEEP;
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
		remove_section(changes, REBTF_SECTION_KEPT_BTF);
		remove_section(changes, REBTF_SECTION_KEPT_BASE);
	} else if (keep && !has_kept) {
		if (!old[REBTF_SECTION_BTF_BASE].data)
			return error_new(REBTF_ERR_UNSUPPORTED,
					 "there is nothing to keep: its BTF is not distilled");
		set_section(changes, REBTF_SECTION_KEPT_BTF, old[REBTF_SECTION_BTF].data,
			    old[REBTF_SECTION_BTF].size);
		set_section(changes, REBTF_SECTION_KEPT_BASE, old[REBTF_SECTION_BTF_BASE].data,
			    old[REBTF_SECTION_BTF_BASE].size);
	}
	return NULL;
}

/*
 * Where there is no libcrypto, nothing can be said of the base, and the module goes without a mark,
 * as one that no rebtf has written.
 */
static struct rebtf_error *change_mark(const struct rebtf_module *module,
				       const struct rebtf_module_output *output,
				       uint8_t bytes[MARK_SIZE], struct changes *changes)
{
	enum rebtf_form form = output->form;
	struct rebtf_error *err;
	struct rebtf_mark mark;

	if (rebtf_type_count(output->btf) == rebtf_start_id(output->btf) && !output->distilled_base)
		form = REBTF_FORM_EMPTY;
	if (form == REBTF_FORM_SPLIT && !output->made_over)
		return error_new(REBTF_ERR_ARGUMENT,
				 "split BTF cannot be marked without the base that it is over");
	err = mark_make(form, output->made_over, &mark);
	if (!err) {
		mark_write(&mark, module->image.data[EI_DATA] == ELFDATA2MSB, bytes);
		set_section(changes, REBTF_SECTION_MARK, bytes, MARK_SIZE);
		return NULL;
	}
	if (err->code != REBTF_ERR_UNSUPPORTED)
		return err;
	rebtf_error_free(err);
	remove_section(changes, REBTF_SECTION_MARK);
	return NULL;
}

/* The size of the ELF file that is to change: without a signature, which has to be dispensable. */
static struct rebtf_error *unsigned_size(const struct rebtf_module *module,
					 const struct rebtf_module_output *output, size_t *size)
{
	*size = module->image.size;
	if (!rebtf_module_signed(module))
		return NULL;
	if (!output->signer && !(output->flags & REBTF_MODULE_STRIP_SIGNATURE))
		return error_new(REBTF_ERR_SIGNED,
				 "the module is signed, and a change would break its signature");
	return signature_start(module->image.data, *size, size);
}

/* Appends the signature; @trailer has to outlive @output. */
static struct rebtf_error *add_signature(const struct rebtf_signer *signer,
					 struct elf_output *output, void **trailer)
{
	struct iovec *pieces;
	size_t size;

	TRY(sign_append(signer, output->pieces, output->count, trailer, &size));
	pieces = reallocarray(output->pieces, output->count + 1, sizeof(*pieces));
	if (!pieces)
		return error_nomem();
	output->pieces = pieces;
	pieces[output->count++] = (struct iovec){ *trailer, size };
	output->size += size;
	return NULL;
}

static struct rebtf_error *replace(const struct rebtf_module *module, const char *path,
				   struct iovec *pieces, size_t count)
{
	_cleanup_file_replacement_ struct file_replacement file = FILE_NOT_PREPARED;
	const struct file_state *expected = expected_at(module, path);
	_cleanup_close_ int lock = -1;

	TRY(file_prepare(path, pieces, count, &module->attrs, false, &file));
	if (expected) {
		lock = file_lock_directory_of(file.target);
		TRY(file_check_unchanged(path, expected));
	}
	return file_commit(&file);
}

static struct rebtf_error *replace_packed(const struct rebtf_module *module, const char *path,
					  const struct elf_output *output)
{
	_cleanup_free_ uint8_t *packed = NULL;
	struct iovec piece;

	if (module->codec == CODEC_NONE)
		return replace(module, path, output->pieces, output->count);
	TRY(codec_compress(module->codec, output->pieces, output->count, &packed, &piece.iov_len));
	piece.iov_base = packed;
	return replace(module, path, &piece, 1);
}

static struct rebtf_error *write_elf(const struct rebtf_module *module, const char *path,
				     const struct rebtf_module_output *output,
				     const struct new_sections *sections)
{
	_cleanup_(elf_output_release) struct elf_output image = {};
	_cleanup_free_ void *trailer = NULL;
	uint8_t mark[MARK_SIZE];
	struct changes changes = {};
	size_t size;

	TRY(unsigned_size(module, output, &size));
	set_section(&changes, REBTF_SECTION_BTF, sections->btf.data, sections->btf.size);
	set_section(&changes, REBTF_SECTION_BTF_BASE, sections->base.data, sections->base.size);
	if (sections->ids.data)
		set_section(&changes, REBTF_SECTION_BTF_IDS, sections->ids.data,
			    sections->ids.size);
	TRY(change_kept(module, output, sections, &changes));
	TRY(change_mark(module, output, mark, &changes));
	TRY(elf_rewrite(module->image.data, size, changes.list, changes.count, &image));
	if (output->signer)
		TRY(add_signature(output->signer, &image, &trailer));
	return replace_packed(module, path, &image);
}

/* ---------------------------------------------------------------------------------------- whole */

static struct rebtf_error *make_sections(const struct rebtf_module *module,
					 const struct rebtf_module_output *output,
					 struct new_sections *sections)
{
	struct btf_ids_result ids;

	TRY(rebtf_write(output->btf, 0, &sections->btf.data, &sections->btf.size));
	if (output->distilled_base)
		TRY(rebtf_write(output->distilled_base, 0, &sections->base.data,
				&sections->base.size));
	if (output->expects)
		TRY(rebtf_write(output->expects, 0, &sections->expects.data,
				&sections->expects.size));
	if (!module->sections[REBTF_SECTION_BTF_IDS].size)
		return NULL;
	TRY(btf_ids_renew(module, output, 0, &ids));
	sections->ids = (struct section_bytes){ ids.data, ids.size };
	sections->base_ids = (struct section_bytes){ ids.record, ids.record_size };
	return NULL;
}

struct rebtf_error *rebtf_module_write(const struct rebtf_module *module, const char *path,
				       const struct rebtf_module_output *output)
{
	_cleanup_(new_sections_release) struct new_sections sections = {};
	struct rebtf_error *err;

	if (!rebtf_module_has_btf(module))
		return error_at(module_no_btf(), module->path, NULL);
	err = error_at(make_sections(module, output, &sections), module->path, NULL);
	if (!err && module->container == REBTF_CONTAINER_RAW)
		err = write_raw(module, path, output, &sections);
	else if (!err)
		err = write_elf(module, path, output, &sections);
	/* What is not about writing is about what was read; of CHANGED both are the same. */
	return error_at(err, err && err->code == REBTF_ERR_IO ? path : module->path, NULL);
}

/* A file of raw BTF as it stands on disk, compression and all. */
static struct rebtf_error *read_again(const char *path, struct new_file *file,
				      struct file_attrs *attrs)
{
	struct file_bytes bytes;

	TRY(file_read(path, &bytes));
	file->packed = bytes.data;
	/* An empty file is there as well. */
	file->piece = (struct iovec){ bytes.data ?: (uint8_t *)"", bytes.size };
	if (attrs)
		*attrs = bytes.attrs;
	return NULL;
}

static struct rebtf_error *read_files_again(const struct rebtf_module *module,
					    struct new_files *files, struct file_attrs *attrs)
{
	_cleanup_free_ char *base_path = module_base_path(module->owner_path);
	_cleanup_free_ char *expects_path = module_expects_path(module->owner_path);

	if (!base_path || !expects_path)
		return error_nomem();
	TRY(module_seek_expects(module));
	TRY(read_again(module->path, &files->btf, attrs));
	if (module->sections[REBTF_SECTION_BTF_BASE].data) {
		TRY(read_again(base_path, &files->base, NULL));
		if (module->sections[REBTF_SECTION_BTF_EXPECTS].data)
			TRY(read_again(expects_path, &files->expects, NULL));
	}
	return NULL;
}

static struct rebtf_error *copy_raw(const struct rebtf_module *module, const char *path)
{
	_cleanup_(new_files_release) struct new_files files = NO_FILES;
	struct rebtf_error *err, *changed;
	struct file_attrs attrs;

	TRY(name_files(&files, path));
	err = read_files_again(module, &files, &attrs);
	/* What was read one after the other belongs together only if nobody came in between. */
	changed = module_check_unchanged(module);
	if (changed) {
		rebtf_error_free(err);
		return changed;
	}
	return err ?: write_files(&files, &attrs);
}

/* The file is read again, as of a compressed one only the unpacked bytes were kept. */
struct rebtf_error *rebtf_module_copy(const struct rebtf_module *module, const char *path)
{
	_cleanup_file_bytes_ struct file_bytes bytes = {};
	struct iovec piece;

	if (file_is_same(module->path, path))
		return NULL;
	if (module->container == REBTF_CONTAINER_RAW)
		return copy_raw(module, path);
	TRY(file_read(module->path, &bytes));
	piece = (struct iovec){ bytes.data, bytes.size };
	return file_replace(path, &piece, 1, &bytes.attrs);
}
