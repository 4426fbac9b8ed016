/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * rebtf: keeps the BTF of Linux kernel modules true while the kernel underneath them changes.
 *
 * This header is the whole library. It has five parts, in the order in which one needs them:
 * errors; BTF itself (open, look at, build, write); split BTF (distill, relocate); the files in
 * which BTF lives (modules, kernels, trees of them); and whether a kernel loads a module at all.
 *
 * Three rules hold throughout:
 *
 * - What can fail returns a struct rebtf_error *, NULL on success. The caller owns it and frees it
 *   with rebtf_error_free(). Output parameters are set on success only. "Errors:" lists the codes
 *   that a function can come out with; each of them can also run out of memory.
 * - A struct rebtf_btf never changes once it exists. It was checked in full when it was made, so
 *   the functions that read it cannot fail, and threads may share it without a lock. It is
 *   reference counted.
 * - Numbers inside BTF are in the host's byte order, whatever the order of the file they came from.
 *
 * The format is described in the Linux kernel's Documentation/bpf/btf.rst; limits and bit positions
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

/* The version of the library that the program runs with, "MAJOR.MINOR.PATCH". A static string. */
REBTF_API const char *rebtf_version(void);

/* --------------------------------------------------------------------------------------- errors */

enum rebtf_error_code {
	REBTF_ERR_NOMEM = 1,   /* memory could not be had */
	REBTF_ERR_IO,	       /* a system call failed; errnum says how */
	REBTF_ERR_ARGUMENT,    /* the call itself makes no sense (a split BTF was needed, say) */
	REBTF_ERR_FORMAT,      /* the bytes are not what they claim to be */
	REBTF_ERR_NO_BTF,      /* a sound file, but there is no BTF in it */
	REBTF_ERR_WRONG_BASE,  /* the BTF is not split from the base it was opened over */
	REBTF_ERR_MISMATCH,    /* a type that is relied on does not fit the new base */
	REBTF_ERR_UNSUPPORTED, /* sound, but rebtf cannot do this with it */
	REBTF_ERR_SIGNED,      /* writing would break the module's signature */
	REBTF_ERR_AMBIGUOUS,   /* it can be read in two ways, and nothing says which is meant */
	REBTF_ERR_CHANGED,     /* somebody else changed the file meanwhile: to be tried again */
};

/*
 * What went wrong, and where. Each place is NULL (or REBTF_NO_TYPE) where it does not apply. All
 * strings belong to the error. A type's name of more than 512 bytes, which no kernel takes, and a
 * sentence of more than 2,047 end early, with their length: "aaa... (4095 bytes)".
 */
struct rebtf_error {
	enum rebtf_error_code code;
	int errnum;	       /* of REBTF_ERR_IO, else 0 */
	const char *file;      /* path, as it was given */
	const char *section;   /* ".BTF", ".BTF.base", ... */
	uint32_t type_id;      /* or REBTF_NO_TYPE */
	const char *type_kind; /* "STRUCT", ... */
	const char *type_name;
	const char *message; /* what was found and what was expected: one sentence, no full stop */
	const char *details; /* more of the same, which can be long; mostly NULL */
};

#define REBTF_NO_TYPE UINT32_MAX

/*
 * The whole error as one line without a line end: "FILE: SECTION: type [ID] KIND 'NAME': MESSAGE",
 * each place only where there is one, without details. Control characters (see rebtf_character())
 * are shown as \xNN, byte by byte. Malloced; the caller frees it. NULL when there is no memory for it.
 */
REBTF_API char *rebtf_error_text(const struct rebtf_error *err);

/* NULL is fine. */
REBTF_API void rebtf_error_free(struct rebtf_error *err);

/* The code of a byte that belongs to no UTF-8 character. */
#define REBTF_NO_CHARACTER UINT32_MAX

/*
 * Reads the character that the not empty @text starts with, and returns its size in bytes. Names of
 * types, members and files can hold any bytes, so whoever prints them asks here first. @control tells
 * whether the character steers a terminal (U+0000 to U+001F, U+007F to U+009F, and bytes 0x80 to 0x9f
 * that belong to no character) or changes the order or the lines of the text around it (U+061C,
 * U+200E, U+200F, U+2028 to U+202E, U+2066 to U+2069).
 */
REBTF_API size_t rebtf_character(const char *text, uint32_t *code, bool *control);

/* The NOMEM error, for callers whose own allocation failed. It always succeeds. */
REBTF_API struct rebtf_error *rebtf_error_nomem(void);

/* ------------------------------------------------------------------------------------------ BTF */

enum rebtf_kind {
	REBTF_KIND_VOID = 0, /* type id 0; never stands in a file */
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
};

#define REBTF_KNOWN_KINDS 20  /* kinds 0 to 19 */
#define REBTF_MAX_KINDS	  128 /* what seven bits can say */
#define REBTF_MAX_VLEN	  0xffffffu

/* What each type starts with in a file: twelve bytes. */
struct rebtf_type {
	uint32_t name_off; /* into the strings; 0 is "no name" */
	uint32_t info;	   /* vlen: bits 0-23, kind: bits 24-30, kind_flag: bit 31 */
	union {
		uint32_t size; /* in bytes: INT, ENUM, STRUCT, UNION, DATASEC, FLOAT, ENUM64 */
		uint32_t type; /* a type id: PTR, TYPEDEF, modifiers, FUNC, FUNC_PROTO, VAR, tags */
	};
};

/* What follows struct rebtf_type, by kind. */
struct rebtf_array {
	uint32_t type; /* of the elements */
	uint32_t index_type;
	uint32_t nelems;
};

struct rebtf_member { /* of STRUCT, UNION; vlen of them */
	uint32_t name_off;
	uint32_t type;
	uint32_t offset; /* bits; with kind_flag: bit-field size << 24 | bits, see below */
};

struct rebtf_enum { /* of ENUM */
	uint32_t name_off;
	uint32_t val; /* signed if the kind_flag is set */
};

struct rebtf_enum64 { /* of ENUM64 */
	uint32_t name_off;
	uint32_t val_lo32;
	uint32_t val_hi32;
};

struct rebtf_param { /* of FUNC_PROTO; the last one is {0, 0} if variadic */
	uint32_t name_off;
	uint32_t type;
};

struct rebtf_var_secinfo { /* of DATASEC */
	uint32_t type;
	uint32_t offset; /* bytes */
	uint32_t size;	 /* bytes */
};

/* INT is followed by one uint32_t: bits in 0-7, bit offset in 16-23, encoding in 24-27. */
#define REBTF_INT_SIGNED 1u
#define REBTF_INT_CHAR	 2u
#define REBTF_INT_BOOL	 4u

/* VAR is followed by its linkage, DECL_TAG by its component index (-1: the type as a whole). */
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
 * STRUCT, UNION: members hold bit-field sizes. FWD: it is a union. ENUM, ENUM64: signed. DECL_TAG,
 * TYPE_TAG: the string is an attribute's name rather than btf_decl_tag's or btf_type_tag's
 * argument.
 */
static inline bool rebtf_type_kind_flag(const struct rebtf_type *t)
{
	return t->info >> 31;
}

/* The first byte after struct rebtf_type: cast it to what the kind has there. */
static inline const void *rebtf_type_data(const struct rebtf_type *t)
{
	return t + 1;
}

/* Where a member starts, in bits from the start of its struct or union. */
static inline uint32_t rebtf_member_bit_offset(const struct rebtf_type *t,
					       const struct rebtf_member *m)
{
	return rebtf_type_kind_flag(t) ? m->offset & 0xffffff : m->offset;
}

/* A bit-field's size in bits; 0 for other members. */
static inline uint32_t rebtf_member_bitfield_size(const struct rebtf_type *t,
						  const struct rebtf_member *m)
{
	return rebtf_type_kind_flag(t) ? m->offset >> 24 : 0;
}

/* "STRUCT" and so on; "UNKNOWN" for a kind that this library does not know. A static string. */
REBTF_API const char *rebtf_kind_name(uint32_t kind);

/*
 * What C puts before the name of such a type: "struct ", "union ", "enum ", or "". A static string.
 */
REBTF_API const char *rebtf_type_keyword(const struct rebtf_type *t);

/* --- open */

struct rebtf_btf;

/*
 * Opens the raw BTF in the file @path (for ELF files and kernel images see rebtf_module_open() and
 * rebtf_kernel_open()). @base is the BTF that this one is split from, NULL if it is not split; the
 * new object holds a reference to it. Everything is checked here: header, lengths, strings, every
 * type id and every string offset, and that no chain of types which has to have an end (modifiers,
 * arrays, embedded structs) goes round in a circle. No string may be longer than 4095 bytes.
 * Errors: IO, UNSUPPORTED (the file has 2 GiB or more), FORMAT (with the type at fault), WRONG_BASE
 * (it is sound, but was not split from @base: the byte orders differ, or it refers past @base's
 * end, into the middle of one of its strings, or to something else than a prototype as one).
 */
REBTF_API struct rebtf_error *rebtf_open(const char *path, struct rebtf_btf *base,
					 struct rebtf_btf **btf);

