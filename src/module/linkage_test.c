/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Tests of the loader's facts about a module, in both byte orders and both classes. */
#include "module/linkage.h"
#include "module/modinfo.h"
#include "module/test_elf.h"
#include "util/bytes.h"
#include "util/testing.h"

static void read_module(const struct test_module *module, struct linkage *linkage)
{
	_cleanup_file_bytes_ struct file_bytes bytes = {};

	test_module_make(module, &bytes);
	assert_ok(linkage_read(bytes.data, bytes.size, linkage));
}

static void assert_has(const struct exports *exports, const char *name, uint32_t crc)
{
	struct export found;

	assert_true(exports_find(exports, name, &found));
	assert_true(found.has_crc);
	assert_int_equal(found.crc, crc);
}

static void all_is_read_in_both_byte_orders_and_classes(void **state)
{
	static const struct {
		int elf_class, encoding;
		uint16_t machine;
	} cases[] = {
		{ ELFCLASS64, ELFDATA2LSB, EM_X86_64 },
		{ ELFCLASS64, ELFDATA2MSB, EM_S390 },
		{ ELFCLASS32, ELFDATA2LSB, EM_ARM },
		{ ELFCLASS32, ELFDATA2MSB, EM_MIPS },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct test_module module = {
			.modinfo =
				"license=GPL|license=second|depends=a,b|import_ns=ONE|import_ns=TWO|"
				"intree=Y|name=own|vermagic=6.1.0 SMP ",
			.versions = { { "module_layout", 0x12345678 }, { "printk", 0x9abcdef0 } },
			.extended = { { "printk", 0x11111111 } },
			.exports = { { "any", 0xa, false, NULL }, { "gpl", 0xb, true, "NS" } },
			.imports = { "printk", "?maybe" },
			.struct_size = 640,
			.elf_class = cases[i].elf_class,
			.encoding = cases[i].encoding,
			.machine = cases[i].machine,
		};
		_cleanup_linkage_ struct linkage l = {};
		struct export found;

		read_module(&module, &l);
		assert_int_equal(l.machine, cases[i].machine);
		assert_true(l.is_relocatable && l.is_in_tree && !l.is_livepatch && !l.is_signed);
		assert_string_equal(l.name, "own");
		assert_string_equal(l.license, "GPL");
		assert_string_equal(l.depends, "a,b");
		assert_string_equal(l.vermagic, "6.1.0 SMP ");
		assert_int_equal(l.namespace_count, 2);
		assert_string_equal(l.namespaces[1], "TWO");
		assert_int_equal(l.struct_module_size, 640);
		assert_int_equal(l.symbol_tables, 1);
		assert_int_equal(l.import_count, 2);
		assert_string_equal(l.imports[0].name, "printk");
		assert_false(l.imports[0].weak);
		assert_string_equal(l.imports[1].name, "maybe");
		assert_true(l.imports[1].weak);
		assert_true(l.has_versions && l.has_extended_versions);
		assert_has(&l.versions, "module_layout", 0x12345678);
		assert_has(&l.versions, "printk", 0x9abcdef0);
		assert_has(&l.extended_versions, "printk", 0x11111111);
		assert_has(&l.exports, "any", 0xa);
		assert_has(&l.exports, "gpl", 0xb);
		assert_true(exports_find(&l.exports, "any", &found));
		assert_int_equal(found.license, EXPORT_LICENSE_ANY);
		assert_string_equal(found.namespace, "");
		assert_true(exports_find(&l.exports, "gpl", &found));
		assert_int_equal(found.license, EXPORT_LICENSE_GPL);
		assert_string_equal(found.namespace, "NS");
		assert_false(l.has_nameless_exports || l.lacks_crcs);
	}
}

/* As dedotify() and its kin in the kernel's arch/powerpc/kernel/module_64.c. */
static void names_of_code_lose_their_dot_on_64_bit_powerpc_alone(void **state)
{
	static const uint16_t machines[] = { EM_PPC64, EM_X86_64 };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		const struct test_module module = {
			.versions = { { ".printk", 0x11 } },
			.extended = { { ".printk", 0x22 }, { "..twice", 0x33 } },
			.imports = { ".printk" },
			.encoding = ELFDATA2MSB,
			.machine = machines[i],
		};
		_cleanup_linkage_ struct linkage l = {};
		const char *name = &".printk"[machines[i] == EM_PPC64];

		read_module(&module, &l);
		assert_has(&l.versions, name, 0x11);
		assert_has(&l.extended_versions, name, 0x22);
		assert_has(&l.extended_versions, &"..twice"[machines[i] == EM_PPC64], 0x33);
		assert_int_equal(l.import_count, 1);
		assert_string_equal(l.imports[0].name, name);
	}
}

