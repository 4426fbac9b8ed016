/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * What the parts of the verifier share. It goes over BTF four times, as kernels do: the shape of
 * each type by itself (verify_shape.c), what its references lead to (verify_resolve.c), how long
 * chains of modifiers are (verify_chain.c), and what BPF programs share with the kernel by name
 * (verify_special.h). verify_frame.c checks header and strings before that, verify_rules.c has the
 * rules of each version, and verify.c runs it all. A check is a function that returns an error without a place, or NULL; who called it knows the type
 * and notes it.
 *
 * Source of the rules: kernel/bpf/btf.c of the Linux versions that verify_rules.c lists. Some of them are
 * there by accident, and depend on the order of types; as kernels refuse or take BTF by them all the
 * same, they are rules here, and marked as such.
 */
#ifndef REBTF_VERIFY_H
#define REBTF_VERIFY_H

#include "rebtf.h"

/* Ends a check with what is wrong. */
#define FAIL(...) return error_new(REBTF_ERR_FORMAT, __VA_ARGS__)

/* The kernel's BTF_MAX_TYPE and BTF_MAX_NAME_OFFSET. */
#define LARGEST_TYPE_ID	      0xfffffu
#define LARGEST_STRING_OFFSET 0xffffffu

/* KSYM_NAME_LEN, since Linux 6.1. */
#define LONGEST_NAME 512

/* The kernel's MAX_RESOLVE_DEPTH. */
#define MAX_DEPTH 32

/* Where the rules of kernels differ. */
struct kernel_rules {
	const char *release;
	uint32_t info_mask;	/* bits of struct rebtf_type's info that mean something */
	bool printable_section; /* DATASEC: any printable name; else an identifier */
	bool flagged_tags;	/* DECL_TAG and TYPE_TAG may have the kind flag */
	bool tags_first;	/* in a chain of modifiers, type tags come before all others */
	bool layout_section;	/* the header may name one, and is 32 bytes long */
	/* Of the last pass, see verify_special.h. */
	bool records;	    /* there is one */
	bool res_spin_lock; /* struct bpf_res_spin_lock is special */
	bool uptr;	    /* so is the type tag "uptr" */
	bool one_refcount; /* there may be one bpf_refcount in a struct, as there may be one lock */
	bool one_in_all;   /* structs in structs count for that, too */
	bool owner_levels; /* chains of owners have an end that is not far */
};

/*
 * The newest known rules that are no newer than the version or release @release of Linux; NULL: the
 * newest. Errors: ARGUMENT (@release is no version, or older than all known rules).
 */
struct rebtf_error *kernel_rules_find(const char *release, const struct kernel_rules **rules);

/* How far a type is. */
enum resolve_state {
	RESOLVE_UNSEEN,
	RESOLVE_OPEN, /* waits for another */
	RESOLVE_DONE,
	RESOLVE_FAILED, /* what is wrong with it has been noted: what builds on it is not judged */
};

struct verifier {
	const struct kernel_rules *rules;
	bool kernel_btf; /* see struct rebtf_verify_options */
	size_t limit;	 /* stop after that many violations */
	struct rebtf_violations *noted;
	struct rebtf_btf *kernel_types; /* or NULL; see struct rebtf_verify_options */
	uint32_t pointer_size;		/* of the kernel, in bytes; 0 until it is known */
	bool guesses_pointers;		/* nothing told it, so 8 was assumed */

	struct rebtf_btf *base; /* or NULL */
	uint32_t start_id;
	uint32_t start_string;

	uint32_t *types; /* aligned, in the host's byte order; malloced */
	uint32_t types_size;
	uint32_t *places; /* where own type i starts, in words from types; malloced */
	uint32_t own_count;
	const char *strings;
	uint32_t strings_size;

	/* Of own types, by id - start_id; malloced. See verify_resolve.c. */
	uint8_t *state;	       /* enum resolve_state */
	uint32_t *final;       /* of a modifier that is done: the type below all modifiers */
	uint16_t *tags;	       /* likewise: kptr_tag_bit() of all in that chain */
	uint32_t *array_size;  /* of an array that is done: bytes; see also step_func() */
	uint32_t *base_final;  /* of modifiers in the base: likewise, plus 1; 0 if not known yet */
	uint32_t *base_arrays; /* as array_size, of types in the base */
};

/*
 * Notes @err, which becomes the caller's, as being about type @id (or REBTF_NO_TYPE). Returns an
 * error if there is no memory.
 */
struct rebtf_error *note_violation(struct verifier *v, uint32_t id, struct rebtf_error *err);

/* Whether as many as were asked for have been noted. */
bool has_enough(const struct verifier *v);

/* The type with that id; NULL if there is none. */
const struct rebtf_type *verifier_type(const struct verifier *v, uint32_t id);

/* The string at that offset; NULL if there is none. */
const char *verifier_string(const struct verifier *v, uint32_t off);

/* Whether kernels take it for a C identifier, or the name of a section. */
bool is_identifier(const char *name);
bool is_section_name(const struct verifier *v, const char *name);

/*
 * Checks header, sections and strings of the @size bytes at @data, and sets the strings of @v. Sets @h
 * to the header, and @swapped if the bytes are in the other byte order. Errors: FORMAT, which is what
 * is wrong.
 */
struct btf_header;
struct rebtf_error *verify_frame(struct verifier *v, const uint8_t *data, size_t size,
				 struct btf_header *h, bool *swapped);

/*
 * Walks over the types in v->types, checks each by itself, and finds their places. Errors: NOMEM.
 * @whole: whether all of them were found.
 */
struct rebtf_error *verify_shapes(struct verifier *v, bool *whole);

/* Follows the references of all types. Errors: NOMEM. */
struct rebtf_error *verify_references(struct verifier *v);

/* Checks chains of modifiers. Errors: NOMEM. */
struct rebtf_error *verify_chains(struct verifier *v);

/* Checks what BPF programs share with the kernel; nothing else is wrong. Errors: NOMEM. */
struct rebtf_error *verify_specials(struct verifier *v);

/* A bit of its own for each type tag that makes a pointer special; 0 for all else. */
uint16_t kptr_tag_bit(const struct verifier *v, const struct rebtf_type *t);

/* Whether an INT is one that C has: whole bytes, 1, 2, 4, 8 or 16 of them, from bit 0 on. */
bool is_regular_int(const struct rebtf_type *t);

/*
 * Checks that a member of a struct or union lies inside it, where its type @inner, which is no
 * modifier and @inner_size bytes long, may lie.
 */
struct rebtf_error *check_member(const struct verifier *v, const struct rebtf_type *t,
				 const struct rebtf_member *m, const struct rebtf_type *inner,
				 uint32_t inner_size);

#endif
