/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The options of a kernel's configuration that affect the loading of modules. They come from a
 * .config file, or from the copy that CONFIG_IKCONFIG puts into the image.
 */
#ifndef REBTF_MODULE_KCONFIG_H
#define REBTF_MODULE_KCONFIG_H

#include <stdbool.h>

#include "util/error.h"

enum kconfig_option {
	KCONFIG_MODULE_ALLOW_BTF_MISMATCH,
	KCONFIG_DEBUG_INFO_BTF_MODULES,
	KCONFIG_MODULE_ALLOW_MISSING_NAMESPACE_IMPORTS,
	KCONFIG_MODULE_FORCE_LOAD,
	KCONFIG_MODULE_SIG,
	KCONFIG_MODULE_SIG_FORCE,
	KCONFIG_SECURITY_LOCKDOWN_LSM,
	KCONFIG_LIVEPATCH,
	KCONFIG_SMP,
	KCONFIG_PREEMPT_BUILD,
	KCONFIG_PREEMPT_RT,
	KCONFIG_MODULE_UNLOAD,
	KCONFIG_MODVERSIONS,
	KCONFIG_RANDSTRUCT,
	KCONFIG_X86_64,
	KCONFIG_ARM64,
	KCONFIG_OPTIONS,
};

struct kconfig {
	bool is_known;
	bool is_set[KCONFIG_OPTIONS];
};

/*
 * Reads the @size bytes at @data, a .config file that may be compressed. An option without a line
 * is off, as in the kernel's build. Errors: FORMAT (not a kernel's configuration), UNSUPPORTED (too
 * large), NOMEM.
 */
struct rebtf_error *kconfig_read(const uint8_t *data, size_t size, struct kconfig *config);

/*
 * Looks for a copy in the @size bytes of an unpacked image. Without a copy, @config stays unknown.
 * Errors: NOMEM.
 */
struct rebtf_error *kconfig_find(const uint8_t *image, size_t size, struct kconfig *config);

#endif
