/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Copies mode, owner, access control list and extended attributes from one open file to another.
 *
 * The kernel stores an access control list (linux/posix_acl_xattr.h) as a version, followed by
 * entries of a tag, permissions and an id, all little-endian. If a file has a list, the group bits
 * of its mode are the list's mask: the most that anyone but the owner may get. So a mode must never
 * be copied without its list.
 */
#include <endian.h>
#include <errno.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "util/acl.h"
#include "util/attrs.h"

/*
 * The largest value of an extended attribute in Linux, and our limit for all of a file's together.
 */
#define VALUE_MAX (64u << 10)
#define TOTAL_MAX (1u << 20)

static bool starts(const char *name, const char *prefix)
{
	return !strncmp(name, prefix, strlen(prefix));
}

static bool is_handed_on(const char *name)
{
	if (!strcmp(name, "security.ima") || !strcmp(name, "security.evm"))
		return false;
	return !strcmp(name, ACL_NAME) || starts(name, "user.") || starts(name, "security.");
}

static bool is_label(const char *name)
{
	return !strcmp(name, "security.selinux") || starts(name, "security.SMACK64");
}

/* -------------------------------------------------------------------------------------- reading */

/* Reads one extended attribute. @value is a buffer of VALUE_MAX bytes. */
static struct rebtf_error *read_one(int fd, const char *name, uint8_t *value, struct attrs *attrs)
{
	ssize_t size = fgetxattr(fd, name, value, VALUE_MAX);
	uint32_t number = (uint32_t)size;

	if (size < 0) {
		/* It may have been removed since, or this process may not read it. */
		bool secret = errno == EACCES || errno == EPERM || errno == ENOTSUP;

		/* Without its list, the mode would grant too much. */
		if (errno != ENODATA && (!secret || !strcmp(name, ACL_NAME)))
			attrs->errnum = errno;
		return NULL;
	}
	if (attrs->extended.size + (size_t)size > TOTAL_MAX) {
		attrs->too_large = true;
		return NULL;
	}
	buffer_append(&attrs->extended, &number, sizeof(number));
	buffer_append(&attrs->extended, name, strlen(name) + 1);
	if (size)
		buffer_append(&attrs->extended, value, (size_t)size);
	return attrs->extended.failed ? error_nomem() : NULL;
}

static struct rebtf_error *read_extended(int fd, struct attrs *attrs)
{
	_cleanup_free_ uint8_t *value = NULL;
	_cleanup_free_ char *names = NULL;
	ssize_t size;

	names = malloc(VALUE_MAX);
	value = malloc(VALUE_MAX);
	if (!names || !value)
		return error_nomem();
	size = flistxattr(fd, names, VALUE_MAX);
	if (size < 0)
		attrs->errnum = errno;
	for (char *name = names; name < names + size; name += strlen(name) + 1) {
		if (is_handed_on(name))
			TRY(read_one(fd, name, value, attrs));
	}
	return NULL;
}

struct rebtf_error *attrs_read(int fd, const struct stat *st, struct attrs *attrs)
{
	struct rebtf_error *err;
	ssize_t size;

	*attrs = (struct attrs){
		.mode = st->st_mode & 07777,
		.uid = st->st_uid,
		.gid = st->st_gid,
	};
	/* Most files have no extended attributes. A file system without them answers ENOTSUP. */
	size = flistxattr(fd, NULL, 0);
	if (size < 0 && errno != ENOTSUP && errno != ENOSYS)
		attrs->errnum = errno;
	if (size <= 0)
		return NULL;
	err = read_extended(fd, attrs);
	if (err)
		attrs_release(attrs);
	return err;
}

void attrs_release(struct attrs *attrs)
{
	buffer_release(&attrs->extended);
}

/* ------------------------------------------------------------------------------------------ ACL */

/* The permissions in an access control list. */
struct acl {
	unsigned int owner, group, other;
	unsigned int mask;	   /* all if the list has no mask */
	unsigned int named_users;  /* common to all named users; all if no user is named */
	unsigned int named_groups; /* likewise */
};

/* One entry after the header. Entries are not aligned. */
struct acl_entry {
	uint16_t tag;
	uint16_t permissions;
	uint32_t id;
};

_Static_assert(sizeof(struct acl_entry) == sizeof(struct posix_acl_xattr_entry), "entry");

static struct acl_entry acl_entry(const uint8_t *list, size_t i)
{
	struct acl_entry entry;

	memcpy(&entry, list + sizeof(struct posix_acl_xattr_header) + i * sizeof(entry),
	       sizeof(entry));
	return (struct acl_entry){ le16toh(entry.tag), le16toh(entry.permissions),
				   le32toh(entry.id) };
}

