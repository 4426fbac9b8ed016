/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Tests of localized types: the result for each, the types that a definition needs, and the report.
 */
#include "split/report.h"
#include "split/split_for_test.h"

/* The base that all modules here were built over. */
enum {
	INT = 1,
	KOBJECT,
	BUS,
	PTR_BUS,
	DEVICE,
	PTR_DEVICE,
	STATE,
	VALUE,
	BITS,
	PTR_KOBJECT,
	BASE_END
};

static struct rebtf_btf *build_base(void)
{
	struct rebtf_builder *b = build_over(NULL);

	add_int(b);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "kobject", 8);
	rebtf_builder_member(b, "refcnt", INT, 0, 0);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "bus", 4);
	rebtf_builder_member(b, "nr", INT, 0, 0);
	rebtf_builder_ref(b, REBTF_KIND_PTR, BUS);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "device", 24);
	rebtf_builder_member(b, "bus", PTR_BUS, 0, 0);
	rebtf_builder_member(b, "parent", PTR_DEVICE, 64, 0);
	rebtf_builder_member(b, "kobj", KOBJECT, 128, 0);
	rebtf_builder_ref(b, REBTF_KIND_PTR, DEVICE);
	rebtf_builder_enum(b, REBTF_KIND_ENUM, "state", 4, REBTF_UNSIGNED);
	rebtf_builder_enumerator(b, "ON", 1);
	rebtf_builder_struct(b, REBTF_KIND_UNION, "value", 4);
	rebtf_builder_member(b, "nr", INT, 0, 0);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "bits", 4);
	rebtf_builder_member(b, "low", INT, 0, 3);
	rebtf_builder_member(b, "high", INT, 3, 29);
	assert_int_equal(rebtf_builder_ref(b, REBTF_KIND_PTR, KOBJECT), PTR_KOBJECT);
	return built(b);
}

static struct rebtf_builder *build_over_base(void)
{
	_cleanup_unref_ struct rebtf_btf *base = build_base();

	return build_over(base);
}

/* struct own with a member of each type. */
static void hold_all(struct rebtf_builder *b, const uint32_t *types, size_t count)
{
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "own", 4096);
	for (size_t i = 0; i < count; i++)
		rebtf_builder_member(b, NULL, types[i], i * 256, 0);
}

