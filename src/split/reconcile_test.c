/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Tests of reconciling: a table of the result for each class of types and each change under each
 * policy; and the form of localized types.
 */
#include "split/report.h"
#include "split/split_for_test.h"

/* --- the table: one type "t", relied on in one way, and its replacement in the new base */

/* How the module uses it. */
enum reach {
	POINTED_TO,
	MEMBER,
	ELEMENT,       /* of an array outside any struct: by value, but ignored by kernels */
	KFUNC_POINTER, /* a kfunc's parameter points to it */
	KFUNC_VALUE,   /* a kfunc takes it by value */
};

/* The change in the new base. */
enum change {
	NONE,	 /* the same */
	GROWN,	 /* a member more, and larger */
	MOVED,	 /* the same size, members at other offsets */
	REUSED,	 /* the same size, a member more in a hole */
	GONE,	 /* no type of that name */
	OPAQUE,	 /* a forward declaration */
	OTHER,	 /* another kind */
	TWICE,	 /* the same, and another one of that size with other members */
	TWINS,	 /* two that are the same */
	OPAQUES, /* two forward declarations */
};

/* The result; by each policy, refusing and local. */
enum outcome {
	FITS,
	LOCAL,	 /* localized */
	REFUSED, /* the module as a whole */
};

struct outcomes {
	enum rebtf_verdict verdict;
	enum outcome refuse;
	enum outcome local;
};

struct row {
	uint32_t kind;
	enum reach reach;
	enum change change;
	bool expects;
	struct outcomes by_policy[3];
};

/* clang-format off */
#define T REBTF_KIND_STRUCT
#define E REBTF_KIND_ENUM
#define I REBTF_KIND_INT

#define OK	     { REBTF_VERDICT_MATCHED, FITS, FITS }
#define MAY(verdict) { REBTF_VERDICT_##verdict, REFUSED, LOCAL }
#define ANY(verdict) { REBTF_VERDICT_##verdict, LOCAL, LOCAL }
#define NOT(verdict) { REBTF_VERDICT_##verdict, REFUSED, REFUSED }

