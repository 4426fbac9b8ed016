/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Tests of ids in .BTF_ids that refer to the kernel's types: they are recorded when the module is
 * distilled, found again by name in another kernel, and never confused with copies among the
 * module's own types.
 */
#include "module/btf_ids_for_test.h"

static void distilled_and_relocated_ids_are_those_of_a_build_for_that_kernel(void **state)
{
	_cleanup_unref_ struct rebtf_btf *kernel = make_kernel((struct variant){});
	_cleanup_unref_ struct rebtf_btf *next = make_kernel((struct variant){ .filler = 9 });

	(void)state;
	for (int encoding = ELFDATA2LSB; encoding <= ELFDATA2MSB; encoding++) {
		_cleanup_test_module_ struct module m = start_every(kernel, encoding);
		_cleanup_test_module_ struct module distilled = {}, back = {}, on = {};

		assert_ok(distill(&m, &distilled));
		assert_true(distilled.has_record);
		assert_ok(relocate(&distilled, kernel, &back));
		assert_memory_equal(back.words, m.words, sizeof(m.words));
		assert_built(&back);
		assert_false(back.has_record);
		assert_ok(relocate(&distilled, next, &on));
		assert_built(&on);
	}
}

/* As with --old-base: never distilled on disk, so without a record. */
static void ids_go_straight_from_one_kernel_to_another(void **state)
{
	_cleanup_unref_ struct rebtf_btf *kernel = make_kernel((struct variant){});
	_cleanup_unref_ struct rebtf_btf *next = make_kernel((struct variant){ .filler = 9 });
	_cleanup_test_module_ struct module m = start_every(kernel, ELFDATA2LSB);
	_cleanup_test_module_ struct module on = {};
	_cleanup_unref_ struct rebtf_btf *base = NULL, *distilled = NULL;
	struct rebtf_btf *relocated;

	(void)state;
	assert_ok(rebtf_distill(m.btf, &base, &distilled));
	assert_ok(rebtf_relocate(distilled, next, NULL, &relocated));
	assert_ok(rewrite(&m, relocated, 0, &on));
	assert_built(&on);
}

/* Like Kbuild's distilling, which finds no functions and typedefs. */
static void a_distilled_module_has_no_ids_of_what_its_base_lacks(void **state)
{
	_cleanup_unref_ struct rebtf_btf *kernel = make_kernel((struct variant){});
	_cleanup_test_module_ struct module m = start_every(kernel, ELFDATA2LSB);
	_cleanup_test_module_ struct module distilled = {};
	uint32_t stop, go;

	(void)state;
	assert_ok(distill(&m, &distilled));
	stop = own_id(distilled.btf, "stop");
	go = own_id(distilled.btf, "start");
	/* The copy of size_t is an own type, but is not used for the id. */
	assert_true(own_id(distilled.btf, "size_t"));
	assert_words(&distilled,
		     (uint32_t[]){ rebtf_btf_find(distilled.btf, "sock", REBTF_KIND_STRUCT),
				   0,
				   0,
				   0,
				   0,
				   0,
				   own_id(distilled.btf, "mine"),
				   2,
				   0,
				   0,
				   4,
				   1,
				   0,
				   0x20,
				   0,
				   0x80,
				   go,
				   0x40,
				   stop,
				   0x10 });
}

/* Relocated with --keep: the ids refer to a kernel that is gone, and the record has the flags. */
static void a_kept_module_is_relocated_again(void **state)
{
	_cleanup_unref_ struct rebtf_btf *kernel = make_kernel((struct variant){});
	_cleanup_unref_ struct rebtf_btf *gone = make_kernel((struct variant){ .filler = 9 });
	_cleanup_unref_ struct rebtf_btf *next = make_kernel((struct variant){ .filler = 2 });
	_cleanup_test_module_ struct module m = start_every(kernel, ELFDATA2LSB);
	_cleanup_test_module_ struct module distilled = {}, relocated = {}, again = {};
	_cleanup_result_ struct btf_ids_result result = {}, unknown = {};
	struct btf_ids_origin origin;

	(void)state;
	assert_ok(distill(&m, &distilled));
	assert_ok(relocate(&distilled, gone, &relocated));
	assert_ok(relocate(&distilled, next, &again));
	origin = (struct btf_ids_origin){
		.btf = distilled.btf,
		.start = rebtf_btf_start_id(relocated.btf),
		.is_distilled = true,
		.record = &distilled.record,
	};
	assert_ok(resolve(&relocated, &origin, again.btf, 0, &result));
	for (size_t i = 0; i < WORD_COUNT; i++)
		assert_int_equal(get32(result.data + 4 * i, false), again.words[i]);
	/* Without the record the owners of the flags are unknown. */
	origin.record = NULL;
	assert_fails(resolve(&relocated, &origin, again.btf, 0, &unknown), REBTF_ERR_UNSUPPORTED,
		     "cannot match the flags in set __BTF_ID__set8__kfuncs to its ids");
}

