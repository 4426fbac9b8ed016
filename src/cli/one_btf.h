/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* The BTF of the one file of a verb, over its base if it has one. */
#ifndef REBTF_CLI_ONE_BTF_H
#define REBTF_CLI_ONE_BTF_H

#include "rebtf.h"

#include "cli/options.h"

/*
 * Opens the BTF of the verb's only FILE. Returns false after a message. @verb: its name. @kfuncs: also
 * finds its kfuncs that have no tags; or NULL.
 */
bool one_btf_open(const struct options *options, const char *verb, struct rebtf_btf **btf,
		  struct rebtf_kfuncs **kfuncs);

#endif
