/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Opens the key for signing. */
#include "cli/batch.h"
#include "cli/signer.h"

bool open_signer(const struct options *options, struct rebtf_signer **signer)
{
	REBTF_OPTIONS(rebtf_signer_options, how, .hash = options->sign_hash);
	struct rebtf_error *err;

	*signer = NULL;
	if (!options->sign_key)
		return true;
	err = rebtf_signer_open(options->sign_key, options->sign_cert, &how, signer);
	if (!err)
		return true;
	print_error(err);
	return false;
}
