/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Tests of single ids in .BTF_ids that refer to the kernel's types: which type is meant if several
 * or no types have its name, and which ids are stray.
 */
#include "module/btf_ids_for_test.h"

/* A module with one word in a list. */
static struct module start_word(struct rebtf_btf *kernel, bool with_typedef,
				const struct test_symbol *symbol, uint32_t id)
{
	struct module m = start(kernel, with_typedef, symbol, 1);

	m.words[0] = id;
	m.word_count = 1;
	return m;
}

static const struct test_symbol send_symbol = { "__BTF_ID__func__send__1", 0, 4 };
static const struct test_symbol sock_symbol = { "__BTF_ID__struct__sock__1", 0, 4 };
static const struct test_symbol size_symbol = { "__BTF_ID__typedef__size_t__1", 0, 4 };
static const struct test_symbol start_symbol = { "__BTF_ID__func__start__1", 0, 4 };

static void what_the_kernel_lacks_is_refused_by_the_name_of_the_symbol(void **state)
{
	_cleanup_unref_ struct rebtf_btf *kernel = make_kernel((struct variant){});
	_cleanup_unref_ struct rebtf_btf *next =
		make_kernel((struct variant){ .lacks_send = true, .lacks_size_t = true });
	_cleanup_test_module_ struct module send =
		start_word(kernel, true, &send_symbol,
			   rebtf_btf_find(kernel, "send", REBTF_KIND_FUNC));
	_cleanup_test_module_ struct module size =
		start_word(kernel, true, &size_symbol,
			   rebtf_btf_find(kernel, "size_t", REBTF_KIND_TYPEDEF));
	_cleanup_test_module_ struct module distilled = {}, other = {}, on = {}, on2 = {};

	(void)state;
	assert_ok(distill(&send, &distilled));
	assert_fails(
		relocate(&distilled, next, &on), REBTF_ERR_UNSUPPORTED,
		"__BTF_ID__func__send__1: FUNC 'send' belongs to the kernel, but the new base has no type of this name");
	/* The copy among the module's own types is not used. */
	assert_ok(distill(&size, &other));
	assert_fails(relocate(&other, next, &on2), REBTF_ERR_UNSUPPORTED,
		     "__BTF_ID__typedef__size_t__1: TYPEDEF 'size_t' belongs to the kernel");
}

static void functions_of_one_name_are_told_apart_by_their_prototypes(void **state)
{
	_cleanup_unref_ struct rebtf_btf *kernel = make_kernel((struct variant){});

	(void)state;
	for (int i = 1; i < 4; i++) {
		const struct variant v = { .has_other_before = i & 1, .has_other_after = i & 2 };
		_cleanup_unref_ struct rebtf_btf *next = make_kernel(v);
		_cleanup_test_module_ struct module m =
			start_word(kernel, false, &send_symbol,
				   rebtf_btf_find(kernel, "send", REBTF_KIND_FUNC));
		_cleanup_test_module_ struct module distilled = {}, on = {}, back = {}, home = {};
		uint32_t first = rebtf_btf_find(next, "send", REBTF_KIND_FUNC);

		assert_ok(distill(&m, &distilled));
		assert_ok(relocate(&distilled, next, &on));
		/* A prototype and a function each. */
		assert_int_equal(on.words[0], first + (i & 1 ? 2 : 0));
		/* And back again, as a module that was built for that kernel. */
		assert_ok(distill(&on, &back));
		assert_ok(relocate(&back, next, &home));
		assert_int_equal(home.words[0], on.words[0]);
	}
}

