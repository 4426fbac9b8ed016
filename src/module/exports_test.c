/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Tests of tables of symbols, and of the files that they are read from: Module.symvers, .config. */
#include "module/codec.h"
#include "module/exports.h"
#include "module/kconfig.h"
#include "module/symvers.h"
#include "util/testing.h"

static void many_symbols_are_all_found_again(void **state)
{
	_cleanup_exports_ struct exports exports = {};
	struct export found;
	char name[32];

	(void)state;
	assert_false(exports_find(&exports, "x", &found));
	for (uint32_t i = 0; i < 10000; i++) {
		snprintf(name, sizeof(name), "symbol_%u", i);
		assert_ok(exports_add(&exports, &(struct export){ .name = name,
								  .namespace = i % 3 ? "" : "NS",
								  .owner = i % 2 ? "module" : "",
								  .crc = i,
								  .has_crc = true }));
	}
	assert_int_equal(exports.entries.count, 10000);
	for (uint32_t i = 0; i < 10000; i++) {
		snprintf(name, sizeof(name), "symbol_%u", i);
		assert_true(exports_find(&exports, name, &found));
		assert_int_equal(found.crc, i);
		assert_string_equal(found.namespace, i % 3 ? "" : "NS");
		assert_string_equal(found.owner, i % 2 ? "module" : "");
	}
	assert_false(exports_find(&exports, "symbol_", &found));
}

static void of_symbols_with_one_name_the_first_counts(void **state)
{
	_cleanup_exports_ struct exports exports = {};
	struct export found;

	(void)state;
	assert_ok(exports_add(&exports,
			      &(struct export){ .name = "x", .crc = 1, .has_crc = true }));
	assert_ok(exports_add(&exports,
			      &(struct export){ .name = "x", .crc = 1, .has_crc = true }));
	assert_true(exports_find(&exports, "x", &found));
	assert_false(found.is_contested);
	assert_ok(exports_add(&exports,
			      &(struct export){ .name = "x", .crc = 2, .has_crc = true }));
	assert_true(exports_find(&exports, "x", &found));
	assert_true(found.is_contested);
	assert_int_equal(found.crc, 1);
	assert_int_equal(exports.entries.count, 1);
}

/* Importers do not show the license of a symbol, but its export does. */
static void a_license_is_taken_from_the_entry_that_has_it(void **state)
{
	static const enum export_license unknown = EXPORT_LICENSE_UNKNOWN, licenses[][3] = {
		{ unknown, EXPORT_LICENSE_GPL, EXPORT_LICENSE_GPL },
		{ EXPORT_LICENSE_ANY, unknown, EXPORT_LICENSE_ANY },
		{ EXPORT_LICENSE_ANY, EXPORT_LICENSE_GPL, EXPORT_LICENSE_ANY },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(licenses) / sizeof(*licenses); i++) {
		_cleanup_exports_ struct exports exports = {};
		struct export found;

		for (size_t entry = 0; entry < 2; entry++)
			assert_ok(exports_add(&exports,
					      &(struct export){ .name = "x",
								.license = licenses[i][entry] }));
		assert_true(exports_find(&exports, "x", &found));
		assert_int_equal(found.license, licenses[i][2]);
	}
}

