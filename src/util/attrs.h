/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The attributes that a new file takes over from the file it replaces: mode, owner, access control
 * list and extended attributes. Some cannot be set on the new file. They are left out, but never in
 * a way that lets anyone do more with the new file than with the old one.
 *
 * user.* and security.* are copied, with two exceptions. security.ima and security.evm sign the
 * bytes of the old file. Labels (SELinux, Smack) belong to the place of a file, so they are copied
 * only to a file in the same place. trusted.* belongs to the file system (overlayfs keeps its
 * records there).
 */
#ifndef REBTF_UTIL_ATTRS_H
#define REBTF_UTIL_ATTRS_H

#include <sys/stat.h>

#include "util/buffer.h"
#include "util/cleanup.h"
#include "util/directory.h"
#include "util/error.h"

struct attrs {
	mode_t mode; /* permission bits alone */
	uid_t uid;
	gid_t gid;
	/*
	 * Each extended attribute: the size of its value (uint32_t), its name with the NUL, its
	 * value.
	 */
	struct buffer extended;
	/* Why the extended attributes cannot be copied. */
	bool too_large;
	int errnum;
};

/*
 * Reads the attributes of the open file @fd; @st is its stat. If they cannot be read in full, only
 * attrs_give() fails. Errors: NOMEM.
 */
struct rebtf_error *attrs_read(int fd, const struct stat *st, struct attrs *attrs);
void attrs_release(struct attrs *attrs);

/*
 * Whether a new file of the mode of @attrs needs no other change to have @attrs. @gives: the
 * attributes that it gets from its directory.
 */
bool attrs_come_from_mode(const struct attrs *attrs, const struct directory_gives *gives);

/*
 * Sets @attrs on @fd, a new file that has not been changed otherwise and that no other process has
 * opened. @gives: the attributes that the file got from its directory. @same_place: the file
 * replaces the one that @attrs were read from. Errors: IO, UNSUPPORTED (too large).
 */
struct rebtf_error *attrs_give(int fd, const struct attrs *attrs,
			       const struct directory_gives *gives, bool same_place);

#endif
