/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Tests of reading whole files, and of refusing other kinds of files. */
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "util/testing.h"

static void read_gives_whole_file_and_attrs(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	_cleanup_file_bytes_ struct file_bytes bytes = {};
	const char *path = scratch_path(dir, "file");

	(void)state;
	write_bytes(path, "content", 7);
	assert_int_equal(chmod(path, 0640), 0);
	assert_ok(file_read(path, &bytes));
	assert_int_equal(bytes.size, 7);
	assert_memory_equal(bytes.data, "content", 7);
	assert_int_equal(bytes.attrs.mode, 0640);
	assert_int_equal(bytes.attrs.uid, geteuid());
}

static void read_of_empty_file_is_empty(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	_cleanup_file_bytes_ struct file_bytes bytes = {};

	(void)state;
	write_bytes(scratch_path(dir, "file"), "", 0);
	assert_ok(file_read(scratch_path(dir, "file"), &bytes));
	assert_int_equal(bytes.size, 0);
	assert_null(bytes.data);
}

/* Files in /proc have a size of 0. */
static void read_takes_what_comes_where_size_is_unknown(void **state)
{
	_cleanup_file_bytes_ struct file_bytes bytes = {};

	(void)state;
	assert_ok(file_read("/proc/self/status", &bytes));
	assert_true(bytes.size > 100);
	assert_memory_equal(bytes.data, "Name:", 5);
}

static void read_takes_pipes_larger_than_the_first_guess(void **state)
{
	_cleanup_file_bytes_ struct file_bytes bytes = {};
	static char block[300000];
	int fds[2];
	pid_t child;

	(void)state;
	memset(block, 'x', sizeof(block));
	assert_int_equal(pipe(fds), 0);
	child = fork();
	if (!child) {
		close(fds[0]);
		_exit(write(fds[1], block, sizeof(block)) != sizeof(block));
	}
	close(fds[1]);
	assert_ok(file_read_fd(fds[0], "pipe", NULL, &bytes));
	close(fds[0]);
	waitpid(child, NULL, 0);
	assert_int_equal(bytes.size, sizeof(block));
	assert_memory_equal(bytes.data, block, sizeof(block));
}

static void read_refuses_what_is_too_large_at_once(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	const char *path = scratch_path(dir, "sparse");
	struct file_bytes bytes = {};

	(void)state;
	write_bytes(path, "", 0);
	if (truncate(path, (off_t)1 << 40))
		skip();
	assert_fails(file_read(path, &bytes), REBTF_ERR_UNSUPPORTED, "file is too large");
}

static void read_says_what_is_wrong(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	struct file_bytes bytes = {};

	(void)state;
	assert_fails(file_read(scratch_path(dir, "none"), &bytes), REBTF_ERR_IO, "No such file");
	assert_fails(file_read(dir, &bytes), REBTF_ERR_IO, "Is a directory");
}

static void change_of_a_file_that_was_read_is_seen(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	const struct timespec times[] = { { .tv_nsec = UTIME_OMIT }, { .tv_sec = 1 } };
	const char *path = scratch_path(dir, "file"), *other = scratch_path(dir, "other");
	_cleanup_file_bytes_ struct file_bytes bytes = {}, pipe_bytes = {};
	_cleanup_place_ struct file_place place = {};
	int fds[2];

	(void)state;
	write_bytes(path, "old", 3);
	assert_ok(place_find(path, &place));
	assert_ok(file_read(path, &bytes));
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(link(path, scratch_path(dir, "another name")), 0);
	assert_ok(file_check_unchanged(&place, &bytes.state));
	/* The bytes are the same, but a changed time means that they may differ. */
	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
	assert_fails(file_check_unchanged(&place, &bytes.state), REBTF_ERR_CHANGED, path);

	file_bytes_release(&bytes);
	assert_ok(file_read(path, &bytes));
	write_bytes(other, "old", 3);
	assert_int_equal(utimensat(AT_FDCWD, other, times, 0), 0);
	assert_int_equal(rename(other, path), 0);
	assert_fails(file_check_unchanged(&place, &bytes.state), REBTF_ERR_CHANGED, path);
	assert_int_equal(unlink(path), 0);
	assert_fails(file_check_unchanged(&place, &bytes.state), REBTF_ERR_CHANGED, "removed");

	/* A pipe has no state that could change. */
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], "old", 3), 3);
	close(fds[1]);
	assert_ok(file_read_fd(fds[0], NULL, NULL, &pipe_bytes));
	close(fds[0]);
	assert_ok(file_check_unchanged(&place, &pipe_bytes.state));
}

