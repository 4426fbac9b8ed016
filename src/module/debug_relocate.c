/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Relocates debug sections of relocatable objects, for each architecture that has BTF. Debug
 * sections need few types of relocations: mostly addresses of one size. RISC-V and LoongArch
 * compute differences with pairs of relocations, because their linkers may shorten code.
 */
#include <stdlib.h>

#include "module/debug_file.h"
#include "module/debug_internal.h"
#include "util/bytes.h"

/* Numbers that some <elf.h> lack. */
enum {
	DEBUG_EM_RISCV = 243,
	DEBUG_EM_BPF = 247,
	DEBUG_EM_LOONGARCH = 258,
	DEBUG_EM_ARC_COMPACT2 = 195,
	DEBUG_EM_CSKY = 252,
};

enum relocate_action {
	RELOCATE_NOTHING,
	RELOCATE_SET, /* symbol + addend */
	RELOCATE_ADD, /* to the bytes that are there */
	RELOCATE_SUBTRACT,
	RELOCATE_PC, /* symbol + addend - place */
	RELOCATE_SET_ULEB,
	RELOCATE_ADD_ULEB,
	RELOCATE_SUBTRACT_ULEB,
	RELOCATE_SET6, /* of the lower bits of a byte */
	RELOCATE_ADD6,
	RELOCATE_SUBTRACT6,
};

struct relocate_type {
	uint16_t machine, type;
	uint8_t action, size;
};

#define NOTHING(machine, type)                                                                     \
	{                                                                                          \
		machine, type, RELOCATE_NOTHING, 0                                                 \
	}
#define SET(machine, type, size)                                                                   \
	{                                                                                          \
		machine, type, RELOCATE_SET, size                                                  \
	}