/*
 * As rebtf_open(), from the start of an open file (from where it stands, if it is a pipe). @name
 * stands for the file in errors; may be NULL.
 */
REBTF_API struct rebtf_error *rebtf_open_fd(int fd, const char *name, struct rebtf_btf *base,
					    struct rebtf_btf **btf);

/* As rebtf_open(), from @size bytes, which are copied. @name: see rebtf_open_fd(). */
REBTF_API struct rebtf_error *rebtf_open_mem(const void *data, size_t size, const char *name,
					     struct rebtf_btf *base, struct rebtf_btf **btf);

/* One more reference; returns @btf. Thread-safe. */
REBTF_API struct rebtf_btf *rebtf_ref(struct rebtf_btf *btf);

/* One reference less; the last one frees the object. NULL is fine. Thread-safe. */
REBTF_API void rebtf_unref(struct rebtf_btf *btf);

/* --- look at */

/* NULL if @btf is not split. The reference stays @btf's. */
REBTF_API struct rebtf_btf *rebtf_base(const struct rebtf_btf *btf);

/*
 * One past the last id: void and the types of all bases count. Ids of @btf's own types start at ...
 */
REBTF_API uint32_t rebtf_type_count(const struct rebtf_btf *btf);
/* ... this one: 1, or the base's rebtf_type_count(). */
REBTF_API uint32_t rebtf_start_id(const struct rebtf_btf *btf);

/* One past the last string offset, those of all bases included, in bytes. */
REBTF_API uint32_t rebtf_string_end(const struct rebtf_btf *btf);
/* Where @btf's own strings start: 0, or the base's rebtf_string_end(). */
REBTF_API uint32_t rebtf_start_string(const struct rebtf_btf *btf);

/* The type with that id, of @btf or of a base; void for 0. NULL when there is none. */
REBTF_API const struct rebtf_type *rebtf_type_by_id(const struct rebtf_btf *btf, uint32_t id);

/*
 * The string at that offset, of @btf or of a base; NULL when there is none. An offset that types
 * use may point into the middle of a string.
 */
REBTF_API const char *rebtf_string(const struct rebtf_btf *btf, uint32_t off);

/* A type's name, "" if it has none. @t must be one of @btf's or its bases'. */
REBTF_API const char *rebtf_type_name(const struct rebtf_btf *btf, const struct rebtf_type *t);

/*
 * The lowest id of a type with that name and kind, of @btf or its bases (bases first); 0 when there
 * is none. Uses an index that is built when it is first needed and that all threads share.
 */
REBTF_API uint32_t rebtf_find(const struct rebtf_btf *btf, const char *name, uint32_t kind);

/* In place of a kind: types of all kinds. */
#define REBTF_ANY_KIND UINT32_MAX

enum rebtf_find_flags {
	REBTF_FIND_OWN_FIRST = 1u << 0, /* @btf's own types, then those of its base, and so on */
};

/*
 * Finds all types with that name and kind, of @btf and its bases. rebtf_find() returns the base's
 * type even if @btf has one of the same name; this call reaches both. The ids ascend, so the types
 * of the lowest base come first. With REBTF_FIND_OWN_FIRST they ascend only within each object.
 * @ids: malloced, the caller's; NULL if @count is 0. Errors: NOMEM, ARGUMENT (an unknown flag).
 */
REBTF_API struct rebtf_error *rebtf_find_all(const struct rebtf_btf *btf, const char *name,
					     uint32_t kind, unsigned int flags, uint32_t **ids,
					     size_t *count);

REBTF_API bool rebtf_big_endian(const struct rebtf_btf *btf);
REBTF_API bool rebtf_has_layout(const struct rebtf_btf *btf);

/*
 * How the file was laid out, all but the first in bytes; readable without the base, see
 * rebtf_survey().
 */
struct rebtf_survey {
	bool big_endian;
	uint32_t header_size;
	uint32_t types_size;
	uint32_t layout_size; /* 0: no layout section */
	uint32_t strings_size;
	uint32_t type_count; /* its own: neither void nor the base's */
	uint32_t kind_counts[REBTF_MAX_KINDS];
};

/*
 * Walks the types of raw BTF without following any id or string offset, so that split BTF needs no
 * base. Errors: FORMAT. @name: see rebtf_open_fd().
 */
REBTF_API struct rebtf_error *rebtf_survey(const void *data, size_t size, const char *name,
					   struct rebtf_survey *survey);

/*
 * Iterates over the type ids (or the string offsets) in one type, in file order, repetitions
 * included:
 *
 *	struct rebtf_field_iter it;
 *	const uint32_t *id;
 *
 *	rebtf_field_iter_init(&it, t, REBTF_FIELD_IDS);
 *	while ((id = rebtf_field_iter_next(&it)))
 *		...
 *
 * A kind that this library does not know shows none. The struct's members are private.
 */
enum rebtf_field {
	REBTF_FIELD_IDS,
	REBTF_FIELD_STRINGS,
};

struct rebtf_field_iter {
	const uint32_t *next; /* fields that stand side by side before the elements */
	const uint32_t *elem; /* that of the next element */
	uint32_t left;
	uint32_t elems_left;
	uint32_t stride; /* words */
};

REBTF_API void rebtf_field_iter_init(struct rebtf_field_iter *it, const struct rebtf_type *t,
				     enum rebtf_field field);
REBTF_API const uint32_t *rebtf_field_iter_next(struct rebtf_field_iter *it);

/* --- write */

enum rebtf_write_flags {
	REBTF_WRITE_LITTLE = 1u << 0, /* little-endian; by default the object's own order */
	REBTF_WRITE_BIG = 1u << 1,    /* big-endian */
	REBTF_WRITE_LAYOUT = 1u << 2, /* with a layout section; by default as it came */
	REBTF_WRITE_NO_LAYOUT = 1u << 3,
};

/*
 * @btf's own part (not its bases') as the bytes of a file: malloced, the caller's. Written without
 * flags, an object that was opened gives the types and strings it was opened from, byte for byte.
 * Errors: NOMEM, ARGUMENT (flags that contradict each other), UNSUPPORTED (without a layout section
 * nobody could read its types of kinds that this library does not know).
 */
REBTF_API struct rebtf_error *rebtf_write(const struct rebtf_btf *btf, unsigned int flags,
					  void **data, size_t *size);

/* --- build */

/*
 * A builder collects types and strings and becomes a struct rebtf_btf. Its functions return the id
 * of the new type (or the offset of the string), 0 when something is wrong; what was wrong first is
 * kept, makes all later calls return 0, and comes out of rebtf_builder_finish(), so callers need
 * not check each one. Names may be NULL or "" where the kind allows none. Type ids may be of types
 * that are added later.
 */
struct rebtf_builder;

/* @base as in rebtf_open(). Errors: NOMEM. */
REBTF_API struct rebtf_error *rebtf_builder_new(struct rebtf_btf *base,
						struct rebtf_builder **builder);
REBTF_API void rebtf_builder_free(struct rebtf_builder *b); /* NULL is fine */

/* The order in which the result will be written; the base's or else the host's by default. */
REBTF_API void rebtf_builder_set_big_endian(struct rebtf_builder *b, bool big_endian);
REBTF_API void rebtf_builder_set_layout(struct rebtf_builder *b, bool layout);

/* The id that the next type will get. */
REBTF_API uint32_t rebtf_builder_next_id(const struct rebtf_builder *b);

/* The offset of @s, which is added unless the builder or a base has it. "" is 0. */
REBTF_API uint32_t rebtf_builder_string(struct rebtf_builder *b, const char *s);

/* @encoding: 0 or one of REBTF_INT_*. @size in bytes, @bits of which count. */
REBTF_API uint32_t rebtf_builder_int(struct rebtf_builder *b, const char *name, uint32_t size,
				     uint32_t encoding, uint32_t bits);
REBTF_API uint32_t rebtf_builder_float(struct rebtf_builder *b, const char *name, uint32_t size);
/* PTR, VOLATILE, CONST or RESTRICT. */
REBTF_API uint32_t rebtf_builder_ref(struct rebtf_builder *b, uint32_t kind, uint32_t type);
REBTF_API uint32_t rebtf_builder_typedef(struct rebtf_builder *b, const char *name, uint32_t type);
/* @attribute: see rebtf_type_kind_flag(). */
REBTF_API uint32_t rebtf_builder_type_tag(struct rebtf_builder *b, const char *tag, uint32_t type,
					  bool attribute);
REBTF_API uint32_t rebtf_builder_decl_tag(struct rebtf_builder *b, const char *tag, uint32_t type,
					  int32_t component_idx, bool attribute);
REBTF_API uint32_t rebtf_builder_array(struct rebtf_builder *b, uint32_t type, uint32_t index_type,
				       uint32_t nelems);
REBTF_API uint32_t rebtf_builder_fwd(struct rebtf_builder *b, const char *name, bool is_union);
REBTF_API uint32_t rebtf_builder_func(struct rebtf_builder *b, const char *name,
				      enum rebtf_linkage linkage, uint32_t proto);
