/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Tests of expectations: which definitions are recorded, and that expectations that contradict the
 * distilled base are refused on reading.
 */
#include "split/split_for_test.h"

/* --- writing */

/*
 * The base of most tests here: [DEVICE] has a member of each kind, and one that leads back to
 * itself.
 */
enum {
	INT = 1,
	KOBJECT,
	BUS,
	PTR_BUS,
	DEVICE,
	PTR_DEVICE,
	STATE,
	VALUE,
	PTR_VALUE,
	ANON,
	KOBJECT_T,
	PTR_KOBJECT,
	BASE_END
};

static struct rebtf_builder *build_base(void)
{
	struct rebtf_builder *b = build_over(NULL);

	add_int(b);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "kobject", 64);
	rebtf_builder_member(b, "refcnt", INT, 0, 0);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "bus", 128);
	rebtf_builder_member(b, "nr", INT, 0, 0);
	rebtf_builder_ref(b, REBTF_KIND_PTR, BUS);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "device", 744);
	rebtf_builder_member(b, "kobj", KOBJECT_T, 0, 0);
	rebtf_builder_member(b, "bus", PTR_BUS, 512, 0);
	rebtf_builder_member(b, "parent", PTR_DEVICE, 576, 0);
	rebtf_builder_member(b, "state", STATE, 640, 0);
	rebtf_builder_member(b, NULL, ANON, 704, 0);
	rebtf_builder_ref(b, REBTF_KIND_PTR, DEVICE);
	rebtf_builder_enum(b, REBTF_KIND_ENUM, "state", 4, REBTF_UNSIGNED);
	rebtf_builder_enumerator(b, "ON", 1);
	rebtf_builder_struct(b, REBTF_KIND_UNION, "value", 8);
	rebtf_builder_member(b, "nr", INT, 0, 0);
	rebtf_builder_ref(b, REBTF_KIND_PTR, VALUE);
	rebtf_builder_struct(b, REBTF_KIND_UNION, NULL, 8);
	rebtf_builder_member(b, "value", PTR_VALUE, 0, 0);
	rebtf_builder_member(b, "nr", INT, 0, 0);
	rebtf_builder_typedef(b, "kobject_t", KOBJECT);
	assert_int_equal(rebtf_builder_ref(b, REBTF_KIND_PTR, KOBJECT), PTR_KOBJECT);
	return b;
}

static struct rebtf_builder *build_over_base(void)
{
	_cleanup_unref_ struct rebtf_btf *base = built(build_base());

	return build_over(base);
}

static void hold(struct rebtf_builder *b, uint32_t type)
{
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "own", 4096);
	rebtf_builder_member(b, "held", type, 0, 0);
}

/* Distills the split that @b builds. */
static struct parts built_parts(struct rebtf_builder *b, const struct rebtf_trust *trust)
{
	_cleanup_unref_ struct rebtf_btf *split = built(b);

	return distilled_parts(split, trust);
}

static void assert_expects_with(struct rebtf_builder *b, const struct rebtf_trust *trust,
				const char *want)
{
	_cleanup_parts_ struct parts p = built_parts(b, trust);

	assert_dump(p.expects, want);
}

static void assert_expects(struct rebtf_builder *b, const char *want)
{
	assert_expects_with(b, NULL, want);
}

static void of_what_is_only_pointed_to_nothing_is_expected(void **state)
{
	struct rebtf_builder *b = build_over_base();

	(void)state;
	rebtf_builder_ref(b, REBTF_KIND_PTR, DEVICE);
	rebtf_builder_ref(b, REBTF_KIND_CONST, INT);
	assert_expects(b, "");
}

