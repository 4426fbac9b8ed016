/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Compares how libbpf and rebtf build BTF, in one process on a single thread. Both build the types
 * of the same real BTF again, call by call, and write the result to memory. In each repetition the
 * libraries take turns.
 *
 *	build BASE DIR REPETITIONS < NAMES
 *
 * BASE is a kernel's BTF, NAMES are its modules' BTF files below DIR. Prints a line for each figure:
 * its name, and the median microseconds of CPU time of libbpf and of rebtf.
 */
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "rebtf.h"

enum figure {
	BUILD_BASE,  /* all types of the base, by one call for each type and element */
	COPY_BASE,   /* all types of the base, copied */
	BUILD_SPLIT, /* all types of a module, over the base */
	COPY_SPLIT,  /* the same, copied */
	STRINGS,     /* all strings of the base, looked up in a builder over it */
	DEDUP,	     /* all types of the base, twice, deduplicated */
	FIGURES,
};

static const char *const figure_names[FIGURES] = {
	[BUILD_BASE] = "build base", [COPY_BASE] = "copy base",	 [BUILD_SPLIT] = "build split",
	[COPY_SPLIT] = "copy split", [STRINGS] = "base strings", [DEDUP] = "dedup",
};

enum side { LIBBPF, REBTF, SIDES };

#define REPETITIONS 100

static double taken[SIDES][FIGURES][REPETITIONS];

static __attribute__((noreturn)) void die(const char *what, const char *why)
{
	fprintf(stderr, "build: %s: %s\n", what, why);
	exit(2);
}

static void must(struct rebtf_error *err)
{
	if (err)
		die("rebtf", rebtf_error_text(err));
}

static double now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * 1e6 + t.tv_nsec / 1e3;
}

/* The bytes that both libraries made. */
struct result {
	void *data;
	size_t size;
};

/* --- libbpf */

static const char *name_at(const struct btf *src, uint32_t off)
{
	return btf__name_by_offset(src, off);
}

static int add_elements_libbpf(struct btf *to, const struct btf *src, const struct btf_type *t)
{
	int err = 0;

	for (int i = 0; i < btf_vlen(t) && err >= 0; i++) {
		switch (btf_kind(t)) {
		case BTF_KIND_STRUCT:
		case BTF_KIND_UNION:
			err = btf__add_field(to, name_at(src, btf_members(t)[i].name_off),
					     btf_members(t)[i].type, btf_member_bit_offset(t, i),
					     btf_member_bitfield_size(t, i));
			break;
		case BTF_KIND_ENUM:
			err = btf__add_enum_value(to, name_at(src, btf_enum(t)[i].name_off),
						  btf_kflag(t)
							  ? btf_enum(t)[i].val
							  : (int64_t)(uint32_t)btf_enum(t)[i].val);
			break;
		case BTF_KIND_ENUM64:
			err = btf__add_enum64_value(to, name_at(src, btf_enum64(t)[i].name_off),
						    btf_enum64_value(&btf_enum64(t)[i]));
			break;
		case BTF_KIND_FUNC_PROTO:
			err = btf__add_func_param(to, name_at(src, btf_params(t)[i].name_off),
						  btf_params(t)[i].type);
			break;
		case BTF_KIND_DATASEC:
			err = btf__add_datasec_var_info(to, btf_var_secinfos(t)[i].type,
							btf_var_secinfos(t)[i].offset,
							btf_var_secinfos(t)[i].size);
			break;
		}
	}
	return err;
}

static int add_head_libbpf(struct btf *to, const struct btf *src, const struct btf_type *t)
{
	const char *name = name_at(src, t->name_off);

	switch (btf_kind(t)) {
	case BTF_KIND_INT:
		return btf__add_int(to, name, t->size, btf_int_encoding(t));
	case BTF_KIND_FLOAT:
		return btf__add_float(to, name, t->size);
	case BTF_KIND_PTR:
		return btf__add_ptr(to, t->type);
	case BTF_KIND_ARRAY:
		return btf__add_array(to, btf_array(t)->index_type, btf_array(t)->type,
				      btf_array(t)->nelems);
	case BTF_KIND_STRUCT:
		return btf__add_struct(to, name, t->size);
	case BTF_KIND_UNION:
		return btf__add_union(to, name, t->size);
	case BTF_KIND_ENUM:
		return btf__add_enum(to, name, t->size);
	case BTF_KIND_ENUM64:
		return btf__add_enum64(to, name, t->size, btf_kflag(t));
	case BTF_KIND_FWD:
		return btf__add_fwd(to, name, btf_kflag(t) ? BTF_FWD_UNION : BTF_FWD_STRUCT);
	case BTF_KIND_TYPEDEF:
		return btf__add_typedef(to, name, t->type);
	case BTF_KIND_VOLATILE:
		return btf__add_volatile(to, t->type);
	case BTF_KIND_CONST:
		return btf__add_const(to, t->type);
	case BTF_KIND_RESTRICT:
		return btf__add_restrict(to, t->type);
	case BTF_KIND_TYPE_TAG:
		return btf__add_type_tag(to, name, t->type);
	case BTF_KIND_FUNC:
		return btf__add_func(to, name, btf_vlen(t), t->type);
	case BTF_KIND_FUNC_PROTO:
		return btf__add_func_proto(to, t->type);
	case BTF_KIND_VAR:
		return btf__add_var(to, name, btf_var(t)->linkage, t->type);
	case BTF_KIND_DATASEC:
		return btf__add_datasec(to, name, t->size);
	case BTF_KIND_DECL_TAG:
		return btf__add_decl_tag(to, name, t->type, btf_decl_tag(t)->component_idx);
	default:
		return -1;
	}
}

