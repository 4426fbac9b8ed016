/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The library's version. The number itself stands in the top meson.build, once for everything.
 */
#include "rebtf.h"

const char *rebtf_version(void)
{
	return REBTF_VERSION;
}
