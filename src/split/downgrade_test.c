/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Tests of BTF for older kernels: the verifier, whose rules are those of real kernels, must accept the
 * result, and each change must be noted.
 */
#include "split/split_for_test.h"

struct downgrade_notes {
	char text[2048];
	size_t count;
};

static void collect_downgraded(void *arg, const struct rebtf_downgraded *change)
{
	struct downgrade_notes *notes = arg;
	size_t length = strlen(notes->text);

	notes->count++;
	snprintf(notes->text + length, sizeof(notes->text) - length, "[%u] %s '%s' %s %u\n",
		 change->id, rebtf_kind_name(change->kind), change->name,
		 rebtf_downgrade_change_name(change->change), change->left_out);
}

static struct rebtf_btf *downgraded_over(const struct rebtf_btf *btf, struct rebtf_btf *base,
					 const char *kernel, struct downgrade_notes *notes)
{
	REBTF_OPTIONS(rebtf_downgrade_options, options, .kernel = kernel,
		      .note = notes ? collect_downgraded : NULL, .note_arg = notes);
	struct rebtf_btf *result;

	assert_ok(rebtf_downgrade(btf, base, &options, &result));
	assert_ptr_equal(rebtf_btf_base(result), base);
	assert_int_equal(rebtf_btf_type_count(result), rebtf_btf_type_count(btf));
	assert_reopens(result);
	return result;
}

static struct rebtf_btf *downgraded(const struct rebtf_btf *btf, const char *kernel,
				    struct downgrade_notes *notes)
{
	return downgraded_over(btf, rebtf_btf_base(btf), kernel, notes);
}

/* Returns the first violation, malloced, or NULL. */
static char *first_violation(const struct rebtf_btf *btf, const char *kernel)
{
	REBTF_OPTIONS(rebtf_verify_options, options, .kernel = kernel, .kernel_btf = true);
	_cleanup_bytes_ struct bytes bytes = written(btf, 0);
	struct rebtf_violations *violations;
	char *text = NULL;

	assert_ok(rebtf_verify(bytes.data, bytes.size, "x", rebtf_btf_base(btf), &options,
			       &violations));
	if (rebtf_violations_count(violations))
		text = strdup(rebtf_error_message(rebtf_violations_at(violations, 0)));
	rebtf_violations_free(violations);
	return text;
}

static void assert_accepted(const struct rebtf_btf *btf, const char *kernel)
{
	_cleanup_free_ char *violation = first_violation(btf, kernel);

	if (violation)
		assert_string_equal(violation, "");
}

static void all_kinds_fit_each_kernel(void **state)
{
	static const char *const kernels[] = {
		"5.10", "5.15", "6.1", "6.12", "6.18", "7.2", "7.4"
	};
	struct rebtf_btf *const all[] = { build_all_kinds(), build_locations() };

	(void)state;
	for (size_t i = 0; i < sizeof(kernels) / sizeof(kernels[0]); i++) {
		for (size_t j = 0; j < 2; j++) {
			struct downgrade_notes notes = {};
			_cleanup_unref_ struct rebtf_btf *result = downgraded(all[j], kernels[i],
									      &notes);
			_cleanup_free_ char *before = first_violation(all[j], kernels[i]);

			assert_accepted(result, kernels[i]);
			/* BTF changes only if the kernel would refuse it. */
			assert_int_equal(!before, !notes.count);
		}
	}
	rebtf_btf_unref(all[0]);
	rebtf_btf_unref(all[1]);
}

static void accepted_btf_stays_the_same(void **state)
{
	struct downgrade_notes notes = {};
	_cleanup_unref_ struct rebtf_btf *btf = build_all_kinds(),
					 *result = downgraded(btf, "7.2", &notes);
	_cleanup_bytes_ struct bytes before = written(btf, 0), after = written(result, 0);

	(void)state;
	assert_same_bytes(&after, &before);
	assert_string_equal(notes.text, "");
}

