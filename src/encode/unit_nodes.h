/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The types of one unit, and how they become nodes. unit_types.c fills struct unit_types, and then
 * unit_nodes_make() makes the nodes.
 */
#ifndef REBTF_ENCODE_UNIT_NODES_H
#define REBTF_ENCODE_UNIT_NODES_H

#include "encode/die.h"
#include "encode/nodes.h"
#include "util/vec.h"

enum encode_skip_reason {
	SKIP_FOREIGN_TYPE, /* C does not have this kind of type */
	SKIP_NO_TYPE,	   /* a reference to a DIE that is no type */
	SKIP_NO_NAME,	   /* a declaration of a type without a name */
	SKIP_CYCLE,	   /* a type that refers to itself, not through a struct or union */
	SKIP_MEMBER,	   /* an offset or size is too large for BTF */
	SKIP_TOO_LARGE,	   /* the type's size, or its number of elements, is too large for BTF */
	SKIP_REASONS,
};

/* For so many skips of a unit the place is kept. */
#define SKIPS_KEPT 100

/* A type, reference or member that the BTF does not have. */
struct encode_skip {
	uint64_t offset; /* of the DIE, in its section */
	uint32_t unit;
	uint16_t tag; /* of the DIE */
	uint8_t reason;
};

DEFINE_VECTOR(encode_skip_vector, struct encode_skip);

/* A type DIE. */
struct unit_type {
	uint32_t offset; /* in the unit */
	uint32_t name;	 /* a string of the store */
	uint32_t ref;	 /* its target: see unit_ref_of() */
	uint32_t size;
	uint32_t elements, count; /* the place in words, and the number */
	uint32_t next;		  /* elements before this one refer to nodes */
	uint32_t own;		  /* its node, or NODE_UNKNOWN */
	uint32_t depth;		  /* of the DIE */
	uint16_t tag;
	uint8_t kind; /* enum rebtf_kind; 0: the same type as the one that @ref refers to */
	uint8_t flags;
	bool resolved; /* @ref is a node */
	bool hidden;   /* @name has a number in front */
	bool partial;  /* members have another index than in struct unit_tag */
};

#define TAG_OF_TYPE UINT32_MAX

/* A declaration tag of a type or of a member. */
struct unit_tag {
	uint32_t type;	    /* index of the type */
	uint32_t component; /* index of the member, or TAG_OF_TYPE */
	uint32_t text;	    /* a string of the store */
};

/* A DIE of tag DW_TAG_GNU_annotation. */
struct unit_annotation {
	uint32_t offset;
	uint32_t next; /* offset of the next annotation of the same type, or 0 */
	uint32_t text;
	bool on_type; /* a TYPE_TAG */
};

/* A reference to the first annotation of a type or member. */
struct unit_annotated {
	uint32_t type, component; /* see struct unit_tag */
	uint32_t annotation;	  /* offset */
};

/* A bit-field as DWARF 2 and 3 describe it, without the size of its storage. */
struct unit_bit_field {
	uint32_t member; /* place in words */
	uint32_t type;
	int64_t bit_offset, bits;
};

DEFINE_VECTOR(u16_vector, uint16_t);
DEFINE_VECTOR(unit_type_vector, struct unit_type);
DEFINE_VECTOR(unit_tag_vector, struct unit_tag);
DEFINE_VECTOR(unit_annotation_vector, struct unit_annotation);
DEFINE_VECTOR(unit_annotated_vector, struct unit_annotated);
DEFINE_VECTOR(unit_bit_field_vector, struct unit_bit_field);
DEFINE_VECTOR(unit_remote_vector, struct die_ref);

/* How often a unit defines a name. */
struct unit_name {
	uint32_t read; /* number of the call of unit_types_read() */
	uint32_t count;
};

DEFINE_VECTOR(unit_name_vector, struct unit_name);

