/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Whether a base is the one that a module was made over, as the module's mark or its BTF shows. */
#ifndef REBTF_CLI_ORIGIN_H
#define REBTF_CLI_ORIGIN_H

#include "cli/json.h"

enum origin {
	ORIGIN_UNKNOWN, /* no base at hand, no mark, nothing said of a base, or no libcrypto */
	ORIGIN_THIS,
	ORIGIN_OTHER,
};

/* @base: NULL if none is at hand. */
enum origin origin_of(const struct rebtf_module *module, struct rebtf_btf *base);

/*
 * Sets @origin to whether a module with plain split BTF was made over @base. Without a mark, every
 * reference of the BTF has to make sense over @base. Errors: those of rebtf_module_btf() that do not
 * depend on the base.
 */
struct rebtf_error *origin_of_split(const struct rebtf_module *module, struct rebtf_btf *base,
				    enum origin *origin);

/* Adds the key "is_base": true, false or null. */
void origin_add_json(struct json_object *object, enum origin origin);

#endif
