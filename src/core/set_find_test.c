/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Tests of finding types of a set: by name, kind and members, and by those that refer to a type. */
#include "btf/build_for_test.h"
#include "core/set_for_test.h"

/* The types of the kernel and of its module. */
enum {
	INT = 1,
	TASK,	  /* struct task { int pid; struct { union { int deep; }; }; } */
	TASK_OLD, /* struct task___old { int pid; } */
	UNION,	  /* union { int deep; } */
	UNNAMED,  /* struct { union; } */
	ENUM,	  /* enum state { RUNNING } */
	TASK_PTR,
	PROTO, /* void (struct task *task) */
	FUNC,  /* kfunc(), with the tag */
	TAG,
	OPS,	 /* struct ops { void (*run)(struct task *task); } */
	RUN_PTR, /* its type */
	KERNEL_END,
	MINE = KERNEL_END, /* struct mine { struct { int deep; } *; const struct task *task; } */
	CONST_TASK,
	CONST_PTR,
	MINE_T, /* typedef struct mine mine_t */
	TASK_M, /* enum task { TASK_NEW } */
	HOLDER, /* struct holder { UNNAMED; } */
};

static void add_unnamed(struct rebtf_builder *b, uint32_t kind, uint32_t member)
{
	rebtf_builder_struct(b, kind, NULL, 4);
	rebtf_builder_member(b, member == INT ? "deep" : NULL, member, 0, 0);
}

static struct rebtf_btf *build_kernel(void)
{
	struct rebtf_builder *b = build_over(NULL);

	add_int(b);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "task", 8);
	rebtf_builder_member(b, "pid", INT, 0, 0);
	rebtf_builder_member(b, NULL, UNNAMED, 32, 0);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "task___old", 4);
	rebtf_builder_member(b, "pid", INT, 0, 0);
	add_unnamed(b, REBTF_KIND_UNION, INT);
	add_unnamed(b, REBTF_KIND_STRUCT, UNION);
	rebtf_builder_enum(b, REBTF_KIND_ENUM, "state", 4, REBTF_UNSIGNED);
	rebtf_builder_enumerator(b, "RUNNING", 1);
	rebtf_builder_ref(b, REBTF_KIND_PTR, TASK);
	rebtf_builder_func_proto(b, 0);
	rebtf_builder_param(b, "task", TASK_PTR);
	rebtf_builder_func(b, "kfunc", REBTF_LINKAGE_GLOBAL, PROTO);
	rebtf_builder_decl_tag(b, "bpf_kfunc", FUNC, -1);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "ops", 8);
	rebtf_builder_member(b, "run", RUN_PTR, 0, 0);
	rebtf_builder_ref(b, REBTF_KIND_PTR, PROTO);
	assert_int_equal(rebtf_builder_next_id(b), KERNEL_END);
	return built(b);
}

static struct rebtf_set *new_set(void)
{
	_cleanup_unref_ struct rebtf_btf *kernel = build_kernel(), *module = NULL;
	struct rebtf_builder *b = build_over(kernel);
	struct rebtf_set *set;

	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "mine", 8);
	rebtf_builder_member(b, "task", CONST_PTR, 0, 0);
	rebtf_builder_ref(b, REBTF_KIND_CONST, TASK);
	rebtf_builder_ref(b, REBTF_KIND_PTR, CONST_TASK);
	rebtf_builder_typedef(b, "mine_t", MINE);
	rebtf_builder_enum(b, REBTF_KIND_ENUM, "task", 4, REBTF_UNSIGNED);
	rebtf_builder_enumerator(b, "TASK_NEW", 0);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "holder", 4);
	rebtf_builder_member(b, NULL, UNNAMED, 0, 0);
	module = built(b);
	assert_ok(set_new(kernel, 2, &set));
	assert_ok(rebtf_set_add(set, "module", module));
	return set;
}

/* Asserts that exactly the types with these ids are found. Types of the module have other ids. */
#define assert_finds(name, options, ...)                                                           \
	do {                                                                                       \
		const uint32_t want_ids[] = { __VA_ARGS__ };                                       \
		assert_found(name, options, want_ids, sizeof(want_ids) / sizeof(*want_ids));       \
	} while (0)

static void assert_found(const char *name, const struct rebtf_find_options *options,
			 const uint32_t *ids, size_t count)
{
	_cleanup_set_ struct rebtf_set *set = new_set();
	_cleanup_types_ struct rebtf_set_types *types = NULL;

	assert_ok(rebtf_set_find(set, name, options, &types));
	for (size_t i = 0; i < rebtf_set_types_count(types) && i < count; i++) {
		assert_int_equal(rebtf_set_types_at(types, i)->id, ids[i]);
		assert_int_equal(rebtf_set_types_at(types, i)->member, ids[i] >= KERNEL_END);
	}
	assert_int_equal(rebtf_set_types_count(types), count);
	assert_none_beyond(set_types, types);
}

