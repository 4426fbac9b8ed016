/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* The languages of units, by the names that pahole has for them. */
#ifndef REBTF_MODULE_LANGUAGE_H
#define REBTF_MODULE_LANGUAGE_H

#include "rebtf.h"
#include "util/vec.h"

DEFINE_VECTOR(language_vector, uint16_t);

/*
 * Adds the numbers (DW_LANG_*) of the languages in @list, which is separated by commas and may be
 * NULL. Errors: ARGUMENT (an unknown name), NOMEM.
 */
struct rebtf_error *language_add(const char *list, struct language_vector *all);

#endif
