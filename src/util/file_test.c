/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Tests of reading and replacing whole files, above all of what is left behind when that fails. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "util/testing.h"

static size_t count_entries(const char *directory)
{
	DIR *dir = opendir(directory);
	size_t count = 0;

	assert_non_null(dir);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count - 2;
}

static struct rebtf_error *replace_text(const char *path, const char *text)
{
	struct iovec piece = { (char *)text, strlen(text) };

	return file_replace(path, &piece, 1, NULL);
}

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

/* Files in /proc say that they have no bytes. */
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
	assert_ok(file_read_fd(fds[0], "pipe", &bytes));
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
	assert_fails(file_read(path, &bytes), REBTF_ERR_UNSUPPORTED, "larger than");
}

static void read_says_what_is_wrong(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	struct file_bytes bytes = {};

	(void)state;
	assert_fails(file_read(scratch_path(dir, "none"), &bytes), REBTF_ERR_IO, "No such file");
	assert_fails(file_read(dir, &bytes), REBTF_ERR_IO, "Is a directory");
}

static void replace_makes_a_new_file_of_all_pieces(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	const struct file_attrs attrs = { 0604, geteuid(), getegid() };
	struct iovec pieces[2000];
	char want[2000];
	struct stat st;

	(void)state;
	/* More pieces than one writev() takes. */
	for (size_t i = 0; i < 2000; i++) {
		want[i] = (char)('a' + i % 26);
		pieces[i] = (struct iovec){ &want[i], 1 };
	}
	assert_ok(file_replace(scratch_path(dir, "new"), pieces, 2000, &attrs));
	assert_file_is(scratch_path(dir, "new"), want, sizeof(want));
	assert_int_equal(stat(scratch_path(dir, "new"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0604);
	assert_int_equal(count_entries(dir), 1);
}

static void replace_keeps_mode_of_the_old_file(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	const char *path = scratch_path(dir, "file");
	struct stat st;

	(void)state;
	write_bytes(path, "old", 3);
	assert_int_equal(chmod(path, 0751), 0);
	assert_ok(replace_text(path, "new content"));
	assert_file_is(path, "new content", 11);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0751);
	assert_int_equal(count_entries(dir), 1);
}

static void replace_leaves_an_open_old_file_alone(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	_cleanup_file_bytes_ struct file_bytes bytes = {};
	const char *path = scratch_path(dir, "file");
	_cleanup_close_ int fd = -1;

	(void)state;
	write_bytes(path, "old", 3);
	fd = open(path, O_RDONLY);
	assert_ok(replace_text(path, "new"));
	assert_ok(file_read_fd(fd, path, &bytes));
	assert_memory_equal(bytes.data, "old", 3);
}

static void replace_follows_a_link_and_leaves_it_a_link(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	struct stat st;

	(void)state;
	assert_int_equal(mkdir(scratch_path(dir, "sub"), 0777), 0);
	write_bytes(scratch_path(dir, "sub/target"), "old", 3);
	assert_int_equal(symlink("sub/target", scratch_path(dir, "link")), 0);
	assert_ok(replace_text(scratch_path(dir, "link"), "new"));
	assert_int_equal(lstat(scratch_path(dir, "link"), &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_file_is(scratch_path(dir, "sub/target"), "new", 3);
	assert_int_equal(count_entries(scratch_path(dir, "sub")), 1);

	assert_int_equal(symlink("nowhere", scratch_path(dir, "dangling")), 0);
	assert_fails(replace_text(scratch_path(dir, "dangling"), "new"), REBTF_ERR_IO,
		     "symbolic link");
}

static void replace_refuses_what_is_no_regular_file(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();

	(void)state;
	assert_fails(replace_text(dir, "x"), REBTF_ERR_UNSUPPORTED, "not a regular file");
	assert_int_equal(mkfifo(scratch_path(dir, "fifo"), 0666), 0);
	assert_fails(replace_text(scratch_path(dir, "fifo"), "x"), REBTF_ERR_UNSUPPORTED,
		     "not a regular");
	assert_fails(replace_text(scratch_path(dir, "none/file"), "x"), REBTF_ERR_IO,
		     "No such file");
}

/* A limit on the size of files stands for a full disk: write() takes a part, then fails. */
static void replace_leaves_all_as_it_was_when_the_disk_is_full(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	static char large[1 << 20];
	struct iovec piece = { large, sizeof(large) };
	struct rlimit old, small;
	struct rebtf_error *new_error, *old_error;

	(void)state;
	write_bytes(scratch_path(dir, "old"), "old", 3);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = old;
	small.rlim_cur = 65536;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	old_error = file_replace(scratch_path(dir, "old"), &piece, 1, NULL);
	piece = (struct iovec){ large, sizeof(large) };
	new_error = file_replace(scratch_path(dir, "new"), &piece, 1, NULL);
	setrlimit(RLIMIT_FSIZE, &old);

	assert_fails(old_error, REBTF_ERR_IO, "File too large");
	assert_fails(new_error, REBTF_ERR_IO, "File too large");
	assert_file_is(scratch_path(dir, "old"), "old", 3);
	assert_int_equal(count_entries(dir), 1);
}

static void prepared_file_is_not_seen_until_committed(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	struct file_replacement file = FILE_NOT_PREPARED;
	struct iovec piece = { (char *)"new", 3 };
	const char *path = scratch_path(dir, "file");

	(void)state;
	assert_ok(file_prepare(path, &piece, 1, NULL, false, &file));
	assert_int_not_equal(access(path, F_OK), 0);
	file_replacement_release(&file);
	assert_int_equal(count_entries(dir), 0);

	piece = (struct iovec){ (char *)"new", 3 };
	assert_ok(file_prepare(path, &piece, 1, NULL, false, &file));
	/* Somebody takes the name meanwhile. */
	write_bytes(path, "other", 5);
	assert_ok(file_commit(&file));
	file_replacement_release(&file);
	assert_file_is(path, "new", 3);
	assert_int_equal(count_entries(dir), 1);
}

static void change_of_a_file_that_was_read_is_seen(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	const struct timespec times[] = { { .tv_nsec = UTIME_OMIT }, { .tv_sec = 1 } };
	const char *path = scratch_path(dir, "file"), *other = scratch_path(dir, "other");
	_cleanup_file_bytes_ struct file_bytes bytes = {}, pipe_bytes = {};
	int fds[2];

	(void)state;
	write_bytes(path, "old", 3);
	assert_ok(file_read(path, &bytes));
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(link(path, scratch_path(dir, "another name")), 0);
	assert_ok(file_check_unchanged(path, &bytes.state));
	/* The same bytes, but who knows. */
	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
	assert_fails(file_check_unchanged(path, &bytes.state), REBTF_ERR_CHANGED, path);

	file_bytes_release(&bytes);
	assert_ok(file_read(path, &bytes));
	write_bytes(other, "old", 3);
	assert_int_equal(utimensat(AT_FDCWD, other, times, 0), 0);
	assert_int_equal(rename(other, path), 0);
	assert_fails(file_check_unchanged(path, &bytes.state), REBTF_ERR_CHANGED, path);
	assert_int_equal(unlink(path), 0);
	assert_fails(file_check_unchanged(path, &bytes.state), REBTF_ERR_CHANGED, "removed");

	/* A pipe was never there. */
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], "old", 3), 3);
	close(fds[1]);
	assert_ok(file_read_fd(fds[0], NULL, &pipe_bytes));
	close(fds[0]);
	assert_ok(file_check_unchanged(path, &pipe_bytes.state));
}

