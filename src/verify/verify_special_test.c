/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Tests of the verifier's last pass: types that BPF programs share with the kernel by name. The
 * expected verdicts are those of the kernels named in docs/verify.md, which tests/kernel/parity
 * asks.
 */
#include "verify/verify_for_test.h"

/* All strings that str() can find. */
static const char strings[] =
	"\0bpf_spin_lock\0bpf_list_head\0bpf_list_node\0bpf_rb_root\0bpf_rb_node\0bpf_refcount\0"
	"bpf_res_spin_lock\0int\0s\0t\0m\0n\0contains:s:n\0contains:t:n\0contains:s:m\0contains:s\0"
	"contains:u:n\0contains:s:\0contains::n\0contains:s:(anon)\0kptr\0kptr_untrusted\0percpu_kptr\0"
	"uptr\0user\0task_struct\0file";

/* The offset of a string. */
static uint32_t str(const char *string)
{
	for (uint32_t off = 0; off < sizeof(strings); off += (uint32_t)strlen(strings + off) + 1) {
		if (!strcmp(strings + off, string))
			return off;
	}
	fail_msg("'%s' is not among the strings", string);
	return 0;
}

#define NAMED_STRUCT(name, size) str(name), INFO(STRUCT, 0), size

/* Types 1 to 8, as kernels know them. Types of the test itself start at 9. */
#define LOCK	  1u
#define LIST_HEAD 2u
#define LIST_NODE 3u
#define RB_ROOT	  4u
#define RB_NODE	  5u
#define REFCOUNT  6u
#define RES_LOCK  7u
#define AN_INT	  8u
#define SHARED                                                                                     \
	NAMED_STRUCT("bpf_spin_lock", 4), NAMED_STRUCT("bpf_list_head", 16),                       \
		NAMED_STRUCT("bpf_list_node", 24), NAMED_STRUCT("bpf_rb_root", 16),                \
		NAMED_STRUCT("bpf_rb_node", 32), NAMED_STRUCT("bpf_refcount", 4),                  \
		NAMED_STRUCT("bpf_res_spin_lock", 4), str("int"), INFO(INT, 0), 4,                 \
		INT_DATA(0, 0, 32)

#define STRUCT(name, vlen, size) str(name), INFO(STRUCT, vlen), size
/* A member at a byte offset. */
#define MEMBER(name, type, at) str(name), type, (at)*8

#define EXPECT(kernel, part, ...)                                                                  \
	do {                                                                                       \
		const uint32_t raw_words[] = { SHARED, __VA_ARGS__ };                              \
		expect_raw(raw_words, sizeof(raw_words), strings, sizeof(strings), NULL, kernel,   \
			   false, part, __LINE__);                                                 \
	} while (0)

/* Rules that all versions since 6.12 have. */
#define ACCEPTS(...)	   EXPECT("6.18", NULL, __VA_ARGS__)
#define REFUSES(part, ...) EXPECT("6.18", part, __VA_ARGS__)

/* ---------------------------------------------------------------------------------------- locks */

static void a_lock_is_of_its_size_and_aligned(void **state)
{
	const uint32_t odd[] = { NAMED_STRUCT("bpf_spin_lock", 8), STRUCT("s", 1, 8),
				 MEMBER("m", 1, 0) };
	const char *part =
		"type [2] STRUCT 's': member with the name of a special type has the wrong size or alignment";

	(void)state;
	ACCEPTS(STRUCT("s", 1, 4), MEMBER("m", LOCK, 0));
	REFUSES("special type has the wrong size or alignment", STRUCT("s", 1, 8),
		MEMBER("m", LOCK, 2));
	expect_raw(odd, sizeof(odd), strings, sizeof(strings), NULL, "6.18", false, part, __LINE__);
	expect_raw(odd, sizeof(odd), strings, sizeof(strings), NULL, "6.1", false, NULL, __LINE__);
}

static void there_is_one_lock(void **state)
{
	(void)state;
#define TWO_LOCKS STRUCT("s", 2, 8), MEMBER("m", LOCK, 0), MEMBER("n", LOCK, 4)
	EXPECT("6.12.100", "member 1: second bpf_spin_lock", TWO_LOCKS);
	REFUSES("type [9] STRUCT 's': member 1: second bpf_spin_lock", TWO_LOCKS);
	EXPECT("6.1", NULL, TWO_LOCKS);
	/* Kernel quirk: a type with that name counts, even if it is not a lock. */
	REFUSES("member 1: second", str("bpf_spin_lock"), INFO(TYPEDEF, 0), AN_INT,
		STRUCT("s", 2, 8), MEMBER("m", LOCK, 0), MEMBER("n", 9, 4));
}

