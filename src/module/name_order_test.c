/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Tests which kernel decides about the order of a module's types: the caller's, that of the base, or
 * the one in the module's version magic. tests/cli/sort.bats sorts real modules.
 */
#include "btf/build_for_test.h"
#include "module/module_for_test.h"
#include "module/name_order.h"
#include "module/test_elf.h"
#include "split/sort.h"

/* [1] int, in a kernel of this release, or of an unknown one if NULL. */
static struct rebtf_btf *make_base(const char *release)
{
	struct rebtf_builder *b = build_over(NULL);
	struct rebtf_btf *base;

	add_int(b);
	base = built(b);
	if (release) {
		btf_mutable(base)->release = strdup(release);
		assert_non_null(base->release);
	}
	return base;
}

/* struct @first { int x; }, struct @second { int x; } over @base. */
static struct rebtf_btf *make_split(struct rebtf_btf *base, const char *first, const char *second)
{
	struct rebtf_builder *b = build_over(base);

	rebtf_builder_struct(b, REBTF_KIND_STRUCT, first, 4);
	rebtf_builder_member(b, "x", 1, 0, 0);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, second, 4);
	rebtf_builder_member(b, "x", 1, 0, 0);
	return built(b);
}

/* Makes a module at @path with this BTF, for the kernel @release, or an unknown kernel if NULL. */
static struct rebtf_module *make_module(const char *path, const struct rebtf_btf *split,
					const char *release)
{
	struct test_module made = { .modinfo = "name=x|license=GPL" };
	char modinfo[64];
	void *bytes;

	if (release) {
		snprintf(modinfo, sizeof(modinfo), "name=x|vermagic=%s SMP mod_unload ", release);
		made.modinfo = modinfo;
	}
	assert_ok(rebtf_btf_write(split, NULL, &bytes, &made.btf_size));
	made.btf = bytes;
	test_module_write(&made, path);
	free(bytes);
	return opened(path);
}

static const struct {
	const char *base, *module;     /* NULL: unknown */
	enum rebtf_name_search search; /* of types that are not sorted */
} cases[] = {
	{ NULL, NULL, REBTF_NAME_SEARCH_UNKNOWN },
	{ NULL, "6.19.9-x", REBTF_NAME_SEARCH_OLD },
	{ NULL, "7.0.0-x", REBTF_NAME_SEARCH_LINEAR },
	{ NULL, "10.1.0-x", REBTF_NAME_SEARCH_LINEAR },
	{ "6.19.9-x", NULL, REBTF_NAME_SEARCH_OLD },
	{ "7.0.0-x", NULL, REBTF_NAME_SEARCH_LINEAR },
	/* The base is right about the kernel that a module was relocated to. */
	{ "6.19.9-x", "7.0.0-x", REBTF_NAME_SEARCH_OLD },
	{ "7.0.0-x", "6.19.9-x", REBTF_NAME_SEARCH_LINEAR },
};

static void the_base_decides_and_then_the_version_magic(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		_cleanup_scratch_ char *dir = scratch_new();
		_cleanup_unref_ struct rebtf_btf *base = make_base(cases[i].base);
		_cleanup_unref_ struct rebtf_btf *unsorted = make_split(base, "b", "a");
		_cleanup_unref_ struct rebtf_btf *sorted = make_split(base, "a", "b");
		_cleanup_module_ struct rebtf_module *module =
			make_module(scratch_path(dir, "unsorted.ko"), unsorted, cases[i].module);
		_cleanup_module_ struct rebtf_module *ordered =
			make_module(scratch_path(dir, "sorted.ko"), sorted, cases[i].module);
		enum rebtf_name_search search;

		assert_ok(rebtf_module_name_search(module, base, NULL, &search));
		assert_int_equal(search, cases[i].search);
		assert_ok(rebtf_module_name_search(ordered, base, NULL, &search));
		assert_int_equal(search, cases[i].search == REBTF_NAME_SEARCH_LINEAR
						 ? REBTF_NAME_SEARCH_BISECTION
						 : cases[i].search);
		/* The caller may know better. */
		assert_ok(rebtf_module_name_search(module, base, "6.19", &search));
		assert_int_equal(search, REBTF_NAME_SEARCH_OLD);
		assert_ok(rebtf_module_name_search(module, base, "7.0", &search));
		assert_int_equal(search, REBTF_NAME_SEARCH_LINEAR);
	}
}

