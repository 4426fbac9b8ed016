/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Tests of the loader's checks of a module as a whole. */
#include "module/judge_for_test.h"

static void a_module_whose_symbols_all_match_loads(void **state)
{
	_cleanup_scratch_ char *root = new_kernel();
	struct rebtf_loader *loader = loader_of(root);
	const struct test_module m = {
		.modinfo = INFO("|import_ns=NS|depends=helper"),
		.versions = { LAYOUT,
			      { "any", 0x22 },
			      { "gpl", 0x33 },
			      { "spaced", 0x44 },
			      { "for_own", 0x55 },
			      { "help", 0x66 } },
		.imports = { "any", "gpl", "spaced", "for_own", "help", "?nowhere",
			     "_GLOBAL_OFFSET_TABLE_" },
	};
	struct rebtf_loading *loading;

	(void)state;
	assert_loads(loader, &m);
	loading = judge(loader, &m);
	assert_int_equal(rebtf_loading_found_in(loading, REBTF_SOURCE_MODULES), 4);
	assert_int_equal(rebtf_loading_found_in(loading, REBTF_SOURCE_EXPORTS), 1);
	assert_string_equal(rebtf_loader_release(loader), RELEASE);
	rebtf_loading_free(loading);
	rebtf_loader_free(loader);
}

static void another_crc_is_another_version(void **state)
{
	_cleanup_scratch_ char *root = new_kernel();
	struct rebtf_loader *loader = loader_of(root);
	struct test_module m = {
		.modinfo = INFO(""),
		.versions = { LAYOUT, { "any", 0x23 }, { "gpl", 0x34 } },
		.imports = { "any", "gpl" },
	};
	struct rebtf_loading *loading = judge(loader, &m);

	(void)state;
	/* All failing symbols are named, as the kernel does. */
	assert_int_equal(rebtf_loading_verdict(loading), REBTF_LOADING_NO);
	assert_int_equal(rebtf_loading_reason_count(loading), 2);
	assert_string_equal(rebtf_loading_reason_text(loading, 0),
			    "disagrees about version of symbol any");
	assert_string_equal(rebtf_loading_reason_symbol(loading, 1), "gpl");
	rebtf_loading_free(loading);
	/* But module_layout is checked first, and alone. */
	m.versions[0].crc = 0x12;
	assert_refused(loader, &m, REBTF_CAUSE_VERSION,
		       "disagrees about version of symbol module_layout");
	rebtf_loader_free(loader);
}

static void extended_versions_count_since_6_14(void **state)
{
	static const char newer[] = "lib/modules/6.14.0-test/";
	_cleanup_scratch_ char *root = new_kernel();
	struct rebtf_loader *loader = loader_of(root);
	struct rebtf_loader_options options = { .size = sizeof(options),
						.kernel = "6.14.0-test",
						.root = root };
	const struct test_module own = {
		.modinfo = "name=sample|intree=Y|vermagic=6.14.0-test" FLAGS,
		.versions = { LAYOUT },
	};
	const struct test_module m = {
		.modinfo = INFO(""),
		.versions = { LAYOUT, { "any", 0x22 } },
		.extended = { LAYOUT, { "any", 0x99 } },
		.imports = { "any" },
	};
	char name[64];

	(void)state;
	assert_loads(loader, &m);
	rebtf_loader_free(loader);
	snprintf(name, sizeof(name), "%skernel/sample.ko", newer);
	test_module_write(&own, scratch_path(root, name));
	snprintf(name, sizeof(name), "%ssymvers", newer);
	write_text(root, name, symvers);
	assert_ok(rebtf_loader_open(&options, &loader));
	assert_refused(loader, &m, REBTF_CAUSE_VERSION, "disagrees about version of symbol any");
	rebtf_loader_free(loader);
}

