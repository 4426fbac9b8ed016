/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * What --sign, --cert and --sign-hash name: opened once for all files, so that a wrong passphrase,
 * say, is one error and not thousands.
 */
#ifndef REBTF_CLI_SIGNER_H
#define REBTF_CLI_SIGNER_H

#include "rebtf.h"

#include "cli/options.h"

/*
 * Sets @signer to what signs the files to be written, to be freed with rebtf_signer_free(); NULL if
 * that is not wanted. False, with a message, if it cannot be had.
 */
bool open_signer(const struct options *options, struct rebtf_signer **signer);

#endif