/* By machine. Addresses of thread-local variables have types of their own. */
static const struct relocate_type relocate_types[] = {
	NOTHING(EM_X86_64, 0),
	SET(EM_X86_64, 1, 8),
	{ EM_X86_64, 2, RELOCATE_PC, 4 },
	SET(EM_X86_64, 10, 4),
	SET(EM_X86_64, 11, 4),
	SET(EM_X86_64, 12, 2),
	SET(EM_X86_64, 14, 1),
	SET(EM_X86_64, 17, 8),
	SET(EM_X86_64, 21, 4),
	{ EM_X86_64, 24, RELOCATE_PC, 8 },

	NOTHING(EM_386, 0),
	SET(EM_386, 1, 4),
	{ EM_386, 2, RELOCATE_PC, 4 },
	SET(EM_386, 32, 4),

	NOTHING(EM_ARM, 0),
	SET(EM_ARM, 2, 4),
	{ EM_ARM, 3, RELOCATE_PC, 4 },
	NOTHING(EM_ARM, 40), /* for instructions only */
	SET(EM_ARM, 106, 4),

	NOTHING(EM_AARCH64, 0),
	NOTHING(EM_AARCH64, 256),
	SET(EM_AARCH64, 257, 8),
	SET(EM_AARCH64, 258, 4),
	SET(EM_AARCH64, 259, 2),
	{ EM_AARCH64, 260, RELOCATE_PC, 8 },
	{ EM_AARCH64, 261, RELOCATE_PC, 4 },

	NOTHING(DEBUG_EM_RISCV, 0),
	SET(DEBUG_EM_RISCV, 1, 4),
	SET(DEBUG_EM_RISCV, 2, 8),
	SET(DEBUG_EM_RISCV, 8, 4),
	SET(DEBUG_EM_RISCV, 9, 8),
	{ DEBUG_EM_RISCV, 33, RELOCATE_ADD, 1 },
	{ DEBUG_EM_RISCV, 34, RELOCATE_ADD, 2 },
	{ DEBUG_EM_RISCV, 35, RELOCATE_ADD, 4 },
	{ DEBUG_EM_RISCV, 36, RELOCATE_ADD, 8 },
	{ DEBUG_EM_RISCV, 37, RELOCATE_SUBTRACT, 1 },
	{ DEBUG_EM_RISCV, 38, RELOCATE_SUBTRACT, 2 },
	{ DEBUG_EM_RISCV, 39, RELOCATE_SUBTRACT, 4 },
	{ DEBUG_EM_RISCV, 40, RELOCATE_SUBTRACT, 8 },
	NOTHING(DEBUG_EM_RISCV, 43),
	NOTHING(DEBUG_EM_RISCV, 51),
	{ DEBUG_EM_RISCV, 52, RELOCATE_SUBTRACT6, 1 },
	{ DEBUG_EM_RISCV, 53, RELOCATE_SET6, 1 },
	SET(DEBUG_EM_RISCV, 54, 1),
	SET(DEBUG_EM_RISCV, 55, 2),
	SET(DEBUG_EM_RISCV, 56, 4),
	{ DEBUG_EM_RISCV, 57, RELOCATE_PC, 4 },
	{ DEBUG_EM_RISCV, 60, RELOCATE_SET_ULEB, 1 },
	{ DEBUG_EM_RISCV, 61, RELOCATE_SUBTRACT_ULEB, 1 },

	NOTHING(EM_S390, 0),
	SET(EM_S390, 1, 1),
	SET(EM_S390, 3, 2),
	SET(EM_S390, 4, 4),
	{ EM_S390, 5, RELOCATE_PC, 4 },
	SET(EM_S390, 22, 8),
	{ EM_S390, 23, RELOCATE_PC, 8 },
	SET(EM_S390, 52, 4),
	SET(EM_S390, 53, 8),

	NOTHING(EM_PPC64, 0),
	SET(EM_PPC64, 1, 4),
	SET(EM_PPC64, 3, 2),
	SET(EM_PPC64, 24, 4),
	{ EM_PPC64, 26, RELOCATE_PC, 4 },
	SET(EM_PPC64, 38, 8),
	SET(EM_PPC64, 43, 8),
	{ EM_PPC64, 44, RELOCATE_PC, 8 },
	SET(EM_PPC64, 78, 8),

	NOTHING(EM_PPC, 0),
	SET(EM_PPC, 1, 4),
	SET(EM_PPC, 3, 2),
	SET(EM_PPC, 24, 4),
	{ EM_PPC, 26, RELOCATE_PC, 4 },
	SET(EM_PPC, 78, 4),

	NOTHING(EM_MIPS, 0),
	SET(EM_MIPS, 2, 4),
	SET(EM_MIPS, 18, 8),
	SET(EM_MIPS, 39, 4),
	SET(EM_MIPS, 41, 8),
	{ EM_MIPS, 248, RELOCATE_PC, 4 },

	NOTHING(DEBUG_EM_LOONGARCH, 0),
	SET(DEBUG_EM_LOONGARCH, 1, 4),
	SET(DEBUG_EM_LOONGARCH, 2, 8),
	SET(DEBUG_EM_LOONGARCH, 8, 4),
	SET(DEBUG_EM_LOONGARCH, 9, 8),
	{ DEBUG_EM_LOONGARCH, 47, RELOCATE_ADD, 1 },
	{ DEBUG_EM_LOONGARCH, 48, RELOCATE_ADD, 2 },
	{ DEBUG_EM_LOONGARCH, 50, RELOCATE_ADD, 4 },
	{ DEBUG_EM_LOONGARCH, 51, RELOCATE_ADD, 8 },
	{ DEBUG_EM_LOONGARCH, 52, RELOCATE_SUBTRACT, 1 },
	{ DEBUG_EM_LOONGARCH, 53, RELOCATE_SUBTRACT, 2 },
	{ DEBUG_EM_LOONGARCH, 55, RELOCATE_SUBTRACT, 4 },
	{ DEBUG_EM_LOONGARCH, 56, RELOCATE_SUBTRACT, 8 },
	{ DEBUG_EM_LOONGARCH, 99, RELOCATE_PC, 4 },
	NOTHING(DEBUG_EM_LOONGARCH, 100),
	NOTHING(DEBUG_EM_LOONGARCH, 102),
	{ DEBUG_EM_LOONGARCH, 105, RELOCATE_ADD6, 1 },
	{ DEBUG_EM_LOONGARCH, 106, RELOCATE_SUBTRACT6, 1 },
	{ DEBUG_EM_LOONGARCH, 107, RELOCATE_ADD_ULEB, 1 },
	{ DEBUG_EM_LOONGARCH, 108, RELOCATE_SUBTRACT_ULEB, 1 },

	NOTHING(EM_SPARCV9, 0),
	SET(EM_SPARCV9, 1, 1),
	SET(EM_SPARCV9, 2, 2),
	SET(EM_SPARCV9, 3, 4),
	SET(EM_SPARCV9, 23, 4),
	SET(EM_SPARCV9, 32, 8),
	SET(EM_SPARCV9, 54, 8),
	SET(EM_SPARCV9, 55, 2),
	SET(EM_SPARCV9, 78, 4),
	SET(EM_SPARCV9, 79, 8),

	NOTHING(DEBUG_EM_ARC_COMPACT2, 0),
	SET(DEBUG_EM_ARC_COMPACT2, 1, 1),
	SET(DEBUG_EM_ARC_COMPACT2, 2, 2),
	SET(DEBUG_EM_ARC_COMPACT2, 4, 4),

	NOTHING(DEBUG_EM_CSKY, 0),
	SET(DEBUG_EM_CSKY, 1, 4),

	NOTHING(DEBUG_EM_BPF, 0),
	SET(DEBUG_EM_BPF, 2, 8),
	SET(DEBUG_EM_BPF, 3, 4),
	SET(DEBUG_EM_BPF, 4, 4),
};

