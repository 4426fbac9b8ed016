/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Paths from one type to another, for searches other than those of rebtf_paths_find(). */
#ifndef REBTF_GRAPH_PATH_H
#define REBTF_GRAPH_PATH_H

#include "btf/btf.h"

/* Makes a path of @count steps in @btf, and holds a reference to @btf. Errors: NOMEM. */
struct rebtf_error *path_of_steps(const struct rebtf_btf *btf, const struct rebtf_step *steps,
				  size_t count, struct rebtf_path **path);

#endif
