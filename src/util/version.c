/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Returns the library's version. The number is defined once, in the top meson.build. */
#include "rebtf.h"

const char *rebtf_version(void)
{
	return REBTF_VERSION;
}