static size_t acl_count(size_t size)
{
	size_t header = sizeof(struct posix_acl_xattr_header);

	return size < header ? 0 : (size - header) / sizeof(struct acl_entry);
}

static struct acl acl_read(const uint8_t *list, size_t size)
{
	struct acl acl = { .mask = 7, .named_users = 7, .named_groups = 7 };

	for (size_t i = 0; i < acl_count(size); i++) {
		struct acl_entry entry = acl_entry(list, i);
		unsigned int permissions = entry.permissions & 7;

		switch (entry.tag) {
		case ACL_USER_OBJ:
			acl.owner = permissions;
			break;
		case ACL_USER:
			acl.named_users &= permissions;
			break;
		case ACL_GROUP_OBJ:
			acl.group = permissions;
			break;
		case ACL_GROUP:
			acl.named_groups &= permissions;
			break;
		case ACL_MASK:
			acl.mask = permissions;
			break;
		case ACL_OTHER:
			acl.other = permissions;
			break;
		}
	}
	return acl;
}

/*
 * Returns the permission bits of a file without its list. A user with an entry becomes a member of
 * the group or one of the others. A group with an entry becomes one of the others. Neither may gain
 * a permission.
 */
static mode_t acl_to_mode(const uint8_t *list, size_t size)
{
	struct acl acl = acl_read(list, size);
	unsigned int group = acl.group & acl.mask & acl.named_users;
	unsigned int other = acl.other & acl.mask & acl.named_users & acl.named_groups;

	return acl.owner << 6 | group << 3 | other;
}

static void acl_set(uint8_t *list, size_t i, unsigned int permissions)
{
	uint16_t value = htole16((uint16_t)permissions);

	memcpy(list + sizeof(struct posix_acl_xattr_header) + i * sizeof(struct acl_entry) +
		       offsetof(struct acl_entry, permissions),
	       &value, sizeof(value));
}

/*
 * The file's group is another one now. Members of the old group are others now. Members of the new
 * group were others, and may be members of the old group or of a group with an entry as well.
 */
static void acl_change_group(uint8_t *list, size_t size)
{
	struct acl acl = acl_read(list, size);
	unsigned int other = acl.other & acl.group & acl.mask;

	for (size_t i = 0; i < acl_count(size); i++) {
		uint16_t tag = acl_entry(list, i).tag;

		if (tag == ACL_GROUP_OBJ)
			acl_set(list, i, other & acl.named_groups);
		else if (tag == ACL_OTHER)
			acl_set(list, i, other);
	}
}

/* The same for @mode, the mode of a file without a list. */
static mode_t mode_change_group(mode_t mode)
{
	mode_t other = mode & mode >> 3 & 07;

	return (mode & ~(mode_t)077) | other << 3 | other;
}

/*
 * Sets @mode as an access control list with the same permissions. This replaces a list that the
 * file inherited from its directory, which setting the mode alone would not. Returns false with
 * errno.
 */
static bool set_plain_acl(int fd, mode_t mode)
{
	struct {
		uint32_t version;
		struct acl_entry entries[3];
	} list = {
		htole32(POSIX_ACL_XATTR_VERSION),
		{ { htole16(ACL_USER_OBJ), htole16(mode >> 6 & 7),
		    htole32((uint32_t)ACL_UNDEFINED_ID) },
		  { htole16(ACL_GROUP_OBJ), htole16(mode >> 3 & 7),
		    htole32((uint32_t)ACL_UNDEFINED_ID) },
		  { htole16(ACL_OTHER), htole16(mode & 7), htole32((uint32_t)ACL_UNDEFINED_ID) } },
	};

	return !fsetxattr(fd, ACL_NAME, &list, sizeof(list), 0);
}

/* --------------------------------------------------------------------------------------- giving */

/* An extended attribute in the buffer. */
struct extended {
	uint32_t size;
	const char *name;
	uint8_t *value;
};

/* Reads the attribute at offset @at and returns the offset of the next one. */
static size_t next_extended(const struct attrs *attrs, size_t at, struct extended *extended)
{
	uint8_t *name = attrs->extended.data + at + sizeof(extended->size);

	memcpy(&extended->size, attrs->extended.data + at, sizeof(extended->size));
	extended->name = (const char *)name;
	extended->value = name + strlen(extended->name) + 1;
	return (size_t)(extended->value - attrs->extended.data) + extended->size;
}

/* Whether file system or kernel refused to set an attribute, as opposed to failing. */
static bool is_refusal(int errnum)
{
	return errnum != EIO && errnum != ENOMEM;
}

/* Whether the new file has the owner and the group of the old one. */
struct owner {
	bool is_same;
	bool group_is_same;
};

