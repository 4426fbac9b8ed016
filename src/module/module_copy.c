/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Copying modules as they are, for trees of which only some files change. The bytes are those of the file,
 * not the unpacked ones in memory: packing them anew would give other ones. Of the two files of distilled
 * raw BTF the base comes first, as when they are written (module_write.c).
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "module/module.h"

static bool same_file(const char *a, const char *b)
{
	struct stat of_a, of_b;

	return !stat(a, &of_a) && !stat(b, &of_b) && of_a.st_dev == of_b.st_dev &&
	       of_a.st_ino == of_b.st_ino;
}

static struct rebtf_error *prepare_copy(const char *from, const char *to, struct file_replacement *file)
{
	_cleanup_file_bytes_ struct file_bytes bytes = {};
	struct iovec piece;

	TRY(file_read(from, &bytes));
	piece.iov_base = bytes.data;
	piece.iov_len = bytes.size;
	return error_at(file_prepare(to, &piece, 1, &bytes.attrs, file), to, NULL);
}

static struct rebtf_error *copy_raw(const struct rebtf_module *module, const char *path,
				    struct file_replacement *btf_file)
{
	_cleanup_file_replacement_ struct file_replacement base_file = FILE_NOT_PREPARED;
	bool has_base = module->sections[REBTF_SECTION_BTF_BASE].data;
	_cleanup_free_ char *from = module_base_path(module->path);
	_cleanup_free_ char *to = module_base_path(path);

	if (!from || !to)
		return error_nomem();
	if (has_base) {
		TRY(prepare_copy(from, to, &base_file));
		TRY(error_at(file_commit(&base_file), to, NULL));
	}
	TRY(error_at(file_commit(btf_file), path, NULL));
	/* One that is left over from another time would be taken for this one's. */
	if (!has_base && unlink(to) && errno != ENOENT)
		return error_at(error_io(errno, "cannot remove it"), to, NULL);
	return NULL;
}

struct rebtf_error *rebtf_module_copy(const struct rebtf_module *module, const char *path)
{
	_cleanup_file_replacement_ struct file_replacement file = FILE_NOT_PREPARED;

	if (same_file(module->path, path))
		return NULL;
	TRY(prepare_copy(module->path, path, &file));
	if (module->container == REBTF_CONTAINER_RAW)
		return copy_raw(module, path, &file);
	return error_at(file_commit(&file), path, NULL);
}
