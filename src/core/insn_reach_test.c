/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Tests the search for instructions that can run. A program is a list of instructions, as the
 * assembler spells them.
 */
#include "btf/build_for_test.h"
#include "core/insn_reach.h"
#include "util/bytes.h"

struct test_insn {
	uint8_t code, dst, src;
	int16_t offset;
	int32_t imm;
};

#define MOV(dst, imm)                                                                              \
	{                                                                                          \
		0xb7, dst, 0, 0, imm                                                               \
	}
#define MOV_REG(dst, src)                                                                          \
	{                                                                                          \
		0xbf, dst, src, 0, 0                                                               \
	}
#define MOV32(dst, imm)                                                                            \
	{                                                                                          \
		0xb4, dst, 0, 0, imm                                                               \
	}
#define ADD(dst, imm)                                                                              \
	{                                                                                          \
		0x07, dst, 0, 0, imm                                                               \
	}
#define LOAD(dst, src)                                                                             \
	{                                                                                          \
		0x79, dst, src, 0, 0                                                               \
	}
#define LOAD_AT(dst, src, offset)                                                                  \
	{                                                                                          \
		0x79, dst, src, offset, 0                                                          \
	}
#define ADD_REG(dst, src)                                                                          \
	{                                                                                          \
		0x0f, dst, src, 0, 0                                                               \
	}
#define SUB(dst, imm)                                                                              \
	{                                                                                          \
		0x17, dst, 0, 0, imm                                                               \
	}
#define MOV32_REG(dst, src)                                                                        \
	{                                                                                          \
		0xbc, dst, src, 0, 0                                                               \
	}
#define JEQ_REG(dst, src, offset)                                                                  \
	{                                                                                          \
		0x1d, dst, src, offset, 0                                                          \
	}
#define CALL_LOCAL                                                                                 \
	{                                                                                          \
		0x85, 0, 1, 0, 1                                                                   \
	}
#define LDIMM64(dst, imm)                                                                          \
	{                                                                                          \
		0x18, dst, 0, 0, imm                                                               \
	}
#define LDIMM64_REST(imm)                                                                          \
	{                                                                                          \
		0, 0, 0, 0, imm                                                                    \
	}
#define CALL                                                                                       \
	{                                                                                          \
		0x85, 0, 0, 0, 1                                                                   \
	}
#define EXIT                                                                                       \
	{                                                                                          \
		0x95, 0, 0, 0, 0                                                                   \
	}
#define JA(offset)                                                                                 \
	{                                                                                          \
		0x05, 0, 0, offset, 0                                                              \
	}
#define JEQ(dst, imm, offset)                                                                      \
	{                                                                                          \
		0x15, dst, 0, offset, imm                                                          \
	}
#define JNE(dst, imm, offset)                                                                      \
	{                                                                                          \
		0x55, dst, 0, offset, imm                                                          \
	}
#define JSGT(dst, imm, offset)                                                                     \
	{                                                                                          \
		0x65, dst, 0, offset, imm                                                          \
	}
#define JNE32(dst, imm, offset)                                                                    \
	{                                                                                          \
		0x56, dst, 0, offset, imm                                                          \
	}
#define GOTOX(dst)                                                                                 \
	{                                                                                          \
		0x0d, dst, 0, 0, 0                                                                 \
	}
#define MAY_GOTO(offset)                                                                           \
	{                                                                                          \
		0xe5, 0, 0, offset, 0                                                              \
	}

static void put_insn(uint8_t *p, const struct test_insn *i, bool big)
{
	p[0] = i->code;
	p[1] = (uint8_t)(big ? i->dst << 4 | i->src : i->src << 4 | i->dst);
	put16(p + 2, (uint16_t)i->offset, big);
	put32(p + 4, (uint32_t)i->imm, big);
}

static struct insn_reach test_reach(uint8_t *code, const struct test_insn *insns, size_t count,
				    bool big)
{
	for (size_t i = 0; i < count; i++)
		put_insn(code + 8 * i, &insns[i], big);
	return (struct insn_reach){
		.code = code,
		.count = count,
		.big_endian = big,
		.context = true,
	};
}