static void names_are_compared_in_three_ways(void **state)
{
	REBTF_OPTIONS(rebtf_find_options, glob, .match = REBTF_NAME_GLOB);
	REBTF_OPTIONS(rebtf_find_options, essential, .match = REBTF_NAME_ESSENTIAL);

	(void)state;
	assert_finds("task", NULL, TASK, TASK_M);
	assert_finds("task___old", NULL, TASK_OLD);
	assert_finds("task*", &glob, TASK, TASK_OLD, TASK_M);
	assert_finds("task", &essential, TASK, TASK_OLD, TASK_M);
	assert_finds("task___new", &essential, TASK, TASK_OLD, TASK_M);
	assert_finds("m?ne*", &glob, MINE, MINE_T);
	assert_found("nothing", NULL, NULL, 0);
}

static void kinds_limit_what_is_found(void **state)
{
	REBTF_OPTIONS(rebtf_find_options, structs, .kinds = UINT64_C(1) << REBTF_KIND_STRUCT);
	REBTF_OPTIONS(rebtf_find_options, both,
		      .kinds = UINT64_C(1) << REBTF_KIND_ENUM | UINT64_C(1) << REBTF_KIND_INT);

	(void)state;
	assert_finds("task", &structs, TASK);
	assert_finds(NULL, &both, INT, ENUM, TASK_M);
}

/* BTF can have kinds of a later Linux: its layout section gives their sizes. */
static void bits_stand_for_kinds_up_to_63(void **state)
{
	enum { LAST = 70 };
	static const uint32_t types[] = {
		1, INFO(INT, 0), 4, 1u << 24 | 32, 1, 40u << 24, 0, 1, 63u << 24, 0, 1, 64u << 24, 0
	};
	struct layout_entry layout[LAST + 1] = {};
	_cleanup_bytes_ struct bytes bytes = { 0 };
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	_cleanup_set_ struct rebtf_set *set = NULL;

	(void)state;
	for (uint32_t kind = 0; kind < REBTF_KNOWN_KINDS; kind++)
		layout[kind] = (struct layout_entry){ kind_layout(kind)->info_size,
						      kind_layout(kind)->elem_size, 0 };
	bytes = raw_bytes(types, sizeof(types), layout, sizeof(layout), "\0int", 5);
	assert_ok(open_bytes(&bytes, NULL, &btf));
	assert_int_equal(rebtf_btf_type_count(btf), 5);
	assert_ok(set_new(btf, 1, &set));
	for (uint32_t kind = 0; kind < 64; kind++) {
		uint32_t id = kind == REBTF_KIND_INT ? 1 : kind == 40 ? 2 : kind == 63 ? 3 : 0;
		REBTF_OPTIONS(rebtf_find_options, options, .kinds = UINT64_C(1) << kind);
		_cleanup_types_ struct rebtf_set_types *types_found = NULL;

		assert_ok(rebtf_set_find(set, "int", &options, &types_found));
		assert_int_equal(rebtf_set_types_count(types_found), id != 0);
		if (id)
			assert_int_equal(rebtf_set_types_at(types_found, 0)->id, id);
	}
}

static void members_are_found_in_unnamed_structs_too(void **state)
{
	REBTF_OPTIONS(rebtf_find_options, pid, .member = "pid");
	REBTF_OPTIONS(rebtf_find_options, deep, .member = "de*",
		      .kinds = UINT64_C(1) << REBTF_KIND_STRUCT | UINT64_C(1) << REBTF_KIND_UNION);
	REBTF_OPTIONS(rebtf_find_options, enumerator, .member = "TASK_*");

	(void)state;
	assert_finds(NULL, &pid, TASK, TASK_OLD);
	assert_finds(NULL, &deep, TASK, UNION, UNNAMED, HOLDER);
	assert_finds(NULL, &enumerator, TASK_M);
}

static void an_unnamed_member_of_type_void_has_no_members(void **state)
{
	REBTF_OPTIONS(rebtf_find_options, deep, .member = "deep");
	struct rebtf_builder *b = build_over(NULL);
	_cleanup_types_ struct rebtf_set_types *types = NULL;
	_cleanup_set_ struct rebtf_set *set = NULL;
	_cleanup_unref_ struct rebtf_btf *kernel = NULL;

	(void)state;
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "broken", 4);
	rebtf_builder_member(b, NULL, 0, 0, 0);
	kernel = built(b);
	assert_ok(set_new(kernel, 1, &set));
	assert_ok(rebtf_set_find(set, NULL, &deep, &types));
	assert_int_equal(rebtf_set_types_count(types), 0);
}