static void functions_of_one_name_that_are_all_different_are_refused(void **state)
{
	const struct variant others = {
		.lacks_send = true,
		.has_other_before = true,
		.has_other_after = true,
	};
	const struct variant one = { .lacks_send = true, .has_other_before = true };
	_cleanup_unref_ struct rebtf_btf *kernel = make_kernel((struct variant){});
	_cleanup_unref_ struct rebtf_btf *next = make_kernel(others), *changed = make_kernel(one);
	_cleanup_test_module_ struct module m =
		start_word(kernel, false, &send_symbol,
			   rebtf_btf_find(kernel, "send", REBTF_KIND_FUNC));
	_cleanup_test_module_ struct module distilled = {}, on = {}, to_changed = {};

	(void)state;
	assert_ok(distill(&m, &distilled));
	assert_fails(relocate(&distilled, next, &on), REBTF_ERR_UNSUPPORTED,
		     "FUNC 'send' has several same-named types in the new base");
	/* For a single type the name is enough, as in the kernel's build. */
	assert_ok(relocate(&distilled, changed, &to_changed));
	assert_int_equal(to_changed.words[0], rebtf_btf_find(changed, "send", REBTF_KIND_FUNC));
}

/* The kernel's build always uses the first type of a name. */
static void an_id_that_could_not_be_found_again_is_refused(void **state)
{
	struct rebtf_builder *b;
	_cleanup_unref_ struct rebtf_btf *kernel = NULL;
	_cleanup_test_module_ struct module m = {}, distilled = {};

	(void)state;
	assert_ok(rebtf_builder_new(NULL, &b));
	rebtf_builder_int(b, "int", 4, REBTF_INT_SIGNED, 32);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "sock", 4);
	for (int i = 0; i < 2; i++)
		add_send(b, 1, 1);
	assert_ok(rebtf_builder_finish(b, &kernel));
	m = start_word(kernel, false, &send_symbol, 6);
	assert_fails(
		distill(&m, &distilled), REBTF_ERR_UNSUPPORTED,
		"FUNC 'send' is ambiguous (not the first of several similar types in the old base)");
}

static void structs_of_one_name_are_told_apart_by_their_size(void **state)
{
	_cleanup_unref_ struct rebtf_btf *kernel = make_kernel((struct variant){});
	_cleanup_unref_ struct rebtf_btf *next =
		make_kernel((struct variant){ .has_small_before = true });
	_cleanup_test_module_ struct module m =
		start_word(kernel, false, &sock_symbol,
			   rebtf_btf_find(kernel, "sock", REBTF_KIND_STRUCT));
	_cleanup_test_module_ struct module distilled = {}, on = {};

	(void)state;
	assert_ok(distill(&m, &distilled));
	assert_ok(relocate(&distilled, next, &on));
	assert_int_equal(on.words[0], rebtf_btf_find(next, "sock", REBTF_KIND_STRUCT) + 1);
}

/* A module over @kernel that embeds struct sock, so its distilled base has the size. */
static struct rebtf_btf *make_embedding(struct rebtf_btf *kernel)
{
	struct rebtf_builder *b;
	struct rebtf_btf *btf;

	assert_ok(rebtf_builder_new(kernel, &b));
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "mine", 4);
	rebtf_builder_member(b, "sock", rebtf_btf_find(kernel, "sock", REBTF_KIND_STRUCT), 0, 0);
	assert_ok(rebtf_builder_finish(b, &btf));
	return btf;
}

