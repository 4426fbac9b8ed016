/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Tests of .BTF_ids: its ids follow their types through distill and relocate in every class and
 * byte order, flags stay with their functions, sets stay sorted, and ids that cannot be renewed
 * correctly are refused.
 */
#include "module/btf_ids.h"
#include "module/elf_file.h"
#include "module/module.h"
#include "module/test_ids.h"
#include "util/testing.h"

/* --------------------------------------------------------------------------------------- making */

/*
 * A kernel: a function that a module has too, @filler other types, and two structs in either order.
 */
static struct rebtf_btf *make_kernel(size_t filler, bool swapped)
{
	struct rebtf_builder *b;
	struct rebtf_btf *btf;
	uint32_t number;

	assert_ok(rebtf_builder_new(NULL, &b));
	number = rebtf_builder_int(b, "int", 4, REBTF_INT_SIGNED, 32);
	rebtf_builder_func(b, "start", REBTF_LINKAGE_STATIC, rebtf_builder_func_proto(b, number));
	for (size_t i = 0; i < filler; i++)
		rebtf_builder_ref(b, REBTF_KIND_PTR, number);
	for (int i = 0; i < 2; i++) {
		rebtf_builder_struct(b, REBTF_KIND_STRUCT, i == swapped ? "device" : "sock", 4);
		rebtf_builder_member(b, "id", number, 0, 0);
	}
	assert_ok(rebtf_builder_finish(b, &btf));
	return btf;
}

/* A module that points to both structs, with two functions in either order. */
static struct rebtf_btf *make_module(struct rebtf_btf *kernel, bool swapped)
{
	struct rebtf_builder *b;
	struct rebtf_btf *btf;
	uint32_t device, sock, proto;

	assert_ok(rebtf_builder_new(kernel, &b));
	device = rebtf_builder_ref(b, REBTF_KIND_PTR,
				   rebtf_btf_find(kernel, "device", REBTF_KIND_STRUCT));
	sock = rebtf_builder_ref(b, REBTF_KIND_PTR,
				 rebtf_btf_find(kernel, "sock", REBTF_KIND_STRUCT));
	proto = rebtf_builder_func_proto(b, device);
	rebtf_builder_param(b, "sock", sock);
	for (int i = 0; i < 2; i++)
		rebtf_builder_func(b, i == swapped ? "start" : "stop", REBTF_LINKAGE_STATIC, proto);
	assert_ok(rebtf_builder_finish(b, &btf));
	return btf;
}

/* The id of the module's own type of that name, ignoring its base. */
static uint32_t own_id(const struct rebtf_btf *btf, const char *name)
{
	for (uint32_t id = rebtf_btf_start_id(btf); id < rebtf_btf_type_count(btf); id++) {
		if (!strcmp(rebtf_btf_type_name(btf, rebtf_btf_type(btf, id)), name))
			return id;
	}
	fail_msg("the module has no '%s'", name);
	return 0;
}

#define _cleanup_result_ _cleanup_(btf_ids_result_release)

/* The flag that the caller of rebtf_module_write() would pass, derived from the base. */
static unsigned int flags_for(const struct rebtf_btf *btf)
{
	struct rebtf_btf *base = rebtf_btf_base(btf);

	return base && rebtf_btf_is_distilled_base(base) ? BTF_IDS_DISTILL : 0;
}

/* ------------------------------------------------------------------------------------ resolving */

/*
 * A list of two structs, a set of the same two, a set8 of functions, with the symbols of the
 * kernel's macros.
 */
static const struct test_symbol kernel_symbols[] = {
	{ "__BTF_ID__struct__device__11", 0, 4 },
	{ "__BTF_ID__struct__sock__12", 4, 4 },
	{ "__BTF_ID__set__both", 8, 12 },
	{ "__BTF_ID__struct__sock__13", 12, 4 },
	{ "__BTF_ID__struct__device__14", 16, 4 },
	{ "__BTF_ID__set8__kfuncs", 20, 24 },
	{ "__BTF_ID__func__stop__15", 28, 4 },
	{ "__BTF_ID__func__start__16", 36, 4 },
	{ "unrelated", 0, 4 },
};
#define SYMBOL_COUNT (sizeof(kernel_symbols) / sizeof(*kernel_symbols))
#define WORD_COUNT   11

