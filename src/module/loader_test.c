/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Tests of where a loader finds facts about a kernel. */
#include "module/codec.h"
#include "module/loader.h"
#include "module/places.h"
#include "module/test_elf.h"
#include "module/tree.h"
#include "util/testing.h"

#define RELEASE		  "6.12.9-test"
#define VERMAGIC	  RELEASE " SMP preempt mod_unload modversions "
#define SYMBOL(crc, name) "0x" crc "\t" name "\tvmlinux\tEXPORT_SYMBOL\t\n"
#define LAYOUT                                                                                     \
	{                                                                                          \
		"module_layout", 0x11                                                              \
	}

static const struct test_module own = {
	.modinfo = "name=sample|license=GPL|intree=Y|vermagic=" VERMAGIC,
	.versions = { LAYOUT, { "any", 0x22 } },
	.exports = { { "help", 0x66, false, NULL } },
};

/* Writes a file below @root. */
static void write_text(const char *root, const char *name, const char *text)
{
	const char *path = scratch_path(root, name);

	assert_ok(tree_make_parents(path));
	write_bytes(path, text, strlen(text));
}

static void install(const char *root)
{
	test_module_write(&own, scratch_path(root, "lib/modules/" RELEASE "/kernel/sample.ko"));
}

static struct rebtf_loader *open_loader(const char *kernel, const char *root, const char *option)
{
	const struct rebtf_loader_options options = {
		.size = sizeof(options),
		.kernel = kernel,
		.root = root,
		.symvers = option,
	};
	struct rebtf_loader *loader;

	assert_ok(rebtf_loader_open(&options, &loader));
	return loader;
}

/* Judges a module that imports "any", built against the CRC @crc. */
static struct rebtf_loading *judge(struct rebtf_loader *loader, uint32_t crc)
{
	_cleanup_scratch_ char *directory = scratch_new();
	const char *path = scratch_path(directory, "own.ko");
	const struct test_module m = {
		.modinfo = "name=own|license=GPL|vermagic=" VERMAGIC,
		.versions = { LAYOUT, { "any", crc } },
		.imports = { "any" },
	};
	struct rebtf_loading *loading;
	struct rebtf_module *module;

	test_module_write(&m, path);
	assert_ok(rebtf_module_open(path, NULL, &module));
	assert_ok(rebtf_loader_judge(loader, module, REBTF_SIGNATURE_STAYS, &loading));
	rebtf_module_free(module);
	return loading;
}

/* Checks that @source gives "any" the CRC @crc, and that the module built against it loads. */
static void assert_found(struct rebtf_loader *loader, uint32_t crc, enum rebtf_symbol_source source)
{
	struct rebtf_loading *loading = judge(loader, crc);

	if (rebtf_loading_verdict(loading) != REBTF_LOADING_YES)
		fail_msg("%s", rebtf_loading_reason_text(loading, 0));
	assert_int_equal(rebtf_loading_found_in(loading, source), 1);
	rebtf_loading_free(loading);
	loading = judge(loader, crc + 1);
	assert_int_equal(rebtf_loading_verdict(loading), REBTF_LOADING_NO);
	rebtf_loading_free(loading);
	rebtf_loader_free(loader);
}

static void assert_unknown(struct rebtf_loader *loader, const char *text)
{
	struct rebtf_loading *loading = judge(loader, 0x22);

	assert_int_equal(rebtf_loading_verdict(loading), REBTF_LOADING_UNKNOWN);
	assert_non_null(strstr(rebtf_loading_reason_text(loading, 0), text));
	rebtf_loading_free(loading);
	rebtf_loader_free(loader);
}

/* -------------------------------------------------------------------------------------- sources */

