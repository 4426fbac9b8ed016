/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Fuzz target: any bytes as raw BTF without a base. BTF that opens can be read, dumped, written
 * in each form and copied type by type, and stays equal.
 */
#include "fuzz.h"
#include "mutate.h"

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	mutate_start(seed);
	return mutate_btf(data, size, max_size);
}

static void copy_all(const struct rebtf_btf *btf)
{
	struct rebtf_builder *b;
	struct rebtf_btf *copy;
	struct rebtf_error *err;

	must(rebtf_builder_new(NULL, &b));
	rebtf_builder_set_byte_order(b, rebtf_btf_is_big_endian(btf) ? REBTF_BYTE_ORDER_BIG
								     : REBTF_BYTE_ORDER_LITTLE);
	for (uint32_t id = 1; id < rebtf_btf_type_count(btf); id++)
		rebtf_builder_copy(b, btf, id, NULL);
	err = rebtf_builder_finish(b, &copy);
	if (err && rebtf_error_code(err) == REBTF_ERR_UNSUPPORTED) {
		ok(err);
		return;
	}
	must(err);
	if (rebtf_btf_type_count(copy) != rebtf_btf_type_count(btf))
		fail("a copy has other types");
	must_be_same_types(btf, copy, false);
	rebtf_btf_unref(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rebtf_survey *survey = NULL;
	struct rebtf_btf *btf;
	bool surveyed = ok(rebtf_survey(data, size, NULL, &survey));

	if (!ok(rebtf_btf_open_mem(data, size, "input", NULL, &btf))) {
		rebtf_survey_free(survey);
		return 0;
	}
	if (!surveyed || survey->type_count + 1 != rebtf_btf_type_count(btf) ||
	    survey->strings_size != rebtf_btf_string_end(btf))
		fail("a survey saw something else");
	rebtf_survey_free(survey);
	look_at(btf);
	must_reopen_in_all_ways(btf);
	copy_all(btf);
	rebtf_btf_unref(btf);
	return 0;
}