/* The distilled base is [1] device. */
static void embedded_types_are_defined_with_what_they_refer_to(void **state)
{
	struct rebtf_builder *b = build_over_base();

	(void)state;
	hold(b, DEVICE);
	assert_expects(b, "[2] STRUCT 'device' size=744 vlen=5\n"
			  "\t'kobj' type_id=12 bits_offset=0\n"
			  "\t'bus' type_id=6 bits_offset=512\n"
			  "\t'parent' type_id=7 bits_offset=576\n"
			  "\t'state' type_id=8 bits_offset=640\n"
			  "\t'(anon)' type_id=11 bits_offset=704\n"
			  "[3] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n"
			  "[4] STRUCT 'kobject' size=64 vlen=0\n"
			  "[5] FWD 'bus' fwd_kind=struct\n"
			  "[6] PTR '(anon)' type_id=5\n"
			  "[7] PTR '(anon)' type_id=1\n"
			  "[8] ENUM 'state' encoding=UNSIGNED size=4 vlen=0\n"
			  "[9] FWD 'value' fwd_kind=union\n"
			  "[10] PTR '(anon)' type_id=9\n"
			  "[11] UNION '(anon)' size=8 vlen=2\n"
			  "\t'value' type_id=10 bits_offset=0\n"
			  "\t'nr' type_id=3 bits_offset=0\n"
			  "[12] TYPEDEF 'kobject_t' type_id=4\n");
}

/* The distilled base is [1] int, [2] kobject, [3] bus, [4] device, [5] value. */
static void what_the_distilled_base_has_is_not_said_again(void **state)
{
	struct rebtf_builder *b = build_over_base();

	(void)state;
	hold(b, DEVICE);
	rebtf_builder_ref(b, REBTF_KIND_CONST, INT);
	rebtf_builder_ref(b, REBTF_KIND_PTR, KOBJECT);
	rebtf_builder_ref(b, REBTF_KIND_PTR, BUS);
	rebtf_builder_ref(b, REBTF_KIND_PTR, VALUE);
	assert_expects(b, "[6] STRUCT 'device' size=744 vlen=5\n"
			  "\t'kobj' type_id=12 bits_offset=0\n"
			  "\t'bus' type_id=7 bits_offset=512\n"
			  "\t'parent' type_id=8 bits_offset=576\n"
			  "\t'state' type_id=9 bits_offset=640\n"
			  "\t'(anon)' type_id=11 bits_offset=704\n"
			  "[7] PTR '(anon)' type_id=3\n"
			  "[8] PTR '(anon)' type_id=4\n"
			  "[9] ENUM 'state' encoding=UNSIGNED size=4 vlen=0\n"
			  "[10] PTR '(anon)' type_id=5\n"
			  "[11] UNION '(anon)' size=8 vlen=2\n"
			  "\t'value' type_id=10 bits_offset=0\n"
			  "\t'nr' type_id=1 bits_offset=0\n"
			  "[12] TYPEDEF 'kobject_t' type_id=2\n");
}

/* All names except those of members belong to the distilled base. */
static void names_of_the_distilled_base_are_shared(void **state)
{
	_cleanup_parts_ struct parts p = { 0 };
	struct rebtf_builder *b = build_over_base();

	(void)state;
	hold(b, KOBJECT);
	rebtf_builder_ref(b, REBTF_KIND_CONST, INT);
	p = built_parts(b, NULL);
	assert_dump(p.expects, "[3] STRUCT 'kobject' size=64 vlen=1\n"
			       "\t'refcnt' type_id=1 bits_offset=0\n");
	assert_int_equal(rebtf_btf_string_end(p.expects) - rebtf_btf_start_string(p.expects),
			 sizeof("refcnt"));
}

/* A struct that one definition contains and another one points to needs its size. */
static void what_is_pointed_to_and_contained_has_its_size(void **state)
{
	struct rebtf_builder *b = build_base();
	_cleanup_unref_ struct rebtf_btf *base = NULL;

	(void)state;
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "both", 72);
	rebtf_builder_member(b, "first", PTR_KOBJECT, 0, 0);
	rebtf_builder_member(b, "second", KOBJECT, 64, 0);
	base = built(b);
	b = build_over(base);
	hold(b, BASE_END);
	assert_expects(b, "[2] STRUCT 'both' size=72 vlen=2\n"
			  "\t'first' type_id=4 bits_offset=0\n"
			  "\t'second' type_id=3 bits_offset=64\n"
			  "[3] STRUCT 'kobject' size=64 vlen=0\n"
			  "[4] PTR '(anon)' type_id=3\n");
}

