/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The interface of libbpf 1.8 that librebtf-bpf implements: the BTF functions, and the few general
 * ones that every user of these calls. Programs are compiled with libbpf's own headers, so this one
 * is not installed. It describes the same functions with rebtf's types: struct rebtf_type has the
 * layout of struct btf_type.
 *
 * Functions that return a pointer return NULL on error and set errno. Functions that return a number
 * return -errno, and also set errno. Options start with their size; bytes that this version does not
 * know must be 0.
 */
#ifndef REBTF_LIBBPF_API_H
#define REBTF_LIBBPF_API_H

#include <stdarg.h>

#include "rebtf.h"

#define LIBBPF_API __attribute__((visibility("default")))

struct btf;
struct ext_section;
struct btf_dump;

/* Numbers after errno's own. */
enum libbpf_errno {
	LIBBPF_ERRNO_START = 4000,
	LIBBPF_ERRNO_LIBELF = LIBBPF_ERRNO_START,
	LIBBPF_ERRNO_FORMAT,
	LIBBPF_ERRNO_END = 4013,
};

/* As uint32_t in the functions' parameters. */
enum btf_order {
	BTF_ORDER_LITTLE,
	BTF_ORDER_BIG,
};

enum btf_forward {
	BTF_FORWARD_STRUCT,
	BTF_FORWARD_UNION,
	BTF_FORWARD_ENUM,
};

struct btf_new_opts {
	size_t sz;
	struct btf *base_btf;
	bool add_layout;
};

struct btf_dedup_opts {
	size_t sz;
	struct ext_section *btf_ext; /* its strings and type ids follow; or NULL */
	bool force_collisions;	     /* for tests */
};

struct btf_permute_opts {
	size_t sz;
	struct ext_section *btf_ext;
};

struct btf_dump_opts {
	size_t sz;
};

struct btf_dump_emit_type_decl_opts {
	size_t sz;
	const char *field_name; /* or NULL */
	int indent_level;	/* tabs, from the second line on */
	bool strip_mods;	/* without const, volatile, restrict and type tags */
};

struct btf_dump_type_data_opts {
	size_t sz;
	const char *indent_str; /* NULL: a tab */
	int indent_level;
	bool compact;	   /* in one line */
	bool skip_names;   /* only values */
	bool emit_zeroes;  /* also members that are 0 */
	bool emit_strings; /* arrays of characters as strings */
};

typedef void (*btf_dump_printer)(void *arg, const char *format, va_list arguments);

/* --- objects */

LIBBPF_API void btf__free(struct btf *btf);
LIBBPF_API struct btf *btf__new(const void *data, uint32_t size);
LIBBPF_API struct btf *btf__new_split(const void *data, uint32_t size, struct btf *base);
LIBBPF_API struct btf *btf__new_empty(void);
LIBBPF_API struct btf *btf__new_empty_split(struct btf *base);
LIBBPF_API struct btf *btf__new_empty_opts(struct btf_new_opts *opts);
LIBBPF_API struct btf *btf__parse(const char *path, struct ext_section **ext);
LIBBPF_API struct btf *btf__parse_split(const char *path, struct btf *base);
LIBBPF_API struct btf *btf__parse_elf(const char *path, struct ext_section **ext);
LIBBPF_API struct btf *btf__parse_elf_split(const char *path, struct btf *base);
LIBBPF_API struct btf *btf__parse_raw(const char *path);
LIBBPF_API struct btf *btf__parse_raw_split(const char *path, struct btf *base);
LIBBPF_API const void *btf__raw_data(const struct btf *btf, uint32_t *size);
LIBBPF_API const void *btf__get_raw_data(const struct btf *btf, uint32_t *size);
LIBBPF_API int btf__endianness(const struct btf *btf);
LIBBPF_API int btf__set_endianness(struct btf *btf, int order);
LIBBPF_API int btf__fd(const struct btf *btf);
LIBBPF_API void btf__set_fd(struct btf *btf, int fd);

/* --- the running kernel */

LIBBPF_API struct btf *btf__load_vmlinux_btf(void);
LIBBPF_API struct btf *libbpf_find_kernel_btf(void);
LIBBPF_API struct btf *btf__load_module_btf(const char *module, struct btf *vmlinux);
LIBBPF_API struct btf *btf__load_from_kernel_by_id(uint32_t id);
LIBBPF_API struct btf *btf__load_from_kernel_by_id_split(uint32_t id, struct btf *base);
LIBBPF_API int btf__load_into_kernel(struct btf *btf);

/* --- questions */

LIBBPF_API int32_t btf__find_by_name(const struct btf *btf, const char *name);
LIBBPF_API int32_t btf__find_by_name_kind(const struct btf *btf, const char *name, uint32_t kind);
LIBBPF_API uint32_t btf__type_cnt(const struct btf *btf);
LIBBPF_API const struct btf *btf__base_btf(const struct btf *btf);
LIBBPF_API const struct rebtf_type *btf__type_by_id(const struct btf *btf, uint32_t id);
LIBBPF_API size_t btf__pointer_size(const struct btf *btf);
LIBBPF_API int btf__set_pointer_size(struct btf *btf, size_t size);
LIBBPF_API int64_t btf__resolve_size(const struct btf *btf, uint32_t id);
LIBBPF_API int btf__resolve_type(const struct btf *btf, uint32_t id);
LIBBPF_API int btf__align_of(const struct btf *btf, uint32_t id);
LIBBPF_API const char *btf__name_by_offset(const struct btf *btf, uint32_t off);
LIBBPF_API const char *btf__str_by_offset(const struct btf *btf, uint32_t off);
LIBBPF_API int btf__find_str(struct btf *btf, const char *s);