static void resolved_words(const struct rebtf_btf *btf, uint32_t words[WORD_COUNT])
{
	struct rebtf_btf *base = rebtf_btf_base(btf);
	uint32_t device = rebtf_btf_find(base, "device", REBTF_KIND_STRUCT);
	uint32_t sock = rebtf_btf_find(base, "sock", REBTF_KIND_STRUCT);
	uint32_t start = own_id(btf, "start"), stop = own_id(btf, "stop");
	const uint32_t want[WORD_COUNT] = {
		device,
		sock,
		2,
		device < sock ? device : sock,
		device < sock ? sock : device,
		2,
		1,
		start < stop ? start : stop,
		start < stop ? 0x10 : 0x20,
		start < stop ? stop : start,
		start < stop ? 0x20 : 0x10,
	};

	memcpy(words, want, sizeof(want));
}

/*
 * Checks that resolving @ids gives the correct words for @btf. The words were correct for @old;
 * NULL: never resolved.
 */
static void check_resolved(struct test_ids ids, const struct rebtf_btf *old,
			   const struct btf_ids_origin *origin, const struct rebtf_btf *btf)
{
	/* As the compiler leaves them: the set8's flags, beside the symbols. */
	static const uint32_t unresolved[WORD_COUNT] = { [6] = 1, [8] = 0x20, [10] = 0x10 };
	_cleanup_file_bytes_ struct file_bytes object = {}, want = {};
	_cleanup_result_ struct btf_ids_result result = {};
	uint32_t words[WORD_COUNT];
	const char *name = ".BTF_ids";
	struct elf_section section;
	struct elf_file file;

	ids.symbols = kernel_symbols;
	ids.symbol_count = SYMBOL_COUNT;
	ids.words = words;
	ids.word_count = WORD_COUNT;
	if (old)
		resolved_words(old, words);
	else
		memcpy(words, unresolved, sizeof(words));
	test_ids_make(&ids, &object);
	resolved_words(btf, words);
	test_ids_make(&ids, &want);

	assert_ok(btf_ids_resolve(object.data, object.size, origin, btf, flags_for(btf), &result));
	assert_int_equal(result.size, WORD_COUNT * 4);
	assert_ok(elf_file_open_mem(want.data, want.size, &file));
	assert_ok(elf_find_sections(&file, &name, &section, 1));
	assert_memory_equal(result.data, want.data + section.offset, result.size);
	elf_file_close(&file);
}

static struct btf_ids_origin origin_of(const struct rebtf_btf *btf)
{
	return (struct btf_ids_origin){
		.btf = btf,
		.start = rebtf_btf_start_id(btf),
		.has_base = true,
	};
}

static void ids_follow_their_types_in_every_class_and_order(void **state)
{
	_cleanup_unref_ struct rebtf_btf *kernel = make_kernel(0, false);
	_cleanup_unref_ struct rebtf_btf *next_kernel = make_kernel(7, true);
	_cleanup_unref_ struct rebtf_btf *module = make_module(kernel, false);
	_cleanup_unref_ struct rebtf_btf *distilled_base = NULL;
	_cleanup_unref_ struct rebtf_btf *distilled = NULL;
	_cleanup_unref_ struct rebtf_btf *relocated = NULL;
	struct rebtf_report *report = NULL;

	(void)state;
	assert_ok(rebtf_distill(module, &distilled_base, &distilled));
	assert_ok(rebtf_relocate(distilled, next_kernel, &report, &relocated));
	rebtf_report_free(report);
	for (int i = 0; i < 4; i++) {
		const struct test_ids ids = {
			.elf_class = i & 1 ? ELFCLASS32 : ELFCLASS64,
			.encoding = i & 2 ? ELFDATA2MSB : ELFDATA2LSB,
		};

		struct btf_ids_origin origin = origin_of(module);

		check_resolved(ids, module, &origin, distilled);
		origin = origin_of(distilled);
		check_resolved(ids, distilled, &origin, relocated);
		origin = origin_of(relocated);
		check_resolved(ids, relocated, &origin, relocated);
	}
}

static void flags_go_where_their_functions_go(void **state)
{
	_cleanup_unref_ struct rebtf_btf *kernel = make_kernel(0, false);
	_cleanup_unref_ struct rebtf_btf *next_kernel = make_kernel(3, false);
	_cleanup_unref_ struct rebtf_btf *module = make_module(kernel, false);
	_cleanup_unref_ struct rebtf_btf *swapped = make_module(next_kernel, true);
	struct btf_ids_origin origin = origin_of(module);

	(void)state;
	check_resolved((struct test_ids){}, module, &origin, swapped);
	origin = origin_of(swapped);
	check_resolved((struct test_ids){ .encoding = ELFDATA2MSB }, swapped, &origin, module);
}

