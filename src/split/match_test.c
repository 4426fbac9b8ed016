/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Tests of matching: each row of the relocation table (docs/design.md) both ways, with its verdict,
 * sizes and candidates. Every case is one distilled type, reached in one way, and a new base to
 * find it in.
 */
#include "split/match.h"
#include "split/split_for_test.h"

/* A compact description of a type. .flag: a FWD of a union, a STRUCT or UNION of bit-fields. */
struct desc {
	uint32_t kind;
	const char *name;
	uint32_t size;
	uint32_t bits;	   /* INT */
	uint32_t encoding; /* INT */
	bool flag;
};

static void add_composite(struct rebtf_builder *b, const struct desc *d, uint32_t member_type)
{
	rebtf_builder_struct(b, d->kind, d->name, d->size);
	if (d->flag) {
		rebtf_builder_member(b, "low", member_type, 0, 3);
		rebtf_builder_member(b, "high", member_type, 3, 5);
	}
}

static void add_desc(struct rebtf_builder *b, const struct desc *d, uint32_t member_type)
{
	switch (d->kind) {
	case REBTF_KIND_INT:
		rebtf_builder_int(b, d->name, d->size, d->encoding, d->bits);
		break;
	case REBTF_KIND_FLOAT:
		rebtf_builder_float(b, d->name, d->size);
		break;
	case REBTF_KIND_FWD:
		rebtf_builder_fwd(b, d->flag ? REBTF_KIND_UNION : REBTF_KIND_STRUCT, d->name);
		break;
	case REBTF_KIND_STRUCT:
	case REBTF_KIND_UNION:
		add_composite(b, d, member_type);
		break;
	case REBTF_KIND_ENUM:
	case REBTF_KIND_ENUM64:
		rebtf_builder_enum(b, d->kind, d->name, d->size,
				   d->flag ? REBTF_SIGNED : REBTF_UNSIGNED);
		break;
	case REBTF_KIND_TYPEDEF:
		rebtf_builder_typedef(b, d->name, member_type);
		break;
	default:
		fail_msg("no description of kind %u", d->kind);
	}
}

#define MOST 4

enum reach {
	BY_POINTER,
	BY_VALUE, /* as a member */
};

struct row {
	const char *shows;
	struct desc distilled;
	enum reach reach;
	struct desc found[MOST]; /* in the new base: [2], [3], ...; [1] is an irrelevant FWD */
	enum rebtf_verdict verdict;
	uint32_t target;
	uint32_t new_size;
	uint32_t near_kind;
	uint32_t candidates[MOST];
	const char *error;
};

/* Keep each row readable at a glance. */
/* clang-format off */
#define SIZED(kind_of, bytes, ...) { .kind = REBTF_KIND_##kind_of, .name = "t", .size = bytes, ##__VA_ARGS__ }
#define INT_OF(bytes, nr_bits, enc) SIZED(INT, bytes, .bits = nr_bits, .encoding = enc)
#define FLOAT_OF(bytes)		    SIZED(FLOAT, bytes)
#define ENUM_OF(bytes)		    SIZED(ENUM, bytes)
#define ENUM64_OF(bytes)	    SIZED(ENUM64, bytes)
#define STRUCT_OF(bytes)	    SIZED(STRUCT, bytes)
#define BITS_OF(bytes)		    SIZED(STRUCT, bytes, .flag = true)
#define UNION_OF(bytes)		    SIZED(UNION, bytes)
#define UNION_BITS_OF(bytes)	    SIZED(UNION, bytes, .flag = true)
#define FWD_STRUCT		    SIZED(FWD, 0)
#define FWD_UNION		    SIZED(FWD, 0, .flag = true)
#define TYPEDEF_OF		    SIZED(TYPEDEF, 0)
#define OTHER_STRUCT		    { .kind = REBTF_KIND_STRUCT, .name = "other", .size = 8 }

