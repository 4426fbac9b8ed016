/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* The form of a module's BTF, for those who open it: module_btf.c. */
#ifndef REBTF_MODULE_FORM_H
#define REBTF_MODULE_FORM_H

#include "module/module.h"

/* The name of a section for errors. Raw BTF has no sections. */
const char *form_place(const struct rebtf_module *module, enum rebtf_section section);

/* Adds the module's path and the section to @err, which may be NULL. Returns @err. */
struct rebtf_error *form_at(const struct rebtf_module *module, enum rebtf_section section,
			    struct rebtf_error *err);

struct rebtf_error *form_open_section(const struct rebtf_module *module, enum rebtf_section section,
				      struct rebtf_btf *base, struct rebtf_btf **btf);

/* Finds the form. Keeps the readings, so that a second call does not read again. */
struct rebtf_error *form_find(const struct rebtf_module *module, struct rebtf_btf *base,
			      struct readings *readings);

/*
 * The error for a note that contradicts the contents. @cause, which is freed, has details or is
 * NULL.
 */
struct rebtf_error *form_untrue_note(const struct rebtf_module *module, const char *what,
				     struct rebtf_error *cause);

#endif
