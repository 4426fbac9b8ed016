/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The files in which a kernel's build expects the result of resolve_btfids, beside the ELF file. All of
 * them are complete before the first gets its name.
 */
#include "util/bytes.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/replace.h"

struct resolution_file {
	const char *ending;
	const void *data; /* NULL: the result does not have this file */
	size_t size;
	struct file_place place;
	struct replacement new;
};

static struct rebtf_error *resolution_file_prepare(struct resolution_file *file,
						   const struct file_place *elf)
{
	struct iovec piece = iovec_of(file->data, file->size);

	TRY(place_beside(elf, file->ending, &file->place));
	TRY(replace_check_place(&file->place));
	return file->data ? replace_prepare(&file->place, &piece, 1, NULL, 0, &file->new) : NULL;
}

static struct rebtf_error *resolution_file_finish(struct resolution_file *file)
{
	bool taken;

	if (!file->data)
		return place_remove(&file->place, NULL);
	TRY(replace_link(&file->new, &taken));
	return taken ? replace_any(&file->new) : NULL;
}

static struct rebtf_error *resolution_files_write(struct resolution_file *files, size_t count,
						  const char *path)
{
	_cleanup_place_ struct file_place elf = {};

	TRY(place_find(path, &elf));
	for (size_t i = 0; i < count; i++)
		TRY(resolution_file_prepare(&files[i], &elf));
	for (size_t i = 0; i < count; i++)
		TRY(resolution_file_finish(&files[i]));
	return NULL;
}

struct rebtf_error *rebtf_resolution_write_files(const struct rebtf_resolution *resolution,
						 const char *path)
{
	const struct rebtf_btf *base = rebtf_resolution_distilled_base(resolution);
	_cleanup_free_ void *btf_data = NULL, *base_data = NULL;
	struct resolution_file files[] = {
		{ .ending = ".BTF_ids", .new = REPLACEMENT_NONE },
		{ .ending = ".BTF", .new = REPLACEMENT_NONE },
		{ .ending = ".BTF.base", .new = REPLACEMENT_NONE },
	};
	const size_t count = sizeof(files) / sizeof(files[0]);
	struct rebtf_error *err;

	files[0].data = rebtf_resolution_ids(resolution, &files[0].size);
	TRY(rebtf_resolution_write(resolution, rebtf_resolution_btf(resolution), &btf_data,
				   &files[1].size));
	if (base)
		TRY(rebtf_resolution_write(resolution, base, &base_data, &files[2].size));
	files[1].data = btf_data;
	files[2].data = base_data;
	err = resolution_files_write(files, count, path);
	for (size_t i = 0; i < count; i++) {
		replacement_release(&files[i].new);
		place_release(&files[i].place);
	}
	return err;
}