/* Debian's kernels refuse such a module, but others do not. Here the kind of kernel is unknown. */
static void a_symbol_without_a_version_is_refused_by_some(void **state)
{
	_cleanup_scratch_ char *root = new_kernel();
	struct rebtf_loader *loader = loader_of(root);
	const struct test_module m = {
		.modinfo = INFO(""),
		.versions = { LAYOUT },
		.imports = { "any" },
	};

	(void)state;
	assert_judged(loader, &m, REBTF_LOADING_UNKNOWN, REBTF_CAUSE_VERSION,
		      "no symbol version for any");
	rebtf_loader_free(loader);
	write_text(root, "boot/vmlinuz-" RELEASE,
		   "Linux version " RELEASE " (debian-kernel@lists.debian.org) (gcc)\n");
	loader = loader_of(root);
	assert_refused(loader, &m, REBTF_CAUSE_VERSION, "no symbol version for any");
	rebtf_loader_free(loader);
	write_text(root, "boot/vmlinuz-" RELEASE,
		   "Linux version " RELEASE " (builder@host) (gcc)\n");
	loader = loader_of(root);
	assert_loads(loader, &m);
	rebtf_loader_free(loader);
}

static void a_module_without_versions_needs_a_kernel_that_loads_by_force(void **state)
{
	static const char without[] = "name=own|license=GPL|vermagic=" VERMAGIC;
	_cleanup_scratch_ char *root = new_kernel();
	_cleanup_scratch_ char *strict = kernel_with("CONFIG_MODVERSIONS=y\n");
	_cleanup_scratch_ char *silent = kernel_with(NULL);
	struct rebtf_loader *loader = loader_of(root);
	struct test_module m = { .modinfo = without,
				 .has_no_versions = true,
				 .imports = { "any" } };

	(void)state;
	assert_loads(loader, &m);
	/* Then the release counts. */
	m.modinfo = INFO("");
	assert_refused(loader, &m, REBTF_CAUSE_VERMAGIC, "should be '" VERMAGIC "'");
	rebtf_loader_free(loader);
	m.modinfo = without;
	loader = loader_of(strict);
	assert_refused(loader, &m, REBTF_CAUSE_VERSION, "the module has no symbol versions");
	rebtf_loader_free(loader);
	loader = loader_of(silent);
	assert_judged(loader, &m, REBTF_LOADING_UNKNOWN, REBTF_CAUSE_VERSION, "is not known");
	rebtf_loader_free(loader);
}

static void the_words_of_the_version_magic_count(void **state)
{
	_cleanup_scratch_ char *root = new_kernel();
	struct rebtf_loader *loader = loader_of(root);
	struct test_module m = { .versions = { LAYOUT } };
	static const char *const wrong[] = {
		"vermagic=" RELEASE " SMP preempt_rt mod_unload modversions ",
		"vermagic=" RELEASE " SMP preempt mod_unload ",
		"vermagic=" RELEASE " SMP preempt mod_unload modversions",
		"vermagic=" RELEASE,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		m.modinfo = wrong[i];
		assert_refused(loader, &m, REBTF_CAUSE_VERMAGIC, "version magic '");
	}
	/* A missing version magic is accepted where modules may be loaded by force. */
	m.modinfo = "name=own";
	assert_loads(loader, &m);
	rebtf_loader_free(loader);
}

/* A kernel without CONFIG_MODVERSIONS has no CRCs to compare. */
static void without_modversions_the_release_counts(void **state)
{
	_cleanup_scratch_ char *root = scratch_new();
	const struct test_module own = {
		.modinfo = "name=sample|intree=Y|vermagic=" RELEASE " SMP mod_unload ",
		.has_no_versions = true,
	};
	struct rebtf_loader *loader;
	struct test_module m = {
		.modinfo = "vermagic=" RELEASE " SMP mod_unload ",
		.versions = { { "module_layout", 0x99 }, { "any", 0x99 } },
		.imports = { "any" },
	};

	(void)state;
	test_module_write(&own, scratch_path(root, "lib/modules/" RELEASE "/kernel/sample.ko"));
	write_text(root, "lib/modules/" RELEASE "/symvers", symvers);
	loader = loader_of(root);
	assert_loads(loader, &m);
	m.modinfo = "vermagic=6.12.10-test SMP mod_unload ";
	assert_refused(loader, &m, REBTF_CAUSE_VERMAGIC, "6.12.10-test");
	rebtf_loader_free(loader);
}

