/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Tests of replacing whole files: failures leave no file behind, and files that other processes
 * install meanwhile survive.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "util/descriptors.h"
#include "util/replace_for_test.h"
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

static void replace_makes_a_new_file_of_all_pieces(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	const struct attrs attrs = { .mode = 0604, .uid = geteuid(), .gid = getegid() };
	struct iovec pieces[2000];
	char want[2000];
	struct stat st;

	(void)state;
	/* More pieces than a single writev() accepts. */
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
	assert_ok(file_read_fd(fd, path, NULL, &bytes));
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

/* A limit on the file size simulates a full disk: write() takes a part, then fails. */
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

/* Runs as a user other than root, because root may write everywhere. */
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

/* Prepares a new file of @text for @path: complete, but without its name. */
static void prepare_text(const char *path, const char *text, struct replacement *new)
{
	const struct attrs attrs = { .mode = 0644, .uid = geteuid(), .gid = getegid() };
	struct iovec piece = { (char *)text, strlen(text) };
	_cleanup_place_ struct file_place place = {};

	assert_ok(place_find(path, &place));
	assert_ok(replace_prepare(&place, &piece, 1, &attrs, 0, new));
}

static void prepared_file_is_not_seen_until_it_is_named(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	struct replacement new = REPLACEMENT_NONE;
	const char *path = scratch_path(dir, "file");
	bool taken;

	(void)state;
	prepare_text(path, "new", &new);
	assert_int_not_equal(access(path, F_OK), 0);
	replacement_release(&new);
	assert_int_equal(count_entries(dir), 0);

	prepare_text(path, "new", &new);
	/* Another process takes the name meanwhile. */
	write_bytes(path, "other", 5);
	assert_ok(replace_link(&new, &taken));
	assert_true(taken);
	assert_file_is(path, "other", 5);
	assert_ok(replace_any(&new));
	replacement_release(&new);
	assert_file_is(path, "new", 3);

	prepare_text(scratch_path(dir, "free"), "more", &new);
	assert_ok(replace_link(&new, &taken));
	assert_false(taken);
	replacement_release(&new);
	assert_file_is(scratch_path(dir, "free"), "more", 4);
	assert_int_equal(count_entries(dir), 2);
}

static atomic_bool close_others;

static void *close_all_the_time(void *argument)
{
	while (atomic_load(&close_others))
		descriptors_close(-1);
	return argument;
}

/* The kernel does not load a module that is open for writing. */
static void a_released_file_is_not_open_whatever_other_threads_close(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	const char *path = scratch_path(dir, "file");
	unsigned int open = 0;
	pthread_t thread;

	(void)state;
	atomic_store(&close_others, true);
	assert_int_equal(pthread_create(&thread, NULL, close_all_the_time, NULL), 0);
	for (unsigned int i = 0; i < 5000; i++) {
		struct replacement new = REPLACEMENT_NONE;
		int fd;

		prepare_text(path, "new", &new);
		fd = new.fd;
		replacement_release(&new);
		open += fd >= 0 && fcntl(fd, F_GETFD) >= 0;
	}
	atomic_store(&close_others, false);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(open, 0);
}

static void a_link_in_the_way_is_neither_followed_nor_replaced(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	struct replacement new = REPLACEMENT_NONE;
	const char *path = scratch_path(dir, "link"), *victim = scratch_path(dir, "victim");
	bool taken;

	(void)state;
	write_bytes(victim, "precious", 8);
	assert_int_equal(symlink("victim", path), 0);
	prepare_text(path, "new", &new);
	assert_ok(replace_link(&new, &taken));
	assert_true(taken);
	assert_fails(replace_any(&new), REBTF_ERR_UNSUPPORTED, "symbolic link");
	replacement_release(&new);
	assert_file_is(victim, "precious", 8);
	assert_int_equal(count_entries(dir), 2);
}

/* -------------------------------------------------------------------------------------- exactly */

/* Things that may replace a file between our read and our write. */
static void put_file(const char *path, const char *victim)
{
	(void)victim;
	write_bytes(path, "theirs", 6);
}

static void put_link(const char *path, const char *victim)
{
	assert_int_equal(symlink(victim, path), 0);
}

static void put_hard_link(const char *path, const char *victim)
{
	assert_int_equal(link(victim, path), 0);
}

static void put_directory(const char *path, const char *victim)
{
	(void)victim;
	assert_int_equal(mkdir(path, 0777), 0);
}

static void put_pipe(const char *path, const char *victim)
{
	(void)victim;
	assert_int_equal(mkfifo(path, 0666), 0);
}

static void put_nothing(const char *path, const char *victim)
{
	(void)path, (void)victim;
}

static void (*const swaps[])(const char *path, const char *victim) = {
	put_file, put_link, put_hard_link, put_directory, put_pipe, put_nothing,
};

/* The state of "file" as it is read. */
static struct file_state read_state(const char *path)
{
	_cleanup_file_bytes_ struct file_bytes bytes = {};

	assert_ok(file_read(path, &bytes));
	return bytes.state;
}

/* The inode, or 0 if the name is free. */
static ino_t inode_of(const char *path)
{
	struct stat st;

	return lstat(path, &st) ? 0 : st.st_ino;
}

/* @act must fail and must not touch the thing that replaced the file after it was read. */
static void swap_and(struct rebtf_error *(*act)(const char *path, const struct file_state *old,
						bool exchanges),
		     bool exchanges)
{
	for (size_t i = 0; i < sizeof(swaps) / sizeof(swaps[0]); i++) {
		_cleanup_scratch_ char *dir = scratch_new();
		_cleanup_free_ char *path = strdup(scratch_path(dir, "file"));
		_cleanup_free_ char *victim = strdup(scratch_path(dir, "victim"));
		struct file_state old;
		size_t entries;
		ino_t inode;

		write_bytes(victim, "precious", 8);
		write_bytes(path, "old", 3);
		old = read_state(path);
		assert_int_equal(rename(path, scratch_path(dir, "kept")), 0);
		swaps[i](path, victim);
		entries = count_entries(dir);
		inode = inode_of(path);
		assert_fails(act(path, &old, exchanges), REBTF_ERR_CHANGED, "another process ");
		assert_int_equal(inode_of(path), inode);
		assert_int_equal(count_entries(dir), entries);
		assert_file_is(victim, "precious", 8);
		assert_file_is(scratch_path(dir, "kept"), "old", 3);
	}
}

static struct rebtf_error *replace_old(const char *path, const struct file_state *old,
				       bool exchanges)
{
	_cleanup_replacement_ struct replacement new = REPLACEMENT_NONE;

	prepare_text(path, "new", &new);
	atomic_store(&new.place.directory->cannot_exchange, !exchanges);
	return replace_exactly(&new, old, false);
}

static struct rebtf_error *remove_old(const char *path, const struct file_state *old,
				      bool exchanges)
{
	_cleanup_place_ struct file_place place = {};

	(void)exchanges;
	assert_ok(place_find(path, &place));
	return replace_remove(&place, old);
}

static void only_the_file_that_was_read_is_replaced(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	_cleanup_free_ char *path = strdup(scratch_path(dir, "file"));

	(void)state;
	for (int exchanges = 0; exchanges < 2; exchanges++) {
		struct file_state old;

		write_bytes(path, "old", 3);
		old = read_state(path);
		assert_ok(replace_old(path, &old, exchanges));
		assert_file_is(path, "new", 3);
		assert_int_equal(count_entries(dir), 1);
		swap_and(replace_old, exchanges);
	}
}

static void only_the_file_that_was_read_is_removed(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	const char *path = scratch_path(dir, "file");
	struct file_state old;

	(void)state;
	write_bytes(path, "old", 3);
	old = read_state(path);
	assert_ok(remove_old(path, &old, true));
	assert_int_equal(count_entries(dir), 0);
	swap_and(remove_old, true);
}

/* A directory stays the one that was opened even if it is renamed and replaced by a link. */
static void a_directory_is_looked_up_once(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	_cleanup_replacement_ struct replacement new = REPLACEMENT_NONE;
	const char *path = scratch_path(dir, "sub/file");
	struct file_state old;

	(void)state;
	assert_int_equal(mkdir(scratch_path(dir, "sub"), 0777), 0);
	assert_int_equal(mkdir(scratch_path(dir, "victim"), 0777), 0);
	write_bytes(scratch_path(dir, "victim/file"), "precious", 8);
	write_bytes(path, "old", 3);
	old = read_state(path);
	prepare_text(path, "new", &new);
	assert_int_equal(rename(scratch_path(dir, "sub"), scratch_path(dir, "moved")), 0);
	assert_int_equal(symlink("victim", scratch_path(dir, "sub")), 0);
	assert_ok(replace_exactly(&new, &old, false));
	assert_file_is(scratch_path(dir, "victim/file"), "precious", 8);
	assert_file_is(scratch_path(dir, "moved/file"), "new", 3);
	assert_int_equal(count_entries(scratch_path(dir, "victim")), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(replace_makes_a_new_file_of_all_pieces),
		cmocka_unit_test(replace_keeps_mode_of_the_old_file),
		cmocka_unit_test(replace_leaves_an_open_old_file_alone),
		cmocka_unit_test(replace_follows_a_link_and_leaves_it_a_link),
		cmocka_unit_test(replace_refuses_what_is_no_regular_file),
		cmocka_unit_test(replace_leaves_all_as_it_was_when_the_disk_is_full),
		cmocka_unit_test(replace_in_a_directory_without_permission_fails),
		cmocka_unit_test(prepared_file_is_not_seen_until_it_is_named),
		cmocka_unit_test(a_link_in_the_way_is_neither_followed_nor_replaced),
		cmocka_unit_test(a_released_file_is_not_open_whatever_other_threads_close),
		cmocka_unit_test(only_the_file_that_was_read_is_replaced),
		cmocka_unit_test(only_the_file_that_was_read_is_removed),
		cmocka_unit_test(a_directory_is_looked_up_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
