/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Tests of completing the types of kfuncs: implicit arguments, implementations and tags. */
#include "btf/build_for_test.h"
#include "module/resolve_ids.h"

#define FASTCALL 0x1000u
#define IMPLICIT 0x10000u

/* A set8 "kfuncs" of up to three functions, each with flags. */
struct kfunc_set {
	struct rebtf_ids ids;
	struct rebtf_id names[3];
	struct rebtf_id_set set;
	uint8_t data[32];
};

static void make_set(struct kfunc_set *s, uint32_t set_flags, size_t count,
		     const char *const *names, const uint32_t *flags)
{
	*s = (struct kfunc_set){};
	s->set = (struct rebtf_id_set){
		.name = "kfuncs",
		.count = count,
		.has_flags = true,
		.flags = set_flags,
		.id_count = count,
	};
	for (size_t i = 0; i < count; i++) {
		s->names[i] = (struct rebtf_id){ names[i], REBTF_KIND_FUNC, 8 * (i + 1) };
		memcpy(s->data + 8 * (i + 1) + 4, &flags[i], 4);
	}
	s->ids = (struct rebtf_ids){
		.path = (char[]){ "x" },
		.big_endian = HOST_BIG_ENDIAN,
		.data = s->data,
		.size = 8 * (count + 1),
		.ids = s->names,
		.id_count = count,
		.sets = &s->set,
		.set_count = 1,
	};
}

/*
 * [1] INT int, [2] STRUCT bpf_prog_aux, [3] PTR to it, [4] FUNC_PROTO (a, aux), [5] FUNC bpf_foo, and
 * tags.
 */
static struct rebtf_builder *build_foo(struct rebtf_btf *base, bool tagged)
{
	struct rebtf_builder *b = build_over(base);
	uint32_t number = add_int(b), aux, proto, func;

	aux = rebtf_builder_struct(b, REBTF_KIND_STRUCT, "bpf_prog_aux", 8);
	aux = rebtf_builder_ref(b, REBTF_KIND_PTR, aux);
	proto = rebtf_builder_func_proto(b, number);
	rebtf_builder_param(b, "a", number);
	rebtf_builder_param(b, "aux", aux);
	func = rebtf_builder_func(b, "bpf_foo", REBTF_LINKAGE_STATIC, proto);
	if (tagged) {
		rebtf_builder_decl_tag(b, "bpf_kfunc", func, -1);
		rebtf_builder_decl_tag(b, "bpf_fastcall", func, -1);
	}
	return b;
}

#define FOO                                                                                        \
	"[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n"                          \
	"[2] STRUCT 'bpf_prog_aux' size=8 vlen=0\n"                                                \
	"[3] PTR '(anon)' type_id=2\n"                                                             \
	"[4] FUNC_PROTO '(anon)' ret_type_id=1 vlen=2\n"                                           \
	"\t'a' type_id=1\n"                                                                        \
	"\t'aux' type_id=3\n"

static struct rebtf_btf *completed(const struct kfunc_set *s, const struct rebtf_btf *btf)
{
	_cleanup_bytes_ struct bytes bytes = { 0 };
	_cleanup_unref_ struct rebtf_btf *again = NULL;
	struct rebtf_btf *result;

	assert_ok(resolve_kfuncs(&s->ids, btf, &result));
	if (!result)
		return NULL;
	bytes = written(result, 0);
	assert_ok(open_bytes(&bytes, rebtf_btf_base(result), &again));
	return result;
}

static void implicit_arguments_are_hidden(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = built(build_foo(NULL, true)), *result = NULL;
	struct kfunc_set s;

	(void)state;
	make_set(&s, 1, 1, (const char *[]){ "bpf_foo" }, &(uint32_t){ IMPLICIT | FASTCALL });
	result = completed(&s, btf);
	assert_dump(result, FOO "[5] FUNC 'bpf_foo' type_id=10 linkage=static\n"
				"[6] DECL_TAG 'bpf_kfunc' type_id=5 component_idx=-1\n"
				"[7] DECL_TAG 'bpf_fastcall' type_id=5 component_idx=-1\n"
				"[8] FUNC 'bpf_foo_impl' type_id=4 linkage=static\n"
				"[9] DECL_TAG 'bpf_fastcall' type_id=8 component_idx=-1\n"
				"[10] FUNC_PROTO '(anon)' ret_type_id=1 vlen=1\n"
				"\t'a' type_id=1\n");
}

