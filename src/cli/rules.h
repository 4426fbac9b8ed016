/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* The version of Linux that an option names. */
#ifndef REBTF_CLI_RULES_H
#define REBTF_CLI_RULES_H

#include <stdbool.h>

/*
 * Whether the library knows rules for @version; NULL: the newest. Returns false after a message. A verb
 * asks first, so that an unknown version is one error, not one for each file.
 */
bool rules_check_version(const char *version);

#endif
