/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Tests of trees: recognizing modules by name, order, links, and directories made for output. */
#include "module/dir.h"
#include "module/tree.h"
#include "util/testing.h"

static void touch(const char *root, const char *name)
{
	const char *path = scratch_path(root, name);

	assert_ok(tree_make_parents(path));
	write_bytes(path, "", 0);
}

static void cleanup_list(struct tree_list **list)
{
	tree_list_free(*list);
}

#define _cleanup_list_ _cleanup_(cleanup_list)

static struct tree_list *list_of(const char *path)
{
	struct tree_list *list;

	assert_ok(tree_list_new(&path, 1, &list));
	return list;
}

static void directories_give_their_modules_sorted(void **state)
{
	static const char *const want[] = {
		"a.ko", "b/deep/er/x.ko.zst", "b/x.btf", "b/y.ko.gz", "c.ko.xz",
	};
	_cleanup_scratch_ char *root = scratch_new();
	_cleanup_list_ struct tree_list *list = NULL;

	(void)state;
	for (size_t i = 5; i--;)
		touch(root, want[i]);
	touch(root, "x.btf.base");
	touch(root, "modules.dep");
	touch(root, "b/.ko");
	touch(root, "b/x.ko.bak");
	list = list_of(root);
	assert_int_equal(list->count, 5);
	for (size_t i = 0; i < 5; i++) {
		assert_string_equal(list->files[i].relative, want[i]);
		assert_string_equal(list->files[i].path, scratch_path(root, want[i]));
		assert_true(list->files[i].from_directory);
		assert_false(list->files[i].may_expect);
	}
}

/* One file of expectations is enough for all files beside and below to be checked for more. */
static void expectations_are_noticed_on_the_way(void **state)
{
	_cleanup_scratch_ char *root = scratch_new();
	_cleanup_list_ struct tree_list *list = NULL, *single = NULL;

	(void)state;
	touch(root, "a/x.btf");
	touch(root, "b/y.btf");
	touch(root, "b/y.btf.expects");
	list = list_of(root);
	assert_int_equal(list->count, 2);
	assert_true(list->files[0].may_expect && list->files[1].may_expect);
	single = list_of(scratch_path(root, "a/x.btf"));
	assert_true(single->files[0].may_expect);
}

/* The note of "y.btf" is no module, and its place is noticed, as is that of something odd. */
static void notes_are_noticed_on_the_way(void **state)
{
	_cleanup_scratch_ char *root = scratch_new();

	(void)state;
	touch(root, "a/x.btf");
	for (int notes = 0; notes < 3; notes++) {
		_cleanup_list_ struct tree_list *list = NULL;
		struct dir_listing listing;

		if (notes == 1)
			touch(root, "b/y.btf.note");
		else if (notes == 2)
			assert_int_equal(mkdir(scratch_path(root, "b/z.btf.note"), 0777), 0);
		list = list_of(root);
		assert_int_equal(list->count, 1);
		listing = dir_listing(list->files[0].dir);
		assert_int_equal(listing.has_notes, notes > 0);
		assert_int_equal(listing.has_odd_companions, notes == 2);
	}
}

static void a_slash_at_the_end_makes_no_difference(void **state)
{
	_cleanup_scratch_ char *root = scratch_new();
	_cleanup_list_ struct tree_list *list = NULL;

	(void)state;
	touch(root, "sub/x.ko");
	list = list_of(scratch_path(root, "sub/"));
	assert_string_equal(list->files[0].path, scratch_path(root, "sub/x.ko"));
	assert_string_equal(list->files[0].relative, "x.ko");
}

static void links_to_files_count_and_links_to_directories_do_not(void **state)
{
	_cleanup_scratch_ char *root = scratch_new();
	_cleanup_list_ struct tree_list *list = NULL;

	(void)state;
	touch(root, "real/x.ko");
	touch(root, "other/y.ko");
	assert_int_equal(symlink("../other/y.ko", scratch_path(root, "real/y.ko")), 0);
	assert_int_equal(symlink("../other", scratch_path(root, "real/more")), 0);
	assert_int_equal(symlink(".", scratch_path(root, "real/loop.ko")), 0);
	assert_int_equal(symlink("nowhere", scratch_path(root, "real/z.ko")), 0);
	list = list_of(scratch_path(root, "real"));
	assert_int_equal(list->count, 2);
	assert_string_equal(list->files[0].relative, "x.ko");
	assert_string_equal(list->files[1].relative, "y.ko");
}