#undef NOTHING
#undef SET

enum { RELOCATE_TYPES = sizeof(relocate_types) / sizeof(relocate_types[0]) };

/* The types of one machine, by number. */
struct relocate_machine {
	const struct relocate_type *types[512];
};

static void relocate_find_types(uint16_t machine, struct relocate_machine *known)
{
	*known = (struct relocate_machine){};
	for (size_t i = 0; i < RELOCATE_TYPES; i++) {
		if (relocate_types[i].machine == machine)
			known->types[relocate_types[i].type] = &relocate_types[i];
	}
}

/* A relocation in the host's form. */
struct relocation_entry {
	uint64_t offset, symbol;
	uint32_t type;
	bool has_addend;
	uint64_t addend;
};

/* The values that all relocations of a section share. */
struct relocate_run {
	struct debug_opening *o;
	struct relocate_machine machine;
	uint16_t number;       /* of the machine */
	uint64_t symbol_count; /* without the first, the null symbol */
	uint8_t *data;
	size_t size;
};

/* ---------------------------------------------------------------------------------------- bytes */

static uint64_t relocate_get(const uint8_t *p, size_t size, bool big_endian)
{
	switch (size) {
	case 1:
		return *p;
	case 2:
		return get16(p, big_endian);
	case 4:
		return get32(p, big_endian);
	default:
		return get64(p, big_endian);
	}
}

static void relocate_put(uint8_t *p, size_t size, uint64_t value, bool big_endian)
{
	for (size_t i = 0; i < size; i++)
		p[i] = (uint8_t)(value >> 8 * (big_endian ? size - 1 - i : i));
}

/* No producer pads a number further. Many relocations of one long number would take forever. */
enum { ULEB_MAX = 16 };