/* @want has a character for each instruction: "x" can run. */
static void assert_reach_of(const struct test_insn *insns, size_t count, const char *want, bool big)
{
	const uint32_t entry = 0;
	uint8_t code[64 * 8];
	struct insn_reach reach = test_reach(code, insns, count, big);
	char found[65] = {};

	assert_int_equal(strlen(want), count);
	assert_true(insn_reach_find(&reach, &entry, 1));
	for (size_t i = 0; i < count; i++)
		found[i] = reach.reached[i] ? 'x' : '.';
	assert_string_equal(found, want);
	insn_reach_release(&reach);
}

#define assert_reach(want, ...)                                                                    \
	do {                                                                                       \
		const struct test_insn insns_[] = { __VA_ARGS__ };                                 \
		assert_reach_of(insns_, sizeof(insns_) / sizeof(*insns_), want, false);            \
		assert_reach_of(insns_, sizeof(insns_) / sizeof(*insns_), want, true);             \
	} while (0)

/* @want lists the reads of the context: "INSN:OFFSET ". */
static void assert_reads_of(const struct test_insn *insns, size_t count, const char *want, bool big)
{
	const uint32_t entry = 0;
	uint8_t code[64 * 8];
	struct insn_reach reach = test_reach(code, insns, count, big);
	char found[256] = "";

	assert_true(insn_reach_find(&reach, &entry, 1));
	for (size_t i = 0; i < reach.reads.count; i++)
		snprintf(found + strlen(found), sizeof(found) - strlen(found), "%u:%lld ",
			 reach.reads.items[i].insn, (long long)reach.reads.items[i].offset);
	assert_string_equal(found, want);
	insn_reach_release(&reach);
}

#define assert_reads(want, ...)                                                                    \
	do {                                                                                       \
		const struct test_insn insns_[] = { __VA_ARGS__ };                                 \
		assert_reads_of(insns_, sizeof(insns_) / sizeof(*insns_), want, false);            \
		assert_reads_of(insns_, sizeof(insns_) / sizeof(*insns_), want, true);             \
	} while (0)

static void conditions_of_constants_have_one_branch(void **state)
{
	(void)state;
	assert_reach("xx.xx", MOV(1, 0), JEQ(1, 0, 1), MOV(2, 1), MOV(0, 0), EXIT);
	assert_reach("xxxxx", MOV(1, 1), JEQ(1, 0, 1), MOV(2, 1), MOV(0, 0), EXIT);
	assert_reach("xxx.x", MOV(1, 1), ADD(1, 4), JSGT(1, 4, 1), MOV(0, 0), EXIT);
	assert_reach("xxx.x", MOV(1, 7), MOV_REG(3, 1), JNE(3, 0, 1), MOV(0, 0), EXIT);
	assert_reach("xx.xx", MOV32(1, -1), JNE32(1, 0, 1), MOV(2, 1), MOV(0, 0), EXIT);
}

static void unknown_values_have_both_branches(void **state)
{
	(void)state;
	assert_reach("xxxx", JEQ(1, 0, 1), MOV(2, 1), MOV(0, 0), EXIT);
	assert_reach("xxxxx", MOV(1, 0), LOAD(1, 1), JEQ(1, 0, 1), MOV(2, 1), EXIT);
	/* A call changes r0 to r5, but not r6. */
	assert_reach("xxxxx", MOV(1, 0), CALL, JEQ(1, 0, 1), MOV(2, 1), EXIT);
	assert_reach("xxx.x", MOV(6, 0), CALL, JEQ(6, 0, 1), MOV(2, 1), EXIT);
	assert_reach("xxxx", MOV(0, 0), MAY_GOTO(1), MOV(2, 1), EXIT);
}

static void paths_join_with_what_both_know(void **state)
{
	(void)state;
	/* r2 is 1 or 2, r3 is 5 on both paths. */
	assert_reach("xxxxxxxx.x", MOV(3, 5), JEQ(1, 0, 2), MOV(2, 1), JA(1), MOV(2, 2),
		     JEQ(2, 1, 0), MOV(4, 0), JEQ(3, 5, 1), MOV(0, 1), EXIT);
	/* A loop makes its counter unknown. */
	assert_reach("xxxxx", MOV(1, 0), ADD(1, 1), JNE(1, 10, -2), MOV(0, 0), EXIT);
}

