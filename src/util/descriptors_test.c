/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Tests of closing descriptors together. */
#include <fcntl.h>
#include <unistd.h>

#include "util/descriptors.h"
#include "util/testing.h"

/* A copy of a descriptor, with a number of at least @from. */
static int descriptors_open(int from)
{
	int fd = fcntl(0, F_DUPFD_CLOEXEC, from);

	assert_true(fd >= from);
	return fd;
}

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static void descriptors_are_closed_with_the_next_one(void **state)
{
	int first = descriptors_open(100), second = descriptors_open(101);
	int far = descriptors_open(200);

	(void)state;
	descriptors_close_soon(second);
	descriptors_close_soon(far);
	assert_true(is_open(second) && is_open(far));
	descriptors_close(first);
	assert_false(is_open(first) || is_open(second) || is_open(far));
}

static void descriptors_between_them_stay_open(void **state)
{
	int first = descriptors_open(100), other = descriptors_open(101);
	int last = descriptors_open(102);

	(void)state;
	descriptors_close_soon(last);
	descriptors_close_soon(first);
	descriptors_close(-1);
	assert_false(is_open(first) || is_open(last));
	assert_true(is_open(other));
	close(other);
}

static void only_a_few_stay_open(void **state)
{
	unsigned int open = 0;

	(void)state;
	for (int i = 0; i < 100; i++)
		descriptors_close_soon(descriptors_open(100));
	for (int fd = 100; fd < 200; fd++)
		open += is_open(fd);
	assert_in_range(open, 0, 20);
	descriptors_close(-1);
	for (int fd = 100; fd < 200; fd++)
		assert_false(is_open(fd));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(descriptors_are_closed_with_the_next_one),
		cmocka_unit_test(descriptors_between_them_stay_open),
		cmocka_unit_test(only_a_few_stay_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
