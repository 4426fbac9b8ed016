/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Tests of kfuncs by the sets in .BTF_ids: which sets count, whose ids, and modules of every form. */
#include "core/set_for_test.h"
#include "module/kfunc_sets.h"
#include "module/module.h"
#include "module/test_elf.h"
#include "util/bytes.h"
#include "util/testing.h"

#define KFUNC_SETS   "register_btf_kfunc_id_set"
#define FMODRET_SETS "register_btf_fmodret_id_set"

/* Each test has a .BTF_ids of this layout: a set8 "first" of two ids, a set8 "second" of two, a set. */
enum {
	FIRST = 0,
	SECOND = 24,
	PLAIN = 48,
	END = 56,
};

struct layout {
	const char *first; /* the names of the sets */
	const char *second;
	uint32_t words[END / 4];
	const char *functions[2]; /* symbols that are defined or imported */
	bool is_kernel;		  /* which defines them */
	bool is_big_endian;
};

/* Ids of the functions: "one" and "two". They are the third and the fourth type of the file. */
#define LAYOUT(one, two, flag, ...)                                                                \
	(struct layout)                                                                            \
	{                                                                                          \
		.words = { 2, flag, one, 4, two, 8, 2, 0, 0, 1, two, 32, 1, one }, __VA_ARGS__     \
	}

static struct rebtf_btf *build_functions(struct rebtf_btf *base, bool tagged)
{
	struct rebtf_builder *b;
	struct rebtf_btf *btf;
	uint32_t number, proto, one;

	assert_ok(rebtf_builder_new(base, &b));
	number = rebtf_builder_int(b, "int", 4, REBTF_INT_SIGNED, 32);
	proto = rebtf_builder_func_proto(b, number);
	one = rebtf_builder_func(b, "one", REBTF_LINKAGE_STATIC, proto);
	rebtf_builder_func(b, "two", REBTF_LINKAGE_STATIC, proto);
	if (tagged)
		rebtf_builder_decl_tag(b, "bpf_kfunc", one, -1);
	assert_ok(rebtf_builder_finish(b, &btf));
	return btf;
}

static void write_elf(const char *path, const struct rebtf_btf *btf, const struct rebtf_btf *base,
		      const struct layout *l)
{
	REBTF_OPTIONS(rebtf_write_options, how,
		      .byte_order = l->is_big_endian ? REBTF_BYTE_ORDER_BIG
						     : REBTF_BYTE_ORDER_LITTLE);
	char first[64], second[64];
	struct test_section sections[4] = { { .name = ".text", .data = "code", .size = 4 } };
	struct test_symbol symbols[] = {
		{ first, ".BTF_ids", FIRST, false, 24 },
		{ "__BTF_ID__func__one__1", ".BTF_ids", FIRST + 8, false, 4 },
		{ "__BTF_ID__func__two__2", ".BTF_ids", FIRST + 16, false, 4 },
		{ second, ".BTF_ids", SECOND, false, 24 },
		{ "__BTF_ID__func__gone__3", ".BTF_ids", SECOND + 8, false, 4 },
		{ "__BTF_ID__func__two__4", ".BTF_ids", SECOND + 16, false, 4 },
		{ "__BTF_ID__set__plain", ".BTF_ids", PLAIN, false, 8 },
		{ "__BTF_ID__func__one__5", ".BTF_ids", PLAIN + 4, false, 4 },
		{ l->functions[0] ?: "none", l->is_kernel ? ".text" : NULL, 0, false, 0 },
		{ l->functions[1] ?: "none", l->is_kernel ? ".text" : NULL, 0, false, 0 },
	};
	const struct test_elf elf = {
		.encoding = l->is_big_endian ? ELFDATA2MSB : ELFDATA2LSB,
		.sections = sections,
		.section_count = base ? 4 : 3,
		.symbols = symbols,
		.symbol_count = sizeof(symbols) / sizeof(*symbols),
	};
	_cleanup_file_bytes_ struct file_bytes bytes = {};
	_cleanup_free_ void *types = NULL, *base_types = NULL;
	uint8_t words[END];
	size_t size, base_size;

	snprintf(first, sizeof(first), "__BTF_ID__set8__%s", l->first ?: "first");
	snprintf(second, sizeof(second), "__BTF_ID__set8__%s", l->second ?: "second");
	for (size_t i = 0; i < END / 4; i++)
		put32(words + 4 * i, l->words[i], l->is_big_endian);
	assert_ok(rebtf_btf_write(btf, &how, &types, &size));
	sections[1] = (struct test_section){ .name = ".BTF", .data = types, .size = size };
	sections[2] = (struct test_section){ .name = ".BTF_ids", .data = words, .size = END };
	if (base) {
		assert_ok(rebtf_btf_write(base, &how, &base_types, &base_size));
		sections[3] = (struct test_section){ .name = ".BTF.base",
						     .data = base_types,
						     .size = base_size };
	}
	test_elf_make(&elf, &bytes);
	write_bytes(path, bytes.data, bytes.size);
}

