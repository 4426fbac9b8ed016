/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Tests of the choice of functions, on instances made by hand. */
#include <elf.h>

#include "encode/features.h"
#include "encode/functions.h"
#include "encode/true_signature.h"
#include "util/testing.h"

#define MAX_SYMBOLS 8

struct test_file {
	struct node_store *store;
	struct encode_symbol symbols[MAX_SYMBOLS];
	size_t symbol_count;
	struct function_groups groups;
	struct functions functions;
	struct function_rules rules;
	uint32_t char_node, int_node, long_node;
	uint32_t unit;
};

static uint32_t add_node(struct test_file *t, uint32_t kind, const char *name, uint32_t type,
			 uint32_t size)
{
	const struct node node = {
		.kind = (uint8_t)kind,
		.name = node_store_string(t->store, name, 0),
		.type = type,
		.size = size,
	};

	return node_store_add(t->store, &node, NULL);
}

static uint32_t pointer(struct test_file *t, uint32_t type)
{
	return add_node(t, REBTF_KIND_PTR, "", type, 0);
}

static uint32_t constant(struct test_file *t, uint32_t type)
{
	return add_node(t, REBTF_KIND_CONST, "", type, 0);
}

static int new_file(void **state)
{
	struct test_file *t = calloc(1, sizeof(*t));

	assert_ok(node_store_new(&t->store));
	t->char_node = add_node(t, REBTF_KIND_INT, "char", 0, 1);
	t->int_node = add_node(t, REBTF_KIND_INT, "int", 0, 4);
	t->long_node = add_node(t, REBTF_KIND_INT, "long int", 0, 8);
	t->rules = (struct function_rules){ .features = ENCODE_CONSISTENT,
					    .abi = abi_registers_of(EM_X86_64),
					    .pointer_size = 8 };
	*state = t;
	return 0;
}

static int free_file(void **state)
{
	struct test_file *t = *state;

	functions_release(&t->functions);
	function_groups_release(&t->groups);
	node_store_free(t->store);
	free(t);
	return 0;
}

static void add_symbol(struct test_file *t, const char *name, uint64_t address)
{
	assert_true(t->symbol_count < MAX_SYMBOLS);
	t->symbols[t->symbol_count++] =
		(struct encode_symbol){ .name = name, .address = address, .type = STT_FUNC };
}

/* All symbols are there, and no more follow. */
static void make_test_groups(struct test_file *t)
{
	const struct encode_object object = { .symbols = { .items = t->symbols,
							   .count = t->symbol_count } };

	assert_ok(function_groups_init(&t->groups, &object));
}

static uint32_t group_index(const struct test_file *t, const char *name)
{
	const struct function_group *group = function_groups_find(&t->groups, name, strlen(name));

	assert_non_null(group);
	return (uint32_t)(group - t->groups.list.items);
}

static uint32_t proto_of(struct test_file *t, uint32_t result, const uint32_t *types,
			 uint32_t count)
{
	const struct node node = {
		.kind = REBTF_KIND_FUNC_PROTO, .type = result, .count = count, .first = UINT64_MAX
	};
	struct node_parameter parameters[8] = {};

	for (uint32_t i = 0; i < count; i++) {
		char name[] = { (char)('a' + i), '\0' };

		parameters[i].name = node_store_string(t->store, name, 0);
		parameters[i].type = types[i];
	}
	return node_store_add(t->store, &node, parameters);
}

/* Adds an instance of @name to a new unit. @registers: those of its parameters, or NULL. */
static void add_instance(struct test_file *t, const char *name, uint32_t proto, uint32_t flags,
			 const int *registers)
{
	struct parameter_facts facts[8] = {};
	struct function_instance instance = {
		.first = (uint64_t)t->unit++ << 32,
		.group = group_index(t, name),
		.proto = proto,
		.flags = flags | (registers ? INSTANCE_HAS_FACTS : 0),
		.parameter_count = (uint16_t)node_store_get(t->store, proto)->count,
	};

	for (uint32_t i = 0; registers && i < instance.parameter_count; i++)
		facts[i] = (struct parameter_facts){ .reg = (int8_t)registers[i],
						     .flags = PARAMETER_LOCATED };
	assert_true(function_instances_add(&t->functions.instances, &instance, facts, NULL));
}

