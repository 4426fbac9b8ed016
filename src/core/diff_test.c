/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Tests of comparing kernels: which changes are differences, where they are reported, and which
 * users they hit.
 */
#include "core/diff_for_test.h"
#include "core/set.h"

/* Types that all tests can refer to, with the same ids on both sides. */
enum { INT = 1, LONG, PTR_VOID, CHAR, CHAR_1, CHAR_0, FIRST_FREE };

static struct rebtf_builder *start_side(void)
{
	struct rebtf_builder *b = build_over(NULL);

	add_int(b);
	rebtf_builder_int(b, "long int", 8, REBTF_INT_SIGNED, 64);
	rebtf_builder_ref(b, REBTF_KIND_PTR, 0);
	rebtf_builder_int(b, "char", 1, REBTF_INT_SIGNED, 8);
	rebtf_builder_array(b, CHAR, INT, 1);
	rebtf_builder_array(b, CHAR, INT, 0);
	return b;
}

/* A struct of members that follow one another, each of the size that its type has. */
static uint32_t add_pair_of(struct rebtf_builder *b, const char *name, const char *first,
			    uint32_t first_type, const char *second, uint32_t second_type)
{
	uint32_t first_size = first_type == LONG || first_type == PTR_VOID ? 8 : 4;
	uint32_t id = rebtf_builder_struct(b, REBTF_KIND_STRUCT, name,
					   second ? 2 * first_size : first_size);

	rebtf_builder_member(b, first, first_type, 0, 0);
	if (second)
		rebtf_builder_member(b, second, second_type, first_size * 8, 0);
	return id;
}

static uint32_t add_func(struct rebtf_builder *b, const char *name, const char *param,
			 uint32_t type)
{
	uint32_t proto = rebtf_builder_func_proto(b, INT);

	rebtf_builder_param(b, param, type);
	return rebtf_builder_func(b, name, REBTF_LINKAGE_STATIC, proto);
}

static void assert_diff_of(struct rebtf_builder *old_side, struct rebtf_builder *new_side,
			   const struct rebtf_diff_options *options, const char *want)
{
	_cleanup_unref_ struct rebtf_btf *o = built(old_side), *n = built(new_side);
	_cleanup_free_ char *text = NULL;
	struct rebtf_diff *diff;

	assert_ok(rebtf_diff_btf(o, n, options, &diff));
	text = diff_text(diff);
	assert_string_equal(text, want);
}

static void assert_diff(struct rebtf_builder *old_side, struct rebtf_builder *new_side,
			const char *want)
{
	assert_diff_of(old_side, new_side, NULL, want);
}

/* ---------------------------------------------------------------------------------------- types */

static void the_order_of_types_is_no_difference(void **state)
{
	struct rebtf_builder *o = start_side(), *n = start_side();
	uint32_t ptr;

	(void)state;
	add_pair_of(o, "a", "x", INT, "y", INT);
	ptr = rebtf_builder_ref(o, REBTF_KIND_PTR, FIRST_FREE);
	add_pair_of(o, "b", "a", ptr, NULL, 0);
	add_func(o, "f", "p", ptr);

	ptr = rebtf_builder_ref(n, REBTF_KIND_PTR, FIRST_FREE + 4);
	add_func(n, "f", "p", ptr);
	add_pair_of(n, "b", "a", ptr, NULL, 0);
	add_pair_of(n, "a", "x", INT, "y", INT);
	assert_diff(o, n, "");
}

static void a_type_inside_that_grows_is_the_one_difference(void **state)
{
	struct rebtf_builder *sides[2];

	(void)state;
	for (int i = 0; i < 2; i++) {
		uint32_t inner, outer, ptr;

		sides[i] = start_side();
		inner = add_pair_of(sides[i], "inner", "x", INT, i ? "y" : NULL, INT);
		outer = rebtf_builder_struct(sides[i], REBTF_KIND_STRUCT, "outer", i ? 12 : 8);
		rebtf_builder_member(sides[i], "in", inner, 0, 0);
		rebtf_builder_member(sides[i], "last", INT, i ? 64 : 32, 0);
		ptr = rebtf_builder_ref(sides[i], REBTF_KIND_PTR, outer);
		add_pair_of(sides[i], "pointing", "out", ptr, NULL, 0);
		add_func(sides[i], "f", "p", ptr);
		rebtf_builder_var(sides[i], "v", REBTF_LINKAGE_GLOBAL, outer);
	}
	assert_diff(sides[0], sides[1],
		    "changed inner embedded: added-y <variable v via outer embedded> "
		    "<type outer embedded 8-12> <function f via outer>\n1 derived\n");
}

