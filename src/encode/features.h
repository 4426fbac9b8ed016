/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The parts that the encoder puts into BTF besides plain types. The names are those of pahole's
 * --btf_features.
 */
#ifndef REBTF_ENCODE_FEATURES_H
#define REBTF_ENCODE_FEATURES_H

enum encode_feature {
	ENCODE_VAR = 1 << 0,	       /* VARs and the DATASEC of per-CPU variables */
	ENCODE_GLOBAL_VAR = 1 << 1,    /* VARs and DATASECs of all sections */
	ENCODE_FLOAT = 1 << 2,	       /* FLOAT; without it an INT of the same size */
	ENCODE_DECL_TAG = 1 << 3,      /* DECL_TAGs from annotations */
	ENCODE_TYPE_TAG = 1 << 4,      /* TYPE_TAGs from annotations */
	ENCODE_ENUM64 = 1 << 5,	       /* ENUM64; without it an ENUM with values of 32 bits */
	ENCODE_CONSISTENT = 1 << 6,    /* no functions whose instances disagree */
	ENCODE_KFUNCS = 1 << 7,	       /* DECL_TAGs of kfuncs */
	ENCODE_ATTRIBUTES = 1 << 8,    /* attributes of kfuncs' pointers */
	ENCODE_DISTILLED = 1 << 9,     /* distill the BTF of a module */
	ENCODE_SIGNATURES = 1 << 10,   /* functions as the compiler changed them */
	ENCODE_LAYOUT = 1 << 11,       /* a layout section */
	ENCODE_OPTIMIZED = 1 << 12,    /* no effect */
	ENCODE_FORCE = 1 << 13,	       /* no effect: the encoder always skips inexpressible parts */
	ENCODE_REPRODUCIBLE = 1 << 14, /* no effect: the output is always reproducible */
	/* Not a word of pahole's: an array of several dimensions is one array (flat_arrays.h). */
	ENCODE_FLAT_ARRAYS = 1 << 30,
};

#endif
