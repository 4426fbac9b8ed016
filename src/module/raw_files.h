/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Writes new raw BTF with all its companions. module_raw.c writes raw BTF that was read as such. */
#ifndef REBTF_MODULE_RAW_FILES_H
#define REBTF_MODULE_RAW_FILES_H

#include "module/module.h"

/*
 * Writes raw BTF to @place, and its companions beside it. @contents: by section; no base: there is no
 * such file. Companions of older BTF that the new BTF lacks are removed, because they would be taken
 * for its own. All files are complete before the first is replaced or removed. @input, or NULL: the
 * state of a file that none of them may be. Errors: ARGUMENT (@input), IO, NOMEM, UNSUPPORTED (a name
 * belongs to something other than a regular file).
 */
struct rebtf_error *raw_files_write(const struct file_place *place,
				    const struct iovec contents[SECTION_COUNT],
				    const struct file_state *input);

#endif
