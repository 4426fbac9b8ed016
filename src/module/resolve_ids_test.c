/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Tests of resolving ids: words, sets, warnings, and the BTF that belongs to them. */
#include "module/btf_ids_for_test.h"
#include "module/ids.h"
#include "split/split_for_test.h"

static void resolution_release(struct rebtf_resolution **r)
{
	rebtf_resolution_free(*r);
}

static void ids_release(struct rebtf_ids **ids)
{
	rebtf_ids_free(*ids);
}

#define _cleanup_resolution_ _cleanup_(resolution_release)
#define _cleanup_ids_	     _cleanup_(ids_release)

/* The ids of an ELF file in @directory. */
static struct rebtf_error *open_ids(const char *directory, const struct test_ids *test,
				    struct rebtf_ids **ids)
{
	_cleanup_file_bytes_ struct file_bytes object = {};
	const char *path = scratch_path(directory, "x.ko");

	test_ids_make(test, &object);
	write_bytes(path, object.data, object.size);
	return rebtf_ids_open(path, ids);
}

/* Ids without a file. Words are those of the host. */
static struct rebtf_ids *ids_of(const uint32_t *words, size_t word_count,
				const struct test_symbol *symbols, size_t symbol_count)
{
	_cleanup_scratch_ char *directory = scratch_new();
	struct rebtf_ids *ids;

	assert_ok(open_ids(directory,
			   &(struct test_ids){ .words = words,
					       .word_count = word_count,
					       .symbols = symbols,
					       .symbol_count = symbol_count },
			   &ids));
	return ids;
}

static uint32_t resolved_word(const struct rebtf_resolution *r, size_t index, bool big_endian)
{
	const uint8_t *data;
	size_t size;

	data = rebtf_resolution_ids(r, &size);
	assert_true(size >= 4 * (index + 1));
	return get32(data + 4 * index, big_endian);
}

/* Words before they are resolved: flags are at their symbols. */
static const uint32_t unresolved[WORD_COUNT] = {
	[11] = 1, [13] = 0x10, [15] = 0x20, [17] = 0x40, [19] = 0x80
};

/* As unresolved, in the file's byte order: test_ids_make() writes the host's words. */
static void words_are_those_of_the_build(void **state)
{
	const int encodings[] = { ELFDATA2LSB, ELFDATA2MSB };

	(void)state;
	for (size_t e = 0; e < 2; e++) {
		_cleanup_scratch_ char *directory = scratch_new();
		_cleanup_unref_ struct rebtf_btf *kernel = make_kernel((struct variant){}),
						 *btf = make_module(kernel, true);
		_cleanup_resolution_ struct rebtf_resolution *r = NULL;
		_cleanup_ids_ struct rebtf_ids *ids = NULL;
		bool big_endian = encodings[e] == ELFDATA2MSB;
		uint32_t want[WORD_COUNT];

		kernel->big_endian = btf->big_endian = big_endian;
		assert_ok(open_ids(directory,
				   &(struct test_ids){ .encoding = encodings[e],
						       .words = unresolved,
						       .word_count = WORD_COUNT,
						       .symbols = every_symbol,
						       .symbol_count = SYMBOLS },
				   &ids));
		assert_ok(rebtf_resolve_ids(ids, btf, NULL, &r));
		assert_int_equal(rebtf_resolution_warning_count(r), 0);
		build_words(btf, want);
		for (size_t i = 0; i < WORD_COUNT; i++)
			assert_int_equal(resolved_word(r, i, big_endian), want[i]);
	}
}

