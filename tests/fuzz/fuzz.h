/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * What fuzz targets share: errors are welcome if they can be said, and what was written opens again
 * as it is.
 */
#ifndef REBTF_FUZZ_H
#define REBTF_FUZZ_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rebtf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline bool ok(struct rebtf_error *err)
{
	if (!err)
		return true;
	free(rebtf_error_text(err));
	rebtf_error_free(err);
	return false;
}

static inline void fail(const char *what)
{
	fprintf(stderr, "%s\n", what);
	abort();
}

/*
 * What rebtf wrote itself must open, and be written as it was. WRONG_BASE is a guess from names and
 * prototypes that look odd, and random input may well look so.
 */
static inline void must_reopen(const struct rebtf_btf *btf, unsigned int flags)
{
	struct rebtf_btf *again = NULL;
	struct rebtf_error *err;
	void *bytes, *twice;
	size_t size, size_again;

	if (!ok(rebtf_write(btf, flags, &bytes, &size)))
		return;
	err = rebtf_open_mem(bytes, size, "written", rebtf_base(btf), &again);
	if (err && err->code != REBTF_ERR_WRONG_BASE)
		fail(rebtf_error_text(err));
	rebtf_error_free(err);
	if (again && ok(rebtf_write(again, flags, &twice, &size_again))) {
		if (size != size_again || memcmp(bytes, twice, size))
			fail("what was written is written in another way");
		free(twice);
	}
	rebtf_unref(again);
	free(bytes);
}

#endif
