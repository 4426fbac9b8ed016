/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Opens kernels as if they were modules. So operations on files with BTF also work on a kernel
 * image, and on a kernel named by its release.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "module/archive.h"
#include "module/elf_file.h"
#include "module/kernel.h"
#include "module/module.h"
#include "module/unpacked.h"
#include "util/options.h"

/* Enough of a file to recognize its format. */
#define START_SIZE 4096u

/* Larger files are only searched if they start like an image or an archive. */
#define UNKNOWN_SIZE_MAX (256ll << 20)

bool module_looks_like_image(const uint8_t *data, size_t size)
{
	const struct bytes start = { data, size };
	static const struct {
		size_t at, size;
		const char *magic;
	} magics[] = {
		{ 0, 2, "MZ" },		      /* a kernel with an EFI stub, or a unified image */
		{ 0x202, 4, "HdrS" },	      /* x86 without such a stub */
		{ 0, 4, "\xd0\x0d\xfe\xed" }, /* a flattened image tree */
		{ 0, 4, "\x27\x05\x19\x56" }, /* U-Boot's older format */
		{ 0, 8, "ANDROID!" },	      /* Android's boot images */
		{ 0, 8, "!<arch>\n" },	      /* a Debian package */
	};

	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++) {
		if (start.size >= magics[i].at + magics[i].size &&
		    !memcmp(start.data + magics[i].at, magics[i].magic, magics[i].size))
			return true;
	}
	return tar_detect(start) || rpm_detect(start) ||
	       codec_detect(start.data, start.size) != CODEC_NONE;
}

/*
 * Whether to search the file for a kernel. A disk image, named by mistake, must cost next to no
 * time. Only the BTF is read of a vmlinux that is too large to read whole. The start of a pipe was
 * already read, so the rest must not count as a file.
 */
static bool may_be_image(int fd, bool *looks_like_one)
{
	uint8_t start[START_SIZE];
	struct stat st;
	ssize_t n;

	*looks_like_one = false;
	if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		return false;
	n = pread(fd, start, sizeof(start), 0);
	if (n <= 0)
		return false;
	*looks_like_one = module_looks_like_image(start, (size_t)n);
	return *looks_like_one || st.st_size <= UNKNOWN_SIZE_MAX ||
	       (st.st_size > (off_t)FILE_SIZE_MAX && elf_detect(start, (size_t)n));
}

/* Makes a module of the kernel that was found in a file, and takes over its bytes. */
static struct rebtf_error *make_module(struct image_btf *found, struct rebtf_module **module)
{
	const char *release = rebtf_kernel_release(found->btf);
	struct rebtf_module *new_module;
	struct rebtf_error *err;

	TRY(module_new(rebtf_kernel_file(found->btf), &new_module));
	new_module->container = REBTF_CONTAINER_IMAGE;
	new_module->release = release ? strdup(release) : NULL;
	if (release && !new_module->release) {
		rebtf_module_free(new_module);
		return error_nomem();
	}
	err = unpacked_take(found->size);
	if (err) {
		rebtf_module_free(new_module);
		return err;
	}
	new_module->unpacked = found->size;
	new_module->state = found->state;
	new_module->link = found->link;
	new_module->carrier = take_ptr(&found->carrier);
	new_module->link.carrier = new_module->carrier;
	new_module->image.data = take_ptr(&found->data);
	new_module->image.size = found->size;
	new_module->sections[REBTF_SECTION_BTF].data = new_module->image.data;
	new_module->sections[REBTF_SECTION_BTF].size = found->size;
	*module = new_module;
	return NULL;
}

/* The file may be an ELF file that is too large to read whole. */
static struct rebtf_error *take_bytes(struct image_btf *found)
{
	void *data;

	if (found->data)
		return NULL;
	TRY(rebtf_btf_write(found->btf, NULL, &data, &found->size));
	found->data = data;
	return NULL;
}

static struct rebtf_error *open_release(const char *release,
					const struct rebtf_kernel_options *options,
					struct rebtf_module **module)
{
	_cleanup_image_btf_ struct image_btf found = {};
	struct rebtf_error *err;

	TRY(kernel_find(release, options, NULL, &found));
	if (found.data)
		return make_module(&found, module);
	err = rebtf_module_open(rebtf_kernel_file(found.btf), NULL, module);
	if (err && err->code == REBTF_ERR_UNSUPPORTED) {
		rebtf_error_free(err);
		TRY(take_bytes(&found));
		return make_module(&found, module);
	}
	TRY(err);
	(*module)->release = strdup(rebtf_kernel_release(found.btf));
	if ((*module)->release)
		return NULL;
	rebtf_module_free(take_ptr(module));
	return error_nomem();
}

/* Sets @has_link, also after an error, if the file is a kernel that has a link to its BTF. */
static struct rebtf_error *module_kernel_open_image(int fd, const char *path, const char *cache,
						    struct rebtf_module **module, bool *has_link)
{
	_cleanup_image_btf_ struct image_btf found = {};
	struct rebtf_error *err = kernel_file_open(fd, path, cache, &found);

	*has_link = found.link.form;
	TRY(err);
	TRY(take_bytes(&found));
	return make_module(&found, module);
}

/*
 * Tries to open a file as a kernel image, after @no_module, the error of opening it as a module.
 * Frees @no_module unless it returns it.
 */
static struct rebtf_error *try_image(const char *path, const char *cache,
				     struct rebtf_error *no_module, struct rebtf_module **module)
{
	_cleanup_close_ int fd = -1;
	bool looks_like_one = false, has_link = false;
	struct rebtf_error *err = file_open(path, &fd);

	if (err || !may_be_image(fd, &looks_like_one)) {
		rebtf_error_free(err);
		return no_module;
	}
	err = module_kernel_open_image(fd, path, cache, module, &has_link);
	if (err && err->code != REBTF_ERR_NOMEM && !has_link &&
	    (!looks_like_one || no_module->code == REBTF_ERR_NO_BTF)) {
		rebtf_error_free(err);
		return no_module;
	}
	rebtf_error_free(no_module);
	return err;
}

/* Whether a file that failed to open as a module with @err can be a kernel. */
static bool is_no_module(const struct rebtf_error *err)
{
	return !err->section && (err->code == REBTF_ERR_FORMAT || err->code == REBTF_ERR_NO_BTF ||
				 err->code == REBTF_ERR_UNSUPPORTED);
}

struct rebtf_error *module_kernel_open(const char *where,
				       const struct rebtf_kernel_options *options,
				       struct rebtf_module **module)
{
	struct rebtf_kernel_options all;
	struct rebtf_error *err;

	TRY(OPTIONS_COPY(rebtf_kernel_options, &all, options));
	if (all.has_fd)
		return error_new(REBTF_ERR_ARGUMENT, "cannot search an open file for a kernel");
	if (all.installed || !kernel_is_path(where))
		return open_release(where, &all, module);
	err = rebtf_module_open(where, NULL, module);
	if (!err || !is_no_module(err))
		return err;
	return try_image(where, all.cache_dir, err, module);
}