static void ids_that_were_never_found_are_found(void **state)
{
	_cleanup_unref_ struct rebtf_btf *kernel = make_kernel(0, false);

	(void)state;
	for (int swapped = 0; swapped < 2; swapped++) {
		_cleanup_unref_ struct rebtf_btf *module = make_module(kernel, swapped);
		struct btf_ids_origin origin = {};

		check_resolved((struct test_ids){}, NULL, &origin, module);
		origin = origin_of(module);
		check_resolved((struct test_ids){}, NULL, &origin, module);
	}
}

/*
 * The words are correct for the module over a kernel that is gone. Only the module over a distilled
 * base, and that kernel's number of types, are left.
 */
static void what_was_kept_says_what_relocated_ids_are(void **state)
{
	_cleanup_unref_ struct rebtf_btf *kernel = make_kernel(0, false);
	_cleanup_unref_ struct rebtf_btf *gone = make_kernel(7, true);
	_cleanup_unref_ struct rebtf_btf *next_kernel = make_kernel(3, false);
	_cleanup_unref_ struct rebtf_btf *relocated = make_module(gone, false);
	_cleanup_unref_ struct rebtf_btf *module = make_module(kernel, false);
	_cleanup_unref_ struct rebtf_btf *swapped = make_module(next_kernel, true);
	_cleanup_unref_ struct rebtf_btf *distilled_base = NULL;
	_cleanup_unref_ struct rebtf_btf *kept = NULL;
	struct btf_ids_origin origin;

	(void)state;
	assert_ok(rebtf_distill(module, &distilled_base, &kept));
	origin = (struct btf_ids_origin){ .btf = kept, .start = rebtf_btf_start_id(relocated) };
	check_resolved((struct test_ids){}, relocated, &origin, swapped);
}

/* -------------------------------------------------------------------------------- single words */

/* Resolves @words. @result, which may be NULL, receives the new words. */
static struct rebtf_error *resolve_over(const struct btf_ids_origin *origin,
					const struct rebtf_btf *btf, const uint32_t *words,
					size_t word_count, const struct test_symbol *symbols,
					size_t symbol_count, uint32_t *result)
{
	_cleanup_file_bytes_ struct file_bytes object = {};
	_cleanup_result_ struct btf_ids_result found = {};

	test_ids_make(&(struct test_ids){ .words = words,
					  .word_count = word_count,
					  .symbols = symbols,
					  .symbol_count = symbol_count },
		      &object);
	TRY(btf_ids_resolve(object.data, object.size, origin, btf, flags_for(btf), &found));
	assert_int_equal(found.size, word_count * 4);
	if (result)
		memcpy(result, found.data, found.size);
	return NULL;
}

/* The same for a module with unknown old BTF. */
static struct rebtf_error *resolve_words(const uint32_t *words, size_t word_count,
					 const struct test_symbol *symbols, size_t symbol_count,
					 uint32_t *result)
{
	_cleanup_unref_ struct rebtf_btf *kernel = make_kernel(0, false);
	_cleanup_unref_ struct rebtf_btf *module = make_module(kernel, false);

	return resolve_over(&(struct btf_ids_origin){}, module, words, word_count, symbols,
			    symbol_count, result);
}

static void word_of_two_functions_stays_with_the_one_it_had(void **state)
{
	static const struct test_symbol symbol = { "__BTF_ID__func__start__1", 0, 4 };
	_cleanup_unref_ struct rebtf_btf *kernel = make_kernel(0, false);
	_cleanup_unref_ struct rebtf_btf *next_kernel = make_kernel(5, true);
	_cleanup_unref_ struct rebtf_btf *module = make_module(kernel, false);
	_cleanup_unref_ struct rebtf_btf *next_module = make_module(next_kernel, true);
	const struct btf_ids_origin origin = origin_of(module);
	uint32_t word, result;

	(void)state;
	word = rebtf_btf_find(kernel, "start", REBTF_KIND_FUNC);
	assert_ok(resolve_over(&origin, next_module, &word, 1, &symbol, 1, &result));
	assert_int_equal(result, rebtf_btf_find(next_kernel, "start", REBTF_KIND_FUNC));
	word = own_id(module, "start");
	assert_ok(resolve_over(&origin, next_module, &word, 1, &symbol, 1, &result));
	assert_int_equal(result, own_id(next_module, "start"));
	word = 0;
	assert_ok(resolve_over(&origin, next_module, &word, 1, &symbol, 1, &result));
	assert_int_equal(result, own_id(next_module, "start"));
}