static void expectations_can_be_added_without_a_change_to_the_ids(void **state)
{
	_cleanup_unref_ struct rebtf_btf *kernel = make_kernel((struct variant){});
	_cleanup_test_module_ struct module m = start_every(kernel, ELFDATA2LSB);
	_cleanup_test_module_ struct module distilled = {}, again = {};

	(void)state;
	assert_ok(distill(&m, &distilled));
	assert_ok(rewrite(&distilled, rebtf_btf_ref(distilled.btf), BTF_IDS_DISTILL, &again));
	assert_words(&again, distilled.words);
	assert_int_equal(again.record.count, distilled.record.count);
	assert_memory_equal(again.record.entries, distilled.record.entries,
			    again.record.count * sizeof(*again.record.entries));
}

/* A record of another .BTF_ids. */
static void a_record_that_does_not_belong_to_the_ids_is_refused(void **state)
{
	_cleanup_unref_ struct rebtf_btf *kernel = make_kernel((struct variant){});
	_cleanup_test_module_ struct module m = start_every(kernel, ELFDATA2LSB);
	_cleanup_test_module_ struct module distilled = {};

	(void)state;
	assert_ok(distill(&m, &distilled));
	for (int i = 0; i < 3; i++) {
		_cleanup_test_module_ struct module on = {};
		size_t count = distilled.record.count;
		struct id_entry *entry = &distilled.record.entries[11];

		if (i == 0)
			distilled.record.count--;
		else if (i == 1)
			entry->offset += 4;
		else
			entry->flags ^= 1;
		assert_fails(relocate(&distilled, kernel, &on),
			     i == 2 ? REBTF_ERR_UNSUPPORTED : REBTF_ERR_FORMAT,
			     i == 2 ? "cannot match the flags" : "entries do not match the ids in");
		distilled.record.count = count;
		entry->offset -= i == 1 ? 4 : 0;
	}
}

/* The record gives the only symbol the flags of the word without an id, so none names the id. */
static void an_id_that_the_flags_leave_over_is_refused(void **state)
{
	static const struct test_symbol symbols[] = {
		{ "__BTF_ID__set8__x", 0, 24 },
		{ "__BTF_ID__func__start__1", 8, 4 },
	};
	_cleanup_unref_ struct rebtf_btf *kernel = make_kernel((struct variant){});
	_cleanup_test_module_ struct module m = start(kernel, false, symbols, 2);
	_cleanup_result_ struct btf_ids_result result = {};
	struct id_entry entry = { .offset = 8, .owner = ID_OWN, .flags = 6 };
	const struct id_record record = { &entry, 1 };
	struct btf_ids_origin origin = origin_of(&m);

	(void)state;
	origin.record = &record;
	m.word_count = 6;
	memcpy(m.words, ((uint32_t[]){ 2, 1, 700, 5, 0, 6 }), 24);
	assert_fails(resolve(&m, &origin, m.btf, 0, &result), REBTF_ERR_UNSUPPORTED,
		     "no symbol names the types of the ids in set __BTF_ID__set8__x");
	/* If the symbol has the flags of the id, the other word stays unused. */
	entry.flags = 5;
	assert_ok(resolve(&m, &origin, m.btf, 0, &result));
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(get32(result.data + 4 * i, m.encoding == ELFDATA2MSB),
				 ((uint32_t[]){ 2, 1, 0, 6, own_id(m.btf, "start"), 5 })[i]);
}

