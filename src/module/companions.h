/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Companions: the files beside raw BTF that belong to it. */
#ifndef REBTF_MODULE_COMPANIONS_H
#define REBTF_MODULE_COMPANIONS_H

#include "module/module.h"

/* Suffixes after the name of the BTF. */
#define COMPANION_BASE	  ".base"
#define COMPANION_EXPECTS ".expects"

/*
 * Reads a companion as it is on disk, without decompressing it. Sets @found to whether it exists.
 * @extended: as for file_read_place(). @listed: as for file_read_listed(). Errors: IO, UNSUPPORTED
 * (no regular file), CHANGED, NOMEM.
 */
struct rebtf_error *companion_read(const struct file_place *place, bool extended, bool listed,
				   struct file_bytes *bytes, bool *found);

/* Finds the place of @module's companions, and reads its base. Errors: as above, FORMAT. */
struct rebtf_error *companions_read_base(struct rebtf_module *module);

/* Reads the expectations of raw BTF, if not done yet. Errors: as above, FORMAT. */
struct rebtf_error *companions_seek_expects(const struct rebtf_module *module);

/*
 * Checks that the raw BTF, and the base that was read with it, are unchanged on disk. Waits for
 * processes that are replacing them. Errors: CHANGED, IO.
 */
struct rebtf_error *companions_check_unchanged(const struct rebtf_module *module);

#endif