static void sixty_four_bits_are_one_constant(void **state)
{
	(void)state;
	assert_reach("x.xx.x", LDIMM64(1, 0), LDIMM64_REST(1), MOV(2, 0), JNE(1, 0, 1), MOV(0, 0),
		     EXIT);
}

static void address_is_no_constant(void **state)
{
	const struct test_insn insns[] = {
		LDIMM64(1, 0), LDIMM64_REST(0), JEQ(1, 0, 1), MOV(2, 0), EXIT,
	};
	const uint32_t entry = 0;

	(void)state;
	for (int big = 0; big < 2; big++) {
		uint8_t code[5 * 8];
		struct insn_reach reach = test_reach(code, insns, 5, big);

		insn_reach_hide(code + 8 * 3, big); /* loads no 64-bit constant */
		assert_true(insn_reach_find(&reach, &entry, 1));
		assert_false(reach.reached[3]);
		insn_reach_release(&reach);
		insn_reach_hide(code, big);
		assert_true(insn_reach_find(&reach, &entry, 1));
		assert_true(reach.reached[3]);
		insn_reach_release(&reach);
	}
}

static void jump_to_an_address_in_a_register_leads_anywhere(void **state)
{
	(void)state;
	assert_reach("xxxx", LOAD(1, 1), GOTOX(1), MOV(2, 0), EXIT);
}

static void jumps_out_of_the_section_end_a_path(void **state)
{
	(void)state;
	assert_reach("x.", JA(100), EXIT);
	assert_reach("x.", JA(-100), EXIT);
	assert_reach("xx", JEQ(1, 0, -100), EXIT);
}

static void reads_of_the_context_follow_its_address(void **state)
{
	(void)state;
	assert_reads("0:8 1:-8 ", LOAD_AT(2, 1, 8), LOAD_AT(2, 1, -8), EXIT);
	/* A copy in r6 survives a call, r1 does not. */
	assert_reads("3:24 ", MOV_REG(6, 1), CALL, LOAD(2, 1), LOAD_AT(2, 6, 24), EXIT);
	assert_reads("1:24 3:20 ", ADD(1, 16), LOAD_AT(2, 1, 8), SUB(1, 4), LOAD_AT(2, 1, 8), EXIT);
	assert_reads("2:32 ", MOV(3, 32), ADD_REG(1, 3), LOAD(2, 1), EXIT);
	assert_reads("", MOV32_REG(3, 1), LOAD(2, 3), EXIT);
	assert_reads("0:0 ", LOAD(1, 1), LOAD(1, 1), EXIT);
	/* Offsets wrap around, as in 64-bit registers. */
	assert_reads("5:-9223372036854775808 ", LDIMM64(3, -1), LDIMM64_REST(0x7fffffff),
		     ADD_REG(1, 3), MOV(4, 1), ADD_REG(1, 4), LOAD(2, 1), EXIT);
}

static void reads_depend_on_data_of_the_kernel_at_most(void **state)
{
	(void)state;
	assert_reads("0:0 2:8 3:16 ", LOAD(2, 1), JEQ(2, 1, 1), LOAD_AT(3, 1, 8), LOAD_AT(3, 1, 16),
		     EXIT);
	/* Of a constant condition, the other branch is dead. */
	assert_reads("3:16 ", MOV(2, 0), JEQ(2, 0, 1), LOAD_AT(3, 1, 8), LOAD_AT(3, 1, 16), EXIT);
	/* Results of helpers are data, those of the program's functions perhaps not. */
	assert_reads("3:8 ", MOV_REG(6, 1), CALL, JEQ(0, 0, 1), LOAD_AT(3, 6, 8), EXIT);
	assert_reads("", MOV_REG(6, 1), CALL_LOCAL, JEQ(0, 0, 1), LOAD_AT(3, 6, 8), EXIT);
	/* Nor are the stack, computations with it, and the context's address. */
	assert_reads("", LOAD_AT(2, 10, -8), JEQ(2, 0, 1), LOAD_AT(3, 1, 8), EXIT);
	assert_reads("0:0 ", LOAD(2, 1), LOAD_AT(3, 10, -8), ADD_REG(2, 3), JEQ(2, 0, 1),
		     LOAD_AT(3, 1, 8), EXIT);
	assert_reads("0:0 ", LOAD(2, 1), JEQ_REG(2, 1, 1), LOAD_AT(3, 1, 8), EXIT);
	assert_reads("", MAY_GOTO(1), LOAD_AT(3, 1, 8), EXIT);
}