static void locks_in_inner_structs_count_since_6_12_110_but_not_in_6_18(void **state)
{
	(void)state;
#define LOCK_IN_STRUCT                                                                             \
	STRUCT("s", 1, 4), MEMBER("m", LOCK, 0), STRUCT("t", 2, 8), MEMBER("m", LOCK, 0),          \
		MEMBER("n", 9, 4)
	EXPECT("6.12.109", NULL, LOCK_IN_STRUCT);
	EXPECT("6.12.110", "type [10] STRUCT 't': member 1: second", LOCK_IN_STRUCT);
	EXPECT("6.12.112", "type [10] STRUCT 't': member 1: second", LOCK_IN_STRUCT);
	EXPECT("6.12.114", "type [10] STRUCT 't': member 1: second", LOCK_IN_STRUCT);
	EXPECT("6.18", NULL, LOCK_IN_STRUCT);
	EXPECT("7.2", "type [10] STRUCT 't': member 1: second", LOCK_IN_STRUCT);
}

static void resilient_locks_are_known_since_6_18(void **state)
{
	(void)state;
#define BOTH_LOCKS STRUCT("s", 2, 8), MEMBER("m", LOCK, 0), MEMBER("n", RES_LOCK, 4)
#define RES_LOCK_AND_LIST                                                                          \
	STRUCT("s", 1, 24), MEMBER("n", LIST_NODE, 0), STRUCT("t", 2, 24),                         \
		MEMBER("m", RES_LOCK, 0), MEMBER("n", LIST_HEAD, 8), str("contains:s:n"),          \
		INFO(DECL_TAG, 0), 10, 1
	EXPECT("6.12", NULL, BOTH_LOCKS);
	EXPECT("6.18", "both bpf_spin_lock and bpf_res_spin_lock", BOTH_LOCKS);
	EXPECT("6.12", "without a lock", RES_LOCK_AND_LIST);
	EXPECT("6.18", NULL, RES_LOCK_AND_LIST);
	/* It is special next to other fields. On its own it does not give its struct a record. */
	ACCEPTS(STRUCT("s", 2, 8), MEMBER("m", RES_LOCK, 0), MEMBER("n", RES_LOCK, 4));
}

static void there_is_one_refcount_since_6_12_114_but_not_in_6_18(void **state)
{
	(void)state;
#define TWO_REFCOUNTS STRUCT("s", 2, 8), MEMBER("m", REFCOUNT, 0), MEMBER("n", REFCOUNT, 4)
	EXPECT("6.12.113", NULL, TWO_REFCOUNTS);
	EXPECT("6.12.114", "second bpf_refcount", TWO_REFCOUNTS);
	EXPECT("6.18", NULL, TWO_REFCOUNTS);
	EXPECT("7.2", "second bpf_refcount", TWO_REFCOUNTS);
}

/* ---------------------------------------------------------------------------------------- lists */

/* [9] STRUCT 's' with a node; [10] STRUCT 't' with a lock and a list. */
#define A_NODE	  STRUCT("s", 1, 24), MEMBER("n", LIST_NODE, 0)
#define A_LIST	  STRUCT("t", 2, 24), MEMBER("m", LOCK, 0), MEMBER("n", LIST_HEAD, 8)
#define TAG(text) str(text), INFO(DECL_TAG, 0), 10, 1

static void a_list_has_one_tag_that_says_what_is_in_it(void **state)
{
	(void)state;
	ACCEPTS(A_NODE, A_LIST, TAG("contains:s:n"));
	REFUSES("type [10] STRUCT 't': member 1: no tag 'contains:...'", A_NODE, A_LIST);
	REFUSES("member 1: more than one tag", A_NODE, A_LIST, TAG("contains:s:n"),
		TAG("contains:s:n"));
	/* Other tags, and tags of other members, do not count. */
	ACCEPTS(A_NODE, A_LIST, TAG("contains:s:n"), TAG("user"), str("contains:s:n"),
		INFO(DECL_TAG, 0), 10, 0);
	REFUSES("no tag", A_NODE, A_LIST, str("contains:s:n"), INFO(DECL_TAG, 0), 10, -1u);
}

