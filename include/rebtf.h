/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * rebtf: keeps the BTF of Linux kernel modules valid when the kernel underneath them changes.
 *
 * This header is the whole library. Its parts, in the order of a caller's needs: errors; BTF itself
 * (open, inspect, build, write); split BTF (distill, relocate); verifying and dumping BTF; the
 * files that contain BTF (kernels and modules); transforms of modules, a call for each verb of the
 * command; a kernel with all of its modules as one; and whether a kernel loads a module at all.
 *
 * These rules hold throughout:
 *
 * - Functions that can fail return a struct rebtf_error *, or NULL on success. The caller owns the
 *   error and frees it with rebtf_error_free(). Output parameters are set on success only.
 *   "Errors:" lists the codes that a function can return; each of these functions can also run out
 *   of memory.
 * - A struct rebtf_btf never changes once it exists. It was checked in full when it was created, so
 *   the functions that read it cannot fail, and threads may share it without a lock. It is
 *   reference counted.
 * - A result with many elements is an object: X_count() returns their number, X_at() an element, or
 *   NULL beyond the last, and X_free() frees the object with its elements. Structs of results are
 *   reached only through pointers to const, never copied or allocated by callers, because later
 *   versions append members to them. Plain arrays of numbers are malloced: the caller frees them
 *   with free().
 * - Functions that name a number, X_name(), return "unknown" (of kinds "UNKNOWN") for numbers that
 *   this version does not know.
 * - Numbers inside BTF are in host byte order, regardless of the byte order of the file.
 *
 * Threads: a struct rebtf_btf, a struct rebtf_set, a struct rebtf_signer, a struct rebtf_dir and a
 * struct rebtf_loader may be used by any number of threads at once: locks inside protect the data
 * that they build on demand. All threads may read an error or a result that is called immutable.
 * Any other object, for instance a module or a builder, may be used by one thread at a time,
 * whichever that is. Functions without an object may be called by all threads.
 *
 * Ownership: a caller that receives an object in an output parameter owns it and frees it: BTF with
 * rebtf_btf_unref(), other objects with their _free(). A function that keeps BTF takes a reference
 * of its own; it never takes over the caller's. The result of an accessor belongs to the object
 * that was asked and lives as long as that. Only rebtf_builder_finish() and rebtf_builder_append()
 * free an argument.
 *
 * The format is described in the Linux kernel's Documentation/bpf/btf.rst. Limits and bit positions
 * are those of include/uapi/linux/btf.h as of Linux 7.2, which reads everything older as well.
 */
#ifndef REBTF_H
#define REBTF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define REBTF_API __attribute__((visibility("default")))

/* The version of this header. */
#define REBTF_VERSION_MAJOR 0
#define REBTF_VERSION_MINOR 1
#define REBTF_VERSION_PATCH 0

/* Returns the version of the running library, "MAJOR.MINOR.PATCH", a static string. */
REBTF_API const char *rebtf_version(void);

/*
 * Options are structs whose first member is their size, so that later versions can append members
 * without breaking programs that were built before. This macro declares a variable with its size
 * set. Members that are not given are 0, NULL or false, which always is the default:
 *
 *	REBTF_OPTIONS(rebtf_verify_options, options, .kernel = "6.1", .limit = 1);
 *
 *	err = rebtf_verify(data, size, NULL, NULL, &options, &violations);
 *
 * In C++ before C++20, give no members and assign to them afterwards; g++ and clang++ accept this form
 * as an extension. Functions accept NULL for
 * defaults only. They fail with ARGUMENT if the size is not set, or if a program that was built for
 * a newer version sets a member that this version does not know, or a value that it does not know: one
 * beyond those of the enum here, or another bit. The same holds for arguments that are enums.
 */
#define REBTF_OPTIONS(type, name, ...)                                                             \
	struct type name = { .size = sizeof(struct type), __VA_ARGS__ }

/* --------------------------------------------------------------------------------------- errors */

enum rebtf_error_code {
	REBTF_ERR_NOMEM = 1,   /* out of memory */
	REBTF_ERR_IO,	       /* a system call failed, see rebtf_error_errnum() */
	REBTF_ERR_ARGUMENT,    /* an invalid call (for instance, it needs split BTF) */
	REBTF_ERR_FORMAT,      /* the bytes are malformed */
	REBTF_ERR_NO_BTF,      /* a valid file, but without BTF */
	REBTF_ERR_WRONG_BASE,  /* the BTF was not split from the base it was opened over */
	REBTF_ERR_MISMATCH,    /* a type that is relied on does not fit the new base */
	REBTF_ERR_UNSUPPORTED, /* valid, but rebtf cannot do this with it */
	REBTF_ERR_SIGNED,      /* writing would break the module's signature */
	REBTF_ERR_AMBIGUOUS,   /* two readings are possible, and the file does not decide */
	REBTF_ERR_CHANGED,     /* the file was changed meanwhile: try again */
};

/* A problem and its location. Immutable. */
struct rebtf_error;

#define REBTF_NO_TYPE UINT32_MAX

REBTF_API enum rebtf_error_code rebtf_error_code(const struct rebtf_error *err);

/*
 * "no_memory", "io", "argument", "format", "no_btf", "wrong_base", "mismatch", "unsupported", "signed",
 * "ambiguous", "changed". A static string.
 */
REBTF_API const char *rebtf_error_code_name(enum rebtf_error_code code);

/*
 * Returns the errno of the failed system call if the code is IO, otherwise 0. Also 0 if a callback
 * made the error with rebtf_error_new().
 */
REBTF_API int rebtf_error_errnum(const struct rebtf_error *err);

/*
 * Return the parts of the location: the path as given by the caller; the section, ".BTF.base"; the
 * type's id, the name of its kind, "STRUCT", and its own name. They are NULL (or REBTF_NO_TYPE)
 * where they do not apply. The strings belong to the error. Type names of more than 512 bytes,
 * which kernels never accept, are cut and end with their length: "aaa... (4095 bytes)".
 */
REBTF_API const char *rebtf_error_file(const struct rebtf_error *err);
REBTF_API const char *rebtf_error_section(const struct rebtf_error *err);
REBTF_API uint32_t rebtf_error_type_id(const struct rebtf_error *err);
REBTF_API const char *rebtf_error_type_kind(const struct rebtf_error *err);
REBTF_API const char *rebtf_error_type_name(const struct rebtf_error *err);

/*
 * Returns the problem, with the value that was found and the one that was expected: one sentence
 * without a full stop. Messages of more than 2,047 bytes are cut as type names are. The string
 * belongs to the error.
 */
REBTF_API const char *rebtf_error_message(const struct rebtf_error *err);

/* Returns more about the problem, which can be long, or NULL. The string belongs to the error. */
REBTF_API const char *rebtf_error_details(const struct rebtf_error *err);

/*
 * Returns the whole error except its details as one line, without a line end: "FILE: SECTION: type
 * [ID] KIND 'NAME': MESSAGE". Parts of the location that do not apply are omitted. Control
 * characters (see rebtf_character()) are shown as \xNN, byte by byte. The string is malloced; the
 * caller frees it. NULL if out of memory.
 */
REBTF_API char *rebtf_error_text(const struct rebtf_error *err);

/* As rebtf_error_text(), but without "FILE: ", for lists of the errors of one file. */
REBTF_API char *rebtf_error_text_without_file(const struct rebtf_error *err);

/* NULL is allowed. */
REBTF_API void rebtf_error_free(struct rebtf_error *err);

/* The code of a byte that is not part of a UTF-8 character. */
#define REBTF_NO_CHARACTER UINT32_MAX

/*
 * Reads the first character of @text, which must not be empty, and returns its size in bytes. Names
 * of types, members and files can contain any bytes, so code that prints them must check each
 * character here first. Sets @control if the character is a command to terminals (U+0000 to U+001F,
 * U+007F to U+009F, and bytes 0x80 to 0x9f that are not part of a character) or changes the order
 * or the line breaks of the text around it (U+061C, U+200E, U+200F, U+2028 to U+202E, U+2066 to
 * U+2069).
 */
REBTF_API size_t rebtf_character(const char *text, uint32_t *code, bool *control);

/*
 * Return an error for a callback to return, such as that of rebtf_btf_dump(). @file and @section
 * may be NULL. rebtf_error_new_io() is for system calls that failed: the code is IO, and the text of
 * @errnum follows @message, "cannot write: No space left on device". rebtf_error_nomem() is for
 * callbacks whose own allocation failed. The other two return that error, too, if memory runs out.
 */
REBTF_API struct rebtf_error *rebtf_error_new(enum rebtf_error_code code, const char *file,
					      const char *section, const char *message);
REBTF_API struct rebtf_error *rebtf_error_new_io(int errnum, const char *file, const char *section,
						 const char *message);
REBTF_API struct rebtf_error *rebtf_error_nomem(void);

/* ------------------------------------------------------------------------------------------ BTF */

enum rebtf_kind {
	REBTF_KIND_VOID = 0, /* type id 0; never in a file */
	REBTF_KIND_INT = 1,
	REBTF_KIND_PTR = 2,
	REBTF_KIND_ARRAY = 3,
	REBTF_KIND_STRUCT = 4,
	REBTF_KIND_UNION = 5,
	REBTF_KIND_ENUM = 6,
	REBTF_KIND_FWD = 7,
	REBTF_KIND_TYPEDEF = 8,
	REBTF_KIND_VOLATILE = 9,
	REBTF_KIND_CONST = 10,
	REBTF_KIND_RESTRICT = 11,
	REBTF_KIND_FUNC = 12,
	REBTF_KIND_FUNC_PROTO = 13,
	REBTF_KIND_VAR = 14,
	REBTF_KIND_DATASEC = 15,
	REBTF_KIND_FLOAT = 16,
	REBTF_KIND_DECL_TAG = 17,
	REBTF_KIND_TYPE_TAG = 18,
	REBTF_KIND_ENUM64 = 19,
	REBTF_KIND_LOC_PARAM = 20,
	REBTF_KIND_LOC_PROTO = 21,
	REBTF_KIND_LOCSEC = 22,
};

#define REBTF_KNOWN_KINDS 23  /* kinds 0 to 22 */
#define REBTF_MAX_KINDS	  128 /* seven bits */
#define REBTF_MAX_VLEN	  0xffffffu

/* The start of each type in a file: twelve bytes. */
struct rebtf_type {
	uint32_t name_off; /* string offset; 0: no name */
	uint32_t info;	   /* vlen: bits 0-23, kind: bits 24-30, kind_flag: bit 31 */
	union {
		uint32_t
			size; /* bytes: INT, ENUM, STRUCT, UNION, DATASEC, FLOAT, ENUM64, LOC_PARAM */
		uint32_t type; /* type id: PTR, TYPEDEF, modifiers, FUNC, FUNC_PROTO, VAR, tags */
	};
};

/* The data after struct rebtf_type, by kind. */
struct rebtf_array {
	uint32_t type; /* element type */
	uint32_t index_type;
	uint32_t nelems;
};

struct rebtf_member { /* STRUCT, UNION: vlen of them */
	uint32_t name_off;
	uint32_t type;
	uint32_t offset; /* bits; with kind_flag: bit-field size << 24 | bits, see below */
};

struct rebtf_enum { /* ENUM */
	uint32_t name_off;
	uint32_t val; /* signed if the kind_flag is set */
};

struct rebtf_enum64 { /* ENUM64 */
	uint32_t name_off;
	uint32_t val_lo32;
	uint32_t val_hi32;
};

struct rebtf_param { /* FUNC_PROTO; the last one is {0, 0} if variadic */
	uint32_t name_off;
	uint32_t type;
};

struct rebtf_var_secinfo { /* DATASEC */
	uint32_t type;
	uint32_t offset; /* bytes */
	uint32_t size;	 /* bytes */
};

/*
 * A LOC_PARAM says where the value of a parameter is, at one place in the code. It is followed by
 * its flags, REBTF_LOC_*, and vlen words. A LOC_PROTO is followed by vlen ids, each of the LOC_PARAM
 * of a parameter, or 0 if the location is unknown. A LOCSEC lists the places in an ELF section, which
 * is its name, where functions were inlined.
 */
struct rebtf_locsec_entry { /* LOCSEC: vlen of them, ordered by func, offset, loc_proto */
	uint32_t func;	    /* type id of the FUNC that was inlined */
	uint32_t loc_proto; /* type id of a LOC_PROTO; 0: no location is known */
	uint32_t offset;    /* bytes from the start of the section */
};

/*
 * The flags of a LOC_PARAM. CONST: the value is the words, the low word first. CONST and ADDR: the
 * value is an address relative to the start of the kernel or module. REG: the value is in the
 * register that the first word numbers as DWARF does (REBTF_LOC_FRAME: the frame base). With a
 * second word and without OFFSET, it is in both registers. REG and OFFSET: the value is the register
 * plus an offset, the other one or two words. REG and DEREF: the value is in memory, at the address
 * that the register, or the register plus the offset, holds. SIGNED: the constant or offset is
 * signed.
 */
#define REBTF_LOC_SIGNED 0x01u
#define REBTF_LOC_CONST	 0x02u
#define REBTF_LOC_ADDR	 0x04u
#define REBTF_LOC_REG	 0x08u
#define REBTF_LOC_DEREF	 0x10u
#define REBTF_LOC_OFFSET 0x20u
#define REBTF_LOC_FRAME	 0xffffffffu

/* An INT is followed by one uint32_t: bits in 0-7, bit offset in 16-23, encoding in 24-27. */
#define REBTF_INT_SIGNED 1u
#define REBTF_INT_CHAR	 2u
#define REBTF_INT_BOOL	 4u

/* A VAR is followed by its linkage, a DECL_TAG by its component index (-1: the whole type). */
enum rebtf_linkage {
	REBTF_LINKAGE_STATIC = 0,
	REBTF_LINKAGE_GLOBAL = 1,
	REBTF_LINKAGE_EXTERN = 2,
};

static inline uint32_t rebtf_info_kind(uint32_t info)
{
	return info >> 24 & 0x7f;
}

static inline uint32_t rebtf_type_kind(const struct rebtf_type *t)
{
	return rebtf_info_kind(t->info);
}

static inline uint32_t rebtf_type_vlen(const struct rebtf_type *t)
{
	return t->info & REBTF_MAX_VLEN;
}

/*
 * The kind_flag. STRUCT, UNION: members have bit-field sizes. FWD: it declares a union. ENUM,
 * ENUM64: signed. DECL_TAG, TYPE_TAG: the string is the name of an attribute rather than the
 * argument of btf_decl_tag or btf_type_tag.
 */
static inline bool rebtf_type_kind_flag(const struct rebtf_type *t)
{
	return t->info >> 31;
}

/* Returns the first byte after struct rebtf_type. Cast it to the data of the kind. */
static inline const void *rebtf_type_data(const struct rebtf_type *t)
{
	return t + 1;
}

static inline bool rebtf_is_composite(const struct rebtf_type *t)
{
	return rebtf_type_kind(t) == REBTF_KIND_STRUCT || rebtf_type_kind(t) == REBTF_KIND_UNION;
}

/*
 * Return the data of a type, rebtf_type_vlen() elements or one. The type must have the right kind:
 * STRUCT or UNION, ENUM, ENUM64, FUNC_PROTO, DATASEC, ARRAY, LOCSEC, LOC_PROTO, LOC_PARAM (its words).
 */
static inline const struct rebtf_member *rebtf_members(const struct rebtf_type *t)
{
	return (const struct rebtf_member *)rebtf_type_data(t);
}

static inline const struct rebtf_enum *rebtf_enums(const struct rebtf_type *t)
{
	return (const struct rebtf_enum *)rebtf_type_data(t);
}

static inline const struct rebtf_enum64 *rebtf_enums64(const struct rebtf_type *t)
{
	return (const struct rebtf_enum64 *)rebtf_type_data(t);
}

static inline const struct rebtf_param *rebtf_params(const struct rebtf_type *t)
{
	return (const struct rebtf_param *)rebtf_type_data(t);
}

static inline const struct rebtf_var_secinfo *rebtf_var_secinfos(const struct rebtf_type *t)
{
	return (const struct rebtf_var_secinfo *)rebtf_type_data(t);
}

static inline const struct rebtf_array *rebtf_array(const struct rebtf_type *t)
{
	return (const struct rebtf_array *)rebtf_type_data(t);
}

static inline const struct rebtf_locsec_entry *rebtf_locsec_entries(const struct rebtf_type *t)
{
	return (const struct rebtf_locsec_entry *)rebtf_type_data(t);
}

static inline const uint32_t *rebtf_loc_proto_params(const struct rebtf_type *t)
{
	return (const uint32_t *)rebtf_type_data(t);
}

static inline const uint32_t *rebtf_loc_param_words(const struct rebtf_type *t)
{
	return (const uint32_t *)rebtf_type_data(t) + 1;
}

/* Returns the flags of a LOC_PARAM: REBTF_LOC_*. */
static inline uint32_t rebtf_loc_param_flags(const struct rebtf_type *t)
{
	return *(const uint32_t *)rebtf_type_data(t);
}

/* Whether the flags and the number of words of a LOC_PARAM have a meaning together. */
REBTF_API bool rebtf_loc_param_is_valid(const struct rebtf_type *t);

/* The longest text of a location, with its NUL. */
#define REBTF_LOC_PARAM_TEXT 64

/*
 * Writes the location of a LOC_PARAM as text, as snprintf() does: "reg1", "*(reg2 + 0x10)",
 * "fbreg - 0x10", "0x12 (addr)". Flags and words without a meaning together: the words.
 */
REBTF_API size_t rebtf_loc_param_text(const struct rebtf_type *t, char *text, size_t size);

/* Return the parts of an INT: 0 or one of REBTF_INT_*; the number of bits; the first bit. */
static inline uint32_t rebtf_int_encoding(const struct rebtf_type *t)
{
	return *(const uint32_t *)rebtf_type_data(t) >> 24 & 0xf;
}

static inline uint32_t rebtf_int_bits(const struct rebtf_type *t)
{
	return *(const uint32_t *)rebtf_type_data(t) & 0xff;
}

static inline uint32_t rebtf_int_offset(const struct rebtf_type *t)
{
	return *(const uint32_t *)rebtf_type_data(t) >> 16 & 0xff;
}

/* Returns the linkage of a VAR, an enum rebtf_linkage unless the file has another number. */
static inline uint32_t rebtf_var_linkage(const struct rebtf_type *t)
{
	return *(const uint32_t *)rebtf_type_data(t);
}

/* Returns the member or parameter that a DECL_TAG is about, -1 for the whole type. */
static inline int32_t rebtf_decl_tag_component(const struct rebtf_type *t)
{
	return *(const int32_t *)rebtf_type_data(t);
}

/* Returns the value of an enumerator of an ENUM64, to be cast to int64_t if the kind_flag is set. */
static inline uint64_t rebtf_enum64_value(const struct rebtf_enum64 *e)
{
	return (uint64_t)e->val_hi32 << 32 | e->val_lo32;
}

/* Returns the offset of a member in bits from the start of its struct or union. */
static inline uint32_t rebtf_member_bit_offset(const struct rebtf_type *t,
					       const struct rebtf_member *m)
{
	return rebtf_type_kind_flag(t) ? m->offset & 0xffffff : m->offset;
}

/* Returns the size of a bit-field in bits, or 0 for other members. */
static inline uint32_t rebtf_member_bitfield_size(const struct rebtf_type *t,
						  const struct rebtf_member *m)
{
	return rebtf_type_kind_flag(t) ? m->offset >> 24 : 0;
}

/* Returns "STRUCT" and so on, or "UNKNOWN" for a kind unknown to this library. A static string. */
REBTF_API const char *rebtf_kind_name(uint32_t kind);

/*
 * Returns the C keyword before the name of such a type: "struct ", "union ", "enum ", or "". A
 * static string.
 */
REBTF_API const char *rebtf_type_keyword(const struct rebtf_type *t);

/* --- open */

struct rebtf_btf;

/*
 * Opens the raw BTF in the file @path (for ELF files and kernel images see rebtf_module_open() and
 * rebtf_kernel_open()). @base is the BTF that this one is split from, or NULL if it is not split.
 * The new object holds a reference to it. All checks happen here: header, lengths, strings, every
 * type id, every string offset, and that chains of types which must end (modifiers, arrays,
 * embedded structs) are not cyclic. No string may be longer than 4095 bytes. Errors: IO,
 * UNSUPPORTED (the file has 2 GiB or more), FORMAT (with the offending type), WRONG_BASE (valid,
 * but not split from @base: the byte orders differ, or a reference leads past the end of @base,
 * into the middle of one of its strings, or to a kind that no compiler refers to in that position).
 */
REBTF_API struct rebtf_error *rebtf_btf_open(const char *path, struct rebtf_btf *base,
					     struct rebtf_btf **btf);

/*
 * As rebtf_btf_open(), but reads the open file @fd from its start (a pipe from its current
 * position). @name stands for the file in errors and may be NULL.
 */
REBTF_API struct rebtf_error *rebtf_btf_open_fd(int fd, const char *name, struct rebtf_btf *base,
						struct rebtf_btf **btf);