/* A user names it by its typedef. */
static void a_type_inside_an_unnamed_struct_is_reached_via_the_typedef(void **state)
{
	struct rebtf_builder *sides[2];

	(void)state;
	for (int i = 0; i < 2; i++) {
		uint32_t inner, outer;

		sides[i] = start_side();
		inner = add_pair_of(sides[i], "inner", "x", INT, i ? "y" : NULL, INT);
		outer = rebtf_builder_struct(sides[i], REBTF_KIND_STRUCT, NULL, i ? 8 : 4);
		rebtf_builder_member(sides[i], "in", inner, 0, 0);
		outer = rebtf_builder_typedef(sides[i], "outer_t", outer);
		add_func(sides[i], "f", "p", rebtf_builder_ref(sides[i], REBTF_KIND_PTR, outer));
	}
	assert_diff(sides[0], sides[1],
		    "changed inner embedded: added-y <type outer_t embedded> "
		    "<function f via outer_t>\n1 derived\n");
}

static void a_reordered_struct_is_a_difference_of_its_own(void **state)
{
	struct rebtf_builder *o = start_side(), *n = start_side();

	(void)state;
	add_pair_of(o, "a", "x", INT, "y", INT);
	add_pair_of(n, "a", "y", INT, "x", INT);
	assert_diff(o, n, "changed a trusted: moved-y! moved-x!\n");
}

static void types_come_and_go_and_change_their_kind(void **state)
{
	struct rebtf_builder *o = start_side(), *n = start_side();

	(void)state;
	add_pair_of(o, "gone", "x", INT, NULL, 0);
	add_pair_of(o, "kind", "x", INT, NULL, 0);
	rebtf_builder_fwd(o, REBTF_KIND_STRUCT, "declared");
	rebtf_builder_fwd(o, REBTF_KIND_STRUCT, "never");
	add_pair_of(n, "new", "x", INT, NULL, 0);
	rebtf_builder_struct(n, REBTF_KIND_UNION, "kind", 4);
	rebtf_builder_member(n, "x", INT, 0, 0);
	add_pair_of(n, "declared", "x", INT, NULL, 0);
	assert_diff(o, n,
		    "defined declared:\nremoved gone pointer-only:\nkind kind pointer-only:\n"
		    "added new:\n");
}

/* Types and variables have one, functions have none. */
static void what_comes_or_goes_has_its_size(void **state)
{
	static const struct {
		const char *name;
		uint64_t size;
	} wants[] = { { "a", 4 }, { "f", 0 }, { "l", 8 }, { "v", 8 } };
	const size_t count = sizeof(wants) / sizeof(wants[0]);
	struct rebtf_builder *b = start_side();
	_cleanup_unref_ struct rebtf_btf *without = built(start_side()), *with = NULL;

	(void)state;
	add_pair_of(b, "a", "x", INT, NULL, 0);
	add_func(b, "f", "x", INT);
	rebtf_builder_typedef(b, "l", LONG);
	rebtf_builder_var(b, "v", REBTF_LINKAGE_GLOBAL, PTR_VOID);
	with = built(b);
	for (int is_added = 0; is_added < 2; is_added++) {
		struct rebtf_diff *diff;
		size_t found = 0;

		assert_ok(rebtf_diff_btf(is_added ? without : with, is_added ? with : without, NULL,
					 &diff));
		for (size_t i = 0; i < rebtf_diff_count(diff); i++) {
			const struct rebtf_difference *d = rebtf_diff_at(diff, i);

			for (size_t w = 0; w < count; w++) {
				if (strcmp(d->name, wants[w].name))
					continue;
				assert_int_equal(is_added ? d->new_size : d->old_size,
						 wants[w].size);
				assert_int_equal(is_added ? d->old_size : d->new_size, 0);
				found++;
			}
		}
		assert_int_equal(found, count);
		rebtf_diff_free(diff);
	}
}

