/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Unit tests: the BTF of programs that gcc and clang compile, in all versions of DWARF. The expected
 * layouts are those of the C standard and of the x86-64 ABI.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "btf/build_for_test.h"
#include "encode/condense.h"
#include "encode/encode.h"
#include "graph/dedup.h"
#include "module/debug_file.h"
#include "util/testing.h"

static const char types[] =
	"typedef unsigned int u32;\n"
	"struct declared; union declared_union; enum declared_enum;\n"
	"struct bits { int a : 3; unsigned int b : 5; u32 : 2; u32 c : 7; long d : 40;\n"
	"	char plain; };\n"
	"struct __attribute__((packed)) packed { char c; int x; int odd : 31; int even : 17; };\n"
	"union mixed { int number; struct { char low, high; }; enum { ZERO, FIVE = 5 } value; };\n"
	"struct list { struct list *next, **previous; };\n"
	"struct arrays { int matrix[2][3]; char flexible[]; };\n"
	"enum negative { BELOW = -1, ABOVE = 1 };\n"
	"enum large { LARGE = 0x80000000 };\n"
	"enum wide { WIDE = 0x100000000 };\n"
	"enum wide_negative { WIDE_BELOW = -0x100000000 };\n"
	"typedef int callback(const char *restrict, ...);\n"
	"typedef struct { volatile int value; } unnamed;\n"
	"struct user { struct declared *d; union declared_union *u; callback *f; unnamed *n;\n"
	"	const void *v; double real; };\n"
	"struct bits bits; struct packed packed; union mixed mixed; struct list list;\n"
	"struct arrays *arrays; enum negative negative; enum large large; enum wide wide;\n"
	"enum wide_negative wide_negative; struct user user;\n"
	"int function(void)\n"
	"{ struct local { int x; } l = { 1 }; { struct local { char y; } m = { 2 };\n"
	"  return l.x + m.y; } }\n";

/* --- compiling */

/* Compiles @source with a command that has its name as %s. False: the compiler cannot do that. */
static bool compile_source(const char *directory, const char *source, const char *name,
			   const char *command)
{
	char line[4096];

	write_bytes(scratch_path(directory, name), source, strlen(source));
	snprintf(line, sizeof(line), "cd '%s' && { %s; } >/dev/null 2>&1", directory, command);
	return !system(line);
}

static const char *const compilers[] = {
	"gcc -gdwarf-2",
	"gcc -gdwarf-3",
	"gcc -gdwarf-4",
	"gcc -gdwarf-5",
	"clang -gdwarf-2",
	"clang -gdwarf-3",
	"clang -gdwarf-4",
	"clang -gdwarf-5",
	"gcc -gdwarf-4 -fdebug-types-section",
	"gcc -gdwarf-5 -fdebug-types-section",
	"gcc -gdwarf-5 -gdwarf64",
};

#define COMPILERS (sizeof(compilers) / sizeof(compilers[0]))

static struct encode_options all_features(unsigned int jobs)
{
	return (struct encode_options){
		.features = ENCODE_FLOAT | ENCODE_ENUM64 | ENCODE_TYPE_TAG | ENCODE_DECL_TAG,
		.jobs = jobs,
	};
}

static struct rebtf_btf *encode_file(const char *path)
{
	_cleanup_debug_file_ struct debug_file file = {};
	struct encode_options options = all_features(1);
	struct rebtf_btf *btf;

	assert_ok(debug_file_open(path, &file));
	assert_ok(encode_object(&file.object, &options, NULL, &btf));
	return btf;
}

/* --- the description of a type, in one line */

static const char *describe(const struct rebtf_btf *btf, const char *name, uint32_t kind)
{
	static char text[1024];
	uint32_t id = rebtf_btf_find(btf, name, kind);
	const struct rebtf_type *t;
	size_t used;

	if (!id)
		return "missing";
	t = rebtf_btf_type(btf, id);
	used = snprintf(text, sizeof(text), "%u", t->size);
	for (uint32_t i = 0; i < rebtf_type_vlen(t); i++) {
		const struct rebtf_member *m = (const struct rebtf_member *)rebtf_type_data(t) + i;
		uint32_t bits = rebtf_type_kind_flag(t) ? m->offset >> 24 : 0;
		const struct rebtf_type *type = rebtf_btf_type(btf, m->type);

		used += snprintf(text + used, sizeof(text) - used, " %s@%u",
				 rebtf_btf_string(btf, m->name_off),
				 rebtf_type_kind_flag(t) ? m->offset & 0xffffff : m->offset);
		if (bits)
			used += snprintf(text + used, sizeof(text) - used, ":%u", bits);
		for (; rebtf_type_kind(type) == REBTF_KIND_ARRAY;
		     type = rebtf_btf_type(btf, rebtf_array(type)->type))
			used += snprintf(text + used, sizeof(text) - used, "[%u]",
					 rebtf_array(type)->nelems);
	}
	return text;
}

