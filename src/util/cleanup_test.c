/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Tests of scope guards: descriptors are closed at the end of their scope. */
#include <fcntl.h>

#include "util/cleanup.h"
#include "util/testing.h"

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

/* A program without standard input gets descriptor 0 for the first file that it opens. */
static void every_descriptor_is_closed(void **state)
{
	int saved = fcntl(0, F_DUPFD_CLOEXEC, 10);
	bool was_open, stayed_open;

	(void)state;
	assert_true(saved >= 10);
	{
		_cleanup_close_ int fd = 0, other = fcntl(0, F_DUPFD_CLOEXEC, 100);

		was_open = is_open(fd) && is_open(other);
	}
	stayed_open = is_open(0) || is_open(100);
	assert_int_equal(dup2(saved, 0), 0);
	close(saved);
	assert_true(was_open);
	assert_false(stayed_open);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_descriptor_is_closed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