static void each_change_is_noted(void **state)
{
	struct downgrade_notes notes = {};
	_cleanup_unref_ struct rebtf_btf *btf = build_all_kinds(),
					 *result = downgraded(btf, "5.10", &notes);

	(void)state;
	assert_string_equal(notes.text, "[8] ENUM '' converted 0\n"
					"[19] FLOAT 'double' converted 0\n"
					"[20] DECL_TAG 'note' left_out 0\n"
					"[21] DECL_TAG 'whole_note' left_out 0\n"
					"[22] TYPE_TAG 'user' left_out 0\n"
					"[23] TYPE_TAG 'attribute' left_out 0\n"
					"[24] ENUM64 'wide' converted 1\n"
					"[25] ENUM64 'wide_signed' converted 1\n");
	notes = (struct downgrade_notes){};
	rebtf_btf_unref(result);
	result = downgraded(btf, "6.12", &notes);
	assert_string_equal(notes.text, "[21] DECL_TAG 'whole_note' left_out 0\n"
					"[23] TYPE_TAG 'attribute' left_out 0\n");
}

static void locations_are_left_out(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = build_locations(),
					 *result = downgraded(btf, "7.2", NULL);

	(void)state;
	for (uint32_t id = 4; id < rebtf_btf_type_count(result); id++)
		assert_int_equal(rebtf_type_kind(rebtf_btf_type(result, id)), REBTF_KIND_PTR);
}

/* Only signed numbers of 32 bits mean the same to old readers. */
static void values_that_fit_stay(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = NULL, *result = NULL;
	struct rebtf_builder *b = build_over(NULL);
	struct downgrade_notes notes = {};

	(void)state;
	rebtf_builder_enum(b, REBTF_KIND_ENUM64, "u", 8, REBTF_UNSIGNED);
	rebtf_builder_enumerator(b, "A", 0);
	rebtf_builder_enumerator(b, "B", INT32_MAX);
	rebtf_builder_enumerator(b, "C", (uint64_t)INT32_MAX + 1);
	rebtf_builder_enumerator(b, "D", 7);
	rebtf_builder_enumerator(b, "E", UINT64_MAX);
	rebtf_builder_enum(b, REBTF_KIND_ENUM64, "s", 8, REBTF_SIGNED);
	rebtf_builder_enumerator(b, "F", (uint64_t)-1);
	rebtf_builder_enumerator(b, "G", (uint64_t)INT32_MIN);
	rebtf_builder_enumerator(b, "H", (uint64_t)INT32_MIN - 1);
	rebtf_builder_enumerator(b, "I", INT32_MAX);
	btf = built(b);
	result = downgraded(btf, "5.15", &notes);
	assert_dump(result, "[1] ENUM 'u' encoding=UNSIGNED size=8 vlen=3\n"
			    "\t'A' val=0\n"
			    "\t'B' val=2147483647\n"
			    "\t'D' val=7\n"
			    "[2] ENUM 's' encoding=UNSIGNED size=8 vlen=3\n"
			    "\t'F' val=4294967295\n"
			    "\t'G' val=2147483648\n"
			    "\t'I' val=2147483647\n");
	assert_string_equal(notes.text, "[1] ENUM64 'u' converted 2\n"
					"[2] ENUM64 's' converted 1\n");
}

static void references_skip_tags(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = NULL, *result = NULL;
	struct rebtf_builder *b = build_over(NULL);

	(void)state;
	add_int(b);					    /* [1] */
	rebtf_builder_type_tag(b, "user", 1);		    /* [2] */
	rebtf_builder_type_attr(b, "address_space(1)", 2);  /* [3] */
	rebtf_builder_ref(b, REBTF_KIND_PTR, 3);	    /* [4] */
	rebtf_builder_ref(b, REBTF_KIND_CONST, 3);	    /* [5] */
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "s", 8); /* [6] */
	rebtf_builder_member(b, "m", 3, 0, 0);
	btf = built(b);
	result = downgraded(btf, "6.12", NULL);
	assert_dump(result, "[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n"
			    "[2] TYPE_TAG 'user' type_id=1\n"
			    "[3] PTR '(anon)' type_id=0\n"
			    "[4] PTR '(anon)' type_id=2\n"
			    "[5] CONST '(anon)' type_id=1\n"
			    "[6] STRUCT 's' size=8 vlen=1\n"
			    "\t'm' type_id=2 bits_offset=0\n");
	assert_accepted(result, "6.12");
}

