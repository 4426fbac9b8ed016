/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The verifier's last pass: the few types that BPF programs share with the kernel by name, such as
 * struct bpf_spin_lock, and pointers that the kernel owns, which a type tag marks. A struct of a
 * program's that has one of them as a member gets a record, of all that is special anywhere in it;
 * not all can be side by side, and what a list or a tree contains must be what its tag says.
 *
 * It comes when nothing else is wrong, and of BTF without a base only: that is what programs load.
 * verify_special.c finds what is special in a struct, verify_graph.c what lists and trees contain,
 * and verify_record.c judges the records.
 */
#ifndef REBTF_VERIFY_SPECIAL_H
#define REBTF_VERIFY_SPECIAL_H

#include "verify/verify_refer.h"
#include "util/buffer.h"

enum special {
	SPECIAL_NONE,
	SPECIAL_SPIN_LOCK,
	SPECIAL_LIST_HEAD,
	SPECIAL_LIST_NODE,
	SPECIAL_RB_ROOT,
	SPECIAL_RB_NODE,
	SPECIAL_REFCOUNT,
	SPECIAL_RES_SPIN_LOCK,
	SPECIAL_KPTR_UNTRUSTED, /* from here on pointers, by the type tag below them */
	SPECIAL_KPTR,
	SPECIAL_KPTR_PERCPU,
	SPECIAL_UPTR, /* which counts for nothing here */
	SPECIAL_COUNT,
};

/* Structs with a member of these types get a record: their number is below this one. */
#define SPECIAL_MARKING SPECIAL_RES_SPIN_LOCK

#define SPECIAL(name) (1u << SPECIAL_##name)

#define SPECIAL_ROOTS (SPECIAL(LIST_HEAD) | SPECIAL(RB_ROOT))
#define SPECIAL_NODES (SPECIAL(LIST_NODE) | SPECIAL(RB_NODE))
#define SPECIAL_LOCKS (SPECIAL(SPIN_LOCK) | SPECIAL(RES_SPIN_LOCK))
#define SPECIAL_KPTRS (SPECIAL(KPTR_UNTRUSTED) | SPECIAL(KPTR) | SPECIAL(KPTR_PERCPU))

/* How kernels know one. */
struct special_type {
	const char *name; /* of the type, or the tag */
	uint32_t size;
	uint32_t align;
	enum special node; /* of a root: what the structs in it hang on */
};

extern const struct special_type special_types[SPECIAL_COUNT];

/* As many as a record has room for: the kernel's BTF_FIELDS_MAX. */
#define MOST_FIELDS 11

struct special_field {
	uint32_t offset;      /* bytes */
	uint32_t special;     /* enum special */
	uint32_t id;	      /* of a pointer or root: the struct it leads to */
	uint32_t node_string; /* of a root: offset of the name of the member that is the node */
};

/* What is special in a struct, by itself or in structs in it. */
struct special_struct {
	uint8_t state;	      /* enum resolve_state */
	uint8_t levels;	      /* structs in structs below it, up to 255 */
	uint8_t count;	      /* of its fields */
	bool has_record;      /* which is accepted */
	uint8_t owner_levels; /* of structs that own one another, from it on; 0: not known yet */
	uint16_t once;	      /* SPECIAL() of what was met that there may be one of */
	uint32_t first;	      /* its first field, in specials.fields */
	/* Why kernels cannot tell what is special in it, and in which struct that is. */
	struct rebtf_error *err;
	uint32_t err_id;
	/* Its members by name, if something had to look for one; malloced. */
	struct named *members;
};

/* For looking things up by name. */
struct named {
	const char *name;
	uint32_t number;
};

/* A tag that says of component @component of type @target what it contains. */
struct contains_tag {
	uint32_t target;
	uint32_t component;
	const char *value;
};

struct specials {
	struct verifier *v;
	uint32_t marking
		[SPECIAL_MARKING];	/* id of the first STRUCT of that name; 0: there is none */
	struct special_struct *structs; /* one for each own type */
	struct buffer fields;		/* struct special_field */

	/* Made when the first list or tree is met. */
	bool has_graph;
	struct named *by_name; /* all STRUCTs */
	size_t by_name_count;
	struct contains_tag *tags;
	size_t tag_count;
};

static inline const struct special_field *fields_of(const struct specials *s,
						    const struct special_struct *of)
{
	return of->count ? (const struct special_field *)s->fields.data + of->first : NULL;
}

static inline struct special_struct *special_struct(const struct specials *s, uint32_t id)
{
	return &s->structs[id - s->v->start_id];
}

/* Whether kernels of these rules let a struct have only one of them. */
static inline bool comes_once(const struct kernel_rules *rules, enum special special)
{
	return 1u << special & SPECIAL_LOCKS ||
	       (special == SPECIAL_REFCOUNT && rules->one_refcount);
}

/*
 * What a pointer is by its tags, and which struct it points to; or an error without a place if the
 * tags do not go together, or on something else.
 */
struct rebtf_error *find_kptr(const struct verifier *v, uint32_t id, enum special *special,
			      uint32_t *target);

/* Fills in special_struct(@s, @id), and those of structs in it. Errors: NOMEM. */
struct rebtf_error *find_specials(struct specials *s, uint32_t id);

/*
 * What the root that is member @component of struct @id contains, by its tag: fills in the field's
 * id and node_string. Errors: NOMEM, or one without a place.
 */
struct rebtf_error *find_contained(struct specials *s, uint32_t id, uint32_t component,
				   struct special_field *field);

/* Checks that what a root contains has the node that it hangs on. Errors: as above. */
struct rebtf_error *check_node(struct specials *s, const struct special_field *root);

#endif