/* As rebtf_btf_open(), but reads @size bytes, which are copied. @name: see rebtf_btf_open_fd(). */
REBTF_API struct rebtf_error *rebtf_btf_open_mem(const void *data, size_t size, const char *name,
						 struct rebtf_btf *base, struct rebtf_btf **btf);

/* Takes a reference and returns @btf. Thread-safe. */
REBTF_API struct rebtf_btf *rebtf_btf_ref(const struct rebtf_btf *btf);

/* Drops a reference. The last one frees the object. NULL is allowed. Thread-safe. */
REBTF_API void rebtf_btf_unref(struct rebtf_btf *btf);

/* --- inspect */

/* Returns the base, or NULL if @btf is not split. @btf keeps its reference. */
REBTF_API struct rebtf_btf *rebtf_btf_base(const struct rebtf_btf *btf);

/*
 * Returns the number of types, counting void and the types of all bases. All ids are below it.
 */
REBTF_API uint32_t rebtf_btf_type_count(const struct rebtf_btf *btf);
/* Returns the first id of @btf's own types: 1, or the base's rebtf_btf_type_count(). */
REBTF_API uint32_t rebtf_btf_start_id(const struct rebtf_btf *btf);

/* Returns the end of the strings, including those of all bases, in bytes. */
REBTF_API uint32_t rebtf_btf_string_end(const struct rebtf_btf *btf);
/* Returns the offset of @btf's first own string: 0, or the base's rebtf_btf_string_end(). */
REBTF_API uint32_t rebtf_btf_start_string(const struct rebtf_btf *btf);

/* Returns a type of @btf or a base by id (0: void), or NULL if it does not exist. */
REBTF_API const struct rebtf_type *rebtf_btf_type(const struct rebtf_btf *btf, uint32_t id);

/*
 * Returns the string of @btf or a base at offset @off, or NULL if it does not exist. Offsets in
 * types may point into the middle of a string.
 */
REBTF_API const char *rebtf_btf_string(const struct rebtf_btf *btf, uint32_t off);

/* Returns the name of a type, or "". @t must belong to @btf or one of its bases. */
REBTF_API const char *rebtf_btf_type_name(const struct rebtf_btf *btf, const struct rebtf_type *t);

/*
 * Skips typedefs, qualifiers and type tags: sets @id, an existing type, to the first other type and
 * returns it. Returns NULL if more than 31 types would be skipped, as only a hostile file needs.
 */
REBTF_API const struct rebtf_type *rebtf_btf_skip_modifiers(const struct rebtf_btf *btf,
							    uint32_t *id);

/*
 * Sets @size to the size in bytes of an existing type, or of the type of a variable, through
 * typedefs, qualifiers and arrays. Returns false if it has no size (void, functions, forward
 * declarations), if the size exceeds 64 bits, or if the type consists of too many others.
 * @pointer_size: that of the kernel, 4 or 8.
 */
REBTF_API bool rebtf_btf_resolve_size(const struct rebtf_btf *btf, uint32_t id,
				      uint32_t pointer_size, uint64_t *size);

/*
 * Returns the lowest id of a type with that name and kind in @btf or its bases (bases first), or 0
 * if there is no such type. After a few searches, it builds an index, which all threads share.
 */
REBTF_API uint32_t rebtf_btf_find(const struct rebtf_btf *btf, const char *name, uint32_t kind);

/*
 * Types of all kinds: instead of a kind for rebtf_btf_find_all() and rebtf_dedup_gone(), but not for
 * rebtf_btf_find().
 */
#define REBTF_ANY_KIND UINT32_MAX

enum rebtf_find_order {
	REBTF_FIND_BASES_FIRST, /* ascending ids: the types of the lowest base come first */
	REBTF_FIND_OWN_FIRST,	/* own types of @btf, then of its base, and so on */
};

/*
 * Finds all types with that name and kind in @btf and its bases. rebtf_btf_find() returns the base's
 * type even if @btf has one with the same name, but this function returns both. The ids of each
 * object ascend. @ids: malloced, owned by the caller; NULL if @count is 0. Errors: NOMEM, ARGUMENT
 * (an unknown order).
 */
REBTF_API struct rebtf_error *rebtf_btf_find_all(const struct rebtf_btf *btf, const char *name,
						 uint32_t kind, enum rebtf_find_order order,
						 uint32_t **ids, size_t *count);

REBTF_API bool rebtf_btf_is_big_endian(const struct rebtf_btf *btf);
REBTF_API bool rebtf_btf_has_layout(const struct rebtf_btf *btf);

/* The layout of a BTF file; sizes in bytes. Available without the base. */
struct rebtf_survey {
	bool big_endian;
	uint32_t header_size;
	uint32_t types_size;
	uint32_t layout_size; /* 0: the file has no layout section */
	uint32_t strings_size;
	uint32_t type_count; /* own types, without void and the types of a base */
	uint32_t kind_counts[REBTF_MAX_KINDS];
};

/*
 * Walks the types of raw BTF without following type ids or string offsets, so that split BTF needs
 * no base. Errors: FORMAT. @name: see rebtf_btf_open_fd().
 */
REBTF_API struct rebtf_error *rebtf_survey(const void *data, size_t size, const char *name,
					   struct rebtf_survey **survey);
REBTF_API void rebtf_survey_free(struct rebtf_survey *survey); /* NULL is allowed */

/*
 * Iterates over the type ids (or the string offsets) in one type, in file order, including
 * repetitions:
 *
 *	struct rebtf_field_iter it;
 *	const uint32_t *id;
 *
 *	rebtf_field_iter_init(&it, t, REBTF_FIELD_IDS);
 *	while ((id = rebtf_field_iter_next(&it)))
 *		...
 *
 * Types of a kind unknown to this library have no fields, nor do fields that it does not know. The
 * members of the struct are private, and later versions may use those that are reserved.
 */
enum rebtf_field {
	REBTF_FIELD_IDS,
	REBTF_FIELD_STRINGS,
};

struct rebtf_field_iter {
	const uint32_t *next; /* adjacent fields before the elements */
	const uint32_t *elem; /* the field in the next element */
	uint32_t left;
	uint32_t elems_left;
	uint16_t stride; /* in words */
	uint16_t pair;	 /* 1: the word after the field is one, too */
	uint64_t reserved[4];
};

REBTF_API void rebtf_field_iter_init(struct rebtf_field_iter *it, const struct rebtf_type *t,
				     enum rebtf_field field);
REBTF_API const uint32_t *rebtf_field_iter_next(struct rebtf_field_iter *it);

/* --- write */

enum rebtf_byte_order {
	REBTF_BYTE_ORDER_SAME, /* that of the object; of a new object that of its base or the host */
	REBTF_BYTE_ORDER_LITTLE,
	REBTF_BYTE_ORDER_BIG,
};

/*
 * Whether a file has a layout section. The header of a file without one has 24 bytes, or more if that
 * of the opened file had more. Kernels leave such a header as it is when they relocate a module.
 */
enum rebtf_layout {
	REBTF_LAYOUT_SAME, /* as the object was opened; of a new object: without */
	REBTF_LAYOUT_WITH,
	REBTF_LAYOUT_WITHOUT, /* without, and with the header of 24 bytes */
};

struct rebtf_write_options {
	size_t size; /* see REBTF_OPTIONS */
	enum rebtf_byte_order byte_order;
	enum rebtf_layout layout;
};

/*
 * Writes @btf's own part (without its bases) as the bytes of a file: malloced, owned by the caller.
 * By default, an object that was opened yields the header, types and strings of its file, byte for
 * byte, unless that has its strings before its types.
 * Errors: NOMEM, ARGUMENT (invalid options), UNSUPPORTED (the object has types of kinds unknown
 * to this library, which could not be read without a layout section).
 */
REBTF_API struct rebtf_error *rebtf_btf_write(const struct rebtf_btf *btf,
					      const struct rebtf_write_options *options,
					      void **data, size_t *size);

/*
 * As rebtf_btf_write(), but writes the bytes to the file @path, which is replaced in one step. Files
 * that belong to old BTF there are removed: @path.base, @path.expects, @path.note, @path.inline and
 * @path.ids. The new file is complete before that. Errors: also IO, UNSUPPORTED (one of the names
 * belongs to something other than a regular file).
 */
REBTF_API struct rebtf_error *rebtf_btf_write_file(const struct rebtf_btf *btf,
						   const struct rebtf_write_options *options,
						   const char *path);

/* --- build */

/*
 * A builder collects types and strings and becomes a struct rebtf_btf. Its functions return the id
 * of the new type (or the offset of the string), or 0 on error. The builder keeps the first error,
 * which makes all later calls return 0 and which rebtf_builder_finish() returns. So callers need
 * not check each call. Names may be NULL or "" if the kind allows types without a name. Type ids
 * may refer to types that are added later.
 */
struct rebtf_builder;

/* @base: as in rebtf_btf_open(). Errors: NOMEM. */
REBTF_API struct rebtf_error *rebtf_builder_new(struct rebtf_btf *base,
						struct rebtf_builder **builder);
REBTF_API void rebtf_builder_free(struct rebtf_builder *b); /* NULL is allowed */

/* Set the byte order of the result, and whether it has a layout section. */
REBTF_API void rebtf_builder_set_byte_order(struct rebtf_builder *b, enum rebtf_byte_order order);
REBTF_API void rebtf_builder_set_layout(struct rebtf_builder *b, enum rebtf_layout layout);

/* Returns the id that the next new type gets. One that fills a reserved id gets that id instead. */
REBTF_API uint32_t rebtf_builder_next_id(const struct rebtf_builder *b);

/*
 * Returns the id of a type that is added later, in any order: its id is known before its contents
 * are. rebtf_builder_finish() fails with ARGUMENT if the type is still missing.
 */
REBTF_API uint32_t rebtf_builder_reserve(struct rebtf_builder *b);
/* The next type added gets the reserved @id instead of a new one. Returns false on error. */
REBTF_API bool rebtf_builder_fill(struct rebtf_builder *b, uint32_t id);
/*
 * The following elements (members and so on) are added to type @id of this builder instead of the
 * last added type, until another type is added. Returns false on error.
 */
REBTF_API bool rebtf_builder_resume(struct rebtf_builder *b, uint32_t id);

/* Returns the offset of @s. Adds the string if neither the builder nor a base has it. "" is 0. */
REBTF_API uint32_t rebtf_builder_string(struct rebtf_builder *b, const char *s);

/* @encoding: 0 or one of REBTF_INT_*. @size is in bytes, @bits is the number of bits used. */
REBTF_API uint32_t rebtf_builder_int(struct rebtf_builder *b, const char *name, uint32_t size,
				     uint32_t encoding, uint32_t bits);
REBTF_API uint32_t rebtf_builder_float(struct rebtf_builder *b, const char *name, uint32_t size);
/* Adds a PTR, VOLATILE, CONST or RESTRICT. */
REBTF_API uint32_t rebtf_builder_ref(struct rebtf_builder *b, uint32_t kind, uint32_t type);
REBTF_API uint32_t rebtf_builder_typedef(struct rebtf_builder *b, const char *name, uint32_t type);
/* @component_idx: a member or parameter, or -1 for the whole type. */
REBTF_API uint32_t rebtf_builder_type_tag(struct rebtf_builder *b, const char *tag, uint32_t type);
REBTF_API uint32_t rebtf_builder_decl_tag(struct rebtf_builder *b, const char *tag, uint32_t type,
					  int32_t component_idx);
/* Add a TYPE_TAG or DECL_TAG for any other attribute: its kind_flag is set. */
REBTF_API uint32_t rebtf_builder_type_attr(struct rebtf_builder *b, const char *attribute,
					   uint32_t type);
REBTF_API uint32_t rebtf_builder_decl_attr(struct rebtf_builder *b, const char *attribute,
					   uint32_t type, int32_t component_idx);
REBTF_API uint32_t rebtf_builder_array(struct rebtf_builder *b, uint32_t type, uint32_t index_type,
				       uint32_t nelems);
/* @kind: that of the declared type, STRUCT or UNION. */
REBTF_API uint32_t rebtf_builder_fwd(struct rebtf_builder *b, uint32_t kind, const char *name);
REBTF_API uint32_t rebtf_builder_func(struct rebtf_builder *b, const char *name,
				      enum rebtf_linkage linkage, uint32_t proto);
REBTF_API uint32_t rebtf_builder_var(struct rebtf_builder *b, const char *name,
				     enum rebtf_linkage linkage, uint32_t type);

/* Adds a STRUCT or UNION. Its members follow (or later: see rebtf_builder_resume()). */
REBTF_API uint32_t rebtf_builder_struct(struct rebtf_builder *b, uint32_t kind, const char *name,
					uint32_t size);
/*
 * Adds a member to the last struct or union. @bit_offset and @bitfield_size are in bits; the latter
 * is 0 if the member is not a bit-field. The first bit-field sets the kind_flag of the struct.
 * Returns false on error.
 */
REBTF_API bool rebtf_builder_member(struct rebtf_builder *b, const char *name, uint32_t type,
				    uint32_t bit_offset, uint32_t bitfield_size);

enum rebtf_signedness {
	REBTF_UNSIGNED,
	REBTF_SIGNED,
};

/* Adds an ENUM or ENUM64 with a @size in bytes. Its enumerators follow. */
REBTF_API uint32_t rebtf_builder_enum(struct rebtf_builder *b, uint32_t kind, const char *name,
				      uint32_t size, enum rebtf_signedness signedness);
/* In an ENUM, @value must fit int32_t or uint32_t: otherwise ARGUMENT. Returns false on error. */
REBTF_API bool rebtf_builder_enumerator(struct rebtf_builder *b, const char *name, uint64_t value);
/* Its parameters follow. A last parameter without a name and with type 0 means "variadic". */
REBTF_API uint32_t rebtf_builder_func_proto(struct rebtf_builder *b, uint32_t return_type);
REBTF_API bool rebtf_builder_param(struct rebtf_builder *b, const char *name, uint32_t type);
/* Its variables follow. */
REBTF_API uint32_t rebtf_builder_datasec(struct rebtf_builder *b, const char *name, uint32_t size);
REBTF_API bool rebtf_builder_secinfo(struct rebtf_builder *b, uint32_t var, uint32_t offset,
				     uint32_t size);
/* Adds a location of a value of @size bytes. @flags: REBTF_LOC_*. Its words follow. */
REBTF_API uint32_t rebtf_builder_loc_param(struct rebtf_builder *b, uint32_t size, uint32_t flags);
REBTF_API bool rebtf_builder_loc_param_value(struct rebtf_builder *b, uint32_t value);
/* Its parameters follow: the id of a LOC_PARAM each, 0 if its location is unknown. */
REBTF_API uint32_t rebtf_builder_loc_proto(struct rebtf_builder *b);
REBTF_API bool rebtf_builder_loc_proto_param(struct rebtf_builder *b, uint32_t loc_param);
/* Its locations follow. Kernels expect them in the order of func, offset and loc_proto. */
REBTF_API uint32_t rebtf_builder_locsec(struct rebtf_builder *b, const char *name);
REBTF_API bool rebtf_builder_locsec_loc(struct rebtf_builder *b, uint32_t func, uint32_t loc_proto,
					uint32_t offset);

/*
 * Copies type @id of @src with its strings. @map, indexed by ids of @src, gives the new value of
 * each type id in the copy. NULL leaves them unchanged.
 */
REBTF_API uint32_t rebtf_builder_copy(struct rebtf_builder *b, const struct rebtf_btf *src,
				      uint32_t id, const uint32_t *map);

/*
 * Appends all types of @other, and their strings. Both builders must have the same base. The types
 * keep their order, and references among them follow. Returns the id that the first one has now, or
 * 0 on error. Always frees @other. So threads can build parts of the types, each with a builder of
 * its own.
 */
REBTF_API uint32_t rebtf_builder_append(struct rebtf_builder *b, struct rebtf_builder *other);

/*
 * Creates the BTF and checks it as rebtf_btf_open() does. Always frees the builder. Errors: the
 * first error of any call (ARGUMENT, FORMAT or UNSUPPORTED); those of rebtf_btf_open_mem().
 */
REBTF_API struct rebtf_error *rebtf_builder_finish(struct rebtf_builder *b, struct rebtf_btf **btf);

/* --- deduplicate */

struct rebtf_dedup_options {
	size_t size;   /* see REBTF_OPTIONS */
	bool versions; /* also list the types that exist in several versions */
};

/* The result of rebtf_dedup(). Immutable. */
struct rebtf_dedup;

/*
 * Deduplicates @btf: of equal types, which have the same contents and refer to equal types at any
 * depth, the result has one. The order of the types does not matter. Variables and sections are
 * equal only to themselves. Of split BTF, a type that equals a type of the base becomes that; the
 * base stays as it is.
 *
 * A forward declaration (a FWD, or a named ENUM without values) becomes its definition: the one in
 * @btf or its base with that name and kind. If these differ, it becomes the one that fits: there is
 * a named type that exists both with the forward declaration and with the definition in its place.
 * If several fit, those of size 0 do not count, and it becomes the one that fits in more types than
 * each of the others. Of two that fit in equally many types, it becomes the larger one. If these
 * have the same size, it becomes the first of those that the base has. Otherwise, and if the base has
 * the same forward declaration or if it lies inside a type by value, it stays.
 * If the base declares a struct that only @btf defines, types that refer to the struct itself are
 * not in the base, but types that refer to these can be.
 *
 * Types keep their order, that of the first of each set of equal types, and strings that of their
 * first use. Errors: UNSUPPORTED (a kind whose references are unknown; names inside other names),
 * WRONG_BASE (split BTF with a reference that no compiler makes, or with names inside other names).
 */
REBTF_API struct rebtf_error *rebtf_dedup(const struct rebtf_btf *btf,
					  const struct rebtf_dedup_options *options,
					  struct rebtf_dedup **dedup);
REBTF_API void rebtf_dedup_free(struct rebtf_dedup *dedup); /* NULL is allowed */

/* Returns the deduplicated BTF, over the same base. It belongs to the result. */
REBTF_API struct rebtf_btf *rebtf_dedup_btf(const struct rebtf_dedup *dedup);

/*
 * Returns the id that type @id has in the result or its base. 0 for void, and if no such type
 * exists.
 */
REBTF_API uint32_t rebtf_dedup_id(const struct rebtf_dedup *dedup, uint32_t id);

/* Returns the number of types of this kind (or REBTF_ANY_KIND) that are gone. */
REBTF_API uint32_t rebtf_dedup_gone(const struct rebtf_dedup *dedup, uint32_t kind);

/*
 * A named STRUCT, UNION, ENUM, ENUM64 or TYPEDEF, and the first difference to another type of the
 * same name and kind. Strings belong to the result and are NULL where they do not apply.
 */
struct rebtf_version {
	uint32_t id;	   /* in the result */
	uint32_t first_id; /* the type with the lowest id: the first version */
	/*
	 * The types whose own definitions cause the difference. They are these two, or types that they
	 * refer to: if struct a contains a pointer to struct b, and there are two
	 * versions of b, there are two of a. 0: unknown, because the search would take too long.
	 */
	uint32_t cause;
	uint32_t first_cause;
	/* The first member of the cause, or enumerator, that differs: "" is an unnamed one. */
	const char *member;
	const char *first_member;
	uint32_t offset; /* of the members in bits */
	uint32_t first_offset;
	const char *type; /* of the members or typedefs, in C */
	const char *first_type;
};

/* Return the number of versions after the first of each type, and one of them, in id order. */
REBTF_API size_t rebtf_dedup_count(const struct rebtf_dedup *dedup);
REBTF_API const struct rebtf_version *rebtf_dedup_at(const struct rebtf_dedup *dedup, size_t index);

/* ----------------------------------------------------------------------------------- split BTF */

/*
 * Records the types that @split relies on in its base. @distilled_base is a small BTF of named
 * types without members. @new_split has the types of @split over @distilled_base, and holds a
 * reference to that. Errors: ARGUMENT (@split is not split), UNSUPPORTED (a type has a kind whose
 * references are unknown), FORMAT (a type of the base that is copied into @new_split has a
 * reference that no compiler makes, for instance a function without a prototype).
 */
REBTF_API struct rebtf_error *rebtf_distill(const struct rebtf_btf *split,
					    struct rebtf_btf **distilled_base,
					    struct rebtf_btf **new_split);

/* The result of looking up one type of a distilled base in a new base. */
enum rebtf_verdict {
	REBTF_VERDICT_MATCHED,
	REBTF_VERDICT_MISSING, /* no type has this name */
	REBTF_VERDICT_SIZE,    /* name and kind exist, but the size differs */
	REBTF_VERDICT_KIND,    /* the name exists, but with another kind (or, for INT, encoding) */
	REBTF_VERDICT_AMBIGUOUS, /* several types fit equally well */
	REBTF_VERDICT_MEMBERS,	/* relied-on members or enumerators changed (REBTF_POLICY_STRICT) */
	REBTF_VERDICT_UNPROVEN, /* the relied-on members are unknown (REBTF_POLICY_STRICT) */
};

/* "matched", "missing", "size", "kind", "ambiguous", "members", "unproven". A static string. */
REBTF_API const char *rebtf_verdict_name(enum rebtf_verdict verdict);

