/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The parts of the oracle: see oracle.c. None of them uses librebtf's own code to look at BTF.
 */
#ifndef TESTS_DISTRO_SAME_H
#define TESTS_DISTRO_SAME_H

#include <bpf/btf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Whether both have the same types of their own, type by type and field by field; string offsets may differ,
 * the strings may not. If not, @why says what the first difference is.
 */
bool same_btf(const struct btf *expected, const struct btf *got, char *why, size_t why_size);

/* How many 32-bit words a type takes in a file. */
size_t type_words(const struct btf_type *t);

/* The named types of a base, sorted by name, for rule_match(). */
struct rule_base;
struct rule_base *rule_base_new(const struct btf *base);
void rule_base_free(struct rule_base *base);

/* Where libbpf goes by another rule than the design, for one type of a distilled base and what has its name. */
enum libbpf_rule {
	LIBBPF_SAME = 0,
	LIBBPF_FWD_FLAG, /* for a FWD it looks at the kind flag of the STRUCT or UNION, not at the FWD's */
	LIBBPF_ANY_KIND, /* a STRUCT or UNION may become anything of that name */
	LIBBPF_INT_BITS, /* an INT may have other bits */
	LIBBPF_RULES,
};

/* What the design's table says of one type of a distilled base. */
struct rule_answer {
	uint32_t target; /* id in the new base; 0 if none or several fit */
	bool several;
	enum libbpf_rule libbpf;
};

/*
 * For each type of @split's (distilled) base, by id, whether a struct or union of @split embeds it. Freed by
 * the caller.
 */
bool *rule_embedded(const struct btf *split);

struct rule_answer rule_match(const struct rule_base *base, const struct btf *distilled,
			      uint32_t id, const bool *embedded);

#endif