static const struct row rows[] = {
	/*				     kernel		strict		lenient */
	{ T, POINTED_TO,    NONE,    true,  { OK,		OK,		OK } },
	{ T, POINTED_TO,    GROWN,   true,  { OK,		OK,		OK } },
	{ T, POINTED_TO,    MOVED,   true,  { OK,		OK,		OK } },
	{ T, POINTED_TO,    OPAQUE,  true,  { OK,		OK,		OK } },
	{ T, POINTED_TO,    GONE,    true,  { MAY(MISSING),	MAY(MISSING),	ANY(MISSING) } },
	{ T, POINTED_TO,    OTHER,   true,  { MAY(KIND),	MAY(KIND),	ANY(KIND) } },
	{ T, POINTED_TO,    TWICE,   true,  { MAY(AMBIGUOUS),	MAY(AMBIGUOUS),	ANY(AMBIGUOUS) } },
	{ T, POINTED_TO,    OPAQUES, true,  { MAY(AMBIGUOUS),	MAY(AMBIGUOUS),	ANY(AMBIGUOUS) } },
	{ T, POINTED_TO,    GROWN,   false, { OK,		OK,		OK } },

	{ T, MEMBER,	    NONE,    true,  { OK,		OK,		OK } },
	{ T, MEMBER,	    REUSED,  true,  { OK,		OK,		OK } },
	{ T, MEMBER,	    GROWN,   true,  { MAY(SIZE),	MAY(SIZE),	MAY(SIZE) } },
	{ T, MEMBER,	    MOVED,   true,  { OK,		MAY(MEMBERS),	OK } },
	{ T, MEMBER,	    OPAQUE,  true,  { MAY(KIND),	MAY(KIND),	MAY(KIND) } },
	{ T, MEMBER,	    GONE,    true,  { MAY(MISSING),	MAY(MISSING),	MAY(MISSING) } },
	{ T, MEMBER,	    OTHER,   true,  { MAY(KIND),	MAY(KIND),	MAY(KIND) } },
	{ T, MEMBER,	    TWINS,   true,  { MAY(AMBIGUOUS),	MAY(AMBIGUOUS),	MAY(AMBIGUOUS) } },
	{ T, MEMBER,	    NONE,    false, { OK,		MAY(UNPROVEN),	OK } },
	{ T, MEMBER,	    GROWN,   false, { MAY(SIZE),	MAY(SIZE),	MAY(SIZE) } },

	{ T, ELEMENT,	    NONE,    true,  { OK,		OK,		OK } },
	{ T, ELEMENT,	    GROWN,   true,  { OK,		MAY(SIZE),	OK } },
	{ T, ELEMENT,	    MOVED,   true,  { OK,		MAY(MEMBERS),	OK } },
	{ T, ELEMENT,	    OPAQUE,  true,  { OK,		MAY(KIND),	OK } },
	{ T, ELEMENT,	    GONE,    true,  { MAY(MISSING),	MAY(MISSING),	MAY(MISSING) } },

	{ T, KFUNC_POINTER, NONE,    true,  { OK,		OK,		OK } },
	{ T, KFUNC_POINTER, REUSED,  true,  { OK,		OK,		OK } },
	{ T, KFUNC_POINTER, GROWN,   true,  { OK,		OK,		OK } },
	{ T, KFUNC_POINTER, MOVED,   true,  { OK,		NOT(MEMBERS),	OK } },
	{ T, KFUNC_POINTER, OPAQUE,  true,  { OK,		NOT(KIND),	OK } },
	{ T, KFUNC_POINTER, GONE,    true,  { NOT(MISSING),	NOT(MISSING),	NOT(MISSING) } },
	{ T, KFUNC_POINTER, OTHER,   true,  { NOT(KIND),	NOT(KIND),	NOT(KIND) } },
	{ T, KFUNC_POINTER, OPAQUES, true,  { NOT(AMBIGUOUS),	NOT(AMBIGUOUS),	NOT(AMBIGUOUS) } },
	{ T, KFUNC_POINTER, TWINS,   true,  { NOT(AMBIGUOUS),	NOT(AMBIGUOUS),	NOT(AMBIGUOUS) } },
	{ T, KFUNC_POINTER, NONE,    false, { OK,		NOT(UNPROVEN),	OK } },
	{ T, KFUNC_VALUE,   GROWN,   true,  { OK,		NOT(SIZE),	OK } },
	{ T, KFUNC_VALUE,   MOVED,   true,  { OK,		NOT(MEMBERS),	OK } },

	/* An enumeration's size always counts, its values where it is embedded or trusted. */
	{ E, POINTED_TO,    GROWN,   true,  { MAY(SIZE),	MAY(SIZE),	ANY(SIZE) } },
	{ E, POINTED_TO,    GONE,    true,  { MAY(MISSING),	MAY(MISSING),	ANY(MISSING) } },
	{ E, POINTED_TO,    MOVED,   true,  { OK,		OK,		OK } },
	{ E, MEMBER,	    NONE,    true,  { OK,		OK,		OK } },
	{ E, MEMBER,	    REUSED,  true,  { OK,		OK,		OK } },
	{ E, MEMBER,	    MOVED,   true,  { OK,		MAY(MEMBERS),	OK } },
	{ E, MEMBER,	    NONE,    false, { OK,		MAY(UNPROVEN),	OK } },
	{ E, ELEMENT,	    MOVED,   true,  { OK,		MAY(MEMBERS),	OK } },
	{ E, MEMBER,	    GROWN,   true,  { MAY(SIZE),	MAY(SIZE),	ANY(SIZE) } },
	{ E, MEMBER,	    GROWN,   false, { MAY(SIZE),	MAY(SIZE),	ANY(SIZE) } },
	{ E, KFUNC_VALUE,   REUSED,  true,  { OK,		OK,		OK } },
	{ E, KFUNC_VALUE,   MOVED,   true,  { OK,		NOT(MEMBERS),	OK } },
	{ E, KFUNC_VALUE,   NONE,    false, { OK,		NOT(UNPROVEN),	OK } },
	{ E, KFUNC_VALUE,   GROWN,   true,  { NOT(SIZE),	NOT(SIZE),	NOT(SIZE) } },

	/* An INT is known completely, so its class does not matter. */
	{ I, MEMBER,	    NONE,    false, { OK,		OK,		OK } },
	{ I, MEMBER,	    GROWN,   false, { MAY(SIZE),	MAY(SIZE),	ANY(SIZE) } },
	{ I, MEMBER,	    OTHER,   false, { MAY(KIND),	MAY(KIND),	ANY(KIND) } },
	{ I, KFUNC_VALUE,   GONE,    false, { MAY(MISSING),	MAY(MISSING),	ANY(MISSING) } },
};
/* clang-format on */

