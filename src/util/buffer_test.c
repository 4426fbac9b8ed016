/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Tests of the growing buffer: it keeps its bytes and remembers failed allocations. */
#include "util/buffer.h"
#include "util/testing.h"

static void bytes_stay_as_the_buffer_grows(void **state)
{
	struct buffer b = {};

	(void)state;
	for (uint32_t i = 0; i < 10000; i++)
		assert_non_null(buffer_append(&b, &i, sizeof(i)));
	assert_int_equal(b.size, 10000 * sizeof(uint32_t));
	for (uint32_t i = 0; i < 10000; i++)
		assert_int_equal(((uint32_t *)b.data)[i], i);
	assert_false(b.failed);
	buffer_release(&b);
}

static void room_alone_is_counted_too(void **state)
{
	struct buffer b = {};
	uint8_t *at;

	(void)state;
	buffer_append(&b, "ab", 2);
	at = buffer_append(&b, NULL, 1000);
	assert_ptr_equal(at, b.data + 2);
	memset(at, 'x', 1000);
	assert_int_equal(b.size, 1002);
	assert_memory_equal(b.data, "abx", 3);
	buffer_release(&b);
}

static void reserved_room_does_not_move(void **state)
{
	struct buffer b = {};
	uint8_t *data;

	(void)state;
	assert_true(buffer_reserve(&b, 100000));
	data = b.data;
	for (int i = 0; i < 100000; i++)
		buffer_append(&b, "x", 1);
	assert_ptr_equal(b.data, data);
	buffer_release(&b);
}

static void nothing_can_be_appended_to_nothing(void **state)
{
	struct buffer b = {};

	(void)state;
	buffer_append(&b, "", 0);
	buffer_append(&b, NULL, 0);
	assert_int_equal(b.size, 0);
	assert_false(b.failed);
	buffer_release(&b);
}

static void want_of_room_is_remembered(void **state)
{
	struct buffer b = {};

	(void)state;
	buffer_append(&b, "abc", 3);
	assert_null(buffer_append(&b, NULL, SIZE_MAX));
	assert_null(buffer_append(&b, NULL, SIZE_MAX / 2));
	assert_true(b.failed);
	assert_null(buffer_append(&b, "d", 1));
	assert_false(buffer_reserve(&b, 1));
	assert_int_equal(b.size, 3);
	assert_memory_equal(b.data, "abc", 3);
	buffer_release(&b);
}

static void a_released_buffer_can_be_used_again(void **state)
{
	struct buffer b = {};

	(void)state;
	buffer_append(&b, NULL, SIZE_MAX);
	buffer_release(&b);
	assert_non_null(buffer_append(&b, "abc", 3));
	assert_int_equal(b.size, 3);
	assert_false(b.failed);
	buffer_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_stay_as_the_buffer_grows),
		cmocka_unit_test(room_alone_is_counted_too),
		cmocka_unit_test(reserved_room_does_not_move),
		cmocka_unit_test(nothing_can_be_appended_to_nothing),
		cmocka_unit_test(want_of_room_is_remembered),
		cmocka_unit_test(a_released_buffer_can_be_used_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