static void embedded_enumerations_have_their_values(void **state)
{
	struct rebtf_builder *b = build_base();
	_cleanup_unref_ struct rebtf_btf *base = NULL;

	(void)state;
	rebtf_builder_enum(b, REBTF_KIND_ENUM64, "wide", 8, REBTF_SIGNED);
	rebtf_builder_enumerator(b, "FAR", -1);
	base = built(b);
	b = build_over(base);
	hold(b, STATE);
	hold(b, BASE_END);
	/* The distilled base has both as ENUM. */
	assert_expects(b, "[3] ENUM 'state' encoding=UNSIGNED size=4 vlen=1\n"
			  "\t'ON' val=1\n"
			  "[4] ENUM64 'wide' encoding=SIGNED size=8 vlen=1\n"
			  "\t'FAR' val=-1LL\n");
}

/* Three of one name and size. The split refers to two of them. */
static void same_named_types_are_defined_in_order(void **state)
{
	struct rebtf_builder *b = build_base();
	_cleanup_unref_ struct rebtf_btf *base = NULL;

	(void)state;
	for (int i = 0; i < 3; i++) {
		rebtf_builder_struct(b, REBTF_KIND_STRUCT, "twin", 4);
		rebtf_builder_member(b, (const char *[]){ "a", "b", "c" }[i], INT, 0, 0);
	}
	base = built(b);
	b = build_over(base);
	rebtf_builder_ref(b, REBTF_KIND_PTR, BASE_END + 2);
	hold(b, BASE_END + 1);
	/* One is embedded, two exist, and only their order pairs them with their definitions. */
	assert_expects(b, "[3] STRUCT 'twin' size=4 vlen=1\n"
			  "\t'b' type_id=5 bits_offset=0\n"
			  "[4] STRUCT 'twin' size=4 vlen=1\n"
			  "\t'c' type_id=5 bits_offset=0\n"
			  "[5] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n");
}

static void of_same_named_types_all_have_a_definition_or_none(void **state)
{
	struct rebtf_builder *b = build_base();
	_cleanup_unref_ struct rebtf_btf *base = NULL;

	(void)state;
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "twin", 4);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "twin", 4);
	rebtf_builder_member(b, "a", INT, 0, 0);
	base = built(b);
	b = build_over(base);
	hold(b, BASE_END);
	hold(b, BASE_END + 1);
	assert_expects(b, "");
}

static void trusted_types_are_defined(void **state)
{
	const char *names[] = { "bus" };
	const uint32_t ids[] = { VALUE, STATE };
	const struct rebtf_trust trust = { .size = sizeof(struct rebtf_trust), names, 1, ids, 2 };
	struct rebtf_builder *b = build_over_base();

	(void)state;
	rebtf_builder_ref(b, REBTF_KIND_PTR, BUS);
	/* Only the list of ids refers to the other two, so they join the distilled base. */
	assert_expects_with(b, &trust,
			    "[4] STRUCT 'bus' size=128 vlen=1\n"
			    "\t'nr' type_id=7 bits_offset=0\n"
			    "[5] ENUM 'state' encoding=UNSIGNED size=4 vlen=1\n"
			    "\t'ON' val=1\n"
			    "[6] UNION 'value' size=8 vlen=1\n"
			    "\t'nr' type_id=7 bits_offset=0\n"
			    "[7] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n"
			    "[8] TYPE_TAG 'rebtf:trusted' type_id=1\n"
			    "[9] TYPE_TAG 'rebtf:trusted' type_id=2\n"
			    "[10] TYPE_TAG 'rebtf:trusted' type_id=3\n");
}

static void ids_to_trust_have_to_be_there(void **state)
{
	_cleanup_unref_ struct rebtf_btf *split = built(build_over_base());
	const uint32_t absurd[] = { BASE_END, UINT32_MAX };
	struct rebtf_btf *base, *over_distilled, *expects;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		const struct rebtf_trust trust = { .size = sizeof(struct rebtf_trust),
						   .ids = &absurd[i],
						   .id_count = 1 };

		assert_fails(rebtf_distill_expects(split, &trust, &base, &over_distilled, &expects),
			     REBTF_ERR_ARGUMENT, "cannot trust nonexistent type [");
	}
}