static const char *name_of(const struct rebtf_btf *btf, uint32_t id)
{
	return rebtf_btf_type_name(btf, rebtf_btf_type(btf, id));
}

static const struct rebtf_type *find_type(const struct rebtf_btf *btf, const char *name,
					  uint32_t kind)
{
	uint32_t id = rebtf_btf_find(btf, name, kind);

	assert_int_not_equal(id, 0);
	return rebtf_btf_type(btf, id);
}

static uint32_t count_kind(const struct rebtf_btf *btf, uint32_t kind, const char *name)
{
	uint32_t count = 0;

	for (uint32_t id = 1; id < rebtf_btf_type_count(btf); id++)
		count += rebtf_type_kind(rebtf_btf_type(btf, id)) == kind &&
			 !strcmp(name_of(btf, id), name);
	return count;
}

static void check_types(const struct rebtf_btf *btf)
{
	const struct rebtf_type *t;

	assert_string_equal(describe(btf, "bits", REBTF_KIND_STRUCT),
			    "16 a@0:3 b@3:5 c@10:7 d@17:40 plain@64");
	assert_string_equal(describe(btf, "packed", REBTF_KIND_STRUCT),
			    "11 c@0 x@8 odd@40:31 even@71:17");
	assert_string_equal(describe(btf, "mixed", REBTF_KIND_UNION), "4 number@0 @0 value@0");
	assert_string_equal(describe(btf, "list", REBTF_KIND_STRUCT), "16 next@0 previous@64");
	assert_string_equal(describe(btf, "arrays", REBTF_KIND_STRUCT),
			    "24 matrix@0[2][3] flexible@192[0]");
	assert_string_equal(describe(btf, "user", REBTF_KIND_STRUCT),
			    "48 d@0 u@64 f@128 n@192 v@256 real@320");
	assert_int_equal(count_kind(btf, REBTF_KIND_STRUCT, "local"), 2);
	assert_int_equal(count_kind(btf, REBTF_KIND_FWD, "declared"), 1);
	assert_true(rebtf_type_kind_flag(find_type(btf, "declared_union", REBTF_KIND_FWD)));
	assert_true(rebtf_type_kind_flag(find_type(btf, "negative", REBTF_KIND_ENUM)));
	t = find_type(btf, "large", REBTF_KIND_ENUM);
	assert_false(rebtf_type_kind_flag(t));
	assert_int_equal((uint32_t)((const struct rebtf_enum *)rebtf_type_data(t))->val,
			 0x80000000);
	t = find_type(btf, "wide", REBTF_KIND_ENUM64);
	assert_int_equal(((const struct rebtf_enum64 *)rebtf_type_data(t))->val_hi32, 1);
	assert_int_equal(find_type(btf, "double", REBTF_KIND_FLOAT)->size, 8);
	t = find_type(btf, "callback", REBTF_KIND_TYPEDEF);
	t = rebtf_btf_type(btf, t->type);
	assert_int_equal(rebtf_type_kind(t), REBTF_KIND_FUNC_PROTO);
	assert_int_equal(rebtf_type_vlen(t), 2);
	assert_int_equal(((const struct rebtf_param *)rebtf_type_data(t))[1].type, 0);
}

static void types_are_those_of_the_program_in_all_versions_of_dwarf(void **state)
{
	uint32_t compiled = 0;

	(void)state;
	for (size_t i = 0; i < COMPILERS; i++) {
		_cleanup_scratch_ char *directory = scratch_new();
		char command[256];
		struct rebtf_btf *btf;

		snprintf(command, sizeof(command), "%s -std=gnu11 -O1 -w -c types.c -o out.o",
			 compilers[i]);
		if (!compile_source(directory, types, "types.c", command))
			continue;
		compiled++;
		btf = encode_file(scratch_path(directory, "out.o"));
		check_types(btf);
		rebtf_btf_unref(btf);
	}
	if (!compiled)
		skip();
}

