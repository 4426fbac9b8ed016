/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Tests of places: finding, comparing and following them. */
#include <errno.h>

#include "util/place.h"
#include "util/testing.h"

static void a_place_is_a_directory_and_a_name(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	_cleanup_place_ struct file_place place = {}, beside = {}, same = {}, other = {};
	_cleanup_free_ char *path = strdup(scratch_path(dir, "x.btf"));
	_cleanup_free_ char *real = NULL, *want = realpath(dir, NULL);
	struct stat st;

	(void)state;
	assert_ok(place_find(path, &place));
	assert_string_equal(place.name, "x.btf");
	assert_string_equal(place.path, path);
	assert_false(place_is_taken(&place));
	write_bytes(path, "content", 7);
	assert_true(place_stat(&place, &st));
	assert_int_equal(st.st_size, 7);

	assert_ok(place_beside(&place, ".base", &beside));
	assert_string_equal(beside.name, "x.btf.base");
	assert_string_equal(beside.path, scratch_path(dir, "x.btf.base"));
	assert_false(place_is_same(&place, &beside));
	assert_ok(place_find(scratch_path(dir, "./x.btf"), &same));
	assert_true(place_is_same(&place, &same));
	assert_int_equal(mkdir(scratch_path(dir, "sub"), 0777), 0);
	assert_ok(place_find(scratch_path(dir, "sub/x.btf"), &other));
	assert_false(place_is_same(&place, &other));

	assert_ok(place_real_path(&place, &real));
	assert_string_equal(real, scratch_path(want, "x.btf"));
}

static void a_directory_that_is_not_there_is_an_error(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	struct file_place place;

	(void)state;
	assert_fails(place_find(scratch_path(dir, "none/x"), &place), REBTF_ERR_IO, "No such file");
}

static void a_link_is_opened_only_by_following_it(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	_cleanup_place_ struct file_place place = {}, target = {};
	_cleanup_close_ int fd = -1;

	(void)state;
	assert_int_equal(mkdir(scratch_path(dir, "sub"), 0777), 0);
	write_bytes(scratch_path(dir, "sub/x"), "content", 7);
	assert_int_equal(symlink("sub", scratch_path(dir, "by")), 0);
	assert_int_equal(symlink("by/../by/y", scratch_path(dir, "link")), 0);
	assert_int_equal(symlink("x", scratch_path(dir, "sub/y")), 0);
	assert_ok(place_find(scratch_path(dir, "link"), &place));
	assert_int_equal(place_open(&place), -1);
	assert_int_equal(errno, ELOOP);
	assert_ok(place_follow(&place, &target));
	assert_string_equal(target.name, "x");
	assert_true(target.directory->is_trusted);
	fd = place_open(&target);
	assert_true(fd >= 0);
}

static void what_a_link_leads_to_has_to_be_a_file(void **state)
{
	static const struct {
		const char *target;
		enum rebtf_error_code code;
		const char *part;
	} links[] = {
		{ "nowhere", REBTF_ERR_IO, "No such file" },
		{ "sub", REBTF_ERR_IO, "Is a directory" },
		{ "sub/", REBTF_ERR_IO, "Is a directory" },
		{ ".", REBTF_ERR_IO, "Is a directory" },
		{ "/", REBTF_ERR_IO, "Is a directory" },
		{ "file/", REBTF_ERR_IO, "Not a directory" },
		{ "file/x", REBTF_ERR_IO, "Not a directory" },
		{ "link", REBTF_ERR_IO, "Too many levels" },
		{ "/dev/null", REBTF_ERR_UNSUPPORTED, "a character device" },
		{ "pipe", REBTF_ERR_UNSUPPORTED, "a named pipe" },
	};
	_cleanup_scratch_ char *dir = scratch_new();

	(void)state;
	assert_int_equal(mkdir(scratch_path(dir, "sub"), 0777), 0);
	assert_int_equal(mkfifo(scratch_path(dir, "pipe"), 0666), 0);
	write_bytes(scratch_path(dir, "file"), "", 0);
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		_cleanup_place_ struct file_place place = {};
		struct file_place target;

		assert_int_equal(symlink(links[i].target, scratch_path(dir, "link")), 0);
		assert_ok(place_find(scratch_path(dir, "link"), &place));
		assert_fails(place_follow(&place, &target), links[i].code, links[i].part);
		assert_int_equal(unlink(scratch_path(dir, "link")), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_place_is_a_directory_and_a_name),
		cmocka_unit_test(a_directory_that_is_not_there_is_an_error),
		cmocka_unit_test(a_link_is_opened_only_by_following_it),
		cmocka_unit_test(what_a_link_leads_to_has_to_be_a_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
