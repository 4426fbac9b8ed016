/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Tests of finding trusted types: where trust starts, how far it reaches, and that the search ends.
 */
#include "split/split_for_test.h"
#include "graph/trust.h"

/* The base of all tests in this file. */
enum { DEVICE = 1, VALUE, STATE, INT, SKB, BPF_STRUCT_OPS_OLD, BASE_END };

static struct rebtf_builder *build_over_base(void)
{
	struct rebtf_builder *b = build_over(NULL);
	_cleanup_unref_ struct rebtf_btf *base = NULL;

	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "device", 744);
	rebtf_builder_struct(b, REBTF_KIND_UNION, "value", 8);
	rebtf_builder_enum(b, REBTF_KIND_ENUM, "state", 4, REBTF_UNSIGNED);
	add_int(b);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "sk_buff", 232);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "bpf_struct_ops_old", 64);
	base = built(b);
	return build_over(base);
}

/*
 * Returns the names of all trusted types in the order of their ids, as "device sk_buff", malloced.
 */
static char *trusted_names(const struct rebtf_btf *split, const struct rebtf_trust *trust)
{
	struct buffer names = {};
	struct id_set trusted;

	assert_ok(find_trusted(split, trust, &trusted));
	for (uint32_t id = 1; id < rebtf_btf_type_count(split); id++) {
		const char *name = rebtf_btf_type_name(split, rebtf_btf_type(split, id));

		if (!id_set_has(&trusted, id))
			continue;
		if (names.size)
			buffer_append(&names, " ", 1);
		name = *name ? name : "(anon)";
		buffer_append(&names, name, strlen(name));
	}
	buffer_append(&names, "", 1);
	id_set_release(&trusted);
	return (char *)names.data;
}

/* Asserts that the split BTF that @b becomes trusts exactly these types. */
static void assert_trusts_with(struct rebtf_builder *b, const struct rebtf_trust *trust,
			       const char *want)
{
	_cleanup_unref_ struct rebtf_btf *split = built(b);
	_cleanup_free_ char *names = trusted_names(split, trust);

	assert_string_equal(names, want);
}

static void assert_trusts(struct rebtf_builder *b, const char *want)
{
	assert_trusts_with(b, NULL, want);
}

/* A function with one parameter and a result; returns its id. */
static uint32_t add_func(struct rebtf_builder *b, uint32_t param, uint32_t result)
{
	uint32_t proto = rebtf_builder_func_proto(b, result);

	rebtf_builder_param(b, "p", param);
	return rebtf_builder_func(b, "func", REBTF_LINKAGE_STATIC, proto);
}

static void add_kfunc(struct rebtf_builder *b, uint32_t param, uint32_t result)
{
	rebtf_builder_decl_tag(b, "bpf_kfunc", add_func(b, param, result), -1);
}

/* --- kfuncs */

static void nothing_is_trusted_by_itself(void **state)
{
	struct rebtf_builder *b = build_over_base();

	(void)state;
	add_func(b, rebtf_builder_ref(b, REBTF_KIND_PTR, DEVICE), VALUE);
	assert_trusts(b, "");
}

static void parameters_and_results_of_kfuncs_are_trusted(void **state)
{
	struct rebtf_builder *b = build_over_base();

	(void)state;
	add_kfunc(b, rebtf_builder_ref(b, REBTF_KIND_PTR, DEVICE), STATE);
	assert_trusts(b, "device state");
}

static void from_a_kfunc_trust_goes_through_every_chain(void **state)
{
	struct rebtf_builder *b = build_over_base();
	uint32_t id = rebtf_builder_array(b, SKB, INT, 2);

	(void)state;
	id = rebtf_builder_typedef(b, "skb_t", id);
	id = rebtf_builder_ref(b, REBTF_KIND_CONST, id);
	id = rebtf_builder_ref(b, REBTF_KIND_PTR, id);
	id = rebtf_builder_ref(b, REBTF_KIND_RESTRICT, id);
	id = rebtf_builder_type_tag(b, "user", id);
	add_kfunc(b, rebtf_builder_ref(b, REBTF_KIND_PTR, id), 0);
	assert_trusts(b, "sk_buff");
}