static void cleanup_kfuncs(struct rebtf_kfuncs **kfuncs)
{
	rebtf_kfuncs_free(*kfuncs);
}

#define _cleanup_kfuncs_ _cleanup_(cleanup_kfuncs)

/* "[3] 4, [4] 40": ids and flags. */
static void assert_list(const struct rebtf_kfuncs *kfuncs, const char *want)
{
	char text[256] = "";

	for (size_t i = 0; i < rebtf_kfuncs_count(kfuncs); i++) {
		const struct rebtf_kfunc *kfunc = rebtf_kfuncs_at(kfuncs, i);
		size_t length = strlen(text);

		snprintf(text + length, sizeof(text) - length, "%s[%u] %u", i ? ", " : "",
			 kfunc->id, kfunc->flags);
	}
	assert_string_equal(text, want);
}

/* @reason: part of the error; NULL: none. */
static void assert_kfuncs(const struct layout *l, bool tagged, const char *want, const char *reason)
{
	_cleanup_scratch_ char *dir = scratch_new();
	const char *path = scratch_path(dir, "a.ko");
	_cleanup_unref_ struct rebtf_btf *btf = build_functions(NULL, tagged), *opened = NULL;
	_cleanup_kfuncs_ struct rebtf_kfuncs *kfuncs = NULL;
	struct rebtf_module *module;
	char *text = NULL;

	write_elf(path, btf, NULL, l);
	assert_ok(rebtf_module_open(path, NULL, &module));
	assert_ok(rebtf_module_btf(module, NULL, &opened));
	assert_ok(rebtf_module_kfuncs(module, opened, &kfuncs));
	rebtf_module_free(module);
	assert_list(kfuncs, want);
	if (rebtf_kfuncs_error(kfuncs))
		text = rebtf_error_text(rebtf_kfuncs_error(kfuncs));
	if (!reason != !text ||
	    (text && (!strstr(text, reason) || strncmp(text, path, strlen(path)) != 0)))
		fail_msg("found '%s', expected '%s'", text, reason);
	free(text);
}

/* "two" is in both sets, and its flags are joined. The id of "gone" is 0. */
#define BOTH "[3] 4, [4] 40"
#define ONE  "[3] 4, [4] 8"

static void sets_of_kernels_before_6_2_are_of_kfuncs(void **state)
{
	const struct layout kernel = LAYOUT(3, 4, 0, .functions = { KFUNC_SETS },
					    .is_kernel = true);
	const struct layout module = LAYOUT(3, 4, 0, .functions = { KFUNC_SETS });

	(void)state;
	assert_kfuncs(&kernel, false, BOTH, NULL);
	assert_kfuncs(&module, false, BOTH, NULL);
}

static void a_big_endian_file_has_the_same_kfuncs(void **state)
{
	const struct layout l = LAYOUT(3, 4, 1, .is_big_endian = true);

	(void)state;
	assert_kfuncs(&l, false, ONE, NULL);
}

