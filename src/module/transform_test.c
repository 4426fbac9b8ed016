/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Tests of the transforms of one module, on modules of Debian's kernels. The distilled and the
 * relocated BTF are compared with those of libbpf. The explanations are compared with those of a
 * match that knew everything from the start.
 */
#include "module/module_for_test.h"
#include "split/same_for_test.h"

#define OLD_KERNEL "6.1.0-47-amd64"
#define NEW_KERNEL "6.1.0-56-amd64"

/* The path of a file of the test data: the format of its name has up to two strings. */
static const char *data_path(const char *format, const char *a, const char *b)
{
	static char path[PATH_MAX];
	int length = snprintf(path, sizeof(path), "%s/", getenv("TESTDATA") ?: "");

	snprintf(path + length, sizeof(path) - (size_t)length, format, a, b);
	return path;
}

static struct rebtf_btf *kernel(const char *release)
{
	struct rebtf_btf *btf;

	assert_ok(rebtf_btf_open(data_path("vmlinux/%s%s", release, ".btf"), NULL, &btf));
	return btf;
}

/* Checks that types are those of a file of libbpf, which orders strings differently. */
static void assert_same_types(const struct rebtf_btf *btf, const char *path, struct rebtf_btf *base)
{
	_cleanup_unref_ struct rebtf_btf *want = NULL;

	assert_ok(rebtf_btf_open(path, base, &want));
	assert_string_equal(find_difference(btf, want, base == rebtf_btf_base(btf)) ?: "", "");
}

static const char *const modules[] = { "8250_lpss", "blake2b_generic", "crc16", "tcp_bbr",
				       "veth",	    "wireguard",       "xor",	"xt_bpf" };

#define MODULE_COUNT (sizeof(modules) / sizeof(modules[0]))

static void a_distilled_module_is_that_of_libbpf(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = kernel(OLD_KERNEL);
	const struct rebtf_transform_options options = { .size = sizeof(options), .base = base };

	(void)state;
	for (size_t i = 0; i < MODULE_COUNT; i++) {
		_cleanup_module_ struct rebtf_module *module =
			opened(data_path("modules/" OLD_KERNEL "/%s%s", modules[i], ".btf"));
		_cleanup_unref_ struct rebtf_btf *distilled_base = NULL;
		REBTF_OPTIONS(rebtf_module_output, output);
		struct rebtf_transform *t;

		assert_ok(rebtf_module_distill(module, &options, &t));
		rebtf_transform_output(t, &output);
		assert_int_equal(rebtf_transform_old_form(t), REBTF_FORM_SPLIT);
		assert_ok(rebtf_btf_open(data_path("distilled/" OLD_KERNEL "/%s%s", modules[i],
						   ".btf.base"),
					 NULL, &distilled_base));
		assert_int_equal(rebtf_btf_type_count(rebtf_btf_base(output.btf)),
				 rebtf_btf_type_count(distilled_base));
		assert_same_types(output.btf,
				  data_path("distilled/" OLD_KERNEL "/%s%s", modules[i], ".btf"),
				  distilled_base);
		assert_true(output.distilled);
		assert_ptr_equal(output.made_over, base);
		assert_null(output.expects);
		rebtf_transform_free(t);
	}
}

static void a_relocated_module_is_that_of_libbpf(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = kernel(NEW_KERNEL);
	const struct rebtf_transform_options options = { .size = sizeof(options), .base = base };

	(void)state;
	for (size_t i = 0; i < MODULE_COUNT; i++) {
		_cleanup_module_ struct rebtf_module *module =
			opened(data_path("distilled/" OLD_KERNEL "/%s%s", modules[i], ".btf"));
		struct rebtf_transform *t, *checked;

		assert_ok(rebtf_module_relocate(module, &options, &t));
		assert_same_types(rebtf_transform_btf(t),
				  data_path("relocated/" OLD_KERNEL "/%s%s", modules[i], ".btf"),
				  base);
		assert_int_equal(rebtf_report_misfits(rebtf_transform_report(t)), 0);

		assert_ok(rebtf_module_check(module, &options, &checked));
		assert_null(rebtf_transform_btf(checked));
		assert_int_equal(rebtf_report_count(rebtf_transform_report(checked)),
				 rebtf_report_count(rebtf_transform_report(t)));
		rebtf_transform_free(checked);
		rebtf_transform_free(t);
	}
}