/* The arguments of a callback come from the kfunc, too. */
static void parameters_of_callbacks_are_trusted(void **state)
{
	struct rebtf_builder *b = build_over_base();
	uint32_t callback = rebtf_builder_func_proto(b, 0);

	(void)state;
	rebtf_builder_param(b, "p", rebtf_builder_next_id(b));
	rebtf_builder_ref(b, REBTF_KIND_PTR, SKB);
	add_kfunc(b, rebtf_builder_ref(b, REBTF_KIND_PTR, callback), 0);
	assert_trusts(b, "sk_buff");
}

static void in_own_structs_trust_goes_on_by_value_alone(void **state)
{
	struct rebtf_builder *b = build_over_base();
	uint32_t pointer = rebtf_builder_ref(b, REBTF_KIND_PTR, SKB);
	uint32_t inner = rebtf_builder_struct(b, REBTF_KIND_UNION, NULL, 8), own;

	(void)state;
	rebtf_builder_member(b, "value", VALUE, 0, 0);
	rebtf_builder_member(b, "skb", pointer, 0, 0);
	own = rebtf_builder_struct(b, REBTF_KIND_STRUCT, "own", 752);
	rebtf_builder_member(b, NULL, inner, 0, 0);
	rebtf_builder_member(b, "dev", DEVICE, 64, 0);
	add_kfunc(b, rebtf_builder_ref(b, REBTF_KIND_PTR, own), 0);
	assert_trusts(b, "device value (anon) own");
}

/* A pointer that is first met inside a struct is not followed, but as a parameter it is. */
static void a_type_that_is_met_in_both_ways_is_followed_in_both(void **state)
{
	struct rebtf_builder *b = build_over_base();
	uint32_t pointer = rebtf_builder_ref(b, REBTF_KIND_PTR, SKB);
	uint32_t own = rebtf_builder_struct(b, REBTF_KIND_STRUCT, "own", 8);

	(void)state;
	rebtf_builder_member(b, "skb", pointer, 0, 0);
	add_kfunc(b, own, 0);
	add_kfunc(b, pointer, 0);
	assert_trusts(b, "sk_buff own");
}

static void other_tags_make_no_kfunc(void **state)
{
	struct rebtf_builder *b = build_over_base();
	uint32_t func = add_func(b, DEVICE, SKB);

	(void)state;
	rebtf_builder_decl_tag(b, "bpf_kfunc_", func, -1);
	rebtf_builder_decl_tag(b, "bpf_kfunc", func, 0);
	rebtf_builder_decl_attr(b, "bpf_kfunc", func, -1);
	rebtf_builder_typedef(b, "bpf_kfunc", func);
	hide_odd_reference(b);
	assert_trusts(b, "");
}

/* --- struct_ops */

/* struct bpf_struct_ops_NAME { int refcnt; struct OPS data; } */
static void add_value_type(struct rebtf_builder *b, const char *name, uint32_t ops)
{
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, name, 64);
	rebtf_builder_member(b, "refcnt", INT, 0, 0);
	rebtf_builder_member(b, "data", ops, 64, 0);
}

