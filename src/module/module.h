/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * A file with a module's BTF, in memory. ELF objects and raw BTF present the same sections, so that
 * code working on modules need not distinguish them.
 */
#ifndef REBTF_MODULE_MODULE_H
#define REBTF_MODULE_MODULE_H

#include <pthread.h>

#include "module/codec.h"
#include "module/dir.h"
#include "module/readings.h"
#include "util/cleanup.h"
#include "util/file.h"

#define SECTION_COUNT 10 /* of enum rebtf_section */

struct module_section {
	const uint8_t *data; /* NULL: no such section */
	size_t size;
};

struct rebtf_module {
	char *path;
	enum rebtf_container container;
	enum codec codec;
	struct file_state state;      /* of the file when it was read */
	struct file_place named;      /* the caller's place; empty if it came from a pipe */
	struct file_place place;      /* the real place, after symbolic links */
	bool is_link;		      /* the two differ */
	struct file_place owner;      /* of raw BTF: its companions are beside it */
	struct file_bytes image;      /* the file, decompressed */
	struct file_bytes packed;     /* the compressed file, if it was compressed */
	struct file_bytes base_image; /* of raw BTF: its distilled base, decompressed */
	struct module_section sections[SECTION_COUNT];
	size_t unpacked; /* bytes that it counted: see unpacked.h */

	char *release; /* of a kernel; NULL: unknown, or not a kernel */
	struct rebtf_link link;
	char *carrier; /* the file of the carrier; NULL: none */

	bool has_note;
	bool has_stale_note; /* beside raw BTF: it describes other BTF */
	struct rebtf_note note;
	struct file_bytes note_image; /* of raw BTF: the file with its note, or a stale one */

	enum rebtf_reading reading; /* the user's choice */
	struct readings *readings;  /* filled as callers ask */

	/*
	 * Expectations of raw BTF are in a file of their own. Most operations never need it, so it
	 * is read on demand. The lock protects that.
	 */
	pthread_mutex_t expects_lock;
	bool expects_sought;
	bool may_expect;		 /* false: known to have no expectations */
	struct dir_listing listing;	 /* of the tree that has the file */
	bool is_as_listed;		 /* file and directory have not changed since the listing */
	struct file_state expects_state; /* before they are read; unknown if missing */
	struct file_bytes expects_image;
};

/* Makes an empty module. Errors: NOMEM. */
struct rebtf_error *module_new(const char *path, struct rebtf_module **module);

/* Whether the bytes start like a kernel image, package, archive or compressed file. */
bool module_looks_like_image(const uint8_t *start, size_t size);

/*
 * Replaces the bytes of a compressed file by its decompressed contents. @packed receives the
 * compressed bytes, and @codec the compression. Both may be NULL. The size of the contents is added
 * to @unpacked, which the caller gives back (unpacked.h), also after an error.
 */
struct rebtf_error *module_unpack(struct file_bytes *image, struct file_bytes *packed,
				  enum codec *codec, size_t *unpacked);

/* The error for a module without BTF where BTF is required. */
struct rebtf_error *module_no_btf(void);

/* A file that module_unpack() unpacked, as an example for compressing its replacement. */
static inline struct codec_example module_example_of(enum codec codec,
						     const struct file_bytes *packed,
						     const struct file_bytes *image)
{
	return (struct codec_example){
		.codec = codec,
		.packed = packed->data,
		.packed_size = packed->size,
		.content = image->data,
		.content_size = image->size,
	};
}

/* The same of a module's file. */
static inline struct codec_example module_example(const struct rebtf_module *module)
{
	return module_example_of(module->codec, &module->packed, &module->image);
}

/* The base that new BTF is or was made over; NULL: unknown. */
static inline struct rebtf_btf *module_made_over(const struct rebtf_module_output *output)
{
	struct rebtf_btf *base = output->distilled ? NULL : rebtf_btf_base(output->btf);

	return base ?: output->made_over;
}

/* Whether the module has its saved original. */
bool module_has_kept(const struct rebtf_module *module);

/*
 * Opens a module from @bytes, which it takes over. It has no place, so no companions are searched.
 * @name names the file in errors. Errors: as rebtf_module_open().
 */
struct rebtf_error *module_open_bytes(struct file_bytes *bytes, const char *name,
				      struct rebtf_module **module);

static inline void cleanup_module(struct rebtf_module **module)
{
	rebtf_module_free(*module);
}

/* A module that was opened here; NULL is allowed. */
#define _cleanup_module_ _cleanup_(cleanup_module)

#endif
