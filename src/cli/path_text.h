/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The path from one type to another, as text ("struct foo -> member 'bar' -> pointer -> struct baz")
 * and as JSON. The middle of a long path is left out.
 */
#ifndef REBTF_CLI_PATH_TEXT_H
#define REBTF_CLI_PATH_TEXT_H

#include "rebtf.h"

#include "cli/json.h"
#include "cli/text.h"

/* @btf has the types of the path. */
void path_text_add(struct text *text, const struct rebtf_btf *btf, const struct rebtf_path *path);

/* An array of steps. Adds the number of steps that are left out to @left_out. */
struct json_object *path_text_json(const struct rebtf_btf *btf, const struct rebtf_path *path,
				   size_t *left_out);

#endif
