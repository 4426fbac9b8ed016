/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Recognizes the words of C and C++, and replaces names that are no identifiers. */
#include <stdlib.h>

#include "core/c_words.h"

/* stdbool.h of C11 makes macros of three words of C23. */
const char c_words_macros[] =
	"#ifdef __cplusplus\n"
	"#define __cxx_name(name) name##_\n"
	"#define __cxx_global ::\n"
	"#define __cxx_empty char __empty[0];\n"
	"#define __cxx_enum(type) : type\n"
	"#define _Static_assert static_assert\n"
	"#ifndef _Bool\n"
	"#define _Bool bool\n"
	"#endif\n"
	"#else\n"
	"#define __cxx_name(name) name\n"
	"#define __cxx_global\n"
	"#define __cxx_empty\n"
	"#define __cxx_enum(type)\n"
	"#endif\n"
	"\n"
	"#if defined(__cplusplus) || __STDC_VERSION__ > 201710L || defined(__bool_true_false_are_defined)\n"
	"#define __c23_name(name) name##_\n"
	"#else\n"
	"#define __c23_name(name) name\n"
	"#endif\n\n";

struct c_word_row {
	const char *word;
	enum c_word kind;
};

static const struct c_word_row c_words[] = {
	{ "alignas", C_WORD_C23 },
	{ "alignof", C_WORD_C23 },
	{ "and", C_WORD_CXX },
	{ "and_eq", C_WORD_CXX },
	{ "asm", C_WORD_C11 },
	{ "auto", C_WORD_C11 },
	{ "bitand", C_WORD_CXX },
	{ "bitor", C_WORD_CXX },
	{ "bool", C_WORD_C23 },
	{ "break", C_WORD_C11 },
	{ "case", C_WORD_C11 },
	{ "catch", C_WORD_CXX },
	{ "char", C_WORD_C11 },
	{ "char16_t", C_WORD_CXX },
	{ "char32_t", C_WORD_CXX },
	{ "char8_t", C_WORD_CXX },
	{ "class", C_WORD_CXX },
	{ "co_await", C_WORD_CXX },
	{ "co_return", C_WORD_CXX },
	{ "co_yield", C_WORD_CXX },
	{ "compl", C_WORD_CXX },
	{ "concept", C_WORD_CXX },
	{ "const", C_WORD_C11 },
	{ "const_cast", C_WORD_CXX },
	{ "consteval", C_WORD_CXX },
	{ "constexpr", C_WORD_C23 },
	{ "constinit", C_WORD_CXX },
	{ "continue", C_WORD_C11 },
	{ "decltype", C_WORD_CXX },
	{ "default", C_WORD_C11 },
	{ "delete", C_WORD_CXX },
	{ "do", C_WORD_C11 },
	{ "double", C_WORD_C11 },
	{ "dynamic_cast", C_WORD_CXX },
	{ "else", C_WORD_C11 },
	{ "enum", C_WORD_C11 },
	{ "explicit", C_WORD_CXX },
	{ "export", C_WORD_CXX },
	{ "extern", C_WORD_C11 },
	{ "false", C_WORD_C23 },
	{ "float", C_WORD_C11 },
	{ "for", C_WORD_C11 },
	{ "friend", C_WORD_CXX },
	{ "goto", C_WORD_C11 },
	{ "if", C_WORD_C11 },
	{ "inline", C_WORD_C11 },
	{ "int", C_WORD_C11 },
	{ "long", C_WORD_C11 },
	{ "mutable", C_WORD_CXX },
	{ "namespace", C_WORD_CXX },
	{ "new", C_WORD_CXX },
	{ "noexcept", C_WORD_CXX },
	{ "not", C_WORD_CXX },
	{ "not_eq", C_WORD_CXX },
	{ "nullptr", C_WORD_C23 },
	{ "operator", C_WORD_CXX },
	{ "or", C_WORD_CXX },
	{ "or_eq", C_WORD_CXX },
	{ "private", C_WORD_CXX },
	{ "protected", C_WORD_CXX },
	{ "public", C_WORD_CXX },
	{ "register", C_WORD_C11 },
	{ "reinterpret_cast", C_WORD_CXX },
	{ "requires", C_WORD_CXX },
	{ "restrict", C_WORD_C11 },
	{ "return", C_WORD_C11 },
	{ "short", C_WORD_C11 },
	{ "signed", C_WORD_C11 },
	{ "sizeof", C_WORD_C11 },
	{ "static", C_WORD_C11 },
	{ "static_assert", C_WORD_C23 },
	{ "static_cast", C_WORD_CXX },
	{ "struct", C_WORD_C11 },
	{ "switch", C_WORD_C11 },
	{ "template", C_WORD_CXX },
	{ "this", C_WORD_CXX },
	{ "thread_local", C_WORD_C23 },
	{ "throw", C_WORD_CXX },
	{ "true", C_WORD_C23 },
	{ "try", C_WORD_CXX },
	{ "typedef", C_WORD_C11 },
	{ "typeid", C_WORD_CXX },
	{ "typename", C_WORD_CXX },
	{ "typeof", C_WORD_C11 },
	{ "typeof_unqual", C_WORD_C23 },
	{ "union", C_WORD_C11 },
	{ "unsigned", C_WORD_C11 },
	{ "using", C_WORD_CXX },
	{ "virtual", C_WORD_CXX },
	{ "void", C_WORD_C11 },
	{ "volatile", C_WORD_C11 },
	{ "wchar_t", C_WORD_CXX },
	{ "while", C_WORD_C11 },
	{ "xor", C_WORD_CXX },
	{ "xor_eq", C_WORD_CXX },
};

