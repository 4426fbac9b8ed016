/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Tests of recorded trust: a name that was trusted when expectations were recorded is trusted when
 * the module is reconciled later, without the name. Each kind of name is tried with each way in
 * which a module can use the type.
 */
#include "split/expects.h"
#include "split/report.h"
#include "split/split_for_test.h"

/* The kernel: the type "t", and other names that lead to it. */
enum { INT = 1, T, T_ALIAS, PTR_T, PROTO, T_FUNC };

enum change { SAME, MEMBERS, SIZE };

static void add_type(struct rebtf_builder *b, uint32_t kind, enum change change)
{
	uint32_t size = change == SIZE ? 8 : 4;

	if (kind == REBTF_KIND_ENUM) {
		rebtf_builder_enum(b, kind, "t", size, REBTF_UNSIGNED);
		rebtf_builder_enumerator(b, "ON", change == MEMBERS ? 2 : 1);
		return;
	}
	rebtf_builder_struct(b, kind, "t", size);
	rebtf_builder_member(b, change == MEMBERS ? "other" : "m", INT, 0, 0);
}

static struct rebtf_btf *build_kernel(uint32_t kind, enum change change)
{
	struct rebtf_builder *b = build_over(NULL);

	add_int(b);
	add_type(b, kind, change);
	rebtf_builder_typedef(b, "t_alias", T);
	rebtf_builder_ref(b, REBTF_KIND_PTR, T);
	rebtf_builder_func_proto(b, INT);
	rebtf_builder_param(b, "p", PTR_T);
	assert_int_equal(rebtf_builder_func(b, "t_func", REBTF_LINKAGE_STATIC, PROTO), T_FUNC);
	return built(b);
}

/* How the module uses the type. */
enum reach { POINTER, EMBEDDED, POINTER_AND_EMBEDDED, BY_ALIAS, PARAMETER, REACHES };

static struct rebtf_btf *build_module(struct rebtf_btf *kernel, enum reach reach)
{
	struct rebtf_builder *b = build_over(kernel);
	uint32_t proto;

	if (reach == POINTER || reach == POINTER_AND_EMBEDDED)
		rebtf_builder_ref(b, REBTF_KIND_PTR, T);
	if (reach == EMBEDDED || reach == POINTER_AND_EMBEDDED || reach == BY_ALIAS) {
		rebtf_builder_struct(b, REBTF_KIND_STRUCT, "own", 64);
		rebtf_builder_member(b, "held", reach == BY_ALIAS ? T_ALIAS : T, 0, 0);
	}
	proto = rebtf_builder_func_proto(b, 0);
	if (reach == PARAMETER)
		rebtf_builder_param(b, "p", PTR_T);
	rebtf_builder_func(b, "own_func", REBTF_LINKAGE_STATIC, proto);
	return built(b);
}

static const uint32_t kinds[] = { REBTF_KIND_STRUCT, REBTF_KIND_UNION, REBTF_KIND_ENUM };

#define KINDS (sizeof(kinds) / sizeof(*kinds))

/* Reconciles with only the recorded trust. Returns the class of the type, and whether it fits. */
static enum rebtf_reliance reconcile(const struct parts *m, struct rebtf_btf *kernel,
				     enum rebtf_policy policy, bool local, bool *fits)
{
	const struct rebtf_reconcile_options options = {
		.size = sizeof(struct rebtf_reconcile_options),
		.policy = policy,
		.local = local,
		.expects = m->expects,
	};
	_cleanup_unref_ struct rebtf_btf *result = NULL;
	struct rebtf_report *report = NULL;
	struct rebtf_error *err = rebtf_reconcile(m->split, kernel, &options, &report, &result);
	enum rebtf_reliance class;
	uint32_t id = 1;

	assert_true(!err || err->code == REBTF_ERR_MISMATCH);
	*fits = !err;
	rebtf_error_free(err);
	while (strcmp(rebtf_btf_type_name(m->base, rebtf_btf_type(m->base, id)), "t"))
		id++;
	class = report->matches[id - 1].reliance;
	rebtf_report_free(report);
	return class;
}

