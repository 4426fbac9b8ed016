/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Tests which instructions a CO-RE relocation can patch, and the bytes they get. Instructions are
 * written as bytes: opcode, registers, two of the offset, four of the constant.
 */
#include "core/relo.h"
#include "util/testing.h"

#define TWO_INSNS (2 * RELO_INSN_SIZE)

/* Patches @insn, and asserts that it becomes @want. */
#define assert_patched(insn, left, big, value, want)                                               \
	do {                                                                                       \
		bool poisoned_;                                                                    \
		assert_ok(relo_insn_patch(insn, left, big, value, &poisoned_));                    \
		assert_false(poisoned_);                                                           \
		assert_memory_equal(insn, want, sizeof(want));                                     \
	} while (0)

/* Asserts that no relocation patches @insn, of TWO_INSNS bytes, and that it stays as it is. */
#define assert_refused(insn, left, big, value, part)                                               \
	do {                                                                                       \
		uint8_t before_[TWO_INSNS];                                                        \
		bool poisoned_;                                                                    \
		memcpy(before_, insn, TWO_INSNS);                                                  \
		assert_fails(relo_insn_patch(insn, left, big, value, &poisoned_),                  \
			     REBTF_ERR_FORMAT, part);                                              \
		assert_false(poisoned_);                                                           \
		assert_memory_equal(insn, before_, TWO_INSNS);                                     \
	} while (0)

/* ------------------------------------------------------------------------- constants of 64 bits */

/* r1 = 0x300000002 */
static const uint8_t ldimm64[2][TWO_INSNS] = {
	{ 0x18, 0x01, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0 },
	{ 0x18, 0x10, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 3 },
};

static void a_constant_of_64_bits_is_in_two_instructions(void **state)
{
	static const uint8_t want[2][TWO_INSNS] = {
		{ 0x18, 0x01, 0, 0, 0x88, 0x77, 0x66, 0x55, 0, 0, 0, 0, 0x44, 0x33, 0x22, 0x11 },
		{ 0x18, 0x10, 0, 0, 0x55, 0x66, 0x77, 0x88, 0, 0, 0, 0, 0x11, 0x22, 0x33, 0x44 },
	};
	struct relo_value value = {
		.old_value = 0x300000002,
		.new_value = 0x1122334455667788,
		.validate = true,
	};

	(void)state;
	for (int big = 0; big < 2; big++) {
		uint8_t insn[TWO_INSNS];

		memcpy(insn, ldimm64[big], TWO_INSNS);
		assert_patched(insn, TWO_INSNS, big, &value, want[big]);
		/* Each half counts. */
		for (int i = 4; i < TWO_INSNS; i += i == 7 ? 5 : 1) {
			memcpy(insn, ldimm64[big], TWO_INSNS);
			insn[i] ^= 0x10;
			assert_refused(insn, TWO_INSNS, big, &value,
				       "has another value than the program's types");
		}
	}
}

static void a_constant_of_64_bits_has_no_source_no_offset_and_an_empty_second_half(void **state)
{
	/* Other opcodes of this class, a source, an offset, then the first word of the second half. */
	static const struct {
		int at;
		uint8_t byte[2]; /* by byte order */
	} cases[] = {
		{ 0, { 0x20, 0x20 } }, { 0, { 0x58, 0x58 } }, { 1, { 0x11, 0x11 } },
		{ 1, { 0x81, 0x18 } }, { 2, { 1, 1 } },	      { 3, { 1, 1 } },
		{ 8, { 0xb7, 0xb7 } }, { 9, { 0x01, 0x01 } }, { 9, { 0x10, 0x10 } },
		{ 10, { 1, 1 } },      { 11, { 1, 1 } },
	};
	static const struct relo_value value = { .new_value = 8 };

	(void)state;
	for (int big = 0; big < 2; big++) {
		uint8_t insn[TWO_INSNS];

		for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
			memcpy(insn, ldimm64[big], TWO_INSNS);
			insn[cases[i].at] = cases[i].byte[big];
			assert_refused(insn, TWO_INSNS, big, &value,
				       "the load of a constant has an unexpected form");
		}
		/* The section ends inside of it. */
		for (size_t left = RELO_INSN_SIZE; left < TWO_INSNS; left++) {
			memcpy(insn, ldimm64[big], TWO_INSNS);
			assert_refused(insn, left, big, &value,
				       "the load of a constant has an unexpected form");
		}
	}
}