static void another_spelling_is_compatible(void **state)
{
	struct rebtf_builder *o = start_side(), *n = start_side();

	(void)state;
	rebtf_builder_typedef(o, "s32", INT);
	add_pair_of(o, "a", "x", INT, "y", INT);
	rebtf_builder_typedef(n, "s32", INT);
	add_pair_of(n, "a", "x", FIRST_FREE, "y", INT);
	assert_diff(o, n, "changed a: retyped-x(spelling)\n");
}

static void a_typedef_that_changes_is_the_one_difference(void **state)
{
	struct rebtf_builder *sides[2];

	(void)state;
	for (int i = 0; i < 2; i++) {
		sides[i] = start_side();
		rebtf_builder_typedef(sides[i], "t", i ? LONG : INT);
		rebtf_builder_struct(sides[i], REBTF_KIND_STRUCT, "a", i ? 8 : 4);
		rebtf_builder_member(sides[i], "x", FIRST_FREE, 0, 0);
	}
	assert_diff(sides[0], sides[1], "changed t embedded: <type a embedded 4-8>\n1 derived\n");
}

static void a_typedef_is_the_name_of_its_unnamed_struct(void **state)
{
	struct rebtf_builder *o = start_side(), *n = start_side();

	(void)state;
	rebtf_builder_typedef(o, "t", add_pair_of(o, NULL, "x", INT, NULL, 0));
	rebtf_builder_typedef(n, "t", add_pair_of(n, NULL, "x", INT, "y", INT));
	assert_diff(o, n, "changed t embedded: added-y\n");
}

static void enumerators_may_be_added(void **state)
{
	struct rebtf_builder *o = start_side(), *n = start_side();

	(void)state;
	rebtf_builder_enum(o, REBTF_KIND_ENUM, "e", 4, REBTF_UNSIGNED);
	rebtf_builder_enumerator(o, "A", 0);
	rebtf_builder_enum(o, REBTF_KIND_ENUM, NULL, 4, REBTF_UNSIGNED);
	rebtf_builder_enumerator(o, "X", 0);
	rebtf_builder_enumerator(o, "Y", 1);
	rebtf_builder_enum(n, REBTF_KIND_ENUM, "e", 4, REBTF_UNSIGNED);
	rebtf_builder_enumerator(n, "A", 0);
	rebtf_builder_enumerator(n, "B", 1);
	rebtf_builder_enum(n, REBTF_KIND_ENUM, NULL, 4, REBTF_UNSIGNED);
	rebtf_builder_enumerator(n, "X", 0);
	rebtf_builder_enumerator(n, "Y", 2);
	assert_diff(o, n, "changed X trusted: revalued-Y!\nchanged e: added-B\n");
}

static void a_move_into_an_unnamed_union_is_compatible(void **state)
{
	struct rebtf_builder *o = start_side(), *n = start_side();
	uint32_t id;

	(void)state;
	add_pair_of(o, "a", "x", INT, "y", INT);
	id = rebtf_builder_struct(n, REBTF_KIND_UNION, NULL, 4);
	rebtf_builder_member(n, "x", INT, 0, 0);
	add_pair_of(n, "a", NULL, id, "y", INT);
	assert_diff(o, n, "changed a:\n");
}

static void an_array_may_become_flexible(void **state)
{
	struct rebtf_builder *sides[2];

	(void)state;
	for (int i = 0; i < 2; i++) {
		sides[i] = start_side();
		rebtf_builder_struct(sides[i], REBTF_KIND_STRUCT, "a", 8);
		rebtf_builder_member(sides[i], "x", INT, 0, 0);
		rebtf_builder_member(sides[i], "data", i ? CHAR_0 : CHAR_1, 32, 0);
	}
	assert_diff(sides[0], sides[1], "changed a: retyped-data(flexible)\n");
}

static void bit_fields_are_members(void **state)
{
	struct rebtf_builder *sides[2];

	(void)state;
	for (int i = 0; i < 2; i++) {
		sides[i] = start_side();
		rebtf_builder_struct(sides[i], REBTF_KIND_STRUCT, "a", 4);
		rebtf_builder_member(sides[i], "one", INT, 0, 1);
		rebtf_builder_member(sides[i], "two", INT, 1, i ? 3 : 2);
		if (i)
			rebtf_builder_member(sides[i], "three", INT, 4, 1);
	}
	assert_diff(sides[0], sides[1], "changed a trusted: retyped-two! added-three\n");
}

