/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Modules that are built outside of a kernel's tree, as DKMS does. Their BTF refers to one build of
 * the kernel. So that they survive its updates, their BTF is distilled when they are built, even if
 * the build does not ask for that.
 */
#ifndef REBTF_CLI_EXTERNAL_MODULE_H
#define REBTF_CLI_EXTERNAL_MODULE_H

#include "rebtf.h"

/*
 * Whether such a build runs, by its environment, for a kernel whose version is known from there or
 * from @base, and REBTF_DISTILL is not "no".
 */
bool external_module_is_built(const struct rebtf_btf *base);

/*
 * Distills the split BTF of the module at @path over @base, with expectations. Linux 6.11 and later
 * can relocate that. For an older kernel, the module keeps its split BTF, and the distilled one is
 * saved beside it for rebtf relocate.
 *
 * If a kernel has two versions of a type with the same size, it refuses distilled BTF with that type.
 * Then the module keeps its split BTF, which the kernel accepts, and a warning says why.
 */
struct rebtf_error *external_module_distill(const char *path, struct rebtf_btf *base);

/*
 * Sets *@can to whether @base, the module's own kernel, can relocate its @distilled BTF. If not, warns
 * in the name of @tool that the module at @path is not distilled. Errors: those of rebtf_relocate()
 * but MISMATCH.
 */
struct rebtf_error *external_module_can_relocate(const char *tool, const char *path,
						 const struct rebtf_btf *distilled,
						 struct rebtf_btf *base, bool *can);

/* Whether REBTF_BTF_BASE is set and empty: the module should get BTF that needs no base. */
bool external_module_is_standalone(void);

/* Writes standalone BTF to the module at @path, with a note that it was made over @base. */
struct rebtf_error *external_module_note(const char *path, struct rebtf_btf *btf,
					 struct rebtf_btf *base);

#endif
