/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The parts of an image in which no kernel is: relocatable objects, which are modules and BPF
 * programs, and initramfs. Both can hold BTF, and neither has to be compressed.
 */
#ifndef REBTF_MODULE_FOREIGN_H
#define REBTF_MODULE_FOREIGN_H

#include "module/image_format.h"

/* What may count as such a part. */
struct foreign_rules {
	size_t headers_left; /* how many section headers of objects may still be read */
	bool in_package; /* cpio archives are no initramfs here, but what an RPM package installs */
};

#define FOREIGN_MAGICS 2

/* A walk over these parts of an image. The last one that was found is from start to end. */
struct foreign {
	struct foreign_rules *rules;
	struct bytes image;
	size_t next[FOREIGN_MAGICS]; /* the next offset of each magic number */
	size_t start, end;
};

/* Starts a walk. */
struct foreign foreign_walk(struct foreign_rules *rules, struct bytes image);

/*
 * Where the foreign part ends that covers @offset; 0 if none does. @offset grows from call to call.
 */
size_t foreign_end(struct foreign *f, size_t offset);

#endif