/* ------------------------------------------------------------------------------------- functions */

static void functions_have_parameters(void **state)
{
	struct rebtf_builder *o = start_side(), *n = start_side();

	(void)state;
	add_func(o, "gone", "x", INT);
	add_func(o, "name", "x", INT);
	add_func(o, "type", "x", INT);
	add_func(n, "name", "y", INT);
	add_func(n, "type", "x", LONG);
	add_func(n, "new", "x", INT);
	assert_diff(o, n,
		    "removed gone pointer-only:\nchanged name: renamed-x(parameter)\nadded new:\n"
		    "changed type trusted: retyped-x!\n");
}

static void functions_that_no_module_can_call_are_internal(void **state)
{
	static const char *const exports[] = { "exported" };
	REBTF_OPTIONS(rebtf_diff_options, options, .exports = exports, .export_count = 1);
	struct rebtf_builder *o = start_side(), *n = start_side();

	(void)state;
	add_func(o, "exported", "x", INT);
	/* An attribute is no tag. */
	rebtf_builder_decl_attr(o, "bpf_kfunc", add_func(o, "internal", "x", INT), -1);
	rebtf_builder_decl_tag(o, "bpf_kfunc", add_func(o, "kfunc", "x", INT), -1);
	add_func(n, "exported", "x", LONG);
	add_func(n, "internal", "x", LONG);
	add_func(n, "kfunc", "x", LONG);
	assert_diff_of(o, n, &options,
		       "changed exported trusted: retyped-x!\n"
		       "changed internal internal: retyped-x!\n"
		       "changed kfunc trusted: retyped-x!\n");
}

static void users_have_classes(void **state)
{
	static const char *const exports[] = { "exported" };
	REBTF_OPTIONS(rebtf_diff_options, options, .exports = exports, .export_count = 1);
	struct rebtf_builder *sides[2];

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct rebtf_builder *b = sides[i] = start_side();
		uint32_t a = add_pair_of(b, "a", "x", i ? LONG : PTR_VOID, NULL, 0);
		uint32_t ptr = rebtf_builder_ref(b, REBTF_KIND_PTR, a), proto, ops;

		add_func(b, "exported", "p", ptr);
		rebtf_builder_decl_tag(b, "bpf_kfunc", add_func(b, "kfunc", "p", ptr), -1);
		proto = rebtf_builder_func_proto(b, INT);
		rebtf_builder_param(b, "p", ptr);
		ops = add_pair_of(b, "ops", "call", rebtf_builder_ref(b, REBTF_KIND_PTR, proto),
				  NULL, 0);
		add_pair_of(b, "bpf_struct_ops_ops", "data", ops, NULL, 0);
	}
	assert_diff_of(sides[0], sides[1], &options,
		       "changed a trusted: retyped-x! <kfunc kfunc trusted> "
		       "<struct_ops ops trusted> <exported exported>\n");
}

static void users_are_counted_by_kind(void **state)
{
	static const char *const names[] = { "v", "f", "g" };
	_cleanup_unref_ struct rebtf_btf *o = NULL, *n = NULL;
	const struct rebtf_difference *d;
	struct rebtf_builder *b;
	struct rebtf_diff *diff;

	(void)state;
	for (int i = 0; i < 2; i++) {
		uint32_t a, ptr;

		b = start_side();
		a = add_pair_of(b, "a", "x", INT, i ? "y" : NULL, INT);
		ptr = rebtf_builder_ref(b, REBTF_KIND_PTR, a);
		add_func(b, "f", "p", ptr);
		add_func(b, "g", "p", ptr);
		rebtf_builder_var(b, "v", REBTF_LINKAGE_GLOBAL, a);
		*(i ? &n : &o) = built(b);
	}
	assert_ok(rebtf_diff_btf(o, n, NULL, &diff));
	d = rebtf_diff_at(diff, 0);
	assert_int_equal(rebtf_difference_user_count(d), 3);
	assert_int_equal(rebtf_difference_user_kind_count(d, REBTF_USER_VARIABLE), 1);
	assert_int_equal(rebtf_difference_user_kind_count(d, REBTF_USER_FUNCTION), 2);
	assert_int_equal(rebtf_difference_user_kind_count(d, REBTF_USER_MODULE), 0);
	assert_int_equal(rebtf_difference_user_kind_count(d, REBTF_USER_FUNCTION + 1), 0);
	for (size_t i = 0; i < 3; i++)
		assert_string_equal(rebtf_difference_user_at(d, i)->name, names[i]);
	assert_null(rebtf_difference_user_at(d, 3));
	rebtf_diff_free(diff);
}