static bool has_owner(const struct attrs *attrs, const struct directory_gives *gives)
{
	return gives->known && gives->stays && gives->uid == attrs->uid && gives->gid == attrs->gid;
}

bool attrs_come_from_mode(const struct attrs *attrs, const struct directory_gives *gives)
{
	return has_owner(attrs, gives) && !gives->acl && !attrs->extended.size &&
	       !attrs->too_large && !attrs->errnum && !(attrs->mode & (07000 | gives->withheld));
}

static struct rebtf_error *give_owner(int fd, const struct attrs *attrs,
				      const struct directory_gives *gives, struct owner *owner)
{
	struct stat st;

	*owner = (struct owner){ true, true };
	if (has_owner(attrs, gives))
		return NULL;
	if (!fchown(fd, attrs->uid, attrs->gid))
		return NULL;
	/* EINVAL: the id does not exist in this user namespace. */
	if (errno != EPERM && errno != EINVAL)
		return error_io(errno, "cannot set the owner");
	owner->is_same = false;
	if (fstat(fd, &st))
		return error_io(errno, "cannot set the owner");
	owner->group_is_same = st.st_gid == attrs->gid || !fchown(fd, (uid_t)-1, attrs->gid);
	return NULL;
}

static struct rebtf_error *give_extended(int fd, const struct attrs *attrs, bool same_place,
					 bool same_owner, struct extended *acl)
{
	struct extended extended;

	for (size_t at = 0; at < attrs->extended.size;) {
		at = next_extended(attrs, at, &extended);
		if (!strcmp(extended.name, ACL_NAME)) {
			*acl = extended;
			continue;
		}
		if (is_label(extended.name) && !same_place)
			continue;
		/* Like set-id bits, capabilities go with the owner. */
		if (!strcmp(extended.name, "security.capability") && !same_owner)
			continue;
		if (fsetxattr(fd, extended.name, extended.value, extended.size, 0) &&
		    !is_refusal(errno))
			return error_io(errno, "cannot set the extended attribute %s",
					extended.name);
	}
	return NULL;
}

static struct rebtf_error *give_mode(int fd, mode_t mode, const struct directory_gives *gives)
{
	bool needs_acl = !gives->known || !gives->stays || gives->acl;

	if (needs_acl && set_plain_acl(fd, mode)) {
		if (!(mode & 07000))
			return NULL;
	} else if (needs_acl && !is_refusal(errno)) {
		return error_io(errno, "cannot set the mode");
	}
	return fchmod(fd, mode) ? error_io(errno, "cannot set the mode") : NULL;
}

static struct rebtf_error *give_acl(int fd, struct extended *acl, mode_t special, bool same_group,
				    const struct directory_gives *gives)
{
	_cleanup_free_ uint8_t *list = malloc(acl->size ?: 1);

	if (!list)
		return error_nomem();
	memcpy(list, acl->value, acl->size);
	if (!same_group)
		acl_change_group(list, acl->size);
	if (fsetxattr(fd, ACL_NAME, list, acl->size, 0)) {
		if (!is_refusal(errno))
			return error_io(errno, "cannot set the access control list");
		return give_mode(fd, acl_to_mode(list, acl->size) | special, gives);
	}
	/* Setting the list has set the mode, and its mask is the group bits. */
	if (special) {
		struct stat st;

		if (fstat(fd, &st) || fchmod(fd, (st.st_mode & 0777) | special))
			return error_io(errno, "cannot set the mode");
	}
	return NULL;
}

struct rebtf_error *attrs_give(int fd, const struct attrs *attrs,
			       const struct directory_gives *gives, bool same_place)
{
	mode_t special = attrs->mode & 07000, mode = attrs->mode;
	struct extended acl = {};
	struct owner owner;

	if (attrs->too_large)
		return error_new(REBTF_ERR_UNSUPPORTED,
				 "too many extended attributes (maximum %u bytes)", TOTAL_MAX);
	if (attrs->errnum)
		return error_io(attrs->errnum, "cannot read the extended attributes");
	/* The owner is set first because changing it clears set-id bits and capabilities. */
	TRY(give_owner(fd, attrs, gives, &owner));
	if (!owner.is_same)
		special &= ~(mode_t)(S_ISUID | S_ISGID);
	TRY(give_extended(fd, attrs, same_place, owner.is_same, &acl));
	/* The mode is set last: until now, only the owner can open the file. */
	if (acl.name)
		return give_acl(fd, &acl, special, owner.group_is_same, gives);
	if (!owner.group_is_same)
		mode = mode_change_group(mode);
	return give_mode(fd, (mode & 0777) | special, gives);
}