/* Before 7.2, a kernel expects type tags before other modifiers. */
static void tags_behind_modifiers_are_left_out(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = NULL, *result = NULL;
	struct rebtf_builder *b = build_over(NULL);
	struct downgrade_notes notes = {};

	(void)state;
	add_int(b);				 /* [1] */
	rebtf_builder_type_tag(b, "rcu", 1);	 /* [2] */
	rebtf_builder_type_tag(b, "user", 2);	 /* [3] */
	rebtf_builder_typedef(b, "t", 3);	 /* [4] */
	rebtf_builder_type_tag(b, "percpu", 4);	 /* [5] */
	rebtf_builder_ref(b, REBTF_KIND_PTR, 5); /* [6] */
	btf = built(b);
	result = downgraded(btf, "6.12", &notes);
	assert_dump(result, "[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n"
			    "[2] TYPE_TAG 'rcu' type_id=1\n"
			    "[3] TYPE_TAG 'user' type_id=2\n"
			    "[4] TYPEDEF 't' type_id=1\n"
			    "[5] TYPE_TAG 'percpu' type_id=4\n"
			    "[6] PTR '(anon)' type_id=5\n");
	assert_string_equal(notes.text, "[4] TYPEDEF 't' tags_left_out 0\n");
	assert_accepted(result, "6.12");
}

static void only_so_many_elements_stay(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = NULL, *result = NULL;
	struct rebtf_builder *b = build_over(NULL);
	struct downgrade_notes notes = {};

	(void)state;
	add_int(b);
	rebtf_builder_struct(b, REBTF_KIND_UNION, "u", 4);
	for (int i = 0; i < 65537; i++)
		rebtf_builder_member(b, "m", 1, 0, 0);
	rebtf_builder_enum(b, REBTF_KIND_ENUM64, "e", 8, REBTF_UNSIGNED);
	for (int i = 0; i < 65537; i++)
		rebtf_builder_enumerator(b, "v", i);
	btf = built(b);
	result = downgraded(btf, "6.18", &notes);
	assert_int_equal(rebtf_type_vlen(rebtf_btf_type(result, 2)), 65535);
	assert_string_equal(notes.text, "[2] UNION 'u' shortened 2\n[3] ENUM64 'e' shortened 2\n");
	rebtf_btf_unref(result);
	notes = (struct downgrade_notes){};
	result = downgraded(btf, "5.10", &notes);
	assert_string_equal(notes.text, "[2] UNION 'u' shortened 2\n[3] ENUM64 'e' converted 2\n");
	rebtf_btf_unref(result);
	result = downgraded(btf, "7.2", &notes);
	assert_int_equal(rebtf_type_vlen(rebtf_btf_type(result, 2)), 65537);
}

static void layout_section_is_left_out(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = NULL, *result = NULL;
	struct rebtf_builder *b = build_over(NULL);
	struct downgrade_notes notes = {};

	(void)state;
	rebtf_builder_set_layout(b, REBTF_LAYOUT_WITH);
	rebtf_builder_set_byte_order(b, OTHER_BYTE_ORDER);
	add_int(b);
	btf = built(b);
	result = downgraded(btf, "6.18", &notes);
	assert_string_equal(notes.text, "[0] VOID '' layout_left_out 0\n");
	assert_null(result->layout);
	assert_accepted(result, "6.18");
	rebtf_btf_unref(result);
	notes = (struct downgrade_notes){};
	result = downgraded(btf, "7.2", &notes);
	assert_string_equal(notes.text, "");
	assert_non_null(result->layout);
}

/* A module keeps its ids and strings, over the old base as over its downgraded base. */
static void split_btf_skips_tags_of_its_base(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = build_all_kinds(), *old_base = NULL, *btf = NULL,
					 *result = NULL, *over_old = NULL;
	struct rebtf_builder *b = build_over(base);

	(void)state;
	rebtf_builder_ref(b, REBTF_KIND_PTR, 22); /* [26], to the tag of int */
	rebtf_builder_type_tag(b, "own", 22);	  /* [27] */
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "own", 8);
	rebtf_builder_member(b, "second", 27, 0, 0);
	btf = built(b);
	old_base = downgraded(base, "5.15", NULL);
	result = downgraded(btf, "5.15", NULL);
	over_old = downgraded_over(btf, old_base, "5.15", NULL);
	assert_dump(result, "[26] PTR '(anon)' type_id=1\n"
			    "[27] PTR '(anon)' type_id=0\n"
			    "[28] STRUCT 'own' size=8 vlen=1\n"
			    "\t'second' type_id=1 bits_offset=0\n");
	assert_accepted(over_old, "5.15");
}