#define MATCHED_AT(id, bytes) .verdict = REBTF_VERDICT_MATCHED, .target = id, .new_size = bytes
#define MISSING_AS(text)      .verdict = REBTF_VERDICT_MISSING, .error = text

static const struct row rows[] = {
	/* INT: same size, encoding and bits. */
	{ "INT fits", INT_OF(4, 32, 1), BY_POINTER, { OTHER_STRUCT, INT_OF(4, 32, 1) },
	  MATCHED_AT(3, 4) },
	{ "INT of other size", INT_OF(4, 32, 1), BY_POINTER, { INT_OF(8, 32, 1) }, REBTF_VERDICT_SIZE,
	  .new_size = 8,
	  .near_kind = REBTF_KIND_INT, .candidates = { 2 },
	  .error = "type [1] INT 't': size 4, but the new base has 8" },
	{ "INT of other encoding", INT_OF(4, 32, 1), BY_POINTER, { INT_OF(4, 32, 0) }, REBTF_VERDICT_KIND,
	  .new_size = 4,
	  .near_kind = REBTF_KIND_INT, .candidates = { 2 },
	  .error = "the new base has INT [2] of another encoding" },
	{ "INT of other bits", INT_OF(4, 32, 0), BY_POINTER, { INT_OF(4, 24, 0) }, REBTF_VERDICT_KIND,
	  .new_size = 4,
	  .near_kind = REBTF_KIND_INT, .candidates = { 2 },
	  .error = "the new base has INT [2]" },
	{ "INT is not FLOAT", INT_OF(4, 32, 0), BY_POINTER, { FLOAT_OF(4) }, REBTF_VERDICT_KIND,
	  .new_size = 4,
	  .near_kind = REBTF_KIND_FLOAT, .candidates = { 2 },
	  .error = "the new base has FLOAT [2]" },
	{ "INT is not ENUM", INT_OF(4, 32, 0), BY_POINTER, { ENUM_OF(4) }, REBTF_VERDICT_KIND,
	  .new_size = 4,
	  .near_kind = REBTF_KIND_ENUM, .candidates = { 2 }, .error = "ENUM [2]" },
	{ "INT among INTs of its name", INT_OF(4, 32, 1), BY_POINTER,
	  { INT_OF(4, 32, 0), INT_OF(8, 64, 1), INT_OF(4, 32, 1), INT_OF(4, 31, 1) },
	  MATCHED_AT(4, 4) },
	{ "INT twice", INT_OF(4, 32, 1), BY_POINTER, { INT_OF(4, 32, 1), INT_OF(8, 64, 1),
	  INT_OF(4, 32, 1) },
	  REBTF_VERDICT_AMBIGUOUS, .new_size = 4, .near_kind = REBTF_KIND_INT, .candidates = { 2, 4 },
	  .error = "2 types of the new base match, among them [2] and [4]" },
	{ "INT missing", INT_OF(4, 32, 1), BY_POINTER, { OTHER_STRUCT },
	  MISSING_AS("no type of this name") },

	/* FLOAT: same size. */
	{ "FLOAT fits", FLOAT_OF(8), BY_POINTER, { FLOAT_OF(8) }, MATCHED_AT(2, 8) },
	{ "FLOAT of other size", FLOAT_OF(8), BY_POINTER, { FLOAT_OF(4) }, REBTF_VERDICT_SIZE,
	  .new_size = 4,
	  .near_kind = REBTF_KIND_FLOAT, .candidates = { 2 }, .error = "size 8, but the new base has 4" },
	{ "FLOAT is not INT", FLOAT_OF(8), BY_POINTER, { INT_OF(8, 64, 0) }, REBTF_VERDICT_KIND,
	  .new_size = 8,
	  .near_kind = REBTF_KIND_INT, .candidates = { 2 },
	  .error = "the new base has INT [2]" },
	{ "FLOAT missing", FLOAT_OF(8), BY_POINTER, { OTHER_STRUCT }, MISSING_AS("no type") },

	/* ENUM: ENUM or ENUM64 of the same size. */
	{ "ENUM fits", ENUM_OF(4), BY_POINTER, { ENUM_OF(4) }, MATCHED_AT(2, 4) },
	{ "ENUM fits ENUM64", ENUM_OF(8), BY_POINTER, { ENUM64_OF(8) }, MATCHED_AT(2, 8) },
	{ "ENUM of other size", ENUM_OF(4), BY_POINTER, { ENUM_OF(1) }, REBTF_VERDICT_SIZE, .new_size = 1,
	  .near_kind = REBTF_KIND_ENUM, .candidates = { 2 }, .error = "size 4, but the new base has 1" },
	{ "ENUM and ENUM64 of other size", ENUM_OF(4), BY_POINTER, { ENUM64_OF(8) }, REBTF_VERDICT_SIZE,
	  .new_size = 8,
	  .near_kind = REBTF_KIND_ENUM64, .candidates = { 2 }, .error = "size 4, but the new base has 8" },
	{ "ENUM chosen by size", ENUM_OF(8), BY_POINTER, { ENUM_OF(4), ENUM64_OF(8), ENUM_OF(1) },
	  MATCHED_AT(3, 8) },
	{ "ENUM and ENUM64 are ambiguous", ENUM_OF(8), BY_POINTER, { ENUM64_OF(8), ENUM_OF(8) },
	  REBTF_VERDICT_AMBIGUOUS,
	  .new_size = 8, .near_kind = REBTF_KIND_ENUM64, .candidates = { 2, 3 },
	  .error = "2 types of the new base match" },
	{ "ENUM is not INT", ENUM_OF(4), BY_POINTER, { INT_OF(4, 32, 0) }, REBTF_VERDICT_KIND,
	  .new_size = 4,
	  .near_kind = REBTF_KIND_INT, .candidates = { 2 }, .error = "INT [2]" },

	/* STRUCT and UNION, embedded: same kind and size. */
	{ "embedded STRUCT fits", STRUCT_OF(8), BY_VALUE, { STRUCT_OF(8) }, MATCHED_AT(2, 8) },
	{ "embedded STRUCT of bit-fields fits", STRUCT_OF(8), BY_VALUE, { BITS_OF(8) },
	  MATCHED_AT(2, 8) },
	{ "embedded STRUCT of other size", STRUCT_OF(744), BY_VALUE, { STRUCT_OF(752) }, REBTF_VERDICT_SIZE,
	  .new_size = 752,
	  .near_kind = REBTF_KIND_STRUCT, .candidates = { 2 },
	  .error = "type [1] STRUCT 't': size 744, but the new base has 752 (embedded)" },
	{ "embedded STRUCT chosen by size", STRUCT_OF(8), BY_VALUE, { STRUCT_OF(4), STRUCT_OF(8),
	  STRUCT_OF(16) },
	  MATCHED_AT(3, 8) },
	{ "embedded STRUCT of no size there", STRUCT_OF(8), BY_VALUE, { STRUCT_OF(16),
	  STRUCT_OF(4) }, REBTF_VERDICT_SIZE,
	  .new_size = 4, .near_kind = REBTF_KIND_STRUCT, .candidates = { 3, 2 },
	  .error = "size 8, but the new base has 4" },
	{ "embedded STRUCT twice", STRUCT_OF(8), BY_VALUE, { STRUCT_OF(8), STRUCT_OF(4),
	  STRUCT_OF(8) },
	  REBTF_VERDICT_AMBIGUOUS, .new_size = 8, .near_kind = REBTF_KIND_STRUCT, .candidates = { 2, 4 },
	  .error = "among them [2] and [4]" },
	{ "embedded STRUCT is no FWD", STRUCT_OF(8), BY_VALUE, { FWD_STRUCT }, REBTF_VERDICT_KIND,
	  .near_kind = REBTF_KIND_FWD, .candidates = { 2 },
	  .error = "the new base has FWD [2]" },
	{ "embedded STRUCT is no UNION", STRUCT_OF(8), BY_VALUE, { UNION_OF(8) }, REBTF_VERDICT_KIND,
	  .new_size = 8,
	  .near_kind = REBTF_KIND_UNION, .candidates = { 2 },
	  .error = "the new base has UNION [2]" },
	{ "embedded STRUCT missing", STRUCT_OF(8), BY_VALUE, { OTHER_STRUCT },
	  MISSING_AS("no type of this name") },
	{ "embedded UNION fits", UNION_OF(8), BY_VALUE, { UNION_OF(8) }, MATCHED_AT(2, 8) },
	{ "embedded UNION of other size", UNION_OF(8), BY_VALUE, { UNION_OF(4) }, REBTF_VERDICT_SIZE,
	  .new_size = 4,
	  .near_kind = REBTF_KIND_UNION, .candidates = { 2 },
	  .error = "size 8, but the new base has 4 (embedded)" },
	{ "embedded UNION is no STRUCT", UNION_OF(8), BY_VALUE, { STRUCT_OF(8) }, REBTF_VERDICT_KIND,
	  .new_size = 8,
	  .near_kind = REBTF_KIND_STRUCT, .candidates = { 2 }, .error = "STRUCT [2]" },
	{ "embedded STRUCT of size 0", STRUCT_OF(0), BY_VALUE, { STRUCT_OF(0) }, MATCHED_AT(2, 0) },
	{ "embedded STRUCT of the largest size", STRUCT_OF(UINT32_MAX), BY_VALUE,
	  { STRUCT_OF(UINT32_MAX) },
	  MATCHED_AT(2, UINT32_MAX) },
	{ "the largest size does not run into the next kind", STRUCT_OF(UINT32_MAX), BY_VALUE,
	  { UNION_OF(0) },
	  REBTF_VERDICT_KIND, .near_kind = REBTF_KIND_UNION, .candidates = { 2 }, .error = "UNION [2]" },

	/*
	 * STRUCT and UNION, pointer-only: same kind; size only among several; else a FWD of that
	 * kind.
	 */
	{ "pointer-only STRUCT fits", STRUCT_OF(8), BY_POINTER, { STRUCT_OF(8) },
	  MATCHED_AT(2, 8) },
	{ "pointer-only STRUCT of other size fits", STRUCT_OF(744), BY_POINTER, { STRUCT_OF(752) },
	  MATCHED_AT(2, 752) },
	{ "pointer-only STRUCT among several goes by size", STRUCT_OF(8), BY_POINTER,
	  { STRUCT_OF(4), STRUCT_OF(8) },
	  MATCHED_AT(3, 8) },
	{ "pointer-only STRUCT among several, none of its size", STRUCT_OF(8), BY_POINTER,
	  { STRUCT_OF(4), STRUCT_OF(16) }, REBTF_VERDICT_SIZE, .new_size = 4,
	  .near_kind = REBTF_KIND_STRUCT,
	  .candidates = { 2, 3 }, .error = "size 8, but the new base has 4" },
	{ "pointer-only STRUCT twice", STRUCT_OF(8), BY_POINTER, { STRUCT_OF(8), STRUCT_OF(8) },
	  REBTF_VERDICT_AMBIGUOUS,
	  .new_size = 8, .near_kind = REBTF_KIND_STRUCT, .candidates = { 2, 3 },
	  .error = "2 types of the new base match" },
	{ "pointer-only STRUCT fits FWD where there is no other", STRUCT_OF(8), BY_POINTER,
	  { FWD_STRUCT },
	  MATCHED_AT(2, 0) },
	{ "pointer-only STRUCT is found before FWD", STRUCT_OF(8), BY_POINTER, { FWD_STRUCT,
	  STRUCT_OF(16) },
	  MATCHED_AT(3, 16) },
	{ "pointer-only STRUCT among two FWD", STRUCT_OF(8), BY_POINTER, { FWD_STRUCT, FWD_STRUCT },
	  REBTF_VERDICT_AMBIGUOUS,
	  .near_kind = REBTF_KIND_FWD, .candidates = { 2, 3 }, .error = "2 types of the new base match" },
	{ "pointer-only STRUCT is no FWD of a union", STRUCT_OF(8), BY_POINTER, { FWD_UNION },
	  REBTF_VERDICT_KIND,
	  .near_kind = REBTF_KIND_FWD, .candidates = { 2 }, .error = "FWD [2]" },
	{ "pointer-only STRUCT is no UNION", STRUCT_OF(8), BY_POINTER, { UNION_OF(8) }, REBTF_VERDICT_KIND,
	  .new_size = 8,
	  .near_kind = REBTF_KIND_UNION, .candidates = { 2 }, .error = "UNION [2]" },
	{ "pointer-only STRUCT missing", STRUCT_OF(8), BY_POINTER, { OTHER_STRUCT },
	  MISSING_AS("no type") },
	{ "a TYPEDEF of that name is another matter", STRUCT_OF(8), BY_POINTER, { TYPEDEF_OF,
	  STRUCT_OF(8) },
	  MATCHED_AT(3, 8) },
	{ "pointer-only UNION of other size fits", UNION_OF(8), BY_POINTER, { UNION_OF(16) },
	  MATCHED_AT(2, 16) },
	{ "pointer-only UNION fits FWD of a union", UNION_OF(8), BY_POINTER, { FWD_STRUCT,
	  FWD_UNION },
	  MATCHED_AT(3, 0) },
	{ "pointer-only UNION is no FWD of a struct", UNION_OF(8), BY_POINTER, { FWD_STRUCT },
	  REBTF_VERDICT_KIND,
	  .near_kind = REBTF_KIND_FWD, .candidates = { 2 }, .error = "FWD [2]" },
	{ "pointer-only UNION among UNION and STRUCT", UNION_OF(8), BY_POINTER, { STRUCT_OF(8),
	  UNION_OF(4) },
	  MATCHED_AT(3, 4) },

	/*
	 * FWD: FWD of the same kind, or the type that it declares. The kind flag of a STRUCT means
	 * bit-fields.
	 */
	{ "FWD fits FWD", FWD_STRUCT, BY_POINTER, { FWD_UNION, FWD_STRUCT }, MATCHED_AT(3, 0) },
	{ "FWD fits STRUCT", FWD_STRUCT, BY_POINTER, { STRUCT_OF(8) }, MATCHED_AT(2, 8) },
	{ "FWD fits STRUCT of bit-fields", FWD_STRUCT, BY_POINTER, { BITS_OF(8) },
	  MATCHED_AT(2, 8) },
	{ "FWD of a struct is no UNION", FWD_STRUCT, BY_POINTER, { UNION_OF(8) }, REBTF_VERDICT_KIND,
	  .new_size = 8,
	  .near_kind = REBTF_KIND_UNION, .candidates = { 2 }, .error = "UNION [2]" },
	{ "FWD of a struct is no UNION of bit-fields", FWD_STRUCT, BY_POINTER, { UNION_BITS_OF(8) },
	  REBTF_VERDICT_KIND,
	  .new_size = 8, .near_kind = REBTF_KIND_UNION, .candidates = { 2 }, .error = "UNION [2]" },
	{ "FWD of a struct is no FWD of a union", FWD_STRUCT, BY_POINTER, { FWD_UNION }, REBTF_VERDICT_KIND,
	  .near_kind = REBTF_KIND_FWD, .candidates = { 2 }, .error = "FWD [2]" },
	{ "FWD of a union fits UNION", FWD_UNION, BY_POINTER, { UNION_OF(8) }, MATCHED_AT(2, 8) },
	{ "FWD of a union fits UNION of bit-fields", FWD_UNION, BY_POINTER, { UNION_BITS_OF(8) },
	  MATCHED_AT(2, 8) },
	{ "FWD of a union is no STRUCT of bit-fields", FWD_UNION, BY_POINTER, { BITS_OF(8) },
	  REBTF_VERDICT_KIND,
	  .new_size = 8, .near_kind = REBTF_KIND_STRUCT, .candidates = { 2 },
	  .error = "STRUCT [2]" },
	{ "FWD of a union fits FWD", FWD_UNION, BY_POINTER, { FWD_UNION, FWD_STRUCT },
	  MATCHED_AT(2, 0) },
	{ "FWD with two STRUCTs", FWD_STRUCT, BY_POINTER, { STRUCT_OF(16), STRUCT_OF(8) },
	  REBTF_VERDICT_AMBIGUOUS,
	  .new_size = 8, .near_kind = REBTF_KIND_STRUCT, .candidates = { 3, 2 },
	  .error = "2 types of the new base match" },
	{ "FWD is no ENUM", FWD_STRUCT, BY_POINTER, { ENUM_OF(4) }, REBTF_VERDICT_KIND, .new_size = 4,
	  .near_kind = REBTF_KIND_ENUM, .candidates = { 2 }, .error = "ENUM [2]" },
	{ "FWD missing", FWD_UNION, BY_POINTER, { OTHER_STRUCT },
	  MISSING_AS("type [1] FWD 't': the new base has no") },
};
/* clang-format on */

