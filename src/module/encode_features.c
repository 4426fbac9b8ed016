/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* The words for what the encoder encodes besides plain types. They are those of pahole. */
#include <string.h>

#include "rebtf.h"

static const char *const feature_names[] = {
	"var",
	"global_var",
	"float",
	"decl_tag",
	"type_tag",
	"enum64",
	"consistent_func",
	"decl_tag_kfuncs",
	"attributes",
	"distilled_base",
	"true_signature",
	"layout",
	"optimized_func",
	"encode_force",
	"reproducible_build",
};

#define FEATURES (sizeof(feature_names) / sizeof(feature_names[0]))

const char *rebtf_encode_feature_name(unsigned int index)
{
	return index < FEATURES ? feature_names[index] : NULL;
}

static bool encode_name_is(const char *name, size_t size, const char *known)
{
	return strlen(known) == size && !memcmp(name, known, size);
}

uint32_t rebtf_encode_feature(const char *name, size_t size)
{
	if (encode_name_is(name, size, "default"))
		return REBTF_ENCODE_DEFAULT;
	if (encode_name_is(name, size, "all"))
		return (1u << FEATURES) - 1;
	for (size_t i = 0; i < FEATURES; i++) {
		if (encode_name_is(name, size, feature_names[i]))
			return 1u << i;
	}
	return 0;
}
