/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Finds out why a loaded module has no BTF in the kernel. The kernel keeps no record of it, so the
 * file that modprobe would load now answers: would the kernel accept its BTF?
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "module/built_for.h"
#include "module/kernel.h"
#include "module/loaded.h"
#include "module/modinfo.h"
#include "util/text.h"

/* Kernels relocate distilled BTF since this version. */
#define RELOCATING_MAJOR 6
#define RELOCATING_MINOR 11

/* Stores the message of @err, and frees it. */
static struct rebtf_error *loaded_explain(struct rebtf_loaded *loaded,
					  struct rebtf_loaded_module *module,
					  enum rebtf_loaded_state state, struct rebtf_error *err)
{
	char *message;

	if (err->code == REBTF_ERR_NOMEM)
		return err;
	message = strdup(err->message);
	rebtf_error_free(err);
	module->state = state;
	return loaded_own(loaded, message, &module->detail);
}

/* ------------------------------------------------------------------------- the kernel's message */

/*
 * Linux 6.1 has a message for each module, 6.12 one for all if it loads modules whose BTF does not
 * fit (CONFIG_MODULE_ALLOW_BTF_MISMATCH).
 */
static struct rebtf_error *loaded_find_log(struct rebtf_loaded *loaded,
					   struct rebtf_loaded_module *module)
{
	static const char once[] = "Kernel module BTF mismatch detected";
	const char *log = (const char *)loaded->log.data, *at;
	_cleanup_free_ char *start = text_join("failed to validate module [", module->name,
					       "] BTF");

	if (!start)
		return error_nomem();
	at = memmem(log, loaded->log.size, start, strlen(start));
	if (!at && module->state >= REBTF_LOADED_OTHER_BASE && module->state < REBTF_LOADED_EARLIER)
		at = memmem(log, loaded->log.size, once, strlen(once));
	if (!at)
		return NULL;
	return loaded_own(loaded, strndup(at, strcspn(at, "\n")), &module->log);
}

/* ------------------------------------------------------------------------------------- the file */

static struct rebtf_error *loaded_find_file(struct rebtf_loaded *loaded,
					    struct rebtf_loaded_module *module)
{
	struct provider *provider;

	TRY(loader_provider(loaded->loader, module->name, strlen(module->name), &provider));
	if (!provider)
		return NULL;
	return loaded_own(loaded, text_join(loaded->root, provider->path), &module->file);
}

/* Build ids and source versions have some ten bytes. */
#define LOADED_ID_SIZE 1024

/* Whether the file of the running system has other contents than @bytes. A missing file has not. */
static bool loaded_differs(const struct rebtf_loaded *loaded, const char *path, struct bytes bytes)
{
	_cleanup_close_ int fd = loaded_open_file(loaded, path);
	uint8_t shown[LOADED_ID_SIZE];
	ssize_t n = fd < 0 || bytes.size >= sizeof(shown) ? -1 : read(fd, shown, bytes.size + 1);

	/* Files with text end in a newline. */
	if (n == (ssize_t)bytes.size + 1 && shown[n - 1] == '\n')
		n--;
	return n >= 0 && ((size_t)n != bytes.size || memcmp(shown, bytes.data, bytes.size));
}

/* Compares build id and source version, as far as the file and the kernel have them. */
static struct rebtf_error *loaded_find_replaced(const struct rebtf_loaded *loaded, const char *name,
						const struct rebtf_module *module, bool *replaced)
{
	static const char *const names[] = { ".note.gnu.build-id", ".modinfo" };
	const struct bytes image = { module->image.data, module->image.size };
	struct elf_section found[2] = {};
	struct rebtf_error *err;
	struct modinfo info;
	const char *version;
	struct elf_file file;
	char path[NAME_MAX + 64];

	*replaced = false;
	if (module->container != REBTF_CONTAINER_ELF)
		return NULL;
	/* It has been opened before. */
	TRY(elf_file_open_mem(image.data, image.size, &file));
	err = error_nomem_only(elf_find_sections(&file, names, found, 2));
	elf_file_close(&file);
	TRY(err);
	snprintf(path, sizeof(path), "/sys/module/%s/notes/.note.gnu.build-id", name);
	if (found[0].index)
		*replaced = loaded_differs(loaded, path,
					   bytes_clip(image, found[0].offset, found[0].size));
	info = (struct modinfo){ (const char *)image.data + found[1].offset, found[1].size };
	version = found[1].index ? modinfo_value(&info, "srcversion") : NULL;
	snprintf(path, sizeof(path), "/sys/module/%s/srcversion", name);
	if (version && !*replaced)
		*replaced =
			loaded_differs(loaded, path,
				       (struct bytes){ (const uint8_t *)version, strlen(version) });
	return NULL;
}