static void assert_reason(struct test_file *t, const char *name, enum function_reason reason,
			  const char *part)
{
	char *text = function_reason_text(&t->functions, group_index(t, name), t->store);

	assert_string_equal(function_reason_word(t->functions.choices.items[group_index(t, name)]
							 .reason),
			    function_reason_word(reason));
	if (!strstr(text, part))
		fail_msg("'%s' lacks '%s'", text, part);
	free(text);
}

static void choose_functions(struct test_file *t)
{
	assert_ok(functions_choose(&t->functions, &t->groups, t->store, NULL, &t->rules));
}

static uint32_t chosen_proto(const struct test_file *t, const char *name)
{
	uint32_t chosen = t->functions.choices.items[group_index(t, name)].instance;

	return t->functions.instances.list.items[chosen].proto;
}

/* DWARF's numbers of rdi, rsi, rdx. */
static const int in_place[] = { 5, 4, 1, 2, 8, 9, -1, -1 };

static void function_without_dwarf_is_left_out(void **state)
{
	struct test_file *t = *state;

	add_symbol(t, "assembler", 1);
	make_test_groups(t);
	choose_functions(t);
	assert_reason(t, "assembler", FUNCTION_NO_DWARF, "no unit");
}

static void ambiguous_functions_are_left_out(void **state)
{
	struct test_file *t = *state;
	uint32_t proto = proto_of(t, 0, NULL, 0);

	add_symbol(t, "f", 1);
	add_symbol(t, "z", 0);
	add_symbol(t, "z", 0x22);
	make_test_groups(t);
	add_instance(t, "f", proto, INSTANCE_AT_SYMBOL, in_place);
	add_instance(t, "z", proto, INSTANCE_AT_SYMBOL, in_place);
	choose_functions(t);
	assert_reason(t, "f", FUNCTION_CHOSEN, "in the BTF");
	assert_reason(t, "z", FUNCTION_AMBIGUOUS, "0x22");
}

static void prototypes_are_compared_by_names_and_without_const(void **state)
{
	struct test_file *t = *state;
	uint32_t forward = add_node(t, REBTF_KIND_FWD, "s", 0, 0);
	uint32_t const_pointer = pointer(t, constant(t, forward)), plain = pointer(t, forward);
	uint32_t const_void = pointer(t, constant(t, 0)), to_void = pointer(t, 0);
	uint32_t left[] = { t->int_node, const_pointer, const_void };
	uint32_t right[] = { constant(t, t->int_node), plain, to_void };
	uint32_t chosen = proto_of(t, 0, right, 3);

	add_symbol(t, "f", 1);
	make_test_groups(t);
	add_instance(t, "f", proto_of(t, 0, left, 3), 0, NULL);
	add_instance(t, "f", chosen, INSTANCE_AT_SYMBOL, in_place);
	choose_functions(t);
	assert_reason(t, "f", FUNCTION_CHOSEN, "");
	/* The instance whose code is at the symbol, although it comes later. */
	assert_int_equal(chosen_proto(t, "f"), chosen);
}