static void sets_without_the_flag_do_not_count_beside_one_with_it(void **state)
{
	const struct layout kernel = LAYOUT(3, 4, 1, .functions = { KFUNC_SETS, FMODRET_SETS },
					    .is_kernel = true);
	const struct layout module = LAYOUT(3, 4, 1, .functions = { KFUNC_SETS, FMODRET_SETS });

	(void)state;
	assert_kfuncs(&kernel, false, ONE, NULL);
	assert_kfuncs(&module, false, ONE, NULL);
}

static void functions_for_fmod_ret_are_known_by_the_name_of_their_set_in_a_kernel(void **state)
{
	static const char *const names[] = { "bpf_test_modify_return_ids", "hid_bpf_fmodret_ids",
					     "mm_bpf_fmod_ret_ids" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const struct layout l = LAYOUT(3, 4, 0, .functions = { KFUNC_SETS, FMODRET_SETS },
					       .is_kernel = true, .second = names[i]);

		assert_kfuncs(&l, false, ONE, NULL);
	}
}

static void sets_of_a_module_that_registers_both_kinds_are_unclear(void **state)
{
	const struct layout both = LAYOUT(3, 4, 0, .functions = { FMODRET_SETS, KFUNC_SETS });
	const struct layout other = LAYOUT(3, 4, 0, .functions = { FMODRET_SETS });
	const struct layout neither = LAYOUT(3, 4, 0, .first = "first");

	(void)state;
	assert_kfuncs(&both, false, "", ".BTF_ids: cannot tell sets of kfuncs from");
	assert_kfuncs(&other, false, "", NULL);
	assert_kfuncs(&neither, false, "", NULL);
}

static void ids_of_other_types_are_left_out(void **state)
{
	/* Another function, a type of another kind, an id that does not exist. */
	const struct layout swapped = LAYOUT(3, 3, 0, .functions = { KFUNC_SETS });
	const struct layout kind = LAYOUT(3, 1, 0, .functions = { KFUNC_SETS });
	const struct layout none = LAYOUT(3, 5, 0, .functions = { KFUNC_SETS });

	(void)state;
	assert_kfuncs(&swapped, false, "[3] 12", "other types (found 1)");
	assert_kfuncs(&kind, false, "[3] 4", "other types (found 2)");
	assert_kfuncs(&none, false, "[3] 4", "other types (found 2)");
}

static void a_file_with_tags_needs_no_sets(void **state)
{
	const struct layout l = LAYOUT(3, 4, 1, .functions = { KFUNC_SETS });

	(void)state;
	assert_kfuncs(&l, true, "", NULL);
}

static void damaged_symbols_are_the_reason_for_missing_kfuncs(void **state)
{
	const struct layout l = LAYOUT(3, 4, 1, .first = "first");
	_cleanup_scratch_ char *dir = scratch_new();
	const char *path = scratch_path(dir, "a.ko");
	_cleanup_unref_ struct rebtf_btf *btf = build_functions(NULL, false);
	_cleanup_kfuncs_ struct rebtf_kfuncs *kfuncs = NULL;
	_cleanup_file_bytes_ struct file_bytes bytes = {};
	struct rebtf_module *module;
	char *symbol;

	(void)state;
	write_elf(path, btf, NULL, &l);
	assert_ok(file_read(path, &bytes));
	symbol = memmem(bytes.data, bytes.size, "__BTF_ID__func__one__1", 22);
	assert_non_null(symbol);
	memcpy(symbol + 10, "frob", 4);
	write_bytes(path, bytes.data, bytes.size);
	assert_ok(rebtf_module_open(path, NULL, &module));
	assert_ok(rebtf_module_kfuncs(module, btf, &kfuncs));
	rebtf_module_free(module);
	assert_list(kfuncs, "");
	assert_int_equal(rebtf_error_code(rebtf_kfuncs_error(kfuncs)), REBTF_ERR_UNSUPPORTED);
}

/* ------------------------------------------------------------------------------------------- sets */