/* From the last source to the first: each added source overrides those before. */
static void sources_count_in_their_order(void **state)
{
	static const char *const places[] = {
		"usr/src/linux-headers-" RELEASE "/Module.symvers",
		"lib/modules/" RELEASE "/build/Module.symvers",
	};
	_cleanup_scratch_ char *root = scratch_new();

	(void)state;
	install(root);
	assert_found(open_loader(RELEASE, root, NULL), 0x22, REBTF_SOURCE_IMPORTS);
	write_text(root, "lib/modules/" RELEASE "/symvers",
		   SYMBOL("11", "module_layout") SYMBOL("33", "any"));
	assert_found(open_loader(RELEASE, root, NULL), 0x33, REBTF_SOURCE_MODULES);
	write_text(root, "boot/symvers-" RELEASE,
		   SYMBOL("11", "module_layout") SYMBOL("44", "any"));
	assert_found(open_loader(RELEASE, root, NULL), 0x44, REBTF_SOURCE_BOOT);
	for (size_t i = 0; i < 2; i++) {
		write_text(root, places[i], SYMBOL("11", "module_layout") SYMBOL("55", "any"));
		assert_found(open_loader(RELEASE, root, NULL), 0x55, REBTF_SOURCE_BUILD);
		assert_int_equal(remove(scratch_path(root, places[i])), 0);
	}
	write_text(root, "option", SYMBOL("11", "module_layout") SYMBOL("66", "any"));
	assert_found(open_loader(RELEASE, root, scratch_path(root, "option")), 0x66,
		     REBTF_SOURCE_OPTION);
}

/* A file that lacks a symbol is no evidence about it. */
static void each_symbol_is_looked_for_by_itself(void **state)
{
	_cleanup_scratch_ char *root = scratch_new();

	(void)state;
	install(root);
	write_text(root, "lib/modules/" RELEASE "/symvers",
		   SYMBOL("11", "module_layout") SYMBOL("33", "any"));
	write_text(root, "option", SYMBOL("11", "module_layout"));
	assert_found(open_loader(RELEASE, root, scratch_path(root, "option")), 0x33,
		     REBTF_SOURCE_MODULES);
}

static void symvers_of_distributions_are_compressed(void **state)
{
	static char text[] = SYMBOL("11", "module_layout") SYMBOL("33", "any");
	static const struct {
		const char *place;
		enum codec codec;
		enum rebtf_symbol_source source;
	} cases[] = {
		{ "boot/symvers-" RELEASE ".gz", CODEC_GZIP, REBTF_SOURCE_BOOT },
		{ "boot/symvers-" RELEASE ".xz", CODEC_XZ, REBTF_SOURCE_BOOT },
		{ "boot/symvers-" RELEASE ".zst", CODEC_ZSTD, REBTF_SOURCE_BOOT },
		{ "lib/modules/" RELEASE "/symvers.gz", CODEC_GZIP, REBTF_SOURCE_MODULES },
		{ "lib/modules/" RELEASE "/symvers.xz", CODEC_XZ, REBTF_SOURCE_MODULES },
		{ "lib/modules/" RELEASE "/symvers.zst", CODEC_ZSTD, REBTF_SOURCE_MODULES },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct iovec piece = { text, strlen(text) };
		_cleanup_scratch_ char *root = scratch_new();
		_cleanup_free_ uint8_t *packed = NULL;
		const char *path = scratch_path(root, cases[i].place);
		size_t size;

		install(root);
		assert_ok(codec_compress(cases[i].codec, &piece, 1, &packed, &size));
		assert_ok(tree_make_parents(path));
		write_bytes(path, packed, size);
		assert_found(open_loader(RELEASE, root, NULL), 0x33, cases[i].source);
	}
}

static void a_source_that_cannot_be_read_says_why(void **state)
{
	_cleanup_scratch_ char *root = scratch_new();
	struct rebtf_loader *loader;
	struct rebtf_loading *loading;

	(void)state;
	install(root);
	write_text(root, "boot/symvers-" RELEASE, "no symbols\n");
	loader = open_loader(RELEASE, root, NULL);
	loading = judge(loader, 0x22);
	assert_null(rebtf_loader_source_path(loader, REBTF_SOURCE_BOOT));
	assert_non_null(strstr(rebtf_loader_source_missing(loader, REBTF_SOURCE_BOOT), "line 1: "));
	assert_string_equal(rebtf_loader_source_missing(loader, REBTF_SOURCE_BUILD),
			    "no such file");
	assert_string_equal(rebtf_loader_source_missing(loader, REBTF_SOURCE_IMAGE),
			    "no image of the kernel");
	assert_non_null(strstr(rebtf_loader_source_path(loader, REBTF_SOURCE_IMPORTS),
			       "/lib/modules/"));
	rebtf_loading_free(loading);
	rebtf_loader_free(loader);
}

