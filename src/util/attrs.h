/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The attributes that a file hands on to its successor: mode, owner, access control list and
 * extended attributes. What cannot be handed on is left out, but never so that somebody may do more
 * with the new file than with the old one.
 *
 * user.* and security.* are handed on, with two exceptions. security.ima and security.evm sign the
 * bytes of the old file. Labels (SELinux, Smack) belong to the place of a file, so they are handed
 * on only to a file in the same place. trusted.* belongs to the file system (overlayfs keeps its
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
	 * Each extended attribute: the size of its value (uint32_t), its name with the NUL, the
	 * value.
	 */
	struct buffer extended;
	/* Why the extended attributes cannot be handed on. */
	bool too_large;
	int errnum;
};

/*
 * The attributes of the open file @fd, of which @st is known. If they cannot be read in full, that
 * is an error for attrs_give() only. Errors: NOMEM.
 */
struct rebtf_error *attrs_read(int fd, const struct stat *st, struct attrs *attrs);
void attrs_release(struct attrs *attrs);

/*
 * Gives @attrs to @fd, a new file that nothing else was done to and that nobody else has opened.
 * @gives: what it has from its directory. @same_place: it replaces the file that @attrs are of.
 * Errors: IO, UNSUPPORTED (too large).
 */
struct rebtf_error *attrs_give(int fd, const struct attrs *attrs,
			       const struct directory_gives *gives, bool same_place);

/* Whether @fd has an access control list, as far as that can be found out. */
bool attrs_has_acl(int fd);

#endif
