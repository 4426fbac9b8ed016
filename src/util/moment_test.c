/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Tests of the proof that a file has not changed since an earlier moment. */
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/moment.h"
#include "util/testing.h"

/* A new file in @dir. Its ctime is the current time. */
static int moment_new_file(const char *dir)
{
	int fd = open(scratch_path(dir, "file"), O_CREAT | O_EXCL | O_RDWR, 0600);

	assert_true(fd >= 0);
	return fd;
}

static bool is_proven(const struct moment *since, int fd)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	return moment_precedes_no_change(since, fd, st.st_dev, &st.st_ctim);
}

/* Whether the scratch directory is on a file system that gives proofs. */
static bool scratch_is_local(int fd)
{
	struct moment later = moment_now();

	later.real.tv_sec++;
	later.monotonic.tv_sec++;
	return is_proven(&later, fd);
}

static void a_file_that_was_old_at_that_moment_is_unchanged(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	_cleanup_close_ int fd = moment_new_file(dir);
	struct moment moment;

	(void)state;
	if (!scratch_is_local(fd))
		skip();
	usleep(100000);
	moment = moment_now();
	assert_true(is_proven(&moment, fd));
}

static void a_file_that_is_as_new_as_the_moment_is_not_known_to_be_unchanged(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	_cleanup_close_ int fd = moment_new_file(dir);
	struct moment moment = moment_now();

	(void)state;
	assert_false(is_proven(&moment, fd));
}

static void every_change_ends_the_proof(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	_cleanup_close_ int fd = moment_new_file(dir);
	const struct timespec old[2] = { { 1, 0 }, { 1, 0 } };
	const char *path = scratch_path(dir, "file");
	struct moment moment;

	(void)state;
	usleep(100000);
	moment = moment_now();
	assert_int_equal(write(fd, "x", 1), 1);
	/* The time of the last write can be set back, but ctime cannot. */
	assert_int_equal(futimens(fd, old), 0);
	assert_false(is_proven(&moment, fd));
	usleep(100000);
	moment = moment_now();
	assert_int_equal(rename(path, scratch_path(dir, "other")), 0);
	assert_false(is_proven(&moment, fd));
}

static void a_time_in_whole_seconds_is_up_to_a_second_late(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	_cleanup_close_ int fd = moment_new_file(dir);
	struct timespec second = {};
	struct moment moment;
	struct stat st;

	(void)state;
	if (!scratch_is_local(fd))
		skip();
	assert_int_equal(fstat(fd, &st), 0);
	/* A later change in the same second would get the same time. */
	moment = moment_now();
	if (moment.real.tv_nsec < 100000000) {
		usleep(100000);
		moment = moment_now();
	}
	second.tv_sec = moment.real.tv_sec;
	assert_false(moment_precedes_no_change(&moment, fd, st.st_dev, &second));
	second.tv_sec -= 2;
	assert_true(moment_precedes_no_change(&moment, fd, st.st_dev, &second));
}

static void a_clock_that_was_set_meanwhile_proves_nothing(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	_cleanup_close_ int fd = moment_new_file(dir);
	struct moment moment;

	(void)state;
	usleep(100000);
	moment = moment_now();
	moment.monotonic.tv_sec--;
	assert_false(is_proven(&moment, fd));
	moment.monotonic.tv_sec += 2;
	assert_false(is_proven(&moment, fd));
}

static void files_of_other_machines_prove_nothing(void **state)
{
	int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	struct moment moment = moment_now();
	struct timespec old = { 1, 0 };
	struct stat st;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_false(moment_precedes_no_change(&moment, fd, st.st_dev, &old));
	close(fd);
}

/* Whether a file on a new file system of this kind gives proofs. Sets @device. */
static bool mounted_is_local(const char *dir, const char *kind, dev_t *device)
{
	struct moment moment = moment_now();
	struct timespec old = { 1, 1 };
	struct stat st;
	bool answer;
	int fd;

	assert_int_equal(mount("none", dir, kind, 0, NULL), 0);
	fd = moment_new_file(dir);
	assert_int_equal(fstat(fd, &st), 0);
	*device = st.st_dev;
	answer = moment_precedes_no_change(&moment, fd, st.st_dev, &old);
	close(fd);
	assert_int_equal(umount(dir), 0);
	return answer;
}

/* The last test: it leaves the mount namespace. */
static void another_file_system_with_the_same_number_is_asked_again(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	dev_t first, second;

	(void)state;
	if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL))
		skip();
	assert_true(mounted_is_local(dir, "tmpfs", &first));
	moment_forget_device();
	assert_false(mounted_is_local(dir, "ramfs", &second));
	/* Otherwise this tests little. */
	if (first != second)
		skip();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_that_was_old_at_that_moment_is_unchanged),
		cmocka_unit_test(a_file_that_is_as_new_as_the_moment_is_not_known_to_be_unchanged),
		cmocka_unit_test(every_change_ends_the_proof),
		cmocka_unit_test(a_time_in_whole_seconds_is_up_to_a_second_late),
		cmocka_unit_test(a_clock_that_was_set_meanwhile_proves_nothing),
		cmocka_unit_test(files_of_other_machines_prove_nothing),
		cmocka_unit_test(another_file_system_with_the_same_number_is_asked_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