/* ----------------------------------------------------------------------------- other instructions */

static void a_constant_of_32_bits_is_signed(void **state)
{
	static const uint8_t codes[] = { 0xb7, 0xb4, 0x07, 0x04 };
	static const struct relo_value value = {
		.old_value = UINT64_MAX - 1,
		.new_value = 0x11223344,
		.validate = true,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(codes); i++) {
		uint8_t little[] = { codes[i], 1, 0, 0, 0xfe, 0xff, 0xff, 0xff };
		uint8_t big[] = { codes[i], 0x10, 0, 0, 0xff, 0xff, 0xff, 0xfe };
		const uint8_t want_little[] = { codes[i], 1, 0, 0, 0x44, 0x33, 0x22, 0x11 };
		const uint8_t want_big[] = { codes[i], 0x10, 0, 0, 0x11, 0x22, 0x33, 0x44 };

		assert_patched(little, RELO_INSN_SIZE, false, &value, want_little);
		assert_patched(big, RELO_INSN_SIZE, true, &value, want_big);
	}
}

static void instructions_without_a_value_are_refused(void **state)
{
	static const struct {
		uint8_t code;
		const char *part;
	} cases[] = {
		{ 0xbf, "has no constant" },			    /* r1 = r2 */
		{ 0xbc, "has no constant" },			    /* w1 = w2 */
		{ 0x05, "has no value to relocate (opcode 0x05)" }, /* goto */
		{ 0x95, "has no value to relocate (opcode 0x95)" }, /* exit */
		{ 0x16, "has no value to relocate (opcode 0x16)" }, /* if w1 == ... goto */
	};
	static const struct relo_value value = { .new_value = 8 };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		uint8_t insn[TWO_INSNS] = { cases[i].code, 0x21, 0, 0, 0, 0, 0, 0 };

		assert_refused(insn, TWO_INSNS, false, &value, cases[i].part);
	}
}

static void an_offset_is_positive_and_has_16_bits(void **state)
{
	static const uint8_t codes[] = { 0x79, 0x7a, 0x7b };
	static const struct relo_value value = {
		.old_value = 0x0102,
		.new_value = 0x7fff,
		.validate = true,
	};
	static const struct relo_value large = { .new_value = 0x8000 };

	(void)state;
	for (size_t i = 0; i < sizeof(codes); i++) {
		uint8_t little[TWO_INSNS] = { codes[i], 0x21, 2, 1, 5, 6, 7, 8 };
		uint8_t big[TWO_INSNS] = { codes[i], 0x12, 1, 2, 5, 6, 7, 8 };
		const uint8_t want_little[] = { codes[i], 0x21, 0xff, 0x7f, 5, 6, 7, 8 };
		const uint8_t want_big[] = { codes[i], 0x12, 0x7f, 0xff, 5, 6, 7, 8 };

		assert_refused(little, TWO_INSNS, false, &large,
			       "the new offset 32768 does not fit into the instruction");
		assert_patched(little, RELO_INSN_SIZE, false, &value, want_little);
		assert_patched(big, RELO_INSN_SIZE, true, &value, want_big);
		assert_refused(little, TWO_INSNS, false, &value,
			       "has another value than the program's types (found 32767, expected "
			       "258)");
	}
}