static void what_operations_take_is_trusted(void **state)
{
	struct rebtf_builder *b = build_over_base();
	uint32_t skb = rebtf_builder_ref(b, REBTF_KIND_PTR, SKB);
	uint32_t device = rebtf_builder_ref(b, REBTF_KIND_PTR, DEVICE);
	uint32_t proto = rebtf_builder_func_proto(b, STATE), ops;

	(void)state;
	rebtf_builder_param(b, "skb", skb);
	proto = rebtf_builder_ref(b, REBTF_KIND_PTR, proto);
	ops = rebtf_builder_struct(b, REBTF_KIND_STRUCT, "tcp_ops", 24);
	rebtf_builder_member(b, "send", proto, 0, 0);
	rebtf_builder_member(b, "owner", device, 64, 0);
	rebtf_builder_member(b, "value", VALUE, 128, 0);
	add_value_type(b, "bpf_struct_ops_tcp_ops", ops);
	assert_trusts(b, "value state sk_buff tcp_ops bpf_struct_ops_tcp_ops");
}

static void operations_of_other_structs_are_not_followed(void **state)
{
	struct rebtf_builder *b = build_over_base();
	uint32_t skb = rebtf_builder_ref(b, REBTF_KIND_PTR, SKB);
	uint32_t proto = rebtf_builder_func_proto(b, 0), ops;

	(void)state;
	rebtf_builder_param(b, "skb", skb);
	proto = rebtf_builder_ref(b, REBTF_KIND_PTR, proto);
	ops = rebtf_builder_struct(b, REBTF_KIND_STRUCT, "file_operations", 8);
	rebtf_builder_member(b, "send", proto, 0, 0);
	add_value_type(b, "struct_ops_file_operations", ops);
	assert_trusts(b, "");
}

/* The base's struct_ops do not count, not even if names require a search in the base. */
static void struct_ops_of_the_base_are_the_bases_own(void **state)
{
	const char *names[] = { "device" };
	struct rebtf_builder *b = build_over_base();

	(void)state;
	assert_trusts_with(b,
			   &(struct rebtf_trust){ .size = sizeof(struct rebtf_trust),
						  .names = names,
						  .name_count = 1 },
			   "device");
}

static void kfuncs_of_the_base_are_the_bases_own(void **state)
{
	const char *names[] = { "own" };
	_cleanup_unref_ struct rebtf_btf *base = NULL;
	struct rebtf_builder *b = build_over_base();

	(void)state;
	add_kfunc(b, rebtf_builder_ref(b, REBTF_KIND_PTR, DEVICE), 0);
	base = built(b);
	b = build_over(base);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "own", 8);
	assert_trusts_with(b,
			   &(struct rebtf_trust){ .size = sizeof(struct rebtf_trust),
						  .names = names,
						  .name_count = 1 },
			   "own");
}

/* --- requested types */

static void names_are_trusted(void **state)
{
	const char *names[] = { "value", "func", "no_such_type", "sk_buff", "value", "skb_t" };
	const struct rebtf_trust trust = { .size = sizeof(struct rebtf_trust),
					   .names = names,
					   .name_count = 6 };
	struct rebtf_builder *b = build_over_base();

	(void)state;
	add_func(b, rebtf_builder_ref(b, REBTF_KIND_PTR, DEVICE), 0);
	rebtf_builder_typedef(b, "skb_t", STATE);
	assert_trusts_with(b, &trust, "device value state sk_buff");
}

/* The verifier does not look into integers or variables. */
static void names_of_other_kinds_say_nothing(void **state)
{
	const char *names[] = { "int", "var", "" };
	const struct rebtf_trust trust = { .size = sizeof(struct rebtf_trust),
					   .names = names,
					   .name_count = 3 };
	struct rebtf_builder *b = build_over_base();

	(void)state;
	rebtf_builder_var(b, "var", REBTF_LINKAGE_STATIC, DEVICE);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, NULL, 8);
	assert_trusts_with(b, &trust, "");
}

static void ids_are_trusted(void **state)
{
	struct rebtf_builder *b = build_over_base();
	uint32_t func = add_func(b, rebtf_builder_ref(b, REBTF_KIND_PTR, DEVICE), 0);
	const uint32_t ids[] = { func, 0, STATE, STATE };

	(void)state;
	assert_trusts_with(b,
			   &(struct rebtf_trust){
				   .size = sizeof(struct rebtf_trust), .ids = ids, .id_count = 4 },
			   "device state");
}

