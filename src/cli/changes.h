/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Describes the changes of a type's members: the library's list in words and in JSON. */
#ifndef REBTF_CLI_CHANGES_H
#define REBTF_CLI_CHANGES_H

#include "rebtf.h"

#include "cli/json.h"
#include "cli/text.h"

/*
 * Adds a line for each change, or for each run of members that moved together. Adds at most @limit
 * lines, or as many as the text's own limit allows, and then the number of further changes. @first
 * precedes the first line, @indent the others.
 */
void changes_add_text(struct text *text, const struct rebtf_change_list *list, size_t limit,
		      const char *first, const char *indent);

/*
 * Adds the key changes: as many changes as fit in @limit bytes, but at least one. The key
 * changes_left_out has the number of further changes. @is_misfit: all of them do harm.
 */
void changes_add_list_json(struct json_object *object, const struct rebtf_change_list *list,
			   bool is_misfit, size_t limit);

/*
 * Adds the key changes: the changes of the type of @match, as many as fit in @limit bytes, but at
 * least one. The key changes_left_out has the number of further changes.
 */
void changes_add_json(struct json_object *object, const struct rebtf_change_list *list,
		      const struct rebtf_match *match, size_t limit);

#endif
