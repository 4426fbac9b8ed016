/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Writes raw BTF. With a distilled base and expectations it is three files, which no file system
 * can replace atomically. The order of the steps protects a reader that comes between them. It
 * finds a pair that contradicts itself or lacks its base, which rebtf_module_btf() reports, or a
 * valid pair without expectations, but never a pair that looks valid and is not.
 *
 * In place, each of the three is only replaced or removed if it is the file that was read. The
 * directory is locked from the first step to the last, so that no other rebtf can interfere.
 *
 * A note has the digest of its BTF, and is ignored beside other BTF. So it needs no place in that
 * order, and comes last.
 */
#include <errno.h>
#include <string.h>

#include "module/companions.h"
#include "module/module_write.h"
#include "module/originals.h"
#include "util/bytes.h"
#include "util/descriptors.h"

/* A file to write or remove. */
struct new_file {
	struct file_place place;
	struct iovec piece; /* no data: remove the file */
	uint8_t *packed;    /* its compressed contents, if any */
	struct attrs attrs; /* another object owns the memory */
	struct replacement new;
	/* In place: the state of the file that was read; unknown if it did not exist. */
	struct file_state old;
};

/* Raw BTF and its companions. */
struct new_files {
	struct new_file btf;
	struct new_file base;
	struct new_file expects;
	struct new_file note;
	bool in_place; /* only the files that were read are replaced */
	bool replaces; /* the BTF already exists */
};

#define NO_FILES                                                                                   \
	{                                                                                          \
		.btf = { .new = REPLACEMENT_NONE }, .base = { .new = REPLACEMENT_NONE },           \
		.expects = { .new = REPLACEMENT_NONE }, .note = { .new = REPLACEMENT_NONE },       \
	}

/* Returns the descriptor for the caller to close; -1: no descriptor. */
static int new_file_release(struct new_file *file)
{
	place_release(&file->place);
	free(file->packed);
	return replacement_release_open(&file->new);
}

static void new_files_release(struct new_files *files)
{
	const int fds[] = {
		new_file_release(&files->btf),
		new_file_release(&files->base),
		new_file_release(&files->expects),
		new_file_release(&files->note),
	};

	descriptors_close_all(fds, 4);
}

/* -------------------------------------------------------------------------------------- places */

static struct rebtf_error *name_files(struct new_files *files, const struct file_place *place,
				      const struct file_place *owner)
{
	TRY(place_copy(place, &files->btf.place));
	TRY(place_beside(owner, COMPANION_BASE, &files->base.place));
	TRY(place_beside(owner, COMPANION_EXPECTS, &files->expects.place));
	return place_beside(owner, COMPANION_NOTE, &files->note.place);
}

/* Do not remove a file that replaced the expectations since. */
static struct rebtf_error *raw_check_expects(const struct new_file *expects)
{
	struct file_state state;
	struct stat st;

	if (!place_stat(&expects->place, &st))
		return errno == ENOENT ? NULL : error_io(errno, "cannot write");
	if (S_ISDIR(st.st_mode))
		return error_io(EISDIR, "cannot remove");
	if (!S_ISLNK(st.st_mode))
		TRY(replace_check(&st));
	state = file_state(&st);
	if (expects->old.known && file_state_is_same(&state, &expects->old))
		return NULL;
	return error_changed();
}

/* Only the files that were read may be replaced. */
static void expect_what_was_read(const struct rebtf_module *module, struct new_files *files)
{
	files->in_place = files->replaces = true;
	files->btf.old = module->state;
	files->base.old = module->base_image.state;
	files->expects.old = module->expects_state;
	files->note.old = module->note_image.state;
	if (module->expects_sought && module->expects_image.state.known)
		files->expects.old = module->expects_image.state;
}

/* If another kind of file is in the way and cannot be replaced, fail before changing any file. */
static struct rebtf_error *raw_stat(const struct file_place *place, bool *is_there)
{
	struct stat st;

	*is_there = place_stat(place, &st);
	if (!*is_there)
		return errno == ENOENT ? NULL : error_io(errno, "cannot write");
	return replace_check(&st);
}