/* Relocated with --keep: the kernel of its ids is gone, but the distilled base is still there. */
static void a_kept_module_tells_structs_of_one_name_apart(void **state)
{
	_cleanup_unref_ struct rebtf_btf *kernel = make_kernel((struct variant){});
	_cleanup_unref_ struct rebtf_btf *next =
		make_kernel((struct variant){ .has_small_before = true });
	uint32_t sock = rebtf_btf_find(kernel, "sock", REBTF_KIND_STRUCT);
	_cleanup_unref_ struct rebtf_btf *btf = make_embedding(kernel);
	_cleanup_unref_ struct rebtf_btf *base = NULL, *distilled = NULL, *relocated = NULL;
	const struct module m = {
		.symbols = &sock_symbol,
		.symbol_count = 1,
		.encoding = HOST_BIG_ENDIAN ? ELFDATA2MSB : ELFDATA2LSB,
		.words = { sock },
		.word_count = 1,
	};
	_cleanup_result_ struct btf_ids_result result = {};
	struct btf_ids_origin origin;

	(void)state;
	assert_ok(rebtf_distill(btf, &base, &distilled));
	assert_ok(rebtf_relocate(distilled, next, NULL, &relocated));
	origin = (struct btf_ids_origin){
		.btf = distilled,
		.start = rebtf_btf_start_id(btf),
		.is_distilled = true,
	};
	assert_ok(resolve(&m, &origin, relocated, 0, &result));
	assert_int_equal(get32(result.data, HOST_BIG_ENDIAN),
			 rebtf_btf_find(next, "sock", REBTF_KIND_STRUCT) + 1);
}

static void a_function_of_the_module_and_one_of_the_kernel_each_stay_what_they_are(void **state)
{
	_cleanup_unref_ struct rebtf_btf *kernel =
		make_kernel((struct variant){ .has_start = true });
	_cleanup_unref_ struct rebtf_btf *next =
		make_kernel((struct variant){ .has_start = true, .filler = 5 });

	(void)state;
	for (int own = 0; own < 2; own++) {
		_cleanup_test_module_ struct module m = start_word(kernel, false, &start_symbol, 0);
		_cleanup_test_module_ struct module distilled = {}, on = {};

		m.words[0] = own ? own_id(m.btf, "start")
				 : rebtf_btf_find(kernel, "start", REBTF_KIND_FUNC);
		assert_ok(distill(&m, &distilled));
		assert_ok(relocate(&distilled, next, &on));
		assert_int_equal(on.words[0], own ? own_id(on.btf, "start")
						  : rebtf_btf_find(next, "start", REBTF_KIND_FUNC));
	}
}

/* The kernel's build left 0 because that kernel lacked the function, but the next one has it. */
static void what_was_never_found_is_found_later(void **state)
{
	_cleanup_unref_ struct rebtf_btf *kernel =
		make_kernel((struct variant){ .lacks_send = true });
	_cleanup_unref_ struct rebtf_btf *next = make_kernel((struct variant){});
	_cleanup_test_module_ struct module m = start_word(kernel, false, &send_symbol, 0);
	_cleanup_test_module_ struct module distilled = {}, on = {}, back = {};

	(void)state;
	assert_ok(distill(&m, &distilled));
	assert_ok(relocate(&distilled, kernel, &back));
	assert_int_equal(back.words[0], 0);
	assert_ok(relocate(&distilled, next, &on));
	assert_int_equal(on.words[0], rebtf_btf_find(next, "send", REBTF_KIND_FUNC));
}

/* A module's own typedef, which the kernel may have as well. */
static struct rebtf_btf *make_own_typedef(struct rebtf_btf *kernel)
{
	struct rebtf_builder *b;
	struct rebtf_btf *btf;

	assert_ok(rebtf_builder_new(kernel, &b));
	rebtf_builder_typedef(b, "size_t", rebtf_btf_find(kernel, "int", REBTF_KIND_INT));
	assert_ok(rebtf_builder_finish(b, &btf));
	return btf;
}

/* Whether the module's build found it or not. */
static void a_typedef_of_the_module_stays_its_own_if_the_next_kernel_has_one(void **state)
{
	_cleanup_unref_ struct rebtf_btf *kernel =
		make_kernel((struct variant){ .lacks_size_t = true });
	_cleanup_unref_ struct rebtf_btf *next = make_kernel((struct variant){});

	(void)state;
	for (int found = 0; found < 2; found++) {
		_cleanup_unref_ struct rebtf_btf *btf = make_own_typedef(kernel);
		_cleanup_test_module_ struct module on = {};
		const struct module m = {
			.symbols = &size_symbol,
			.symbol_count = 1,
			.encoding = HOST_BIG_ENDIAN ? ELFDATA2MSB : ELFDATA2LSB,
			.words = { found ? own_id(btf, "size_t") : 0 },
			.word_count = 1,
			.btf = btf,
		};

		assert_ok(rewrite(&m, make_own_typedef(next), 0, &on));
		assert_int_equal(on.words[0], own_id(on.btf, "size_t"));
	}
}

