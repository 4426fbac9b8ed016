/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Operations on loaders (no_memory.h): the facts about a kernel, and the verdict on a module. */
#include "allocations.h"
#include "module/loader.h"
#include "module/test_elf.h"
#include "no_memory.h"
#include "module/tree.h"

#define RELEASE "6.12.9-test"
/* Starts with a dot, because the harness compares all files except these. */
#define ROOT  ".root"
#define FLAGS " SMP preempt mod_unload modversions "

static const struct test_module helper = {
	.modinfo = "name=helper|license=GPL|intree=Y|import_ns=NS|vermagic=" RELEASE FLAGS,
	.versions = { { "module_layout", 0x11 }, { "any", 0x22 } },
	.exports = { { "help", 0x66, false, NULL }, { "more", 0x77, true, "NS" } },
};

static const struct test_module judged = {
	.modinfo = "name=own|license=GPL|depends=helper,other|vermagic=" RELEASE FLAGS,
	.versions = { { "module_layout", 0x11 },
		      { "any", 0x23 },
		      { "help", 0x66 },
		      { "more", 0x77 },
		      { "none", 1 } },
	.imports = { "any", "help", "more", "none", "?weak" },
};

static void put_text(const char *directory, const char *name, const char *text)
{
	const char *path = scratch_path(directory, name);

	assert_ok(tree_make_parents(path));
	write_bytes(path, text, strlen(text));
}

/* Writes BTF with an int, and a pointer for each further type. */
static void put_btf(const char *directory, const char *name, struct rebtf_btf *base, uint32_t types,
		    struct rebtf_btf **btf)
{
	struct rebtf_builder *b;

	assert_ok(rebtf_builder_new(base, &b));
	rebtf_builder_int(b, "int", 4, REBTF_INT_SIGNED, 32);
	for (uint32_t i = 1; i < types; i++)
		rebtf_builder_ref(b, REBTF_KIND_PTR, rebtf_builder_next_id(b) - 1);
	assert_ok(rebtf_builder_finish(b, btf));
	assert_ok(tree_make_parents(scratch_path(directory, name)));
	assert_ok(rebtf_btf_write_file(*btf, NULL, scratch_path(directory, name)));
}

/* The kernel shows BTF, and that of a module that was split from a larger kernel's. */
static void put_foreign(const char *directory)
{
	struct rebtf_btf *other, *module, *kernel;

	put_btf(directory, "other.btf", NULL, 8, &other);
	put_btf(directory, ROOT "/sys/kernel/btf/other", other, 4, &module);
	put_btf(directory, ROOT "/sys/kernel/btf/vmlinux", NULL, 2, &kernel);
	rebtf_btf_unref(module);
	rebtf_btf_unref(other);
	rebtf_btf_unref(kernel);
}

/* A kernel whose exports are known only from its modules. */
static void prepare_modules(struct things *t)
{
	t->root = strdup(scratch_path(t->directory, ROOT));
	t->release = RELEASE;
	t->path = strdup(scratch_path(t->directory, "own.ko"));
	test_module_write(&judged, t->path);
	test_module_write(&helper, scratch_path(t->directory,
						ROOT "/lib/modules/" RELEASE "/kernel/helper.ko"));
	put_text(t->directory, ROOT "/boot/config-" RELEASE, "CONFIG_MODVERSIONS=y\n");
	/* It runs, and has loaded two modules. */
	put_text(t->directory, ROOT "/proc/sys/kernel/osrelease", RELEASE "\n");
	put_text(t->directory, ROOT "/dev/kmsg", "failed to validate module [helper] BTF: -22\n");
	put_text(t->directory, ROOT "/sys/module/helper/initstate", "live\n");
	put_text(t->directory, ROOT "/sys/module/helper/srcversion", "0\n");
	put_text(t->directory, ROOT "/sys/module/other/initstate", "live\n");
	put_foreign(t->directory);
}

/* A kernel with a file of its exports, and with an index of its modules' symbols. */
static void prepare_symvers(struct things *t)
{
	prepare_modules(t);
	put_text(t->directory, ROOT "/boot/symvers-" RELEASE,
		 "0x11\tmodule_layout\tvmlinux\tEXPORT_SYMBOL\t\n"
		 "0x22\tany\tvmlinux\tEXPORT_SYMBOL\t\n"
		 "0x77\tmore\tlib/helper\tEXPORT_SYMBOL_GPL\tNS\n");
	put_text(t->directory, ROOT "/lib/modules/" RELEASE "/modules.symbols",
		 "alias symbol:help helper\nalias symbol:more helper\n");
	put_text(t->directory, ROOT "/boot/vmlinuz-" RELEASE,
		 "Linux version " RELEASE " (a@b) #1\n");
}

/* A loader that has read an image with an exported symbol. */
static struct rebtf_loader *open_with_image(const char *root)
{
	REBTF_OPTIONS(rebtf_loader_options, options, .kernel = RELEASE, .root = root);
	const struct export symbol = { .name = "any", .owner = "" };
	struct rebtf_loader *loader;

	assert_ok(rebtf_loader_open(&options, &loader));
	assert_ok(loader_find_facts(loader));
	assert_ok(loader_read_image(loader));
	assert_ok(exports_add(&loader->image.exports, &symbol));
	return loader;
}

/* Reads a source, also after a failure. Returns false if it takes fewer than @n allocations. */
static bool read_twice(const char *root, enum rebtf_symbol_source source, unsigned int n)
{
	struct rebtf_loader *loader = open_with_image(root);
	const struct exports *exports;
	struct rebtf_error *err;
	struct export found;
	bool is_reached;

	failing_start(n, n);
	err = loader_source(loader, source, &exports);
	is_reached = n <= failing_stop();
	if (err) {
		assert_ok(loader_source(loader, source, &exports));
		assert_non_null(exports);
		assert_true(exports_find(exports, "any", &found));
	}
	rebtf_loader_free(loader);
	return is_reached;
}

void a_source_of_symbols_can_be_read_after_a_failure(void **state)
{
	static const enum rebtf_symbol_source sources[] = { REBTF_SOURCE_BOOT, REBTF_SOURCE_IMAGE,
							    REBTF_SOURCE_IMPORTS };
	struct things t = {};

	(void)state;
	things_make(&t);
	t.directory = scratch_new();
	prepare_symvers(&t);
	for (size_t i = 0; i < sizeof(sources) / sizeof(*sources); i++) {
		unsigned int n = 1;

		while (read_twice(t.root, sources[i], n))
			n++;
		assert_in_range(n, 2, 1000);
	}
	things_release(&t);
}

const struct preparation loading_preparations[] = {
	{ "modules_are_judged_before_kernels_without_symvers", prepare_modules, false },
	{ "modules_are_judged_before_kernels_with_symvers", prepare_symvers, false },
	{},
};
