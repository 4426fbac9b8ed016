/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Judges whether a BPF program at the start of a function's code would find the parameters where
 * the prototype and the calling convention put them.
 */
#ifndef REBTF_ENCODE_FUNCTION_JUDGE_H
#define REBTF_ENCODE_FUNCTION_JUDGE_H

#include "encode/instances.h"
#include "encode/registers.h"
#include "encode/type_size.h"

struct function_judgement {
	bool unexpected; /* parameter @parameter is in register @found, not in @expected */
	bool uncertain;	 /* whether parameter @parameter is in registers or on the stack */
	bool optimized;	 /* a parameter is not passed, or passed in an unknown way */
	uint16_t parameter;
	uint8_t found, expected; /* DWARF's numbers of the registers */
};

/* How a parameter is passed, if the compiler follows the calling convention. */
struct passing {
	uint64_t slots; /* registers */
	bool is_even;	/* the first is an even one */
	bool in_memory; /* a struct that is too large for registers */
	int reg;	/* where it is: DWARF's number, or NO_REGISTER */
};

/* @type: node of the parameter. */
struct passing passing_of(const struct type_view *view, const struct abi_registers *abi,
			  uint32_t type, struct parameter_facts facts);

/* @facts: those of the instance. */
struct function_judgement function_judge(const struct type_view *view,
					 const struct abi_registers *abi,
					 const struct function_instance *instance,
					 const struct parameter_facts *facts);

#endif