REBTF_API uint32_t rebtf_builder_var(struct rebtf_builder *b, const char *name,
				     enum rebtf_linkage linkage, uint32_t type);

/* STRUCT or UNION; its members follow by rebtf_builder_member(), before any other type. */
REBTF_API uint32_t rebtf_builder_struct(struct rebtf_builder *b, uint32_t kind, const char *name,
					uint32_t size);
/*
 * A member of the struct or union added last; @bit_offset and @bitfield_size in bits, the latter 0
 * for what is no bit-field. The first bit-field gives the struct its kind_flag. Returns false on
 * error.
 */
REBTF_API bool rebtf_builder_member(struct rebtf_builder *b, const char *name, uint32_t type,
				    uint32_t bit_offset, uint32_t bitfield_size);
/* ENUM or ENUM64; @size in bytes. Its values follow. */
REBTF_API uint32_t rebtf_builder_enum(struct rebtf_builder *b, uint32_t kind, const char *name,
				      uint32_t size, bool is_signed);
REBTF_API bool rebtf_builder_enumerator(struct rebtf_builder *b, const char *name, uint64_t value);
/* Its parameters follow; a last one of no name and type 0 means "variadic". */
REBTF_API uint32_t rebtf_builder_func_proto(struct rebtf_builder *b, uint32_t return_type);
REBTF_API bool rebtf_builder_param(struct rebtf_builder *b, const char *name, uint32_t type);
/* Its variables follow. */
REBTF_API uint32_t rebtf_builder_datasec(struct rebtf_builder *b, const char *name, uint32_t size);
REBTF_API bool rebtf_builder_secinfo(struct rebtf_builder *b, uint32_t var, uint32_t offset,
				     uint32_t size);

/*
 * A copy of type @id of @src, strings included, its type ids as they are in @src: the caller says
 * by @map, indexed by @src's ids, what they become; NULL leaves them.
 */
REBTF_API uint32_t rebtf_builder_copy(struct rebtf_builder *b, const struct rebtf_btf *src,
				      uint32_t id, const uint32_t *map);

/*
 * What was built, checked as rebtf_open() checks. The builder is freed, whatever comes out.
 * Errors: the first one of any call (ARGUMENT, FORMAT or UNSUPPORTED); those of rebtf_open_mem().
 */
REBTF_API struct rebtf_error *rebtf_builder_finish(struct rebtf_builder *b, struct rebtf_btf **btf);

/* ----------------------------------------------------------------------------------- split BTF */

/*
 * Records what @split relies on in its base: a small BTF of named types without members,
 * @distilled_base, and @split's types again, over that, in @new_split (which holds a reference to
 * @distilled_base).
 * Errors: ARGUMENT if @split is not split; UNSUPPORTED if there is a kind whose references are
 * unknown; FORMAT if a function that joins the split has something else than a prototype.
 */
REBTF_API struct rebtf_error *rebtf_distill(const struct rebtf_btf *split,
					    struct rebtf_btf **distilled_base,
					    struct rebtf_btf **new_split);

/* How one type of a distilled base fares in a new base. */
enum rebtf_verdict {
	REBTF_MATCHED,
	REBTF_MISSING,	 /* no type of that name */
	REBTF_SIZE,	 /* name and kind are there, but the size differs */
	REBTF_KIND,	 /* the name is there, but as another kind (or, for INT, encoding) */
	REBTF_AMBIGUOUS, /* several types fit equally well */
	REBTF_MEMBERS, /* members or enumerators that are relied on changed (REBTF_POLICY_STRICT) */
	REBTF_UNPROVEN, /* nobody knows which members are relied on (REBTF_POLICY_STRICT) */
};

/* "matched", "missing", "size", "kind", "ambiguous", "members", "unproven". A static string. */
REBTF_API const char *rebtf_verdict_name(enum rebtf_verdict verdict);

/* How a module relies on a type of its base: the strictest of all its references to it. */
enum rebtf_class {
	REBTF_POINTER_ONLY, /* reached through pointers alone: name and kind */
	REBTF_EMBEDDED,	    /* lies inside one of the module's own, by value: size, too */
	REBTF_TRUSTED,	    /* reached from what the verifier relies on: members, too */
};

/* "pointer-only", "embedded", "trusted". A static string. */
REBTF_API const char *rebtf_class_name(enum rebtf_class reliance);

struct rebtf_match {
	uint32_t id; /* in the distilled base */
	enum rebtf_verdict verdict;
	/*
	 * If only a kernel's verdict was asked for, and nothing misfits: as far as a kernel looks.
	 */
	enum rebtf_class reliance;
	bool embedded;	    /* whatever its class, it lies inside one of the split's own types */
	bool given_up;	    /* it does not fit, and is the module's own type now */
	uint32_t old_size;  /* bytes; 0 where the kind has none (FWD) */
	uint32_t new_size;  /* bytes; of the matched type or, if the size differs, the one found */
	uint32_t target;    /* id in the new base; 0 unless matched (or MEMBERS, UNPROVEN) */
	uint32_t local;	    /* id in the relocated BTF, if given up; else 0 */
	uint32_t expected;  /* id of its full definition in the expectations; 0 if not known */
	uint32_t near_kind; /* KIND: the kind found */
	/*
	 * SIZE, KIND, AMBIGUOUS: ids in the new base, owned by the report; of MEMBERS and UNPROVEN
	 * the target. All of them, but of a new base that is itself split no more than 64.
	 */
	const uint32_t *candidates;
	size_t candidate_count;
};

/* Of all types of a distilled base, by id; matches[0] is that of id 1. */
struct rebtf_report {
	struct rebtf_btf *distilled_base; /* a reference */
	struct rebtf_btf *new_base;	  /* a reference */
	struct rebtf_btf *expects;	  /* a reference; NULL if there are none */
	struct rebtf_match *matches;
	size_t count;
	size_t misfits;	 /* verdicts other than MATCHED */
	size_t given_up; /* misfits that became the module's own types */
	/*
	 * How many type ids stand in the split's types (void not counted), and how many of them
	 * lead to types that were given up. Not counted, and 0, where only a kernel's verdict was
	 * asked for.
	 */
	size_t refs;
	size_t refs_given_up;
};

REBTF_API void rebtf_report_free(struct rebtf_report *report); /* NULL is fine */

/*
 * Makes @split, which stands over a distilled base, stand over @new_base.
 *
 * @report may be NULL; otherwise it is set, and is the caller's, on success and when the error is
 * MISMATCH. @relocated may be NULL, to learn only whether it would fit. Errors: ARGUMENT (@split is
 * not split, or byte orders differ), FORMAT (the base is not a distilled one), MISMATCH (which
 * names the first type that does not fit and says how many do not), UNSUPPORTED.
 */
REBTF_API struct rebtf_error *rebtf_relocate(const struct rebtf_btf *split,
					     struct rebtf_btf *new_base,
					     struct rebtf_report **report,
					     struct rebtf_btf **relocated);

/*
 * What the verifier relies on besides what shows in BTF itself (the parameters and results of
 * functions tagged "bpf_kfunc", and the structs of a struct bpf_struct_ops_*). All NULL or 0: no
 * more than that.
 */
struct rebtf_trust {
	const char *const *names; /* of structs, unions, enums, typedefs, functions */
	size_t name_count;
	const uint32_t
		*ids; /* in the split that is distilled or relocated: see rebtf_module_ids() */
	size_t id_count;
};

/*
 * As rebtf_distill(), and also records what the module's builder saw: in @expects, which is split
 * BTF over @distilled_base, stands the full definition of each type of that base which is embedded
 * or trusted; what definitions refer to in turn is the distilled base's where it has it, else a FWD
 * where it is only pointed to, else its name and size alone. @trust may be NULL. Errors: those of
 * rebtf_distill(); ARGUMENT if an id in @trust is not there; FORMAT if a definition leads to code.
 */
REBTF_API struct rebtf_error *rebtf_distill_expects(const struct rebtf_btf *split,
						    const struct rebtf_trust *trust,
						    struct rebtf_btf **distilled_base,
						    struct rebtf_btf **new_split,
						    struct rebtf_btf **expects);

/*
 * The expectations of @split, which was distilled without them, as found in @old_base, the one that
 * it was distilled over (or one that it relocates to without misfit). Errors: those of
 * rebtf_relocate().
 */
REBTF_API struct rebtf_error *rebtf_expects(const struct rebtf_btf *split,
					    const struct rebtf_trust *trust,
					    struct rebtf_btf *old_base, struct rebtf_btf **expects);

enum rebtf_policy {
	REBTF_POLICY_KERNEL,  /* what a kernel since 6.11 does: see rebtf_relocate() */
	REBTF_POLICY_STRICT,  /* members of embedded and trusted types count as well */
	REBTF_POLICY_LENIENT, /* what is only pointed to never stands in the way, nor do scalars */
};

/* How rebtf_reconcile() works; all 0 and NULL: as rebtf_relocate() does. */
struct rebtf_reconcile_options {
	enum rebtf_policy policy;
	bool local; /* a type that does not fit, and is not trusted, becomes the module's own */
	struct rebtf_btf *expects;	 /* over the split's distilled base; NULL: there are none */
	const struct rebtf_trust *trust; /* NULL: no more than shows in the BTF */
	struct rebtf_btf
		*recorded; /* other expectations, whose recorded trust counts, too; or NULL */
};

