/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Tests of the progress bar: its contents at each width, and the time left. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/progress.h"

static void assert_line(size_t total, size_t done, uint64_t elapsed_ms, size_t width,
			const char *want)
{
	const struct progress progress = { .doing = "checking", .total = total };
	struct text text = {};

	progress_add_line(&text, &progress, done, elapsed_ms, width);
	text_add_bytes(&text, "", 1);
	assert_string_equal(text.data, want);
	text_release(&text);
}

static void the_bar_takes_what_room_there_is(void **state)
{
	(void)state;
	assert_line(4022, 2011, 5000, 200,
		    "checking [####################                    ] 2,011 of 4,022, 6 s left");
	assert_line(4022, 2011, 5000, 60,
		    "checking [############            ] 2,011 of 4,022, 6 s left");
	assert_line(4022, 2011, 5000, 44, "checking [####    ] 2,011 of 4,022, 6 s left");
}

static void what_has_no_room_is_left_out(void **state)
{
	(void)state;
	assert_line(4022, 2011, 5000, 43, "checking 2,011 of 4,022, 6 s left");
	assert_line(4022, 2011, 5000, 33, "checking 2,011 of 4,022, 6 s left");
	assert_line(4022, 2011, 5000, 32, "checking 2,011 of 4,022");
	assert_line(4022, 2011, 5000, 23, "checking 2,011 of 4,022");
	assert_line(4022, 2011, 5000, 22, "2,011 of 4,022");
	assert_line(4022, 2011, 5000, 5, "2,011");
	assert_line(4022, 2011, 5000, 0, "");
}

static void no_line_is_wider_than_the_terminal(void **state)
{
	static const size_t totals[] = { 1, 9, 4022, 1234567 };

	(void)state;
	for (size_t i = 0; i < sizeof(totals) / sizeof(totals[0]); i++) {
		const struct progress progress = { .doing = "relocating", .total = totals[i] };

		for (size_t width = 0; width < 120; width++) {
			for (uint64_t elapsed = 1; elapsed < 1ull << 40; elapsed *= 8) {
				struct text text = {};

				progress_add_line(&text, &progress, totals[i] / 3, elapsed, width);
				assert_true(text.size <= width);
				text_release(&text);
			}
		}
	}
}

static void the_time_left_follows_from_the_speed_so_far(void **state)
{
	(void)state;
	assert_line(100, 50, 1000, 38, "checking 50 of 100, 2 s left");
	assert_line(100, 1, 1000, 40, "checking 1 of 100, 1 min 40 s left");
	assert_line(10000, 1, 1000, 42, "checking 1 of 10,000, 2 h 46 min left");
	/* Before the first file is done, and after the last one. */
	assert_line(100, 0, 1000, 30, "checking [          ] 0 of 100");
	assert_line(100, 100, 1000, 30, "checking [########] 100 of 100");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_bar_takes_what_room_there_is),
		cmocka_unit_test(what_has_no_room_is_left_out),
		cmocka_unit_test(no_line_is_wider_than_the_terminal),
		cmocka_unit_test(the_time_left_follows_from_the_speed_so_far),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