static bool starts_with_zero(const uint8_t *start, size_t size)
{
	return size && !start[0];
}

static bool starts_with_one(const uint8_t *start, size_t size)
{
	return size && start[0] == 1;
}

/* Reads a file by its place, as modules are read. */
static struct rebtf_error *read_wanted(const char *path, file_wanted *wanted,
				       struct file_bytes *bytes)
{
	_cleanup_place_ struct file_place place = {};
	_cleanup_close_ int fd = -1;

	TRY(place_find(path, &place));
	fd = place_open(&place);
	assert_true(fd >= 0);
	return file_read_place(fd, &place, wanted, false, bytes);
}

static void read_stops_at_the_start_of_what_is_not_wanted(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	const char *path = scratch_path(dir, "large");
	const size_t size = 2 << 20;
	struct file_bytes bytes;

	(void)state;
	write_bytes(path, "", 0);
	assert_int_equal(truncate(path, size), 0);
	assert_ok(read_wanted(path, starts_with_zero, &bytes));
	assert_int_equal(bytes.size, size);
	file_bytes_release(&bytes);
	assert_ok(read_wanted(path, starts_with_one, &bytes));
	assert_in_range(bytes.size, 1, size / 100);
	file_bytes_release(&bytes);
	/* A device may have no end, so it is not read at all. */
	assert_fails(read_wanted("/dev/zero", starts_with_one, &bytes), REBTF_ERR_UNSUPPORTED,
		     "character device");
}

/* The pipe has no writer, the socket has no peer, and the device may have no end. */
static void read_refuses_what_is_no_regular_file_at_once(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	const char *path = scratch_path(dir, "fifo");
	struct file_bytes bytes;
	int opened;

	(void)state;
	assert_int_equal(mkfifo(path, 0666), 0);
	assert_fails(file_read(path, &bytes), REBTF_ERR_UNSUPPORTED, "a named pipe");
	assert_fails(file_open(path, &opened), REBTF_ERR_UNSUPPORTED, "a named pipe");
	assert_fails(read_wanted(path, NULL, &bytes), REBTF_ERR_UNSUPPORTED, "a named pipe");
	assert_fails(file_read("/dev/zero", &bytes), REBTF_ERR_UNSUPPORTED, "a character device");
	assert_fails(file_open("/dev/null", &opened), REBTF_ERR_UNSUPPORTED, "a character device");

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", dir);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_fails(file_read(address.sun_path, &bytes), REBTF_ERR_IO, "socket");
}

/* The pipe is already open, so its other end is, too. */
static void read_takes_a_pipe_by_the_name_of_its_descriptor(void **state)
{
	_cleanup_file_bytes_ struct file_bytes bytes = {};
	char path[64];
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], "content", 7), 7);
	close(fds[1]);
	snprintf(path, sizeof(path), "/dev/fd/%d", fds[0]);
	assert_ok(file_read(path, &bytes));
	assert_int_equal(bytes.size, 7);
	close(fds[0]);
}

static void only_descriptors_have_names_of_descriptors(void **state)
{
	(void)state;
	assert_true(file_is_descriptor("/dev/stdin"));
	assert_true(file_is_descriptor("/dev/fd/63"));
	assert_true(file_is_descriptor("/proc/self/fd/0"));
	assert_false(file_is_descriptor("/dev/fd/"));
	assert_false(file_is_descriptor("/dev/fd/3x"));
	assert_false(file_is_descriptor("/dev/fd/3/4"));
	assert_false(file_is_descriptor("/dev/zero"));
	assert_false(file_is_descriptor("dev/fd/3"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(read_gives_whole_file_and_attrs),
		cmocka_unit_test(read_of_empty_file_is_empty),
		cmocka_unit_test(read_takes_what_comes_where_size_is_unknown),
		cmocka_unit_test(read_takes_pipes_larger_than_the_first_guess),
		cmocka_unit_test(read_refuses_what_is_too_large_at_once),
		cmocka_unit_test(read_refuses_what_is_no_regular_file_at_once),
		cmocka_unit_test(read_takes_a_pipe_by_the_name_of_its_descriptor),
		cmocka_unit_test(only_descriptors_have_names_of_descriptors),
		cmocka_unit_test(read_says_what_is_wrong),
		cmocka_unit_test(read_stops_at_the_start_of_what_is_not_wanted),
		cmocka_unit_test(change_of_a_file_that_was_read_is_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