static void functions_with_inconsistent_prototypes_are_left_out(void **state)
{
	struct test_file *t = *state;
	uint32_t one[] = { t->int_node }, other[] = { t->long_node };
	uint32_t two[] = { t->int_node, t->int_node }, third[] = { t->int_node, t->long_node };
	uint32_t callback = pointer(t, proto_of(t, 0, one, 1));
	uint32_t other_callback = pointer(t, proto_of(t, 0, other, 1));
	const struct node union_forward = {
		.kind = REBTF_KIND_FWD,
		.name = node_store_string(t->store, "s", 0),
		.flags = 1,
	};
	uint32_t to_struct = pointer(t, add_node(t, REBTF_KIND_FWD, "s", 0, 0));
	uint32_t to_union = pointer(t, node_store_add(t->store, &union_forward, NULL));

	add_symbol(t, "count", 1);
	add_symbol(t, "result", 2);
	add_symbol(t, "second", 3);
	add_symbol(t, "callback", 4);
	add_symbol(t, "variadic", 5);
	add_symbol(t, "declared", 6);
	make_test_groups(t);
	add_instance(t, "declared", proto_of(t, 0, &to_struct, 1), 0, NULL);
	add_instance(t, "declared", proto_of(t, 0, &to_union, 1), 0, NULL);
	add_instance(t, "count", proto_of(t, 0, one, 1), 0, NULL);
	add_instance(t, "count", proto_of(t, 0, two, 2), 0, NULL);
	add_instance(t, "result", proto_of(t, 0, one, 1), 0, NULL);
	add_instance(t, "result", proto_of(t, t->int_node, one, 1), 0, NULL);
	add_instance(t, "second", proto_of(t, 0, two, 2), 0, NULL);
	add_instance(t, "second", proto_of(t, 0, third, 2), 0, NULL);
	add_instance(t, "callback", proto_of(t, 0, &callback, 1), 0, NULL);
	add_instance(t, "callback", proto_of(t, 0, &other_callback, 1), 0, NULL);
	choose_functions(t);
	assert_reason(t, "count", FUNCTION_INCONSISTENT, "number of its parameters");
	assert_reason(t, "result", FUNCTION_INCONSISTENT, "result");
	assert_reason(t, "second", FUNCTION_INCONSISTENT, "parameter 2 'b'");
	assert_reason(t, "callback", FUNCTION_INCONSISTENT, "parameter 1 'a'");
	assert_reason(t, "declared", FUNCTION_INCONSISTENT, "parameter 1 'a'");
}

static void inconsistent_functions_stay_if_the_feature_is_off(void **state)
{
	struct test_file *t = *state;
	uint32_t one[] = { t->int_node };
	uint32_t first = proto_of(t, 0, one, 1);

	t->rules.features = 0;
	add_symbol(t, "f", 1);
	make_test_groups(t);
	add_instance(t, "f", first, 0, NULL);
	add_instance(t, "f", proto_of(t, 0, NULL, 0), 0, NULL);
	choose_functions(t);
	assert_reason(t, "f", FUNCTION_CHOSEN, "");
	assert_int_equal(chosen_proto(t, "f"), first);
}

static void functions_with_parameters_in_other_registers_are_left_out(void **state)
{
	static const int swapped[] = { 4, 5 }, unknown[] = { NO_REGISTER, 4 };
	struct test_file *t = *state;
	uint32_t two[] = { t->int_node, t->long_node };
	uint32_t proto = proto_of(t, 0, two, 2);

	add_symbol(t, "swapped", 1);
	add_symbol(t, "unknown", 2);
	add_symbol(t, "swapped_by_clang", 3);
	make_test_groups(t);
	add_instance(t, "swapped", proto, INSTANCE_AT_SYMBOL, swapped);
	/* The source, in another unit. */
	add_instance(t, "swapped", proto, 0, NULL);
	add_instance(t, "unknown", proto, INSTANCE_AT_SYMBOL, unknown);
	add_instance(t, "swapped_by_clang", proto, INSTANCE_AT_SYMBOL | INSTANCE_FROM_CLANG,
		     swapped);
	choose_functions(t);
	assert_reason(t, "swapped", FUNCTION_UNEXPECTED, "(found DWARF register 4, expected 5)");
	assert_reason(t, "unknown", FUNCTION_CHOSEN, "");
	assert_reason(t, "swapped_by_clang", FUNCTION_UNEXPECTED, "parameter 1 'a'");
}