static void unused_words_stay_zero_and_first(void **state)
{
	/* BTF_ID_UNUSED, in a list and in a set. */
	static const struct test_symbol symbols[] = {
		{ "__BTF_ID__struct__device__1", 4, 4 },
		{ "__BTF_ID__set__x", 8, 16 },
		{ "__BTF_ID__struct__sock__2", 16, 4 },
		{ "__BTF_ID__struct__device__3", 20, 4 },
	};
	_cleanup_unref_ struct rebtf_btf *kernel = make_kernel(0, true);
	_cleanup_unref_ struct rebtf_btf *next_kernel = make_kernel(5, false);
	_cleanup_unref_ struct rebtf_btf *module = make_module(kernel, false);
	_cleanup_unref_ struct rebtf_btf *next_module = make_module(next_kernel, false);
	const struct btf_ids_origin origin = origin_of(module);
	uint32_t device = rebtf_btf_find(kernel, "device", REBTF_KIND_STRUCT);
	uint32_t sock = rebtf_btf_find(kernel, "sock", REBTF_KIND_STRUCT);
	const uint32_t words[] = { 0, device, 3, 0, sock, device };
	uint32_t result[6];

	(void)state;
	assert_true(sock < device);
	assert_ok(resolve_over(&origin, next_module, words, 6, symbols, 4, result));
	device = rebtf_btf_find(next_kernel, "device", REBTF_KIND_STRUCT);
	sock = rebtf_btf_find(next_kernel, "sock", REBTF_KIND_STRUCT);
	assert_true(device < sock);
	assert_memory_equal(result, ((uint32_t[]){ 0, device, 3, 0, device, sock }), 24);
	/* Even without knowledge of the old ids. */
	assert_ok(resolve_over(&(struct btf_ids_origin){}, next_module, words, 6, symbols, 4,
			       result));
	assert_memory_equal(result, ((uint32_t[]){ 0, device, 3, 0, device, sock }), 24);
}

/* ------------------------------------------------------------------------------ localized types */

/* A kernel without a struct device, and a module with its own struct device and typedef. */
static struct rebtf_btf *make_localised(struct rebtf_btf *base)
{
	struct rebtf_builder *b;
	struct rebtf_btf *btf;
	uint32_t device;

	assert_ok(rebtf_builder_new(base, &b));
	device = rebtf_builder_struct(b, REBTF_KIND_STRUCT, "device", 4);
	rebtf_builder_typedef(b, "device_t", device);
	rebtf_builder_func(b, "start", REBTF_LINKAGE_STATIC, rebtf_builder_func_proto(b, 0));
	assert_ok(rebtf_builder_finish(b, &btf));
	return btf;
}

