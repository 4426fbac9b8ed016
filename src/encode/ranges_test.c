/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Tests where a function starts that has ranges only: every kind of entry, in DWARF 4 and 5. */
#include "encode/dwarf_for_test.h"
#include "encode/ranges.h"

/* Of the unit: its DIE's address, and what .debug_addr has. */
#define UNIT_PC	  0x100000
#define INDEX_0	  0x1000
#define INDEX_1	  0x2000
#define ADDR_BASE 8

#define ADDRESS(value) (value) & 0xff, (value) >> 8 & 0xff, (value) >> 16 & 0xff, 0, 0, 0, 0, 0

#define NOWHERE UINT64_MAX

struct range_case {
	uint8_t list[40], size;
	uint64_t pc; /* NOWHERE: no range */
};

static void make_file(struct made_dwarf *m, uint16_t version, const struct range_case *c)
{
	made_abbrev(m, 1, DW_TAG_compile_unit, 1, DW_AT_low_pc, DW_FORM_addr, DW_AT_addr_base,
		    DW_FORM_sec_offset, 0, 0);
	made_abbrev(m, 2, DW_TAG_subprogram, 0, DW_AT_ranges, DW_FORM_sec_offset, 0, 0, 0);
	made_unit(m, version, 0);
	made_info(m, 1);
	made_number(m, DWARF_INFO, UNIT_PC, 8);
	made_number(m, DWARF_INFO, ADDR_BASE, 4);
	made_info(m, 2, 0, 0, 0, 0, 0);
	made_unit_end(m);
	made_number(m, DWARF_ADDR, 0, ADDR_BASE);
	made_number(m, DWARF_ADDR, INDEX_0, 8);
	made_number(m, DWARF_ADDR, INDEX_1, 8);
	assert_non_null(buffer_append(&m->sections[version >= 5 ? DWARF_RNGLISTS : DWARF_RANGES],
				      c->list, c->size));
}

static struct rebtf_error *first_pc(struct made_dwarf *m, uint64_t *pc)
{
	struct die_cursor cursor;
	struct die die;
	bool found;

	TRY(made_read(m));
	die_cursor_start(&cursor, &m->reader, NULL, m->units.items[0].first_die);
	while (die_next(&cursor, &die) && die.tag != DW_TAG_subprogram)
		;
	assert_int_equal(die.tag, DW_TAG_subprogram);
	TRY(die_low_pc(&m->reader, &die, pc, &found));
	if (!found)
		*pc = NOWHERE;
	return NULL;
}

static void assert_starts(uint16_t version, const struct range_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		_cleanup_made_ struct made_dwarf m = {};
		uint64_t pc;

		make_file(&m, version, &cases[i]);
		assert_ok(first_pc(&m, &pc));
		if (pc != cases[i].pc)
			fail_msg("list %zu: 0x%llx, not 0x%llx", i, (unsigned long long)pc,
				 (unsigned long long)cases[i].pc);
	}
}

static void each_entry_of_a_list_gives_its_start(void **state)
{
	static const struct range_case cases[] = {
		{ { DW_RLE_offset_pair, 0x10, 0x20 }, 3, UNIT_PC + 0x10 },
		{ { DW_RLE_start_end, ADDRESS(0x3000), ADDRESS(0x3010) }, 17, 0x3000 },
		{ { DW_RLE_start_length, ADDRESS(0x3000), 0x10 }, 10, 0x3000 },
		{ { DW_RLE_startx_endx, 0, 1 }, 3, INDEX_0 },
		{ { DW_RLE_startx_length, 1, 0x10 }, 3, INDEX_1 },
		{ { DW_RLE_base_address, ADDRESS(0x4000), DW_RLE_offset_pair, 1, 2 }, 12, 0x4001 },
		{ { DW_RLE_base_addressx, 1, DW_RLE_offset_pair, 1, 2 }, 5, INDEX_1 + 1 },
		/* Empty ranges do not count. */
		{ { DW_RLE_offset_pair, 5, 5, DW_RLE_offset_pair, 6, 8 }, 6, UNIT_PC + 6 },
		{ { DW_RLE_start_end, ADDRESS(0x3000), ADDRESS(0x3000), DW_RLE_offset_pair, 6, 8 },
		  20,
		  UNIT_PC + 6 },
		{ { DW_RLE_start_length, ADDRESS(0x3000), 0, DW_RLE_offset_pair, 6, 8 },
		  13,
		  UNIT_PC + 6 },
		{ { DW_RLE_startx_endx, 1, 1, DW_RLE_offset_pair, 6, 8 }, 6, UNIT_PC + 6 },
		{ { DW_RLE_startx_length, 1, 0, DW_RLE_offset_pair, 6, 8 }, 6, UNIT_PC + 6 },
		{ { DW_RLE_offset_pair, 5, 5, DW_RLE_end_of_list, DW_RLE_offset_pair, 6, 8 },
		  7,
		  NOWHERE },
		{ { DW_RLE_end_of_list }, 1, NOWHERE },
	};

	(void)state;
	assert_starts(5, cases, sizeof(cases) / sizeof(*cases));
}

static void an_old_list_has_pairs_of_addresses(void **state)
{
	static const struct range_case cases[] = {
		{ { ADDRESS(0x10), ADDRESS(0x20) }, 16, UNIT_PC + 0x10 },
		{ { ADDRESS(0x10), ADDRESS(0x10), ADDRESS(0x30), ADDRESS(0x40) },
		  32,
		  UNIT_PC + 0x30 },
		{ { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, ADDRESS(0x5000), ADDRESS(1),
		    ADDRESS(2) },
		  32,
		  0x5001 },
		{ { ADDRESS(0), ADDRESS(0) }, 16, NOWHERE },
	};

	(void)state;
	assert_starts(4, cases, sizeof(cases) / sizeof(*cases));
}

static void a_list_past_its_section_is_refused(void **state)
{
	static const struct range_case cases[] = {
		{ { DW_RLE_offset_pair, 0x10 }, 2, 0 },
		{ { DW_RLE_start_end, ADDRESS(0x3000) }, 9, 0 },
		{ { DW_RLE_offset_pair, 5, 5 }, 3, 0 },
		{ { 0x77, 1, 2 }, 3, 0 },
		{ {}, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		_cleanup_made_ struct made_dwarf m = {};
		uint64_t pc;

		make_file(&m, 5, &cases[i]);
		assert_fails(first_pc(&m, &pc), REBTF_ERR_FORMAT,
			     "a list of ranges ends past .debug_rnglists");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_entry_of_a_list_gives_its_start),
		cmocka_unit_test(an_old_list_has_pairs_of_addresses),
		cmocka_unit_test(a_list_past_its_section_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
