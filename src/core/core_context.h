/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Programs that are attached by BTF read the arguments of their target from a context: 8 bytes for
 * each, or 16 for a struct that is passed by value, and then the return value. A kernel refuses a
 * program that reads past them, so a target whose prototype lost an argument stops programs that read
 * it.
 */
#ifndef REBTF_CORE_CORE_CONTEXT_H
#define REBTF_CORE_CORE_CONTEXT_H

#include "core/attach.h"
#include "core/core_code.h"

/*
 * Compares the arguments that the program of function record @func reads with those of its target, a
 * type of @btf that @answer has. Changes @answer if a kernel would refuse the program. Errors: NOMEM.
 */
struct rebtf_error *core_check_context(struct rebtf_core *core, struct core_code *code, size_t func,
				       const struct attach_rule *a, const struct rebtf_btf *btf,
				       struct rebtf_core_answer *answer);

#endif
