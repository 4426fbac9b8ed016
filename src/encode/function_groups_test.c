/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Tests of groups of symbols, of kfuncs and of the calling conventions' tables. */
#include <elf.h>

#include "encode/function_groups.h"
#include "encode/registers.h"
#include "util/bytes.h"
#include "util/testing.h"

static struct encode_symbol function(const char *name, uint64_t address)
{
	return (struct encode_symbol){
		.name = name, .address = address, .size = 8, .section = 1, .type = STT_FUNC
	};
}

static void make_groups(struct function_groups *groups, struct encode_symbol *symbols, size_t count)
{
	const struct encode_object object = { .symbols = { .items = symbols, .count = count } };

	assert_ok(function_groups_init(groups, &object));
}

static const struct function_group *group_of(const struct function_groups *groups, const char *name)
{
	return function_groups_find(groups, name, strlen(name));
}

static void symbols_with_the_same_name_before_the_dot_are_a_group(void **state)
{
	struct encode_symbol symbols[] = {
		function("plain", 0x10),
		function("changed.isra.0", 0x20),
		function("renamed.llvm.12345", 0x30),
		function("plain.alias", 0x10),
		{ .name = "object", .address = 0x40, .type = STT_OBJECT },
		function(".L123", 0x50),
	};
	struct function_groups groups;

	(void)state;
	make_groups(&groups, symbols, 6);
	assert_int_equal(groups.list.count, 3);
	assert_null(group_of(&groups, "object"));
	assert_null(group_of(&groups, "changed.isra.0"));
	assert_null(group_of(&groups, ""));
	assert_false(group_of(&groups, "plain")->optimized);
	assert_string_equal(group_of(&groups, "plain")->suffixed, "plain.alias");
	assert_true(group_of(&groups, "changed")->optimized);
	assert_int_equal(group_of(&groups, "changed")->address, 0x20);
	assert_false(group_of(&groups, "renamed")->optimized);
	assert_string_equal(group_of(&groups, "renamed")->suffixed, "renamed.llvm.12345");
	function_groups_release(&groups);
}

static void file_without_functions_has_no_groups(void **state)
{
	struct function_groups groups;

	(void)state;
	make_groups(&groups, NULL, 0);
	assert_int_equal(groups.list.count, 0);
	assert_null(group_of(&groups, "f"));
	function_groups_release(&groups);
}

static void parts_of_functions_do_not_count(void **state)
{
	struct encode_symbol symbols[] = {
		function("f", 0x10),	      function("f.cold", 0x1000),
		function("f.part.0", 0x2000), function("g.isra.0.cold", 0x3000),
		function("h.part.0", 0x4000),
	};
	struct function_groups groups;

	(void)state;
	make_groups(&groups, symbols, 5);
	assert_int_equal(groups.list.count, 1);
	assert_false(group_of(&groups, "f")->ambiguous);
	function_groups_release(&groups);
}

static void symbols_at_two_addresses_make_a_group_ambiguous(void **state)
{
	/* The last name in order and an address of 0 are no exceptions. */
	struct encode_symbol symbols[] = {
		function("zz", 0),	    function("aa", 0x10), function("zz", 0x20),
		function("aa.alias", 0x10), function("mm", 0x30), function("mm.constprop.0", 0x40),
	};
	struct function_groups groups;

	(void)state;
	make_groups(&groups, symbols, 6);
	assert_true(group_of(&groups, "zz")->ambiguous);
	assert_int_equal(group_of(&groups, "zz")->address, 0);
	assert_int_equal(group_of(&groups, "zz")->other_address, 0x20);
	assert_false(group_of(&groups, "aa")->ambiguous);
	assert_true(group_of(&groups, "mm")->ambiguous);
	assert_false(group_of(&groups, "mm")->optimized);
	function_groups_release(&groups);
}

static void groups_are_sorted_by_name(void **state)
{
	static const char *const sorted[] = { "_x",	   "a",		 "ab",	     "abcdefgh",
					      "abcdefgh0", "abcdefghij", "abcdefgi", "b" };
	struct encode_symbol symbols[] = {
		function("abcdefghij", 1), function("b", 2),	    function("abcdefgh", 3),
		function("ab.isra.0", 4),  function("abcdefgi", 5), function("_x", 6),
		function("abcdefgh0", 7),  function("a", 8),
	};
	uint32_t order[] = { 0, 1, 2, 3, 4, 5, 6, 7 };
	struct function_groups groups;

	(void)state;
	make_groups(&groups, symbols, 8);
	assert_ok(function_groups_sort(&groups, order, 8));
	for (size_t i = 0; i < 8; i++) {
		const struct function_group *group = &groups.list.items[order[i]];

		assert_int_equal(group->length, strlen(sorted[i]));
		assert_memory_equal(group->name, sorted[i], group->length);
	}
	function_groups_release(&groups);
}