/* Inline BTF refers to the types of the BTF by id, and is not rewritten with it. */
static struct rebtf_error *raw_check_inlined(const struct rebtf_module *module)
{
	_cleanup_place_ struct file_place place = {};
	struct rebtf_error *err;
	struct stat st;

	if (module->is_as_listed && !module->listing.has_inlined)
		return NULL;
	TRY(place_beside(&module->owner, COMPANION_INLINE, &place));
	if (place_stat(&place, &st))
		err = error_new(REBTF_ERR_UNSUPPORTED,
				"refers by id to types that this would replace (encode --inline "
				"makes new inline BTF)");
	else
		err = errno == ENOENT ? NULL : error_io(errno, "cannot open");
	return error_at(err, place.path, NULL);
}

static struct rebtf_error *raw_find_files(const struct rebtf_module *module,
					  const struct target *target, struct new_files *files)
{
	const struct file_place *place = target->place;
	bool in_place = target->in_place;

	/* A fresh directory has neither old files nor the module itself. */
	if (!in_place && !atomic_load(&place->directory->is_fresh)) {
		TRY(error_at(raw_stat(place, &files->replaces), place->path, NULL));
		/* The output directory may contain the module itself. */
		in_place = files->replaces && target_is_own(module, place);
	}
	TRY(name_files(files, place, in_place ? &module->owner : place));
	if (!in_place)
		return NULL;
	expect_what_was_read(module, files);
	return raw_check_inlined(module);
}

/* ------------------------------------------------------------------------------------ preparing */

/* The contents of a new file. Compresses them if the original is compressed. */
static struct rebtf_error *pack(const struct rebtf_module *module,
				const struct rebtf_module_output *output,
				const struct section_bytes *bytes, struct new_file *file)
{
	const struct codec_example like = module_example(module);

	file->attrs = module->image.attrs;
	file->piece = (struct iovec){ bytes->data, bytes->size };
	if (!bytes->data || module->codec == CODEC_NONE)
		return NULL;
	TRY(codec_compress_like(&like, output->compress_level, &file->piece, 1, &file->packed,
				&file->piece.iov_len));
	file->piece.iov_base = file->packed;
	return NULL;
}

static struct rebtf_error *raw_prepare(const struct new_files *files, struct new_file *file,
				       bool durable)
{
	unsigned int flags = (files->in_place ? REPLACE_SAME_PLACE : 0) |
			     (durable ? REPLACE_DURABLE : 0);
	struct iovec piece = file->piece;

	if (!piece.iov_base)
		return NULL;
	return replace_prepare(&file->place, &piece, 1, &file->attrs, flags, &file->new);
}

static struct rebtf_error *check_old_note(const struct new_files *files)
{
	const struct file_place *place = &files->note.place;
	bool ignored;

	if (!files->note.piece.iov_base || files->in_place ||
	    atomic_load(&place->directory->is_fresh))
		return NULL;
	return error_at(raw_stat(place, &ignored), place->path, NULL);
}

/* Do everything that can fail first, for all files. */
static struct rebtf_error *prepare_files(struct new_files *files)
{
	/*
	 * If the base is needed to read the new BTF, it must reach the disk before the old BTF is
	 * replaced. Wait for the disk here, before the directory is locked.
	 */
	bool durable = files->base.piece.iov_base && files->replaces;

	TRY(check_old_note(files));
	TRY(raw_prepare(files, &files->base, durable));
	TRY(raw_prepare(files, &files->expects, durable));
	TRY(raw_prepare(files, &files->btf, files->replaces));
	return raw_prepare(files, &files->note, false);
}

/* ----------------------------------------------------------------------------------- committing */

static struct rebtf_error *commit(const struct new_files *files, struct new_file *file)
{
	bool taken;

	if (files->in_place && file->old.known)
		return replace_exactly(&file->new, &file->old, true);
	TRY(replace_link(&file->new, &taken));
	if (!taken)
		return NULL;
	if (!files->in_place)
		return replace_any(&file->new);
	return error_at(error_new(REBTF_ERR_CHANGED, "another process created the file"),
			file->place.path, NULL);
}

