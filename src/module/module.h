/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * A file with a module's BTF in it, in memory. The same sections stand behind it whether the file
 * is an ELF object or raw BTF, so that what is done with modules need not ask which.
 */
#ifndef REBTF_MODULE_MODULE_H
#define REBTF_MODULE_MODULE_H

#include <pthread.h>

#include "module/codec.h"
#include "util/file.h"

#define SECTION_COUNT 8 /* of enum rebtf_section */

struct module_section {
	const uint8_t *data; /* NULL if there is none */
	size_t size;
};

struct rebtf_module {
	char *path;
	enum rebtf_container container;
	enum codec codec;
	struct file_state state; /* of the file as it was read */
	struct file_place named; /* where the caller said that it is; none if it came from a pipe */
	struct file_place place; /* where it is, behind symbolic links */
	bool is_link;		 /* the two differ */
	struct file_place owner; /* of raw BTF: beside it stand its companions */
	struct file_bytes image; /* the file, unpacked */
	struct file_bytes packed;     /* as it was, if it was compressed */
	struct file_bytes base_image; /* of raw BTF: the file beside it, unpacked */
	struct module_section sections[SECTION_COUNT];
	size_t unpacked; /* bytes that it took: see unpacked.h */

	char *release; /* of a kernel; NULL: it is none, or does not tell */

	bool has_mark;
	struct rebtf_mark mark;

	/* How the user wants it to be read; -1 if nothing was said. */
	int read_as;

	/*
	 * Expectations of raw BTF stand in a file that most of what is done with modules never asks
	 * for, so it is read when somebody does. The lock covers that.
	 */
	pthread_mutex_t expects_lock;
	bool expects_sought;
	bool may_expect;		 /* false: it is known that there are none */
	struct file_state expects_state; /* before they are read; unknown if there are none */
	struct file_bytes expects_image;
};

/* A module without anything in it. Errors: NOMEM. */
struct rebtf_error *module_new(const char *path, struct rebtf_module **module);

/* Whether the bytes start as kernel images, packages, archives and compressed files do. */
bool module_looks_like_image(const uint8_t *start, size_t size);

/*
 * Replaces the bytes of a compressed file, one of those that belong to @module, by its contents.
 * @codec may be NULL.
 */
struct rebtf_error *module_unpack(struct rebtf_module *module, struct file_bytes *image,
				  enum codec *codec);

/* The error of whoever needs the BTF of a module that has none. */
struct rebtf_error *module_no_btf(void);

/* What the module's file shows of how it was compressed. */
static inline struct codec_example module_example(const struct rebtf_module *module)
{
	return (struct codec_example){
		.codec = module->codec,
		.packed = module->packed.data,
		.packed_size = module->packed.size,
		.content = module->image.data,
		.content_size = module->image.size,
	};
}

/* Whether what a relocation started from was kept in it. */
bool module_has_kept(const struct rebtf_module *module);

/*
 * Opens a module that was read already, taking over @bytes. It has no place: nothing is looked for
 * beside it. @name stands for the file in errors. Errors: as rebtf_module_open().
 */
struct rebtf_error *module_open_bytes(struct file_bytes *bytes, const char *name,
				      struct rebtf_module **module);

#endif