static void kfuncs_are_found_by_their_tag(void **state)
{
	REBTF_OPTIONS(rebtf_find_options, kfuncs, .kfuncs = true);

	(void)state;
	assert_finds(NULL, &kfuncs, FUNC);
}

static void an_unknown_match_is_refused(void **state)
{
	REBTF_OPTIONS(rebtf_find_options, options, .match = 3);
	_cleanup_set_ struct rebtf_set *set = new_set();
	struct rebtf_set_types *types;

	(void)state;
	assert_fails(rebtf_set_find(set, "x", &options, &types), REBTF_ERR_ARGUMENT,
		     "unknown match 3 (maximum 2)");
}

static struct rebtf_error *list_kfuncs(const struct rebtf_btf *kernel, struct rebtf_kfuncs **kfuncs)
{
	(void)kernel;
	*kfuncs = calloc(1, sizeof(**kfuncs));
	assert_non_null(*kfuncs);
	known_kfuncs_append(&(*kfuncs)->list, (struct rebtf_kfunc){ .id = 3 });
	return NULL;
}

static void kfuncs_without_a_tag_are_found_too(void **state)
{
	REBTF_OPTIONS(rebtf_find_options, kfuncs, .kfuncs = true);
	_cleanup_types_ struct rebtf_set_types *types = NULL;
	_cleanup_unref_ struct rebtf_btf *kernel = NULL;
	_cleanup_set_ struct rebtf_set *set = NULL;
	struct rebtf_builder *b;
	uint32_t proto;

	(void)state;
	assert_ok(rebtf_builder_new(NULL, &b));
	proto = rebtf_builder_func_proto(b, 0);
	rebtf_builder_func(b, "one", REBTF_LINKAGE_GLOBAL, proto);
	rebtf_builder_func(b, "two", REBTF_LINKAGE_GLOBAL, proto);
	kernel = built(b);
	assert_ok(set_new(kernel, 1, &set));
	set_find_kernel_kfuncs(set, list_kfuncs);
	assert_ok(rebtf_set_find(set, NULL, &kfuncs, &types));
	assert_int_equal(rebtf_set_types_count(types), 1);
	assert_int_equal(rebtf_set_types_at(types, 0)->id, 3);
}

static void an_attribute_named_like_the_tag_makes_no_kfunc(void **state)
{
	REBTF_OPTIONS(rebtf_find_options, options, .kfuncs = true);
	struct rebtf_builder *b = build_over(NULL);
	_cleanup_types_ struct rebtf_set_types *types = NULL;
	_cleanup_unref_ struct rebtf_btf *kernel = NULL;
	_cleanup_set_ struct rebtf_set *set = NULL;
	uint32_t func;

	(void)state;
	add_int(b);
	func = rebtf_builder_func(b, "f", REBTF_LINKAGE_GLOBAL, rebtf_builder_func_proto(b, INT));
	rebtf_builder_decl_attr(b, "bpf_kfunc", func, -1);
	kernel = built(b);
	assert_ok(set_new(kernel, 1, &set));
	assert_ok(rebtf_set_find(set, NULL, &options, &types));
	assert_int_equal(rebtf_set_types_count(types), 0);
}

/* ------------------------------------------------------------------------------------------ users */

static struct rebtf_set_uses *uses_of(struct rebtf_set *set, size_t member, uint32_t id)
{
	_cleanup_users_ struct rebtf_users *users = NULL;
	struct rebtf_set_uses *uses;

	assert_ok(rebtf_users_new(set, &users));
	assert_ok(rebtf_users_find(users, member, id, &uses));
	return uses;
}

static void assert_step(const struct rebtf_set_use *use, size_t index, uint32_t id,
			const char *member)
{
	const struct rebtf_step *step = rebtf_path_at(use->path, index);

	assert_int_equal(step->type_id, id);
	if (member)
		assert_string_equal(step->member, member);
	else
		assert_null(step->member);
}

static void users_are_found_in_all_members_with_their_paths(void **state)
{
	_cleanup_set_ struct rebtf_set *set = new_set();
	_cleanup_uses_ struct rebtf_set_uses *uses = uses_of(set, 0, TASK);
	const struct rebtf_set_use *use;

	(void)state;
	assert_int_equal(rebtf_set_uses_count(uses), 3);
	use = rebtf_set_uses_at(uses, 0);
	assert_int_equal(use->member, 0);
	assert_int_equal(use->id, FUNC);
	assert_int_equal(rebtf_path_count(use->path), 4);
	assert_step(use, 0, FUNC, NULL);
	assert_step(use, 1, PROTO, "task");
	assert_step(use, 2, TASK_PTR, NULL);
	assert_step(use, 3, TASK, NULL);
	use = rebtf_set_uses_at(uses, 1);
	assert_int_equal(use->id, OPS);
	assert_step(use, 0, OPS, "run");
	use = rebtf_set_uses_at(uses, 2);
	assert_int_equal(use->member, 1);
	assert_int_equal(use->id, MINE);
	assert_int_equal(rebtf_path_count(use->path), 4);
	assert_step(use, 0, MINE, "task");
	assert_step(use, 3, TASK, NULL);
	assert_none_beyond(set_uses, uses);
}

