/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Tests of BTF that is transformed together with the inline BTF over it. */
#include "split/inlined.h"
#include "split/random_for_test.h"
#include "split/same_for_test.h"

#define CASES 100

/* A module's BTF and the inline BTF over it. */
struct pair_of_btf {
	struct rebtf_btf *btf, *inlined;
};

static void pair_of_btf_release(struct pair_of_btf *pair)
{
	rebtf_btf_unref(pair->inlined);
	rebtf_btf_unref(pair->btf);
}

#define _cleanup_pair_ _cleanup_(pair_of_btf_release)

static struct rebtf_btf *joined(const struct pair_of_btf *pair)
{
	struct rebtf_btf *result;

	assert_ok(inlined_join(pair->btf, pair->inlined, &result));
	return result;
}

/* Parts @all, which it releases. */
static struct pair_of_btf parted(struct rebtf_btf *all, const struct pair_of_btf *old)
{
	_cleanup_free_ uint32_t *new_ids = NULL;
	struct pair_of_btf pair;

	assert_ok(inlined_part(all, old->inlined, &pair.btf, &pair.inlined, &new_ids));
	assert_ptr_equal(rebtf_btf_base(pair.inlined), pair.btf);
	assert_reopens(pair.btf);
	assert_reopens(pair.inlined);
	rebtf_btf_unref(all);
	return pair;
}

/* [1] INT "int", [2] FUNC_PROTO with a parameter, [3] FUNC "base_func", [4] STRUCT "pair". */
static struct rebtf_btf *build_kernel(void)
{
	struct rebtf_builder *b = build_over(NULL);
	uint32_t i = add_int(b), proto = rebtf_builder_func_proto(b, i);

	rebtf_builder_param(b, "x", i);
	rebtf_builder_func(b, "base_func", REBTF_LINKAGE_STATIC, proto);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "pair", 8);
	rebtf_builder_member(b, "first", i, 0, 0);
	return built(b);
}

/*
 * A module with a pointer to the kernel's struct and the function "own", and inline BTF with places
 * of "own", "base_func" and of "only_inlined", which has a name and a prototype of its own.
 */
static struct pair_of_btf build_pair(struct rebtf_btf *kernel)
{
	struct rebtf_builder *b = build_over(kernel);
	uint32_t ptr = rebtf_builder_ref(b, REBTF_KIND_PTR, 4), own, func, proto, param;
	struct pair_of_btf pair;

	own = rebtf_builder_func(b, "own", REBTF_LINKAGE_STATIC, 2);
	pair.btf = built(b);
	b = build_over(pair.btf);
	param = add_loc_param(b, 4, REBTF_LOC_REG, 5, NULL);
	proto = rebtf_builder_func_proto(b, ptr);
	rebtf_builder_param(b, "only", ptr);
	func = rebtf_builder_func(b, "only_inlined", REBTF_LINKAGE_STATIC, proto);
	proto = rebtf_builder_loc_proto(b);
	rebtf_builder_loc_proto_param(b, param);
	rebtf_builder_locsec(b, ".text");
	rebtf_builder_locsec_loc(b, 3, proto, 48);
	rebtf_builder_locsec_loc(b, own, 0, 16);
	rebtf_builder_locsec_loc(b, func, proto, 32);
	pair.inlined = built(b);
	return pair;
}

static void joined_and_parted_both_are_the_same(void **state)
{
	_cleanup_unref_ struct rebtf_btf *kernel = build_kernel();
	_cleanup_pair_ struct pair_of_btf pair = build_pair(kernel);
	_cleanup_pair_ struct pair_of_btf again = parted(joined(&pair), &pair);
	_cleanup_free_ char *btf = dump_text(pair.btf), *inlined = dump_text(pair.inlined);

	(void)state;
	assert_dump(again.btf, btf);
	assert_dump(again.inlined, inlined);
}

/* The kernel's function becomes the last one, so the order of the places changes. */
static void distilled_places_name_the_same_functions_in_order(void **state)
{
	_cleanup_unref_ struct rebtf_btf *kernel = build_kernel(), *base = NULL, *all = NULL;
	_cleanup_pair_ struct pair_of_btf pair = build_pair(kernel), result = {};
	struct rebtf_btf *split;

	(void)state;
	all = joined(&pair);
	assert_ok(rebtf_distill(all, &base, &split));
	result = parted(split, &pair);
	assert_dump(rebtf_btf_base(result.btf),
		    "[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n"
		    "[2] STRUCT 'pair' size=8 vlen=0\n");
	assert_dump(result.btf, "[3] PTR '(anon)' type_id=2\n"
				"[4] FUNC 'own' type_id=5 linkage=static\n"
				"[5] FUNC_PROTO '(anon)' ret_type_id=1 vlen=1\n"
				"\t'x' type_id=1\n");
	assert_dump(result.inlined,
		    "[6] LOC_PARAM '(anon)' size=4 flags=0x8 vlen=1 values='reg5'\n"
		    "[7] FUNC_PROTO '(anon)' ret_type_id=3 vlen=1\n"
		    "\t'only' type_id=3\n"
		    "[8] FUNC 'only_inlined' type_id=7 linkage=static\n"
		    "[9] LOC_PROTO '(anon)' vlen=1\n"
		    "\ttype_id=6 value='reg5'\n"
		    "[10] LOCSEC '.text' vlen=3\n"
		    "\tname='own' func_type_id=4 loc_proto_type_id=0 offset=16\n"
		    "\tname='only_inlined' func_type_id=8 loc_proto_type_id=9 offset=32\n"
		    "\tname='base_func' func_type_id=11 loc_proto_type_id=9 offset=48\n"
		    "[11] FUNC 'base_func' type_id=5 linkage=static\n");
}

