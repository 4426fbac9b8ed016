/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* The steps of rebtf_resolve_ids(), in the order of the kernel's resolve_btfids. */
#ifndef REBTF_MODULE_RESOLVE_IDS_H
#define REBTF_MODULE_RESOLVE_IDS_H

#include "btf/btf.h"
#include "module/ids.h"

/*
 * Completes the types of kfuncs: see struct rebtf_resolve_options. @completed is NULL if all types
 * are complete. Errors: NOMEM, FORMAT, UNSUPPORTED (a kind whose references are unknown).
 */
struct rebtf_error *resolve_kfuncs(const struct rebtf_ids *ids, const struct rebtf_btf *btf,
				   struct rebtf_btf **completed);

#endif
