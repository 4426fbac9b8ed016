/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Keeps the members of a set. Each has a lock of its own, so that threads open different members at
 * once, and a second thread that needs the same member waits for the first one.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "core/set.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/parallel.h"
#include "util/vec.h"

struct set_member {
	char *name;
	char *path; /* NULL: unknown */
	struct set_opener opener;
	pthread_mutex_t lock;		      /* protects opening */
	struct rebtf_kfuncs *kfuncs;	      /* NULL: none; does not change once btf is set */
	_Atomic(struct rebtf_btf *) btf;      /* a reference; NULL: not opened */
	_Atomic(struct rebtf_error *) reason; /* why the member is left out; or NULL */
};

/* Members do not move, because threads wait for their locks. */
DEFINE_VECTOR(set_members, struct set_member *);

struct rebtf_set {
	struct rebtf_btf *kernel; /* a reference */
	unsigned int jobs;
	struct set_members members;
	struct rebtf_error *(*find_kernel_kfuncs)(const struct rebtf_btf *kernel,
						  struct rebtf_kfuncs **kfuncs); /* or NULL */
	void (*release)(void *arg); /* of the owner of the openers' arguments; or NULL */
	void *owner;
};

static void set_member_free(struct set_member *member)
{
	rebtf_btf_unref(atomic_load(&member->btf));
	rebtf_error_free(atomic_load(&member->reason));
	rebtf_kfuncs_free(member->kfuncs);
	pthread_mutex_destroy(&member->lock);
	free(member->name);
	free(member->path);
	free(member);
}

void rebtf_set_free(struct rebtf_set *set)
{
	if (!set)
		return;
	for (size_t i = 0; i < set->members.count; i++)
		set_member_free(set->members.items[i]);
	set_members_release(&set->members);
	if (set->release)
		set->release(set->owner);
	rebtf_btf_unref(set->kernel);
	free(set);
}

static struct rebtf_error *set_member_new(struct rebtf_set *set, const char *name, const char *path,
					  struct set_member **member)
{
	struct set_member *new_member = calloc(1, sizeof(*new_member));

	if (!new_member)
		return error_nomem();
	pthread_mutex_init(&new_member->lock, NULL);
	new_member->name = strdup(name);
	new_member->path = path ? strdup(path) : NULL;
	if (!new_member->name || (path && !new_member->path) ||
	    !set_members_append(&set->members, new_member)) {
		set_member_free(new_member);
		return error_nomem();
	}
	*member = new_member;
	return NULL;
}

struct rebtf_error *set_add_opened(struct rebtf_set *set, const char *name, const char *path,
				   struct rebtf_btf *btf, struct rebtf_kfuncs *kfuncs)
{
	struct set_member *member;
	struct rebtf_error *err = set_member_new(set, name, path, &member);

	if (err) {
		rebtf_kfuncs_free(kfuncs);
		return err;
	}
	member->kfuncs = kfuncs;
	atomic_init(&member->btf, rebtf_btf_ref(btf));
	return NULL;
}

struct rebtf_error *set_add_left_out(struct rebtf_set *set, const char *name, const char *path,
				     struct rebtf_error *reason)
{
	struct set_member *member;
	struct rebtf_error *err = set_member_new(set, name, path, &member);

	if (err)
		rebtf_error_free(reason);
	else
		atomic_init(&member->reason, reason);
	return err;
}

struct rebtf_error *set_new(struct rebtf_btf *kernel, unsigned int jobs, struct rebtf_set **set)
{
	struct rebtf_set *new_set;
	struct rebtf_error *err;

	if (!kernel)
		return error_new(REBTF_ERR_ARGUMENT, "a set needs the BTF of a kernel");
	if (kernel->base)
		return error_new(REBTF_ERR_ARGUMENT, "split BTF is not a kernel's");
	new_set = calloc(1, sizeof(*new_set));
	if (!new_set)
		return error_nomem();
	new_set->kernel = rebtf_btf_ref(kernel);
	new_set->jobs = jobs;
	err = set_add_opened(new_set, "vmlinux", kernel->file, kernel, NULL);
	if (err) {
		rebtf_set_free(new_set);
		return err;
	}
	*set = new_set;
	return NULL;
}

struct rebtf_error *set_add(struct rebtf_set *set, const char *name, const char *path,
			    const struct set_opener *opener)
{
	struct set_member *member;

	TRY(set_member_new(set, name, path, &member));
	member->opener = *opener;
	return NULL;
}

struct rebtf_error *rebtf_set_add(struct rebtf_set *set, const char *name, struct rebtf_btf *btf)
{
	if (rebtf_btf_base(btf) != set->kernel)
		return error_new(REBTF_ERR_ARGUMENT, "'%s' is not split from the set's kernel",
				 name);
	return set_add_opened(set, name, NULL, btf, NULL);
}

void set_find_kernel_kfuncs(struct rebtf_set *set,
			    struct rebtf_error *(*find)(const struct rebtf_btf *kernel,
							struct rebtf_kfuncs **kfuncs))
{
	set->find_kernel_kfuncs = find;
}

void set_own(struct rebtf_set *set, void (*release)(void *arg), void *arg)
{
	set->release = release;
	set->owner = arg;
}

/* -------------------------------------------------------------------------------------- queries */