static void what_is_no_module_for_that_kernel_is_refused(void **state)
{
	_cleanup_scratch_ char *root = new_kernel();
	struct rebtf_loader *loader = loader_of(root);
	struct test_module m = { .modinfo = INFO(""),
				 .versions = { LAYOUT },
				 .machine = EM_AARCH64 };

	(void)state;
	assert_refused(loader, &m, REBTF_CAUSE_FILE, "for another architecture");
	m.machine = 0;
	m.encoding = ELFDATA2MSB;
	assert_refused(loader, &m, REBTF_CAUSE_FILE, "for another architecture");
	m.encoding = 0;
	m.type = ET_DYN;
	assert_refused(loader, &m, REBTF_CAUSE_FILE, "not a relocatable object");
	m.type = 0;
	m.struct_size = SIZE_MAX;
	assert_refused(loader, &m, REBTF_CAUSE_FILE, "no section .gnu.linkonce.this_module");
	m.struct_size = 0;
	m.is_stripped = true;
	assert_refused(loader, &m, REBTF_CAUSE_FILE, "no symbols");
	m.is_stripped = false;
	m.struct_size = 832;
	assert_refused(loader, &m, REBTF_CAUSE_STRUCT, "has 832 bytes");
	m.struct_size = 0;
	m.modinfo = INFO("|livepatch=Y");
	assert_refused(loader, &m, REBTF_CAUSE_LIVEPATCH, "takes none");
	rebtf_loader_free(loader);
}

static void a_kernel_can_require_a_signature(void **state)
{
	_cleanup_scratch_ char *root =
		kernel_with("CONFIG_MODULE_SIG=y\nCONFIG_MODULE_SIG_FORCE=y\n");
	_cleanup_scratch_ char *locked =
		kernel_with("CONFIG_MODULE_SIG=y\nCONFIG_SECURITY_LOCKDOWN_LSM=y\n");
	_cleanup_scratch_ char *directory = scratch_new();
	const char *path = scratch_path(directory, "own.ko");
	struct rebtf_loader *loader = loader_of(root);
	const struct test_module m = { .modinfo = INFO(""), .versions = { LAYOUT } };
	struct rebtf_loading *loading;
	struct rebtf_module *module;

	(void)state;
	assert_int_equal(rebtf_loader_signature(loader), REBTF_SIGNATURE_REQUIRED);
	assert_refused(loader, &m, REBTF_CAUSE_SIGNATURE, "unsigned");
	/* The keys that it trusts are unknown. */
	test_module_write(&m, path);
	assert_ok(rebtf_module_open(path, NULL, &module));
	assert_ok(rebtf_loader_judge(loader, module, REBTF_SIGNATURE_MADE, &loading));
	assert_int_equal(rebtf_loading_verdict(loading), REBTF_LOADING_UNKNOWN);
	assert_true(rebtf_loading_signed(loading));
	rebtf_loading_free(loading);
	assert_fails(rebtf_loader_judge(loader, module, (enum rebtf_signature_change)9, &loading),
		     REBTF_ERR_ARGUMENT, "unknown change of a signature 9 (maximum 2)");
	rebtf_module_free(module);
	rebtf_loader_free(loader);
	loader = loader_of(locked);
	assert_int_equal(rebtf_loader_signature(loader), REBTF_SIGNATURE_LOCKDOWN);
	assert_loads(loader, &m);
	rebtf_loader_free(loader);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_module_whose_symbols_all_match_loads),
		cmocka_unit_test(another_crc_is_another_version),
		cmocka_unit_test(extended_versions_count_since_6_14),
		cmocka_unit_test(a_symbol_without_a_version_is_refused_by_some),
		cmocka_unit_test(a_module_without_versions_needs_a_kernel_that_loads_by_force),
		cmocka_unit_test(the_words_of_the_version_magic_count),
		cmocka_unit_test(without_modversions_the_release_counts),
		cmocka_unit_test(what_is_no_module_for_that_kernel_is_refused),
		cmocka_unit_test(a_kernel_can_require_a_signature),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