/* ----------------------------------------------------------------------------------- several types */

static void types_of_one_name_are_paired_by_their_members(void **state)
{
	struct rebtf_builder *o = start_side(), *n = start_side();

	(void)state;
	add_pair_of(o, "a", "x", INT, "y", INT);
	add_pair_of(o, "a", "p", INT, "q", INT);
	add_pair_of(o, "a", "same", INT, NULL, 0);
	add_pair_of(n, "a", "p", INT, "r", INT);
	add_pair_of(n, "a", "same", INT, NULL, 0);
	add_pair_of(n, "a", "x", INT, "z", INT);
	assert_diff(o, n, "changed a trusted: renamed-y!\nchanged a trusted: renamed-q!\n");
}

static struct rebtf_set *set_of(struct rebtf_btf *kernel, const char *name,
				struct rebtf_btf *module)
{
	struct rebtf_set *set;

	assert_ok(rebtf_set_open(kernel, NULL, 0, NULL, &set));
	if (module)
		assert_ok(rebtf_set_add(set, name, module));
	return set;
}

static void assert_set_diff(struct rebtf_set *o, struct rebtf_set *n, const char *want)
{
	_cleanup_free_ char *text = NULL;
	struct rebtf_diff *diff;

	assert_ok(rebtf_diff(o, n, NULL, &diff));
	text = diff_text(diff);
	assert_string_equal(text, want);
}

/* A module over @kernel with a struct of two integers, the second of type @second. */
static struct rebtf_btf *module_with(struct rebtf_btf *kernel, const char *name, const char *second)
{
	struct rebtf_builder *b = build_over(kernel);

	add_pair_of(b, name, "x", INT, second, INT);
	return built(b);
}

static struct rebtf_error *list_kfunc(const struct rebtf_btf *kernel, struct rebtf_kfuncs **kfuncs)
{
	*kfuncs = calloc(1, sizeof(**kfuncs));
	assert_non_null(*kfuncs);
	known_kfuncs_append(&(*kfuncs)->list,
			    (struct rebtf_kfunc){
				    .id = rebtf_btf_find(kernel, "kfunc", REBTF_KIND_FUNC) });
	return NULL;
}

static void kfuncs_without_a_tag_are_not_internal(void **state)
{
	static const char *const exports[] = { "exported" };
	REBTF_OPTIONS(rebtf_diff_options, options, .exports = exports, .export_count = 1);
	_cleanup_free_ char *text = NULL;
	struct rebtf_set *sets[2];
	struct rebtf_diff *diff;

	(void)state;
	for (int i = 0; i < 2; i++) {
		_cleanup_unref_ struct rebtf_btf *kernel = NULL;
		struct rebtf_builder *b = start_side();

		add_func(b, "internal", "x", i ? LONG : INT);
		add_func(b, "kfunc", "x", i ? LONG : INT);
		kernel = built(b);
		sets[i] = set_of(kernel, NULL, NULL);
	}
	set_find_kernel_kfuncs(sets[0], list_kfunc);
	assert_ok(rebtf_diff(sets[0], sets[1], &options, &diff));
	text = diff_text(diff);
	assert_string_equal(text, "changed internal internal: retyped-x!\n"
				  "changed kfunc trusted: retyped-x!\n");
	rebtf_set_free(sets[0]);
	rebtf_set_free(sets[1]);
}

static void modules_share_a_difference(void **state)
{
	_cleanup_unref_ struct rebtf_btf *kernel = built(start_side());
	struct rebtf_set *sets[2];

	(void)state;
	for (int i = 0; i < 2; i++) {
		_cleanup_unref_ struct rebtf_btf *module = module_with(kernel, "a", i ? "z" : "y");

		sets[i] = set_of(kernel, "one", module);
		assert_ok(rebtf_set_add(sets[i], "two", module));
	}
	assert_set_diff(sets[0], sets[1], "changed a trusted: renamed-y! one two\n");
	rebtf_set_free(sets[0]);
	rebtf_set_free(sets[1]);
}

