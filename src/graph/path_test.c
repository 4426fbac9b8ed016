/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Tests of paths to a type: the chosen path, for each class, and the cost of cycles. */
#include "split/split_for_test.h"

/* The distilled base of all tests in this file. */
enum { DEVICE = 1, FILE_, INT, COLOUR, OWN };

static struct rebtf_builder *build_over_device(void)
{
	struct rebtf_builder *b = build_over(NULL);
	_cleanup_unref_ struct rebtf_btf *base = NULL;

	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "device", 744);
	rebtf_builder_fwd(b, REBTF_KIND_STRUCT, "file");
	add_int(b);
	rebtf_builder_enum(b, REBTF_KIND_ENUM, "colour", 4, REBTF_UNSIGNED);
	base = built(b);
	return build_over(base);
}

/* A struct that holds @type. */
static uint32_t add_holder(struct rebtf_builder *b, const char *name, const char *member,
			   uint32_t type)
{
	uint32_t id = rebtf_builder_struct(b, REBTF_KIND_STRUCT, name, 744);

	rebtf_builder_member(b, "first", INT, 0, 0);
	rebtf_builder_member(b, member, type, 64, 0);
	return id;
}

/* A function with a number and one more parameter. It returns @result unless that is 0. */
static uint32_t add_function(struct rebtf_builder *b, const char *name, const char *param,
			     uint32_t type, uint32_t result)
{
	uint32_t proto = rebtf_builder_func_proto(b, result);

	rebtf_builder_param(b, "number", INT);
	rebtf_builder_param(b, param, type);
	return rebtf_builder_func(b, name, REBTF_LINKAGE_STATIC, proto);
}

/* "STRUCT own.dev > STRUCT device": a dot precedes the member of the next type. */
static char *path_text(struct rebtf_paths *paths, const struct rebtf_btf *split, uint32_t id,
		       enum rebtf_reliance class)
{
	struct rebtf_path *path;
	size_t size;
	char *data;
	FILE *text = open_memstream(&data, &size);

	assert_ok(rebtf_paths_find(paths, id, class, &path));
	for (size_t i = 0; i < rebtf_path_count(path); i++) {
		const struct rebtf_step *step = rebtf_path_at(path, i);
		const struct rebtf_type *t = rebtf_btf_type(split, step->type_id);
		const char *name = rebtf_btf_type_name(split, t);

		fprintf(text, "%s%s%s%s", i ? " > " : "", rebtf_kind_name(rebtf_type_kind(t)),
			*name ? " " : "", name);
		if (step->member)
			fprintf(text, ".%s", step->member);
	}
	/* NULL is a path without steps. */
	assert_none_beyond(path, path);
	rebtf_path_free(path);
	fclose(text);
	return data;
}

static void assert_path(struct rebtf_paths *paths, const struct rebtf_btf *split, uint32_t id,
			enum rebtf_reliance class, const char *want)
{
	_cleanup_free_ char *text = path_text(paths, split, id, class);

	assert_string_equal(text, want);
}

/* Asserts the paths from the split BTF that @b becomes to one type of its base. */
static void assert_paths(struct rebtf_builder *b, const struct rebtf_trust *trust, uint32_t id,
			 const char *anyhow, const char *embedded, const char *trusted)
{
	_cleanup_unref_ struct rebtf_btf *split = built(b);
	struct rebtf_paths *paths;
	struct rebtf_path *path;

	assert_ok(rebtf_paths_new(split, trust, &paths));
	assert_path(paths, split, id, REBTF_RELIANCE_POINTER_ONLY, anyhow);
	assert_path(paths, split, id, REBTF_RELIANCE_EMBEDDED, embedded);
	assert_path(paths, split, id, REBTF_RELIANCE_TRUSTED, trusted);
	assert_fails(rebtf_paths_find(paths, id, (enum rebtf_reliance)7, &path), REBTF_ERR_ARGUMENT,
		     "unknown reliance 7 (maximum 2)");
	rebtf_paths_free(paths);
}

static void a_member_is_named(void **state)
{
	struct rebtf_builder *b = build_over_device();

	(void)state;
	add_holder(b, "own", "dev", DEVICE);
	assert_paths(b, NULL, DEVICE, "STRUCT own.dev > STRUCT device",
		     "STRUCT own.dev > STRUCT device", "");
}

static void a_pointer_embeds_nothing(void **state)
{
	struct rebtf_builder *b = build_over_device();

	(void)state;
	rebtf_builder_ref(b, REBTF_KIND_PTR, DEVICE);
	add_holder(b, "own", "dev", OWN);
	assert_paths(b, NULL, DEVICE, "STRUCT own.dev > PTR > STRUCT device", "", "");
}

