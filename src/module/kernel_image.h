/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * What a kernel's image says about the kernel, apart from its BTF: release, version magic, exported
 * symbols, configuration. The image is a vmlinux, or an image to boot that has one packed inside.
 */
#ifndef REBTF_MODULE_KERNEL_IMAGE_H
#define REBTF_MODULE_KERNEL_IMAGE_H

#include "module/exports.h"
#include "module/kconfig.h"

struct kernel_image {
	char *release;	/* "6.12.117+deb12-amd64"; NULL if it does not say; likewise: */
	char *vermagic; /* the string that modules have to have */
	char *banner;	/* "Linux version ... (builder@host) ..." */
	struct kconfig config;
	struct exports exports;
	char *no_exports; /* why there are none; NULL if there are */
	/* Of its ELF file; 0 if there is none. */
	uint16_t machine;
	uint8_t elf_class;
	uint8_t encoding;
};

/*
 * Reads the image in @fd, which was opened as @path. Raw BTF says nothing. Errors: IO, UNSUPPORTED
 * (too large), NOMEM.
 */
struct rebtf_error *kernel_image_read(int fd, const char *path, struct kernel_image *image);

/* As kernel_image_read(), from memory. Errors: NOMEM. */
struct rebtf_error *kernel_image_read_mem(const uint8_t *data, size_t size,
					  struct kernel_image *image);

/* Frees what the image holds and leaves an empty one. */
void kernel_image_release(struct kernel_image *image);

#endif
