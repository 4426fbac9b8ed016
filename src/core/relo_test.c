/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Tests of CO-RE relocations, one rule each. Expected values follow from the layouts by hand; that
 * they are libbpf's is the subject of tests/peers/core.
 */
#include "core/core_for_test.h"

#define COUNT(array) ((uint32_t)(sizeof(array) / sizeof(*(array))))

static uint32_t add_uint(struct rebtf_builder *b)
{
	return rebtf_builder_int(b, "unsigned int", 4, 0, 32);
}

/* [1] int, [2] struct s { int a; int b; }, named @name, @gap bytes before a. */
static struct rebtf_builder *build_pair(struct rebtf_btf *base, const char *name, uint32_t gap)
{
	struct rebtf_builder *b = build_over(base);
	uint32_t i = base ? 1 : add_int(b);

	rebtf_builder_struct(b, REBTF_KIND_STRUCT, name, 8 + gap);
	rebtf_builder_member(b, "a", i, gap * 8, 0);
	rebtf_builder_member(b, "b", i, gap * 8 + 32, 0);
	return b;
}

static struct rebtf_core *checked(const struct rebtf_program *program, struct rebtf_set *set)
{
	struct rebtf_core *core;

	assert_ok(rebtf_core_check(program, set, NULL, &core));
	return core;
}

static void fields_are_found_by_name(void **state)
{
	const struct test_relo relos[] = {
		{ REBTF_RELO_FIELD_OFFSET, 2, "0:0", 0 },
		{ REBTF_RELO_FIELD_OFFSET, 2, "0:1", 4 },
		{ REBTF_RELO_FIELD_SIZE, 2, "0:1", 4 },
		{ REBTF_RELO_FIELD_EXISTS, 2, "0:1", 1 },
		{ REBTF_RELO_FIELD_SIGNED, 2, "0:1", 1 },
		{ REBTF_RELO_FIELD_LSHIFT, 2, "0:0", 32 },
		{ REBTF_RELO_FIELD_RSHIFT, 2, "0:0", 32 },
		{ REBTF_RELO_TYPE_SIZE, 2, "0", 8 },
		{ REBTF_RELO_TYPE_EXISTS, 2, "0", 1 },
		{ REBTF_RELO_TYPE_ID_LOCAL, 2, "0", 9 },
		{ REBTF_RELO_TYPE_ID_TARGET, 2, "0", 9 },
		{ REBTF_RELO_FIELD_OFFSET, 2, "2:1", 20 },
	};
	_cleanup_program_ struct rebtf_program *program = test_program(build_pair(NULL, "s", 0),
								       relos, COUNT(relos));
	_cleanup_set_ struct rebtf_set *set = test_set(build_pair(NULL, "s", 12));
	_cleanup_core_ struct rebtf_core *core = checked(program, set);
	static const uint64_t want[] = { 12, 16, 4, 1, 1, 32, 32, 20, 1, 2, 2, 56 };

	(void)state;
	for (uint32_t i = 0; i < COUNT(relos); i++)
		assert_answer(core, i, REBTF_CORE_FOUND, want[i]);
	assert_string_equal(rebtf_core_at(core, 11)->path, "struct s[2].b");
	assert_none_beyond(core, core);
	assert_int_equal(rebtf_core_failures(core), 0);
}

static void flavours_are_no_part_of_a_name(void **state)
{
	const struct test_relo relos[] = { { REBTF_RELO_FIELD_OFFSET, 2, "0:1", 4 } };
	static const struct {
		const char *local, *kernel;
		bool found;
	} cases[] = {
		{ "s___old", "s", true },	 { "s", "s___2", true },
		{ "s___a", "s___b", true },	 { "s___", "s", false },
		{ "___s", "s", false },		 { "s____old", "s", false },
		{ "s___a___b", "s___a", false }, { "s___a___b", "s___a___c", true },
		{ "s__old", "s", false },
	};

	(void)state;
	for (uint32_t i = 0; i < COUNT(cases); i++) {
		_cleanup_program_ struct rebtf_program *program =
			test_program(build_pair(NULL, cases[i].local, 0), relos, 1);
		_cleanup_set_ struct rebtf_set *set =
			test_set(build_pair(NULL, cases[i].kernel, 4));
		_cleanup_core_ struct rebtf_core *core = checked(program, set);

		assert_answer(core, 0, cases[i].found ? REBTF_CORE_FOUND : REBTF_CORE_MISSING,
			      cases[i].found ? 8 : 0);
	}
}

