/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Reads the target of a program from the name of its section. */
#include <string.h>

#include "rebtf.h"

#include "core/attach.h"

/* No rule's section has a longer name. */
#define ATTACH_KIND_MAX 16

/*
 * Source: libbpf 1.7, section_defs; for return values, btf_ctx_access() in the kernel's
 * kernel/bpf/btf.c.
 */
static const struct attach_rule attach_rules[] = {
	{ "fentry", "", REBTF_KIND_FUNC, false, false },
	{ "fentry.s", "", REBTF_KIND_FUNC, false, false },
	{ "fexit", "", REBTF_KIND_FUNC, false, true },
	{ "fexit.s", "", REBTF_KIND_FUNC, false, true },
	{ "fsession", "", REBTF_KIND_FUNC, false, true },
	{ "fsession.s", "", REBTF_KIND_FUNC, false, true },
	{ "fmod_ret", "", REBTF_KIND_FUNC, false, true },
	{ "fmod_ret.s", "", REBTF_KIND_FUNC, false, true },
	{ "lsm", "bpf_lsm_", REBTF_KIND_FUNC, false, true },
	{ "lsm.s", "bpf_lsm_", REBTF_KIND_FUNC, false, true },
	{ "lsm_cgroup", "bpf_lsm_", REBTF_KIND_FUNC, false, true },
	{ "iter", "bpf_iter_", REBTF_KIND_FUNC, false, false },
	{ "iter.s", "bpf_iter_", REBTF_KIND_FUNC, false, false },
	{ "tp_btf", "btf_trace_", REBTF_KIND_TYPEDEF, false, false },
	{ "kprobe", "", REBTF_KIND_FUNC, true, false },
	{ "kretprobe", "", REBTF_KIND_FUNC, true, false },
};

const struct attach_rule *attach_rule_of(const char *section, const char **target)
{
	const char *slash = memchr(section, '/', strnlen(section, ATTACH_KIND_MAX + 1));
	size_t length = slash ? (size_t)(slash - section) : 0;

	for (size_t i = 0; slash && i < sizeof(attach_rules) / sizeof(*attach_rules); i++) {
		const struct attach_rule *a = &attach_rules[i];

		if (strlen(a->section) != length || strncmp(a->section, section, length) != 0)
			continue;
		*target = slash + 1;
		/* Patterns, and offsets in functions, are no names. */
		return **target && strnlen(*target, ATTACH_TARGET_MAX) < ATTACH_TARGET_MAX &&
				       !strpbrk(*target, "*?+ ")
			       ? a
			       : NULL;
	}
	return NULL;
}

size_t attach_module(const char *section, const char **module)
{
	const char *colon;

	if (!attach_rule_of(section + (*section == '?'), module))
		return 0;
	colon = strchr(*module, ':');
	return colon ? (size_t)(colon - *module) : 0;
}
