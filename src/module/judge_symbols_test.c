/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Tests of the loader's checks of symbols, one by one. */
#include "module/judge_for_test.h"

static void a_symbol_that_nothing_exports_is_unknown(void **state)
{
	_cleanup_scratch_ char *root = new_kernel();
	struct rebtf_loader *loader = loader_of(root);
	const struct test_module m = {
		.modinfo = INFO("|depends=helper"),
		.versions = { LAYOUT, { "gone", 1 } },
		.imports = { "gone", "?gone_too" },
	};

	(void)state;
	assert_refused(loader, &m, REBTF_CAUSE_SYMBOL, "unknown symbol gone");
	rebtf_loader_free(loader);
}

static void the_symbols_of_a_kernel_are_listed(void **state)
{
	static const char *const some[] = { "module_layout", "any", "gpl", "spaced" };
	_cleanup_scratch_ char *root = new_kernel();
	struct rebtf_loader *loader = loader_of(root);
	struct rebtf_symbols *symbols;
	const char *const *names;
	size_t count;

	(void)state;
	assert_ok(rebtf_symbols_exported(loader, &symbols));
	assert_false(rebtf_symbols_of_kernel_only(symbols));
	names = rebtf_symbols_names(symbols, &count);
	for (size_t i = 0; i < sizeof(some) / sizeof(*some); i++) {
		size_t at = 0;

		while (at < count && strcmp(names[at], some[i]) != 0)
			at++;
		assert_true(at < count);
	}
	rebtf_symbols_free(symbols);
	rebtf_loader_free(loader);
}

static void only_gpl_compatible_modules_get_gpl_symbols(void **state)
{
	_cleanup_scratch_ char *root = new_kernel();
	struct rebtf_loader *loader = loader_of(root);
	struct test_module m = {
		.modinfo = "license=Proprietary|vermagic=" VERMAGIC,
		.versions = { LAYOUT, { "any", 0x22 }, { "gpl", 0x33 } },
		.imports = { "any", "gpl" },
	};

	(void)state;
	assert_refused(loader, &m, REBTF_CAUSE_LICENSE,
		       "symbol gpl is for GPL-compatible modules only (license 'Proprietary')");
	m.modinfo = "license=Dual BSD/GPL|vermagic=" VERMAGIC;
	assert_loads(loader, &m);
	m.modinfo = "vermagic=" VERMAGIC;
	assert_refused(loader, &m, REBTF_CAUSE_LICENSE, "license 'unspecified'");
	/* A weak symbol stays undefined. */
	m.imports[1] = "?gpl";
	assert_loads(loader, &m);
	rebtf_loader_free(loader);
}

/*
 * A module that uses a proprietary module counts as proprietary. Then it cannot keep symbols it
 * took before.
 */
static void symbols_of_a_proprietary_module_make_proprietary(void **state)
{
	_cleanup_scratch_ char *root = new_kernel();
	struct test_module closed = helper;
	struct test_module m = {
		.modinfo = INFO("|depends=helper"),
		.versions = { LAYOUT, { "gpl", 0x33 }, { "help", 0x66 } },
		.imports = { "gpl", "help" },
	};
	struct rebtf_loader *loader;

	(void)state;
	closed.modinfo = "name=helper|license=Proprietary|intree=Y|vermagic=" VERMAGIC;
	test_module_write(&closed,
			  scratch_path(root, "lib/modules/" RELEASE "/kernel/lib/helper.ko"));
	loader = loader_of(root);
	assert_refused(loader, &m, REBTF_CAUSE_LICENSE,
		       "symbol help of the proprietary module helper");
	m.imports[0] = "help";
	m.imports[1] = "gpl";
	assert_refused(loader, &m, REBTF_CAUSE_LICENSE, "symbol gpl is for GPL-compatible");
	rebtf_loader_free(loader);
}

