/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Copies and checks sized option structs. */
#include <string.h>

#include "util/error.h"
#include "util/options.h"

struct rebtf_error *options_copy(void *copy, size_t known, const void *options, const char *type)
{
	const unsigned char *bytes = options;
	size_t size = known;

	memset(copy, 0, known);
	if (options)
		memcpy(&size, options, sizeof(size));
	if (size < sizeof(size))
		return error_new(REBTF_ERR_ARGUMENT,
				 "invalid size of struct %s (found %zu bytes, expected %zu)", type,
				 size, known);
	for (size_t i = known; i < size; i++) {
		if (bytes[i])
			return error_new(
				REBTF_ERR_ARGUMENT,
				"unknown member of struct %s at byte %zu (this version has %zu bytes)",
				type, i, known);
	}
	if (options)
		memcpy(copy, options, size < known ? size : known);
	memcpy(copy, &known, sizeof(known));
	return NULL;
}

struct rebtf_error *options_check(const char *what, uint32_t value, uint32_t last)
{
	if (value <= last)
		return NULL;
	return error_new(REBTF_ERR_ARGUMENT, "unknown %s %u (maximum %u)", what, value, last);
}
