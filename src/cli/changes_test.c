/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Tests of the text and JSON for changes: each kind of change, runs of members that moved together, and the
 * limit.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "cli/changes.h"
#include "graph/compare.h"

static void assert_text(struct rebtf_change *changes, size_t count, size_t limit, const char *want)
{
	const struct rebtf_change_list list = { .changes = { .items = changes, .count = count } };
	struct text text = {};

	changes_add_text(&text, &list, limit, "", "  ");
	text_add_bytes(&text, "", 1);
	assert_string_equal(text.data, want);
	text_release(&text);
}

/* Tests a single change. */
#define assert_told(want, ...) assert_text(&(struct rebtf_change){ __VA_ARGS__ }, 1, 8, want)

/* A member's sides: name, type, offset and size in bits. */
#define OLD(name, type, offset, size)                                                              \
	.old_name = name, .old_type = type, .old_offset = offset, .old_size = size
#define NEW(name, type, offset, size)                                                              \
	.new_name = name, .new_type = type, .new_offset = offset, .new_size = size

static void members_that_came_went_and_were_renamed(void **state)
{
	(void)state;
	assert_told("member 'flags' is new at byte 744: u64[1] of 8 bytes\n",
		    .kind = REBTF_CHANGE_ADDED, NEW("flags", "u64[1]", 5952, 64));
	assert_told("member 'x' at byte 1,000 is gone: void * of 8 bytes\n",
		    .kind = REBTF_CHANGE_REMOVED, OLD("x", "void *", 8000, 64));
	assert_told("member 'x' at byte 8, bit 3 is now member 'y'\n", .kind = REBTF_CHANGE_RENAMED,
		    OLD("x", "int", 67, 1), NEW("y", "int", 67, 1));
	assert_told("a member without a name at byte 0 is gone: struct s of 1 byte\n",
		    .kind = REBTF_CHANGE_REMOVED, OLD("", "struct s", 0, 8));
}

static void members_that_moved(void **state)
{
	(void)state;
	assert_told("member 'state' moved from byte 104 to 112\n", .kind = REBTF_CHANGE_MOVED,
		    OLD("state", "int", 832, 32), NEW("state", "int", 896, 32));
	assert_told("member 'bit' moved from byte 4, bit 3 to byte 4, bit 4\n",
		    .kind = REBTF_CHANGE_MOVED, OLD("bit", "int", 35, 1), NEW("bit", "int", 36, 1));
	assert_told(
		"member 'a' moved from byte 0 to 8 and was u32 of 4 bytes, now u64 of 8 bytes\n",
		.kind = REBTF_CHANGE_MOVED, OLD("a", "u32", 0, 32), NEW("a", "u64", 64, 64));
}

static void members_of_another_type(void **state)
{
	(void)state;
	assert_told("member 'power' was struct dev_pm_info of 328 bytes, now of 336\n",
		    .kind = REBTF_CHANGE_RETYPED, OLD("power", "struct dev_pm_info", 64, 2624),
		    NEW("power", "struct dev_pm_info", 64, 2688));
	assert_told("member 'low' was int of 3 bits, now of 4 bits\n", .kind = REBTF_CHANGE_RETYPED,
		    OLD("low", "int", 0, 3), NEW("low", "int", 0, 4));
	assert_told("member 'p' was struct a * of 8 bytes, now struct b * of 8 bytes\n",
		    .kind = REBTF_CHANGE_RETYPED, OLD("p", "struct a *", 0, 64),
		    NEW("p", "struct b *", 0, 64));
	assert_told("member 'u' was union {...}, which has changed\n", .kind = REBTF_CHANGE_RETYPED,
		    OLD("u", "union {...}", 0, 64), NEW("u", "union {...}", 0, 64));
	assert_told("too complex to be compared member by member\n", .kind = REBTF_CHANGE_RETYPED,
		    OLD(NULL, "struct s", 0, 64), NEW(NULL, "struct s", 0, 64));
}

static void enumerators(void **state)
{
	(void)state;
	assert_told("enumerator 'A' is new: -1\n", .kind = REBTF_CHANGE_ADDED, .new_name = "A",
		    .new_value = -1);
	assert_told("enumerator 'A' is gone: it was 5\n", .kind = REBTF_CHANGE_REMOVED,
		    .old_name = "A", .old_value = 5);
	assert_told("enumerator 'A' was 1, now 2\n", .kind = REBTF_CHANGE_REVALUED, .old_name = "A",
		    .new_name = "A", .old_value = 1, .new_value = 2);
	assert_told("enumerator 'A' is now called 'B': 7\n", .kind = REBTF_CHANGE_RENAMED,
		    .old_name = "A", .new_name = "B", .old_value = 7, .new_value = 7);
}