/* Checks that two reports have the same findings about each type. */
static void assert_same_report(const struct rebtf_report *a, const struct rebtf_report *b)
{
	assert_int_equal(rebtf_report_count(a), rebtf_report_count(b));
	assert_int_equal(rebtf_report_misfits(a), rebtf_report_misfits(b));
	assert_int_equal(rebtf_report_localized(a), rebtf_report_localized(b));
	assert_int_equal(rebtf_report_refs(a), rebtf_report_refs(b));
	for (size_t i = 0; i < rebtf_report_count(a); i++) {
		const struct rebtf_match *x = rebtf_report_at(a, i), *y = rebtf_report_at(b, i);

		assert_int_equal(x->id, y->id);
		assert_int_equal(x->verdict, y->verdict);
		assert_int_equal(x->reliance, y->reliance);
		assert_int_equal(x->embedded, y->embedded);
		assert_int_equal(x->old_size, y->old_size);
		assert_int_equal(x->new_size, y->new_size);
		assert_int_equal(x->target, y->target);
		assert_int_equal(x->expected, y->expected);
		assert_int_equal(x->candidate_count, y->candidate_count);
	}
}

static void a_report_explained_later_is_that_of_a_match_that_knew_all(void **state)
{
	static const char *const misfits[] = { "act_mirred", "act_simple", "asc7621", "bfq" };
	static const char *const trust[] = { "nf_conn", "tc_action" };
	_cleanup_unref_ struct rebtf_btf *old_base = kernel(OLD_KERNEL);
	_cleanup_unref_ struct rebtf_btf *base = kernel(NEW_KERNEL);
	const struct rebtf_trust trusted = { .size = sizeof(trusted),
					     .names = trust,
					     .name_count = 2 };
	const struct rebtf_transform_options options = {
		.size = sizeof(options),
		.base = base,
		.old_base = old_base,
		.trust = trust,
		.trust_count = 2,
	};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		_cleanup_module_ struct rebtf_module *module =
			opened(data_path("modules/" OLD_KERNEL "/%s%s", misfits[i], ".btf"));
		_cleanup_unref_ struct rebtf_btf *split = NULL;
		_cleanup_unref_ struct rebtf_btf *distilled_base = NULL;
		_cleanup_unref_ struct rebtf_btf *distilled = NULL;
		_cleanup_unref_ struct rebtf_btf *expects = NULL;
		struct rebtf_reconcile_options how = { .size = sizeof(how), .trust = &trusted };
		struct rebtf_report *report = NULL;
		struct rebtf_transform *t = NULL;
		struct rebtf_error *err, *want;

		assert_ok(rebtf_module_btf(module, old_base, &split));
		assert_ok(rebtf_distill_expects(split, &trusted, &distilled_base, &distilled,
						&expects));
		how.expects = expects;
		want = rebtf_reconcile(distilled, base, &how, &report, NULL);
		assert_int_equal(rebtf_error_code(want), REBTF_ERR_MISMATCH);

		err = rebtf_module_relocate(module, &options, &t);
		assert_string_equal(rebtf_error_message(err), rebtf_error_message(want));
		assert_same_report(rebtf_transform_report(t), report);
		assert_ptr_equal(rebtf_transform_trust_btf(t), split);
		assert_null(rebtf_transform_btf(t));
		rebtf_error_free(want);
		rebtf_error_free(err);
		rebtf_report_free(report);
		rebtf_transform_free(t);
	}
}