/* How a module relies on a type of its base: the strictest class of all its references to it. */
enum rebtf_reliance {
	REBTF_RELIANCE_POINTER_ONLY, /* reached only through pointers: relies on name and kind */
	REBTF_RELIANCE_EMBEDDED, /* by value inside one of the module's own types: also on the size */
	REBTF_RELIANCE_TRUSTED, /* reached from a type the verifier relies on: also on the members */
};

/* "pointer-only", "embedded", "trusted". A static string. */
REBTF_API const char *rebtf_reliance_name(enum rebtf_reliance reliance);

struct rebtf_match {
	uint32_t id; /* in the distilled base */
	enum rebtf_verdict verdict;
	/*
	 * If only a kernel's verdict was requested and all types fit, this is the class by a
	 * kernel's rules: only a member of a struct or union embeds a type, and no type is trusted.
	 */
	enum rebtf_reliance reliance;
	bool embedded;	    /* lies inside one of the split BTF's own types, in any class */
	bool localized;	    /* does not fit and was localized: it is the module's own type now */
	uint32_t old_size;  /* bytes; 0 if the kind has no size (FWD) */
	uint32_t new_size;  /* bytes; of the matched type or the one of another size */
	uint32_t target;    /* id in the new base; 0 unless matched, MEMBERS or UNPROVEN */
	uint32_t local;	    /* id in the relocated BTF if localized, otherwise 0 */
	uint32_t expected;  /* id of its full definition in the expectations; 0: unknown */
	uint32_t near_kind; /* KIND: the kind found */
	/*
	 * SIZE, KIND, AMBIGUOUS: ids in the new base. MEMBERS, UNPROVEN: the target. Owned by the
	 * report. Complete, except that a new base that is itself split contributes at most 64.
	 */
	const uint32_t *candidates;
	size_t candidate_count;
};

/* The results for all types of a distilled base, by id. Element 0 is that of id 1. Immutable. */
struct rebtf_report;

REBTF_API size_t rebtf_report_count(const struct rebtf_report *report);
REBTF_API const struct rebtf_match *rebtf_report_at(const struct rebtf_report *report,
						    size_t index);
REBTF_API void rebtf_report_free(struct rebtf_report *report); /* NULL is allowed */

/* Return the number of verdicts other than MATCHED, and how many of these types are localized. */
REBTF_API size_t rebtf_report_misfits(const struct rebtf_report *report);
REBTF_API size_t rebtf_report_localized(const struct rebtf_report *report);

/*
 * Return the number of type ids in the split BTF's types (without void), and how many of them lead
 * to localized types. 0 if only a kernel's verdict was requested.
 */
REBTF_API size_t rebtf_report_refs(const struct rebtf_report *report);
REBTF_API size_t rebtf_report_refs_localized(const struct rebtf_report *report);

/* Return the BTF that ids in the report refer to. The report keeps its references. */
REBTF_API struct rebtf_btf *rebtf_report_distilled_base(const struct rebtf_report *report);
REBTF_API struct rebtf_btf *rebtf_report_new_base(const struct rebtf_report *report);
/* NULL without expectations. */
REBTF_API struct rebtf_btf *rebtf_report_expects(const struct rebtf_report *report);

/*
 * Relocates @split, which is over a distilled base, to @new_base.
 *
 * @report may be NULL. Otherwise it is set on success and on the error MISMATCH, and the caller
 * owns it. @relocated may be NULL, to find out only whether @split fits. Errors: ARGUMENT (@split
 * is not split, or the byte orders differ), FORMAT (the base is not a distilled base), MISMATCH
 * (names the first type that does not fit and gives their number), UNSUPPORTED.
 */
REBTF_API struct rebtf_error *rebtf_relocate(const struct rebtf_btf *split,
					     struct rebtf_btf *new_base,
					     struct rebtf_report **report,
					     struct rebtf_btf **relocated);

/*
 * Further types that the verifier relies on. BTF itself identifies the others: the parameters and
 * results of functions tagged "bpf_kfunc", and the structs of a struct bpf_struct_ops_*. Without
 * names and ids, only those are trusted.
 */
struct rebtf_trust {
	size_t size;		  /* see REBTF_OPTIONS */
	const char *const *names; /* of structs, unions, enums, typedefs, functions */
	size_t name_count;
	const uint32_t *ids; /* in the split BTF to distill or relocate: see rebtf_module_ids() */
	size_t id_count;
};

/*
 * As rebtf_distill(), but also records the definitions that the module's builder saw. @expects is
 * split BTF over @distilled_base with the full definition of each embedded or trusted type of that
 * base. A type that a definition refers to is the one in the distilled base, if that has it.
 * Otherwise it is a FWD if it is only pointed to, or has only its name and size. @trust may be
 * NULL. Errors: those of rebtf_distill(); ARGUMENT (an id in @trust does not exist); FORMAT (a
 * definition refers to code).
 */
REBTF_API struct rebtf_error *rebtf_distill_expects(const struct rebtf_btf *split,
						    const struct rebtf_trust *trust,
						    struct rebtf_btf **distilled_base,
						    struct rebtf_btf **new_split,
						    struct rebtf_btf **expects);

/*
 * Creates the expectations of @split, which was distilled without them, from @old_base: the base it
 * was distilled over, or one that it relocates to without misfits. Errors: those of
 * rebtf_relocate().
 */
REBTF_API struct rebtf_error *rebtf_expects(const struct rebtf_btf *split,
					    const struct rebtf_trust *trust,
					    struct rebtf_btf *old_base, struct rebtf_btf **expects);

enum rebtf_policy {
	REBTF_POLICY_KERNEL,  /* as kernels since 6.11: see rebtf_relocate() */
	REBTF_POLICY_STRICT,  /* members of embedded and trusted types count as well */
	REBTF_POLICY_LENIENT, /* pointer-only types and scalars never cause a failure */
};

/* Options of rebtf_reconcile(). With defaults only, it works as rebtf_relocate(). */
struct rebtf_reconcile_options {
	size_t size; /* see REBTF_OPTIONS */
	enum rebtf_policy policy;
	bool local;			 /* localize types that do not fit, unless trusted */
	struct rebtf_btf *expects;	 /* over the split BTF's distilled base; or NULL */
	const struct rebtf_trust *trust; /* NULL: only types that BTF itself identifies */
	struct rebtf_btf *recorded; /* more expectations, only for the trust in them; or NULL */
};

/*
 * As rebtf_relocate(), with @options. A type that is localized becomes the module's own. If
 * @options->expects has its full definition, it gets that, together with all types in it that
 * @new_base does not have. Otherwise it gets its name and size, without members or values, or
 * becomes a FWD if it is only pointed to. Scalars are copied unchanged. A type that does not fit
 * and is not localized causes the error MISMATCH. Errors: those of rebtf_relocate(); ARGUMENT (the
 * expectations are over another base, or an id in the trust does not exist); FORMAT (the
 * expectations contradict the distilled base or one another).
 */
REBTF_API struct rebtf_error *rebtf_reconcile(const struct rebtf_btf *split,
					      struct rebtf_btf *new_base,
					      const struct rebtf_reconcile_options *options,
					      struct rebtf_report **report,
					      struct rebtf_btf **relocated);

/* --- why: the changes and their consequences */

enum rebtf_change_kind {
	REBTF_CHANGE_ADDED,
	REBTF_CHANGE_REMOVED,
	REBTF_CHANGE_MOVED,    /* another offset; the type may have changed, too */
	REBTF_CHANGE_RETYPED,  /* another type or size at the same offset */
	REBTF_CHANGE_RENAMED,  /* another name at the same offset and with the same type */
	REBTF_CHANGE_REVALUED, /* another value of an enumerator */
};

/* "added", "removed", "moved", "retyped", "renamed", "revalued". A static string. */
REBTF_API const char *rebtf_change_kind_name(enum rebtf_change_kind kind);

/* Why a member may change without harm. Only rebtf_diff() looks for excuses. */
enum rebtf_excuse {
	REBTF_EXCUSE_NONE,
	REBTF_EXCUSE_SPELLING,	/* another typedef of the same type, or other qualifiers */
	REBTF_EXCUSE_RESERVED,	/* the old member only reserved bytes */
	REBTF_EXCUSE_KABI,	/* a kABI macro keeps the old member at its offset */
	REBTF_EXCUSE_FLEXIBLE,	/* an array of one element became a flexible one */
	REBTF_EXCUSE_PARAMETER, /* only the name of a parameter changed */
};

/* "none", "spelling", "reserved", "kabi", "flexible", "parameter". A static string. */
REBTF_API const char *rebtf_excuse_name(enum rebtf_excuse excuse);

/*
 * The change of one member or enumerator. Members of anonymous structs and unions count as members
 * of the whole type, at their offset in it. Strings belong to the list and are NULL where they do
 * not apply (an added member has no old name). Offsets and sizes are in bits; 0 if the size is
 * unknown.
 */
struct rebtf_change {
	enum rebtf_change_kind kind;
	bool harmless;	      /* an addition that does not move other members */
	const char *old_name; /* "" for an unnamed member */
	const char *new_name;
	const char *old_type; /* in C: "struct kobject", "const char *", "u32[4]" */
	const char *new_type;
	uint32_t old_offset;
	uint32_t new_offset;
	uint64_t old_size;
	uint64_t new_size;
	int64_t old_value; /* of enumerators */
	int64_t new_value;
	enum rebtf_excuse excuse; /* of a harmless change */
};

/* In the order of the new definition, then the removed members. Immutable. */
struct rebtf_change_list;

/*
 * Compares the definitions of two structs or unions, or of two enumerations (ENUM or ENUM64): type
 * @old_id of @old_btf and type @new_id of @new_btf, whose names may differ. Members are paired by
 * name, or by offset and type if the name no longer exists. Types are compatible, and do not count
 * as a change, if they are the same apart from typedefs and qualifiers. The types that they point
 * to or contain must have the same kind and name (a FWD counts as the kind it declares) and, if
 * contained, the same size. Unnamed types are compared member by member. The work is linear in the
 * size of the definitions. If the comparison would take longer, the list has a single change: the
 * whole type is RETYPED, with names that are NULL. Errors: ARGUMENT (other kinds, or one of each).
 */
REBTF_API struct rebtf_error *rebtf_compare(const struct rebtf_btf *old_btf, uint32_t old_id,
					    const struct rebtf_btf *new_btf, uint32_t new_id,
					    struct rebtf_change_list **changes);
REBTF_API size_t rebtf_change_list_count(const struct rebtf_change_list *changes);
REBTF_API const struct rebtf_change *rebtf_change_list_at(const struct rebtf_change_list *changes,
							  size_t index);
REBTF_API void rebtf_change_list_free(struct rebtf_change_list *changes); /* NULL is allowed */

/* Returns the number of changes that are not harmless. */
REBTF_API size_t rebtf_change_list_harmful(const struct rebtf_change_list *changes);

/* Returns the cost of the comparison: roughly, the number of members and types visited. */
REBTF_API uint64_t rebtf_change_list_cost(const struct rebtf_change_list *changes);

/*
 * For each base type of split BTF, a shortest path to it from one of the split BTF's own named
 * structs, unions, typedefs, functions or variables. Created once per module, so that each query is
 * cheap. @trust: as for rebtf_reconcile(). Holds a reference to @split. rebtf_paths_new() fails with
 * ARGUMENT if @trust is invalid.
 */
struct rebtf_paths;

REBTF_API struct rebtf_error *rebtf_paths_new(struct rebtf_btf *split,
					      const struct rebtf_trust *trust,
					      struct rebtf_paths **paths);
REBTF_API void rebtf_paths_free(struct rebtf_paths *paths); /* NULL is allowed */

/* The steps from one of the module's own types to a base type. Immutable. */
struct rebtf_path;

/*
 * One step of a path: a type, and the position of the next step's type in it. Unnamed types
 * (pointers, arrays, qualifiers) are steps, too.
 */
struct rebtf_step {
	uint32_t type_id; /* in the split BTF or its base */
	/*
	 * STRUCT, UNION, FUNC_PROTO: the name of the member or parameter, or "". NULL for the
	 * return type of a function, for all other types and in the last step.
	 */
	const char *member;
};

/*
 * Finds a path to type @id of @split's base that puts the type into the class @reliance: by value
 * only if embedded, from a trusted type or function if trusted. The path leads from the module's
 * own type to @id itself. It is NULL if there is no such path (or all have more than 256 steps). If
 * a kernel also sees the type as embedded, the path is the one that the kernel sees. If only
 * unnamed types lead to the type, the path starts with one. Errors: NOMEM, ARGUMENT (@split does
 * not have a trusted id; an unknown class).
 */
REBTF_API struct rebtf_error *rebtf_paths_find(struct rebtf_paths *paths, uint32_t id,
					       enum rebtf_reliance reliance,
					       struct rebtf_path **path);
REBTF_API size_t rebtf_path_count(const struct rebtf_path *path); /* 0 for NULL */
REBTF_API const struct rebtf_step *rebtf_path_at(const struct rebtf_path *path, size_t index);
REBTF_API void rebtf_path_free(struct rebtf_path *path); /* NULL is allowed */

/* The remedies that a user has for a type that does not fit. */
enum rebtf_remedy {
	REBTF_REMEDY_NONE,    /* the type needs no remedy, or has it already */
	REBTF_REMEDY_LENIENT, /* harmless: REBTF_POLICY_LENIENT accepts it */
	REBTF_REMEDY_EXPECTS, /* record or pass expectations, which decide ambiguous cases */
	/*
	 * Keep the module and localize the type. The BTF stays true to the module's code, but the
	 * code itself has the old layout and may be wrong for that kernel.
	 */
	REBTF_REMEDY_LOCALIZE,
	REBTF_REMEDY_REBUILD, /* build the module for that kernel */
};

/* "none", "lenient", "expects", "localize", "rebuild". A static string. */
REBTF_API const char *rebtf_remedy_name(enum rebtf_remedy remedy);
/* Returns the best remedy. */
REBTF_API enum rebtf_remedy rebtf_match_remedy(const struct rebtf_report *report,
					       const struct rebtf_match *match);
/* Returns another possible remedy, or REBTF_REMEDY_NONE. */
REBTF_API enum rebtf_remedy rebtf_match_other_remedy(const struct rebtf_report *report,
						     const struct rebtf_match *match);
/*
 * Whether localizing the type that does not fit would do no harm. False if the module's code has
 * the layout of the old type or the verifier relies on it. True for a type that matches.
 */
REBTF_API bool rebtf_match_is_harmless(const struct rebtf_report *report,
				       const struct rebtf_match *match);

/* --- standalone */

struct rebtf_standalone_options {
	size_t size; /* see REBTF_OPTIONS */
	bool full;   /* types that only members of base types point to are complete, too */
};

/*
 * Makes a copy of @split that has no references out of itself: its own types and all types that
 * they need from the base. Structs and unions of the base that own types refer to are complete,
 * with everything inside them. Types that their members point to become FWDs unless @options->full
 * is set. Every type occurs only once. @split's own types come first, in their order. The result
 * always has an INT named "int". Errors: ARGUMENT (not split), UNSUPPORTED (a kind whose references
 * are unknown; no "int" in the base; names inside other names; too large).
 */
REBTF_API struct rebtf_error *rebtf_standalone(const struct rebtf_btf *split,
					       const struct rebtf_standalone_options *options,
					       struct rebtf_btf **standalone);

/*
 * Renumbers @standalone as split BTF over @base: adds the number of @base's types to type ids and
 * the size of its strings to string offsets. Void stays void, and unnamed types stay unnamed.
 * Errors: ARGUMENT (already split, or the byte orders differ), FORMAT (a reference that no compiler
 * makes), UNSUPPORTED (unknown kinds; a function without a prototype; too large together).
 */
REBTF_API struct rebtf_error *rebtf_renumber(const struct rebtf_btf *standalone,
					     struct rebtf_btf *base, struct rebtf_btf **split);

/*
 * Makes a copy of @btf whose own types are sorted by name: types without a name first, the others as
 * strcmp() orders them, and types of one name in the order that they have in @btf. Only ids change;
 * strings, and the types of a base, stay as they are. Kernels since Linux 7.0 look names up by
 * bisection in such BTF. Errors: UNSUPPORTED (a kind whose references are unknown), WRONG_BASE (a
 * reference to a type of the base that it cannot mean).
 */
REBTF_API struct rebtf_error *rebtf_sort(const struct rebtf_btf *btf, struct rebtf_btf **sorted);

/* Whether @btf's own types are in the order that rebtf_sort() gives them. */
REBTF_API bool rebtf_btf_is_sorted(const struct rebtf_btf *btf);

/*
 * Whether @btf can be a distilled base: it is not split, and each of its types has a name and a
 * kind that relocation looks up, and has no members or values.
 */
REBTF_API bool rebtf_btf_is_distilled_base(const struct rebtf_btf *btf);

/*
 * Counts the different types of its base (or bases) that @split refers to directly. 0 if it is not
 * split. Errors: NOMEM.
 */
REBTF_API struct rebtf_error *rebtf_btf_count_base_refs(const struct rebtf_btf *split,
							size_t *count);

/* --------------------------------------------------------------------------------------- verify */

/* By default, the full verdict of the newest known released kernel on BTF that a program loads. */
struct rebtf_verify_options {
	size_t size; /* see REBTF_OPTIONS */
	/*
	 * A version or release of Linux ("6.1", "6.12.117+deb12-amd64"). The newest known rules
	 * that are no newer apply. NULL: see rebtf_verify_rules().
	 */
	const char *kernel;
	/*
	 * Only the checks that kernels make on their own BTF and on that of modules, which they
	 * trust: each type by itself and the length of chains, but not the targets of references.
	 */
	bool kernel_btf;
	size_t limit;	     /* find at most this many violations; 0: find all */
	const char *section; /* stands for the section in violations; or NULL */
	/*
	 * The BTF of that kernel. Owning pointers (type tag "kptr") may point to only a few of its
	 * structs. NULL: their targets count as structs of the program.
	 */
	struct rebtf_btf *kernel_types;
	/*
	 * The size of pointers in that kernel: 4 or 8 bytes. 0: the size of an INT for long in the
	 * base, in @kernel_types, or in the BTF itself.
	 */
	uint32_t pointer_size;
};

/* The violations of a kernel's rules in BTF, if any: errors with code FORMAT. Immutable. */
struct rebtf_violations;

/*
 * Decides whether a kernel would accept the @size bytes at @data as BTF. Implements the checks of
 * BPF_BTF_LOAD and also judges bytes that rebtf_btf_open_mem() refuses. @base is the BTF that they are
 * split from, or NULL. With a base, they are judged as if they followed @base's own types. @name
 * stands for the file in violations. BTF in the other byte order is judged as a kernel of that byte
 * order would; its base must have the same byte order. The rules for the few types that BPF
 * programs share with the kernel by name (struct bpf_spin_lock and so on) apply to BTF without a
 * base, and only if there are no other violations. Types that depend on a type with a violation are
 * not judged. Errors: ARGUMENT (unknown version; an impossible size of pointers).
 */
REBTF_API struct rebtf_error *rebtf_verify(const void *data, size_t size, const char *name,
					   struct rebtf_btf *base,
					   const struct rebtf_verify_options *options,
					   struct rebtf_violations **violations);
REBTF_API size_t rebtf_violations_count(const struct rebtf_violations *violations);
REBTF_API const struct rebtf_error *rebtf_violations_at(const struct rebtf_violations *violations,
							size_t index);
REBTF_API void rebtf_violations_free(struct rebtf_violations *violations); /* NULL is allowed */

/*
 * Whether a kernel with 8-byte pointers would refuse the BTF, a kernel with 4-byte pointers would
 * accept it, and the size is unknown.
 */
REBTF_API bool rebtf_violations_only_64_bit(const struct rebtf_violations *violations);

/* --- older kernels */

enum rebtf_downgrade_change {
	/*
	 * A tag, a location, a kind that the kernel does not know, or a DATASEC without variables. An
	 * unnamed pointer to void has the type's id. References to a TYPE_TAG skip it.
	 */
	REBTF_DOWNGRADE_LEFT_OUT,
	/*
	 * ENUM64 became ENUM, without the values that are no signed number of 32 bits. FLOAT became an
	 * unnamed STRUCT of its size. An ENUM lost the flag that its values are signed, which readers of
	 * that time assume.
	 */
	REBTF_DOWNGRADE_CONVERTED,
	REBTF_DOWNGRADE_SHORTENED, /* elements are left out: only the first 65,535 are there */
	REBTF_DOWNGRADE_TAG_BEHIND, /* the type is a modifier: the tags that follow it are left out */
	REBTF_DOWNGRADE_LAYOUT,	    /* the layout section is left out */
	REBTF_DOWNGRADE_INLINE,	    /* of a module: .BTF.inline is left out */
};

/*
 * "left_out", "converted", "shortened", "tags_left_out", "layout_left_out", "inline_left_out". A static
 * string.
 */
REBTF_API const char *rebtf_downgrade_change_name(enum rebtf_downgrade_change change);

/* A change of one type, or of the whole BTF. */
struct rebtf_downgraded {
	enum rebtf_downgrade_change change;
	uint32_t id;	   /* of the type; 0: of none */
	uint32_t kind;	   /* before the change */
	const char *name;  /* of the type, or ""; a string of the BTF */
	uint32_t left_out; /* how many of its values or elements */
};

