/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Shared by tests of ids that refer to the kernel's types: kernels that differ in the named types,
 * a module over them, and its .BTF_ids when it is distilled and relocated.
 */
#ifndef REBTF_MODULE_BTF_IDS_FOR_TEST_H
#define REBTF_MODULE_BTF_IDS_FOR_TEST_H

#include <elf.h>

#include "btf/header.h"
#include "module/btf_ids.h"
#include "module/btf_ids_record.h"
#include "module/module.h"
#include "module/test_ids.h"
#include "util/bytes.h"
#include "util/testing.h"

#define _cleanup_result_ _cleanup_(btf_ids_result_release)
#define _cleanup_record_ _cleanup_(id_record_release)

/* --------------------------------------------------------------------------------------- worlds */

/* Differences between kernels. */
struct variant {
	size_t filler;	       /* other types before all these */
	bool has_other_before; /* another function "send" comes first */
	bool has_other_after;  /* another function "send" comes last */
	bool lacks_send;
	bool lacks_size_t;
	bool has_small_before; /* another struct "sock", of another size, comes first */
	bool has_start;	       /* a function that the module has as well */
};

static inline void add_send(struct rebtf_builder *b, uint32_t result, uint32_t param)
{
	uint32_t proto = rebtf_builder_func_proto(b, result);

	rebtf_builder_param(b, "p", param);
	rebtf_builder_func(b, "send", REBTF_LINKAGE_STATIC, proto);
}

static inline struct rebtf_btf *make_kernel(struct variant v)
{
	struct rebtf_builder *b;
	struct rebtf_btf *btf;
	uint32_t number, sock, size, proto;

	assert_ok(rebtf_builder_new(NULL, &b));
	number = rebtf_builder_int(b, "int", 4, REBTF_INT_SIGNED, 32);
	for (size_t i = 0; i < v.filler; i++)
		rebtf_builder_ref(b, REBTF_KIND_PTR, number);
	if (v.has_small_before) {
		rebtf_builder_struct(b, REBTF_KIND_STRUCT, "sock", 1);
		rebtf_builder_member(b, "other", number, 0, 1);
	}
	sock = rebtf_builder_struct(b, REBTF_KIND_STRUCT, "sock", 4);
	rebtf_builder_member(b, "id", number, 0, 0);
	sock = rebtf_builder_ref(b, REBTF_KIND_PTR, sock);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "unused", 4);
	rebtf_builder_member(b, "id", number, 0, 0);
	rebtf_builder_struct(b, REBTF_KIND_UNION, "either", 4);
	rebtf_builder_member(b, "id", number, 0, 0);
	size = v.lacks_size_t ? number : rebtf_builder_typedef(b, "size_t", number);
	if (v.has_other_before)
		add_send(b, number, size);
	if (!v.lacks_send)
		add_send(b, size, sock);
	if (v.has_other_after)
		add_send(b, number, number);
	proto = rebtf_builder_func_proto(b, number);
	rebtf_builder_func(b, "receive", REBTF_LINKAGE_STATIC, proto);
	if (v.has_start)
		rebtf_builder_func(b, "start", REBTF_LINKAGE_STATIC, proto);
	assert_ok(rebtf_builder_finish(b, &btf));
	return btf;
}

/* Refers to struct sock and, if @with_typedef, to size_t. Has functions "start" and "stop". */
static inline struct rebtf_btf *make_module(struct rebtf_btf *kernel, bool with_typedef)
{
	struct rebtf_builder *b;
	struct rebtf_btf *btf;
	uint32_t size_t_id = rebtf_btf_find(kernel, "size_t", REBTF_KIND_TYPEDEF), proto;

	assert_ok(rebtf_builder_new(kernel, &b));
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "mine", 16);
	rebtf_builder_member(b, "sock", rebtf_builder_next_id(b), 0, 0);
	if (with_typedef)
		rebtf_builder_member(b, "size", size_t_id, 64, 0);
	rebtf_builder_ref(b, REBTF_KIND_PTR, rebtf_btf_find(kernel, "sock", REBTF_KIND_STRUCT));
	proto = rebtf_builder_func_proto(b, 0);
	rebtf_builder_func(b, "start", REBTF_LINKAGE_STATIC, proto);
	rebtf_builder_func(b, "stop", REBTF_LINKAGE_STATIC, proto);
	assert_ok(rebtf_builder_finish(b, &btf));
	return btf;
}