/* The only misfit of act_mirred: struct tc_action, which struct tcf_mirred embeds as 'common'. */
static void a_misfit_has_its_changes_and_its_path(void **state)
{
	_cleanup_unref_ struct rebtf_btf *old_base = kernel(OLD_KERNEL);
	_cleanup_unref_ struct rebtf_btf *base = kernel(NEW_KERNEL);
	_cleanup_module_ struct rebtf_module *module =
		opened(data_path("modules/%s/%s", OLD_KERNEL, "act_mirred.btf"));
	const struct rebtf_transform_options options = { .size = sizeof(options),
							 .base = base,
							 .old_base = old_base };
	const struct rebtf_match *match = NULL;
	const struct rebtf_report *report;
	struct rebtf_change_list *changes;
	struct rebtf_transform *t = NULL;
	const struct rebtf_step *first;
	struct rebtf_path *path;
	struct rebtf_btf *btf;

	(void)state;
	assert_fails(rebtf_module_check(module, &options, &t), REBTF_ERR_MISMATCH, "tc_action");
	report = rebtf_transform_report(t);
	assert_int_equal(rebtf_report_misfits(report), 1);
	for (size_t i = 0; i < rebtf_report_count(report); i++) {
		if (rebtf_report_at(report, i)->verdict == REBTF_VERDICT_SIZE)
			match = rebtf_report_at(report, i);
	}
	assert_non_null(match);
	assert_int_equal(match->old_size, 208);
	assert_int_equal(match->new_size, 224);
	assert_int_equal(match->reliance, REBTF_RELIANCE_EMBEDDED);
	assert_int_equal(rebtf_match_remedy(report, match), REBTF_REMEDY_REBUILD);
	assert_int_equal(rebtf_match_other_remedy(report, match), REBTF_REMEDY_LOCALIZE);

	assert_ok(rebtf_transform_changes(t, match, &changes));
	assert_int_equal(rebtf_change_list_count(changes), 5);
	assert_string_equal(rebtf_change_list_at(changes, 0)->new_name, "tcfa_rcu");
	rebtf_change_list_free(changes);

	assert_ok(rebtf_transform_path(t, match, &path));
	assert_int_equal(rebtf_path_count(path), 2);
	first = rebtf_path_at(path, 0);
	btf = rebtf_transform_distilled(t);
	assert_string_equal(rebtf_btf_type_name(btf, rebtf_btf_type(btf, first->type_id)),
			    "tcf_mirred");
	assert_string_equal(first->member, "common");
	rebtf_path_free(path);
	rebtf_transform_free(t);
}

static void without_an_old_base_only_size_and_path_explain_a_misfit(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	const char *path = scratch_path(dir, "x.btf");
	_cleanup_unref_ struct rebtf_btf *old_base = kernel(OLD_KERNEL);
	_cleanup_unref_ struct rebtf_btf *base = kernel(NEW_KERNEL);
	_cleanup_module_ struct rebtf_module *split =
		opened(data_path("modules/%s/%s", OLD_KERNEL, "act_mirred.btf"));
	_cleanup_module_ struct rebtf_module *module = NULL;
	struct rebtf_transform_options options = { .size = sizeof(options), .base = old_base };
	REBTF_OPTIONS(rebtf_module_output, output);
	struct rebtf_transform *t;
	const struct rebtf_match *match;
	struct rebtf_change_list *changes;

	(void)state;
	assert_ok(rebtf_module_distill(split, &options, &t));
	rebtf_transform_output(t, &output);
	assert_ok(rebtf_module_write(split, path, &output));
	rebtf_transform_free(t);

	module = opened(path);
	options.base = base;
	assert_fails(rebtf_module_check(module, &options, &t), REBTF_ERR_MISMATCH, "tc_action");
	for (size_t i = 0; (match = rebtf_report_at(rebtf_transform_report(t), i)); i++) {
		assert_int_equal(match->expected, 0);
		assert_ok(rebtf_transform_changes(t, match, &changes));
		assert_null(changes);
	}
	rebtf_transform_free(t);

	options.local = true;
	assert_ok(rebtf_module_relocate(module, &options, &t));
	assert_int_equal(rebtf_report_localized(rebtf_transform_report(t)), 1);
	assert_non_null(rebtf_transform_btf(t));
	rebtf_transform_free(t);
}

/* Sorting moves struct tc_action, which was localized, among the module's own types. */
static void a_localized_type_is_found_in_sorted_btf(void **state)
{
	static const enum rebtf_sorting sorts[] = { REBTF_SORT_NEVER, REBTF_SORT_ALWAYS };
	_cleanup_unref_ struct rebtf_btf *old_base = kernel(OLD_KERNEL);
	_cleanup_unref_ struct rebtf_btf *base = kernel(NEW_KERNEL);
	_cleanup_module_ struct rebtf_module *module =
		opened(data_path("modules/%s/%s", OLD_KERNEL, "act_mirred.btf"));
	struct rebtf_transform_options options = {
		.size = sizeof(options),
		.base = base,
		.old_base = old_base,
		.local = true,
	};
	uint32_t ids[2] = {};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		const struct rebtf_match *match;
		const struct rebtf_type *local;
		struct rebtf_transform *t;
		struct rebtf_btf *btf;

		options.sort = sorts[i];
		assert_ok(rebtf_module_relocate(module, &options, &t));
		btf = rebtf_transform_btf(t);
		for (size_t m = 0; (match = rebtf_report_at(rebtf_transform_report(t), m)); m++) {
			if (match->localized)
				ids[i] = match->local;
		}
		local = rebtf_btf_type(btf, ids[i]);
		assert_non_null(local);
		assert_string_equal(rebtf_btf_type_name(btf, local), "tc_action");
		assert_int_equal(rebtf_type_kind(local), REBTF_KIND_STRUCT);
		rebtf_transform_free(t);
	}
	assert_int_not_equal(ids[0], ids[1]);
}

