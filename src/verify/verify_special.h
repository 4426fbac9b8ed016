/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The last pass of the verifier: types that BPF programs share with the kernel by name, such as
 * struct bpf_spin_lock, and pointers to objects of the kernel, which have a type tag. If a
 * program's struct has one of them as a member, the kernel makes a record of all special fields
 * anywhere in that struct. Some combinations are not allowed, and the contents of lists and trees
 * must match their tags.
 *
 * The pass runs only if the BTF has no other violations, and only without a base, because that is
 * the BTF that programs load. verify_special.c finds the special fields of a struct, verify_graph.c
 * the contents of lists and trees, and verify_record.c judges the records.
 */
#ifndef REBTF_VERIFY_SPECIAL_H
#define REBTF_VERIFY_SPECIAL_H

#include "util/vec.h"
#include "verify/verify_refer.h"

enum special {
	SPECIAL_NONE,
	SPECIAL_SPIN_LOCK,
	SPECIAL_LIST_HEAD,
	SPECIAL_LIST_NODE,
	SPECIAL_RB_ROOT,
	SPECIAL_RB_NODE,
	SPECIAL_REFCOUNT,
	SPECIAL_RES_SPIN_LOCK,
	SPECIAL_KPTR_UNTRUSTED, /* from here on pointers, identified by their type tag */
	SPECIAL_KPTR,
	SPECIAL_KPTR_PERCPU,
	SPECIAL_UPTR, /* ignored here */
	SPECIAL_COUNT,
};

/* Structs with a member of a type below this number get a record. */
#define SPECIAL_MARKING SPECIAL_RES_SPIN_LOCK

#define SPECIAL(name) (1u << SPECIAL_##name)

#define SPECIAL_ROOTS (SPECIAL(LIST_HEAD) | SPECIAL(RB_ROOT))
#define SPECIAL_NODES (SPECIAL(LIST_NODE) | SPECIAL(RB_NODE))
#define SPECIAL_LOCKS (SPECIAL(SPIN_LOCK) | SPECIAL(RES_SPIN_LOCK))
#define SPECIAL_KPTRS (SPECIAL(KPTR_UNTRUSTED) | SPECIAL(KPTR) | SPECIAL(KPTR_PERCPU))

/* A special type, as kernels recognize it. */
struct special_type {
	const char *name; /* name of the type or of the tag */
	uint32_t size;
	uint32_t align;
	enum special node; /* of a root: the type of its nodes */
};

extern const struct special_type special_types[SPECIAL_COUNT];

/* The maximum number of fields in a record: the kernel's BTF_FIELDS_MAX. */
#define MOST_FIELDS 11

struct special_field {
	uint32_t offset;      /* in bytes */
	uint32_t special;     /* enum special */
	uint32_t id;	      /* of a pointer or root: its target struct */
	uint32_t node_string; /* of a root: offset of the name of the node member */
};

/* The special fields of a struct, including those of nested structs. */
struct special_struct {
	uint8_t state;	      /* enum resolve_state */
	uint8_t levels;	      /* levels of nested structs below it, up to 255 */
	uint8_t count;	      /* number of fields */
	bool has_record;      /* its record was accepted */
	uint8_t owner_levels; /* length of the chain of owners from it on; 0: not known yet */
	uint16_t once;	      /* SPECIAL() of each field that may occur only once */
	uint32_t first;	      /* index of its first field in specials.fields */
	/* The reason why kernels cannot make its record, and the struct with that problem. */
	struct rebtf_error *err;
	uint32_t err_id;
	/* Its members sorted by name, if a search needed them; malloced. */
	struct named *members;
};

/* An entry of a table sorted by name. */
struct named {
	const char *name;
	uint32_t number;
};

/* A tag with the contents of component @component of type @target. */
struct contains_tag {
	uint32_t target;
	uint32_t component;
	const char *value;
};

DEFINE_VECTOR(special_fields, struct special_field);
DEFINE_VECTOR(named_vector, struct named);
DEFINE_VECTOR(contains_tags, struct contains_tag);

struct specials {
	struct verifier *v;
	uint32_t marking[SPECIAL_MARKING]; /* id of the first STRUCT with that name, or 0 */
	struct special_struct *structs;	   /* one per own type */
	struct special_fields fields;

	/* Built for the first list or tree. */
	bool has_graph;
	struct named_vector by_name; /* all STRUCTs */
	struct contains_tags tags;
};

static inline const struct special_field *fields_of(const struct specials *s,
						    const struct special_struct *of)
{
	return of->count ? s->fields.items + of->first : NULL;
}

static inline struct special_struct *special_struct(const struct specials *s, uint32_t id)
{
	return &s->structs[id - s->v->start_id];
}

/* Whether kernels with these rules allow only one of them in a struct. */
static inline bool comes_once(const struct kernel_rules *rules, enum special special)
{
	return 1u << special & SPECIAL_LOCKS ||
	       (special == SPECIAL_REFCOUNT && rules->one_refcount);
}

/*
 * Finds the special type of a pointer by its tags, and its target struct. Errors, without a
 * location: contradicting tags, or a target that is not a struct.
 */
struct rebtf_error *find_kptr(const struct verifier *v, uint32_t id, enum special *special,
			      uint32_t *target);

/* Fills in special_struct(@s, @id) and those of its nested structs. Errors: NOMEM. */
struct rebtf_error *find_specials(struct specials *s, uint32_t id);

/*
 * Finds the contents, by its tag, of the root that is member @component of struct @id, and fills in
 * the field's id and node_string. Errors: NOMEM, or a violation without a location.
 */
struct rebtf_error *find_contained(struct specials *s, uint32_t id, uint32_t component,
				   struct special_field *field);

/* Checks that the contents of a root have its node. Errors: as above. */
struct rebtf_error *check_node(struct specials *s, const struct special_field *root);

#endif