static void a_namespace_has_to_be_imported(void **state)
{
	_cleanup_scratch_ char *root = new_kernel();
	_cleanup_scratch_ char *lax =
		kernel_with("CONFIG_MODULE_ALLOW_MISSING_NAMESPACE_IMPORTS=y\n");
	_cleanup_scratch_ char *silent = kernel_with(NULL);
	struct rebtf_loader *loader = loader_of(root);
	struct test_module m = {
		.modinfo = INFO("|import_ns=OTHER"),
		.versions = { LAYOUT, { "spaced", 0x44 } },
		.imports = { "spaced" },
	};

	(void)state;
	assert_refused(loader, &m, REBTF_CAUSE_NAMESPACE,
		       "uses symbol spaced from namespace NS, but does not import it");
	/* A namespace for modules of certain names needs no import. */
	m.imports[0] = "for_own";
	m.versions[1] = (struct test_version){ .name = "for_own", .crc = 0x55 };
	assert_loads(loader, &m);
	m.modinfo = "name=other|license=GPL|vermagic=" VERMAGIC;
	assert_loads(loader, &m);
	m.modinfo = "name=others|license=GPL|vermagic=" VERMAGIC;
	assert_refused(loader, &m, REBTF_CAUSE_NAMESPACE, "module:other,own-*");
	m.modinfo = "name=othex|license=GPL|vermagic=" VERMAGIC;
	assert_refused(loader, &m, REBTF_CAUSE_NAMESPACE, "module:other,own-*");
	m.modinfo = "name=owl_x|license=GPL|vermagic=" VERMAGIC;
	assert_refused(loader, &m, REBTF_CAUSE_NAMESPACE, "module:other,own-*");
	rebtf_loader_free(loader);
	loader = loader_of(lax);
	assert_loads(loader, &m);
	rebtf_loader_free(loader);
	loader = loader_of(silent);
	assert_judged(loader, &m, REBTF_LOADING_UNKNOWN, REBTF_CAUSE_NAMESPACE, "is not known");
	rebtf_loader_free(loader);
}

static void modules_that_are_loaded_together_come_before_installed_ones(void **state)
{
	_cleanup_scratch_ char *root = new_kernel();
	_cleanup_scratch_ char *batch = scratch_new();
	const char *path = scratch_path(batch, "helper.ko");
	struct rebtf_loader *loader = loader_of(root);
	struct test_module other = helper;
	const struct test_module m = {
		.modinfo = INFO("|depends=helper"),
		.versions = { LAYOUT, { "help", 0x77 } },
		.imports = { "help" },
	};

	(void)state;
	assert_refused(loader, &m, REBTF_CAUSE_VERSION, "disagrees about version of symbol help");
	rebtf_loader_free(loader);
	other.exports[0].crc = 0x77;
	test_module_write(&other, path);
	loader = loader_with(root, path);
	assert_loads(loader, &m);
	rebtf_loader_free(loader);
	/* A module that the kernel refuses has no usable exports. */
	other.versions[0].crc = 0x12;
	test_module_write(&other, path);
	loader = loader_with(root, path);
	assert_refused(loader, &m, REBTF_CAUSE_DEPENDENCY,
		       "needs module helper, which the kernel refuses");
	rebtf_loader_free(loader);
}

/* From the last directory to the first: a module in each overrides those before. */
static void the_first_of_same_named_modules_counts_as_with_depmod(void **state)
{
	/* Not in the order of their names. */
	static const char *const places[] = {
		"contrib/helper.ko",
		"kernel/lib/helper.ko",
		"extra/helper.ko",
		"updates/dkms/helper.ko",
	};
	_cleanup_scratch_ char *root = new_kernel();

	(void)state;
	/* Another module remains, which tells the kernel's version magic. */
	assert_int_equal(rename(scratch_path(root, "lib/modules/" RELEASE "/kernel/lib/helper.ko"),
				scratch_path(root, "lib/modules/" RELEASE "/kernel/lib/other.ko")),
			 0);
	for (uint32_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		const struct test_module m = {
			.modinfo = INFO("|depends=helper"),
			.versions = { LAYOUT, { "help", 0x70 + i } },
			.imports = { "help" },
		};
		struct test_module other = helper;
		struct rebtf_loader *loader;
		char place[100];

		other.exports[0].crc = 0x70 + i;
		snprintf(place, sizeof(place), "lib/modules/" RELEASE "/%s", places[i]);
		test_module_write(&other, scratch_path(root, place));
		loader = loader_of(root);
		assert_loads(loader, &m);
		rebtf_loader_free(loader);
	}
}

/* Some lists of the kernel's symbols lack those of its modules, and so does an image. */
static void all_modules_are_asked_for_a_symbol_that_the_kernel_lacks(void **state)
{
	_cleanup_scratch_ char *root = new_kernel();
	struct rebtf_loader *loader;
	struct test_module m = {
		.modinfo = INFO(""),
		.versions = { LAYOUT, { "help", 0x66 } },
		.imports = { "help" },
	};

	(void)state;
	write_text(root, "lib/modules/" RELEASE "/symvers",
		   "0x00000011\tmodule_layout\tvmlinux\tEXPORT_SYMBOL\t\n");
	loader = loader_of(root);
	assert_loads(loader, &m);
	m.versions[1].crc = 0x67;
	assert_refused(loader, &m, REBTF_CAUSE_VERSION, "disagrees about version of symbol help");
	rebtf_loader_free(loader);
}

