/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Tests of the parallel loop: it visits each index once and creates no unneeded threads. */
#include <pthread.h>
#include <stdatomic.h>

#include "util/parallel.h"
#include "util/testing.h"

#define COUNT 10000

struct seen {
	atomic_uint times[COUNT];
	atomic_uint max_worker;
	pthread_t caller;
	atomic_bool other_thread;
};

static void note(void *arg, size_t index, unsigned int worker)
{
	struct seen *seen = arg;
	unsigned int max = atomic_load(&seen->max_worker);

	atomic_fetch_add(&seen->times[index], 1);
	while (worker > max && !atomic_compare_exchange_weak(&seen->max_worker, &max, worker))
		;
	if (!pthread_equal(pthread_self(), seen->caller))
		atomic_store(&seen->other_thread, true);
}

static void check_each_once(unsigned int jobs, size_t count, struct seen *seen)
{
	memset(seen, 0, sizeof(*seen));
	seen->caller = pthread_self();
	assert_ok(parallel_run(jobs, count, note, seen));
	for (size_t i = 0; i < COUNT; i++)
		assert_int_equal(atomic_load(&seen->times[i]), i < count);
}

static void each_index_comes_once(void **state)
{
	struct seen *seen = malloc(sizeof(*seen));

	(void)state;
	for (unsigned int jobs = 0; jobs < 9; jobs++) {
		check_each_once(jobs, COUNT, seen);
		check_each_once(jobs, 1, seen);
		check_each_once(jobs, 0, seen);
		if (jobs)
			assert_true(atomic_load(&seen->max_worker) < jobs);
	}
	free(seen);
}

static void one_job_needs_no_thread(void **state)
{
	struct seen *seen = malloc(sizeof(*seen));

	(void)state;
	check_each_once(1, COUNT, seen);
	assert_false(atomic_load(&seen->other_thread));
	free(seen);
}

static void ascending(void *arg, size_t index, unsigned int worker)
{
	size_t *next = arg;

	(void)worker;
	assert_int_equal(index, *next);
	++*next;
}

static void one_job_goes_in_order(void **state)
{
	size_t next = 0;

	(void)state;
	assert_ok(parallel_run(1, COUNT, ascending, &next));
	assert_int_equal(next, COUNT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_index_comes_once),
		cmocka_unit_test(one_job_needs_no_thread),
		cmocka_unit_test(one_job_goes_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