/* Before Linux 5.19 a CRC could be the value of a symbol, with a relocation for it in __kcrctab. */
static void an_absolute_symbol_can_be_the_crc(void **state)
{
	static const uint8_t table[12], crcs[4], relocation[24];
	const struct test_section sections[] = {
		{ .name = "__ksymtab", .data = table, .size = 12, .flags = SHF_ALLOC },
		{ .name = "__kcrctab", .data = crcs, .size = 4, .flags = SHF_ALLOC },
		{ .name = ".rela__kcrctab",
		  .data = relocation,
		  .size = 24,
		  .type = SHT_RELA,
		  .info = 2 },
	};
	const struct test_symbol symbols[] = {
		{ .name = "__crc_old", .section = TEST_ABSOLUTE, .value = 0xfedcba98 },
		{ .name = "__ksymtab_old", .section = "__ksymtab" },
	};
	struct test_elf elf = {
		.sections = sections, .section_count = 3, .symbols = symbols, .symbol_count = 2
	};
	_cleanup_file_bytes_ struct file_bytes bytes = {};
	_cleanup_linkage_ struct linkage l = {}, without = {};
	struct export found;

	(void)state;
	test_elf_make(&elf, &bytes);
	assert_ok(linkage_read(bytes.data, bytes.size, &l));
	assert_has(&l.exports, "old", 0xfedcba98);
	/* Without the symbol, the zeros that a relocation would fill in are not a CRC. */
	file_bytes_release(&bytes);
	elf.symbols++;
	elf.symbol_count--;
	test_elf_make(&elf, &bytes);
	assert_ok(linkage_read(bytes.data, bytes.size, &without));
	assert_true(exports_find(&without.exports, "old", &found));
	assert_false(found.has_crc);
}

/* Whether the CRC of an export is read whose symbol is at @value in @size bytes of a section. */
static bool has_crc_at(uint64_t value, size_t size, uint32_t section_type)
{
	static const uint8_t table[12], data[8] = { 1, 0, 0, 0, 2, 0, 0, 0 };
	const struct test_section sections[] = {
		{ .name = "__ksymtab", .data = table, .size = 12, .flags = SHF_ALLOC },
		{ .name = ".rodata",
		  .data = data,
		  .size = size,
		  .flags = SHF_ALLOC,
		  .type = section_type },
	};
	const struct test_symbol symbols[] = {
		{ .name = "__crc_x", .section = ".rodata", .value = value },
		{ .name = "__ksymtab_x", .section = "__ksymtab" },
	};
	const struct test_elf elf = {
		.sections = sections, .section_count = 2, .symbols = symbols, .symbol_count = 2
	};
	_cleanup_file_bytes_ struct file_bytes bytes = {};
	_cleanup_linkage_ struct linkage l = {};
	struct export found;

	test_elf_make(&elf, &bytes);
	assert_ok(linkage_read(bytes.data, bytes.size, &l));
	assert_true(exports_find(&l.exports, "x", &found));
	if (found.has_crc)
		assert_int_equal(found.crc, 1 + value / 4);
	return found.has_crc;
}

static void a_crc_is_read_if_all_of_it_is_in_its_section(void **state)
{
	(void)state;
	assert_true(has_crc_at(0, 4, SHT_PROGBITS));
	assert_true(has_crc_at(4, 8, SHT_PROGBITS));
	assert_false(has_crc_at(5, 8, SHT_PROGBITS));
	assert_false(has_crc_at(8, 8, SHT_PROGBITS));
	assert_false(has_crc_at(4, 7, SHT_PROGBITS));
	assert_false(has_crc_at(0, 3, SHT_PROGBITS));
	/* Such a section has no bytes in the file. */
	assert_false(has_crc_at(0, 4, SHT_NOBITS));
}