static void tags_of_other_members_stand_beside_the_only_tag(void **state)
{
#define TAG_OF(component) str("contains:s:n"), INFO(DECL_TAG, 0), 10, component
	(void)state;
	/* The list is member 1, between two other members. */
#define THREE_MEMBERS                                                                              \
	A_NODE, STRUCT("t", 3, 28), MEMBER("m", LOCK, 0), MEMBER("n", LIST_HEAD, 8),               \
		MEMBER("s", AN_INT, 24)
	ACCEPTS(THREE_MEMBERS, TAG_OF(1), TAG_OF(0));
	ACCEPTS(THREE_MEMBERS, TAG_OF(2), TAG_OF(1));
	ACCEPTS(THREE_MEMBERS, TAG_OF(2), TAG_OF(0), TAG_OF(1), TAG_OF(2), TAG_OF(0));
	REFUSES("no tag", THREE_MEMBERS, TAG_OF(2), TAG_OF(0));
	/* The search may hit either of the two tags. */
	REFUSES("more than one tag", THREE_MEMBERS, TAG_OF(0), TAG_OF(1), TAG_OF(1));
	REFUSES("more than one tag", THREE_MEMBERS, TAG_OF(1), TAG_OF(2), TAG_OF(1));
	REFUSES("more than one tag", THREE_MEMBERS, TAG_OF(1), TAG_OF(0), TAG_OF(2), TAG_OF(1));
}

/*
 * [9] STRUCT 's' with a node; [10] STRUCT 't' with a lock and a list; @count tags of the lock, and
 * @last tags of the list.
 */
static struct bytes list_with_tags(uint32_t count, uint32_t last)
{
	const uint32_t start[] = { SHARED, A_NODE, A_LIST };
	struct buffer types = {};
	struct bytes bytes;

	buffer_append(&types, start, sizeof(start));
	for (uint32_t i = 0; i < count + last; i++) {
		const uint32_t words[] = { TAG_OF(i < count ? 0 : 1) };

		buffer_append(&types, words, sizeof(words));
	}
	assert_false(types.failed);
	bytes = raw_bytes(types.data, types.size, NULL, 0, strings, sizeof(strings));
	buffer_release(&types);
	return bytes;
}

/* The memory behind the last tag does not count. Here it has a tag of the BTF before. */
static void the_last_tag_of_all_is_the_only_one_of_its_member(void **state)
{
	(void)state;
	for (uint32_t count = 0; count < 70; count++) {
		_cleanup_bytes_ struct bytes one = list_with_tags(count, 1);
		_cleanup_bytes_ struct bytes two = list_with_tags(count, 2);

		expect_of(&two, NULL, "6.18", false, "more than one tag", __LINE__);
		expect_of(&one, NULL, "6.18", false, NULL, __LINE__);
	}
}

static void a_tag_names_a_struct_and_a_member(void **state)
{
	(void)state;
	REFUSES("invalid tag 'contains:s' (expected", A_NODE, A_LIST, TAG("contains:s"));
	REFUSES("invalid tag 'contains:s:' (expected", A_NODE, A_LIST, TAG("contains:s:"));
	REFUSES("struct 'u' of the tag 'contains:...' does not exist", A_NODE, A_LIST,
		TAG("contains:u:n"));
	REFUSES("bpf_list_head contains type [9], but the type has no member 'm'", A_NODE, A_LIST,
		TAG("contains:s:m"));
	/*
	 * Kernel quirk: an empty name finds the first unnamed struct, and "(anon)" an unnamed
	 * member.
	 */
	ACCEPTS(STRUCT("", 1, 24), MEMBER("n", LIST_NODE, 0), A_LIST, TAG("contains::n"));
	ACCEPTS(STRUCT("s", 1, 24), MEMBER("", LIST_NODE, 0), A_LIST, TAG("contains:s:(anon)"));
}

