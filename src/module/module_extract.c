/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Writes the BTF of a file, and the sections that belong to it, as raw files. */
#include <sys/stat.h>

#include "module/companions.h"
#include "module/note.h"
#include "module/raw_files.h"
#include "util/bytes.h"

/* Without libcrypto, which binds the note to the BTF, it is left out. */
static struct rebtf_error *extract_note(const struct rebtf_module *module,
					uint8_t file[NOTE_FILE_SIZE],
					struct iovec contents[SECTION_COUNT])
{
	struct iovec *note = &contents[REBTF_SECTION_NOTE];
	struct rebtf_error *err;

	if (!note->iov_base)
		return NULL;
	err = note_file_write(&module->note, contents[REBTF_SECTION_BTF], file);
	*note = err ? (struct iovec){} : iovec_of(file, NOTE_FILE_SIZE);
	if (!err || err->code != REBTF_ERR_UNSUPPORTED)
		return err;
	rebtf_error_free(err);
	return NULL;
}

struct rebtf_error *rebtf_module_extract(const struct rebtf_module *module, const char *path)
{
	struct iovec contents[SECTION_COUNT] = {};
	_cleanup_place_ struct file_place place = {};
	struct file_state input = {};
	uint8_t note[NOTE_FILE_SIZE];
	struct stat st;

	TRY(companions_seek_expects(module));
	for (size_t i = 0; i < SECTION_COUNT; i++)
		contents[i] = iovec_of(module->sections[i].data, module->sections[i].size);
	TRY(extract_note(module, note, contents));
	TRY(place_find(path, &place));
	if (!stat(module->path, &st))
		input = file_state(&st);
	return raw_files_write(&place, contents, &input);
}

struct rebtf_error *rebtf_btf_write_file(const struct rebtf_btf *btf,
					 const struct rebtf_write_options *options,
					 const char *path)
{
	struct iovec contents[SECTION_COUNT] = {};
	_cleanup_place_ struct file_place place = {};
	_cleanup_free_ void *data = NULL;
	size_t size;

	TRY(rebtf_btf_write(btf, options, &data, &size));
	TRY(place_find(path, &place));
	contents[REBTF_SECTION_BTF] = iovec_of(data, size);
	return raw_files_write(&place, contents, NULL);
}