static void flags_of_one_id_are_not_given_to_another(void **state)
{
	static const struct test_symbol symbols[] = {
		{ "__BTF_ID__set8__x", 0, 32 },
		{ "__BTF_ID__func__start__1", 8, 4 },
		{ "__BTF_ID__func__stop__2", 16, 4 },
		{ "__BTF_ID__func__send__3", 24, 4 },
	};
	_cleanup_unref_ struct rebtf_btf *kernel = make_kernel((struct variant){});
	_cleanup_test_module_ struct module m = start(kernel, false, symbols, 4);
	const uint32_t go = own_id(m.btf, "start"), stop = own_id(m.btf, "stop");
	struct id_entry entries[] = { { .offset = 8, .owner = ID_OWN, .flags = 6 },
				      { .offset = 16, .owner = ID_OWN, .flags = 7 },
				      { .offset = 24, .owner = ID_OF_BASE_IF_ANY } };
	const struct id_record record = { entries, 3 };
	struct btf_ids_origin origin = origin_of(&m);

	(void)state;
	origin.record = &record;
	m.word_count = 8;
	memcpy(m.words, ((uint32_t[]){ 3, 1, 0, 5, go, 6, stop, 7 }), 32);
	for (uint32_t flags = 4; flags <= 8; flags++) {
		_cleanup_result_ struct btf_ids_result result = {};

		entries[2].flags = flags;
		/* The two others have 6 and 7. */
		if (flags == 5)
			assert_ok(resolve(&m, &origin, m.btf, 0, &result));
		else
			assert_fails(resolve(&m, &origin, m.btf, 0, &result), REBTF_ERR_UNSUPPORTED,
				     "cannot match the flags in set __BTF_ID__set8__x to its ids");
	}
}

static void assert_bad_record(const uint32_t *words, size_t count, const char *part)
{
	_cleanup_record_ struct id_record record = {};
	uint8_t bytes[64];

	for (size_t i = 0; i < count; i++)
		put32(bytes + 4 * i, words[i], true);
	assert_fails(id_record_read(bytes, count * 4, true, &record), REBTF_ERR_FORMAT, part);
}

#define ASSERT_BAD_RECORD(part, ...)                                                               \
	assert_bad_record((const uint32_t[]){ __VA_ARGS__ },                                       \
			  sizeof((const uint32_t[]){ __VA_ARGS__ }) / 4, part)

static void records_that_are_malformed_are_refused(void **state)
{
	(void)state;
	ASSERT_BAD_RECORD("unsupported version 0", 1);
	ASSERT_BAD_RECORD("unsupported version 2 (expected 1)", 2, 0);
	ASSERT_BAD_RECORD("invalid size for 1 entries (found 8 bytes, expected 24)", 1, 1);
	ASSERT_BAD_RECORD("invalid size for 0 entries (found 12 bytes, expected 8)", 1, 0, 0);
	ASSERT_BAD_RECORD(
		"invalid size for 4294967295 entries (found 24 bytes, expected 68719476728)", 1,
		UINT32_MAX, 0, 0, 0, 0);
	ASSERT_BAD_RECORD("invalid owner 3 in entry 0 (maximum 2)", 1, 1, 0, 3, 0, 0);
	ASSERT_BAD_RECORD("entry 1 is out of order (found offset 4, expected more than 4)", 1, 2, 4,
			  0, 0, 0, 4, 0, 0, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(distilled_and_relocated_ids_are_those_of_a_build_for_that_kernel),
		cmocka_unit_test(ids_go_straight_from_one_kernel_to_another),
		cmocka_unit_test(a_distilled_module_has_no_ids_of_what_its_base_lacks),
		cmocka_unit_test(a_kept_module_is_relocated_again),
		cmocka_unit_test(expectations_can_be_added_without_a_change_to_the_ids),
		cmocka_unit_test(a_record_that_does_not_belong_to_the_ids_is_refused),
		cmocka_unit_test(an_id_that_the_flags_leave_over_is_refused),
		cmocka_unit_test(flags_of_one_id_are_not_given_to_another),
		cmocka_unit_test(records_that_are_malformed_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
