/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Writing modules. An ELF file is rewritten in pieces (elf_file.h), packed as it was and replaced
 * as one. Raw BTF with a distilled base is two files, which no file system replaces as one; they
 * are written in the order in which a reader who comes between the two steps finds a pair that
 * contradicts itself, which rebtf_module_btf() says, and never one that looks right and is not.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "module/btf_ids.h"
#include "module/elf_file.h"
#include "module/module.h"
#include "module/signature.h"

/* The bytes of one section on their way out. */
struct section_bytes {
	void *data;
	size_t size;
};

static void section_bytes_release(struct section_bytes *bytes)
{
	free(bytes->data);
}

/* The bytes of a file to be: packed as the original is, if it is. @owned has to outlive @piece. */
static struct rebtf_error *pack(const struct rebtf_module *module,
				const struct section_bytes *bytes, struct iovec *piece,
				uint8_t **owned)
{
	*piece = (struct iovec){ bytes->data, bytes->size };
	if (module->codec == CODEC_NONE)
		return NULL;
	TRY(codec_compress(module->codec, piece, 1, owned, &piece->iov_len));
	piece->iov_base = *owned;
	return NULL;
}

/* Two files that belong together: raw BTF and, unless @base is NULL, its base. */
static struct rebtf_error *write_pair(const char *path, const struct file_attrs *attrs,
				      struct iovec *btf, struct iovec *base)
{
	_cleanup_file_replacement_ struct file_replacement base_file = FILE_NOT_PREPARED;
	_cleanup_file_replacement_ struct file_replacement btf_file = FILE_NOT_PREPARED;
	_cleanup_free_ char *base_path = module_base_path(path);
	struct rebtf_error *err;

	if (!base_path)
		return error_nomem();
	/*
	 * What can fail comes first, for both. A base without which the BTF that is replaced would
	 * be lost has to reach the disk before it.
	 */
	if (base)
		TRY(file_prepare(base_path, base, 1, attrs, !access(path, F_OK), &base_file));
	TRY(file_prepare(path, btf, 1, attrs, false, &btf_file));

	if (base)
		TRY(file_commit(&base_file));
	err = file_commit(&btf_file);
	if (err && base && !base_file.exists)
		unlink(base_path);
	if (err)
		return err;
	if (!base && unlink(base_path) && errno != ENOENT)
		return error_at(error_io(errno, "cannot remove it"), base_path, NULL);
	return NULL;
}

static struct rebtf_error *write_raw(const struct rebtf_module *module, const char *path,
				     const struct section_bytes *btf,
				     const struct section_bytes *base)
{
	_cleanup_free_ uint8_t *packed_btf = NULL;
	_cleanup_free_ uint8_t *packed_base = NULL;
	struct iovec btf_piece, base_piece;

	TRY(pack(module, btf, &btf_piece, &packed_btf));
	if (base->data)
		TRY(pack(module, base, &base_piece, &packed_base));
	return write_pair(path, &module->attrs, &btf_piece, base->data ? &base_piece : NULL);
}

static struct rebtf_error *write_elf(const struct rebtf_module *module, const char *path,
				     const struct section_bytes *btf,
				     const struct section_bytes *base,
				     const struct section_bytes *ids, unsigned int flags)
{
	_cleanup_free_ uint8_t *packed = NULL;
	_cleanup_(elf_output_release) struct elf_output output = {};
	struct elf_change changes[SECTION_COUNT] = {
		{ rebtf_section_name(REBTF_SECTION_BTF), btf->data, btf->size },
	};
	size_t size = module->image.size, count = 1;
	struct iovec piece;

	changes[count++] = (struct elf_change){ rebtf_section_name(REBTF_SECTION_BTF_BASE),
						base->data, base->size };
	if (ids->data)
		changes[count++] = (struct elf_change){ rebtf_section_name(REBTF_SECTION_BTF_IDS),
							ids->data, ids->size };

	if (rebtf_module_signed(module)) {
		if (!(flags & REBTF_MODULE_STRIP_SIGNATURE))
			return error_new(
				REBTF_ERR_SIGNED,
				"the module is signed, and a change would break its signature");
		TRY(signature_start(module->image.data, size, &size));
	}
	TRY(elf_rewrite(module->image.data, size, changes, count, &output));
	if (module->codec == CODEC_NONE)
		return file_replace(path, output.pieces, output.count, &module->attrs);
	TRY(codec_compress(module->codec, output.pieces, output.count, &packed, &piece.iov_len));
	piece.iov_base = packed;
	return file_replace(path, &piece, 1, &module->attrs);
}

struct rebtf_error *rebtf_module_write(const struct rebtf_module *module, const char *path,
				       const struct rebtf_module_output *output)
{
	_cleanup_(section_bytes_release) struct section_bytes base_bytes = {};
	_cleanup_(section_bytes_release) struct section_bytes btf_bytes = {};
	_cleanup_(section_bytes_release) struct section_bytes ids_bytes = {};
	struct rebtf_error *err;

	err = rebtf_write(output->btf, 0, &btf_bytes.data, &btf_bytes.size);
	if (!err && output->distilled_base)
		err = rebtf_write(output->distilled_base, 0, &base_bytes.data, &base_bytes.size);
	if (!err && module->sections[REBTF_SECTION_BTF_IDS].size)
		err = btf_ids_resolve(module->image.data, module->image.size, output->btf,
				      (uint8_t **)&ids_bytes.data, &ids_bytes.size);
	if (!err && module->container == REBTF_CONTAINER_RAW)
		err = write_raw(module, path, &btf_bytes, &base_bytes);
	else if (!err)
		err = write_elf(module, path, &btf_bytes, &base_bytes, &ids_bytes, output->flags);
	return error_at(err, path, NULL);
}

static bool same_file(const char *a, const char *b)
{
	struct stat left, right;

	return !stat(a, &left) && !stat(b, &right) && left.st_dev == right.st_dev &&
	       left.st_ino == right.st_ino;
}

/* The file is read again, as of a compressed one only the unpacked bytes were kept. */
struct rebtf_error *rebtf_module_copy(const struct rebtf_module *module, const char *path)
{
	_cleanup_free_ char *base_path = module_base_path(module->path);
	_cleanup_file_bytes_ struct file_bytes bytes = {};
	_cleanup_file_bytes_ struct file_bytes base_bytes = {};
	bool has_base = module->container == REBTF_CONTAINER_RAW &&
			module->sections[REBTF_SECTION_BTF_BASE].data;
	struct iovec piece, base_piece;

	if (!base_path)
		return error_nomem();
	if (same_file(module->path, path))
		return NULL;
	TRY(file_read(module->path, &bytes));
	piece = (struct iovec){ bytes.data, bytes.size };
	if (module->container != REBTF_CONTAINER_RAW)
		return file_replace(path, &piece, 1, &bytes.attrs);
	if (has_base)
		TRY(file_read(base_path, &base_bytes));
	base_piece = (struct iovec){ base_bytes.data, base_bytes.size };
	return write_pair(path, &bytes.attrs, &piece, has_base ? &base_piece : NULL);
}