static void an_implementation_in_the_source_is_kept(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = NULL, *result = NULL;
	struct rebtf_builder *b = build_foo(NULL, true);
	struct kfunc_set s;

	(void)state;
	rebtf_builder_func(b, "bpf_foo_impl", REBTF_LINKAGE_STATIC, 4);
	btf = built(b);
	make_set(&s, 1, 1, (const char *[]){ "bpf_foo" }, &(uint32_t){ IMPLICIT });
	result = completed(&s, btf);
	assert_dump(result, FOO "[5] FUNC 'bpf_foo' type_id=9 linkage=static\n"
				"[6] DECL_TAG 'bpf_kfunc' type_id=5 component_idx=-1\n"
				"[7] DECL_TAG 'bpf_fastcall' type_id=5 component_idx=-1\n"
				"[8] FUNC 'bpf_foo_impl' type_id=4 linkage=static\n"
				"[9] FUNC_PROTO '(anon)' ret_type_id=1 vlen=1\n"
				"\t'a' type_id=1\n");
}

/* The kernel's own tool looks at the flags only. */
static void other_kfuncs_stay_as_they_are(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = built(build_foo(NULL, true));
	struct kfunc_set s;

	(void)state;
	make_set(&s, 1, 1, (const char *[]){ "bpf_foo" }, &(uint32_t){ FASTCALL });
	assert_null(completed(&s, btf));
	make_set(&s, 1, 1, (const char *[]){ "bpf_bar" }, &(uint32_t){ IMPLICIT });
	assert_null(completed(&s, btf));
	make_set(&s, 1, 0, NULL, NULL);
	assert_null(completed(&s, btf));
}

/* Kernels that are newer than 7.2 leave the tags to this step. */
static void kfuncs_without_any_tag_get_tags(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = NULL, *result = NULL;
	struct rebtf_builder *b = build_foo(NULL, false);
	const uint32_t flags[] = { FASTCALL, IMPLICIT, 0 };
	struct kfunc_set s;

	(void)state;
	rebtf_builder_func(b, "bpf_bar", REBTF_LINKAGE_STATIC, 4);
	rebtf_builder_func(b, "bpf_other", REBTF_LINKAGE_STATIC, 4);
	btf = built(b);
	make_set(&s, 1, 3, (const char *[]){ "bpf_bar", "bpf_foo", "bpf_absent" }, flags);
	result = completed(&s, btf);
	assert_dump(result, FOO "[5] FUNC 'bpf_foo' type_id=12 linkage=static\n"
				"[6] FUNC 'bpf_bar' type_id=4 linkage=static\n"
				"[7] FUNC 'bpf_other' type_id=4 linkage=static\n"
				"[8] DECL_TAG 'bpf_kfunc' type_id=5 component_idx=-1\n"
				"[9] DECL_TAG 'bpf_kfunc' type_id=6 component_idx=-1\n"
				"[10] DECL_TAG 'bpf_fastcall' type_id=6 component_idx=-1\n"
				"[11] FUNC 'bpf_foo_impl' type_id=4 linkage=static\n"
				"[12] FUNC_PROTO '(anon)' ret_type_id=1 vlen=1\n"
				"\t'a' type_id=1\n");
	/* A set8 of other functions is not a set of kfuncs. */
	make_set(&s, 0, 1, (const char *[]){ "bpf_foo" }, &(uint32_t){ FASTCALL });
	assert_null(completed(&s, btf));
}

static void strings_of_the_base_are_used(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = NULL, *split = NULL, *result = NULL;
	struct rebtf_builder *b = build_foo(NULL, false);
	uint32_t added, name;
	struct kfunc_set s;

	(void)state;
	rebtf_builder_typedef(b, "bpf_kfunc", 1);
	rebtf_builder_typedef(b, "bpf_mine_impl", 1);
	base = built(b);
	b = build_over(base);
	rebtf_builder_func(b, "bpf_mine", REBTF_LINKAGE_STATIC, 4);
	split = built(b);
	make_set(&s, 1, 1, (const char *[]){ "bpf_mine" }, &(uint32_t){ IMPLICIT });
	result = completed(&s, split);
	added = rebtf_btf_type_count(split);
	assert_int_equal(rebtf_btf_type_count(result), added + 3);
	for (uint32_t id = added; id < added + 2; id++) {
		name = rebtf_btf_type(result, id)->name_off;
		assert_true(name && name < rebtf_btf_start_string(result));
	}
	assert_int_equal(rebtf_btf_string_end(result), rebtf_btf_string_end(split));
	assert_int_equal(rebtf_btf_type(result, rebtf_btf_start_id(split))->type, added + 2);
}

