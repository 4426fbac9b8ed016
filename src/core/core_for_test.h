/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Makes BPF programs for unit tests, without ELF files: one section, with an instruction "r1 = OLD"
 * for each relocation.
 */
#ifndef REBTF_CORE_CORE_FOR_TEST_H
#define REBTF_CORE_CORE_FOR_TEST_H

#include "btf/build_for_test.h"
#include "core/program.h"
#include "core/relo.h"
#include "core/set_for_test.h"
#include "util/bytes.h"

#define TEST_SECTION "kprobe/f"

struct test_relo {
	enum rebtf_relo_kind kind;
	uint32_t type_id;
	const char *access;
	uint32_t old_value;
};

/* The parts that the program points into. */
struct test_program_file {
	uint8_t *code;
	struct rebtf_btf *btf;
};

static inline void test_program_close(void *arg)
{
	struct test_program_file *file = arg;

	free(file->code);
	free(file);
}

static inline void test_put_words(struct buffer *b, const uint32_t *words, size_t count, bool big)
{
	for (size_t i = 0; i < count; i++) {
		uint8_t bytes[4];

		put32(bytes, words[i], big);
		buffer_append(b, bytes, sizeof(bytes));
	}
}

/* The section .BTF.ext with @count relocations, whose strings @btf has. */
static inline struct buffer test_btf_ext(const struct rebtf_btf *btf, const uint32_t *access_offs,
					 uint32_t section_off, const struct test_relo *relos,
					 uint32_t count)
{
	bool big = btf->big_endian;
	uint32_t header[] = { 32, 0, 0, 0, 0, 0, 4 + 8 + 16 * count, 16, section_off, count };
	struct buffer b = {};
	uint8_t start[4] = { 0, 0, 1, 0 };

	put16(start, 0xeb9f, big);
	buffer_append(&b, start, sizeof(start));
	test_put_words(&b, header, sizeof(header) / sizeof(*header), big);
	for (uint32_t i = 0; i < count; i++) {
		uint32_t words[] = { 8 * i, relos[i].type_id, access_offs[i], relos[i].kind };

		test_put_words(&b, words, 4, big);
	}
	return b;
}

/*
 * Finishes the builder of the program's types, and makes a program with these relocations. The
 * program is to be freed with rebtf_program_free().
 */
static inline struct rebtf_program *test_program(struct rebtf_builder *b,
						 const struct test_relo *relos, uint32_t count)
{
	struct test_program_file *file = calloc(1, sizeof(*file));
	uint32_t section_off = rebtf_builder_string(b, TEST_SECTION);
	uint32_t *access_offs = calloc(count + 1, sizeof(*access_offs));
	struct rebtf_program *program;
	struct buffer ext;

	for (uint32_t i = 0; i < count; i++)
		access_offs[i] = rebtf_builder_string(b, relos[i].access);
	assert_ok(program_new("x.bpf.o", &program));
	program->btf = built(b);
	file->code = calloc(count + 1, RELO_INSN_SIZE);
	for (uint32_t i = 0; i < count; i++) {
		file->code[i * RELO_INSN_SIZE] = 0xb7;
		put32(file->code + i * RELO_INSN_SIZE + 4, relos[i].old_value,
		      program->btf->big_endian);
	}
	program->file = file;
	program->close = test_program_close;
	program_codes_append(&program->codes,
			     (struct program_code){ .name = TEST_SECTION,
						    .data = file->code,
						    .size = (size_t)count * RELO_INSN_SIZE });
	ext = test_btf_ext(program->btf, access_offs, section_off, relos, count);
	assert_ok(program_read_ext(program, ext.data, ext.size));
	buffer_release(&ext);
	free(access_offs);
	return program;
}

static inline void cleanup_test_program(struct rebtf_program **program)
{
	rebtf_program_free(*program);
}

#define _cleanup_program_ _cleanup_(cleanup_test_program)

static inline void cleanup_test_core(struct rebtf_core **core)
{
	rebtf_core_free(*core);
}

#define _cleanup_core_ _cleanup_(cleanup_test_core)

/* A set of the kernel that @b builds. */
static inline struct rebtf_set *test_set(struct rebtf_builder *b)
{
	struct rebtf_btf *kernel = built(b);
	struct rebtf_set *set;

	assert_ok(set_new(kernel, 1, &set));
	rebtf_btf_unref(kernel);
	return set;
}

static inline struct rebtf_btf *test_kernel(struct rebtf_set *set)
{
	const struct rebtf_btf *btf;

	assert_ok(rebtf_set_btf(set, SET_KERNEL, &btf));
	return btf_mutable(btf);
}

/* Adds the module that @b builds over the kernel. */
static inline void test_module(struct rebtf_set *set, const char *name, struct rebtf_builder *b)
{
	struct rebtf_btf *btf = built(b);

	assert_ok(rebtf_set_add(set, name, btf));
	rebtf_btf_unref(btf);
}

/* Asserts the verdict and value of the relocation @index. */
#define assert_answer(core, index, want, value)                                                    \
	do {                                                                                       \
		const struct rebtf_core_answer *a_ = rebtf_core_at(core, index);                   \
		assert_non_null(a_);                                                               \
		if (a_->verdict != (want) || a_->new_value != (uint64_t)(value))                   \
			fail_msg("answer %zu: %s, %llu, '%s'", (size_t)(index),                    \
				 rebtf_core_verdict_name(a_->verdict),                             \
				 (unsigned long long)a_->new_value, a_->reason ?: "");             \
	} while (0)

#endif