/* struct s { struct { int a; union { int b; }; }; int n[3]; int flexible[]; } */
static struct rebtf_builder *build_nested(uint32_t gap)
{
	struct rebtf_builder *b = build_over(NULL);
	uint32_t i = add_int(b), u, inner, array, flexible;

	u = rebtf_builder_struct(b, REBTF_KIND_UNION, NULL, 4);
	rebtf_builder_member(b, "b", i, 0, 0);
	inner = rebtf_builder_struct(b, REBTF_KIND_STRUCT, NULL, 8);
	rebtf_builder_member(b, "a", i, 0, 0);
	rebtf_builder_member(b, NULL, u, 32, 0);
	array = rebtf_builder_array(b, i, i, 3);
	flexible = rebtf_builder_array(b, i, i, 0);
	/* The kernel may have names for the array and its elements. */
	if (gap)
		array = rebtf_builder_typedef(b, "numbers",
					      rebtf_builder_array(b,
								  rebtf_builder_typedef(b, "number",
											i),
								  i, 3));
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "s", 20 + gap);
	rebtf_builder_member(b, NULL, inner, gap * 8, 0);
	rebtf_builder_member(b, "n", array, gap * 8 + 64, 0);
	rebtf_builder_member(b, "flexible", flexible, gap * 8 + 160, 0);
	return b;
}

#define NESTED 6

static void unnamed_members_and_arrays_are_followed(void **state)
{
	const struct test_relo relos[] = {
		{ REBTF_RELO_FIELD_OFFSET, NESTED, "0:0:1:0", 4 },
		{ REBTF_RELO_FIELD_OFFSET, NESTED, "0:1:2", 16 },
		{ REBTF_RELO_FIELD_OFFSET, NESTED, "0:2:5", 40 },
		{ REBTF_RELO_FIELD_SIZE, NESTED, "0:1", 12 },
	};
	_cleanup_program_ struct rebtf_program *program = test_program(build_nested(0), relos,
								       COUNT(relos));
	_cleanup_set_ struct rebtf_set *set = test_set(build_nested(8));
	_cleanup_core_ struct rebtf_core *core = checked(program, set);

	(void)state;
	assert_answer(core, 0, REBTF_CORE_FOUND, 12);
	assert_answer(core, 1, REBTF_CORE_FOUND, 24);
	assert_answer(core, 2, REBTF_CORE_FOUND, 48);
	assert_answer(core, 3, REBTF_CORE_FOUND, 12);
	assert_string_equal(rebtf_core_at(core, 0)->path, "struct s.b");
	assert_string_equal(rebtf_core_at(core, 2)->path, "struct s.flexible[5]");
}

/* struct s { unsigned int before; unsigned int x:@bits at bit @at; } */
static struct rebtf_builder *build_bits(uint32_t at, uint32_t bits)
{
	struct rebtf_builder *b = build_over(NULL);
	uint32_t u = add_uint(b);

	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "s", 16);
	rebtf_builder_member(b, "x", u, at, bits);
	return b;
}

static void bit_fields_are_read_by_aligned_loads(void **state)
{
	const struct test_relo relos[] = {
		{ REBTF_RELO_FIELD_OFFSET, 2, "0:0", 99 },
		{ REBTF_RELO_FIELD_SIZE, 2, "0:0", 99 },
		{ REBTF_RELO_FIELD_LSHIFT, 2, "0:0", 99 },
		{ REBTF_RELO_FIELD_RSHIFT, 2, "0:0", 61 },
		{ REBTF_RELO_FIELD_SIGNED, 2, "0:0", 0 },
	};
	/* offset, size, lshift on a little-endian machine, rshift */
	static const struct {
		uint32_t at, bits;
		uint64_t want[4];
	} cases[] = {
		{ 0, 3, { 0, 4, 61, 61 } },
		{ 37, 5, { 4, 4, 54, 59 } },
		{ 30, 7, { 0, 8, 27, 57 } }, /* crosses four bytes */
	};

	(void)state;
	for (uint32_t i = 0; i < COUNT(cases); i++) {
		_cleanup_program_ struct rebtf_program *program = test_program(build_bits(0, 3),
									       relos, COUNT(relos));
		_cleanup_set_ struct rebtf_set *set =
			test_set(build_bits(cases[i].at, cases[i].bits));
		_cleanup_core_ struct rebtf_core *core = checked(program, set);

		for (uint32_t j = 0; j < 4; j++) {
			if (j != 2 || !HOST_BIG_ENDIAN)
				assert_answer(core, j, REBTF_CORE_FOUND, cases[i].want[j]);
		}
		assert_answer(core, 4, REBTF_CORE_FOUND, 0);
	}
}