static void type_of_the_kernel_cannot_become_the_modules_own(void **state)
{
	static const struct test_symbol symbol = { "__BTF_ID__struct__device__1", 0, 4 };
	static const struct test_symbol set[] = {
		{ "__BTF_ID__set__x", 0, 8 },
		{ "__BTF_ID__struct__device__1", 4, 4 },
	};
	_cleanup_unref_ struct rebtf_btf *kernel = make_kernel(0, false);
	_cleanup_unref_ struct rebtf_btf *empty = make_localised(NULL);
	_cleanup_unref_ struct rebtf_btf *next_kernel = NULL;
	_cleanup_unref_ struct rebtf_btf *module = make_module(kernel, false);
	_cleanup_unref_ struct rebtf_btf *localised = NULL;
	struct btf_ids_origin origin = origin_of(module);
	uint32_t device = rebtf_btf_find(kernel, "device", REBTF_KIND_STRUCT), result[2];
	struct rebtf_builder *b;

	(void)state;
	assert_ok(rebtf_builder_new(NULL, &b));
	rebtf_builder_func(b, "stop", REBTF_LINKAGE_STATIC, rebtf_builder_func_proto(b, 0));
	assert_ok(rebtf_builder_finish(b, &next_kernel));
	localised = make_localised(next_kernel);

	assert_fails(resolve_over(&origin, localised, &device, 1, &symbol, 1, NULL),
		     REBTF_ERR_UNSUPPORTED,
		     "__BTF_ID__struct__device__1: STRUCT 'device' belongs to the kernel");
	assert_fails(resolve_over(&origin, localised, (uint32_t[]){ 1, device }, 2, set, 2, NULL),
		     REBTF_ERR_UNSUPPORTED,
		     "__BTF_ID__struct__device__1: STRUCT 'device' belongs to the kernel");
	assert_fails(resolve_over(&origin, localised, &(uint32_t){ 0 }, 1, &symbol, 1, NULL),
		     REBTF_ERR_UNSUPPORTED,
		     "__BTF_ID__struct__device__1: STRUCT 'device' belongs to the kernel");
	/* The kernel of these ids is gone. */
	origin = (struct btf_ids_origin){ .btf = module, .start = 1000 };
	assert_fails(resolve_over(&origin, localised, (uint32_t[]){ 1, 999 }, 2, set, 2, NULL),
		     REBTF_ERR_UNSUPPORTED,
		     "__BTF_ID__struct__device__1: STRUCT 'device' belongs to the kernel");

	/* In standalone BTF all types are the module's own. */
	origin = origin_of(module);
	assert_ok(resolve_over(&origin, empty, &device, 1, &symbol, 1, result));
	assert_int_equal(result[0], own_id(empty, "device"));
	/* Types that were its own before stay correct. */
	origin = origin_of(localised);
	device = own_id(localised, "device");
	assert_ok(resolve_over(&origin, localised, &device, 1, &symbol, 1, result));
	assert_int_equal(result[0], device);
}

/* ------------------------------------------------------------------------------------- listing */

static void named_types_are_listed_once_and_in_order(void **state)
{
	static const struct test_symbol symbols[] = {
		{ "__BTF_ID__func__stop__1", 0, 4 },	   { "__BTF_ID__struct__sock__2", 4, 4 },
		{ "__BTF_ID__struct__device__3", 8, 4 },   { "__BTF_ID__func__stop__4", 12, 4 },
		{ "__BTF_ID__struct__unheard__5", 16, 4 }, { "__BTF_ID__func__start__6", 20, 4 },
	};
	static const uint32_t words[] = { 1, 2, 3, 4, 0, 0 };
	_cleanup_unref_ struct rebtf_btf *kernel = make_kernel(0, false);
	_cleanup_unref_ struct rebtf_btf *btf = make_module(kernel, true);
	_cleanup_file_bytes_ struct file_bytes object = {};
	_cleanup_free_ uint32_t *ids = NULL;
	struct rebtf_module module = { .path = (char *)"x.ko", .container = REBTF_CONTAINER_ELF };
	size_t count;

	(void)state;
	test_ids_make(&(struct test_ids){ .words = words,
					  .word_count = 6,
					  .symbols = symbols,
					  .symbol_count = 6 },
		      &object);
	module.image = object;
	assert_ok(rebtf_module_ids(&module, btf, &ids, &count));
	assert_int_equal(count, 0);
	module.sections[REBTF_SECTION_BTF_IDS].size = sizeof(words);
	assert_ok(rebtf_module_ids(&module, btf, &ids, &count));
	/* "start" comes after "stop". */
	assert_int_equal(count, 4);
	assert_int_equal(ids[0], rebtf_btf_find(kernel, "device", REBTF_KIND_STRUCT));
	assert_int_equal(ids[1], rebtf_btf_find(kernel, "sock", REBTF_KIND_STRUCT));
	assert_int_equal(ids[2], own_id(btf, "stop"));
	assert_int_equal(ids[3], own_id(btf, "start"));
}

/* ------------------------------------------------------------------------------------- refusing */

static void type_that_is_gone_is_refused_unless_it_was_never_found(void **state)
{
	static const struct test_symbol symbols[] = {
		{ "__BTF_ID__struct__device__1", 0, 4 },
		{ "__BTF_ID__union__gone__2", 4, 4 },
	};
	static const uint32_t found[] = { 90, 91 }, never_found[] = { 90, 0 };
	uint32_t result[2];

	(void)state;
	assert_fails(
		resolve_words(found, 2, symbols, 2, NULL), REBTF_ERR_UNSUPPORTED,
		".BTF_ids: __BTF_ID__union__gone__2: UNION 'gone' does not exist in the new BTF");
	assert_ok(resolve_words(never_found, 2, symbols, 2, result));
	assert_int_not_equal(result[0], 90);
	assert_int_equal(result[1], 0);
}

