/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Allocations that fail, by number. The linker replaces the allocating functions by ours (--wrap,
 * ../meson.build), for the library and for the tests.
 */
#ifndef REBTF_NO_MEMORY_ALLOCATIONS_H
#define REBTF_NO_MEMORY_ALLOCATIONS_H

/* Starts counting. The allocations from @first to @last fail, or no allocation if @first is 0. */
void failing_start(unsigned int first, unsigned int last);

/* Stops failing. Returns the number of allocations, including those that failed. */
unsigned int failing_stop(void);

/* Allocations between these calls are the test's own. They neither fail nor count. */
void failing_pause(void);
void failing_resume(void);

#endif