static void a_bit_field_that_no_load_reads_is_refused(void **state)
{
	const struct test_relo relos[] = { { REBTF_RELO_FIELD_SIZE, 2, "0:0", 99 } };
	_cleanup_program_ struct rebtf_program *program = test_program(build_bits(0, 3), relos, 1);
	_cleanup_set_ struct rebtf_set *set = test_set(build_bits(62, 5));
	_cleanup_core_ struct rebtf_core *core = checked(program, set);

	(void)state;
	assert_answer(core, 0, REBTF_CORE_REFUSED, 0);
	assert_non_null(strstr(rebtf_core_at(core, 0)->reason, "no load of 8 bytes"));
}

static struct rebtf_builder *build_enum(uint32_t kind, const char *name, uint64_t value)
{
	struct rebtf_builder *b = build_over(NULL);

	rebtf_builder_enum(b, kind, "e", kind == REBTF_KIND_ENUM ? 4 : 8, REBTF_SIGNED);
	rebtf_builder_enumerator(b, "FIRST", 1);
	rebtf_builder_enumerator(b, name, value);
	return b;
}

static void enumerators_are_found_in_enums_of_either_size(void **state)
{
	const struct test_relo relos[] = {
		{ REBTF_RELO_ENUMERATOR_VALUE, 1, "1", 5 },
		{ REBTF_RELO_ENUMERATOR_EXISTS, 1, "1", 1 },
	};
	static const struct {
		uint32_t kind;
		const char *name;
		uint64_t value;
		bool found;
	} cases[] = {
		{ REBTF_KIND_ENUM, "WANTED", 7, true },
		{ REBTF_KIND_ENUM, "WANTED___old", (uint64_t)-3, true },
		{ REBTF_KIND_ENUM64, "WANTED", 1ull << 40, true },
		{ REBTF_KIND_ENUM64, "OTHER", 7, false },
	};

	(void)state;
	for (uint32_t i = 0; i < COUNT(cases); i++) {
		_cleanup_program_ struct rebtf_program *program =
			test_program(build_enum(REBTF_KIND_ENUM, "WANTED", 5), relos, COUNT(relos));
		_cleanup_set_ struct rebtf_set *set =
			test_set(build_enum(cases[i].kind, cases[i].name, cases[i].value));
		_cleanup_core_ struct rebtf_core *core = checked(program, set);

		assert_answer(core, 0, cases[i].found ? REBTF_CORE_FOUND : REBTF_CORE_MISSING,
			      cases[i].found ? cases[i].value : 0);
		assert_answer(core, 1, cases[i].found ? REBTF_CORE_FOUND : REBTF_CORE_MISSING,
			      cases[i].found);
		/* Only an instruction without a value stops the program. */
		assert_int_equal(rebtf_core_failures(core), !cases[i].found);
	}
}

/* Two structs of one name and kind. */
static struct rebtf_builder *build_two(uint32_t first_gap, uint32_t second_gap)
{
	struct rebtf_builder *b = build_pair(NULL, "s", first_gap);

	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "s___2", 8 + second_gap);
	rebtf_builder_member(b, "b", 1, second_gap * 8 + 32, 0);
	return b;
}

static void several_matches_must_agree(void **state)
{
	const struct test_relo relos[] = { { REBTF_RELO_FIELD_OFFSET, 2, "0:1", 4 } };
	_cleanup_program_ struct rebtf_program *program = test_program(build_pair(NULL, "s", 0),
								       relos, 1);
	_cleanup_set_ struct rebtf_set *same = test_set(build_two(4, 4));
	_cleanup_set_ struct rebtf_set *other = test_set(build_two(4, 8));
	_cleanup_core_ struct rebtf_core *agreed = checked(program, same);
	_cleanup_core_ struct rebtf_core *ambiguous = checked(program, other);

	(void)state;
	assert_answer(agreed, 0, REBTF_CORE_FOUND, 8);
	assert_answer(ambiguous, 0, REBTF_CORE_AMBIGUOUS, 8);
	assert_string_equal(rebtf_core_at(ambiguous, 0)->reason,
			    "bit 64 in struct s [2], but 96 in struct s___2 [3]");
}

