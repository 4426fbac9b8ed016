/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* What became of the members of a type: the library's list in words. */
#ifndef REBTF_CLI_CHANGES_H
#define REBTF_CLI_CHANGES_H

#include "rebtf.h"

#include "cli/text.h"

/* An enumerator has a value, and no type. */
static inline bool change_is_enumerator(const struct rebtf_change *c)
{
	return !c->old_type && !c->new_type;
}

/*
 * A line for each change, or for each run of members that moved together: the first @limit of them,
 * or as many as the text's own limit allows, and how many more changes there are. @first stands
 * before the first line, @indent before the others.
 */
void changes_add_text(struct text *text, const struct rebtf_change_list *list, size_t limit,
		      const char *first, const char *indent);

#endif