/* Describes a row for failure messages. */
static const char *row_text(const struct row *row)
{
	static const char *const reaches[] = { "pointed to", "member", "element", "kfunc pointer",
					       "kfunc value" };
	static const char *const changes[] = { "none",	 "grown", "moved", "reused", "gone",
					       "opaque", "other", "twice", "twins",  "opaques" };
	static char text[80];

	snprintf(text, sizeof(text), "%s, %s, %s%s", rebtf_kind_name(row->kind),
		 reaches[row->reach], changes[row->change], row->expects ? "" : ", not expected");
	return text;
}

/* In each base of the table [1] is "int". */
#define INT 1u

static void add_struct(struct rebtf_builder *b, uint32_t size, uint32_t first, uint32_t last)
{
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "t", size);
	rebtf_builder_member(b, "first", INT, first, 0);
	rebtf_builder_member(b, "last", INT, last, 0);
}

static void add_changed_struct(struct rebtf_builder *b, enum change change)
{
	add_struct(b, change == GROWN ? 24 : 16, change == MOVED ? 32 : 0, 96);
	if (change == REUSED || change == GROWN)
		rebtf_builder_member(b, "more", INT, change == GROWN ? 128 : 64, 0);
}

static void add_changed_enum(struct rebtf_builder *b, enum change change)
{
	rebtf_builder_enum(b, REBTF_KIND_ENUM, "t", change == GROWN ? 8 : 4, REBTF_UNSIGNED);
	rebtf_builder_enumerator(b, "ON", change == MOVED ? 2 : 1);
	if (change == REUSED)
		rebtf_builder_enumerator(b, "BROKEN", 3);
}

static void add_changed_int(struct rebtf_builder *b, enum change change)
{
	rebtf_builder_int(b, "t", change == GROWN ? 8 : 4, 0, change == GROWN ? 64 : 32);
}

static void add_changed(struct rebtf_builder *b, uint32_t kind, enum change change)
{
	if (kind == REBTF_KIND_STRUCT)
		add_changed_struct(b, change);
	else if (kind == REBTF_KIND_ENUM)
		add_changed_enum(b, change);
	else
		add_changed_int(b, change);
}

static struct rebtf_btf *build_changed_base(uint32_t kind, enum change change)
{
	struct rebtf_builder *b = build_over(NULL);

	add_int(b);
	if (change == OTHER)
		rebtf_builder_float(b, "t", 4);
	else if (change == OPAQUE || change == OPAQUES)
		rebtf_builder_fwd(b, REBTF_KIND_STRUCT, "t");
	else if (change != GONE)
		add_changed(b, kind, change);
	if (change == OPAQUES)
		rebtf_builder_fwd(b, REBTF_KIND_STRUCT, "t");
	if (change == TWINS || change == TWICE)
		add_changed(b, kind, change == TWINS ? NONE : MOVED);
	return built(b);
}

static void add_kfunc(struct rebtf_builder *b, uint32_t param)
{
	uint32_t proto = rebtf_builder_func_proto(b, 0);

	rebtf_builder_param(b, "p", param);
	rebtf_builder_decl_tag(b, "bpf_kfunc",
			       rebtf_builder_func(b, "kfunc", REBTF_LINKAGE_STATIC, proto), -1);
}