static void a_long_tag_names_nothing(void **state)
{
	static const char start[] = "\0bpf_spin_lock\0bpf_list_head\0contains:";
	const uint32_t words[] = { 1,
				   INFO(STRUCT, 0),
				   4,
				   15,
				   INFO(STRUCT, 0),
				   16,
				   0,
				   INFO(STRUCT, 2),
				   24,
				   0,
				   1,
				   0,
				   0,
				   2,
				   64,
				   29,
				   INFO(DECL_TAG, 0),
				   3,
				   1 };
	char text[8192];
	_cleanup_bytes_ struct bytes bytes = {};

	(void)state;
	memset(text, 'x', sizeof(text));
	memcpy(text, start, sizeof(start) - 1);
	text[sizeof(text) - 3] = ':';
	text[sizeof(text) - 1] = 0;
	bytes = raw_bytes(words, sizeof(words), NULL, 0, text, sizeof(text));
	expect_of(&bytes, NULL, "6.18", false, "(expected 'contains:STRUCT:MEMBER')", __LINE__);
}

static void a_node_is_what_it_should_be(void **state)
{
	(void)state;
	REFUSES("has more than one member 'n'", STRUCT("s", 2, 48), MEMBER("n", LIST_NODE, 0),
		MEMBER("n", LIST_NODE, 24), A_LIST, TAG("contains:s:n"));
	REFUSES("but member 'n' is not a struct bpf_list_node", STRUCT("s", 1, 32),
		MEMBER("n", RB_NODE, 0), A_LIST, TAG("contains:s:n"));
	REFUSES("but member 'n' is not a struct bpf_list_node", STRUCT("s", 2, 32),
		MEMBER("m", LIST_NODE, 0), MEMBER("n", AN_INT, 24), A_LIST, TAG("contains:s:n"));
	REFUSES("but member 'n' starts at bit 32 (expected a multiple of 64)", STRUCT("s", 2, 32),
		MEMBER("m", LOCK, 0), MEMBER("n", LIST_NODE, 4), A_LIST, TAG("contains:s:n"));
	/*
	 * A second struct with that name is a node, too, but it does not give its struct a record.
	 */
	REFUSES("but its node is not the first of this name", STRUCT("s", 1, 24),
		MEMBER("n", 11, 0), A_LIST, NAMED_STRUCT("bpf_list_node", 24), TAG("contains:s:n"));
}

static void a_tree_has_other_nodes_than_a_list(void **state)
{
	(void)state;
#define A_TREE STRUCT("t", 2, 24), MEMBER("m", LOCK, 0), MEMBER("n", RB_ROOT, 8)
	ACCEPTS(STRUCT("s", 1, 32), MEMBER("n", RB_NODE, 0), A_TREE, TAG("contains:s:n"));
	REFUSES("is not a struct bpf_rb_node", A_NODE, A_TREE, TAG("contains:s:n"));
}

static void a_list_needs_a_lock(void **state)
{
	(void)state;
	REFUSES("type [10] STRUCT 't': bpf_list_head or bpf_rb_root without a lock", A_NODE,
		STRUCT("t", 2, 24), MEMBER("m", AN_INT, 0), MEMBER("n", LIST_HEAD, 8),
		TAG("contains:s:n"));
}

static void two_kinds_of_nodes_need_a_refcount(void **state)
{
	(void)state;
	REFUSES("both bpf_list_node and bpf_rb_node without a bpf_refcount", STRUCT("s", 2, 56),
		MEMBER("m", LIST_NODE, 0), MEMBER("n", RB_NODE, 24));
	ACCEPTS(STRUCT("s", 3, 64), MEMBER("m", LIST_NODE, 0), MEMBER("n", RB_NODE, 24),
		MEMBER("s", REFCOUNT, 56));
}

/* ------------------------------------------------------------------------------ arrays, nesting */

static void arrays_are_of_lists_and_pointers_alone(void **state)
{
	(void)state;
#define ARRAY_OF(type, count) 0, INFO(ARRAY, 0), 0, type, AN_INT, count
	REFUSES("member 1: arrays cannot contain bpf_spin_lock", ARRAY_OF(LOCK, 2),
		STRUCT("s", 2, 32), MEMBER("m", LIST_NODE, 0), MEMBER("n", 9, 24));
	ACCEPTS(ARRAY_OF(LOCK, 1), STRUCT("s", 2, 32), MEMBER("m", LIST_NODE, 0),
		MEMBER("n", 9, 24));
	ACCEPTS(ARRAY_OF(LOCK, 0), STRUCT("s", 2, 32), MEMBER("m", LIST_NODE, 0),
		MEMBER("n", 9, 24));
	/* Without other special fields, the struct has no record. */
	ACCEPTS(ARRAY_OF(LOCK, 2), STRUCT("s", 1, 8), MEMBER("m", 9, 0));
	/* The tag belongs to the array. */
	ACCEPTS(A_NODE, STRUCT("t", 2, 40), MEMBER("m", LOCK, 0), MEMBER("n", 12, 8),
		TAG("contains:s:n"), ARRAY_OF(LIST_HEAD, 2));
}

