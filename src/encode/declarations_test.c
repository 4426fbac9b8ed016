/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Tests of functions and variables from DWARF made by hand to BTF, and of their fates. */
#include <elf.h>

#include "btf/btf.h"
#include "encode/dwarf_for_test.h"
#include "encode/encode.h"

enum { UNIT = 1, FUNCTION, BASE, VARIABLE };

#define PER_CPU_ADDRESS 0x1000

static void add_name(struct made_dwarf *m, uint8_t code, const char *name)
{
	made_info(m, code);
	assert_non_null(buffer_append(&m->sections[DWARF_INFO], name, strlen(name) + 1));
}

static void add_function(struct made_dwarf *m, const char *name, uint64_t address)
{
	add_name(m, FUNCTION, name);
	made_number(m, DWARF_INFO, address, 8);
}

static void add_variable(struct made_dwarf *m, const char *name, uint32_t type, uint64_t address)
{
	add_name(m, VARIABLE, name);
	made_number(m, DWARF_INFO, type, 4);
	made_info(m, 9, DW_OP_addr);
	made_number(m, DWARF_INFO, address, 8);
}

/* A file with functions and variables that cannot have BTF. */
static void make_file(struct made_dwarf *m)
{
	uint32_t type;

	made_abbrev(m, UNIT, DW_TAG_compile_unit, 1, 0, 0);
	made_abbrev(m, FUNCTION, DW_TAG_subprogram, 0, DW_AT_name, DW_FORM_string, DW_AT_low_pc,
		    DW_FORM_addr, 0, 0);
	made_abbrev(m, BASE, DW_TAG_base_type, 0, DW_AT_name, DW_FORM_string, DW_AT_byte_size,
		    DW_FORM_data1, DW_AT_encoding, DW_FORM_data1, 0, 0);
	made_abbrev(m, VARIABLE, DW_TAG_variable, 0, DW_AT_name, DW_FORM_string, DW_AT_type,
		    DW_FORM_ref4, DW_AT_location, DW_FORM_exprloc, 0, 0);
	made_abbrev(m, 0);
	made_unit(m, 5, 0);
	made_info(m, UNIT);
	type = (uint32_t)(m->sections[DWARF_INFO].size - m->unit);
	add_name(m, BASE, "int");
	made_info(m, 4, DW_ATE_signed);
	add_function(m, "twice", 0x20);
	add_function(m, "once", 0x10);
	add_variable(m, "second", type, PER_CPU_ADDRESS + 8);
	add_variable(m, "overlapping", type, PER_CPU_ADDRESS + 10);
	add_variable(m, "__UNIQUE_ID_1", type, PER_CPU_ADDRESS + 16);
	add_variable(m, "first", type, PER_CPU_ADDRESS);
	add_variable(m, "discarded", type, 0);
	add_variable(m, "elsewhere", type, 0x2000);
	made_info(m, 0);
	made_unit_end(m);
}

static struct rebtf_btf *encode(struct made_dwarf *m, const struct encode_options *options,
				struct encode_report *report)
{
	struct encode_section sections[] = {
		{ .name = ".data..percpu", .address = PER_CPU_ADDRESS, .size = 64, .is_data = true }
	};
	struct encode_symbol symbols[] = {
		{ .name = "once", .address = 0x10, .type = STT_FUNC },
		{ .name = "twice", .address = 0x20, .type = STT_FUNC },
		{ .name = "twice", .address = 0x30, .type = STT_FUNC },
		{ .name = "assembler", .address = 0x40, .type = STT_FUNC },
		{ .name = "first", .address = PER_CPU_ADDRESS, .type = STT_OBJECT },
	};
	struct encode_object object = {
		.symbols = { .items = symbols, .count = 5 },
		.sections = { .items = sections, .count = 1 },
		.machine = EM_X86_64,
		.pointer_size = 8,
	};
	struct rebtf_btf *btf;

