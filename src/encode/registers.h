/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The registers where a function expects its first parameters. A BPF program at a function's entry
 * reads the parameters there. If the compiler moved a parameter to another register, the function's
 * prototype would mislead the program.
 */
#ifndef REBTF_ENCODE_REGISTERS_H
#define REBTF_ENCODE_REGISTERS_H

#include <stdbool.h>
#include <stdint.h>

#define ABI_REGISTERS 8

/* The calling convention of an architecture for integers and pointers. */
struct abi_registers {
	uint16_t machine; /* EM_* */
	uint8_t count;	  /* parameters in registers */
	bool known;	  /* the registers are listed */
	/* A struct that is larger than a register is passed by address, never in two registers. */
	bool by_address;
	/* An integer of two registers starts at an even one. */
	bool even_pairs;
	uint8_t dwarf[ABI_REGISTERS]; /* DWARF's numbers of the registers, in order */
};

/* Returns the convention of @machine. Of an unknown machine, it has no registers. */
const struct abi_registers *abi_registers_of(uint16_t machine);

#endif