static void setting_of_the_loader_hides_reads(void **state)
{
	const struct test_insn insns[] = {
		LDIMM64(2, 0),	  LDIMM64_REST(0), LOAD(2, 2), JEQ(2, 0, 1),
		LOAD_AT(3, 1, 8), MOV(0, 0),	   EXIT,
	};
	const uint32_t entry = 0;
	uint8_t code[7 * 8];
	struct insn_reach reach = test_reach(code, insns, 7, false);

	(void)state;
	insn_reach_hide(code, false);
	assert_true(insn_reach_find(&reach, &entry, 1));
	assert_true(reach.reached[4]);
	assert_int_equal(reach.reads.count, 0);
	insn_reach_release(&reach);
}

static void reads_after_a_join_need_one_value(void **state)
{
	(void)state;
	/* r2 is the context plus 8, or plus 16. */
	assert_reads("0:0 ", LOAD(3, 1), MOV_REG(2, 1), ADD(2, 8), JEQ(3, 0, 1), ADD(2, 8),
		     LOAD(4, 2), EXIT);
	/* A verifier knows r4 on each of the two paths, but always reads before the condition. */
	assert_reads("0:0 4:32 ", LOAD(3, 1), MOV(4, 1), JEQ(3, 0, 1), MOV(4, 2), LOAD_AT(5, 1, 32),
		     JEQ(4, 3, 1), EXIT, LOAD_AT(5, 1, 40), EXIT);
	/* A path without conditions that a verifier may know makes code certain. */
	assert_reads("0:0 4:8 ", LOAD(3, 1), JEQ(3, 0, 2), LOAD_AT(4, 10, -8), JEQ(4, 0, 0),
		     LOAD_AT(5, 1, 8), EXIT);
}

static void reads_in_endless_loops_are_found_once(void **state)
{
	(void)state;
	assert_reads("0:0 ", LOAD(2, 1), JA(-2));
	assert_reads("0:0 2:8 ", LOAD(2, 1), JEQ(2, 0, 0), LOAD_AT(2, 1, 8), JEQ(2, 0, -3), JA(-5));
	/* The address changes in each round. */
	assert_reads("", LOAD(2, 1), ADD(1, 8), JA(-3));
}

static void only_programs_have_a_context(void **state)
{
	const struct test_insn insns[] = { LOAD(2, 1), EXIT };
	const uint32_t entry = 0;
	uint8_t code[2 * 8];
	struct insn_reach reach = test_reach(code, insns, 2, false);

	(void)state;
	reach.context = false;
	assert_true(insn_reach_find(&reach, &entry, 1));
	assert_int_equal(reach.reads.count, 0);
	insn_reach_release(&reach);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(conditions_of_constants_have_one_branch),
		cmocka_unit_test(unknown_values_have_both_branches),
		cmocka_unit_test(paths_join_with_what_both_know),
		cmocka_unit_test(sixty_four_bits_are_one_constant),
		cmocka_unit_test(address_is_no_constant),
		cmocka_unit_test(jump_to_an_address_in_a_register_leads_anywhere),
		cmocka_unit_test(jumps_out_of_the_section_end_a_path),
		cmocka_unit_test(reads_of_the_context_follow_its_address),
		cmocka_unit_test(reads_depend_on_data_of_the_kernel_at_most),
		cmocka_unit_test(setting_of_the_loader_hides_reads),
		cmocka_unit_test(reads_after_a_join_need_one_value),
		cmocka_unit_test(reads_in_endless_loops_are_found_once),
		cmocka_unit_test(only_programs_have_a_context),
	};

	return cmocka_run_group_tests_name("insn_reach", tests, NULL, NULL);
}
