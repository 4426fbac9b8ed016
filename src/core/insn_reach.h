/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Which instructions of a BPF program can run. Programs ask whether a kernel has a field before they
 * read it, so the code for other kernels has relocations that this one does not satisfy. A kernel's
 * verifier follows constants, and never looks at code behind a condition that is known to be false.
 * This analysis does the same for registers: it finds the code that no verifier can reach.
 *
 * It knows less than the verifier: not the contents of the stack, of memory and of .kconfig. So it
 * can call code reachable that is not, but never the other way around.
 *
 * It also finds the loads from the context of a program, which a verifier compares with the target
 * of the program. They are reported only if a verifier surely looks at them: if each condition on a
 * path to them depends on data of the kernel alone.
 */
#ifndef REBTF_CORE_INSN_REACH_H
#define REBTF_CORE_INSN_REACH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/vec.h"

/* A load from the context. */
struct insn_read {
	uint32_t insn;
	int64_t offset; /* in the context */
};

DEFINE_VECTOR(insn_reads, struct insn_read);

struct insn_reach {
	/* The code of one section, with its relocations applied. */
	const uint8_t *code;
	size_t count; /* instructions of 8 bytes */
	bool big_endian;
	bool context; /* functions get the address of a context, as programs do */
	/* Results: */
	uint8_t *reached; /* a byte for each instruction */
	struct insn_reads reads;
};

/* Larger sections are not analyzed: kernels accept no program with as many instructions. */
#define INSN_REACH_MAX ((size_t)1 << 20)

/*
 * Marks all instructions that can run if the functions at @entries, indices of instructions, are
 * called, and finds their reads of the context. Call insn_reach_release() in any case. Returns false
 * if out of memory.
 */
bool insn_reach_find(struct insn_reach *reach, const uint32_t *entries, size_t entry_count);
/* Makes the 64-bit constant that @insn loads, if it does, the address of something unknown. */
void insn_reach_hide(uint8_t *insn, bool big_endian);

void insn_reach_release(struct insn_reach *reach);

#endif
