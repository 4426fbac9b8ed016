/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Finds the instructions of a program that can run, by constant propagation: blocks of instructions
 * start with the registers that have the same value on all paths to them. When another path changes
 * what a block starts with, the block is visited again. A register becomes hidden only once, and a
 * block certain only once, so the work is linear.
 *
 * Source: the kernel's Documentation/bpf/standardization/instruction-set.rst.
 */
#include <stdlib.h>
#include <string.h>

#include "core/insn_reach.h"
#include "util/bytes.h"
#include "util/vec.h"

#define INSN_REGISTERS 11

enum insn_kind {
	INSN_HIDDEN,  /* unknown here, but perhaps not to a verifier */
	INSN_DATA,    /* unknown to a verifier, too: read from the kernel's memory */
	INSN_KNOWN,   /* a number */
	INSN_CONTEXT, /* the address of the context, plus a number */
};

/* The values of registers. The default: all are hidden. */
struct insn_state {
	uint8_t kind[INSN_REGISTERS]; /* enum insn_kind */
	bool certain;		      /* a verifier follows a path to here */
	uint64_t value[INSN_REGISTERS];
};

DEFINE_VECTOR(insn_states, struct insn_state);

struct insn_search {
	struct insn_reach *reach;
	uint8_t *leaders;	   /* instructions that are jumped to */
	uint32_t *state_of;	   /* index in states plus 1 */
	struct insn_states states; /* at the start of blocks */
	struct u32_vector to_do;
	bool collect; /* all states are final: the reads of the context are collected */
};

struct insn {
	uint8_t code;
	uint8_t dst, src;
	int16_t offset;
	int32_t imm;
};

enum insn_class {
	INSN_LD,
	INSN_LDX,
	INSN_ST,
	INSN_STX,
	INSN_ALU,
	INSN_JMP,
	INSN_JMP32,
	INSN_ALU64,
};

#define INSN_CLASS(code)  ((enum insn_class)((code)&7))
#define INSN_OP(code)	  ((code) >> 4)
#define INSN_IS_REG(code) ((code)&8)
#define INSN_LDIMM64	  0x18
#define INSN_GOTOX	  0x0d /* jumps to the address in a register */
#define INSN_MODE(code)	  ((code)&0xe0)
#define INSN_ATOMIC	  0xc0
#define INSN_CALL_LOCAL	  1

enum insn_jump {
	INSN_JA,
	INSN_JEQ,
	INSN_JGT,
	INSN_JGE,
	INSN_JSET,
	INSN_JNE,
	INSN_JSGT,
	INSN_JSGE,
	INSN_CALL,
	INSN_EXIT,
	INSN_JLT,
	INSN_JLE,
	INSN_JSLT,
	INSN_JSLE,
};

enum insn_op {
	INSN_ADD,
	INSN_SUB,
	INSN_MUL,
	INSN_DIV,
	INSN_OR,
	INSN_AND,
	INSN_LSH,
	INSN_RSH,
	INSN_NEG,
	INSN_MOD,
	INSN_XOR,
	INSN_MOV,
	INSN_ARSH,
	INSN_END,
};

static struct insn insn_at(const struct insn_reach *reach, size_t index)
{
	const uint8_t *p = reach->code + 8 * index;
	uint8_t low = p[1] & 15, high = p[1] >> 4;

	return (struct insn){
		.code = p[0],
		.dst = reach->big_endian ? high : low,
		.src = reach->big_endian ? low : high,
		.offset = (int16_t)get16(p + 2, reach->big_endian),
		.imm = (int32_t)get32(p + 4, reach->big_endian),
	};
}

static enum insn_kind insn_kind_of(const struct insn_state *s, uint8_t reg)
{
	return reg < INSN_REGISTERS ? (enum insn_kind)s->kind[reg] : INSN_HIDDEN;
}

static bool insn_knows(const struct insn_state *s, uint8_t reg)
{
	return insn_kind_of(s, reg) == INSN_KNOWN;
}

static void insn_set(struct insn_state *s, uint8_t reg, enum insn_kind kind, uint64_t value)
{
	if (reg >= INSN_REGISTERS)
		return;
	s->kind[reg] = kind;
	s->value[reg] = value;
}

static void insn_hide(struct insn_state *s, uint8_t reg)
{
	insn_set(s, reg, INSN_HIDDEN, 0);
}

/* ----------------------------------------------------------------------------------- arithmetic */

