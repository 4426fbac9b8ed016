/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Tests of sections besides the BTF in use: the saved original of a relocation, and expectations.
 * Who can read them, when they are removed, and which combinations are refused.
 */
#include "module/elf_file.h"
#include "module/module_for_test.h"

/* Writes a relocated module. */
static struct rebtf_error *write_relocated(const struct rebtf_module *module, const char *path,
					   const struct pair *pair, bool save_original)
{
	const struct rebtf_module_output output = {
		.size = sizeof(struct rebtf_module_output),
		.btf = pair->split,
		.save_original = save_original,
	};

	return rebtf_module_write(module, path, &output);
}

static struct rebtf_error *write_with_expects(const struct rebtf_module *module, const char *path,
					      const struct pair *pair)
{
	const struct rebtf_module_output output = {
		.size = sizeof(struct rebtf_module_output),
		.btf = pair->over_distilled,
		.distilled = true,
		.expects = pair->expects,
		.made_over = pair->base,
	};

	return rebtf_module_write(module, path, &output);
}

/* Checks that two sections of two files are equal. */
static void assert_same_section(const char *path, enum rebtf_section section, const char *old_path,
				enum rebtf_section old_section)
{
	_cleanup_module_ struct rebtf_module *module = opened(path);
	_cleanup_module_ struct rebtf_module *old = opened(old_path);
	const void *data, *old_data;
	size_t size, old_size;

	data = rebtf_module_section(module, section, &size);
	old_data = rebtf_module_section(old, old_section, &old_size);
	assert_non_null(data);
	assert_non_null(old_data);
	assert_int_equal(size, old_size);
	assert_memory_equal(data, old_data, size);
}

static bool has_section(const char *path, enum rebtf_section section)
{
	_cleanup_module_ struct rebtf_module *module = opened(path);
	size_t size;

	return rebtf_module_section(module, section, &size);
}

static void what_is_kept_stays_and_is_relocated_again(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	const char *split = scratch_path(dir, "split.ko"), *dist = scratch_path(dir, "d.ko");
	const char *once = scratch_path(dir, "once.ko"), *twice = scratch_path(dir, "twice.ko");
	_cleanup_module_ struct rebtf_module *plain = NULL;
	_cleanup_module_ struct rebtf_module *distilled = NULL;
	_cleanup_module_ struct rebtf_module *kept = NULL;
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	_cleanup_unref_ struct rebtf_btf *expects = NULL;
	_cleanup_file_bytes_ struct file_bytes bytes = {};
	_cleanup_pair_ struct pair pair;

	(void)state;
	make_pair(&pair);
	make_ko(split, pair.bytes, pair.size, CODEC_NONE, false);
	plain = opened(split);
	assert_false(rebtf_module_has_distilled(plain));
	assert_fails(rebtf_module_distilled(plain, &btf), REBTF_ERR_UNSUPPORTED, "split");
	assert_ok(write_with_expects(plain, dist, &pair));
	distilled = opened(dist);
	assert_true(rebtf_module_has_distilled(distilled));

	assert_ok(write_relocated(distilled, once, &pair, true));
	assert_form(once, REBTF_FORM_SPLIT);
	assert_same_section(once, REBTF_SECTION_SAVED_BTF, dist, REBTF_SECTION_BTF);
	assert_same_section(once, REBTF_SECTION_SAVED_BASE, dist, REBTF_SECTION_BTF_BASE);
	assert_same_section(once, REBTF_SECTION_BTF_EXPECTS, dist, REBTF_SECTION_BTF_EXPECTS);
	assert_false(has_section(once, REBTF_SECTION_BTF_BASE));

	kept = opened(once);
	assert_true(rebtf_module_has_distilled(kept));
	assert_ok(rebtf_module_distilled(kept, &btf));
	assert_int_equal(rebtf_btf_type_count(btf), rebtf_btf_type_count(pair.over_distilled));
	assert_ok(rebtf_module_expects(kept, rebtf_btf_base(btf), &expects));
	assert_int_equal(rebtf_btf_type_count(expects), rebtf_btf_type_count(pair.expects));

	/* Repeating it has no effect, and the saved original stays without the flag. */
	assert_ok(file_read(once, &bytes));
	assert_ok(write_relocated(kept, twice, &pair, true));
	assert_file_is(twice, bytes.data, bytes.size);
	assert_ok(write_relocated(kept, twice, &pair, false));
	assert_file_is(twice, bytes.data, bytes.size);

	/* New distilled BTF makes the saved original useless. */
	assert_ok(write_distilled(kept, twice, &pair, false));
	assert_form(twice, REBTF_FORM_DISTILLED);
	assert_false(has_section(twice, REBTF_SECTION_SAVED_BTF));
	assert_false(has_section(twice, REBTF_SECTION_SAVED_BASE));
	assert_false(has_section(twice, REBTF_SECTION_BTF_EXPECTS));
}