struct rebtf_downgrade_options {
	size_t size; /* see REBTF_OPTIONS */
	/* A version or release of Linux, as in struct rebtf_verify_options. Required. */
	const char *kernel;
	/* Is called for each change, in the order of ids; NULL: not. */
	void (*note)(void *arg, const struct rebtf_downgraded *change);
	void *note_arg;
};

/*
 * Replaces what an older kernel, or a reader of its time, refuses by what it accepts: kinds, flags, the
 * number of elements, the header. Each type keeps its id and each string its offset, so split BTF,
 * .BTF_ids and .BTF.ext still fit. The result passes rebtf_verify() for that kernel with its option
 * kernel_btf.
 *
 * @base: the base of the result: that of @btf, or its downgraded form. NULL: @btf has no base. Errors:
 * ARGUMENT (no version, one without known rules, or another base), UNSUPPORTED (unknown kinds; the
 * kernel would refuse the BTF for another reason, such as a name), WRONG_BASE (split BTF with a
 * reference that no compiler makes, or with names inside other names), NOMEM.
 */
REBTF_API struct rebtf_error *rebtf_downgrade(const struct rebtf_btf *btf, struct rebtf_btf *base,
					      const struct rebtf_downgrade_options *options,
					      struct rebtf_btf **downgraded);

/*
 * Sets @version to the version of Linux whose rules apply to the version or release @kernel, a static
 * string: "6.12.114" for "6.12.117+deb12-amd64". NULL stands for the newest released version whose
 * rules are known. The rules of a version that is only announced apply if it is named. Errors:
 * ARGUMENT (not a version, or one older than all known rules).
 */
REBTF_API struct rebtf_error *rebtf_verify_rules(const char *kernel, const char **version);

/* ----------------------------------------------------------------------------------------- dump */

/*
 * Writes @btf's own types as text, byte for byte as "bpftool btf dump file FILE format raw". Calls
 * @write with pieces of at most 64 KiB. If it returns an error, writing stops and the error is
 * passed on. The only difference: bpftool prints control characters in names unchanged, but here
 * they appear as \xNN, as in errors.
 */
REBTF_API struct rebtf_error *rebtf_btf_dump(const struct rebtf_btf *btf,
					     struct rebtf_error *(*write)(void *arg,
									  const char *text,
									  size_t size),
					     void *arg);

/*
 * As rebtf_btf_dump(), but writes one JSON object on one line without its end: {"types":[...]} with
 * the keys of "bpftool -j btf dump file FILE". Only tags have one more: "kind_flag" is true if it is
 * set. A byte of a name that is not UTF-8 becomes U+FFFD.
 */
REBTF_API struct rebtf_error *rebtf_btf_dump_json(const struct rebtf_btf *btf,
						  struct rebtf_error *(*write)(void *arg,
									       const char *text,
									       size_t size),
						  void *arg);

/*
 * Writes type @id of @btf in C, for people: "struct foo", "typedef int bar", "int baz(void)", without
 * a semicolon. @definition: structs, unions and enums with their members, and in comments the
 * offsets of these in bytes ("24.3": bit 3 of byte 24). Control characters in names become \xNN.
 * @write: see rebtf_btf_dump(). Errors: ARGUMENT (no such type), UNSUPPORTED (too long).
 */
REBTF_API struct rebtf_error *rebtf_btf_show(const struct rebtf_btf *btf, uint32_t id,
					     bool definition,
					     struct rebtf_error *(*write)(void *arg,
									  const char *text,
									  size_t size),
					     void *arg);

/* --------------------------------------------------------------------------------------- header */

struct rebtf_program; /* see rebtf_program_open() */

enum rebtf_header_note_kind {
	REBTF_HEADER_RENAMED, /* the name is taken, or is none in C */
	REBTF_HEADER_LEFT_OUT, /* C cannot express the type: only its declaration is there, if it is used */
	REBTF_HEADER_OPAQUE, /* a pointer to a type that C cannot express is one to void */
};

/* A difference between types and their header. */
struct rebtf_header_note {
	enum rebtf_header_note_kind kind;
	uint32_t id; /* of a type, or of the function of a prototype */
	/* RENAMED: the name in BTF, of the type or of a value of the enum, and in the header. */
	const char *name;
	const char *c_name;
	/* Otherwise the reason, as in "the type [id] REASON", and the id of that type: itself or a part. */
	const char *reason;
	uint32_t cause;
};

/* By default, all types of the BTF and its bases, and the prototypes of all kfuncs. */
struct rebtf_header_options {
	size_t size; /* see REBTF_OPTIONS */
	/* As bpftool 7.8: byte for byte "bpftool btf dump file FILE format c". Only ids and unsorted. */
	bool like_bpftool;
	bool unsorted; /* in the order of ids, not by kind and name */
	/*
	 * Only these types, with the types that they need and no more: by id; by name or glob
	 * ("task_*", of a struct, union, enum or typedef); the prototypes of kfuncs by name or
	 * glob.
	 */
	const uint32_t *ids;
	size_t id_count;
	const char *const *names;
	size_t name_count;
	const char *const *kfuncs;
	size_t kfunc_count;
	/* Only the own types of split BTF, for use after a header of its base that it includes. */
	bool only_own;
	const char *include; /* the name of that header; NULL: "vmlinux.h" */
	bool asserts;	     /* also assert the sizes of types and the offsets of members */
	/* The types and kfuncs that these programs want from a kernel: their relocations and externs. */
	const struct rebtf_program *const *programs;
	size_t program_count;
	/*
	 * Returns the name of the module that the own type @id of split BTF comes from, or NULL. If
	 * its own name is taken, the type gets that of its module: struct s___nf_nat. See
	 * rebtf_merge_origin().
	 */
	const char *(*origin)(void *arg, uint32_t id);
	void *origin_arg;
	/* Is called for each difference. Not for bpftool's header, which has errors instead. */
	void (*note)(void *arg, const struct rebtf_header_note *note);
	void *note_arg;
	/*
	 * The ids of functions of @btf that are kfuncs, as well as those with the tag "bpf_kfunc", and
	 * the flags of each: see struct rebtf_kfunc. bpftool's header has only those with the tag.
	 */
	const uint32_t *known_kfuncs;
	const uint32_t *known_kfunc_flags; /* NULL: all 0 */
	size_t known_kfunc_count;
};

/*
 * Writes types as a header in C, which C++ and C23 accept, too. @write: see rebtf_btf_dump(); it may
 * have been called before an error is found. Errors: ARGUMENT (a type or function does not exist;
 * only_own is set, but @btf is not split), UNSUPPORTED (a type is of an unknown kind; bpftool's
 * header: it contains itself, or is too long in C).
 */
REBTF_API struct rebtf_error *rebtf_header(const struct rebtf_btf *btf,
					   const struct rebtf_header_options *options,
					   struct rebtf_error *(*write)(void *arg, const char *text,
									size_t size),
					   void *arg);

/* ---------------------------------------------------------------------------------------- files */

/* --- kernels */

/* By default, the kernel is looked up as rebtf_kernel_open() describes, without a cache. */
struct rebtf_kernel_options {
	size_t size; /* see REBTF_OPTIONS */
	/*
	 * Read the open file @fd instead: a regular file from its start, a pipe from its current
	 * position. Then @where only stands for the file in errors.
	 */
	bool has_fd;
	int fd;
	/*
	 * @where is a release. Open the BTF that it will have on its next boot: that of its
	 * installed image below @root or, if the image does not have it, of other files of that
	 * release. The running kernel is tried last, because another build of its release may have
	 * been installed since.
	 */
	bool installed;
	const char *root; /* the root directory of that installation; NULL: "/" */
	/*
	 * A cache directory for the BTF of images, because unpacking an image takes a second. NULL:
	 * no cache. The directory and its parent are created if they are missing. It is used only
	 * if it and its files belong to the user and other users cannot write to them. Symbolic
	 * links in it are not followed. It takes up to 64 MiB. Failures to read or write it are not
	 * errors.
	 */
	const char *cache_dir;
};

/*
 * Opens the BTF of a kernel. @where is a path or a release. A path leads to raw BTF, a vmlinux with
 * or without symbols, or a kernel image of any kind, compressed or not, which is searched for BTF. A
 * kernel that has only a link to its BTF is opened with its carrier: see struct rebtf_link.
 * A release ("6.12.117+deb12-amd64") is looked up where distributions install kernels. NULL means
 * the running kernel. A name that looks like a file's does not count as a release: it contains a
 * slash, starts with a dot, starts like the name of an image, or ends like the name of a file with
 * BTF. Neither does the name of an existing file, unless it is a directory. Errors: IO, FORMAT,
 * UNSUPPORTED (too large; a module; an archive of several kernels), NO_BTF (for a release, the
 * details list all files that were tried), WRONG_BASE (a carrier has BTF of another kernel),
 * ARGUMENT (invalid options).
 */
REBTF_API struct rebtf_error *rebtf_kernel_open(const char *where,
						const struct rebtf_kernel_options *options,
						struct rebtf_btf **btf);

/*
 * Return the kernel's file, which its BTF was read from unless a carrier has it, and the release
 * ("6.12.117+deb12-amd64"). NULL if @btf does not come from rebtf_kernel_open(), or the file does not
 * reveal the release. Both belong to @btf.
 */
REBTF_API const char *rebtf_kernel_file(const struct rebtf_btf *btf);
REBTF_API const char *rebtf_kernel_release(const struct rebtf_btf *btf);

/* The result of rebtf_kernel_provide_vmlinux(). */
enum rebtf_vmlinux_outcome {
	REBTF_VMLINUX_WRITTEN, /* the file is new, or replaces one with other BTF */
	REBTF_VMLINUX_CURRENT, /* rebtf wrote it before, with the same BTF */
	REBTF_VMLINUX_FOREIGN, /* rebtf did not write the file, so it stays as it is */
	REBTF_VMLINUX_REMOVED, /* rebtf wrote the file, and removed it now */
	REBTF_VMLINUX_ABSENT,  /* there was no file to remove */
};

struct rebtf_vmlinux_options {
	size_t size;	       /* see REBTF_OPTIONS */
	const char *root;      /* the root directory of the installation; NULL: "/" */
	const char *path;      /* the file to write; NULL: "vmlinux" in the build directory */
	const char *cache_dir; /* as in struct rebtf_kernel_options */
	bool remove;	       /* remove the file if rebtf wrote it */
	bool dry_run;	       /* change no file */
	/* The kernel's BTF, for a kernel that has none itself; NULL: look it up. */
	struct rebtf_btf *btf;
};

/*
 * Writes the file without which a kernel's build system makes no BTF for external modules:
 * "vmlinux" in /lib/modules/RELEASE/build. It is an ELF file with the kernel's BTF and rebtf's note
 * and without code and symbols. The BTF is that of @release as rebtf_kernel_open() finds it for an
 * installed kernel. @release NULL: the running kernel, with the BTF that it shows in /sys. A file
 * that rebtf did not write is never replaced or removed.
 *
 * @path receives the path of the file, malloced, owned by the caller. Errors: IO (also: no build
 * directory, with the fix), NO_BTF, FORMAT, ARGUMENT (a root without a release; split BTF), NOMEM.
 */
REBTF_API struct rebtf_error *
rebtf_kernel_provide_vmlinux(const char *release, const struct rebtf_vmlinux_options *options,
			     enum rebtf_vmlinux_outcome *outcome, char **path);
/* "written", "current", "foreign", "removed", "absent". A static string. */
REBTF_API const char *rebtf_vmlinux_outcome_name(enum rebtf_vmlinux_outcome outcome);

/* --- modules */

/* The type of a file, after decompression. */
enum rebtf_container {
	REBTF_CONTAINER_RAW, /* raw BTF; "x.btf.base" next to "x.btf" is its .BTF.base */
	REBTF_CONTAINER_ELF,
	REBTF_CONTAINER_IMAGE, /* a kernel image; .BTF is the BTF found in it */
};

/* "raw", "elf", "image". A static string. */
REBTF_API const char *rebtf_container_name(enum rebtf_container container);

enum rebtf_compression {
	REBTF_COMPRESSION_NONE,
	REBTF_COMPRESSION_GZIP,
	REBTF_COMPRESSION_XZ,
	REBTF_COMPRESSION_ZSTD,
};

/* "none", "gzip", "xz", "zstd". A static string. */
REBTF_API const char *rebtf_compression_name(enum rebtf_compression compression);

/*
 * Compresses @data as the kernel's build compresses modules. @packed: malloced, owned by the caller.
 * Errors: ARGUMENT (NONE), NOMEM.
 */
REBTF_API struct rebtf_error *rebtf_compress(enum rebtf_compression compression, const void *data,
					     size_t size, void **packed, size_t *packed_size);

/* The form of a file's BTF. */
enum rebtf_form {
	REBTF_FORM_SPLIT,      /* refers to one exact base by id */
	REBTF_FORM_DISTILLED,  /* with a .BTF.base */
	REBTF_FORM_STANDALONE, /* has no references out of itself */
	REBTF_FORM_EMPTY,      /* only a header: fits every kernel */
};

/* "split", "distilled", "standalone", "empty". A static string. */
REBTF_API const char *rebtf_form_name(enum rebtf_form form);

enum rebtf_section {
	REBTF_SECTION_BTF,	   /* ".BTF" */
	REBTF_SECTION_BTF_BASE,	   /* ".BTF.base" */
	REBTF_SECTION_BTF_IDS,	   /* ".BTF_ids"; ELF only */
	REBTF_SECTION_BTF_EXPECTS, /* ".BTF.base_expects"; "x.btf.expects" next to raw "x.btf" */
	REBTF_SECTION_NOTE,	   /* ".note.rebtf"; in "x.btf.note" next to raw "x.btf" */
	REBTF_SECTION_SAVED_BTF,   /* ".BTF.kept"; ELF only: .BTF before relocation */
	REBTF_SECTION_SAVED_BASE,  /* ".BTF.kept_base"; ELF only: .BTF.base, likewise */
	/*
	 * ".BTF.base_ids"; ELF only: the ids in .BTF_ids that belong to the kernel.
	 * rebtf_module_write() writes it with a distilled base if there are such ids.
	 */
	REBTF_SECTION_BASE_IDS,
	REBTF_SECTION_INLINE,	    /* ".BTF.inline"; ELF only: locations, split from .BTF */
	REBTF_SECTION_SAVED_INLINE, /* ".BTF.kept_inline"; ELF only: .BTF.inline, likewise */
};

/* Returns the name of an ELF section: ".BTF". A static string. */
REBTF_API const char *rebtf_section_name(enum rebtf_section section);

/*
 * A file with BTF, read and, if necessary, decompressed. Later changes of the file do not affect
 * this object. But expectations next to raw BTF are only read on first use.
 */
struct rebtf_module;

/* The way to read BTF that could be split or standalone. */
enum rebtf_reading {
	REBTF_READING_AUTO, /* as rebtf_module_form() decides, which can fail */
	REBTF_READING_SPLIT,
	REBTF_READING_STANDALONE,
};

/* By default, only modules are opened, by their path. */
struct rebtf_module_options {
	size_t size; /* see REBTF_OPTIONS */
	/*
	 * Read the open file @fd instead: a regular file from its start, a pipe from its current
	 * position. Then @path only stands for the file in errors. Adjacent files are not read, so
	 * distilled raw BTF lacks its base. Such a module can be neither written in place nor
	 * copied.
	 */
	bool has_fd;
	int fd;
	/*
	 * Overrides how ambiguous BTF is read (the command's --as). A note or a .BTF.base takes
	 * precedence: if it disagrees, rebtf_module_form() fails with ARGUMENT.
	 */
	enum rebtf_reading reading;
	/*
	 * Open kernels, too: @path may also be a kernel image of any kind, an archive that contains
	 * one, or a release, as for rebtf_kernel_open() with these options. The module of an image
	 * has only .BTF and cannot be written. Its path is that of the file, even for a release.
	 * NULL: modules only. If not NULL, has_fd must be false here and in the module's options.
	 */
	const struct rebtf_kernel_options *kernels;
};

/*
 * Reads @path, a regular file or an open pipe (/dev/stdin, /dev/fd/N): raw BTF, an ELF file (32 or
 * 64 bits, either byte order), or one of these compressed. The first bytes of the file, not its
 * name, determine its type. A compressed file may unpack to 32 MiB plus 64 times its size, but to
 * no more than 1 GiB. A module (relocatable ELF object) opens even without BTF: see
 * rebtf_module_has_btf(). Errors: IO, FORMAT (also a module that has a .BTF.base or a note but no
 * .BTF), NO_BTF (another ELF file without BTF), UNSUPPORTED (too large, or compressed in a format
 * that is not used for modules), CHANGED (the file was written to or replaced while it was read),
 * ARGUMENT (invalid options).
 */
REBTF_API struct rebtf_error *rebtf_module_open(const char *path,
						const struct rebtf_module_options *options,
						struct rebtf_module **module);

REBTF_API void rebtf_module_free(struct rebtf_module *module); /* NULL is allowed */

REBTF_API const char *rebtf_module_path(const struct rebtf_module *module);

/*
 * If the module's path is a symbolic link, sets @path to the file it was read from: an absolute
 * path, malloced, owned by the caller. Otherwise sets @path to NULL. Errors: IO.
 */
REBTF_API struct rebtf_error *rebtf_module_link_target(const struct rebtf_module *module,
						       char **path);
/* Returns the release of a kernel that was opened as a module; NULL: unknown, or not a kernel. */
REBTF_API const char *rebtf_module_release(const struct rebtf_module *module);
REBTF_API enum rebtf_container rebtf_module_container(const struct rebtf_module *module);
REBTF_API enum rebtf_compression rebtf_module_compression(const struct rebtf_module *module);
/*
 * Whether the module has BTF: a .BTF section that is not empty. DKMS builds modules without BTF if
 * it finds no vmlinux. Kernels load such a module without types, so a kernel update does not affect
 * it. rebtf_module_copy() copies it. All functions that need its BTF fail with NO_BTF.
 */
REBTF_API bool rebtf_module_has_btf(const struct rebtf_module *module);
/* Whether the (decompressed) file ends with a signature ("~Module signature appended~"). */
REBTF_API bool rebtf_module_signed(const struct rebtf_module *module);

/*
 * Returns the bytes of a section, which belong to the module. NULL and a size of 0 if the module has no
 * such section, or has expectations that cannot be read: rebtf_module_expects() returns the reason.
 */
REBTF_API const void *rebtf_module_section(const struct rebtf_module *module,
					   enum rebtf_section section, size_t *size);

/* Size of a SHA-256 digest in bytes. */
#define REBTF_DIGEST_SIZE 32

/*
 * The note that rebtf writes into ELF files about their BTF: an ELF note (section ".note.rebtf",
 * owner "rebtf", type 1; docs/formats.md documents its bytes). Next to raw "x.btf" it is the file
 * "x.btf.note", with the SHA-256 of the BTF that it describes. If the BTF is other BTF, the note is
 * stale and has no effect. The same applies to any such file if libcrypto cannot be loaded.
 */
struct rebtf_note {
	enum rebtf_form form;
	/*
	 * The base that the BTF was made over: SHA-256 of its bytes as rebtf_btf_write() returns
	 * them, which are those of /sys/kernel/btf/vmlinux; number of types and size of strings in
	 * bytes, as rebtf_btf_type_count() and rebtf_btf_string_end() return them. All 0 without a
	 * base.
	 */
	uint8_t digest[REBTF_DIGEST_SIZE];
	uint32_t type_count;
	uint32_t string_end;
};

/* Returns the note, which belongs to the module, or NULL if the module has no note. */
REBTF_API const struct rebtf_note *rebtf_module_note(const struct rebtf_module *module);

/* Whether the file next to raw BTF is stale: a note about other BTF. */
REBTF_API bool rebtf_module_has_stale_note(const struct rebtf_module *module);

/*
 * Whether @base is the base recorded in @note. The digest of a base is computed on first use and
 * stored with the base. Errors: UNSUPPORTED (libcrypto cannot be loaded).
 */
REBTF_API struct rebtf_error *rebtf_note_fits(const struct rebtf_note *note, struct rebtf_btf *base,
					      bool *fits);

/* The links to a kernel's BTF. Both have the SHA-256 and the size of that BTF. */
enum rebtf_link_form {
	REBTF_LINK_NONE,
	REBTF_LINK_NAMED, /* ".BTF.link": the name of the module, SHA-256, size */
	REBTF_LINK_META,  /* ".BTF.meta": size, SHA-256; the module is "btf_vmlinux" */
};

/* Returns the name of the link's section, ".BTF.link" or ".BTF.meta", or "none". A static string. */
REBTF_API const char *rebtf_link_form_name(enum rebtf_link_form form);

/*
 * A kernel can leave its BTF to a module, the carrier (CONFIG_DEBUG_INFO_BTF=m). The kernel then has
 * a link to that BTF. rebtf_kernel_open() and rebtf_module_open() search the carrier beside the
 * kernel and below /lib/modules/RELEASE, and accept its BTF only if the link fits it.
 */