/* Computes the result of an operation that programs apply to relocated values. */
static bool insn_compute(uint8_t op, bool is_64, uint64_t a, uint64_t b, uint64_t *result)
{
	unsigned int shift = (unsigned int)b & (is_64 ? 63 : 31);

	switch (op) {
	case INSN_ADD:
		*result = a + b;
		return true;
	case INSN_SUB:
		*result = a - b;
		return true;
	case INSN_MUL:
		*result = a * b;
		return true;
	case INSN_OR:
		*result = a | b;
		return true;
	case INSN_AND:
		*result = a & b;
		return true;
	case INSN_XOR:
		*result = a ^ b;
		return true;
	case INSN_LSH:
		*result = a << shift;
		return true;
	case INSN_RSH:
		*result = (is_64 ? a : (uint32_t)a) >> shift;
		return true;
	case INSN_ARSH:
		*result = is_64 ? (uint64_t)((int64_t)a >> shift)
				: (uint64_t)((int32_t)(uint32_t)a >> shift);
		return true;
	case INSN_MOV:
		*result = b;
		return true;
	default:
		return false;
	}
}

/* The kind of a result that is not computed: data, if it depends on data and else only on numbers. */
static enum insn_kind insn_mix(enum insn_kind a, enum insn_kind b)
{
	return (a == INSN_DATA && (b == INSN_DATA || b == INSN_KNOWN)) ||
			       (a == INSN_KNOWN && b == INSN_DATA)
		       ? INSN_DATA
		       : INSN_HIDDEN;
}

static void insn_arithmetic(struct insn_state *s, const struct insn *i)
{
	bool is_64 = INSN_CLASS(i->code) == INSN_ALU64, is_reg = INSN_IS_REG(i->code);
	uint8_t op = INSN_OP(i->code);
	enum insn_kind right = is_reg ? insn_kind_of(s, i->src) : INSN_KNOWN;
	enum insn_kind left = op == INSN_MOV ? right : insn_kind_of(s, i->dst);
	uint64_t a, b = (uint64_t)(int64_t)i->imm, result;

	if (is_reg && right != INSN_HIDDEN)
		b = s->value[i->src];
	a = op == INSN_MOV || left == INSN_HIDDEN ? 0 : s->value[i->dst];
	/* With an offset, a move extends a sign, and a division is signed. */
	if (i->offset || !insn_compute(op, is_64, a, b, &result))
		insn_set(s, i->dst, insn_mix(left, right), 0);
	else if (left == INSN_KNOWN && right == INSN_KNOWN)
		insn_set(s, i->dst, INSN_KNOWN, is_64 ? result : (uint32_t)result);
	else if (left == INSN_CONTEXT && is_64 &&
		 (op == INSN_MOV || (right == INSN_KNOWN && (op == INSN_ADD || op == INSN_SUB))))
		insn_set(s, i->dst, INSN_CONTEXT, result);
	else
		insn_set(s, i->dst, insn_mix(left, right), 0);
}

/* ---------------------------------------------------------------------------------------- jumps */

static bool insn_compare(uint8_t op, bool is_64, uint64_t a, uint64_t b)
{
	int64_t sa = is_64 ? (int64_t)a : (int32_t)(uint32_t)a;
	int64_t sb = is_64 ? (int64_t)b : (int32_t)(uint32_t)b;

	a = is_64 ? a : (uint32_t)a;
	b = is_64 ? b : (uint32_t)b;
	switch (op) {
	case INSN_JEQ:
		return a == b;
	case INSN_JNE:
		return a != b;
	case INSN_JGT:
		return a > b;
	case INSN_JGE:
		return a >= b;
	case INSN_JLT:
		return a < b;
	case INSN_JLE:
		return a <= b;
	case INSN_JSGT:
		return sa > sb;
	case INSN_JSGE:
		return sa >= sb;
	case INSN_JSLT:
		return sa < sb;
	case INSN_JSLE:
		return sa <= sb;
	default: /* INSN_JSET */
		return a & b;
	}
}

/* Returns the target of a jump, or the number of instructions if it is outside the section. */
static size_t insn_target(const struct insn_reach *reach, size_t index, const struct insn *i)
{
	bool is_long = i->code == (INSN_JMP32 | INSN_JA << 4);
	int64_t target = (int64_t)index + 1 + (is_long ? i->imm : i->offset);

	return target < 0 || target > (int64_t)reach->count ? reach->count : (size_t)target;
}