struct unit_types {
	struct node_store *store;
	struct unit_reader *reader;
	uint32_t unit;	/* its number */
	uint32_t reads; /* calls of unit_types_read() so far */
	uint32_t features;
	struct die_filter filter;
	/* Set by the caller. */
	bool supplementary;		  /* the unit is in the supplementary file */
	bool quiet;			  /* the unit is read again: do not report skips again */
	struct unit_functions *functions; /* collects functions and variables; or NULL */
	/* Imported units of the supplementary file. The caller empties it. */
	struct unit_remote_vector imports;
	/* The result: the unit's nodes in the order of its DIEs' ends. */
	struct u32_vector nodes;
	/* Types and members of units that BTF does not have. */
	struct encode_skip_vector skips;
	uint64_t skip_counts[SKIP_REASONS];
	uint32_t unit_skips; /* of the current unit */

	struct unit_type_vector types; /* in the order of the DIEs */
	/* By type: the node that references get. A named struct or union has a FWD here. */
	struct u32_vector refs;
	struct u32_vector words;      /* the elements of all types */
	struct u32_vector open;	      /* types whose DIEs have not ended */
	uint32_t inner_depth;	      /* of DIEs in the last of these; 0: no type is open */
	struct u32_vector open_words; /* elements of these */
	struct u32_vector ended;      /* types in the order of their DIEs' ends */
	struct u32_vector stack;      /* types that wait for the next one in the stack */
	struct u16_vector parents;    /* tags of the DIEs around the current one */
	struct unit_tag_vector tags;
	struct unit_annotation_vector annotations;
	struct unit_annotated_vector annotated;
	struct unit_bit_field_vector bit_fields;
	struct unit_remote_vector remotes; /* references to other units */
	struct unit_name_vector names;	   /* by the node of kind FWD */
	struct u32_vector forwards; /* by name * 2, plus 1 for a union: the node of kind FWD */
	/*
	 * From offsets in the unit to types, which are in the order of their offsets: for each block
	 * of UNIT_BLOCK bytes the number of types before, and for each byte 0, or the number of the
	 * type that starts here within the block, from 1.
	 */
	uint32_t *blocks;
	uint8_t *starts;
	uint32_t next_block; /* the first without a number */
	size_t room;	     /* blocks of both */
	size_t budget;	     /* of steps that cycles without a named struct may cost */
	uint32_t hidden;     /* structs without a name that contain themselves */
};

/* A string of a DIE, whose key is that of the main file, as one of the store. 0: it has none. */
static inline uint32_t die_string_number(struct node_store *store, struct die_string string)
{
	return string.text ? node_store_string(store, string.text, string.key) : 0;
}

/* After unit_types_read(): returns the node of the type that @ref refers to, or 0 for void. */
uint32_t unit_types_node(struct unit_types *t, struct die_ref ref);

/* --- for unit_types.c */

#define UNIT_BLOCK 64

#define NODE_UNKNOWN UINT32_MAX
#define NODE_BUSY    (UINT32_MAX - 1)

/*
 * A reference is a number: 0 is void, a DIE of this unit is its offset in the unit, and any other is
 * an index in t->remotes with this flag.
 */
#define UNIT_REMOTE (1u << 31)

/* The offset of a bit-field in DWARF 2 and 3 counts from the most significant bit of its storage. */
static inline int64_t unit_bit_offset(const struct unit_types *t, int64_t start, int64_t storage,
				      int64_t bit_offset, int64_t bits)
{
	return t->reader->file->big_endian ? start + bit_offset
					   : start + storage - bit_offset - bits;
}

/* A string of a DIE as one of the store. */
static inline uint32_t unit_string(struct unit_types *t, struct die_string string)
{
	/* Keys of different files are not comparable. */
	if (t->supplementary)
		string.key = 0;
	return die_string_number(t->store, string);
}

/* A reference from a DIE of the unit, as the main file would express it. */
static inline struct die_ref unit_placed(const struct unit_types *t, struct die_ref ref)
{
	if (t->supplementary && ref.place == DIE_IN_INFO)
		ref.place = DIE_IN_SUPPLEMENTARY;
	return ref;
}

/* Turns the types into nodes. Errors: NOMEM. */
struct rebtf_error *unit_nodes_make(struct unit_types *t);

void unit_skip(struct unit_types *t, uint64_t offset, uint16_t tag, enum encode_skip_reason reason);

#endif
