/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * A file with a module's BTF in it, in memory. The same three sections stand behind it whether the
 * file is an ELF object or raw BTF, so that what is done with modules need not ask which.
 */
#ifndef REBTF_MODULE_MODULE_H
#define REBTF_MODULE_MODULE_H

#include "module/codec.h"
#include "util/file.h"

#define SECTION_COUNT 7 /* of enum rebtf_section */

struct module_section {
	const uint8_t *data; /* NULL if there is none */
	size_t size;
};

struct rebtf_module {
	char *path;
	enum rebtf_container container;
	enum codec codec;
	struct file_attrs attrs;
	struct file_bytes image;      /* the file, unpacked */
	struct file_bytes base_image; /* of raw BTF: the file beside it, unpacked */
	struct module_section sections[SECTION_COUNT];
};

/* "x.btf.base" for "x.btf": malloced, NULL if there is no memory. */
char *module_base_path(const char *path);

#endif