static inline uint32_t own_id(const struct rebtf_btf *btf, const char *name)
{
	for (uint32_t id = rebtf_btf_start_id(btf); id < rebtf_btf_type_count(btf); id++) {
		if (!strcmp(rebtf_btf_type_name(btf, rebtf_btf_type(btf, id)), name))
			return id;
	}
	fail_msg("the module has no '%s'", name);
	return 0;
}

/* --------------------------------------------------------------------------------- transformations */

/* An ELF file with .BTF_ids, and the facts about its ids. */
struct module {
	const struct test_symbol *symbols;
	size_t symbol_count;
	int encoding;
	uint32_t words[32];
	size_t word_count;
	struct rebtf_btf *btf;
	struct id_record record;
	bool has_record;
};

static inline void module_release(struct module *m)
{
	rebtf_btf_unref(m->btf);
	id_record_release(&m->record);
}

#define _cleanup_test_module_ _cleanup_(module_release)

static inline struct rebtf_error *resolve(const struct module *m,
					  const struct btf_ids_origin *origin,
					  const struct rebtf_btf *btf, unsigned int flags,
					  struct btf_ids_result *result)
{
	_cleanup_file_bytes_ struct file_bytes object = {};

	test_ids_make(&(struct test_ids){ .encoding = m->encoding,
					  .words = m->words,
					  .word_count = m->word_count,
					  .symbols = m->symbols,
					  .symbol_count = m->symbol_count },
		      &object);
	return btf_ids_resolve(object.data, object.size, origin, btf, flags, result);
}

static inline struct btf_ids_origin origin_of(const struct module *m)
{
	struct rebtf_btf *base = rebtf_btf_base(m->btf);

	return (struct btf_ids_origin){
		.btf = m->btf,
		.start = rebtf_btf_start_id(m->btf),
		.has_base = true,
		.is_distilled = base && rebtf_btf_is_distilled_base(base),
		.record = m->has_record ? &m->record : NULL,
	};
}

/* Makes @to the module with new BTF, which it takes over. */
static inline struct rebtf_error *rewrite(const struct module *from, struct rebtf_btf *btf,
					  unsigned int flags, struct module *to)
{
	_cleanup_result_ struct btf_ids_result result = {};
	const struct btf_ids_origin origin = origin_of(from);
	bool is_big = from->encoding == ELFDATA2MSB;

	*to = *from;
	to->btf = btf;
	to->record = (struct id_record){};
	to->has_record = false;
	TRY(resolve(from, &origin, btf, flags, &result));
	assert_int_equal(result.size, from->word_count * 4);
	for (size_t i = 0; i < from->word_count; i++)
		to->words[i] = get32(result.data + 4 * i, is_big);
	if (!result.record)
		return NULL;
	to->has_record = true;
	return id_record_read(result.record, result.record_size, is_big, &to->record);
}

static inline struct rebtf_error *distill(const struct module *from, struct module *to)
{
	struct rebtf_btf *base, *distilled;

	assert_ok(rebtf_distill(from->btf, &base, &distilled));
	rebtf_btf_unref(base);
	return rewrite(from, distilled, BTF_IDS_DISTILL, to);
}

static inline struct rebtf_error *relocate(const struct module *from, struct rebtf_btf *kernel,
					   struct module *to)
{
	struct rebtf_btf *relocated;

