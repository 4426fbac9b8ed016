/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Carriers: modules with the BTF of the whole kernel. The carrier's .BTF is a byte copy of the BTF
 * that the kernel would have. The kernel recognizes a carrier by its name.
 */
#ifndef REBTF_MODULE_CARRIER_H
#define REBTF_MODULE_CARRIER_H

#include "module/carrier_link.h"
#include "module/image.h"

/*
 * Finds the carrier of the kernel at @path, which has the link @found->link and the release
 * @found->release ("": unknown). Sets @found->data, size, btf and carrier. Errors: NO_BTF (no such
 * module), WRONG_BASE (with both digests), those of opening the first carrier that cannot be used.
 */
struct rebtf_error *carrier_open(const char *path, struct image_btf *found);

/*
 * The same for the carrier below @root of a kernel without an image, so nothing confirms that it
 * fits. Without a carrier, @found->btf stays NULL. Errors: those of opening it.
 */
struct rebtf_error *carrier_open_alone(const char *root, struct image_btf *found);

#endif
