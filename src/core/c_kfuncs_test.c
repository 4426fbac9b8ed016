/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Tests of the prototypes of kfuncs in headers. */
#include "core/c_header_for_test.h"
#include "core/core_for_test.h"

/* [3] is "one", [4] "two", which has the tag, [6] "three". */
static struct rebtf_btf *build_functions(void)
{
	struct rebtf_builder *b;
	struct rebtf_btf *btf;
	uint32_t number, proto;

	assert_ok(rebtf_builder_new(NULL, &b));
	number = rebtf_builder_int(b, "int", 4, REBTF_INT_SIGNED, 32);
	proto = rebtf_builder_func_proto(b, number);
	rebtf_builder_func(b, "one", REBTF_LINKAGE_GLOBAL, proto);
	rebtf_builder_func(b, "two", REBTF_LINKAGE_GLOBAL, proto);
	rebtf_builder_decl_tag(b, "bpf_kfunc", 4, -1);
	rebtf_builder_func(b, "three", REBTF_LINKAGE_GLOBAL, proto);
	assert_ok(rebtf_builder_finish(b, &btf));
	return btf;
}

static void assert_prototypes(const struct rebtf_header_options *options, const char *want)
{
	_cleanup_unref_ struct rebtf_btf *btf = build_functions();
	struct buffer text = {};
	char *start, *end;

	assert_ok(rebtf_header(btf, options, collect_text, &text));
	buffer_append(&text, "", 1);
	start = strstr((char *)text.data, "_PROTOTYPES\n");
	assert_non_null(start);
	start += strlen("_PROTOTYPES\n");
	end = strstr(start, "#endif");
	assert_non_null(end);
	*end = 0;
	assert_string_equal(start, want);
	buffer_release(&text);
}

static void kfuncs_that_the_caller_knows_get_prototypes(void **state)
{
	static const uint32_t known[] = { 3, 4, 6 }, flags[] = { 1 << 12, 0, 0 };
	const char *names[] = { "o*", "three" };
	REBTF_OPTIONS(rebtf_header_options, all, .known_kfuncs = known, .known_kfunc_flags = flags,
		      .known_kfunc_count = 2);
	REBTF_OPTIONS(rebtf_header_options, plain, .known_kfuncs = known, .known_kfunc_count = 2);
	REBTF_OPTIONS(rebtf_header_options, some, .known_kfuncs = known, .known_kfunc_flags = flags,
		      .known_kfunc_count = 1, .kfuncs = names, .kfunc_count = 2);
	REBTF_OPTIONS(rebtf_header_options, like, .known_kfuncs = known, .known_kfunc_count = 3,
		      .like_bpftool = true);

	(void)state;
	assert_prototypes(NULL, "extern int two(void) __weak __ksym;\n");
	assert_prototypes(&all, "extern __bpf_fastcall int one(void) __weak __ksym;\n"
				"extern int two(void) __weak __ksym;\n");
	assert_prototypes(&plain, "extern int one(void) __weak __ksym;\n"
				  "extern int two(void) __weak __ksym;\n");
	assert_prototypes(&some, "extern __bpf_fastcall int one(void) __weak __ksym;\n"
				 "extern int three(void) __weak __ksym;\n");
	assert_prototypes(&like, "extern int two(void) __weak __ksym;\n");
}

static void kfuncs_of_a_program_have_their_attributes_and_no_flavour(void **state)
{
	static const uint32_t known[] = { 3, 4, 6 }, flags[] = { 1 << 12, 0, 0 };
	const struct test_relo own = { REBTF_RELO_TYPE_ID_LOCAL, 1, "0", 0 };
	struct rebtf_builder *b = header_build();
	_cleanup_program_ struct rebtf_program *program = test_program(b, &own, 1);
	const struct rebtf_program *programs[] = { program };
	REBTF_OPTIONS(rebtf_header_options, options, .programs = programs, .program_count = 1,
		      .known_kfuncs = known, .known_kfunc_flags = flags, .known_kfunc_count = 3);

	(void)state;
	program_externs_append(&program->externs, (struct program_extern){ .name = "one___v2" });
	program_externs_append(&program->externs, (struct program_extern){ .name = "two" });
	assert_prototypes(&options, "extern __bpf_fastcall int one(void) __weak __ksym;\n"
				    "extern int two(void) __weak __ksym;\n");
}

static void an_attribute_named_like_the_tag_is_one_to_bpftool_only(void **state)
{
	struct rebtf_builder *b = header_build();
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	REBTF_OPTIONS(rebtf_header_options, like, .like_bpftool = true);
	struct buffer text = {};
	uint32_t func;

	(void)state;
	func = rebtf_builder_func(b, "f", REBTF_LINKAGE_GLOBAL, rebtf_builder_func_proto(b, 1));
	rebtf_builder_decl_attr(b, "bpf_kfunc", func, -1);
	btf = built(b);
	assert_has_with(btf, &like, "extern long unsigned int f(void) __weak __ksym;\n");
	assert_ok(rebtf_header(btf, NULL, collect_text, &text));
	buffer_append(&text, "", 1);
	assert_null(strstr((char *)text.data, "extern long"));
	buffer_release(&text);
}

static void a_kfunc_that_is_no_function_is_refused(void **state)
{
	static const uint32_t wrong[] = { 1, 100 };
	_cleanup_unref_ struct rebtf_btf *btf = build_functions();
	struct buffer text = {};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		REBTF_OPTIONS(rebtf_header_options, options, .known_kfuncs = &wrong[i],
			      .known_kfunc_count = 1);

		assert_fails(rebtf_header(btf, &options, collect_text, &text), REBTF_ERR_ARGUMENT,
			     "is not a function");
	}
	buffer_release(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kfuncs_that_the_caller_knows_get_prototypes),
		cmocka_unit_test(kfuncs_of_a_program_have_their_attributes_and_no_flavour),
		cmocka_unit_test(an_attribute_named_like_the_tag_is_one_to_bpftool_only),
		cmocka_unit_test(a_kfunc_that_is_no_function_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