/* -------------------------------------------------------------------------------------- its BTF */

/* Whether the module fits the kernel that is installed, which may be newer than the running one. */
static struct rebtf_error *loaded_fits_installed(struct rebtf_loaded *loaded,
						 const struct rebtf_module *module, bool *fits)
{
	REBTF_OPTIONS(rebtf_kernel_options, options, .installed = true,
		      .root = *loaded->root ? loaded->root : NULL, .cache_dir = loaded->cache_dir);
	_cleanup_unref_ struct rebtf_btf *btf = NULL;

	if (!loaded->has_sought_installed)
		TRY(error_nomem_only(rebtf_kernel_open(loaded->release, &options,
						       &loaded->installed)));
	loaded->has_sought_installed = true;
	if (loaded->installed)
		TRY(error_nomem_only(rebtf_module_btf(module, loaded->installed, &btf)));
	*fits = btf;
	return NULL;
}

/* Judges BTF that makes sense over the kernel, with the rules that the kernel has for modules. */
static struct rebtf_error *loaded_judge_rules(struct rebtf_loaded *loaded,
					      const struct rebtf_module *module,
					      struct rebtf_loaded_module *result)
{
	REBTF_OPTIONS(rebtf_verify_options, options, .kernel = loaded->release, .kernel_btf = true,
		      .limit = 1);
	struct rebtf_violations *violations = NULL;
	struct rebtf_error *err;
	const void *data;
	size_t size;

	data = rebtf_module_section(module, REBTF_SECTION_BTF, &size);
	err = rebtf_verify(data, size, NULL, loaded->btf, &options, &violations);
	result->state = REBTF_LOADED_EARLIER;
	if (err)
		return error_nomem_only(err); /* a kernel without known rules */
	if (rebtf_violations_count(violations)) {
		result->state = REBTF_LOADED_REFUSED;
		err = loaded_own(loaded,
				 strdup(rebtf_error_message(rebtf_violations_at(violations, 0))),
				 &result->detail);
	}
	rebtf_violations_free(violations);
	return err;
}

static struct rebtf_error *loaded_judge_split(struct rebtf_loaded *loaded,
					      const struct rebtf_module *module,
					      struct rebtf_loaded_module *result)
{
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	struct rebtf_error *err = rebtf_module_btf(module, loaded->btf, &btf);
	bool fits;

	if (!err && result->built_for && strcmp(result->built_for, loaded->release))
		err = error_new(REBTF_ERR_WRONG_BASE, "built for %s", result->built_for);
	if (!err)
		return loaded_judge_rules(loaded, module, result);
	TRY(loaded_explain(loaded, result, REBTF_LOADED_OTHER_BASE, err));
	TRY(loaded_fits_installed(loaded, module, &fits));
	if (fits)
		result->state = REBTF_LOADED_OTHER_BUILD;
	return NULL;
}

static struct rebtf_error *loaded_judge_distilled(struct rebtf_loaded *loaded,
						  const struct rebtf_module *module,
						  struct rebtf_loaded_module *result)
{
	REBTF_OPTIONS(rebtf_transform_options, how, .base = loaded->btf);
	struct rebtf_transform *made = NULL;
	struct rebtf_error *err;

	if (!loader_is_since(loaded->loader, RELOCATING_MAJOR, RELOCATING_MINOR, true)) {
		result->state = REBTF_LOADED_DISTILLED;
		return NULL;
	}
	err = rebtf_module_check(module, &how, &made);
	rebtf_transform_free(made);
	if (err)
		return loaded_explain(loaded, result, REBTF_LOADED_MISFIT, err);
	result->state = REBTF_LOADED_EARLIER;
	return NULL;
}