static void a_load_gets_the_size_of_the_field(void **state)
{
	/* r1 = *(SIZE *)(r2 + 0) */
	static const struct {
		uint32_t size;
		uint8_t code;
	} loads[] = { { 1, 0x71 }, { 2, 0x69 }, { 4, 0x61 }, { 8, 0x79 } };

	(void)state;
	for (int from = 0; from < 4; from++) {
		struct relo_value value = { .new_value = 4, .old_size = loads[from].size };
		uint8_t insn[TWO_INSNS] = { loads[from].code, 0x21 };

		for (int to = 0; to < 4; to++) {
			const uint8_t want[] = { loads[to].code, 0x21, 4, 0, 0, 0, 0, 0 };

			insn[0] = loads[from].code;
			value.new_size = loads[to].size;
			assert_patched(insn, RELO_INSN_SIZE, false, &value, want);
		}
		insn[0] = loads[from].code;
		value.new_size = 3;
		assert_refused(insn, TWO_INSNS, false, &value, "no instruction accesses 3 bytes");
		value.new_size = 16;
		assert_refused(insn, TWO_INSNS, false, &value, "no instruction accesses 16 bytes");
		insn[0] = loads[(from + 1) % 4].code;
		value.new_size = loads[(from + 2) % 4].size;
		assert_refused(insn, TWO_INSNS, false, &value, "the instruction accesses ");
	}
}

/* ---------------------------------------------------------------------------------------- poison */

static void an_instruction_without_a_match_becomes_an_invalid_call(void **state)
{
	static const uint8_t call[2][RELO_INSN_SIZE] = {
		{ 0x85, 0, 0, 0, 0x10, 0x23, 0xad, 0x0b },
		{ 0x85, 0, 0, 0, 0x0b, 0xad, 0x23, 0x10 },
	};
	static const struct relo_value none = { .poison = true };
	static const struct relo_value other = { .new_value = 8, .size_differs = true };

	(void)state;
	for (int big = 0; big < 2; big++) {
		uint8_t insn[TWO_INSNS];
		bool poisoned = false;

		memcpy(insn, ldimm64[big], TWO_INSNS);
		assert_ok(relo_insn_patch(insn, TWO_INSNS, big, &none, &poisoned));
		assert_true(poisoned);
		assert_memory_equal(insn, call[big], RELO_INSN_SIZE);
		assert_memory_equal(insn + RELO_INSN_SIZE, call[big], RELO_INSN_SIZE);

		/* The section ends inside of it. */
		memcpy(insn, ldimm64[big], TWO_INSNS);
		assert_ok(relo_insn_patch(insn, TWO_INSNS - 1, big, &none, &poisoned));
		assert_memory_equal(insn, call[big], RELO_INSN_SIZE);
		assert_memory_equal(insn + RELO_INSN_SIZE, ldimm64[big] + RELO_INSN_SIZE,
				    RELO_INSN_SIZE);

		/* Any other instruction is only one. */
		memcpy(insn, ldimm64[big], TWO_INSNS);
		insn[0] = 0x79;
		poisoned = false;
		assert_ok(relo_insn_patch(insn, TWO_INSNS, big, &other, &poisoned));
		assert_true(poisoned);
		assert_memory_equal(insn, call[big], RELO_INSN_SIZE);
		assert_memory_equal(insn + RELO_INSN_SIZE, ldimm64[big] + RELO_INSN_SIZE,
				    RELO_INSN_SIZE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_constant_of_64_bits_is_in_two_instructions),
		cmocka_unit_test(
			a_constant_of_64_bits_has_no_source_no_offset_and_an_empty_second_half),
		cmocka_unit_test(a_constant_of_32_bits_is_signed),
		cmocka_unit_test(instructions_without_a_value_are_refused),
		cmocka_unit_test(an_offset_is_positive_and_has_16_bits),
		cmocka_unit_test(a_load_gets_the_size_of_the_field),
		cmocka_unit_test(an_instruction_without_a_match_becomes_an_invalid_call),
	};

	return cmocka_run_group_tests_name("relo insn", tests, NULL, NULL);
}
