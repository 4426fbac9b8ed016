/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Tests of sets: members are opened once, when they are needed, and bad ones are left out. */
#include <pthread.h>

#include "btf/build_for_test.h"
#include "core/set.h"

/* Makes a module over @kernel with a pointer to its "int", and counts its calls in @arg. */
static struct rebtf_error *open_pointer(void *arg, struct rebtf_btf *kernel, struct rebtf_btf **btf,
					struct rebtf_kfuncs **kfuncs)
{
	struct rebtf_builder *b;

	(void)kfuncs;
	__atomic_add_fetch((int *)arg, 1, __ATOMIC_RELAXED);
	TRY(rebtf_builder_new(kernel, &b));
	rebtf_builder_ref(b, REBTF_KIND_PTR, 1);
	return rebtf_builder_finish(b, btf);
}

static struct rebtf_error *open_damaged(void *arg, struct rebtf_btf *kernel, struct rebtf_btf **btf,
					struct rebtf_kfuncs **kfuncs)
{
	(void)kernel, (void)btf, (void)kfuncs;
	++*(int *)arg;
	return error_new(REBTF_ERR_FORMAT, "damaged");
}

static struct rebtf_error *open_alone(void *arg, struct rebtf_btf *kernel, struct rebtf_btf **btf,
				      struct rebtf_kfuncs **kfuncs)
{
	(void)arg, (void)kernel, (void)kfuncs;
	*btf = build_int();
	return NULL;
}

static struct rebtf_error *open_later(void *arg, struct rebtf_btf *kernel, struct rebtf_btf **btf,
				      struct rebtf_kfuncs **kfuncs)
{
	int *calls = arg;

	return (*calls)++ ? open_pointer(arg, kernel, btf, kfuncs) : error_nomem();
}

static void make_kfuncs(uint32_t id, struct rebtf_kfuncs **kfuncs)
{
	*kfuncs = calloc(1, sizeof(**kfuncs));
	assert_non_null(*kfuncs);
	known_kfuncs_append(&(*kfuncs)->list, (struct rebtf_kfunc){ .id = id, .flags = 4 });
}

static struct rebtf_error *open_kfuncs(void *arg, struct rebtf_btf *kernel, struct rebtf_btf **btf,
				       struct rebtf_kfuncs **kfuncs)
{
	make_kfuncs(2, kfuncs);
	return open_pointer(arg, kernel, btf, kfuncs);
}

/* A set over "int" of these members, with the number of times that each was opened. */
struct opened_set {
	struct rebtf_set *set;
	int calls[64];
};

static void start_set(struct opened_set *opened)
{
	_cleanup_unref_ struct rebtf_btf *kernel = build_int();

	*opened = (struct opened_set){};
	assert_ok(set_new(kernel, 2, &opened->set));
}

static void add_member(struct opened_set *opened, const char *name, const char *path,
		       struct rebtf_error *(*open)(void *arg, struct rebtf_btf *kernel,
						   struct rebtf_btf **btf,
						   struct rebtf_kfuncs **kfuncs))
{
	const struct set_opener opener = { open, &opened->calls[rebtf_set_count(opened->set)] };

	assert_ok(set_add(opened->set, name, path, &opener));
}

static void finish_set(struct opened_set *opened)
{
	rebtf_set_free(opened->set);
}

#define _cleanup_opened_ _cleanup_(finish_set)

static const struct rebtf_btf *btf_of(struct rebtf_set *set, size_t member)
{
	const struct rebtf_btf *btf;

	assert_ok(rebtf_set_btf(set, member, &btf));
	return btf;
}

static void the_kernel_is_the_first_member(void **state)
{
	_cleanup_opened_ struct opened_set opened;

	(void)state;
	start_set(&opened);
	assert_int_equal(rebtf_set_count(opened.set), 1);
	assert_string_equal(rebtf_set_name(opened.set, SET_KERNEL), "vmlinux");
	assert_null(rebtf_set_path(opened.set, SET_KERNEL));
	assert_int_equal(rebtf_btf_type_count(btf_of(opened.set, SET_KERNEL)), 2);
	assert_null(rebtf_set_name(opened.set, 1));
	assert_null(rebtf_set_path(opened.set, 1));
	assert_null(rebtf_set_error(opened.set, 1));
}

static void a_member_is_opened_once_and_when_it_is_needed(void **state)
{
	_cleanup_opened_ struct opened_set opened;
	const struct rebtf_btf *btf;

	(void)state;
	start_set(&opened);
	add_member(&opened, "a", "dir/a.ko", open_pointer);
	add_member(&opened, "b", "dir/b.ko", open_pointer);
	assert_string_equal(rebtf_set_name(opened.set, 2), "b");
	assert_string_equal(rebtf_set_path(opened.set, 2), "dir/b.ko");
	assert_int_equal(opened.calls[2], 0);
	btf = btf_of(opened.set, 2);
	assert_ptr_equal(rebtf_btf_base(btf), btf_of(opened.set, SET_KERNEL));
	assert_ptr_equal(btf_of(opened.set, 2), btf);
	assert_int_equal(opened.calls[1], 0);
	assert_int_equal(opened.calls[2], 1);
}