static void a_record_has_room_for_eleven(void **state)
{
	(void)state;
#define LISTS(count)                                                                               \
	A_NODE, STRUCT("t", 2, 8 + 16 * (count)), MEMBER("m", LOCK, 0), MEMBER("n", 12, 8),        \
		TAG("contains:s:n"), ARRAY_OF(LIST_HEAD, count)
	ACCEPTS(LISTS(10));
	REFUSES("too many special fields (maximum 11)", LISTS(11));
}

static void what_is_in_structs_counts(void **state)
{
	(void)state;
	REFUSES("both bpf_list_node and bpf_rb_node", A_NODE, STRUCT("t", 2, 56), MEMBER("m", 9, 0),
		MEMBER("n", RB_NODE, 24));
	REFUSES("type [10] STRUCT 't': contained type [9]: member 0: starts at bit 1",
		STRUCT("s", 1, 4), str("m"), 11, 1, STRUCT("t", 2, 8), MEMBER("m", LOCK, 0),
		MEMBER("n", 9, 4), 0, INFO(INT, 0), 4, INT_DATA(0, 0, 3));
}

static void bit_fields_are_nowhere_near(void **state)
{
	(void)state;
#define A_BIT(type) STRUCT("s", 2, 8), MEMBER("m", type, 0), str("n"), 10, 33
	REFUSES("member 1: starts at bit 33 (expected a multiple of 8", A_BIT(LOCK), 0,
		INFO(INT, 0), 4, INT_DATA(0, 0, 1));
	ACCEPTS(A_BIT(AN_INT), 0, INFO(INT, 0), 4, INT_DATA(0, 0, 1));
}

static void specials_do_not_overlap(void **state)
{
	(void)state;
	REFUSES("bpf_refcount at offset 0 overlaps the previous special field (ends at 4)",
		STRUCT("s", 2, 4), MEMBER("m", LOCK, 0), MEMBER("n", REFCOUNT, 0));
}

/* Makes @count structs, each nested in the next one. */
static struct bytes nested(uint32_t count)
{
	uint32_t words[3 + 3 + 6 * 64 + 6], *w = words;

	*w++ = str("bpf_spin_lock");
	*w++ = INFO(STRUCT, 0);
	*w++ = 4;
	for (uint32_t i = 0; i < count; i++) {
		*w++ = 0;
		*w++ = INFO(STRUCT, i > 0);
		*w++ = 4;
		if (i) {
			*w++ = 0;
			*w++ = 1 + i;
			*w++ = 0;
		}
	}
	/* The last one is nested in a struct with a lock. */
	*w++ = 0;
	*w++ = INFO(STRUCT, 2);
	*w++ = 8;
	*w++ = 0;
	*w++ = 1 + count;
	*w++ = 0;
	*w++ = 0;
	*w++ = 1;
	*w++ = 32;
	return raw_bytes(words, (size_t)(w - words) * 4, NULL, 0, strings, sizeof(strings));
}

static void structs_are_looked_into_31_deep(void **state)
{
	_cleanup_bytes_ struct bytes most = nested(31), more = nested(32);

	(void)state;
	expect_of(&most, NULL, "6.18", false, NULL, __LINE__);
	expect_of(&more, NULL, "6.18", false, "32 or more levels of nested structs", __LINE__);
	expect_of(&more, NULL, "6.1", false, NULL, __LINE__);
}

/* ------------------------------------------------------------------------------------- pointers */

/* [9] STRUCT 's', [10] to [12] the pointer, [13] STRUCT 't' with a lock and the pointer. */
#define POINTS(tag, flag, to)                                                                      \
	STRUCT("s", 0, 4), str(tag), (flag) | INFO(TYPE_TAG, 0), to, 0, INFO(PTR, 0), 10, 0,       \
		INFO(VOLATILE, 0), 11, STRUCT("t", 2, 16), MEMBER("m", LOCK, 0),                   \
		MEMBER("n", 12, 8)