static struct rebtf_btf *build_new_base(const struct row *row)
{
	struct rebtf_builder *b = build_over(NULL);

	rebtf_builder_fwd(b, REBTF_KIND_STRUCT, "filler");
	for (int i = 0; i < MOST && row->found[i].kind; i++)
		add_desc(b, &row->found[i], 1);
	return built(b);
}

/* Over [1], the distilled type: [2] is a pointer to it, or a struct that contains it. */
static struct rebtf_btf *build_row_split(const struct row *row)
{
	_cleanup_unref_ struct rebtf_btf *base = NULL;
	struct rebtf_builder *b = build_over(NULL);
	struct desc plain = row->distilled;

	if (kind_is_composite(plain.kind))
		plain.flag = false; /* it has no members there */
	add_desc(b, &plain, 0);
	base = built(b);
	b = build_over(base);
	if (row->reach == BY_VALUE) {
		rebtf_builder_struct(b, REBTF_KIND_STRUCT, "own", 4096);
		rebtf_builder_member(b, "held", 1, 0, 0);
	} else {
		rebtf_builder_ref(b, REBTF_KIND_PTR, 1);
	}
	return built(b);
}

#define expect(row, field, found, want)                                                            \
	do {                                                                                       \
		if ((found) != (want))                                                             \
			fail_msg("%s: %s is %llu, expected %llu", (row)->shows, field,             \
				 (unsigned long long)(found), (unsigned long long)(want));         \
	} while (0)