/* Sets @existed, unless it is NULL, to whether the file existed. */
static struct rebtf_error *remove_file(const struct new_files *files, const struct new_file *file,
				       bool *existed)
{
	bool there = file->old.known;

	if (files->in_place && there) {
		TRY(replace_remove(&file->place, &file->old));
	} else if (!files->in_place) {
		TRY(place_remove(&file->place, &there));
	}
	if (existed)
		*existed = there;
	return NULL;
}

enum old_base {
	OLD_BASE_NONE,
	OLD_BASE_SAME, /* identical to the new one */
	OLD_BASE_OTHER,
};

static struct rebtf_error *raw_changed_error(const struct new_file *file)
{
	return error_at(error_changed(), file->place.path, NULL);
}

/* Examines the current base: it may have appeared or vanished since the new one was prepared. */
static struct rebtf_error *find_old_base(const struct new_files *files, enum old_base *found)
{
	const struct new_file *base = &files->base;
	_cleanup_file_bytes_ struct file_bytes old = {};
	_cleanup_close_ int fd = -1;

	*found = OLD_BASE_NONE;
	/* If the module had no base, commit() makes sure that it still has no base. */
	if (files->in_place && !base->old.known)
		return NULL;
	fd = place_open(&base->place);
	*found = fd < 0 && errno == ENOENT ? OLD_BASE_NONE : OLD_BASE_OTHER;
	if (files->in_place && base->old.known != (*found == OLD_BASE_OTHER))
		return raw_changed_error(base);
	/* A symbolic link counts as another base, with any target. */
	if (fd < 0)
		return errno == ENOENT || errno == ELOOP
			       ? NULL
			       : error_at(error_io(errno, "cannot open"), base->place.path, NULL);
	TRY(file_read_place(fd, &base->place, NULL, false, &old));
	if (files->in_place && !file_state_is_same(&old.state, &base->old))
		return raw_changed_error(base);
	if (old.size == base->piece.iov_len &&
	    (!old.size || !memcmp(old.data, base->piece.iov_base, old.size)))
		*found = OLD_BASE_SAME;
	return NULL;
}

/* Removes a new base after writing the BTF failed. */
static void take_back(const struct new_files *files)
{
	const struct replacement *new = &files->base.new;
	struct file_state state;
	struct stat st;

	if (new->fd >= 0 ? fstat(new->fd, &st) : !place_stat(&files->base.place, &st))
		return;
	/* Another process has replaced it already. */
	if (!st.st_nlink)
		return;
	state = file_state(&st);
	rebtf_error_free(replace_remove(&files->base.place, &state));
}

/*
 * Another run that takes the directory for fresh (see commit_fresh()) may have linked its base since
 * find_old_base(), and be about to link its BTF. So its base counts as an old one, too.
 */
static struct rebtf_error *commit_base(struct new_files *files, enum old_base *old_base)
{
	bool taken;

	if (files->in_place || *old_base == OLD_BASE_SAME)
		return commit(files, &files->base);
	TRY(replace_link(&files->base.new, &taken));
	if (taken)
		*old_base = OLD_BASE_OTHER;
	return NULL;
}

/*
 * A new base contradicts the old split BTF, so it comes first. A replacement of another base need
 * not contradict that base's BTF: two builds of a module may differ in one size and otherwise look
 * the same. So remove the old base first, because its BTF is useless without it.
 */
static struct rebtf_error *commit_pair(struct new_files *files)
{
	enum old_base old_base;
	struct rebtf_error *err;

	TRY(find_old_base(files, &old_base));
	if (old_base != OLD_BASE_OTHER)
		TRY(commit_base(files, &old_base));
	if (old_base == OLD_BASE_OTHER) {
		/* The old base goes with the BTF that was read. */
		if (files->in_place)
			TRY(file_check_unchanged(&files->btf.place, &files->btf.old));
		TRY(remove_file(files, &files->base, NULL));
		files->base.old = (struct file_state){};
		TRY(commit(files, &files->btf));
		return commit(files, &files->base);
	}
	err = commit(files, &files->btf);
	if (err && old_base == OLD_BASE_NONE)
		take_back(files);
	return err;
}