/* An id of the module's own type that its build did not find takes nothing from the other ids. */
static void an_own_type_that_was_never_found_leaves_the_record_to_others(void **state)
{
	static const struct test_symbol symbols[] = { { "__BTF_ID__struct__mine__1", 0, 4 },
						      { "__BTF_ID__func__send__2", 4, 4 } };
	_cleanup_unref_ struct rebtf_btf *kernel = make_kernel((struct variant){});
	_cleanup_unref_ struct rebtf_btf *next =
		make_kernel((struct variant){ .has_other_before = true });
	_cleanup_test_module_ struct module m = start(kernel, false, symbols, 2);
	_cleanup_test_module_ struct module distilled = {}, on = {};

	(void)state;
	m.words[1] = rebtf_btf_find(kernel, "send", REBTF_KIND_FUNC);
	m.word_count = 2;
	assert_ok(distill(&m, &distilled));
	assert_ok(relocate(&distilled, next, &on));
	assert_int_equal(on.words[0], own_id(on.btf, "mine"));
	/* The second function of that name has the prototype that the first kernel's had. */
	assert_int_equal(on.words[1], rebtf_btf_find(next, "send", REBTF_KIND_FUNC) + 2);
}

/* Distilled by Kbuild: no record, and the typedef's id may be that of its copy, or 0. */
static void a_typedef_that_others_distilled_is_the_kernels_if_it_has_it(void **state)
{
	_cleanup_unref_ struct rebtf_btf *kernel = make_kernel((struct variant){});
	_cleanup_unref_ struct rebtf_btf *lacking =
		make_kernel((struct variant){ .lacks_size_t = true });
	_cleanup_test_module_ struct module m =
		start_word(kernel, true, &size_symbol,
			   rebtf_btf_find(kernel, "size_t", REBTF_KIND_TYPEDEF));

	(void)state;
	for (int copied = 0; copied < 2; copied++) {
		_cleanup_test_module_ struct module distilled = {}, on = {}, own = {};

		assert_ok(distill(&m, &distilled));
		distilled.has_record = false;
		distilled.words[0] = copied ? own_id(distilled.btf, "size_t") : 0;
		assert_ok(relocate(&distilled, kernel, &on));
		assert_int_equal(on.words[0], m.words[0]);
		/* A kernel without it: so it is the module's own. */
		assert_ok(relocate(&distilled, lacking, &own));
		assert_int_equal(own.words[0], own_id(own.btf, "size_t"));
	}
}

/* An id of another type reveals a wrong base. */
static void an_id_of_another_type_is_refused(void **state)
{
	_cleanup_unref_ struct rebtf_btf *kernel = make_kernel((struct variant){});
	uint32_t sock = rebtf_btf_find(kernel, "sock", REBTF_KIND_STRUCT);

	(void)state;
	for (uint32_t i = 0; i < 3; i++) {
		_cleanup_test_module_ struct module m = start_word(kernel, false, &send_symbol, sock);
		_cleanup_test_module_ struct module distilled = {};

		if (i)
			m.words[0] = i == 1 ? own_id(m.btf, "stop") : rebtf_btf_type_count(m.btf);
		assert_fails(
			distill(&m, &distilled), REBTF_ERR_WRONG_BASE,
			i == 2 ? "__BTF_ID__func__send__1: FUNC 'send' has id 16, but type [16] does not exist"
			: i ? "but type [15] is FUNC 'stop'"
			    : "but type [2] is STRUCT 'sock'");
	}
}