static bool insn_is_jump(const struct insn *i)
{
	enum insn_class class = INSN_CLASS(i->code);
	uint8_t op = INSN_OP(i->code);

	return (class == INSN_JMP || class == INSN_JMP32) && op != INSN_CALL && op != INSN_EXIT;
}

/* Adds a path to @old. Returns whether that changes it. */
static bool insn_merge(struct insn_state *old, const struct insn_state *state)
{
	bool changed = state->certain && !old->certain;

	old->certain |= state->certain;
	for (uint8_t reg = 0; reg < INSN_REGISTERS; reg++) {
		if (old->kind[reg] == INSN_HIDDEN ||
		    (old->kind[reg] == state->kind[reg] && old->value[reg] == state->value[reg]))
			continue;
		/* A verifier follows each path with the register's value there. */
		insn_hide(old, reg);
		changed = true;
	}
	return changed;
}

/* Adds a path to @target. Its block is visited if it is new there, or changes its start. */
static bool insn_join(struct insn_search *search, size_t target, const struct insn_state *state)
{
	if (target >= search->reach->count)
		return true;
	if (!search->state_of[target]) {
		if (!insn_states_append(&search->states, *state))
			return false;
		search->state_of[target] = (uint32_t)search->states.count;
	} else if (!insn_merge(&search->states.items[search->state_of[target] - 1], state)) {
		return true;
	}
	return u32_vector_append(&search->to_do, (uint32_t)target);
}

/* Sets @next to whether the next instruction can follow. Returns false if out of memory. */
static bool insn_jump(struct insn_search *search, size_t index, const struct insn *i,
		      struct insn_state *s, bool *next)
{
	bool is_64 = INSN_CLASS(i->code) == INSN_JMP, is_reg = INSN_IS_REG(i->code);
	uint8_t op = INSN_OP(i->code);
	size_t target = insn_target(search->reach, index, i);
	uint64_t b = (uint64_t)(int64_t)i->imm;
	bool known = op <= INSN_JSLE && insn_knows(s, i->dst) && (!is_reg || insn_knows(s, i->src));
	struct insn_state taken;

	*next = op != INSN_JA;
	if (op == INSN_JA)
		return insn_join(search, target, s);
	if (is_reg && known)
		b = s->value[i->src];
	if (known) {
		*next = !insn_compare(op, is_64, s->value[i->dst], b);
		return *next || insn_join(search, target, s);
	}
	/* A verifier may know which branch is taken. */
	if (op > INSN_JSLE || insn_mix(insn_kind_of(s, i->dst),
				       is_reg ? insn_kind_of(s, i->src) : INSN_KNOWN) != INSN_DATA)
		s->certain = false;
	taken = *s;
	if (!is_reg && is_64 && op == INSN_JEQ)
		insn_set(&taken, i->dst, INSN_KNOWN, b);
	if (!insn_join(search, target, &taken))
		return false;
	if (!is_reg && is_64 && op == INSN_JNE)
		insn_set(s, i->dst, INSN_KNOWN, b);
	return true;
}

/* --------------------------------------------------------------------------------------- search */

/* Functions change the first six registers. @kind: of the result. */
static void insn_call(struct insn_state *s, enum insn_kind kind)
{
	for (uint8_t reg = 0; reg < 6; reg++)
		insn_hide(s, reg);
	insn_set(s, 0, kind, 0);
}

/*
 * A verifier knows some contents of the stack, of .rodata and of .kconfig. Here their addresses are
 * hidden, and so are the contents.
 */
static void insn_load(struct insn_search *search, size_t index, const struct insn *i,
		      struct insn_state *s)
{
	enum insn_kind kind = insn_kind_of(s, i->src);

	if (kind == INSN_CONTEXT && s->certain && search->collect)
		insn_reads_append(&search->reach->reads,
				  (struct insn_read){
					  .insn = (uint32_t)index,
					  .offset = (int64_t)(s->value[i->src] +
							      (uint64_t)(int64_t)i->offset),
				  });
	insn_set(s, i->dst, kind == INSN_HIDDEN ? INSN_HIDDEN : INSN_DATA, 0);
}

/* Applies an instruction that is no jump. Returns the number of slots that it takes; 0: the end. */
static size_t insn_apply(struct insn_search *search, size_t index, const struct insn *i,
			 struct insn_state *s)
{
	const struct insn_reach *reach = search->reach;