static void check_recorded(const char *name, uint32_t kind, enum reach reach)
{
	const struct rebtf_trust trust = { .size = sizeof(struct rebtf_trust),
					   .names = &name,
					   .name_count = 1 };
	_cleanup_unref_ struct rebtf_btf *old = build_kernel(kind, SAME);
	_cleanup_unref_ struct rebtf_btf *other_members = build_kernel(kind, MEMBERS);
	_cleanup_unref_ struct rebtf_btf *other_size = build_kernel(kind, SIZE);
	_cleanup_unref_ struct rebtf_btf *module = build_module(old, reach);
	_cleanup_parts_ struct parts m = distilled_parts(module, &trust);
	bool fits;

	assert_int_equal(reconcile(&m, old, REBTF_POLICY_STRICT, false, &fits),
			 REBTF_RELIANCE_TRUSTED);
	assert_true(fits);
	assert_int_equal(reconcile(&m, other_members, REBTF_POLICY_STRICT, false, &fits),
			 REBTF_RELIANCE_TRUSTED);
	assert_false(fits);
	/* A trusted type is never localized. */
	assert_int_equal(reconcile(&m, other_members, REBTF_POLICY_STRICT, true, &fits),
			 REBTF_RELIANCE_TRUSTED);
	assert_false(fits);
	/* Behind pointers alone, the size of a struct does not matter to a kernel. */
	if (kind != REBTF_KIND_ENUM && reach != EMBEDDED && reach != POINTER_AND_EMBEDDED &&
	    reach != BY_ALIAS)
		return;
	assert_int_equal(reconcile(&m, other_size, REBTF_POLICY_KERNEL, true, &fits),
			 REBTF_RELIANCE_TRUSTED);
	assert_false(fits);
	assert_int_equal(reconcile(&m, other_size, REBTF_POLICY_KERNEL, false, &fits),
			 REBTF_RELIANCE_TRUSTED);
	assert_false(fits);
}

static void trust_by_name_survives_however_the_module_has_the_type(void **state)
{
	(void)state;
	for (size_t kind = 0; kind < KINDS; kind++) {
		for (enum reach reach = POINTER; reach < REACHES; reach++)
			check_recorded("t", kinds[kind], reach);
	}
}

/* The kernel's typedef, whether the module refers to it or not. */
static void trust_by_a_typedef_survives(void **state)
{
	(void)state;
	for (size_t kind = 0; kind < KINDS; kind++) {
		for (enum reach reach = POINTER; reach < REACHES; reach++)
			check_recorded("t_alias", kinds[kind], reach);
	}
}

/* The module itself never refers to a function of the kernel. */
static void trust_by_a_function_of_the_kernel_survives(void **state)
{
	(void)state;
	for (size_t kind = 0; kind < KINDS; kind++) {
		for (enum reach reach = POINTER; reach < REACHES; reach++)
			check_recorded("t_func", kinds[kind], reach);
	}
}

static void trust_by_a_function_of_the_module_survives(void **state)
{
	(void)state;
	for (size_t kind = 0; kind < KINDS; kind++)
		check_recorded("own_func", kinds[kind], PARAMETER);
}

/* Without a definition, only the tag records that the type is trusted. */
static void trust_survives_without_a_definition(void **state)
{
	const char *name = "t";
	const struct rebtf_trust trust = { .size = sizeof(struct rebtf_trust),
					   .names = &name,
					   .name_count = 1 };
	_cleanup_unref_ struct rebtf_btf *old = build_kernel(REBTF_KIND_STRUCT, SAME);
	_cleanup_unref_ struct rebtf_btf *grown = build_kernel(REBTF_KIND_STRUCT, SIZE);
	_cleanup_unref_ struct rebtf_btf *module = build_module(old, POINTER);
	_cleanup_unref_ struct rebtf_btf *expects = NULL;
	_cleanup_parts_ struct parts m = distilled_parts(module, NULL);
	bool fits;

	(void)state;
	assert_int_equal(reconcile(&m, old, REBTF_POLICY_STRICT, false, &fits),
			 REBTF_RELIANCE_POINTER_ONLY);
	assert_true(fits);
	/* A kernel with another size of the type is no evidence of its old members. */
	assert_ok(rebtf_expects(m.split, &trust, grown, &expects));
	rebtf_btf_unref(m.expects);
	m.expects = take_ptr(&expects);
	assert_dump(m.expects, "[2] TYPE_TAG 'rebtf:trusted' type_id=1\n");
	assert_int_equal(reconcile(&m, old, REBTF_POLICY_STRICT, false, &fits),
			 REBTF_RELIANCE_TRUSTED);
	assert_false(fits);
}