struct rebtf_link {
	enum rebtf_link_form form;
	char module[64]; /* "btf_vmlinux" */
	uint8_t digest[REBTF_DIGEST_SIZE];
	uint32_t btf_size;
	bool fits; /* it fits the BTF that was opened; only an ELF file's own BTF may not fit */
	/*
	 * The carrier with the BTF, which belongs to the module. NULL: the BTF comes from the kernel
	 * itself or from the cache, or rebtf_link_make() made the link.
	 */
	const char *carrier;
};

/* Returns the kernel's link, which belongs to the module, or NULL if the file has no link. */
REBTF_API const struct rebtf_link *rebtf_module_link(const struct rebtf_module *module);

/*
 * Makes the link to a kernel's BTF, in the form NAMED or META. Errors: ARGUMENT, UNSUPPORTED
 * (libcrypto cannot be loaded), NOMEM.
 */
REBTF_API struct rebtf_error *rebtf_link_make(struct rebtf_btf *kernel, enum rebtf_link_form form,
					      struct rebtf_link **link);
REBTF_API void rebtf_link_free(struct rebtf_link *link); /* NULL is allowed */

struct rebtf_carrier_options {
	size_t size; /* see REBTF_OPTIONS */
	/* The kernel that loads it, a path or a release; NULL: the running kernel. */
	const char *kernel;
	const char *root;		   /* the root directory of its installation; NULL: "/" */
	const struct rebtf_signer *signer; /* NULL: do not sign */
};

/*
 * Writes the carrier for the BTF @btf of a kernel to @path: a module without code, which the kernel
 * in @options can load. Its machine, version magic and symbol versions come from the installed
 * files of that kernel, the layout of struct module from @btf. Errors: ARGUMENT (@btf is split),
 * UNSUPPORTED (these are unknown), IO, NOMEM.
 */
REBTF_API struct rebtf_error *rebtf_carrier_write(struct rebtf_btf *btf,
						  const struct rebtf_carrier_options *options,
						  const char *path);

/*
 * Writes a copy of the vmlinux @from to @to that has @link instead of its .BTF, at the same address;
 * the rest of that .BTF becomes zeros. All else stays in its place. If @from is a relocatable object,
 * the carrier of a kernel, writes a vmlinux that has only the link. Errors: NO_BTF, WRONG_BASE (the
 * .BTF is not the one in @link), FORMAT, IO, NOMEM.
 */
REBTF_API struct rebtf_error *rebtf_vmlinux_split(const char *from, const struct rebtf_link *link,
						  const char *to);

/*
 * Writes a copy of the vmlinux @from, which rebtf_vmlinux_split() wrote, to @to, with the BTF @btf of
 * the kernel in its section .BTF again. Errors: NO_BTF (there is no link), WRONG_BASE (the link is
 * to other BTF), UNSUPPORTED (there is no room for the BTF), FORMAT, IO, NOMEM.
 */
REBTF_API struct rebtf_error *rebtf_vmlinux_join(const char *from, struct rebtf_btf *btf,
						 const char *to);

/*
 * Determines the form of the module's BTF. A note records it. Without a note, the BTF is
 *
 * - distilled if there is a .BTF.base,
 * - empty if it has no types,
 * - standalone if every type id and every string offset leads to a target in the BTF itself, it has
 *   an INT named "int", and it does not make sense over @base (not checked if @base is NULL),
 * - split if names and types lead out of it as in split BTF, or if it makes sense over @base.
 *
 * A distilled base by itself needs no "int", and BTF never counts as split from an identical base.
 * Errors: NO_BTF; FORMAT (not BTF at all, or broken standalone BTF, or the note is wrong);
 * AMBIGUOUS (both readings are possible, or only the "int" is missing and the BTF is not known to
 * be split); ARGUMENT (it contradicts the reading in the options).
 */
REBTF_API struct rebtf_error *rebtf_module_form(const struct rebtf_module *module,
						struct rebtf_btf *base, enum rebtf_form *form);

/* How a kernel looks up names in BTF. */
enum rebtf_name_search {
	REBTF_NAME_SEARCH_UNKNOWN,   /* the kernel's release is unknown */
	REBTF_NAME_SEARCH_OLD,	     /* older than Linux 7.0: the order does not matter */
	REBTF_NAME_SEARCH_BISECTION, /* by bisection: the BTF is sorted by name */
	REBTF_NAME_SEARCH_LINEAR,    /* one type after the other: a module's BTF is not sorted */
	REBTF_NAME_SEARCH_FAILS, /* by bisection, but the kernel's BTF is not sorted: misses names */
};

/*
 * Finds how the kernel of version or release @kernel looks up names in the module's BTF, which is
 * over @base unless it is standalone or distilled. @kernel may be NULL: then it is the kernel that
 * the module is, that @base belongs to, or that the module was built for. Errors: those of
 * rebtf_module_btf().
 */
REBTF_API struct rebtf_error *rebtf_module_name_search(const struct rebtf_module *module,
						       struct rebtf_btf *base, const char *kernel,
						       enum rebtf_name_search *search);

/* "unknown", "any order", "bisection", "linear", "fails". A static string. */
REBTF_API const char *rebtf_name_search_name(enum rebtf_name_search search);

/*
 * Checks whether the module was built for the kernel that @base belongs to. Compares the release in
 * its version magic (.modinfo) with rebtf_kernel_release(). If a release is unknown, that is not an
 * error. A module with a note is not checked, because relocation changes the base but not the
 * version magic. Errors: WRONG_BASE (the releases differ), NOMEM.
 */
REBTF_API struct rebtf_error *rebtf_module_check_release(const struct rebtf_module *module,
							 const struct rebtf_btf *base);

/*
 * Opens the module's BTF: over its own distilled base if it has one, without a base if it is
 * standalone or empty, otherwise over @base (which may be NULL if the form does not need it). The
 * module keeps the form and the BTF over the last base, so asking for both reads the file once.
 * Errors: those of rebtf_module_form(); WRONG_BASE (also according to the note); ARGUMENT (@base is
 * needed but NULL).
 */
REBTF_API struct rebtf_error *rebtf_module_btf(const struct rebtf_module *module,
					       struct rebtf_btf *base, struct rebtf_btf **btf);

/*
 * Whether the module is distilled or has a saved original: its distilled BTF from before it was
 * relocated (save_original of struct rebtf_module_output).
 */
REBTF_API bool rebtf_module_has_distilled(const struct rebtf_module *module);

/*
 * Opens the BTF to relocate: the saved original if there is one, otherwise the module's BTF, which
 * must be distilled. Errors: those of rebtf_module_form(); UNSUPPORTED (neither).
 */
REBTF_API struct rebtf_error *rebtf_module_distilled(const struct rebtf_module *module,
						     struct rebtf_btf **btf);

/*
 * Opens the expectations over @distilled_base, which is the base of the BTF from
 * rebtf_module_distilled(). Sets @expects to NULL if the module has no expectations. Errors: FORMAT
 * (also expectations that contradict @distilled_base); IO and UNSUPPORTED (too large) for the file
 * next to raw BTF.
 */
REBTF_API struct rebtf_error *rebtf_module_expects(const struct rebtf_module *module,
						   struct rebtf_btf *distilled_base,
						   struct rebtf_btf **expects);

/*
 * Opens the inline BTF of the section .BTF.inline: where functions were inlined (LOCSEC), and what
 * only these locations need. @btf: the module's BTF, from rebtf_module_btf(). @inlined becomes NULL
 * if the module has no such section. Errors: those of rebtf_btf_open_mem().
 */
REBTF_API struct rebtf_error *rebtf_module_inlined(const struct rebtf_module *module,
						   struct rebtf_btf *btf,
						   struct rebtf_btf **inlined);

/*
 * The functions of a module's or kernel's code, by its symbols. Without symbols, or in raw BTF, no
 * function is found. The module must outlive @code. Errors: FORMAT, NOMEM.
 */
struct rebtf_code;
REBTF_API struct rebtf_error *rebtf_code_open(const struct rebtf_module *module,
					      struct rebtf_code **code);
REBTF_API void rebtf_code_free(struct rebtf_code *code); /* NULL is allowed */

/*
 * Returns the name of the function with the code at @offset of an ELF section, and sets *@start to
 * the offset where that starts. NULL: unknown.
 */
REBTF_API const char *rebtf_code_function(struct rebtf_code *code, const char *section,
					  uint64_t offset, uint64_t *start);

/*
 * Returns the types that the module's .BTF_ids names, as ids in @btf, ascending and without
 * duplicates: malloced, owned by the caller; empty for raw BTF. Names without a type in @btf are
 * skipped. Errors: FORMAT, UNSUPPORTED (there are ids, but their symbols were stripped).
 */
REBTF_API struct rebtf_error *rebtf_module_ids(const struct rebtf_module *module,
					       const struct rebtf_btf *btf, uint32_t **ids,
					       size_t *count);

/*
 * If @module is the relocatable object of a BPF program, returns the program's BTF as libbpf passes
 * it to a kernel of version or release @kernel (see struct rebtf_verify_options). Compilers leave
 * the sizes of sections and the offsets of variables at 0 and put extern types into no section.
 * libbpf fills these in. @data: malloced, owned by the caller; NULL if the module is not such an
 * object or its BTF cannot be opened. Errors: FORMAT (libbpf does not load the object; the message
 * gives the reason), ARGUMENT (unknown version).
 */
REBTF_API struct rebtf_error *rebtf_module_loader_btf(const struct rebtf_module *module,
						      const char *kernel, void **data,
						      size_t *size);

/*
 * Returns the size of a pointer in the module's kernel, by the class of its ELF file: 4 or 8 bytes.
 * 0 for raw BTF and for BPF programs, which do not depend on one kernel.
 */
REBTF_API uint32_t rebtf_module_pointer_size(const struct rebtf_module *module);

/* A private key and its certificate, for signing modules as the kernel's build does. */
struct rebtf_signer;

struct rebtf_signer_options {
	size_t size;	  /* see REBTF_OPTIONS */
	const char *hash; /* a name known to libcrypto; NULL: "sha256" */
};

/*
 * Reads a signer. @key_path: a private key in PEM; if it is encrypted, its passphrase is in the
 * environment variable KBUILD_SIGN_PIN. @cert_path: its X.509 certificate in PEM or DER. @options
 * may be NULL. Threads may share the signer. Errors: IO, FORMAT (no key, no certificate, or they do
 * not belong together), UNSUPPORTED (a hash that is unknown or not possible with this key; a
 * PKCS#11 URI; libcrypto cannot be loaded), ARGUMENT.
 */
REBTF_API struct rebtf_error *rebtf_signer_open(const char *key_path, const char *cert_path,
						const struct rebtf_signer_options *options,
						struct rebtf_signer **signer);
REBTF_API void rebtf_signer_free(struct rebtf_signer *signer); /* NULL is allowed */

/* The input of rebtf_module_write(). */
struct rebtf_module_output {
	size_t size; /* see REBTF_OPTIONS */
	/* The new BTF. Its form follows from its base, except that @distilled must be set. Required. */
	const struct rebtf_btf *btf;
	bool distilled; /* its base is a distilled base, which is written as well */
	const struct rebtf_btf *expects; /* over that base; NULL: only those that are saved */
	/*
	 * The base that distilled or standalone BTF was made over, for the note. NULL: unknown. That
	 * of split BTF is known: it is the BTF's own base.
	 */
	struct rebtf_btf *made_over;
	struct rebtf_btf *old_base;	   /* of the previous BTF; NULL: that of the new BTF */
	const struct rebtf_signer *signer; /* NULL: do not sign */
	bool strip_signature;		   /* drop the signature that this breaks */
	/*
	 * Save the BTF that rebtf_module_distilled() returns in the file, next to the new BTF,
	 * together with its expectations. An original that is already saved is always kept, unless
	 * the new BTF is itself distilled.
	 */
	bool save_original;
	/*
	 * Change no file: make all contents except their compression, and report the errors of
	 * that. Errors that only writing can show, such as missing permission, are not found.
	 */
	bool dry_run;
	/*
	 * For a compressed module, the level in the scale of gzip, xz or zstd. Values above the
	 * highest level mean the highest. 0: for zstd a level that makes the module as small as it
	 * was, for gzip a level that the old header allows, for xz the default.
	 */
	unsigned int compress_level;
	/*
	 * For the object of a BPF program: @btf is the result of this deduplication of the object's
	 * BTF, so .BTF.ext can follow. NULL: an object with .BTF.ext is refused.
	 */
	const struct rebtf_dedup *dedup;
	/*
	 * The new inline BTF, split from @btf. NULL: the module must have none, because its types
	 * and strings refer to the old BTF.
	 */
	const struct rebtf_btf *inlined;
	/*
	 * Of raw BTF: also write the note, into a file next to it. It is written even without this
	 * if the old BTF has one. An ELF file always gets its note.
	 */
	bool note;
	bool drop_inlined; /* remove .BTF.inline, which the kernel cannot read */
};

/*
 * Writes the module with new BTF to @path (which may be the one it was opened from). In an ELF
 * file, the type ids in .BTF_ids are changed to those of the new BTF, found by name: the id of a
 * base type becomes that of a type in the new base, never that of a copy among the module's own
 * types. A distilled base has no functions and typedefs. So in a distilled module, the ids of the
 * kernel's functions and typedefs become 0, and .BTF.base_ids records them. The note is written
 * anew, and all other sections keep their bytes. In the object of a BPF program, deduplicated BTF gets
 * new ids in .BTF.ext and new offsets in the relocations of .BTF; it has no note.
 *
 * Compression (the format and the parameters in its headers: dictionary or window, filters, blocks,
 * checks), mode and, where allowed, owner and extended attributes are those of the original. The
 * file is replaced atomically: on any error the old one remains untouched. Raw BTF and its adjacent
 * files are several files, which cannot be replaced atomically. If a crash leaves only some of them
 * replaced, they contradict each other or lack the base, which rebtf_module_btf() reports, or they
 * lack the expectations or the note.
 *
 * If @path is exactly the path that the module was opened by, the file that was read is replaced in
 * its directory, even behind symbolic links. If that file has been replaced or written to since,
 * the call changes no file. Any other @path is looked up, and a symbolic link there is an error.
 *
 * Without libcrypto, which computes the digest, no note is written, and @note of the output is an
 * error. Errors: SIGNED, IO, CHANGED (the file is no longer the one that was opened), FORMAT, ARGUMENT
 * (distilled BTF without a base; no BTF), UNSUPPORTED (the existing file is not a regular file; it
 * is behind a link of another user; its attributes cannot be read or exceed a megabyte; an ELF file
 * is not a relocatable object, or its .BTF_ids has a type that the new BTF does not lead to, or its
 * .BTF.ext cannot follow; no original to save; saving or signing raw BTF; @note without libcrypto),
 * NO_BTF.
 */
REBTF_API struct rebtf_error *rebtf_module_write(const struct rebtf_module *module,
						 const char *path,
						 const struct rebtf_module_output *output);

/*
 * The types in .BTF_ids that a kernel would not find by their ids: "struct nf_conn", "function
 * tcp_sendmsg". The count includes all, but only the first 64 have names. Immutable.
 */
struct rebtf_stray_ids;

REBTF_API size_t rebtf_stray_ids_count(const struct rebtf_stray_ids *stray); /* 0 for NULL */
/* Returns the name of a type, or NULL for a type without a name. */
REBTF_API const char *rebtf_stray_ids_at(const struct rebtf_stray_ids *stray, size_t index);
REBTF_API void rebtf_stray_ids_free(struct rebtf_stray_ids *stray); /* NULL is allowed */

/*
 * Checks whether rebtf_module_write() with @output would find all ids for .BTF_ids, and lists the
 * stray ones. In a distilled module, these are the types whose ids a kernel leaves unchanged when it
 * relocates the module itself: all except own functions in sets of kfuncs. In a standalone module,
 * they are the copies of the kernel's types. Errors: those of rebtf_module_write() on .BTF_ids.
 */
REBTF_API struct rebtf_error *rebtf_module_check_ids(const struct rebtf_module *module,
						     const struct rebtf_module_output *output,
						     struct rebtf_stray_ids **stray);

/*
 * A directory for output. It is opened, and created if necessary together with its parents, on the
 * first write. It stays open until it is freed. Threads may share it. The umask must not
 * change meanwhile: a stricter one would apply to some files only.
 */
struct rebtf_dir;
REBTF_API struct rebtf_error *rebtf_dir_new(const char *path, struct rebtf_dir **dir);
REBTF_API void rebtf_dir_free(struct rebtf_dir *dir); /* NULL is allowed */

/*
 * As rebtf_module_write(), but writes to the path @relative below @dir. Missing directories are
 * created with mode 0777 minus the umask. Symbolic links below @dir are not followed: a link on the
 * path is an error.
 */
REBTF_API struct rebtf_error *rebtf_module_write_to(const struct rebtf_module *module,
						    struct rebtf_dir *dir, const char *relative,
						    const struct rebtf_module_output *output);

/*
 * Copies the module's file to @path unchanged, including its compression. The adjacent files of raw
 * BTF are copied, too. Mode and, where allowed, owner and extended attributes are those of each
 * original. An existing file is replaced atomically. Copying a file to itself has no effect.
 * Errors: IO, CHANGED (the file is no longer the one that was opened), UNSUPPORTED (the existing
 * file is not a regular file).
 */
REBTF_API struct rebtf_error *rebtf_module_copy(const struct rebtf_module *module,
						const char *path);

/* As rebtf_module_copy(), but copies to a path below @dir: see rebtf_module_write_to(). */
REBTF_API struct rebtf_error *rebtf_module_copy_to(const struct rebtf_module *module,
						   struct rebtf_dir *dir, const char *relative);

/*
 * Writes the module's .BTF to @path as raw BTF, and its other sections next to it: .BTF.base to
 * @path.base, .BTF.base_expects to @path.expects and .note.rebtf to @path.note, so that
 * rebtf_module_open() reads them together again, .BTF.inline to @path.inline and .BTF_ids to
 * @path.ids. Without libcrypto, the note is left out. Existing files with these names are removed if
 * the module does not have the section. All files are complete before the first is replaced or
 * removed. Errors: IO, ARGUMENT (one of the files is the module's own), UNSUPPORTED (a name belongs
 * to something other than a regular file), FORMAT, NOMEM.
 */
REBTF_API struct rebtf_error *rebtf_module_extract(const struct rebtf_module *module,
						   const char *path);

/* -------------------------------------------------------------------------- transforms of modules */

/* Whether the types of new BTF are sorted by name: see rebtf_sort(). */
enum rebtf_sorting {
	/*
	 * If the module's BTF was sorted, or if its kernel is Linux 7.0 or later. The kernel is the
	 * base's, or if its release is unknown, the one that the module was built for. BTF of a
	 * kernel itself: if that is Linux 7.0 or later.
	 */
	REBTF_SORT_AUTO,
	REBTF_SORT_ALWAYS,
	REBTF_SORT_NEVER,
};

/*
 * A call for each verb of the command, which does all of the verb's work on one module: it opens the
 * right BTF of the module, finds its trusted types and expectations if they are needed, and makes
 * the new BTF. The result is a struct rebtf_transform. To write it, pass rebtf_transform_output() to
 * rebtf_module_write().
 */
struct rebtf_transform_options {
	size_t size; /* see REBTF_OPTIONS */
	/* The base of the new BTF; for rebtf_module_distill(), the one that the module is split from. */
	struct rebtf_btf *base;
	/*
	 * The base is only an assumption, for instance the running kernel. Then it does not decide
	 * how ambiguous BTF is read.
	 */
	bool base_assumed;
	/*
	 * Relocate, check: the base that the module was built for. Split BTF without a distilled
	 * original is distilled over it first. It also has the definitions that types had there. NULL:
	 * unknown.
	 */
	struct rebtf_btf *old_base;
	bool any_release; /* do not compare a module's version magic with @old_base */
	/* Relocate, check, standalone: as in struct rebtf_reconcile_options. */
	enum rebtf_policy policy;
	bool local;
	/* Names of further trusted types, as in struct rebtf_trust. They outlive the transform. */
	const char *const *trust;
	size_t trust_count;
	bool expects; /* distill: also record expectations */
	bool full;    /* standalone: as for rebtf_standalone() */
	/* A distilled base is never sorted: it keeps the order of the base's types. */
	enum rebtf_sorting sort;
	/*
	 * Downgrade: a version or release of Linux, as in struct rebtf_downgrade_options. Required
	 * there. It outlives the transform.
	 */
	const char *for_kernel;
};

/*
 * The result of one transform. The module and the names in the options must outlive it. It keeps
 * references to the bases. One thread at a time may use it.
 */
struct rebtf_transform;

/*
 * Each makes the new BTF of @module, or finds that it needs no change: then rebtf_transform_btf() is
 * NULL. @transform belongs to the caller. It is also set on the error MISMATCH, where its report has
 * the types that do not fit. Errors of all: those of rebtf_module_btf(), rebtf_module_ids() and
 * rebtf_module_check_ids(); ARGUMENT (invalid options; no base, which only a downgrade can do without).
 *
 * Distill: see rebtf_distill() and rebtf_distill_expects(). Empty and standalone BTF needs no change,
 * nor does a module that is distilled already or has a saved original. With @options->expects, a
 * distilled module without expectations gets them. Errors: those of rebtf_distill_expects() and
 * rebtf_expects().
 */