static void name_with_underscores_is_cut_at_its_number(void **state)
{
	/* The kernel has a "struct nf_conn___init". */
	static const struct test_symbol symbol = { "__BTF_ID__struct__nf_conn___init__1266", 0, 4 };
	static const uint32_t word = 1;

	(void)state;
	assert_fails(resolve_words(&word, 1, &symbol, 1, NULL), REBTF_ERR_UNSUPPORTED,
		     "STRUCT 'nf_conn___init'");
}

static void flags_whose_function_is_unknown_are_refused(void **state)
{
	static const struct test_symbol symbols[] = {
		{ "__BTF_ID__set8__x", 0, 24 },
		{ "__BTF_ID__func__start__1", 8, 4 },
		{ "__BTF_ID__func__stop__2", 16, 4 },
	};
	static const uint32_t same[] = { 2, 1, 700, 5, 800, 5 },
			      different[] = { 2, 1, 700, 5, 800, 6 };

	(void)state;
	assert_ok(resolve_words(same, 6, symbols, 3, NULL));
	assert_fails(resolve_words(different, 6, symbols, 3, NULL), REBTF_ERR_UNSUPPORTED,
		     "cannot match the flags in set __BTF_ID__set8__x to its ids");
}

static void ids_that_no_symbol_names_are_refused(void **state)
{
	static const struct test_symbol symbols[] = {
		{ "__BTF_ID__set__x", 0, 12 },
		{ "__BTF_ID__func__start__1", 4, 4 },
	};
	static const uint32_t in_set[] = { 2, 700, 800 };

	(void)state;
	assert_fails(resolve_words(in_set, 3, symbols, 2, NULL), REBTF_ERR_UNSUPPORTED,
		     "no symbol names the types of the ids in set __BTF_ID__set__x");
}

/* A symbol names a type in its own set only, also if the next set has the same id. */
static void ids_that_only_symbols_of_another_set_name_are_refused(void **state)
{
	static const struct test_symbol symbols[] = {
		{ "__BTF_ID__set__x", 0, 12 },
		{ "__BTF_ID__func__start__1", 4, 4 },
		{ "__BTF_ID__set__y", 12, 8 },
		{ "__BTF_ID__func__stop__2", 16, 4 },
	};
	_cleanup_unref_ struct rebtf_btf *kernel = make_kernel(0, false);
	_cleanup_unref_ struct rebtf_btf *module = make_module(kernel, true);
	const struct btf_ids_origin origin = origin_of(module);
	const uint32_t start = own_id(module, "start"), stop = own_id(module, "stop");
	const uint32_t words[] = { 2, start, stop, 1, stop };

	(void)state;
	assert_fails(resolve_over(&origin, module, words, 5, symbols, 4, NULL),
		     REBTF_ERR_UNSUPPORTED,
		     "no symbol names the types of the ids in set __BTF_ID__set__x");
}

static void ids_in_a_set_without_symbols_are_refused(void **state)
{
	static const struct test_symbol set = { "__BTF_ID__set__x", 0, 8 };
	static const uint32_t words[] = { 1, 700 };

	(void)state;
	assert_fails(resolve_words(words, 2, &set, 1, NULL), REBTF_ERR_UNSUPPORTED,
		     "no symbol names the types of the ids in set __BTF_ID__set__x");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_follow_their_types_in_every_class_and_order),
		cmocka_unit_test(flags_go_where_their_functions_go),
		cmocka_unit_test(ids_that_were_never_found_are_found),
		cmocka_unit_test(what_was_kept_says_what_relocated_ids_are),
		cmocka_unit_test(word_of_two_functions_stays_with_the_one_it_had),
		cmocka_unit_test(unused_words_stay_zero_and_first),
		cmocka_unit_test(type_of_the_kernel_cannot_become_the_modules_own),
		cmocka_unit_test(named_types_are_listed_once_and_in_order),
		cmocka_unit_test(type_that_is_gone_is_refused_unless_it_was_never_found),
		cmocka_unit_test(name_with_underscores_is_cut_at_its_number),
		cmocka_unit_test(flags_whose_function_is_unknown_are_refused),
		cmocka_unit_test(ids_that_no_symbol_names_are_refused),
		cmocka_unit_test(ids_that_only_symbols_of_another_set_name_are_refused),
		cmocka_unit_test(ids_in_a_set_without_symbols_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