static void tags_of_clang_become_tags(void **state)
{
	static const char source[] = "#define T(x) __attribute__((btf_type_tag(x)))\n"
				     "struct tagged { int T(\"first\") T(\"second\") *p;\n"
				     "	int m __attribute__((btf_decl_tag(\"member\"))); }\n"
				     "	__attribute__((btf_decl_tag(\"whole\")));\n"
				     "struct tagged tagged;\n";
	_cleanup_scratch_ char *directory = scratch_new();
	struct rebtf_btf *btf;
	const struct rebtf_type *t;

	(void)state;
	if (!compile_source(directory, source, "tags.c", "clang -g -c tags.c -o out.o"))
		skip();
	btf = encode_file(scratch_path(directory, "out.o"));
	t = find_type(btf, "second", REBTF_KIND_TYPE_TAG);
	assert_string_equal(name_of(btf, t->type), "first");
	t = find_type(btf, "member", REBTF_KIND_DECL_TAG);
	assert_string_equal(name_of(btf, t->type), "tagged");
	assert_int_equal(*(const int32_t *)rebtf_type_data(t), 1);
	t = find_type(btf, "whole", REBTF_KIND_DECL_TAG);
	assert_int_equal(*(const int32_t *)rebtf_type_data(t), -1);
	rebtf_btf_unref(btf);
}

/* --- several units */

static const char header[] = "struct shared; struct only_declared; struct ambiguous;\n"
			     "struct other { struct shared *s; int array[4]; };\n"
			     "struct shared { int a; struct other *o; struct only_declared *d;\n"
			     "	union { int x; struct ambiguous *y; }; enum { EA, EB } e; };\n"
			     "typedef struct { struct shared *s; struct ambiguous *a; } unnamed;\n";
static const char *const units[] = {
	"#include \"h.h\"\nstruct ambiguous { int one; } a1; struct shared s1; unnamed u1;\n",
	"#include \"h.h\"\nstruct ambiguous { char two; } a2; struct shared s2; unnamed u2;\n",
	"#include \"h.h\"\nstruct only_declared { int z; } o3; struct shared s3; unnamed *u3;\n",
	"#include \"h.h\"\nstruct ambiguous { int one; } a4; struct other o4;\n"
	"#ifndef NO_FUNCTION\n"
	"int f(unnamed *u)\n"
	"{ struct ambiguous { long local; } l = { 1 }; return l.local + u->s->a; }\n"
	"#endif\n",
};

static bool compile_units(const char *directory, const char *compiler)
{
	char command[512];

	write_bytes(scratch_path(directory, "h.h"), header, strlen(header));
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		char name[8];

		snprintf(name, sizeof(name), "u%zu.c", i);
		write_bytes(scratch_path(directory, name), units[i], strlen(units[i]));
	}
	snprintf(command, sizeof(command),
		 "%s -O1 -w -fPIC -shared -nostdlib u0.c u1.c u2.c u3.c -o out.so", compiler);
	return compile_source(directory, "", "empty.c", command);
}

/* The number of types, without functions and their prototypes. */
static uint32_t count_data_types(const struct rebtf_btf *btf)
{
	uint32_t count = 0;

	for (uint32_t id = 1; id < rebtf_btf_type_count(btf); id++) {
		uint32_t kind = rebtf_type_kind(rebtf_btf_type(btf, id));

		count += kind != REBTF_KIND_FUNC && kind != REBTF_KIND_FUNC_PROTO;
	}
	return count;
}

/* Adds the types of units @first to @end - 1 to @b, as if the file had no others. */
static void add_units(const struct dwarf_file *file, const struct dwarf_unit_vector *list,
		      uint32_t first, uint32_t end, struct rebtf_builder *b)
{
	struct unit_list *lists = calloc(list->count, sizeof(*lists));
	struct unit_reader reader = {};
	struct node_map map = {};
	struct losses losses = {};
	struct contexts contexts;
	struct condense *condense;
	struct unit_types unit;
	struct node_store *store, *all;
	uint32_t index_type;

	assert_ok(node_store_new(&store));
	assert_ok(node_store_new(&all));
	unit_types_init(&unit, store, all_features(1).features);
	for (uint32_t i = first; i < end; i++) {
		assert_ok(unit_read(&reader, file, &list->items[i]));
		assert_ok(unit_types_read(&unit, &reader, i));
		assert_ok(unit_list_make(&lists[i], unit.nodes.items, unit.nodes.count, 0));
	}
	assert_ok(node_merge(&store, 1, NULL, NULL, all, &map, &losses));
	index_type = condense_index_type(all);
	assert_ok(contexts_make(&contexts, all, &map, lists, list->count));
	assert_ok(condense_new(&contexts, index_type, b, &condense));
	condense_free(condense);
	contexts_release(&contexts);
	node_map_release(&map);
	losses_release(&losses);
	unit_types_release(&unit);
	node_store_free(store);
	node_store_free(all);
	unit_reader_release(&reader);
	for (uint32_t i = 0; i < list->count; i++)
		unit_list_release(&lists[i]);
	free(lists);
}

static uint32_t deduplicated_count(struct rebtf_builder *b)
{
	struct rebtf_btf *btf = built(b), *result;
	uint32_t count;

	assert_ok(dedup_types(btf, &result, NULL));
	count = count_data_types(result);
	rebtf_btf_unref(btf);
	rebtf_btf_unref(result);
	return count;
}