/*
 * Writes new BTF over a distilled base. Old expectations must not meet the new pair, because they
 * might not contradict it even if they are from another build. New expectations must not meet the
 * old pair. So expectations exist only before the first and after the last step. They are removed
 * first: if that fails, all files are as before.
 */
static struct rebtf_error *commit_distilled(struct new_files *files)
{
	/* Old expectations are removed first, so the BTF must still be the one that they belong to. */
	if (files->in_place && files->expects.old.known)
		TRY(file_check_unchanged(&files->btf.place, &files->btf.old));
	TRY(remove_file(files, &files->expects, NULL));
	files->expects.old = (struct file_state){};
	TRY(commit_pair(files));
	return files->expects.piece.iov_base ? commit(files, &files->expects) : NULL;
}

/*
 * Writes new BTF without a distilled base. An old base contradicts it. Without a base, expectations
 * are never read.
 */
static struct rebtf_error *commit_plain(struct new_files *files)
{
	bool was_distilled;

	TRY(commit(files, &files->btf));
	TRY(remove_file(files, &files->base, &was_distilled));
	return was_distilled ? remove_file(files, &files->expects, NULL) : NULL;
}

/* In place, a note that another process has put there meanwhile stays: it names its BTF itself. */
static struct rebtf_error *commit_note(const struct new_files *files, struct new_file *note)
{
	struct rebtf_error *err;
	bool taken;

	if (!note->piece.iov_base)
		return NULL;
	if (files->in_place && note->old.known) {
		err = replace_exactly(&note->new, &note->old, true);
		if (!err || err->code != REBTF_ERR_CHANGED)
			return err;
		rebtf_error_free(err);
		return NULL;
	}
	TRY(replace_link(&note->new, &taken));
	return taken && !files->in_place ? replace_any(&note->new) : NULL;
}

/* Other BTF at the same place would be read with the inline BTF of the old one. */
static struct rebtf_error *remove_inlined(const struct new_files *files)
{
	_cleanup_place_ struct file_place inlined = {};

	TRY(place_beside(&files->btf.place, COMPANION_INLINE, &inlined));
	return place_remove(&inlined, NULL);
}

/*
 * In place, leaves all files alone if expectations appeared, or changed, since the BTF was read.
 */
static struct rebtf_error *commit_all(struct new_files *files)
{
	if (files->in_place)
		TRY(error_at(raw_check_expects(&files->expects), files->expects.place.path, NULL));
	else
		TRY(remove_inlined(files));
	TRY(files->base.piece.iov_base ? commit_distilled(files) : commit_plain(files));
	return commit_note(files, &files->note);
}

/*
 * Writes BTF, and perhaps a base, into a directory without other files. The files of this module can
 * only be from a process that writes to the directory at the same time. If it has taken the first
 * name, this process has not linked a file yet. If it takes the second one, the base is removed
 * again. Either way sets @taken. So the first of both to write the BTF comes first, and the other
 * one replaces it. One file is linked in one step, and a reader finds a base alone only before it
 * finds the BTF. So no lock is needed.
 *
 * If the other process is killed after it has linked its base, BTF without a base that is linked
 * here contradicts that base: rebtf_module_btf() refuses it. A look for it would be one more system
 * call for each module.
 *
 * If there is a note already, it describes the BTF of a process that has replaced this BTF since.
 */
static struct rebtf_error *commit_fresh(struct new_files *files, bool *taken)
{
	struct directory *directory = files->btf.place.directory;
	bool has_base = files->base.piece.iov_base;
	struct rebtf_error *err;
	bool ignored;

	*taken = false;
	if (has_base)
		TRY(replace_link(&files->base.new, taken));
	if (*taken)
		return NULL;
	err = replace_link(&files->btf.new, taken);
	if (!err && !*taken && files->note.piece.iov_base)
		return replace_link(&files->note.new, &ignored);
	if (has_base && (err || *taken)) {
		/* The process that has taken the name may be about to replace the base. */
		directory_lock(directory);
		take_back(files);
		directory_unlock(directory);
	}
	return err;
}