static void a_tagged_pointer_is_to_a_struct(void **state)
{
	(void)state;
	ACCEPTS(POINTS("kptr", 0, 9));
	ACCEPTS(POINTS("kptr_untrusted", 0, 9));
	ACCEPTS(POINTS("percpu_kptr", 0, 9));
	REFUSES("member 1: pointer with the tag 'kptr' to type [8] (found INT",
		POINTS("kptr", 0, AN_INT));
	REFUSES("with the tag 'kptr' to type [0] (found void", POINTS("kptr", 0, 0));
	/* A struct with only such a pointer is checked if the pointer is special. */
	REFUSES("starts at bit 1 (expected a multiple of 8", STRUCT("s", 2, 16), str("m"), 12, 1,
		MEMBER("n", 11, 8), str("kptr"), INFO(TYPE_TAG, 0), 9, 0, INFO(PTR, 0), 10, 0,
		INFO(INT, 0), 4, INT_DATA(0, 0, 1));
}

static void other_tags_are_refused_before_7_2(void **state)
{
	(void)state;
	EXPECT("6.12", "the tag 'user', but Linux 6.12", POINTS("user", 0, 9));
	EXPECT("6.18", "the tag 'user', but Linux 6.18", POINTS("user", 0, 9));
	EXPECT("7.2", NULL, POINTS("user", 0, 9));
	EXPECT("6.12", "the tag 'uptr', but Linux 6.12", POINTS("uptr", 0, 9));
	EXPECT("6.18", NULL, POINTS("uptr", 0, AN_INT));
	/* With the kind flag, a type tag is some other attribute. */
	EXPECT("6.18", NULL, POINTS("user", KIND_FLAG, 9));
	EXPECT("7.2", NULL, POINTS("kptr", KIND_FLAG, AN_INT));
}

static void there_is_one_tag(void **state)
{
	(void)state;
#define TWO_TAGS(first, second)                                                                    \
	STRUCT("s", 0, 4), str(second), INFO(TYPE_TAG, 0), 9, str(first), INFO(TYPE_TAG, 0), 10,   \
		0, INFO(PTR, 0), 11, STRUCT("t", 2, 16), MEMBER("m", LOCK, 0), MEMBER("n", 12, 8)
	EXPECT("6.12", "two type tags, but Linux 6.12.114 expects one", TWO_TAGS("kptr", "user"));
	EXPECT("6.18", "two type tags", TWO_TAGS("kptr", "kptr"));
	EXPECT("7.2", NULL, TWO_TAGS("kptr", "user"));
	EXPECT("7.2", NULL, TWO_TAGS("kptr", "kptr"));
	EXPECT("7.2", "more than one of the tags", TWO_TAGS("kptr", "uptr"));
}

/* 6.6 makes records of direct members only, and pointers are none of them. */
static void only_direct_members_count_in_6_6(void **state)
{
	(void)state;
#define LOCKS_IN_AN_ARRAY                                                                          \
	ARRAY_OF(LOCK, 2), STRUCT("s", 2, 32), MEMBER("m", LIST_NODE, 0), MEMBER("n", 9, 24)
	EXPECT("6.6", "member 1: second bpf_spin_lock", TWO_LOCKS);
	EXPECT("6.6", NULL, LOCK_IN_STRUCT);
	EXPECT("6.6", NULL, TWO_REFCOUNTS);
	EXPECT("6.6", NULL, POINTS("user", 0, AN_INT));
	EXPECT("6.12", "arrays cannot contain bpf_spin_lock", LOCKS_IN_AN_ARRAY);
	EXPECT("6.6", NULL, LOCKS_IN_AN_ARRAY);
	/* Only a special member has to start at a byte. */
	EXPECT("6.12", "starts at bit 33", STRUCT("s", 2, 16), MEMBER("m", LOCK, 0), str("n"),
	       AN_INT, 33);
	EXPECT("6.6", NULL, STRUCT("s", 2, 16), MEMBER("m", LOCK, 0), str("n"), 10, 33, 0,
	       INFO(INT, 0), 4, INT_DATA(0, 0, 1));
}