/*
 * As rebtf_relocate(), by @options. A type that is given up becomes the module's own: with its full
 * definition if @options->expects has it, and all in that which @new_base does not have; else by
 * name and size, without members or values; a FWD if it is only pointed to. Scalars are copied as
 * they are. What does not fit, and is not given up, makes the error MISMATCH. Errors: those of
 * rebtf_relocate(); ARGUMENT if the expectations stand over another base, or an id in the trust is
 * not there; FORMAT if the expectations contradict the distilled base or one another.
 */
REBTF_API struct rebtf_error *rebtf_reconcile(const struct rebtf_btf *split,
					      struct rebtf_btf *new_base,
					      const struct rebtf_reconcile_options *options,
					      struct rebtf_report **report,
					      struct rebtf_btf **relocated);

/* --- why: what changed, and why that matters */

enum rebtf_change_kind {
	REBTF_CHANGE_ADDED,
	REBTF_CHANGE_REMOVED,
	REBTF_CHANGE_MOVED,    /* another offset; its type may have changed as well */
	REBTF_CHANGE_RETYPED,  /* another type or size at the same offset */
	REBTF_CHANGE_RENAMED,  /* another name, the same offset and type */
	REBTF_CHANGE_REVALUED, /* of an enumerator: another value */
};

/* "added", "removed", "moved", "retyped", "renamed", "revalued". A static string. */
REBTF_API const char *rebtf_change_kind_name(enum rebtf_change_kind kind);

/*
 * What became of one member or enumerator. Members of anonymous structs and unions count as those
 * of the whole, at their offset there. Strings are the list's; NULL where they do not apply (of
 * what was added there is nothing old). Offsets and sizes in bits; those of unknown size are 0.
 */
struct rebtf_change {
	enum rebtf_change_kind kind;
	bool harmless;	      /* an addition that moves nothing */
	const char *old_name; /* "" for a member without a name */
	const char *new_name;
	const char *old_type; /* as C has it: "struct kobject", "const char *", "u32[4]" */
	const char *new_type;
	uint32_t old_offset;
	uint32_t new_offset;
	uint64_t old_size;
	uint64_t new_size;
	int64_t old_value; /* of enumerators */
	int64_t new_value;
};

struct rebtf_change_list {
	struct rebtf_change
		*changes; /* in the order of the new definition, then what was removed */
	size_t count;
	size_t harmful; /* those that are not harmless */
	/* What the comparison cost: how many members and types it looked at, roughly. */
	uint64_t compared;
};

/*
 * Compares the definitions of two structs or unions, or of two enumerations (ENUM and ENUM64
 * alike): type @old_id of @old_btf and type @new_id of @new_btf, which need not be of one name.
 * Members are told by their names, and where a name is gone by offset and type. Types count as
 * compatible if they are the same but for typedefs and qualifiers, and those that they point to or
 * contain are of the same kind and name (a FWD stands for what it declares), and size if contained;
 * types without a name are compared member by member. Then there is no change. The work is linear
 * to the definitions: of what would take longer, the only change is that the whole, with names that
 * are NULL, is RETYPED. Errors: ARGUMENT (other kinds, or one of each).
 */
REBTF_API struct rebtf_error *rebtf_compare(const struct rebtf_btf *old_btf, uint32_t old_id,
					    const struct rebtf_btf *new_btf, uint32_t new_id,
					    struct rebtf_change_list **changes);
REBTF_API void rebtf_change_list_free(struct rebtf_change_list *changes); /* NULL is fine */

/*
 * For each base type of a split, a shortest way to it from one of the split's own named structs,
 * unions, typedefs, functions or variables. Made once for a module, so that asking for one is
 * cheap. @trust as it was given to rebtf_reconcile(). Holds a reference to @split.
 */
struct rebtf_paths;

REBTF_API struct rebtf_error *rebtf_paths_new(struct rebtf_btf *split,
					      const struct rebtf_trust *trust,
					      struct rebtf_paths **paths);
REBTF_API void rebtf_paths_free(struct rebtf_paths *paths); /* NULL is fine */

/*
 * One step of a way: a type, and where in it the next step's type stands. Types without a name
 * (pointers, arrays, qualifiers) are steps as well.
 */
struct rebtf_step {
	uint32_t type_id; /* in the split or its base */
	/*
	 * Of STRUCT, UNION and FUNC_PROTO the name of the member or parameter, "" if it has none;
	 * NULL for what a function returns, of all other types, and in the last step.
	 */
	const char *member;
};

/*
 * The way to type @id of @split's base, in a way that gives it @class: by value alone if embedded,
 * from a trusted type or function if trusted. Sets @steps, which are the paths' and last until the
 * next call, from the module's own type to @id itself. None if there is no such way (or all
 * have more than 256 steps). What is embedded where a kernel looks for it has that way; where only
 * types without a name lead to it, the way starts with one. Errors: NOMEM, ARGUMENT (a trusted id
 * that @split does not have).
 */
REBTF_API struct rebtf_error *rebtf_path(struct rebtf_paths *paths, uint32_t id,
					 enum rebtf_class reliance, const struct rebtf_step **steps,
					 size_t *count);

/* What can be done about a type that does not fit. */
enum rebtf_remedy {
	REBTF_REMEDY_NONE,    /* nothing needs to be done, or was done already */
	REBTF_REMEDY_LENIENT, /* nothing to fear: REBTF_POLICY_LENIENT takes it */
	REBTF_REMEDY_EXPECTS, /* record or name what is expected, and what is ambiguous shows */
	/*
	 * Keep the module and make the type its own: the BTF stays true to the module's code, but
	 * the code itself has the old layout, and may be wrong for that kernel.
	 */
	REBTF_REMEDY_GIVE_UP,
	REBTF_REMEDY_REBUILD, /* build the module for that kernel */
};

/* "none", "lenient", "expects", "give-up", "rebuild". A static string. */
REBTF_API const char *rebtf_remedy_name(enum rebtf_remedy remedy);
/* The best remedy. */
REBTF_API enum rebtf_remedy rebtf_match_remedy(const struct rebtf_report *report,
					       const struct rebtf_match *match);
/* Another one that is possible as well; REBTF_REMEDY_NONE if there is none. */
REBTF_API enum rebtf_remedy rebtf_match_other_remedy(const struct rebtf_report *report,
						     const struct rebtf_match *match);
/*
 * Whether the module is as good with a type of its own in the place of the one that does not fit:
 * not if its code has the layout of the old one, or the verifier relies on it. True of what
 * matches.
 */
REBTF_API bool rebtf_match_is_harmless(const struct rebtf_report *report,
				       const struct rebtf_match *match);

/* --- standalone */

/*
 * Makes @split refer to nothing outside itself: its own types, and all that they need of the base.
 * Structs and unions of the base that its types refer to come in full, with all that lies in them;
 * what their members point to comes as a FWD, or with @full in full, too. Nothing comes twice.
 * @split's own types come first, in their order. The result has an INT named "int" in any case.
 * Errors: ARGUMENT (not split), UNSUPPORTED (a kind whose references are unknown; no "int" in the
 * base; names inside names; too large).
 */
REBTF_API struct rebtf_error *rebtf_standalone(const struct rebtf_btf *split, bool full,
					       struct rebtf_btf **standalone);

/*
 * Shows @standalone as split BTF over @base: type ids move up by the number of @base's types,
 * string offsets by the length of its strings; void stays void and no name stays no name. Errors:
 * ARGUMENT (it is split already, or byte orders differ), UNSUPPORTED (unknown kinds; a function
 * without a prototype; too large together).
 */
REBTF_API struct rebtf_error *rebtf_present(const struct rebtf_btf *standalone,
					    struct rebtf_btf *base, struct rebtf_btf **split);

/*
 * True if each type is one that distill puts into a base: named, and INT, FLOAT, FWD, or
 * memberless.
 */
REBTF_API bool rebtf_is_distilled_base(const struct rebtf_btf *btf);

/*
 * How many different types of its base (or bases) @split refers to directly; 0 if it is not split.
 * Errors: NOMEM.
 */
REBTF_API struct rebtf_error *rebtf_count_base_refs(const struct rebtf_btf *split, size_t *count);

/* --------------------------------------------------------------------------------------- verify */

/* All zero is what the newest kernel known would say to a program, in full. */
struct rebtf_verify_options {
	/*
	 * Whose rules: a version or release of Linux ("6.1", "6.12.117+deb12-amd64"), which stands for
	 * the newest rules known that are no newer. NULL: the newest known.
	 */
	const char *kernel;
	/*
	 * Only what kernels check of their own BTF and of that in modules, which they trust: each type
	 * by itself and the length of chains, but not where references lead.
	 */
	bool kernel_btf;
	size_t limit; /* stop after that many violations; 0: find all */
	/*
	 * The BTF of that kernel itself: pointers that own (type tag "kptr") may point to few of its
	 * structs. NULL: what they point to is taken for none of the kernel's.
	 */
	struct rebtf_btf *kernel_types;
	/*
	 * Bytes that a pointer has in that kernel: 4 or 8. 0: what an INT for long tells, of the base,
	 * of @kernel_types, or of the BTF itself.
	 */
	uint32_t pointer_size;
};