#define HOLD(b, ...)                                                                               \
	hold_all(b, (const uint32_t[]){ __VA_ARGS__ },                                             \
		 sizeof((const uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t))

/* A new base: [1] "int", and later types. */
static struct rebtf_builder *build_new(void)
{
	struct rebtf_builder *b = build_over(NULL);

	add_int(b);
	return b;
}

/* Input and output of reconciling. */
struct run {
	struct parts parts;
	struct rebtf_btf *new_base;
	struct rebtf_report *report;
	struct rebtf_btf *result;
};

static void run_release(struct run *run)
{
	rebtf_btf_unref(run->result);
	rebtf_report_free(run->report);
	rebtf_btf_unref(run->new_base);
	parts_release(&run->parts);
}

#define _cleanup_run_ _cleanup_(run_release)

/*
 * Distills the split that @module builds and reconciles it with the base that @new_base builds.
 * Localizes types if needed.
 */
static struct run keep(struct rebtf_builder *module, struct rebtf_builder *new_base,
		       bool with_expects)
{
	_cleanup_unref_ struct rebtf_btf *split = built(module);
	struct run run = { .parts = distilled_parts(split, NULL), .new_base = built(new_base) };
	struct rebtf_reconcile_options options = { .size = sizeof(struct rebtf_reconcile_options),
						   .local = true };

	options.expects = with_expects ? run.parts.expects : NULL;
	assert_ok(rebtf_reconcile(run.parts.split, run.new_base, &options, &run.report,
				  &run.result));
	assert_reopens(run.result);
	return run;
}

/* Compares a dump of the split @module over @new_base. */
static void assert_kept(struct rebtf_builder *module, struct rebtf_builder *new_base,
			bool with_expects, const char *want)
{
	_cleanup_run_ struct run run = keep(module, new_base, with_expects);

	assert_dump(run.result, want);
}

/* --- localized types */

static void without_expectations_name_and_size_are_kept(void **state)
{
	struct rebtf_builder *b = build_over_base();

	(void)state;
	HOLD(b, INT, DEVICE, STATE, VALUE);
	assert_kept(b, build_over(NULL), false,
		    "[1] STRUCT 'own' size=4096 vlen=4\n"
		    "\t'(anon)' type_id=2 bits_offset=0\n"
		    "\t'(anon)' type_id=3 bits_offset=256\n"
		    "\t'(anon)' type_id=4 bits_offset=512\n"
		    "\t'(anon)' type_id=5 bits_offset=768\n"
		    "[2] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n"
		    "[3] STRUCT 'device' size=24 vlen=0\n"
		    "[4] ENUM 'state' encoding=UNSIGNED size=4 vlen=0\n"
		    "[5] UNION 'value' size=4 vlen=0\n");
}

static void what_is_only_pointed_to_becomes_a_forward_declaration(void **state)
{
	struct rebtf_builder *b = build_over_base();

	(void)state;
	rebtf_builder_ref(b, REBTF_KIND_PTR, DEVICE);
	rebtf_builder_ref(b, REBTF_KIND_PTR, VALUE);
	assert_kept(b, build_new(), true,
		    "[2] PTR '(anon)' type_id=4\n"
		    "[3] PTR '(anon)' type_id=5\n"
		    "[4] FWD 'device' fwd_kind=struct\n"
		    "[5] FWD 'value' fwd_kind=union\n");
}

static void definitions_are_kept_in_full(void **state)
{
	struct rebtf_builder *b = build_over_base();

	(void)state;
	HOLD(b, STATE, VALUE, BITS);
	assert_kept(b, build_new(), true,
		    "[2] STRUCT 'own' size=4096 vlen=3\n"
		    "\t'(anon)' type_id=3 bits_offset=0\n"
		    "\t'(anon)' type_id=4 bits_offset=256\n"
		    "\t'(anon)' type_id=5 bits_offset=512\n"
		    "[3] ENUM 'state' encoding=UNSIGNED size=4 vlen=1\n"
		    "\t'ON' val=1\n"
		    "[4] UNION 'value' size=4 vlen=1\n"
		    "\t'nr' type_id=1 bits_offset=0\n"
		    "[5] STRUCT 'bits' size=4 vlen=2\n"
		    "\t'low' type_id=1 bits_offset=0 bitfield_size=3\n"
		    "\t'high' type_id=1 bits_offset=3 bitfield_size=29\n");
}

/* --- types that a definition needs */

/* struct device has grown, but all types that it refers to exist. */
static void definitions_refer_to_what_the_new_base_has(void **state)
{
	struct rebtf_builder *b = build_over_base(), *n = build_new();

	(void)state;
	HOLD(b, DEVICE);
	rebtf_builder_struct(n, REBTF_KIND_STRUCT, "device", 32);
	rebtf_builder_struct(n, REBTF_KIND_STRUCT, "bus", 400);
	rebtf_builder_struct(n, REBTF_KIND_STRUCT, "kobject", 8);
	assert_kept(b, n, true,
		    "[5] STRUCT 'own' size=4096 vlen=1\n"
		    "\t'(anon)' type_id=6 bits_offset=0\n"
		    "[6] STRUCT 'device' size=24 vlen=3\n"
		    "\t'bus' type_id=7 bits_offset=0\n"
		    "\t'parent' type_id=8 bits_offset=64\n"
		    "\t'kobj' type_id=4 bits_offset=128\n"
		    "[7] PTR '(anon)' type_id=3\n"
		    "[8] PTR '(anon)' type_id=6\n");
}

/* kobject has another size, and two types are called bus. */
static void what_is_not_there_comes_along(void **state)
{
	struct rebtf_builder *b = build_over_base(), *n = build_new();

	(void)state;
	HOLD(b, DEVICE);
	rebtf_builder_struct(n, REBTF_KIND_STRUCT, "kobject", 16);
	rebtf_builder_struct(n, REBTF_KIND_STRUCT, "bus", 4);
	rebtf_builder_struct(n, REBTF_KIND_STRUCT, "bus", 4);
	assert_kept(b, n, true,
		    "[5] STRUCT 'own' size=4096 vlen=1\n"
		    "\t'(anon)' type_id=6 bits_offset=0\n"
		    "[6] STRUCT 'device' size=24 vlen=3\n"
		    "\t'bus' type_id=7 bits_offset=0\n"
		    "\t'parent' type_id=8 bits_offset=64\n"
		    "\t'kobj' type_id=9 bits_offset=128\n"
		    "[7] PTR '(anon)' type_id=10\n"
		    "[8] PTR '(anon)' type_id=6\n"
		    "[9] STRUCT 'kobject' size=8 vlen=0\n"
		    "[10] FWD 'bus' fwd_kind=struct\n");
}

/* Two localized types refer to one another, and each to itself. */
static void definitions_may_refer_to_one_another(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = NULL;
	struct rebtf_builder *b = build_over(NULL);

	(void)state;
	rebtf_builder_ref(b, REBTF_KIND_PTR, 2);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "a", 16);
	rebtf_builder_member(b, "a", 1, 0, 0);
	rebtf_builder_member(b, "b", 4, 64, 0);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "b", 24);
	rebtf_builder_member(b, "a", 2, 0, 0);
	rebtf_builder_member(b, "b", 4, 128, 0);
	rebtf_builder_ref(b, REBTF_KIND_PTR, 3);
	base = built(b);
	b = build_over(base);
	HOLD(b, 2, 3);
	assert_kept(b, build_over(NULL), true,
		    "[1] STRUCT 'own' size=4096 vlen=2\n"
		    "\t'(anon)' type_id=2 bits_offset=0\n"
		    "\t'(anon)' type_id=3 bits_offset=256\n"
		    "[2] STRUCT 'a' size=16 vlen=2\n"
		    "\t'a' type_id=4 bits_offset=0\n"
		    "\t'b' type_id=5 bits_offset=64\n"
		    "[3] STRUCT 'b' size=24 vlen=2\n"
		    "\t'a' type_id=2 bits_offset=0\n"
		    "\t'b' type_id=5 bits_offset=128\n"
		    "[4] PTR '(anon)' type_id=2\n"
		    "[5] PTR '(anon)' type_id=3\n");
}

