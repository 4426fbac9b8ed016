/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Shows types that exist in several versions, and how two versions first differ. */
#ifndef REBTF_CLI_VERSIONS_H
#define REBTF_CLI_VERSIONS_H

#include "rebtf.h"

#include "cli/json.h"
#include "cli/text.h"

/*
 * Adds a line for @version, whose ids are in @btf. @first_owner and @owner name the modules that have
 * the two versions; NULL: not known.
 */
void version_add_text(struct text *text, const struct rebtf_btf *btf,
		      const struct rebtf_version *version, const char *first_owner,
		      const char *owner);

struct json_object *version_json(const struct rebtf_btf *btf, const struct rebtf_version *version);

#endif