/* What is wrong with BTF in a kernel's eyes, if anything is. */
struct rebtf_violations {
	struct rebtf_error **errors; /* code FORMAT */
	size_t count;
	/*
	 * A kernel whose pointers have 8 bytes would refuse the BTF, a kernel whose pointers have 4
	 * would take it, and nothing tells which of the two is meant.
	 */
	bool only_64_bit;
};

/*
 * Says whether a kernel would take the @size bytes at @data for BTF, by the checks of its own that
 * BPF_BTF_LOAD makes; bytes that rebtf_open_mem() refuses get a verdict like all others. @base is
 * the BTF they are split from, or NULL; then they are judged as if they stood behind @base's own
 * types. @name stands in violations for a file. BTF of the other byte order is judged as a kernel
 * of that order would; its base has to have the same. The rules for the few types that BPF programs
 * share with the kernel by name (struct bpf_spin_lock and the like) are for BTF without a base, and
 * come when nothing else is wrong. @options: NULL for the newest kernel's rules, and the first
 * violation alone. Types that build on one that was found wrong are not judged.
 * Errors: ARGUMENT (no such version; a size that pointers never have).
 */
REBTF_API struct rebtf_error *rebtf_verify(const void *data, size_t size, const char *name,
					   struct rebtf_btf *base,
					   const struct rebtf_verify_options *options,
					   struct rebtf_violations *violations);
/* Frees what it holds, not @violations itself. */
REBTF_API void rebtf_violations_free(struct rebtf_violations *violations);

/* ----------------------------------------------------------------------------------------- dump */

/*
 * Writes @btf's own types as text, as "bpftool btf dump file FILE format raw" does, byte for byte,
 * by calling @write with pieces of at most 64 KiB until it returns an error, which is passed on.
 * bpftool prints control characters in names as they are; here they appear as \xNN, as in errors.
 */
REBTF_API struct rebtf_error *rebtf_dump(const struct rebtf_btf *btf,
					 struct rebtf_error *(*write)(void *arg, const char *text,
								      size_t size),
					 void *arg);

/* ---------------------------------------------------------------------------------------- files */

/* What a file is, below its compression. */
enum rebtf_container {
	REBTF_CONTAINER_RAW, /* BTF alone; "x.btf.base" beside "x.btf" is its .BTF.base */
	REBTF_CONTAINER_ELF,
	REBTF_CONTAINER_IMAGE, /* a kernel image: .BTF is what was found in it */
};

enum rebtf_compression {
	REBTF_COMPRESSION_NONE,
	REBTF_COMPRESSION_GZIP,
	REBTF_COMPRESSION_XZ,
	REBTF_COMPRESSION_ZSTD,
};

/* What BTF a file has. */
enum rebtf_form {
	REBTF_FORM_SPLIT,      /* refers to an exact base by id */
	REBTF_FORM_DISTILLED,  /* with a .BTF.base */
	REBTF_FORM_STANDALONE, /* refers to nothing outside itself */
	REBTF_FORM_EMPTY,      /* a header and nothing else: fits everything */
};

/* "split", "distilled", "standalone", "empty". A static string. */
REBTF_API const char *rebtf_form_name(enum rebtf_form form);

enum rebtf_section {
	REBTF_SECTION_BTF,	   /* ".BTF" */
	REBTF_SECTION_BTF_BASE,	   /* ".BTF.base" */
	REBTF_SECTION_BTF_IDS,	   /* ".BTF_ids"; ELF only */
	REBTF_SECTION_BTF_EXPECTS, /* ".BTF.base_expects"; "x.btf.expects" beside raw "x.btf" */
	REBTF_SECTION_MARK,	   /* ".note.rebtf"; ELF only: see struct rebtf_mark */
	REBTF_SECTION_KEPT_BTF,	   /* ".BTF.kept"; ELF only: .BTF as it was before relocation */
	REBTF_SECTION_KEPT_BASE,   /* ".BTF.kept_base"; ELF only: .BTF.base, likewise */
	/*
	 * ".BTF.base_ids"; ELF only: which ids in .BTF_ids are the kernel's. rebtf_module_write()
	 * writes it with a distilled base that does not have all of them.
	 */
	REBTF_SECTION_BASE_IDS,
};

/* The name of an ELF section: ".BTF". A static string. */
REBTF_API const char *rebtf_section_name(enum rebtf_section section);

/*
 * A file with BTF in it, read and, if need be, decompressed. Does not change and does not watch the
 * file. Expectations beside raw BTF are read when they are first asked for.
 */
struct rebtf_module;

/*
 * Reads @path, a regular file or an open pipe (/dev/stdin, /dev/fd/N): raw BTF, an ELF file (32 or
 * 64 bits, either byte order), or either compressed. What the file is shows from its first bytes,
 * not from its name. A compressed file may unpack to 32 MiB and 64 times its size, but no more than
 * 1 GiB. A module (relocatable ELF object) opens without BTF as well: see rebtf_module_has_btf().
 * Errors: IO, FORMAT (also a module that has a .BTF.base or a mark, but no .BTF), NO_BTF (another
 * ELF file, without BTF), UNSUPPORTED (too large, or compressed in a way that modules never are),
 * NOMEM (also past rebtf_limit_unpacked()), CHANGED (somebody wrote to it, or replaced it, while it
 * was read).
 */
REBTF_API struct rebtf_error *rebtf_module_open(const char *path, struct rebtf_module **module);

/*
 * Reads a file that rebtf_file_list() found, by the directory in which it was found. A file that
 * was not a symbolic link then is not followed now. Errors: as rebtf_module_open().
 */
struct rebtf_file;
REBTF_API struct rebtf_error *rebtf_module_open_file(const struct rebtf_file *file,
						     struct rebtf_module **module);

/*
 * As rebtf_module_open(), from the descriptor @fd: a regular file from its start, a pipe from where it
 * stands. @name stands for the file in errors. Nothing is looked for beside it, so of raw BTF that is
 * distilled the base is missing. Such a module cannot be written in place, and cannot be copied.
 */
REBTF_API struct rebtf_error *rebtf_module_open_fd(int fd, const char *name,
						   struct rebtf_module **module);
REBTF_API void rebtf_module_free(struct rebtf_module *module); /* NULL is fine */

/*
 * Limits to @bytes what all compressed modules that the process has open, and all kernel images that
 * it is searching, take together when unpacked. Past the limit, opening one more is a NOMEM error,
 * until others are freed. 0, which is the default, is no limit.
 */
REBTF_API void rebtf_limit_unpacked(size_t bytes);

REBTF_API const char *rebtf_module_path(const struct rebtf_module *module);

/*
 * The file that it was read from if its path is that of a symbolic link: an absolute path,
 * malloced, the caller's. NULL in @path if it is none. Errors: IO.
 */
REBTF_API struct rebtf_error *rebtf_module_link_target(const struct rebtf_module *module,
						       char **path);
REBTF_API enum rebtf_container rebtf_module_container(const struct rebtf_module *module);
REBTF_API enum rebtf_compression rebtf_module_compression(const struct rebtf_module *module);
/*
 * Whether the module has BTF: a .BTF section that is not empty. DKMS makes modules without BTF where
 * it finds no vmlinux. Kernels load such a module without types, so an update changes nothing for
 * it. rebtf_module_copy() copies it; each function that needs its BTF fails with NO_BTF.
 */
REBTF_API bool rebtf_module_has_btf(const struct rebtf_module *module);
/* Whether a module signature ("~Module signature appended~") ends the (decompressed) file. */
REBTF_API bool rebtf_module_signed(const struct rebtf_module *module);

/*
 * A section's bytes, the module's; NULL when it has none, or when they are expectations that cannot
 * be read: rebtf_module_expects() says why.
 */
REBTF_API const void *rebtf_module_section(const struct rebtf_module *module,
					   enum rebtf_section section, size_t *size);

/* Length of a SHA-256 digest, in bytes. */
#define REBTF_DIGEST_SIZE 32

/*
 * What rebtf writes into ELF files about their BTF: an ELF note (section ".note.rebtf", owner
 * "rebtf", type 1; docs/formats.md has its bytes).
 */
struct rebtf_mark {
	enum rebtf_form form;
	/*
	 * Of the base that it was made over: SHA-256 of the base's bytes as rebtf_write() gives
	 * them, which are those of /sys/kernel/btf/vmlinux; types and bytes of strings as
	 * rebtf_type_count() and rebtf_string_end() count them. All 0 if there was none.
	 */
	uint8_t digest[REBTF_DIGEST_SIZE];
	uint32_t type_count;
	uint32_t string_end;
};

/* NULL if the module has no mark. The mark is the module's. */
REBTF_API const struct rebtf_mark *rebtf_module_mark(const struct rebtf_module *module);

