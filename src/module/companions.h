/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Companions: the files beside raw BTF that belong to it. */
#ifndef REBTF_MODULE_COMPANIONS_H
#define REBTF_MODULE_COMPANIONS_H

#include "module/module.h"

/* Suffixes after the name of the BTF. */
#define COMPANION_BASE	  ".base"
#define COMPANION_EXPECTS ".expects"
#define COMPANION_NOTE	  ".note"
#define COMPANION_INLINE  ".inline"
#define COMPANION_IDS	  ".ids"

/*
 * Reads a companion as it is on disk, without decompressing it. Sets @found to whether it exists.
 * @wanted and @extended: as for file_read_place(). @listed: as for file_read_listed(). Errors: IO,
 * UNSUPPORTED (no regular file), CHANGED, NOMEM.
 */
struct rebtf_error *companion_read(const struct file_place *place, file_wanted *wanted,
				   bool extended, bool listed, struct file_bytes *bytes,
				   bool *found);

/* The path of a companion, for errors. Malloced; NULL: no memory. */
char *companion_path(const struct rebtf_module *module, const char *ending);

/* Finds the place of @module's companions, and reads its base and note. Errors: as above, FORMAT. */
struct rebtf_error *companions_open(struct rebtf_module *module);

/* Reads the expectations of raw BTF, if not done yet. Errors: as above, FORMAT. */
struct rebtf_error *companions_seek_expects(const struct rebtf_module *module);

/*
 * Checks that the raw BTF, and the base that was read with it, are unchanged on disk. Waits for
 * processes that are replacing them. Errors: CHANGED, IO.
 */
struct rebtf_error *companions_check_unchanged(const struct rebtf_module *module);

#endif
