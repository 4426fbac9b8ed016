/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Whether a module's BTF was made over a given base, according to its note or its BTF. */
#ifndef REBTF_CLI_ORIGIN_H
#define REBTF_CLI_ORIGIN_H

#include "cli/json.h"

enum origin {
	ORIGIN_UNKNOWN, /* no base given, no note, a note without a base, or no libcrypto */
	ORIGIN_THIS,
	ORIGIN_OTHER,
};

/* @base: NULL if not available. */
enum origin origin_of(const struct rebtf_module *module, struct rebtf_btf *base);

/* Adds the key "is_base": true, false or null. */
void origin_add_json(struct json_object *object, enum origin origin);

#endif