/*
 * Whether @base is the one that @mark speaks of. The digest of a base is computed when it is first
 * asked for, and kept with the base. Errors: UNSUPPORTED (libcrypto cannot be loaded).
 */
REBTF_API struct rebtf_error *rebtf_mark_fits(const struct rebtf_mark *mark, struct rebtf_btf *base,
					      bool *fits);

/*
 * Settles how the module's BTF is to be read where that is not clear from itself: what a user says
 * by --as. @form: SPLIT or STANDALONE. Against a mark, or a .BTF.base, it is of no effect but an
 * error later.
 */
REBTF_API void rebtf_module_read_as(struct rebtf_module *module, enum rebtf_form form);

/*
 * Which form its BTF has. A mark says so; without one it is distilled if there is a .BTF.base,
 * empty if there are no types, standalone if every type id and every string offset leads somewhere
 * in the BTF itself, there is an INT named "int" in it, and it does not make sense over @base
 * (NULL: none is at hand, and this is not asked); and split if names and types lead out of it as
 * those of split BTF do, or it makes sense over @base. A distilled base by itself needs no "int",
 * and nothing is split from what is the same. Errors: NO_BTF; FORMAT, when it is no BTF at all, or
 * broken standalone BTF, or the mark is not true; AMBIGUOUS, when both readings are possible, or
 * nothing but an "int" is missing and nothing shows it to be split; ARGUMENT, when it is not what
 * rebtf_module_read_as() was told.
 */
REBTF_API struct rebtf_error *rebtf_module_form(const struct rebtf_module *module,
						struct rebtf_btf *base, enum rebtf_form *form);

/*
 * Whether the module can be built for the kernel that @base is the BTF of, by the release in its
 * version magic (.modinfo) and rebtf_kernel_release(). What is not known is no error; nor is what a
 * mark knows better, as that of a relocated module. Errors: WRONG_BASE (the releases differ), NOMEM.
 */
REBTF_API struct rebtf_error *rebtf_module_check_release(const struct rebtf_module *module,
							 const struct rebtf_btf *base);

/*
 * Its BTF as an object: over its own distilled base if it has one, alone if it is standalone or
 * empty, else over @base (which may be NULL if the form does not call for one). Errors: those of
 * rebtf_module_form(); WRONG_BASE, also when the mark says so; ARGUMENT if a base is needed and
 * @base is NULL.
 */
REBTF_API struct rebtf_error *rebtf_module_btf(const struct rebtf_module *module,
					       struct rebtf_btf *base, struct rebtf_btf **btf);

/*
 * Whether it is or has a distilled module: its BTF itself, or what was kept in it when it was
 * relocated (REBTF_MODULE_KEEP).
 */
REBTF_API bool rebtf_module_has_distilled(const struct rebtf_module *module);

/*
 * The BTF to relocate: the one that was kept if there is one, else its BTF, which has to be
 * distilled. Errors: those of rebtf_module_form(); UNSUPPORTED if it is neither.
 */
REBTF_API struct rebtf_error *rebtf_module_distilled(const struct rebtf_module *module,
						     struct rebtf_btf **btf);

/*
 * Its expectations, over @distilled_base, which is the base of what rebtf_module_distilled() gave;
 * NULL in @expects if it has none. Errors: FORMAT, also when they contradict @distilled_base; IO
 * and UNSUPPORTED (too large) of the file beside raw BTF.
 */
REBTF_API struct rebtf_error *rebtf_module_expects(const struct rebtf_module *module,
						   struct rebtf_btf *distilled_base,
						   struct rebtf_btf **expects);

/*
 * The types that its .BTF_ids names, as ids in @btf, ascending and each once: malloced, the
 * caller's; none for raw BTF. Names that @btf has no type for are left out. Errors: FORMAT,
 * UNSUPPORTED (there are ids, but the symbols that say of what were stripped).
 */
REBTF_API struct rebtf_error *rebtf_module_ids(const struct rebtf_module *module,
					       const struct rebtf_btf *btf, uint32_t **ids,
					       size_t *count);

/*
 * The BTF of a BPF program, of which the module is the relocatable object, as libbpf hands it to a
 * kernel of the version or release @kernel (see struct rebtf_verify_options). Compilers leave the
 * sizes of sections and the offsets of variables at 0 and extern types without a place; libbpf fills
 * them in. @data: malloced, the caller's; NULL if the module is no such object, or its BTF cannot be
 * opened. Errors: FORMAT (libbpf does not load the object; the message says why), ARGUMENT (no such
 * version).
 */
REBTF_API struct rebtf_error *rebtf_module_loader_btf(const struct rebtf_module *module,
						      const char *kernel, void **data,
						      size_t *size);

/*
 * Bytes that a pointer has in the kernel that the module is for, by the class of its ELF file: 4 or
 * 8. 0 for raw BTF and for BPF programs, which do not depend on one kernel.
 */
REBTF_API uint32_t rebtf_module_pointer_size(const struct rebtf_module *module);

/* A private key and its certificate, with which the kernel's build would sign modules. */
struct rebtf_signer;

/*
 * @key_path: a private key in PEM, with its passphrase in the environment's KBUILD_SIGN_PIN if it
 * is encrypted; @cert_path: its X.509 certificate in PEM or DER. @hash: a name that libcrypto
 * knows, NULL for "sha256". Threads may share the signer. Errors: IO, FORMAT (no key, no
 * certificate, or they do not belong together), UNSUPPORTED (a hash that is unknown, or none for
 * such a key; a PKCS#11 URI; libcrypto cannot be loaded).
 */
REBTF_API struct rebtf_error *rebtf_signer_open(const char *key_path, const char *cert_path,
						const char *hash, struct rebtf_signer **signer);
REBTF_API void rebtf_signer_free(struct rebtf_signer *signer); /* NULL is fine */

enum rebtf_module_flags {
	REBTF_MODULE_STRIP_SIGNATURE = 1u << 0, /* drop a signature, which the change would break */
	/*
	 * Keep what rebtf_module_distilled() gives in the file, beside the new BTF, and its
	 * expectations with it. What was kept before stays in any case, unless the new BTF is
	 * itself distilled.
	 */
	REBTF_MODULE_KEEP = 1u << 1,
};

/* What rebtf_module_write() puts into a module. */
struct rebtf_module_output {
	const struct rebtf_btf *btf;
	const struct rebtf_btf *distilled_base; /* NULL: none; one that was there is dropped */
	const struct rebtf_btf *expects;	/* NULL: none; likewise, unless kept */
	enum rebtf_form form;			/* for the mark */
	struct rebtf_btf *made_over;		/* for the mark; NULL if there was no base */
	struct rebtf_btf *old_base;		/* of the module's BTF until now; NULL: made_over */
	unsigned int flags;			/* enum rebtf_module_flags */
	const struct rebtf_signer *signer;	/* NULL: the result is not signed */
	/*
	 * Of a module that is compressed: the level, as gzip, xz and zstd count them, of which larger
	 * ones than there are mean the highest. 0: with zstd a level that makes the module as small as
	 * it was, with gzip one that the old header allows, with xz the default.
	 */
	unsigned int compress_level;
};

/*
 * Writes the module with new BTF to @path (which may be the one it was opened from). In an ELF file
 * the type ids in .BTF_ids become those of the new BTF, found by name: an id of the base's becomes
 * that of a type of the new base, never that of a copy among the module's own types. Functions and
 * typedefs of the base, which a distilled base does not have, become 0 in a distilled module, and are
 * recorded in it. The mark is written anew, and all else keeps its bytes. Compression (the format,
 * and what its headers tell: dictionary or window, filters, blocks, checks), mode and, where allowed,
 * owner and extended attributes are the original's. The file is replaced as one: on any error the old
 * one is there, untouched. Raw BTF and what stands beside it are several files, which cannot be; what
 * a crash between two of them leaves contradicts itself or lacks its base, as rebtf_module_btf() then
 * says, or lacks its expectations.
 *
 * If @path is the very path that the module was opened by, the file that was read is replaced in
 * the directory in which it was found, be that file behind symbolic links. If the file there is
 * another one by now, or was written to, nothing is done. Any other @path is looked up, and a
 * symbolic link there is an error.
 *
 * Without libcrypto, which makes the digest, there is no mark. Errors: SIGNED, IO, CHANGED (it is
 * not the file any more that was opened), FORMAT, ARGUMENT (split BTF for an ELF file, and
 * @output->made_over is NULL), UNSUPPORTED (what is in the way is no regular file; a link of
 * another user's leads to it; the attributes cannot be read, or are more than a megabyte; an ELF
 * file that is no relocatable object, or with a type in its .BTF_ids that the new BTF does not lead
 * to; nothing to keep; keeping or signing raw BTF), NO_BTF.
 */
REBTF_API struct rebtf_error *rebtf_module_write(const struct rebtf_module *module,
						 const char *path,
						 const struct rebtf_module_output *output);

