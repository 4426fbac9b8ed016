/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Archives that contain kernels: tar files (BTFHub's, and those in Debian packages), and cpio
 * files. A cpio file is either an initramfs, which contains no kernel, or the payload of an RPM
 * package.
 */
#ifndef REBTF_MODULE_ARCHIVE_H
#define REBTF_MODULE_ARCHIVE_H

#include "module/image_format.h"

struct tar_member {
	char name[101]; /* GNU tar's long names are cut */
	struct bytes content;
};

bool tar_detect(struct bytes archive);

/*
 * Steps to the first regular file at or after *@offset, which starts as 0. False at the end of the
 * archive.
 */
bool tar_next(struct bytes archive, size_t *offset, struct tar_member *member);

/*
 * Returns the size of the initramfs at the start of @bytes, 0 if no initramfs starts there. A
 * truncated initramfs ends after its last complete file.
 */
size_t initramfs_span(struct bytes bytes);

bool rpm_detect(struct bytes bytes);

#endif
