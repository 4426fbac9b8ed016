/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Shows that the layers up to split need only libc. This program is linked from all their objects
 * and no other library, so linking it is the test. It runs so that the test is counted.
 */
#include <stdio.h>

#include "rebtf.h"

int main(void)
{
	/*
	 * A header only, which is valid BTF: magic, version, flags, length; no types, no strings.
	 */
	static const struct {
		uint16_t magic;
		uint8_t version, flags;
		uint32_t hdr_len, type_off, type_len, str_off, str_len;
	} empty = { .magic = 0xeb9f, .version = 1, .hdr_len = 24 };
	struct rebtf_btf *btf = NULL;
	struct rebtf_error *err = rebtf_btf_open_mem(&empty, sizeof(empty), NULL, NULL, &btf);

	printf("1..1\n%s 1 - layers_up_to_split_link_with_libc_alone\n", err ? "not ok" : "ok");
	rebtf_error_free(err);
	rebtf_btf_unref(btf);
	return !!err;
}
