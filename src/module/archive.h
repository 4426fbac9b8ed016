/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Archives around kernels: tar files (BTFHub's, and in Debian packages), and cpio files, which are
 * either initramfs, where no kernel is, or the payload of an RPM package.
 */
#ifndef REBTF_MODULE_ARCHIVE_H
#define REBTF_MODULE_ARCHIVE_H

#include "module/image_format.h"

struct tar_member {
	char name[101]; /* of GNU tar's long names the end is missing */
	struct bytes content;
};

bool tar_detect(struct bytes archive);

/*
 * Steps to the regular file at or behind *@offset, which starts as 0. False at the end of the
 * archive.
 */
bool tar_next(struct bytes archive, size_t *offset, struct tar_member *member);

/* Whether @name is that of a module, compressed or not. */
bool archive_is_module(const char *name);

/*
 * How many bytes the initramfs at the start of @bytes takes, 0 if none starts there. One that is cut
 * short reaches to its last whole file.
 */
size_t initramfs_span(struct bytes bytes);

bool rpm_detect(struct bytes bytes);

#endif
