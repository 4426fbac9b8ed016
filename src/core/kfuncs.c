/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* The accessors of lists of kfuncs. */
#include "core/kfuncs.h"
#include "util/error.h"

size_t rebtf_kfuncs_count(const struct rebtf_kfuncs *kfuncs)
{
	return kfuncs ? kfuncs->list.count : 0;
}

const struct rebtf_kfunc *rebtf_kfuncs_at(const struct rebtf_kfuncs *kfuncs, size_t index)
{
	return index < rebtf_kfuncs_count(kfuncs) ? &kfuncs->list.items[index] : NULL;
}

const struct rebtf_error *rebtf_kfuncs_error(const struct rebtf_kfuncs *kfuncs)
{
	return kfuncs ? kfuncs->err : NULL;
}

void rebtf_kfuncs_free(struct rebtf_kfuncs *kfuncs)
{
	if (!kfuncs)
		return;
	known_kfuncs_release(&kfuncs->list);
	rebtf_error_free(kfuncs->err);
	free(kfuncs);
}