static void a_damaged_member_is_left_out_with_its_reason(void **state)
{
	_cleanup_opened_ struct opened_set opened;
	_cleanup_free_ char *text = NULL;

	(void)state;
	start_set(&opened);
	add_member(&opened, "bad", "dir/bad.ko", open_damaged);
	add_member(&opened, "good", "dir/good.ko", open_pointer);
	assert_null(rebtf_set_error(opened.set, 1));
	assert_ok(rebtf_set_load(opened.set));
	assert_null(btf_of(opened.set, 1));
	assert_null(btf_of(opened.set, 1));
	assert_int_equal(opened.calls[1], 1);
	text = rebtf_error_text(rebtf_set_error(opened.set, 1));
	assert_string_equal(text, "dir/bad.ko: damaged");
	assert_non_null(btf_of(opened.set, 2));
	assert_null(rebtf_set_error(opened.set, 2));
}

static void btf_over_another_base_is_left_out(void **state)
{
	_cleanup_opened_ struct opened_set opened;

	(void)state;
	start_set(&opened);
	add_member(&opened, "alone", NULL, open_alone);
	assert_null(btf_of(opened.set, 1));
	assert_int_equal(rebtf_error_code(rebtf_set_error(opened.set, 1)), REBTF_ERR_WRONG_BASE);
}

static void lack_of_memory_does_not_leave_a_member_out(void **state)
{
	_cleanup_opened_ struct opened_set opened;
	const struct rebtf_btf *btf;

	(void)state;
	start_set(&opened);
	add_member(&opened, "later", NULL, open_later);
	assert_fails(rebtf_set_btf(opened.set, 1, &btf), REBTF_ERR_NOMEM, "memory");
	assert_null(rebtf_set_error(opened.set, 1));
	assert_non_null(btf_of(opened.set, 1));
}

static void a_member_that_does_not_exist_is_an_error(void **state)
{
	_cleanup_opened_ struct opened_set opened;
	const struct rebtf_btf *btf;

	(void)state;
	start_set(&opened);
	assert_fails(rebtf_set_btf(opened.set, 1, &btf), REBTF_ERR_ARGUMENT,
		     "no member 1 in a set of 1");
}

static void opened_btf_can_be_added(void **state)
{
	_cleanup_unref_ struct rebtf_btf *module = NULL, *other = build_int();
	_cleanup_opened_ struct opened_set opened;
	int calls;

	(void)state;
	start_set(&opened);
	assert_ok(open_pointer(&calls, btf_mutable(btf_of(opened.set, SET_KERNEL)), &module, NULL));
	assert_ok(rebtf_set_add(opened.set, "module", module));
	assert_ptr_equal(btf_of(opened.set, 1), module);
	assert_string_equal(rebtf_set_name(opened.set, 1), "module");
	assert_fails(rebtf_set_add(opened.set, "other", other), REBTF_ERR_ARGUMENT, "'other'");
	assert_int_equal(rebtf_set_count(opened.set), 2);
}

static void types_of_the_kernel_belong_to_the_kernel(void **state)
{
	_cleanup_opened_ struct opened_set opened;

	(void)state;
	start_set(&opened);
	add_member(&opened, "a", NULL, open_pointer);
	assert_int_equal(set_type(opened.set, 1, 1).member, SET_KERNEL);
	assert_int_equal(set_type(opened.set, 1, 2).member, 1);
	assert_int_equal(set_type(opened.set, 1, 2).id, 2);
}

/* Counts the visits of each member. */
static struct rebtf_error *count_visit(void *arg, size_t member, const struct rebtf_btf *btf)
{
	int *visits = arg;

	assert_non_null(btf);
	__atomic_add_fetch(&visits[member], 1, __ATOMIC_RELAXED);
	return NULL;
}

static void each_visits_all_members_that_open(void **state)
{
	_cleanup_opened_ struct opened_set opened;
	int visits[64] = {};

	(void)state;
	start_set(&opened);
	for (int i = 1; i < 64; i++)
		add_member(&opened, "m", NULL, i == 7 ? open_damaged : open_pointer);
	assert_ok(set_each(opened.set, count_visit, visits));
	for (int i = 0; i < 64; i++)
		assert_int_equal(visits[i], i != 7);
}

static struct rebtf_error *fail_at_3(void *arg, size_t member, const struct rebtf_btf *btf)
{
	(void)arg, (void)btf;
	return member == 3 ? error_new(REBTF_ERR_ARGUMENT, "the third") : NULL;
}