static void the_list_has_names_and_sets(void **state)
{
	_cleanup_ids_ struct rebtf_ids *ids = ids_of(unresolved, WORD_COUNT, every_symbol, SYMBOLS);
	const struct rebtf_id_set *plain = rebtf_ids_set_at(ids, 0),
				  *kfuncs = rebtf_ids_set_at(ids, 1);
	uint32_t flags;

	(void)state;
	assert_int_equal(rebtf_ids_count(ids), 12);
	assert_int_equal(rebtf_ids_set_count(ids), 2);
	assert_none_beyond(ids_set, ids);
	assert_none_beyond(ids, ids);
	assert_string_equal(rebtf_ids_at(ids, 4)->name, "size_t");
	assert_int_equal(rebtf_ids_at(ids, 4)->kind, REBTF_KIND_TYPEDEF);
	assert_string_equal(plain->name, "plain");
	assert_int_equal(plain->count, 2);
	assert_false(plain->has_flags || plain->is_resolved);
	assert_string_equal(kfuncs->name, "kfuncs");
	assert_true(kfuncs->has_flags);
	assert_int_equal(kfuncs->flags, 1);
	assert_int_equal(kfuncs->id_count, 4);
	assert_string_equal(rebtf_ids_at(ids, kfuncs->first_id)->name, "stop");
	assert_int_equal(rebtf_ids_entry(ids, kfuncs, 3, &flags), 0);
	assert_int_equal(flags, 0x80);
	assert_int_equal(rebtf_ids_word(ids, 44), 1);
	assert_int_equal(rebtf_ids_word(ids, 80), 0);
}

static void assert_warning(const struct rebtf_resolution *r, size_t index, const char *text,
			   const char *reason)
{
	const struct rebtf_id_warning *warning = rebtf_resolution_warning_at(r, index);

	assert_non_null(warning);
	assert_string_equal(warning->text, text);
	if (!strstr(warning->reason, reason))
		fail_msg("no '%s' in: %s", reason, warning->reason);
}

/* The order is that of the kernel's tool: kinds, then names in descending order. */
static void types_that_are_missing_get_zero_and_a_warning(void **state)
{
	static const struct test_symbol symbols[] = {
		{ "__BTF_ID__func__absent__1", 0, 4 },	{ "__BTF_ID__func__start__2", 4, 4 },
		{ "__BTF_ID__func__zebra__3", 8, 4 },	{ "__BTF_ID__union__sock__4", 12, 4 },
		{ "__BTF_ID__func__absent__5", 16, 4 },
	};
	static const uint32_t words[5] = { 9, 9, 9, 9, 9 };
	_cleanup_unref_ struct rebtf_btf *kernel = make_kernel((struct variant){}),
					 *btf = make_module(kernel, true);
	_cleanup_ids_ struct rebtf_ids *ids = ids_of(words, 5, symbols, 5);
	_cleanup_resolution_ struct rebtf_resolution *r = NULL;

	(void)state;
	assert_ok(rebtf_resolve_ids(ids, btf, NULL, &r));
	assert_int_equal(rebtf_resolution_warning_count(r), 3);
	assert_warning(r, 0, "resolve_btfids: unresolved symbol sock",
		       "the BTF has a STRUCT of this name, but no UNION");
	assert_warning(r, 1, "resolve_btfids: unresolved symbol zebra", "no FUNC of this name");
	assert_warning(r, 2, "resolve_btfids: unresolved symbol absent", "no FUNC of this name");
	assert_none_beyond(resolution_warning, r);
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(resolved_word(r, i, HOST_BIG_ENDIAN),
				 i == 1 ? own_id(btf, "start") : 0);
}

/* As the kernel's tool, which ends its search once all names of a kind are found. */
static void the_first_of_several_types_counts(void **state)
{
	static const struct test_symbol once[] = { { "__BTF_ID__func__send__1", 0, 4 } };
	static const struct test_symbol twice[] = { { "__BTF_ID__func__send__1", 0, 4 },
						    { "__BTF_ID__func__send__2", 4, 4 } };
	static const uint32_t words[2] = {};
	_cleanup_unref_ struct rebtf_btf *kernel = make_kernel((struct variant){
						 .has_other_before = true }),
					 *btf = make_module(kernel, true);
	uint32_t first = rebtf_btf_find(kernel, "send", REBTF_KIND_FUNC);
	char text[128];

	(void)state;
	for (size_t uses = 1; uses <= 2; uses++) {
		_cleanup_ids_ struct rebtf_ids *ids = ids_of(words, 2, uses == 1 ? once : twice,
							     uses);
		_cleanup_resolution_ struct rebtf_resolution *r = NULL;

		assert_ok(rebtf_resolve_ids(ids, btf, NULL, &r));
		assert_int_equal(resolved_word(r, 0, HOST_BIG_ENDIAN), first);
		assert_int_equal(rebtf_resolution_warning_count(r), uses - 1);
		if (uses == 1)
			continue;
		snprintf(text, sizeof(text), "multiple IDs found for 'send': %u, %u - using %u",
			 first, first + 2, first);
		assert_warning(r, 0, text, "several types FUNC 'send'");
	}
}

