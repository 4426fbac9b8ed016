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
	struct file_attrs attrs;
	struct file_state state;      /* of the file as it was read */
	char *owner_path;	      /* of raw BTF: see module_owner_path() */
	struct file_bytes image;      /* the file, unpacked */
	struct file_bytes base_image; /* of raw BTF: the file beside it, unpacked */
	struct module_section sections[SECTION_COUNT];
	size_t unpacked; /* bytes that it took: see unpacked.h */

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
	struct file_bytes expects_image;
};

/*
 * The name beside which the base and the expectations of the raw BTF @path stand, malloced. It is
 * @path, unless that is a symbolic link without a base of its own beside it; then it is the file
 * that it leads to. NULL if there is no memory.
 */
char *module_owner_path(const char *path);

/* "x.btf.base" for "x.btf", or NULL if there is no memory; malloced. Likewise "x.btf.expects". */
char *module_base_path(const char *path);
char *module_expects_path(const char *path);

/* Seeks the file with the expectations of raw BTF, if that was not done yet. Errors: IO, FORMAT. */
struct rebtf_error *module_seek_expects(const struct rebtf_module *module);

/*
 * Whether raw BTF, and the base that was read with it, are still what is there, once nobody is
 * replacing them any more. Errors: CHANGED, IO.
 */
struct rebtf_error *module_check_unchanged(const struct rebtf_module *module);

/* The error of whoever needs the BTF of a module that has none. */
struct rebtf_error *module_no_btf(void);

/* Whether what a relocation started from was kept in it. */
bool module_has_kept(const struct rebtf_module *module);

#endif