static void unknown_architectures_have_no_expected_registers(void **state)
{
	static const int anywhere[] = { 17, 3 };
	struct test_file *t = *state;
	uint32_t two[] = { t->int_node, t->long_node };

	t->rules.abi = abi_registers_of(EM_RISCV);
	add_symbol(t, "gcc", 1);
	add_symbol(t, "clang", 2);
	make_test_groups(t);
	add_instance(t, "gcc", proto_of(t, 0, two, 2), INSTANCE_AT_SYMBOL, anywhere);
	add_instance(t, "clang", proto_of(t, 0, two, 2), INSTANCE_AT_SYMBOL | INSTANCE_FROM_CLANG,
		     anywhere);
	choose_functions(t);
	assert_reason(t, "gcc", FUNCTION_CHOSEN, "");
	assert_reason(t, "clang", FUNCTION_CHOSEN, "");
}

static void arm_passes_long_long_in_registers_that_start_even(void **state)
{
	static const int pairs[] = { 0, 2 }, packed[] = { 0, 1 };
	struct test_file *t = *state;
	uint32_t two[] = { t->int_node, t->long_node };

	t->rules.abi = abi_registers_of(EM_ARM);
	t->rules.pointer_size = 4;
	add_symbol(t, "pairs", 1);
	add_symbol(t, "packed", 2);
	make_test_groups(t);
	add_instance(t, "pairs", proto_of(t, 0, two, 2), INSTANCE_AT_SYMBOL, pairs);
	add_instance(t, "packed", proto_of(t, 0, two, 2), INSTANCE_AT_SYMBOL, packed);
	choose_functions(t);
	assert_reason(t, "pairs", FUNCTION_CHOSEN, "");
	assert_reason(t, "packed", FUNCTION_UNEXPECTED, "found DWARF register 1, expected 2");
}

static void changed_functions_are_left_out_only_if_the_compiler_says_so(void **state)
{
	static const int unknown[] = { NO_REGISTER };
	struct test_file *t = *state;
	uint32_t one[] = { t->int_node }, proto = proto_of(t, 0, one, 1);

	add_symbol(t, "unused", 1);
	add_symbol(t, "removed.isra.0", 2);
	add_symbol(t, "constant.constprop.0", 3);
	add_symbol(t, "reordered", 4);
	add_symbol(t, "nocall", 5);
	add_symbol(t, "whole.constprop.0", 6);
	make_test_groups(t);
	add_instance(t, "unused", proto, INSTANCE_AT_SYMBOL, unknown);
	add_instance(t, "removed", proto, INSTANCE_AT_SYMBOL, unknown);
	add_instance(t, "constant", proto, INSTANCE_AT_SYMBOL, unknown);
	add_instance(t, "reordered", proto, INSTANCE_AT_SYMBOL | INSTANCE_REORDERED, in_place);
	add_instance(t, "nocall", proto, INSTANCE_AT_SYMBOL | INSTANCE_FROM_CLANG | INSTANCE_NOCALL,
		     unknown);
	add_instance(t, "whole", proto, INSTANCE_AT_SYMBOL, in_place);
	choose_functions(t);
	assert_reason(t, "unused", FUNCTION_CHOSEN, "");
	assert_reason(t, "removed", FUNCTION_OPTIMIZED, "removed or replaced");
	assert_reason(t, "constant", FUNCTION_OPTIMIZED, "removed or replaced");
	assert_reason(t, "reordered", FUNCTION_REORDERED, "order of its parameters");
	assert_reason(t, "nocall", FUNCTION_OPTIMIZED, "removed or replaced");
	assert_reason(t, "whole", FUNCTION_CHOSEN, "");
}

static void functions_with_names_that_kernels_refuse_are_left_out(void **state)
{
	struct test_file *t = *state;
	uint32_t proto = proto_of(t, 0, NULL, 0);

	add_symbol(t, "_R$core", 1);
	make_test_groups(t);
	add_instance(t, "_R$core", proto, INSTANCE_AT_SYMBOL, NULL);
	choose_functions(t);
	assert_reason(t, "_R$core", FUNCTION_INVALID_NAME, "refuse");
}