static void a_relocation_removes_candidates_for_later_ones(void **state)
{
	/* Only the first struct has a. */
	const struct test_relo relos[] = {
		{ REBTF_RELO_FIELD_OFFSET, 2, "0:0", 0 },
		{ REBTF_RELO_FIELD_OFFSET, 2, "0:1", 4 },
	};
	_cleanup_program_ struct rebtf_program *program = test_program(build_pair(NULL, "s", 0),
								       relos, COUNT(relos));
	_cleanup_set_ struct rebtf_set *set = test_set(build_two(4, 8));
	_cleanup_core_ struct rebtf_core *core = checked(program, set);

	(void)state;
	assert_answer(core, 0, REBTF_CORE_FOUND, 4);
	assert_answer(core, 1, REBTF_CORE_FOUND, 8);
}

static void modules_count_if_the_kernel_lacks_the_type(void **state)
{
	const struct test_relo relos[] = { { REBTF_RELO_FIELD_OFFSET, 2, "0:1", 4 } };
	_cleanup_program_ struct rebtf_program *program = test_program(build_pair(NULL, "s", 0),
								       relos, 1);
	_cleanup_set_ struct rebtf_set *lacks = test_set(build_pair(NULL, "other", 0));
	_cleanup_set_ struct rebtf_set *has = test_set(build_pair(NULL, "s", 0));
	const char *chosen = "n";
	REBTF_OPTIONS(rebtf_core_options, options, .modules = &chosen, .module_count = 1);
	_cleanup_core_ struct rebtf_core *first = NULL, *second = NULL, *third = NULL,
					 *fourth = NULL;

	(void)state;
	test_module(lacks, "m", build_pair(test_kernel(lacks), "s", 4));
	test_module(has, "m", build_pair(test_kernel(has), "s", 4));
	first = checked(program, lacks);
	assert_answer(first, 0, REBTF_CORE_FOUND, 8);
	assert_int_equal(rebtf_core_at(first, 0)->member, 1);
	second = checked(program, has);
	assert_answer(second, 0, REBTF_CORE_FOUND, 4);
	assert_int_equal(rebtf_core_at(second, 0)->member, 0);
	test_module(lacks, "n", build_pair(test_kernel(lacks), "s", 8));
	third = checked(program, lacks);
	assert_answer(third, 0, REBTF_CORE_AMBIGUOUS, 8);
	assert_non_null(strstr(rebtf_core_at(third, 0)->reason, " of m ["));
	assert_ok(rebtf_core_check(program, lacks, &options, &fourth));
	assert_answer(fourth, 0, REBTF_CORE_FOUND, 12);
}

static void wrong_records_are_refused_with_a_reason(void **state)
{
	static const struct {
		struct test_relo relo;
		const char *reason;
	} cases[] = {
		{ { REBTF_RELO_FIELD_OFFSET, 2, "", 0 }, "invalid access string ''" },
		{ { REBTF_RELO_FIELD_OFFSET, 2, "0:", 0 }, "invalid access string '0:'" },
		{ { REBTF_RELO_FIELD_OFFSET, 2, ":0", 0 }, "invalid access string" },
		{ { REBTF_RELO_FIELD_OFFSET, 2, "0:-1", 0 }, "invalid access string" },
		{ { REBTF_RELO_FIELD_OFFSET, 2, "0:1x", 0 }, "invalid access string" },
		{ { REBTF_RELO_FIELD_OFFSET, 2, "0:2", 0 }, "type [2] has no member 2" },
		{ { REBTF_RELO_FIELD_OFFSET, 2, "0:0:0", 0 }, "leads into type [1], a INT" },
		{ { REBTF_RELO_FIELD_OFFSET, 2, "99999999999", 0 }, "invalid access string" },
		{ { REBTF_RELO_FIELD_OFFSET, 2, "2147483647", 0 },
		  "element 2147483647 of 8 bytes is out of range" },
		{ { REBTF_RELO_FIELD_SIGNED, 2, "0", 0 }, "needs a member" },
		{ { REBTF_RELO_ENUMERATOR_VALUE, 2, "0", 0 }, "type [2] has no enumerator 0" },
		{ { REBTF_RELO_TYPE_EXISTS, 2, "0:0", 0 }, "invalid access string '0:0'" },
		{ { REBTF_RELO_TYPE_EXISTS, 0, "0", 0 }, "type [0] has no name" },
		{ { (enum rebtf_relo_kind)13, 2, "0", 0 }, "unknown kind of relocation 13" },
		{ { REBTF_RELO_FIELD_OFFSET, 2, "0:1", 5 }, "(found 5, expected 4)" },
	};

	(void)state;
	for (uint32_t i = 0; i < COUNT(cases); i++) {
		_cleanup_program_ struct rebtf_program *program =
			test_program(build_pair(NULL, "s", 0), &cases[i].relo, 1);
		_cleanup_set_ struct rebtf_set *set = test_set(build_pair(NULL, "s", 4));
		_cleanup_core_ struct rebtf_core *core = checked(program, set);
		const struct rebtf_core_answer *a = rebtf_core_at(core, 0);

		if (a->verdict != REBTF_CORE_REFUSED || !strstr(a->reason, cases[i].reason))
			fail_msg("case %u: %s, '%s'", i, rebtf_core_verdict_name(a->verdict),
				 a->reason ?: "");
	}
}