/* -------------------------------------------------------------------------------------- kfuncs */

#define IDS_ADDRESS 0x1000

/* Two sets of two pairs, and an id outside of sets. Only the first is a set of kfuncs. */
static void make_ids(uint8_t *ids, bool big_endian)
{
	static const uint32_t words[] = { 0, 1, 0, 1 << 12, 0, 0, 0, 0, 0, 7, 0, 8, 0 };

	for (size_t i = 0; i < 13; i++)
		put32(ids + 4 * i, words[i], big_endian);
}

static struct encode_symbol id_symbol(const char *name, uint64_t offset, uint64_t size)
{
	return (struct encode_symbol){
		.name = name, .address = IDS_ADDRESS + offset, .size = size, .section = 2
	};
}

static void test_kfuncs(bool big_endian)
{
	uint8_t data[52];
	struct encode_section sections[] = {
		{}, {}, { ".BTF_ids", IDS_ADDRESS, sizeof(data), data, true }
	};
	struct encode_symbol symbols[] = {
		function("fast", 1),
		function("with__two_", 2),
		function("unrelated", 3),
		function("single", 4),
		id_symbol("__BTF_ID__set8__kfuncs", 0, 24),
		id_symbol("__BTF_ID__func__fast__1", 8, 4),
		id_symbol("__BTF_ID__func__with__two___2", 16, 4),
		id_symbol("__BTF_ID__set8__others", 24, 24),
		id_symbol("__BTF_ID__func__unrelated__3", 32, 4),
		id_symbol("__BTF_ID__func__single__4", 48, 4),
		id_symbol("__BTF_ID__func__missing__5", 8, 4),
		/* Hostile. */
		id_symbol("__BTF_ID__set8__beyond", 48, 24),
		id_symbol("__BTF_ID__func__single__6", 4000, 4),
		id_symbol("__BTF_ID__func__", 8, 4),
		id_symbol("__BTF_ID__func____7", 8, 4),
	};
	const struct encode_object object = {
		.dwarf.big_endian = big_endian,
		.symbols = { .items = symbols, .count = sizeof(symbols) / sizeof(*symbols) },
		.sections = { .items = sections, .count = 3 },
	};
	struct function_groups groups;

	make_ids(data, big_endian);
	assert_ok(function_groups_init(&groups, &object));
	assert_true(group_of(&groups, "fast")->is_kfunc);
	assert_int_equal(group_of(&groups, "fast")->kfunc_flags, KFUNC_FASTCALL);
	assert_true(group_of(&groups, "with__two_")->is_kfunc);
	assert_int_equal(group_of(&groups, "with__two_")->kfunc_flags, 0);
	assert_false(group_of(&groups, "unrelated")->is_kfunc);
	assert_false(group_of(&groups, "single")->is_kfunc);
	function_groups_release(&groups);
}

static void kfuncs_are_the_functions_in_flagged_sets(void **state)
{
	(void)state;
	test_kfuncs(false);
	test_kfuncs(true);
}

/* ----------------------------------------------------------------------------------- registers */

static void tables_have_the_registers_of_the_calling_conventions(void **state)
{
	(void)state;
	/* System V ABI for x86-64: rdi is DWARF's 5, r9 is 9. */
	assert_int_equal(abi_registers_of(EM_X86_64)->count, 6);
	assert_int_equal(abi_registers_of(EM_X86_64)->dwarf[0], 5);
	assert_int_equal(abi_registers_of(EM_X86_64)->dwarf[5], 9);
	assert_int_equal(abi_registers_of(EM_S390)->count, 5);
	assert_int_equal(abi_registers_of(EM_S390)->dwarf[0], 2);
	assert_int_equal(abi_registers_of(EM_AARCH64)->dwarf[7], 7);
	assert_int_equal(abi_registers_of(EM_ARM)->count, 4);
	assert_int_equal(abi_registers_of(EM_RISCV)->count, 8);
	assert_false(abi_registers_of(EM_RISCV)->known);
	assert_int_equal(abi_registers_of(EM_NONE)->count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(symbols_with_the_same_name_before_the_dot_are_a_group),
		cmocka_unit_test(file_without_functions_has_no_groups),
		cmocka_unit_test(parts_of_functions_do_not_count),
		cmocka_unit_test(symbols_at_two_addresses_make_a_group_ambiguous),
		cmocka_unit_test(groups_are_sorted_by_name),
		cmocka_unit_test(kfuncs_are_the_functions_in_flagged_sets),
		cmocka_unit_test(tables_have_the_registers_of_the_calling_conventions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