size_t rebtf_set_count(const struct rebtf_set *set)
{
	return set->members.count;
}

const char *rebtf_set_name(const struct rebtf_set *set, size_t member)
{
	return member < set->members.count ? set->members.items[member]->name : NULL;
}

const char *rebtf_set_path(const struct rebtf_set *set, size_t member)
{
	return member < set->members.count ? set->members.items[member]->path : NULL;
}

const struct rebtf_error *rebtf_set_error(const struct rebtf_set *set, size_t member)
{
	return member < set->members.count ? atomic_load(&set->members.items[member]->reason)
					   : NULL;
}

struct rebtf_set_type set_type(const struct rebtf_set *set, size_t member, uint32_t id)
{
	bool is_kernel = id < rebtf_btf_type_count(set->kernel);

	return (struct rebtf_set_type){ .member = is_kernel ? SET_KERNEL : member, .id = id };
}

/* -------------------------------------------------------------------------------------- opening */

static struct rebtf_error *set_call_opener(const struct rebtf_set *set, struct set_member *member,
					   struct rebtf_btf **btf)
{
	_cleanup_unref_ struct rebtf_btf *opened = NULL;

	TRY(member->opener.open(member->opener.arg, set->kernel, &opened, &member->kfuncs));
	if (rebtf_btf_base(opened) != set->kernel)
		return error_new(REBTF_ERR_WRONG_BASE, "not split from the set's kernel");
	*btf = take_ptr(&opened);
	return NULL;
}

static struct rebtf_error *set_open_locked(const struct rebtf_set *set, struct set_member *member)
{
	struct rebtf_btf *btf = NULL;
	struct rebtf_error *err;

	/* Another thread may have been first. */
	if (atomic_load(&member->btf) || atomic_load(&member->reason))
		return NULL;
	err = error_at(set_call_opener(set, member, &btf), member->path, NULL);
	if (err && err->code == REBTF_ERR_NOMEM)
		return err;
	atomic_store(&member->btf, btf);
	atomic_store(&member->reason, err);
	return NULL;
}

struct rebtf_error *rebtf_set_btf(struct rebtf_set *set, size_t member,
				  const struct rebtf_btf **btf)
{
	struct set_member *opened;
	struct rebtf_error *err = NULL;

	if (member >= set->members.count)
		return error_new(REBTF_ERR_ARGUMENT, "no member %zu in a set of %zu", member,
				 set->members.count);
	opened = set->members.items[member];
	if (!atomic_load(&opened->btf)) {
		pthread_mutex_lock(&opened->lock);
		err = set_open_locked(set, opened);
		pthread_mutex_unlock(&opened->lock);
	}
	if (!err)
		*btf = atomic_load(&opened->btf);
	return err;
}

/* The file of the kernel has hundreds of thousands of symbols, so it is read only on demand. */
static struct rebtf_error *set_open_kernel_kfuncs(struct rebtf_set *set)
{
	struct set_member *kernel = set->members.items[SET_KERNEL];
	struct rebtf_error *err = NULL;

	pthread_mutex_lock(&kernel->lock);
	if (!kernel->kfuncs && set->find_kernel_kfuncs)
		err = set->find_kernel_kfuncs(set->kernel, &kernel->kfuncs);
	pthread_mutex_unlock(&kernel->lock);
	return err;
}

struct rebtf_error *rebtf_set_kfuncs(struct rebtf_set *set, size_t member,
				     const struct rebtf_kfuncs **kfuncs)
{
	const struct rebtf_btf *btf;

	TRY(rebtf_set_btf(set, member, &btf));
	if (member == SET_KERNEL)
		TRY(set_open_kernel_kfuncs(set));
	*kfuncs = btf ? set->members.items[member]->kfuncs : NULL;
	return NULL;
}

/* --- all members at once */

struct set_loop {
	struct rebtf_set *set;
	struct rebtf_error *(*work)(void *arg, size_t member, const struct rebtf_btf *btf);
	void *arg;
	_Atomic(struct rebtf_error *) err; /* the first one */
};

static struct rebtf_error *set_visit(struct set_loop *loop, size_t member)
{
	const struct rebtf_btf *btf;

	TRY(rebtf_set_btf(loop->set, member, &btf));
	return btf && loop->work ? loop->work(loop->arg, member, btf) : NULL;
}

static void set_visit_or_stop(void *arg, size_t member, unsigned int worker)
{
	struct set_loop *loop = arg;
	struct rebtf_error *err, *none = NULL;

	(void)worker;
	if (atomic_load(&loop->err))
		return;
	err = set_visit(loop, member);
	if (err && !atomic_compare_exchange_strong(&loop->err, &none, err))
		rebtf_error_free(err);
}

struct rebtf_error *set_each(struct rebtf_set *set,
			     struct rebtf_error *(*work)(void *arg, size_t member,
							 const struct rebtf_btf *btf),
			     void *arg)
{
	struct set_loop loop = { .set = set, .work = work, .arg = arg };
	struct rebtf_error *err = parallel_run(set->jobs, set->members.count, set_visit_or_stop,
					       &loop);

	if (!err)
		return atomic_load(&loop.err);
	rebtf_error_free(atomic_load(&loop.err));
	return err;
}

struct rebtf_error *rebtf_set_load(struct rebtf_set *set)
{
	return set_each(set, NULL, NULL);
}