static void each_class_has_its_own_way(void **state)
{
	struct rebtf_builder *b = build_over_device();
	uint32_t array, func;

	(void)state;
	array = rebtf_builder_array(b, DEVICE, INT, 2);
	array = rebtf_builder_typedef(b, "devices_t", array);
	add_holder(b, "own", "devs", rebtf_builder_ref(b, REBTF_KIND_CONST, array));
	rebtf_builder_typedef(b, "device_t", DEVICE);
	func = add_function(b, "get", "dev", rebtf_builder_ref(b, REBTF_KIND_PTR, DEVICE), 0);
	rebtf_builder_decl_tag(b, "bpf_kfunc", func, -1);
	assert_paths(b, NULL, DEVICE, "TYPEDEF device_t > STRUCT device",
		     "STRUCT own.devs > CONST > TYPEDEF devices_t > ARRAY > STRUCT device",
		     "FUNC get > FUNC_PROTO.dev > PTR > STRUCT device");
}

static void results_have_no_name(void **state)
{
	struct rebtf_builder *b = build_over_device();

	(void)state;
	add_function(b, "get", "n", INT, rebtf_builder_ref(b, REBTF_KIND_PTR, DEVICE));
	assert_paths(b, NULL, DEVICE, "FUNC get > FUNC_PROTO > PTR > STRUCT device", "", "");
}

static void variables_and_parameters_are_by_value(void **state)
{
	struct rebtf_builder *b = build_over_device();

	(void)state;
	rebtf_builder_var(b, "the_device", REBTF_LINKAGE_GLOBAL, DEVICE);
	assert_paths(b, NULL, DEVICE, "VAR the_device > STRUCT device",
		     "VAR the_device > STRUCT device", "");
	b = build_over_device();
	add_function(b, "paint", "c", COLOUR, 0);
	assert_paths(b, NULL, COLOUR, "FUNC paint > FUNC_PROTO.c > ENUM colour",
		     "FUNC paint > FUNC_PROTO.c > ENUM colour", "");
}

static void what_a_kernel_looks_at_comes_before_other_values(void **state)
{
	struct rebtf_builder *b = build_over_device();
	uint32_t inner;

	(void)state;
	rebtf_builder_var(b, "the_device", REBTF_LINKAGE_GLOBAL, DEVICE);
	inner = rebtf_builder_struct(b, REBTF_KIND_UNION, NULL, 744);
	rebtf_builder_member(b, "dev", DEVICE, 0, 0);
	add_holder(b, "own", NULL, inner);
	assert_paths(b, NULL, DEVICE, "VAR the_device > STRUCT device",
		     "STRUCT own. > UNION.dev > STRUCT device", "");
}

static void without_a_name_to_start_from_any_type_will_do(void **state)
{
	struct rebtf_builder *b = build_over_device();

	(void)state;
	add_holder(b, NULL, "dev", DEVICE);
	assert_paths(b, NULL, DEVICE, "STRUCT.dev > STRUCT device", "STRUCT.dev > STRUCT device",
		     "");
}

/* A kernel looks at the unnamed struct, but not at the variable. */
static void a_named_variable_explains_more_than_an_unnamed_struct(void **state)
{
	struct rebtf_builder *b = build_over_device();

	(void)state;
	add_holder(b, NULL, "dev", DEVICE);
	rebtf_builder_var(b, "the_devices", REBTF_LINKAGE_STATIC,
			  rebtf_builder_array(b, OWN, INT, 2));
	assert_paths(b, NULL, DEVICE, "VAR the_devices > ARRAY > STRUCT.dev > STRUCT device",
		     "VAR the_devices > ARRAY > STRUCT.dev > STRUCT device", "");
}

static void trust_starts_where_the_caller_says(void **state)
{
	static const char *const names[] = { "own", "device" };
	const uint32_t ids[] = { OWN };
	const struct rebtf_trust by_name = { .size = sizeof(struct rebtf_trust),
					     .names = names,
					     .name_count = 1 };
	const struct rebtf_trust itself = { .size = sizeof(struct rebtf_trust),
					    .names = names,
					    .name_count = 2 };
	const struct rebtf_trust by_id = { .size = sizeof(struct rebtf_trust),
					   .ids = ids,
					   .id_count = 1 };

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct rebtf_builder *b = build_over_device();

		add_holder(b, "own", "dev", DEVICE);
		assert_paths(b, (const struct rebtf_trust *[]){ &by_name, &itself, &by_id }[i],
			     DEVICE, "STRUCT own.dev > STRUCT device",
			     "STRUCT own.dev > STRUCT device",
			     i == 1 ? "STRUCT device" : "STRUCT own.dev > STRUCT device");
	}
}

