/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* A small kernel below the test's own root, and modules to judge. */
#ifndef REBTF_MODULE_JUDGE_FOR_TEST_H
#define REBTF_MODULE_JUDGE_FOR_TEST_H

#include "module/test_elf.h"
#include "module/tree.h"
#include "util/testing.h"

#define RELEASE	   "6.12.9-test"
#define FLAGS	   " SMP preempt mod_unload modversions "
#define VERMAGIC   RELEASE FLAGS
#define INFO(more) "name=own_x|license=GPL|vermagic=6.12.0-other" FLAGS more

#define LAYOUT                                                                                     \
	{                                                                                          \
		"module_layout", 0x11                                                              \
	}

/* The exports of the kernel, and of "helper", one of its modules. */
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

static inline void write_text(const char *root, const char *name, const char *text)
{
	const char *path = scratch_path(root, name);

	assert_ok(tree_make_parents(path));
	write_bytes(path, text, strlen(text));
}

static inline char *kernel_with(const char *config)
{
	char *root = scratch_new();

	test_module_write(&helper,
			  scratch_path(root, "lib/modules/" RELEASE "/kernel/lib/helper.ko"));
	write_text(root, "lib/modules/" RELEASE "/symvers", symvers);
	if (config)
		write_text(root, "boot/config-" RELEASE, config);
	return root;
}

static inline char *new_kernel(void)
{
	return kernel_with("CONFIG_MODVERSIONS=y\nCONFIG_MODULE_FORCE_LOAD=y\n");
}

/* @path: of a module that will be loaded as well; or NULL. */
static inline struct rebtf_loader *loader_with(const char *root, const char *path)
{
	const struct rebtf_loader_options options = {
		.size = sizeof(options),
		.kernel = RELEASE,
		.root = root,
		.modules = &path,
		.module_count = path ? 1 : 0,
	};
	struct rebtf_loader *loader;

	assert_ok(rebtf_loader_open(&options, &loader));
	return loader;
}

static inline struct rebtf_loader *loader_of(const char *root)
{
	return loader_with(root, NULL);
}

static inline struct rebtf_loading *judge(struct rebtf_loader *loader, const struct test_module *m)
{
	_cleanup_scratch_ char *directory = scratch_new();
	const char *path = scratch_path(directory, "own.ko");
	struct rebtf_loading *loading;
	struct rebtf_module *module;

	test_module_write(m, path);
	assert_ok(rebtf_module_open(path, NULL, &module));
	assert_ok(rebtf_loader_judge(loader, module, REBTF_SIGNATURE_STAYS, &loading));
	rebtf_module_free(module);
	return loading;
}

/* Judges @m. Expects @verdict with the single reason @text; NULL: without a reason. */
static inline void assert_judged(struct rebtf_loader *loader, const struct test_module *m,
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

static inline void assert_loads(struct rebtf_loader *loader, const struct test_module *m)
{
	assert_judged(loader, m, REBTF_LOADING_YES, 0, NULL);
}

static inline void assert_refused(struct rebtf_loader *loader, const struct test_module *m,
				  enum rebtf_loading_cause cause, const char *text)
{
	assert_judged(loader, m, REBTF_LOADING_NO, cause, text);
}

#endif
