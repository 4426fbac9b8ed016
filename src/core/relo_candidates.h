/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The types of a kernel, and of its modules, that the types of a program can stand for: those with
 * the same kind and the same name without flavours. All names of a program are looked up in one pass
 * over the kernel's types. As in libbpf, a type has candidates in modules only if the kernel itself
 * has no candidate.
 */
#ifndef REBTF_CORE_RELO_CANDIDATES_H
#define REBTF_CORE_RELO_CANDIDATES_H

#include "core/program.h"
#include "core/set.h"
#include "util/number_map.h"

struct relo_candidate {
	size_t member; /* of the set */
	uint32_t id;
	const struct rebtf_btf *btf; /* of that member */
};

DEFINE_VECTOR(relo_candidate_list, struct relo_candidate);

/* A name without its flavour. */
struct relo_name {
	const char *text; /* of the program */
	size_t length;
	uint32_t kernel_kinds;		  /* kinds that the kernel has, as a set of bits */
	bool wants_modules;		  /* a type of the program with this name looks there */
	struct relo_candidate_list found; /* of any kind, by member and id */
};

DEFINE_VECTOR(relo_name_list, struct relo_name);

/* A type of the program where relocations start. */
struct relo_root {
	uint32_t id;
	uint32_t name;			       /* index in names; RELO_NO_NAME */
	bool is_filled;			       /* candidates are set */
	struct relo_candidate_list candidates; /* each relocation removes those that do not match */
};

#define RELO_NO_NAME UINT32_MAX

DEFINE_VECTOR(relo_root_list, struct relo_root);

struct relo_candidates {
	const struct rebtf_program *program;
	struct rebtf_set *set;
	const struct rebtf_core_options *options;
	struct relo_root_list roots;
	struct number_map root_of; /* index in roots plus 1, by id */
	struct relo_name_list names;
	struct table by_text; /* indices in names plus 1 */
	bool starts[256];     /* the first bytes of all names: most types of a kernel have others */
};

/*
 * Looks up the names of all relocations of @program. @options must outlive @candidates. Call
 * relo_candidates_release() in any case. Errors: NOMEM.
 */
struct rebtf_error *relo_candidates_find(const struct rebtf_program *program, struct rebtf_set *set,
					 const struct rebtf_core_options *options,
					 struct relo_candidates *candidates);
void relo_candidates_release(struct relo_candidates *candidates);

/*
 * Gets the type of the program with that id, which has a name and a relocation, with its candidates.
 * Errors: NOMEM, UNSUPPORTED (the budget).
 */
struct rebtf_error *relo_candidates_of(struct relo_candidates *candidates, uint32_t id,
				       uint64_t *budget, struct relo_root **root);

#endif
