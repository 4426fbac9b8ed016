/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Fuzz target: everything that decides whether a kernel loads a module. A module, a Module.symvers,
 * a kernel's image and its configuration are any bytes. The target judges the module against the
 * kernel of the other three.
 */
#include "module/loader.h"
#include "module/symvers.h"
#include "modules.h"
#include "mutate.h"

#define RELEASE "6.14.0-fuzz"

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	mutate_start(seed);
	return mutate_files(data, size, max_size, 4);
}

/*
 * All strings are valid, and looking up each symbol's name finds it or an earlier symbol of that
 * name.
 */
static void look_at_exports(const struct exports *exports)
{
	for (size_t i = 0; i < exports->entries.count; i++) {
		struct export symbol = exports_at(exports, i), found;

		if (!exports_find(exports, symbol.name, &found) || found.name != symbol.name)
			fail("a symbol is not found again");
		if (strlen(symbol.namespace) > 1 << 20 || strlen(symbol.owner) > 1 << 20)
			fail("a symbol with too long a string");
	}
}

static void look_at_linkage(const struct input *module)
{
	struct linkage linkage = {};

	if (!ok(linkage_read_file(module->data, module->size, &linkage)))
		return;
	look_at_exports(&linkage.exports);
	look_at_exports(&linkage.versions);
	look_at_exports(&linkage.extended_versions);
	for (size_t i = 0; i < linkage.import_count; i++) {
		if (strlen(linkage.imports[i].name) > module->size * 4 + (1 << 20))
			fail("an import with too long a name");
	}
	linkage_release(&linkage);
}

static void look_at_loading(const struct rebtf_loading *loading)
{
	size_t count = rebtf_loading_reason_count(loading);

	if (!count != (rebtf_loading_verdict(loading) == REBTF_LOADING_YES))
		fail("a verdict without a reason, or a reason without a verdict");
	for (size_t i = 0; i < count && i < REBTF_REASONS_MAX; i++) {
		const char *symbol = rebtf_loading_reason_symbol(loading, i);

		if (strlen(rebtf_loading_reason_text(loading, i)) > 4096 ||
		    (symbol && strlen(symbol) > 4096))
			fail("a reason that has no end");
	}
}

/* Builds the kernel from the input. Missing parts stay unknown. */
static struct rebtf_loader *make_loader(const struct input *symvers, const struct input *image,
					const struct input *config)
{
	const struct rebtf_loader_options options = {
		.size = sizeof(options),
		.kernel = RELEASE,
		.root = "/proc/self/fd/none",
	};
	struct symbol_source *source;
	struct rebtf_loader *loader;

	must(rebtf_loader_open(&options, &loader));
	ok(kconfig_read(config->data, config->size, &loader->config));
	must(kernel_image_read_mem(image->data, image->size, &loader->image));
	look_at_exports(&loader->image.exports);
	loader->image_from = strdup("image");
	loader->has_image = true;
	source = &loader->sources[REBTF_SOURCE_BUILD];
	if (ok(symvers_read(symvers->data, symvers->size, &source->exports)))
		source->path = strdup("symvers");
	look_at_exports(&source->exports);
	source->is_read = true;
	source = &loader->sources[REBTF_SOURCE_IMAGE];
	if (loader->image.exports.entries.count) {
		source->exports = loader->image.exports;
		loader->image.exports = (struct exports){};
		source->path = strdup("image");
	}
	source->is_read = true;
	if (loader->image.vermagic)
		loader->vermagic = strdup(loader->image.vermagic);
	return loader;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data, size }, file = next_file(&input);
	struct input symvers = next_file(&input), image = next_file(&input);
	struct input config = next_file(&input);
	struct rebtf_loader *loader;
	struct rebtf_loading *loading;
	struct rebtf_module *module;

	look_at_linkage(&file);
	loader = make_loader(&symvers, &image, &config);
	if (ok(rebtf_module_open(file_of(file.data, file.size), NULL, &module))) {
		if (ok(rebtf_loader_judge(loader, module, REBTF_SIGNATURE_STAYS, &loading))) {
			look_at_loading(loading);
			rebtf_loading_free(loading);
		}
		rebtf_module_free(module);
	}
	rebtf_loader_free(loader);
	return 0;
}
