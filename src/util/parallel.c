/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Runs a loop on several threads. Work items are as unequal as modules (2 KB to 4 MB), so they are
 * not distributed beforehand: each thread takes the next index from a shared counter until all are
 * taken. With a single job no thread is created, which keeps debugging and profiling simple.
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "util/error.h"
#include "util/parallel.h"

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

/* The number of cores that this process may use (taskset, cpuset of a container). */
static unsigned int usable_cores(void)
{
	int cores = 0;

	/* The kernel refuses a set smaller than its own. It cannot have more than 1 << 20 cores. */
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

unsigned int parallel_jobs(unsigned int jobs, size_t count)
{
	if (!jobs)
		jobs = usable_cores();
	if (jobs > count)
		jobs = count ? (unsigned int)count : 1;
	return jobs;
}

struct rebtf_error *parallel_run(unsigned int jobs, size_t count,
				 void (*work)(void *arg, size_t index, unsigned int worker),
				 void *arg)
{
	struct loop loop = { .count = count, .work = work, .arg = arg };
	struct worker *workers;
	unsigned int started;

	jobs = parallel_jobs(jobs, count);
	if (jobs == 1) {
		for (size_t i = 0; i < count; i++)
			work(arg, i, 0);
		return NULL;
	}

	workers = calloc(jobs, sizeof(*workers));
	if (!workers)
		return error_nomem();
	/*
	 * The calling thread is worker 0. If fewer threads can be created, or no thread at all, the
	 * loop still completes.
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
