/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Counts the memory that unpacked data takes in the whole process. The limit of a single file
 * (codec_output_max()) cannot bound a program that has many files open at once, so callers take
 * their bytes here before they allocate them, and give them back when they free them.
 */
#ifndef REBTF_MODULE_UNPACKED_H
#define REBTF_MODULE_UNPACKED_H

#include "util/error.h"

/* Errors: NOMEM, with a sentence that names the limit; then nothing was taken. */
struct rebtf_error *unpacked_take(size_t size);
void unpacked_give_back(size_t size);

#endif