static void two_sets_of_one_name_are_refused(void **state)
{
	static const struct test_symbol symbols[] = { { "__BTF_ID__set__x", 0, 4 },
						      { "__BTF_ID__set8__x", 4, 8 } };
	static const uint32_t words[3] = {};
	_cleanup_unref_ struct rebtf_btf *btf = build_int();
	_cleanup_ids_ struct rebtf_ids *ids = ids_of(words, 3, symbols, 2);
	struct rebtf_resolution *r;

	(void)state;
	assert_fails(rebtf_resolve_ids(ids, btf, NULL, &r), REBTF_ERR_FORMAT,
		     ".BTF_ids: two sets have the name 'x': rename one of them");
}

static void a_name_at_too_many_places_is_refused(void **state)
{
	struct rebtf_id many[101];
	uint8_t data[404] = {};
	struct rebtf_ids ids = { .path = (char[]){ "x" },
				 .big_endian = HOST_BIG_ENDIAN,
				 .data = data,
				 .size = sizeof(data),
				 .ids = many,
				 .id_count = 101 };
	_cleanup_unref_ struct rebtf_btf *btf = build_int();
	struct rebtf_resolution *r;

	(void)state;
	for (size_t i = 0; i < 101; i++)
		many[i] = (struct rebtf_id){ "f", REBTF_KIND_FUNC, 4 * i };
	assert_fails(rebtf_resolve_ids(&ids, btf, NULL, &r), REBTF_ERR_FORMAT,
		     "more than 100 symbols name FUNC 'f'");
	ids.id_count = 100;
	assert_ok(rebtf_resolve_ids(&ids, btf, NULL, &r));
	rebtf_resolution_free(r);
}

static void another_byte_order_is_refused(void **state)
{
	_cleanup_ids_ struct rebtf_ids *ids = ids_of(unresolved, 0, NULL, 0);
	_cleanup_unref_ struct rebtf_btf *btf = build_int();
	struct rebtf_resolution *r;

	(void)state;
	ids->big_endian = !ids->big_endian;
	assert_fails(rebtf_resolve_ids(ids, btf, NULL, &r), REBTF_ERR_ARGUMENT, "byte order");
}

static void without_a_section_only_the_btf_changes(void **state)
{
	REBTF_OPTIONS(rebtf_resolve_options, options, .kfuncs = true, .sort = true);
	_cleanup_scratch_ char *directory = scratch_new();
	_cleanup_unref_ struct rebtf_btf *btf = build_all_kinds();
	_cleanup_resolution_ struct rebtf_resolution *r = NULL;
	_cleanup_ids_ struct rebtf_ids *ids = NULL;
	size_t size;

	(void)state;
	assert_ok(open_ids(directory, &(struct test_ids){}, &ids));
	assert_ok(rebtf_resolve_ids(ids, btf, &options, &r));
	assert_null(rebtf_resolution_ids(r, &size));
	assert_null(rebtf_resolution_distilled_base(r));
	assert_true(rebtf_btf_is_sorted(rebtf_resolution_btf(r)));
}

static void the_header_size(const struct rebtf_resolution *r, const struct rebtf_btf *btf,
			    uint32_t want)
{
	_cleanup_free_ void *data = NULL;
	_cleanup_unref_ struct rebtf_btf *again = NULL;
	size_t size;
	struct btf_header header;

	assert_ok(rebtf_resolution_write(r, btf, &data, &size));
	memcpy(&header, data, sizeof(header));
	assert_int_equal(header.hdr_len, want);
	assert_ok(rebtf_btf_open_mem(data, size, NULL, rebtf_btf_base(btf), &again));
}