static void a_wrong_record_fits_none_of_several_candidates(void **state)
{
	const struct test_relo relos[] = {
		{ REBTF_RELO_FIELD_OFFSET, 2, "0:2", 0 },
		{ REBTF_RELO_FIELD_OFFSET, 2, "0:0", 0 },
	};
	_cleanup_program_ struct rebtf_program *program = test_program(build_pair(NULL, "s", 0),
								       relos, COUNT(relos));
	_cleanup_set_ struct rebtf_set *set = test_set(build_two(4, 8));
	REBTF_OPTIONS(rebtf_core_options, options, .all_modules = true);
	_cleanup_core_ struct rebtf_core *core = NULL;

	(void)state;
	assert_ok(rebtf_core_check(program, set, &options, &core));
	assert_answer(core, 0, REBTF_CORE_REFUSED, 0);
	assert_non_null(strstr(rebtf_core_at(core, 0)->reason, "type [2] has no member 2"));
	assert_answer(core, 1, REBTF_CORE_FOUND, 4);
}

static void candidates_that_miss_equally_few_relocations_must_agree(void **state)
{
	/* Both structs have b. */
	const struct test_relo relos[] = { { REBTF_RELO_FIELD_OFFSET, 2, "0:1", 4 } };
	_cleanup_program_ struct rebtf_program *program = test_program(build_pair(NULL, "s", 0),
								       relos, 1);
	_cleanup_set_ struct rebtf_set *set = test_set(build_two(4, 8));
	REBTF_OPTIONS(rebtf_core_options, options, .all_modules = true);
	_cleanup_core_ struct rebtf_core *core = NULL;

	(void)state;
	assert_ok(rebtf_core_check(program, set, &options, &core));
	assert_answer(core, 0, REBTF_CORE_AMBIGUOUS, 8);
	assert_string_equal(rebtf_core_at(core, 0)->reason,
			    "bit 64 in struct s [2], but 96 in struct s___2 [3]");
}

static void long_access_strings_are_refused(void **state)
{
	char access[2 * RELO_STEPS_MAX + 2] = "0";
	struct test_relo relo = { REBTF_RELO_FIELD_OFFSET, 2, access, 0 };

	(void)state;
	for (uint32_t i = 0; i < RELO_STEPS_MAX; i++)
		memcpy(access + 1 + 2 * i, ":0", 2);
	_cleanup_program_ struct rebtf_program *program = test_program(build_pair(NULL, "s", 0),
								       &relo, 1);
	_cleanup_set_ struct rebtf_set *set = test_set(build_pair(NULL, "s", 4));
	_cleanup_core_ struct rebtf_core *core = checked(program, set);

	assert_answer(core, 0, REBTF_CORE_REFUSED, 0);
	assert_string_equal(rebtf_core_at(core, 0)->reason,
			    "the access string has more than 64 steps");
}

/* The last element, and the one behind it. */
static void elements_behind_the_end_of_an_array_are_refused(void **state)
{
	const struct test_relo relos[] = {
		{ REBTF_RELO_FIELD_OFFSET, NESTED, "0:1:2", 16 },
		{ REBTF_RELO_FIELD_OFFSET, NESTED, "0:1:3", 20 },
	};
	_cleanup_program_ struct rebtf_program *program = test_program(build_nested(0), relos,
								       COUNT(relos));
	_cleanup_set_ struct rebtf_set *set = test_set(build_nested(0));
	_cleanup_core_ struct rebtf_core *core = checked(program, set);

	(void)state;
	assert_answer(core, 0, REBTF_CORE_FOUND, 16);
	assert_answer(core, 1, REBTF_CORE_REFUSED, 0);
	assert_string_equal(rebtf_core_at(core, 1)->reason,
			    "element 3 is out of range (the array has 3 elements)");
}