static void of_the_kernel_s_own_few_structs_are_owned(void **state)
{
	const uint32_t file[] = { SHARED,
				  NAMED_STRUCT("file", 4),
				  str("kptr"),
				  INFO(TYPE_TAG, 0),
				  9,
				  0,
				  INFO(PTR, 0),
				  10,
				  STRUCT("t", 1, 8),
				  MEMBER("n", 11, 0) };
	_cleanup_unref_ struct rebtf_btf *kernel = NULL;
	uint32_t words[sizeof(file) / 4];
	struct rebtf_verify_options options = { .size = sizeof(struct rebtf_verify_options),
						.kernel = "6.18",
						.limit = 1 };
	struct rebtf_violations *violations;

	(void)state;
	assert_ok(OPEN_RAW("\0file\0task_struct\0bpf_task_release_dtor", NULL, &kernel, 1,
			   INFO(STRUCT, 0), 4, 6, INFO(STRUCT, 0), 4, 0, INFO(FUNC_PROTO, 0), 0, 18,
			   INFO(FUNC, 0), 3));
	memcpy(words, file, sizeof(words));
	for (int i = 0; i < 4; i++) {
		/* Bit 0: the kernel's types are known. Bit 1: 'task_struct' instead of 'file'. */
		_cleanup_bytes_ struct bytes bytes = {};

		options.kernel_types = i & 1 ? kernel : NULL;
		words[3 * 8 + 1] = str(i & 2 ? "task_struct" : "file");
		bytes = raw_bytes(words, sizeof(words), NULL, 0, strings, sizeof(strings));
		assert_ok(rebtf_verify(bytes.data, bytes.size, "x", NULL, &options, &violations));
		assert_int_equal(violations->errors.count, i == 1);
		if (i == 1)
			assert_non_null(strstr(violations->errors.items[0]->message,
					       "to the kernel's struct 'file', but programs "
					       "cannot own it"));
		rebtf_violations_free(violations);
	}
}

/* --------------------------------------------------------------------------------------- owners */

/*
 * Makes @count structs, each with a node and a list of the next struct. The last one has a list of
 * struct @last, if that exists.
 */
static struct bytes owners(uint32_t count, uint32_t last)
{
	struct buffer types = {}, text = {};
	struct bytes bytes;
	const uint32_t start[] = { SHARED };

	buffer_append(&types, start, sizeof(start));
	buffer_append(&text, strings, sizeof(strings));
	for (uint32_t i = 0; i < count; i++) {
		uint32_t name = (uint32_t)text.size, next = i + 1 < count ? i + 1 : last;
		bool owns = next < count;
		char line[64];
		int length = snprintf(line, sizeof(line), "o%u%ccontains:o%u:n", i, 0, next);
		uint32_t tag = name + (uint32_t)strlen(line) + 1;
		const uint32_t words[] = { name,
					   INFO(STRUCT, owns ? 3 : 1),
					   48,
					   MEMBER("n", LIST_NODE, 0),
					   MEMBER("m", LOCK, 24),
					   MEMBER("t", LIST_HEAD, 32),
					   tag,
					   INFO(DECL_TAG, 0),
					   9 + 2 * i,
					   2 };

		buffer_append(&text, line, (size_t)length + 1);
		buffer_append(&types, words, owns ? sizeof(words) : 24);
	}
	assert_false(types.failed || text.failed);
	bytes = raw_bytes(types.data, types.size, NULL, 0, text.data, text.size);
	buffer_release(&types);
	buffer_release(&text);
	return bytes;
}

static void owners_have_an_end(void **state)
{
	_cleanup_bytes_ struct bytes eight = owners(8, 99), nine = owners(9, 99),
				     loop = owners(3, 0), itself = owners(1, 0);

	(void)state;
	expect_of(&eight, NULL, "7.2", false, NULL, __LINE__);
	expect_of(&nine, NULL, "7.2", false,
		  "type [9] STRUCT 'o0': starts a chain of more than 8 owners", __LINE__);
	expect_of(&loop, NULL, "7.2", false, "or a loop", __LINE__);
	expect_of(&itself, NULL, "6.12.112", false, "or a loop", __LINE__);
	expect_of(&eight, NULL, "6.12.112", false, NULL, __LINE__);
	expect_of(&eight, NULL, "6.12.114", false, NULL, __LINE__);
	expect_of(&eight, NULL, "7.2.9", false, NULL, __LINE__);
	expect_of(&eight, NULL, "7.4", false, NULL, __LINE__);
}

static void before_that_nodes_owned_no_owners(void **state)
{
	_cleanup_bytes_ struct bytes two = owners(2, 99), three = owners(3, 99),
				     itself = owners(1, 0);
	const char *part =
		"type [9] STRUCT 'o0': element of lists or trees contains a list or tree of type [11]";

	(void)state;
	expect_of(&two, NULL, "6.18", false, NULL, __LINE__);
	expect_of(&three, NULL, "6.18", false, part, __LINE__);
	expect_of(&three, NULL, "6.12.111", false, part, __LINE__);
	expect_of(&itself, NULL, "7.2.8", false, "element of lists or trees", __LINE__);
}