static void a_type_that_moves_to_the_kernel_is_no_difference(void **state)
{
	_cleanup_unref_ struct rebtf_btf *kernel = built(start_side());
	_cleanup_unref_ struct rebtf_btf *module = module_with(kernel, "a", "y");
	_cleanup_unref_ struct rebtf_btf *empty = NULL;
	_cleanup_unref_ struct rebtf_btf *new_kernel = NULL;
	struct rebtf_builder *b = start_side();
	struct rebtf_set *o, *n;

	(void)state;
	add_pair_of(b, "a", "x", INT, "y", INT);
	new_kernel = built(b);
	empty = built(build_over(new_kernel));
	o = set_of(kernel, "m", module);
	n = set_of(new_kernel, "m", empty);
	assert_set_diff(o, n, "");
	rebtf_set_free(o);
	rebtf_set_free(n);
}

/* A set of two modules over @kernel, each with a struct a. @seconds names the second member in both. */
static struct rebtf_set *set_of_two(struct rebtf_btf *kernel, const char *const *seconds)
{
	_cleanup_unref_ struct rebtf_btf *one = module_with(kernel, "a", seconds[0]);
	_cleanup_unref_ struct rebtf_btf *two = module_with(kernel, "a", seconds[1]);
	struct rebtf_set *set = set_of(kernel, "one", one);

	assert_ok(rebtf_set_add(set, "two", two));
	return set;
}

static void types_that_move_are_paired_if_each_side_has_one_definition(void **state)
{
	static const struct {
		const char *modules[2], *kernel, *expected, *back;
	} cases[] = {
		{ { "y", "y" },
		  "z",
		  "changed a trusted: renamed-y! one two\n",
		  "changed a trusted: renamed-z!\n" },
		{ { "y", "w" },
		  "z",
		  "added a:\nremoved a pointer-only: one\nremoved a pointer-only: two\n",
		  "added a: one\nadded a: two\nremoved a pointer-only:\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_unref_ struct rebtf_btf *kernel = built(start_side());
		struct rebtf_builder *b = start_side();
		_cleanup_unref_ struct rebtf_btf *new_kernel = NULL;
		_cleanup_unref_ struct rebtf_btf *empty = NULL;
		struct rebtf_set *o = set_of_two(kernel, cases[i].modules), *n;

		add_pair_of(b, "a", "x", INT, cases[i].kernel, INT);
		new_kernel = built(b);
		empty = built(build_over(new_kernel));
		n = set_of(new_kernel, "one", empty);
		assert_ok(rebtf_set_add(n, "two", empty));
		assert_set_diff(o, n, cases[i].expected);
		assert_set_diff(n, o, cases[i].back);
		rebtf_set_free(o);
		rebtf_set_free(n);
	}
}

static void functions_of_one_name_in_two_members_are_two_functions(void **state)
{
	struct rebtf_set *sets[2];

	(void)state;
	for (int i = 0; i < 2; i++) {
		_cleanup_unref_ struct rebtf_btf *kernel = built(start_side());
		struct rebtf_builder *one = build_over(kernel), *two = build_over(kernel);
		_cleanup_unref_ struct rebtf_btf *first = NULL;
		_cleanup_unref_ struct rebtf_btf *second = NULL;

		add_func(i ? two : one, "f", "p", i ? LONG : INT);
		first = built(one);
		second = built(two);
		sets[i] = set_of(kernel, "one", first);
		assert_ok(rebtf_set_add(sets[i], "two", second));
	}
	assert_set_diff(sets[0], sets[1], "added f: two\nremoved f pointer-only: one\n");
	rebtf_set_free(sets[0]);
	rebtf_set_free(sets[1]);
}

static void a_module_that_is_gone_is_one_difference(void **state)
{
	_cleanup_unref_ struct rebtf_btf *kernel = built(start_side());
	_cleanup_unref_ struct rebtf_btf *module = module_with(kernel, "a", "y");
	struct rebtf_set *o = set_of(kernel, "m", module), *n = set_of(kernel, NULL, NULL);

	(void)state;
	assert_set_diff(o, n, "removed m pointer-only:\n");
	assert_set_diff(n, o, "added m:\n");
	rebtf_set_free(o);
	rebtf_set_free(n);
}

static void modules_that_contain_a_type_are_its_users(void **state)
{
	struct rebtf_set *sets[2];

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct rebtf_builder *b = start_side();
		_cleanup_unref_ struct rebtf_btf *kernel = NULL;
		_cleanup_unref_ struct rebtf_btf *inside = NULL;
		_cleanup_unref_ struct rebtf_btf *behind = NULL;
		uint32_t a = add_pair_of(b, "a", "x", INT, i ? "y" : NULL, INT);

		kernel = built(b);
		b = build_over(kernel);
		rebtf_builder_struct(b, REBTF_KIND_STRUCT, "outer", i ? 8 : 4);
		rebtf_builder_member(b, "in", a, 0, 0);
		inside = built(b);
		b = build_over(kernel);
		add_pair_of(b, "other", "p", rebtf_builder_ref(b, REBTF_KIND_PTR, a), NULL, 0);
		behind = built(b);
		sets[i] = set_of(kernel, "inside", inside);
		assert_ok(rebtf_set_add(sets[i], "behind", behind));
	}
	assert_set_diff(sets[0], sets[1],
			"changed a embedded: added-y <module inside embedded> <module behind> "
			"<type outer embedded 4-8>\n1 derived\n");
	rebtf_set_free(sets[0]);
	rebtf_set_free(sets[1]);
}