static void check_match(const struct row *row, const struct rebtf_match *match)
{
	size_t candidates = 0;

	while (candidates < MOST && row->candidates[candidates])
		candidates++;
	expect(row, "verdict", match->verdict, row->verdict);
	expect(row, "id", match->id, 1);
	expect(row, "embedded", match->embedded, row->reach == BY_VALUE);
	expect(row, "old size", match->old_size, row->distilled.size);
	expect(row, "new size", match->new_size, row->new_size);
	expect(row, "target", match->target, row->target);
	if (row->verdict == REBTF_VERDICT_KIND)
		expect(row, "near kind", match->near_kind, row->near_kind);
	expect(row, "number of candidates", match->candidate_count, candidates);
	for (size_t i = 0; i < candidates; i++)
		expect(row, "candidate", match->candidates[i], row->candidates[i]);
}

static void check_error(const struct row *row, struct rebtf_error *err)
{
	_cleanup_free_ char *text = NULL;

	if (row->verdict == REBTF_VERDICT_MATCHED) {
		if (err)
			fail_msg("%s: %s", row->shows, rebtf_error_text(err));
		return;
	}
	if (!err)
		fail_msg("%s: no error", row->shows);
	text = rebtf_error_text(err);
	expect(row, "error", err->code, REBTF_ERR_MISMATCH);
	expect(row, "type in the error", err->type_id, 1);
	if (!strstr(text, row->error))
		fail_msg("%s: error '%s', expected '%s'", row->shows, text, row->error);
	rebtf_error_free(err);
}

