/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The section .BTF.ext of a BPF program. It has three kinds of records. Each record is about an
 * instruction: the function that starts there, its source line, and its CO-RE relocation. Records
 * refer to types and strings of the program's BTF. Each kind has a part of the section, and each
 * part a list of records for each ELF section with instructions.
 *
 * Apart from its first four bytes, .BTF.ext consists of 32-bit words. So the object keeps all words,
 * in host byte order, and the lists are views of them. Records can be longer than the structs
 * below. Words that this library does not know are written back as they are.
 *
 * Source: the kernel's Documentation/bpf/btf.rst; libbpf 1.7.
 */
#ifndef REBTF_CORE_BTF_EXT_H
#define REBTF_CORE_BTF_EXT_H

#include "btf/btf.h"
#include "util/vec.h"

/* Offsets of instructions are in bytes, from the start of their ELF section. */
struct btf_ext_func {
	uint32_t insn_off;
	uint32_t type_id; /* a FUNC */
};

struct btf_ext_line {
	uint32_t insn_off;
	uint32_t file_off; /* a string: the name of the source file */
	uint32_t text_off; /* a string: the source line */
	uint32_t line_col; /* line << 10 | column */
};

struct btf_ext_relo {
	uint32_t insn_off;
	uint32_t type_id;    /* the type that the access starts at */
	uint32_t access_off; /* a string: "0:1:2" */
	uint32_t kind;	     /* enum rebtf_relo_kind */
};

enum btf_ext_part {
	BTF_EXT_FUNCS,
	BTF_EXT_LINES,
	BTF_EXT_RELOS,
	BTF_EXT_PARTS,
};

/* The records of a part, without words of later versions of the format. */
struct btf_ext_kind {
	const char *name;
	uint32_t record_words;
	uint32_t types;	  /* a bit for each word that is a type id */
	uint32_t strings; /* a bit for each word that is a string offset */
};

extern const struct btf_ext_kind btf_ext_kinds[BTF_EXT_PARTS];

/* The records of one part for one ELF section. */
struct btf_ext_list {
	uint32_t name_off; /* a string: the name of the ELF section */
	uint32_t first;	   /* index of its first word */
	uint32_t count;
};

DEFINE_VECTOR(btf_ext_lists, struct btf_ext_list);

struct btf_ext {
	bool big_endian; /* byte order of the file */
	uint8_t *bytes;	 /* malloced: the section, with its words in host order */
	size_t size;
	struct {
		uint32_t record_words;
		struct btf_ext_lists lists;
	} parts[BTF_EXT_PARTS];
};

/*
 * Reads and checks the @size bytes at @data, which are copied. @btf is the BTF of the same object.
 * Afterwards, all records are inside the section, all type ids exist, those of functions are FUNCs,
 * and all string offsets are valid. Instructions are not checked. Call btf_ext_release() in any
 * case. Errors: FORMAT, NOMEM.
 */
struct rebtf_error *btf_ext_read(const void *data, size_t size, const struct rebtf_btf *btf,
				 struct btf_ext *ext);
void btf_ext_release(struct btf_ext *ext);

/* Returns a record of a list: a struct btf_ext_func, btf_ext_line or btf_ext_relo. */
static inline const void *btf_ext_record(const struct btf_ext *ext, enum btf_ext_part part,
					 const struct btf_ext_list *list, uint32_t index)
{
	const uint32_t *words = (const uint32_t *)ext->bytes;

	return words + list->first + (size_t)index * ext->parts[part].record_words;
}

/*
 * Writes the section in the given byte order: malloced, owned by the caller. In the order of the
 * file, the bytes are those of the file. Errors: NOMEM.
 */
struct rebtf_error *btf_ext_write(const struct btf_ext *ext, bool big_endian, void **data);

/*
 * Writes the section for the result of @dedup, which deduplicated @btf: all records get the new ids.
 * @strings, which builds the program's new BTF, gets their strings. Sets @data as btf_ext_write()
 * does. The caller reads the result again: parts of a hostile file may overlap. Errors: NOMEM; UNSUPPORTED
 * (fields that are unknown, or a relocation that would change its meaning).
 */
struct rebtf_error *btf_ext_renew(const struct btf_ext *ext, const struct rebtf_btf *btf,
				  const struct rebtf_dedup *dedup, struct rebtf_builder *strings,
				  void **data);

#endif