/* A split that uses the base's type @id. */
static struct rebtf_btf *build_split(struct rebtf_btf *base, uint32_t id, enum reach reach)
{
	struct rebtf_builder *b = build_over(base);

	switch (reach) {
	case POINTED_TO:
		rebtf_builder_ref(b, REBTF_KIND_PTR, id);
		break;
	case MEMBER:
		rebtf_builder_struct(b, REBTF_KIND_STRUCT, "own", 64);
		rebtf_builder_member(b, "held", id, 0, 0);
		break;
	case ELEMENT:
		rebtf_builder_array(b, id, 1, 4);
		rebtf_builder_array(b, id, 1, 5);
		break;
	case KFUNC_POINTER:
		add_kfunc(b, rebtf_builder_ref(b, REBTF_KIND_PTR, id));
		break;
	case KFUNC_VALUE:
		add_kfunc(b, id);
		break;
	}
	return built(b);
}

#define expect(row, policy, local, field, found, want)                                             \
	do {                                                                                       \
		if ((found) != (want))                                                             \
			fail_msg("%s, policy %d%s: %s is %u, expected %u", row_text(row), policy,  \
				 (local) ? ", local" : "", field, (unsigned int)(found),           \
				 (unsigned int)(want));                                            \
	} while (0)

static enum rebtf_reliance class_of(const struct row *row)
{
	if (row->kind == REBTF_KIND_INT)
		return REBTF_RELIANCE_EMBEDDED;
	if (row->reach >= KFUNC_POINTER)
		return REBTF_RELIANCE_TRUSTED;
	return row->reach == POINTED_TO ? REBTF_RELIANCE_POINTER_ONLY : REBTF_RELIANCE_EMBEDDED;
}

static void check_report(const struct row *row, int policy, bool local,
			 const struct rebtf_report *report, const struct rebtf_btf *result)
{
	const struct outcomes *want = &row->by_policy[policy];
	enum outcome outcome = local ? want->local : want->refuse;
	const struct rebtf_match *match = report->matches;
	bool counted = local || policy != REBTF_POLICY_KERNEL;

	while (strcmp(rebtf_btf_type_name(report->distilled_base,
					  rebtf_btf_type(report->distilled_base, match->id)),
		      "t"))
		match++;
	expect(row, policy, local, "verdict", match->verdict, want->verdict);
	expect(row, policy, local, "misfits", report->misfits, outcome != FITS);
	expect(row, policy, local, "localized", match->localized, outcome == LOCAL);
	expect(row, policy, local, "all localized", report->localized, outcome == LOCAL);
	if (counted || report->misfits) {
		expect(row, policy, local, "class", match->reliance, class_of(row));
		expect(row, policy, local, "embedded", match->embedded,
		       row->reach != POINTED_TO && row->reach != KFUNC_POINTER);
	}
	expect(row, policy, local, "references localized", report->refs_localized,
	       outcome == LOCAL ? 1u + (row->reach == ELEMENT) : 0);
	expect(row, policy, local, "references counted", report->refs != 0, counted);
	expect(row, policy, local, "own type", match->local != 0, outcome == LOCAL);
	if (match->local)
		assert_string_equal(rebtf_btf_type_name(result,
							rebtf_btf_type(result, match->local)),
				    "t");
}

static void check_row(const struct row *row, int policy, bool local)
{
	_cleanup_unref_ struct rebtf_btf *base = build_changed_base(row->kind, NONE),
					 *new_base = build_changed_base(row->kind, row->change),
					 *split = build_split(base, 2, row->reach), *result = NULL;
	_cleanup_parts_ struct parts m = distilled_parts(split, NULL);
	const struct rebtf_reconcile_options options = {
		.size = sizeof(struct rebtf_reconcile_options),
		.policy = policy,
		.local = local,
		.expects = row->expects ? m.expects : NULL,
	};
	struct rebtf_report *report = NULL;
	struct rebtf_error *err = rebtf_reconcile(m.split, new_base, &options, &report, &result);
	enum outcome outcome = local ? row->by_policy[policy].local : row->by_policy[policy].refuse;

	if (err && err->code != REBTF_ERR_MISMATCH)
		fail_msg("%s, policy %d: %s", row_text(row), policy, rebtf_error_text(err));
	rebtf_error_free(err);
	expect(row, policy, local, "refused", err != NULL, outcome == REFUSED);
	expect(row, policy, local, "a result", result != NULL, outcome != REFUSED);
	check_report(row, policy, local, report, result);
	if (result)
		assert_reopens(result);
	rebtf_report_free(report);
}

