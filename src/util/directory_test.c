/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Tests of opening and making directories, and of the links that are followed or refused. */
#include <errno.h>
#include <fcntl.h>

#include "util/directory.h"
#include "util/testing.h"

static struct directory *opened(const char *path)
{
	struct directory *directory;

	assert_ok(directory_open(path, &directory));
	return directory;
}

static bool is_at(const struct directory *directory, const char *path)
{
	struct stat own, there;

	return !fstat(directory->fd, &own) && !stat(path, &there) && own.st_ino == there.st_ino &&
	       own.st_dev == there.st_dev;
}

static void a_path_that_the_user_names_may_lead_through_links(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	_cleanup_directory_ struct directory *directory = NULL;

	(void)state;
	assert_int_equal(mkdir(scratch_path(dir, "real"), 0777), 0);
	assert_int_equal(symlink("real", scratch_path(dir, "link")), 0);
	assert_int_equal(symlink("link/../link", scratch_path(dir, "more")), 0);
	assert_ok(directory_open(scratch_path(dir, "more"), &directory));
	assert_true(is_at(directory, scratch_path(dir, "real")));
	assert_true(directory->is_trusted);
	directory_unref(directory);
	assert_ok(directory_make(scratch_path(dir, "link/new//below"), &directory));
	assert_true(is_at(directory, scratch_path(dir, "real/new/below")));
}

/* Only root can make links that belong to another user. */
static void links_of_strangers_are_trusted_only_to_lead_to_what_is_theirs(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	_cleanup_directory_ struct directory *directory = NULL;

	(void)state;
	if (geteuid())
		skip();
	assert_int_equal(mkdir(scratch_path(dir, "real"), 0777), 0);
	assert_int_equal(symlink("real", scratch_path(dir, "link")), 0);
	assert_int_equal(lchown(scratch_path(dir, "link"), 1234, 1234), 0);
	directory = opened(scratch_path(dir, "link"));
	assert_false(directory->is_trusted);
	directory_unref(directory);
	directory = opened(scratch_path(dir, "real"));
	assert_true(directory->is_trusted);
	directory_unref(directory);
	assert_int_equal(chown(scratch_path(dir, "real"), 1234, 1234), 0);
	directory = opened(scratch_path(dir, "link"));
	assert_true(directory->is_trusted);
	directory_unref(directory);
	/* A path with links of two strangers is not trusted. */
	assert_int_equal(symlink("link", scratch_path(dir, "other")), 0);
	assert_int_equal(lchown(scratch_path(dir, "other"), 1235, 1235), 0);
	directory = opened(scratch_path(dir, "other"));
	assert_false(directory->is_trusted);
}

static void below_a_directory_no_link_is_followed(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	_cleanup_directory_ struct directory *root = NULL, *below = NULL;

	(void)state;
	assert_int_equal(mkdir(scratch_path(dir, "root"), 0777), 0);
	assert_int_equal(mkdir(scratch_path(dir, "root/sub"), 0777), 0);
	assert_int_equal(symlink("sub", scratch_path(dir, "root/link")), 0);
	assert_int_equal(symlink("..", scratch_path(dir, "root/up")), 0);
	root = opened(scratch_path(dir, "root"));
	assert_ok(directory_open_below(root, "sub", &below));
	assert_true(is_at(below, scratch_path(dir, "root/sub")));
	directory_unref(below);
	assert_ok(directory_open_below(root, "none/at/all", &below));
	assert_null(below);
	assert_fails(directory_open_below(root, "link", &below), REBTF_ERR_IO, "symbolic link");
	assert_fails(directory_open_below(root, "up/root", &below), REBTF_ERR_IO, "symbolic link");
	assert_fails(directory_make_below(root, "link/new", &below), REBTF_ERR_IO, "symbolic link");
	assert_fails(directory_make_below(root, "up/new/er", &below), REBTF_ERR_IO,
		     "symbolic link");
	assert_int_not_equal(access(scratch_path(dir, "new"), F_OK), 0);
	assert_int_not_equal(access(scratch_path(dir, "root/sub/new"), F_OK), 0);
	assert_ok(directory_make_below(root, "sub/a/b//c", &below));
	assert_true(is_at(below, scratch_path(dir, "root/sub/a/b/c")));
}

static void a_file_in_the_way_is_an_error(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	_cleanup_directory_ struct directory *root = opened(dir);
	struct directory *below;

	(void)state;
	write_bytes(scratch_path(dir, "file"), "", 0);
	assert_fails(directory_open(scratch_path(dir, "file"), &below), REBTF_ERR_IO,
		     "Not a directory");
	assert_fails(directory_open_below(root, "file/sub", &below), REBTF_ERR_IO,
		     "Not a directory");
	assert_fails(directory_make(scratch_path(dir, "file/sub"), &below), REBTF_ERR_IO,
		     "File exists");
	assert_fails(directory_open(scratch_path(dir, "none"), &below), REBTF_ERR_IO,
		     "No such file");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_path_that_the_user_names_may_lead_through_links),
		cmocka_unit_test(links_of_strangers_are_trusted_only_to_lead_to_what_is_theirs),
		cmocka_unit_test(below_a_directory_no_link_is_followed),
		cmocka_unit_test(a_file_in_the_way_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
