/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Counts the memory for decompressed data in the whole process. The limit of a single file
 * (codec_output_max()) cannot bound a program that has many files open. So callers count their
 * bytes here before they allocate them, and uncount them when they free them.
 */
#ifndef REBTF_MODULE_UNPACKED_H
#define REBTF_MODULE_UNPACKED_H

#include "rebtf.h"

/*
 * Limits the total size, unpacked, of all compressed modules that the process has open and all
 * kernel images that it is searching to @bytes. Beyond the limit, opening another one fails with
 * NOMEM until others are freed. 0, the default, means no limit. The command uses this, too.
 */
void unpacked_limit(size_t bytes);

/* Errors: NOMEM, with a message that names the limit. Then the count is unchanged. */
struct rebtf_error *unpacked_take(size_t size);
void unpacked_give_back(size_t size);

#endif
