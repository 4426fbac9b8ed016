/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Finds the kernel that a module was built for in the module's version magic. The kernel's build
 * writes it into .modinfo: a release, a space, and the options that change the layout of data.
 */
#include <string.h>

#include "module/built_for.h"
#include "module/elf_file.h"
#include "module/modinfo.h"

void modinfo_release(const uint8_t *data, size_t size, char release[RELEASE_SIZE])
{
	const struct modinfo info = { (const char *)data, size };
	const char *vermagic = modinfo_value(&info, "vermagic");

	release[0] = '\0';
	if (vermagic)
		release_from_text((struct bytes){ (const uint8_t *)vermagic, strlen(vermagic) },
				  release);
}

struct rebtf_error *module_built_for(const struct rebtf_module *module, char release[RELEASE_SIZE])
{
	static const char *const name = ".modinfo";
	struct elf_section section = {};
	struct rebtf_error *err;
	struct elf_file file;

	release[0] = '\0';
	if (module->container != REBTF_CONTAINER_ELF)
		return NULL;
	TRY(elf_file_open_mem(module->image.data, module->image.size, &file));
	err = elf_find_sections(&file, &name, &section, 1);
	elf_file_close(&file);
	if (err || !section.index)
		return err;
	modinfo_release(module->image.data + section.offset, section.size, release);
	return NULL;
}

struct rebtf_error *rebtf_module_check_release(const struct rebtf_module *module,
					       const struct rebtf_btf *base)
{
	const char *base_release = rebtf_kernel_release(base);
	char release[RELEASE_SIZE];

	/* Relocation changes the base, but not the version magic. The note is more reliable. */
	if (!base_release || module->has_note)
		return NULL;
	TRY(error_nomem_only(module_built_for(module, release)));
	if (!release[0] || !strcmp(release, base_release))
		return NULL;
	return error_at(error_new(REBTF_ERR_WRONG_BASE,
				  "built for the kernel %s, but the base is the kernel %s", release,
				  base_release),
			module->path, ".modinfo");
}
