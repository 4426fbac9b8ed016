/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Tests of sets in files: which files become members, and their names and bases. */
#include "core/set_for_test.h"
#include "module/module.h"
#include "module/module_for_test.h"

static struct rebtf_set *set_of(struct rebtf_btf *kernel, const char *path)
{
	struct rebtf_set *set;

	assert_ok(rebtf_set_open(kernel, &path, 1, NULL, &set));
	return set;
}

static const struct rebtf_btf *btf_of(struct rebtf_set *set, size_t member)
{
	const struct rebtf_btf *btf;

	assert_ok(rebtf_set_btf(set, member, &btf));
	return btf;
}

/* Each member has "struct mine", over the kernel. */
static void assert_has_mine(struct rebtf_set *set, size_t member)
{
	const struct rebtf_btf *btf = btf_of(set, member);

	if (!btf)
		fail_msg("%s", rebtf_error_text(rebtf_set_error(set, member)));
	assert_ptr_equal(rebtf_btf_base(btf), btf_of(set, 0));
	assert_true(rebtf_btf_find(btf, "mine", REBTF_KIND_STRUCT) >= rebtf_btf_start_id(btf));
}

static void write_btf(const char *path, const struct rebtf_btf *btf)
{
	assert_ok(rebtf_btf_write_file(btf, NULL, path));
}

static void a_directory_gives_its_modules_with_their_kernel_names(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	_cleanup_pair_ struct pair pair = {};
	_cleanup_set_ struct rebtf_set *set = NULL;

	(void)state;
	make_pair(&pair);
	write_bytes(scratch_path(dir, "snd-hda.btf"), pair.bytes, pair.size);
	write_bytes(scratch_path(dir, "a.b.btf"), pair.bytes, pair.size);
	write_bytes(scratch_path(dir, "note.txt"), "", 0);
	set = set_of(pair.base, dir);
	assert_int_equal(rebtf_set_count(set), 3);
	assert_string_equal(rebtf_set_name(set, 1), "a.b");
	assert_string_equal(rebtf_set_name(set, 2), "snd_hda");
	assert_string_equal(rebtf_set_path(set, 2), scratch_path(dir, "snd-hda.btf"));
	assert_has_mine(set, 1);
	assert_has_mine(set, 2);
}

static void a_directory_with_the_kernel_s_btf_is_like_that_in_sysfs(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	_cleanup_pair_ struct pair pair = {};
	_cleanup_set_ struct rebtf_set *set = NULL;

	(void)state;
	make_pair(&pair);
	write_btf(scratch_path(dir, "vmlinux"), pair.base);
	write_bytes(scratch_path(dir, "veth"), pair.bytes, pair.size);
	write_bytes(scratch_path(dir, "nf_nat"), pair.bytes, pair.size);
	set = set_of(pair.base, dir);
	assert_int_equal(rebtf_set_count(set), 3);
	assert_string_equal(rebtf_set_name(set, 1), "nf_nat");
	assert_string_equal(rebtf_set_name(set, 2), "veth");
	assert_has_mine(set, 1);
	assert_has_mine(set, 2);
}

static void modules_of_every_form_are_over_the_kernel(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	_cleanup_pair_ struct pair pair = {};
	_cleanup_unref_ struct rebtf_btf *standalone = NULL;
	_cleanup_set_ struct rebtf_set *set = NULL;

	(void)state;
	make_pair(&pair);
	assert_ok(rebtf_standalone(pair.split, NULL, &standalone));
	write_btf(scratch_path(dir, "a.btf"), pair.over_distilled);
	write_btf(scratch_path(dir, "a.btf.base"), pair.distilled);
	write_btf(scratch_path(dir, "b.btf"), standalone);
	write_bytes(scratch_path(dir, "c.btf"), pair.bytes, pair.size);
	set = set_of(pair.base, dir);
	assert_int_equal(rebtf_set_count(set), 4);
	for (size_t i = 1; i < 4; i++)
		assert_has_mine(set, i);
}