static struct btf *build_libbpf(const struct btf *src, struct btf *base)
{
	struct btf *to = base ? btf__new_empty_split(base) : btf__new_empty();
	uint32_t size;

	for (uint32_t id = base ? btf__type_cnt(base) : 1; id < btf__type_cnt(src); id++) {
		const struct btf_type *t = btf__type_by_id(src, id);

		if (add_head_libbpf(to, src, t) != (int)id || add_elements_libbpf(to, src, t) < 0)
			die("libbpf", "cannot add a type");
	}
	if (!btf__raw_data(to, &size))
		die("btf__raw_data", "failed");
	return to;
}

/* btf__add_btf() copies only what is not split, so types of a module are copied one by one. */
static struct btf *copy_libbpf(const struct btf *src, struct btf *base)
{
	struct btf *to = base ? btf__new_empty_split(base) : btf__new_empty();
	uint32_t size;

	if (!base && btf__add_btf(to, src) < 0)
		die("btf__add_btf", "failed");
	for (uint32_t id = base ? btf__type_cnt(base) : 1; base && id < btf__type_cnt(src); id++) {
		if (btf__add_type(to, src, btf__type_by_id(src, id)) != (int)id)
			die("btf__add_type", "failed");
	}
	if (!btf__raw_data(to, &size))
		die("btf__raw_data", "failed");
	return to;
}

/* --- rebtf */

static void add_elements_rebtf(struct rebtf_builder *to, const struct rebtf_btf *src,
			       const struct rebtf_type *t)
{
	const struct rebtf_member *members = rebtf_members(t);
	const struct rebtf_param *params = rebtf_params(t);
	const struct rebtf_enum *values = rebtf_enums(t);
	const struct rebtf_enum64 *wide = rebtf_enums64(t);
	const struct rebtf_var_secinfo *vars = rebtf_var_secinfos(t);

	for (uint32_t i = 0; i < rebtf_type_vlen(t); i++) {
		switch (rebtf_type_kind(t)) {
		case REBTF_KIND_STRUCT:
		case REBTF_KIND_UNION:
			rebtf_builder_member(to, rebtf_btf_string(src, members[i].name_off),
					     members[i].type,
					     rebtf_member_bit_offset(t, &members[i]),
					     rebtf_member_bitfield_size(t, &members[i]));
			break;
		case REBTF_KIND_ENUM:
			rebtf_builder_enumerator(to, rebtf_btf_string(src, values[i].name_off),
						 values[i].val);
			break;
		case REBTF_KIND_ENUM64:
			rebtf_builder_enumerator(to, rebtf_btf_string(src, wide[i].name_off),
						 rebtf_enum64_value(&wide[i]));
			break;
		case REBTF_KIND_FUNC_PROTO:
			rebtf_builder_param(to, rebtf_btf_string(src, params[i].name_off),
					    params[i].type);
			break;
		case REBTF_KIND_DATASEC:
			rebtf_builder_secinfo(to, vars[i].type, vars[i].offset, vars[i].size);
			break;
		}
	}
}

