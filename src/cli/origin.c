/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Finds out which base a module's BTF was made over. */
#include "cli/errors.h"
#include "cli/origin.h"

enum origin origin_of(const struct rebtf_module *module, struct rebtf_btf *base)
{
	const struct rebtf_note *note = rebtf_module_note(module);
	struct rebtf_error *err;
	bool fits = false;

	if (!note || !note->type_count || !base)
		return ORIGIN_UNKNOWN;
	err = rebtf_note_fits(note, base, &fits);
	if (err) {
		error_ignore(err);
		return ORIGIN_UNKNOWN;
	}
	return fits ? ORIGIN_THIS : ORIGIN_OTHER;
}

void origin_add_json(struct json_object *object, enum origin origin)
{
	if (origin == ORIGIN_UNKNOWN)
		json_add(object, "is_base", NULL);
	else
		json_add_bool(object, "is_base", origin == ORIGIN_THIS);
}
