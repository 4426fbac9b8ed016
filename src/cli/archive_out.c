/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Writes many files into a directory or a tar archive. Archives are the same in every run: they have
 * no times, users or random order.
 *
 * Source of the format: POSIX.1-2017, pax, "ustar Interchange Format".
 */
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/archive_out.h"
#include "cli/guards.h"
#include "cli/stem.h"
#include "module/tree.h"

#define TAR_BLOCK 512

/* A file that was written. Owns its contents. */
struct archive_file {
	char *name;
	void *data;
	size_t size;
};

struct tar_header {
	char name[100];
	char mode[8];
	char uid[8];
	char gid[8];
	char size[12];
	char mtime[12];
	char checksum[8];
	char type;
	char link[100];
	char magic[6];
	char version[2];
	char user[32];
	char group[32];
	char device[16];
	char prefix[155];
	char unused[12];
};

static const struct archive_ending {
	const char *text;
	enum rebtf_compression compression;
} archive_endings[] = {
	{ ".tar", REBTF_COMPRESSION_NONE },	{ ".tar.gz", REBTF_COMPRESSION_GZIP },
	{ ".tgz", REBTF_COMPRESSION_GZIP },	{ ".tar.xz", REBTF_COMPRESSION_XZ },
	{ ".tar.zst", REBTF_COMPRESSION_ZSTD },
};

void archive_out_init(struct archive_out *out, const char *path)
{
	size_t length = strlen(path);

	*out = (struct archive_out){ .path = path };
	for (size_t i = 0; i < sizeof(archive_endings) / sizeof(*archive_endings); i++) {
		const struct archive_ending *ending = &archive_endings[i];

		if (!stem_ends(path, length, ending->text))
			continue;
		out->is_tar = true;
		out->compression = ending->compression;
	}
}

static void archive_out_free_file(void *arg)
{
	struct archive_file *file = arg;

	free(file->name);
	free(file->data);
	free(file);
}

void archive_out_release(struct archive_out *out)
{
	tdestroy(out->files, archive_out_free_file);
	text_release(&out->tar);
}

/* ------------------------------------------------------------------------------------------ tar */

/* Splits long names at a slash, as the format allows. */
static bool archive_out_name(struct tar_header *h, const char *name)
{
	size_t length = strlen(name);
	const char *slash;

	if (length <= sizeof(h->name)) {
		memcpy(h->name, name, length);
		return true;
	}
	slash = strchr(name + length - sizeof(h->name) - 1, '/');
	if (!slash || (size_t)(slash - name) > sizeof(h->prefix) || !slash[1])
		return false;
	memcpy(h->prefix, name, (size_t)(slash - name));
	memcpy(h->name, slash + 1, strlen(slash + 1));
	return true;
}

static struct rebtf_error *archive_out_header(struct archive_out *out, const char *name,
					      const char *link, size_t size)
{
	struct tar_header h = { .mode = "0000644", .uid = "0000000", .gid = "0000000" };
	unsigned int sum = 0;

	if (!archive_out_name(&h, name) || (link && strlen(link) > sizeof(h.link)))
		return rebtf_error_new(REBTF_ERR_ARGUMENT, name, NULL,
				       "the name is too long for a tar archive");
	snprintf(h.size, sizeof(h.size), "%011zo", size);
	memcpy(h.mtime, "00000000000", sizeof(h.mtime));
	h.type = link ? '1' : '0';
	if (link)
		memcpy(h.link, link, strlen(link));
	memcpy(h.magic, "ustar", sizeof(h.magic));
	memcpy(h.version, "00", sizeof(h.version));
	/* The checksum is that of a header with spaces in its place. */
	memset(h.checksum, ' ', sizeof(h.checksum));
	for (size_t i = 0; i < sizeof(h); i++)
		sum += ((const unsigned char *)&h)[i];
	snprintf(h.checksum, sizeof(h.checksum), "%06o", sum);
	text_add_bytes(&out->tar, (const char *)&h, sizeof(h));
	return NULL;
}

static struct rebtf_error *archive_out_add_tar(struct archive_out *out, const char *name,
					       const char *first, const void *data, size_t size)
{
	static const char zeros[TAR_BLOCK];

	TRY(archive_out_header(out, name, first, first ? 0 : size));
	if (!first) {
		text_add_bytes(&out->tar, data, size);
		text_add_bytes(&out->tar, zeros, (TAR_BLOCK - size % TAR_BLOCK) % TAR_BLOCK);
	}
	return out->tar.failed ? rebtf_error_nomem() : NULL;
}

/* ----------------------------------------------------------------------------------------- both */

static int archive_out_compare(const void *a, const void *b)
{
	const struct archive_file *left = a, *right = b;

	if (left->size != right->size)
		return left->size < right->size ? -1 : 1;
	return memcmp(left->data, right->data, left->size);
}

static char *archive_out_path(const struct archive_out *out, const char *name)
{
	char *path;

	return asprintf(&path, "%s/%s", out->path, name) < 0 ? NULL : path;
}

static struct rebtf_error *archive_out_store(struct archive_out *out, const char *name,
					     const char *first, void *data, size_t size)
{
	GUARD(memory) char *path = NULL, *target = NULL;

	if (out->is_tar)
		return archive_out_add_tar(out, name, first, data, size);
	path = archive_out_path(out, name);
	target = first ? archive_out_path(out, first) : NULL;
	if (!path || (first && !target))
		return rebtf_error_nomem();
	return first ? tree_link_file(target, path) : tree_write_file(path, data, size);
}

static struct archive_file *archive_out_new_file(const char *name, void *data, size_t size)
{
	struct archive_file *file = malloc(sizeof(*file));

	if (!file) {
		free(data);
		return NULL;
	}
	*file = (struct archive_file){ strdup(name), data, size };
	if (file->name)
		return file;
	archive_out_free_file(file);
	return NULL;
}

struct rebtf_error *archive_out_add(struct archive_out *out, const char *name, void *data,
				    size_t size, const char **first)
{
	struct archive_file *file = archive_out_new_file(name, data, size), *found;
	struct archive_file **node;
	struct rebtf_error *err;

	node = file ? tsearch(file, &out->files, archive_out_compare) : NULL;
	if (!node) {
		if (file)
			archive_out_free_file(file);
		return rebtf_error_nomem();
	}
	found = *node;
	*first = found == file ? NULL : found->name;
	err = archive_out_store(out, name, *first, data, size);
	/* Later files cannot be links to a file that was not written. */
	if (err && found == file)
		tdelete(file, &out->files, archive_out_compare);
	if (err || found != file)
		archive_out_free_file(file);
	return err;
}

struct rebtf_error *archive_out_finish(struct archive_out *out)
{
	static const char end[2 * TAR_BLOCK];
	GUARD(memory) void *packed = NULL;
	size_t size;

	if (!out->is_tar)
		return NULL;
	text_add_bytes(&out->tar, end, sizeof(end));
	if (out->tar.failed)
		return rebtf_error_nomem();
	if (out->compression == REBTF_COMPRESSION_NONE)
		return tree_write_file(out->path, out->tar.data, out->tar.size);
	TRY(rebtf_compress(out->compression, out->tar.data, out->tar.size, &packed, &size));
	return tree_write_file(out->path, packed, size);
}