/* A name stays as it is. */
static void other_violations_are_errors(void **state)
{
	REBTF_OPTIONS(rebtf_downgrade_options, options, .kernel = "6.1");
	_cleanup_unref_ struct rebtf_btf *btf = NULL, *result = NULL;
	struct rebtf_builder *b = build_over(NULL);

	(void)state;
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "no name", 0);
	btf = built(b);
	assert_fails(rebtf_downgrade(btf, NULL, &options, &result), REBTF_ERR_UNSUPPORTED,
		     "Linux 6.1 would still refuse type [1] 'no name'");
}

static void wrong_arguments_are_refused(void **state)
{
	REBTF_OPTIONS(rebtf_downgrade_options, none);
	REBTF_OPTIONS(rebtf_downgrade_options, old, .kernel = "4.19");
	REBTF_OPTIONS(rebtf_downgrade_options, good, .kernel = "5.10");
	_cleanup_unref_ struct rebtf_btf *btf = build_int(), *base = build_all_kinds(),
					 *split = NULL, *result = NULL;

	(void)state;
	split = built(build_over(base));
	assert_fails(rebtf_downgrade(btf, NULL, &none, &result), REBTF_ERR_ARGUMENT,
		     "without a version");
	assert_fails(rebtf_downgrade(btf, NULL, NULL, &result), REBTF_ERR_ARGUMENT,
		     "without a version");
	assert_fails(rebtf_downgrade(btf, NULL, &old, &result), REBTF_ERR_ARGUMENT, "minimum 5.10");
	assert_fails(rebtf_downgrade(btf, base, &good, &result), REBTF_ERR_ARGUMENT,
		     "another base");
	assert_fails(rebtf_downgrade(split, NULL, &good, &result), REBTF_ERR_ARGUMENT,
		     "another base");
	assert_fails(rebtf_downgrade(split, btf, &good, &result), REBTF_ERR_ARGUMENT,
		     "another base");
	assert_string_equal(rebtf_downgrade_change_name(REBTF_DOWNGRADE_INLINE + 1), "unknown");
}

/* A name starts inside another, and so many tags follow that opening does not check it. */
static void split_btf_that_would_not_open_again_is_refused(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = build_int(), *split = NULL;
	REBTF_OPTIONS(rebtf_downgrade_options, options, .kernel = "5.10");
	uint32_t off = rebtf_btf_string_end(base), words[6 + 8 * 4] = {
		off, INFO(TYPEDEF, 0), 1, off + 1, INFO(TYPEDEF, 0), 1,
	};
	struct rebtf_btf *result;

	(void)state;
	for (uint32_t *tag = words + 6; tag < words + 6 + 8 * 4; tag += 4) {
		tag[0] = off;
		tag[1] = INFO(DECL_TAG, 0);
		tag[2] = 2;
		tag[3] = UINT32_MAX;
	}
	assert_ok(open_raw(words, sizeof(words), "ab", 3, base, &split));
	assert_fails(rebtf_downgrade(split, base, &options, &result), REBTF_ERR_WRONG_BASE,
		     "type [3] TYPEDEF 'b'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_kinds_fit_each_kernel),
		cmocka_unit_test(accepted_btf_stays_the_same),
		cmocka_unit_test(each_change_is_noted),
		cmocka_unit_test(locations_are_left_out),
		cmocka_unit_test(values_that_fit_stay),
		cmocka_unit_test(references_skip_tags),
		cmocka_unit_test(tags_behind_modifiers_are_left_out),
		cmocka_unit_test(only_so_many_elements_stay),
		cmocka_unit_test(layout_section_is_left_out),
		cmocka_unit_test(split_btf_skips_tags_of_its_base),
		cmocka_unit_test(other_violations_are_errors),
		cmocka_unit_test(wrong_arguments_are_refused),
		cmocka_unit_test(split_btf_that_would_not_open_again_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