static void add_head_rebtf(struct rebtf_builder *to, const struct rebtf_btf *src,
			   const struct rebtf_type *t)
{
	const char *name = rebtf_btf_type_name(src, t);
	const struct rebtf_array *array = rebtf_array(t);
	uint32_t kind = rebtf_type_kind(t);

	switch (kind) {
	case REBTF_KIND_INT:
		rebtf_builder_int(to, name, t->size, rebtf_int_encoding(t), rebtf_int_bits(t));
		break;
	case REBTF_KIND_FLOAT:
		rebtf_builder_float(to, name, t->size);
		break;
	case REBTF_KIND_ARRAY:
		rebtf_builder_array(to, array->type, array->index_type, array->nelems);
		break;
	case REBTF_KIND_STRUCT:
	case REBTF_KIND_UNION:
		rebtf_builder_struct(to, kind, name, t->size);
		break;
	case REBTF_KIND_ENUM:
	case REBTF_KIND_ENUM64:
		rebtf_builder_enum(to, kind, name, t->size,
				   rebtf_type_kind_flag(t) ? REBTF_SIGNED : REBTF_UNSIGNED);
		break;
	case REBTF_KIND_FWD:
		rebtf_builder_fwd(to,
				  rebtf_type_kind_flag(t) ? REBTF_KIND_UNION : REBTF_KIND_STRUCT,
				  name);
		break;
	case REBTF_KIND_TYPEDEF:
		rebtf_builder_typedef(to, name, t->type);
		break;
	case REBTF_KIND_TYPE_TAG:
		rebtf_builder_type_tag(to, name, t->type);
		break;
	case REBTF_KIND_FUNC:
		rebtf_builder_func(to, name, rebtf_type_vlen(t), t->type);
		break;
	case REBTF_KIND_FUNC_PROTO:
		rebtf_builder_func_proto(to, t->type);
		break;
	case REBTF_KIND_VAR:
		rebtf_builder_var(to, name, rebtf_var_linkage(t), t->type);
		break;
	case REBTF_KIND_DATASEC:
		rebtf_builder_datasec(to, name, t->size);
		break;
	case REBTF_KIND_DECL_TAG:
		rebtf_builder_decl_tag(to, name, t->type, rebtf_decl_tag_component(t));
		break;
	default:
		rebtf_builder_ref(to, kind, t->type);
	}
}

static struct result finish_rebtf(struct rebtf_builder *to)
{
	struct rebtf_btf *btf;
	struct result result;

	must(rebtf_builder_finish(to, &btf));
	must(rebtf_btf_write(btf, NULL, &result.data, &result.size));
	rebtf_btf_unref(btf);
	return result;
}

static struct result build_rebtf(const struct rebtf_btf *src, struct rebtf_btf *base)
{
	struct rebtf_builder *to;

	must(rebtf_builder_new(base, &to));
	for (uint32_t id = rebtf_btf_start_id(src); id < rebtf_btf_type_count(src); id++) {
		const struct rebtf_type *t = rebtf_btf_type(src, id);

		add_head_rebtf(to, src, t);
		add_elements_rebtf(to, src, t);
	}
	return finish_rebtf(to);
}

static struct result copy_rebtf(const struct rebtf_btf *src, struct rebtf_btf *base)
{
	struct rebtf_builder *to;

	must(rebtf_builder_new(base, &to));
	for (uint32_t id = rebtf_btf_start_id(src); id < rebtf_btf_type_count(src); id++)
		rebtf_builder_copy(to, src, id, NULL);
	return finish_rebtf(to);
}

/* --- both */

struct pair {
	struct btf *theirs;
	struct rebtf_btf *ours;
};

static struct pair open_pair(const char *path, const struct pair *base)
{
	struct pair pair;

	pair.theirs = btf__parse_raw_split(path, base ? base->theirs : NULL);
	if (!pair.theirs)
		die(path, "libbpf cannot open it");
	must(rebtf_btf_open(path, base ? base->ours : NULL, &pair.ours));
	return pair;
}

/* Both libraries must make the same bytes, so that the times are for the same work. */
static void compare(const struct btf *theirs, const struct result *ours)
{
	uint32_t size;
	const void *data = btf__raw_data(theirs, &size);

	if (size != ours->size || memcmp(data, ours->data, size))
		die("compare", "libbpf and rebtf made different BTF");
}

static void measure(enum figure figure, int repetition, const struct pair *src,
		    const struct pair *base)
{
	bool copy = figure == COPY_BASE || figure == COPY_SPLIT;
	struct btf *base_theirs = base ? base->theirs : NULL;
	struct rebtf_btf *base_ours = base ? base->ours : NULL;
	double start = now_us(), middle, end;
	struct result result;
	struct btf *btf;

	btf = copy ? copy_libbpf(src->theirs, base_theirs) : build_libbpf(src->theirs, base_theirs);
	middle = now_us();
	result = copy ? copy_rebtf(src->ours, base_ours) : build_rebtf(src->ours, base_ours);
	end = now_us();
	taken[LIBBPF][figure][repetition] += middle - start;
	taken[REBTF][figure][repetition] += end - middle;
	/* btf__add_btf() enters strings in another order. */
	if (figure != COPY_BASE)
		compare(btf, &result);
	free(result.data);
	btf__free(btf);
}