static void equal_instances_are_kept_once_with_their_first_position(void **state)
{
	struct test_file *t = *state;
	uint32_t one[] = { t->int_node }, proto = proto_of(t, 0, one, 1);
	struct functions merged = {};

	add_symbol(t, "f", 1);
	make_test_groups(t);
	t->unit = 7;
	add_instance(t, "f", proto, 0, NULL);
	t->unit = 3;
	add_instance(t, "f", proto, 0, NULL);
	add_instance(t, "f", proto, 0, in_place);
	assert_int_equal(t->functions.instances.list.count, 2);
	assert_int_equal(t->functions.instances.list.items[0].first >> 32, 3);
	assert_true(functions_add(&merged, &t->functions.instances, NULL));
	assert_true(functions_add(&merged, &t->functions.instances, NULL));
	assert_int_equal(merged.instances.list.count, 2);
	functions_release(&merged);
}

/* ------------------------------------------------------------------------------- true signatures */

/* struct { long x, y; } without a name: its node has the members. */
static uint32_t pair_of_longs(struct test_file *t)
{
	const struct node_member members[] = {
		{ node_store_string(t->store, "x", 0), t->long_node, 0, 0 },
		{ node_store_string(t->store, "y", 0), t->long_node, 64, 0 },
	};
	const struct node node = { .kind = REBTF_KIND_STRUCT, .size = 16, .count = 2 };

	return node_store_add(t->store, &node, members);
}

/* Prints the true signature as "name:type ..."; "unexpected" if it has no true signature. */
static void assert_signature(struct test_file *t, const uint32_t *types, uint32_t count,
			     uint32_t flags, const struct parameter_facts *facts,
			     const char *expected)
{
	const struct type_view view = { t->store, NULL, 0, 8 };
	const struct function_instance instance = { .proto = proto_of(t, 0, types, count),
						    .parameter_count = (uint16_t)count,
						    .flags = flags | INSTANCE_HAS_FACTS };
	struct true_parameter_vector parameters = {};
	char text[256] = "unexpected";

	if (true_signature(&view, t->rules.abi, &instance, facts, &parameters)) {
		*text = '\0';
		for (size_t i = 0; i < parameters.count; i++) {
			const struct true_parameter *p = &parameters.items[i];

			strcat(text, node_store_text(t->store, p->name));
			strcat(text, p->member_name ? "." : "");
			strcat(text, node_store_text(t->store, p->member_name));
			strcat(text, " ");
		}
	}
	assert_string_equal(text, expected);
	true_parameter_vector_release(&parameters);
}

static void true_signature_lacks_parameters_that_clang_removed(void **state)
{
	struct test_file *t = *state;
	const uint32_t types[] = { t->int_node, t->long_node, t->int_node };
	const struct parameter_facts first_removed[] = {
		{ .reg = NO_REGISTER },
		{ .reg = 5, .flags = PARAMETER_LOCATED },
		{ .reg = 4, .flags = PARAMETER_LOCATED },
	};
	const struct parameter_facts constant_second[] = {
		{ .reg = 5, .flags = PARAMETER_LOCATED },
		{ .reg = NO_REGISTER, .flags = PARAMETER_LOCATED | PARAMETER_CONST_LOCATION },
		{ .reg = 4, .flags = PARAMETER_LOCATED },
	};
	/* Not used, but still passed: the next one is in the register after it. */
	const struct parameter_facts unused[] = {
		{ .reg = NO_REGISTER },
		{ .reg = 4, .flags = PARAMETER_LOCATED },
		{ .reg = 1, .flags = PARAMETER_LOCATED },
	};
	const struct parameter_facts elsewhere[] = {
		{ .reg = 5, .flags = PARAMETER_LOCATED },
		{ .reg = 9, .flags = PARAMETER_LOCATED },
		{ .reg = 1, .flags = PARAMETER_LOCATED },
	};

	assert_signature(t, types, 3, INSTANCE_FROM_CLANG | INSTANCE_NOCALL, first_removed, "b c ");
	assert_signature(t, types, 3, INSTANCE_FROM_CLANG | INSTANCE_NOCALL, constant_second,
			 "a c ");
	assert_signature(t, types, 3, INSTANCE_FROM_CLANG | INSTANCE_NOCALL, unused, "a b c ");
	assert_signature(t, types, 3, INSTANCE_FROM_CLANG | INSTANCE_NOCALL, elsewhere,
			 "unexpected");
	/* clang did not change this one. */
	assert_signature(t, types, 3, INSTANCE_FROM_CLANG, first_removed, "a b c ");
}