/* --- additions */

LIBBPF_API int btf__add_str(struct btf *btf, const char *s);
LIBBPF_API int btf__add_type(struct btf *btf, const struct btf *src, const struct rebtf_type *t);
LIBBPF_API int btf__add_btf(struct btf *btf, const struct btf *src);
LIBBPF_API int btf__add_int(struct btf *btf, const char *name, size_t size, int encoding);
LIBBPF_API int btf__add_float(struct btf *btf, const char *name, size_t size);
LIBBPF_API int btf__add_ptr(struct btf *btf, int type);
LIBBPF_API int btf__add_array(struct btf *btf, int index_type, int type, uint32_t nelems);
LIBBPF_API int btf__add_struct(struct btf *btf, const char *name, uint32_t size);
LIBBPF_API int btf__add_union(struct btf *btf, const char *name, uint32_t size);
LIBBPF_API int btf__add_field(struct btf *btf, const char *name, int type, uint32_t bit_offset,
			      uint32_t bit_size);
LIBBPF_API int btf__add_enum(struct btf *btf, const char *name, uint32_t size);
LIBBPF_API int btf__add_enum_value(struct btf *btf, const char *name, int64_t value);
LIBBPF_API int btf__add_enum64(struct btf *btf, const char *name, uint32_t size, bool is_signed);
LIBBPF_API int btf__add_enum64_value(struct btf *btf, const char *name, uint64_t value);
LIBBPF_API int btf__add_fwd(struct btf *btf, const char *name, int forward);
LIBBPF_API int btf__add_typedef(struct btf *btf, const char *name, int type);
LIBBPF_API int btf__add_volatile(struct btf *btf, int type);
LIBBPF_API int btf__add_const(struct btf *btf, int type);
LIBBPF_API int btf__add_restrict(struct btf *btf, int type);
LIBBPF_API int btf__add_type_tag(struct btf *btf, const char *value, int type);
LIBBPF_API int btf__add_type_attr(struct btf *btf, const char *value, int type);
LIBBPF_API int btf__add_func(struct btf *btf, const char *name, int linkage, int proto);
LIBBPF_API int btf__add_func_proto(struct btf *btf, int type);
LIBBPF_API int btf__add_func_param(struct btf *btf, const char *name, int type);
LIBBPF_API int btf__add_var(struct btf *btf, const char *name, int linkage, int type);
LIBBPF_API int btf__add_datasec(struct btf *btf, const char *name, uint32_t size);
LIBBPF_API int btf__add_datasec_var_info(struct btf *btf, int var, uint32_t offset, uint32_t size);
LIBBPF_API int btf__add_decl_tag(struct btf *btf, const char *value, int type, int component);
LIBBPF_API int btf__add_decl_attr(struct btf *btf, const char *value, int type, int component);

/* --- transforms */

LIBBPF_API int btf__dedup(struct btf *btf, const struct btf_dedup_opts *opts);
LIBBPF_API int btf__distill_base(const struct btf *btf, struct btf **base, struct btf **split);
LIBBPF_API int btf__relocate(struct btf *btf, const struct btf *base);
LIBBPF_API int btf__permute(struct btf *btf, uint32_t *id_map, uint32_t count,
			    const struct btf_permute_opts *opts);

/* --- .BTF.ext */

LIBBPF_API struct ext_section *btf_ext__new(const uint8_t *data, uint32_t size);
LIBBPF_API void btf_ext__free(struct ext_section *ext);
LIBBPF_API const void *btf_ext__raw_data(const struct ext_section *ext, uint32_t *size);
LIBBPF_API const void *btf_ext__get_raw_data(const struct ext_section *ext, uint32_t *size);
LIBBPF_API int btf_ext__endianness(const struct ext_section *ext);
LIBBPF_API int btf_ext__set_endianness(struct ext_section *ext, int order);

/* --- C */

LIBBPF_API struct btf_dump *btf_dump__new(const struct btf *btf, btf_dump_printer print, void *arg,
					  const struct btf_dump_opts *opts);
LIBBPF_API void btf_dump__free(struct btf_dump *d);
LIBBPF_API int btf_dump__dump_type(struct btf_dump *d, uint32_t id);
LIBBPF_API int btf_dump__emit_type_decl(struct btf_dump *d, uint32_t id,
					const struct btf_dump_emit_type_decl_opts *opts);
LIBBPF_API int btf_dump__dump_type_data(struct btf_dump *d, uint32_t id, const void *data,
					size_t size, const struct btf_dump_type_data_opts *opts);

/* --- the library */

enum message_level {
	MESSAGE_WARN,
	MESSAGE_INFO,
	MESSAGE_DEBUG,
};

typedef int (*message_printer)(int level, const char *format, va_list arguments);

LIBBPF_API message_printer libbpf_set_print(message_printer printer);
LIBBPF_API long libbpf_get_error(const void *pointer);
LIBBPF_API int libbpf_strerror(int err, char *text, size_t size);
LIBBPF_API int libbpf_set_strict_mode(int mode);
LIBBPF_API uint32_t libbpf_major_version(void);
LIBBPF_API uint32_t libbpf_minor_version(void);
LIBBPF_API const char *libbpf_version_string(void);

#endif