/* A kfunc of the base is not the module's to change. */
static void kfuncs_of_the_base_stay_as_they_are(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = built(build_foo(NULL, true)), *split = NULL;
	struct rebtf_builder *b = build_over(base);
	struct kfunc_set s;

	(void)state;
	rebtf_builder_func(b, "bpf_mine", REBTF_LINKAGE_STATIC, 4);
	rebtf_builder_decl_tag(b, "bpf_kfunc", rebtf_btf_type_count(base), -1);
	split = built(b);
	make_set(&s, 1, 1, (const char *[]){ "bpf_foo" }, &(uint32_t){ IMPLICIT });
	assert_null(completed(&s, split));
}

static void a_kfunc_without_a_prototype_is_refused(void **state)
{
	_cleanup_unref_ struct rebtf_btf *odd = NULL;
	struct rebtf_btf *result;
	struct kfunc_set s;

	(void)state;
	assert_ok(OPEN_RAW("\0f\0bpf_kfunc", NULL, &odd, 1, INFO(FUNC, 0), 0, 3, INFO(DECL_TAG, 0),
			   1, UINT32_MAX));
	make_set(&s, 1, 1, (const char *[]){ "f" }, &(uint32_t){ IMPLICIT });
	assert_fails(resolve_kfuncs(&s.ids, odd, &result), REBTF_ERR_FORMAT,
		     "type [1] FUNC 'f': the function has no prototype");
}

/*
 * Every qualifier of the pointer and of the struct is skipped; a pointer to a pointer is no
 * implicit argument.
 */
static void qualifiers_do_not_hide_an_implicit_argument(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = NULL, *result = NULL;
	struct rebtf_builder *b = build_over(NULL);
	uint32_t meta, pointer, proto, func;
	struct kfunc_set s;

	(void)state;
	meta = rebtf_builder_struct(b, REBTF_KIND_STRUCT, "btf_struct_meta", 8);
	meta = rebtf_builder_ref(b, REBTF_KIND_CONST, meta);
	pointer = rebtf_builder_ref(b, REBTF_KIND_PTR, meta);
	pointer = rebtf_builder_ref(b, REBTF_KIND_VOLATILE, pointer);
	proto = rebtf_builder_func_proto(b, 0);
	rebtf_builder_param(b, "both", rebtf_builder_next_id(b) + 3);
	rebtf_builder_param(b, "meta", pointer);
	rebtf_builder_param(b, "after", pointer);
	func = rebtf_builder_func(b, "f", REBTF_LINKAGE_STATIC, proto);
	rebtf_builder_decl_tag(b, "bpf_kfunc", func, -1);
	rebtf_builder_ref(b, REBTF_KIND_PTR, pointer);
	rebtf_builder_ref(b, REBTF_KIND_PTR, pointer);
	btf = built(b);
	make_set(&s, 1, 1, (const char *[]){ "f" }, &(uint32_t){ IMPLICIT });
	result = completed(&s, btf);
	assert_int_equal(rebtf_type_vlen(rebtf_btf_type(result,
							rebtf_btf_type(result, func)->type)),
			 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(implicit_arguments_are_hidden),
		cmocka_unit_test(an_implementation_in_the_source_is_kept),
		cmocka_unit_test(other_kfuncs_stay_as_they_are),
		cmocka_unit_test(kfuncs_without_any_tag_get_tags),
		cmocka_unit_test(strings_of_the_base_are_used),
		cmocka_unit_test(kfuncs_of_the_base_stay_as_they_are),
		cmocka_unit_test(a_kfunc_without_a_prototype_is_refused),
		cmocka_unit_test(qualifiers_do_not_hide_an_implicit_argument),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