/* The ids are those of the distilled and sorted BTF. Both parts have the long header. */
static void distilled_btf_is_sorted_and_its_base_is_not(void **state)
{
	REBTF_OPTIONS(rebtf_resolve_options, options, .distill = true, .sort = true);
	_cleanup_ids_ struct rebtf_ids *ids = ids_of(unresolved, WORD_COUNT, every_symbol, SYMBOLS);
	_cleanup_unref_ struct rebtf_btf *kernel = make_kernel((struct variant){}),
					 *btf = make_module(kernel, true);
	_cleanup_resolution_ struct rebtf_resolution *r = NULL;
	struct rebtf_btf *result, *base;

	(void)state;
	assert_ok(rebtf_resolve_ids(ids, btf, &options, &r));
	result = rebtf_resolution_btf(r);
	base = rebtf_resolution_distilled_base(r);
	assert_ptr_equal(base, rebtf_btf_base(result));
	assert_true(rebtf_btf_is_distilled_base(base));
	assert_true(rebtf_btf_is_sorted(result));
	/* "int" comes before "sock", as in the kernel; sorted they would be, too. */
	assert_int_equal(resolved_word(r, 6, HOST_BIG_ENDIAN), own_id(result, "mine"));
	assert_int_equal(resolved_word(r, 5, HOST_BIG_ENDIAN), own_id(result, "size_t"));
	the_header_size(r, result, HEADER_SIZE_LAYOUT);
	the_header_size(r, base, HEADER_SIZE_LAYOUT);
}

static void a_header_keeps_its_size(void **state)
{
	_cleanup_ids_ struct rebtf_ids *ids = ids_of(unresolved, 0, NULL, 0);
	_cleanup_unref_ struct rebtf_btf *short_btf = build_int(), *long_btf = NULL;
	_cleanup_resolution_ struct rebtf_resolution *r = NULL, *again = NULL;
	_cleanup_free_ void *data = NULL;
	size_t size;

	(void)state;
	assert_ok(rebtf_resolve_ids(ids, short_btf, NULL, &r));
	the_header_size(r, short_btf, HEADER_SIZE);
	assert_ok(btf_write(short_btf, NULL, HEADER_SIZE_LAYOUT, &data, &size));
	assert_ok(rebtf_btf_open_mem(data, size, NULL, NULL, &long_btf));
	assert_false(rebtf_btf_has_layout(long_btf));
	assert_ok(rebtf_resolve_ids(ids, long_btf, NULL, &again));
	the_header_size(again, long_btf, HEADER_SIZE_LAYOUT);
}

/* -------------------------------------------------------------------------------------------- patch */

static void a_patch_changes_the_section_only(void **state)
{
	static const struct test_symbol symbols[] = { { "__BTF_ID__func__f__1", 4, 4 } };
	static const uint32_t words[2] = { 1, 2 };
	_cleanup_scratch_ char *directory = scratch_new();
	_cleanup_file_bytes_ struct file_bytes object = {};
	const char *path = scratch_path(directory, "x.ko");
	_cleanup_ids_ struct rebtf_ids *ids = NULL;
	uint8_t patch[8] = { 7 }, *at;

	(void)state;
	test_ids_make(&(struct test_ids){ .words = words,
					  .word_count = 2,
					  .symbols = symbols,
					  .symbol_count = 1 },
		      &object);
	write_bytes(path, object.data, object.size);
	assert_ok(rebtf_ids_patch(path, patch, 8));
	at = memmem(object.data, object.size, words, sizeof(words));
	assert_non_null(at);
	memcpy(at, patch, 8);
	assert_file_is(path, object.data, object.size);
	assert_fails(rebtf_ids_patch(path, patch, 4), REBTF_ERR_ARGUMENT,
		     "its size differs (found 8 bytes, expected 4)");
	assert_fails(rebtf_ids_patch(directory, patch, 8), REBTF_ERR_IO, "cannot open");
	write_bytes(path, "text", 4);
	assert_fails(rebtf_ids_patch(path, patch, 8), REBTF_ERR_FORMAT, "bad ELF file");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_those_of_the_build),
		cmocka_unit_test(the_list_has_names_and_sets),
		cmocka_unit_test(types_that_are_missing_get_zero_and_a_warning),
		cmocka_unit_test(the_first_of_several_types_counts),
		cmocka_unit_test(two_sets_of_one_name_are_refused),
		cmocka_unit_test(a_name_at_too_many_places_is_refused),
		cmocka_unit_test(another_byte_order_is_refused),
		cmocka_unit_test(without_a_section_only_the_btf_changes),
		cmocka_unit_test(distilled_btf_is_sorted_and_its_base_is_not),
		cmocka_unit_test(a_header_keeps_its_size),
		cmocka_unit_test(a_patch_changes_the_section_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
