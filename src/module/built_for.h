/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* The kernel that a module was built for. */
#ifndef REBTF_MODULE_BUILT_FOR_H
#define REBTF_MODULE_BUILT_FOR_H

#include "module/image_format.h"
#include "module/module.h"

/*
 * Finds the release in the version magic of the @size bytes of a section .modinfo. "": it has none.
 */
void modinfo_release(const uint8_t *data, size_t size, char release[RELEASE_SIZE]);

/*
 * Finds the release in the module's version magic. "": it has none. Errors: FORMAT, UNSUPPORTED (the
 * section cannot be read), NOMEM.
 */
struct rebtf_error *module_built_for(const struct rebtf_module *module, char release[RELEASE_SIZE]);

#endif
