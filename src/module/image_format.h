/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The formats of kernel images that locate the kernel proper, and its release. The claims of a
 * header are hints: a part that it names lies within the image, but need not be a kernel.
 */
#ifndef REBTF_MODULE_IMAGE_FORMAT_H
#define REBTF_MODULE_IMAGE_FORMAT_H

#include "util/error.h"

/* A part of an image. Size 0: no part. */
struct bytes {
	const uint8_t *data;
	size_t size;
};

/* The bytes of @image from @offset on, at most @size of them. */
static inline struct bytes bytes_clip(struct bytes image, uint64_t offset, uint64_t size)
{
	if (offset >= image.size)
		return (struct bytes){};
	if (size > image.size - offset)
		size = image.size - offset;
	return (struct bytes){ image.data + offset, size };
}

/* The compressed kernel in an x86 image, and in an EFI zboot image. */
struct bytes bzimage_payload(struct bytes image);
struct bytes zboot_payload(struct bytes image);

/* The maximum number of kernels in one unified kernel image. Profiles can bring their own. */
#define UKI_KERNELS_MAX 16

/* Sets @kernels to the .linux sections of a unified kernel image, and returns their number. */
size_t uki_kernels(struct bytes image, struct bytes kernels[UKI_KERNELS_MAX]);

/*
 * Sets @rest (malloced) to the parts of a unified kernel image outside of its initrd, microcode and
 * firmware, in order. Errors: NOMEM.
 */
struct rebtf_error *uki_rest(struct bytes image, struct bytes **rest, size_t *count);

/* The size of the release in struct utsname, including the NUL. */
#define RELEASE_SIZE 65

/* Sets @release to the release at the start of @text, or "". A release starts with a digit. */
void release_from_text(struct bytes text, char release[RELEASE_SIZE]);

/*
 * Each of these sets @release to a kernel's release, or to "" if unknown. Sources: the .uname
 * section of a unified kernel image; the header of an x86 image; the banner, "Linux version ...",
 * of an unpacked kernel.
 */
void uki_release(struct bytes image, char release[RELEASE_SIZE]);
void bzimage_release(struct bytes image, char release[RELEASE_SIZE]);
void banner_release(struct bytes image, char release[RELEASE_SIZE]);

/* init/ is linked first, so the banner is in so many first bytes of .rodata. */
#define BANNER_MAX ((size_t)1 << 20)

#endif
