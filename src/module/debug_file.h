/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The ELF side of DWARF: finds the debug sections and symbols of a file and prepares them for the
 * encoder, which does not know ELF. Sections are unpacked. Those of relocatable objects (modules)
 * are relocated in a copy.
 *
 * .debug_info of a linked file stays in the file, where the encoder reads it unit by unit: it is by
 * far the largest section, and the memory for a kernel's would be ten times that of its types.
 */
#ifndef REBTF_MODULE_DEBUG_FILE_H
#define REBTF_MODULE_DEBUG_FILE_H

#include "encode/dwarf.h"
#include "module/elf_file.h"
#include "util/cleanup.h"
#include "util/file.h"

DEFINE_VECTOR(debug_buffer_vector, void *);

/* {} is no file, which may be closed. */
struct debug_file {
	struct encode_object object; /* object.dwarf.sections without .debug_info: no DWARF */
	struct elf_file elf;
	int fd;			     /* of a linked file, or -1 */
	bool has_fd;		     /* {} has the number 0 in @fd, but no descriptor */
	const uint8_t *image;	     /* the whole file, or NULL: read from @fd */
	uint64_t size;		     /* of the file */
	uint64_t unread;	     /* bytes of it that no section has yet */
	struct file_bytes own_image; /* @image, if this struct owns it; decompressed */
	size_t unpacked;	     /* bytes of it that it counted: see unpacked.h */
	struct file_state state;     /* of a file that debug_file_open() opened */
	char *name;
	struct debug_file *supplementary;
	struct debug_buffer_vector buffers; /* sections point into these */
};

/* Opens the file at @path. Errors: FORMAT, UNSUPPORTED, IO, NOMEM. */
struct rebtf_error *debug_file_open(const char *path, struct debug_file *file);

/*
 * Opens the file in the first @size bytes of @image, which must outlive @file. @path names it in
 * errors, and the directory to search for its supplementary file.
 */
struct rebtf_error *debug_file_open_mem(const char *path, const uint8_t *image, size_t size,
					struct debug_file *file);

void debug_file_close(struct debug_file *file);

#define _cleanup_debug_file_ _cleanup_(debug_file_close)

#endif