/* A function cannot be part of a struct. */
static void definitions_that_lead_to_code_are_refused(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = NULL, *split = NULL;
	struct rebtf_btf *distilled_base, *over_distilled, *expects;
	struct rebtf_builder *b = build_over(NULL);
	uint32_t proto = rebtf_builder_func_proto(b, 0), odd;

	(void)state;
	rebtf_builder_func(b, "run", REBTF_LINKAGE_STATIC, proto);
	odd = rebtf_builder_struct(b, REBTF_KIND_STRUCT, "odd", 8);
	rebtf_builder_member(b, "run", 2, 0, 0);
	base = built(b);
	b = build_over(base);
	hold(b, odd);
	split = built(b);
	assert_fails(rebtf_distill_expects(split, NULL, &distilled_base, &over_distilled, &expects),
		     REBTF_ERR_FORMAT, "type [2] FUNC 'run'");
}

/* --- writing them later */

static void what_is_expected_can_be_recorded_later(void **state)
{
	_cleanup_parts_ struct parts p = { 0 };
	_cleanup_unref_ struct rebtf_btf *base = built(build_base()), *later = NULL;
	_cleanup_bytes_ struct bytes at_once = { 0 }, afterwards = { 0 };
	const char *names[] = { "bus" };
	const struct rebtf_trust trust = { .size = sizeof(struct rebtf_trust),
					   .names = names,
					   .name_count = 1 };
	struct rebtf_builder *b = build_over(base);

	(void)state;
	hold(b, DEVICE);
	rebtf_builder_ref(b, REBTF_KIND_PTR, BUS);
	p = built_parts(b, &trust);
	assert_ok(rebtf_expects(p.split, &trust, base, &later));
	assert_ptr_equal(rebtf_btf_base(later), p.base);
	at_once = written(p.expects, 0);
	afterwards = written(later, 0);
	assert_same_bytes(&afterwards, &at_once);
}

static void a_base_that_does_not_fit_has_no_expectations(void **state)
{
	_cleanup_parts_ struct parts p = { 0 };
	_cleanup_unref_ struct rebtf_btf *other = build_int();
	struct rebtf_builder *b = build_over_base();
	struct rebtf_btf *later;

	(void)state;
	hold(b, DEVICE);
	p = built_parts(b, NULL);
	assert_fails(rebtf_expects(p.split, NULL, other, &later), REBTF_ERR_MISMATCH,
		     "STRUCT 'device'");
	assert_fails(rebtf_expects(other, NULL, other, &later), REBTF_ERR_ARGUMENT, "no base");
}

/* It matches, but its old members are unknown: another size, or only the name. Trust remains. */
static void of_types_of_another_size_no_members_are_expected(void **state)
{
	const char *names[] = { "bus", "value" };
	const struct rebtf_trust trust = { .size = sizeof(struct rebtf_trust),
					   .names = names,
					   .name_count = 2 };
	_cleanup_parts_ struct parts p = { 0 };
	_cleanup_unref_ struct rebtf_btf *other = NULL, *later = NULL;
	struct rebtf_builder *b = build_over_base();

	(void)state;
	rebtf_builder_ref(b, REBTF_KIND_PTR, BUS);
	rebtf_builder_ref(b, REBTF_KIND_PTR, VALUE);
	p = built_parts(b, &trust);
	b = build_over(NULL);
	add_int(b);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "bus", 136);
	rebtf_builder_member(b, "nr", 1, 0, 0);
	rebtf_builder_fwd(b, REBTF_KIND_UNION, "value");
	other = built(b);
	assert_ok(rebtf_expects(p.split, &trust, other, &later));
	assert_dump(later, "[3] TYPE_TAG 'rebtf:trusted' type_id=1\n"
			   "[4] TYPE_TAG 'rebtf:trusted' type_id=2\n");
	assert_reopens(later);
}

/* --- reading */

/* A distilled base: [1] int, [2] and [3] struct twin of 4 bytes, [4] enum state, [5] empty. */
enum { D_INT = 1, D_TWIN, D_TWIN_2, D_STATE, D_EMPTY, D_END };