static void new_btf_is_sorted_for_the_same_kernels(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		_cleanup_scratch_ char *dir = scratch_new();
		_cleanup_unref_ struct rebtf_btf *base = make_base(cases[i].base);
		_cleanup_unref_ struct rebtf_btf *split = make_split(base, "b", "a");
		_cleanup_module_ struct rebtf_module *module =
			make_module(scratch_path(dir, "x.ko"), split, cases[i].module);
		struct rebtf_transform_options options = { .size = sizeof(options), .base = base };
		const bool bisects = cases[i].search == REBTF_NAME_SEARCH_LINEAR;
		const bool want[] = {
			[REBTF_SORT_AUTO] = bisects,
			[REBTF_SORT_ALWAYS] = true,
			[REBTF_SORT_NEVER] = false,
		};

		for (int sort = 0; sort < 3; sort++) {
			struct rebtf_transform *t;

			options.sort = (enum rebtf_sorting)sort;
			assert_ok(rebtf_module_distill(module, &options, &t));
			assert_int_equal(rebtf_btf_is_sorted(rebtf_transform_btf(t)), want[sort]);
			rebtf_transform_free(t);
		}
	}
}

/* The saved original has the structs "b" and "a", in this order. */
/* Since Linux 6.18, vmlinux.unstripped has the .modinfo of built-in modules. */
static void a_kernel_is_sorted_by_its_banner_whatever_its_modinfo(void **state)
{
	static const char modinfo[] = "loop.license=GPL\0loop.file=drivers/block/loop";
	static const struct {
		const char *banner;
		bool sort;
	} kernels[] = {
		{ "Linux version 7.0.0-x (a@b) (gcc)\n", true },
		{ "Linux version 6.19.9-x (a@b) (gcc)\n", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(kernels) / sizeof(*kernels); i++) {
		const char *banner = kernels[i].banner;
		const struct test_section sections[] = {
			{ .name = ".rodata", .data = banner, .size = strlen(banner) + 1 },
			{ .name = ".modinfo", .data = modinfo, .size = sizeof(modinfo) },
		};
		/* With one section, and with both. */
		for (size_t count = 1; count <= 2; count++) {
			const struct test_elf elf = { .sections = sections,
						      .section_count = count };
			_cleanup_file_bytes_ struct file_bytes bytes = {};
			struct debug_file file = {};
			bool sort;

			test_elf_make(&elf, &bytes);
			assert_ok(elf_file_open_mem(bytes.data, bytes.size, &file.elf));
			file.image = bytes.data;
			assert_ok(name_order_of_encoded(REBTF_SORT_AUTO, &file, NULL, &sort));
			assert_int_equal(sort, kernels[i].sort);
			elf_file_close(&file.elf);
		}
	}
}

static void types_of_a_saved_original_are_found_by_name(void **state)
{
	static const struct {
		const char *first, *second; /* in .BTF */
		uint32_t order[2]; /* the saved type of each, if the order is another one */
	} orders[] = { { "b", "a", {} }, { "a", "b", { 1, 0 } } };
	static const char *const others[][2] = { { "x", "a" }, { "b", "x" }, { "a", "x" } };
	_cleanup_scratch_ char *dir = scratch_new();
	_cleanup_unref_ struct rebtf_btf *base = make_base(NULL);
	_cleanup_unref_ struct rebtf_btf *saved = make_split(base, "b", "a");
	const char *path = scratch_path(dir, "x.ko");
	uint32_t *order, count;

	(void)state;
	for (size_t i = 0; i < sizeof(orders) / sizeof(*orders); i++) {
		_cleanup_unref_ struct rebtf_btf *own = make_split(base, orders[i].first,
								   orders[i].second);
		_cleanup_module_ struct rebtf_module *module = make_module(path, own, NULL);

		module->note.string_end = rebtf_btf_string_end(base);
		assert_ok(name_order_of_saved(module, saved, &order, &count));
		assert_int_equal(!order, !i);
		if (!order)
			continue;
		assert_int_equal(count, 2);
		assert_memory_equal(order, orders[i].order, sizeof(orders[i].order));
		free(order);
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		_cleanup_unref_ struct rebtf_btf *own = make_split(base, others[i][0],
								   others[i][1]);
		_cleanup_module_ struct rebtf_module *module = make_module(path, own, NULL);

		module->note.string_end = rebtf_btf_string_end(base);
		assert_fails(name_order_of_saved(module, saved, &order, &count), REBTF_ERR_FORMAT,
			     "the saved original has other types than .BTF");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_base_decides_and_then_the_version_magic),
		cmocka_unit_test(new_btf_is_sorted_for_the_same_kernels),
		cmocka_unit_test(a_kernel_is_sorted_by_its_banner_whatever_its_modinfo),
		cmocka_unit_test(types_of_a_saved_original_are_found_by_name),
	};

	return cmocka_run_group_tests_name("name order", tests, NULL, NULL);
}