static void empty_btf_is_a_member_without_types(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	const char *path = scratch_path(dir, "a.btf");
	_cleanup_pair_ struct pair pair = {};
	_cleanup_unref_ struct rebtf_btf *empty = NULL;
	_cleanup_set_ struct rebtf_set *set = NULL;
	struct rebtf_builder *b;

	(void)state;
	make_pair(&pair);
	assert_ok(rebtf_builder_new(NULL, &b));
	assert_ok(rebtf_builder_finish(b, &empty));
	write_btf(path, empty);
	set = set_of(pair.base, path);
	assert_non_null(btf_of(set, 1));
	assert_int_equal(rebtf_btf_type_count(btf_of(set, 1)), rebtf_btf_type_count(pair.base));
}

static void damaged_files_and_those_of_other_kernels_are_left_out(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	const char *damaged = scratch_path(dir, "a.ko");
	_cleanup_pair_ struct pair pair = {};
	_cleanup_unref_ struct rebtf_btf *other = NULL, *grown = NULL;
	_cleanup_set_ struct rebtf_set *set = NULL;
	_cleanup_free_ char *text = NULL;
	struct rebtf_builder *b;

	(void)state;
	make_pair(&pair);
	/* Over a kernel with one more type. */
	assert_ok(rebtf_builder_new(NULL, &b));
	for (uint32_t id = 1; id < rebtf_btf_type_count(pair.base); id++)
		rebtf_builder_copy(b, pair.base, id, NULL);
	rebtf_builder_int(b, "long", 8, REBTF_INT_SIGNED, 64);
	assert_ok(rebtf_builder_finish(b, &grown));
	assert_ok(rebtf_builder_new(grown, &b));
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "more", 8);
	rebtf_builder_member(b, "member", rebtf_btf_type_count(grown) - 1, 0, 0);
	assert_ok(rebtf_builder_finish(b, &other));
	write_bytes(damaged, "not a module", 12);
	write_btf(scratch_path(dir, "b.btf"), other);
	write_bytes(scratch_path(dir, "c.btf"), pair.bytes, pair.size);
	set = set_of(pair.base, dir);
	assert_ok(rebtf_set_load(set));
	assert_null(btf_of(set, 1));
	assert_null(btf_of(set, 2));
	assert_has_mine(set, 3);
	text = rebtf_error_text(rebtf_set_error(set, 1));
	assert_int_equal(strncmp(text, damaged, strlen(damaged)), 0);
	assert_non_null(rebtf_set_error(set, 2));
}

static void files_are_read_when_they_are_needed(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	const char *path = scratch_path(dir, "a.btf");
	_cleanup_pair_ struct pair pair = {};
	_cleanup_set_ struct rebtf_set *set = NULL;

	(void)state;
	make_pair(&pair);
	write_bytes(path, "later", 5);
	set = set_of(pair.base, path);
	write_bytes(path, pair.bytes, pair.size);
	assert_has_mine(set, 1);
}

static void a_path_that_does_not_exist_is_an_error(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	const char *path = scratch_path(dir, "a.ko"), *release = "0.0.0-no-such-release";
	_cleanup_pair_ struct pair pair = {};
	struct rebtf_set *set;

	(void)state;
	make_pair(&pair);
	assert_fails(rebtf_set_open(pair.base, &path, 1, NULL, &set), REBTF_ERR_IO, path);
	assert_fails(rebtf_set_open(pair.base, &release, 1, NULL, &set), REBTF_ERR_IO, release);
	path = dir;
	assert_fails(rebtf_set_open(pair.base, &path, 1, NULL, &set), REBTF_ERR_NO_BTF, dir);
}

static void an_unknown_reading_is_refused(void **state)
{
	REBTF_OPTIONS(rebtf_set_options, options, .reading = 3);
	_cleanup_pair_ struct pair pair = {};
	struct rebtf_set *set;

	(void)state;
	make_pair(&pair);
	assert_fails(rebtf_set_open(pair.base, NULL, 0, &options, &set), REBTF_ERR_ARGUMENT,
		     "unknown reading 3");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_directory_gives_its_modules_with_their_kernel_names),
		cmocka_unit_test(a_directory_with_the_kernel_s_btf_is_like_that_in_sysfs),
		cmocka_unit_test(modules_of_every_form_are_over_the_kernel),
		cmocka_unit_test(empty_btf_is_a_member_without_types),
		cmocka_unit_test(damaged_files_and_those_of_other_kernels_are_left_out),
		cmocka_unit_test(files_are_read_when_they_are_needed),
		cmocka_unit_test(a_path_that_does_not_exist_is_an_error),
		cmocka_unit_test(an_unknown_reading_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