#define C_WORDS (sizeof(c_words) / sizeof(c_words[0]))

/* By first letter: the lengths of words, because few names are as long as one that starts alike. */
static const uint32_t c_word_lengths['z' - 'a' + 1] = {
	['a' - 'a'] = 1 << 3 | 1 << 4 | 1 << 6 | 1 << 7,
	['b' - 'a'] = 1 << 4 | 1 << 5 | 1 << 6,
	['c' - 'a'] = 1 << 4 | 1 << 5 | 1 << 7 | 1 << 8 | 1 << 9 | 1 << 10,
	['d' - 'a'] = 1 << 2 | 1 << 6 | 1 << 7 | 1 << 8 | 1 << 12,
	['e' - 'a'] = 1 << 4 | 1 << 6 | 1 << 8,
	['f' - 'a'] = 1 << 3 | 1 << 5 | 1 << 6,
	['g' - 'a'] = 1 << 4,
	['i' - 'a'] = 1 << 2 | 1 << 3 | 1 << 6,
	['l' - 'a'] = 1 << 4,
	['m' - 'a'] = 1 << 7,
	['n' - 'a'] = 1 << 3 | 1 << 6 | 1 << 7 | 1 << 8 | 1 << 9,
	['o' - 'a'] = 1 << 2 | 1 << 5 | 1 << 8,
	['p' - 'a'] = 1 << 6 | 1 << 7 | 1 << 9,
	['r' - 'a'] = 1 << 6 | 1 << 8 | 1 << 16,
	['s' - 'a'] = 1 << 5 | 1 << 6 | 1 << 11 | 1 << 13,
	['t' - 'a'] = 1 << 3 | 1 << 4 | 1 << 5 | 1 << 6 | 1 << 7 | 1 << 8 | 1 << 12 | 1 << 13,
	['u' - 'a'] = 1 << 5 | 1 << 8,
	['v' - 'a'] = 1 << 4 | 1 << 7 | 1 << 8,
	['w' - 'a'] = 1 << 5 | 1 << 7,
	['x' - 'a'] = 1 << 3 | 1 << 6,
};

static int c_word_compare(const void *key, const void *row)
{
	return strcmp(key, ((const struct c_word_row *)row)->word);
}

enum { C_WORD_LETTER = 1, C_WORD_DIGIT };

