/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Names that cannot be written as they are. Words of C23 and C++ are names in kernels, which are
 * written in C11. Rust and other languages have names that are no identifiers in C.
 *
 * A header has macros for such words: in C, __cxx_name(class) is class, in C++ it is class_.
 */
#ifndef REBTF_CORE_C_WORDS_H
#define REBTF_CORE_C_WORDS_H

#include "util/writer.h"

enum c_word {
	C_WORD_PLAIN,
	C_WORD_CXX,	/* a word of C++ */
	C_WORD_C23,	/* a word of C++ and C23 */
	C_WORD_C11,	/* a word of C */
	C_WORD_INVALID, /* not an identifier */
};

/* The definitions of the macros. */
extern const char c_words_macros[];

enum c_word c_word_of(const char *name);

/* Whether @name consists of words that C has for numbers: "long unsigned int". */
bool c_word_is_number(const char *name);

/* Whether a string of C can have @text as it is: printable ASCII without '"' and '\\'. */
bool c_word_is_text(const char *text);

/* Whether @text is a name, with or without arguments in parentheses, as in "address_space(1)". */
bool c_word_is_attribute(const char *text);

/*
 * Returns @name with "_" for each byte that no identifier has, and after a word of C, malloced. NULL if
 * out of memory.
 */
char *c_word_clean(const char *name);

/* Writes @name as an identifier: with a macro if necessary, and with "_" for other characters. */
void c_word_write(struct writer *out, const char *name);

/* As c_word_write(), but C++ always gets another name. */
void c_word_write_cxx(struct writer *out, const char *name);

#endif