/* ---------------------------------------------------------------------------------------- whose */

static void only_programs_are_asked(void **state)
{
	const uint32_t words[] = { SHARED, TWO_LOCKS };
	_cleanup_bytes_ struct bytes bytes = raw_bytes(words, sizeof(words), NULL, 0, strings,
						       sizeof(strings));
	_cleanup_unref_ struct rebtf_btf *base = NULL;

	(void)state;
	expect_of(&bytes, NULL, "6.18", false, "second bpf_spin_lock", __LINE__);
	expect_of(&bytes, NULL, "6.18", true, NULL, __LINE__);
	assert_ok(OPEN_RAW(strings, NULL, &base, SHARED));
	expect_raw((const uint32_t[]){ TWO_LOCKS }, sizeof(uint32_t) * 9, "", 1, base, "6.18",
		   false, NULL, __LINE__);
}

static void it_comes_when_nothing_else_is_wrong(void **state)
{
	const uint32_t words[] = { SHARED, TWO_LOCKS, TWO_LOCKS, 0, INFO(PTR, 0), 99 };
	_cleanup_bytes_ struct bytes bytes = raw_bytes(words, sizeof(words), NULL, 0, strings,
						       sizeof(strings));
	const struct rebtf_verify_options options = { .size = sizeof(struct rebtf_verify_options) };
	struct rebtf_violations *violations;

	(void)state;
	assert_ok(rebtf_verify(bytes.data, bytes.size, "x", NULL, &options, &violations));
	assert_int_equal(violations->errors.count, 1);
	assert_int_equal(violations->errors.items[0]->type_id, 11);
	rebtf_violations_free(violations);

	bytes_release(&bytes);
	bytes = raw_bytes(words, sizeof(words) - 12, NULL, 0, strings, sizeof(strings));
	assert_ok(rebtf_verify(bytes.data, bytes.size, "x", NULL, &options, &violations));
	assert_int_equal(violations->errors.count, 2);
	assert_int_equal(violations->errors.items[0]->type_id, 9);
	assert_int_equal(violations->errors.items[1]->type_id, 10);
	rebtf_violations_free(violations);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_lock_is_of_its_size_and_aligned),
		cmocka_unit_test(there_is_one_lock),
		cmocka_unit_test(locks_in_inner_structs_count_since_6_12_110_but_not_in_6_18),
		cmocka_unit_test(resilient_locks_are_known_since_6_18),
		cmocka_unit_test(there_is_one_refcount_since_6_12_114_but_not_in_6_18),
		cmocka_unit_test(a_list_has_one_tag_that_says_what_is_in_it),
		cmocka_unit_test(tags_of_other_members_stand_beside_the_only_tag),
		cmocka_unit_test(the_last_tag_of_all_is_the_only_one_of_its_member),
		cmocka_unit_test(a_tag_names_a_struct_and_a_member),
		cmocka_unit_test(a_long_tag_names_nothing),
		cmocka_unit_test(a_node_is_what_it_should_be),
		cmocka_unit_test(a_tree_has_other_nodes_than_a_list),
		cmocka_unit_test(a_list_needs_a_lock),
		cmocka_unit_test(two_kinds_of_nodes_need_a_refcount),
		cmocka_unit_test(arrays_are_of_lists_and_pointers_alone),
		cmocka_unit_test(a_record_has_room_for_eleven),
		cmocka_unit_test(what_is_in_structs_counts),
		cmocka_unit_test(bit_fields_are_nowhere_near),
		cmocka_unit_test(specials_do_not_overlap),
		cmocka_unit_test(structs_are_looked_into_31_deep),
		cmocka_unit_test(a_tagged_pointer_is_to_a_struct),
		cmocka_unit_test(other_tags_are_refused_before_7_2),
		cmocka_unit_test(there_is_one_tag),
		cmocka_unit_test(only_direct_members_count_in_6_6),
		cmocka_unit_test(of_the_kernel_s_own_few_structs_are_owned),
		cmocka_unit_test(owners_have_an_end),
		cmocka_unit_test(before_that_nodes_owned_no_owners),
		cmocka_unit_test(only_programs_are_asked),
		cmocka_unit_test(it_comes_when_nothing_else_is_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