REBTF_API struct rebtf_error *rebtf_module_distill(const struct rebtf_module *module,
						   const struct rebtf_transform_options *options,
						   struct rebtf_transform **transform);
/*
 * Relocate: see rebtf_reconcile(). A saved original takes precedence over the module's BTF. Empty and
 * standalone BTF needs no change, nor does BTF that is already split from the base. Errors: those of
 * rebtf_reconcile() and rebtf_module_expects(); WRONG_BASE (split from another base, and
 * @options->old_base is NULL).
 */
REBTF_API struct rebtf_error *rebtf_module_relocate(const struct rebtf_module *module,
						    const struct rebtf_transform_options *options,
						    struct rebtf_transform **transform);
/*
 * Check: whether rebtf_module_relocate() and rebtf_module_write() would succeed. Makes no BTF, but
 * the same report. A module without a report needs no change. Errors: as rebtf_module_relocate().
 */
REBTF_API struct rebtf_error *rebtf_module_check(const struct rebtf_module *module,
						 const struct rebtf_transform_options *options,
						 struct rebtf_transform **transform);
/*
 * Standalone: see rebtf_standalone(). A distilled module is relocated first. Empty and standalone
 * BTF needs no change. Errors: those of rebtf_standalone() and rebtf_module_relocate().
 */
REBTF_API struct rebtf_error *rebtf_module_standalone(const struct rebtf_module *module,
						      const struct rebtf_transform_options *options,
						      struct rebtf_transform **transform);
/*
 * Renumber: see rebtf_renumber(). Empty BTF needs no change, nor does split BTF whose note names the
 * base. Errors: those of rebtf_renumber(); UNSUPPORTED (other split BTF; distilled BTF).
 */
REBTF_API struct rebtf_error *rebtf_module_renumber(const struct rebtf_module *module,
						    const struct rebtf_transform_options *options,
						    struct rebtf_transform **transform);

/*
 * Downgrade: see rebtf_downgrade(). BTF that the kernel accepts needs no change. A distilled base is
 * downgraded, too; .BTF.inline is removed if the kernel knows no locations; expectations and a saved
 * original stay as they are. Only split BTF needs a base. Errors: those of rebtf_downgrade() and
 * rebtf_module_inlined().
 */
REBTF_API struct rebtf_error *rebtf_module_downgrade(const struct rebtf_module *module,
						     const struct rebtf_transform_options *options,
						     struct rebtf_transform **transform);

REBTF_API void rebtf_transform_free(struct rebtf_transform *transform); /* NULL is allowed */

/* Returns the form of the module's BTF before the transform. */
REBTF_API enum rebtf_form rebtf_transform_old_form(const struct rebtf_transform *transform);

/*
 * Return BTF that the transform keeps: the new BTF, or NULL if the module needs no change, does not
 * fit or was only checked; the BTF over a whole base that was read or made on the way; the BTF over a
 * distilled base that was made or matched; and the expectations over that base. Each is NULL if the
 * transform did not need it.
 */
REBTF_API struct rebtf_btf *rebtf_transform_btf(const struct rebtf_transform *transform);
REBTF_API struct rebtf_btf *rebtf_transform_split(const struct rebtf_transform *transform);
REBTF_API struct rebtf_btf *rebtf_transform_distilled(const struct rebtf_transform *transform);
REBTF_API struct rebtf_btf *rebtf_transform_expects(const struct rebtf_transform *transform);
/* The new inline BTF over rebtf_transform_btf(), or NULL. */
REBTF_API struct rebtf_btf *rebtf_transform_inlined(const struct rebtf_transform *transform);

/*
 * Returns the BTF that was searched for the names of trusted types, or NULL if trust was not
 * needed. A name that no module has is probably a typo.
 */
REBTF_API struct rebtf_btf *rebtf_transform_trust_btf(const struct rebtf_transform *transform);

/* Returns the report on how the module fits the base, or NULL if its types were not matched. */
REBTF_API const struct rebtf_report *
rebtf_transform_report(const struct rebtf_transform *transform);

/*
 * Finds the changes of a type that does not fit: see rebtf_compare(). @match is one of the report.
 * @changes is NULL if the old definition is unknown, no type is comparable, or earlier calls for
 * this transform have used up its limit of work. The caller frees it. Errors: NOMEM.
 */
REBTF_API struct rebtf_error *rebtf_transform_changes(struct rebtf_transform *transform,
						      const struct rebtf_match *match,
						      struct rebtf_change_list **changes);

/*
 * Finds why the module needs the type of @match: the path of its reliance. If only a name in the
 * options makes the type trusted, so that its reliance has no path: the path of a weaker reliance.
 * The steps are types of rebtf_transform_distilled(). @path is NULL if no path exists. The caller
 * frees it. Errors: those of rebtf_paths_find().
 */
REBTF_API struct rebtf_error *rebtf_transform_path(struct rebtf_transform *transform,
						   const struct rebtf_match *match,
						   struct rebtf_path **path);

/*
 * The changes by rebtf_module_downgrade(): first those of a distilled base, then those of the BTF. They
 * belong to the transform.
 */
REBTF_API size_t rebtf_transform_downgraded_count(const struct rebtf_transform *transform);
REBTF_API const struct rebtf_downgraded *
rebtf_transform_downgraded_at(const struct rebtf_transform *transform, size_t index);

/* Returns the stray ids of the new BTF, or NULL if the module has no .BTF_ids or needs no change. */
REBTF_API const struct rebtf_stray_ids *
rebtf_transform_stray_ids(const struct rebtf_transform *transform);

/*
 * Sets these members of @output for rebtf_module_write(), as far as its size includes them: btf,
 * distilled, expects, made_over, old_base, inlined and drop_inlined. Leaves the others alone. Objects
 * belong to the transform.
 */
REBTF_API void rebtf_transform_output(const struct rebtf_transform *transform,
				      struct rebtf_module_output *output);

/*
 * Sets @current to whether the module already has the new BTF, because it was relocated to this base
 * before from the same saved original. Errors: NOMEM.
 */
REBTF_API struct rebtf_error *rebtf_transform_is_current(const struct rebtf_transform *transform,
							 bool *current);

/* ------------------------------------------------------------------------- type ids in .BTF_ids */

/*
 * The section .BTF_ids of a kernel or module: the type ids that its code contains, above all those of
 * its kfuncs. Symbols tell the type of each id. Immutable.
 */
struct rebtf_ids;

/* A type that a symbol names. Its name belongs to the ids. */
struct rebtf_id {
	const char *name;
	uint32_t kind; /* REBTF_KIND_STRUCT, UNION, TYPEDEF or FUNC */
	/*
	 * The offset of the symbol in the section. The id is there, unless it is in a resolved set:
	 * resolving sorts sets, so that the id may be anywhere in the set.
	 */
	uint64_t offset;
};

struct rebtf_id_set {
	const char *name;
	uint64_t offset;  /* of the set in the section */
	size_t count;	  /* ids in the set */
	bool has_flags;	  /* flags follow each id (a "set8") */
	bool is_resolved; /* its count is not 0 */
	uint32_t flags;	  /* of the set itself; bit 0: its functions are kfuncs */
	/* The types that symbols name in this set: see rebtf_ids_at(). */
	size_t first_id;
	size_t id_count;
};

/*
 * Reads the .BTF_ids of the ELF file @path, of any type: a module, or a vmlinux before or after its
 * ids were resolved. Only the needed parts of the file are read. Without the section, or without
 * symbols, there are no ids and sets. Errors: IO, FORMAT (symbols outside the section, that overlap,
 * or that name no type), UNSUPPORTED (a section that is compressed or too large; an unknown
 * kind of type).
 */
REBTF_API struct rebtf_error *rebtf_ids_open(const char *path, struct rebtf_ids **ids);

/* The same for a module, which may be compressed. Errors: also ARGUMENT (not an ELF file). */
REBTF_API struct rebtf_error *rebtf_ids_of_module(const struct rebtf_module *module,
						  struct rebtf_ids **ids);
REBTF_API void rebtf_ids_free(struct rebtf_ids *ids); /* NULL is allowed */

/* By offset. */
REBTF_API size_t rebtf_ids_count(const struct rebtf_ids *ids);
REBTF_API const struct rebtf_id *rebtf_ids_at(const struct rebtf_ids *ids, size_t index);
REBTF_API size_t rebtf_ids_set_count(const struct rebtf_ids *ids);
REBTF_API const struct rebtf_id_set *rebtf_ids_set_at(const struct rebtf_ids *ids, size_t index);

/*
 * Reads id number @index of a set, below its count, and its flags (0 in a set without flags).
 * @flags may be NULL. Both are 0 outside the section.
 */
REBTF_API uint32_t rebtf_ids_entry(const struct rebtf_ids *ids, const struct rebtf_id_set *set,
				   size_t index, uint32_t *flags);

/* Returns the word at @offset, in host byte order; 0 outside the section. */
REBTF_API uint32_t rebtf_ids_word(const struct rebtf_ids *ids, uint64_t offset);

/*
 * Opens the BTF in the file @path: raw BTF, or the .BTF of an ELF file of any type. Of ELF files,
 * it reads only the sections with BTF. If the ELF file has a .BTF.base, that is the base, otherwise
 * @base, which may be NULL. Errors: those of rebtf_btf_open(); NO_BTF.
 */
REBTF_API struct rebtf_error *rebtf_btf_open_elf(const char *path, struct rebtf_btf *base,
						 struct rebtf_btf **btf);

/* --- kfuncs without tags */

/* A kfunc that has no tag in BTF. */
struct rebtf_kfunc {
	uint32_t id;	/* of its FUNC */
	uint32_t flags; /* "KF_" in the kernel's include/linux/btf.h */
};

/* Functions that a kernel or module registers as kfuncs, by id. Immutable. */
struct rebtf_kfuncs;

/*
 * Finds the kfuncs of a module itself by the sets in its .BTF_ids, because the BTF of Linux before 6.10 has no
 * tags of them. @btf is the module's, as rebtf_module_btf() opens it. There are none if @btf has the tag
 * "bpf_kfunc", if the file is not an ELF file with symbols, or before Linux 6.0. The file of a kernel that
 * was opened as a module must still exist. Errors: NOMEM; for others, see rebtf_kfuncs_error().
 */
REBTF_API struct rebtf_error *rebtf_module_kfuncs(const struct rebtf_module *module,
						  const struct rebtf_btf *btf,
						  struct rebtf_kfuncs **kfuncs);

/* The same for a kernel from rebtf_kernel_open(). Reads its file, rebtf_kernel_file(), if it still exists. */
REBTF_API struct rebtf_error *rebtf_kernel_kfuncs(const struct rebtf_btf *kernel,
						  struct rebtf_kfuncs **kfuncs);
REBTF_API void rebtf_kfuncs_free(struct rebtf_kfuncs *kfuncs); /* NULL is allowed */

REBTF_API size_t rebtf_kfuncs_count(const struct rebtf_kfuncs *kfuncs); /* 0 for NULL */
/* NULL is allowed: there are none. */
REBTF_API const struct rebtf_kfunc *rebtf_kfuncs_at(const struct rebtf_kfuncs *kfuncs,
						    size_t index);

/*
 * Returns the reason why kfuncs may be missing from the list; NULL: none. It belongs to @kfuncs. FORMAT
 * and UNSUPPORTED: those of rebtf_ids_open(), or a module registers functions for fmod_ret programs, too,
 * and was built for a kernel whose sets do not tell them apart. WRONG_BASE: some ids are not those of the
 * functions that their symbols name.
 */
REBTF_API const struct rebtf_error *rebtf_kfuncs_error(const struct rebtf_kfuncs *kfuncs);

/* By default, the BTF stays as it is. With all three, the result is that of Linux 7.0 and later. */
struct rebtf_resolve_options {
	size_t size; /* see REBTF_OPTIONS */
	/*
	 * Complete the types of kfuncs: a function with KF_IMPLICIT_ARGS in its flags gets a prototype
	 * without the arguments that the verifier adds, and a FUNC with "_impl" appended to its name
	 * gets the whole one. If no function has the tag "bpf_kfunc" yet, all kfuncs get it.
	 */
	bool kfuncs;
	bool distill; /* distill split BTF: see rebtf_distill() */
	bool sort;    /* see rebtf_sort() */
};

/* A warning, in the words of the kernel's resolve_btfids, and its reason. */
struct rebtf_id_warning {
	const char *text;
	const char *reason;
};

/* New contents of .BTF_ids, and the BTF that they belong to. Immutable. */
struct rebtf_resolution;

/*
 * Finds the ids of all types that @ids names in @btf, which belongs to the same file: the first type
 * of that name and kind, bases first. A type that is not found gets the id 0 and a warning. Sets are
 * sorted by id. The ids must not have been resolved before, otherwise flags in sets may get to other
 * functions. Errors: ARGUMENT (the byte orders differ), FORMAT (two sets of one name; a type that more
 * than 100 symbols name; a kfunc without a prototype); those of rebtf_distill() and rebtf_sort().
 */
REBTF_API struct rebtf_error *rebtf_resolve_ids(const struct rebtf_ids *ids,
						const struct rebtf_btf *btf,
						const struct rebtf_resolve_options *options,
						struct rebtf_resolution **resolution);
REBTF_API void rebtf_resolution_free(struct rebtf_resolution *resolution); /* NULL is allowed */

/* Return the BTF that the ids refer to, and its base if it was distilled, otherwise NULL. */
REBTF_API struct rebtf_btf *rebtf_resolution_btf(const struct rebtf_resolution *resolution);
REBTF_API struct rebtf_btf *
rebtf_resolution_distilled_base(const struct rebtf_resolution *resolution);

/*
 * Writes one of these two as rebtf_btf_write() does, but with the header of the kernel's own tool: 32
 * bytes for distilled BTF, otherwise as the file had it.
 */
REBTF_API struct rebtf_error *rebtf_resolution_write(const struct rebtf_resolution *resolution,
						     const struct rebtf_btf *btf, void **data,
						     size_t *size);

/*
 * Writes the files that a kernel's build expects beside the ELF file @path: PATH.BTF and PATH.BTF.base as
 * rebtf_resolution_write() does, and PATH.BTF_ids. All of them are complete before the first gets its name,
 * and each old file is replaced in one step. If the result does not have one of the files, an old one is
 * removed. Errors: IO, NOMEM, UNSUPPORTED (a name belongs to something other than a regular file).
 */
REBTF_API struct rebtf_error *
rebtf_resolution_write_files(const struct rebtf_resolution *resolution, const char *path);

/* Returns the new contents of .BTF_ids, or NULL if the file has no such section. */
REBTF_API const void *rebtf_resolution_ids(const struct rebtf_resolution *resolution, size_t *size);

/* The count includes all warnings, but only the first 1,000 can be queried. NULL for the others. */
REBTF_API size_t rebtf_resolution_warning_count(const struct rebtf_resolution *resolution);
REBTF_API const struct rebtf_id_warning *
rebtf_resolution_warning_at(const struct rebtf_resolution *resolution, size_t index);

/*
 * Writes @size bytes over the .BTF_ids of the ELF file @path, in place: no other byte of the file
 * changes. Errors: IO, FORMAT (no such section), ARGUMENT (the section has another size), SIGNED (the
 * file is a signed module).
 */
REBTF_API struct rebtf_error *rebtf_ids_patch(const char *path, const void *data, size_t size);

/* ----------------------------------------------------------------------------------------- sets */

/*
 * A kernel's BTF with that of any number of its modules. Member 0 is the kernel, "vmlinux". Modules
 * are opened when they are first needed. A module that is damaged or does not belong to the kernel is
 * left out: rebtf_set_error() returns the reason, and everything else works on the other members.
 * Threads may share a set.
 */
struct rebtf_set;

struct rebtf_set_options {
	size_t size;		    /* see REBTF_OPTIONS */
	unsigned int jobs;	    /* threads for work on all members; 0: one for each core */
	enum rebtf_reading reading; /* of ambiguous BTF: see struct rebtf_module_options */
	bool any_release; /* do not compare a module's version magic with the kernel's release */
};

/*
 * Makes a set of @kernel and the modules in @paths, in that order. A path is a file, or a directory
 * with all modules below it, sorted by their paths. A directory that has the kernel's own BTF as a
 * file "vmlinux", such as /sys/kernel/btf, has modules without an ending. A release that is no path
 * stands for /lib/modules/RELEASE. Each module gets the name that the kernel would give it,
 * "nf_nat".
 *
 * A path can also be a package: a Debian or RPM package, or a tar or cpio archive, compressed or not,
 * with modules in it. libarchive reads it, which is loaded for this. The modules of packages come
 * before those of other paths, and are opened at once; their paths are PACKAGE:PATH.
 *
 * A distilled module is relocated to @kernel, and a standalone one renumbered, so the BTF of every
 * member is over @kernel. Files are read when they are needed, so their errors are those of a member.
 * Errors: IO (a path does not exist or cannot be listed), NO_BTF (a directory or a package has no
 * modules), FORMAT (a damaged package), UNSUPPORTED (libarchive cannot be loaded; a package unpacks to
 * more than 128 times its size), ARGUMENT (invalid options; @kernel is NULL or split BTF), NOMEM.
 */
REBTF_API struct rebtf_error *rebtf_set_open(struct rebtf_btf *kernel, const char *const *paths,
					     size_t count, const struct rebtf_set_options *options,
					     struct rebtf_set **set);

/* Whether the file @path is a package with modules, as rebtf_set_open() takes it. False after an error. */
REBTF_API bool rebtf_package_has_modules(const char *path);
REBTF_API void rebtf_set_free(struct rebtf_set *set); /* NULL is allowed */

/*
 * Adds BTF that is open already. No other thread may use the set meanwhile. Errors: ARGUMENT (@btf is
 * not split from the kernel), NOMEM.
 */
REBTF_API struct rebtf_error *rebtf_set_add(struct rebtf_set *set, const char *name,
					    struct rebtf_btf *btf);

/* Returns the number of members, with the kernel and those that are left out. */
REBTF_API size_t rebtf_set_count(const struct rebtf_set *set);
/* Return a member's name, and the path of its file or NULL. They belong to the set. */
REBTF_API const char *rebtf_set_name(const struct rebtf_set *set, size_t member);
REBTF_API const char *rebtf_set_path(const struct rebtf_set *set, size_t member);

/*
 * Sets @btf to the BTF of a member, which belongs to the set. Opens it if that was not yet done. NULL:
 * the member is left out. Errors: NOMEM; ARGUMENT (there is no such member).
 */
REBTF_API struct rebtf_error *rebtf_set_btf(struct rebtf_set *set, size_t member,
					    const struct rebtf_btf **btf);

/*
 * Sets @kfuncs to those of a member that have no tags: see rebtf_module_kfuncs() and, for the kernel,
 * rebtf_kernel_kfuncs(). Their ids are those of rebtf_set_btf(). NULL: there are none, or the member
 * does not come from a file. They belong to the set. Errors: those of rebtf_set_btf().
 */
REBTF_API struct rebtf_error *rebtf_set_kfuncs(struct rebtf_set *set, size_t member,
					       const struct rebtf_kfuncs **kfuncs);

/*
 * Returns the reason why a member is left out. NULL: it is not, or it was not needed so far. The
 * error belongs to the set.
 */
REBTF_API const struct rebtf_error *rebtf_set_error(const struct rebtf_set *set, size_t member);

/* Opens all members, on several threads. Errors: NOMEM. */
REBTF_API struct rebtf_error *rebtf_set_load(struct rebtf_set *set);

/*
 * A type of a set. The types of the kernel have member 0, also those that a module refers to. The id
 * is the same in the kernel's BTF and in that of every module.
 */
struct rebtf_set_type {
	size_t member;
	uint32_t id;
};

/* --- find */

/* How names are compared. */
enum rebtf_name_match {
	REBTF_NAME_EXACT,
	REBTF_NAME_GLOB, /* "*", "?" and "[a-z]" as in a shell */
	/*
	 * As CO-RE does: the part of a name from the last "___" on is no part of it. "task_struct",
	 * "task_struct___old" and "task_struct___2" are equal.
	 */
	REBTF_NAME_ESSENTIAL,
};

struct rebtf_find_options {
	size_t size; /* see REBTF_OPTIONS */
	enum rebtf_name_match match;
	/*
	 * Bit N stands for kind N: UINT64_C(1) << REBTF_KIND_STRUCT and so on; 0: all. No bit stands for
	 * a kind above 63.
	 */
	uint64_t kinds;
	/*
	 * A pattern. Only types with such a member or enumerator, also in unnamed structs and unions
	 * inside them, up to eight levels deep. NULL: all
	 */
	const char *member;
	bool kfuncs; /* only functions with the tag "bpf_kfunc", and those of rebtf_set_kfuncs() */
};

/* Types that were found, by member and id. Immutable. */
struct rebtf_set_types;

/*
 * Finds the types of all members of @set whose name is @name (NULL: any) and that fit @options. Each
 * is listed where it is defined. Errors: ARGUMENT, NOMEM.
 */
REBTF_API struct rebtf_error *rebtf_set_find(struct rebtf_set *set, const char *name,
					     const struct rebtf_find_options *options,
					     struct rebtf_set_types **types);
