/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* The fate of a kernel's file that rebtf writes or removes. */
#ifndef REBTF_CLI_PROVIDED_H
#define REBTF_CLI_PROVIDED_H

#include "rebtf.h"

#include "cli/options.h"

/* Prints it as a line of text or of JSON. */
void provided_print(const struct options *options, enum rebtf_vmlinux_outcome outcome,
		    const char *path);

#endif