/* Adds to an ULEB128 and keeps its length. False: it has no end. */
static bool relocate_uleb(uint8_t *p, size_t left, enum relocate_action action, uint64_t value)
{
	uint64_t old = 0;
	size_t length = 0;

	do {
		if (length == left || length == ULEB_MAX)
			return false;
		old |= length < 10 ? (uint64_t)(p[length] & 0x7f) << 7 * length : 0;
	} while (p[length++] & 0x80);
	if (action == RELOCATE_ADD_ULEB)
		value = old + value;
	else if (action == RELOCATE_SUBTRACT_ULEB)
		value = old - value;
	for (size_t i = 0; i < length; i++) {
		uint8_t bits = i < 10 ? (uint8_t)(value >> 7 * i & 0x7f) : 0;

		p[i] = (uint8_t)(bits | (i + 1 < length ? 0x80 : 0));
	}
	return true;
}

/* -------------------------------------------------------------------------------------- entries */

/* MIPS's 64-bit objects have up to three types in a relocation. Only the first is in use here. */
static void relocate_read_mips(const uint8_t *p, bool big_endian, struct relocation_entry *entry)
{
	entry->symbol = get32(p + 8, big_endian);
	entry->type = p[15] | (uint32_t)p[14] << 8 | (uint32_t)p[13] << 16;
}

static struct relocation_entry relocate_read(const struct relocate_run *run, const uint8_t *p,
					     bool has_addend)
{
	bool big_endian = run->o->big_endian;
	struct relocation_entry entry = { .has_addend = has_addend };
	uint64_t info;

	if (!run->o->is_64) {
		entry.offset = get32(p, big_endian);
		info = get32(p + 4, big_endian);
		entry.symbol = info >> 8;
		entry.type = (uint8_t)info;
		if (has_addend)
			entry.addend = (uint64_t)(int64_t)(int32_t)get32(p + 8, big_endian);
		return entry;
	}
	entry.offset = get64(p, big_endian);
	info = get64(p + 8, big_endian);
	entry.symbol = info >> 32;
	entry.type = (uint32_t)info;
	/* The upper bits are data of another relocation. */
	if (run->number == EM_SPARCV9)
		entry.type &= 0xff;
	if (run->number == EM_MIPS)
		relocate_read_mips(p, big_endian, &entry);
	if (has_addend)
		entry.addend = get64(p + 16, big_endian);
	return entry;
}

static struct rebtf_error *relocate_bad(const struct relocation_entry *entry, const char *problem)
{
	return error_new(REBTF_ERR_FORMAT, "relocation of type %u at offset 0x%llx: %s",
			 entry->type, (unsigned long long)entry->offset, problem);
}

/* Applies a relocation whose bytes are within the section. */
static bool relocate_apply(const struct relocate_run *run, const struct relocate_type *type,
			   const struct relocation_entry *entry, uint64_t value)
{
	uint8_t *p = run->data + entry->offset;
	bool big_endian = run->o->big_endian;
	uint64_t old = relocate_get(p, type->size, big_endian);

	switch ((enum relocate_action)type->action) {
	case RELOCATE_NOTHING:
		return true;
	case RELOCATE_SET:
		break;
	case RELOCATE_ADD:
		value = old + value;
		break;
	case RELOCATE_SUBTRACT:
		value = old - value;
		break;
	case RELOCATE_PC:
		value -= entry->offset;
		break;
	case RELOCATE_SET6:
		value = (old & 0xc0) | (value & 0x3f);
		break;
	case RELOCATE_ADD6:
		value = (old & 0xc0) | ((old + value) & 0x3f);
		break;
	case RELOCATE_SUBTRACT6:
		value = (old & 0xc0) | ((old - value) & 0x3f);
		break;
	case RELOCATE_SET_ULEB:
	case RELOCATE_ADD_ULEB:
	case RELOCATE_SUBTRACT_ULEB:
		return relocate_uleb(p, run->size - entry->offset,
				     (enum relocate_action)type->action, value);
	}
	relocate_put(p, type->size, value, big_endian);
	return true;
}