/*
 * The module itself only has a pointer to kobject, so any kobject matches. But the localized device
 * contains one, and has no room for a larger one.
 */
static void what_lies_in_a_definition_keeps_its_size(void **state)
{
	struct rebtf_builder *b = build_over_base(), *n = build_new();

	(void)state;
	HOLD(b, DEVICE);
	rebtf_builder_ref(b, REBTF_KIND_PTR, KOBJECT);
	rebtf_builder_ref(b, REBTF_KIND_PTR, BUS);
	rebtf_builder_struct(n, REBTF_KIND_STRUCT, "kobject", 16);
	rebtf_builder_struct(n, REBTF_KIND_STRUCT, "bus", 8);
	assert_kept(b, n, true,
		    "[4] STRUCT 'own' size=4096 vlen=1\n"
		    "\t'(anon)' type_id=7 bits_offset=0\n"
		    "[5] PTR '(anon)' type_id=2\n"
		    "[6] PTR '(anon)' type_id=3\n"
		    "[7] STRUCT 'device' size=24 vlen=3\n"
		    "\t'bus' type_id=8 bits_offset=0\n"
		    "\t'parent' type_id=9 bits_offset=64\n"
		    "\t'kobj' type_id=10 bits_offset=128\n"
		    "[8] PTR '(anon)' type_id=3\n"
		    "[9] PTR '(anon)' type_id=7\n"
		    "[10] STRUCT 'kobject' size=8 vlen=0\n");
}

