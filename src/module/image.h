/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The BTF in a kernel image. Where the format tells where the kernel proper is (x86's boot
 * protocol, EFI's zboot header, unified kernel images) we look there. Every other image, of any
 * architecture, is searched for compressed streams and for BTF itself. An image can hold other BTF
 * than its kernel's: in modules of an initramfs, in BPF programs. So what is found must be
 * standalone, as a kernel's is, outside of relocatable objects, and no distilled base and no
 * program's; and of several the largest counts. The search is bounded: one pass over the bytes for
 * each layer of compression, and limits on how many streams are tried and on how much is unpacked
 * in all.
 */
#ifndef REBTF_MODULE_IMAGE_H
#define REBTF_MODULE_IMAGE_H

#include "module/image_format.h"
#include "util/cleanup.h"

/* The BTF that was found. Starts as {}. */
struct image_btf {
	uint8_t *data; /* as it stands in the image; malloced */
	size_t size;
	struct rebtf_btf *btf;
	char release[RELEASE_SIZE]; /* of its kernel; "" if the image does not tell */
};

void image_btf_release(struct image_btf *found);
#define _cleanup_image_btf_ _cleanup_(image_btf_release)

/*
 * Finds the BTF in the @size bytes of an image, or of raw BTF or an ELF file. @name stands for the
 * file in errors; may be NULL. Errors: NO_BTF; FORMAT, if the file is raw BTF or an ELF file with
 * BTF that is bad; UNSUPPORTED, if it is a module with distilled BTF; NOMEM.
 */
struct rebtf_error *image_find_btf(const uint8_t *data, size_t size, const char *name,
				   struct image_btf *found);

/* The error for a module that is named as a kernel. */
struct rebtf_error *image_not_a_kernel(void);

/*
 * Looks for something else than BTF in a layer of an image, and sets @found if it is there; then no
 * more layers are looked at.
 */
typedef struct rebtf_error *image_look(void *arg, struct bytes layer, bool *found);

/*
 * Calls @look with an image, and then with what is unpacked from it, in the order in which BTF is
 * searched for. Modules and other relocatable objects are passed over. Errors: @look's, and NOMEM.
 */
struct rebtf_error *image_each_layer(struct bytes image, image_look *look, void *arg);

/* Whether the @size bytes begin as raw BTF does, in either byte order. */
bool image_is_btf(const uint8_t *data, size_t size);

#endif
