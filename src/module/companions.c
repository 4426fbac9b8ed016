/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Reads the companions of raw BTF: the distilled base of "x.btf" is beside it in "x.btf.base", its
 * expectations in "x.btf.expects", and its note in "x.btf.note".
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "module/companions.h"
#include "module/note.h"
#include "util/bytes.h"
#include "util/descriptors.h"
#include "util/text.h"

/*
 * Reads the file behind the symbolic link @place. Records the state of the link, because the link
 * can change.
 */
static struct rebtf_error *read_linked(const struct file_place *place, file_wanted *wanted,
				       bool extended, struct file_bytes *bytes)
{
	_cleanup_place_ struct file_place target = {};
	_cleanup_close_ int fd = -1;
	struct stat st;

	if (!place_stat(place, &st))
		return error_at(error_io(errno, "cannot open"), place->path, NULL);
	TRY(place_follow(place, &target));
	/* The caller copies the file with its attributes, so another user must not own it. */
	if (extended)
		TRY(error_at(place_check_trusted(&target), place->path, NULL));
	fd = place_open(&target);
	if (fd < 0)
		return error_at(error_io(errno, "cannot open"), target.path, NULL);
	TRY(file_read_place(fd, &target, wanted, extended, bytes));
	bytes->state = file_state(&st);
	return NULL;
}

struct rebtf_error *companion_read(const struct file_place *place, file_wanted *wanted,
				   bool extended, bool listed, struct file_bytes *bytes,
				   bool *found)
{
	_cleanup_close_soon_ int fd = place_open(place);

	*found = fd >= 0 || errno != ENOENT;
	if (fd < 0 && errno == ELOOP)
		return read_linked(place, wanted, extended, bytes);
	if (fd < 0 && *found)
		return error_at(error_io(errno, "cannot open"), place->path, NULL);
	if (!*found)
		return NULL;
	return listed ? file_read_listed(fd, place, wanted, extended, bytes)
		      : file_read_place(fd, place, wanted, extended, bytes);
}

char *companion_path(const struct rebtf_module *module, const char *ending)
{
	return text_join(module->owner.path ?: module->path, ending);
}

static bool companions_are_listed(const struct rebtf_module *module)
{
	return module->listing.is_complete && !module->listing.has_odd_companions;
}

/* Reads a companion into its section. A missing companion is no error. */
static struct rebtf_error *read_section(struct rebtf_module *module, const char *ending,
					struct file_bytes *image, struct module_section *section)
{
	_cleanup_place_ struct file_place place = {};
	struct rebtf_error *err;
	bool found;

	if (!module->owner.directory)
		return NULL;
	TRY(place_beside(&module->owner, ending, &place));
	err = companion_read(&place, NULL, false, companions_are_listed(module), image, &found);
	if (!err && found)
		err = module_unpack(image, NULL, NULL, &module->unpacked);
	if (err) {
		/* The caller may retry. */
		file_bytes_release(image);
		return error_at(err, place.path, NULL);
	}
	if (!found)
		return NULL;
	/* An empty file exists, too: give it an address. Opening it will fail. */
	section->data = image->data ?: (const uint8_t *)"";
	section->size = image->size;
	return NULL;
}

/*
 * Finds the place beside which the companions are: the place that the caller named. Exception: if
 * it is a symbolic link without its own base, it is the place of the link's target.
 */
static struct rebtf_error *read_owner(struct rebtf_module *module)
{
	_cleanup_place_ struct file_place own = {}, other = {};
	struct stat own_base, other_base;
	const struct file_place *owner = &module->named;

	if (!module->place.directory)
		return NULL;
	if (module->is_link) {
		TRY(place_beside(&module->named, COMPANION_BASE, &own));
		TRY(place_beside(&module->place, COMPANION_BASE, &other));
		if (fstatat(own.directory->fd, own.name, &own_base, 0) ||
		    (place_stat(&other, &other_base) && own_base.st_dev == other_base.st_dev &&
		     own_base.st_ino == other_base.st_ino))
			owner = &module->place;
	}
	return place_copy(owner, &module->owner);
}

/* Only checks whether expectations exist. That is enough until someone needs their contents. */
static struct rebtf_error *look_for_expects(struct rebtf_module *module)
{
	_cleanup_place_ struct file_place place = {};
	struct stat st;

