/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Allocations that fail, by number. The linker puts functions of ours in the place of those that
 * allocate (--wrap, see ../meson.build), for the library and for the tests.
 */
#ifndef REBTF_NO_MEMORY_ALLOCATIONS_H
#define REBTF_NO_MEMORY_ALLOCATIONS_H

/* Counts from here on; those from the @first to the @last one fail, none if @first is 0. */
void failing_start(unsigned int first, unsigned int last);

/* None fails any more. Returns how many there were, with those that failed. */
unsigned int failing_stop(void);

/* What is allocated in between is the test's own: it neither fails nor counts. */
void failing_pause(void);
void failing_resume(void);

#endif