static struct rebtf_error *loaded_judge_btf(struct rebtf_loaded *loaded,
					    const struct rebtf_module *module,
					    struct rebtf_loaded_module *result)
{
	struct rebtf_error *err;
	enum rebtf_form form;

	if (!rebtf_module_has_btf(module)) {
		result->state = REBTF_LOADED_FILE_WITHOUT_BTF;
		return NULL;
	}
	if (!loaded->btf) {
		result->state = REBTF_LOADED_KERNEL_WITHOUT_BTF;
		return NULL;
	}
	err = rebtf_module_form(module, loaded->btf, &form);
	if (err && err->code == REBTF_ERR_AMBIGUOUS) {
		/* The kernel reads .BTF without .BTF.base as split. */
		rebtf_error_free(err);
		err = NULL;
		form = REBTF_FORM_SPLIT;
	}
	if (err)
		return loaded_explain(loaded, result, REBTF_LOADED_REFUSED, err);
	if (form == REBTF_FORM_DISTILLED)
		return loaded_judge_distilled(loaded, module, result);
	if (form == REBTF_FORM_SPLIT)
		return loaded_judge_split(loaded, module, result);
	return loaded_judge_rules(loaded, module, result);
}

/* ------------------------------------------------------------------------------------ the whole */

static struct rebtf_error *loaded_judge_file(struct rebtf_loaded *loaded,
					     struct rebtf_loaded_module *result)
{
	struct rebtf_module *module = NULL;
	struct rebtf_error *err = rebtf_module_open(result->file, NULL, &module);
	char release[RELEASE_SIZE] = "";

	if (err)
		return loaded_explain(loaded, result, REBTF_LOADED_UNREADABLE, err);
	err = error_nomem_only(module_built_for(module, release));
	if (!err && *release)
		err = loaded_own(loaded, strdup(release), &result->built_for);
	if (!err)
		err = loaded_find_replaced(loaded, result->name, module, &result->is_replaced);
	if (!err)
		err = loaded_judge_btf(loaded, module, result);
	rebtf_module_free(module);
	return err;
}

static struct rebtf_error *loaded_find_state(struct rebtf_loaded *loaded,
					     struct rebtf_loaded_module *module)
{
	const struct kconfig *config = &loaded->loader->config;

	TRY(loaded_find_file(loaded, module));
	if (config->is_known && !config->is_set[KCONFIG_DEBUG_INFO_BTF_MODULES] && loaded->btf) {
		module->state = REBTF_LOADED_NOT_SUPPORTED;
		return NULL;
	}
	if (!module->file) {
		module->state = REBTF_LOADED_WITHOUT_FILE;
		return NULL;
	}
	return loaded_judge_file(loaded, module);
}

struct rebtf_error *loaded_judge(struct rebtf_loaded *loaded, struct rebtf_loaded_module *module)
{
	TRY(loaded_find_state(loaded, module));
	module->file_fits = module->state == REBTF_LOADED_EARLIER;
	return loaded_find_log(loaded, module);
}

/* Reads the BTF as the kernel does: as split BTF over its own. */
static struct rebtf_error *loaded_open_shown(const struct rebtf_loaded *loaded, const char *name,
					     struct rebtf_btf **btf)
{
	REBTF_OPTIONS(rebtf_module_options, options, .reading = REBTF_READING_SPLIT);
	struct rebtf_module *module;
	_cleanup_free_ char *path = text_join(loaded->root, "/sys/kernel/btf/", name);
	struct rebtf_error *err;

	if (!path)
		return error_nomem();
	TRY(rebtf_module_open(path, &options, &module));
	err = rebtf_module_btf(module, loaded->btf, btf);
	rebtf_module_free(module);
	return err;
}

struct rebtf_error *loaded_judge_shown(struct rebtf_loaded *loaded,
				       struct rebtf_loaded_module *module)
{
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	struct rebtf_error *err, *nomem;

	if (!loaded->btf)
		return NULL;
	err = loaded_open_shown(loaded, module->name, &btf);
	/* Another user may not read it. */
	if (!err || err->code != REBTF_ERR_WRONG_BASE)
		return error_nomem_only(err);
	nomem = loaded_judge(loaded, module);
	if (!nomem)
		return loaded_explain(loaded, module, REBTF_LOADED_FOREIGN, err);
	rebtf_error_free(err);
	return nomem;
}
