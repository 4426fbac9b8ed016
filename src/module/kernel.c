/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Opening a kernel's BTF by whatever name the caller has for it: nothing (the running kernel), a
 * path, or a release. An ELF file is read only as far as its .BTF section, since a vmlinux with
 * debug information can have a gigabyte, and raw BTF is read where it will stay; every other image
 * is read whole and searched (image.h).
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include "format/btf.h"
#include "format/header.h"
#include "module/elf_file.h"
#include "module/image.h"
#include "module/kernel.h"
#include "module/module.h"
#include "util/file.h"

/*
 * Reads a range of a file that is known to lie within it, unless somebody cuts the file short
 * meanwhile.
 */
static struct rebtf_error *read_range(int fd, void *data, uint64_t offset, size_t size)
{
	for (size_t done = 0; done < size;) {
		ssize_t n = pread(fd, (char *)data + done, size - done, (off_t)(offset + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_io(errno, "cannot read");
		if (!n)
			return error_new(REBTF_ERR_FORMAT,
					 "the file became shorter while it was read");
		done += (size_t)n;
	}
	return NULL;
}

static struct rebtf_error *not_a_kernel(void)
{
	return error_new(REBTF_ERR_UNSUPPORTED, "is a module's BTF, not a kernel's");
}

/* @btf stays NULL if there is no .BTF section. */
static struct rebtf_error *open_elf(int fd, const char *path, struct rebtf_btf **btf)
{
	enum { BTF, THIS_MODULE, SECTIONS };
	static const char *const names[] = { ".BTF", ".gnu.linkonce.this_module" };
	struct elf_section sections[SECTIONS] = {};
	const struct elf_section *section = &sections[BTF];
	struct rebtf_error *err;
	struct elf_file file;
	void *data;

	TRY(elf_file_open_fd(fd, &file));
	err = elf_find_sections(&file, names, sections, SECTIONS);
	elf_file_close(&file);
	if (err)
		return err;
	if (sections[THIS_MODULE].index)
		return not_a_kernel();
	if (!section->index)
		return NULL;
	if (!section->size)
		return error_at(error_new(REBTF_ERR_FORMAT, "the section is empty"), NULL,
				names[BTF]);
	data = file_memory(section->size);
	if (!data)
		return error_nomem();
	err = read_range(fd, data, section->offset, section->size);
	if (err) {
		free(data);
		return err;
	}
	return error_at(btf_open(data, section->size, path, NULL, btf), NULL, names[BTF]);
}

/*
 * Whether this is split BTF, as far as a quick look shows it: its strings go on from others, or its
 * first types refer to others.
 */
static bool is_split(const uint8_t *data, size_t size)
{
	struct btf_sections sections;
	struct rebtf_error *err = header_parse(data, size, &sections);

	if (err) {
		rebtf_error_free(err);
		return false;
	}
	return (sections.strings.size && data[sections.strings.start]) ||
	       btf_looks_split(data, size);
}

/*
 * Calls a module by that name where reading it as a kernel only led to some error in its BTF, which a
 * user cannot make sense of. Frees @err if it returns another one.
 */
static struct rebtf_error *blame_module(const char *path, struct rebtf_error *err)
{
	struct rebtf_module *module = NULL;
	struct rebtf_error *no_module;
	const void *btf;
	bool is_module;
	size_t size;

	if (!err || err->code == REBTF_ERR_NOMEM || err->code == REBTF_ERR_IO)
		return err;
	no_module = rebtf_module_open(path, &module);
	if (no_module) {
		rebtf_error_free(no_module);
		return err;
	}
	btf = rebtf_module_section(module, REBTF_SECTION_BTF, &size);
	is_module = rebtf_module_has_distilled(module) || is_split(btf, size);
	rebtf_module_free(module);
	if (!is_module)
		return err;
	rebtf_error_free(err);
	return error_at(not_a_kernel(), path, NULL);
}

static struct rebtf_error *open_kernel(const char *path, struct rebtf_btf **btf)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	_cleanup_file_bytes_ struct file_bytes image = {};
	_cleanup_unref_ struct rebtf_btf *found = NULL;
	uint8_t magic[4];

	if (fd < 0)
		return error_at(error_io(errno, "cannot open"), path, NULL);
	if (pread(fd, magic, sizeof(magic), 0) == sizeof(magic)) {
		if (image_is_btf(magic, sizeof(magic)))
			return rebtf_open_fd(fd, path, NULL, btf);
		if (elf_detect(magic, sizeof(magic)))
			TRY(error_at(open_elf(fd, path, &found), path, NULL));
	}
	if (!found) {
		_cleanup_image_btf_ struct image_btf in_image = {};

		TRY(file_read_fd(fd, path, &image));
		TRY(image_find_btf(image.data, image.size, path, &in_image));
		*btf = take_ptr(&in_image.btf);
		return NULL;
	}
	*btf = take_ptr(&found);
	return NULL;
}

struct rebtf_error *kernel_open_path(const char *path, struct rebtf_btf **btf)
{
	return blame_module(path, open_kernel(path, btf));
}

static bool is_running(const char *release)
{
	struct utsname running;

	return !uname(&running) && !strcmp(release, running.release);
}

static bool ends_in(const char *where, const char *ending)
{
	size_t length = strlen(where), size = strlen(ending);

	return length >= size && !strcmp(where + length - size, ending);
}

/*
 * Releases start with the numbers of a version and contain no slash. A name that looks like that of a
 * file is none, so a file that is missing is the whole error.
 */
static bool looks_like_path(const char *where)
{
	static const char *const endings[] = { ".btf", ".ko", ".xz",  ".zst", ".gz", ".lz4",
					       ".bz2", ".o",  ".elf", ".efi", ".img" };
	static const char *const starts[] = { "vmlinu", "bzImage", "Image", "uImage", "zImage" };

	if (*where == '.' || strchr(where, '/'))
		return true;
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		if (ends_in(where, endings[i]))
			return true;
	}
	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		if (!strncmp(where, starts[i], strlen(starts[i])))
			return true;
	}
	return false;
}

struct rebtf_error *rebtf_kernel_open(const char *where, struct rebtf_btf **btf)
{
	struct utsname running;

	if (!where)
		return kernel_open_release("", uname(&running) ? "" : running.release,
					   KERNEL_RUNNING, btf);
	if (looks_like_path(where) || !access(where, F_OK))
		return kernel_open_path(where, btf);
	return kernel_open_release("", where, is_running(where) ? KERNEL_RUNNING : KERNEL_ANY, btf);
}

struct rebtf_error *rebtf_kernel_open_in(const char *root, const char *release,
					 struct rebtf_btf **btf)
{
	bool running = !root && is_running(release);

	if (!*release || strchr(release, '/'))
		return error_at(error_new(REBTF_ERR_ARGUMENT, "this is no kernel release"), release,
				NULL);
	return kernel_open_release(root ?: "", release,
				   running ? KERNEL_INSTALLED_RUNNING : KERNEL_INSTALLED, btf);
}