/* ---------------------------------------------------------------------------------------- scopes */

static void names_and_symbols_limit_what_is_compared(void **state)
{
	static const char *const only[] = { "b*" }, *const symbols[] = { "f" };
	REBTF_OPTIONS(rebtf_diff_options, by_name, .only = only, .only_count = 1);
	REBTF_OPTIONS(rebtf_diff_options, by_symbol, .symbols = symbols, .symbol_count = 1);
	struct rebtf_builder *sides[4];

	(void)state;
	for (int i = 0; i < 4; i++) {
		struct rebtf_builder *b = sides[i] = start_side();
		uint32_t a = add_pair_of(b, "a", "x", i % 2 ? LONG : PTR_VOID, NULL, 0);

		add_pair_of(b, "b", "x", i % 2 ? LONG : PTR_VOID, NULL, 0);
		add_func(b, "f", "p", rebtf_builder_ref(b, REBTF_KIND_PTR, a));
		add_func(b, "g", "p", i % 2 ? LONG : INT);
	}
	assert_diff_of(sides[0], sides[1], &by_name, "changed b trusted: retyped-x!\n");
	assert_diff_of(sides[2], sides[3], &by_symbol,
		       "changed a trusted: retyped-x! <function f>\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_order_of_types_is_no_difference),
		cmocka_unit_test(a_type_inside_that_grows_is_the_one_difference),
		cmocka_unit_test(a_type_inside_an_unnamed_struct_is_reached_via_the_typedef),
		cmocka_unit_test(a_reordered_struct_is_a_difference_of_its_own),
		cmocka_unit_test(types_come_and_go_and_change_their_kind),
		cmocka_unit_test(what_comes_or_goes_has_its_size),
		cmocka_unit_test(another_spelling_is_compatible),
		cmocka_unit_test(a_typedef_that_changes_is_the_one_difference),
		cmocka_unit_test(a_typedef_is_the_name_of_its_unnamed_struct),
		cmocka_unit_test(enumerators_may_be_added),
		cmocka_unit_test(a_move_into_an_unnamed_union_is_compatible),
		cmocka_unit_test(an_array_may_become_flexible),
		cmocka_unit_test(bit_fields_are_members),
		cmocka_unit_test(functions_have_parameters),
		cmocka_unit_test(functions_that_no_module_can_call_are_internal),
		cmocka_unit_test(users_have_classes),
		cmocka_unit_test(users_are_counted_by_kind),
		cmocka_unit_test(types_of_one_name_are_paired_by_their_members),
		cmocka_unit_test(kfuncs_without_a_tag_are_not_internal),
		cmocka_unit_test(modules_share_a_difference),
		cmocka_unit_test(a_type_that_moves_to_the_kernel_is_no_difference),
		cmocka_unit_test(types_that_move_are_paired_if_each_side_has_one_definition),
		cmocka_unit_test(functions_of_one_name_in_two_members_are_two_functions),
		cmocka_unit_test(a_module_that_is_gone_is_one_difference),
		cmocka_unit_test(modules_that_contain_a_type_are_its_users),
		cmocka_unit_test(names_and_symbols_limit_what_is_compared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
