/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* The parts of the oracle (oracle.c). They read BTF without librebtf's code. */
#ifndef TESTS_DISTRO_SAME_H
#define TESTS_DISTRO_SAME_H

#include <bpf/btf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Whether both have the same own types, type by type and field by field. String offsets may differ,
 * but the strings must be equal. If not, @why describes the first difference.
 */
bool same_btf(const struct btf *expected, const struct btf *got, char *why, size_t why_size);

/* The number of 32-bit words of a type. */
size_t type_words(const struct btf_type *t);

/* The named types of a base, sorted by name, for rule_match(). */
struct rule_base;
struct rule_base *rule_base_new(const struct btf *base);
void rule_base_free(struct rule_base *base);

/*
 * How libbpf's rule differs from the design's, for a type of a distilled base and the types of its
 * name.
 */
enum libbpf_rule {
	LIBBPF_SAME = 0,
	LIBBPF_FWD_FLAG, /* for a FWD it reads the STRUCT's or UNION's kind flag */
	LIBBPF_ANY_KIND, /* a STRUCT or UNION may become any kind of that name */
	LIBBPF_INT_BITS, /* an INT may have other bits */
	LIBBPF_RULES,
};

/* The design's verdict on one type of a distilled base. */
struct rule_answer {
	uint32_t target; /* id in the new base; 0 if no type fits or several do */
	bool several;
	enum libbpf_rule libbpf;
};

/*
 * For each type of @split's (distilled) base, by id, whether a struct or union of @split embeds it.
 * The caller frees the result.
 */
bool *rule_embedded(const struct btf *split);

struct rule_answer rule_match(const struct rule_base *base, const struct btf *distilled,
			      uint32_t id, const bool *embedded);

#endif