/* The pointer or the member now refers to the target. */
static void check_result(const struct row *row, const struct rebtf_btf *result)
{
	const struct rebtf_type *t = rebtf_btf_type(result, rebtf_btf_start_id(result));
	const struct rebtf_member *m = rebtf_members(t);

	expect(row, "type referred to", row->reach == BY_VALUE ? m->type : t->type, row->target);
	assert_reopens(result);
}

static void check_row(const struct row *row)
{
	_cleanup_unref_ struct rebtf_btf *split = build_row_split(row),
					 *new_base = build_new_base(row);
	_cleanup_unref_ struct rebtf_btf *result = NULL;
	struct rebtf_report *report = NULL;
	struct rebtf_error *err;

	err = rebtf_relocate(split, new_base, &report, &result);
	check_error(row, err);
	assert_non_null(report);
	expect(row, "number of matches", report->count, 1);
	expect(row, "misfits", report->misfits, row->verdict != REBTF_VERDICT_MATCHED);
	assert_ptr_equal(report->distilled_base, rebtf_btf_base(split));
	assert_ptr_equal(report->new_base, new_base);
	check_match(row, &report->matches[0]);
	expect(row, "a result", result != NULL, row->verdict == REBTF_VERDICT_MATCHED);
	if (result)
		check_result(row, result);
	rebtf_report_free(report);
}

