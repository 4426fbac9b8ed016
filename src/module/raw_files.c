/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Writes new raw BTF with all its companions. */
#include "module/companions.h"
#include "module/raw_files.h"
#include "util/output_file.h"

/*
 * In the order in which they are written. A new base contradicts old BTF, but BTF without its base
 * might pass for another form.
 */
static const struct raw_file {
	enum rebtf_section section;
	const char *ending;
} raw_files[] = {
	{ REBTF_SECTION_BTF_BASE, COMPANION_BASE },
	{ REBTF_SECTION_BTF, "" },
	{ REBTF_SECTION_BTF_EXPECTS, COMPANION_EXPECTS },
	{ REBTF_SECTION_INLINE, COMPANION_INLINE },
	{ REBTF_SECTION_BTF_IDS, COMPANION_IDS },
	{ REBTF_SECTION_NOTE, COMPANION_NOTE },
};

#define RAW_FILES (sizeof(raw_files) / sizeof(*raw_files))

static struct rebtf_error *raw_files_check(const struct file_place *place,
					   const struct file_state *input)
{
	struct stat st;

	if (!input || !place_stat(place, &st) || st.st_dev != input->device ||
	    st.st_ino != input->inode)
		return NULL;
	return error_at(error_new(REBTF_ERR_ARGUMENT, "cannot overwrite the input with its BTF"),
			place->path, NULL);
}

static struct rebtf_error *raw_files_write_all(struct output_file *files,
					       const struct file_place *place,
					       const struct file_state *input)
{
	for (size_t i = 0; i < RAW_FILES; i++) {
		TRY(output_file_prepare(&files[i], place, raw_files[i].ending));
		TRY(raw_files_check(&files[i].place, input));
	}
	/* Old BTF without companions is safer than new BTF with old ones. */
	for (size_t i = 0; i < RAW_FILES; i++) {
		if (raw_files[i].section != REBTF_SECTION_BTF)
			TRY(place_remove(&files[i].place, NULL));
	}
	for (size_t i = 0; i < RAW_FILES; i++) {
		if (files[i].contents.iov_base)
			TRY(output_file_finish(&files[i]));
	}
	return NULL;
}

struct rebtf_error *raw_files_write(const struct file_place *place,
				    const struct iovec contents[SECTION_COUNT],
				    const struct file_state *input)
{
	struct output_file files[RAW_FILES] = {};
	struct rebtf_error *err;

	for (size_t i = 0; i < RAW_FILES; i++) {
		files[i].contents = contents[raw_files[i].section];
		files[i].new = (struct replacement)REPLACEMENT_NONE;
	}
	err = raw_files_write_all(files, place, input);
	for (size_t i = 0; i < RAW_FILES; i++)
		output_file_release(&files[i]);
	return err;
}