static void named_files_are_taken_as_they_are_and_in_order(void **state)
{
	_cleanup_scratch_ char *root = scratch_new();
	_cleanup_list_ struct tree_list *list = NULL;
	const char *paths[3];

	(void)state;
	touch(root, "z.object");
	touch(root, "d/m.ko");
	touch(root, "a.ko");
	paths[0] = scratch_path(root, "z.object");
	paths[1] = scratch_path(root, "d");
	paths[2] = scratch_path(root, "a.ko");
	assert_ok(tree_list_new(paths, 3, &list));
	assert_int_equal(list->count, 3);
	assert_string_equal(list->files[0].relative, "z.object");
	assert_false(list->files[0].from_directory);
	assert_string_equal(list->files[1].relative, "m.ko");
	assert_true(list->files[1].from_directory);
	assert_string_equal(list->files[2].relative, "a.ko");
}

static void what_is_not_there_is_an_error(void **state)
{
	_cleanup_scratch_ char *root = scratch_new();
	const char *path = scratch_path(root, "none");
	struct tree_list *list;

	(void)state;
	assert_fails(tree_list_new(&path, 1, &list), REBTF_ERR_IO, "No such file");
	touch(root, "only.txt");
	path = root;
	assert_fails(tree_list_new(&path, 1, &list), REBTF_ERR_NO_BTF,
		     "no modules in the directory");
}

/* The maximum depth of a path. */
static void deep_trees_are_walked(void **state)
{
	_cleanup_scratch_ char *root = scratch_new();
	_cleanup_list_ struct tree_list *list = NULL;
	char path[PATH_MAX];
	size_t length;

	(void)state;
	length = (size_t)snprintf(path, sizeof(path), "%s", root);
	while (length < PATH_MAX - 50)
		length += (size_t)snprintf(path + length, sizeof(path) - length,
					   "/directory-of-directories");
	snprintf(path + length, sizeof(path) - length, "/x.ko");
	assert_ok(tree_make_parents(path));
	write_bytes(path, "", 0);
	list = list_of(root);
	assert_int_equal(list->count, 1);
	assert_string_equal(list->files[0].path, path);
}

static void parents_are_made_once_and_only_of_directories(void **state)
{
	_cleanup_scratch_ char *root = scratch_new();
	struct stat st;

	(void)state;
	assert_ok(tree_make_parents(scratch_path(root, "a/b//c/x.ko")));
	assert_ok(tree_make_parents(scratch_path(root, "a/b/c/y.ko")));
	assert_int_equal(stat(scratch_path(root, "a/b/c"), &st), 0);
	assert_true(S_ISDIR(st.st_mode));
	assert_int_not_equal(stat(scratch_path(root, "a/b/c/x.ko"), &st), 0);
	assert_ok(tree_make_parents("x.ko"));
	assert_ok(tree_make_parents("/x.ko"));
	touch(root, "file");
	assert_fails(tree_make_parents(scratch_path(root, "file/x.ko")), REBTF_ERR_IO, "file");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(directories_give_their_modules_sorted),
		cmocka_unit_test(expectations_are_noticed_on_the_way),
		cmocka_unit_test(notes_are_noticed_on_the_way),
		cmocka_unit_test(a_slash_at_the_end_makes_no_difference),
		cmocka_unit_test(links_to_files_count_and_links_to_directories_do_not),
		cmocka_unit_test(named_files_are_taken_as_they_are_and_in_order),
		cmocka_unit_test(what_is_not_there_is_an_error),
		cmocka_unit_test(deep_trees_are_walked),
		cmocka_unit_test(parents_are_made_once_and_only_of_directories),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
