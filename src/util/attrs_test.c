/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Tests of copying attributes. tests/cli/attributes.bats tests access control lists. */
#include <errno.h>
#include <fcntl.h>
#include <sys/xattr.h>

#include "util/testing.h"

/* Creates a new file in @dir, in the state before it gets its attributes. */
static int create(const char *dir, const char *name)
{
	int fd = open(scratch_path(dir, name), O_CREAT | O_EXCL | O_RDWR, 0600);

	assert_true(fd >= 0);
	return fd;
}

static void read_attrs(int fd, struct attrs *attrs)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	assert_ok(attrs_read(fd, &st, attrs));
}

static void mode_owner_and_extended_attributes_are_handed_on(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	_cleanup_(attrs_release) struct attrs attrs = {}, given = {};
	_cleanup_close_ int old = create(dir, "old"), new = create(dir, "new");
	const struct directory_gives unknown = {};
	char value[8] = "";

	(void)state;
	assert_int_equal(fchmod(old, 04751), 0);
	if (fsetxattr(old, "user.one", "1", 1, 0) || fsetxattr(old, "user.empty", "", 0, 0))
		skip();
	read_attrs(old, &attrs);
	assert_ok(attrs_give(new, &attrs, &unknown, true));
	read_attrs(new, &given);
	assert_int_equal(given.mode, 04751);
	assert_int_equal(given.uid, geteuid());
	assert_int_equal(fgetxattr(new, "user.one", value, sizeof(value)), 1);
	assert_string_equal(value, "1");
	assert_int_equal(fgetxattr(new, "user.empty", value, sizeof(value)), 0);
	assert_int_equal(given.extended.size, attrs.extended.size);
}

static void attributes_that_are_not_known_in_full_are_not_handed_on(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	_cleanup_close_ int fd = create(dir, "new");
	const struct directory_gives unknown = {};
	struct attrs attrs = { .mode = 0644, .too_large = true };

	(void)state;
	assert_fails(attrs_give(fd, &attrs, &unknown, true), REBTF_ERR_UNSUPPORTED,
		     "extended attributes");
	attrs = (struct attrs){ .mode = 0644, .errnum = EIO };
	assert_fails(attrs_give(fd, &attrs, &unknown, true), REBTF_ERR_IO,
		     "cannot read the extended attributes");
}

static void a_mode_alone_gives_only_plain_attributes(void **state)
{
	const struct directory_gives plain = { .known = true, .stays = true, .uid = 1, .gid = 2 };
	struct attrs attrs = { .mode = 0644, .uid = 1, .gid = 2 };
	struct directory_gives gives = plain;

	(void)state;
	assert_true(attrs_come_from_mode(&attrs, &gives));
	gives.known = false;
	assert_false(attrs_come_from_mode(&attrs, &gives));
	gives = plain;
	gives.stays = false;
	assert_false(attrs_come_from_mode(&attrs, &gives));
	gives = plain;
	gives.acl = true;
	assert_false(attrs_come_from_mode(&attrs, &gives));
	gives = plain;
	gives.withheld = 0040;
	assert_false(attrs_come_from_mode(&attrs, &gives));
	attrs.mode = 0600;
	assert_true(attrs_come_from_mode(&attrs, &gives));
	gives = plain;
	attrs.mode = 04755;
	assert_false(attrs_come_from_mode(&attrs, &gives));
	attrs = (struct attrs){ .mode = 0644, .uid = 2, .gid = 2 };
	assert_false(attrs_come_from_mode(&attrs, &gives));
	attrs = (struct attrs){ .mode = 0644, .uid = 1, .gid = 1 };
	assert_false(attrs_come_from_mode(&attrs, &gives));
	attrs = (struct attrs){ .mode = 0644, .uid = 1, .gid = 2, .too_large = true };
	assert_false(attrs_come_from_mode(&attrs, &gives));
	attrs = (struct attrs){ .mode = 0644, .uid = 1, .gid = 2, .errnum = EIO };
	assert_false(attrs_come_from_mode(&attrs, &gives));
	attrs = (struct attrs){ .mode = 0644, .uid = 1, .gid = 2, .extended.size = 8 };
	assert_false(attrs_come_from_mode(&attrs, &gives));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mode_owner_and_extended_attributes_are_handed_on),
		cmocka_unit_test(attributes_that_are_not_known_in_full_are_not_handed_on),
		cmocka_unit_test(a_mode_alone_gives_only_plain_attributes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
