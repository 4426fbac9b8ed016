/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Tests of the files beside modules: which are copied, and when they are left alone. */
#include <sys/stat.h>
#include <unistd.h>

#include "module/tree.h"
#include "util/testing.h"

static void put(const char *root, const char *name, const char *text)
{
	const char *path = scratch_path(root, name);

	assert_ok(tree_make_parents(path));
	write_bytes(path, text, strlen(text));
}

static bool is_there(const char *root, const char *name)
{
	struct stat st;

	return !lstat(scratch_path(root, name), &st);
}

static struct rebtf_error *copy(const char *from, const char *to)
{
	struct rebtf_dir *from_dir, *to_dir;
	struct rebtf_error *err;

	assert_ok(rebtf_dir_new(from, &from_dir));
	assert_ok(rebtf_dir_new(to, &to_dir));
	err = tree_copy_files(from_dir, to_dir, "");
	rebtf_dir_free(from_dir);
	rebtf_dir_free(to_dir);
	return err;
}

static void what_comes_with_a_kernel_is_copied_and_what_depmod_makes_is_not(void **state)
{
	static const char *const copied[] = {
		"modules.order",	  "modules.builtin", "modules.builtin.modinfo",
		"modules.builtin.ranges", "modules.block",   "modules.linked",
	};
	static const char *const left[] = {
		"modules.dep",
		"modules.dep.bin",
		"modules.alias",
		"modules.alias.bin",
		"modules.symbols",
		"modules.symbols.bin",
		"modules.softdep",
		"modules.weakdep",
		"modules.devname",
		"modules.builtin.bin",
		"modules.builtin.alias.bin",
		"x.ko",
		"modules",
		"Modules.symvers",
	};
	_cleanup_scratch_ char *root = scratch_new();
	_cleanup_free_ char *from = strdup(scratch_path(root, "from"));
	_cleanup_free_ char *to = strdup(scratch_path(root, "deep/to"));
	struct stat st;

	(void)state;
	for (size_t i = 0; i < 5; i++)
		put(from, copied[i], i ? copied[i] : "");
	/* As in a package store, with trees of links to it. */
	put(root, "store/modules.linked", "modules.linked");
	assert_int_equal(symlink("../store/modules.linked", scratch_path(from, copied[5])), 0);
	for (size_t i = 0; i < sizeof(left) / sizeof(left[0]); i++)
		put(from, left[i], left[i]);
	assert_int_equal(mkdir(scratch_path(from, "modules.directory"), 0777), 0);
	assert_int_equal(mkfifo(scratch_path(from, "modules.fifo"), 0666), 0);
	assert_int_equal(symlink("nowhere", scratch_path(from, "modules.dangling")), 0);
	assert_int_equal(chmod(scratch_path(from, "modules.order"), 0600), 0);

	assert_ok(copy(from, to));
	for (size_t i = 0; i < 6; i++)
		assert_file_is(scratch_path(to, copied[i]), copied[i], i ? strlen(copied[i]) : 0);
	for (size_t i = 0; i < sizeof(left) / sizeof(left[0]); i++)
		assert_false(is_there(to, left[i]));
	assert_false(is_there(to, "modules.directory"));
	assert_false(is_there(to, "modules.fifo"));
	assert_false(is_there(to, "modules.dangling"));
	assert_int_equal(stat(scratch_path(to, "modules.order"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(lstat(scratch_path(to, "modules.linked"), &st), 0);
	assert_true(S_ISREG(st.st_mode));
}

static void files_that_are_there_already_stay(void **state)
{
	_cleanup_scratch_ char *root = scratch_new();
	_cleanup_free_ char *from = strdup(scratch_path(root, "from"));
	_cleanup_free_ char *to = strdup(scratch_path(root, "to"));

	(void)state;
	put(from, "modules.order", "old");
	put(from, "modules.builtin", "old");
	put(to, "modules.order", "new kernel's");
	assert_int_equal(symlink("nowhere", scratch_path(to, "modules.builtin")), 0);
	assert_ok(copy(from, to));
	assert_file_is(scratch_path(to, "modules.order"), "new kernel's", 12);
	assert_false(is_there(to, "nowhere"));
	/* Copying onto itself works, too. */
	assert_ok(copy(from, from));
	assert_file_is(scratch_path(from, "modules.order"), "old", 3);
}

static void a_directory_without_such_files_makes_no_other(void **state)
{
	_cleanup_scratch_ char *root = scratch_new();

	(void)state;
	put(root, "from/x.ko", "");
	assert_ok(copy(scratch_path(root, "from"), scratch_path(root, "to")));
	assert_false(is_there(root, "to"));
}

static void errors_name_the_file(void **state)
{
	_cleanup_scratch_ char *root = scratch_new();

	(void)state;
	assert_fails(copy(scratch_path(root, "gone"), root), REBTF_ERR_IO, "gone");
	put(root, "from/modules.order", "");
	put(root, "file", "");
	assert_fails(copy(scratch_path(root, "from"), scratch_path(root, "file")), REBTF_ERR_IO,
		     "file");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_comes_with_a_kernel_is_copied_and_what_depmod_makes_is_not),
		cmocka_unit_test(files_that_are_there_already_stay),
		cmocka_unit_test(a_directory_without_such_files_makes_no_other),
		cmocka_unit_test(errors_name_the_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
