/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Finds the BTF in a kernel image. Some formats locate the kernel proper (x86's boot protocol,
 * EFI's zboot header, unified kernel images). In any other image, of any architecture, we search
 * for compressed streams and for BTF itself.
 *
 * An image can contain BTF that is not its kernel's: in modules of an initramfs, in BPF programs.
 * So the search skips relocatable objects, and accepts only standalone BTF, as a kernel's is, that
 * is neither a distilled base nor a program's. The largest wins. The search is bounded: one pass
 * over the bytes of each layer of compression, and limits on the number of streams and on the total
 * unpacked size.
 */
#ifndef REBTF_MODULE_IMAGE_H
#define REBTF_MODULE_IMAGE_H

#include "module/elf_file.h"
#include "module/image_format.h"
#include "util/cleanup.h"
#include "util/file.h"

/* The BTF that was found. Starts as {}. */
struct image_btf {
	uint8_t *data; /* the bytes in the image; malloced */
	size_t size;
	struct rebtf_btf *btf;
	char release[RELEASE_SIZE]; /* of its kernel; "" if unknown */
	struct rebtf_link link;	    /* of a kernel whose BTF is elsewhere: see carrier.h */
	char *carrier;		    /* the carrier that has the BTF; malloced; or NULL */
	struct file_state state;    /* of a kernel's file before it was read; see kernel.h */
};

void image_btf_release(struct image_btf *found);
#define _cleanup_image_btf_ _cleanup_(image_btf_release)

/*
 * Finds the BTF in the @size bytes of an image, of raw BTF or of an ELF file. @name names the file
 * in errors; may be NULL. Without BTF, sets only @found->link, if there is a link, and the release.
 * Errors: NO_BTF; FORMAT (raw BTF or an ELF file with invalid BTF); UNSUPPORTED (a module other than
 * a carrier, a tar file with several kernels, or unpacked data that is too large); NOMEM.
 */
struct rebtf_error *image_find_btf(const uint8_t *data, size_t size, const char *name,
				   struct image_btf *found);

/* The sections that tell a kernel with BTF from a module. */
enum image_section {
	IMAGE_BTF,
	IMAGE_BTF_BASE,
	IMAGE_THIS_MODULE,
	IMAGE_MODINFO,
	IMAGE_LINK,
	IMAGE_META,
	IMAGE_SECTIONS,
};

/* As elf_find_sections(), for these sections. */
struct rebtf_error *image_find_sections(const struct elf_file *file,
					struct elf_section found[IMAGE_SECTIONS]);

static inline bool image_is_module(const struct elf_section found[IMAGE_SECTIONS])
{
	return found[IMAGE_BTF_BASE].index || found[IMAGE_THIS_MODULE].index;
}

/* Whether @found has a link. Then sets @form and @section to it. */
static inline bool image_has_link(const struct elf_section found[IMAGE_SECTIONS],
				  enum rebtf_link_form *form, const struct elf_section **section)
{
	*form = found[IMAGE_LINK].index ? REBTF_LINK_NAMED : REBTF_LINK_META;
	*section = &found[*form == REBTF_LINK_NAMED ? IMAGE_LINK : IMAGE_META];
	return (*section)->index;
}

/* The error for a module that the user named as a kernel. */
struct rebtf_error *image_not_a_kernel(void);

/* Looks for data other than BTF in a layer of an image. Setting @found ends the search. */
typedef struct rebtf_error *image_look(void *arg, struct bytes layer, bool *found);

/*
 * Calls @look with an image and then with its unpacked contents, in the order of the search for
 * BTF. Skips modules and other relocatable objects. Errors: those of @look, and NOMEM.
 */
struct rebtf_error *image_each_layer(struct bytes image, image_look *look, void *arg);

/* Whether the @size bytes start like raw BTF, in either byte order. */
bool image_is_btf(const uint8_t *data, size_t size);

#endif
