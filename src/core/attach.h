/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The targets that programs attach to. The section of a program names its target:
 * "fentry/do_exit", "lsm/file_open", "fexit/veth:veth_open" for a function of a module.
 */
#ifndef REBTF_CORE_ATTACH_H
#define REBTF_CORE_ATTACH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Names of BTF are shorter, so longer ones are no targets. */
#define ATTACH_TARGET_MAX 4096

struct attach_rule {
	const char *section; /* the name of the section starts with it and a slash */
	const char *prefix;  /* of the type in the kernel's BTF */
	uint32_t kind;
	bool optional; /* functions that are not in BTF can be targets, too */
	bool returned; /* the program may read the function's return value */
};

/*
 * The rule for a section, whose name has no '?' at its start, and its target. NULL: the section names
 * no target with BTF.
 */
const struct attach_rule *attach_rule_of(const char *section, const char **target);

/* The length of the name of the target's module, and that name. 0: the section names no module. */
size_t attach_module(const char *section, const char **module);

#endif
