/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Finds the blobs of BTF in a section. */
#include <stdint.h>

#include "cli/errors.h"
#include "cli/guards.h"
#include "cli/joined.h"

static bool joined_starts_blob(const uint8_t *data, size_t size)
{
	return size > 2 &&
	       ((data[0] == 0x9f && data[1] == 0xeb) || (data[0] == 0xeb && data[1] == 0x9f));
}

struct rebtf_error *joined_first(const char *path, const void *data, size_t size, size_t *blob)
{
	struct rebtf_survey *survey;
	size_t end;

	TRY(rebtf_survey(data, size, path, &survey));
	end = (size_t)survey->header_size + survey->types_size + survey->layout_size +
	      survey->strings_size;
	rebtf_survey_free(survey);
	*blob = end < size && joined_starts_blob((const uint8_t *)data + end, size - end) ? end
											  : size;
	return NULL;
}

struct joined_rest joined_count(const struct rebtf_module *module)
{
	size_t size, blob;
	const uint8_t *data = rebtf_module_section(module, REBTF_SECTION_BTF, &size);
	struct joined_rest rest = {};
	bool first = true;

	for (; data && size; data += blob, size -= blob, first = false) {
		struct rebtf_error *err = joined_first(NULL, data, size, &blob);

		/* A reader of that blob gets the error. */
		if (err)
			blob = size;
		error_ignore(err);
		rest.blobs += !first;
		rest.bytes += first ? 0 : blob;
	}
	return rest;
}
