/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Writes several files that belong together. */
#include "util/error.h"
#include "util/output_file.h"

struct rebtf_error *output_file_prepare(struct output_file *file, const struct file_place *beside,
					const char *ending)
{
	struct iovec piece = file->contents;

	TRY(place_beside(beside, ending, &file->place));
	TRY(replace_check_place(&file->place));
	return piece.iov_base ? replace_prepare(&file->place, &piece, 1, NULL, 0, &file->new)
			      : NULL;
}

struct rebtf_error *output_file_finish(struct output_file *file)
{
	bool taken;

	if (!file->contents.iov_base)
		return place_remove(&file->place, NULL);
	TRY(replace_link(&file->new, &taken));
	return taken ? replace_any(&file->new) : NULL;
}

void output_file_release(struct output_file *file)
{
	replacement_release(&file->new);
	place_release(&file->place);
}