static void true_signature_has_the_member_that_is_passed_instead_of_a_struct(void **state)
{
	struct test_file *t = *state;
	const uint32_t types[] = { pair_of_longs(t), t->int_node };
	const struct parameter_facts second_member[] = {
		{ .reg = 5,
		  .flags = PARAMETER_LOCATED | PARAMETER_PIECE_REGISTER,
		  .second_part = 1 },
		{ .reg = 4, .flags = PARAMETER_LOCATED },
	};
	const struct parameter_facts both_members[] = {
		{ .reg = 5, .flags = PARAMETER_LOCATED, .first_part = 1, .second_part = 1 },
		{ .reg = 1, .flags = PARAMETER_LOCATED },
	};

	assert_signature(t, types, 2, INSTANCE_FROM_CLANG | INSTANCE_NOCALL, second_member,
			 "a.y b ");
	assert_signature(t, types, 2, INSTANCE_FROM_CLANG | INSTANCE_NOCALL, both_members, "a b ");
}

static void true_signature_lacks_parameters_that_gcc_moved_to_the_end(void **state)
{
	struct test_file *t = *state;
	const uint32_t types[] = { t->long_node, t->int_node };
	const struct parameter_facts facts[] = {
		{ .reg = 5, .flags = PARAMETER_LOCATED },
		{ .reg = NO_REGISTER },
	};

	assert_signature(t, types, 2, INSTANCE_REORDERED, facts, "a ");
}

static void functions_with_a_true_signature_are_chosen(void **state)
{
	static const int removed[] = { NO_REGISTER };
	struct test_file *t = *state;
	uint32_t one[] = { t->int_node }, proto = proto_of(t, 0, one, 1);

	t->rules.features |= ENCODE_SIGNATURES;
	add_symbol(t, "changed.isra.0", 1);
	add_symbol(t, "plain", 2);
	make_test_groups(t);
	add_instance(t, "changed", proto, INSTANCE_AT_SYMBOL, removed);
	add_instance(t, "plain", proto, INSTANCE_AT_SYMBOL, in_place);
	choose_functions(t);
	assert_reason(t, "changed", FUNCTION_CHOSEN, "");
	assert_true(t->functions.choices.items[group_index(t, "changed")].is_true);
	assert_false(t->functions.choices.items[group_index(t, "plain")].is_true);
}

#define with_file(test) cmocka_unit_test_setup_teardown(test, new_file, free_file)

int main(void)
{
	const struct CMUnitTest tests[] = {
		with_file(function_without_dwarf_is_left_out),
		with_file(ambiguous_functions_are_left_out),
		with_file(prototypes_are_compared_by_names_and_without_const),
		with_file(functions_with_inconsistent_prototypes_are_left_out),
		with_file(inconsistent_functions_stay_if_the_feature_is_off),
		with_file(functions_with_parameters_in_other_registers_are_left_out),
		with_file(unknown_architectures_have_no_expected_registers),
		with_file(arm_passes_long_long_in_registers_that_start_even),
		with_file(changed_functions_are_left_out_only_if_the_compiler_says_so),
		with_file(functions_with_names_that_kernels_refuse_are_left_out),
		with_file(equal_instances_are_kept_once_with_their_first_position),
		with_file(true_signature_lacks_parameters_that_clang_removed),
		with_file(true_signature_has_the_member_that_is_passed_instead_of_a_struct),
		with_file(true_signature_lacks_parameters_that_gcc_moved_to_the_end),
		with_file(functions_with_a_true_signature_are_chosen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
