/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* The location of a parameter where its function was inlined, as BTF can express it. */
#ifndef REBTF_ENCODE_SITE_LOCATION_H
#define REBTF_ENCODE_SITE_LOCATION_H

#include "encode/location.h"

/* The flags and words of a LOC_PARAM; a constant has two words, the low one first. */
struct site_location {
	uint32_t count;	   /* of words; 0: unknown, or BTF cannot express it */
	uint32_t words[4]; /* the flags, REBTF_LOC_*, and the words */
};

/*
 * Reads the location of parameter @die at the address @pc. Addresses count from *@start; NULL: they
 * are unknown. Errors: as die_location().
 */
struct rebtf_error *site_location_read(struct unit_reader *reader, const struct die *die,
				       uint64_t pc, const uint64_t *start,
				       struct site_location *location);

#endif
