/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Reads raw BTF and its companions again, to copy them as they are on disk. */
#ifndef REBTF_MODULE_ORIGINALS_H
#define REBTF_MODULE_ORIGINALS_H

#include "module/module.h"

/* The files as they are on disk, each with its attributes. */
struct originals {
	struct file_bytes btf;
	struct file_bytes base;
	struct file_bytes expects;
	struct file_bytes note;
	bool has_base;
	bool has_expects; /* only with a base */
	bool has_note;
};

/*
 * Reads the files of @module, which has a place. The caller releases @originals, after an error too.
 * Errors: CHANGED (one of them is not the file that was read), IO, NOMEM, UNSUPPORTED.
 */
struct rebtf_error *originals_read(const struct rebtf_module *module, struct originals *originals);
void originals_release(struct originals *originals);

#endif
