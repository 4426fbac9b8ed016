/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Tests of changes that keep the binary interface. The definitions are those that the macros of RHEL,
 * Android, SUSE and Linux make.
 */
#include "core/diff_for_test.h"
#include "core/kabi.h"

enum { INT = 1, LONG, U64, PTR_VOID, LONG_4, LONG_3, FIRST_FREE };

static struct rebtf_builder *start_side(void)
{
	struct rebtf_builder *b = build_over(NULL);

	add_int(b);
	rebtf_builder_int(b, "long unsigned int", 8, 0, 64);
	rebtf_builder_typedef(b, "u64", LONG);
	rebtf_builder_ref(b, REBTF_KIND_PTR, 0);
	rebtf_builder_array(b, LONG, INT, 4);
	rebtf_builder_array(b, LONG, INT, 3);
	return b;
}

/* union { NEW; struct { OLD; } HIDDEN; } as a member at byte 8 of "a", between two others. */
static void add_replaced(struct rebtf_builder *b, const char *new_name, uint32_t new_type,
			 const char *old_name, uint32_t old_type, const char *hidden)
{
	uint32_t inner = rebtf_builder_struct(b, REBTF_KIND_STRUCT, NULL, 8), both;

	rebtf_builder_member(b, old_name, old_type, 0, 0);
	both = rebtf_builder_struct(b, REBTF_KIND_UNION, NULL, 8);
	rebtf_builder_member(b, new_name, new_type, 0, 0);
	rebtf_builder_member(b, hidden, inner, 0, 0);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "a", 24);
	rebtf_builder_member(b, "first", LONG, 0, 0);
	rebtf_builder_member(b, NULL, both, 64, 0);
	rebtf_builder_member(b, "last", LONG, 128, 0);
}

static void add_plain(struct rebtf_builder *b, const char *name, uint32_t type)
{
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "a", 24);
	rebtf_builder_member(b, "first", LONG, 0, 0);
	rebtf_builder_member(b, name, type, 64, 0);
	rebtf_builder_member(b, "last", LONG, 128, 0);
}

static void assert_kept(struct rebtf_builder *old_side, struct rebtf_builder *new_side,
			const char *want)
{
	_cleanup_unref_ struct rebtf_btf *o = built(old_side), *n = built(new_side);
	_cleanup_free_ char *text = NULL;
	struct rebtf_diff *diff;

	assert_ok(rebtf_diff_btf(o, n, NULL, &diff));
	text = diff_text(diff);
	assert_string_equal(text, want);
}

static void a_hidden_member_is_kept(void **state)
{
	static const char *const hidden[] = { "rh_kabi_hidden_45", "__UNIQUE_ID_rh_kabi_hide12",
					      "__UNIQUE_ID_android_kabi_hide7", "__kabi_renamed" };

	(void)state;
	for (size_t i = 0; i < sizeof(hidden) / sizeof(*hidden); i++) {
		struct rebtf_builder *o = start_side(), *n = start_side();
		char want[128];

		add_plain(o, "member", U64);
		add_replaced(n, "other", PTR_VOID, "member", U64, hidden[i]);
		snprintf(want, sizeof(want),
			 "changed a: added-other added-%s removed-member(kabi)\n", hidden[i]);
		assert_kept(o, n, want);
	}
}

static void a_hidden_member_of_another_type_is_not(void **state)
{
	struct rebtf_builder *o = start_side(), *n = start_side();

	(void)state;
	add_plain(o, "member", U64);
	add_replaced(n, "other", PTR_VOID, "member", INT, "rh_kabi_hidden_45");
	assert_kept(o, n,
		    "changed a trusted: added-other added-rh_kabi_hidden_45 removed-member!\n");
}

static void other_names_hide_nothing(void **state)
{
	struct rebtf_builder *o = start_side(), *n = start_side();

	(void)state;
	add_plain(o, "member", U64);
	add_replaced(n, "other", PTR_VOID, "member", U64, "inner");
	assert_kept(o, n, "changed a trusted: added-other added-inner removed-member!\n");
}

