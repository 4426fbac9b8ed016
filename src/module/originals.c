/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Reads raw BTF and its companions again, to copy them as they are on disk. */
#include <errno.h>

#include "module/companions.h"
#include "module/originals.h"

void originals_release(struct originals *originals)
{
	file_bytes_release(&originals->btf);
	file_bytes_release(&originals->base);
	file_bytes_release(&originals->expects);
	file_bytes_release(&originals->note);
}

/* Reads the module's file again. Fails if it was replaced. */
static struct rebtf_error *read_module_again(const struct rebtf_module *module,
					     struct file_bytes *bytes)
{
	_cleanup_close_ int fd = place_open(&module->place);

	if (fd < 0)
		return errno == ENOENT || errno == ELOOP ? error_changed()
							 : error_io(errno, "cannot open");
	TRY(file_read_place(fd, &module->place, NULL, true, bytes));
	if (module->state.known && !file_state_is_same(&bytes->state, &module->state))
		return error_changed();
	return NULL;
}

/* Reads again the companion that was read into @read. */
static struct rebtf_error *read_again(const struct rebtf_module *module, const char *ending,
				      const struct file_bytes *read, struct file_bytes *bytes)
{
	_cleanup_place_ struct file_place place = {};
	bool found;

	TRY(place_beside(&module->owner, ending, &place));
	TRY(companion_read(&place, NULL, true, false, bytes, &found));
	if (found && (!read->state.known || file_state_is_same(&bytes->state, &read->state)))
		return NULL;
	return error_at(error_changed(), place.path, NULL);
}

struct rebtf_error *originals_read(const struct rebtf_module *module, struct originals *originals)
{
	TRY(companions_seek_expects(module));
	originals->has_note = module->has_note;
	originals->has_base = module->sections[REBTF_SECTION_BTF_BASE].data;
	originals->has_expects = originals->has_base &&
				 module->sections[REBTF_SECTION_BTF_EXPECTS].data;
	TRY(read_module_again(module, &originals->btf));
	if (originals->has_note)
		TRY(read_again(module, COMPANION_NOTE, &module->note_image, &originals->note));
	if (originals->has_base)
		TRY(read_again(module, COMPANION_BASE, &module->base_image, &originals->base));
	return originals->has_expects ? read_again(module, COMPANION_EXPECTS,
						   &module->expects_image, &originals->expects)
				      : NULL;
}