/* The last enumerator, and the one behind it, where the next type is. */
static void an_enumerator_behind_the_end_of_an_enum_is_refused(void **state)
{
	const struct test_relo relos[] = {
		{ REBTF_RELO_ENUMERATOR_VALUE, 1, "1", 5 },
		{ REBTF_RELO_ENUMERATOR_VALUE, 1, "2", 0 },
	};
	static const uint32_t kinds[] = { REBTF_KIND_ENUM, REBTF_KIND_ENUM64 };

	(void)state;
	for (uint32_t i = 0; i < COUNT(kinds); i++) {
		struct rebtf_builder *local = build_enum(kinds[i], "LAST", 5);
		_cleanup_program_ struct rebtf_program *program = NULL;
		_cleanup_set_ struct rebtf_set *set = test_set(build_enum(kinds[i], "LAST", 7));
		_cleanup_core_ struct rebtf_core *core = NULL;

		add_int(local);
		program = test_program(local, relos, COUNT(relos));
		core = checked(program, set);
		assert_answer(core, 0, REBTF_CORE_FOUND, 7);
		assert_answer(core, 1, REBTF_CORE_REFUSED, 0);
		assert_string_equal(rebtf_core_at(core, 1)->reason, "type [1] has no enumerator 2");
	}
}

/* Each case is a load of 4 bytes at offset 4. */
static void loads_that_cannot_be_patched_are_refused(void **state)
{
	static const struct {
		struct relo_value value;
		const char *reason; /* NULL: it can */
	} cases[] = {
		{ { .old_value = 4, .validate = true, .new_value = INT16_MAX }, NULL },
		{ { .old_value = 4, .validate = true, .new_value = INT16_MAX + 1 },
		  "the new offset 32768 does not fit into the instruction (maximum 32767)" },
		{ { .old_value = 5, .validate = true },
		  "another value than the program's types (found 4, expected 5)" },
		{ { .old_size = 4, .new_size = 8 }, NULL },
		{ { .old_size = 2, .new_size = 8 },
		  "the instruction accesses 4 bytes (expected 2)" },
		{ { .old_size = 4, .new_size = 16 }, "no instruction accesses 16 bytes" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		uint8_t insn[RELO_INSN_SIZE] = { 0x61 };
		bool poisoned;
		struct rebtf_error *err;

		put16(insn + 2, 4, HOST_BIG_ENDIAN);
		err = relo_insn_patch(insn, sizeof(insn), HOST_BIG_ENDIAN, &cases[i].value,
				      &poisoned);
		if (cases[i].reason) {
			assert_fails(err, REBTF_ERR_FORMAT, cases[i].reason);
			continue;
		}
		assert_ok(err);
		assert_int_equal(insn[0], cases[i].value.new_size == 8 ? 0x79 : 0x61);
		assert_int_equal(get16(insn + 2, HOST_BIG_ENDIAN), cases[i].value.new_value);
	}
}

/* An unnamed struct that contains itself twice, through another one, expands exponentially. */
static void work_on_nested_structs_is_limited(void **state)
{
	const struct test_relo relos[] = { { REBTF_RELO_FIELD_OFFSET, 2, "0:0", 0 } };
	struct rebtf_builder *b = build_over(NULL);
	uint32_t last = add_int(b);
	struct rebtf_core *core;

	(void)state;
	for (int i = 0; i < 50; i++) {
		uint32_t next = rebtf_builder_struct(b, REBTF_KIND_UNION, i == 49 ? "s" : NULL, 4);

		rebtf_builder_member(b, NULL, last, 0, 0);
		rebtf_builder_member(b, NULL, last, 0, 0);
		last = next;
	}
	_cleanup_program_ struct rebtf_program *program = test_program(build_pair(NULL, "s", 0),
								       relos, 1);
	_cleanup_set_ struct rebtf_set *set = NULL;
	uint32_t other = rebtf_builder_struct(b, REBTF_KIND_STRUCT, "s", 4);

	(void)other;
	rebtf_builder_member(b, NULL, last, 0, 0);
	set = test_set(b);
	assert_fails(rebtf_core_check(program, set, NULL, &core), REBTF_ERR_UNSUPPORTED,
		     "x.bpf.o: the relocations take too much work");
}

static struct rebtf_btf *build_equal(const char *enumerator, uint32_t count)
{
	struct rebtf_builder *b = build_over(NULL);

	rebtf_builder_enum(b, REBTF_KIND_ENUM, "e", 4, REBTF_UNSIGNED);
	for (uint32_t i = 0; i < count; i++)
		rebtf_builder_enumerator(b, enumerator, i);
	return built(b);
}

/* Returns the cost of the search for @enumerator among @count enumerators with the name @other. */
static uint64_t cost_of_search(const char *enumerator, const char *other, uint32_t count)
{
	_cleanup_unref_ struct rebtf_btf *local = build_equal(enumerator, 1);
	_cleanup_unref_ struct rebtf_btf *target = build_equal(other, count);
	uint64_t budget = 1 << 20;
	bool fits;

	assert_ok(relo_types_fit(local, 1, target, 1, true, &budget, &fits));
	assert_false(fits);
	return (1 << 20) - budget;
}

static void names_of_enumerators_are_compared_at_a_cost(void **state)
{
	char wanted[4001] = {}, other[4001] = {};

	(void)state;
	memset(wanted, 'a', 4000);
	memset(other, 'b', 4000);
	assert_in_range(cost_of_search("gone", "here", 100), 100, 200);
	assert_true(cost_of_search(wanted, other, 100) > 10000);
}

/* struct s { int (*f)(struct s *, @param); @pointee *p; @field x; } */
static struct rebtf_builder *build_exact(const char *pointee, bool is_unsigned, uint32_t elements)
{
	struct rebtf_builder *b = build_over(NULL);
	uint32_t i = add_int(b), u = add_uint(b), s = 3, ps, proto, pf, fwd, pp, array;

	assert_int_equal(rebtf_builder_struct(b, REBTF_KIND_STRUCT, "s", 32), s);
	ps = rebtf_builder_next_id(b) + 0;
	rebtf_builder_member(b, "f", ps + 2, 0, 0);
	rebtf_builder_member(b, "p", ps + 4, 64, 0);
	rebtf_builder_member(b, "x", ps + 5, 128, 0);
	assert_int_equal(rebtf_builder_ref(b, REBTF_KIND_PTR, s), ps);
	proto = rebtf_builder_func_proto(b, i);
	rebtf_builder_param(b, "self", ps);
	rebtf_builder_param(b, "n", is_unsigned ? u : i);
	pf = rebtf_builder_ref(b, REBTF_KIND_PTR, proto);
	fwd = rebtf_builder_fwd(b, *pointee ? REBTF_KIND_STRUCT : REBTF_KIND_UNION,
				*pointee ? pointee : "t");
	if (!strcmp(pointee, "int"))
		fwd = i;
	pp = rebtf_builder_ref(b, REBTF_KIND_PTR, fwd);
	array = rebtf_builder_array(b, i, i, elements);
	assert_int_equal(pf, ps + 2);
	assert_int_equal(pp, ps + 4);
	assert_int_equal(array, ps + 5);
	return b;
}

static void type_matches_compares_members_and_pointers(void **state)
{
	const struct test_relo relos[] = {
		{ REBTF_RELO_TYPE_MATCHES, 3, "0", 1 },
		{ REBTF_RELO_TYPE_EXISTS, 3, "0", 1 },
	};
	static const struct {
		const char *pointee;
		bool is_unsigned;
		uint32_t elements;
		bool matches;
	} cases[] = {
		{ "t", false, 4, true },      { "t___old", false, 4, true },
		{ "other", false, 4, false }, { "t", true, 4, false },
		{ "t", false, 5, false },     { "", false, 4, false },
		{ "int", false, 4, false },
	};

	(void)state;
	for (uint32_t i = 0; i < COUNT(cases); i++) {
		_cleanup_program_ struct rebtf_program *program =
			test_program(build_exact("t", false, 4), relos, COUNT(relos));
		_cleanup_set_ struct rebtf_set *set = test_set(build_exact(cases[i].pointee,
									   cases[i].is_unsigned,
									   cases[i].elements));
		_cleanup_core_ struct rebtf_core *core = checked(program, set);

		assert_answer(core, 0, cases[i].matches ? REBTF_CORE_FOUND : REBTF_CORE_MISSING,
			      cases[i].matches);
		assert_answer(core, 1, REBTF_CORE_FOUND, 1);
		assert_int_equal(rebtf_core_failures(core), 0);
	}
}

static void reasons_say_what_the_kernel_has_instead(void **state)
{
	const struct test_relo relos[] = {
		{ REBTF_RELO_FIELD_OFFSET, NESTED, "0:1:2", 16 },
		{ REBTF_RELO_FIELD_OFFSET, NESTED, "0:0:0", 0 },
	};
	_cleanup_program_ struct rebtf_program *program = test_program(build_nested(0), relos,
								       COUNT(relos));
	struct rebtf_builder *b = build_over(NULL);
	uint32_t i = add_int(b), array = rebtf_builder_array(b, i, i, 2);

	(void)state;
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "s", 12);
	rebtf_builder_member(b, "__a", i, 0, 0);
	rebtf_builder_member(b, "n", array, 32, 0);
	_cleanup_set_ struct rebtf_set *set = test_set(b);
	_cleanup_core_ struct rebtf_core *core = checked(program, set);

	assert_answer(core, 0, REBTF_CORE_MISSING, 0);
	assert_string_equal(rebtf_core_at(core, 0)->reason,
			    "struct s.n has only 2 elements (expected at least 3)");
	assert_string_equal(rebtf_core_at(core, 1)->reason,
			    "struct s has no member 'a', but '__a'");
	assert_int_equal(rebtf_core_failures(core), 2);
	assert_string_equal(rebtf_core_at(core, 0)->function, TEST_SECTION);
	assert_int_equal(rebtf_core_at(core, 1)->insn, 1);
}