/* A copy of a type that the BTF refers to may not be in the inline BTF. */
static void types_that_become_one_stay_in_the_btf(void **state)
{
	_cleanup_unref_ struct rebtf_btf *kernel = build_kernel(), *all = NULL;
	_cleanup_pair_ struct pair_of_btf pair = {}, result = {};
	struct rebtf_builder *b = build_over(kernel);
	struct rebtf_btf *standalone;
	uint32_t proto;

	(void)state;
	rebtf_builder_func(b, "own", REBTF_LINKAGE_STATIC, 2);
	pair.btf = built(b);
	b = build_over(pair.btf);
	proto = rebtf_builder_func_proto(b, 1);
	rebtf_builder_param(b, "x", 1);
	proto = rebtf_builder_func(b, "other", REBTF_LINKAGE_STATIC, proto);
	rebtf_builder_locsec(b, ".text");
	rebtf_builder_locsec_loc(b, proto, 0, 8);
	pair.inlined = built(b);
	all = joined(&pair);
	assert_ok(rebtf_standalone(all, NULL, &standalone));
	result = parted(standalone, &pair);
	assert_dump(result.btf, "[1] FUNC 'own' type_id=2 linkage=static\n"
				"[2] FUNC_PROTO '(anon)' ret_type_id=3 vlen=1\n"
				"\t'x' type_id=3\n"
				"[3] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n");
	assert_dump(result.inlined, "[4] FUNC 'other' type_id=2 linkage=static\n"
				    "[5] LOCSEC '.text' vlen=1\n"
				    "\tname='other' func_type_id=4 loc_proto_type_id=0 offset=8\n");
}

/* Distilled, relocated to the old base and parted, random BTF refers to the same types again. */
static void random_pairs_keep_their_structure(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= CASES; seed++) {
		struct shape s = { .random = seed * 0x9e3779b97f4a7c15 };
		_cleanup_unref_ struct rebtf_btf *base = build_random(&s, NULL, "base_", 60);
		_cleanup_pair_ struct pair_of_btf pair = {}, result = {};
		_cleanup_unref_ struct rebtf_btf *all = NULL, *distilled_all = NULL;
		const char *difference;

		pair.btf = build_random(&s, base, "own_", 40);
		pair.inlined = build_random(&s, pair.btf, "inline_", 40);
		all = joined(&pair);
		distilled_all = distilled(all);
		result = parted(relocated(distilled_all, base), &pair);
		difference = find_difference(pair.btf, result.btf, true);
		if (difference)
			fail_msg("seed %llu: .BTF: %s", (unsigned long long)seed, difference);
	}
}

/* Headers do not become shorter, even if the additional bytes are 0. */
static void the_header_keeps_its_size(void **state)
{
	static const uint32_t types[] = { 1, REBTF_KIND_INT << 24, 4, 32 };
	_cleanup_bytes_ struct bytes plain = {}, longer = {};
	_cleanup_pair_ struct pair_of_btf old = {}, new = {};
	struct rebtf_builder *b;

	(void)state;
	plain = raw_bytes(types, sizeof(types), NULL, 0, "\0int", 5);
	longer = with_header(&plain, 40);
	assert_ok(open_bytes(&longer, NULL, &old.btf));
	b = build_over(old.btf);
	add_loc_param(b, 4, REBTF_LOC_REG, 5, NULL);
	old.inlined = built(b);
	new = parted(joined(&old), &old);
	assert_int_equal(header_length(new.btf), 40);
}

static void a_mark_in_a_file_is_refused(void **state)
{
	_cleanup_unref_ struct rebtf_btf *kernel = build_kernel();
	_cleanup_pair_ struct pair_of_btf pair = {};
	struct rebtf_btf *all;

	(void)state;
	pair.btf = rebtf_btf_ref(kernel);
	assert_ok(OPEN_RAW("", kernel, &pair.inlined, 0, INFO(LOCSEC, 0), LOCSEC_MARK));
	assert_fails(inlined_join(pair.btf, pair.inlined, &all), REBTF_ERR_UNSUPPORTED,
		     "type [5] LOCSEC: cannot rewrite .BTF.inline: invalid size");
}

/* A FUNC refers to an INT, and so many types follow that opening does not check it. */
static void inline_btf_that_would_not_open_again_is_refused(void **state)
{
	_cleanup_pair_ struct pair_of_btf pair = { .btf = build_int() };
	struct rebtf_builder *b = build_over(pair.btf);
	uint32_t x = rebtf_builder_int(b, "x", 4, 0, 32);
	struct rebtf_btf *all;

	(void)state;
	rebtf_builder_func(b, "f", REBTF_LINKAGE_STATIC, x);
	for (int i = 0; i < 10; i++)
		rebtf_builder_ref(b, REBTF_KIND_CONST, x);
	pair.inlined = built(b);
	assert_fails(inlined_join(pair.btf, pair.inlined, &all), REBTF_ERR_WRONG_BASE,
		     "type [3] FUNC 'f'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(joined_and_parted_both_are_the_same),
		cmocka_unit_test(distilled_places_name_the_same_functions_in_order),
		cmocka_unit_test(types_that_become_one_stay_in_the_btf),
		cmocka_unit_test(random_pairs_keep_their_structure),
		cmocka_unit_test(the_header_keeps_its_size),
		cmocka_unit_test(a_mark_in_a_file_is_refused),
		cmocka_unit_test(inline_btf_that_would_not_open_again_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