static void each_passes_an_error_on(void **state)
{
	_cleanup_opened_ struct opened_set opened;

	(void)state;
	start_set(&opened);
	for (int i = 1; i < 10; i++)
		add_member(&opened, "m", NULL, open_pointer);
	assert_fails(set_each(opened.set, fail_at_3, NULL), REBTF_ERR_ARGUMENT, "the third");
}

static void *load_set(void *arg)
{
	assert_ok(rebtf_set_load(arg));
	return NULL;
}

static void threads_open_each_member_once(void **state)
{
	_cleanup_opened_ struct opened_set opened;
	pthread_t threads[4];

	(void)state;
	start_set(&opened);
	for (int i = 1; i < 64; i++)
		add_member(&opened, "m", NULL, open_pointer);
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, load_set, opened.set), 0);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	for (int i = 1; i < 64; i++)
		assert_int_equal(opened.calls[i], 1);
}

static void count_release(void *arg)
{
	++*(int *)arg;
}

static void the_owner_is_released_with_the_set(void **state)
{
	_cleanup_opened_ struct opened_set opened;
	int released = 0;

	(void)state;
	start_set(&opened);
	set_own(opened.set, count_release, &released);
	assert_int_equal(released, 0);
	rebtf_set_free(take_ptr(&opened.set));
	assert_int_equal(released, 1);
}

static int kernel_calls;

static struct rebtf_error *find_kernel_kfuncs(const struct rebtf_btf *kernel,
					      struct rebtf_kfuncs **kfuncs)
{
	assert_int_equal(rebtf_btf_type_count(kernel), 2);
	kernel_calls++;
	make_kfuncs(1, kfuncs);
	return NULL;
}

static uint32_t kfunc_of(struct rebtf_set *set, size_t member)
{
	const struct rebtf_kfuncs *kfuncs;

	assert_ok(rebtf_set_kfuncs(set, member, &kfuncs));
	assert_null(rebtf_kfuncs_error(kfuncs));
	assert_true(rebtf_kfuncs_count(kfuncs) < 2);
	assert_null(rebtf_kfuncs_at(kfuncs, 1));
	return rebtf_kfuncs_count(kfuncs) ? rebtf_kfuncs_at(kfuncs, 0)->id : 0;
}

static void members_have_kfuncs_and_those_of_the_kernel_are_sought_once(void **state)
{
	_cleanup_opened_ struct opened_set opened;
	const struct rebtf_kfuncs *kfuncs;

	(void)state;
	start_set(&opened);
	add_member(&opened, "kfuncs", NULL, open_kfuncs);
	add_member(&opened, "none", NULL, open_pointer);
	add_member(&opened, "damaged", NULL, open_damaged);
	assert_int_equal(kfunc_of(opened.set, 0), 0);
	set_find_kernel_kfuncs(opened.set, find_kernel_kfuncs);
	assert_int_equal(kfunc_of(opened.set, 1), 2);
	assert_int_equal(kfunc_of(opened.set, 2), 0);
	assert_int_equal(kfunc_of(opened.set, 3), 0);
	assert_int_equal(kernel_calls, 0);
	assert_int_equal(kfunc_of(opened.set, 0), 1);
	assert_int_equal(kfunc_of(opened.set, 0), 1);
	assert_int_equal(kernel_calls, 1);
	assert_fails(rebtf_set_kfuncs(opened.set, 4, &kfuncs), REBTF_ERR_ARGUMENT,
		     "no member 4 in a set of 4");
}

static void a_kernel_is_not_split(void **state)
{
	_cleanup_unref_ struct rebtf_btf *kernel = build_int(), *split = NULL;
	struct rebtf_set *set;
	int calls;

	(void)state;
	assert_ok(open_pointer(&calls, kernel, &split, NULL));
	assert_fails(set_new(split, 1, &set), REBTF_ERR_ARGUMENT, "split BTF is not a kernel's");
	assert_fails(set_new(NULL, 1, &set), REBTF_ERR_ARGUMENT, "needs the BTF of a kernel");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_have_kfuncs_and_those_of_the_kernel_are_sought_once),
		cmocka_unit_test(the_kernel_is_the_first_member),
		cmocka_unit_test(a_member_is_opened_once_and_when_it_is_needed),
		cmocka_unit_test(a_damaged_member_is_left_out_with_its_reason),
		cmocka_unit_test(btf_over_another_base_is_left_out),
		cmocka_unit_test(lack_of_memory_does_not_leave_a_member_out),
		cmocka_unit_test(a_member_that_does_not_exist_is_an_error),
		cmocka_unit_test(opened_btf_can_be_added),
		cmocka_unit_test(types_of_the_kernel_belong_to_the_kernel),
		cmocka_unit_test(each_visits_all_members_that_open),
		cmocka_unit_test(each_passes_an_error_on),
		cmocka_unit_test(threads_open_each_member_once),
		cmocka_unit_test(the_owner_is_released_with_the_set),
		cmocka_unit_test(a_kernel_is_not_split),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