	make_file(m);
	object.dwarf = *made_finish(m);
	assert_ok(encode_object(&object, options, report, &btf));
	return btf;
}

#define FEATURES (ENCODE_VAR | ENCODE_CONSISTENT | ENCODE_DECL_TAG)

static void assert_fate(const struct encode_report *report, size_t i, const char *name,
			const char *word, bool is_variable)
{
	assert_true(i < report->fates.count);
	assert_string_equal(report->fates.items[i].name, name);
	assert_string_equal(report->fates.items[i].word, word);
	assert_int_equal(report->fates.items[i].is_variable, is_variable);
}

static void btf_has_functions_and_per_cpu_variables(void **state)
{
	const struct encode_options options = { .features = FEATURES, .jobs = 1 };
	_cleanup_made_ struct made_dwarf m = {};
	_cleanup_unref_ struct rebtf_btf *btf = encode(&m, &options, NULL);
	uint32_t section = rebtf_btf_find(btf, ".data..percpu", REBTF_KIND_DATASEC);
	const struct rebtf_var_secinfo *entries;

	(void)state;
	assert_int_not_equal(rebtf_btf_find(btf, "once", REBTF_KIND_FUNC), 0);
	assert_int_equal(rebtf_btf_find(btf, "twice", REBTF_KIND_FUNC), 0);
	assert_int_not_equal(section, 0);
	assert_int_equal(rebtf_type_vlen(rebtf_btf_type(btf, section)), 2);
	assert_int_equal(rebtf_btf_type(btf, section)->size, 12);
	entries = rebtf_var_secinfos(rebtf_btf_type(btf, section));
	assert_int_equal(entries[0].type, rebtf_btf_find(btf, "first", REBTF_KIND_VAR));
	assert_int_equal(entries[0].offset, 0);
	assert_int_equal(entries[1].type, rebtf_btf_find(btf, "second", REBTF_KIND_VAR));
	assert_int_equal(entries[1].offset, 8);
	assert_int_equal(entries[1].size, 4);
}

static void report_has_all_that_are_left_out(void **state)
{
	const struct encode_options options = { .features = FEATURES,
						.jobs = 1,
						.report_skipped = true };
	_cleanup_made_ struct made_dwarf m = {};
	struct encode_report report = {};
	_cleanup_unref_ struct rebtf_btf *btf = encode(&m, &options, &report);

	(void)state;
	assert_non_null(btf);
	assert_int_equal(report.fates.count, 3);
	assert_fate(&report, 0, "assembler", "no_dwarf", false);
	assert_false(report.fates.items[0].has_die);
	assert_fate(&report, 1, "twice", "ambiguous", false);
	assert_true(report.fates.items[1].has_die);
	assert_non_null(strstr(report.fates.items[1].reason, "0x20 and 0x30"));
	assert_fate(&report, 2, "overlapping", "overlap", true);
	encode_report_release(&report);
}

static void assert_explained(const char *name, const char *word, bool is_variable)
{
	const struct encode_options options = { .features = FEATURES, .jobs = 1, .explain = name };
	_cleanup_made_ struct made_dwarf m = {};
	struct encode_report report = {};
	_cleanup_unref_ struct rebtf_btf *btf = encode(&m, &options, &report);

	assert_non_null(btf);
	assert_int_equal(report.fates.count, 1);
	assert_fate(&report, 0, name, word, is_variable);
	encode_report_release(&report);
}

static void each_name_can_be_explained(void **state)
{
	(void)state;
	assert_explained("once", "encoded", false);
	assert_explained("twice", "ambiguous", false);
	assert_explained("assembler", "no_dwarf", false);
	assert_explained("first", "encoded", true);
	assert_explained("overlapping", "overlap", true);
	assert_explained("missing", "no_symbol", false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(btf_has_functions_and_per_cpu_variables),
		cmocka_unit_test(report_has_all_that_are_left_out),
		cmocka_unit_test(each_name_can_be_explained),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