/* Each library has looked up a string before, so its index of the base exists. */
static void measure_strings(int repetition, const struct pair *base)
{
	struct btf *theirs = btf__new_empty_split(base->theirs);
	struct rebtf_builder *ours;
	uint32_t end = rebtf_btf_string_end(base->ours);
	double start, middle;

	must(rebtf_builder_new(base->ours, &ours));
	btf__add_str(theirs, "int");
	rebtf_builder_string(ours, "int");
	start = now_us();
	for (uint32_t off = 1; off < end; off += strlen(rebtf_btf_string(base->ours, off)) + 1) {
		if (btf__add_str(theirs, rebtf_btf_string(base->ours, off)) != (int)off)
			die("btf__add_str", "another offset");
	}
	middle = now_us();
	for (uint32_t off = 1; off < end; off += strlen(rebtf_btf_string(base->ours, off)) + 1) {
		if (rebtf_builder_string(ours, rebtf_btf_string(base->ours, off)) != off)
			die("rebtf_builder_string", "another offset");
	}
	taken[LIBBPF][STRINGS][repetition] = middle - start;
	taken[REBTF][STRINGS][repetition] = now_us() - middle;
	btf__free(theirs);
	rebtf_builder_free(ours);
}

/* The bytes of the base's types, twice. */
static struct result twice(const struct rebtf_btf *base)
{
	struct rebtf_builder *first, *second;

	must(rebtf_builder_new(NULL, &first));
	must(rebtf_builder_new(NULL, &second));
	for (uint32_t id = 1; id < rebtf_btf_type_count(base); id++) {
		rebtf_builder_copy(first, base, id, NULL);
		rebtf_builder_copy(second, base, id, NULL);
	}
	rebtf_builder_append(first, second);
	return finish_rebtf(first);
}

/* Variables are never merged, so that both libraries keep the same ones. */
static void measure_dedup(int repetition, const struct pair *base)
{
	struct result both = twice(base->ours);
	struct btf *theirs = btf__new(both.data, both.size);
	struct rebtf_dedup *dedup;
	struct rebtf_btf *ours;
	double start, middle, end;

	if (!theirs)
		die("btf__new", "failed");
	must(rebtf_btf_open_mem(both.data, both.size, NULL, NULL, &ours));
	start = now_us();
	if (btf__dedup(theirs, NULL))
		die("btf__dedup", "failed");
	middle = now_us();
	must(rebtf_dedup(ours, NULL, &dedup));
	end = now_us();
	if (rebtf_btf_type_count(rebtf_dedup_btf(dedup)) > btf__type_cnt(theirs))
		die("dedup", "libbpf merged more types");
	taken[LIBBPF][DEDUP][repetition] = middle - start;
	taken[REBTF][DEDUP][repetition] = end - middle;
	rebtf_dedup_free(dedup);
	rebtf_btf_unref(ours);
	btf__free(theirs);
	free(both.data);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *values, size_t count)
{
	qsort(values, count, sizeof(*values), by_value);
	return (values[(count - 1) / 2] + values[count / 2]) / 2;
}

static int no_print(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	(void)format;
	(void)args;
	return 0;
}

int main(int argc, char **argv)
{
	int repetitions = argc == 4 ? atoi(argv[3]) : 0;
	char name[PATH_MAX], path[2 * PATH_MAX];
	struct pair base, *modules = NULL;
	size_t count = 0;

	if (repetitions < 1 || repetitions > REPETITIONS) {
		fprintf(stderr, "usage: build BASE DIR REPETITIONS < NAMES\n");
		return 2;
	}
	libbpf_set_print(no_print);
	base = open_pair(argv[1], NULL);
	while (fgets(name, sizeof(name), stdin)) {
		name[strcspn(name, "\n")] = '\0';
		snprintf(path, sizeof(path), "%s/%s", argv[2], name);
		modules = realloc(modules, (count + 1) * sizeof(*modules));
		if (!modules)
			die("realloc", "out of memory");
		modules[count++] = open_pair(path, &base);
	}
	if (!count)
		die(argv[2], "no module");
	for (int r = 0; r < repetitions; r++) {
		measure(BUILD_BASE, r, &base, NULL);
		measure(COPY_BASE, r, &base, NULL);
		measure_strings(r, &base);
		measure_dedup(r, &base);
		for (size_t i = 0; i < count; i++)
			measure(BUILD_SPLIT, r, &modules[i], &base);
		for (size_t i = 0; i < count; i++)
			measure(COPY_SPLIT, r, &modules[i], &base);
		for (int side = 0; side < SIDES; side++) {
			taken[side][BUILD_SPLIT][r] /= count;
			taken[side][COPY_SPLIT][r] /= count;
		}
	}
	for (int f = 0; f < FIGURES; f++)
		printf("%s\t%.3f\t%.3f\n", figure_names[f], median(taken[LIBBPF][f], repetitions),
		       median(taken[REBTF][f], repetitions));
	return 0;
}