static void standalone_btf_is_renumbered_and_needs_no_other_change(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	const char *path = scratch_path(dir, "x.btf");
	_cleanup_unref_ struct rebtf_btf *base = kernel(OLD_KERNEL);
	_cleanup_module_ struct rebtf_module *split =
		opened(data_path("modules/%s/%s", OLD_KERNEL, "veth.btf"));
	_cleanup_module_ struct rebtf_module *module = NULL;
	const struct rebtf_transform_options options = { .size = sizeof(options), .base = base };
	REBTF_OPTIONS(rebtf_module_output, output);
	struct rebtf_transform *t;

	(void)state;
	assert_fails(rebtf_module_renumber(split, &options, &t), REBTF_ERR_UNSUPPORTED,
		     "cannot renumber split BTF");
	assert_ok(rebtf_module_standalone(split, &options, &t));
	rebtf_transform_output(t, &output);
	assert_false(output.distilled);
	assert_null(rebtf_btf_base(output.btf));
	assert_ok(rebtf_module_write(split, path, &output));
	rebtf_transform_free(t);

	module = opened(path);
	assert_ok(rebtf_module_renumber(module, &options, &t));
	assert_ptr_equal(rebtf_btf_base(rebtf_transform_btf(t)), base);
	rebtf_transform_free(t);
	assert_ok(rebtf_module_relocate(module, &options, &t));
	assert_null(rebtf_transform_btf(t));
	assert_null(rebtf_transform_report(t));
	rebtf_transform_free(t);
	assert_ok(rebtf_module_distill(module, &options, &t));
	assert_null(rebtf_transform_btf(t));
	rebtf_transform_free(t);
}

static void split_btf_of_another_base_is_relocated_only_with_its_old_base(void **state)
{
	_cleanup_unref_ struct rebtf_btf *old_base = kernel(OLD_KERNEL);
	_cleanup_unref_ struct rebtf_btf *base = kernel(NEW_KERNEL);
	_cleanup_module_ struct rebtf_module *module =
		opened(data_path("modules/%s/%s", OLD_KERNEL, "veth.btf"));
	struct rebtf_transform_options options = { .size = sizeof(options), .base = base };
	struct rebtf_transform *t;

	(void)state;
	assert_fails(rebtf_module_relocate(module, &options, &t), REBTF_ERR_WRONG_BASE,
		     "built for another kernel");
	options.old_base = old_base;
	assert_ok(rebtf_module_relocate(module, &options, &t));
	assert_ptr_equal(rebtf_btf_base(rebtf_transform_btf(t)), base);
	rebtf_transform_free(t);
	options.old_base = NULL;
	options.base = old_base;
	assert_ok(rebtf_module_relocate(module, &options, &t));
	assert_null(rebtf_transform_btf(t));
	rebtf_transform_free(t);
}

/* A program that was built before members were appended: behind its struct lies other memory. */
/* What comes after the struct of an older program is not the program's old base. */
static void options_are_read_as_far_as_the_caller_s_struct_goes(void **state)
{
	_cleanup_unref_ struct rebtf_btf *old_base = kernel(OLD_KERNEL);
	_cleanup_unref_ struct rebtf_btf *new_base = kernel(NEW_KERNEL);
	_cleanup_module_ struct rebtf_module *module =
		opened(data_path("modules/" OLD_KERNEL "/%s%s", "veth", ".btf"));
	const struct rebtf_transform_options options = {
		.size = offsetof(struct rebtf_transform_options, old_base),
		.base = new_base,
		.old_base = old_base,
	};
	struct rebtf_transform *t;

	(void)state;
	assert_fails(rebtf_module_relocate(module, &options, &t), REBTF_ERR_WRONG_BASE,
		     "built for another kernel");
}