static void without_keeping_nothing_stays(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	const char *path = scratch_path(dir, "x.ko"), *out = scratch_path(dir, "y.ko");
	_cleanup_module_ struct rebtf_module *plain = NULL;
	_cleanup_module_ struct rebtf_module *distilled = NULL;
	_cleanup_pair_ struct pair pair;

	(void)state;
	make_pair(&pair);
	make_ko(path, pair.bytes, pair.size, CODEC_NONE, false);
	plain = opened(path);
	assert_fails(write_relocated(plain, out, &pair, true), REBTF_ERR_UNSUPPORTED,
		     "cannot keep the original: the BTF is not distilled");
	assert_ok(write_with_expects(plain, path, &pair));
	distilled = opened(path);
	assert_ok(write_relocated(distilled, out, &pair, false));
	assert_false(has_section(out, REBTF_SECTION_BTF_BASE));
	assert_false(has_section(out, REBTF_SECTION_BTF_EXPECTS));
	assert_false(has_section(out, REBTF_SECTION_SAVED_BTF));
	assert_true(has_section(out, REBTF_SECTION_NOTE));
}

/* Removes that section from the file. */
static void remove_section(const char *path, const char *name)
{
	_cleanup_file_bytes_ struct file_bytes bytes = {};
	const struct elf_change change = { .name = name };
	struct elf_output output = {};

	assert_ok(file_read(path, &bytes));
	assert_ok(elf_rewrite(bytes.data, bytes.size, &change, 1, &output));
	assert_ok(file_replace(path, output.pieces.items, output.pieces.count, NULL));
	elf_output_release(&output);
}

static void half_of_what_was_kept_is_refused(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	const char *path = scratch_path(dir, "x.ko"), *half = scratch_path(dir, "y.ko");
	_cleanup_module_ struct rebtf_module *plain = NULL;
	_cleanup_module_ struct rebtf_module *distilled = NULL;
	_cleanup_pair_ struct pair pair;
	struct rebtf_module *module;

	(void)state;
	make_pair(&pair);
	make_ko(path, pair.bytes, pair.size, CODEC_NONE, false);
	plain = opened(path);
	assert_ok(write_distilled(plain, path, &pair, false));
	distilled = opened(path);
	for (int base = 0; base < 2; base++) {
		assert_ok(write_relocated(distilled, half, &pair, true));
		remove_section(half, base ? ".BTF.kept_base" : ".BTF.kept");
		assert_fails(rebtf_module_open(half, NULL, &module), REBTF_ERR_FORMAT,
			     base ? ".BTF.kept: " : ".BTF.kept_base: ");
	}
}

static void raw_btf_keeps_nothing_and_is_not_signed(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	const char *path = scratch_path(dir, "x.btf");
	_cleanup_module_ struct rebtf_module *distilled = NULL;
	_cleanup_pair_ struct pair pair;

	(void)state;
	make_pair(&pair);
	write_bytes(path, pair.bytes, pair.size);
	make_distilled_btf(scratch_path(dir, "d.btf"), &pair);
	distilled = opened(scratch_path(dir, "d.btf"));
	assert_fails(write_relocated(distilled, path, &pair, true), REBTF_ERR_UNSUPPORTED,
		     "raw BTF");
	assert_file_is(path, pair.bytes, pair.size);
}