	if (!module->owner.directory || !module->may_expect)
		return NULL;
	TRY(place_beside(&module->owner, COMPANION_EXPECTS, &place));
	if (!place_stat(&place, &st))
		return errno == ENOENT ? NULL
				       : error_at(error_io(errno, "cannot open"), place.path, NULL);
	module->expects_state = file_state(&st);
	/* An empty file has a state, too. */
	module->expects_state.known = true;
	return NULL;
}

/*
 * A missing base is only meaningful if the BTF that we read is still in place: a process that
 * relocates the BTF first replaces it and then removes the base.
 */
static struct rebtf_error *companions_read_base(struct rebtf_module *module)
{
	/* The BTF was there, in this version, while its directory had no base for it. */
	if (module->is_as_listed && !module->listing.has_bases)
		return NULL;
	TRY(read_section(module, COMPANION_BASE, &module->base_image,
			 &module->sections[REBTF_SECTION_BTF_BASE]));
	if (module->sections[REBTF_SECTION_BTF_BASE].data || !module->place.directory)
		return NULL;
	return file_check_unchanged(&module->place, &module->state);
}

/* For file_wanted: a large file is no note, so its start is enough. */
static bool companions_want_note(const uint8_t *start, size_t size)
{
	(void)start;
	return size <= NOTE_FILE_SIZE;
}

/*
 * Believes a note only if its digest is that of the BTF that was read. So it does not matter which of
 * the two another process has replaced meanwhile. Without libcrypto, this cannot be known.
 */
static struct rebtf_error *companions_take_note(struct rebtf_module *module)
{
	const struct module_section *btf = &module->sections[REBTF_SECTION_BTF];
	const struct file_bytes *image = &module->note_image;
	struct rebtf_error *err;
	bool fits;

	err = note_file_read(image->data, image->size, iovec_of(btf->data, btf->size),
			     &module->note, &fits);
	if (err && err->code == REBTF_ERR_UNSUPPORTED) {
		rebtf_error_free(err);
		return NULL;
	}
	TRY(err);
	module->has_note = fits;
	module->has_stale_note = !fits;
	if (fits)
		module->sections[REBTF_SECTION_NOTE] = (struct module_section){ image->data,
										NOTE_SIZE };
	return NULL;
}

static struct rebtf_error *companions_read_note(struct rebtf_module *module)
{
	_cleanup_place_ struct file_place place = {};
	struct rebtf_error *err;
	bool found;

	if (!module->owner.directory || (module->is_as_listed && !module->listing.has_notes))
		return NULL;
	TRY(place_beside(&module->owner, COMPANION_NOTE, &place));
	err = companion_read(&place, companions_want_note, false, companions_are_listed(module),
			     &module->note_image, &found);
	if (!err && found)
		err = companions_take_note(module);
	return error_at(err, place.path, NULL);
}

struct rebtf_error *companions_open(struct rebtf_module *module)
{
	TRY(read_owner(module));
	TRY(look_for_expects(module));
	TRY(companions_read_base(module));
	return companions_read_note(module);
}

struct rebtf_error *companions_seek_expects(const struct rebtf_module *module)
{
	/* Loads a part of the module later. To all other code the module does not change. */
	struct rebtf_module *m = (struct rebtf_module *)(uintptr_t)module;
	struct rebtf_error *err = NULL;

	if (m->container != REBTF_CONTAINER_RAW)
		return NULL;
	pthread_mutex_lock(&m->expects_lock);
	if (!m->expects_sought)
		err = read_section(m, COMPANION_EXPECTS, &m->expects_image,
				   &m->sections[REBTF_SECTION_BTF_EXPECTS]);
	m->expects_sought = !err;
	if (!m->listing.is_complete)
		descriptors_close(-1);
	pthread_mutex_unlock(&m->expects_lock);
	return err;
}

static struct rebtf_error *check_unchanged(const struct rebtf_module *module)
{
	_cleanup_place_ struct file_place base = {};

	TRY(file_check_unchanged(&module->place, &module->state));
	TRY(place_beside(&module->owner, COMPANION_BASE, &base));
	return file_check_unchanged(&base, &module->base_image.state);
}

struct rebtf_error *companions_check_unchanged(const struct rebtf_module *module)
{
	struct rebtf_error *err;

	if (!module->place.directory)
		return NULL;
	directory_lock(module->place.directory);
	err = check_unchanged(module);
	directory_unlock(module->place.directory);
	return err;
}
