/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Facts about a kernel from its image, apart from its BTF: release, version magic, exported
 * symbols, configuration. The image is a vmlinux, or a bootable image with a compressed one.
 */
#ifndef REBTF_MODULE_KERNEL_IMAGE_H
#define REBTF_MODULE_KERNEL_IMAGE_H

#include "module/exports.h"
#include "module/kconfig.h"

struct kernel_image {
	char *release;	/* "6.12.117+deb12-amd64"; NULL: unknown, as below */
	char *vermagic; /* the string that modules must have */
	char *banner;	/* "Linux version ... (builder@host) ..." */
	struct kconfig config;
	struct exports exports;
	char *no_exports; /* why it has no exports; NULL if it has some */
	/* From its ELF file; 0 without one. */
	uint16_t machine;
	uint8_t elf_class;
	uint8_t encoding;
};

/*
 * Reads the image in @fd, which was opened as @path. Raw BTF has no such facts. Errors: IO,
 * UNSUPPORTED (too large), NOMEM.
 */
struct rebtf_error *kernel_image_read(int fd, const char *path, struct kernel_image *image);

/* As kernel_image_read(), from memory. Errors: NOMEM. */
struct rebtf_error *kernel_image_read_mem(const uint8_t *data, size_t size,
					  struct kernel_image *image);

/* Frees the contents and leaves an empty image. */
void kernel_image_release(struct kernel_image *image);

#endif
