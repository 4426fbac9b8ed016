/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* The table of operations, and the results that all of them share. */
#include <stdlib.h>
#include <string.h>

#include "operations.h"

const struct operation *operation_at(size_t index)
{
	static const struct operation *const parts[] = { btf_operations,  split_operations,
							 file_operations, module_operations,
							 id_operations,	  set_operations,
							 core_operations, diff_operations };

	for (size_t part = 0; part < sizeof(parts) / sizeof(parts[0]); part++) {
		for (const struct operation *o = parts[part]; o->name; o++) {
			if (!index--)
				return o;
		}
	}
	return NULL;
}

static unsigned int possible_needs(const struct world *w)
{
	unsigned int has = 0;

	has |= w->base && w->base_data ? NEEDS_BASE : 0;
	has |= w->split && w->split_data ? NEEDS_SPLIT : 0;
	has |= w->new_base ? NEEDS_NEW_BASE : 0;
	has |= w->distilled ? NEEDS_DISTILLED : 0;
	has |= w->standalone ? NEEDS_STANDALONE : 0;
	has |= w->path && w->out && w->directory ? NEEDS_FILE : 0;
	has |= w->directory ? NEEDS_DIRECTORY : 0;
	has |= w->tree && w->directory ? NEEDS_TREE : 0;
	has |= w->root && w->release ? NEEDS_MACHINE : 0;
	return has;
}

bool operation_is_possible(const struct operation *operation, const struct world *w)
{
	return !(operation->flags & NEEDS_ALL & ~possible_needs(w));
}

void results_release(struct results *r)
{
	for (int i = 0; i < 3; i++)
		rebtf_btf_unref(r->btf[i]);
	free(r->data);
	rebtf_report_free(r->report);
}

void tell(struct results *r, const void *data, size_t size)
{
	if (r->tell && size)
		r->tell(r, data, size);
}

void tell_number(struct results *r, uint64_t number)
{
	tell(r, &number, sizeof(number));
}

void tell_text(struct results *r, const char *text)
{
	if (r->tell && text)
		tell(r, text, strlen(text) + 1);
}

void tell_ids(struct results *r, uint32_t *ids, size_t count)
{
	tell(r, ids, count * sizeof(*ids));
	free(ids);
}
