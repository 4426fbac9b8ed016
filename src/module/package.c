/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Reads packages with libarchive, which is loaded for the first package.
 *
 * A Debian package is an ar archive of tar archives. One of them, data.tar, has the files.
 */
#include <archive.h>
#include <archive_entry.h>
#include <string.h>
#include <unistd.h>

#include "module/archive.h"
#include "module/codec.h"
#include "module/elf_file.h"
#include "module/image.h"
#include "module/library.h"
#include "module/package.h"
#include "module/tree.h"
#include "util/cleanup.h"

/* The functions of libarchive that we use: f(name) for each. */
/* clang-format off */
#define PACKAGE_FUNCTIONS(f) \
	f(archive_entry_filetype) \
	f(archive_entry_pathname) \
	f(archive_entry_size) \
	f(archive_error_string) \
	f(archive_filter_bytes) \
	f(archive_filter_count) \
	f(archive_format) \
	f(archive_read_data) \
	f(archive_read_data_block) \
	f(archive_read_free) \
	f(archive_read_new) \
	f(archive_read_next_header) \
	f(archive_read_open) \
	f(archive_read_open_fd) \
	f(archive_read_support_filter_bzip2) \
	f(archive_read_support_filter_gzip) \
	f(archive_read_support_filter_lzma) \
	f(archive_read_support_filter_rpm) \
	f(archive_read_support_filter_xz) \
	f(archive_read_support_filter_zstd) \
	f(archive_read_support_format_ar) \
	f(archive_read_support_format_cpio) \
	f(archive_read_support_format_tar)
/* clang-format on */

static struct {
	PACKAGE_FUNCTIONS(LIBRARY_POINTER)
} package_library;

static struct library archive_library = LIBRARY(package_library, PACKAGE_FUNCTIONS,
						"packages need libarchive", "libarchive.so.13");

/*
 * Debian's kernels unpack to the size of the package (6.12, whose modules are compressed) or 6 times as
 * much (6.1). A few KB of zeros can unpack to gigabytes.
 */
#define PACKAGE_RATIO_MAX 128
#define PACKAGE_BLOCK	  65536
/* That of RPM packages, compression, and none, which libarchive counts too. */
#define PACKAGE_FILTERS_MAX 3

/* An archive that is read. */
struct package {
	struct archive *archive;
	struct archive *outer; /* whose member it is; or NULL */
	uint64_t size_max;     /* of its unpacked contents */
	package_visit *visit;  /* NULL: only look for a module */
	void *arg;
	bool has_module;
};

static void cleanup_package_archive(struct archive **archive)
{
	if (*archive)
		package_library.archive_read_free(*archive);
}

static struct rebtf_error *package_new_reader(struct archive **reader)
{
	struct archive *a = package_library.archive_read_new();

	if (!a)
		return error_nomem();
	package_library.archive_read_support_filter_bzip2(a);
	package_library.archive_read_support_filter_gzip(a);
	package_library.archive_read_support_filter_lzma(a);
	package_library.archive_read_support_filter_rpm(a);
	package_library.archive_read_support_filter_xz(a);
	package_library.archive_read_support_filter_zstd(a);
	package_library.archive_read_support_format_ar(a);
	package_library.archive_read_support_format_cpio(a);
	package_library.archive_read_support_format_tar(a);
	*reader = a;
	return NULL;
}

static struct rebtf_error *package_damaged(struct archive *archive)
{
	const char *why = package_library.archive_error_string(archive);

	return error_new(REBTF_ERR_FORMAT, "damaged package: %s", why ?: "the archive ends early");
}

static struct rebtf_error *package_check_size(const struct package *p, struct archive_entry *entry)
{
	uint64_t done = (uint64_t)package_library.archive_filter_bytes(p->archive, 0);
	/* Also what will be skipped. Only an entry that is a hard link has no size. */
	uint64_t size = (uint64_t)package_library.archive_entry_size(entry);

	if (done <= p->size_max && size <= p->size_max - done)
		return NULL;
	return error_new(REBTF_ERR_UNSUPPORTED, "the package unpacks to more than %llu bytes",
			 (unsigned long long)p->size_max);
}

/* --------------------------------------------------------------------------------------- modules */

/*
 * Reads the member whose header was read last. Memory grows with its contents, not with the size that
 * the header claims.
 */
static struct rebtf_error *package_read_member(const struct package *p, struct file_bytes *bytes)
{
	size_t room = 0;

	for (;;) {
		la_ssize_t size;

		if (bytes->size == room) {
			uint8_t *data;

			if (room >= CODEC_OUTPUT_MAX)
				return error_new(REBTF_ERR_UNSUPPORTED,
						 "a module of more than %zu bytes",
						 CODEC_OUTPUT_MAX);
			room = room ? 2 * room : PACKAGE_BLOCK;
			data = realloc(bytes->data, room);
			if (!data)
				return error_nomem();
			bytes->data = data;
		}
		size = package_library.archive_read_data(p->archive, bytes->data + bytes->size,
							 room - bytes->size);
		if (size < 0)
			return package_damaged(p->archive);
		if (!size)
			return NULL;
		bytes->size += (size_t)size;
	}
}

