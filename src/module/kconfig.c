/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Reads a kernel's configuration: lines "CONFIG_NAME=y" and "# CONFIG_NAME is not set". The copy in
 * an image is a gzip stream between "IKCFG_ST" and "IKCFG_ED" (the kernel's kernel/configs.c).
 */
#include <string.h>

#include "module/codec.h"
#include "module/kconfig.h"
#include "util/cleanup.h"

/* Real configurations have a few hundred kilobytes. */
#define CONFIG_SIZE_MAX ((size_t)16 << 20)

/* "IKCFG_ST" rarely occurs by chance. The kernel's own scripts contain it as text. */
#define COPIES_MAX 16

#define PREFIX "CONFIG_"

static const struct {
	const char *name;
	enum kconfig_option option;
} option_names[] = {
	{ "MODULE_ALLOW_BTF_MISMATCH", KCONFIG_MODULE_ALLOW_BTF_MISMATCH },
	{ "DEBUG_INFO_BTF_MODULES", KCONFIG_DEBUG_INFO_BTF_MODULES },
	{ "MODULE_ALLOW_MISSING_NAMESPACE_IMPORTS",
	  KCONFIG_MODULE_ALLOW_MISSING_NAMESPACE_IMPORTS },
	{ "MODULE_FORCE_LOAD", KCONFIG_MODULE_FORCE_LOAD },
	{ "MODULE_SIG", KCONFIG_MODULE_SIG },
	{ "MODULE_SIG_FORCE", KCONFIG_MODULE_SIG_FORCE },
	{ "SECURITY_LOCKDOWN_LSM", KCONFIG_SECURITY_LOCKDOWN_LSM },
	{ "LIVEPATCH", KCONFIG_LIVEPATCH },
	{ "SMP", KCONFIG_SMP },
	/* Until Linux 5.15, PREEMPT had the role of today's PREEMPT_BUILD. */
	{ "PREEMPT_BUILD", KCONFIG_PREEMPT_BUILD },
	{ "PREEMPT", KCONFIG_PREEMPT_BUILD },
	{ "PREEMPT_RT", KCONFIG_PREEMPT_RT },
	{ "MODULE_UNLOAD", KCONFIG_MODULE_UNLOAD },
	{ "MODVERSIONS", KCONFIG_MODVERSIONS },
	{ "RANDSTRUCT", KCONFIG_RANDSTRUCT },
	{ "GCC_PLUGIN_RANDSTRUCT", KCONFIG_RANDSTRUCT },
	{ "X86_64", KCONFIG_X86_64 },
	{ "ARM64", KCONFIG_ARM64 },
};

/*
 * Records an option that the @length bytes at @line enable. True if they are a line of a
 * configuration.
 */
static bool read_line(const char *line, size_t length, struct kconfig *config)
{
	static const char unset[] = "# " PREFIX;

	if (length >= strlen(unset) && !memcmp(line, unset, strlen(unset)))
		return true;
	if (length < strlen(PREFIX) || memcmp(line, PREFIX, strlen(PREFIX)))
		return false;
	line += strlen(PREFIX);
	length -= strlen(PREFIX);
	for (size_t i = 0; i < sizeof(option_names) / sizeof(*option_names); i++) {
		size_t name = strlen(option_names[i].name);

		if (length == name + 2 && !memcmp(line, option_names[i].name, name) &&
		    !memcmp(line + name, "=y", 2))
			config->is_set[option_names[i].option] = true;
	}
	return true;
}

static struct rebtf_error *kconfig_read_lines(const char *text, size_t size, struct kconfig *config)
{
	struct kconfig found = {};

	while (size) {
		const char *end = memchr(text, '\n', size);
		size_t length = end ? (size_t)(end - text) : size;

		found.is_known |= read_line(text, length, &found);
		text += length + (end != NULL);
		size -= length + (end != NULL);
	}
	if (!found.is_known)
		return error_new(REBTF_ERR_FORMAT,
				 "not a kernel configuration (no line starts with " PREFIX ")");
	*config = found;
	return NULL;
}

struct rebtf_error *kconfig_read(const uint8_t *data, size_t size, struct kconfig *config)
{
	enum codec codec = codec_detect(data, size);
	_cleanup_free_ uint8_t *unpacked = NULL;

	if (codec == CODEC_NONE)
		return kconfig_read_lines((const char *)data, size, config);
	TRY(codec_decompress(codec, data, size, CONFIG_SIZE_MAX, &unpacked, &size, NULL));
	return kconfig_read_lines((const char *)unpacked, size, config);
}

struct rebtf_error *kconfig_find(const uint8_t *image, size_t size, struct kconfig *config)
{
	static const char start[] = "IKCFG_ST";

	for (int i = 0; i < COPIES_MAX && !config->is_known; i++) {
		const uint8_t *at = memmem(image, size, start, strlen(start));

		if (!at)
			return NULL;
		at += strlen(start);
		size -= (size_t)(at - image);
		image = at;
		if (codec_detect(image, size) == CODEC_GZIP)
			TRY(error_nomem_only(kconfig_read(image, size, config)));
	}
	return NULL;
}