static void reserved_members_may_be_used(void **state)
{
	static const char *const reserved[] = { "rh_reserved1",	     "android_kabi_reserved1",
						"suse_kabi_padding", "__kabi_reserved0",
						"__reserved",	     "pad2" };

	(void)state;
	for (size_t i = 0; i < sizeof(reserved) / sizeof(*reserved); i++) {
		struct rebtf_builder *o = start_side(), *n = start_side();
		char want[128];

		add_plain(o, reserved[i], U64);
		add_plain(n, "used", PTR_VOID);
		snprintf(want, sizeof(want), "changed a: added-used removed-%s(reserved)\n",
			 reserved[i]);
		assert_kept(o, n, want);
	}
}

static void a_reserved_array_may_shrink(void **state)
{
	struct rebtf_builder *o = start_side(), *n = start_side();

	(void)state;
	rebtf_builder_struct(o, REBTF_KIND_STRUCT, "a", 40);
	rebtf_builder_member(o, "first", LONG, 0, 0);
	rebtf_builder_member(o, "reserved", LONG_4, 64, 0);
	rebtf_builder_struct(n, REBTF_KIND_STRUCT, "a", 40);
	rebtf_builder_member(n, "first", LONG, 0, 0);
	rebtf_builder_member(n, "used", LONG, 64, 0);
	rebtf_builder_member(n, "reserved", LONG_3, 128, 0);
	assert_kept(o, n, "changed a: added-used moved-reserved(reserved)\n");
}

/* "reserved" without underscores or number counts reserved things in several structs of Linux. */
static void a_number_of_reserved_things_is_a_member(void **state)
{
	struct rebtf_builder *o = start_side(), *n = start_side();

	(void)state;
	add_plain(o, "reserved", U64);
	add_plain(n, "used", PTR_VOID);
	assert_kept(o, n, "changed a trusted: added-used removed-reserved!\n");
}

static void names_of_reserved_members_are_words(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = built(start_side());

	(void)state;
	assert_true(kabi_reserves(btf, "_pad", INT));
	assert_true(kabi_reserves(btf, "rsvd3", U64));
	assert_true(kabi_reserves(btf, "unused", LONG_4));
	assert_false(kabi_reserves(btf, "_pad", PTR_VOID));
	assert_false(kabi_reserves(btf, "padded", INT));
	assert_false(kabi_reserves(btf, "nr_reserved", INT));
	assert_false(kabi_reserves(btf, "", INT));
}

/* A union whose members have names that start with the same 640 bytes and @prefix. */
static uint32_t add_long_names(struct rebtf_builder *b, char prefix, uint32_t count)
{
	char name[660];
	uint32_t id = rebtf_builder_struct(b, REBTF_KIND_UNION, "a", 8);

	memset(name, 'x', 640);
	for (uint32_t i = 0; i < count; i++) {
		snprintf(name + 640, sizeof(name) - 640, "%c%" PRIu32, prefix, i);
		rebtf_builder_member(b, name, U64, 0, 0);
	}
	return id;
}

/* A search by name for each removed member reads all names of its place. */
static void long_names_cost_more(void **state)
{
	const uint32_t count = 50;
	struct rebtf_builder *old_builder = start_side(), *new_builder = start_side();
	uint32_t old_id = add_long_names(old_builder, 'a', count);
	uint32_t new_id = add_long_names(new_builder, 'b', count);
	_cleanup_unref_ struct rebtf_btf *o = built(old_builder), *n = built(new_builder);
	struct rebtf_change_list *list;
	uint64_t budget = UINT64_MAX;

	(void)state;
	assert_ok(rebtf_compare(o, old_id, n, new_id, &list));
	assert_ok(kabi_excuse(list, old_id, new_id, &budget));
	assert_in_range(UINT64_MAX - budget, count * count / 2 * (640 / 64),
			count * count * (640 / 64));
	rebtf_change_list_free(list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hidden_member_is_kept),
		cmocka_unit_test(a_hidden_member_of_another_type_is_not),
		cmocka_unit_test(other_names_hide_nothing),
		cmocka_unit_test(reserved_members_may_be_used),
		cmocka_unit_test(a_reserved_array_may_shrink),
		cmocka_unit_test(a_number_of_reserved_things_is_a_member),
		cmocka_unit_test(names_of_reserved_members_are_words),
		cmocka_unit_test(long_names_cost_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
