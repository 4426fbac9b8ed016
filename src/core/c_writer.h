/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Writes the types of BTF as C: either the text that libbpf's btf_dump writes, or one that C++ and
 * C23 accept, too, and that repeats unnamed members of a named type, which need an extension.
 *
 * A type is written in two steps. c_order.c queues the definitions that the type needs, each after
 * those that it contains. c_define.c then writes them, each after forward declarations of the
 * structs that it points to (c_writer.c).
 */
#ifndef REBTF_CORE_C_WRITER_H
#define REBTF_CORE_C_WRITER_H

#include "core/c_express.h"
#include "core/c_layout.h"
#include "core/c_names.h"
#include "graph/declare.h"

/* The state of a type. */
enum c_state {
	C_ORDERING = 1 << 0, /* its definition waits for those of its members */
	C_ORDERED = 1 << 1,
	C_WRITING = 1 << 2, /* its members are being declared */
	C_WRITTEN = 1 << 3,
	C_DECLARED = 1 << 4, /* a forward declaration was written */
	C_USED = 1 << 5,     /* another type refers to it */
	C_LEFT_OUT = 1 << 7, /* C cannot express it */
	C_OWN_NAME = 1 << 6, /* of an INT or FLOAT: its name consists of words of C */
};

/* A type whose references are followed. */
struct c_frame {
	uint32_t id;
	uint32_t container; /* writing: the type that is defined around it; or 0 */
	uint32_t next;	    /* the next reference */
	bool behind;	    /* ordering: reached through a pointer */
	bool strong;	    /* ordering: a definition came before */
};

DEFINE_VECTOR(c_frames, struct c_frame);

struct c_writer {
	const struct rebtf_btf *btf;
	struct writer *out;
	struct declare declare;
	struct c_names names;
	struct c_layout layout;
	struct c_express express; /* unless @like_libbpf */
	bool only_tags;		  /* unnamed types are not defined where they are used: "struct" */
	uint8_t *states;	  /* by id: enum c_state */
	struct u32_vector queue;
	struct c_frames frames;
	bool like_libbpf;
	bool asserts;	 /* after each definition, assert its size and the offsets of its members */
	uint8_t *varies; /* by id, if @asserts: enum c_varies */
	const char *tag; /* of the struct or union that is being defined */
	uint32_t
		inlined; /* the type of the next member, whose definition is repeated there; or 0 */
	/* Sets of string offsets: the names of members, and of enums that are only declared. */
	uint64_t *members;
	uint64_t *forward_enums;
	struct u32_vector defined_enums; /* definitions of these, in the order of their ids */
	/* Of tags, and of tags and typedefs of the bases: C++ has one space of names for both. */
	uint64_t *tags;
	uint64_t *base_tags;
	uint64_t *base_typedefs;
	/* See struct rebtf_header_options. Or NULL. */
	void (*note)(void *arg, const struct rebtf_header_note *note);
	void *note_arg;
	uint32_t cycle; /* a type that contains itself, so that C cannot express it; or 0 */
};

/*
 * @first: attributes of alignment are inferred for types from this id on, unless @like_libbpf. Errors:
 * NOMEM, UNSUPPORTED (unknown kinds). Must be released in any case.
 */
struct rebtf_error *c_writer_init(struct c_writer *w, const struct rebtf_btf *btf,
				  struct writer *out, bool like_libbpf, uint32_t first);
void c_writer_release(struct c_writer *w);

/*
 * Marks the types that the types from id @from up to @end refer to. An unnamed enum without a user
 * has a definition of its own, others are defined where they are used. As in libbpf, the result of a
 * function is no use.
 */
void c_mark_uses(struct c_writer *w, uint32_t from, uint32_t end);

/*
 * Writes the definition of type @id, unless it was written, after all that it needs. A type that C
 * cannot express is left out, but libbpf's text ends with an error. Errors: NOMEM; UNSUPPORTED (it
 * contains itself, or its text is too long).
 */
struct rebtf_error *c_writer_type(struct c_writer *w, uint32_t id);

/* Writes the declaration of @name with type @id. Errors: as c_writer_type(). */
struct rebtf_error *c_writer_declare(struct c_writer *w, uint32_t id, const char *name);

/*
 * Writes all that a declaration with type @id needs: definitions of the types that it contains,
 * declarations of those that it points to. Errors: as c_writer_type().
 */
struct rebtf_error *c_writer_needs(struct c_writer *w, uint32_t id);

/* --- inside */

/* Queues the definitions that type @id needs. Sets @cycle if they contain one another. */
void c_order(struct c_writer *w, uint32_t id);

/* Write a definition or declaration without the semicolon. */
void c_define_composite(struct c_writer *w, uint32_t id);
void c_define_enum(struct c_writer *w, uint32_t id, uint32_t level);
void c_define_typedef(struct c_writer *w, uint32_t id);
void c_declare_tag(struct c_writer *w, uint32_t id); /* "struct foo" */

/* Write a name, or the word for an INT or FLOAT. */
void c_write_name(struct c_writer *w, const char *name);
void c_write_typedef_name(struct c_writer *w, uint32_t id);
void c_write_number(struct c_writer *w, uint32_t id);

/* The name that members of the struct of typedef @id cannot have in C++; "" if there is none. */
const char *c_typedef_tag(struct c_writer *w, uint32_t id);

/* Returns C's words for an integer of that size. */
const char *c_integer(uint32_t size, bool is_signed);

/* Writes assertions about type @id. */
void c_assert(struct c_writer *w, uint32_t id);

/* The callbacks of struct declare. */
void c_define_identifier(void *arg, const char *name);
bool c_define_name(void *arg, uint32_t id, const struct rebtf_type *t, uint32_t level);
void c_define_member(void *arg, struct declare_task task);

/*
 * Writes bit-fields without names that fill a gap between two members. @exact: of a packed type,
 * where the compiler does not align members.
 */
void c_pad(struct c_writer *w, int64_t from, int64_t to, uint32_t next_align, bool in_bitfield,
	   bool exact, uint32_t level);

/* Writes tabs. */
void c_indent(struct c_writer *w, uint32_t level);

/* Whether type @id can be defined: with @whole = false, whether it can be named. */
static inline bool c_writer_has(struct c_writer *w, uint32_t id, bool whole)
{
	return w->like_libbpf || c_express_has(&w->express, id, whole);
}

/* Whether a pointer becomes one to void. */
static inline bool c_writer_is_opaque(const struct c_writer *w, uint32_t id)
{
	return !w->like_libbpf && w->express.opaque[id];
}

/* Spends a step, on a frame or on a line. Returns false if no step is left. */
/* Whether a set of string offsets has @name_off. NULL, as in libbpf's mode: it has none. */
static inline bool c_has_name(const uint64_t *names, uint32_t name_off)
{
	return names && names[name_off / 64] >> name_off % 64 & 1;
}

static inline bool c_spend(struct c_writer *w)
{
	w->declare.budget -= w->declare.budget > 0;
	return w->declare.budget;
}

#endif