static void expectations_of_raw_btf_stand_beside_it(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	const char *path = scratch_path(dir, "x.btf"), *copy = scratch_path(dir, "y.btf");
	_cleanup_module_ struct rebtf_module *plain = NULL;
	_cleanup_module_ struct rebtf_module *distilled = NULL;
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	_cleanup_unref_ struct rebtf_btf *expects = NULL;
	_cleanup_free_ void *want = NULL;
	_cleanup_pair_ struct pair pair;
	size_t size;

	(void)state;
	make_pair(&pair);
	assert_ok(rebtf_btf_write(pair.expects, NULL, &want, &size));
	write_bytes(path, pair.bytes, pair.size);
	plain = opened(path);
	assert_ok(write_with_expects(plain, path, &pair));
	assert_file_is(scratch_path(dir, "x.btf.expects"), want, size);

	distilled = opened(path);
	assert_ok(rebtf_module_distilled(distilled, &btf));
	assert_ok(rebtf_module_expects(distilled, rebtf_btf_base(btf), &expects));
	assert_int_equal(rebtf_btf_type_count(expects), rebtf_btf_type_count(pair.expects));

	/* They are copied with the module, and removed when they become useless. */
	assert_ok(rebtf_module_copy(distilled, copy));
	assert_file_is(scratch_path(dir, "y.btf.expects"), want, size);
	assert_ok(write_distilled(distilled, copy, &pair, false));
	assert_int_not_equal(access(scratch_path(dir, "y.btf.expects"), F_OK), 0);
	assert_ok(write_relocated(distilled, path, &pair, false));
	assert_int_not_equal(access(scratch_path(dir, "x.btf.base"), F_OK), 0);
	assert_int_not_equal(access(scratch_path(dir, "x.btf.expects"), F_OK), 0);
}

static void modules_without_expectations_have_none(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	const char *path = scratch_path(dir, "x.btf");
	_cleanup_module_ struct rebtf_module *distilled = NULL;
	_cleanup_pair_ struct pair pair;
	struct rebtf_btf *expects = (struct rebtf_btf *)&pair;

	(void)state;
	make_pair(&pair);
	make_distilled_btf(path, &pair);
	distilled = opened(path);
	assert_ok(rebtf_module_expects(distilled, pair.distilled, &expects));
	assert_null(expects);
}

/* After a crash: expectations beside BTF without a distilled base are ignored. */
static void left_over_expectations_are_not_believed(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	const char *path = scratch_path(dir, "x.btf");
	_cleanup_module_ struct rebtf_module *plain = NULL;
	_cleanup_pair_ struct pair pair;

	(void)state;
	make_pair(&pair);
	write_bytes(path, pair.bytes, pair.size);
	write_bytes(scratch_path(dir, "x.btf.expects"), "left over", 9);
	plain = opened(path);
	assert_form(path, REBTF_FORM_SPLIT);
	assert_ok(write_distilled(plain, path, &pair, false));
	assert_form(path, REBTF_FORM_DISTILLED);
	assert_int_not_equal(access(scratch_path(dir, "x.btf.expects"), F_OK), 0);
}

/* A directory of that name is in the way. */
static void where_old_expectations_cannot_go_the_pair_stays(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	const char *path = scratch_path(dir, "x.btf");
	_cleanup_module_ struct rebtf_module *plain = NULL;
	_cleanup_pair_ struct pair pair;

	(void)state;
	make_pair(&pair);
	write_bytes(path, pair.bytes, pair.size);
	plain = opened(path);
	write_bytes(scratch_path(dir, "x.btf.base"), "an old base", 11);
	assert_int_equal(mkdir(scratch_path(dir, "x.btf.expects"), 0777), 0);
	assert_fails(write_distilled(plain, path, &pair, false), REBTF_ERR_IO, "x.btf.expects: ");
	assert_file_is(path, pair.bytes, pair.size);
	assert_file_is(scratch_path(dir, "x.btf.base"), "an old base", 11);
}