static void an_output_is_set_as_far_as_the_caller_s_struct_goes(void **state)
{
	static const size_t sizes[] = {
		offsetof(struct rebtf_module_output, btf),
		offsetof(struct rebtf_module_output, distilled),
		offsetof(struct rebtf_module_output, old_base),
		offsetof(struct rebtf_module_output, inlined),
		offsetof(struct rebtf_module_output, drop_inlined),
	};
	_cleanup_unref_ struct rebtf_btf *base = kernel(OLD_KERNEL);
	_cleanup_module_ struct rebtf_module *module =
		opened(data_path("modules/%s/%s", OLD_KERNEL, "crc16.btf"));
	const struct rebtf_transform_options options = { .size = sizeof(options), .base = base };
	struct rebtf_transform *t;

	(void)state;
	assert_ok(rebtf_module_distill(module, &options, &t));
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		struct rebtf_module_output output, before;

		memset(&output, 0xa5, sizeof(output));
		output.size = sizes[i];
		before = output;
		rebtf_transform_output(t, &output);
		assert_memory_equal((char *)&output + sizes[i], (char *)&before + sizes[i],
				    sizeof(output) - sizes[i]);
		if (sizes[i] > offsetof(struct rebtf_module_output, btf))
			assert_ptr_equal(output.btf, rebtf_transform_btf(t));
		if (sizes[i] > offsetof(struct rebtf_module_output, made_over))
			assert_ptr_equal(output.made_over, base);
	}
	rebtf_transform_free(t);
}

static void changes_of_a_downgrade_come_to_an_end(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = kernel(OLD_KERNEL);
	_cleanup_module_ struct rebtf_module *module =
		opened(data_path("modules/%s/%s", OLD_KERNEL, "wireguard.btf"));
	const struct rebtf_transform_options options = { .size = sizeof(options),
							 .base = base,
							 .for_kernel = "5.10" };
	struct rebtf_transform *t;

	(void)state;
	assert_ok(rebtf_module_downgrade(module, &options, &t));
	assert_true(rebtf_transform_downgraded_count(t));
	assert_none_beyond(transform_downgraded, t);
	rebtf_transform_free(t);
}

static void options_of_another_size_and_without_a_base_are_refused(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = kernel(OLD_KERNEL);
	_cleanup_module_ struct rebtf_module *module =
		opened(data_path("modules/%s/%s", OLD_KERNEL, "veth.btf"));
	struct rebtf_transform_options options = { .size = 4, .base = base };
	struct rebtf_transform *t;

	(void)state;
	assert_fails(rebtf_module_check(module, &options, &t), REBTF_ERR_ARGUMENT, "size");
	options = (struct rebtf_transform_options){ .size = sizeof(options) };
	assert_fails(rebtf_module_check(module, &options, &t), REBTF_ERR_ARGUMENT, "base");
}

static void unknown_policies_and_sortings_are_refused(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = kernel(OLD_KERNEL);
	_cleanup_module_ struct rebtf_module *module =
		opened(data_path("modules/%s/%s", OLD_KERNEL, "crc16.btf"));
	REBTF_OPTIONS(rebtf_transform_options, options, .base = base, .sort = 9);
	struct rebtf_transform *t;

	(void)state;
	assert_fails(rebtf_module_distill(module, &options, &t), REBTF_ERR_ARGUMENT,
		     "unknown sorting 9 (maximum 2)");
	options.sort = REBTF_SORT_AUTO;
	options.policy = 9;
	assert_fails(rebtf_module_check(module, &options, &t), REBTF_ERR_ARGUMENT,
		     "unknown policy 9 (maximum 2)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_distilled_module_is_that_of_libbpf),
		cmocka_unit_test(a_relocated_module_is_that_of_libbpf),
		cmocka_unit_test(a_report_explained_later_is_that_of_a_match_that_knew_all),
		cmocka_unit_test(a_misfit_has_its_changes_and_its_path),
		cmocka_unit_test(without_an_old_base_only_size_and_path_explain_a_misfit),
		cmocka_unit_test(a_localized_type_is_found_in_sorted_btf),
		cmocka_unit_test(standalone_btf_is_renumbered_and_needs_no_other_change),
		cmocka_unit_test(split_btf_of_another_base_is_relocated_only_with_its_old_base),
		cmocka_unit_test(options_are_read_as_far_as_the_caller_s_struct_goes),
		cmocka_unit_test(an_output_is_set_as_far_as_the_caller_s_struct_goes),
		cmocka_unit_test(changes_of_a_downgrade_come_to_an_end),
		cmocka_unit_test(options_of_another_size_and_without_a_base_are_refused),
		cmocka_unit_test(unknown_policies_and_sortings_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