static void users_of_a_module_s_type_are_in_that_module(void **state)
{
	_cleanup_set_ struct rebtf_set *set = new_set();
	_cleanup_uses_ struct rebtf_set_uses *uses = uses_of(set, 1, MINE);

	(void)state;
	assert_int_equal(rebtf_set_uses_count(uses), 1);
	assert_int_equal(rebtf_set_uses_at(uses, 0)->id, MINE_T);
	assert_int_equal(rebtf_path_count(rebtf_set_uses_at(uses, 0)->path), 2);
}

static void the_last_type_of_a_set_may_have_users_too(void **state)
{
	_cleanup_unref_ struct rebtf_btf *kernel = build_kernel();
	struct rebtf_builder *b = build_over(kernel);
	_cleanup_unref_ struct rebtf_btf *module = NULL;
	_cleanup_set_ struct rebtf_set *set = NULL;
	_cleanup_uses_ struct rebtf_set_uses *uses = NULL;

	(void)state;
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "first", 4);
	rebtf_builder_member(b, "last", KERNEL_END + 1, 0, 0);
	rebtf_builder_typedef(b, "last", INT);
	module = built(b);
	assert_ok(set_new(kernel, 2, &set));
	assert_ok(rebtf_set_add(set, "m", module));
	uses = uses_of(set, 1, KERNEL_END + 1);
	assert_int_equal(rebtf_set_uses_count(uses), 1);
	assert_int_equal(rebtf_set_uses_at(uses, 0)->id, KERNEL_END);
}

static void a_type_that_does_not_exist_has_no_users(void **state)
{
	_cleanup_set_ struct rebtf_set *set = new_set();
	_cleanup_users_ struct rebtf_users *users = NULL;
	struct rebtf_set_uses *uses;

	(void)state;
	assert_ok(rebtf_users_new(set, &users));
	assert_fails(rebtf_users_find(users, 0, KERNEL_END, &uses), REBTF_ERR_ARGUMENT, "no type");
	assert_fails(rebtf_users_find(users, 0, 0, &uses), REBTF_ERR_ARGUMENT, "no type");
	assert_fails(rebtf_users_find(users, 2, 1, &uses), REBTF_ERR_ARGUMENT,
		     "no member 2 in a set of 2");
}

static void a_member_that_was_added_later_has_no_users(void **state)
{
	_cleanup_set_ struct rebtf_set *set = new_set();
	_cleanup_users_ struct rebtf_users *users = NULL;
	_cleanup_unref_ struct rebtf_btf *late = NULL;
	const struct rebtf_btf *kernel;
	struct rebtf_set_uses *uses;
	struct rebtf_builder *b;

	(void)state;
	assert_ok(rebtf_users_new(set, &users));
	assert_ok(rebtf_set_btf(set, 0, &kernel));
	assert_ok(rebtf_builder_new(btf_mutable(kernel), &b));
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "late", 4);
	assert_ok(rebtf_builder_finish(b, &late));
	assert_ok(rebtf_set_add(set, "late", late));
	assert_fails(rebtf_users_find(users, 2, KERNEL_END, &uses), REBTF_ERR_ARGUMENT,
		     "member 2 was added after");
	assert_fails(rebtf_users_find(users, 2, 1, &uses), REBTF_ERR_ARGUMENT, "added after");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_compared_in_three_ways),
		cmocka_unit_test(kinds_limit_what_is_found),
		cmocka_unit_test(bits_stand_for_kinds_up_to_63),
		cmocka_unit_test(members_are_found_in_unnamed_structs_too),
		cmocka_unit_test(an_unnamed_member_of_type_void_has_no_members),
		cmocka_unit_test(kfuncs_are_found_by_their_tag),
		cmocka_unit_test(kfuncs_without_a_tag_are_found_too),
		cmocka_unit_test(an_attribute_named_like_the_tag_makes_no_kfunc),
		cmocka_unit_test(an_unknown_match_is_refused),
		cmocka_unit_test(users_are_found_in_all_members_with_their_paths),
		cmocka_unit_test(users_of_a_module_s_type_are_in_that_module),
		cmocka_unit_test(the_last_type_of_a_set_may_have_users_too),
		cmocka_unit_test(a_type_that_does_not_exist_has_no_users),
		cmocka_unit_test(a_member_that_was_added_later_has_no_users),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