static void each_row_of_the_table_holds(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		for (int policy = REBTF_POLICY_KERNEL; policy <= REBTF_POLICY_LENIENT; policy++) {
			check_row(&rows[i], policy, false);
			check_row(&rows[i], policy, true);
		}
	}
}

/* If names and sizes leave a choice, the expected members decide, but no kernel considers them. */
static void same_named_types_are_told_apart_by_their_members(void **state)
{
	const struct row row = { REBTF_KIND_STRUCT, MEMBER, TWICE, true, { { 0 } } };
	_cleanup_unref_ struct rebtf_btf *base = build_changed_base(REBTF_KIND_STRUCT, NONE),
					 *new_base = build_changed_base(REBTF_KIND_STRUCT, TWICE),
					 *split = build_split(base, 2, MEMBER);
	_cleanup_parts_ struct parts m = distilled_parts(split, NULL);

	(void)state;
	for (int i = 0; i < 6; i++) {
		const struct rebtf_reconcile_options options = {
			.size = sizeof(struct rebtf_reconcile_options),
			i / 2,
			i % 2,
			m.expects,
			NULL,
			NULL
		};
		bool asks_a_kernel = options.policy == REBTF_POLICY_KERNEL && !options.local;
		struct rebtf_report *report;
		struct rebtf_error *err = rebtf_reconcile(m.split, new_base, &options, &report,
							  NULL);

		expect(&row, options.policy, options.local, "refused", err != NULL, asks_a_kernel);
		rebtf_error_free(err);
		expect(&row, options.policy, options.local, "verdict", report->matches[0].verdict,
		       asks_a_kernel ? REBTF_VERDICT_AMBIGUOUS : REBTF_VERDICT_MATCHED);
		expect(&row, options.policy, options.local, "target", report->matches[0].target,
		       asks_a_kernel ? 0 : 2);
		rebtf_report_free(report);
	}
}

/* Two distilled types of one name and size. Each fits one type in the new base. */
static void same_named_types_of_the_module_find_each_their_own(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = build_changed_base(REBTF_KIND_STRUCT, TWICE);
	_cleanup_unref_ struct rebtf_btf *new_base = NULL, *split = NULL;
	_cleanup_parts_ struct parts m = { 0 };
	struct rebtf_reconcile_options options = { .size = sizeof(struct rebtf_reconcile_options),
						   .policy = REBTF_POLICY_STRICT };
	struct rebtf_builder *b = build_over(base);
	struct rebtf_report *report;

	(void)state;
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "own", 64);
	rebtf_builder_member(b, "moved", 3, 0, 0);
	rebtf_builder_member(b, "first", 2, 256, 0);
	split = built(b);
	m = distilled_parts(split, NULL);
	b = build_over(NULL);
	add_int(b);
	add_changed_struct(b, MOVED);
	add_changed_struct(b, NONE);
	new_base = built(b);
	options.expects = m.expects;
	assert_ok(rebtf_reconcile(m.split, new_base, &options, &report, NULL));
	assert_int_equal(report->matches[0].target, 3);
	assert_int_equal(report->matches[1].target, 2);
	rebtf_report_free(report);
}