/* The same if kobject became opaque, or is gone: a struct cannot contain a forward declaration. */
static void what_lies_in_a_definition_is_no_forward_declaration(void **state)
{
	struct rebtf_builder *b = build_over_base(), *n = build_new();

	(void)state;
	HOLD(b, DEVICE);
	rebtf_builder_ref(b, REBTF_KIND_PTR, KOBJECT);
	rebtf_builder_fwd(n, REBTF_KIND_STRUCT, "kobject");
	rebtf_builder_struct(n, REBTF_KIND_STRUCT, "bus", 4);
	assert_kept(b, n, true,
		    "[4] STRUCT 'own' size=4096 vlen=1\n"
		    "\t'(anon)' type_id=6 bits_offset=0\n"
		    "[5] PTR '(anon)' type_id=2\n"
		    "[6] STRUCT 'device' size=24 vlen=3\n"
		    "\t'bus' type_id=7 bits_offset=0\n"
		    "\t'parent' type_id=8 bits_offset=64\n"
		    "\t'kobj' type_id=9 bits_offset=128\n"
		    "[7] PTR '(anon)' type_id=3\n"
		    "[8] PTR '(anon)' type_id=6\n"
		    "[9] STRUCT 'kobject' size=8 vlen=0\n");

	b = build_over_base();
	n = build_new();
	HOLD(b, DEVICE);
	rebtf_builder_ref(b, REBTF_KIND_PTR, KOBJECT);
	rebtf_builder_struct(n, REBTF_KIND_STRUCT, "bus", 4);
	assert_kept(b, n, true,
		    "[3] STRUCT 'own' size=4096 vlen=1\n"
		    "\t'(anon)' type_id=6 bits_offset=0\n"
		    "[4] PTR '(anon)' type_id=5\n"
		    "[5] FWD 'kobject' fwd_kind=struct\n"
		    "[6] STRUCT 'device' size=24 vlen=3\n"
		    "\t'bus' type_id=7 bits_offset=0\n"
		    "\t'parent' type_id=8 bits_offset=64\n"
		    "\t'kobj' type_id=9 bits_offset=128\n"
		    "[7] PTR '(anon)' type_id=2\n"
		    "[8] PTR '(anon)' type_id=6\n"
		    "[9] STRUCT 'kobject' size=8 vlen=0\n");
}

/* Expected types that fit add no local types. */
static void what_fits_brings_nothing(void **state)
{
	_cleanup_unref_ struct rebtf_btf *plain = NULL;
	_cleanup_bytes_ struct bytes want = { 0 }, found = { 0 };
	_cleanup_run_ struct run run = { 0 };
	struct rebtf_builder *b = build_over_base(), *n = build_new();

	(void)state;
	HOLD(b, DEVICE, STATE);
	rebtf_builder_enum(n, REBTF_KIND_ENUM, "state", 4, REBTF_UNSIGNED);
	rebtf_builder_struct(n, REBTF_KIND_STRUCT, "device", 24);
	run = keep(b, n, true);
	plain = relocated(run.parts.split, run.new_base);
	want = written(plain, 0);
	found = written(run.result, 0);
	assert_same_bytes(&found, &want);
	assert_int_equal(run.report->localized, 0);
	assert_int_equal(run.report->refs_localized, 0);
}

/* Names of local types are added once each, after the split's own. */
static void names_come_along_once(void **state)
{
	_cleanup_run_ struct run run = { 0 };
	struct rebtf_builder *b = build_over_base();
	uint32_t start;

	(void)state;
	HOLD(b, VALUE, BITS);
	run = keep(b, build_new(), true);
	start = rebtf_btf_start_string(run.result);
	assert_int_equal(rebtf_btf_string_end(run.result) - start,
			 rebtf_btf_string_end(run.parts.split) -
				 rebtf_btf_start_string(run.parts.split) +
				 sizeof("value\0nr\0bits\0low\0high"));
}

/* The new base is split itself, and needed types are on both levels. */
static void what_is_needed_is_found_on_all_levels(void **state)
{
	_cleanup_unref_ struct rebtf_btf *lower = NULL;
	struct rebtf_builder *b = build_over_base(), *n = build_new();

	(void)state;
	HOLD(b, DEVICE);
	rebtf_builder_struct(n, REBTF_KIND_STRUCT, "kobject", 8);
	lower = built(n);
	n = build_over(lower);
	rebtf_builder_fwd(n, REBTF_KIND_STRUCT, "bus");
	assert_kept(b, n, true,
		    "[4] STRUCT 'own' size=4096 vlen=1\n"
		    "\t'(anon)' type_id=5 bits_offset=0\n"
		    "[5] STRUCT 'device' size=24 vlen=3\n"
		    "\t'bus' type_id=6 bits_offset=0\n"
		    "\t'parent' type_id=7 bits_offset=64\n"
		    "\t'kobj' type_id=2 bits_offset=128\n"
		    "[6] PTR '(anon)' type_id=3\n"
		    "[7] PTR '(anon)' type_id=5\n");
}

/* --- the report */

