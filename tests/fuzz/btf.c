/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Fuzz target: any bytes as BTF. The input is two files, base and split, the first one as long as
 * its first four bytes say; what opens goes through everything that a transform or a dump does with
 * it. Nothing is compared here but what must hold for any BTF: what was written opens again
 * as it is.
 */
#include "fuzz.h"

static struct rebtf_error *discard(void *arg, const char *text, size_t size)
{
	(void)arg, (void)text, (void)size;
	return NULL;
}

static void use(const struct rebtf_btf *btf)
{
	for (uint32_t id = 0; id < rebtf_type_count(btf); id++) {
		const struct rebtf_type *t = rebtf_type_by_id(btf, id);

		rebtf_find(btf, rebtf_type_name(btf, t), rebtf_type_kind(t));
	}
	ok(rebtf_dump(btf, discard, NULL));
	must_reopen(btf, 0);
	must_reopen(btf, REBTF_WRITE_LAYOUT);
	if (!rebtf_base(btf)) /* whose order split BTF must share */
		must_reopen(btf, REBTF_WRITE_BIG);
}

static void transform(const struct rebtf_btf *split, struct rebtf_btf *base)
{
	struct rebtf_btf *distilled, *over_distilled, *relocated;
	struct rebtf_report *report = NULL;

	if (!ok(rebtf_distill(split, &distilled, &over_distilled)))
		return;
	must_reopen(distilled, 0);
	must_reopen(over_distilled, 0);
	if (ok(rebtf_relocate(over_distilled, base, &report, &relocated))) {
		use(relocated);
		rebtf_unref(relocated);
	}
	rebtf_report_free(report);
	rebtf_unref(over_distilled);
	rebtf_unref(distilled);
}

static void make_standalone(const struct rebtf_btf *split, struct rebtf_btf *base, bool full)
{
	struct rebtf_btf *standalone, *presented;

	if (!ok(rebtf_standalone(split, full, &standalone)))
		return;
	use(standalone);
	if (ok(rebtf_present(standalone, base, &presented))) {
		use(presented);
		rebtf_unref(presented);
	}
	rebtf_unref(standalone);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rebtf_btf *base, *split;
	struct rebtf_survey survey;
	uint32_t base_size;
	size_t count;

	if (size < sizeof(base_size))
		return -1;
	memcpy(&base_size, data, sizeof(base_size));
	data += sizeof(base_size);
	size -= sizeof(base_size);
	if (base_size > size)
		return -1;

	ok(rebtf_survey(data + base_size, size - base_size, NULL, &survey));
	if (!ok(rebtf_open_mem(data, base_size, "base", NULL, &base)))
		return 0;
	use(base);
	if (ok(rebtf_open_mem(data + base_size, size - base_size, "split", base, &split))) {
		use(split);
		ok(rebtf_count_base_refs(split, &count));
		transform(split, base);
		make_standalone(split, base, false);
		make_standalone(split, base, true);
		rebtf_unref(split);
	}
	rebtf_unref(base);
	return 0;
}
