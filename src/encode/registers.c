/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* The calling conventions of the architectures whose kernels have BTF. */
#include <elf.h>
#include <stddef.h>

#include "encode/registers.h"

static const struct abi_registers abis[] = {
	/* rdi, rsi, rdx, rcx, r8, r9 */
	{ .machine = EM_X86_64, .count = 6, .known = true, .dwarf = { 5, 4, 1, 2, 8, 9 } },
	/* r0 to r3 */
	{ .machine = EM_ARM,
	  .count = 4,
	  .known = true,
	  .even_pairs = true,
	  .dwarf = { 0, 1, 2, 3 } },
	/* x0 to x7 */
	{ .machine = EM_AARCH64, .count = 8, .known = true, .dwarf = { 0, 1, 2, 3, 4, 5, 6, 7 } },
	/* r2 to r6 */
	{ .machine = EM_S390,
	  .count = 5,
	  .known = true,
	  .by_address = true,
	  .dwarf = { 2, 3, 4, 5, 6 } },
	{ .machine = EM_SPARC, .count = 6 },
	{ .machine = EM_SPARCV9, .count = 6 },
	{ .machine = EM_MIPS, .count = 8 },
	{ .machine = EM_PPC, .count = 8 },
	{ .machine = EM_PPC64, .count = 8 },
	{ .machine = EM_RISCV, .count = 8 },
	{ .machine = EM_ARC, .count = 8 },
	{ .machine = EM_ARC_COMPACT, .count = 8 },
	{ .machine = EM_ARCV2, .count = 8 },
};

const struct abi_registers *abi_registers_of(uint16_t machine)
{
	static const struct abi_registers none;

	for (size_t i = 0; i < sizeof(abis) / sizeof(*abis); i++) {
		if (abis[i].machine == machine)
			return &abis[i];
	}
	return &none;
}