static const uint8_t c_word_characters[256] = {
	['0' ... '9'] = C_WORD_DIGIT,
	['A' ... 'Z'] = C_WORD_LETTER,
	['_'] = C_WORD_LETTER,
	['a' ... 'z'] = C_WORD_LETTER,
};

static bool c_word_is_letter(char c)
{
	return c_word_characters[(unsigned char)c] == C_WORD_LETTER;
}

static bool c_word_continues(char c)
{
	return c_word_characters[(unsigned char)c];
}

enum c_word c_word_of(const char *name)
{
	const struct c_word_row *row;
	size_t length = 0;

	if (!c_word_is_letter(*name))
		return C_WORD_INVALID;
	while (c_word_continues(name[length]))
		length++;
	if (name[length])
		return C_WORD_INVALID;
	/* All words are in small letters. */
	if (*name < 'a' || length >= 32 || !(c_word_lengths[*name - 'a'] >> length & 1))
		return C_WORD_PLAIN;
	row = bsearch(name, c_words, C_WORDS, sizeof(c_words[0]), c_word_compare);
	return row ? row->kind : C_WORD_PLAIN;
}

bool c_word_is_text(const char *text)
{
	for (; *text; text++) {
		if (*text < ' ' || *text > '~' || *text == '"' || *text == '\\')
			return false;
	}
	return true;
}

bool c_word_is_attribute(const char *text)
{
	uint32_t open = 0;

	if (!c_word_is_letter(*text))
		return false;
	while (c_word_continues(*text))
		text++;
	if (!*text)
		return true;
	for (; *text; text++) {
		if (*text == '(')
			open++;
		else if (*text == ')' ? !open--
				      : !open || !(c_word_continues(*text) || strchr(" ,-", *text)))
			return false;
		if (!open)
			break;
	}
	return !open && *text && !text[1];
}

bool c_word_is_number(const char *name)
{
	static const char *const words[] = {
		"unsigned",   "signed",	  "char",    "short",	   "int",	  "long",
		"float",      "double",	  "_Bool",   "__int128",   "_Float16",	  "_Float128",
		"__float128", "_Complex", "complex", "__int128_t", "__uint128_t", "__bf16",
	};
	size_t length, i;

	do {
		length = strcspn(name, " ");
		for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
			if (strlen(words[i]) == length && !memcmp(words[i], name, length))
				break;
		}
		if (i == sizeof(words) / sizeof(words[0]))
			return false;
		name += length;
		name += *name == ' ';
	} while (*name);
	return true;
}

char *c_word_clean(const char *name)
{
	size_t size = strlen(name) + 1;
	char *clean = malloc(size + 1), *at = clean;

	if (!clean)
		return NULL;
	if (c_word_of(name) == C_WORD_C11) {
		strcpy(stpcpy(clean, name), "_");
		return clean;
	}
	if (!c_word_is_letter(*name))
		*at++ = '_';
	for (; *name; name++)
		*at++ = c_word_continues(*name) ? *name : '_';
	*at = 0;
	return clean;
}

void c_word_write_cxx(struct writer *out, const char *name)
{
	WRITER_PUT(out, "__cxx_name(");
	writer_string(out, name);
	WRITER_PUT(out, ")");
}

static void c_word_write_changed(struct writer *out, const char *name)
{
	if (!c_word_is_letter(*name))
		*out->at++ = '_';
	for (; *name; name++) {
		writer_begin(out);
		*out->at++ = c_word_continues(*name) ? *name : '_';
	}
}

void c_word_write(struct writer *out, const char *name)
{
	switch (c_word_of(name)) {
	case C_WORD_CXX:
		c_word_write_cxx(out, name);
		break;
	case C_WORD_C23:
		WRITER_PUT(out, "__c23_name(");
		writer_string(out, name);
		WRITER_PUT(out, ")");
		break;
	case C_WORD_C11:
		writer_string(out, name);
		WRITER_PUT(out, "_");
		break;
	case C_WORD_INVALID:
		c_word_write_changed(out, name);
		break;
	default:
		writer_string(out, name);
	}
}