REBTF_API size_t rebtf_set_types_count(const struct rebtf_set_types *types);
REBTF_API const struct rebtf_set_type *rebtf_set_types_at(const struct rebtf_set_types *types,
							  size_t index);
REBTF_API void rebtf_set_types_free(struct rebtf_set_types *types); /* NULL is allowed */

/* Who refers to each type of a set, which must outlive it. Immutable. */
struct rebtf_users;

/* Opens all members of @set. Errors: UNSUPPORTED (too many types), NOMEM. */
REBTF_API struct rebtf_error *rebtf_users_new(struct rebtf_set *set, struct rebtf_users **users);
REBTF_API void rebtf_users_free(struct rebtf_users *users); /* NULL is allowed */

/* A type with a name that refers to another one, itself or through types without a name. */
struct rebtf_set_use {
	size_t member; /* of the user, as in struct rebtf_set_type */
	uint32_t id;
	/* A shortest path from the user to the type. Its ids are in the user's member. */
	const struct rebtf_path *path;
};

/* The uses of a type, by member and id of the users. Immutable. */
struct rebtf_set_uses;

/*
 * Finds the uses of type @id of @member. Uses with paths of more than 64 steps are left out. Errors:
 * ARGUMENT (no such type; a member that was added after rebtf_users_new()), NOMEM.
 */
REBTF_API struct rebtf_error *rebtf_users_find(const struct rebtf_users *users, size_t member,
					       uint32_t id, struct rebtf_set_uses **uses);
REBTF_API size_t rebtf_set_uses_count(const struct rebtf_set_uses *uses);
REBTF_API const struct rebtf_set_use *rebtf_set_uses_at(const struct rebtf_set_uses *uses,
							size_t index);
REBTF_API void rebtf_set_uses_free(struct rebtf_set_uses *uses); /* NULL is allowed */

/* --- merge */

/* By default, one flat BTF. */
struct rebtf_merge_options {
	size_t size; /* see REBTF_OPTIONS */
	bool split; /* split BTF over the kernel, with only the types that the kernel does not have */
};

/* The types of a set in one BTF. Immutable. It refers to the set, which must outlive it. */
struct rebtf_merge;

/*
 * Merges all members of @set: types that are equal, in whichever members, become one
 * (rebtf_dedup()), and the result is sorted by name (rebtf_sort()). Members that are left out of the
 * set, or whose types cannot be merged, are left out of the result. Errors: UNSUPPORTED (the kernel
 * has types of unknown kinds; too many types), NOMEM.
 */
REBTF_API struct rebtf_error *rebtf_merge(struct rebtf_set *set,
					  const struct rebtf_merge_options *options,
					  struct rebtf_merge **merge);
REBTF_API void rebtf_merge_free(struct rebtf_merge *merge); /* NULL is allowed */

/* Returns the BTF, which belongs to the result. */
REBTF_API struct rebtf_btf *rebtf_merge_btf(const struct rebtf_merge *merge);

/* Returns the reason why a member is left out, or NULL. The error belongs to the result or the set. */
REBTF_API const struct rebtf_error *rebtf_merge_error(const struct rebtf_merge *merge,
						      size_t member);

/* Returns the id that type @id of @member has in the result, or 0. */
REBTF_API uint32_t rebtf_merge_id(const struct rebtf_merge *merge, size_t member, uint32_t id);

/*
 * Return the first member that has type @id of the result, and the number of members that have it.
 * Both are 0 for types of the result's base, and if no type has the id.
 */
REBTF_API size_t rebtf_merge_origin(const struct rebtf_merge *merge, uint32_t id);
REBTF_API size_t rebtf_merge_shared(const struct rebtf_merge *merge, uint32_t id);

/*
 * Types of the same name and kind that differ. The result has all of them. Return their number,
 * without the first of each name, and one of them with the first difference. Of split BTF, these
 * are types that are not the kernel's.
 */
REBTF_API size_t rebtf_merge_count(const struct rebtf_merge *merge);
REBTF_API const struct rebtf_version *rebtf_merge_at(const struct rebtf_merge *merge, size_t index);

/* ----------------------------------------------------------------------------- BPF programs: CO-RE */

/*
 * An object file of BPF programs, "PROG.bpf.o": its types, and its wants from a kernel. Immutable.
 */
struct rebtf_program;

struct rebtf_program_options {
	size_t size; /* see REBTF_OPTIONS */
	/* Read the open file @fd instead; @path stands for it in errors. */
	bool has_fd;
	int fd;
};

/*
 * Opens the relocatable ELF object @path for the BPF machine, of either byte order, and checks its
 * .BTF and .BTF.ext. Errors: IO, FORMAT, NO_BTF, UNSUPPORTED (not such an object), ARGUMENT.
 */
REBTF_API struct rebtf_error *rebtf_program_open(const char *path,
						 const struct rebtf_program_options *options,
						 struct rebtf_program **program);
REBTF_API void rebtf_program_free(struct rebtf_program *program); /* NULL is allowed */

/* Return the types of the program, and its path. Both belong to it. */
REBTF_API const struct rebtf_btf *rebtf_program_btf(const struct rebtf_program *program);
REBTF_API const char *rebtf_program_path(const struct rebtf_program *program);

/* The question of a CO-RE relocation. The numbers are those of enum bpf_core_relo_kind. */
enum rebtf_relo_kind {
	REBTF_RELO_FIELD_OFFSET = 0,	   /* "field offset", in bytes */
	REBTF_RELO_FIELD_SIZE = 1,	   /* "field size", in bytes */
	REBTF_RELO_FIELD_EXISTS = 2,	   /* "field exists" */
	REBTF_RELO_FIELD_SIGNED = 3,	   /* "field signed" */
	REBTF_RELO_FIELD_LSHIFT = 4,	   /* "field lshift": to read a bit-field */
	REBTF_RELO_FIELD_RSHIFT = 5,	   /* "field rshift": likewise */
	REBTF_RELO_TYPE_ID_LOCAL = 6,	   /* "local type id": of the program's own BTF */
	REBTF_RELO_TYPE_ID_TARGET = 7,	   /* "type id": of the kernel's BTF */
	REBTF_RELO_TYPE_EXISTS = 8,	   /* "type exists" */
	REBTF_RELO_TYPE_SIZE = 9,	   /* "type size", in bytes */
	REBTF_RELO_ENUMERATOR_EXISTS = 10, /* "enumerator exists" */
	REBTF_RELO_ENUMERATOR_VALUE = 11,  /* "enumerator value" */
	REBTF_RELO_TYPE_MATCHES = 12,	   /* "type matches" */
};

/* Returns the name above, a static string. */
REBTF_API const char *rebtf_relo_kind_name(enum rebtf_relo_kind kind);

/* By default, the choice of types is that of libbpf. */
struct rebtf_core_options {
	size_t size; /* see REBTF_OPTIONS */
	/*
	 * Types of modules compete with those of the kernel, as in cilium/ebpf: of several types of
	 * one name, the one that the fewest relocations miss is taken. Otherwise modules count only
	 * if the kernel has no type of that name and kind.
	 */
	bool all_modules;
	/* If several modules have a type, take those of these modules. */
	const char *const *modules;
	size_t module_count;
	/*
	 * If several modules have a type, take that of the module that the program is attached to, as in
	 * SEC("fentry/MODULE:FUNCTION"). libbpf does not do so. rebtf_min_core() always does.
	 */
	bool by_target;
};

/* The things that a program wants from a kernel. */
enum rebtf_core_subject {
	REBTF_CORE_RELOCATION, /* "relocation": a CO-RE relocation */
	REBTF_CORE_KFUNC,      /* "kfunc": a function of the kernel that it calls */
	REBTF_CORE_KSYM,       /* "ksym": a variable of the kernel */
	REBTF_CORE_TARGET,     /* "target": a function that a program is attached to */
	REBTF_CORE_STRUCT_OPS, /* "struct_ops": a struct of functions that it implements */
};

/* Returns the word above, a static string. */
REBTF_API const char *rebtf_core_subject_name(enum rebtf_core_subject subject);

enum rebtf_core_verdict {
	REBTF_CORE_FOUND,   /* "found" */
	REBTF_CORE_MISSING, /* "missing" */
	/*
	 * "changed": it exists, but with another prototype, or a target has fewer arguments than the
	 * program reads
	 */
	REBTF_CORE_CHANGED,
	REBTF_CORE_AMBIGUOUS, /* "ambiguous": several types match, with different results */
	REBTF_CORE_SIZE,      /* "size": the instruction cannot access a field of that size */
	REBTF_CORE_REFUSED,   /* "refused": a loader refuses the relocation itself */
	REBTF_CORE_UNKNOWN,   /* "unknown": the kernel's BTF does not decide it */
};

/* Returns the word above, a static string. */
REBTF_API const char *rebtf_core_verdict_name(enum rebtf_core_verdict verdict);

/*
 * The answer of a kernel. Strings belong to the result or to the program, and are NULL where they do not
 * apply.
 */
struct rebtf_core_answer {
	enum rebtf_core_subject subject;
	enum rebtf_core_verdict verdict;
	/* The program does not load (or not attach) because of this answer. */
	bool fails;
	/*
	 * It would fail, but the code that needs it cannot run on this kernel, because of the values of
	 * other relocations. A kernel's verifier does not look at such code.
	 */
	bool unreachable;
	const char *section;  /* of the program */
	const char *function; /* the program */
	/* Of a relocation, or of a read that makes a target fail: */
	uint32_t insn;	    /* index of the instruction in its function */
	const char *file;   /* the source; NULL: unknown */
	const char *source; /* its line, as text */
	uint32_t line, column;
	/*
	 * The wanted type, member, function or variable, in C: "struct task_struct.comm[3]",
	 * "bpf_task_acquire".
	 */
	const char *path;
	const char *reason; /* why it is not found, and the kernel's counterpart; or NULL */
	/* Of a relocation: */
	enum rebtf_relo_kind kind;
	uint64_t old_value;
	uint64_t new_value;
	/*
	 * The type that it was found in, as in struct rebtf_set_type; of a function or variable, its
	 * own. Id 0: none.
	 */
	size_t member;
	uint32_t id;
};

/* The answers to everything that a program wants. Immutable. */
struct rebtf_core;

/*
 * Looks up all that @program wants in the kernel and the modules of @set, as its loader would. The
 * program must outlive @core. Errors: UNSUPPORTED (too much work), WRONG_BASE (the byte orders differ),
 * ARGUMENT, NOMEM.
 */
REBTF_API struct rebtf_error *rebtf_core_check(const struct rebtf_program *program,
					       struct rebtf_set *set,
					       const struct rebtf_core_options *options,
					       struct rebtf_core **core);
REBTF_API void rebtf_core_free(struct rebtf_core *core); /* NULL is allowed */
REBTF_API size_t rebtf_core_count(const struct rebtf_core *core);
REBTF_API const struct rebtf_core_answer *rebtf_core_at(const struct rebtf_core *core,
							size_t index);
/* Returns the number of answers that fail. */
REBTF_API size_t rebtf_core_failures(const struct rebtf_core *core);

/* --- minimal BTF */

struct rebtf_min_core_options {
	size_t size;			       /* see REBTF_OPTIONS */
	const struct rebtf_core_options *core; /* NULL: defaults */
	/* Keep the modules' types apart, as split BTF over that of the kernel. */
	bool split;
};

/* The minimal BTF of a kernel, and of its modules. Immutable. */
struct rebtf_min_core;

/*
 * Makes BTF with only the types and members that the CO-RE relocations of the @count @programs need
 * to have the same results as in the kernel and the modules of @set. Without modules, it is that of
 * "bpftool gen min_core_btf". It has the kernel's byte order. Ids are new: programs cannot use them
 * for kfuncs and targets.
 *
 * A relocation without a match is left out: see rebtf_min_core_missing(). Errors: MISMATCH (several
 * types match, with different results; names both), FORMAT (libbpf refuses a relocation), WRONG_BASE
 * (the byte orders differ), UNSUPPORTED (too much work; a relocation has another result with the new
 * BTF), ARGUMENT, NOMEM.
 */
REBTF_API struct rebtf_error *rebtf_min_core(const struct rebtf_program *const *programs,
					     size_t count, struct rebtf_set *set,
					     const struct rebtf_min_core_options *options,
					     struct rebtf_min_core **min_core);
REBTF_API void rebtf_min_core_free(struct rebtf_min_core *min_core); /* NULL is allowed */

/*
 * Returns the BTF of a member of the set, or NULL if no relocation needs it. That of member 0 always
 * exists. Unless split, it contains the types of all members.
 */
REBTF_API struct rebtf_btf *rebtf_min_core_btf(const struct rebtf_min_core *min_core,
					       size_t member);

/*
 * Returns the answers to the relocations of program @index that are not found. They belong to
 * @min_core, and are valid as long as the program and the set. NULL: no such program.
 */
REBTF_API const struct rebtf_core *rebtf_min_core_missing(const struct rebtf_min_core *min_core,
							  size_t index);

/* ----------------------------------------------------------------------------------------- diff */

/* How a type, function, variable or module differs between two kernels. */
enum rebtf_difference_kind {
	REBTF_DIFFERENCE_ADDED,
	REBTF_DIFFERENCE_REMOVED,
	REBTF_DIFFERENCE_CHANGED,
	REBTF_DIFFERENCE_KIND,	   /* another kind: a struct became a union */
	REBTF_DIFFERENCE_DECLARED, /* was defined, and is only declared now */
	REBTF_DIFFERENCE_DEFINED,  /* was only declared, and is defined now */
};

/* "added", "removed", "changed", "kind", "declared", "defined". A static string. */
REBTF_API const char *rebtf_difference_kind_name(enum rebtf_difference_kind kind);

/* Who uses a type. */
enum rebtf_user_kind {
	REBTF_USER_MODULE,     /* a module that refers to the type */
	REBTF_USER_KFUNC,      /* a function that BPF programs may call */
	REBTF_USER_STRUCT_OPS, /* a struct that BPF programs may implement */
	REBTF_USER_EXPORTED,   /* a function that modules may call */
	REBTF_USER_VARIABLE,   /* contains it */
	REBTF_USER_TYPE,       /* a struct, union or typedef that contains it */
	REBTF_USER_FUNCTION,   /* any other function */
};

/* "module", "kfunc", "struct_ops", "exported", "variable", "type", "function". A static string. */
REBTF_API const char *rebtf_user_kind_name(enum rebtf_user_kind kind);

/* One user of a type in the old kernel or its modules. Strings belong to the result. */
struct rebtf_user {
	enum rebtf_user_kind kind;
	enum rebtf_reliance reliance;
	uint32_t type_kind; /* STRUCT, ...; VOID: a module */
	const char *name;
	const char *module; /* "vmlinux": the kernel */
	const char *via;    /* the struct that contains the type and that the user names; or NULL */
	uint64_t old_size;  /* of a type or variable; in bytes, 0 if unknown */
	uint64_t new_size;
};

/*
 * One difference. Strings and objects belong to the result and are NULL where they do not apply.
 * Sizes are in bytes, 0 if unknown. Its users: see rebtf_difference_user_at().
 */
struct rebtf_difference {
	enum rebtf_difference_kind kind;
	uint32_t
		old_kind; /* of the type: STRUCT, FUNC, ...; VOID: a module, or the other side's only */
	uint32_t new_kind;
	const char *name;
	bool unnamed;	 /* an enumeration without a name; @name is its first value */
	bool compatible; /* it breaks no class of users */
	/*
	 * The weakest class of users that it breaks, unless it is compatible: POINTER_ONLY, if the
	 * type is gone; EMBEDDED, if its size differs; TRUSTED, if only members or values do.
	 */
	enum rebtf_reliance breaks;
	bool internal; /* a function or variable that no module can use */
	uint64_t old_size;
	uint64_t new_size;
	const char *old_type; /* in C; of a typedef, variable or function */
	const char *new_type;
	/*
	 * Of members, values or parameters. A parameter's offset is its number, from 1; the result
	 * is a member without a name at 0. An empty list: members are grouped or spelled otherwise.
	 */
	const struct rebtf_change_list *changes;
	const char *const *members; /* the kernel and modules with this difference */
	size_t member_count;
	bool users_incomplete; /* too many to look for all of them */
};

struct rebtf_diff_options {
	size_t size; /* see REBTF_OPTIONS */
	/* Names or globs: compare only these. A count of 0: everything. */
	const char *const *only;
	size_t only_count;
	/* Functions and variables: compare only these and the types they reach. A count of 0: all. */
	const char *const *symbols;
	size_t symbol_count;
	/*
	 * The symbols that the old kernel exports. Other functions and variables are internal. A
	 * count of 0: unknown, so that no symbol is internal.
	 */
	const char *const *exports;
	size_t export_count;
	bool exports_of_kernel_only; /* any function of a module may be exported, too */
	bool no_users;		     /* do not look for users */
	unsigned int jobs;	     /* threads; 0: one for each core */
};

/* The differences between two kernels, with or without modules. Immutable. */
struct rebtf_diff;

/*
 * Compares all members of two sets. Members of one name are compared with each other; members that are
 * left out of a set (rebtf_set_error()) count as missing. A type that several modules have in common
 * is one difference. Errors: NOMEM, UNSUPPORTED (more than four billion types).
 */
REBTF_API struct rebtf_error *rebtf_diff(struct rebtf_set *old_set, struct rebtf_set *new_set,
					 const struct rebtf_diff_options *options,
					 struct rebtf_diff **diff);

/* As rebtf_diff(), for the BTF of two kernels, or of two modules over their bases. */
REBTF_API struct rebtf_error *rebtf_diff_btf(const struct rebtf_btf *old_btf,
					     const struct rebtf_btf *new_btf,
					     const struct rebtf_diff_options *options,
					     struct rebtf_diff **diff);
REBTF_API void rebtf_diff_free(struct rebtf_diff *diff); /* NULL is allowed */

/*
 * Return the number of differences, and one of them: types first, then functions and variables, by
 * name. A type is different only if its own definition is. A type whose members moved because a
 * struct inside it has another size is among that struct's users instead.
 */
REBTF_API size_t rebtf_diff_count(const struct rebtf_diff *diff);
REBTF_API const struct rebtf_difference *rebtf_diff_at(const struct rebtf_diff *diff, size_t index);

/*
 * Return the number of users of the type that differs, the number of those of one kind, and one of
 * them: by kind, in the order of enum rebtf_user_kind, nearest first. They belong to the result.
 */
REBTF_API size_t rebtf_difference_user_count(const struct rebtf_difference *difference);
REBTF_API size_t rebtf_difference_user_kind_count(const struct rebtf_difference *difference,
						  enum rebtf_user_kind kind);
REBTF_API const struct rebtf_user *
rebtf_difference_user_at(const struct rebtf_difference *difference, size_t index);

/* Returns the number of differences that are not compatible. */
REBTF_API size_t rebtf_diff_incompatible(const struct rebtf_diff *diff);

/* Returns the number of types that differ only in sizes and offsets, because of other types. */
REBTF_API size_t rebtf_diff_derived(const struct rebtf_diff *diff);

/*
 * A question of a BPF program that two kernels answer differently. Both answers belong to the result and
 * to the program.
 */
struct rebtf_program_change {
	const struct rebtf_core_answer *old_answer;
	const struct rebtf_core_answer *new_answer;
	bool breaks; /* the program loads on the old kernel, as far as this answer goes, but not on the new */
};

/* The questions of a program that two kernels answer differently. Immutable. */
struct rebtf_program_diff;

/*
 * Compares the answers of two kernels, with their modules, to @program: see rebtf_core_check(). An id is
 * no difference. The program must live as long as the result. Errors: as rebtf_core_check().
 */
REBTF_API struct rebtf_error *rebtf_diff_program(const struct rebtf_program *program,
						 struct rebtf_set *old_set,
						 struct rebtf_set *new_set,
						 struct rebtf_program_diff **diff);
REBTF_API void rebtf_program_diff_free(struct rebtf_program_diff *diff); /* NULL is allowed */
REBTF_API size_t rebtf_program_diff_count(const struct rebtf_program_diff *diff);
REBTF_API const struct rebtf_program_change *
rebtf_program_diff_at(const struct rebtf_program_diff *diff, size_t index);
/* Returns the number of differences that break the program. */
REBTF_API size_t rebtf_program_diff_broken(const struct rebtf_program_diff *diff);

/* -------------------------------------------------------------------------------------- loading */

/*
 * Decides whether a kernel loads a module at all. Kernels check much more than BTF, and check BTF
 * last. A loader holds the facts about one kernel that decide this: its version magic, its
 * exported symbols with their CRCs, licenses and namespaces, and its configuration. It finds these
 * where distributions install them and reads them when the first module is judged. If some are not
 * available, verdicts are unknown, which is never an error. Threads may share a loader.
 */
struct rebtf_loader;

/* By default, the running kernel. */
struct rebtf_loader_options {
	size_t size; /* see REBTF_OPTIONS */
	/* A path or a release, as for rebtf_kernel_open(); NULL: the running kernel. */
	const char *kernel;
	/* The root directory of the installation; NULL: "/". */
	const char *root;
	/* A Module.symvers, plain or compressed, which takes precedence; or NULL. */
	const char *symvers;
	/* The kernel's own BTF, which also has the size of struct module; or NULL. */
	const struct rebtf_btf *btf;
	/*
	 * Files of modules that will be loaded together with the judged ones. If a module imports
	 * symbols from another module, these files take precedence over installed modules. Names
	 * that are not those of modules are ignored. No file is read before it is needed.
	 */
	const char *const *modules;
	size_t module_count;
};