/* Expectations that are older than the tag. */
static void a_definition_of_what_is_not_embedded_is_trusted_without_a_tag(void **state)
{
	_cleanup_unref_ struct rebtf_btf *old = build_kernel(REBTF_KIND_STRUCT, SAME);
	_cleanup_unref_ struct rebtf_btf *changed = build_kernel(REBTF_KIND_STRUCT, MEMBERS);
	_cleanup_unref_ struct rebtf_btf *module = build_module(old, POINTER);
	_cleanup_parts_ struct parts m = distilled_parts(module, NULL);
	struct rebtf_builder *b = build_over(m.base);
	bool fits;

	(void)state;
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "t", 4);
	rebtf_builder_member(b, "m", rebtf_builder_next_id(b), 0, 0);
	add_int(b);
	rebtf_btf_unref(m.expects);
	m.expects = built(b);
	assert_int_equal(reconcile(&m, changed, REBTF_POLICY_STRICT, false, &fits),
			 REBTF_RELIANCE_TRUSTED);
	assert_false(fits);
}

static void a_tag_of_what_the_distilled_base_does_not_have_is_refused(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = build_int(), *of_void = NULL, *of_own = NULL;
	struct rebtf_builder *b = build_over(base);

	(void)state;
	rebtf_builder_type_tag(b, EXPECTS_TRUSTED, 0);
	of_void = built(b);
	assert_fails(expects_check(of_void), REBTF_ERR_FORMAT,
		     "type [2] TYPE_TAG 'rebtf:trusted': trusted type [0] is not in the "
		     "distilled base");
	b = build_over(base);
	rebtf_builder_fwd(b, REBTF_KIND_STRUCT, "f");
	rebtf_builder_type_tag(b, EXPECTS_TRUSTED, 2);
	of_own = built(b);
	assert_fails(expects_check(of_own), REBTF_ERR_FORMAT,
		     "trusted type [2] is not in the distilled base");
}

static struct rebtf_btf *build_ints(uint32_t count)
{
	struct rebtf_builder *b = build_over(NULL);

	for (uint32_t i = 0; i < count; i++)
		add_int(b);
	return built(b);
}

/* Over a larger base and a smaller one. */
static void what_was_recorded_over_another_base_is_refused(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		_cleanup_unref_ struct rebtf_btf *base = build_ints(i ? 500 : 1), *split = NULL;
		_cleanup_unref_ struct rebtf_btf *other = build_ints(i ? 1 : 500), *recorded = NULL;
		struct rebtf_reconcile_options options = { .size = sizeof(options) };
		struct rebtf_report *report;
		struct rebtf_btf *result;
		struct rebtf_builder *b;

		b = build_over(base);
		rebtf_builder_ref(b, REBTF_KIND_PTR, 1);
		split = built(b);
		b = build_over(other);
		rebtf_builder_type_tag(b, "rebtf:trusted", rebtf_btf_type_count(other) - 1);
		recorded = built(b);
		options.recorded = recorded;
		assert_fails(rebtf_reconcile(split, base, &options, &report, &result),
			     REBTF_ERR_ARGUMENT,
			     "the expectations belong to another distilled base");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(trust_by_name_survives_however_the_module_has_the_type),
		cmocka_unit_test(trust_by_a_typedef_survives),
		cmocka_unit_test(trust_by_a_function_of_the_kernel_survives),
		cmocka_unit_test(trust_by_a_function_of_the_module_survives),
		cmocka_unit_test(trust_survives_without_a_definition),
		cmocka_unit_test(a_definition_of_what_is_not_embedded_is_trusted_without_a_tag),
		cmocka_unit_test(what_was_recorded_over_another_base_is_refused),
		cmocka_unit_test(a_tag_of_what_the_distilled_base_does_not_have_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
