/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The files in which a kernel's build expects the result of resolve_btfids, beside the ELF file. All of
 * them are complete before the first gets its name.
 */
#include "util/bytes.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/output_file.h"

enum { FILE_IDS, FILE_BTF, FILE_BASE, FILES };

static struct rebtf_error *resolution_files_write(struct output_file *files, const char *path)
{
	static const char *const endings[FILES] = { ".BTF_ids", ".BTF", ".BTF.base" };
	_cleanup_place_ struct file_place elf = {};

	TRY(place_find(path, &elf));
	for (size_t i = 0; i < FILES; i++)
		TRY(output_file_prepare(&files[i], &elf, endings[i]));
	for (size_t i = 0; i < FILES; i++)
		TRY(output_file_finish(&files[i]));
	return NULL;
}

struct rebtf_error *rebtf_resolution_write_files(const struct rebtf_resolution *resolution,
						 const char *path)
{
	const struct rebtf_btf *base = rebtf_resolution_distilled_base(resolution);
	_cleanup_free_ void *btf_data = NULL, *base_data = NULL;
	struct output_file files[FILES] = {};
	struct rebtf_error *err;
	const void *ids;
	size_t size;

	ids = rebtf_resolution_ids(resolution, &size);
	files[FILE_IDS].contents = iovec_of(ids, size);
	TRY(rebtf_resolution_write(resolution, rebtf_resolution_btf(resolution), &btf_data, &size));
	files[FILE_BTF].contents = iovec_of(btf_data, size);
	if (base) {
		TRY(rebtf_resolution_write(resolution, base, &base_data, &size));
		files[FILE_BASE].contents = iovec_of(base_data, size);
	}
	for (size_t i = 0; i < FILES; i++)
		files[i].new = (struct replacement)REPLACEMENT_NONE;
	err = resolution_files_write(files, path);
	for (size_t i = 0; i < FILES; i++)
		output_file_release(&files[i]);
	return err;
}
