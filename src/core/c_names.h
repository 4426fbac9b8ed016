/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The names of types and enumerators in C. BTF can have several types of one name, but C cannot: the
 * second struct foo becomes struct foo___2. libbpf's rules for relocations ignore such suffixes.
 */
#ifndef REBTF_CORE_C_NAMES_H
#define REBTF_CORE_C_NAMES_H

#include "btf/btf.h"
#include "util/table.h"
#include "util/vec.h"

/* C has one space of names for structs, unions and enums, and another for everything else. */
enum c_space {
	C_TAGS,
	C_IDENTIFIERS,
	C_SPACES,
};

struct c_name {
	const char *text;
	uint32_t uses;
	uint32_t next;	     /* number to try; or 0 */
	const char *keyword; /* of the first tag of that name, declarations included; or NULL */
};

DEFINE_VECTOR(c_name_vector, struct c_name);
DEFINE_VECTOR(c_text_vector, char *);

struct c_name_space {
	struct table table; /* indices in names */
	struct c_name_vector names;
};

struct c_names {
	const struct rebtf_btf *btf;
	struct c_name_space spaces[C_SPACES];
	uint32_t *chosen;	      /* by id: 0, 1 (its own name), or 2 + index in changed */
	struct c_text_vector changed; /* malloced names */
	bool clean;		      /* names that are no identifiers in C are changed */
	/* See struct rebtf_header_options. NULL: names are numbered only. */
	const char *(*origin)(void *arg, uint32_t id);
	void *origin_arg;
	bool failed; /* out of memory */
};

/* Errors: NOMEM. Must be released in any case. */
struct rebtf_error *c_names_init(struct c_names *n, const struct rebtf_btf *btf, bool clean);
void c_names_release(struct c_names *n);

/* Counts a use of @name and returns how many there are. @name must live as long as @n. */
uint32_t c_names_count(struct c_names *n, enum c_space space, const char *name);

/*
 * Returns an identifier for @name that counts as a use, and is the first of its name. Both live as
 * long as @n.
 */
const char *c_names_own(struct c_names *n, enum c_space space, const char *name);

/* Returns the name of type @id, chosen on first use. */
const char *c_names_of(struct c_names *n, uint32_t id, enum c_space space);

/* Returns the name that was chosen for type @id, or NULL if that is its own. */
static inline const char *c_names_changed(const struct c_names *n, uint32_t id)
{
	return n->chosen[id] > 1 ? n->changed.items[n->chosen[id] - 2] : NULL;
}

#endif