/* A symbol is in a namespace that all of its importers import. */
static void importers_narrow_down_a_namespace(void **state)
{
	static const struct {
		const char *first, *second, *left;
		bool is_any;
	} cases[] = {
		{ "A", "A", "A", true },	 { "A,B", "B,C", "B", true },
		{ "A,B,C", "C,A", "A,C", true }, { "A,B", "AB", "", false },
		{ "AB", "A", "", false },	 { "A", "", "", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		_cleanup_exports_ struct exports exports = {};
		struct export found;

		assert_ok(exports_add(&exports, &(struct export){ .name = "x",
								  .namespace = cases[i].first,
								  .is_any_namespace = true }));
		assert_ok(exports_add(&exports,
				      &(struct export){ .name = "x",
							.namespace = cases[i].second,
							.is_any_namespace = *cases[i].second }));
		assert_true(exports_find(&exports, "x", &found));
		assert_string_equal(found.namespace, cases[i].left);
		assert_int_equal(found.is_any_namespace, cases[i].is_any);
	}
}

/* -------------------------------------------------------------------------------------- symvers */

static struct rebtf_error *read_symvers(const char *text, struct exports *exports)
{
	return symvers_read((const uint8_t *)text, strlen(text), exports);
}

static void each_line_of_symvers_is_a_symbol(void **state)
{
	_cleanup_exports_ struct exports exports = {};
	struct export found;

	(void)state;
	assert_ok(read_symvers("0x4c9d28b0\tphys_base\tvmlinux\tEXPORT_SYMBOL\t\n"
			       "0x039823DE\tinit_uts_ns\tvmlinux\tEXPORT_SYMBOL_GPL\tNS\n"
			       "0x00000001\tfour\tdrivers/a/b-c\tEXPORT_SYMBOL\n"
			       "0x00000002\told\tNS\tvmlinux\tEXPORT_SYMBOL_GPL\n"
			       "0x00000003\tlast\t/out/of/tree.ko\tEXPORT_SYMBOL\t",
			       &exports));
	assert_int_equal(exports.entries.count, 5);
	assert_true(exports_find(&exports, "phys_base", &found));
	assert_int_equal(found.crc, 0x4c9d28b0);
	assert_int_equal(found.license, EXPORT_LICENSE_ANY);
	assert_string_equal(found.owner, "");
	assert_string_equal(found.namespace, "");
	assert_true(exports_find(&exports, "init_uts_ns", &found));
	assert_int_equal(found.crc, 0x039823de);
	assert_int_equal(found.license, EXPORT_LICENSE_GPL);
	assert_string_equal(found.namespace, "NS");
	assert_true(exports_find(&exports, "four", &found));
	assert_string_equal(found.owner, "b_c");
	assert_true(exports_find(&exports, "old", &found));
	assert_string_equal(found.owner, "");
	assert_string_equal(found.namespace, "NS");
	assert_true(exports_find(&exports, "last", &found));
	assert_string_equal(found.owner, "tree");
}

static void lines_of_symvers_may_end_as_on_windows(void **state)
{
	_cleanup_exports_ struct exports exports = {};
	struct export symbol;

	(void)state;
	assert_ok(read_symvers("0x4c9d28b0\tphys_base\tvmlinux\tEXPORT_SYMBOL\r\n"
			       "0x12345678\tother\tvmlinux\tEXPORT_SYMBOL_GPL\r\n",
			       &exports));
	assert_true(exports_find(&exports, "other", &symbol));
	assert_int_equal(symbol.license, EXPORT_LICENSE_GPL);
}

static void symvers_can_be_compressed(void **state)
{
	static char text[] = "0x00000007\tx\tvmlinux\tEXPORT_SYMBOL\t\n";
	static const enum codec codecs[] = { CODEC_GZIP, CODEC_XZ, CODEC_ZSTD };

	(void)state;
	for (size_t i = 0; i < sizeof(codecs) / sizeof(*codecs); i++) {
		const struct iovec piece = { text, strlen(text) };
		_cleanup_exports_ struct exports exports = {};
		_cleanup_free_ uint8_t *packed = NULL;
		struct export found;
		size_t size;

		assert_ok(codec_compress(codecs[i], &piece, 1, &packed, &size));
		assert_ok(symvers_read(packed, size, &exports));
		assert_true(exports_find(&exports, "x", &found));
		assert_int_equal(found.crc, 7);
	}
}

static void a_line_that_is_no_symbol_is_an_error_with_its_number(void **state)
{
	static const char good[] = "0x1\tx\tvmlinux\tEXPORT_SYMBOL\t\n";
	static const char *const bad[] = {
		"\n",
		"text\n",
		"0x1\tx\tvmlinux\n",
		"0x1\t\tvmlinux\tEXPORT_SYMBOL\n",
		"1\tx\tvmlinux\tEXPORT_SYMBOL\n",
		"0x\tx\tvmlinux\tEXPORT_SYMBOL\n",
		"0x100000000\tx\tvmlinux\tEXPORT_SYMBOL\n",
		"0x1g\tx\tvmlinux\tEXPORT_SYMBOL\n",
		"0x1\tx\tvmlinux\tIMPORT_SYMBOL\t\n",
		"0x1\tx\tvmlinux\tEXPORT_SYMBOL\tNS\tmore\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		_cleanup_exports_ struct exports exports = {};
		char text[256];

		snprintf(text, sizeof(text), "%s%s", good, bad[i]);
		assert_fails(read_symvers(text, &exports), REBTF_ERR_FORMAT, "line 2: ");
	}
}

static void a_line_of_symvers_has_a_limit(void **state)
{
	_cleanup_exports_ struct exports exports = {};
	static char text[1 << 20];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	assert_fails(read_symvers(text, &exports), REBTF_ERR_FORMAT, "line 1: ");
}

/* --------------------------------------------------------------------------------------- config */

static void options_that_have_no_line_are_off(void **state)
{
	static const char text[] = "# Linux/x86 6.1.0 Kernel Configuration\n"
				   "CONFIG_MODVERSIONS=y\n"
				   "# CONFIG_MODULE_SIG_FORCE is not set\n"
				   "CONFIG_MODULE_SIG_HASH=\"sha256\"\n"
				   "CONFIG_MODULE_ALLOW_BTF_MISMATCH=y";
	struct kconfig config = {};

	(void)state;
	assert_ok(kconfig_read((const uint8_t *)text, strlen(text), &config));
	assert_true(config.is_known);
	for (int i = 0; i < KCONFIG_OPTIONS; i++)
		assert_int_equal(config.is_set[i], i == KCONFIG_MODVERSIONS ||
							   i == KCONFIG_MODULE_ALLOW_BTF_MISMATCH);
}

static void a_file_without_options_is_no_configuration(void **state)
{
	struct kconfig config = {};

	(void)state;
	assert_fails(kconfig_read((const uint8_t *)"The file is elsewhere\n", 22, &config),
		     REBTF_ERR_FORMAT, "not a kernel configuration (no line starts with CONFIG_)");
	assert_false(config.is_known);
}

static void the_copy_in_an_image_is_found(void **state)
{
	static char text[] = "CONFIG_MODULE_FORCE_LOAD=y\n";
	const struct iovec piece = { text, strlen(text) };
	_cleanup_free_ uint8_t *packed = NULL;
	struct kconfig config = {};
	uint8_t image[512] = {};
	size_t size;

	(void)state;
	assert_ok(codec_compress(CODEC_GZIP, &piece, 1, &packed, &size));
	/* First a string of that name that is not a copy. */
	memcpy(image + 8, "IKCFG_ST", 8);
	memcpy(image + 100, "IKCFG_ST", 8);
	memcpy(image + 108, packed, size);
	memcpy(image + 108 + size, "IKCFG_ED", 8);
	assert_ok(kconfig_find(image, 100, &config));
	assert_false(config.is_known);
	assert_ok(kconfig_find(image, sizeof(image), &config));
	assert_true(config.is_known && config.is_set[KCONFIG_MODULE_FORCE_LOAD]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many_symbols_are_all_found_again),
		cmocka_unit_test(of_symbols_with_one_name_the_first_counts),
		cmocka_unit_test(a_license_is_taken_from_the_entry_that_has_it),
		cmocka_unit_test(importers_narrow_down_a_namespace),
		cmocka_unit_test(each_line_of_symvers_is_a_symbol),
		cmocka_unit_test(lines_of_symvers_may_end_as_on_windows),
		cmocka_unit_test(symvers_can_be_compressed),
		cmocka_unit_test(a_line_that_is_no_symbol_is_an_error_with_its_number),
		cmocka_unit_test(a_line_of_symvers_has_a_limit),
		cmocka_unit_test(options_that_have_no_line_are_off),
		cmocka_unit_test(a_file_without_options_is_no_configuration),
		cmocka_unit_test(the_copy_in_an_image_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