/* As anybody but root: root writes wherever it likes. */
static void replace_in_a_directory_without_permission_fails(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	int status;
	pid_t child;

	(void)state;
	write_bytes(scratch_path(dir, "file"), "old", 3);
	assert_int_equal(chmod(dir, 0555), 0);
	child = fork();
	if (!child) {
		struct rebtf_error *err;

		if (!geteuid() && setuid(65534))
			_exit(2);
		err = replace_text(scratch_path(dir, "file"), "new");
		_exit(!err || err->errnum != EACCES);
	}
	waitpid(child, &status, 0);
	assert_int_equal(chmod(dir, 0755), 0);
	assert_int_equal(status, 0);
	assert_file_is(scratch_path(dir, "file"), "old", 3);
}

static bool starts_with_zero(const uint8_t *start, size_t size)
{
	return size && !start[0];
}

static bool starts_with_one(const uint8_t *start, size_t size)
{
	return size && start[0] == 1;
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
	assert_ok(file_read_wanted(path, starts_with_zero, &bytes));
	assert_int_equal(bytes.size, size);
	file_bytes_release(&bytes);
	assert_ok(file_read_wanted(path, starts_with_one, &bytes));
	assert_in_range(bytes.size, 1, size / 100);
	file_bytes_release(&bytes);
	/* It has no end. */
	assert_ok(file_read_wanted("/dev/zero", starts_with_one, &bytes));
	assert_in_range(bytes.size, 1, size / 100);
	file_bytes_release(&bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(read_gives_whole_file_and_attrs),
		cmocka_unit_test(read_of_empty_file_is_empty),
		cmocka_unit_test(read_takes_what_comes_where_size_is_unknown),
		cmocka_unit_test(read_takes_pipes_larger_than_the_first_guess),
		cmocka_unit_test(read_refuses_what_is_too_large_at_once),
		cmocka_unit_test(read_says_what_is_wrong),
		cmocka_unit_test(read_stops_at_the_start_of_what_is_not_wanted),
		cmocka_unit_test(replace_makes_a_new_file_of_all_pieces),
		cmocka_unit_test(replace_keeps_mode_of_the_old_file),
		cmocka_unit_test(replace_leaves_an_open_old_file_alone),
		cmocka_unit_test(replace_follows_a_link_and_leaves_it_a_link),
		cmocka_unit_test(replace_refuses_what_is_no_regular_file),
		cmocka_unit_test(replace_leaves_all_as_it_was_when_the_disk_is_full),
		cmocka_unit_test(prepared_file_is_not_seen_until_committed),
		cmocka_unit_test(change_of_a_file_that_was_read_is_seen),
		cmocka_unit_test(replace_in_a_directory_without_permission_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