static void a_program_of_the_other_byte_order_is_refused(void **state)
{
	const struct test_relo relos[] = { { REBTF_RELO_FIELD_OFFSET, 2, "0:1", 4 } };
	_cleanup_program_ struct rebtf_program *program = test_program(build_pair(NULL, "s", 0),
								       relos, 1);
	struct rebtf_builder *b = build_pair(NULL, "s", 4), *c = build_pair(NULL, "s", 0);
	_cleanup_program_ struct rebtf_program *swapped = NULL;
	_cleanup_core_ struct rebtf_core *core = NULL;

	(void)state;
	rebtf_builder_set_byte_order(b, OTHER_BYTE_ORDER);
	rebtf_builder_set_byte_order(c, OTHER_BYTE_ORDER);
	_cleanup_set_ struct rebtf_set *set = test_set(b);

	assert_fails(rebtf_core_check(program, set, NULL, &core), REBTF_ERR_WRONG_BASE,
		     "-endian, but the kernel is not");
	core = NULL;
	swapped = test_program(c, relos, 1);
	core = checked(swapped, set);
	assert_answer(core, 0, REBTF_CORE_FOUND, 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_are_found_by_name),
		cmocka_unit_test(flavours_are_no_part_of_a_name),
		cmocka_unit_test(unnamed_members_and_arrays_are_followed),
		cmocka_unit_test(bit_fields_are_read_by_aligned_loads),
		cmocka_unit_test(a_bit_field_that_no_load_reads_is_refused),
		cmocka_unit_test(enumerators_are_found_in_enums_of_either_size),
		cmocka_unit_test(several_matches_must_agree),
		cmocka_unit_test(a_relocation_removes_candidates_for_later_ones),
		cmocka_unit_test(modules_count_if_the_kernel_lacks_the_type),
		cmocka_unit_test(wrong_records_are_refused_with_a_reason),
		cmocka_unit_test(a_wrong_record_fits_none_of_several_candidates),
		cmocka_unit_test(candidates_that_miss_equally_few_relocations_must_agree),
		cmocka_unit_test(long_access_strings_are_refused),
		cmocka_unit_test(elements_behind_the_end_of_an_array_are_refused),
		cmocka_unit_test(an_enumerator_behind_the_end_of_an_enum_is_refused),
		cmocka_unit_test(loads_that_cannot_be_patched_are_refused),
		cmocka_unit_test(work_on_nested_structs_is_limited),
		cmocka_unit_test(names_of_enumerators_are_compared_at_a_cost),
		cmocka_unit_test(type_matches_compares_members_and_pointers),
		cmocka_unit_test(reasons_say_what_the_kernel_has_instead),
		cmocka_unit_test(a_program_of_the_other_byte_order_is_refused),
	};

	return cmocka_run_group_tests_name("relo", tests, NULL, NULL);
}
