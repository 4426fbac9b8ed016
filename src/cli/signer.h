/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Opens the files of --sign, --cert and --sign-hash once for all modules, so that a wrong
 * passphrase, for example, is one error and not thousands.
 */
#ifndef REBTF_CLI_SIGNER_H
#define REBTF_CLI_SIGNER_H

#include "rebtf.h"

#include "cli/options.h"

/*
 * Sets @signer to a signer for the written files; NULL if signing is not requested. Free it with
 * rebtf_signer_free(). False after a message on errors.
 */
bool open_signer(const struct options *options, struct rebtf_signer **signer);

#endif