static void each_row_of_the_table_holds(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		check_row(&rows[i]);
}

/* The order of types in the new base does not matter. */
static void each_row_holds_in_reverse(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct row row = rows[i];
		int count = 0;

		if (row.verdict != REBTF_VERDICT_MATCHED)
			continue;
		while (count < MOST && row.found[count].kind)
			count++;
		for (int j = 0; j < count; j++)
			row.found[j] = rows[i].found[count - 1 - j];
		row.target = 2 + (count - 1 - (rows[i].target - 2));
		check_row(&row);
	}
}

static void verdicts_have_names(void **state)
{
	(void)state;
	assert_string_equal(rebtf_verdict_name(REBTF_VERDICT_MATCHED), "matched");
	assert_string_equal(rebtf_verdict_name(REBTF_VERDICT_MISSING), "missing");
	assert_string_equal(rebtf_verdict_name(REBTF_VERDICT_SIZE), "size");
	assert_string_equal(rebtf_verdict_name(REBTF_VERDICT_KIND), "kind");
	assert_string_equal(rebtf_verdict_name(REBTF_VERDICT_AMBIGUOUS), "ambiguous");
}

/* --- invalid distilled bases */

/*
 * Relocating the split @b over itself must fail with FORMAT, because the base is not a distilled
 * base.
 */
