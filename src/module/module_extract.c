/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Writes the BTF of a file, and the sections that belong to it, as raw files. */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "module/companions.h"
#include "module/module.h"
#include "module/note.h"
#include "util/bytes.h"
#include "util/place.h"
#include "util/replace.h"

/* The sections that go into files beside the BTF, and the suffixes of these files. */
static const struct companion {
	enum rebtf_section section;
	const char *ending;
} companions[] = {
	{ REBTF_SECTION_BTF_BASE, COMPANION_BASE },
	{ REBTF_SECTION_BTF_EXPECTS, COMPANION_EXPECTS },
	{ REBTF_SECTION_INLINE, ".inline" },
	{ REBTF_SECTION_BTF_IDS, ".ids" },
	{ REBTF_SECTION_NOTE, COMPANION_NOTE },
};

#define COMPANIONS (sizeof(companions) / sizeof(companions[0]))

static struct rebtf_error *write_section(const struct rebtf_module *module,
					 enum rebtf_section section, const struct file_place *place)
{
	const struct module_section *bytes = &module->sections[section];
	struct iovec piece = iovec_of(bytes->data, bytes->size);

	return replace_write(place, &piece, 1);
}

/* Without libcrypto, which binds the note to the BTF, it is left out. */
static struct rebtf_error *write_note(const struct rebtf_module *module,
				      const struct file_place *place)
{
	const struct module_section *btf = &module->sections[REBTF_SECTION_BTF];
	uint8_t file[NOTE_FILE_SIZE];
	struct iovec piece = { file, sizeof(file) };
	struct rebtf_error *err;

	err = note_file_write(&module->note, iovec_of(btf->data, btf->size), file);
	if (!err)
		return replace_write(place, &piece, 1);
	if (err->code != REBTF_ERR_UNSUPPORTED)
		return err;
	rebtf_error_free(err);
	return NULL;
}

static struct rebtf_error *check_not_input(const struct rebtf_module *module,
					   const struct file_place *place)
{
	struct stat input, output;

	if (!module || stat(module->path, &input) || !place_stat(place, &output) ||
	    input.st_dev != output.st_dev || input.st_ino != output.st_ino)
		return NULL;
	return error_at(error_new(REBTF_ERR_ARGUMENT,
				  "cannot overwrite the input with its extracted BTF"),
			place->path, NULL);
}

/*
 * Companions of older BTF would be taken for those of the new BTF. The file of @module, if that is
 * not NULL, must not be one.
 */
static struct rebtf_error *remove_companions(const struct rebtf_module *module,
					     const struct file_place *place)
{
	for (size_t i = 0; i < COMPANIONS; i++) {
		_cleanup_place_ struct file_place beside = {};

		TRY(place_beside(place, companions[i].ending, &beside));
		TRY(check_not_input(module, &beside));
		TRY(place_remove(&beside, NULL));
	}
	return NULL;
}

struct rebtf_error *rebtf_module_extract(const struct rebtf_module *module, const char *path)
{
	_cleanup_place_ struct file_place place = {};

	TRY(companions_seek_expects(module));
	TRY(place_find(path, &place));
	TRY(check_not_input(module, &place));
	TRY(remove_companions(module, &place));
	TRY(write_section(module, REBTF_SECTION_BTF, &place));
	for (size_t i = 0; i < COMPANIONS; i++) {
		_cleanup_place_ struct file_place beside = {};

		if (!module->sections[companions[i].section].data)
			continue;
		TRY(place_beside(&place, companions[i].ending, &beside));
		if (companions[i].section == REBTF_SECTION_NOTE)
			TRY(write_note(module, &beside));
		else
			TRY(write_section(module, companions[i].section, &beside));
	}
	return NULL;
}

struct rebtf_error *rebtf_btf_write_file(const struct rebtf_btf *btf,
					 const struct rebtf_write_options *options,
					 const char *path)
{
	_cleanup_place_ struct file_place place = {};
	_cleanup_free_ void *data = NULL;
	struct iovec piece;
	size_t size;

	TRY(rebtf_btf_write(btf, options, &data, &size));
	TRY(place_find(path, &place));
	TRY(remove_companions(NULL, &place));
	piece = iovec_of(data, size);
	return replace_write(&place, &piece, 1);
}
