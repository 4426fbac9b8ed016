/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* rebtf check --loaded: which loaded modules have no BTF, why, and the commands that help. */
#ifndef REBTF_CLI_LOADED_H
#define REBTF_CLI_LOADED_H

#include "cli/options.h"

enum status loaded_run(const struct options *options);

#endif
