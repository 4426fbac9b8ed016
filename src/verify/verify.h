/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Shared by the parts of the verifier. It makes four passes over BTF, as kernels do: the shape of
 * each type by itself (verify_shape.c), the targets of references (verify_resolve.c), the length of
 * modifier chains (verify_chain.c), and the types that BPF programs share with the kernel by name
 * (verify_special.h). Before these, verify_frame.c checks header and strings. verify_rules.c has
 * the rules of each version, and verify.c runs everything. A check is a function that returns an
 * error without a location, or NULL. Its caller knows the type and notes the error.
 *
 * Source of the rules: kernel/bpf/btf.c of the Linux versions listed in verify_rules.c. Some rules
 * are not intended and depend on the order of types. Kernels accept and refuse BTF by them all the
 * same, so they are rules here. Comments call them kernel quirks.
 */
#ifndef REBTF_VERIFY_H
#define REBTF_VERIFY_H

#include "rebtf.h"
#include "util/vec.h"

/* Ends a check with an error. */
#define FAIL(...) return error_new(REBTF_ERR_FORMAT, __VA_ARGS__)

/* The kernel's BTF_MAX_TYPE and BTF_MAX_NAME_OFFSET. */
#define LARGEST_TYPE_ID	      0xfffffu
#define LARGEST_STRING_OFFSET 0xffffffu

/* KSYM_NAME_LEN, since Linux 6.1. */
#define LONGEST_NAME	 512
#define LONGEST_NAME_OLD 128

/* The kernel's MAX_RESOLVE_DEPTH. */
#define MAX_DEPTH 32

/* The differences between kernels. */
struct kernel_rules {
	const char *release;
	uint32_t info_mask;	/* valid bits of info in struct rebtf_type */
	bool printable_section; /* a DATASEC may have any printable name, not just an identifier */
	bool flagged_tags;	/* DECL_TAG and TYPE_TAG may have the kind flag */
	bool tags_first;	/* type tags must precede all other modifiers of a chain */
	bool layout_section;	/* the header has 32 bytes and may describe a layout section */
	uint32_t last_kind;	/* the last kind of types that is known */
	bool signed_enums;	/* an ENUM may have the kind flag */
	bool empty_sections;	/* a DATASEC may have no variables */
	bool short_names;	/* identifiers have up to 128 bytes, not 512 */
	bool returned_vars;	/* a function may return a VAR or a DATASEC */
	bool any_chains;	/* chains of modifiers may have any length and order */
	bool resolved_funcs;	/* a resolved FUNC may be referred to: see verify_resolve.c */
	bool announced;		/* from patches: not yet confirmed on a running kernel */
	/* Rules of the last pass, see verify_special.h. */
	bool records;	    /* the kernel has this pass */
	bool flat_records;  /* of direct members only: no structs in structs, arrays, pointers */
	bool res_spin_lock; /* struct bpf_res_spin_lock is special */
	bool uptr;	    /* the type tag "uptr" is special */
	bool one_refcount;  /* only one bpf_refcount per struct, as with locks */
	bool one_in_all;    /* these limits include nested structs */
	bool owner_levels;  /* chains of owners have a limited length */
};

/*
 * Finds the newest known rules that are no newer than @release, a version or release of Linux.
 * NULL: the newest rules that a running kernel confirmed. Errors: ARGUMENT (@release is not a version,
 * or older than all known rules).
 */
struct rebtf_error *kernel_rules_find(const char *release, const struct kernel_rules **rules);

/* The progress of a type. */
enum resolve_state {
	RESOLVE_UNSEEN,
	RESOLVE_OPEN, /* waits for another type */
	RESOLVE_DONE,
	RESOLVE_FAILED, /* its violation has been noted; types that depend on it are not judged */
};

DEFINE_VECTOR(violation_vector, struct rebtf_error *);

struct rebtf_violations {
	struct violation_vector errors;
	bool only_64_bit; /* see rebtf_violations_only_64_bit() */
};