static void flags_say_which_exports_are_gpl_only(void **state)
{
	static const uint8_t table[24], flags[2] = { 0, 1 };
	const struct test_section sections[] = {
		{ .name = "__ksymtab", .data = table, .size = 24, .flags = SHF_ALLOC },
		{ .name = "__kflagstab", .data = flags, .size = 2, .flags = SHF_ALLOC },
	};
	const struct test_symbol symbols[] = {
		{ .name = "__ksymtab_any", .section = "__ksymtab", .value = 0 },
		{ .name = "__ksymtab_gpl", .section = "__ksymtab", .value = 12 },
	};
	const struct test_elf elf = {
		.sections = sections, .section_count = 2, .symbols = symbols, .symbol_count = 2
	};
	_cleanup_file_bytes_ struct file_bytes bytes = {};
	_cleanup_linkage_ struct linkage l = {};
	struct export found;

	(void)state;
	test_elf_make(&elf, &bytes);
	assert_ok(linkage_read(bytes.data, bytes.size, &l));
	assert_true(exports_find(&l.exports, "any", &found));
	assert_int_equal(found.license, EXPORT_LICENSE_ANY);
	assert_true(exports_find(&l.exports, "gpl", &found));
	assert_int_equal(found.license, EXPORT_LICENSE_GPL);
	assert_true(l.lacks_crcs);
}

static void exports_without_their_local_symbols_are_known_to_be_there(void **state)
{
	static const uint8_t table[12];
	const struct test_section section = { .name = "__ksymtab", .data = table, .size = 12 };
	const struct test_elf elf = { .sections = &section, .section_count = 1 };
	_cleanup_file_bytes_ struct file_bytes bytes = {};
	_cleanup_linkage_ struct linkage l = {};

	(void)state;
	test_elf_make(&elf, &bytes);
	assert_ok(linkage_read(bytes.data, bytes.size, &l));
	assert_true(l.has_nameless_exports);
	assert_int_equal(l.exports.entries.count, 0);
}

static void a_module_without_anything_is_read(void **state)
{
	const struct test_module module = { .struct_size = SIZE_MAX,
					    .has_no_versions = true,
					    .is_stripped = true };
	_cleanup_linkage_ struct linkage l = {};

	(void)state;
	read_module(&module, &l);
	assert_false(l.has_versions || l.has_extended_versions || l.has_struct_module);
	assert_int_equal(l.symbol_tables, 0);
	assert_null(l.vermagic);
	assert_string_equal(l.name, "");
}

/* The loader ignores versions in sections that are not loaded. */
static void versions_that_are_not_loaded_do_not_count(void **state)
{
	uint8_t version[64] = { 1 };
	const struct test_section section = { .name = "__versions", .data = version, .size = 64 };
	const struct test_elf elf = { .sections = &section, .section_count = 1 };
	_cleanup_file_bytes_ struct file_bytes bytes = {};
	_cleanup_linkage_ struct linkage l = {};

	(void)state;
	test_elf_make(&elf, &bytes);
	assert_ok(linkage_read(bytes.data, bytes.size, &l));
	assert_false(l.has_versions);
}

static void a_crc_of_more_than_32_bits_equals_none(void **state)
{
	uint8_t version[64] = { 1, 0, 0, 0, 1, 0, 0, 0, 'x' };
	const struct test_section section = {
		.name = "__versions", .data = version, .size = 64, .flags = SHF_ALLOC
	};
	const struct test_elf elf = { .sections = &section, .section_count = 1 };
	_cleanup_file_bytes_ struct file_bytes bytes = {};
	_cleanup_linkage_ struct linkage l = {};
	struct export found;

	(void)state;
	test_elf_make(&elf, &bytes);
	assert_ok(linkage_read(bytes.data, bytes.size, &l));
	assert_true(exports_find(&l.versions, "x", &found));
	assert_false(found.has_crc);
}

static void extended_versions_need_a_name_for_each_crc(void **state)
{
	static const uint8_t crcs[8];
	const struct test_section sections[] = {
		{ .name = "__version_ext_crcs", .data = crcs, .size = 8, .flags = SHF_ALLOC },
		{ .name = "__version_ext_names", .data = "one", .size = 4, .flags = SHF_ALLOC },
	};
	struct test_elf elf = { .sections = sections, .section_count = 2 };
	_cleanup_file_bytes_ struct file_bytes bytes = {};
	struct linkage l;

	(void)state;
	test_elf_make(&elf, &bytes);
	assert_fails(linkage_read(bytes.data, bytes.size, &l), REBTF_ERR_FORMAT,
		     "more CRCs than names");
	file_bytes_release(&bytes);
	elf.section_count = 1;
	test_elf_make(&elf, &bytes);
	assert_fails(linkage_read(bytes.data, bytes.size, &l), REBTF_ERR_FORMAT,
		     "__version_ext_crcs: missing section __version_ext_names");
}

/*
 * Repeats the symbol whose name is the first string: the name of each copy starts @step bytes after
 * that of the previous one. Only the symbol table grows, which is moved to the file's end.
 */
