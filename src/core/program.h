/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * An object file of BPF programs, as far as its relations to a kernel go: its types, the records of
 * .BTF.ext, its instructions, and the names that it wants from the kernel. The file itself is the
 * business of module/program_open.c.
 */
#ifndef REBTF_CORE_PROGRAM_H
#define REBTF_CORE_PROGRAM_H

#include "core/btf_ext.h"

/* An ELF section with instructions. The bytes belong to the file. */
struct program_code {
	const char *name;
	const uint8_t *data;
	size_t size;
	uint32_t section; /* number in the file */
};

DEFINE_VECTOR(program_codes, struct program_code);

/* An instruction into which the loader writes the address of a symbol. */
struct program_address {
	uint32_t section; /* number in the file */
	const char *name; /* of an extern; NULL: the object defines the symbol */
	uint64_t insn_off;
};

DEFINE_VECTOR(program_addresses, struct program_address);

/* A symbol that the object does not define. */
struct program_extern {
	const char *name;
	bool weak;
};

DEFINE_VECTOR(program_externs, struct program_extern);

/* A record of .BTF.ext with the index of its section. */
struct program_record {
	uint32_t code;
	uint32_t insn_off;
	const void *record;
};

DEFINE_VECTOR(program_records, struct program_record);

struct rebtf_program {
	char *path;
	struct rebtf_btf *btf;
	struct btf_ext ext;
	void *file; /* the file that owns the bytes below */
	void (*close)(void *file);
	struct program_codes codes;	    /* sorted by name */
	struct program_externs externs;	    /* sorted by name */
	struct program_addresses addresses; /* sorted by section */
	/* Functions and lines are sorted by section and offset, relocations are in file order. */
	struct program_records records[BTF_EXT_PARTS];
};

/* Makes an empty program. Errors: NOMEM. */
struct rebtf_error *program_new(const char *path, struct rebtf_program **program);

/*
 * Reads .BTF.ext once BTF, code and externs are there, and checks its records against the code. An
 * object without .BTF.ext (@size is 0) has no records. Errors: FORMAT, NOMEM.
 */
struct rebtf_error *program_read_ext(struct rebtf_program *program, const void *data, size_t size);

/* The last function or line at or before the instruction. NULL: that section has no such record. */
const void *program_find_record(const struct rebtf_program *program, enum btf_ext_part part,
				uint32_t code, uint32_t insn_off);

/* The index of the first function or line of a section. */
size_t program_first_record(const struct rebtf_program *program, enum btf_ext_part part,
			    uint32_t code);

/* The extern symbol of that name. NULL: not found. */
const struct program_extern *program_find_extern(const struct rebtf_program *program,
						 const char *name);

/* The addresses in a section, and their number. */
const struct program_address *program_addresses_in(const struct rebtf_program *program,
						   uint32_t section, size_t *count);

/* The name of the function with the instruction, or of the section if no function is known. */
const char *program_function(const struct rebtf_program *program, uint32_t code, uint32_t insn_off);

#endif