/* A kernel, and a module over it in each form. The module's own types are like the kernel's. */
static void write_kernel_and_modules(const char *dir)
{
	const struct layout kernel = LAYOUT(3, 4, 0, .functions = { KFUNC_SETS },
					    .is_kernel = true);
	const struct layout split = LAYOUT(7, 8, 0, .functions = { KFUNC_SETS });
	_cleanup_unref_ struct rebtf_btf *base = build_functions(NULL, false), *own = NULL;
	_cleanup_unref_ struct rebtf_btf *distilled = NULL, *over_distilled = NULL;
	struct layout over;
	uint32_t start;

	own = build_functions(base, false);
	assert_ok(rebtf_distill(own, &distilled, &over_distilled));
	start = rebtf_btf_start_id(over_distilled);
	over = LAYOUT(start + 2, start + 3, 0, .functions = { KFUNC_SETS });
	write_elf(scratch_path(dir, "vmlinux"), base, NULL, &kernel);
	assert_int_equal(mkdir(scratch_path(dir, "modules"), 0755), 0);
	write_elf(scratch_path(dir, "modules/a.ko"), over_distilled, distilled, &over);
	write_elf(scratch_path(dir, "modules/b.ko"), own, NULL, &split);
	write_elf(scratch_path(dir, "modules/c.ko"), base, NULL, &kernel);
}

static void assert_member(struct rebtf_set *set, size_t member, const char *want)
{
	const struct rebtf_kfuncs *kfuncs;
	const struct rebtf_btf *btf;

	assert_ok(rebtf_set_btf(set, member, &btf));
	if (!btf)
		fail_msg("%s", rebtf_error_text(rebtf_set_error(set, member)));
	assert_ok(rebtf_set_kfuncs(set, member, &kfuncs));
	assert_list(kfuncs, want);
}

static void members_of_a_set_have_kfuncs_in_every_form(void **state)
{
	REBTF_OPTIONS(rebtf_set_options, options, .any_release = true);
	_cleanup_scratch_ char *dir = scratch_new();
	const char *modules = scratch_path(dir, "modules");
	_cleanup_unref_ struct rebtf_btf *kernel = NULL;
	_cleanup_set_ struct rebtf_set *set = NULL;

	(void)state;
	write_kernel_and_modules(dir);
	assert_ok(rebtf_kernel_open(scratch_path(dir, "vmlinux"), NULL, &kernel));
	assert_ok(rebtf_set_open(kernel, &modules, 1, &options, &set));
	assert_int_equal(rebtf_set_count(set), 4);
	assert_member(set, 0, BOTH);
	for (size_t member = 1; member < 4; member++)
		assert_member(set, member, "[7] 4, [8] 40");
}

static void a_kernel_whose_file_is_gone_has_none(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	const char *path = scratch_path(dir, "vmlinux");
	_cleanup_kfuncs_ struct rebtf_kfuncs *kfuncs = NULL;
	_cleanup_unref_ struct rebtf_btf *kernel = NULL;

	(void)state;
	write_kernel_and_modules(dir);
	assert_ok(rebtf_kernel_open(path, NULL, &kernel));
	assert_int_equal(remove(path), 0);
	assert_ok(rebtf_kernel_kfuncs(kernel, &kfuncs));
	assert_list(kfuncs, "");
	assert_null(rebtf_kfuncs_error(kfuncs));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sets_of_kernels_before_6_2_are_of_kfuncs),
		cmocka_unit_test(a_big_endian_file_has_the_same_kfuncs),
		cmocka_unit_test(sets_without_the_flag_do_not_count_beside_one_with_it),
		cmocka_unit_test(
			functions_for_fmod_ret_are_known_by_the_name_of_their_set_in_a_kernel),
		cmocka_unit_test(sets_of_a_module_that_registers_both_kinds_are_unclear),
		cmocka_unit_test(ids_of_other_types_are_left_out),
		cmocka_unit_test(a_file_with_tags_needs_no_sets),
		cmocka_unit_test(damaged_symbols_are_the_reason_for_missing_kfuncs),
		cmocka_unit_test(members_of_a_set_have_kfuncs_in_every_form),
		cmocka_unit_test(a_kernel_whose_file_is_gone_has_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