static void repeat_symbol(struct file_bytes *bytes, size_t symtab, uint16_t section, uint32_t step,
			  size_t count)
{
	size_t at = (bytes->size + 7) / 8 * 8;
	Elf64_Shdr *shdr;

	bytes->data = realloc(bytes->data, at + count * sizeof(Elf64_Sym));
	for (size_t i = 0; i < count; i++)
		((Elf64_Sym *)(void *)(bytes->data + at))[i] = (Elf64_Sym){
			.st_name = 1 + (uint32_t)i * step,
			.st_shndx = section,
		};
	bytes->size = at + count * sizeof(Elf64_Sym);
	shdr = (void *)(bytes->data + ((Elf64_Ehdr *)(void *)bytes->data)->e_shoff);
	shdr[symtab].sh_offset = at;
	shdr[symtab].sh_size = count * sizeof(Elf64_Sym);
}

/* Copies of them would take quadratic space. */
static void thousands_of_symbols_with_one_long_name_are_refused(void **state)
{
	static char name[2000];
	const struct test_symbol symbol = { .name = name };
	const struct test_elf elf = { .symbols = &symbol, .symbol_count = 1 };
	_cleanup_file_bytes_ struct file_bytes bytes = {};
	struct linkage l;

	(void)state;
	memset(name, 'n', sizeof(name) - 1);
	test_elf_make(&elf, &bytes);
	repeat_symbol(&bytes, 1, SHN_UNDEF, 0, 3000);
	assert_fails(linkage_read(bytes.data, bytes.size, &l), REBTF_ERR_FORMAT, "overlap");
}

/* The name of each is an end of the previous one's. */
static void namespaces_of_symbols_whose_names_overlap_are_refused(void **state)
{
	enum { COUNT = 300 };
	static const char prefix[] = "__kstrtabns_";
	static char name[COUNT * (sizeof(prefix) - 1) + 1];
	static const uint8_t table[12];
	const struct test_section sections[] = {
		{ .name = "__ksymtab", .data = table, .size = 12, .flags = SHF_ALLOC },
		{ .name = "__ksymtab_strings", .data = "N", .size = 2, .flags = SHF_ALLOC },
	};
	const struct test_symbol symbol = { .name = name, .section = "__ksymtab_strings" };
	const struct test_elf elf = {
		.sections = sections, .section_count = 2, .symbols = &symbol, .symbol_count = 1
	};
	_cleanup_file_bytes_ struct file_bytes bytes = {};
	struct linkage l;

	(void)state;
	for (size_t i = 0; i < COUNT; i++)
		strcat(name, prefix);
	test_elf_make(&elf, &bytes);
	repeat_symbol(&bytes, 3, 2, sizeof(prefix) - 1, COUNT);
	assert_fails(linkage_read(bytes.data, bytes.size, &l), REBTF_ERR_FORMAT, "overlap");
}

static void values_of_modinfo_are_found_one_after_the_other(void **state)
{
	static const char text[] = "ax=1\0a=2\0\0a=3\0a\0a=";
	const struct modinfo info = { text, sizeof(text) - 1 };
	const char *value = modinfo_value(&info, "a");

	(void)state;
	assert_string_equal(value, "2");
	value = modinfo_next(&info, "a", value);
	assert_string_equal(value, "3");
	/* The last one has no NUL in the section. */
	assert_null(modinfo_next(&info, "a", value));
	assert_null(modinfo_value(&info, "b"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_is_read_in_both_byte_orders_and_classes),
		cmocka_unit_test(names_of_code_lose_their_dot_on_64_bit_powerpc_alone),
		cmocka_unit_test(an_absolute_symbol_can_be_the_crc),
		cmocka_unit_test(a_crc_is_read_if_all_of_it_is_in_its_section),
		cmocka_unit_test(flags_say_which_exports_are_gpl_only),
		cmocka_unit_test(exports_without_their_local_symbols_are_known_to_be_there),
		cmocka_unit_test(a_module_without_anything_is_read),
		cmocka_unit_test(versions_that_are_not_loaded_do_not_count),
		cmocka_unit_test(a_crc_of_more_than_32_bits_equals_none),
		cmocka_unit_test(extended_versions_need_a_name_for_each_crc),
		cmocka_unit_test(thousands_of_symbols_with_one_long_name_are_refused),
		cmocka_unit_test(namespaces_of_symbols_whose_names_overlap_are_refused),
		cmocka_unit_test(values_of_modinfo_are_found_one_after_the_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