/* Without options it equals relocation. */
static void by_default_a_kernels_rules_hold(void **state)
{
	static const struct rebtf_reconcile_options none = { .size = sizeof(none) };

	(void)state;
	for (enum change change = NONE; change <= OPAQUES; change++) {
		_cleanup_unref_ struct rebtf_btf *base = build_changed_base(REBTF_KIND_STRUCT,
									    NONE);
		_cleanup_unref_ struct rebtf_btf *new_base = build_changed_base(REBTF_KIND_STRUCT,
										change);
		_cleanup_unref_ struct rebtf_btf *split = build_split(base, 2, MEMBER);
		_cleanup_unref_ struct rebtf_btf *over_distilled = distilled(split);
		_cleanup_unref_ struct rebtf_btf *result = NULL, *again = NULL;
		struct rebtf_error *err, *err_again;

		err = rebtf_relocate(over_distilled, new_base, NULL, &result);
		err_again = rebtf_reconcile(over_distilled, new_base, &none, NULL, &again);
		assert_int_equal(!err, !err_again);
		if (err) {
			assert_int_equal(err_again->code, REBTF_ERR_MISMATCH);
			assert_string_equal(err_again->message, err->message);
		} else {
			_cleanup_bytes_ struct bytes want = written(result, 0);
			_cleanup_bytes_ struct bytes found = written(again, 0);

			assert_same_bytes(&found, &want);
		}
		rebtf_error_free(err);
		rebtf_error_free(err_again);
	}
}

/* Types that the user trusts are compared like those that a kfunc takes. */
static void what_is_named_is_trusted(void **state)
{
	const char *names[] = { "t" };
	const struct rebtf_trust trust = { .size = sizeof(struct rebtf_trust),
					   .names = names,
					   .name_count = 1 };
	_cleanup_unref_ struct rebtf_btf *base = build_changed_base(REBTF_KIND_STRUCT, NONE),
					 *new_base = build_changed_base(REBTF_KIND_STRUCT, GONE),
					 *split = build_split(base, 2, POINTED_TO),
					 *over_distilled = distilled(split);
	struct rebtf_reconcile_options options = { .size = sizeof(struct rebtf_reconcile_options),
						   .policy = REBTF_POLICY_LENIENT,
						   .local = true };
	struct rebtf_report *report;

	(void)state;
	assert_ok(rebtf_reconcile(over_distilled, new_base, &options, &report, NULL));
	assert_int_equal(report->matches[0].reliance, REBTF_RELIANCE_POINTER_ONLY);
	rebtf_report_free(report);
	options.trust = &trust;
	assert_fails(rebtf_reconcile(over_distilled, new_base, &options, &report, NULL),
		     REBTF_ERR_MISMATCH, "STRUCT 't'");
	assert_int_equal(report->matches[0].reliance, REBTF_RELIANCE_TRUSTED);
	assert_false(report->matches[0].localized);
	rebtf_report_free(report);
}

/* It need not be named again: only trusted and embedded types have definitions. */
static void what_was_named_stays_trusted(void **state)
{
	const char *names[] = { "t" };
	const struct rebtf_trust trust = { .size = sizeof(struct rebtf_trust),
					   .names = names,
					   .name_count = 1 };
	_cleanup_unref_ struct rebtf_btf *base = build_changed_base(REBTF_KIND_STRUCT, NONE),
					 *new_base = build_changed_base(REBTF_KIND_STRUCT, GONE),
					 *split = build_split(base, 2, POINTED_TO);
	_cleanup_unref_ struct rebtf_btf *distilled_base = NULL, *over_distilled = NULL;
	_cleanup_unref_ struct rebtf_btf *expects = NULL;
	struct rebtf_reconcile_options options = { .size = sizeof(struct rebtf_reconcile_options),
						   .policy = REBTF_POLICY_LENIENT,
						   .local = true };
	struct rebtf_report *report;

	(void)state;
	assert_ok(rebtf_distill_expects(split, &trust, &distilled_base, &over_distilled, &expects));
	options.expects = expects;
	assert_fails(rebtf_reconcile(over_distilled, new_base, &options, &report, NULL),
		     REBTF_ERR_MISMATCH, "STRUCT 't'");
	assert_int_equal(report->matches[0].reliance, REBTF_RELIANCE_TRUSTED);
	rebtf_report_free(report);
}