struct verifier {
	const struct kernel_rules *rules;
	bool kernel_btf; /* see struct rebtf_verify_options */
	size_t limit;	 /* stop after this many violations */
	struct rebtf_violations *noted;
	struct rebtf_btf *kernel_types; /* or NULL; see struct rebtf_verify_options */
	uint32_t pointer_size;		/* of the kernel, in bytes; 0 until known */
	bool guesses_pointers;		/* unknown, so 8 was assumed */

	struct rebtf_btf *base; /* or NULL */
	uint32_t start_id;
	uint32_t start_string;

	uint32_t *types; /* aligned, in the host's byte order; malloced */
	uint32_t types_size;
	uint32_t *places; /* offset of each own type, in words from types; malloced */
	uint32_t own_count;
	const char *strings;
	uint32_t strings_size;

	/* Indexed by id - start_id of own types; malloced. See verify_resolve.c. */
	uint8_t *state;	       /* enum resolve_state */
	uint32_t *final;       /* of a resolved modifier: the type below all modifiers */
	uint16_t *tags;	       /* likewise: kptr_tag_bit() of all tags in its chain */
	uint32_t *array_size;  /* of a resolved array: size in bytes; see also step_func() */
	uint32_t *base_final;  /* as final, of modifiers in the base, plus 1; 0: not known yet */
	uint32_t *base_arrays; /* as array_size, of types in the base */
};

/*
 * Notes @err as a violation by type @id (or REBTF_NO_TYPE) and takes it over. Returns an error if
 * out of memory.
 */
struct rebtf_error *note_violation(struct verifier *v, uint32_t id, struct rebtf_error *err);

/* Whether the requested number of violations has been noted. */
bool has_enough(const struct verifier *v);

/* Returns the type with this id, or NULL if it does not exist. */
const struct rebtf_type *verifier_type(const struct verifier *v, uint32_t id);

/* Returns the string at this offset, or NULL if it does not exist. */
const char *verifier_string(const struct verifier *v, uint32_t off);

/* Whether kernels accept @name as a C identifier, or as the name of a section. */
bool is_identifier(const char *name);
/* The same, as the kernel of the rules accepts it. */
bool verifier_accepts_identifier(const struct verifier *v, const char *name);
bool is_section_name(const struct verifier *v, const char *name);

/*
 * Checks header, sections and strings of the @size bytes at @data, and sets the strings of @v. Sets
 * @h to the header, and @swapped if the bytes are in the other byte order. Errors: FORMAT (the
 * violation).
 */
struct btf_header;
struct rebtf_error *verify_frame(struct verifier *v, const uint8_t *data, size_t size,
				 struct btf_header *h, bool *swapped);

/*
 * Walks over the types in v->types, checks each by itself and finds their offsets. Sets @whole if
 * all types were found. Errors: NOMEM.
 */
struct rebtf_error *verify_shapes(struct verifier *v, bool *whole);

/* Resolves the references of all types. Errors: NOMEM. */
struct rebtf_error *verify_references(struct verifier *v);

/* Checks chains of modifiers. Errors: NOMEM. */
struct rebtf_error *verify_chains(struct verifier *v);

/*
 * Checks the types that BPF programs share with the kernel, in BTF without other violations.
 * Errors: NOMEM.
 */
struct rebtf_error *verify_specials(struct verifier *v);

/* A separate bit for each type tag that makes a pointer special. 0 for all other types. */
uint16_t kptr_tag_bit(const struct verifier *v, const struct rebtf_type *t);

/* Whether an INT is a regular C integer: 1, 2, 4, 8 or 16 bytes, starting at bit 0. */
bool is_regular_int(const struct rebtf_type *t);

/*
 * Checks that a member lies inside its struct or union, at an offset that its type allows. The type
 * is @inner, which is not a modifier, and has @inner_size bytes.
 */
struct rebtf_error *check_member(const struct verifier *v, const struct rebtf_type *t,
				 const struct rebtf_member *m, const struct rebtf_type *inner,
				 uint32_t inner_size);

#endif
