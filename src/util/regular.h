/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Whether a file is a regular one, which is the only kind that rebtf reads from a path. */
#ifndef REBTF_UTIL_REGULAR_H
#define REBTF_UTIL_REGULAR_H

#include <sys/stat.h>

#include "util/error.h"

/* Fails if @st is not a regular file. Errors: IO for a directory, otherwise UNSUPPORTED. */
struct rebtf_error *regular_check(const struct stat *st);

#endif
