/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* For tests of the verifier: compares the verdict on raw BTF with the expected one. */
#ifndef REBTF_VERIFY_FOR_TEST_H
#define REBTF_VERIFY_FOR_TEST_H

#include "btf/build_for_test.h"
#include "verify/verify.h"

#define INT_DATA(encoding, offset, bits) ((uint32_t)(encoding) << 24 | (offset) << 16 | (bits))

/* Returns the first violation as text, malloced, or NULL. */
static inline char *judge(const struct bytes *bytes, struct rebtf_btf *base, const char *kernel,
			  bool kernel_btf)
{
	const struct rebtf_verify_options options = { .size = sizeof(struct rebtf_verify_options),
						      .kernel = kernel,
						      .kernel_btf = kernel_btf,
						      .limit = 1 };
	struct rebtf_violations *violations;
	char *text = NULL;

	assert_ok(rebtf_verify(bytes->data, bytes->size, "x", base, &options, &violations));
	assert_true(violations->errors.count <= 1);
	if (violations->errors.count) {
		assert_int_equal(violations->errors.items[0]->code, REBTF_ERR_FORMAT);
		text = rebtf_error_text(violations->errors.items[0]);
		assert_non_null(text);
	}
	rebtf_violations_free(violations);
	return text;
}

/* @part: part of the violation; NULL: no violation. */
static inline void expect_of(const struct bytes *bytes, struct rebtf_btf *base, const char *kernel,
			     bool kernel_btf, const char *part, int line)
{
	_cleanup_free_ char *text = judge(bytes, base, kernel, kernel_btf);

	if (!part != !text || (part && !strstr(text, part)))
		fail_msg("line %d: %s, expected %s", line, text ?: "accepted",
			 part ?: "acceptance");
}

static inline void expect_raw(const uint32_t *words, size_t size, const char *strings,
			      size_t strings_size, struct rebtf_btf *base, const char *kernel,
			      bool kernel_btf, const char *part, int line)
{
	_cleanup_bytes_ struct bytes bytes = raw_bytes(words, size, NULL, 0, strings, strings_size);

	expect_of(&bytes, base, kernel, kernel_btf, part, line);
}

#endif
