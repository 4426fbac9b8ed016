/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Foreign parts: the parts of an image that contain no kernel. These are relocatable objects
 * (modules and BPF programs) and initramfs. Both can contain BTF, and neither needs to be
 * compressed.
 */
#ifndef REBTF_MODULE_FOREIGN_H
#define REBTF_MODULE_FOREIGN_H

#include "module/image_format.h"

/* Rules for recognizing foreign parts. */
struct foreign_rules {
	size_t headers_left; /* section headers of objects that may still be read */
	bool in_package;     /* cpio archives hold the files of an RPM package */
};

#define FOREIGN_MAGICS 2

/* A walk over the foreign parts of an image. The current part is from start to end. */
struct foreign {
	struct foreign_rules *rules;
	struct bytes image;
	size_t next[FOREIGN_MAGICS]; /* the next offset of each magic number */
	size_t start, end;
};

/* Starts a walk. */
struct foreign foreign_walk(struct foreign_rules *rules, struct bytes image);

/*
 * The end of the foreign part that covers @offset. 0: no part covers it. @offset must grow from
 * call to call.
 */
size_t foreign_end(struct foreign *f, size_t offset);

#endif