/*
 * Whether rebtf_module_write() would find the ids in .BTF_ids, with @output. Sets @stray to the types
 * whose ids stray from what was meant: "struct nf_conn", "function tcp_sendmsg". In a distilled module
 * these are the ids that a kernel leaves as they are when it relocates the module itself: all but
 * those of own functions in sets of kfuncs. In a standalone module they are ids of copies of the
 * kernel's types. @stray: malloced, and each string is; the caller frees both. It ends with NULL and
 * has no more than 64 names, of the @stray_count that there are; NULL for raw BTF. Errors: those of
 * rebtf_module_write() that are about .BTF_ids.
 */
REBTF_API struct rebtf_error *rebtf_module_check_ids(const struct rebtf_module *module,
						     const struct rebtf_module_output *output,
						     char ***stray, size_t *stray_count);

/*
 * A directory for output. It is opened, and made if need be with all above it, when something is
 * first written to it, and stays open until it is freed. Threads may share it.
 */
struct rebtf_dir;
REBTF_API struct rebtf_error *rebtf_dir_new(const char *path, struct rebtf_dir **dir);
REBTF_API void rebtf_dir_free(struct rebtf_dir *dir); /* NULL is fine */

/*
 * As rebtf_module_write(), to the path @relative below @dir. Directories that are missing are made,
 * with mode 0777 less the umask. No symbolic link below @dir is followed: one that is in the way is
 * an error.
 */
REBTF_API struct rebtf_error *rebtf_module_write_to(const struct rebtf_module *module,
						    struct rebtf_dir *dir, const char *relative,
						    const struct rebtf_module_output *output);

/*
 * Copies the module's file to @path as it is, compression and all; raw BTF takes what stands beside
 * it along. Mode and, where allowed, owner and extended attributes are each original's, and a file
 * that is in the way is replaced as one. A copy onto itself changes nothing. Errors: IO, CHANGED
 * (it is not the file any more that was opened), UNSUPPORTED (what is in the way is no regular
 * file).
 */
REBTF_API struct rebtf_error *rebtf_module_copy(const struct rebtf_module *module,
						const char *path);

/* As rebtf_module_copy(), to a path below @dir: see rebtf_module_write_to(). */
REBTF_API struct rebtf_error *rebtf_module_copy_to(const struct rebtf_module *module,
						   struct rebtf_dir *dir, const char *relative);

/*
 * Writes the module's .BTF to @path as raw BTF, and the sections that belong to it beside that:
 * .BTF.base to @path.base and .BTF.base_expects to @path.expects, so that rebtf_module_open() reads
 * them together again, and .BTF_ids to @path.ids. Each file is replaced as one; a file of these names
 * that the module has no section for is removed. Errors: IO, ARGUMENT (@path is the module's own
 * file), UNSUPPORTED (a file in the way is no regular file), FORMAT.
 */
REBTF_API struct rebtf_error *rebtf_module_extract(const struct rebtf_module *module,
						   const char *path);

/*
 * Opens the BTF of a kernel. @where is a path (raw BTF, vmlinux with or without symbols, or a kernel
 * image of any kind, which is searched for BTF, compressed or not), or a release
 * ("6.12.117+deb12-amd64"), which is searched for where distributions put kernels. NULL means the
 * running kernel. What looks like the name of a file (it contains a slash, starts with a dot or as
 * images do, or ends as files with BTF do) is not taken for a release. Errors: IO, FORMAT, UNSUPPORTED
 * (too large; a module; an archive of several kernels), NO_BTF, whose details for a release list all
 * files that were tried.
 */
REBTF_API struct rebtf_error *rebtf_kernel_open(const char *where, struct rebtf_btf **btf);

/*
 * Opens the BTF of the kernel that the descriptor @fd leads to: a regular file from its start, a pipe
 * from where it stands. @name stands for the file in errors. Errors: as rebtf_kernel_open() for a path.
 */
REBTF_API struct rebtf_error *rebtf_kernel_open_fd(int fd, const char *name,
						   struct rebtf_btf **btf);

/*
 * Opens the BTF that the kernel @release will have when it boots next: that of its image as it is
 * installed below the directory @root (NULL: "/"); where the image gives none, of what else is
 * there of that release. So what the running kernel shows counts least, as another build of its
 * release may have been installed since. Errors: as rebtf_kernel_open() for a release; ARGUMENT.
 */
REBTF_API struct rebtf_error *rebtf_kernel_open_in(const char *root, const char *release,
						   struct rebtf_btf **btf);

/* How rebtf_kernel_open_with() works; all 0 but the size: as rebtf_kernel_open(). */
struct rebtf_kernel_options {
	size_t size;	/* sizeof(struct rebtf_kernel_options) */
	bool installed; /* as rebtf_kernel_open_in(): the name is a release, its image counts most */
	const char *root; /* if so, below which directory; NULL: "/" */
	/*
	 * A directory in which the BTF of images is kept, as unpacking one takes a second; NULL: it is
	 * not kept. The directory, and the one that holds it, are made if they are missing. It counts
	 * only if it and the files in it belong to the user and nobody else may write to them, and
	 * symbolic links in it are not followed. It takes up to 64 MiB. That it cannot be read or
	 * written is no error.
	 */
	const char *cache_dir;
};

/* @options may be NULL. Errors: as rebtf_kernel_open(); also ARGUMENT. */
REBTF_API struct rebtf_error *rebtf_kernel_open_with(const char *where,
						     const struct rebtf_kernel_options *options,
						     struct rebtf_btf **btf);

/*
 * As rebtf_module_open(), but @where may also be a kernel image of any kind, an archive with one in
 * it, or a release, as rebtf_kernel_open_with() takes them. Of an image the module has .BTF alone, and
 * it cannot be written. Its path is that of the file, also for a release. @options may be NULL.
 * Errors: those of both.
 */
REBTF_API struct rebtf_error *rebtf_module_open_any(const char *where,
						    const struct rebtf_kernel_options *options,
						    struct rebtf_module **module);

/* The release of a kernel that rebtf_module_open_any() opened; NULL if it is none, or not known. */
REBTF_API const char *rebtf_module_release(const struct rebtf_module *module);

/*
 * The file that a kernel's BTF was read from, and the release of that kernel ("6.12.117+deb12-amd64").
 * NULL if @btf does not come from rebtf_kernel_open() or its relatives, or the file does not tell the
 * release. Both belong to @btf.
 */
REBTF_API const char *rebtf_kernel_file(const struct rebtf_btf *btf);
REBTF_API const char *rebtf_kernel_release(const struct rebtf_btf *btf);

/* --- many files */

/* A list of files, each with the part of its path below the directory that was named. */
struct rebtf_file {
	const char *path;
	const char *relative;  /* path below the named directory; for a named file its last part */
	bool from_directory;   /* found by walking, not named */
	bool may_expect;       /* false: no ".expects" was met where it was found */
	bool is_link;	       /* it was a symbolic link when it was found */
	struct rebtf_dir *dir; /* that was walked, the list's; NULL: the file was named */
};

struct rebtf_file_list {
	struct rebtf_file *files;
	size_t count;
};

/*
 * Collects @paths: files as they are; of directories, recursively and sorted by name, each file
 * whose name ends in .ko, .ko.xz, .ko.zst, .ko.gz or .btf. Symbolic links to directories are not
 * followed. The directories in @paths stay open until the list is freed. Errors: IO (a path that
 * cannot be read), NO_BTF (a directory that holds no module).
 */
REBTF_API struct rebtf_error *rebtf_file_list(const char *const *paths, size_t path_count,
					      struct rebtf_file_list **list);
REBTF_API void rebtf_file_list_free(struct rebtf_file_list *list); /* NULL is fine */

/*
 * Makes the directories above @path, as mkdir -p does, with mode 0777 less the umask. Errors: IO.
 */
REBTF_API struct rebtf_error *rebtf_make_parents(const char *path);

/*
 * Copies files named "modules.*" from @directory below @from ("" for @from itself) to the same
 * directory below @to, which is made if one is copied: modules.order, modules.builtin and others that come with a kernel, and that depmod and
 * initramfs tools read. Leaves out what depmod makes anew (modules.dep, modules.alias,
 * modules.symbols, modules.softdep, modules.weakdep, modules.devname, and what ends in ".bin"), and
 * files that @to has already. Errors: IO, UNSUPPORTED (too large).
 */
REBTF_API struct rebtf_error *rebtf_copy_tree_files(struct rebtf_dir *from, struct rebtf_dir *to,
						    const char *directory);

/*
 * Calls @work once for each index below @count, from up to @jobs threads (0: one for each core this
 * process may use), in ascending order of the start of each call. @worker tells the threads apart:
 * 0 to jobs - 1, of which 0 is the caller's own; so fewer threads than asked for are no error.
 */
REBTF_API struct rebtf_error *rebtf_parallel(unsigned int jobs, size_t count,
					     void (*work)(void *arg, size_t index,
							  unsigned int worker),
					     void *arg);

/* -------------------------------------------------------------------------------------- loading */

/*
 * Will a kernel load a module at all? BTF is one of the things that a kernel checks, and the last.
 * A loader is what is known of one kernel as a judge of modules: its version magic, the symbols
 * that it exports with their CRCs, licenses and namespaces, and its configuration. It finds them
 * where distributions put them, and reads them when the first module is judged. Whatever is not to
 * be had makes verdicts unknown and never an error. Threads may share a loader.
 */