static struct rebtf_error *relocate_one(const struct relocate_run *run,
					const struct relocation_entry *entry)
{
	const struct relocate_type *type = entry->type < 512 ? run->machine.types[entry->type]
							     : NULL;
	uint64_t value;

	if (!type)
		return error_new(REBTF_ERR_UNSUPPORTED,
				 "relocation of unknown type %u at offset 0x%llx (machine %u)",
				 entry->type, (unsigned long long)entry->offset, run->number);
	if (type->action == RELOCATE_NOTHING)
		return NULL;
	if (entry->offset > run->size || type->size > run->size - entry->offset)
		return relocate_bad(entry, "not within the section");
	if (entry->symbol >= run->o->symbol_count && entry->symbol)
		return relocate_bad(entry, "the symbol does not exist");
	value = entry->symbol ? run->o->symbol_addresses[entry->symbol] : 0;
	if (entry->has_addend)
		value += entry->addend;
	else if (type->action == RELOCATE_SET || type->action == RELOCATE_PC)
		value += relocate_get(run->data + entry->offset, type->size, run->o->big_endian);
	if (!relocate_apply(run, type, entry, value))
		return relocate_bad(entry, "the number has no end");
	return NULL;
}

/*
 * Applies a relocation of the most frequent kind: a plain address with an addend. Returns false,
 * without a change, if it is of another kind.
 */
static inline bool relocate_usual(const struct relocate_run *run,
				  const struct relocation_entry *entry)
{
	const struct relocate_type *type = entry->type < 512 ? run->machine.types[entry->type]
							     : NULL;
	uint64_t value;

	if (!type || type->action != RELOCATE_SET || !entry->has_addend ||
	    entry->symbol - 1 >= run->symbol_count || type->size > run->size ||
	    entry->offset > run->size - type->size)
		return false;
	value = run->o->symbol_addresses[entry->symbol] + entry->addend;
	if (type->size == 4)
		put32(run->data + entry->offset, (uint32_t)value, run->o->big_endian);
	else
		relocate_put(run->data + entry->offset, type->size, value, run->o->big_endian);
	return true;
}

/* Sets o->symbol_addresses. */
static struct rebtf_error *relocate_find_addresses(struct debug_opening *o)
{
	if (o->symbol_addresses)
		return NULL;
	o->symbol_addresses = malloc((o->symbol_count + 1) * sizeof(*o->symbol_addresses));
	if (!o->symbol_addresses)
		return error_nomem();
	for (size_t i = 0; i < o->symbol_count; i++) {
		struct debug_symbol symbol = debug_symbol(o, i);

		o->symbol_addresses[i] = debug_symbol_address(o, &symbol);
	}
	return NULL;
}

struct rebtf_error *debug_relocate(struct debug_opening *o, const struct debug_section *relocations,
				   uint8_t *data, size_t size)
{
	bool has_addend = relocations->shdr.sh_type == SHT_RELA;
	size_t word = o->is_64 ? 8 : 4, step = (has_addend ? 3 : 2) * word;
	struct relocate_run run = {
		.o = o,
		.number = o->file->object.machine,
		.symbol_count = o->symbol_count ? o->symbol_count - 1 : 0,
		.data = data,
		.size = size,
	};
	const uint8_t *entries;

	if (relocations->shdr.sh_link != o->symtab)
		return error_new(
			REBTF_ERR_FORMAT,
			"its relocations refer to section %u, which is not the symbol table",
			relocations->shdr.sh_link);
	relocate_find_types(run.number, &run.machine);
	TRY(relocate_find_addresses(o));
	TRY(debug_section_bytes(o->file, relocations, &entries));
	for (uint64_t at = 0; relocations->shdr.sh_size - at >= step; at += step) {
		struct relocation_entry entry = relocate_read(&run, entries + at, has_addend);

		if (!relocate_usual(&run, &entry))
			TRY(relocate_one(&run, &entry));
	}
	return NULL;
}