/* Forgets the new files, but keeps their contents. */
static void unprepare(struct new_file *file)
{
	replacement_release(&file->new);
	place_release(&file->place);
}

/* Writes the files as if the directory had never been fresh. */
static struct rebtf_error *prepare_again(const struct rebtf_module *module,
					 const struct target *target, struct new_files *files)
{
	atomic_store(&target->place->directory->is_fresh, false);
	unprepare(&files->btf);
	unprepare(&files->base);
	unprepare(&files->expects);
	unprepare(&files->note);
	TRY(raw_find_files(module, target, files));
	return prepare_files(files);
}

static struct rebtf_error *write_files(const struct rebtf_module *module,
				       const struct target *target, struct new_files *files)
{
	struct directory *directory = files->btf.place.directory;
	struct rebtf_error *err;
	bool taken;

	TRY(prepare_files(files));
	/* Expectations would be a third step. A file with a temporary name may replace another. */
	if (!files->in_place && !files->expects.piece.iov_base && !files->btf.new.temp[0] &&
	    atomic_load(&directory->is_fresh)) {
		TRY(commit_fresh(files, &taken));
		if (!taken)
			return NULL;
		TRY(prepare_again(module, target, files));
		directory = files->btf.place.directory;
	}
	directory_lock(directory);
	err = commit_all(files);
	directory_unlock(directory);
	return err;
}

struct rebtf_error *raw_write(const struct rebtf_module *module, const struct target *target,
			      const struct rebtf_module_output *output,
			      const struct new_sections *sections)
{
	_cleanup_(new_files_release) struct new_files files = NO_FILES;

	if (output->save_original)
		return error_new(REBTF_ERR_UNSUPPORTED,
				 "cannot keep the original: raw BTF has no sections");
	if (output->signer)
		return error_new(REBTF_ERR_UNSUPPORTED, "cannot sign raw BTF (expected a module)");
	if (output->dry_run)
		return target->in_place ? raw_check_inlined(module) : NULL;
	TRY(raw_find_files(module, target, &files));
	TRY(pack(module, output, &sections->btf, &files.btf));
	TRY(pack(module, output, &sections->base, &files.base));
	/* Expectations without a base are useless. */
	if (sections->base.data)
		TRY(pack(module, output, &sections->expects, &files.expects));
	files.note.piece = (struct iovec){ sections->note.data, sections->note.size };
	files.note.attrs = module->image.attrs;
	return write_files(module, target, &files);
}

/* -------------------------------------------------------------------------------------- copying */

static void set_file(struct new_file *file, const struct file_bytes *bytes)
{
	/* An empty file exists, too. */
	file->piece = iovec_of(bytes->data ? (const void *)bytes->data : "", bytes->size);
	file->attrs = bytes->attrs;
}

static void set_files(struct new_files *files, const struct originals *originals)
{
	set_file(&files->btf, &originals->btf);
	if (originals->has_base)
		set_file(&files->base, &originals->base);
	if (originals->has_expects)
		set_file(&files->expects, &originals->expects);
	if (originals->has_note)
		set_file(&files->note, &originals->note);
}

struct rebtf_error *raw_copy(const struct rebtf_module *module, const struct file_place *place)
{
	_cleanup_(originals_release) struct originals originals = {};
	_cleanup_(new_files_release) struct new_files files = NO_FILES;
	const struct target target = { place, false };
	struct rebtf_error *err, *changed_meanwhile;

	TRY(raw_find_files(module, &target, &files));
	if (!module->place.directory) {
		set_file(&files.btf, module->packed.data ? &module->packed : &module->image);
		files.btf.attrs = module->image.attrs;
		return write_files(module, &target, &files);
	}
	err = originals_read(module, &originals);
	/*
	 * Files that were read one after the other only belong together if no other process changed
	 * them meanwhile.
	 */
	changed_meanwhile = companions_check_unchanged(module);
	if (changed_meanwhile) {
		rebtf_error_free(err);
		return changed_meanwhile;
	}
	TRY(err);
	set_files(&files, &originals);
	return write_files(module, &target, &files);
}