static struct rebtf_builder *build_over_distilled(void)
{
	struct rebtf_builder *b = build_over(NULL);
	_cleanup_unref_ struct rebtf_btf *base = NULL;

	add_int(b);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "twin", 4);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "twin", 4);
	rebtf_builder_enum(b, REBTF_KIND_ENUM, "state", 4, REBTF_UNSIGNED);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "empty", 0);
	base = built(b);
	return build_over(base);
}

static uint32_t define(struct rebtf_builder *b, uint32_t kind, const char *name, uint32_t size)
{
	uint32_t id = rebtf_builder_struct(b, kind, name, size);

	rebtf_builder_member(b, "m", D_INT, 0, 0);
	return id;
}

static uint32_t define_enum(struct rebtf_builder *b, uint32_t kind, const char *name, uint32_t size)
{
	uint32_t id = rebtf_builder_enum(b, kind, name, size, REBTF_UNSIGNED);

	rebtf_builder_enumerator(b, "ON", 1);
	return id;
}

static void definitions_are_linked_to_same_named_types_in_order(void **state)
{
	_cleanup_unref_ struct rebtf_btf *expects = NULL;
	_cleanup_free_ uint32_t *definitions = NULL;
	struct rebtf_builder *b = build_over_distilled();
	uint32_t first = define(b, REBTF_KIND_STRUCT, "twin", 4);
	uint32_t wide = define_enum(b, REBTF_KIND_ENUM64, "state", 4);
	uint32_t second = define(b, REBTF_KIND_STRUCT, "twin", 4);

	(void)state;
	expects = built(b);
	assert_ok(expects_link(expects, &definitions));
	assert_int_equal(definitions[D_INT], 0);
	assert_int_equal(definitions[D_TWIN], first);
	assert_int_equal(definitions[D_TWIN_2], second);
	assert_int_equal(definitions[D_STATE], wide);
	assert_int_equal(definitions[D_EMPTY], D_EMPTY);
}

static void what_has_no_name_or_no_members_is_no_definition(void **state)
{
	_cleanup_unref_ struct rebtf_btf *expects = NULL;
	_cleanup_free_ uint32_t *definitions = NULL;
	struct rebtf_builder *b = build_over_distilled();

	(void)state;
	define(b, REBTF_KIND_UNION, NULL, 4);
	define_enum(b, REBTF_KIND_ENUM, NULL, 4);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "twin", 8);
	rebtf_builder_enum(b, REBTF_KIND_ENUM, "other", 8, REBTF_UNSIGNED);
	rebtf_builder_fwd(b, REBTF_KIND_UNION, "twin");
	expects = built(b);
	assert_ok(expects_link(expects, &definitions));
	for (uint32_t id = 1; id < D_EMPTY; id++)
		assert_int_equal(definitions[id], 0);
}

static void assert_contradicts(struct rebtf_builder *b, const char *part)
{
	_cleanup_unref_ struct rebtf_btf *expects = built(b);

	assert_fails(expects_check(expects), REBTF_ERR_FORMAT, part);
}

static void definitions_of_what_is_not_there_are_refused(void **state)
{
	struct rebtf_builder *b = build_over_distilled();

	(void)state;
	define(b, REBTF_KIND_STRUCT, "unheard_of", 4);
	assert_contradicts(b, "type [6] STRUCT 'unheard_of': the distilled base has no type of "
			      "this name and 4 bytes");
	b = build_over_distilled();
	define(b, REBTF_KIND_STRUCT, "twin", 8);
	assert_contradicts(
		b,
		"type [6] STRUCT 'twin': the distilled base has no type of this name and 8 bytes");
	b = build_over_distilled();
	define(b, REBTF_KIND_UNION, "twin", 4);
	assert_contradicts(b, "type [6] UNION 'twin': the distilled base has no type of this name");
	b = build_over_distilled();
	define_enum(b, REBTF_KIND_ENUM64, "state", 8);
	assert_contradicts(b,
			   "type [6] ENUM64 'state': the distilled base has no type of this name");
}

