/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* The files beside raw BTF that belong to it. */
#ifndef REBTF_MODULE_COMPANIONS_H
#define REBTF_MODULE_COMPANIONS_H

#include "module/module.h"

/* What their names end in, after the name of the BTF. */
#define COMPANION_BASE	  ".base"
#define COMPANION_EXPECTS ".expects"

/*
 * Reads a companion as it stands on disk, compression and all. Sets @found to whether there is one.
 * @extended: as for file_read_place(). Errors: IO, UNSUPPORTED (no regular file), CHANGED, NOMEM.
 */
struct rebtf_error *companion_read(const struct file_place *place, bool extended,
				   struct file_bytes *bytes, bool *found);

/*
 * Finds out beside what the companions of @module stand, and reads its base. Errors: also FORMAT.
 */
struct rebtf_error *companions_read_base(struct rebtf_module *module);

/* Reads the expectations of raw BTF, if that was not done yet. Errors: also FORMAT. */
struct rebtf_error *companions_seek_expects(const struct rebtf_module *module);

/*
 * Whether raw BTF, and the base that was read with it, are still what is there, once nobody is
 * replacing them any more. Errors: CHANGED, IO.
 */
struct rebtf_error *companions_check_unchanged(const struct rebtf_module *module);

#endif