/*
 * Encoding each unit alone and deduplicating everything gives the same types. They are the same if
 * both together have no more.
 */
static void check_against_single_units(const char *path)
{
	_cleanup_(dwarf_unit_vector_release) struct dwarf_unit_vector list = {};
	struct rebtf_builder *single = build_over(NULL), *both = build_over(NULL);
	_cleanup_debug_file_ struct debug_file file = {};
	struct rebtf_btf *encoded = encode_file(path);
	uint32_t count = count_data_types(encoded);

	assert_ok(debug_file_open(path, &file));
	assert_ok(dwarf_units(&file.object.dwarf, &list));
	for (uint32_t i = 0; i < list.count; i++) {
		add_units(&file.object.dwarf, &list, i, i + 1, single);
		add_units(&file.object.dwarf, &list, i, i + 1, both);
	}
	add_units(&file.object.dwarf, &list, 0, list.count, both);
	assert_int_equal(deduplicated_count(single), count);
	assert_int_equal(deduplicated_count(both), count);
	rebtf_btf_unref(encoded);
}

static void units_encoded_one_by_one_have_the_same_types(void **state)
{
	uint32_t compiled = 0;

	(void)state;
	/* Type units refer to each other, so they cannot be encoded alone. */
	for (size_t i = 2; i < 8; i++) {
		_cleanup_scratch_ char *directory = scratch_new();

		if (!compile_units(directory, compilers[i]))
			continue;
		compiled++;
		check_against_single_units(scratch_path(directory, "out.so"));
	}
	if (!compiled)
		skip();
}

/* How the types of units are stored has no influence: as without link-time optimization or dwz. */
static void types_of_other_units_are_found(void **state)
{
	static const char *const forms[] = {
		"gcc -g -gdwarf-5 -flto",
		"gcc -g -gdwarf-4 -fdebug-types-section",
		"gcc -g -gdwarf-5 -fdebug-types-section",
	};
	_cleanup_scratch_ char *directory = scratch_new();
	struct rebtf_btf *plain, *other;
	_cleanup_free_ char *path = NULL;

	(void)state;
	if (!compile_units(directory, "gcc -g -gdwarf-5 -DNO_FUNCTION"))
		skip();
	path = strdup(scratch_path(directory, "out.so"));
	plain = encode_file(path);
	if (compile_source(directory, "", "empty.c", "dwz out.so")) {
		other = encode_file(path);
		assert_int_equal(count_data_types(other), count_data_types(plain));
		rebtf_btf_unref(other);
	}
	if (compile_units(directory, "gcc -g -gdwarf-5 -DNO_FUNCTION") &&
	    compile_source(directory, "", "empty.c", "cp out.so b.so; dwz -m common out.so b.so")) {
		other = encode_file(path);
		assert_int_equal(count_data_types(other), count_data_types(plain));
		rebtf_btf_unref(other);
	}
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (!compile_units(directory, forms[i]))
			continue;
		other = encode_file(path);
		assert_string_equal(describe(other, "shared", REBTF_KIND_STRUCT),
				    "40 a@0 o@64 d@128 @192 e@256");
		assert_int_equal(count_kind(other, REBTF_KIND_STRUCT, "ambiguous"), 3);
		assert_int_equal(count_kind(other, REBTF_KIND_STRUCT, "only_declared"), 1);
		rebtf_btf_unref(other);
	}
	rebtf_btf_unref(plain);
}

static void options_of_a_later_version_are_refused(void **state)
{
	const uint32_t last = REBTF_ENCODE_REPRODUCIBLE;
	REBTF_OPTIONS(rebtf_encode_options, sorted, .sort = REBTF_SORT_NEVER + 1);
	REBTF_OPTIONS(rebtf_encode_options, known, .features = last);
	struct rebtf_encoding *encoding;

	(void)state;
	assert_fails(rebtf_encode("missing", &sorted, &encoding), REBTF_ERR_ARGUMENT,
		     "unknown sorting 3");
	assert_fails(rebtf_encode("missing", &known, &encoding), REBTF_ERR_IO, "missing");
	for (uint32_t bit = 2 * last; bit; bit *= 2) {
		REBTF_OPTIONS(rebtf_encode_options, unknown, .features = bit | last);

		assert_fails(rebtf_encode("missing", &unknown, &encoding), REBTF_ERR_ARGUMENT,
			     "unknown features");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(types_are_those_of_the_program_in_all_versions_of_dwarf),
		cmocka_unit_test(tags_of_clang_become_tags),
		cmocka_unit_test(units_encoded_one_by_one_have_the_same_types),
		cmocka_unit_test(types_of_other_units_are_found),
		cmocka_unit_test(options_of_a_later_version_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