static void more_definitions_than_same_named_types_are_refused(void **state)
{
	struct rebtf_builder *b = build_over_distilled();

	(void)state;
	for (int i = 0; i < 3; i++)
		define(b, REBTF_KIND_STRUCT, "twin", 4);
	assert_contradicts(b, "type [8] STRUCT 'twin': more definitions than types of this name");
}

static void members_past_the_end_are_refused(void **state)
{
	struct rebtf_builder *b = build_over_distilled();

	(void)state;
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "twin", 4);
	rebtf_builder_member(b, "flexible", D_INT, 32, 0);
	rebtf_builder_member(b, "beyond", D_INT, 33, 0);
	assert_contradicts(b,
			   "type [6] STRUCT 'twin': member 1 starts at bit 33, past the end of 4");
	/* Members of types that are not definitions are checked as well. */
	b = build_over_distilled();
	rebtf_builder_struct(b, REBTF_KIND_UNION, NULL, 4);
	rebtf_builder_member(b, "beyond", D_INT, UINT32_MAX, 0);
	assert_contradicts(b, "type [6] UNION: member 0 starts at bit 4294967295");
}

static void code_and_variables_are_refused(void **state)
{
	struct rebtf_builder *b = build_over_distilled();

	(void)state;
	rebtf_builder_func(b, "run", REBTF_LINKAGE_STATIC, rebtf_builder_func_proto(b, 0));
	assert_contradicts(b, "type [7] FUNC 'run': invalid kind in expectations");
	b = build_over_distilled();
	rebtf_builder_var(b, "counter", REBTF_LINKAGE_STATIC, D_INT);
	assert_contradicts(b, "type [6] VAR 'counter': invalid kind in expectations");
	b = build_over_distilled();
	rebtf_builder_datasec(b, ".data", 4);
	assert_contradicts(b, "type [6] DATASEC '.data': invalid kind in expectations");
	b = build_over_distilled();
	rebtf_builder_decl_tag(b, "tag", D_TWIN, -1);
	assert_contradicts(b, "type [6] DECL_TAG 'tag': invalid kind in expectations");
}

static void expectations_stand_over_a_distilled_base(void **state)
{
	_cleanup_unref_ struct rebtf_btf *alone = build_int(), *middle = NULL, *expects = NULL;
	struct rebtf_builder *b = build_over(alone);

	(void)state;
	rebtf_builder_fwd(b, REBTF_KIND_STRUCT, "f");
	middle = built(b);
	expects = built(build_over(middle));
	assert_fails(expects_check(alone), REBTF_ERR_ARGUMENT,
		     "expectations need a distilled base");
	assert_fails(expects_check(expects), REBTF_ERR_ARGUMENT,
		     "expectations need a distilled base");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_what_is_only_pointed_to_nothing_is_expected),
		cmocka_unit_test(embedded_types_are_defined_with_what_they_refer_to),
		cmocka_unit_test(what_the_distilled_base_has_is_not_said_again),
		cmocka_unit_test(names_of_the_distilled_base_are_shared),
		cmocka_unit_test(what_is_pointed_to_and_contained_has_its_size),
		cmocka_unit_test(embedded_enumerations_have_their_values),
		cmocka_unit_test(same_named_types_are_defined_in_order),
		cmocka_unit_test(of_same_named_types_all_have_a_definition_or_none),
		cmocka_unit_test(trusted_types_are_defined),
		cmocka_unit_test(ids_to_trust_have_to_be_there),
		cmocka_unit_test(definitions_that_lead_to_code_are_refused),
		cmocka_unit_test(what_is_expected_can_be_recorded_later),
		cmocka_unit_test(a_base_that_does_not_fit_has_no_expectations),
		cmocka_unit_test(of_types_of_another_size_no_members_are_expected),
		cmocka_unit_test(definitions_are_linked_to_same_named_types_in_order),
		cmocka_unit_test(what_has_no_name_or_no_members_is_no_definition),
		cmocka_unit_test(definitions_of_what_is_not_there_are_refused),
		cmocka_unit_test(more_definitions_than_same_named_types_are_refused),
		cmocka_unit_test(members_past_the_end_are_refused),
		cmocka_unit_test(code_and_variables_are_refused),
		cmocka_unit_test(expectations_stand_over_a_distilled_base),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
