/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Makes modules that are built outside of a kernel's tree survive updates of the kernel. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/errors.h"
#include "cli/external_module.h"
#include "cli/guards.h"
#include "cli/text.h"

enum kernel_ability {
	KERNEL_UNKNOWN,
	KERNEL_RELOCATES,
	KERNEL_DOES_NOT,
};

/* Kbuild exports the release of the kernel that the module is for. */
static enum kernel_ability external_module_ability(const struct rebtf_btf *base)
{
	const char *release = getenv("KERNELRELEASE");
	unsigned int major, minor;

	if (!release || !*release)
		release = rebtf_kernel_release(base);
	if (!release || sscanf(release, "%u.%u", &major, &minor) != 2)
		return KERNEL_UNKNOWN;
	return major > 6 || (major == 6 && minor >= 11) ? KERNEL_RELOCATES : KERNEL_DOES_NOT;
}

bool external_module_is_built(const struct rebtf_btf *base)
{
	const char *directory = getenv("KBUILD_EXTMOD"), *wanted = getenv("REBTF_DISTILL");

	return directory && *directory && (!wanted || strcmp(wanted, "no") != 0) &&
	       external_module_ability(base) != KERNEL_UNKNOWN;
}

static void external_module_warn(const char *tool, const char *path, const struct rebtf_error *err)
{
	GUARD(memory) char *reason = rebtf_error_text_without_file(err);
	struct text line = {};

	text_addf(&line, "%s: ", tool);
	text_add_name(&line, path);
	text_addf(
		&line,
		": warning: its BTF is not distilled, because this kernel could not relocate it: %s\n",
		reason ?: "out of memory");
	errors_print_text(&line);
}

struct rebtf_error *external_module_can_relocate(const char *tool, const char *path,
						 const struct rebtf_btf *distilled,
						 struct rebtf_btf *base, bool *can)
{
	struct rebtf_error *err = rebtf_relocate(distilled, base, NULL, NULL);

	*can = !err;
	if (!err || rebtf_error_code(err) != REBTF_ERR_MISMATCH)
		return err;
	external_module_warn(tool, path, err);
	rebtf_error_free(err);
	return NULL;
}

/* Sets *@distilled to whether the module is distilled now. */
static struct rebtf_error *external_module_replace(const char *path, struct rebtf_btf *base,
						   bool *distilled)
{
	GUARD(transform) struct rebtf_transform *transform = NULL;
	GUARD(module) struct rebtf_module *module = NULL;
	struct rebtf_btf *btf;

	REBTF_OPTIONS(rebtf_transform_options, options, .base = base, .expects = true);
	REBTF_OPTIONS(rebtf_module_output, output);

	TRY(rebtf_module_open(path, NULL, &module));
	TRY(rebtf_module_distill(module, &options, &transform));
	btf = rebtf_transform_btf(transform);
	*distilled = false;
	if (!btf)
		return NULL;
	TRY(external_module_can_relocate("pahole", path, btf, base, distilled));
	if (!*distilled)
		return NULL;
	rebtf_transform_output(transform, &output);
	return rebtf_module_write(module, path, &output);
}

/* Relocates the distilled module to its own kernel, and saves the distilled BTF beside it. */
static struct rebtf_error *external_module_relocate(const char *path, struct rebtf_btf *base)
{
	GUARD(transform) struct rebtf_transform *transform = NULL;
	GUARD(module) struct rebtf_module *module = NULL;

	REBTF_OPTIONS(rebtf_transform_options, options, .base = base);
	REBTF_OPTIONS(rebtf_module_output, output, .save_original = true);

	TRY(rebtf_module_open(path, NULL, &module));
	TRY(rebtf_module_relocate(module, &options, &transform));
	rebtf_transform_output(transform, &output);
	return rebtf_module_write(module, path, &output);
}

struct rebtf_error *external_module_distill(const char *path, struct rebtf_btf *base)
{
	bool distilled;

	TRY(external_module_replace(path, base, &distilled));
	if (!distilled || external_module_ability(base) == KERNEL_RELOCATES)
		return NULL;
	return external_module_relocate(path, base);
}

bool external_module_is_standalone(void)
{
	const char *base = getenv("REBTF_BTF_BASE");

	return base && !*base;
}

struct rebtf_error *external_module_note(const char *path, struct rebtf_btf *btf,
					 struct rebtf_btf *base)
{
	GUARD(module) struct rebtf_module *module = NULL;

	REBTF_OPTIONS(rebtf_module_output, output, .btf = btf, .made_over = base);

	TRY(rebtf_module_open(path, NULL, &module));
	return rebtf_module_write(module, path, &output);
}
