/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The words for numbers. C compilers give an INT its words of C as its name, but other compilers
 * theirs: Rust has an INT u32, which C knows by its size and encoding.
 */
#include "core/c_words.h"
#include "core/c_writer.h"

const char *c_integer(uint32_t size, bool is_signed)
{
	switch (size) {
	case 1:
		return is_signed ? "signed char" : "unsigned char";
	case 2:
		return is_signed ? "short" : "unsigned short";
	case 8:
		return is_signed ? "long long" : "unsigned long long";
	case 16:
		return is_signed ? "__int128" : "unsigned __int128";
	default:
		return is_signed ? "int" : "unsigned int";
	}
}

static const char *c_float(uint32_t size)
{
	return size == 4 ? "float" : size == 8 ? "double" : "long double";
}

void c_write_number(struct c_writer *w, uint32_t id)
{
	const struct rebtf_type *t = btf_type(w->btf, id);
	const char *name = btf_string(w->btf, t->name_off);

	writer_begin(w->out);
	if (!(w->states[id] & C_OWN_NAME) && (w->like_libbpf || c_word_is_number(name)))
		w->states[id] |= C_OWN_NAME;
	if (w->states[id] & C_OWN_NAME)
		writer_string(w->out, name);
	else if (rebtf_type_kind(t) == REBTF_KIND_FLOAT)
		writer_string(w->out, c_float(t->size));
	else if (rebtf_int_encoding(t) == REBTF_INT_BOOL && t->size == 1)
		writer_string(w->out, "_Bool");
	else
		writer_string(w->out, c_integer(t->size, rebtf_int_encoding(t) & REBTF_INT_SIGNED));
}