static void the_file_of_the_option_has_to_be_readable(void **state)
{
	_cleanup_scratch_ char *root = scratch_new();
	struct rebtf_loader_options options = {
		.size = sizeof(options),
		.kernel = RELEASE,
		.root = root,
		.symvers = scratch_path(root, "nowhere"),
	};
	struct rebtf_loader *loader;

	(void)state;
	assert_fails(rebtf_loader_open(&options, &loader), REBTF_ERR_IO, "No such file");
	write_text(root, "bad", "text\n");
	options.symvers = scratch_path(root, "bad");
	assert_fails(rebtf_loader_open(&options, &loader), REBTF_ERR_FORMAT, "bad: line 1: ");
	options.size = 4;
	assert_fails(rebtf_loader_open(&options, &loader), REBTF_ERR_ARGUMENT, "4 bytes");
}

/* Modules of another kernel were left behind, or were built by hand. */
static void only_its_own_modules_speak_for_a_kernel(void **state)
{
	_cleanup_scratch_ char *root = scratch_new();
	struct test_module other = own;
	struct rebtf_loader *loader;

	(void)state;
	install(root);
	other.modinfo =
		"name=a|license=GPL|intree=Y|vermagic=6.12.8-other SMP preempt mod_unload modversions ";
	other.versions[1].crc = 0x99;
	test_module_write(&other, scratch_path(root, "lib/modules/" RELEASE "/kernel/a.ko"));
	other.modinfo = "name=b|license=GPL|vermagic=" VERMAGIC;
	test_module_write(&other, scratch_path(root, "lib/modules/" RELEASE "/updates/b.ko"));
	loader = open_loader(RELEASE, root, NULL);
	assert_found(loader, 0x22, REBTF_SOURCE_IMPORTS);
	/* But two contradictory modules of its own leave it open. */
	other.modinfo = own.modinfo;
	test_module_write(&other, scratch_path(root, "lib/modules/" RELEASE "/kernel/c.ko"));
	assert_unknown(open_loader(RELEASE, root, NULL), "version of symbol any is not known");
}

/* ---------------------------------------------------------------------------------------- facts */

static void links_that_start_at_the_root_stay_below_it(void **state)
{
	_cleanup_scratch_ char *root = scratch_new();
	const char *link = scratch_path(root, "lib/modules/" RELEASE "/build");

	(void)state;
	install(root);
	write_text(root, "usr/src/kernel/Module.symvers",
		   SYMBOL("11", "module_layout") SYMBOL("77", "any"));
	assert_int_equal(symlink("/usr/src/kernel", link), 0);
	assert_found(open_loader(RELEASE, root, NULL), 0x77, REBTF_SOURCE_BUILD);
	/* Within this root, the link has a different target. */
	assert_int_equal(remove(link), 0);
	assert_int_equal(symlink(scratch_path(root, "usr/src/kernel"), link), 0);
	assert_found(open_loader(RELEASE, root, NULL), 0x22, REBTF_SOURCE_IMPORTS);
}

static void a_path_where_kernels_are_installed_says_root_and_release(void **state)
{
	static const char *const places[] = {
		"boot/vmlinuz-" RELEASE,
		"lib/modules/" RELEASE "/vmlinuz",
		"usr/src/linux-headers-" RELEASE "/vmlinux",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		_cleanup_scratch_ char *root = scratch_new();
		struct rebtf_loader *loader;

		install(root);
		write_text(root, places[i], "no kernel");
		loader = open_loader(scratch_path(root, places[i]), NULL, NULL);
		assert_string_equal(rebtf_loader_release(loader), RELEASE);
		assert_found(loader, 0x22, REBTF_SOURCE_IMPORTS);
	}
}