	assert_ok(rebtf_relocate(from->btf, kernel, NULL, &relocated));
	return rewrite(from, relocated, 0, to);
}

/* A module over that kernel with correct ids. */
static inline struct module start(struct rebtf_btf *kernel, bool with_typedef,
				  const struct test_symbol *symbols, size_t symbol_count)
{
	return (struct module){
		.symbols = symbols,
		.symbol_count = symbol_count,
		.encoding = HOST_BIG_ENDIAN ? ELFDATA2MSB : ELFDATA2LSB,
		.btf = make_module(kernel, with_typedef),
	};
}

static inline void assert_words(const struct module *m, const uint32_t *want)
{
	for (size_t i = 0; i < m->word_count; i++) {
		if (m->words[i] != want[i])
			fail_msg("word %zu is %u, expected %u", i, m->words[i], want[i]);
	}
}

/* ----------------------------------------------------------------------------------- every symbol */

/*
 * A list with an unused word; a set of functions of the kernel; a set8 of the module's functions
 * and one of the kernel's.
 */
static const struct test_symbol every_symbol[] = {
	{ "__BTF_ID__struct__sock__1", 0, 4 },	   { "__BTF_ID__struct__unused__2", 4, 4 },
	{ "__BTF_ID__union__either__3", 12, 4 },   { "__BTF_ID__func__send__4", 16, 4 },
	{ "__BTF_ID__typedef__size_t__5", 20, 4 }, { "__BTF_ID__struct__mine__6", 24, 4 },
	{ "__BTF_ID__set__plain", 28, 12 },	   { "__BTF_ID__func__receive__7", 32, 4 },
	{ "__BTF_ID__func__send__8", 36, 4 },	   { "__BTF_ID__set8__kfuncs", 40, 40 },
	{ "__BTF_ID__func__stop__9", 48, 4 },	   { "__BTF_ID__func__send__10", 56, 4 },
	{ "__BTF_ID__func__start__11", 64, 4 },	   { "__BTF_ID__func__receive__12", 72, 4 },
};
#define SYMBOLS	   14
#define WORD_COUNT 20

static inline int by_first_word(const void *a, const void *b)
{
	uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;

	return (left > right) - (left < right);
}

/* The ids that the kernel's build gives these symbols. */
static inline void build_words(const struct rebtf_btf *btf, uint32_t words[WORD_COUNT])
{
	struct rebtf_btf *base = rebtf_btf_base(btf);
	uint32_t send = rebtf_btf_find(base, "send", REBTF_KIND_FUNC);
	uint32_t receive = rebtf_btf_find(base, "receive", REBTF_KIND_FUNC);
	const uint32_t want[WORD_COUNT] = {
		rebtf_btf_find(base, "sock", REBTF_KIND_STRUCT),
		rebtf_btf_find(base, "unused", REBTF_KIND_STRUCT),
		0,
		rebtf_btf_find(base, "either", REBTF_KIND_UNION),
		send,
		rebtf_btf_find(base, "size_t", REBTF_KIND_TYPEDEF),
		own_id(btf, "mine"),
		2,
		receive,
		send,
		4,
		1, /* BTF_SET8_KFUNCS */
		own_id(btf, "stop"),
		0x10,
		send,
		0x20,
		own_id(btf, "start"),
		0x40,
		receive,
		0x80,
	};

	memcpy(words, want, sizeof(want));
	qsort(words + 8, 2, 4, by_first_word);
	qsort(words + 12, 4, 8, by_first_word);
}

static inline struct module start_every(struct rebtf_btf *kernel, int encoding)
{
	struct module m = start(kernel, true, every_symbol, SYMBOLS);

	m.encoding = encoding;
	m.word_count = WORD_COUNT;
	build_words(m.btf, m.words);
	return m;
}

static inline void assert_built(const struct module *m)
{
	uint32_t want[WORD_COUNT];

	build_words(m->btf, want);
	assert_words(m, want);
}

#endif