/* ------------------------------------------------------------------------------- stray and record */

static void assert_stray(const struct module *m, const struct rebtf_btf *btf, unsigned int flags,
			 const char *const *want, size_t count)
{
	_cleanup_result_ struct btf_ids_result result = {};
	const struct btf_ids_origin origin = origin_of(m);

	assert_ok(resolve(m, &origin, btf, flags | BTF_IDS_STRAY, &result));
	assert_int_equal(result.stray_count, count);
	for (size_t i = 0; i < count; i++)
		assert_string_equal(result.stray[i], want[i]);
	assert_null(result.stray[count]);
}

static void ids_that_kernels_do_not_relocate_are_listed(void **state)
{
	static const char *const want[] = {
		"struct sock",	  "struct unused",    "union either",	  "function send",
		"typedef size_t", "struct mine",      "function receive", "function send",
		"function send",  "function receive",
	};
	_cleanup_unref_ struct rebtf_btf *kernel = make_kernel((struct variant){});
	_cleanup_test_module_ struct module m = start_every(kernel, ELFDATA2LSB);
	_cleanup_test_module_ struct module distilled = {}, back = {};

	(void)state;
	assert_ok(distill(&m, &distilled));
	assert_stray(&m, distilled.btf, BTF_IDS_DISTILL, want, 10);
	assert_ok(relocate(&distilled, kernel, &back));
	assert_stray(&distilled, back.btf, 0, NULL, 0);
}

static void ids_of_copies_in_standalone_btf_are_listed_or_refused(void **state)
{
	REBTF_OPTIONS(rebtf_standalone_options, extent, .full = true);
	static const char *const want[] = { "struct sock" };
	_cleanup_unref_ struct rebtf_btf *kernel = make_kernel((struct variant){});
	_cleanup_unref_ struct rebtf_btf *standalone = NULL;
	_cleanup_test_module_ struct module m =
		start_word(kernel, true, &sock_symbol,
			   rebtf_btf_find(kernel, "sock", REBTF_KIND_STRUCT));
	_cleanup_test_module_ struct module send =
		start_word(kernel, true, &send_symbol,
			   rebtf_btf_find(kernel, "send", REBTF_KIND_FUNC));
	_cleanup_test_module_ struct module to = {};

	(void)state;
	assert_ok(rebtf_standalone(m.btf, &extent, &standalone));
	assert_stray(&m, standalone, 0, want, 1);
	assert_fails(rewrite(&send, rebtf_btf_ref(standalone), 0, &to), REBTF_ERR_UNSUPPORTED,
		     "FUNC 'send' does not exist in the new BTF");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_kernel_lacks_is_refused_by_the_name_of_the_symbol),
		cmocka_unit_test(functions_of_one_name_are_told_apart_by_their_prototypes),
		cmocka_unit_test(functions_of_one_name_that_are_all_different_are_refused),
		cmocka_unit_test(an_id_that_could_not_be_found_again_is_refused),
		cmocka_unit_test(structs_of_one_name_are_told_apart_by_their_size),
		cmocka_unit_test(a_kept_module_tells_structs_of_one_name_apart),
		cmocka_unit_test(
			a_function_of_the_module_and_one_of_the_kernel_each_stay_what_they_are),
		cmocka_unit_test(what_was_never_found_is_found_later),
		cmocka_unit_test(a_typedef_of_the_module_stays_its_own_if_the_next_kernel_has_one),
		cmocka_unit_test(an_own_type_that_was_never_found_leaves_the_record_to_others),
		cmocka_unit_test(a_typedef_that_others_distilled_is_the_kernels_if_it_has_it),
		cmocka_unit_test(an_id_of_another_type_is_refused),
		cmocka_unit_test(ids_that_kernels_do_not_relocate_are_listed),
		cmocka_unit_test(ids_of_copies_in_standalone_btf_are_listed_or_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