	switch (INSN_CLASS(i->code)) {
	case INSN_ALU:
	case INSN_ALU64:
		insn_arithmetic(s, i);
		return 1;
	case INSN_LD:
		if (i->code != INSN_LDIMM64) {
			insn_call(s, INSN_DATA);
			return 1;
		}
		if (i->src || index + 1 >= reach->count)
			insn_hide(s, i->dst);
		else
			insn_set(s, i->dst, INSN_KNOWN,
				 (uint64_t)(uint32_t)insn_at(reach, index + 1).imm << 32 |
					 (uint32_t)i->imm);
		return 2;
	case INSN_LDX:
		insn_load(search, index, i, s);
		return 1;
	case INSN_STX:
		/* Atomic operations may fetch the old value. */
		if (INSN_MODE(i->code) == INSN_ATOMIC) {
			insn_hide(s, i->src);
			insn_hide(s, 0);
			insn_hide(s, i->dst);
		}
		return 1;
	case INSN_JMP:
	case INSN_JMP32:
		/* A verifier follows the program's own functions. */
		insn_call(s, i->src == INSN_CALL_LOCAL ? INSN_HIDDEN : INSN_DATA);
		return INSN_OP(i->code) == INSN_CALL;
	default:
		return 1;
	}
}

/* Follows a block from its first instruction to its end. */
static bool insn_visit(struct insn_search *search, size_t index)
{
	struct insn_state s = search->states.items[search->state_of[index] - 1];
	struct insn_reach *reach = search->reach;

	for (bool first = true; index < reach->count; first = false) {
		struct insn i = insn_at(reach, index);
		bool next = true;
		size_t slots = 1;

		if (!first && search->leaders[index])
			return insn_join(search, index, &s);
		reach->reached[index] = 1;
		if (insn_is_jump(&i) && !insn_jump(search, index, &i, &s, &next))
			return false;
		if (!insn_is_jump(&i))
			slots = insn_apply(search, index, &i, &s);
		if (!next || !slots)
			return true;
		index += slots;
	}
	return true;
}

/* Returns false if a jump can lead anywhere: to an address in a register. */
static bool insn_mark_leaders(struct insn_search *search)
{
	for (size_t index = 0; index < search->reach->count; index++) {
		struct insn i = insn_at(search->reach, index);

		if (i.code == INSN_GOTOX)
			return false;
		if (insn_is_jump(&i))
			search->leaders[insn_target(search->reach, index, &i)] = 1;
	}
	return true;
}

static bool insn_search_all(struct insn_search *search, const uint32_t *entries, size_t count)
{
	struct insn_state start = { .certain = true };

	if (search->reach->context)
		start.kind[1] = INSN_CONTEXT;
	if (!search->reach->reached || !search->leaders || !search->state_of)
		return false;
	if (!insn_mark_leaders(search)) {
		memset(search->reach->reached, 1, search->reach->count);
		return true;
	}
	for (size_t i = 0; i < count; i++) {
		if (entries[i] >= search->reach->count)
			continue;
		search->leaders[entries[i]] = 1;
		if (!insn_join(search, entries[i], &start))
			return false;
	}
	while (search->to_do.count) {
		if (!insn_visit(search, search->to_do.items[--search->to_do.count]))
			return false;
	}
	search->collect = search->reach->context;
	for (size_t i = 0; search->collect && i < search->reach->count; i++) {
		if (search->state_of[i] && !insn_visit(search, i))
			return false;
	}
	return !search->reach->reads.failed;
}

bool insn_reach_find(struct insn_reach *reach, const uint32_t *entries, size_t entry_count)
{
	struct insn_search search = { .reach = reach };
	size_t count = reach->count;
	bool ok;

	reach->reached = calloc(count + 1, 1);
	search.leaders = calloc(count + 1, 1);
	search.state_of = calloc(count + 1, sizeof(*search.state_of));
	ok = insn_search_all(&search, entries, entry_count);
	free(search.leaders);
	free(search.state_of);
	insn_states_release(&search.states);
	u32_vector_release(&search.to_do);
	return ok;
}

void insn_reach_hide(uint8_t *insn, bool big_endian)
{
	if (insn[0] == INSN_LDIMM64)
		insn[1] |= big_endian ? 0x0f : 0xf0;
}

void insn_reach_release(struct insn_reach *reach)
{
	insn_reads_release(&reach->reads);
	free(reach->reached);
	reach->reached = NULL;
}
