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
#include "module/elf_file.h"
#include "module/image.h"
#include "module/kernel.h"
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

/* @btf stays NULL if there is no .BTF section. */
static struct rebtf_error *open_elf(int fd, const char *path, struct rebtf_btf **btf)
{
	static const char *const name = ".BTF";
	struct elf_section section = {};
	struct rebtf_error *err;
	struct elf_file file;
	void *data;

	TRY(elf_file_open_fd(fd, &file));
	err = elf_find_sections(&file, &name, &section, 1);
	elf_file_close(&file);
	if (err || !section.index)
		return err;
	if (!section.size)
		return error_at(error_new(REBTF_ERR_FORMAT, "the section is empty"), NULL, name);
	data = file_memory(section.size);
	if (!data)
		return error_nomem();
	err = read_range(fd, data, section.offset, section.size);
	if (err) {
		free(data);
		return err;
	}
	return error_at(btf_open(data, section.size, path, NULL, btf), NULL, name);
}

struct rebtf_error *kernel_open_path(const char *path, struct rebtf_btf **btf)
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
		TRY(file_read_fd(fd, path, &image));
		return image_open_btf(image.data, image.size, path, btf);
	}
	*btf = take_ptr(&found);
	return NULL;
}

static bool is_running(const char *release)
{
	struct utsname running;

	return !uname(&running) && !strcmp(release, running.release);
}

struct rebtf_error *rebtf_kernel_open(const char *where, struct rebtf_btf **btf)
{
	struct utsname running;

	if (!where)
		return kernel_open_release("", uname(&running) ? "" : running.release,
					   KERNEL_RUNNING, btf);
	if (strchr(where, '/') || !access(where, F_OK))
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
