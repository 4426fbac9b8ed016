/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Makes modules that are built outside of a kernel's tree survive updates of the kernel. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/external_module.h"
#include "cli/guards.h"
#include "cli/tool.h"

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

bool external_module_stays_split(const char *tool, const char *path, struct rebtf_error **err)
{
	char *text;

	if (!*err || rebtf_error_code(*err) != REBTF_ERR_MISMATCH)
		return false;
	text = rebtf_error_text_without_file(*err);
	fprintf(stderr, "%s: ", tool);
	tool_print_text(path);
	fprintf(stderr,
		": warning: its BTF is not distilled, because this kernel could not relocate it: %s\n",
		text ?: "out of memory");
	free(text);
	rebtf_error_free(*err);
	*err = NULL;
	return true;
}

/* Sets *@can to whether the module, once distilled, can be relocated to its own kernel. Says why not. */
static struct rebtf_error *external_module_can_relocate(const char *path, struct rebtf_btf *base,
							bool *can)
{
	GUARD(transform) struct rebtf_transform *transform = NULL;
	GUARD(module) struct rebtf_module *module = NULL;
	struct rebtf_error *err;

	REBTF_OPTIONS(rebtf_transform_options, options, .base = base, .old_base = base);

	TRY(rebtf_module_open(path, NULL, &module));
	err = rebtf_module_check(module, &options, &transform);
	*can = !external_module_stays_split("pahole", path, &err);
	return err;
}

/* Applies one transform to the module and writes it. */
static struct rebtf_error *
external_module_apply(const char *path, struct rebtf_btf *base, bool save,
		      struct rebtf_error *(*make)(const struct rebtf_module *,
						  const struct rebtf_transform_options *,
						  struct rebtf_transform **))
{
	GUARD(transform) struct rebtf_transform *transform = NULL;
	GUARD(module) struct rebtf_module *module = NULL;

	REBTF_OPTIONS(rebtf_transform_options, options, .base = base, .expects = true);
	REBTF_OPTIONS(rebtf_module_output, output, .save_original = save);

	TRY(rebtf_module_open(path, NULL, &module));
	TRY(make(module, &options, &transform));
	if (!rebtf_transform_btf(transform))
		return NULL;
	rebtf_transform_output(transform, &output);
	return rebtf_module_write(module, path, &output);
}

struct rebtf_error *external_module_distill(const char *path, struct rebtf_btf *base)
{
	bool can_relocate;

	TRY(external_module_can_relocate(path, base, &can_relocate));
	if (!can_relocate)
		return NULL;
	TRY(external_module_apply(path, base, false, rebtf_module_distill));
	if (external_module_ability(base) == KERNEL_RELOCATES)
		return NULL;
	return external_module_apply(path, base, true, rebtf_module_relocate);
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