/* Errors: ARGUMENT, NOMEM; for @options->symvers: IO, FORMAT, UNSUPPORTED (too large). */
REBTF_API struct rebtf_error *rebtf_loader_open(const struct rebtf_loader_options *options,
						struct rebtf_loader **loader);
REBTF_API void rebtf_loader_free(struct rebtf_loader *loader); /* NULL is allowed */

/* Returns the release, "6.12.117+deb12-amd64", or NULL if it is unknown. Owned by the loader. */
REBTF_API const char *rebtf_loader_release(struct rebtf_loader *loader);

/* The kernel's reaction to a module whose BTF does not fit. */
enum rebtf_btf_mismatch {
	REBTF_BTF_MISMATCH_UNKNOWN, /* its configuration is not available */
	REBTF_BTF_MISMATCH_DROPPED, /* loads the module without types */
	REBTF_BTF_MISMATCH_REFUSED, /* refuses the module */
};

REBTF_API enum rebtf_btf_mismatch rebtf_loader_btf_mismatch(struct rebtf_loader *loader);
/* "unknown", "loads without types", "refused". A static string. */
REBTF_API const char *rebtf_btf_mismatch_name(enum rebtf_btf_mismatch mismatch);

/* Whether the kernel requires signed modules. */
enum rebtf_signature_policy {
	REBTF_SIGNATURE_UNKNOWN,  /* its configuration is not available */
	REBTF_SIGNATURE_OPTIONAL, /* not required */
	REBTF_SIGNATURE_LOCKDOWN, /* required only while locked down, for instance by Secure Boot */
	REBTF_SIGNATURE_REQUIRED, /* required */
};

REBTF_API enum rebtf_signature_policy rebtf_loader_signature(struct rebtf_loader *loader);
/* "unknown", "optional", "lockdown", "required". A static string. */
REBTF_API const char *rebtf_signature_policy_name(enum rebtf_signature_policy policy);

/* Returns the file that the configuration was read from, or NULL. Owned by the loader. */
REBTF_API const char *rebtf_loader_config_path(struct rebtf_loader *loader);

/* The sources of the kernel's exported symbols, in the order of the search for each symbol. */
enum rebtf_symbol_source {
	REBTF_SOURCE_OPTION,  /* "symvers": the file in the options */
	REBTF_SOURCE_BUILD,   /* "build": Module.symvers in the release's build directory */
	REBTF_SOURCE_BOOT,    /* "boot": /boot/symvers-RELEASE */
	REBTF_SOURCE_MODULES, /* "modules": /lib/modules/RELEASE/symvers */
	REBTF_SOURCE_IMAGE,   /* "image": __ksymtab and __kcrctab in the kernel's image */
	REBTF_SOURCE_IMPORTS, /* "imports": the imports of the release's own modules */
	REBTF_SOURCE_EXPORTS, /* "exports": other modules, for symbols that they export */
};

#define REBTF_SYMBOL_SOURCES 7

/* Returns the name above, or "unknown" for other numbers. A static string. */
REBTF_API const char *rebtf_symbol_source_name(enum rebtf_symbol_source source);

/*
 * Returns the file or directory that was read, or NULL if the source is missing or was not needed.
 * Owned by the loader.
 */
REBTF_API const char *rebtf_loader_source_path(struct rebtf_loader *loader,
					       enum rebtf_symbol_source source);

/*
 * Returns the reason why a source is missing, or NULL if it is not missing or was not needed. Owned
 * by the loader.
 */
REBTF_API const char *rebtf_loader_source_missing(struct rebtf_loader *loader,
						  enum rebtf_symbol_source source);

/* --- one module */

enum rebtf_loading_verdict {
	REBTF_LOADING_YES,     /* the kernel links the module; its init function may still fail */
	REBTF_LOADING_NO,      /* the kernel refuses the module */
	REBTF_LOADING_UNKNOWN, /* the known facts about the kernel do not decide it */
};

/* "yes", "no", "unknown". A static string. */
REBTF_API const char *rebtf_loading_verdict_name(enum rebtf_loading_verdict verdict);

/* The subject of a reason. */
enum rebtf_loading_cause {
	REBTF_CAUSE_KERNEL,    /* "kernel": the kernel is unknown */
	REBTF_CAUSE_SIGNATURE, /* "signature": the kernel requires one */
	REBTF_CAUSE_FILE,      /* "file": not a module for this kernel's architecture, or damaged */
	REBTF_CAUSE_STRUCT,    /* "struct": the size of the kernel's struct module differs */
	REBTF_CAUSE_VERMAGIC,  /* "vermagic": the version magic differs */
	REBTF_CAUSE_VERSION,   /* "version": a symbol's CRC differs or is not in the module */
	REBTF_CAUSE_SYMBOL,    /* "symbol": the symbol is not exported */
	REBTF_CAUSE_LICENSE,   /* "license": the symbol is for GPL-compatible modules only */
	REBTF_CAUSE_NAMESPACE, /* "namespace": the module does not import the symbol's namespace */
	REBTF_CAUSE_EXPORT,    /* "export": the kernel itself exports a symbol with that name */
	REBTF_CAUSE_DEPENDENCY, /* "dependency": a required module does not load */
	REBTF_CAUSE_LIVEPATCH,	/* "livepatch": the kernel does not accept live patches */
};

/* Returns the word above, or "unknown" for other numbers. A static string. */
REBTF_API const char *rebtf_loading_cause_name(enum rebtf_loading_cause cause);

/* The change of a module's signature before the module is loaded. */
enum rebtf_signature_change {
	REBTF_SIGNATURE_STAYS,
	REBTF_SIGNATURE_DROPPED,
	REBTF_SIGNATURE_MADE, /* a new signature */
};

/* A verdict with its reasons. Immutable. */
struct rebtf_loading;

/*
 * Judges @module as the kernel's loader does, check by check, except for BTF. Like the kernel, it
 * stops at the first check that fails, but it reports all symbols with problems. Raw BTF cannot be
 * loaded as a module: ARGUMENT. Errors: ARGUMENT, NOMEM.
 */
REBTF_API struct rebtf_error *rebtf_loader_judge(struct rebtf_loader *loader,
						 const struct rebtf_module *module,
						 enum rebtf_signature_change signature,
						 struct rebtf_loading **loading);
REBTF_API void rebtf_loading_free(struct rebtf_loading *loading); /* NULL is allowed */

REBTF_API enum rebtf_loading_verdict rebtf_loading_verdict(const struct rebtf_loading *loading);

/* Whether the module will have a signature. */
REBTF_API bool rebtf_loading_signed(const struct rebtf_loading *loading);

/* Returns how many of the module's imported symbols were found in @source. */
REBTF_API size_t rebtf_loading_found_in(const struct rebtf_loading *loading,
					enum rebtf_symbol_source source);

/*
 * Returns the number of reasons against YES. The first REBTF_REASONS_MAX can be queried by index. The
 * others have the cause KERNEL, the verdict UNKNOWN, and no strings. Strings belong to @loading.
 */
#define REBTF_REASONS_MAX 64
REBTF_API size_t rebtf_loading_reason_count(const struct rebtf_loading *loading);
REBTF_API enum rebtf_loading_cause rebtf_loading_reason_cause(const struct rebtf_loading *loading,
							      size_t index);
/* Returns the verdict due to this reason alone: NO or UNKNOWN. */
REBTF_API enum rebtf_loading_verdict
rebtf_loading_reason_verdict(const struct rebtf_loading *loading, size_t index);
/* Returns the symbol of a reason, or NULL if the reason is not about a symbol. */
REBTF_API const char *rebtf_loading_reason_symbol(const struct rebtf_loading *loading,
						  size_t index);
/*
 * Returns a sentence without the module's name, the same for all modules with this reason, in the
 * kernel's own words if it has a message: "disagrees about version of symbol module_layout".
 */
REBTF_API const char *rebtf_loading_reason_text(const struct rebtf_loading *loading, size_t index);

/* --- modules that are loaded */

/* Whether a loaded module has BTF in the kernel, or why not. */
enum rebtf_loaded_state {
	REBTF_LOADED_WITH_BTF,
	REBTF_LOADED_KERNEL_WITHOUT_BTF, /* the kernel has no BTF now, so modules have none */
	REBTF_LOADED_NOT_SUPPORTED,	 /* built without CONFIG_DEBUG_INFO_BTF_MODULES */
	REBTF_LOADED_WITHOUT_FILE,	 /* no file of the module is installed */
	REBTF_LOADED_UNREADABLE,	 /* its file cannot be read */
	REBTF_LOADED_FILE_WITHOUT_BTF,	 /* its file has no BTF */
	REBTF_LOADED_OTHER_BASE,	 /* split from another kernel's BTF */
	/* Split from the BTF of the kernel's installed image, which is another build. */
	REBTF_LOADED_OTHER_BUILD,
	REBTF_LOADED_DISTILLED, /* distilled, but the kernel is older than 6.11 */
	REBTF_LOADED_MISFIT,	/* distilled, and does not relocate to the kernel */
	REBTF_LOADED_REFUSED,	/* the kernel's verifier refuses its BTF */
	/* The kernel would accept the BTF in the file now: the module was loaded before. */
	REBTF_LOADED_EARLIER,
	/*
	 * The module has BTF, but its references make no sense over the kernel's: it was split from
	 * another one. Kernels only check that each type is well-formed.
	 */
	REBTF_LOADED_FOREIGN,
};

/* "with_btf", "kernel_without_btf", ... as above. A static string. */
REBTF_API const char *rebtf_loaded_state_name(enum rebtf_loaded_state state);

/* A loaded module. Strings belong to the list. NULL: unknown, or not applicable. */
struct rebtf_loaded_module {
	const char *name;
	enum rebtf_loaded_state state;
	const char *file;      /* the module's file that modprobe would load */
	bool is_replaced;      /* the file is not the one that was loaded */
	const char *built_for; /* the release in the file's version magic */
	const char *detail;    /* why the BTF of the file, or the foreign BTF, does not do */
	bool file_fits;	       /* the kernel would accept the BTF in the file now */
	const char *log;       /* the kernel's message about the module's BTF */
	uint32_t users;	       /* a module with users cannot be unloaded */
};

struct rebtf_loaded_options {
	size_t size;	       /* see REBTF_OPTIONS */
	const char *root;      /* the root directory of the running system; NULL: "/" */
	const char *cache_dir; /* as in struct rebtf_kernel_options */
};

/* The modules that the running kernel has loaded, sorted by name. Immutable. */
struct rebtf_loaded;

/*
 * Lists the modules in /sys/module that are loaded, and finds out which of them have no BTF in
 * /sys/kernel/btf, or foreign BTF, and why. Looks at /sys, /proc/sys/kernel/osrelease, the module's
 * files below /lib/modules, and the kernel's messages in /dev/kmsg, if they can be read. Modules that
 * are built into the kernel are not loaded. Errors: IO, NOMEM, those of reading the kernel's BTF.
 */
REBTF_API struct rebtf_error *rebtf_loaded_open(const struct rebtf_loaded_options *options,
						struct rebtf_loaded **loaded);
REBTF_API void rebtf_loaded_free(struct rebtf_loaded *loaded); /* NULL is allowed */

/* Returns the kernel's release. Owned by the list. */
REBTF_API const char *rebtf_loaded_release(const struct rebtf_loaded *loaded);
/* Returns the file of the kernel's carrier (see struct rebtf_link), or NULL. Owned by the list. */
REBTF_API const char *rebtf_loaded_carrier(const struct rebtf_loaded *loaded);
/* Whether the carrier is loaded. */
REBTF_API bool rebtf_loaded_has_carrier(const struct rebtf_loaded *loaded);
REBTF_API size_t rebtf_loaded_count(const struct rebtf_loaded *loaded);
REBTF_API const struct rebtf_loaded_module *rebtf_loaded_at(const struct rebtf_loaded *loaded,
							    size_t index);

/* --- lists of symbols */

/* Names of functions and variables. Immutable. */
struct rebtf_symbols;

/*
 * Reads a list of symbols: a Module.symvers, or a list with a symbol in each line as the first word,
 * such as RHEL's stablelists and Android's KMI lists. Lines that are empty or start with '#', ';' or
 * '[' are skipped. The file may be compressed. Errors: IO, FORMAT (with the line; no symbols),
 * UNSUPPORTED (too large).
 */
REBTF_API struct rebtf_error *rebtf_symbols_open(const char *path, struct rebtf_symbols **symbols);

/*
 * Lists the symbols that the kernel of @loader exports: from a Module.symvers, or else from the
 * kernel's image. Errors: NO_BTF (the kernel has neither).
 */
REBTF_API struct rebtf_error *rebtf_symbols_exported(struct rebtf_loader *loader,
						     struct rebtf_symbols **symbols);
REBTF_API void rebtf_symbols_free(struct rebtf_symbols *symbols); /* NULL is allowed */

/* Returns the names, in the order of the file. */
REBTF_API const char *const *rebtf_symbols_names(const struct rebtf_symbols *symbols,
						 size_t *count);

/* Whether the list comes from an image, so that it lacks the symbols that modules export. */
REBTF_API bool rebtf_symbols_of_kernel_only(const struct rebtf_symbols *symbols);

/* --------------------------------------------------------------------------------------- encode */

/* The parts that rebtf_encode() puts into BTF besides plain types. Bits of a set. */
enum rebtf_encode_feature {
	REBTF_ENCODE_VAR = 1 << 0,	     /* per-CPU variables */
	REBTF_ENCODE_GLOBAL_VAR = 1 << 1,    /* all global variables */
	REBTF_ENCODE_FLOAT = 1 << 2,	     /* FLOAT; without it an INT of the same size */
	REBTF_ENCODE_DECL_TAG = 1 << 3,	     /* declaration tags in the source */
	REBTF_ENCODE_TYPE_TAG = 1 << 4,	     /* type tags in the source */
	REBTF_ENCODE_ENUM64 = 1 << 5,	     /* ENUM64; without it an ENUM with cut values */
	REBTF_ENCODE_CONSISTENT = 1 << 6,    /* no functions whose prototypes disagree */
	REBTF_ENCODE_KFUNCS = 1 << 7,	     /* with DECL_TAG: tags of kfuncs, from .BTF_ids */
	REBTF_ENCODE_ATTRIBUTES = 1 << 8,    /* with KFUNCS: address spaces of kfuncs' pointers */
	REBTF_ENCODE_DISTILLED = 1 << 9,     /* the BTF of a module over a distilled base */
	REBTF_ENCODE_SIGNATURES = 1 << 10,   /* functions as the compiler changed them */
	REBTF_ENCODE_LAYOUT = 1 << 11,	     /* a layout section, without a base */
	REBTF_ENCODE_OPTIMIZED = 1 << 12,    /* no effect, as in newer versions of pahole */
	REBTF_ENCODE_FORCE = 1 << 13,	     /* no effect */
	REBTF_ENCODE_REPRODUCIBLE = 1 << 14, /* no effect: the result is always the same */
};

/* The features that pahole calls "default". */
#define REBTF_ENCODE_DEFAULT                                                                       \
	(REBTF_ENCODE_VAR | REBTF_ENCODE_FLOAT | REBTF_ENCODE_DECL_TAG | REBTF_ENCODE_TYPE_TAG |   \
	 REBTF_ENCODE_ENUM64 | REBTF_ENCODE_CONSISTENT | REBTF_ENCODE_KFUNCS |                     \
	 REBTF_ENCODE_OPTIMIZED | REBTF_ENCODE_FORCE)

/*
 * Returns the feature with the @size bytes at @name as its name, which is that of pahole's
 * --btf_features ("decl_tag_kfuncs"). "default" and "all" name several. 0: unknown.
 */
REBTF_API uint32_t rebtf_encode_feature(const char *name, size_t size);
/* Returns the name of the feature with bit @index, or NULL after the last one. */
REBTF_API const char *rebtf_encode_feature_name(unsigned int index);

/* By default, standalone BTF of types alone. */
struct rebtf_encode_options {
	size_t size;		/* see REBTF_OPTIONS */
	struct rebtf_btf *base; /* that of the kernel, for a module; or NULL */
	uint32_t features;	/* of enum rebtf_encode_feature */
	/*
	 * Languages whose units are left out, separated by commas: "rust,asm". Unknown names are an
	 * error.
	 */
	const char *lang_exclude;
	unsigned int jobs; /* threads; 0: one for each core */
	enum rebtf_sorting sort;
	bool unverified; /* do not check that a kernel accepts the result */
	bool fates;	 /* report all functions and variables that have no BTF */
	/* Report the functions and variables with this name; or NULL. */
	const char *explain;
	bool expects; /* REBTF_ENCODE_DISTILLED: also record expectations */
	/* Only units in these languages. NULL: in all */
	const char *lang;
	/* Also make inline BTF: where functions were inlined, and where their parameters are. */
	bool inlined;
};

/* BTF that was made from DWARF, and a list of the parts that it does not have. */
struct rebtf_encoding;

/*
 * Makes BTF from the DWARF of the ELF file at @path: a kernel, a module, or an object, which may be
 * compressed. Its types are those of all units, without duplicates. Types that C does not have are
 * left out (rebtf_encoding_skip_at()). The result does not depend on the number of threads. It has
 * the file's byte order. Errors: FORMAT (the file or its DWARF; the newest known kernel would refuse
 * the result), UNSUPPORTED (split DWARF, a newer version), WRONG_BASE (the byte order of the base),
 * IO, NOMEM, ARGUMENT.
 */
REBTF_API struct rebtf_error *rebtf_encode(const char *path,
					   const struct rebtf_encode_options *options,
					   struct rebtf_encoding **encoding);
REBTF_API void rebtf_encoding_free(struct rebtf_encoding *encoding); /* NULL is allowed */

/* Returns the BTF, which the encoding keeps. NULL: the file has no DWARF. */
REBTF_API struct rebtf_btf *rebtf_encoding_btf(const struct rebtf_encoding *encoding);
/* The inline BTF, split from rebtf_encoding_btf(), or NULL. It goes into .BTF.inline. */
REBTF_API struct rebtf_btf *rebtf_encoding_inlined(const struct rebtf_encoding *encoding);

/*
 * Returns the number of types, members and references that are not in the BTF. The first hundred of
 * each unit can be queried by index.
 */
REBTF_API uint64_t rebtf_encoding_skip_count(const struct rebtf_encoding *encoding);
/*
 * Returns a malloced sentence about one, with its place and the reason, or NULL after the last one
 * and if memory runs out.
 */
REBTF_API char *rebtf_encoding_skip_at(const struct rebtf_encoding *encoding, size_t index);

/* A function or variable, and why it has BTF or not. docs/encode.md describes the rules. */
struct rebtf_fate {
	const char *name;
	const char *reason; /* "encoded", or why not in a word: "ambiguous", "inconsistent", ... */
	const char *text;   /* the same in a sentence */
	bool variable;
	bool has_die;
	uint64_t die_offset; /* of its DIE in .debug_info, if it has one */
};

/*
 * Return the number of the functions and variables that the options asked for, and one of them. They
 * belong to @encoding. NULL: after the last one.
 */
REBTF_API size_t rebtf_encoding_fate_count(const struct rebtf_encoding *encoding);
REBTF_API const struct rebtf_fate *rebtf_encoding_fate_at(const struct rebtf_encoding *encoding,
							  size_t index);

/* The meaning of each is that of struct rebtf_module_output. */
struct rebtf_embed_options {
	size_t size; /* see REBTF_OPTIONS */
	const struct rebtf_signer *signer;
	bool strip_signature;
	bool dry_run;
	unsigned int compress_level;
};

/*
 * Writes the file that was encoded to @path, with the BTF in its section .BTF and, if they were
 * requested, .BTF.base, .BTF.base_expects and .BTF.inline. Sections that belong to older BTF are
 * removed: the note and the saved original, too. NULL: replaces the file. Both are atomic. A
 * compressed file keeps its compression. @options may be NULL.
 * Errors: CHANGED (the file is no longer the one that was encoded), NO_BTF (it has no DWARF), SIGNED
 * (unless @options has a signer or drops the signature), FORMAT, UNSUPPORTED (the section is a part of
 * a program's memory), IO, NOMEM, ARGUMENT.
 */
REBTF_API struct rebtf_error *rebtf_encoding_embed(const struct rebtf_encoding *encoding,
						   const char *path,
						   const struct rebtf_embed_options *options);

/*
 * Writes the BTF to @path, a distilled base to @path.base, expectations to @path.expects and inline
 * BTF to @path.inline. Without DWARF, the BTF is empty. Files that belong to old BTF there are
 * removed, as rebtf_module_extract() does. Errors: ARGUMENT (one of the files is the file that was
 * encoded), IO, NOMEM, UNSUPPORTED (a name belongs to something other than a regular file).
 */
REBTF_API struct rebtf_error *rebtf_encoding_write(const struct rebtf_encoding *encoding,
						   const char *path);

#ifdef __cplusplus
}
#endif

#endif