/* One place can be the end of another, and can contain the release of another. */
static void the_place_with_the_longest_fixed_text_counts(void **state)
{
	static const struct {
		const char *path, *root;
	} cases[] = {
		{ "/usr/lib/modules/" RELEASE "/vmlinuz", "" },
		{ "/usr/lib/modules/" RELEASE "/build/vmlinux", "" },
		{ "/usr/lib/debug/boot/vmlinux-" RELEASE, "" },
		{ "/usr/lib/debug/usr/lib/modules/" RELEASE "/vmlinux", "" },
		{ "/boot/vmlinux-" RELEASE ".xz", "" },
		{ "/boot/vmlinux-" RELEASE ".gz", "" },
		{ "/boot/vmlinuz-uki-" RELEASE ".efi", "" },
		{ "/srv/lib/modules/" RELEASE "/vmlinuz", "/srv" },
		{ "/srv/usr/lib/modules/" RELEASE "/vmlinuz", "/srv" },
		{ "/boot/boot/vmlinuz-" RELEASE, "/boot" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const char *path = cases[i].path;
		struct place_parts parts;

		assert_true(places_take_apart(path, &parts));
		if (parts.root_length != strlen(cases[i].root))
			fail_msg("%s: root '%.*s'", path, (int)parts.root_length, path);
		assert_memory_equal(path, cases[i].root, parts.root_length);
		if (parts.release_length != strlen(RELEASE))
			fail_msg("%s: release '%.*s'", path, (int)parts.release_length,
				 parts.release);
		assert_memory_equal(parts.release, RELEASE, parts.release_length);
	}
	assert_false(places_take_apart("/home/vmlinux", &(struct place_parts){}));
}

static void an_image_says_its_release_itself(void **state)
{
	_cleanup_scratch_ char *root = scratch_new();
	struct rebtf_loader *loader;

	(void)state;
	install(root);
	write_text(root, "copy", "Linux version " RELEASE " (builder@host) (gcc)\n");
	loader = open_loader(scratch_path(root, "copy"), root, NULL);
	assert_string_equal(rebtf_loader_release(loader), RELEASE);
	assert_found(loader, 0x22, REBTF_SOURCE_IMPORTS);
	write_text(root, "copy", "no kernel");
	assert_unknown(open_loader(scratch_path(root, "copy"), root, NULL),
		       "does not say which kernel it belongs to");
}

static void an_installed_image_of_another_kernel_decides_nothing(void **state)
{
	_cleanup_scratch_ char *root = scratch_new();
	struct rebtf_loader *loader;

	(void)state;
	write_text(root, "boot/vmlinuz-" RELEASE, "Linux version 6.5.0-other (a@b) (gcc)\n");
	loader = open_loader(RELEASE, root, NULL);
	assert_ok(loader_read_image(loader));
	assert_null(loader->image.release);
	assert_null(loader->image_from);
	assert_non_null(strstr(loader->no_image,
			       "boot/vmlinuz-" RELEASE " is the kernel 6.5.0-other"));
	rebtf_loader_free(loader);
	/* The search continues. */
	write_text(root, "lib/modules/" RELEASE "/vmlinuz",
		   "Linux version " RELEASE " (a@b) (gcc)\n");
	loader = open_loader(RELEASE, root, NULL);
	assert_ok(loader_read_image(loader));
	assert_string_equal(loader->image.release, RELEASE);
	rebtf_loader_free(loader);
}

static void where_no_module_is_at_hand_the_configuration_says_the_version_magic(void **state)
{
	static const char config[] = "CONFIG_X86_64=y\nCONFIG_SMP=y\nCONFIG_PREEMPT_BUILD=y\n"
				     "CONFIG_MODULE_UNLOAD=y\nCONFIG_MODVERSIONS=y\n";
	_cleanup_scratch_ char *root = scratch_new();
	struct rebtf_loader *loader;

	(void)state;
	write_text(root, "boot/symvers-" RELEASE,
		   SYMBOL("11", "module_layout") SYMBOL("22", "any"));
	assert_unknown(open_loader(RELEASE, root, NULL), "version magic is not known");
	write_text(root, "boot/config-" RELEASE, config);
	loader = open_loader(RELEASE, root, NULL);
	assert_found(loader, 0x22, REBTF_SOURCE_BOOT);
	loader = open_loader(RELEASE, root, NULL);
	assert_ok(loader_find_facts(loader));
	assert_string_equal(loader->vermagic, VERMAGIC);
	rebtf_loader_free(loader);
}

/* If the modules are available, the exporting module must be among them. */
static void where_no_modules_are_at_hand_a_file_speaks_for_them(void **state)
{
	static const char text[] =
		SYMBOL("11", "module_layout") "0x22\tany\tlib/helper\tEXPORT_SYMBOL\t\n";
	_cleanup_scratch_ char *root = scratch_new();
	struct rebtf_loader *loader;
	struct rebtf_loading *loading;

	(void)state;
	write_text(root, "boot/symvers-" RELEASE, text);
	write_text(root, "boot/config-" RELEASE,
		   "CONFIG_X86_64=y\nCONFIG_SMP=y\nCONFIG_PREEMPT_BUILD=y\nCONFIG_MODULE_UNLOAD=y\n"
		   "CONFIG_MODVERSIONS=y\n");
	assert_found(open_loader(RELEASE, root, NULL), 0x22, REBTF_SOURCE_BOOT);
	install(root);
	loader = open_loader(RELEASE, root, NULL);
	loading = judge(loader, 0x22);
	assert_int_equal(rebtf_loading_verdict(loading), REBTF_LOADING_NO);
	assert_string_equal(rebtf_loading_reason_text(loading, 0),
			    "needs module helper, which is not there");
	rebtf_loading_free(loading);
	rebtf_loader_free(loader);
}

static void the_configuration_says_what_becomes_of_btf_that_does_not_fit(void **state)
{
	static const struct {
		const char *place, *config;
		enum rebtf_btf_mismatch mismatch;
	} cases[] = {
		{ "boot/config-" RELEASE,
		  "CONFIG_DEBUG_INFO_BTF_MODULES=y\nCONFIG_MODULE_ALLOW_BTF_MISMATCH=y\n",
		  REBTF_BTF_MISMATCH_DROPPED },
		{ "lib/modules/" RELEASE "/config",
		  "CONFIG_DEBUG_INFO_BTF_MODULES=y\n# CONFIG_MODULE_ALLOW_BTF_MISMATCH is not set\n",
		  REBTF_BTF_MISMATCH_REFUSED },
		/* Before Linux 5.18 the option did not exist. */
		{ "lib/modules/" RELEASE "/build/.config", "CONFIG_DEBUG_INFO_BTF_MODULES=y\n",
		  REBTF_BTF_MISMATCH_REFUSED },
		{ "usr/src/linux-headers-" RELEASE "/.config", "CONFIG_MODULES=y\n",
		  REBTF_BTF_MISMATCH_DROPPED },
		{ "boot/elsewhere", "CONFIG_DEBUG_INFO_BTF_MODULES=y\n",
		  REBTF_BTF_MISMATCH_UNKNOWN },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		_cleanup_scratch_ char *root = scratch_new();
		struct rebtf_loader *loader;

		write_text(root, cases[i].place, cases[i].config);
		loader = open_loader(RELEASE, root, NULL);
		assert_int_equal(rebtf_loader_btf_mismatch(loader), cases[i].mismatch);
		assert_int_equal(!rebtf_loader_config_path(loader),
				 cases[i].mismatch == REBTF_BTF_MISMATCH_UNKNOWN);
		rebtf_loader_free(loader);
	}
}

static void names_of_values_that_do_not_exist_are_unknown(void **state)
{
	(void)state;
	assert_string_equal(rebtf_btf_mismatch_name((enum rebtf_btf_mismatch)99), "unknown");
	assert_string_equal(rebtf_signature_policy_name((enum rebtf_signature_policy)99),
			    "unknown");
	assert_string_equal(rebtf_symbol_source_name((enum rebtf_symbol_source)99), "unknown");
	assert_string_equal(rebtf_loading_verdict_name((enum rebtf_loading_verdict)99), "unknown");
	assert_string_equal(rebtf_loading_cause_name((enum rebtf_loading_cause)99), "unknown");
	assert_string_equal(rebtf_loading_cause_name(REBTF_CAUSE_LIVEPATCH), "livepatch");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sources_count_in_their_order),
		cmocka_unit_test(each_symbol_is_looked_for_by_itself),
		cmocka_unit_test(symvers_of_distributions_are_compressed),
		cmocka_unit_test(a_source_that_cannot_be_read_says_why),
		cmocka_unit_test(the_file_of_the_option_has_to_be_readable),
		cmocka_unit_test(only_its_own_modules_speak_for_a_kernel),
		cmocka_unit_test(links_that_start_at_the_root_stay_below_it),
		cmocka_unit_test(a_path_where_kernels_are_installed_says_root_and_release),
		cmocka_unit_test(the_place_with_the_longest_fixed_text_counts),
		cmocka_unit_test(an_image_says_its_release_itself),
		cmocka_unit_test(an_installed_image_of_another_kernel_decides_nothing),
		cmocka_unit_test(
			where_no_module_is_at_hand_the_configuration_says_the_version_magic),
		cmocka_unit_test(where_no_modules_are_at_hand_a_file_speaks_for_them),
		cmocka_unit_test(the_configuration_says_what_becomes_of_btf_that_does_not_fit),
		cmocka_unit_test(names_of_values_that_do_not_exist_are_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
