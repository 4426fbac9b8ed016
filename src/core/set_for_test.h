/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Scope guards for sets and what is made of them, for tests. */
#ifndef REBTF_CORE_SET_FOR_TEST_H
#define REBTF_CORE_SET_FOR_TEST_H

#include "core/set.h"
#include "util/cleanup.h"

static inline void cleanup_set(struct rebtf_set **set)
{
	rebtf_set_free(*set);
}

static inline void cleanup_types(struct rebtf_set_types **types)
{
	rebtf_set_types_free(*types);
}

static inline void cleanup_users(struct rebtf_users **users)
{
	rebtf_users_free(*users);
}

static inline void cleanup_uses(struct rebtf_set_uses **uses)
{
	rebtf_set_uses_free(*uses);
}

static inline void cleanup_merge(struct rebtf_merge **merge)
{
	rebtf_merge_free(*merge);
}

#define _cleanup_set_	_cleanup_(cleanup_set)
#define _cleanup_types_ _cleanup_(cleanup_types)
#define _cleanup_users_ _cleanup_(cleanup_users)
#define _cleanup_uses_	_cleanup_(cleanup_uses)
#define _cleanup_merge_ _cleanup_(cleanup_merge)

#endif
