/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Tests of the checks of a kernel's loader, one by one, before a small kernel below a root of the
 * test's own.
 */
#include "module/test_elf.h"
#include "util/testing.h"

#define RELEASE	   "6.12.9-test"
#define FLAGS	   " SMP preempt mod_unload modversions "
#define VERMAGIC   RELEASE FLAGS
#define INFO(more) "name=own_x|license=GPL|vermagic=6.12.0-other" FLAGS more

#define LAYOUT                                                                                     \
	{                                                                                          \
		"module_layout", 0x11                                                              \
	}

/* What the kernel exports; of "helper", which is one of its modules, what that exports. */
static const char symvers[] = "0x00000011\tmodule_layout\tvmlinux\tEXPORT_SYMBOL\t\n"
			      "0x00000022\tany\tvmlinux\tEXPORT_SYMBOL\t\n"
			      "0x00000033\tgpl\tvmlinux\tEXPORT_SYMBOL_GPL\t\n"
			      "0x00000044\tspaced\tvmlinux\tEXPORT_SYMBOL_GPL\tNS\n"
			      "0x00000055\tfor_own\tvmlinux\tEXPORT_SYMBOL\tmodule:other,own-*\n"
			      "0x00000066\thelp\tlib/helper\tEXPORT_SYMBOL\t\n";

static const struct test_module helper = {
	.modinfo = "name=helper|license=GPL|intree=Y|vermagic=" VERMAGIC,
	.versions = { LAYOUT },
	.exports = { { "help", 0x66, false, NULL } },
};

static void write_text(const char *root, const char *name, const char *text)
{
	const char *path = scratch_path(root, name);

	assert_ok(rebtf_make_parents(path));
	write_bytes(path, text, strlen(text));
}

static char *kernel_with(const char *config)
{
	char *root = scratch_new();

	test_module_write(&helper,
			  scratch_path(root, "lib/modules/" RELEASE "/kernel/lib/helper.ko"));
	write_text(root, "lib/modules/" RELEASE "/symvers", symvers);
	if (config)
		write_text(root, "boot/config-" RELEASE, config);
	return root;
}

static char *new_kernel(void)
{
	return kernel_with("CONFIG_MODVERSIONS=y\nCONFIG_MODULE_FORCE_LOAD=y\n");
}

static struct rebtf_loader *loader_of(const char *root)
{
	const struct rebtf_loader_options options = {
		.size = sizeof(options),
		.kernel = RELEASE,
		.root = root,
	};
	struct rebtf_loader *loader;

	assert_ok(rebtf_loader_open(&options, &loader));
	return loader;
}

static struct rebtf_loading *judge(struct rebtf_loader *loader, const struct test_module *m)
{
	_cleanup_scratch_ char *directory = scratch_new();
	const char *path = scratch_path(directory, "own.ko");
	struct rebtf_loading *loading;
	struct rebtf_module *module;

	test_module_write(m, path);
	assert_ok(rebtf_module_open(path, &module));
	assert_ok(rebtf_loader_judge(loader, module, REBTF_SIGNATURE_STAYS, &loading));
	rebtf_module_free(module);
	return loading;
}

/* Judges @m, which has to have @verdict for just the reason @text; NULL: for none. */
static void assert_judged(struct rebtf_loader *loader, const struct test_module *m,
			  enum rebtf_loading_verdict verdict, enum rebtf_loading_cause cause,
			  const char *text)
{
	struct rebtf_loading *loading = judge(loader, m);

	for (size_t i = 0; i < rebtf_loading_reason_count(loading); i++) {
		if (!text || !strstr(rebtf_loading_reason_text(loading, i), text) ||
		    rebtf_loading_reason_cause(loading, i) != cause)
			fail_msg("unexpected reason (%s): %s",
				 rebtf_loading_cause_name(rebtf_loading_reason_cause(loading, i)),
				 rebtf_loading_reason_text(loading, i));
	}
	assert_int_equal(rebtf_loading_reason_count(loading), text != NULL);
	assert_int_equal(rebtf_loading_verdict(loading), verdict);
	rebtf_loading_free(loading);
}

static void assert_loads(struct rebtf_loader *loader, const struct test_module *m)
{
	assert_judged(loader, m, REBTF_LOADING_YES, 0, NULL);
}

static void assert_refused(struct rebtf_loader *loader, const struct test_module *m,
			   enum rebtf_loading_cause cause, const char *text)
{
	assert_judged(loader, m, REBTF_LOADING_NO, cause, text);
}

