/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Checks the version of Linux that an option names. */
#include "cli/errors.h"
#include "cli/rules.h"

bool rules_check_version(const char *version)
{
	const char *rules;
	struct rebtf_error *err = rebtf_verify_rules(version, &rules);

	if (err)
		print_error(err);
	return !err;
}