static void assert_no_distilled_base(struct rebtf_builder *b, const char *part)
{
	_cleanup_unref_ struct rebtf_btf *base = built(b), *split = NULL, *new_base = build_int();
	struct rebtf_report *report = NULL;
	struct rebtf_btf *result;

	b = build_over(base);
	add_reference(b, base, 1);
	split = built(b);
	assert_false(rebtf_btf_is_distilled_base(base));
	assert_fails(rebtf_relocate(split, new_base, &report, &result), REBTF_ERR_FORMAT, part);
	assert_null(report);
}

static void types_of_a_distilled_base_need_names(void **state)
{
	(void)state;
	for (uint32_t kind = REBTF_KIND_STRUCT; kind <= REBTF_KIND_UNION; kind++) {
		struct rebtf_builder *b = build_over(NULL);

		rebtf_builder_int(b, "int", 4, 0, 32);
		rebtf_builder_struct(b, kind, NULL, 4);
		assert_no_distilled_base(b, "type [2]");
	}
}

static void other_kinds_are_none_for_a_distilled_base(void **state)
{
	struct rebtf_builder *b = build_over(NULL);

	(void)state;
	rebtf_builder_typedef(b, "t", 0);
	assert_no_distilled_base(b, "type [1] TYPEDEF 't': invalid kind in a distilled base");
	b = build_over(NULL);
	rebtf_builder_ref(b, REBTF_KIND_PTR, 0);
	assert_no_distilled_base(b, "type [1] PTR");
	b = build_over(NULL);
	rebtf_builder_datasec(b, ".data", 0);
	assert_no_distilled_base(b, "type [1] DATASEC");
}