/* ---------------------------------------------------------------------------------------- tests */

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
	/* All symbols at fault are named, as the kernel names them. */
	assert_int_equal(rebtf_loading_verdict(loading), REBTF_LOADING_NO);
	assert_int_equal(rebtf_loading_reason_count(loading), 2);
	assert_string_equal(rebtf_loading_reason_text(loading, 0),
			    "disagrees about version of symbol any");
	assert_string_equal(rebtf_loading_reason_symbol(loading, 1), "gpl");
	rebtf_loading_free(loading);
	/* But module_layout is looked at first, and alone. */
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

/* Debian's kernels refuse such a module, and others do not; nothing here says which this is. */
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
	/* None at all is as good as the right one, where modules may be loaded by force. */
	m.modinfo = "name=own";
	assert_loads(loader, &m);
	rebtf_loader_free(loader);
}

/* A kernel without CONFIG_MODVERSIONS has no CRCs to go by. */
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
 * Who uses a proprietary module counts as one, and then it is too late for symbols that it took
 * before.
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
	/* One that is for modules of certain names needs no import. */
	m.imports[0] = "for_own";
	m.versions[1] = (struct test_version){ .name = "for_own", .crc = 0x55 };
	assert_loads(loader, &m);
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

static void the_modules_that_are_offered_come_before_installed_ones(void **state)
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
	assert_fails(rebtf_loader_offer(loader, &path, 1), REBTF_ERR_ARGUMENT, "was judged before");
	rebtf_loader_free(loader);
	other.exports[0].crc = 0x77;
	test_module_write(&other, path);
	loader = loader_of(root);
	assert_ok(rebtf_loader_offer(loader, &path, 1));
	assert_loads(loader, &m);
	rebtf_loader_free(loader);
	/* One that the kernel refuses offers nothing. */
	other.versions[0].crc = 0x12;
	test_module_write(&other, path);
	loader = loader_of(root);
	assert_ok(rebtf_loader_offer(loader, &path, 1));
	assert_refused(loader, &m, REBTF_CAUSE_DEPENDENCY,
		       "needs module helper, which the kernel refuses");
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
	/* Another one shows the version magic. */
	assert_int_equal(rename(scratch_path(root, "lib/modules/" RELEASE "/kernel/lib/helper.ko"),
				scratch_path(root,
					     "lib/modules/" RELEASE "/kernel/lib/renamed.ko")),
			 0);
	loader = loader_of(root);
	assert_refused(loader, &m, REBTF_CAUSE_DEPENDENCY,
		       "needs module helper, which is not there");
	rebtf_loader_free(loader);
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
	/* Which keys it trusts is not to be known. */
	test_module_write(&m, path);
	assert_ok(rebtf_module_open(path, &module));
	assert_ok(rebtf_loader_judge(loader, module, REBTF_SIGNATURE_MADE, &loading));
	assert_int_equal(rebtf_loading_verdict(loading), REBTF_LOADING_UNKNOWN);
	assert_true(rebtf_loading_signed(loading));
	rebtf_loading_free(loading);
	rebtf_module_free(module);
	rebtf_loader_free(loader);
	loader = loader_of(locked);
	assert_int_equal(rebtf_loader_signature(loader), REBTF_SIGNATURE_LOCKDOWN);
	assert_loads(loader, &m);
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
	assert_ok(rebtf_module_open(path, &module));
	assert_ok(rebtf_loader_judge(loader, module, REBTF_SIGNATURE_STAYS, &loading));
	assert_int_equal(rebtf_loading_reason_count(loading), COUNT);
	assert_string_equal(rebtf_loading_reason_symbol(loading, REBTF_REASONS_MAX - 1), "none_63");
	rebtf_loading_free(loading);
	rebtf_module_free(module);
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
		cmocka_unit_test(a_symbol_that_nothing_exports_is_unknown),
		cmocka_unit_test(only_gpl_compatible_modules_get_gpl_symbols),
		cmocka_unit_test(symbols_of_a_proprietary_module_make_proprietary),
		cmocka_unit_test(a_namespace_has_to_be_imported),
		cmocka_unit_test(the_modules_that_are_offered_come_before_installed_ones),
		cmocka_unit_test(a_module_that_is_not_there_offers_nothing),
		cmocka_unit_test(modules_that_depend_on_each_other_do_not_hang),
		cmocka_unit_test(a_kernel_refuses_exports_of_its_own),
		cmocka_unit_test(what_is_no_module_for_that_kernel_is_refused),
		cmocka_unit_test(a_kernel_can_require_a_signature),
		cmocka_unit_test(reasons_are_kept_up_to_a_limit_and_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