static void odd_bytes_in_names_show(void **state)
{
	(void)state;
	assert_told("member 'a\\x0ab' at byte 0 is gone: t\\x1b of 4 bytes\n",
		    .kind = REBTF_CHANGE_REMOVED, OLD("a\nb", "t\033", 0, 32));
}

#define MOVED(name, from, to)                                                                      \
	{                                                                                          \
		.kind = REBTF_CHANGE_MOVED, OLD(name, "int", from, 32), NEW(name, "int", to, 32)   \
	}

static void members_that_moved_together_are_one_line(void **state)
{
	struct rebtf_change changes[] = {
		MOVED("a", 0, 64),    MOVED("b", 32, 96),   MOVED("c", 64, 128),
		MOVED("d", 96, 224),  MOVED("e", 128, 256), MOVED("f", 512, 480),
		MOVED("g", 544, 512), MOVED("h", 576, 544),
	};

	(void)state;
	assert_text(changes, 8, 8,
		    "3 members from 'a' to 'c' moved by 8 bytes, the first to byte 8\n"
		    "  member 'd' moved from byte 12 to 28\n"
		    "  member 'e' moved from byte 16 to 32\n"
		    "  3 members from 'f' to 'h' moved towards the start by 4 bytes, "
		    "the first to byte 60\n");
}

static void what_is_too_much_is_counted(void **state)
{
	struct rebtf_change changes[] = {
		MOVED("a", 0, 64),  MOVED("b", 32, 96),	  MOVED("c", 64, 128),
		MOVED("d", 96, 99), MOVED("e", 128, 256), MOVED("f", 160, 320),
	};

	(void)state;
	assert_text(changes, 6, 2,
		    "3 members from 'a' to 'c' moved by 8 bytes, the first to byte 8\n"
		    "  member 'd' moved from byte 12 to 12, bit 3\n"
		    "  and 2 more changes (--verbose lists more)\n");
	assert_text(changes, 6, 3,
		    "3 members from 'a' to 'c' moved by 8 bytes, the first to byte 8\n"
		    "  member 'd' moved from byte 12 to 12, bit 3\n"
		    "  member 'e' moved from byte 16 to 32\n"
		    "  and 1 more change (--verbose lists more)\n");
	assert_text(changes, 3, 1,
		    "3 members from 'a' to 'c' moved by 8 bytes, the first to byte 8\n");
}

static void assert_json(const struct rebtf_change_list *list, const struct rebtf_match *match,
			size_t limit, const char *want)
{
	struct json_object *object = json_new_object();
	struct text text = {};

	changes_add_json(object, list, match, limit);
	json_print(&text, object);
	text_add_bytes(&text, "", 1);
	assert_string_equal(text.data, want);
	text_release(&text);
}

static void json_has_both_sides_and_counts_the_rest(void **state)
{
	struct rebtf_change changes[] = {
		{ .kind = REBTF_CHANGE_ADDED, .harmless = true, NEW("x", "u64", 64, 8) },
		{ .kind = REBTF_CHANGE_REVALUED,
		  .old_name = "A",
		  .new_name = "A",
		  .new_value = -1 },
	};
	const struct rebtf_change_list list = { .changes = { .items = changes, .count = 2 } };
	const struct rebtf_match pointed_to = { .verdict = REBTF_VERDICT_SIZE };
	const struct rebtf_match embedded = { .verdict = REBTF_VERDICT_SIZE, .embedded = true };

	(void)state;
	assert_json(
		&list, &pointed_to, SIZE_MAX,
		"{\"changes\":[{\"change\":\"added\",\"harmless\":true,\"old\":null,"
		"\"new\":{\"name\":\"x\",\"type\":\"u64\",\"offset_bits\":64,\"size_bits\":8}},"
		"{\"change\":\"revalued\",\"harmless\":false,\"old\":{\"name\":\"A\",\"value\":0},"
		"\"new\":{\"name\":\"A\",\"value\":-1}}],\"schema\":1}\n");
	assert_json(
		&list, &embedded, 1,
		"{\"changes\":[{\"change\":\"added\",\"harmless\":false,\"old\":null,"
		"\"new\":{\"name\":\"x\",\"type\":\"u64\",\"offset_bits\":64,\"size_bits\":8}}],"
		"\"changes_left_out\":1,\"schema\":1}\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_that_came_went_and_were_renamed),
		cmocka_unit_test(members_that_moved),
		cmocka_unit_test(members_of_another_type),
		cmocka_unit_test(enumerators),
		cmocka_unit_test(odd_bytes_in_names_show),
		cmocka_unit_test(members_that_moved_together_are_one_line),
		cmocka_unit_test(what_is_too_much_is_counted),
		cmocka_unit_test(json_has_both_sides_and_counts_the_rest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
