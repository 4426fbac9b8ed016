/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Decides which types, functions and variables are compared, and under which name. */
#include "core/diff_entity.h"

enum diff_class diff_class_of(const struct rebtf_type *t)
{
	switch (rebtf_type_kind(t)) {
	case REBTF_KIND_STRUCT:
	case REBTF_KIND_UNION:
	case REBTF_KIND_ENUM:
	case REBTF_KIND_ENUM64:
	case REBTF_KIND_FWD:
		return DIFF_CLASS_TAG;
	case REBTF_KIND_TYPEDEF:
		return DIFF_CLASS_TYPEDEF;
	case REBTF_KIND_INT:
	case REBTF_KIND_FLOAT:
		return DIFF_CLASS_BASE;
	case REBTF_KIND_FUNC:
		return DIFF_CLASS_FUNC;
	case REBTF_KIND_VAR:
		return DIFF_CLASS_VAR;
	default:
		return DIFF_CLASS_NONE;
	}
}

const char *diff_entity_name(const struct rebtf_btf *btf, const struct rebtf_type *t)
{
	if (t->name_off || !kind_is_enum(rebtf_type_kind(t)) || !rebtf_type_vlen(t))
		return btf_string(btf, t->name_off);
	return btf_string(btf, enumerator_name_off(t, 0));
}