static void ids_that_are_not_there_are_refused(void **state)
{
	_cleanup_unref_ struct rebtf_btf *split = built(build_over_base());
	const uint32_t absurd[] = { BASE_END, UINT32_MAX };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		const struct rebtf_trust trust = { .size = sizeof(struct rebtf_trust),
						   .ids = &absurd[i],
						   .id_count = 1 };
		struct id_set trusted;

		assert_fails(find_trusted(split, &trust, &trusted), REBTF_ERR_ARGUMENT,
			     "cannot trust nonexistent type [");
	}
}

/* --- ends */

static void circles_of_pointers_end(void **state)
{
	struct rebtf_builder *b = build_over_base();
	uint32_t id = rebtf_builder_next_id(b), ops;

	(void)state;
	/* [id] points to [id + 1], which points to [id]. */
	rebtf_builder_ref(b, REBTF_KIND_PTR, id + 1);
	rebtf_builder_ref(b, REBTF_KIND_PTR, id);
	add_kfunc(b, id, id + 1);
	ops = rebtf_builder_struct(b, REBTF_KIND_STRUCT, "ops", 8);
	rebtf_builder_member(b, "op", id, 0, 0);
	add_value_type(b, "bpf_struct_ops_ops", ops);
	assert_trusts(b, "ops bpf_struct_ops_ops");
}

/* A chain of pointers, the last one to a struct. It is too long for recursion. */
static void long_chains_are_followed_to_their_end(void **state)
{
	struct rebtf_builder *b = build_over_base();
	uint32_t id = DEVICE;

	(void)state;
	for (int i = 0; i < 1000000; i++)
		id = rebtf_builder_ref(b, REBTF_KIND_PTR, id);
	add_kfunc(b, id, 0);
	assert_trusts(b, "device");
}

/* A file of a few megabytes. Visiting all members for each tag would take hours. */
static void tags_of_one_struct_are_looked_at_once(void **state)
{
	const uint32_t count = 400000;
	struct rebtf_builder *b = build_over_base();
	uint32_t id = rebtf_builder_struct(b, REBTF_KIND_STRUCT, "bpf_struct_ops_ops", 8);

	(void)state;
	for (uint32_t i = 0; i < count; i++)
		rebtf_builder_member(b, "value", VALUE, 0, 0);
	for (uint32_t i = 0; i < count; i++)
		rebtf_builder_decl_tag(b, "bpf_kfunc", id, -1);
	assert_trusts(b, "value bpf_struct_ops_ops");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_trusted_by_itself),
		cmocka_unit_test(parameters_and_results_of_kfuncs_are_trusted),
		cmocka_unit_test(from_a_kfunc_trust_goes_through_every_chain),
		cmocka_unit_test(parameters_of_callbacks_are_trusted),
		cmocka_unit_test(in_own_structs_trust_goes_on_by_value_alone),
		cmocka_unit_test(a_type_that_is_met_in_both_ways_is_followed_in_both),
		cmocka_unit_test(other_tags_make_no_kfunc),
		cmocka_unit_test(what_operations_take_is_trusted),
		cmocka_unit_test(operations_of_other_structs_are_not_followed),
		cmocka_unit_test(struct_ops_of_the_base_are_the_bases_own),
		cmocka_unit_test(kfuncs_of_the_base_are_the_bases_own),
		cmocka_unit_test(names_are_trusted),
		cmocka_unit_test(names_of_other_kinds_say_nothing),
		cmocka_unit_test(ids_are_trusted),
		cmocka_unit_test(ids_that_are_not_there_are_refused),
		cmocka_unit_test(circles_of_pointers_end),
		cmocka_unit_test(long_chains_are_followed_to_their_end),
		cmocka_unit_test(tags_of_one_struct_are_looked_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
