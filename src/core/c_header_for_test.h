/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Headers of BTF that tests build. */
#ifndef REBTF_CORE_C_HEADER_FOR_TEST_H
#define REBTF_CORE_C_HEADER_FOR_TEST_H

#include <string.h>

#include "btf/build_for_test.h"
#include "util/error.h"

/* Returns the types of the header, without bpftool's frame. Malloced. */
static inline char *header_types(const struct rebtf_btf *btf,
				 const struct rebtf_header_options *options)
{
	struct buffer text = {};
	const char *start;
	char *types, *end;

	assert_ok(rebtf_header(btf, options, collect_text, &text));
	buffer_append(&text, "", 1);
	assert_false(text.failed);
	start = strstr((char *)text.data, "#endif\n#endif\n\n");
	assert_non_null(start);
	types = strdup(start + strlen("#endif\n#endif\n\n"));
	assert_non_null(types);
	end = strstr(types, "\n/* BPF kfuncs */");
	assert_non_null(end);
	*end = 0;
	buffer_release(&text);
	return types;
}

static inline void assert_header(const struct rebtf_btf *btf, const char *want)
{
	REBTF_OPTIONS(rebtf_header_options, options, .like_bpftool = true, .unsorted = true);
	_cleanup_free_ char *types = header_types(btf, &options);

	assert_string_equal(types, want);
}

/* Asserts that the header with @options has the text @want. */
static inline void assert_has_with(const struct rebtf_btf *btf,
				   const struct rebtf_header_options *options, const char *want)
{
	struct buffer text = {};

	assert_ok(rebtf_header(btf, options, collect_text, &text));
	buffer_append(&text, "", 1);
	if (!strstr((char *)text.data, want))
		assert_string_equal((char *)text.data, want);
	buffer_release(&text);
}

static inline void assert_has(const struct rebtf_btf *btf, const char *want)
{
	assert_has_with(btf, NULL, want);
}

static inline void assert_unsorted_has(const struct rebtf_btf *btf, const char *want)
{
	REBTF_OPTIONS(rebtf_header_options, options, .unsorted = true);

	assert_has_with(btf, &options, want);
}

/* The notes of a header, a line for each. */
struct noted {
	char text[512];
};

static inline void collect_note(void *arg, const struct rebtf_header_note *note)
{
	struct noted *noted = arg;
	size_t length = strlen(noted->text);

	snprintf(noted->text + length, sizeof(noted->text) - length, "%d [%u] [%u] %s\n",
		 note->kind, note->id, note->cause, note->reason ?: note->c_name);
}

/* A kernel for 64 bits, whose next id is 2. */
static inline struct rebtf_builder *header_build(void)
{
	struct rebtf_builder *b = build_over(NULL);

	rebtf_builder_int(b, "long unsigned int", 8, 0, 64);
	return b;
}

#endif
