/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Describes the changes of a type's members: the library's list in words. */
#ifndef REBTF_CLI_CHANGES_H
#define REBTF_CLI_CHANGES_H

#include "rebtf.h"

#include "cli/text.h"

/* An enumerator has a value, but no type. */
static inline bool change_is_enumerator(const struct rebtf_change *c)
{
	return !c->old_type && !c->new_type;
}

/*
 * Adds a line for each change, or for each run of members that moved together. Adds at most @limit
 * lines, or as many as the text's own limit allows, and then the number of further changes. @first
 * precedes the first line, @indent the others.
 */
void changes_add_text(struct text *text, const struct rebtf_change_list *list, size_t limit,
		      const char *first, const char *indent);

#endif
