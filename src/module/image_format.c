/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Reads the headers of kernel images. Sources: Documentation/arch/x86/boot.rst (setup_sects,
 * "HdrS", kernel_version, payload_offset, payload_length); the header that
 * drivers/firmware/efi/libstub/zboot-header.S makes ("MZ", "zimg", offset and size of the payload);
 * the UAPI group's specification "Unified Kernel Image" (.linux, .initrd, .uname and other
 * sections); init/version.c (linux_banner).
 */
#include <string.h>

#include "module/image_format.h"
#include "module/pe.h"
#include "util/bytes.h"
#include "util/cleanup.h"
#include "util/order.h"

/* ------------------------------------------------------------------------------------- payloads */

/* Offsets in the header of an x86 image. */
enum {
	SETUP_SECTS = 0x1f1,
	SETUP_MAGIC = 0x202,
	SETUP_VERSION = 0x206,
	KERNEL_VERSION = 0x20e,
	PAYLOAD_OFFSET = 0x248,
	PAYLOAD_LENGTH = 0x24c,
	SETUP_HEADER_END = 0x250,
	SECTOR = 512,
};

/* Version 2.08 of the boot protocol introduced the payload's fields. */
static bool is_bzimage(struct bytes image)
{
	return image.size >= SETUP_HEADER_END && !memcmp(image.data + SETUP_MAGIC, "HdrS", 4) &&
	       get16(image.data + SETUP_VERSION, false) >= 0x208;
}

/* A part that lies completely within the image; else empty. */
static struct bytes whole_part(struct bytes image, uint64_t offset, uint64_t size)
{
	struct bytes part = bytes_clip(image, offset, size);

	return part.size == size ? part : (struct bytes){};
}

struct bytes bzimage_payload(struct bytes image)
{
	uint64_t start;

	if (!is_bzimage(image))
		return (struct bytes){};
	/* The boot sector and the setup sectors (0 means four). */
	start = ((image.data[SETUP_SECTS] ?: 4) + 1) * (uint64_t)SECTOR;
	return whole_part(image, start + get32(image.data + PAYLOAD_OFFSET, false),
			  get32(image.data + PAYLOAD_LENGTH, false));
}

struct bytes zboot_payload(struct bytes image)
{
	if (image.size < 16 || memcmp(image.data, "MZ", 2) || memcmp(image.data + 4, "zimg", 4))
		return (struct bytes){};
	return whole_part(image, get32(image.data + 8, false), get32(image.data + 12, false));
}

/* ------------------------------------------------------------------------- unified kernel images */

/*
 * The bytes of section @i. A header can claim too much, so end the section at the start of the next
 * one in the file.
 */
static struct bytes image_format_section_bytes(const struct pe_file *pe, unsigned int i)
{
	struct pe_section section = pe_section(pe, i);
	struct bytes file = { pe->data, pe->size };
	uint64_t end = (uint64_t)section.offset + section.size;

	for (unsigned int other = 0; other < pe->section_count; other++) {
		struct pe_section next = pe_section(pe, other);

		if (next.size && next.offset > section.offset && next.offset < end)
			end = next.offset;
	}
	return bytes_clip(file, section.offset, end - section.offset);
}

size_t uki_kernels(struct bytes image, struct bytes kernels[UKI_KERNELS_MAX])
{
	struct pe_file pe;
	size_t count = 0;

	if (!pe_open(image.data, image.size, &pe))
		return 0;
	for (unsigned int i = 0; i < pe.section_count && count < UKI_KERNELS_MAX; i++) {
		if (!strcmp(pe_section(&pe, i).name, ".linux"))
			kernels[count++] = image_format_section_bytes(&pe, i);
	}
	return count;
}

/* Sections that can contain modules or programs with BTF, but no kernel. */
static bool is_no_kernel(const char *name)
{
	return !strcmp(name, ".initrd") || !strcmp(name, ".ucode") || !strcmp(name, ".efifw");
}

static int by_offset(const void *a, const void *b)
{
	const struct pe_section *left = a, *right = b;

	return by_number(left->offset, right->offset);
}

struct rebtf_error *uki_rest(struct bytes image, struct bytes **rest, size_t *count)
{
	_cleanup_free_ struct pe_section *left_out = NULL;
	size_t left_out_count = 0;
	uint64_t start = 0;
	struct bytes *parts;
	struct pe_file pe;

	*rest = NULL;
	*count = 0;
	if (!pe_open(image.data, image.size, &pe))
		return NULL;
	left_out = calloc(pe.section_count + 1, sizeof(*left_out));
	parts = calloc(pe.section_count + 1, sizeof(*parts));
	if (!left_out || !parts) {
		free(parts);
		return error_nomem();
	}
	for (unsigned int i = 0; i < pe.section_count; i++) {
		struct pe_section section = pe_section(&pe, i);

		if (is_no_kernel(section.name))
			left_out[left_out_count++] = section;
	}
	qsort(left_out, left_out_count, sizeof(*left_out), by_offset);
	/* A sentinel at the end of the file. */
	left_out[left_out_count++] = (struct pe_section){
		.offset = image.size < UINT32_MAX ? (uint32_t)image.size : UINT32_MAX,
	};
	for (size_t i = 0; i < left_out_count; i++) {
		uint64_t end = (uint64_t)left_out[i].offset + left_out[i].size;

		if (left_out[i].offset > start)
			parts[(*count)++] = bytes_clip(image, start, left_out[i].offset - start);
		if (end > start)
			start = end;
	}
	*rest = parts;
	return NULL;
}

/* ------------------------------------------------------------------------------------- releases */

void release_from_text(struct bytes text, char release[RELEASE_SIZE])
{
	const uint8_t *p = text.data;
	size_t length = 0;

	while (length < text.size && length < RELEASE_SIZE && p[length] > ' ' && p[length] < 0x7f &&
	       p[length] != '/')
		length++;
	/* Too long, or the release is not a complete word. */
	if (length == RELEASE_SIZE || (length < text.size && p[length] > ' '))
		length = 0;
	if (length && (*p < '0' || *p > '9'))
		length = 0;
	if (length)
		memcpy(release, p, length);
	release[length] = '\0';
}

void uki_release(struct bytes image, char release[RELEASE_SIZE])
{
	struct pe_file pe;

	release[0] = '\0';
	if (!pe_open(image.data, image.size, &pe))
		return;
	for (unsigned int i = 0; i < pe.section_count; i++) {
		struct pe_section section = pe_section(&pe, i);
		struct bytes text = bytes_clip(image, section.offset, section.size);

		if (strcmp(section.name, ".uname"))
			continue;
		release_from_text(text, release);
		return;
	}
}

void bzimage_release(struct bytes image, char release[RELEASE_SIZE])
{
	struct bytes text;
	uint64_t offset;

	release[0] = '\0';
	if (!is_bzimage(image))
		return;
	/* The offset of the string, less the size of a sector; 0: no version. */
	offset = get16(image.data + KERNEL_VERSION, false);
	text = bytes_clip(image, offset + SECTOR, RELEASE_SIZE);
	if (offset)
		release_from_text(text, release);
}

void banner_release(struct bytes image, char release[RELEASE_SIZE])
{
	static const char banner[] = "Linux version ";
	const size_t length = sizeof(banner) - 1;

	release[0] = '\0';
	while (!release[0] && image.size) {
		const uint8_t *found = memmem(image.data, image.size, banner, length);
		size_t skipped;

		if (!found)
			return;
		skipped = (size_t)(found - image.data) + length;
		image = bytes_clip(image, skipped, image.size);
		release_from_text(image, release);
	}
}
