/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* ELF files with a distilled base and .BTF.ext. A sanitizer sees objects that are not freed. */
#include "libbpf/ext_for_test.h"
#include "module/test_object.h"

/* The sections of an object file, and what they were made from. */
struct sections {
	struct btf *distilled, *split;
	struct ext_words ext;
	struct test_object object;
};

static void sections_free(struct sections *s)
{
	btf__free(s->split);
	btf__free(s->distilled);
}

#define _cleanup_sections_ _cleanup_(sections_free)

static void sections_make(struct sections *s)
{
	_cleanup_btf_ struct btf *base = built_base(), *split = built_split(base);
	uint32_t size;

	assert_int_equal(btf__distill_base(split, &s->distilled, &s->split), 0);
	s->object.btf = btf__raw_data(s->split, &size);
	s->object.btf_size = size;
	s->object.base = btf__raw_data(s->distilled, &size);
	s->object.base_size = size;
	s->ext = ext_of(1, 1);
	s->object.ext = s->ext.words;
	s->object.ext_size = sizeof(s->ext.words);
}

/* Returns the path of the object file. */
static const char *sections_write(const struct sections *s, const char *dir)
{
	_cleanup_file_bytes_ struct file_bytes bytes = {};
	const char *path = scratch_path(dir, "object.o");

	test_object_make(&s->object, &bytes);
	write_bytes(path, bytes.data, bytes.size);
	return path;
}

static void an_elf_file_has_its_distilled_base_and_its_ext(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	_cleanup_sections_ struct sections s = {};
	_cleanup_btf_ struct btf *btf = NULL;
	_cleanup_ext_ struct ext_section *ext = NULL;

	(void)state;
	sections_make(&s);
	btf = btf__parse(sections_write(&s, dir), &ext);
	assert_int_equal(btf__type_cnt(btf__base_btf(btf)), 2);
	assert_string_equal(built_name(btf, 2), "own");
	assert_int_equal(ext_word_at(ext, EXT_FUNC_TYPE), 1);
}

static void an_elf_file_is_relocated_to_the_base_of_the_caller(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	_cleanup_btf_ struct btf *base = built_base(), *btf = NULL;
	_cleanup_sections_ struct sections s = {};

	(void)state;
	sections_make(&s);
	btf = btf__parse_split(sections_write(&s, dir), base);
	assert_ptr_equal(btf__base_btf(btf), base);
	assert_string_equal(built_name(btf, 4), "own");
}

static void damaged_sections_are_refused(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	struct sections s;
	size_t *const sizes[] = { &s.object.btf_size, &s.object.base_size, &s.object.ext_size };

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		struct ext_section *ext = NULL;

		s = (struct sections){};
		sections_make(&s);
		*sizes[i] -= 1;
		assert_null_errno(btf__parse(sections_write(&s, dir), &ext), EINVAL);
		assert_null(ext);
		sections_free(&s);
	}
}

static void a_base_that_does_not_fit_is_refused(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	_cleanup_btf_ struct btf *base = btf__new_empty();
	_cleanup_sections_ struct sections s = {};

	(void)state;
	btf__add_struct(base, "s", 8);
	sections_make(&s);
	assert_null_errno(btf__parse_split(sections_write(&s, dir), base), EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_elf_file_has_its_distilled_base_and_its_ext),
		cmocka_unit_test(an_elf_file_is_relocated_to_the_base_of_the_caller),
		cmocka_unit_test(damaged_sections_are_refused),
		cmocka_unit_test(a_base_that_does_not_fit_is_refused),
	};

	return cmocka_run_group_tests_name("libbpf: files", tests, built_print_nothing, NULL);
}
