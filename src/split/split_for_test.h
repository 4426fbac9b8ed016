/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Shared by tests of distilling and relocating: both steps, and the expectations for the second
 * one, with their results checked like those of a file.
 */
#ifndef REBTF_SPLIT_FOR_TEST_H
#define REBTF_SPLIT_FOR_TEST_H

#include "btf/build_for_test.h"
#include "split/expects.h"

/* Results must open again from their bytes and stay the same, including ids and offsets. */
static inline void assert_reopens(const struct rebtf_btf *btf)
{
	_cleanup_bytes_ struct bytes bytes = written(btf, 0), twice = { 0 };
	_cleanup_unref_ struct rebtf_btf *again = NULL;

	assert_ok(open_bytes(&bytes, rebtf_btf_base(btf), &again));
	twice = written(again, 0);
	assert_same_bytes(&twice, &bytes);
}

/* The split over its distilled base. It holds the reference to that base. */
static inline struct rebtf_btf *distilled(const struct rebtf_btf *split)
{
	struct rebtf_btf *base, *result;

	assert_ok(rebtf_distill(split, &base, &result));
	assert_ptr_equal(rebtf_btf_base(result), base);
	assert_reopens(base);
	assert_reopens(result);
	assert_true(rebtf_btf_is_distilled_base(base));
	rebtf_btf_unref(base);
	return result;
}

static inline struct rebtf_btf *relocated(const struct rebtf_btf *split, struct rebtf_btf *new_base)
{
	struct rebtf_btf *result;

	assert_ok(rebtf_relocate(split, new_base, NULL, &result));
	assert_ptr_equal(rebtf_btf_base(result), new_base);
	assert_reopens(result);
	return result;
}

/* The parts of a distilled module with expectations. */
struct parts {
	struct rebtf_btf *base; /* the distilled one */
	struct rebtf_btf *split;
	struct rebtf_btf *expects;
};

static inline void parts_release(struct parts *parts)
{
	rebtf_btf_unref(parts->expects);
	rebtf_btf_unref(parts->split);
	rebtf_btf_unref(parts->base);
}

#define _cleanup_parts_ _cleanup_(parts_release)

/* Expectations open again like the rest, and are consistent with their base. */
static inline struct parts distilled_parts(const struct rebtf_btf *split,
					   const struct rebtf_trust *trust)
{
	struct parts parts;

	assert_ok(rebtf_distill_expects(split, trust, &parts.base, &parts.split, &parts.expects));
	assert_ptr_equal(rebtf_btf_base(parts.split), parts.base);
	assert_ptr_equal(rebtf_btf_base(parts.expects), parts.base);
	assert_reopens(parts.base);
	assert_reopens(parts.split);
	assert_reopens(parts.expects);
	assert_ok(expects_check(parts.expects));
	return parts;
}

#endif