static void members_are_none_for_a_distilled_base(void **state)
{
	struct rebtf_builder *b = build_over(NULL);

	(void)state;
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "s", 4);
	rebtf_builder_member(b, "m", 0, 0, 0);
	assert_no_distilled_base(b, "type [1] STRUCT 's'");
	b = build_over(NULL);
	rebtf_builder_enum(b, REBTF_KIND_ENUM, "e", 4, REBTF_UNSIGNED);
	rebtf_builder_enumerator(b, "E", 0);
	assert_no_distilled_base(b, "type [1] ENUM 'e'");
}

static void a_split_is_no_distilled_base(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = build_int(), *middle = NULL, *split = NULL;
	struct rebtf_builder *b = build_over(base);
	struct rebtf_btf *result;

	(void)state;
	rebtf_builder_fwd(b, REBTF_KIND_STRUCT, "f");
	middle = built(b);
	assert_false(rebtf_btf_is_distilled_base(middle));
	split = built(build_over(middle));
	assert_fails(rebtf_relocate(split, base, NULL, &result), REBTF_ERR_FORMAT,
		     "cannot be split BTF");
}

/* The kernel accepts ENUM64 there, and its documentation mentions it. */
static void an_enum64_may_stand_in_a_distilled_base(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = NULL, *split = NULL, *new_base = NULL,
					 *result = NULL;
	struct rebtf_builder *b = build_over(NULL);

	(void)state;
	rebtf_builder_enum(b, REBTF_KIND_ENUM64, "e", 8, REBTF_UNSIGNED);
	base = built(b);
	assert_true(rebtf_btf_is_distilled_base(base));
	b = build_over(base);
	rebtf_builder_ref(b, REBTF_KIND_PTR, 1);
	split = built(b);
	b = build_over(NULL);
	rebtf_builder_int(b, "int", 4, 0, 32);
	rebtf_builder_enum(b, REBTF_KIND_ENUM64, "e", 8, REBTF_UNSIGNED);
	new_base = built(b);
	result = relocated(split, new_base);
	assert_dump(result, "[3] PTR '(anon)' type_id=2\n");
}

static void nothing_is_a_distilled_base_too(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = built(build_over(NULL));

	(void)state;
	assert_true(rebtf_btf_is_distilled_base(base));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_row_of_the_table_holds),
		cmocka_unit_test(each_row_holds_in_reverse),
		cmocka_unit_test(verdicts_have_names),
		cmocka_unit_test(types_of_a_distilled_base_need_names),
		cmocka_unit_test(other_kinds_are_none_for_a_distilled_base),
		cmocka_unit_test(members_are_none_for_a_distilled_base),
		cmocka_unit_test(a_split_is_no_distilled_base),
		cmocka_unit_test(an_enum64_may_stand_in_a_distilled_base),
		cmocka_unit_test(nothing_is_a_distilled_base_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
