/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * A loop on several threads. The work items are as unequal as modules are (2 KB to 4 MB), so
 * nothing is dealt out beforehand: each thread takes the next index from one shared counter until
 * there is none left. With a single job there is no thread at all, which keeps debuggers and
 * profiles simple.
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "util/error.h"

struct loop {
	atomic_size_t next;
	size_t count;
	void (*work)(void *arg, size_t index, unsigned int worker);
	void *arg;
};

struct worker {
	struct loop *loop;
	unsigned int number;
	pthread_t thread;
};

static void *run_worker(void *arg)
{
	struct worker *worker = arg;
	struct loop *loop = worker->loop;
	size_t index;

	while ((index = atomic_fetch_add(&loop->next, 1)) < loop->count)
		loop->work(loop->arg, index, worker->number);
	return NULL;
}

/* The cores that this process may use, as taskset or a container's cpuset has it. */
static unsigned int usable_cores(void)
{
	int cores = 0;

	/*
	 * The kernel refuses a set that is smaller than its own; 1 << 20 cores are more than it can
	 * have.
	 */
	for (int size = 1024; size <= 1 << 20 && !cores; size *= 4) {
		cpu_set_t *set = CPU_ALLOC(size);

		if (!set)
			break;
		if (!sched_getaffinity(0, CPU_ALLOC_SIZE(size), set))
			cores = CPU_COUNT_S(CPU_ALLOC_SIZE(size), set);
		CPU_FREE(set);
	}
	return cores > 0 ? (unsigned int)cores : 1;
}

struct rebtf_error *rebtf_parallel(unsigned int jobs, size_t count,
				   void (*work)(void *arg, size_t index, unsigned int worker),
				   void *arg)
{
	struct loop loop = { .count = count, .work = work, .arg = arg };
	struct worker *workers;
	unsigned int started;

	if (!jobs)
		jobs = usable_cores();
	if (jobs > count)
		jobs = count ? (unsigned int)count : 1;
	if (jobs == 1) {
		for (size_t i = 0; i < count; i++)
			work(arg, i, 0);
		return NULL;
	}

	workers = calloc(jobs, sizeof(*workers));
	if (!workers)
		return error_nomem();
	/*
	 * The calling thread is worker 0, so what threads could be had are enough, even if they are
	 * none.
	 */
	for (started = 1; started < jobs; started++) {
		workers[started] = (struct worker){ .loop = &loop, .number = started };
		if (pthread_create(&workers[started].thread, NULL, run_worker, &workers[started]))
			break;
	}
	workers[0].loop = &loop;
	run_worker(&workers[0]);
	for (unsigned int i = 1; i < started; i++)
		pthread_join(workers[i].thread, NULL);
	free(workers);
	return NULL;
}
