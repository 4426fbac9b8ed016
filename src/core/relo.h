/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * CO-RE relocations. A BPF program is compiled against some definition of the kernel's types. For
 * each access to them, the compiler records the type where the access starts and the path from
 * there: member indices and array indices. Before it loads the program, a loader looks for the same
 * path, now by the names of members, in the types of the running kernel, and patches the instruction.
 *
 * The rules are libbpf's (version 1.7):
 *
 *   1. relo_spec.c reads the path.
 *   2. relo_candidates.c finds the kernel's types of that name, without flavours: cut at "___".
 *   3. relo_match.c follows the path in each candidate; relo_types.c compares types.
 *   4. relo_value.c computes the value before and after.
 *   5. relo_run.c takes the value that all matching candidates agree on.
 *   6. relo_insn.c patches the instruction.
 *
 * Both sides may be hostile: their types refer to each other in any way. So no function recurses,
 * and all work is paid from a budget.
 */
#ifndef REBTF_CORE_RELO_H
#define REBTF_CORE_RELO_H

#include "btf/btf.h"
#include "util/error.h"

/* Longer paths are errors. */
#define RELO_STEPS_MAX 64

/* A step of a path as a C programmer writes it: ".name" or "[index]". */
struct relo_step {
	uint32_t type_id; /* of the struct with the member; or of the element */
	uint32_t index;	  /* of the member, enumerator or element */
	const char *name; /* of the member or enumerator; NULL: an element */
};

/*
 * A relocation, as seen in the BTF of one side. The first step is an index of the root type, or the
 * enumerator. Types as such have no steps.
 */
struct relo_spec {
	const struct rebtf_btf *btf;
	uint32_t pointer_size;
	uint32_t kind; /* enum rebtf_relo_kind */
	uint32_t root; /* type id */
	uint32_t step_count;
	struct relo_step steps[RELO_STEPS_MAX];
	/* The same path with unnamed members, which C does not mention. */
	uint32_t raw_count;
	uint32_t raw[RELO_STEPS_MAX];
	uint32_t bit_offset;
};

static inline void relo_add_step(struct relo_spec *spec, uint32_t type_id, uint32_t index,
				 const char *name)
{
	spec->steps[spec->step_count++] =
		(struct relo_step){ .type_id = type_id, .index = index, .name = name };
}

/* Sets of kinds of relocations. */
static inline bool relo_is_of_field(uint32_t kind)
{
	return kind <= REBTF_RELO_FIELD_RSHIFT;
}

static inline bool relo_is_of_enumerator(uint32_t kind)
{
	return kind == REBTF_RELO_ENUMERATOR_EXISTS || kind == REBTF_RELO_ENUMERATOR_VALUE;
}

static inline bool relo_is_of_type(uint32_t kind)
{
	return !relo_is_of_field(kind) && !relo_is_of_enumerator(kind);
}

/* Whether the relocation asks whether something exists: its value is 0 or 1. */
static inline bool relo_is_question(uint32_t kind)
{
	return kind == REBTF_RELO_FIELD_EXISTS || kind == REBTF_RELO_TYPE_EXISTS ||
	       kind == REBTF_RELO_ENUMERATOR_EXISTS || kind == REBTF_RELO_TYPE_MATCHES;
}

/* Subtracts @cost from the budget. Errors: UNSUPPORTED once it is used up. */
struct rebtf_error *relo_spend(uint64_t *budget, uint64_t cost);

/*
 * Sets @equal if two names are equal without their flavours. Long names cost more. Errors:
 * UNSUPPORTED.
 */
struct rebtf_error *relo_names_equal(const char *a, const char *b, uint64_t *budget, bool *equal);

/* Skips typedefs, qualifiers and type tags of type @*id. */
struct rebtf_error *relo_skip(const struct rebtf_btf *btf, uint32_t *id, uint64_t *budget,
			      const struct rebtf_type **t);