static void struct_ops_are_trusted_with_what_their_functions_take(void **state)
{
	struct rebtf_builder *b = build_over_device();
	uint32_t proto, ops;

	(void)state;
	rebtf_builder_ref(b, REBTF_KIND_PTR, FILE_);
	proto = rebtf_builder_func_proto(b, 0);
	rebtf_builder_param(b, "file", OWN);
	ops = add_holder(b, "my_ops", "open", rebtf_builder_ref(b, REBTF_KIND_PTR, proto));
	add_holder(b, "bpf_struct_ops_my_ops", "data", ops);
	assert_paths(b, NULL, FILE_, "STRUCT my_ops.open > PTR > FUNC_PROTO.file > PTR > FWD file",
		     "",
		     "STRUCT bpf_struct_ops_my_ops.data > STRUCT my_ops.open > PTR > "
		     "FUNC_PROTO.file > PTR > FWD file");
}

static void circles_come_to_an_end(void **state)
{
	struct rebtf_builder *b = build_over_device();

	(void)state;
	/* [OWN] points to [OWN + 1], which holds it. */
	rebtf_builder_ref(b, REBTF_KIND_PTR, OWN + 1);
	add_holder(b, "list", "next", OWN);
	assert_paths(b, NULL, DEVICE, "", "", "");
}

static void ways_are_no_longer_than_one_can_read(void **state)
{
	struct rebtf_builder *b = build_over_device();
	uint32_t id = DEVICE;

	(void)state;
	for (int i = 0; i < 100000; i++)
		id = rebtf_builder_ref(b, REBTF_KIND_CONST, id);
	add_holder(b, "own", "dev", id);
	/* The path from the named type is too long. The last link alone is a path, too. */
	assert_paths(b, NULL, DEVICE, "CONST > STRUCT device", "", "");
}

static void only_types_of_the_base_have_ways(void **state)
{
	struct rebtf_builder *b = build_over_device();

	(void)state;
	add_holder(b, "own", "dev", DEVICE);
	assert_paths(b, NULL, OWN, "", "", "");
	b = build_over_device();
	add_holder(b, "own", "dev", DEVICE);
	assert_paths(b, NULL, UINT32_MAX, "", "", "");
}

/* More often than the queue of the search has entries. */
static void what_failed_can_be_asked_again(void **state)
{
	_cleanup_unref_ struct rebtf_btf *split = NULL;
	struct rebtf_builder *b = build_over_device();
	struct rebtf_path *path;
	struct rebtf_paths *paths;
	uint32_t ids[] = { OWN, 0 };

	(void)state;
	add_holder(b, "own", "dev", DEVICE);
	split = built(b);
	ids[1] = rebtf_btf_type_count(split);
	assert_ok(rebtf_paths_new(split,
				  &(struct rebtf_trust){ .size = sizeof(struct rebtf_trust),
							 .ids = ids,
							 .id_count = 2 },
				  &paths));
	for (int i = 0; i < 1000; i++)
		assert_fails(rebtf_paths_find(paths, DEVICE, REBTF_RELIANCE_TRUSTED, &path),
			     REBTF_ERR_ARGUMENT, "cannot trust nonexistent type [");
	assert_path(paths, split, DEVICE, REBTF_RELIANCE_EMBEDDED,
		    "STRUCT own.dev > STRUCT device");
	rebtf_paths_free(paths);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_member_is_named),
		cmocka_unit_test(a_pointer_embeds_nothing),
		cmocka_unit_test(each_class_has_its_own_way),
		cmocka_unit_test(results_have_no_name),
		cmocka_unit_test(variables_and_parameters_are_by_value),
		cmocka_unit_test(what_a_kernel_looks_at_comes_before_other_values),
		cmocka_unit_test(without_a_name_to_start_from_any_type_will_do),
		cmocka_unit_test(a_named_variable_explains_more_than_an_unnamed_struct),
		cmocka_unit_test(trust_starts_where_the_caller_says),
		cmocka_unit_test(struct_ops_are_trusted_with_what_their_functions_take),
		cmocka_unit_test(circles_come_to_an_end),
		cmocka_unit_test(ways_are_no_longer_than_one_can_read),
		cmocka_unit_test(only_types_of_the_base_have_ways),
		cmocka_unit_test(what_failed_can_be_asked_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
