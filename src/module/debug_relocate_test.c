/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Unit tests: relocations that assemblers write as pairs, and numbers of variable length. The
 * psABIs of RISC-V and LoongArch define them: SET_ULEB128 stores, ADD adds and SUB subtracts
 * symbol plus addend; ADD and SUB of a field with a fixed size wrap within it.
 */
#include <elf.h>
#include <stdlib.h>

#include "module/debug_file.h"
#include "module/debug_internal.h"
#include "util/testing.h"

enum { RISCV = 243, LOONGARCH = 258, SYMTAB = 1 };

/* Symbol 1 is at 0x1000, symbol 2 at 0xff0. */
#define ADDRESS_1 0x1000u
#define ADDRESS_2 0xff0u

struct entry {
	uint32_t type, symbol;
	int64_t addend;
};

/* Applies the relocations, all at offset 0, to the section. */
static struct rebtf_error *apply(uint16_t machine, const struct entry *entries, size_t count,
				 uint8_t *data, size_t size)
{
	Elf64_Rela records[4] = {};
	struct debug_file file = { .fd = -1, .image = (const uint8_t *)records };
	struct debug_section relocations = {
		.shdr = { .sh_type = SHT_RELA, .sh_link = SYMTAB },
	};
	struct debug_opening o = {
		.file = &file, .is_64 = true, .symbol_count = 3, .symtab = SYMTAB
	};
	struct rebtf_error *err;

	assert_in_range(count, 1, 4);
	for (size_t i = 0; i < count; i++)
		records[i] = (Elf64_Rela){
			.r_info = ELF64_R_INFO((uint64_t)entries[i].symbol, entries[i].type),
			.r_addend = entries[i].addend,
		};
	file.object.machine = machine;
	file.size = file.unread = relocations.shdr.sh_size = count * sizeof(*records);
	o.symbol_addresses = calloc(3, sizeof(*o.symbol_addresses));
	assert_non_null(o.symbol_addresses);
	o.symbol_addresses[1] = ADDRESS_1;
	o.symbol_addresses[2] = ADDRESS_2;
	err = debug_relocate(&o, &relocations, data, size);
	free(o.symbol_addresses);
	for (size_t i = 0; i < file.buffers.count; i++)
		free(file.buffers.items[i]);
	debug_buffer_vector_release(&file.buffers);
	return err;
}

#define assert_becomes(machine, data, ...)                                                         \
	do {                                                                                       \
		const struct entry entries[] = { __VA_ARGS__ };                                    \
		assert_ok(apply(machine, entries, sizeof(entries) / sizeof(*entries), data,        \
				sizeof(data)));                                                    \
	} while (0)

/* The difference of two symbols, as in the length of a range. */
static void numbers_of_variable_length_are_differences(void **state)
{
	uint8_t riscv[] = { 0x80, 0x00, 0x55 }, loongarch[] = { 0x85, 0x80, 0x00, 0x55 };

	(void)state;
	/* 0x1000 + 0x128 - 0xff0 = 0x138: the low seven bits first. */
	assert_becomes(RISCV, riscv, { 60, 1, 0x128 }, { 61, 2, 0 });
	assert_memory_equal(riscv, ((uint8_t[]){ 0xb8, 0x02, 0x55 }), 3);
	/* 5 + 0x1000 - 0xff0 + 1 = 0x16, and the number keeps its three bytes. */
	assert_becomes(LOONGARCH, loongarch, { 107, 1, 0 }, { 108, 2, -1 });
	assert_memory_equal(loongarch, ((uint8_t[]){ 0x96, 0x80, 0x00, 0x55 }), 4);
}

static void numbers_without_an_end_are_refused(void **state)
{
	const struct entry set = { 60, 1, 0 };
	uint8_t endless[] = { 0x80, 0x80, 0x80 }, long_one[17];

	(void)state;
	assert_fails(apply(RISCV, &set, 1, endless, sizeof(endless)), REBTF_ERR_FORMAT,
		     "the number has no end");
	memset(long_one, 0x80, sizeof(long_one));
	long_one[16] = 0;
	assert_fails(apply(RISCV, &set, 1, long_one, sizeof(long_one)), REBTF_ERR_FORMAT,
		     "the number has no end");
	/* Sixteen bytes have one. Those past the tenth add nothing to 64 bits. */
	long_one[15] = 0;
	assert_ok(apply(RISCV, &set, 1, long_one, sizeof(long_one)));
	assert_memory_equal(long_one, ((uint8_t[]){ 0x80, 0xa0, 0x80, 0x80 }), 4);
	assert_int_equal(long_one[15], 0);
}

static void fields_of_fixed_size_are_differences(void **state)
{
	uint8_t four[] = { 3, 0, 0, 0, 0x55 }, one[] = { 1, 0x55 };

	(void)state;
	assert_becomes(RISCV, four, { 35, 1, 0 }, { 39, 2, 0 });
	assert_memory_equal(four, ((uint8_t[]){ 0x13, 0, 0, 0, 0x55 }), 5);
	/* 1 + 0xff0 - 0x1000 is -15, in one byte. */
	assert_becomes(RISCV, one, { 33, 2, 0 }, { 37, 1, 0 });
	assert_memory_equal(one, ((uint8_t[]){ 0xf1, 0x55 }), 2);
}

/* The high two bits of the byte belong to an instruction of DWARF's call frames. */
static void six_bits_of_a_byte_are_differences(void **state)
{
	uint8_t riscv[] = { 0xc0, 0x55 }, loongarch[] = { 0x41, 0x55 };

	(void)state;
	/* 0x15 - 0x30 is 0x25 in six bits. */
	assert_becomes(RISCV, riscv, { 53, 1, 0x15 }, { 52, 2, 0 });
	assert_memory_equal(riscv, ((uint8_t[]){ 0xe5, 0x55 }), 2);
	assert_becomes(LOONGARCH, loongarch, { 105, 1, 2 });
	assert_memory_equal(loongarch, ((uint8_t[]){ 0x43, 0x55 }), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_of_variable_length_are_differences),
		cmocka_unit_test(numbers_without_an_end_are_refused),
		cmocka_unit_test(fields_of_fixed_size_are_differences),
		cmocka_unit_test(six_bits_of_a_byte_are_differences),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
