/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * A set: a kernel's BTF, and any number of BTF that is split from it. Member 0 is the kernel,
 * "vmlinux"; the others are its modules. Everything about "a kernel with all of its modules" works on
 * a set, so each type has two numbers: its member and its id there.
 *
 * Members are opened when they are first needed, because opening thousands of modules takes seconds.
 * The set itself does not know where BTF is stored: each member has an opener (module/set_files.c
 * makes those for files). A member that cannot be opened is left out, and its error gives the
 * reason.
 */
#ifndef REBTF_CORE_SET_H
#define REBTF_CORE_SET_H

#include "btf/btf.h"
#include "core/kfuncs.h"

#define SET_KERNEL 0u

/* How a member is opened. Several threads may open different members at once. */
struct set_opener {
	/*
	 * Opens the BTF over @kernel. All errors except NOMEM are final: the member is left out
	 * then. @kfuncs are those that have no tags; they may stay NULL.
	 */
	struct rebtf_error *(*open)(void *arg, struct rebtf_btf *kernel, struct rebtf_btf **btf,
				    struct rebtf_kfuncs **kfuncs);
	void *arg;
};

/* Makes a set of the kernel alone. @jobs: threads, 0 for one per core. Errors: NOMEM. */
struct rebtf_error *set_new(struct rebtf_btf *kernel, unsigned int jobs, struct rebtf_set **set);

/*
 * Adds a member. Strings are copied, @path may be NULL. Must not run at the same time as any other
 * function of the set. Errors: NOMEM.
 */
struct rebtf_error *set_add(struct rebtf_set *set, const char *name, const char *path,
			    const struct set_opener *opener);

/* Lets @find find the kfuncs of the kernel that have no tags, once, when they are needed. */
void set_find_kernel_kfuncs(struct rebtf_set *set,
			    struct rebtf_error *(*find)(const struct rebtf_btf *kernel,
							struct rebtf_kfuncs **kfuncs));

/*
 * Adds a member that is open. @btf is split from the set's kernel. Takes over @kfuncs, those that have
 * no tags, which may be NULL, also on error. As set_add().
 */
struct rebtf_error *set_add_opened(struct rebtf_set *set, const char *name, const char *path,
				   struct rebtf_btf *btf, struct rebtf_kfuncs *kfuncs);

/* Adds a member that is left out because of @reason, which it takes over. As set_add(). */
struct rebtf_error *set_add_left_out(struct rebtf_set *set, const char *name, const char *path,
				     struct rebtf_error *reason);

/* Calls @release with @arg when the set is freed. A set has at most one such owner. */
void set_own(struct rebtf_set *set, void (*release)(void *arg), void *arg);

/*
 * Calls @work for each member that opens, the kernel too, on several threads and in no order. Stops
 * early after an error, and returns one of them. Errors: NOMEM; those of @work.
 */
struct rebtf_error *set_each(struct rebtf_set *set,
			     struct rebtf_error *(*work)(void *arg, size_t member,
							 const struct rebtf_btf *btf),
			     void *arg);

/*
 * Returns the id in @set of type @id of @member: the types of the kernel are those of member 0, also
 * when a module refers to them.
 */
struct rebtf_set_type set_type(const struct rebtf_set *set, size_t member, uint32_t id);

#endif