/* Another process replaces the expectations, or adds some, after the pair was read. */
static void a_pair_whose_expectations_changed_meanwhile_stays(void **state)
{
	_cleanup_pair_ struct pair pair;

	(void)state;
	make_pair(&pair);
	for (int had_some = 0; had_some < 2; had_some++) {
		_cleanup_scratch_ char *dir = scratch_new();
		const char *path = scratch_path(dir, "x.btf"), *other = scratch_path(dir, "other");
		const char *base = scratch_path(dir, "x.btf.base");
		const char *expects = scratch_path(dir, "x.btf.expects");
		_cleanup_module_ struct rebtf_module *plain = NULL, *distilled = NULL;
		_cleanup_file_bytes_ struct file_bytes old_btf = {}, old_base = {};

		write_bytes(path, pair.bytes, pair.size);
		plain = opened(path);
		assert_ok(had_some ? write_with_expects(plain, path, &pair)
				   : write_distilled(plain, path, &pair, false));
		assert_ok(file_read(path, &old_btf));
		assert_ok(file_read(base, &old_base));
		distilled = opened(path);
		write_bytes(other, "theirs", 6);
		assert_int_equal(rename(other, expects), 0);

		assert_fails(write_relocated(distilled, path, &pair, false), REBTF_ERR_CHANGED,
			     "x.btf.expects: ");
		assert_fails(write_with_expects(distilled, path, &pair), REBTF_ERR_CHANGED,
			     "x.btf.expects: ");
		assert_file_is(path, old_btf.data, old_btf.size);
		assert_file_is(base, old_base.data, old_base.size);
		assert_file_is(expects, "theirs", 6);
	}
}

static void expectations_that_contradict_the_base_are_refused(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	const char *path = scratch_path(dir, "x.btf");
	_cleanup_module_ struct rebtf_module *distilled = NULL;
	_cleanup_module_ struct rebtf_module *damaged = NULL;
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	_cleanup_unref_ struct rebtf_btf *expects = NULL;
	_cleanup_pair_ struct pair pair;
	struct rebtf_builder *b;
	struct rebtf_btf *found;
	_cleanup_free_ void *bytes = NULL;
	size_t size;

	(void)state;
	make_pair(&pair);
	make_distilled_btf(path, &pair);

	/* A struct of that name, but of another size. */
	assert_ok(rebtf_builder_new(pair.distilled, &b));
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "device", 24);
	rebtf_builder_member(b, "id", rebtf_btf_find(pair.distilled, "int", REBTF_KIND_INT), 0, 0);
	assert_ok(rebtf_builder_finish(b, &expects));
	assert_ok(rebtf_btf_write(expects, NULL, &bytes, &size));
	write_bytes(scratch_path(dir, "x.btf.expects"), bytes, size);
	distilled = opened(path);
	assert_ok(rebtf_module_distilled(distilled, &btf));
	assert_fails(rebtf_module_expects(distilled, rebtf_btf_base(btf), &found), REBTF_ERR_FORMAT,
		     "x.btf.expects: ");

	write_bytes(scratch_path(dir, "x.btf.expects"), bytes, size - 1);
	damaged = opened(path);
	assert_fails(rebtf_module_expects(damaged, rebtf_btf_base(btf), &found), REBTF_ERR_FORMAT,
		     "x.btf.expects: ");
}

/* The start of a gzip stream: it is read and refused each time it is requested. */
static void expectations_that_cannot_be_unpacked_are_refused_again(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	const char *path = scratch_path(dir, "x.btf");
	_cleanup_module_ struct rebtf_module *distilled = NULL;
	_cleanup_pair_ struct pair pair;
	struct rebtf_btf *found;
	size_t size;

	(void)state;
	make_pair(&pair);
	make_distilled_btf(path, &pair);
	write_bytes(scratch_path(dir, "x.btf.expects"), "\x1f\x8b\x08\0\0\0\0\0\0\3", 10);
	distilled = opened(path);
	assert_null(rebtf_module_section(distilled, REBTF_SECTION_BTF_EXPECTS, &size));
	for (int i = 0; i < 2; i++)
		assert_fails(rebtf_module_expects(distilled, pair.distilled, &found),
			     REBTF_ERR_FORMAT, "x.btf.expects: ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_kept_stays_and_is_relocated_again),
		cmocka_unit_test(without_keeping_nothing_stays),
		cmocka_unit_test(half_of_what_was_kept_is_refused),
		cmocka_unit_test(raw_btf_keeps_nothing_and_is_not_signed),
		cmocka_unit_test(expectations_of_raw_btf_stand_beside_it),
		cmocka_unit_test(modules_without_expectations_have_none),
		cmocka_unit_test(left_over_expectations_are_not_believed),
		cmocka_unit_test(where_old_expectations_cannot_go_the_pair_stays),
		cmocka_unit_test(a_pair_whose_expectations_changed_meanwhile_stays),
		cmocka_unit_test(expectations_that_contradict_the_base_are_refused),
		cmocka_unit_test(expectations_that_cannot_be_unpacked_are_refused_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
