/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* The access control list of a file, an extended attribute. See acl(5). */
#ifndef REBTF_UTIL_ACL_H
#define REBTF_UTIL_ACL_H

#include <stdbool.h>
#include <sys/xattr.h>

#define ACL_NAME "system.posix_acl_access"

/* Whether @fd is known to have an access control list. False if it cannot be read. */
static inline bool acl_exists(int fd)
{
	return fgetxattr(fd, ACL_NAME, NULL, 0) > 0;
}

#endif