/* Two modules export the symbol, and modprobe would load the one that the index names. */
static void the_index_of_depmod_names_the_module_that_exports_a_symbol(void **state)
{
	_cleanup_scratch_ char *root = new_kernel();
	struct rebtf_loader *loader;
	struct test_module m = {
		.modinfo = INFO(""),
		.versions = { LAYOUT, { "help", 0x77 } },
		.imports = { "help" },
	};
	struct test_module other = helper;

	(void)state;
	other.modinfo = "name=other_one|license=GPL|intree=Y|vermagic=" VERMAGIC;
	other.exports[0].crc = 0x77;
	test_module_write(&other,
			  scratch_path(root, "lib/modules/" RELEASE "/kernel/lib/other-one.ko"));
	write_text(root, "lib/modules/" RELEASE "/symvers",
		   "0x00000011\tmodule_layout\tvmlinux\tEXPORT_SYMBOL\t\n");
	write_text(root, "lib/modules/" RELEASE "/modules.symbols",
		   "# Aliases for symbols, used by symbol_request().\n"
		   "alias symbol:no_module\n"
		   "alias symbol:help_less helper\n"
		   "alias symbol:help other_one\n"
		   "alias symbol:helper helper\n");
	loader = loader_of(root);
	assert_loads(loader, &m);
	m.versions[1].crc = 0x66;
	assert_refused(loader, &m, REBTF_CAUSE_VERSION, "disagrees about version of symbol help");
	/* The index is complete. */
	m.versions[1].name = "no_module";
	m.imports[0] = "no_module";
	assert_refused(loader, &m, REBTF_CAUSE_SYMBOL, "unknown symbol no_module");
	rebtf_loader_free(loader);
}

static void a_module_that_is_not_there_offers_nothing(void **state)
{
	_cleanup_scratch_ char *root = new_kernel();
	struct rebtf_loader *loader;
	const struct test_module m = {
		.modinfo = INFO("|depends=helper"),
		.versions = { LAYOUT, { "help", 0x66 } },
		.imports = { "help" },
	};

	(void)state;
	/* Another module has the version magic. */
	assert_int_equal(rename(scratch_path(root, "lib/modules/" RELEASE "/kernel/lib/helper.ko"),
				scratch_path(root,
					     "lib/modules/" RELEASE "/kernel/lib/renamed.ko")),
			 0);
	loader = loader_of(root);
	assert_refused(loader, &m, REBTF_CAUSE_DEPENDENCY,
		       "needs module helper, which is not there");
	rebtf_loader_free(loader);
}

/* modprobe loads the modules that export a module's symbols, whatever the module says. */
static void modules_that_export_a_symbol_are_judged_in_any_order(void **state)
{
	static const char foreign[] = "license=GPL|intree=Y|vermagic=5.10.0 SMP";

	(void)state;
	for (int named_first = 0; named_first < 2; named_first++) {
		_cleanup_scratch_ char *root = new_kernel();
		struct rebtf_loader *loader;
		struct test_module middle = helper, low = helper;
		struct test_module m = {
			.modinfo = INFO(""),
			.versions = { LAYOUT, { "middle", 0x77 } },
			.imports = { "middle" },
		};
		const struct test_module naming = {
			.modinfo = INFO("|depends=low,middle"),
			.versions = { LAYOUT },
		};

		low.modinfo = foreign;
		low.exports[0] = (struct test_version){ "low", 0x88, false, NULL };
		middle.modinfo = INFO("");
		middle.exports[0] = (struct test_version){ "middle", 0x77, false, NULL };
		middle.versions[1] = (struct test_version){ "low", 0x88, false, NULL };
		middle.imports[0] = "low";
		test_module_write(&low,
				  scratch_path(root, "lib/modules/" RELEASE "/kernel/lib/low.ko"));
		test_module_write(&middle, scratch_path(root, "lib/modules/" RELEASE
							      "/kernel/lib/middle.ko"));
		loader = loader_of(root);
		if (named_first)
			assert_loads(loader, &naming);
		assert_refused(loader, &m, REBTF_CAUSE_DEPENDENCY,
			       "needs module middle, which the kernel refuses");
		rebtf_loader_free(loader);
	}
}

static void modules_that_depend_on_each_other_do_not_hang(void **state)
{
	_cleanup_scratch_ char *root = new_kernel();
	struct rebtf_loader *loader;
	struct test_module m = helper;

	(void)state;
	m.modinfo = "name=helper|license=GPL|intree=Y|depends=round,helper|vermagic=" VERMAGIC;
	test_module_write(&m, scratch_path(root, "lib/modules/" RELEASE "/kernel/lib/helper.ko"));
	m.modinfo = "name=round|license=GPL|intree=Y|depends=,helper,round|vermagic=" VERMAGIC;
	test_module_write(&m, scratch_path(root, "lib/modules/" RELEASE "/kernel/lib/round.ko"));
	loader = loader_of(root);
	assert_loads(loader, &m);
	rebtf_loader_free(loader);
}