static void the_report_lists_localized_types(void **state)
{
	_cleanup_run_ struct run run = { 0 };
	struct rebtf_builder *b = build_over_base(), *n = build_new();
	const struct rebtf_match *device, *state_match;

	(void)state;
	/* Six references: int once, device twice, state once, two pointers of the split's own. */
	HOLD(b, INT, DEVICE, DEVICE, STATE, BASE_END + 1);
	rebtf_builder_ref(b, REBTF_KIND_PTR, BASE_END);
	rebtf_builder_struct(n, REBTF_KIND_STRUCT, "device", 32);
	rebtf_builder_enum(n, REBTF_KIND_ENUM, "state", 4, REBTF_UNSIGNED);
	run = keep(b, n, true);
	/* The distilled base is [1] int, [2] device, [3] state. */
	assert_int_equal(run.report->count, 3);
	device = &run.report->matches[1];
	state_match = &run.report->matches[2];
	assert_int_equal(run.report->misfits, 1);
	assert_int_equal(run.report->localized, 1);
	assert_int_equal(run.report->refs, 6);
	assert_int_equal(run.report->refs_localized, 2);
	assert_ptr_equal(run.report->expects, run.parts.expects);
	assert_ptr_equal(run.report->new_base, run.new_base);
	assert_ptr_equal(run.report->distilled_base, run.parts.base);

	assert_int_equal(device->verdict, REBTF_VERDICT_SIZE);
	assert_int_equal(device->reliance, REBTF_RELIANCE_EMBEDDED);
	assert_true(device->embedded);
	assert_true(device->localized);
	assert_int_equal(device->old_size, 24);
	assert_int_equal(device->new_size, 32);
	assert_int_equal(device->target, 0);
	assert_int_equal(device->local, 6);
	assert_int_equal(device->candidate_count, 1);
	assert_int_equal(device->candidates[0], 2);
	assert_string_equal(rebtf_btf_type_name(run.parts.expects,
						rebtf_btf_type(run.parts.expects,
							       device->expected)),
			    "device");

	assert_int_equal(state_match->verdict, REBTF_VERDICT_MATCHED);
	assert_false(state_match->localized);
	assert_int_equal(state_match->target, 3);
	assert_int_equal(state_match->local, 0);
}

/* Without a requested result the report has no ids in it, but it is otherwise complete. */
static void whether_it_would_fit_can_be_asked(void **state)
{
	_cleanup_unref_ struct rebtf_btf *split = NULL, *over_distilled = NULL;
	_cleanup_unref_ struct rebtf_btf *new_base = built(build_new());
	const struct rebtf_reconcile_options options = {
		.size = sizeof(struct rebtf_reconcile_options), .local = true
	};
	struct rebtf_builder *b = build_over_base();
	struct rebtf_report *report;

	(void)state;
	HOLD(b, DEVICE);
	split = built(b);
	over_distilled = distilled(split);
	assert_ok(rebtf_reconcile(over_distilled, new_base, &options, &report, NULL));
	assert_int_equal(report->localized, 1);
	assert_true(report->matches[0].localized);
	assert_int_equal(report->matches[0].local, 0);
	assert_int_equal(report->refs_localized, 1);
	assert_null(report->expects);
	rebtf_report_free(report);
}

/* --- hostile expectations */

/* A distilled base of struct a and struct b, both of 8 bytes, and a split that contains both. */
static struct rebtf_btf *build_hostile_split(void)
{
	_cleanup_unref_ struct rebtf_btf *base = NULL;
	struct rebtf_builder *b = build_over(NULL);

	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "a", 8);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "b", 8);
	base = built(b);
	b = build_over(base);
	HOLD(b, 1, 2);
	return built(b);
}

/* Definitions of a and of b that contain these types. */
static struct rebtf_btf *build_hostile_expects(const struct rebtf_btf *split, uint32_t in_a,
					       uint32_t in_b)
{
	struct rebtf_builder *b = build_over(rebtf_btf_base(split));

	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "a", 8);
	rebtf_builder_member(b, "m", in_a, 0, 0);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "b", 8);
	rebtf_builder_member(b, "m", in_b, 0, 0);
	return built(b);
}

static void assert_kept_fails(const struct rebtf_btf *split, struct rebtf_btf *expects,
			      enum rebtf_error_code code, const char *part)
{
	_cleanup_unref_ struct rebtf_btf *new_base = built(build_new());
	const struct rebtf_reconcile_options options = {
		.size = sizeof(struct rebtf_reconcile_options), .local = true, .expects = expects
	};
	struct rebtf_btf *result = NULL;
	struct rebtf_report *report = NULL;

