/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Variables and the sections where they are: VAR and DATASEC. By default, only the section of
 * per-CPU variables counts, because BPF programs find such variables by their BTF.
 *
 * A kernel refuses all of a file's BTF if variables of a section overlap or have no size.
 */
#ifndef REBTF_ENCODE_VARIABLES_H
#define REBTF_ENCODE_VARIABLES_H

#include "encode/dwarf.h"
#include "encode/nodes.h"
#include "encode/section_index.h"

/* A declaration tag: __attribute__((btf_decl_tag("text"))). */
struct decl_tag {
	uint32_t text;	   /* a string of a node store */
	int32_t component; /* of a function: index of the parameter, or -1 */
};

DEFINE_VECTOR(decl_tag_vector, struct decl_tag);

struct found_variable {
	uint64_t first;	     /* position: unit << 32 | order in it */
	uint64_t die_offset; /* of its definition */
	uint64_t address;
	uint32_t section; /* index in the file's list */
	uint32_t name;	  /* a string of the node store */
	uint32_t type;	  /* a node */
	uint32_t tags;	  /* index of its first declaration tag */
	uint16_t tag_count;
	bool is_external;
};

DEFINE_VECTOR(found_variable_vector, struct found_variable);

struct variable_list {
	struct found_variable_vector list;
	struct decl_tag_vector tags;
};

enum variable_choice {
	VARIABLES_NONE,
	VARIABLES_PER_CPU,
	VARIABLES_ALL,
};

/* The sections whose variables count. Read-only after variable_sections_init(). */
struct variable_sections {
	const struct encode_object *object;
	struct section_index index;
	/* Indices of the symbols of objects at the start of such a section, by section and name. */
	struct u32_vector starts;
};

/* Errors: NOMEM. */
struct rebtf_error *variable_sections_init(struct variable_sections *sections,
					   const struct encode_object *object,
					   enum variable_choice choice);
void variable_sections_release(struct variable_sections *sections);

/*
 * Whether the variable @name at @address is in a section that counts. If so, sets *@section to the
 * section's index.
 */
bool variable_sections_find(const struct variable_sections *sections, uint64_t address,
			    const char *name, uint32_t *section);

/* Whether a variable of that name is an artefact of a macro of the kernel. */
bool variable_name_is_useless(const char *name);

#endif