static void a_kernel_refuses_exports_of_its_own(void **state)
{
	_cleanup_scratch_ char *root = new_kernel();
	struct rebtf_loader *loader = loader_of(root);
	const struct test_module m = {
		.modinfo = INFO(""),
		.versions = { LAYOUT },
		.exports = { { "any", 0x22, false, NULL } },
	};

	(void)state;
	assert_refused(loader, &m, REBTF_CAUSE_EXPORT,
		       "exports duplicate symbol any (owned by kernel)");
	rebtf_loader_free(loader);
}

static void reasons_are_kept_up_to_a_limit_and_counted(void **state)
{
	_cleanup_scratch_ char *root = new_kernel();
	struct rebtf_loader *loader = loader_of(root);
	enum { COUNT = REBTF_REASONS_MAX + 10 };
	static struct test_symbol symbols[COUNT];
	static char names[COUNT][16];
	static const char modinfo[] = "license=GPL\0vermagic=" VERMAGIC;
	static uint8_t version[64] = { 0x11, [8] = 'm' }, module_bytes[896];
	static const uint8_t btf[] = { 0x9f, 0xeb, 1, 0, 24, [20] = 1, [24] = 0 };
	const struct test_section sections[] = {
		{ .name = ".modinfo", .data = modinfo, .size = sizeof(modinfo) },
		{ .name = "__versions", .data = version, .size = 64, .flags = SHF_ALLOC },
		{ .name = ".gnu.linkonce.this_module", .data = module_bytes, .size = 896 },
		{ .name = ".BTF", .data = btf, .size = sizeof(btf) },
	};
	const struct test_elf elf = {
		.sections = sections, .section_count = 4, .symbols = symbols, .symbol_count = COUNT
	};
	_cleanup_file_bytes_ struct file_bytes bytes = {};
	struct rebtf_loading *loading;
	struct rebtf_module *module;
	const char *path = scratch_path(root, "own.ko");

	(void)state;
	strcpy((char *)version + 8, "module_layout");
	for (size_t i = 0; i < COUNT; i++) {
		snprintf(names[i], sizeof(names[i]), "none_%zu", i);
		symbols[i].name = names[i];
	}
	test_elf_make(&elf, &bytes);
	write_bytes(path, bytes.data, bytes.size);
	assert_ok(rebtf_module_open(path, NULL, &module));
	assert_ok(rebtf_loader_judge(loader, module, REBTF_SIGNATURE_STAYS, &loading));
	assert_int_equal(rebtf_loading_reason_count(loading), COUNT);
	assert_string_equal(rebtf_loading_reason_symbol(loading, REBTF_REASONS_MAX - 1), "none_63");
	for (size_t i = REBTF_REASONS_MAX; i <= COUNT; i++) {
		size_t beyond = i < COUNT ? i : SIZE_MAX;

		assert_int_equal(rebtf_loading_reason_cause(loading, beyond), REBTF_CAUSE_KERNEL);
		assert_int_equal(rebtf_loading_reason_verdict(loading, beyond),
				 REBTF_LOADING_UNKNOWN);
		assert_null(rebtf_loading_reason_symbol(loading, beyond));
		assert_null(rebtf_loading_reason_text(loading, beyond));
	}
	rebtf_loading_free(loading);
	rebtf_module_free(module);
	rebtf_loader_free(loader);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_symbol_that_nothing_exports_is_unknown),
		cmocka_unit_test(the_symbols_of_a_kernel_are_listed),
		cmocka_unit_test(only_gpl_compatible_modules_get_gpl_symbols),
		cmocka_unit_test(symbols_of_a_proprietary_module_make_proprietary),
		cmocka_unit_test(a_namespace_has_to_be_imported),
		cmocka_unit_test(modules_that_are_loaded_together_come_before_installed_ones),
		cmocka_unit_test(the_first_of_same_named_modules_counts_as_with_depmod),
		cmocka_unit_test(all_modules_are_asked_for_a_symbol_that_the_kernel_lacks),
		cmocka_unit_test(the_index_of_depmod_names_the_module_that_exports_a_symbol),
		cmocka_unit_test(a_module_that_is_not_there_offers_nothing),
		cmocka_unit_test(modules_that_export_a_symbol_are_judged_in_any_order),
		cmocka_unit_test(modules_that_depend_on_each_other_do_not_hang),
		cmocka_unit_test(a_kernel_refuses_exports_of_its_own),
		cmocka_unit_test(reasons_are_kept_up_to_a_limit_and_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