	assert_fails(rebtf_reconcile(split, new_base, &options, &report, &result), code, part);
	assert_null(report);
	assert_null(result);
}

static void definitions_that_contain_one_another_are_refused(void **state)
{
	_cleanup_unref_ struct rebtf_btf *split = build_hostile_split();
	_cleanup_unref_ struct rebtf_btf *in_turn = build_hostile_expects(split, 2, 1);
	_cleanup_unref_ struct rebtf_btf *itself = build_hostile_expects(split, 1, 1);

	(void)state;
	assert_kept_fails(split, in_turn, REBTF_ERR_FORMAT, "contains itself");
	assert_kept_fails(split, itself, REBTF_ERR_FORMAT, "contains itself");
}

static void expectations_that_contradict_are_refused(void **state)
{
	_cleanup_unref_ struct rebtf_btf *split = build_hostile_split(), *expects = NULL;
	struct rebtf_builder *b = build_over(rebtf_btf_base(split));

	(void)state;
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "a", 4);
	rebtf_builder_member(b, "m", 0, 0, 0);
	expects = built(b);
	assert_kept_fails(split, expects, REBTF_ERR_FORMAT,
			  "the distilled base has no type of this name and 4 bytes");
}

static void expectations_over_another_base_are_refused(void **state)
{
	_cleanup_unref_ struct rebtf_btf *split = build_hostile_split();
	_cleanup_unref_ struct rebtf_btf *other = build_hostile_split();
	_cleanup_unref_ struct rebtf_btf *expects = build_hostile_expects(other, 0, 0);

	(void)state;
	assert_kept_fails(split, expects, REBTF_ERR_ARGUMENT,
			  "the expectations belong to another distilled base");
}

/* Ends of one long string, which all become strings of the module's own. */
static void names_inside_names_are_refused(void **state)
{
	enum { COUNT = 4000 };
	static uint32_t types[COUNT * 3];
	static char strings[COUNT + 2];
	_cleanup_unref_ struct rebtf_btf *base = NULL, *split = NULL, *new_base = build_int();
	const struct rebtf_reconcile_options options = {
		.size = sizeof(struct rebtf_reconcile_options), .local = true
	};
	struct rebtf_btf *result;
	struct rebtf_builder *b;

	(void)state;
	memset(strings + 1, 'a', COUNT);
	for (uint32_t i = 0; i < COUNT; i++) {
		types[i * 3] = i + 1;
		types[i * 3 + 1] = INFO(FWD, 0);
	}
	assert_ok(open_raw(types, sizeof(types), strings, sizeof(strings), NULL, &base));
	b = build_over(base);
	for (uint32_t i = 0; i < COUNT; i++)
		rebtf_builder_ref(b, REBTF_KIND_PTR, 1 + i);
	split = built(b);
	assert_fails(rebtf_reconcile(split, new_base, &options, NULL, &result),
		     REBTF_ERR_UNSUPPORTED, "names overlap");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_expectations_name_and_size_are_kept),
		cmocka_unit_test(what_is_only_pointed_to_becomes_a_forward_declaration),
		cmocka_unit_test(definitions_are_kept_in_full),
		cmocka_unit_test(definitions_refer_to_what_the_new_base_has),
		cmocka_unit_test(what_is_not_there_comes_along),
		cmocka_unit_test(definitions_may_refer_to_one_another),
		cmocka_unit_test(what_lies_in_a_definition_keeps_its_size),
		cmocka_unit_test(what_lies_in_a_definition_is_no_forward_declaration),
		cmocka_unit_test(what_fits_brings_nothing),
		cmocka_unit_test(names_come_along_once),
		cmocka_unit_test(what_is_needed_is_found_on_all_levels),
		cmocka_unit_test(the_report_lists_localized_types),
		cmocka_unit_test(whether_it_would_fit_can_be_asked),
		cmocka_unit_test(definitions_that_contain_one_another_are_refused),
		cmocka_unit_test(expectations_that_contradict_are_refused),
		cmocka_unit_test(expectations_over_another_base_are_refused),
		cmocka_unit_test(names_inside_names_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