struct rebtf_loader;

/* All 0 and NULL but for @size: the running kernel. */
struct rebtf_loader_options {
	size_t size; /* sizeof(struct rebtf_loader_options) */
	/* A path or a release, as for rebtf_kernel_open(); NULL: the running kernel. */
	const char *kernel;
	/* The directory below which the kernel is installed; NULL: "/". */
	const char *root;
	/* A Module.symvers, plain or compressed, which counts first; NULL: none. */
	const char *symvers;
	/* The kernel's own BTF, which has the size of struct module as well; NULL: not at hand. */
	const struct rebtf_btf *btf;
};

/*
 * Errors: ARGUMENT (@size is not that of any version of the options); of @options->symvers: IO,
 * FORMAT, UNSUPPORTED (too large).
 */
REBTF_API struct rebtf_error *rebtf_loader_open(const struct rebtf_loader_options *options,
						struct rebtf_loader **loader);
REBTF_API void rebtf_loader_free(struct rebtf_loader *loader); /* NULL is fine */

/*
 * Names the files of modules that will be loaded along with those that are judged. Where a module
 * imports symbols from another, these count before the installed modules. To be called before the
 * first module is judged, else it is ARGUMENT. Only names are looked at here; what is no module's
 * name is passed over. Errors: ARGUMENT, NOMEM.
 */
REBTF_API struct rebtf_error *rebtf_loader_offer(struct rebtf_loader *loader,
						 const char *const *paths, size_t count);

/* "6.12.117+deb12-amd64"; NULL if nothing says which release it is. The loader's. */
REBTF_API const char *rebtf_loader_release(struct rebtf_loader *loader);

/* What the kernel does with a module whose BTF does not fit it. */
enum rebtf_btf_mismatch {
	REBTF_BTF_MISMATCH_UNKNOWN, /* its configuration is not to be had */
	REBTF_BTF_MISMATCH_DROPPED, /* it loads the module without types */
	REBTF_BTF_MISMATCH_REFUSED, /* it refuses the module */
};

REBTF_API enum rebtf_btf_mismatch rebtf_loader_btf_mismatch(struct rebtf_loader *loader);
/* "unknown", "loads without types", "refused". A static string. */
REBTF_API const char *rebtf_btf_mismatch_name(enum rebtf_btf_mismatch mismatch);

/* Whether the kernel insists on signed modules. */
enum rebtf_signature_policy {
	REBTF_SIGNATURE_UNKNOWN,  /* its configuration is not to be had */
	REBTF_SIGNATURE_OPTIONAL, /* it does not */
	REBTF_SIGNATURE_LOCKDOWN, /* only while it is locked down, as by Secure Boot */
	REBTF_SIGNATURE_REQUIRED, /* it does */
};

REBTF_API enum rebtf_signature_policy rebtf_loader_signature(struct rebtf_loader *loader);
/* "unknown", "optional", "lockdown", "required". A static string. */
REBTF_API const char *rebtf_signature_policy_name(enum rebtf_signature_policy policy);

/* The file that the configuration was read from; NULL if there is none. The loader's. */
REBTF_API const char *rebtf_loader_config_path(struct rebtf_loader *loader);

/* Where the kernel's exported symbols are looked for, in this order, each symbol by itself. */
enum rebtf_symbol_source {
	REBTF_SOURCE_OPTION,  /* "symvers": the file in the options */
	REBTF_SOURCE_BUILD,   /* "build": Module.symvers where modules are built for the release */
	REBTF_SOURCE_BOOT,    /* "boot": /boot/symvers-RELEASE */
	REBTF_SOURCE_MODULES, /* "modules": /lib/modules/RELEASE/symvers */
	REBTF_SOURCE_IMAGE,   /* "image": __ksymtab and __kcrctab in the kernel's image */
	REBTF_SOURCE_IMPORTS, /* "imports": what the release's own modules were built against */
	REBTF_SOURCE_EXPORTS, /* "exports": other modules, for symbols that they export */
};

#define REBTF_SYMBOL_SOURCES 7

/* The name above; "unknown" for other numbers. A static string. */
REBTF_API const char *rebtf_symbol_source_name(enum rebtf_symbol_source source);

/*
 * The file or directory that was read; NULL if the source is missing, or was not needed. The
 * loader's.
 */
REBTF_API const char *rebtf_loader_source_path(struct rebtf_loader *loader,
					       enum rebtf_symbol_source source);

/*
 * Why a source that was looked for is missing; NULL if it is not, or was not needed. The loader's.
 */
REBTF_API const char *rebtf_loader_source_missing(struct rebtf_loader *loader,
						  enum rebtf_symbol_source source);

/* --- one module */

enum rebtf_loading_verdict {
	REBTF_LOADING_YES, /* the kernel links the module; its own code may still find no device */
	REBTF_LOADING_NO,  /* the kernel refuses it */
	REBTF_LOADING_UNKNOWN, /* what is known of the kernel does not say */
};

/* "yes", "no", "unknown". A static string. */
REBTF_API const char *rebtf_loading_verdict_name(enum rebtf_loading_verdict verdict);

/* What a reason is about. */
enum rebtf_loading_cause {
	REBTF_CAUSE_KERNEL,    /* "kernel": nothing is known of the kernel */
	REBTF_CAUSE_SIGNATURE, /* "signature": the kernel insists on one */
	REBTF_CAUSE_FILE,   /* "file": no module for this kernel's architecture, or a damaged one */
	REBTF_CAUSE_STRUCT, /* "struct": the kernel's struct module has another size */
	REBTF_CAUSE_VERMAGIC,	/* "vermagic": the version magic differs */
	REBTF_CAUSE_VERSION,	/* "version": a symbol's CRC differs, or is not in the module */
	REBTF_CAUSE_SYMBOL,	/* "symbol": nothing exports the symbol */
	REBTF_CAUSE_LICENSE,	/* "license": the symbol is for GPL-compatible modules alone */
	REBTF_CAUSE_NAMESPACE,	/* "namespace": the module does not import the symbol's namespace */
	REBTF_CAUSE_EXPORT,	/* "export": the kernel exports a symbol of that name itself */
	REBTF_CAUSE_DEPENDENCY, /* "dependency": a module that it needs does not load */
	REBTF_CAUSE_LIVEPATCH,	/* "livepatch": the kernel takes no live patches */
};

/* The word above; "unknown" for other numbers. A static string. */
REBTF_API const char *rebtf_loading_cause_name(enum rebtf_loading_cause cause);

/* What becomes of a module's signature before the module is loaded. */
enum rebtf_signature_change {
	REBTF_SIGNATURE_STAYS,
	REBTF_SIGNATURE_DROPPED,
	REBTF_SIGNATURE_MADE, /* a new one */
};

/* A verdict with its reasons. Does not change. */
struct rebtf_loading;

/*
 * Judges @module as the kernel's loader does, check by check; BTF is not among them. As the kernel
 * does, it stops at the first check that fails, and of the symbols names all at fault. Raw BTF is
 * no module that could be loaded: ARGUMENT. Errors: ARGUMENT, NOMEM.
 */
REBTF_API struct rebtf_error *rebtf_loader_judge(struct rebtf_loader *loader,
						 const struct rebtf_module *module,
						 enum rebtf_signature_change signature,
						 struct rebtf_loading **loading);
REBTF_API void rebtf_loading_free(struct rebtf_loading *loading); /* NULL is fine */

REBTF_API enum rebtf_loading_verdict rebtf_loading_verdict(const struct rebtf_loading *loading);

/* Whether the module will have a signature. */
REBTF_API bool rebtf_loading_signed(const struct rebtf_loading *loading);

/* How many symbols that the module imports were found in @source. */
REBTF_API size_t rebtf_loading_found_in(const struct rebtf_loading *loading,
					enum rebtf_symbol_source source);

/*
 * How many reasons there are against YES. The first REBTF_REASONS_MAX of them can be asked for, by
 * their index. Strings are the loading's.
 */
#define REBTF_REASONS_MAX 64
REBTF_API size_t rebtf_loading_reason_count(const struct rebtf_loading *loading);
REBTF_API enum rebtf_loading_cause rebtf_loading_reason_cause(const struct rebtf_loading *loading,
							      size_t index);
/* NO or UNKNOWN: what the reason by itself makes of the module. */
REBTF_API enum rebtf_loading_verdict
rebtf_loading_reason_verdict(const struct rebtf_loading *loading, size_t index);
/* The symbol that it is about; NULL if it is about none. */
REBTF_API const char *rebtf_loading_reason_symbol(const struct rebtf_loading *loading,
						  size_t index);
/*
 * A sentence without the module's name, the same for all modules with that reason, in the kernel's
 * own words where it has some: "disagrees about version of symbol module_layout".
 */
REBTF_API const char *rebtf_loading_reason_text(const struct rebtf_loading *loading, size_t index);

#ifdef __cplusplus
}
#endif

#endif