/* Whether @array may have any number of elements: it is empty, and the last member of a struct. */
bool relo_is_flexible(const struct rebtf_btf *btf, const struct relo_step *member,
		      const struct rebtf_array *array);

/* Adds @index elements of type @element to the offset. */
struct rebtf_error *relo_add_elements(struct relo_spec *spec, uint32_t element, uint32_t index);

/* ---------------------------------------------------------------------------------------- spec */

/*
 * Reads a relocation of a program: the path @access, from type @root of @btf. On error, @spec has
 * the steps before the problem. Errors: FORMAT (the path does not lead through @root), UNSUPPORTED.
 */
struct rebtf_error *relo_spec_read(const struct rebtf_btf *btf, uint32_t kind, uint32_t root,
				   const char *access, uint64_t *budget, struct relo_spec *spec);

/* Maximum size of a path in C with its NUL. Longer ones end in "...". */
#define RELO_PATH_MAX 512

/* Writes the path in C: "struct task_struct.comm[3]", "enum bpf_cmd::BPF_MAP_CREATE". */
void relo_spec_spell(const struct relo_spec *spec, char *text);

/* --------------------------------------------------------------------------------------- match */

/*
 * Matches @local, of the program, with the type @root of @btf. Sets @target to the path there, and
 * @matches to false if that type does not have it. Errors: as libbpf: FORMAT, UNSUPPORTED.
 */
struct rebtf_error *relo_match(const struct relo_spec *local, const struct rebtf_btf *btf,
			       uint32_t pointer_size, uint32_t root, uint64_t *budget,
			       struct relo_spec *target, bool *matches);

/* Whether a program with a member of type @local can read one of type @target. */
struct rebtf_error *relo_fields_fit(const struct rebtf_btf *local_btf, uint32_t local,
				    const struct rebtf_btf *target_btf, uint32_t target,
				    uint64_t *budget, bool *fit);

/*
 * Whether two types have the same kinds, below pointers too; or, if @exact, also the same names and
 * members, as bpf_core_type_matches() asks.
 */
struct rebtf_error *relo_types_fit(const struct rebtf_btf *local_btf, uint32_t local,
				   const struct rebtf_btf *target_btf, uint32_t target, bool exact,
				   uint64_t *budget, bool *fit);

/* Whether types of these kinds can replace each other. ENUM and ENUM64 count as one kind. */
static inline bool relo_kinds_fit(const struct rebtf_type *a, const struct rebtf_type *b)
{
	return rebtf_type_kind(a) == rebtf_type_kind(b) ||
	       (kind_is_enum(rebtf_type_kind(a)) && kind_is_enum(rebtf_type_kind(b)));
}

/* --------------------------------------------------------------------------------------- value */

struct relo_value {
	uint64_t old_value;
	uint64_t new_value;
	/*
	 * No candidate matches, and the relocation has no value for that. The instruction is
	 * poisoned.
	 */
	bool poison;
	bool validate;	   /* the instruction must have the old value */
	bool size_differs; /* a load or store cannot be patched: it would read other bytes */
	uint32_t old_size; /* of the field; 0: not checked */
	uint32_t new_size;
};

/* Computes the value. @target is NULL if no candidate matches. Errors: as libbpf: FORMAT. */
struct rebtf_error *relo_value(const struct relo_spec *local, const struct relo_spec *target,
			       struct relo_value *value);

/* ---------------------------------------------------------------------------------------- insn */

/* The size of an instruction in bytes. An instruction with a 64-bit constant is two. */
#define RELO_INSN_SIZE 8

/*
 * Patches the instruction at @insn, which has @left bytes after it in its section, in the given byte
 * order. Sets *@poisoned if the instruction was poisoned. Errors: FORMAT (libbpf refuses to patch it).
 */
struct rebtf_error *relo_insn_patch(uint8_t *insn, size_t left, bool big_endian,
				    const struct relo_value *value, bool *poisoned);

#endif