/* The error names the first type that prevents a fit, and counts all of them. */
static void the_error_passes_over_localized_types(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = NULL, *split = NULL, *over_distilled = NULL;
	_cleanup_unref_ struct rebtf_btf *new_base = build_int();
	const struct rebtf_reconcile_options options = {
		.size = sizeof(struct rebtf_reconcile_options), .policy = REBTF_POLICY_LENIENT
	};
	struct rebtf_builder *b = build_over(NULL);
	struct rebtf_report *report;

	(void)state;
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "pointed_to", 8);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "held", 8);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "held_too", 8);
	base = built(b);
	b = build_over(base);
	rebtf_builder_ref(b, REBTF_KIND_PTR, 1);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "own", 64);
	rebtf_builder_member(b, "held", 2, 0, 0);
	rebtf_builder_member(b, "held_too", 3, 64, 0);
	split = built(b);
	over_distilled = distilled(split);
	assert_fails(rebtf_reconcile(over_distilled, new_base, &options, &report, NULL),
		     REBTF_ERR_MISMATCH,
		     "type [2] STRUCT 'held': the new base has no type of this "
		     "name; 1 more type does not fit");
	assert_int_equal(report->misfits, 3);
	assert_int_equal(report->localized, 1);
	rebtf_report_free(report);
}

/*
 * A forged distilled base may have any number of same-named types, each with a definition to be
 * compared with the same type. Beyond a limit they count as changed without a comparison.
 */
static void comparing_members_has_an_end(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = NULL, *split = NULL, *expects = NULL;
	_cleanup_unref_ struct rebtf_btf *new_base = build_changed_base(REBTF_KIND_STRUCT, NONE);
	struct rebtf_reconcile_options options = { .size = sizeof(struct rebtf_reconcile_options),
						   .policy = REBTF_POLICY_STRICT };
	const uint32_t same_named = 20000;
	struct rebtf_builder *b = build_over(NULL);
	struct rebtf_report *report;

	(void)state;
	add_int(b);
	for (uint32_t i = 0; i < same_named; i++)
		rebtf_builder_struct(b, REBTF_KIND_STRUCT, "t", 16);
	base = built(b);
	b = build_over(base);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "own", 16);
	for (uint32_t i = 0; i < same_named; i++)
		rebtf_builder_member(b, NULL, 2 + i, 0, 0);
	split = built(b);
	b = build_over(base);
	for (uint32_t i = 0; i < same_named; i++)
		add_changed_struct(b, NONE);
	expects = built(b);
	options.expects = expects;
	assert_fails(rebtf_reconcile(split, new_base, &options, &report, NULL), REBTF_ERR_MISMATCH,
		     "STRUCT 't'");
	assert_int_equal(report->matches[1].verdict, REBTF_VERDICT_MATCHED);
	assert_int_equal(report->matches[same_named].verdict, REBTF_VERDICT_MEMBERS);
	rebtf_report_free(report);
}

static void classes_have_names(void **state)
{
	(void)state;
	assert_string_equal(rebtf_reliance_name(REBTF_RELIANCE_POINTER_ONLY), "pointer-only");
	assert_string_equal(rebtf_reliance_name(REBTF_RELIANCE_EMBEDDED), "embedded");
	assert_string_equal(rebtf_reliance_name(REBTF_RELIANCE_TRUSTED), "trusted");
	assert_string_equal(rebtf_verdict_name(REBTF_VERDICT_MEMBERS), "members");
	assert_string_equal(rebtf_verdict_name(REBTF_VERDICT_UNPROVEN), "unproven");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_row_of_the_table_holds),
		cmocka_unit_test(same_named_types_are_told_apart_by_their_members),
		cmocka_unit_test(same_named_types_of_the_module_find_each_their_own),
		cmocka_unit_test(by_default_a_kernels_rules_hold),
		cmocka_unit_test(what_is_named_is_trusted),
		cmocka_unit_test(what_was_named_stays_trusted),
		cmocka_unit_test(the_error_passes_over_localized_types),
		cmocka_unit_test(comparing_members_has_an_end),
		cmocka_unit_test(classes_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
