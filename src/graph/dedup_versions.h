/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Lists named types that deduplicated BTF has in several versions, and how they first differ. */
#ifndef REBTF_GRAPH_DEDUP_VERSIONS_H
#define REBTF_GRAPH_DEDUP_VERSIONS_H

#include "btf/btf.h"
#include "util/buffer.h"
#include "util/vec.h"

DEFINE_VECTOR(version_vector, struct rebtf_version);

struct version_list {
	struct version_vector versions;
	struct buffer text; /* spelled types */
};

/* Lists the versions among the own types of @btf. Errors: NOMEM. */
struct rebtf_error *versions_find(const struct rebtf_btf *btf, struct version_list *list);
void version_list_release(struct version_list *list);

#endif