static struct rebtf_error *package_visit_module(struct package *p, const char *name)
{
	_cleanup_file_bytes_ struct file_bytes bytes = {};

	p->has_module = true;
	if (!p->visit)
		return NULL;
	TRY(package_read_member(p, &bytes));
	return p->visit(p->arg, name, &bytes);
}

/* -------------------------------------------------------------------------------------- archives */

/* Gives the archive inside another its next bytes. */
static la_ssize_t package_read_outer(struct archive *archive, void *arg, const void **data)
{
	const struct package *p = arg;
	la_int64_t offset;
	size_t size = 0;
	int rc = package_library.archive_read_data_block(p->outer, data, &size, &offset);

	(void)archive;
	return rc == ARCHIVE_OK ? (la_ssize_t)size : rc == ARCHIVE_EOF ? 0 : -1;
}

static struct rebtf_error *package_walk(struct package *p, bool *is_package);

static struct rebtf_error *package_walk_data(struct package *outer)
{
	_cleanup_(cleanup_package_archive) struct archive *reader = NULL;
	struct package p = *outer;
	struct rebtf_error *err;
	bool is_package;

	TRY(package_new_reader(&reader));
	p.archive = reader;
	p.outer = outer->archive;
	if (package_library.archive_read_open(reader, &p, NULL, package_read_outer, NULL) !=
	    ARCHIVE_OK)
		return package_damaged(reader);
	err = package_walk(&p, &is_package);
	if (!err && !is_package)
		err = package_damaged(reader);
	outer->has_module |= p.has_module;
	return err;
}

static bool package_is_data(const struct package *p, const char *name)
{
	int format = package_library.archive_format(p->archive) & ARCHIVE_FORMAT_BASE_MASK;

	return !p->outer && format == ARCHIVE_FORMAT_AR && !strncmp(name, "data.tar", 8);
}

/* Members of ar archives can have a mode without a type. */
static bool package_is_regular(struct archive_entry *entry)
{
	mode_t type = package_library.archive_entry_filetype(entry);

	return !type || type == AE_IFREG;
}

/* *@is_package: false if the file is no archive. */
static struct rebtf_error *package_walk(struct package *p, bool *is_package)
{
	*is_package = false;
	while (p->visit || !p->has_module) {
		struct archive_entry *entry;
		int rc = package_library.archive_read_next_header(p->archive, &entry);
		const char *name;

		if (rc == ARCHIVE_EOF)
			break;
		if (rc < ARCHIVE_WARN ||
		    package_library.archive_filter_count(p->archive) > PACKAGE_FILTERS_MAX)
			return *is_package ? package_damaged(p->archive) : NULL;
		*is_package = true;
		TRY(package_check_size(p, entry));
		name = package_library.archive_entry_pathname(entry);
		if (!name || !package_is_regular(entry))
			continue;
		if (tree_loadable_length(name))
			TRY(package_visit_module(p, name));
		else if (package_is_data(p, name))
			TRY(package_walk_data(p));
	}
	return NULL;
}

/* -------------------------------------------------------------------------------------- the file */

/* Most files are modules and BTF, for which libarchive need not be loaded. */
static bool package_can_be(const char *path, int fd)
{
	uint8_t start[EI_NIDENT];
	size_t size = file_read_at(fd, start, sizeof(start), 0);

	return !elf_detect(start, size) && !image_is_btf(start, size) &&
	       !tree_loadable_length(path);
}

static struct rebtf_error *package_read(const char *path, int fd, struct package *p,
					bool *is_package)
{
	_cleanup_(cleanup_package_archive) struct archive *reader = NULL;
	struct stat st;

	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || !package_can_be(path, fd))
		return NULL;
	TRY(library_get(&archive_library));
	TRY(package_new_reader(&reader));
	p->archive = reader;
	p->size_max = PACKAGE_RATIO_MAX * (uint64_t)st.st_size;
	if (package_library.archive_read_open_fd(reader, fd, PACKAGE_BLOCK) != ARCHIVE_OK)
		return NULL;
	return package_walk(p, is_package);
}

static struct rebtf_error *package_open(const char *path, struct package *p, bool *is_package)
{
	_cleanup_close_ int fd = -1;

	*is_package = false;
	TRY(file_open(path, &fd));
	return error_at(package_read(path, fd, p, is_package), path, NULL);
}

struct rebtf_error *package_each_module(const char *path, package_visit *visit, void *arg,
					bool *is_package)
{
	struct package p = { .visit = visit, .arg = arg };

	return package_open(path, &p, is_package);
}

bool rebtf_package_has_modules(const char *path)
{
	struct package p = {};
	bool is_package;

	rebtf_error_free(package_open(path, &p, &is_package));
	return p.has_module;
}
